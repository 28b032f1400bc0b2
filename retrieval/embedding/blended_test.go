package embedding_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"frontdesk/retrieval"
	"frontdesk/retrieval/embedding"
)

// A worded gives the same vector to all texts, and knows English words.
type worded struct{ v []float32 }

func (w worded) Fingerprint() string { return "worded" }
func (w worded) Dim() int            { return len(w.v) }

func (w worded) Embed(_ context.Context, texts []string) ([][]float32, error) {
	out := make([][]float32, len(texts))
	for i := range out {
		out[i] = append([]float32{}, w.v...)
	}
	return out, nil
}

func (w worded) Known(word string) bool { return word == "the" || word == "door" }

func TestBlended(t *testing.T) {
	main := fakePassages{&fake{}}
	e := embedding.NewBlended(main, worded{[]float32{0, 1, 0}}, 0.25).Embedder()
	if e.Dim() != 5 {
		t.Errorf("it has %d dimensions, want 5", e.Dim())
	}
	if _, ok := e.(retrieval.Speller); ok {
		t.Error("the words of the other embedder are taken for its own")
	}
	product := func(a, b []float32) (sum float64) {
		for i, x := range a {
			sum += float64(x) * float64(b[i])
		}
		return sum
	}
	vectors, err := e.Embed(t.Context(), []string{"the door", "the tür", "die tür"})
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range vectors {
		if math.Abs(product(v, v)-1) > 1e-6 {
			t.Errorf("vector %d has the length %v", i, math.Sqrt(product(v, v)))
		}
	}
	// The other embedder's part, as the text is known to it.
	for i, want := range []struct{ more, than int }{{0, 1}, {1, 2}} {
		a, b := vectors[want.more][3], vectors[want.than][3]
		if !(a > b) {
			t.Errorf("%d: the other embedder has %v in what it knows and %v in what it knows less", i, a, b)
		}
	}
	if vectors[2][3] != 0 {
		t.Errorf("of a text that it does not know, the other embedder has %v", vectors[2][3])
	}

	p, ok := e.(retrieval.PassageEmbedder)
	if !ok {
		t.Fatal("passages are not told apart")
	}
	asked, err := p.EmbedPassages(t.Context(), []string{"the door"})
	if err != nil || asked[0][0] >= 0 || asked[0][3] <= 0 {
		t.Errorf("a passage is embedded as a question: %v, %v", asked, err)
	}
	if _, ok := embedding.NewBlended(&fake{}, worded{[]float32{1}}, 0.25).Embedder().(retrieval.PassageEmbedder); ok {
		t.Error("passages are told apart by an embedder that does not")
	}
	a := embedding.NewBlended(&fake{}, worded{[]float32{1}}, 0.25).Fingerprint()
	b := embedding.NewBlended(&fake{}, worded{[]float32{1}}, 0.5).Fingerprint()
	if a == b || !strings.Contains(a, "fake") || !strings.Contains(a, "worded") {
		t.Errorf("the fingerprints are %q and %q", a, b)
	}
	if _, err := embedding.NewBlended(&fake{down: true}, worded{[]float32{1}}, 0.5).Embed(t.Context(), []string{"a"}); !errors.Is(err, errRefused) {
		t.Errorf("with one of them down: %v", err)
	}
	if _, err := embedding.NewBlended(&fake{odd: true}, worded{[]float32{1}}, 0.5).Embed(t.Context(), []string{"a", "b"}); err == nil {
		t.Error("too few vectors are taken")
	}
}
