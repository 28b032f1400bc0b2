package retrieval

import (
	"cmp"
	"math"
	"slices"
)

// calibrationBins are the bins of the expected calibration error.
const calibrationBins = 15

// Metrics say how good predictions are. Shares are in [0, 1], of the weights of
// the queries where these have any; NaN stands for what cannot be said, such as
// the share of none.
type Metrics struct {
	InScope, OutOfScope int // queries
	// Of the in-scope queries, whatever the probability:
	Top1, Recall3, Recall5 float64
	MRR                    float64 // mean reciprocal rank (Voorhees 1999)
	// AUROC is how probable it is that an in-scope query has a higher
	// probability than one out of scope; RightWrong, that one whose best entry
	// is right has a higher one than one whose best entry is wrong.
	AUROC, RightWrong float64
	// Coverage is the share of all queries that can be answered with 95 of 100
	// answers right, if the bar were chosen by hindsight.
	Coverage float64
	// At the bars of the index:
	Accuracy  float64 // right answers, of the in-scope queries
	Abstained float64 // of the queries out of scope
	Precision float64 // right answers, of all answers
	Answered  float64 // of the in-scope queries, right or wrong
	// CalibrationError is how far the probabilities are from the share that is
	// right, in 15 bins (Guo et al. 2017, "On Calibration of Modern Neural
	// Networks").
	CalibrationError float64
}

// Balanced is the mean of the right answers, of the in-scope queries, and of the
// abstentions, of those out of scope; NaN where there are none of either.
func (m Metrics) Balanced() float64 { return (m.Accuracy + m.Abstained) / 2 }

// Score compares predictions with what was expected.
func Score(queries []Query, predictions []Prediction) (Metrics, error) {
	t := Trial{Queries: queries, Predictions: predictions}
	if err := t.Check(); err != nil {
		return Metrics{}, err
	}
	return t.Score(), nil
}

// Score sums the trial up.
func (t Trial) Score() Metrics { return score(t.outcomes()) }

func score(outcomes []outcome) Metrics {
	var m Metrics
	var inScope, outOfScope, right, answered, answeredIn, abstainedOut float64
	var in, out, good, bad []outcome
	for _, o := range outcomes {
		w := o.weight
		if !o.abstained {
			answered += w
			if o.right() {
				right += w
			}
		}
		if !o.inScope {
			m.OutOfScope++
			outOfScope += w
			out = append(out, o)
			if o.abstained {
				abstainedOut += w
			}
			continue
		}
		m.InScope++
		inScope += w
		in = append(in, o)
		if !o.abstained {
			answeredIn += w
		}
		if o.right() {
			m.Top1 += w
			good = append(good, o)
		} else {
			bad = append(bad, o)
		}
		if o.rank > 0 {
			m.MRR += w / float64(o.rank)
			if o.rank <= 3 {
				m.Recall3 += w
			}
			if o.rank <= 5 {
				m.Recall5 += w
			}
		}
	}
	m.Top1, m.Recall3, m.Recall5, m.MRR = m.Top1/inScope, m.Recall3/inScope, m.Recall5/inScope, m.MRR/inScope
	m.AUROC, m.RightWrong = auroc(in, out), auroc(good, bad)
	m.Coverage = coverageAt(outcomes, 0.95)
	m.Accuracy, m.Answered = right/inScope, answeredIn/inScope
	m.Abstained = abstainedOut / outOfScope
	m.Precision = right / answered
	m.CalibrationError = calibrationError(outcomes)
	return m
}

// auroc is the area under the receiver operating characteristic: the share of
// the pairs in which the positive one has the higher score (Mann and Whitney
// 1947), each pair weighing the product of both; equal scores count half.
func auroc(positive, negative []outcome) float64 {
	byScore := func(a, b outcome) int { return cmp.Compare(a.score, b.score) }
	positive, negative = slices.Clone(positive), slices.Clone(negative)
	slices.SortStableFunc(positive, byScore)
	slices.SortStableFunc(negative, byScore)
	// below is the weight of the negative ones with lower scores than at hand,
	// upTo that with equal ones too.
	won, below, upTo := 0.0, 0.0, 0.0
	i, j, all := 0, 0, 0.0
	for _, p := range positive {
		for ; i < len(negative) && negative[i].score < p.score; i++ {
			below += negative[i].weight
		}
		for ; j < len(negative) && negative[j].score <= p.score; j++ {
			upTo += negative[j].weight
		}
		won += p.weight * (below + upTo) / 2
		all += p.weight
	}
	return won / (all * totalWeight(negative))
}

func totalWeight(outcomes []outcome) float64 {
	sum := 0.0
	for _, o := range outcomes {
		sum += o.weight
	}
	return sum
}

// coverageAt is the share that can be answered at a precision.
func coverageAt(outcomes []outcome, precision float64) float64 {
	covered := 0.0
	for _, p := range curve(outcomes) {
		if p.Precision >= precision {
			covered = p.Answered
		}
	}
	if len(outcomes) == 0 {
		return math.NaN()
	}
	return covered
}

func calibrationError(outcomes []outcome) float64 {
	sum := 0.0
	for _, b := range reliability(outcomes, calibrationBins) {
		if b.weight > 0 {
			sum += b.weight * math.Abs(b.Stated-b.Right)
		}
	}
	return sum / totalWeight(outcomes)
}
