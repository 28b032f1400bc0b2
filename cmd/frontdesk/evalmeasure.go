package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"frontdesk/internal/app"
	"frontdesk/internal/config"
	"frontdesk/knowledge"
	"frontdesk/retrieval"
)

// A subject is the base that is measured.
type subject struct {
	name     string // of the base; empty for a corpus
	corpus   string
	base     *knowledge.Base
	cfg      *config.Config
	config   retrieval.Config
	embedder retrieval.Embedder
	inputs   []string           // files that must not be written
	reranker retrieval.Reranker // nil for none
	built    time.Duration
}

// A column is what was measured on one set of questions.
type column struct {
	name  string
	trial retrieval.Trial
	took  []time.Duration // a query each, sorted; empty where it was not measured
}

// result is all that eval found.
type result struct {
	subject
	point      retrieval.OperatingPoint
	balancedOn string // what the balanced threshold was chosen on; empty for another operating point
	columns    []column
	index      *retrieval.Index
	comparison *retrieval.Comparison
}

// subject loads the base, or makes one of the corpus.
func (c *cli) subject(ctx context.Context, e evaluation) (subject, error) {
	s := subject{corpus: e.corpus, inputs: []string{e.corpus, e.queries, e.val, e.compare}}
	configured := retrieval.DefaultConfig()
	cfg, err := c.load()
	if err != nil {
		return s, err
	}
	if e.corpus != "" {
		entries, err := c.readEntries(ctx, e.corpus)
		if err != nil {
			return s, err
		}
		if s.base, err = knowledge.New(entries, nil); err != nil {
			return s, err
		}
	} else {
		s.name = c.oneBase(cfg)
		if s.base, err = app.Load(ctx, cfg, s.name); err != nil {
			return s, err
		}
		configured = cfg.Bases[s.name].Retrieval
		s.inputs = append(append(s.inputs, cfg.File), s.base.Files...)
	}
	if s.config, err = e.configure(configured); err != nil {
		return s, usage(err)
	}
	s.cfg = cfg
	return s, nil
}

// measure builds the index and asks everything.
func (c *cli) measure(ctx context.Context, e evaluation, s subject) (*result, error) {
	balanced, _, err := e.operating()
	if err != nil {
		return nil, usage(err)
	}
	var rehearsal *retrieval.Rehearsal
	var index *retrieval.Index
	o := retrieval.BuildOptions{Words: app.Words(), Reranker: s.reranker}
	bar := bars{c: c}
	if p := bar.progress(); p != nil {
		o.Progress = func(done, total int) { p(s.title(), done, total) }
	}
	start := time.Now()
	if e.queries == "" || balanced && e.val == "" {
		rehearsal, err = retrieval.Rehearse(ctx, s.base, s.embedder, s.config, o)
		if err == nil {
			index = rehearsal.Index
		}
	} else {
		index, err = retrieval.Build(ctx, s.base, s.embedder, s.config, o)
	}
	bar.finish()
	if err != nil {
		return nil, fmt.Errorf("indexing %s: %w", s.title(), err)
	}
	s.built = time.Since(start)

	r := &result{subject: s, point: index.OperatingPoint(), index: index}
	if e.queries == "" {
		r.columns = append(r.columns, column{name: "cross-validation", trial: rehearsal.Trial()})
	}
	for _, set := range []struct {
		name    string
		queries func() ([]retrieval.Query, error)
		from    retrieval.Source
		skip    bool
	}{
		{"queries", readQueries(e.queries, e.heard), "", e.queries == ""},
		{"tests", func() ([]retrieval.Query, error) { return testQueries(s.base), nil }, retrieval.Tested,
			e.queries != "" || len(s.base.Tests) == 0},
		{"val", readQueries(e.val, e.heard), "", e.val == ""},
	} {
		if set.skip {
			continue
		}
		queries, err := set.queries()
		if err != nil {
			return nil, err
		}
		col, err := ask(ctx, index, queries, set.from)
		if err != nil {
			return nil, fmt.Errorf("asking the %s: %w", set.name, err)
		}
		col.name = set.name
		r.columns = append(r.columns, col)
	}
	if balanced {
		r.balance(rehearsal)
	}
	return r, nil
}

// balance has everything answered from the balanced threshold on, which is
// chosen on --val, else on the rehearsal.
func (r *result) balance(rehearsal *retrieval.Rehearsal) {
	var from retrieval.Trial
	if last := r.columns[len(r.columns)-1]; last.name == "val" {
		r.balancedOn, from = last.name, last.trial
	} else {
		r.balancedOn, from = "the cross-validation", rehearsal.Trial()
	}
	threshold := from.Balanced()
	r.point.Answer, r.point.Run = threshold, threshold
	for i := range r.columns {
		r.columns[i].trial = r.columns[i].trial.Answering(threshold)
	}
}

// title names what is measured.
func (s subject) title() string {
	if s.name != "" {
		return s.name
	}
	return s.corpus
}

func readQueries(file string, heard bool) func() ([]retrieval.Query, error) {
	return func() ([]retrieval.Query, error) {
		queries, err := readFile(file, "the queries", retrieval.ReadQueries)
		for i := range queries {
			queries[i].Heard = heard
		}
		return queries, err
	}
}

// readFile reads a file of one thing a line.
func readFile[T any](name, what string, read func(r io.Reader, file string) ([]T, error)) ([]T, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", what, err)
	}
	defer f.Close()
	return read(f, name)
}

// testQueries gives the base's own tests as queries.
func testQueries(base *knowledge.Base) []retrieval.Query {
	queries := make([]retrieval.Query, len(base.Tests))
	for i, t := range base.Tests {
		queries[i].Text = t.Ask
		if e, ok := base.Entry(t.Expect); ok {
			queries[i].Expect = e.ID // it may be a former one
		}
	}
	return queries
}

// ask asks queries of a whole base.
func ask(ctx context.Context, index *retrieval.Index, queries []retrieval.Query, from retrieval.Source) (column, error) {
	predictions, err := index.Predict(ctx, queries)
	if err != nil {
		return column{}, err
	}
	col := column{trial: retrieval.Trial{Queries: queries, Predictions: predictions}}
	for i := range predictions {
		predictions[i].From = from
		col.took = append(col.took, predictions[i].Took)
	}
	slices.Sort(col.took)
	return col, col.trial.Check()
}
