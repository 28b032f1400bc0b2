package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"frontdesk/internal/app"
	"frontdesk/knowledge"
	"frontdesk/retrieval"

	"github.com/spf13/cobra"
)

// evalFiles are the files of an evaluation.
type evalFiles struct {
	corpus, queries, val string
	out, valOut          string
}

func newEval(c *cli) *cobra.Command {
	var f evalFiles
	cmd := &cobra.Command{
		Use:   "eval --corpus FILE --queries FILE",
		Short: "Measure how well a corpus is found",
		Long: "Build a base of the corpus alone, ask it every query, print how good the answers are,\n" +
			"and write the predictions. The corpus is in the form that import reads; a query is a\n" +
			`line {"text": …, "expect": id or null}, and a prediction a line` + "\n" +
			`{"text": …, "ranked": [ids], "scores": [probabilities], "abstain": …}.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.corpus == "" || f.queries == "" {
				return usage(errors.New("name the files with --corpus and --queries"))
			}
			if f.valOut != "" && f.val == "" {
				return usage(errors.New("--val-out is for the queries of --val, and none are named"))
			}
			ctx, stop := interruptible(cmd)
			defer stop()
			return c.eval(ctx, f)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.corpus, "corpus", "", "the entries, as JSON Lines, in this `file`")
	flags.StringVar(&f.queries, "queries", "", "the queries, as JSON Lines, in this `file`")
	flags.StringVar(&f.val, "val", "", "further queries, measured in a column of their own, in this `file`")
	flags.StringVar(&f.out, "out", "", "write the predictions of the queries to this `file`")
	flags.StringVar(&f.valOut, "val-out", "", "write the predictions of --val to this `file`")
	for _, name := range []string{"corpus", "queries", "val", "out", "val-out"} {
		must(cmd.MarkFlagFilename(name, "jsonl"))
	}
	return cmd
}

// A column is what was measured on one file of queries.
type column struct {
	name    string
	metrics retrieval.Metrics
	took    []time.Duration // a query each, sorted
}

func (c *cli) eval(ctx context.Context, f evalFiles) error {
	entries, err := c.readEntries(f.corpus)
	if err != nil {
		return err
	}
	base, err := knowledge.New(entries, nil)
	if err != nil {
		return err
	}
	bar := bars{c: c}
	o := retrieval.BuildOptions{}
	if p := bar.progress(); p != nil {
		o.Progress = func(done, total int) { p("the corpus", done, total) }
	}
	start := time.Now()
	index, err := retrieval.Build(ctx, base, app.Embedder(), retrieval.DefaultConfig(), o)
	bar.finish()
	if err != nil {
		return fmt.Errorf("indexing %s: %w", f.corpus, err)
	}
	built := time.Since(start)

	inputs := []string{f.corpus, f.queries, f.val}
	var columns []column
	for _, set := range []struct{ name, in, out string }{{"queries", f.queries, f.out}, {"val", f.val, f.valOut}} {
		if set.in == "" {
			continue
		}
		col, err := c.measure(ctx, index, set.in, set.out, inputs)
		if err != nil {
			return err
		}
		col.name = set.name
		columns = append(columns, col)
	}
	if err := writeTable(c.out, base, built, index.OperatingPoint(), columns); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	return nil
}

// measure asks the queries of one file.
func (c *cli) measure(ctx context.Context, index *retrieval.Index, in, out string, inputs []string) (column, error) {
	file, err := os.Open(in)
	if err != nil {
		return column{}, fmt.Errorf("reading the queries: %w", err)
	}
	defer file.Close()
	queries, err := retrieval.ReadQueries(file, in)
	if err != nil {
		return column{}, err
	}
	predictions, err := index.Predict(ctx, queries)
	if err != nil {
		return column{}, fmt.Errorf("asking the queries of %s: %w", in, err)
	}
	if out != "" {
		write := func(w io.Writer) error { return retrieval.WritePredictions(w, predictions) }
		if err := writeTo(out, c.out, inputs, write); err != nil {
			return column{}, err
		}
	}
	metrics, err := retrieval.Score(queries, predictions)
	if err != nil {
		return column{}, err
	}
	col := column{metrics: metrics}
	for _, p := range predictions {
		col.took = append(col.took, p.Took)
	}
	slices.Sort(col.took)
	return col, nil
}

func writeTable(w io.Writer, base *knowledge.Base, built time.Duration, point retrieval.OperatingPoint, columns []column) error {
	phrasings := 0
	for _, e := range base.Entries {
		phrasings += 1 + len(e.Alternatives)
	}
	fmt.Fprintf(w, "%s, %s, indexed in %.2f s\n", count(len(base.Entries), "entry", "entries"),
		count(phrasings, "phrasing", "phrasings"), built.Seconds())
	fmt.Fprintf(w, "answers from %.3f on, runs from %.3f, suggests from %.3f\n\n", point.Answer, point.Run, point.Suggest)

	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	row := func(name string, cell func(column) string) {
		fmt.Fprintf(t, "%s\t", name)
		for _, c := range columns {
			fmt.Fprintf(t, "%s\t", cell(c))
		}
		fmt.Fprintln(t)
	}
	share := func(name string, of func(retrieval.Metrics) float64) {
		row(name, func(c column) string { return percent(of(c.metrics)) })
	}
	row("", func(c column) string { return c.name })
	row("in scope", func(c column) string { return fmt.Sprint(c.metrics.InScope) })
	row("out of scope", func(c column) string { return fmt.Sprint(c.metrics.OutOfScope) })
	share("top-1", func(m retrieval.Metrics) float64 { return m.Top1 })
	share("recall@3", func(m retrieval.Metrics) float64 { return m.Recall3 })
	share("recall@5", func(m retrieval.Metrics) float64 { return m.Recall5 })
	share("MRR", func(m retrieval.Metrics) float64 { return m.MRR })
	share("AUROC out of scope", func(m retrieval.Metrics) float64 { return m.AUROC })
	share("AUROC right or wrong", func(m retrieval.Metrics) float64 { return m.RightWrong })
	share("coverage at 95 % precision", func(m retrieval.Metrics) float64 { return m.Coverage })
	share("calibration error", func(m retrieval.Metrics) float64 { return m.CalibrationError })
	row("own operating point:", func(column) string { return "" })
	share("right, of in scope", func(m retrieval.Metrics) float64 { return m.Accuracy })
	share("answered, of in scope", func(m retrieval.Metrics) float64 { return m.Answered })
	share("abstained, of out of scope", func(m retrieval.Metrics) float64 { return m.Abstained })
	share("precision", func(m retrieval.Metrics) float64 { return m.Precision })
	row("time a query, p50", func(c column) string { return milliseconds(c.took, 0.5) })
	row("p99", func(c column) string { return milliseconds(c.took, 0.99) })
	return t.Flush()
}

// percent gives a share; "–" for one of nothing.
func percent(share float64) string {
	if math.IsNaN(share) {
		return "–"
	}
	return fmt.Sprintf("%.1f %%", 100*share)
}

// milliseconds gives a quantile of sorted times.
func milliseconds(sorted []time.Duration, quantile float64) string {
	if len(sorted) == 0 {
		return "–"
	}
	at := sorted[min(len(sorted)-1, int(quantile*float64(len(sorted))))]
	return fmt.Sprintf("%.2f ms", float64(at.Microseconds())/1000)
}
