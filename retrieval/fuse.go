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

// The signals by which entries are ranked.
const (
	byClassifier = iota // log of the classifier's share
	byNearest           // cosine of the nearest phrasing
	byCentroid          // cosine of the mean of the phrasings
	byWords             // share of the words' weight found in a phrasing
	byCharacters        // cosine of the most alike phrasing by spelling
	fusionSignals
)

// weights say what a unit of each signal adds to the log-odds of an entry
// against the others. Together they are a conditional logit (McFadden 1974,
// "Conditional logit analysis of qualitative choice behavior").
type weights [fusionSignals]float64

// fusions are the weights by the phrasings an entry. They were derived from
// pseudo-bases by TestDerive; a zero stands for a signal that adds next to
// nothing to the others.
var fusions = []struct {
	perEntry float64
	weights  weights
}{
	{1, weights{0.77, 1.78, 5.60, 0.00, 1.37}},
	{2, weights{1.14, 1.54, 4.53, 0.00, 0.00}},
	{5, weights{1.21, 1.03, 2.73, 0.00, 0.00}},
	{20, weights{1.03, 1.22, 1.02, 0.81, 0.83}},
	{80, weights{0.84, 2.00, 0.17, 1.55, 0}},
}

// untrained are the weights where there is no classifier.
var untrained = weights{0.00, 2.35, 8.83, 0.54, 3.70}

// fusionWeights gives the weights of a base, between those of the nearest
// numbers of phrasings an entry.
func fusionWeights(perEntry float64, trained bool) weights {
	if !trained {
		return untrained
	}
	i := 1
	for i < len(fusions)-1 && perEntry > fusions[i].perEntry {
		i++
	}
	a, b := fusions[i-1], fusions[i]
	share := between(perEntry, a.perEntry, b.perEntry)
	for s := range a.weights {
		a.weights[s] += share * (b.weights[s] - a.weights[s])
	}
	return a.weights
}

// between gives where a count lies between two others, by its logarithm: 0 at or
// below the first, 1 at or above the second.
func between(n, from, to float64) float64 {
	return max(0, min(1, math.Log(max(n, from)/from)/math.Log(to/from)))
}

// An evidence is what a model says about a query. Its slices have a number an
// entry, but for nearest and order.
type evidence struct {
	vector  []float32  // of the query, centred
	nearest []nearest  // the entries with the nearest phrasings, best first
	odd     []likeness // the strange sentences that are most like it, best first

	cosine     []float64 // of the nearest phrasing; at least that of the last nearest
	logits     []float32 // of the classifier; nil without one
	classifier []float64 // log of the classifier's share; nil without one
	centroid   []float64 // nil where it has no weight
	words      []float64 // nil where it has no weight
	characters []float64 // likewise
	values     []float64 // nil where they make no difference; see [Index.weighValues]
	reranker   []float64 // what it adds; nil where it was not asked
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
	odd, err := m.odd.alike(centred)
	if err != nil {
		return nil, err
	}
	for i := range odd {
		odd[i].cosine = m.scale.usual(odd[i].cosine)
	}
	return m.judge(centred, words, nearest, odd), nil
}

// judge weighs every entry, given the nearest ones and the likest strange
// sentences.
func (m *model) judge(vector []float32, words []string, nearest []nearest, odd []likeness) *evidence {
	n := m.corpus.entries()
	e := &evidence{
		vector: vector, nearest: nearest, odd: odd,
		cosine: make([]float64, n), score: make([]float64, n), share: make([]float64, n), order: make([]int, n),
	}
	last := m.scale.usual(float64(nearest[len(nearest)-1].cosine))
	for i := range e.cosine {
		e.cosine[i] = last
	}
	for _, f := range nearest {
		e.cosine[f.entry] = m.scale.usual(float64(f.cosine))
	}
	e.add(m.weights[byNearest], e.cosine)
	if m.classifier != nil {
		e.logits = make([]float32, n)
		m.classifier.logits(e.logits, e.vector, m.classifier.vocabulary.features(words))
		e.classifier = make([]float64, n)
		norm := logSumExp(e.logits)
		for i, l := range e.logits {
			e.classifier[i] = float64(l) - norm
		}
		e.add(m.weights[byClassifier], e.classifier)
	}
	if m.centroids != nil {
		e.centroid = make([]float64, n)
		for i := range n {
			e.centroid[i] = m.scale.usual(float64(dot(e.vector, m.centroids[i*len(vector):(i+1)*len(vector)])))
		}
		e.add(m.weights[byCentroid], e.centroid)
	}
	if m.weights[byWords] > 0 {
		e.words = make([]float64, n)
		total := 0.0
		for i, w := range words {
			if !slices.Contains(words[:i], w) {
				total += m.lexical.IDF(w)
			}
		}
		for i, score := range m.lexical.BM25(words, m.corpus.starts) {
			e.words[i] = float64(score) / total
		}
		e.add(m.weights[byWords], e.words)
	}
	if m.weights[byCharacters] > 0 {
		e.characters = make([]float64, n)
		for row, cosine := range m.lexical.Chars(words) {
			i := m.labels[row]
			e.characters[i] = max(e.characters[i], float64(cosine))
		}
		e.add(m.weights[byCharacters], e.characters)
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
		{"nearest phrasing", "cosine to the entry's nearest phrasing", w[byNearest], e.cosine},
		{"classifier", "log of the classifier's share", w[byClassifier], e.classifier},
		{"centroid", "cosine to the mean of the entry's phrasings", w[byCentroid], e.centroid},
		{"words", "BM25, as a share of what the words could score", w[byWords], e.words},
		{"characters", "cosine of 3 to 5 characters in a row", w[byCharacters], e.characters},
		{"values", "values that the command has a slot for, against the other commands", perValue, e.values},
		{"reranker", "what it adds to the log-odds of the best entries against each other", 1, e.reranker},
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
