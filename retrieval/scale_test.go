package retrieval

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"frontdesk/knowledge"
	"frontdesk/retrieval/static"
)

// A distorted is the built-in embedder with its vectors changed, as other
// embedders differ from it.
type distorted struct {
	*static.Model
	name string
	dim  int
	to   func(v []float32) []float32
}

func (d distorted) Fingerprint() string { return d.name }
func (d distorted) Dim() int            { return d.dim }

func (d distorted) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	vectors, err := d.Model.Embed(ctx, texts)
	for i := range vectors {
		vectors[i] = d.to(vectors[i])
		normalize(vectors[i])
	}
	return vectors, err
}

// distortions gives some. The direction of what they do is random, so that none
// of the built-in embedder's own stands out.
func distortions() []distorted {
	model := static.Default()
	dim := model.Dim()
	r := rand.New(rand.NewPCG(3, 14))
	gaussian := func(n int) []float32 {
		v := make([]float32, n)
		for i := range v {
			v[i] = float32(r.NormFloat64())
		}
		return v
	}
	direction := gaussian(dim)
	normalize(direction)
	projections := make([][]float32, 96)
	for i := range projections {
		projections[i] = gaussian(dim)
	}
	stretch := make([]float32, dim)
	for i, x := range gaussian(dim) {
		stretch[i] = float32(math.Exp(float64(x) / 2))
	}
	return []distorted{
		// All cosines from 0.7 to 1, as those of E5 are.
		{model, "crowded", dim, func(v []float32) []float32 {
			axpy(1.8, direction, v)
			return v
		}},
		{model, "few dimensions", len(projections), func(v []float32) []float32 {
			out := make([]float32, len(projections))
			for i, p := range projections {
				out[i] = dot(p, v)
			}
			return out
		}},
		{model, "stretched", dim, func(v []float32) []float32 {
			for i := range v {
				v[i] *= stretch[i]
			}
			return v
		}},
		{model, "warped", dim, func(v []float32) []float32 {
			for i, x := range v {
				v[i] = float32(math.Copysign(math.Pow(math.Abs(float64(x)), 0.6), float64(x)))
			}
			return v
		}},
		{model, "noisy", dim, func(v []float32) []float32 {
			seed := uint64(0)
			for _, x := range v {
				seed = seed*31 + uint64(math.Float32bits(x))
			}
			noise := make([]float32, dim)
			random := rand.New(rand.NewPCG(seed, 1))
			for i := range noise {
				noise[i] = float32(random.NormFloat64())
			}
			normalize(noise)
			axpy(0.4, noise, v)
			return v
		}},
	}
}

// TestAnyEmbedder holds that an embedder with other cosines finds and answers
// as much as the one for which the weights and the priors were learnt.
func TestAnyEmbedder(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long under the race detector, and does one thing at a time")
	}
	base := faqs(t, 20)
	want := rehearseWith(t, base, nil).Trial().Score()
	t.Logf("%-15s top-1 %.3f, AUROC %.3f, right %.3f, precision %.3f, ECE %.3f", "built-in", want.Top1, want.AUROC, want.Accuracy, want.Precision, want.CalibrationError)
	for _, d := range distortions() {
		r, err := Rehearse(t.Context(), base, d, DefaultConfig(), BuildOptions{})
		if err != nil {
			t.Fatal(err)
		}
		m := r.Trial().Score()
		t.Logf("%-15s top-1 %.3f, AUROC %.3f, right %.3f, precision %.3f, ECE %.3f", d.name, m.Top1, m.AUROC, m.Accuracy, m.Precision, m.CalibrationError)
		if m.Top1 < want.Top1-0.04 || m.AUROC < want.AUROC-0.02 || m.Accuracy < want.Accuracy-0.12 || m.Precision < 0.92 || m.CalibrationError > 0.06 {
			t.Errorf("%s is off", d.name)
		}
	}
}

// TestFewPhrasings holds that a base of so few phrasings that all comes from the
// priors is answered alike with an embedder whose cosines are crowded.
func TestFewPhrasings(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long under the race detector, and does one thing at a time")
	}
	var list []*knowledge.Entry
	var queries []Query
	for _, e := range faqs(t, 20).Entries {
		c := *e
		c.Alternatives = nil
		list = append(list, &c)
		for _, text := range e.Alternatives[:3] {
			queries = append(queries, Query{Text: text, Expect: e.ID})
		}
	}
	for _, text := range strangeTexts()[oddKept : oddKept+60] {
		queries = append(queries, Query{Text: text})
	}
	base, err := knowledge.New(list, nil)
	if err != nil {
		t.Fatal(err)
	}
	var metrics []Metrics
	for _, e := range []Embedder{static.Default(), distortions()[0]} {
		x, err := Build(t.Context(), base, e, DefaultConfig(), BuildOptions{})
		if err != nil {
			t.Fatal(err)
		}
		p, err := x.Predict(t.Context(), queries)
		if err != nil {
			t.Fatal(err)
		}
		m, err := Score(queries, p)
		if err != nil {
			t.Fatal(err)
		}
		metrics = append(metrics, m)
		t.Logf("%.20s: top-1 %.3f, AUROC %.3f, right %.3f, precision %.3f, ECE %.3f", e.Fingerprint(), m.Top1, m.AUROC, m.Accuracy, m.Precision, m.CalibrationError)
	}
	want, got := metrics[0], metrics[1]
	if got.Top1 < want.Top1-0.02 || got.AUROC < want.AUROC-0.02 || got.Accuracy < want.Accuracy-0.06 || got.CalibrationError > want.CalibrationError+0.03 {
		t.Errorf("the crowded embedder has %+v, and the built-in one %+v", got, want)
	}
}

// TestScale holds that the built-in embedder is its own measure, and that a
// scale keeps the order of cosines and their ends.
func TestScale(t *testing.T) {
	strange, err := static.Default().Embed(t.Context(), strangeTexts())
	if err != nil {
		t.Fatal(err)
	}
	g := gaugeOf(strange, static.Default().Dim())
	if g.scale != usualScale || slices.ContainsFunc(g.lean, func(x float32) bool { return x != 0 }) {
		t.Errorf("the built-in embedder is none of its kind: %+v", g.scale)
	}
	for _, d := range distortions() {
		v, err := d.Embed(t.Context(), strangeTexts())
		if err != nil {
			t.Fatal(err)
		}
		s := measure(v, d.dim)
		before := -1.0
		for c := -1.0; c <= 1; c += 0.01 {
			u := s.usual(c)
			if u < before || u > 1 {
				t.Fatalf("%s: %v is read as %v after %v", d.name, c, u, before)
			}
			before = u
		}
		if s.usual(-1) != -1 || s.usual(1) != 1 {
			t.Errorf("%s: the ends are %v and %v", d.name, s.usual(-1), s.usual(1))
		}
		for i, mark := range s {
			if got := s.usual(mark); math.Abs(got-usualScale[i]) > 1e-12 {
				t.Errorf("%s: mark %v is read as %v, want %v", d.name, mark, got, usualScale[i])
			}
		}
	}
	// An embedder that knows nothing, or one thing, is no harm.
	for _, v := range [][][]float32{{}, {{0, 0}}, {{0, 0}, {0, 0}, {0, 0}}, {{1, 0}, {1, 0}, {1, 0}}} {
		g := gaugeOf(v, 2)
		for c := -1.0; c <= 1; c += 0.25 {
			if u := g.scale.usual(c); !(u >= -1 && u <= 1) {
				t.Errorf("%v: %v is read as %v", v, c, u)
			}
		}
	}
}
