package main

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"frontdesk/knowledge"
	"frontdesk/retrieval"

	"github.com/google/go-cmp/cmp"
)

// handMade is a result with few questions, whose figures can be checked by hand.
func handMade(t *testing.T) *result {
	t.Helper()
	base, err := knowledge.New([]*knowledge.Entry{
		{ID: "key", Kind: knowledge.FAQ, Question: "Where is the key?", Alternatives: []string{"find the key"}, Answer: "Under the mat."},
		{ID: "cat", Kind: knowledge.FAQ, Question: "Who feeds the cat?", Answer: "Ada."},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	p := func(text, id string, score float64, abstain bool) retrieval.Prediction {
		return retrieval.Prediction{Text: text, Ranked: []string{id}, Scores: []float64{score}, Abstain: abstain}
	}
	own := retrieval.Trial{
		Queries: []retrieval.Query{
			{Text: "find the key", Expect: "key"}, {Text: "Where is the key?", Expect: "key"}, {Text: "lost \x1b[31m it", Expect: "key"},
			{Text: "feed it", Expect: "cat"}, {Text: "the moon"}, {Text: "a song"},
		},
		Predictions: []retrieval.Prediction{
			p("find the key", "key", 0.97, false), p("Where is the key?", "cat", 0.62, true), p("lost \x1b[31m it", "cat", 0.91, false),
			p("feed it", "cat", 0.85, false), p("the moon", "key", 0.93, false), p("a song", "cat", 0.05, true),
		},
		Weights: []float64{1, 1, 1, 1, 0.5, 0.5},
	}
	tests := retrieval.Trial{
		Queries:     []retrieval.Query{{Text: "the key, please", Expect: "key"}},
		Predictions: []retrieval.Prediction{p("the key, please", "key", 0.88, false)},
	}
	earlier := []retrieval.Prediction{
		p("find the key", "key", 0.97, false), p("Where is the key?", "key", 0.95, false), p("lost \x1b[31m it", "key", 0.9, false),
		p("feed it", "cat", 0.4, true), p("the moon", "key", 0.9, true), p("a song", "cat", 0.05, true), p("gone", "cat", 0.05, true),
		p("the key, please", "key", 0.88, false),
	}
	earlier[0].Slots = map[string]string{"room": "hall"}
	r := &result{
		subject: subject{name: "desk", base: base, built: 1500 * time.Millisecond, config: retrieval.DefaultConfig()},
		point:   retrieval.OperatingPoint{Answer: 0.8, Run: 0.9, Suggest: 1. / 3},
		columns: []column{{name: "cross-validation", trial: own}, {name: "tests", trial: tests, took: []time.Duration{1500 * time.Microsecond}}},
	}
	comparison, err := compare(evaluation{compare: "old.jsonl"}, r.columns, earlier)
	if err != nil {
		t.Fatal(err)
	}
	r.comparison = comparison
	return r
}

// TestResult compares what is printed with testdata/eval.golden.
func TestResult(t *testing.T) {
	var b bytes.Buffer
	r := handMade(t)
	if err := writeResult(&b, r, evaluation{compare: "old.jsonl"}); err != nil {
		t.Fatal(err)
	}
	b.WriteString("\n--- as JSON\n")
	if err := writeJSON(&b, r.json()); err != nil {
		t.Fatal(err)
	}
	b.WriteString("\n--- balanced\n")
	r.columns = append(r.columns, column{name: "val", trial: r.columns[0].trial})
	r.balance(nil)
	writeHead(&b, r)
	r.columns[0].trial = retrieval.Trial{}
	r.point.Answer = math.Inf(1)
	writeHead(&b, r)
	golden := filepath.Join("testdata", "eval.golden")
	if *update {
		if err := os.WriteFile(golden, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), b.String()); d != "" {
		t.Errorf("-want +got; if that is meant, run with -update:\n%s", d)
	}
}

// A plot names its axes, its lines and its operating points; without anything
// answered it can be drawn all the same.
func TestPlot(t *testing.T) {
	var trials []plotted
	for _, c := range handMade(t).columns {
		trials = append(trials, plotted{c.name, c.trial})
	}
	trials = append(trials, plotted{"nothing", retrieval.Trial{}})
	for _, file := range []string{"a.svg", "a.PNG"} {
		format, err := plotFormat(file)
		if err != nil {
			t.Fatal(err)
		}
		var b, again bytes.Buffer
		if err := writePlot(&b, format, "desk", 0.95, trials); err != nil {
			t.Fatal(err)
		}
		if err := writePlot(&again, format, "desk", 0.95, trials); err != nil || !bytes.Equal(b.Bytes(), again.Bytes()) {
			t.Errorf("%s is another one when drawn again: %v", file, err)
		}
		if file == "a.PNG" {
			if !strings.HasPrefix(b.String(), "\x89PNG\r\n") {
				t.Errorf("%s is no PNG", file)
			}
			continue
		}
		for _, want := range []string{
			"questions that are answered, in %", "answers that are right, in %", ">desk<", "precision asked for: 95 %",
			"cross-validation  •  answers 70.0 %, and of these 57.1 % are right", "tests  •  answers 100.0 %", "<circle",
		} {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%s does not hold %q", file, want)
			}
		}
		if err := writePlot(&b, format, "desk", 0.95, nil); err != nil {
			t.Error(err)
		}
	}
	if _, err := plotFormat("a.pdf"); err == nil {
		t.Error("a PDF is drawn")
	}
}

// A test that expects none, or a former id, is a query like any other.
func TestTestQueries(t *testing.T) {
	base, err := knowledge.New([]*knowledge.Entry{
		{ID: "key", Formerly: []string{"old-key"}, Kind: knowledge.FAQ, Question: "Where is the key?", Answer: "Under the mat."},
	}, []knowledge.Test{{Ask: "the key", Expect: "old-key"}, {Ask: "the moon", Expect: knowledge.None}})
	if err != nil {
		t.Fatal(err)
	}
	want := []retrieval.Query{{Text: "the key", Expect: "key"}, {Text: "the moon"}}
	if d := cmp.Diff(want, testQueries(base)); d != "" {
		t.Error(d)
	}
}
