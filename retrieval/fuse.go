package retrieval

import (
	"cmp"
	"math"
	"slices"
)

const (
	// meanShrink is how many phrasings it takes to see half of a base's topic.
	meanShrink = 20
	// nearestKept is how many entries the nearest-phrasing signal tells apart;
	// all others count as far as the last of them.
	nearestKept = 32
)

// Weights of the signals: what a unit of each adds to the log-odds of an entry
// against the others. Together they are a conditional logit (McFadden 1974,
// "Conditional logit analysis of qualitative choice behavior"). They were
// fitted on phrasings held out of the training phrasings of two public sets,
// with 1, 2, 5, 20 and 80 phrasings an entry, and rounded to what suits all.
type weights struct {
	classifier float64 // log of the classifier's share
	nearest    float64 // cosine of the nearest phrasing
	centroid   float64 // cosine of the mean of the phrasings
	words      float64 // share of the words' weight found in a phrasing
	characters float64 // cosine of the most alike phrasing by spelling
}

func fusionWeights(perEntry float64, trained bool) weights {
	if !trained {
		return weights{nearest: 4, centroid: 8, characters: 4}
	}
	return weights{
		classifier: max(1, 1.5-0.25*math.Log10(perEntry)),
		nearest:    3 + 5/perEntry,
		words:      max(0, 0.8*math.Log2(perEntry/10)),
		characters: 0.6 * max(0, 1-perEntry/10),
	}
}

// An evidence is what a model says about a query. Its slices have a number an
// entry, but for nearest and order.
type evidence struct {
	vector  []float32 // of the query, centred
	nearest []nearest // the entries with the nearest phrasings, best first

	cosine     []float64 // of the nearest phrasing; at least that of the last nearest
	logits     []float32 // of the classifier; nil without one
	classifier []float64 // log of the classifier's share; nil without one
	centroid   []float64 // nil with a classifier
	words      []float64 // nil where it has no weight
	characters []float64 // likewise
	score      []float64 // the weighted sum of all
	share      []float64 // the softmax of the scores, which sums to 1
	order      []int     // the entries, best first; ties by index
}

// evidence weighs every entry against a query's vector, as the embedder gives
// it, and words.
func (m *model) evidence(vector []float32, words []string) (*evidence, error) {
	centred := make([]float32, len(vector))
	m.centre(centred, vector)
	nearest, err := m.scan.search(centred, nearestKept)
	if err != nil {
		return nil, err
	}
	return m.judge(centred, words, nearest), nil
}

// judge weighs every entry, given the nearest ones.
func (m *model) judge(vector []float32, words []string, nearest []nearest) *evidence {
	n := m.corpus.entries()
	e := &evidence{
		vector: vector, nearest: nearest,
		cosine: make([]float64, n), score: make([]float64, n), share: make([]float64, n), order: make([]int, n),
	}
	last := float64(nearest[len(nearest)-1].cosine)
	for i := range e.cosine {
		e.cosine[i] = last
	}
	for _, f := range nearest {
		e.cosine[f.entry] = float64(f.cosine)
	}
	e.add(m.weights.nearest, e.cosine)
	if m.classifier != nil {
		e.logits = make([]float32, n)
		m.classifier.logits(e.logits, e.vector, m.classifier.vocabulary.features(words))
		e.classifier = make([]float64, n)
		norm := logSumExp(e.logits)
		for i, l := range e.logits {
			e.classifier[i] = float64(l) - norm
		}
		e.add(m.weights.classifier, e.classifier)
	}
	if m.centroids != nil {
		e.centroid = make([]float64, n)
		for i := range n {
			e.centroid[i] = float64(dot(e.vector, m.centroids[i*len(vector):(i+1)*len(vector)]))
		}
		e.add(m.weights.centroid, e.centroid)
	}
	if m.weights.words > 0 {
		e.words = make([]float64, n)
		total := 0.0
		for i, w := range words {
			if !slices.Contains(words[:i], w) {
				total += m.lexical.IDF(w)
			}
		}
		for row, score := range m.lexical.BM25(words) {
			i := m.labels[row]
			e.words[i] = max(e.words[i], float64(score)/total)
		}
		e.add(m.weights.words, e.words)
	}
	if m.weights.characters > 0 {
		e.characters = make([]float64, n)
		for row, cosine := range m.lexical.Chars(words) {
			i := m.labels[row]
			e.characters[i] = max(e.characters[i], float64(cosine))
		}
		e.add(m.weights.characters, e.characters)
	}
	e.rank()
	return e
}

// add adds a signal to the scores.
func (e *evidence) add(weight float64, signal []float64) {
	for i, v := range signal {
		e.score[i] += weight * v
	}
}

// A signal is one part of the scores.
type signal struct {
	name, note string
	weight     float64
	values     []float64 // nil where it was not measured
}

// signals lists the parts of the scores.
func (e *evidence) signals(w weights) []signal {
	return []signal{
		{"nearest phrasing", "cosine to the entry's nearest phrasing", w.nearest, e.cosine},
		{"classifier", "log of the classifier's share", w.classifier, e.classifier},
		{"centroid", "cosine to the mean of the entry's phrasings", w.centroid, e.centroid},
		{"words", "BM25, as a share of what the words could score", w.words, e.words},
		{"characters", "cosine of 3 to 5 characters in a row", w.characters, e.characters},
	}
}

// rank orders the entries and shares 1 out among them.
func (e *evidence) rank() {
	top := slices.Max(e.score)
	sum := 0.0
	for i, s := range e.score {
		e.order[i] = i
		e.share[i] = math.Exp(s - top)
		sum += e.share[i]
	}
	for i := range e.share {
		e.share[i] /= sum
	}
	slices.SortFunc(e.order, func(a, b int) int {
		return cmp.Or(cmp.Compare(e.score[b], e.score[a]), cmp.Compare(a, b))
	})
}

func logSumExp(x []float32) float64 {
	top := float64(slices.Max(x))
	sum := 0.0
	for _, v := range x {
		sum += math.Exp(float64(v) - top)
	}
	return top + math.Log(sum)
}
