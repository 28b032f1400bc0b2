package retrieval

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"frontdesk/knowledge"

	"github.com/google/renameio/v2/maybe"
)

const (
	indexMagic  = "fdindex\x00"
	indexFormat = 4
	// indexHeader is the magic, the format, the length of what follows, and the
	// checksum of all but itself.
	indexHeader = len(indexMagic) + 4 + 8 + sha256.Size
	indexSum    = indexHeader - sha256.Size
	// maxIndexSize bounds the file that is read, in bytes.
	maxIndexSize = 1 << 30
)

var (
	// ErrStale says that a saved index is of other knowledge, another embedder,
	// another configuration or another version of this program.
	ErrStale = errors.New("the saved index is of another state")
	// ErrDamaged says that a file is no index, or not a whole one.
	ErrDamaged = errors.New("the saved index is damaged")
)

// Save writes the index to a file, which is replaced as a whole or not at all.
//
// The file, all numbers little endian:
//
//	0   8 bytes "fdindex\0"
//	8   uint32 format: 4
//	12  uint64 bytes that follow the header
//	20  SHA-256 of everything else: the 20 bytes before and what follows
//	52  32 bytes: the fingerprint of all that the index depends on
//	    uint32 length and bytes: the fingerprint of the embedder
//	    uint32 dimension D, uint32 texts N
//	    N × 16 bytes: what texts they are; N×D float32: their vectors
//	    uint32 entries E of the classifier, 0 for none; uint32 sparse features F
//	    F uint64: what features they are; F float32: their weights; float32:
//	    that of an unknown one; (D+F)×E float32: the classifier's weights
//	    10 float64: the calibrator; 4 float64: the operating point; 4 float64: the
//	    scale of the embedder
//	    uint32: 1 where a reranker is of use, and then 3 float64: the mean and the
//	    deviation of its scores, and its weight; 10 float64: the calibrator of
//	    what was reranked
func (x *Index) Save(path string) error {
	if err := maybe.WriteFile(path, x.encode(), 0o600); err != nil {
		return fmt.Errorf("saving the index: %w", err)
	}
	return nil
}

func (x *Index) encode() []byte {
	out := append(make([]byte, 0, x.encodedSize()), indexMagic...)
	out = binary.LittleEndian.AppendUint32(out, indexFormat)
	out = append(out, make([]byte, indexHeader-len(out))...)
	out = append(out, x.fingerprint[:]...)
	number := func(n int) { out = binary.LittleEndian.AppendUint32(out, uint32(n)) }
	floats := func(list ...float32) {
		for _, v := range list {
			out = binary.LittleEndian.AppendUint32(out, math.Float32bits(v))
		}
	}
	doubles := func(list ...float64) {
		for _, v := range list {
			out = binary.LittleEndian.AppendUint64(out, math.Float64bits(v))
		}
	}
	number(len(x.vectors.embedder))
	out = append(out, x.vectors.embedder...)
	number(x.vectors.dim)
	number(len(x.vectors.rows))
	for _, key := range x.vectors.keys {
		out = append(out, key[:]...)
	}
	for _, row := range x.vectors.rows {
		floats(row...)
	}
	if c := x.model.classifier; c == nil {
		number(0)
		number(0)
	} else {
		number(c.entries)
		number(len(c.vocabulary.keys))
		for _, key := range c.vocabulary.keys {
			out = binary.LittleEndian.AppendUint64(out, key)
		}
		floats(c.vocabulary.idf...)
		floats(c.vocabulary.unknown)
		floats(c.weights...)
	}
	v := x.calibrator.vector()
	doubles(v[:]...)
	doubles(x.point.Answer, x.point.Run, x.point.Spoken, x.point.Suggest)
	doubles(x.gauge.scale[:]...)
	if r := x.ranker; r == nil {
		number(0)
	} else {
		number(1)
		doubles(r.mean, r.deviation, r.weight)
		v := r.calibrator.vector()
		doubles(v[:]...)
	}
	binary.LittleEndian.PutUint64(out[len(indexMagic)+4:], uint64(len(out)-indexHeader))
	sum := indexChecksum(out)
	copy(out[indexSum:], sum[:])
	return out
}

// encodedSize is about the size of the file.
func (x *Index) encodedSize() int {
	n := indexHeader + 1024 + len(x.vectors.rows)*(len(textKey{})+4*x.vectors.dim)
	if c := x.model.classifier; c != nil {
		n += 12*len(c.vocabulary.keys) + 4*len(c.weights)
	}
	return n
}

func indexChecksum(data []byte) [sha256.Size]byte {
	h := sha256.New()
	h.Write(data[:indexSum]) // A hash gives no error.
	h.Write(data[indexHeader:])
	return [sha256.Size]byte(h.Sum(nil))
}

// Load reads the index of a base from a file. A file that is of another state
// is an [ErrStale] and one that is no whole index an [ErrDamaged]; either is
// then built anew. Of the options the reranker and the words must be those that
// Build had; the others are not used. With ErrStale comes an index where its vectors are still of
// use: it cannot be searched and serves as [BuildOptions.Previous] only. What
// is loaded equals what Build gives, to the last bit.
func Load(ctx context.Context, path string, base *knowledge.Base, embedder Embedder, cfg Config, o BuildOptions) (*Index, error) {
	data, err := readIndex(path)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("loading the index: %w", err)
	}
	x, err := decodeIndex(data, base, embedder, cfg, o)
	if err != nil {
		return x, fmt.Errorf("loading the index from %s: %w", path, err)
	}
	return x, nil
}

func readIndex(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() // Nothing was written.
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() > maxIndexSize {
		return nil, fmt.Errorf("%w: it has %d bytes", ErrDamaged, info.Size())
	}
	var data bytes.Buffer
	data.Grow(int(info.Size()) + bytes.MinRead)
	if _, err := data.ReadFrom(io.LimitReader(f, maxIndexSize)); err != nil {
		return nil, err
	}
	return data.Bytes(), nil
}

// decodeIndex reads a file's content.
func decodeIndex(data []byte, base *knowledge.Base, embedder Embedder, cfg Config, o BuildOptions) (*Index, error) {
	if len(data) < indexHeader || string(data[:len(indexMagic)]) != indexMagic {
		return nil, fmt.Errorf("%w: it does not begin as an index", ErrDamaged)
	}
	if format := binary.LittleEndian.Uint32(data[len(indexMagic):]); format != indexFormat {
		return nil, fmt.Errorf("%w: it has format %d and this program reads %d", ErrStale, format, indexFormat)
	}
	if sum := indexChecksum(data); !bytes.Equal(sum[:], data[indexSum:indexHeader]) {
		return nil, fmt.Errorf("%w: its checksum is wrong", ErrDamaged)
	}
	if size := binary.LittleEndian.Uint64(data[len(indexMagic)+4:]); size != uint64(len(data)-indexHeader) {
		return nil, fmt.Errorf("%w: it has %d bytes and says %d", ErrDamaged, len(data)-indexHeader, size)
	}
	return decodeBody(data[indexHeader:], base, embedder, cfg, o)
}

// decodeBody reads what follows the header.
func decodeBody(body []byte, base *knowledge.Base, embedder Embedder, cfg Config, o BuildOptions) (*Index, error) {
	r := reader{rest: body}
	c := newCorpus(base)
	x := newIndex(base, c, embedder, cfg, o)
	copy(x.fingerprint[:], r.take(len(x.fingerprint)))
	x.vectors.embedder = string(r.take(r.number()))
	x.vectors.dim = r.number()
	n := r.number()
	keys := r.take(r.product(n, len(textKey{})))
	flat := r.floats(r.product(n, x.vectors.dim))
	if r.err != nil {
		return nil, r.err
	}
	if x.vectors.embedder != embedder.Fingerprint() || x.vectors.dim != embedder.Dim() || x.vectors.dim < 1 {
		return nil, fmt.Errorf("%w: it was made with another embedder", ErrStale)
	}
	for i := range n {
		x.vectors.keys = append(x.vectors.keys, textKey(keys[i*len(textKey{}):]))
		x.vectors.rows = append(x.vectors.rows, flat[i*x.vectors.dim:(i+1)*x.vectors.dim:(i+1)*x.vectors.dim])
	}
	if x.fingerprint != fingerprint(base, c, embedder, cfg, o.Reranker) {
		return &Index{vectors: x.vectors}, fmt.Errorf("%w: the knowledge, the configuration or the program has changed", ErrStale)
	}
	trained := decodeClassifier(&r, x.vectors.dim)
	x.calibrator = fromVector(parameters(r.doubles(gateSignals + 1)))
	point := r.doubles(4)
	x.point = OperatingPoint{Answer: point[0], Run: point[1], Spoken: point[2], Suggest: point[3]}
	x.gauge.scale = scale(r.doubles(len(scale{})))
	switch r.number() {
	case 0:
	case 1:
		worth := r.doubles(3)
		x.ranker = &ranker{worth[0], worth[1], worth[2], fromVector(parameters(r.doubles(gateSignals + 1)))}
		if r.err == nil && (x.reranker == nil || !(x.ranker.deviation > 0)) {
			r.fail("nothing was reranked by it")
		}
	default:
		r.fail("it has more rerankers than one")
	}
	if r.err == nil && len(r.rest) > 0 {
		r.fail("something follows its end")
	}
	if r.err == nil && n != len(x.texts(c)) {
		r.fail("it does not have all texts")
	}
	if r.err == nil && trained != nil && trained.entries != c.entries() {
		r.fail("its classifier is of another base")
	}
	if r.err != nil {
		return nil, r.err
	}
	e := x.embedded(c)
	x.gauge.lean = leaning(e.strange, x.vectors.dim)
	x.learn(c, e.pairs, o.Words)
	var err error
	if x.model, err = assemble(c, e.phrasings, e.strange, x.gauge, trained); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return x, nil
}

// decodeClassifier reads a classifier; nil where there is none.
func decodeClassifier(r *reader, dim int) *classifier {
	c := &classifier{entries: r.number(), dim: dim}
	keys := r.take(r.product(r.number(), 8))
	if c.entries == 0 || r.err != nil {
		return nil
	}
	list := make([]uint64, len(keys)/8)
	for i := range list {
		list[i] = binary.LittleEndian.Uint64(keys[8*i:])
	}
	idf := r.floats(len(list))
	unknown := r.floats(1)
	c.weights = r.floats(r.product(dim+len(list), c.entries))
	if r.err != nil {
		return nil
	}
	c.vocabulary = newVocabularyOf(list, idf, unknown[0])
	return c
}

// A reader takes a file apart. After the first thing that is not there it gives
// zeros and keeps the error.
type reader struct {
	rest []byte
	err  error
}

func (r *reader) fail(what string) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: %s", ErrDamaged, what)
	}
	r.rest = nil
}

// take gives the next n bytes, or none.
func (r *reader) take(n int) []byte {
	if n < 0 || n > len(r.rest) {
		r.fail("it ends too early")
	}
	if r.err != nil {
		return nil
	}
	out := r.rest[:n]
	r.rest = r.rest[n:]
	return out
}

func (r *reader) number() int {
	if b := r.take(4); b != nil {
		return int(binary.LittleEndian.Uint32(b))
	}
	return 0
}

// product multiplies two counts of things that have yet to be read, each of
// which takes a byte at least.
func (r *reader) product(a, b int) int {
	if a > 0 && b > len(r.rest)/a {
		r.fail("it ends too early")
		return 0
	}
	return a * b
}

// floats gives the next n numbers.
func (r *reader) floats(n int) []float32 {
	b := r.take(r.product(n, 4))
	if r.err != nil {
		return nil
	}
	out := make([]float32, n)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
		if out[i]-out[i] != 0 {
			r.fail("it holds a number that is none")
			return nil
		}
	}
	return out
}

// doubles gives the next n numbers, zeros where there are none.
func (r *reader) doubles(n int) []float64 {
	out := make([]float64, n)
	b := r.take(8 * n)
	if r.err != nil {
		return out
	}
	for i := range out {
		out[i] = math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:]))
		if out[i]-out[i] != 0 {
			r.fail("it holds a number that is none")
		}
	}
	return out
}
