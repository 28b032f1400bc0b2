package retrieval

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// trialOf makes a trial: an upper-case letter is a query that the base answers
// and whose best entry is right (R) or wrong (W), an O one out of scope.
func trialOf(kinds string, scores []float64, weights []float64) Trial {
	t := Trial{Weights: weights}
	for i, k := range kinds {
		q := Query{Text: string(k)}
		if k != 'O' {
			q.Expect = "right"
		}
		p := Prediction{Text: q.Text, Ranked: []string{"right"}, Scores: []float64{scores[i]}}
		if k != 'R' {
			p.Ranked[0] = "other"
		}
		if math.IsNaN(scores[i]) { // nothing was found
			p.Ranked, p.Scores, p.Abstain = nil, nil, true
		}
		t.Queries, t.Predictions = append(t.Queries, q), append(t.Predictions, p)
	}
	return t
}

// TestBalanced compares with thresholds that were worked out by hand.
func TestBalanced(t *testing.T) {
	nothing := math.NaN()
	for name, c := range map[string]struct {
		kinds   string
		scores  []float64
		weights []float64
		want    float64
	}{
		// Above 0.4 both are perfect; the lowest score there is 0.6.
		"apart": {"RROO", []float64{0.9, 0.6, 0.4, 0.1}, nil, 0.6},
		// From 0.2: 2/2 + 0/1. From 0.5: 1/2 + 1/1 is better.
		"between": {"ROR", []float64{0.5, 0.3, 0.2}, nil, 0.5},
		// From 0.2: 3/3 + 1/3. From 0.5: 2/3 + 3/3 is better.
		"a right one is given up": {"RRROOO", []float64{0.9, 0.5, 0.2, 0.4, 0.3, 0.1}, nil, 0.5},
		// From 0.2: 1 + 0. From 0.6: 1/2 + 1/2, no better; the lowest is taken.
		"as good": {"RROO", []float64{0.6, 0.2, 0.3, 0.7}, nil, 0.2},
		// A wrong answer of what the base answers counts as much as an abstention.
		"wrong ones do not count": {"RWO", []float64{0.8, 0.1, 0.3}, nil, 0.8},
		// From 0.1: 1/1 + 0/2. To answer nothing: 0/1 + 2/2, which is no better.
		"equal to nothing": {"ROO", []float64{0.1, 0.5, 0.6}, nil, 0.1},
		// From 0.1: 1/2 + 0/2. To answer nothing: 0/2 + 2/2.
		"nothing": {"RWOO", []float64{0.1, 0.2, 0.5, 0.6}, nil, math.Inf(1)},
		"never":   {"WO", []float64{0.3, 0.5}, nil, math.Inf(1)},
		// The same scores go together: from 0.5: 1 + 0, from 0.7: 1/2 + 1.
		"ties": {"RROO", []float64{0.7, 0.5, 0.5, 0.5}, nil, 0.7},
		// By weight 0.5 costs 9/10 and gains 1.
		"weights": {"RRO", []float64{0.2, 0.9, 0.5}, []float64{9, 1, 5}, 0.9},
		// It costs 9/10 and gains 1/10: the other one is below 0.2 anyway.
		"weights out of scope": {"RROO", []float64{0.2, 0.9, 0.5, 0.1}, []float64{9, 1, 1, 9}, 0.2},
		// What weighs nothing has no say.
		"no weight out of scope": {"RO", []float64{0.2, 0.5}, []float64{1, 0}, 0.2},
		"only in scope":          {"RWR", []float64{0.2, 0.1, 0.9}, nil, 0.1},
		"nothing found":          {"RO", []float64{0.4, nothing}, nil, 0.4},
		"nothing found at all":   {"RO", []float64{nothing, nothing}, nil, math.Inf(1)},
		"empty":                  {"", nil, nil, math.Inf(1)},
	} {
		if got := trialOf(c.kinds, c.scores, c.weights).Balanced(); got != c.want {
			t.Errorf("%s: the threshold is %v, want %v", name, got, c.want)
		}
	}
}

// No other threshold of a trial is better than the balanced one.
func TestBalancedIsBest(t *testing.T) {
	trial := trialOf("RWORROWRO", []float64{0.9, 0.8, 0.75, 0.7, 0.65, 0.6, 0.5, 0.4, 0.3}, []float64{1, 2, 3, 1, 2, 1, 1, 4, 2})
	best := trial.Answering(trial.Balanced()).Score().Balanced()
	for threshold := 0.0; threshold < 1; threshold += 0.01 {
		if got := trial.Answering(threshold).Score().Balanced(); got > best+1e-12 {
			t.Errorf("from %.2f on it is %v, and from %v on only %v", threshold, got, trial.Balanced(), best)
		}
	}
}

func TestAnswering(t *testing.T) {
	before := trialOf("RRO", []float64{0.9, 0.5, math.NaN()}, nil)
	after := before.Answering(0.5)
	if after.Predictions[0].Abstain || after.Predictions[1].Abstain || !after.Predictions[2].Abstain {
		t.Errorf("from 0.5 on: %+v", after.Predictions)
	}
	if later := after.Answering(0.6); later.Predictions[0].Abstain || !later.Predictions[1].Abstain || after.Predictions[1].Abstain {
		t.Errorf("from 0.6 on: %+v; and before: %+v", later.Predictions, after.Predictions)
	}
	if never := before.Answering(math.Inf(1)); !never.Predictions[0].Abstain {
		t.Error("something is answered from infinity on")
	}
}

// TestWeights compares with figures that were worked out by hand.
func TestWeights(t *testing.T) {
	trial := trialOf("RWOO", []float64{0.9, 0.6, 0.8, 0.1}, []float64{3, 1, 2, 2})
	trial.Predictions[3].Abstain = true
	got := trial.Score()
	want := Metrics{
		InScope: 2, OutOfScope: 2, Top1: 3. / 4, Recall3: 3. / 4, Recall5: 3. / 4, MRR: 3. / 4,
		// Of the pairs' 4·4 the one of 0.6 and 0.8 is lost, which weighs 2.
		AUROC: 14. / 16, RightWrong: 1,
		Coverage: 3. / 8,
		Accuracy: 3. / 4, Abstained: 2. / 4, Precision: 3. / 6, Answered: 1,
		CalibrationError: (3*0.1 + 1*0.6 + 2*0.8 + 2*0.1) / 8,
	}
	if d := cmp.Diff(want, got, cmpopts.EquateApprox(0, 1e-12)); d != "" {
		t.Error(d)
	}
	if got.Balanced() != (3./4+2./4)/2 {
		t.Errorf("the mean is %v", got.Balanced())
	}
	at := trial.At()
	if at.Answered != 6./8 || at.Precision != 3./6 {
		t.Errorf("the operating point is %+v", at)
	}
	curve := []CurvePoint{{0.9, 3. / 8, 1}, {0.8, 5. / 8, 3. / 5}, {0.6, 6. / 8, 3. / 6}, {0.1, 1, 3. / 8}}
	if d := cmp.Diff(curve, trial.Curve(), cmpopts.EquateApprox(0, 1e-12)); d != "" {
		t.Error(d)
	}
	bins := []Bin{{From: 0, To: 0.5, Asked: 1, Stated: 0.1, Right: 0}, {From: 0.5, To: 1, Asked: 3, Stated: (3*0.9 + 0.6 + 2*0.8) / 6, Right: 3. / 6}}
	if d := cmp.Diff(bins, trial.Reliability(2), cmpopts.EquateApprox(0, 1e-12), cmpopts.IgnoreUnexported(Bin{})); d != "" {
		t.Error(d)
	}
	// A curve answers nothing for which nothing was found.
	if got := trialOf("RO", []float64{0.9, math.NaN()}, nil).Curve(); len(got) != 1 || got[0].Answered != 0.5 {
		t.Errorf("the curve is %+v", got)
	}
	if b := trialOf("R", []float64{1}, nil).Reliability(10); b[9].Asked != 1 || !math.IsNaN(b[0].Stated) {
		t.Errorf("certainty is not in the last bin: %+v", b)
	}
}

func TestTrialCheck(t *testing.T) {
	for name, trial := range map[string]Trial{
		"predictions": {Queries: []Query{{}}},
		"weights":     {Queries: []Query{{}}, Predictions: []Prediction{{}}, Weights: []float64{}},
	} {
		if trial.Check() == nil {
			t.Errorf("missing %s are no error", name)
		}
	}
}

func TestConfusions(t *testing.T) {
	p := func(best string, score float64, abstain bool) Prediction {
		return Prediction{Ranked: []string{best, "x"}, Scores: []float64{score, 0}, Abstain: abstain}
	}
	trial := Trial{
		Queries: []Query{
			{Text: "1", Expect: "a"}, {Text: "2", Expect: "a"}, {Text: "3", Expect: "a"}, {Text: "4", Expect: "a", Also: []string{"b"}},
			{Text: "5", Expect: "b"}, {Text: "6", Expect: "c"}, {Text: "7"}, {Text: "8"}, {Text: "9", Expect: "b"},
		},
		Predictions: []Prediction{
			p("b", 0.4, true), p("b", 0.8, false), p("a", 0.9, false), p("b", 0.9, false),
			p("a", 0.7, true), p("a", 0.6, false), p("a", 0.6, false), p("b", 0.3, true), {Abstain: true},
		},
	}
	want := []Confusion{
		{Expect: "a", Got: "b", Times: 2, Of: 4, Answered: 1, Example: "2", Probability: 0.8},
		{Expect: "", Got: "a", Times: 1, Of: 2, Answered: 1, Example: "7", Probability: 0.6},
		{Expect: "c", Got: "a", Times: 1, Of: 1, Answered: 1, Example: "6", Probability: 0.6},
		{Expect: "b", Got: "", Times: 1, Of: 2, Answered: 0, Example: "9", Probability: 0},
		{Expect: "b", Got: "a", Times: 1, Of: 2, Answered: 0, Example: "5", Probability: 0.7},
	}
	if d := cmp.Diff(want, trial.Confusions()); d != "" {
		t.Error(d)
	}
}
