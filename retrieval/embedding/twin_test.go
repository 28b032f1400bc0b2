package embedding_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"frontdesk/retrieval"
	"frontdesk/retrieval/embedding"
)

func TestTwin(t *testing.T) {
	reads := func(text string) float64 { return float64(strings.Count(text, "r")) / 2 }
	e := embedding.NewTwin(worded{[]float32{1, 0}}, reads, worded{[]float32{0, 1, 0}}, 0.25)
	if s := retrieval.Speller(e); e.Dim() != 5 || !s.Known("door") || s.Known("tür") {
		t.Errorf("it has %d dimensions and knows door: %v, tür: %v; want 5, true and false", e.Dim(), s.Known("door"), s.Known("tür"))
	}
	vectors, err := e.Embed(t.Context(), []string{"rr", "xx", "rx", "rr"})
	if err != nil {
		t.Fatal(err)
	}
	length := func(v []float32) (sum float64) {
		for _, x := range v {
			sum += float64(x) * float64(x)
		}
		return math.Sqrt(sum)
	}
	for i, v := range vectors {
		if math.Abs(length(v)-1) > 1e-6 {
			t.Errorf("vector %d has the length %v", i, length(v))
		}
	}
	// What the first can read wholly, not at all, and half of.
	if got := length(vectors[0][2:]); math.Abs(got-0.5) > 1e-6 {
		t.Errorf("the second has %v of a text that the first reads, want 0.5", got)
	}
	if !slices.Equal(vectors[1], []float32{0, 0, 0, 1, 0}) {
		t.Errorf("of what the first cannot read the vector is %v, and not that of the second", vectors[1])
	}
	if a, b := length(vectors[2][:2]), length(vectors[0][:2]); a <= 0 || a >= b {
		t.Errorf("the first has %v of a text that it half reads, and %v of one that it reads", a, b)
	}
	first := &fake{}
	if _, err := embedding.NewTwin(first, reads, worded{[]float32{1}}, 0.25).Embed(t.Context(), []string{"xx", "r", "x"}); err != nil || len(first.runs) != 1 || len(first.runs[0]) != 1 {
		t.Errorf("the first is asked for %q: %v", first.runs, err)
	}
	if !slices.Equal(vectors[0], vectors[3]) {
		t.Errorf("one text has two vectors: %v and %v", vectors[0], vectors[3])
	}

	// A text that neither knows is nothing.
	if v, err := embedding.NewTwin(&fake{}, reads, worded{[]float32{0, 0}}, 0.25).Embed(t.Context(), []string{"xx"}); err != nil || length(v[0]) != 0 {
		t.Errorf("what nobody knows is %v, %v", v, err)
	}
	a, b := embedding.NewTwin(&fake{}, reads, worded{[]float32{1}}, 0.25).Fingerprint(), embedding.NewTwin(&fake{}, reads, worded{[]float32{1}}, 0.5).Fingerprint()
	if a == b || !strings.Contains(a, "fake") || !strings.Contains(a, "worded") {
		t.Errorf("the fingerprints are %q and %q", a, b)
	}
	if _, err := embedding.NewTwin(&fake{down: true}, reads, worded{[]float32{1}}, 0.5).Embed(t.Context(), []string{"r"}); !errors.Is(err, errRefused) {
		t.Errorf("with the first down: %v", err)
	}
	if _, err := embedding.NewTwin(&fake{odd: true}, reads, worded{[]float32{1}}, 0.5).Embed(t.Context(), []string{"r", "r"}); err == nil {
		t.Error("too few vectors are taken")
	}
}
