package retrieval

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What was written is read as it was.
func TestReadPredictions(t *testing.T) {
	want := []Prediction{
		{Text: "a < b", Ranked: []string{"x", "y"}, Scores: []float64{0.75, 0.2}, Slots: map[string]string{"n": "1"}, From: Held, Line: 1},
		{Text: "", Ranked: []string{}, Scores: []float64{}, Abstain: true, Line: 2},
	}
	var b bytes.Buffer
	if err := WritePredictions(&b, want); err != nil {
		t.Fatal(err)
	}
	got, err := ReadPredictions(&b, "p.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	good := `{"text":"a","ranked":[],"scores":[],"abstain":true}` + "\n"
	for text, want := range map[string]string{
		good + "{": "p.jsonl:2: the prediction cannot be read",
		`{"ranked":[],"scores":[],"abstain":true}`:                   `p.jsonl:1: the prediction has no "text"`,
		`{"text":"a","ranked":[],"scores":[]}`:                       `p.jsonl:1: the prediction has no "abstain"`,
		good + "\n" + `{"text":"a","ranked":["x"],"abstain":true}`:   "p.jsonl:3: the prediction has 1 ids and 0 scores",
		`{"text":"a","ranked":["x"],"scores":[1.5],"abstain":true}`:  "p.jsonl:1: the score 1.5 is no probability",
		`{"text":"a","ranked":["x"],"scores":[-0.1],"abstain":true}`: "p.jsonl:1: the score -0.1 is no probability",
		`{"text":"a","ranked":[],"scores":[],"abstain":false}`:       "p.jsonl:1: the prediction answers and ranks nothing",
		`{"text":"a","ranked":"x","scores":[],"abstain":true}`:       "p.jsonl:1: the prediction cannot be read",
		many(maxRanked + 1):      "p.jsonl:1: the prediction ranks 1001 ids",
		strings.Repeat("x", 2e6): "p.jsonl:1: the line is longer",
	} {
		if _, err := ReadPredictions(strings.NewReader(text), "p.jsonl"); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%.60q gives %v, want %s", text, err, want)
		}
	}
}

// many is a prediction that ranks n ids.
func many(n int) string {
	return fmt.Sprintf(`{"text":"a","ranked":["x"%s],"scores":[0%s],"abstain":true}`,
		strings.Repeat(`,"x"`, n-1), strings.Repeat(",0", n-1))
}

func FuzzReadPredictions(f *testing.F) {
	f.Add(`{"text":"a","ranked":["x"],"scores":[0.5],"abstain":false,"slots":{"n":"1"},"from":"held"}`)
	f.Add("{\"text\":\"b\",\"ranked\":[],\"scores\":[],\"abstain\":true}\n\n{}")
	f.Add(`{"text":"a","ranked":null,"scores":[NaN],"abstain":true}`)
	f.Add("\xff\x00")
	f.Fuzz(func(t *testing.T, text string) {
		predictions, err := ReadPredictions(strings.NewReader(text), "p")
		if err != nil && !strings.HasPrefix(err.Error(), "p:") {
			t.Errorf("the error names no line: %v", err)
		}
		// Whatever is read can be compared, scored, and written again.
		trial := Trial{Queries: make([]Query, len(predictions)), Predictions: predictions}
		for i, p := range predictions {
			trial.Queries[i].Text = p.Text
		}
		if c, err := Compare(trial, predictions, "p"); err != nil || len(c.Moved) != 0 {
			t.Errorf("predictions differ from themselves: %+v, %v", c, err)
		}
		trial.Score()
		trial.Balanced()
		var b bytes.Buffer
		if err := WritePredictions(&b, predictions); err != nil {
			t.Fatal(err)
		}
		again, err := ReadPredictions(&b, "p")
		if err != nil || len(again) != len(predictions) {
			t.Errorf("%d predictions are read again as %d, %v", len(predictions), len(again), err)
		}
	})
}

// decided is a prediction of one entry.
func decided(text, entry string, score float64, abstain bool) Prediction {
	return Prediction{Text: text, Ranked: []string{entry}, Scores: []float64{score}, Abstain: abstain}
}

func TestCompare(t *testing.T) {
	trial := Trial{
		Queries: []Query{{Text: "1", Expect: "a"}, {Text: "2", Expect: "a"}, {Text: "3", Expect: "a"}, {Text: "4"}, {Text: "5", Expect: "a"}, {Text: "6", Expect: "a"}},
		Predictions: []Prediction{
			decided("1", "a", 0.9, false), decided("2", "a", 0.5, true), decided("3", "b", 0.8, false),
			decided("4", "a", 0.7, false), decided("5", "a", 0.6, true), decided("6", "a", 0.9, false),
		},
	}
	trial.Predictions[5].Slots = map[string]string{"n": "2"}
	before := []Prediction{
		decided("1", "b", 0.4, true), decided("2", "a", 0.9, false), decided("3", "a", 0.8, false),
		decided("4", "a", 0.6, true), decided("5", "b", 0.6, true), decided("6", "a", 0.9, false),
	}
	for i := range before {
		before[i].Line = i + 1
	}
	got, err := Compare(trial, before, "old")
	if err != nil {
		t.Fatal(err)
	}
	type move struct {
		text     string
		kind     MoveKind
		was, now bool
	}
	var moves []move
	for _, m := range got.Moved {
		was, now := m.Right()
		moves = append(moves, move{m.Query.Text, m.Kind, was, now})
	}
	// By the size of the change: 0.5, -0.4, 0.1, then those without one.
	want := []move{
		{"1", NewlyAnswered, false, true}, {"2", NotAnswered, true, false}, {"4", NewlyAnswered, true, false},
		{"3", OtherEntry, true, false}, {"6", OtherSlots, true, true},
	}
	if d := cmp.Diff(want, moves, cmp.AllowUnexported(move{})); d != "" {
		t.Error(d)
	}
	if got.Compared != 6 || got.Share() != 5./6 || len(got.Shifted) != 3 || got.Shifted[0].Query.Text != "1" {
		t.Errorf("got %+v", got)
	}

	// Predictions of other queries, or of more or fewer.
	other := append([]Prediction{}, before...)
	other[3].Text = "four"
	for name, c := range map[string]struct {
		earlier []Prediction
		want    string
	}{
		"another text": {other, "old:4: the prediction is of another text than query 4"},
		"fewer":        {before[:5], "old: there are 5 predictions for 6 queries"},
		"more":         {append(before, decided("7", "a", 1, true)), "old:0: there are 7 predictions for 6 queries"},
	} {
		if _, err := Compare(trial, c.earlier, "old"); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s gives %v, want %s", name, err, c.want)
		}
	}
}

// After an edit there are other phrasings; what was asked before is compared.
func TestCompareRehearsals(t *testing.T) {
	with := func(p Prediction, from Source) Prediction {
		p.From = from
		return p
	}
	trial := Trial{
		Queries: []Query{{Text: "new", Expect: "a"}, {Text: "same", Expect: "a"}, {Text: "same"}, {Text: "twice"}, {Text: "twice"}},
		Predictions: []Prediction{
			with(decided("new", "a", 0.9, false), Held), with(decided("same", "a", 0.9, false), Held), with(decided("same", "b", 0.2, true), Left),
			with(decided("twice", "a", 0.9, true), Strange), with(decided("twice", "a", 0.9, true), Strange),
		},
	}
	earlier := []Prediction{
		with(decided("gone", "a", 0.9, false), Held), with(decided("same", "b", 0.9, false), Left), with(decided("same", "a", 0.3, true), Held),
		with(decided("twice", "a", 0.9, true), Strange),
	}
	got := CompareRehearsals(trial, earlier)
	if got.Compared != 3 || got.New != 2 || got.Gone != 1 || len(got.Moved) != 2 {
		t.Errorf("got %+v", got)
	}
	for _, m := range got.Moved {
		if m.Before.From != m.After.From {
			t.Errorf("%+v compares what comes from elsewhere", m)
		}
	}
}
