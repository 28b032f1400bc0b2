package retrieval

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"frontdesk/knowledge"
)

const (
	// predicted is how many entries a prediction ranks.
	predicted = 20
	// maxQueryLine bounds a line of a file of queries, in bytes.
	maxQueryLine = 1 << 20
)

// A Query is a question of which it is known what should be found.
type Query struct {
	Text   string
	Expect string   // the id of the right entry; empty where the base has none
	Also   []string // ids that are right too
	Heard  bool     // that the text was recognised from speech
}

// A Prediction is what an index makes of a query.
type Prediction struct {
	Text    string            `json:"text"`
	Ranked  []string          `json:"ranked"` // ids, best first
	Scores  []float64         `json:"scores"` // their probabilities
	Abstain bool              `json:"abstain"`
	Slots   map[string]string `json:"slots,omitempty"` // canonical values
	// From says where a question of a [Rehearsal] comes from; empty for others.
	From Source        `json:"from,omitempty"`
	Took time.Duration `json:"-"`
	Line int           `json:"-"` // of the file that it was read from
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
		r, err := x.Search(ctx, Question{Text: q.Text, Heard: q.Heard}, predicted)
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
			p.Abstain = best.Probability < x.bar(best.Entry)
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

// bar is from which probability on an entry is answered, or run.
func (x *Index) bar(e *knowledge.Entry) float64 {
	if e.Command != nil {
		return x.point.Run
	}
	return x.point.Answer
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
