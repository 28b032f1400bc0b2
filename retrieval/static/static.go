// Package static is the built-in embedding: a text becomes a vector of meaning
// by adding up one stored vector a word, in microseconds and with no native
// library.
//
// A known word has its own vector; an unknown one (a typo, a name) has the mean
// of the vectors of its character n-grams, which were trained to be near the
// word that was meant (fastText: Bojanowski et al. 2017, "Enriching Word
// Vectors with Subword Information"). The sum is scaled to length 1.
//
// The weights lie inside the binary and are read where they lie: opening the
// built-in model costs nothing, and only the pages of the words that are used
// are ever brought into memory. The file's form is described at [Weights].
package static

import (
	"context"
	_ "embed"
	"encoding/hex"
	"math"
	"strconv"
	"sync"
)

// codeVersion is part of the fingerprint; it rises when the same weights begin
// to give other vectors.
const codeVersion = 1

// Bounds of the lengths of the character n-grams of unknown words.
const (
	minGram = 3
	maxGram = 5
)

// The built-in weights; README.md says where they come from.
//
//go:embed model.bin
var builtin string

// A Model turns texts into vectors. It never changes once made and is safe for
// concurrent use; it implements retrieval.Embedder.
type Model struct {
	words, buckets, dim int

	// All four point into the file.
	scales  string // little-endian float32, one a row
	rows    string // int8, words first, then buckets
	offsets string // little-endian uint32: where each word begins, and the end
	vocab   string // the words in ascending order

	fingerprint string
}

// Default is the built-in model. Its checksum is not verified here, which would
// read the whole ten megabytes at every start: the weights are part of the
// program, and a test verifies them.
var Default = sync.OnceValue(func() *Model {
	m, err := parse(builtin)
	if err != nil {
		panic("the built-in embedding model: " + err.Error())
	}
	return m
})

// Fingerprint identifies the weights and the code that reads them.
func (m *Model) Fingerprint() string { return m.fingerprint }

// Size is that of the weights, in bytes.
func (m *Model) Size() int { return len(m.scales) + len(m.rows) + len(m.offsets) + len(m.vocab) }

// Dim is the length of every vector.
func (m *Model) Dim() int { return m.dim }

// Known says whether the model has a vector of its own for a word as [Words]
// gives it.
func (m *Model) Known(word string) bool {
	_, ok := m.find(word)
	return ok
}

// Embed gives one vector of length 1 a text, or all zeros for a text in which
// there is no word. Only the first 16 KiB of a text are read. The vectors share
// one allocation. The only error is that of a ctx that has ended.
func (m *Model) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	flat := make([]float32, len(texts)*m.dim)
	vectors := make([][]float32, len(texts))
	for i, text := range texts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		v := flat[i*m.dim : (i+1)*m.dim : (i+1)*m.dim]
		m.embed(v, text)
		vectors[i] = v
	}
	return vectors, nil
}

// embed adds the text's words to sum, which is all zeros, and scales it to
// length 1.
func (m *Model) embed(sum []float32, text string) {
	s := newScanner(text)
	for {
		word := s.next()
		if word == nil {
			break
		}
		m.add(sum, word)
	}
	normalize(sum)
}

// add adds one word's vector.
func (m *Model) add(sum []float32, word []byte) {
	row, known := m.find(string(word))
	if known {
		m.addRow(sum, row, 1)
		return
	}
	if m.buckets == 0 {
		return
	}
	var some [maxGrams]int32
	buckets := appendBuckets(some[:0], word, m.buckets)
	weight := 1 / float32(len(buckets))
	for _, bucket := range buckets {
		m.addRow(sum, m.words+int(bucket), weight)
	}
}

// Buckets gives the numbers, from 0 to buckets-1, of the buckets of a word's
// character n-grams: an unknown word has the mean of their vectors. The word is
// one as [Words] gives it.
func Buckets(word string, buckets int) []int32 {
	return appendBuckets(nil, []byte(word), buckets)
}

// maxGrams is how many n-grams a word has at most.
const maxGrams = (maxGram - minGram + 1) * maxWordLen

func appendBuckets(into []int32, word []byte, buckets int) []int32 {
	var marked [maxWordLen + 2]byte
	marked[0] = '<'
	n := 1 + copy(marked[1:maxWordLen+1], word)
	marked[n] = '>'
	n++
	for size := minGram; size <= min(maxGram, n); size++ {
		for i := 0; i+size <= n; i++ {
			into = append(into, int32(fnv1a(marked[i:i+size])%uint32(buckets)))
		}
	}
	return into
}

// addRow adds one stored row, times weight. The conversions to float32 forbid a
// fused multiply-add, so that every machine gets the same sum.
func (m *Model) addRow(sum []float32, row int, weight float32) {
	scale := float32(m.scale(row) * weight)
	stored := m.rows[row*m.dim : (row+1)*m.dim]
	sum = sum[:len(stored)]
	for i := range sum {
		sum[i] += float32(scale * float32(int8(stored[i])))
	}
}

func (m *Model) scale(row int) float32 {
	return math.Float32frombits(uint32At(m.scales, row))
}

// word is the i-th word of the vocabulary.
func (m *Model) word(i int) string {
	return m.vocab[uint32At(m.offsets, i):uint32At(m.offsets, i+1)]
}

// find looks a word up by binary search.
func (m *Model) find(word string) (row int, ok bool) {
	lo, hi := 0, m.words
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if m.word(mid) < word {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo, lo < m.words && m.word(lo) == word
}

// normalize scales a vector to length 1 and leaves zeros as they are.
func normalize(v []float32) {
	var squares float64
	for _, x := range v {
		squares += float64(float64(x) * float64(x))
	}
	if squares == 0 {
		return
	}
	length := math.Sqrt(squares)
	for i, x := range v {
		v[i] = float32(float64(x) / length)
	}
}

// fnv1a is the 32-bit FNV-1a hash (Fowler, Noll, Vo; RFC 9923).
func fnv1a(b []byte) uint32 {
	h := uint32(2166136261)
	for _, c := range b {
		h = (h ^ uint32(c)) * 16777619
	}
	return h
}

func uint32At(s string, i int) uint32 {
	s = s[4*i : 4*i+4]
	return uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
}

func fingerprint(sum []byte) string {
	return "static/" + strconv.Itoa(codeVersion) + ":" + hex.EncodeToString(sum[:12])
}
