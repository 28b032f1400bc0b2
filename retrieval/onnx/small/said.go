package small

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"

	"frontdesk/internal/ort"
	"frontdesk/retrieval/onnx"
)

//go:generate go run generate.go

// said holds the vectors of the sentences that every index is calibrated with, so
// that a first start need not compute 1,500 of them: a header of the letters fdsv, the
// form (1), the number of sentences and the length of a vector, as little-endian
// uint32; half a SHA-256 of the model; then 8 bytes of the SHA-256 of each sentence, in
// ascending order; for each the float32 that a step of its vector stands for; and the
// vectors in int8.
//
//go:embed said.bin
var said []byte

const (
	saidMagic  = "fdsv"
	saidForm   = 1
	saidHeader = 16 + 16
	saidKey    = 8
)

// A Model is the model, with the vectors of some sentences at hand. It is safe for
// concurrent use.
type Model struct {
	*onnx.Model
	fingerprint         string
	keys, scales, steps []byte
}

// Open opens the model. It must be closed, before rt is. Its vectors have 384
// numbers.
func Open(rt *ort.Runtime) (*Model, error) {
	inner, err := OpenBare(rt)
	if err != nil {
		return nil, err
	}
	m := &Model{Model: inner}
	if err := m.read(said); err != nil {
		return nil, fmt.Errorf("the vectors that the program carries: %w; write them with: go generate ./retrieval/onnx/small", errors.Join(err, inner.Close()))
	}
	sum := sha256.Sum256(said)
	m.fingerprint = fmt.Sprintf("%s+%x", inner.Fingerprint(), sum[:4])
	return m, nil
}

// Fingerprint is that of the model, and of the vectors that are at hand.
func (m *Model) Fingerprint() string { return m.fingerprint }

// Embed is [onnx.Model.Embed]. The vectors that are at hand are those of the model but
// for their being rounded.
func (m *Model) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	vectors := make([][]float32, len(texts))
	var rest []string
	for i, text := range texts {
		if vectors[i] = m.said(text); vectors[i] == nil {
			rest = append(rest, text)
		}
	}
	if len(rest) == 0 {
		return vectors, context.Cause(ctx)
	}
	got, err := m.Model.Embed(ctx, rest)
	if err != nil {
		return nil, err
	}
	for i := range vectors {
		if vectors[i] == nil {
			vectors[i], got = got[0], got[1:]
		}
	}
	return vectors, nil
}

// read takes the file apart.
func (m *Model) read(file []byte) error {
	if len(file) < saidHeader || string(file[:4]) != saidMagic || binary.LittleEndian.Uint32(file[4:]) != saidForm {
		return fmt.Errorf("they are not of form %d", saidForm)
	}
	n, dim := int(binary.LittleEndian.Uint32(file[8:])), int(binary.LittleEndian.Uint32(file[12:]))
	if sum := identity(); !bytes.Equal(file[16:saidHeader], sum[:]) || dim != m.Dim() {
		return errors.New("they are of another model")
	}
	if len(file) != saidHeader+n*(saidKey+4+dim) {
		return errors.New("they are cut off")
	}
	file = file[saidHeader:]
	m.keys, m.scales, m.steps = file[:n*saidKey], file[n*saidKey:n*(saidKey+4)], file[n*(saidKey+4):]
	return nil
}

// said gives the vector of a text, or nil where it is not at hand.
func (m *Model) said(text string) []float32 {
	key := keyOf(text)
	lo, hi := 0, len(m.keys)/saidKey
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if bytes.Compare(m.keys[mid*saidKey:(mid+1)*saidKey], key) < 0 {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo*saidKey == len(m.keys) || !bytes.Equal(m.keys[lo*saidKey:(lo+1)*saidKey], key) {
		return nil
	}
	scale := math.Float32frombits(binary.LittleEndian.Uint32(m.scales[4*lo:]))
	v := make([]float32, m.Dim())
	for i, b := range m.steps[lo*len(v) : (lo+1)*len(v)] {
		v[i] = float32(scale * float32(int8(b)))
	}
	return v
}

// Pack writes the file of the vectors of texts, each of length 1.
func Pack(texts []string, vectors [][]float32) []byte {
	order := make([]int, len(texts))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return bytes.Compare(keyOf(texts[a]), keyOf(texts[b])) })
	order = slices.CompactFunc(order, func(a, b int) bool { return texts[a] == texts[b] })
	sum := identity()
	file := append([]byte(saidMagic), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	binary.LittleEndian.PutUint32(file[4:], saidForm)
	binary.LittleEndian.PutUint32(file[8:], uint32(len(order)))
	binary.LittleEndian.PutUint32(file[12:], uint32(len(vectors[0])))
	file = append(file, sum[:]...)
	for _, i := range order {
		file = append(file, keyOf(texts[i])...)
	}
	var steps []byte
	for _, i := range order {
		// Rounding shortens a vector: the size of a step makes up for it.
		most, squares := float32(0), 0.0
		for _, x := range vectors[i] {
			most = max(most, float32(math.Abs(float64(x))))
		}
		for _, x := range vectors[i] {
			step := int8(math.Round(float64(x) / float64(most) * 127))
			steps, squares = append(steps, byte(step)), squares+float64(step)*float64(step)
		}
		file = binary.LittleEndian.AppendUint32(file, math.Float32bits(float32(1/math.Sqrt(squares))))
	}
	return append(file, steps...)
}

func keyOf(text string) []byte {
	sum := sha256.Sum256([]byte(text))
	return sum[:saidKey]
}

// identity stands for the model.
func identity() [16]byte {
	h := sha256.New()
	h.Write(graph) // A hash gives no error.
	h.Write(vocab)
	return [16]byte(h.Sum(nil)[:16])
}
