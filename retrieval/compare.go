package retrieval

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
)

// Bounds of a file of predictions.
const (
	maxPredictions    = 1_000_000
	maxPredictionFile = 512 << 20 // bytes
	maxRanked         = 1000      // ids a line
)

// ReadPredictions reads what [WritePredictions] wrote. An error says the line of
// the file at fault.
func ReadPredictions(r io.Reader, file string) ([]Prediction, error) {
	limited := &io.LimitedReader{R: r, N: maxPredictionFile + 1}
	lines := bufio.NewScanner(limited)
	lines.Buffer(nil, maxQueryLine)
	var predictions []Prediction
	n := 0
	for lines.Scan() {
		n++
		if len(lines.Bytes()) == 0 {
			continue
		}
		if len(predictions) == maxPredictions {
			return nil, fmt.Errorf("%s:%d: the file has more than %d predictions", file, n, maxPredictions)
		}
		p, err := readPrediction(lines.Bytes())
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, n, err)
		}
		p.Line = n
		predictions = append(predictions, p)
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return nil, fmt.Errorf("%s:%d: the line is longer than %d bytes", file, n+1, maxQueryLine)
	case err != nil:
		return nil, fmt.Errorf("reading predictions: %w", err)
	case limited.N <= 0:
		return nil, fmt.Errorf("%s:%d: the file is larger than %d MiB", file, n, maxPredictionFile>>20)
	}
	return predictions, nil
}

func readPrediction(line []byte) (Prediction, error) {
	var p struct {
		Prediction
		Text    *string `json:"text"`
		Abstain *bool   `json:"abstain"`
	}
	if err := json.Unmarshal(line, &p); err != nil {
		return Prediction{}, fmt.Errorf("the prediction cannot be read: %w", err)
	}
	switch {
	case p.Text == nil:
		return Prediction{}, errors.New(`the prediction has no "text"`)
	case p.Abstain == nil:
		return Prediction{}, errors.New(`the prediction has no "abstain"`)
	case len(p.Ranked) != len(p.Scores):
		return Prediction{}, fmt.Errorf("the prediction has %d ids and %d scores", len(p.Ranked), len(p.Scores))
	case len(p.Ranked) > maxRanked:
		return Prediction{}, fmt.Errorf("the prediction ranks %d ids; at most %d are read", len(p.Ranked), maxRanked)
	case len(p.Ranked) == 0 && !*p.Abstain:
		return Prediction{}, errors.New("the prediction answers and ranks nothing")
	}
	for _, s := range p.Scores {
		if !(s >= 0 && s <= 1) {
			return Prediction{}, fmt.Errorf("the score %v is no probability", s)
		}
	}
	p.Prediction.Text, p.Prediction.Abstain = *p.Text, *p.Abstain
	return p.Prediction, nil
}

// Kinds of move.
const (
	NewlyAnswered MoveKind = "newly answered"
	NotAnswered   MoveKind = "no longer answered"
	OtherEntry    MoveKind = "another entry"
	OtherSlots    MoveKind = "other slots"
)

// MoveKinds are all of them, in the order in which they are told.
var MoveKinds = []MoveKind{NewlyAnswered, NotAnswered, OtherEntry, OtherSlots}

// A MoveKind says how a decision moved.
type MoveKind string

// A Move is a query of which something else is made than before.
type Move struct {
	Query         Query
	Kind          MoveKind // empty where the decision is the same
	Before, After Prediction
}

// Shift is how far the probability of the best entry rose, from -1 to 1.
func (m Move) Shift() float64 {
	_, before := m.Before.best()
	_, after := m.After.best()
	return after - before
}

// Right says whether the decisions were right before, and are: an answer with
// the entry that is expected, or none where none is.
func (m Move) Right() (before, after bool) {
	right := func(p Prediction) bool {
		if m.Query.Expect == "" {
			return p.Abstain
		}
		id, _ := p.best()
		return !p.Abstain && m.Query.right(id)
	}
	return right(m.Before), right(m.After)
}

// A Comparison says what changed from earlier predictions to a trial's.
type Comparison struct {
	Compared int // queries
	// New were not asked before, and Gone are not asked any more; only
	// [CompareRehearsals] lets there be any.
	New, Gone int
	// Moved are the queries whose decision is another one, and Shifted all whose
	// probability is; the largest shifts first, ties by their order.
	Moved, Shifted []Move
}

// Share is the share of the decisions that moved; 0 of none.
func (c Comparison) Share() float64 {
	return float64(len(c.Moved)) / float64(max(1, c.Compared))
}

// Compare compares a trial with earlier predictions of the same queries in the
// same order, which were read from a file. The error says the line of the first
// that is of another query.
func Compare(t Trial, earlier []Prediction, file string) (Comparison, error) {
	var pairs []Move
	for i, q := range t.Queries {
		if i == len(earlier) {
			return Comparison{}, fmt.Errorf("%s: there are %d predictions for %d queries", file, len(earlier), len(t.Queries))
		}
		if earlier[i].Text != q.Text {
			return Comparison{}, fmt.Errorf("%s:%d: the prediction is of another text than query %d: compare predictions of the same queries",
				file, earlier[i].Line, i+1)
		}
		pairs = append(pairs, Move{Query: q, Before: earlier[i], After: t.Predictions[i]})
	}
	if len(earlier) > len(pairs) {
		return Comparison{}, fmt.Errorf("%s:%d: there are %d predictions for %d queries",
			file, earlier[len(pairs)].Line, len(earlier), len(pairs))
	}
	return compare(pairs), nil
}

// CompareRehearsals compares what of a trial was asked before too, by source and
// text: an edit changes which phrasings there are.
func CompareRehearsals(t Trial, earlier []Prediction) Comparison {
	type key struct {
		from Source
		text string
	}
	waiting := map[key][]Prediction{}
	for _, p := range earlier {
		k := key{p.From, p.Text}
		waiting[k] = append(waiting[k], p)
	}
	var pairs []Move
	for i, q := range t.Queries {
		now := t.Predictions[i]
		k := key{now.From, q.Text}
		if before := waiting[k]; len(before) > 0 {
			pairs = append(pairs, Move{Query: q, Before: before[0], After: now})
			waiting[k] = before[1:]
		}
	}
	c := compare(pairs)
	c.New, c.Gone = len(t.Queries)-len(pairs), len(earlier)-len(pairs)
	return c
}

func compare(pairs []Move) Comparison {
	c := Comparison{Compared: len(pairs)}
	for _, m := range pairs {
		m.Kind = kindOf(m.Before, m.After)
		if m.Kind != "" {
			c.Moved = append(c.Moved, m)
		}
		if m.Shift() != 0 {
			c.Shifted = append(c.Shifted, m)
		}
	}
	bySize := func(a, b Move) int { return cmp.Compare(math.Abs(b.Shift()), math.Abs(a.Shift())) }
	slices.SortStableFunc(c.Moved, bySize)
	slices.SortStableFunc(c.Shifted, bySize)
	return c
}

func kindOf(before, after Prediction) MoveKind {
	was, _ := before.best()
	is, _ := after.best()
	switch {
	case before.Abstain && after.Abstain:
		return ""
	case before.Abstain:
		return NewlyAnswered
	case after.Abstain:
		return NotAnswered
	case was != is:
		return OtherEntry
	case !maps.Equal(before.Slots, after.Slots):
		return OtherSlots
	}
	return ""
}
