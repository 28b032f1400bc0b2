package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"frontdesk/adapters/terminal"
	"frontdesk/internal/app"
	"frontdesk/retrieval"
)

const (
	// mostModels bounds how many models are compared.
	mostModels = 20
	// timedQueries is how many questions a model is timed on.
	timedQueries = 200
	// besideBuiltIn ends the name of a model that has the built-in one beside it.
	besideBuiltIn = "+builtin"
)

// A contender is a model that was measured.
type contender struct {
	name     string
	reranker string // empty for none
	bytes    int64  // of the models; 0 where they are elsewhere
	dim      int
	built    time.Duration
	metrics  retrieval.Metrics
	took     []time.Duration // a question each, sorted
}

// A comparedModels is several models on one base.
type comparedModels struct {
	subject
	on         string // the questions
	contenders []contender
}

// checkModels looks at what --models goes together with.
func (e evaluation) checkModels() error {
	if e.models == nil {
		return nil
	}
	for _, other := range []struct {
		flag string
		set  bool
	}{{"model", e.model != ""}, {"val", e.val != ""}, {"out", e.out != ""}, {"plot", e.plot != ""}, {"compare", e.compare != ""}} {
		if other.set {
			return fmt.Errorf("--models prints a table of its own and does not go together with --%s", other.flag)
		}
	}
	if e.operate == "balanced" {
		return errors.New("--models compares at a precision; leave out --operate balanced")
	}
	if len(e.models) == 0 || len(e.models) > mostModels {
		return fmt.Errorf("--models takes from 1 to %d models, separated by commas, such as builtin,all-MiniLM-L6-v2", mostModels)
	}
	for i, name := range e.models {
		if name == "" {
			return errors.New("--models has a model without a name; write names separated by commas, without blanks")
		}
		if slices.Contains(e.models[:i], name) {
			return fmt.Errorf("--models names %s twice", name)
		}
	}
	return nil
}

// compareModels measures one model after the other and prints a table.
func (c *cli) compareModels(ctx context.Context, e evaluation) error {
	s, err := c.subject(ctx, e)
	if err != nil {
		return err
	}
	table := comparedModels{subject: s, on: "queries"}
	for _, name := range e.models {
		rows, err := c.contend(ctx, e, &table, name)
		if err != nil {
			return fmt.Errorf("measuring %s: %w", name, err)
		}
		table.contenders = append(table.contenders, rows...)
	}
	if e.asJSON {
		return writeJSON(c.out, table.json())
	}
	if err := table.write(c.out); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	return nil
}

// contend measures a model, and again with the reranker if there is one.
func (c *cli) contend(ctx context.Context, e evaluation, table *comparedModels, name string) (rows []contender, err error) {
	s := table.subject
	model, blended := strings.CutSuffix(name, besideBuiltIn)
	m, err := app.OpenEmbedding(ctx, s.cfg, model)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, m.Close()) }()
	s.embedder = m.Embedder
	title := m.Name
	if blended {
		s.embedder, title = m.Blended(), title+besideBuiltIn
	}
	row, err := c.measureModel(ctx, e, s, table)
	if err != nil {
		return nil, err
	}
	row.name, row.bytes, row.dim = title, m.Bytes, s.embedder.Dim()
	rows = append(rows, row)
	reranker, err := app.OpenReranker(s.cfg, "")
	if err != nil || reranker == nil {
		return rows, err
	}
	defer func() { err = errors.Join(err, reranker.Close()) }()
	s.reranker = reranker
	if row, err = c.measureModel(ctx, e, s, table); err != nil {
		return nil, err
	}
	row.name, row.reranker, row.bytes, row.dim = title, reranker.Name, m.Bytes+reranker.Bytes(), s.embedder.Dim()
	return append(rows, row), nil
}

// measureModel measures a subject.
func (c *cli) measureModel(ctx context.Context, e evaluation, s subject, table *comparedModels) (contender, error) {
	r, err := c.measure(ctx, e, s)
	if err != nil {
		return contender{}, err
	}
	first := r.columns[0]
	table.on = first.name
	row := contender{built: r.built, metrics: first.trial.Score(), took: first.took}
	if len(row.took) == 0 { // The cross-validation took no time of its own.
		if row.took, err = timed(ctx, r.index, first.trial.Queries); err != nil {
			return contender{}, err
		}
	}
	return row, nil
}

// timed asks some of the queries, evenly over all of them, and gives how long each
// took, sorted. They are asked one after the other. The own phrasings of a base
// are found at once, but embedded all the same.
func timed(ctx context.Context, index *retrieval.Index, queries []retrieval.Query) ([]time.Duration, error) {
	n := min(len(queries), timedQueries)
	some := make([]retrieval.Query, n)
	for i := range n {
		some[i] = queries[i*len(queries)/n]
	}
	col, err := ask(ctx, index, some, "")
	return col.took, err
}

// write prints the table for people.
func (m comparedModels) write(w io.Writer) error {
	var b bytes.Buffer
	phrasings := 0
	for _, e := range m.base.Entries {
		phrasings += 1 + len(e.Alternatives)
	}
	if m.name != "" {
		fmt.Fprintf(&b, "%s: ", m.name)
	}
	fmt.Fprintf(&b, "%s, %s, measured on the %s\n", count(len(m.base.Entries), "entry", "entries"),
		count(phrasings, "phrasing", "phrasings"), m.on)
	fmt.Fprintf(&b, "%s of the answers are to be right\n\n", percent(m.config.Precision))
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "model\ttop-1\tanswered\tright of these\tAUROC out of scope\tquery p50\tp95\tindexed\tsize\tdimensions\t")
	for _, c := range m.contenders {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%.1f s\t%s\t%d\t\n", terminal.OneLine(c.title()),
			percent(c.metrics.Top1), percent(c.metrics.Answered), percent(c.metrics.Precision), percent(c.metrics.AUROC),
			milliseconds(c.took, 0.5), milliseconds(c.took, 0.95), c.built.Seconds(), sizeOfModel(c.bytes), c.dim)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(&b, "\nAnswered: of the questions that the base answers, at its own operating point.")
	_, err := w.Write(b.Bytes())
	return err
}

// title names a contender.
func (c contender) title() string {
	if c.reranker == "" {
		return c.name
	}
	return c.name + ", " + c.reranker
}

// sizeOfModel gives a size; "–" for one that is not known.
func sizeOfModel(n int64) string {
	if n <= 0 {
		return "–"
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}

// The JSON form is stable as long as V is 1. What cannot be said is null.
type comparedModelsJSON struct {
	V         int             `json:"v"`
	Base      string          `json:"base,omitempty"`
	Corpus    string          `json:"corpus,omitempty"`
	Entries   int             `json:"entries"`
	Precision float64         `json:"precision"`
	Unknown   float64         `json:"unknown_share"`
	On        string          `json:"on"` // "cross-validation" or "queries"
	Models    []contenderJSON `json:"models"`
}

type contenderJSON struct {
	Name             string   `json:"name"`
	Reranker         string   `json:"reranker,omitempty"`
	Top1             *float64 `json:"top1"`
	Answered         *float64 `json:"answered"`
	Right            *float64 `json:"right"`
	AnswerPrecision  *float64 `json:"precision"`
	AUROC            *float64 `json:"auroc_out_of_scope"`
	CalibrationError *float64 `json:"calibration_error"`
	P50MS            *float64 `json:"p50_ms"`
	P95MS            *float64 `json:"p95_ms"`
	IndexedMS        int64    `json:"indexed_ms"`
	Bytes            int64    `json:"bytes,omitempty"` // left out where the model is not on this machine
	Dim              int      `json:"dim"`
}

func (m comparedModels) json() comparedModelsJSON {
	out := comparedModelsJSON{
		V: 1, Base: m.name, Corpus: m.corpus, Entries: len(m.base.Entries),
		Precision: m.config.Precision, Unknown: m.config.UnknownShare, On: m.on,
	}
	for _, c := range m.contenders {
		j := contenderJSON{
			Name: c.name, Reranker: c.reranker, Top1: number(c.metrics.Top1), Answered: number(c.metrics.Answered),
			Right: number(c.metrics.Accuracy), AnswerPrecision: number(c.metrics.Precision), AUROC: number(c.metrics.AUROC),
			CalibrationError: number(c.metrics.CalibrationError), IndexedMS: c.built.Milliseconds(), Bytes: c.bytes, Dim: c.dim,
		}
		if len(c.took) > 0 {
			j.P50MS, j.P95MS = number(millis(c.took, 0.5)), number(millis(c.took, 0.95))
		}
		out.Models = append(out.Models, j)
	}
	return out
}
