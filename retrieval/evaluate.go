package retrieval

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"time"
)

const (
	// predicted is how many entries a prediction ranks.
	predicted = 20
	// maxQueryLine bounds a line of a file of queries, in bytes.
	maxQueryLine = 1 << 20
	// calibrationBins are the bins of the expected calibration error.
	calibrationBins = 15
)

// A Query is a question of which it is known what should be found.
type Query struct {
	Text   string
	Expect string   // the id of the right entry; empty where the base has none
	Also   []string // ids that are right too
}

// A Prediction is what an index makes of a query.
type Prediction struct {
	Text    string            `json:"text"`
	Ranked  []string          `json:"ranked"` // ids, best first
	Scores  []float64         `json:"scores"` // their probabilities
	Abstain bool              `json:"abstain"`
	Slots   map[string]string `json:"slots,omitempty"` // canonical values
	Took    time.Duration     `json:"-"`
}

// ReadQueries reads queries in JSON Lines, {"text", "expect": id or null,
// "also": [ids]}; other keys are ignored. An error says the line of the file at
// fault.
func ReadQueries(r io.Reader, file string) ([]Query, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxQueryLine)
	var queries []Query
	n := 0
	for lines.Scan() {
		n++
		if len(lines.Bytes()) == 0 {
			continue
		}
		var q struct {
			Text   *string  `json:"text"`
			Expect *string  `json:"expect"`
			Also   []string `json:"also"`
		}
		if err := json.Unmarshal(lines.Bytes(), &q); err != nil {
			return nil, fmt.Errorf("%s:%d: the query cannot be read: %w", file, n, err)
		}
		if q.Text == nil {
			return nil, fmt.Errorf(`%s:%d: the query has no "text"`, file, n)
		}
		query := Query{Text: *q.Text, Also: q.Also}
		if q.Expect != nil {
			query.Expect = *q.Expect
		}
		queries = append(queries, query)
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return nil, fmt.Errorf("%s:%d: the line is longer than %d bytes", file, n+1, maxQueryLine)
	} else if err != nil {
		return nil, fmt.Errorf("reading queries: %w", err)
	}
	return queries, nil
}

// Predict answers queries one after the other. It abstains below the bar of an
// answer, or of a run where the best entry is a command that can be run.
func (x *Index) Predict(ctx context.Context, queries []Query) ([]Prediction, error) {
	predictions := make([]Prediction, len(queries))
	for i, q := range queries {
		begin := time.Now()
		r, err := x.Search(ctx, q.Text, predicted)
		if err != nil {
			return nil, fmt.Errorf("query %d: %w", i+1, err)
		}
		p := Prediction{Text: q.Text, Ranked: []string{}, Scores: []float64{}, Abstain: true, Took: time.Since(begin)}
		for _, h := range r.Hits {
			p.Ranked = append(p.Ranked, h.Entry.ID)
			p.Scores = append(p.Scores, h.Probability)
		}
		if len(r.Hits) > 0 {
			best := r.Hits[0]
			bar := x.point.Answer
			if best.Entry.Command != nil {
				bar = x.point.Run
			}
			p.Abstain = best.Probability < bar
			for name, v := range best.Slots {
				if p.Slots == nil {
					p.Slots = map[string]string{}
				}
				p.Slots[name] = v.Canonical
			}
		}
		predictions[i] = p
	}
	return predictions, nil
}

// WritePredictions writes predictions in JSON Lines.
func WritePredictions(w io.Writer, predictions []Prediction) error {
	b := bufio.NewWriter(w)
	out := json.NewEncoder(b)
	out.SetEscapeHTML(false)
	for _, p := range predictions {
		if err := out.Encode(p); err != nil {
			return fmt.Errorf("writing predictions: %w", err)
		}
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("writing predictions: %w", err)
	}
	return nil
}

// Metrics say how good predictions are. Shares are in [0, 1]; NaN stands for
// what cannot be said, such as the share of none.
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

// outcome is a query with what became of it.
type outcome struct {
	inScope   bool
	rank      int // of the first right entry, from 1; 0 for none
	score     float64
	abstained bool
}

// Score compares predictions with what was expected.
func Score(queries []Query, predictions []Prediction) (Metrics, error) {
	if len(queries) != len(predictions) {
		return Metrics{}, fmt.Errorf("there are %d predictions for %d queries", len(predictions), len(queries))
	}
	outcomes := make([]outcome, len(queries))
	for i, q := range queries {
		p := predictions[i]
		o := outcome{inScope: q.Expect != "", abstained: p.Abstain, score: math.Inf(-1)}
		if len(p.Scores) > 0 {
			o.score = p.Scores[0]
		}
		for rank, id := range p.Ranked {
			if o.inScope && (id == q.Expect || slices.Contains(q.Also, id)) {
				o.rank = rank + 1
				break
			}
		}
		outcomes[i] = o
	}
	return score(outcomes), nil
}

func score(outcomes []outcome) Metrics {
	var m Metrics
	var right, answered, answeredIn, abstainedOut int
	var in, out, good, bad []float64 // top scores
	for _, o := range outcomes {
		correct := o.inScope && o.rank == 1
		if !o.abstained {
			answered++
			if correct {
				right++
			}
		}
		if !o.inScope {
			m.OutOfScope++
			out = append(out, o.score)
			if o.abstained {
				abstainedOut++
			}
			continue
		}
		m.InScope++
		in = append(in, o.score)
		if !o.abstained {
			answeredIn++
		}
		if correct {
			m.Top1++
			good = append(good, o.score)
		} else {
			bad = append(bad, o.score)
		}
		if o.rank > 0 {
			m.MRR += 1 / float64(o.rank)
			if o.rank <= 3 {
				m.Recall3++
			}
			if o.rank <= 5 {
				m.Recall5++
			}
		}
	}
	n := float64(m.InScope)
	m.Top1, m.Recall3, m.Recall5, m.MRR = m.Top1/n, m.Recall3/n, m.Recall5/n, m.MRR/n
	m.AUROC, m.RightWrong = auroc(in, out), auroc(good, bad)
	m.Coverage = coverageAt(outcomes, 0.95)
	m.Accuracy, m.Answered = float64(right)/n, float64(answeredIn)/n
	m.Abstained = float64(abstainedOut) / float64(m.OutOfScope)
	m.Precision = float64(right) / float64(answered)
	m.CalibrationError = calibrationError(outcomes)
	return m
}

// auroc is the area under the receiver operating characteristic, by ranks
// (Mann and Whitney 1947); equal scores count half.
func auroc(positive, negative []float64) float64 {
	type one struct {
		score    float64
		positive bool
	}
	var all []one
	for _, s := range positive {
		all = append(all, one{s, true})
	}
	for _, s := range negative {
		all = append(all, one{s, false})
	}
	slices.SortFunc(all, func(a, b one) int { return cmp.Compare(a.score, b.score) })
	sum := 0.0
	for i := 0; i < len(all); {
		j, found := i, 0
		for ; j < len(all) && all[j].score == all[i].score; j++ {
			if all[j].positive {
				found++
			}
		}
		sum += float64(i+1+j) / 2 * float64(found)
		i = j
	}
	p, n := float64(len(positive)), float64(len(negative))
	return (sum - p*(p+1)/2) / (p * n)
}

// coverageAt is the share that can be answered at a precision.
func coverageAt(outcomes []outcome, precision float64) float64 {
	sorted := slices.Clone(outcomes)
	slices.SortStableFunc(sorted, func(a, b outcome) int { return cmp.Compare(b.score, a.score) })
	right, covered := 0, 0
	for i, o := range sorted {
		if o.inScope && o.rank == 1 {
			right++
		}
		last := i+1 == len(sorted) || sorted[i+1].score < o.score
		if last && float64(right)/float64(i+1) >= precision {
			covered = i + 1
		}
	}
	return float64(covered) / float64(len(outcomes))
}

func calibrationError(outcomes []outcome) float64 {
	var stated, right [calibrationBins]float64
	for _, o := range outcomes {
		s := max(o.score, 0)
		bin := min(calibrationBins-1, int(s*calibrationBins))
		stated[bin] += s
		if o.inScope && o.rank == 1 {
			right[bin]++
		}
	}
	sum := 0.0
	for i := range stated {
		sum += math.Abs(stated[i] - right[i])
	}
	return sum / float64(len(outcomes))
}
