package retrieval

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// A Trial is queries with what was made of them. It is safe for concurrent use
// as long as nobody changes it.
type Trial struct {
	Queries     []Query
	Predictions []Prediction // one a query, in the same order
	// Weights say how much a query counts; nil where all count alike.
	Weights []float64
}

// Check says whether there are as many predictions, and weights, as queries.
// The other methods panic or count wrongly where there are not.
func (t Trial) Check() error {
	if len(t.Queries) != len(t.Predictions) {
		return fmt.Errorf("there are %d predictions for %d queries", len(t.Predictions), len(t.Queries))
	}
	if t.Weights != nil && len(t.Weights) != len(t.Queries) {
		return fmt.Errorf("there are %d weights for %d queries", len(t.Weights), len(t.Queries))
	}
	return nil
}

// An outcome is a query with what became of it.
type outcome struct {
	inScope   bool
	rank      int     // of the first right entry, from 1; 0 for none
	score     float64 // of the best entry; -Inf for none
	abstained bool
	weight    float64
}

// right says whether the best entry is what was asked for.
func (o outcome) right() bool { return o.inScope && o.rank == 1 }

func (t Trial) outcomes() []outcome {
	outcomes := make([]outcome, len(t.Queries))
	for i, q := range t.Queries {
		p := t.Predictions[i]
		o := outcome{inScope: q.Expect != "", abstained: p.Abstain, score: math.Inf(-1), weight: t.weight(i)}
		if len(p.Scores) > 0 {
			o.score = p.Scores[0]
		}
		for rank, id := range p.Ranked {
			if q.right(id) {
				o.rank = rank + 1
				break
			}
		}
		outcomes[i] = o
	}
	return outcomes
}

func (t Trial) weight(i int) float64 {
	if t.Weights == nil {
		return 1
	}
	return t.Weights[i]
}

// right says whether an id is one that should be found.
func (q Query) right(id string) bool {
	return q.Expect != "" && (id == q.Expect || slices.Contains(q.Also, id))
}

// A Bin is the queries whose best entry has a probability from From up to To.
// The last bin has those of To too. Stated and Right are NaN in an empty bin.
type Bin struct {
	From, To float64
	Asked    int     // queries
	Stated   float64 // the mean of the probabilities
	Right    float64 // the share whose best entry is right

	weight float64
}

// Reliability compares the probabilities with the share that is right, in bins
// of equal width (DeGroot and Fienberg 1983, "The Comparison and Evaluation of
// Forecasters"). A query for which nothing was found has the probability 0.
func (t Trial) Reliability(bins int) []Bin { return reliability(t.outcomes(), bins) }

func reliability(outcomes []outcome, bins int) []Bin {
	list := make([]Bin, bins)
	for i := range list {
		list[i].From, list[i].To = float64(i)/float64(bins), float64(i+1)/float64(bins)
	}
	for _, o := range outcomes {
		s := max(o.score, 0)
		b := &list[min(bins-1, int(s*float64(bins)))]
		b.Asked++
		b.weight += o.weight
		b.Stated += o.weight * s
		if o.right() {
			b.Right += o.weight
		}
	}
	for i := range list {
		list[i].Stated /= list[i].weight
		list[i].Right /= list[i].weight
	}
	return list
}

// A CurvePoint says what would come of answering from a probability on.
type CurvePoint struct {
	From      float64 // the probability
	Answered  float64 // the share of all queries
	Precision float64 // of the answers, the share that is right
}

// Curve gives precision against the share answered, from the highest bar that
// answers anything to the lowest.
func (t Trial) Curve() []CurvePoint { return curve(t.outcomes()) }

func curve(outcomes []outcome) []CurvePoint {
	sorted := slices.Clone(outcomes)
	slices.SortStableFunc(sorted, func(a, b outcome) int { return cmp.Compare(b.score, a.score) })
	var points []CurvePoint
	all, right, answered := totalWeight(outcomes), 0.0, 0.0
	for i, o := range sorted {
		if math.IsInf(o.score, -1) {
			break // nothing was found for these, so nothing is answered
		}
		answered += o.weight
		if o.right() {
			right += o.weight
		}
		last := i+1 == len(sorted) || sorted[i+1].score < o.score
		if last && answered > 0 {
			points = append(points, CurvePoint{o.score, answered / all, right / answered})
		}
	}
	return points
}

// At gives the point at which the predictions themselves abstain; its From is
// NaN. The precision is NaN where nothing is answered.
func (t Trial) At() CurvePoint {
	p := CurvePoint{From: math.NaN()}
	all, right := 0.0, 0.0
	for _, o := range t.outcomes() {
		all += o.weight
		if !o.abstained {
			p.Answered += o.weight
			if o.right() {
				right += o.weight
			}
		}
	}
	p.Precision, p.Answered = right/p.Answered, p.Answered/all
	return p
}

// Balanced gives the threshold on the probability of the best entry at which the
// right answers, of the in-scope queries, and the abstentions, of those out of
// scope, have the highest mean: Larson et al. 2019, "An Evaluation Dataset for
// Intent Classification and Out-of-Scope Prediction", choose theirs so. It is
// the lowest of those that are best, and +Inf where it is best to answer
// nothing. Queries out of scope that weigh nothing do not count: the threshold
// is then the lowest of all.
func (t Trial) Balanced() float64 {
	var found []outcome
	var inScope, outOfScope float64
	for _, o := range t.outcomes() {
		if o.inScope {
			inScope += o.weight
		} else {
			outOfScope += o.weight
		}
		if !math.IsInf(o.score, -1) { // the others are answered at no threshold
			found = append(found, o)
		}
	}
	slices.SortStableFunc(found, func(a, b outcome) int { return cmp.Compare(a.score, b.score) })
	// gain is what a threshold above the queries so far is better than one below
	// all of them.
	best, threshold, gain := 0.0, math.Inf(1), 0.0
	if len(found) > 0 {
		threshold = found[0].score
	}
	for i, o := range found {
		switch {
		case o.right() && inScope > 0:
			gain -= o.weight / inScope
		case !o.inScope && outOfScope > 0:
			gain += o.weight / outOfScope
		}
		next := math.Inf(1)
		if i+1 < len(found) {
			next = found[i+1].score
		}
		if next > o.score && gain > best+1e-12 {
			best, threshold = gain, next
		}
	}
	return threshold
}

// Answering gives the same trial with every query answered whose best entry has
// at least the probability threshold, and with no other.
func (t Trial) Answering(threshold float64) Trial {
	t.Predictions = slices.Clone(t.Predictions)
	for i := range t.Predictions {
		p := &t.Predictions[i]
		p.Abstain = len(p.Scores) == 0 || p.Scores[0] < threshold
	}
	return t
}
