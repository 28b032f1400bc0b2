package static

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

const (
	magic      = "fdstatic"
	format     = 1
	headerSize = 64
	// sumStart is where the checksum begins, the last part of the header.
	sumStart = headerSize - sha256.Size

	maxDim  = 4096
	maxRows = 1 << 22
	// maxScale bounds what is stored in a row, so that no sum overflows.
	maxScale = 1e6
)

// ErrFormat says that a file is no model, is damaged, or is of a newer form
// than this program reads.
var ErrFormat = errors.New("not a model that this program reads")

// Weights are a model's content, for making a model file. A row is a vector of
// Dim numbers: scale times the int8 values.
//
// The file, all numbers little endian:
//
//	0   8 bytes "fdstatic"
//	8   uint32 format: 1
//	12  uint32 number of words V
//	16  uint32 number of buckets B
//	20  uint32 length of a vector D
//	24  uint32 bytes of the vocabulary
//	28  uint32 zero
//	32  SHA-256 of everything else: the 32 bytes before and what follows
//	64  (V+B) float32 scales; (V+B)×D int8 rows, the words' first, then the
//	    buckets'; V+1 uint32: where in the vocabulary each word begins, and its
//	    end; the vocabulary: the words in ascending order
type Weights struct {
	Dim    int
	Words  []string  // distinct, each as [Words] gives it
	Scales []float32 // one a row: the words' in the order of Words, then the buckets'
	Rows   []int8    // len(Scales)×Dim
}

// Encode gives the model file.
func (w Weights) Encode() ([]byte, error) {
	buckets := len(w.Scales) - len(w.Words)
	if buckets < 0 || w.Dim <= 0 || len(w.Rows) != len(w.Scales)*w.Dim {
		return nil, fmt.Errorf("weights of %d words, %d scales and %d values do not fit together at dimension %d",
			len(w.Words), len(w.Scales), len(w.Rows), w.Dim)
	}
	order := make([]int, len(w.Scales)) // rows in the order of the file
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order[:len(w.Words)], func(a, b int) int { return strings.Compare(w.Words[a], w.Words[b]) })

	out := append(make([]byte, 0, headerSize+len(w.Scales)*(w.Dim+8)), magic...)
	for _, n := range []int{format, len(w.Words), buckets, w.Dim, vocabularySize(w.Words), 0} {
		out = binary.LittleEndian.AppendUint32(out, uint32(n))
	}
	out = append(out, make([]byte, sha256.Size)...)
	for _, i := range order {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(w.Scales[i]))
	}
	for _, i := range order {
		for _, v := range w.Rows[i*w.Dim : (i+1)*w.Dim] {
			out = append(out, byte(v))
		}
	}
	end := 0
	out = binary.LittleEndian.AppendUint32(out, 0)
	for _, i := range order[:len(w.Words)] {
		end += len(w.Words[i])
		out = binary.LittleEndian.AppendUint32(out, uint32(end))
	}
	for _, i := range order[:len(w.Words)] {
		out = append(out, w.Words[i]...)
	}
	sum := checksum(string(out))
	copy(out[sumStart:], sum[:])
	if _, err := Open(string(out)); err != nil {
		return nil, fmt.Errorf("the weights are at fault: %w", err)
	}
	return out, nil
}

// Weights gives the content of a model, to be changed and written again.
func (m *Model) Weights() Weights {
	w := Weights{Dim: m.dim, Words: make([]string, m.words), Scales: make([]float32, m.words+m.buckets), Rows: make([]int8, len(m.rows))}
	for i := range w.Words {
		w.Words[i] = m.word(i)
	}
	for i := range w.Scales {
		w.Scales[i] = m.scale(i)
	}
	for i := range w.Rows {
		w.Rows[i] = int8(m.rows[i])
	}
	return w
}

func vocabularySize(words []string) int {
	n := 0
	for _, w := range words {
		n += len(w)
	}
	return n
}

// Open reads a model file, which the model goes on reading from. It verifies
// everything, the checksum too, and allocates nothing but the model. Any error
// is an [ErrFormat].
func Open(data string) (*Model, error) {
	m, err := parse(data)
	if err != nil {
		return nil, err
	}
	if sum := checksum(data); !bytes.Equal(sum[:], []byte(data[sumStart:headerSize])) {
		return nil, fmt.Errorf("%w: its checksum is wrong", ErrFormat)
	}
	if err := m.check(); err != nil {
		return nil, err
	}
	return m, nil
}

// parse reads the header and finds the parts, whose content it trusts.
func parse(data string) (*Model, error) {
	if len(data) < headerSize || data[:len(magic)] != magic {
		return nil, fmt.Errorf("%w: it does not begin as one", ErrFormat)
	}
	// In 64 bits, as the sizes are not to be trusted where an int has 32.
	number := func(i int) int64 { return int64(uint32At(data[len(magic):headerSize], i)) }
	if f := number(0); f != format {
		return nil, fmt.Errorf("%w: it has format %d and this program reads %d", ErrFormat, f, format)
	}
	words, rows, dim := number(1), number(1)+number(2), number(3)
	if dim < 1 || dim > maxDim || rows > maxRows {
		return nil, fmt.Errorf("%w: %d words, %d buckets and %d dimensions are out of bounds", ErrFormat, words, rows-words, dim)
	}
	m := &Model{words: int(words), buckets: int(rows - words), dim: int(dim)}
	rest := data[headerSize:]
	for _, part := range []struct {
		into *string
		size int64
	}{{&m.scales, 4 * rows}, {&m.rows, rows * dim}, {&m.offsets, 4 * (words + 1)}, {&m.vocab, number(4)}} {
		if int64(len(rest)) < part.size {
			return nil, fmt.Errorf("%w: it ends too early", ErrFormat)
		}
		*part.into, rest = rest[:part.size], rest[part.size:]
	}
	if len(rest) > 0 {
		return nil, fmt.Errorf("%w: %d bytes follow its end", ErrFormat, len(rest))
	}
	m.fingerprint = fingerprint([]byte(data[sumStart:headerSize]))
	return m, nil
}

// check verifies what lookups rely on.
func (m *Model) check() error {
	for i := range m.words + m.buckets {
		if s := m.scale(i); !(s >= 0 && s <= maxScale) {
			return fmt.Errorf("%w: row %d has the scale %v", ErrFormat, i, s)
		}
	}
	if uint32At(m.offsets, 0) != 0 || uint32At(m.offsets, m.words) != uint32(len(m.vocab)) {
		return fmt.Errorf("%w: its words do not fill the vocabulary", ErrFormat)
	}
	for i := range m.words {
		if begin, end := uint32At(m.offsets, i), uint32At(m.offsets, i+1); begin >= end || end > uint32(len(m.vocab)) {
			return fmt.Errorf("%w: word %d has no place", ErrFormat, i)
		}
		if i > 0 && m.word(i-1) >= m.word(i) {
			return fmt.Errorf("%w: word %d is out of order", ErrFormat, i)
		}
	}
	return nil
}

// checksum is the SHA-256 of a file without the place where it is written.
func checksum(data string) [sha256.Size]byte {
	h := sha256.New()
	h.Write([]byte(data[:sumStart]))
	h.Write([]byte(data[headerSize:]))
	return [sha256.Size]byte(h.Sum(nil))
}
