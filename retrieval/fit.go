package retrieval

import (
	"context"
	"fmt"
	"math"

	"frontdesk/retrieval/lexical"
)

// A model is what is fitted on phrasings: it says how well each entry fits a
// query. It never changes once made and is safe for concurrent use.
type model struct {
	corpus corpus
	labels []int // the entry of every phrasing
	// mean is the mean of the phrasings' vectors, which is taken from every
	// vector: it holds what all of them say, the topic of the base.
	mean    []float32
	scale   scale // of the embedder
	scan    *scan
	lexical *lexical.Index
	// stems has those of the phrasings' words.
	stems map[string]bool
	// odd has the vectors of sentences that no base answers.
	odd odd
	// classifier is nil where there are too many entries to train one.
	classifier *classifier
	centroids  []float32 // of the entries, of length 1; nil where they have no weight
	weights    weights
}

// fit makes a model of phrasings, whose vectors are given as those of the strange
// sentences are, with a classifier if train says so.
func fit(ctx context.Context, c corpus, vectors, strange [][]float32, g gauge, train bool) (*model, error) {
	m, centred, err := prepare(c, vectors, strange, g)
	if err != nil || len(c.texts) == 0 {
		return m, err
	}
	if train {
		m.classifier, err = trainClassifier(ctx, centred, c.words, m.labels, c.entries())
		if err != nil {
			return nil, fmt.Errorf("training the classifier: %w", err)
		}
	}
	m.complete(centred)
	return m, nil
}

// assemble makes the model that fit makes, whose classifier was kept.
func assemble(c corpus, vectors, strange [][]float32, g gauge, trained *classifier) (*model, error) {
	m, centred, err := prepare(c, vectors, strange, g)
	if err != nil || len(c.texts) == 0 {
		return m, err
	}
	m.classifier = trained
	m.complete(centred)
	return m, nil
}

// prepare makes the parts of a model that cost little, and gives the vectors
// without their mean.
func prepare(c corpus, vectors, strange [][]float32, g gauge) (m *model, centred [][]float32, err error) {
	m = &model{corpus: c, labels: c.labels(), scale: g.scale}
	if len(c.texts) == 0 {
		return m, nil, nil
	}
	m.mean = mean(vectors, g.lean)
	dim := len(m.mean)
	flat := make([]float32, len(vectors)*dim)
	centred = make([][]float32, len(vectors))
	for i, v := range vectors {
		centred[i] = flat[i*dim : (i+1)*dim : (i+1)*dim]
		m.centre(centred[i], v)
	}
	if m.scan, err = newScan(dim, flat, c.starts); err != nil {
		return nil, nil, fmt.Errorf("preparing the vectors: %w", err)
	}
	m.lexical = lexical.New(c.texts)
	m.stems = stemsOf(c.words)
	if m.odd, err = m.oddOf(strange); err != nil {
		return nil, nil, err
	}
	return m, centred, nil
}

// complete adds what depends on there being a classifier.
func (m *model) complete(centred [][]float32) {
	m.weights = fusionWeights(m.corpus.perEntry(), m.classifier != nil)
	if m.weights[byCentroid] > 0 {
		m.centroids = centroids(m.corpus, centred)
	}
}

// mean gives the mean of vectors, shrunk to what all vectors of the embedder have
// in common where there are few of them: the mean of few phrasings is more their
// meaning than their topic.
func mean(vectors [][]float32, lean []float32) []float32 {
	sum := make([]float64, len(vectors[0]))
	for _, v := range vectors {
		for i, x := range v {
			sum[i] += float64(x)
		}
	}
	out := make([]float32, len(sum))
	for i, x := range sum {
		out[i] = float32((x + meanShrink*float64(lean[i])) / float64(len(vectors)+meanShrink))
	}
	return out
}

// centre writes a vector without the mean, at length 1.
func (m *model) centre(out, v []float32) {
	zero := true
	for i, x := range v {
		out[i] = x - m.mean[i]
		zero = zero && x == 0
	}
	if zero {
		clear(out) // Nothing is known of the text, so there is nothing to compare.
		return
	}
	normalize(out)
}

// normalize scales a vector to length 1 and leaves zeros as they are.
func normalize(v []float32) {
	var squares float64
	for _, x := range v {
		squares += float64(x) * float64(x)
	}
	if squares == 0 {
		return
	}
	length := math.Sqrt(squares)
	for i, x := range v {
		v[i] = float32(float64(x) / length)
	}
}

// centroids gives the mean direction of every entry's phrasings.
func centroids(c corpus, vectors [][]float32) []float32 {
	dim := len(vectors[0])
	out := make([]float32, c.entries()*dim)
	for e := range c.entries() {
		sum := out[e*dim : (e+1)*dim]
		for _, v := range vectors[c.starts[e]:c.starts[e+1]] {
			axpy(1, v, sum)
		}
		normalize(sum)
	}
	return out
}
