package train

import (
	"context"
	"math"
	"math/rand/v2"

	"frontdesk/retrieval/static"
)

// A spelling is how the vectors of the buckets of n-grams are fitted: the mean
// over the n-grams of a word, or of a misspelling of it, is to be the word's
// vector (Zhao, Mudgal, Liang 2018, "Generalizing Word Embeddings using Bag of
// Subwords").
type spelling struct {
	Draws int     // of words
	Power float64 // a word is drawn in proportion to its count to this power
	Typo  float32 // the share of draws that are misspelt
	Twice float32 // the share of those that are misspelt a second time
	Rate  float32 // of the first step, from 0 to 1; it falls to zero
	Seed  uint64
}

// fit moves the buckets of a table.
func (s spelling) fit(ctx context.Context, t *table, progress func(done, total int)) error {
	r := random(s.Seed, partSpelling, 0)
	draw := inProportion(t.counts, s.Power)
	known := make(map[string]bool, len(t.words))
	for _, w := range t.words {
		known[w] = true
	}
	off := make([]float32, t.dim)
	var typist typist
	for i := range s.Draws {
		if i%4096 == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
			progress(i, s.Draws)
		}
		at := draw[r.IntN(len(draw))]
		word := t.words[at]
		if uniform(r) < s.Typo {
			word = typist.misspelt(word, r)
			if uniform(r) < s.Twice {
				word = typist.misspelt(word, r)
			}
			if known[word] && word != t.words[at] {
				continue // another word
			}
		}
		grams := static.Buckets(word, t.buckets)
		copy(off, t.row(at))
		for _, g := range grams {
			axpy(-1/float32(len(grams)), t.row(int32(len(t.words))+g), off)
		}
		rate := s.Rate * (1 - float32(i)/float32(s.Draws))
		for _, g := range grams {
			axpy(rate, off, t.row(int32(len(t.words))+g))
		}
	}
	progress(s.Draws, s.Draws)
	return nil
}

// A typist misspells words.
type typist struct{ letters []byte }

// misspelt changes a letter of a word: it swaps two, leaves one out, doubles
// one, or takes another.
func (p *typist) misspelt(word string, r *rand.Rand) string {
	if len(word) < 3 {
		return word
	}
	b := append(p.letters[:0], word...)
	i := r.IntN(len(b) - 1)
	switch r.IntN(4) {
	case 0:
		b[i], b[i+1] = b[i+1], b[i]
	case 1:
		b = append(b[:i], b[i+1:]...)
	case 2:
		b = append(b[:i+1], b[i:]...)
	default:
		b[i] = 'a' + byte(r.IntN(26))
	}
	p.letters = b
	return string(b)
}

// inProportion gives a list in which each place stands about in proportion to
// its count to a power, and at least once.
func inProportion(counts []int64, power float64) []int32 {
	const size = 1 << 20
	weights, sum := make([]float64, len(counts)), 0.0
	for i, k := range counts {
		weights[i] = math.Pow(float64(max(k, 1)), power)
		sum += weights[i]
	}
	list := make([]int32, 0, size+len(counts))
	upTo := 0.0
	for i, w := range weights {
		upTo += w
		list = append(list, int32(i))
		for float64(len(list)) < upTo/sum*size {
			list = append(list, int32(i))
		}
	}
	return list
}
