package retrieval

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"frontdesk/retrieval/lexical"
)

func TestFeatures(t *testing.T) {
	texts := [][]string{lexical.Words("reset my password"), lexical.Words("change my address"), lexical.Words("my my my")}
	v := newVocabulary(texts, 1000)
	for _, words := range texts {
		s := v.features(words)
		sum := 0.0
		for _, x := range s.values {
			sum += float64(x) * float64(x)
		}
		if math.Abs(sum-wordShare-charShare) > 1e-6 || !slices.IsSorted(s.ids) {
			t.Errorf("%q: the squared length is %v, sorted %v", words, sum, slices.IsSorted(s.ids))
		}
	}
	half := v.features(lexical.Words("reset zzyzx"))
	sum := 0.0
	for _, x := range half.values {
		sum += float64(x) * float64(x)
	}
	if sum <= 0 || sum >= wordShare+charShare-0.1 {
		t.Errorf("a text with an unknown word has the squared length %v", sum)
	}
	if s := v.features(lexical.Words("qqq")); len(s.ids) != 0 {
		t.Errorf("an unknown text has the features %v", s.ids)
	}
	if small := newVocabulary(texts, 5); len(small.ids) != 5 || len(small.features(texts[0]).ids) > 5 {
		t.Errorf("a vocabulary of 5 features has %d", len(small.ids))
	}
	again := newVocabulary(texts, 1000)
	if !slices.Equal(again.keys, v.keys) || !slices.Equal(again.idf, v.idf) {
		t.Error("two vocabularies of the same texts differ")
	}
}

func TestClassifier(t *testing.T) {
	// Two classes by the vector, two by the words.
	var vectors [][]float32
	var words [][]string
	var labels []int
	for i := range 40 {
		class := i % 4
		v := []float32{1, 0}
		if class%2 == 1 {
			v = []float32{-0.6, 0.8}
		}
		text := "the red thing"
		if class >= 2 {
			text = "a blue one"
		}
		vectors, words, labels = append(vectors, v), append(words, lexical.Words(text)), append(labels, class)
	}
	c, err := trainClassifier(t.Context(), vectors, words, labels, 4)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]float32, 4)
	for i := range 4 {
		c.logits(out, vectors[i], c.vocabulary.features(words[i]))
		if best := slices.Index(out, slices.Max(out)); best != labels[i] {
			t.Errorf("phrasing %d is taken for one of entry %d: %v", i, best, out)
		}
	}
	again, err := trainClassifier(t.Context(), vectors, words, labels, 4)
	if err != nil || !slices.Equal(again.weights, c.weights) {
		t.Errorf("trained twice, the weights differ (%v)", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := trainClassifier(ctx, vectors, words, labels, 4); !errors.Is(err, context.Canceled) {
		t.Errorf("a training that was stopped gives %v", err)
	}
}

func TestClassifierFits(t *testing.T) {
	for _, c := range []struct {
		phrasings, entries int
		want               bool
	}{{15_000, 150, true}, {10_000, 77, true}, {100, 100, true}, {1_000_000, 10_000, false}, {20_000, 20_000, false}} {
		if got := classifierFits(c.phrasings, c.entries, 192); got != c.want {
			t.Errorf("%d phrasings of %d entries: %v", c.phrasings, c.entries, got)
		}
	}
}

// TestUntrained holds that a model without a classifier, as a huge base has,
// finds things too.
func TestUntrained(t *testing.T) {
	x := build(t, faqBase(t, shop()))
	c := x.model.corpus
	m, err := fit(t.Context(), c, x.vectors.rows[:len(c.texts)], nil, x.gauge, false)
	if err != nil {
		t.Fatal(err)
	}
	x.model = m
	for text, want := range map[string]string{
		"my login does not work": "password", "how many days until the package gets here": "shipping",
	} {
		if r := search(t, x, text, 1); r.Hits[0].Entry.ID != want {
			t.Errorf("%q found %q, want %q", text, r.Hits[0].Entry.ID, want)
		}
	}
	y, err := decodeIndex(x.encode(), x.base, x.embedder, x.config, BuildOptions{})
	if err != nil || y.model.classifier != nil || !slices.Equal(y.model.centroids, m.centroids) {
		t.Errorf("saved and loaded it is another one (%v)", err)
	}
}

// TestAffordable holds that long vectors cost rounds of the training before
// they cost the classifier.
func TestAffordable(t *testing.T) {
	for _, c := range []struct {
		phrasings, entries, dim, rounds int // at most, minRounds being enough
		fits                            bool
	}{
		{15000, 150, 192, 8, true}, {15000, 150, 512, 7, true}, {15000, 150, 768, 5, true},
		{15000, 150, 1536, 2, false}, {100_000, 1000, 192, 0, false}, {0, 0, 0, 8, true},
	} {
		if got := min(minRounds, affordable(c.phrasings, c.entries, c.dim)); got != c.rounds {
			t.Errorf("%+v: %d rounds can be afforded", c, got)
		}
		if got := classifierFits(c.phrasings, c.entries, c.dim); got != c.fits {
			t.Errorf("%+v: it fits: %v", c, got)
		}
	}
}
