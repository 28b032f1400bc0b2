package embedding

import (
	"context"
	"fmt"
	"math"

	"frontdesk/retrieval"
)

// Twin puts two embedders that were made for one language into one: the product of
// two vectors is the mean of the products in both, as in [Blended], and the words
// that the second one knows are the words of both.
//
// A text counts in the first one by the share of it that this one can read: a
// transformer takes every word of a script that its vocabulary lacks for the same
// one, and would find all texts in it alike. Where it can read nothing, the second
// one alone compares. It is safe for concurrent use.
type Twin struct {
	first  retrieval.Embedder
	reads  func(text string) float64
	second worded
	share  float64
}

// worded is what an embedder with words is.
type worded interface {
	retrieval.Embedder
	speller
}

// NewTwin puts two embedders into one. Reads gives the share of a text, from 0 to
// 1, that the first can read, and must be safe for concurrent use; share is that of
// the second, from 0 to 1, of the squared length of a text that the first reads.
func NewTwin(first retrieval.Embedder, reads func(text string) float64, second worded, share float64) *Twin {
	return &Twin{first, reads, second, max(0, min(1, share))}
}

// Fingerprint identifies both embedders and the share.
func (t *Twin) Fingerprint() string {
	return fmt.Sprintf("twin/1:%g(%s)(%s)", t.share, t.first.Fingerprint(), t.second.Fingerprint())
}

// Dim is that of both together.
func (t *Twin) Dim() int { return t.first.Dim() + t.second.Dim() }

// Known says whether the second embedder knows a word.
func (t *Twin) Known(word string) bool { return t.second.Known(word) }

// Embed gives the vectors of texts. The first embedder is not asked for those of
// which it can read nothing.
func (t *Twin) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	others, err := t.second.Embed(ctx, texts)
	if err != nil {
		return nil, err
	}
	weights := make([]float64, len(texts))
	var read []string
	for i, text := range texts {
		if weights[i] = max(0, min(1, t.reads(text))); weights[i] > 0 {
			read = append(read, text)
		}
	}
	var vectors [][]float32
	if len(read) > 0 {
		if vectors, err = t.first.Embed(ctx, read); err != nil {
			return nil, err
		}
	}
	if len(vectors) != len(read) || len(others) != len(texts) {
		return nil, fmt.Errorf("two embedders gave %d and %d vectors for %d and %d texts", len(vectors), len(others), len(read), len(texts))
	}
	out := make([][]float32, len(texts))
	for i, weight := range weights {
		v := make([]float32, t.first.Dim(), t.Dim())
		if weight > 0 {
			v = appendScaled(v[:0], vectors[0], math.Sqrt(1-t.share)*weight)
			vectors = vectors[1:]
		}
		v = appendScaled(v, others[i], math.Sqrt(t.share))
		scale(v)
		out[i] = v
	}
	return out, nil
}
