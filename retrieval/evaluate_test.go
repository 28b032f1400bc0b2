package retrieval

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestReadQueries(t *testing.T) {
	got, err := ReadQueries(strings.NewReader(`{"text":"a","expect":"x","also":["y"],"slots":{"n":["1","2"]}}

{"text":"b","expect":null}
{"text":""}
`), "q.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	want := []Query{{Text: "a", Expect: "x", Also: []string{"y"}}, {Text: "b"}, {}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	for text, want := range map[string]string{
		"{}":                     `q.jsonl:1: the query has no "text"`,
		"{\"text\":\"a\"}\n{":    "q.jsonl:2: the query cannot be read",
		`{"text":"a","also":1}`:  "q.jsonl:1: the query cannot be read",
		strings.Repeat("x", 2e6): "q.jsonl:1: the line is longer",
	} {
		if _, err := ReadQueries(strings.NewReader(text), "q.jsonl"); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%.30q gives %v, want %s", text, err, want)
		}
	}
}

func FuzzReadQueries(f *testing.F) {
	f.Add(`{"text":"a","expect":"x"}`)
	f.Add("{\"text\":\"b\",\"expect\":null}\n\n{}")
	f.Add("\xff\x00")
	f.Fuzz(func(t *testing.T, text string) {
		queries, err := ReadQueries(strings.NewReader(text), "q")
		if err != nil && !strings.HasPrefix(err.Error(), "q:") {
			t.Errorf("the error names no line: %v", err)
		}
		if len(queries) > strings.Count(text, "\n")+1 {
			t.Errorf("%d queries on fewer lines", len(queries))
		}
	})
}

func TestWritePredictions(t *testing.T) {
	var b bytes.Buffer
	err := WritePredictions(&b, []Prediction{
		{Text: "a < b", Ranked: []string{"x", "y"}, Scores: []float64{0.75, 0.2}},
		{Text: "", Ranked: []string{}, Scores: []float64{}, Abstain: true},
	})
	want := `{"text":"a < b","ranked":["x","y"],"scores":[0.75,0.2],"abstain":false}
{"text":"","ranked":[],"scores":[],"abstain":true}
`
	if err != nil || b.String() != want {
		t.Errorf("got %s, %v", b.String(), err)
	}
}

// TestScore compares with figures that were worked out by hand.
func TestScore(t *testing.T) {
	queries := []Query{
		{Expect: "a"},                      // right
		{Expect: "a", Also: []string{"b"}}, // the other right one
		{Expect: "a"},                      // third, abstained
		{Expect: "a"},                      // not found
		{},                                 // answered though strange
		{},                                 // rightly abstained
		{Expect: "a"},                      // nothing ranked
	}
	predictions := []Prediction{
		{Ranked: []string{"a", "b"}, Scores: []float64{0.9, 0.1}},
		{Ranked: []string{"b", "a"}, Scores: []float64{0.8, 0.1}},
		{Ranked: []string{"c", "b", "a"}, Scores: []float64{0.3, 0.2, 0.1}, Abstain: true},
		{Ranked: []string{"c"}, Scores: []float64{0.6}},
		{Ranked: []string{"c"}, Scores: []float64{0.6}},
		{Ranked: []string{"c"}, Scores: []float64{0.1}, Abstain: true},
		{Abstain: true},
	}
	got, err := Score(queries, predictions)
	if err != nil {
		t.Fatal(err)
	}
	want := Metrics{
		InScope: 5, OutOfScope: 2,
		Top1: 2. / 5, Recall3: 3. / 5, Recall5: 3. / 5, MRR: (1 + 1 + 1./3) / 5,
		// Of the ten pairs, 0.9 and 0.8 win four, 0.6 wins one and a half, 0.3 one.
		AUROC: 6.5 / 10, RightWrong: 1,
		Coverage: 2. / 7,
		Accuracy: 2. / 5, Abstained: 1. / 2, Precision: 2. / 4, Answered: 3. / 5,
		CalibrationError: (0.1 + 0.2 + 0.3 + 1.2 + 0.1) / 7,
	}
	if d := cmp.Diff(want, got, cmpopts.EquateApprox(0, 1e-12)); d != "" {
		t.Error(d)
	}
	if _, err := Score(queries, nil); err == nil {
		t.Error("no error when predictions are missing")
	}
	none, err := Score(nil, nil)
	if err != nil || !math.IsNaN(none.Top1) {
		t.Errorf("nothing scores %v, %v", none.Top1, err)
	}
}

func TestPredict(t *testing.T) {
	x := shopIndex(t)
	got, err := x.Predict(t.Context(), []Query{{Text: "I forgot my password"}, {Text: "lorem ipsum"}, {Text: ""}})
	if err != nil {
		t.Fatal(err)
	}
	if p := got[0]; p.Abstain || p.Ranked[0] != "password" || len(p.Ranked) != 5 || len(p.Scores) != 5 || p.Took <= 0 {
		t.Errorf("got %+v", p)
	}
	if !got[1].Abstain || !got[2].Abstain || len(got[2].Ranked) != 0 {
		t.Errorf("nonsense is answered: %+v", got[1:])
	}
	home, err := exampleIndex(t, "home").Predict(t.Context(), []Query{{Text: "turn on the kitchen lights"}})
	if err != nil || home[0].Abstain || home[0].Slots["room"] != "kitchen" {
		t.Errorf("got %+v, %v", home, err)
	}
}
