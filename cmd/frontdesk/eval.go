package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"frontdesk/internal/app"
	"frontdesk/retrieval"

	"github.com/spf13/cobra"
)

// An evaluation says what eval is to measure, and what it writes.
type evaluation struct {
	corpus, queries, val string
	out, valOut, plot    string
	compare              string

	operate                 string
	precision, unknownShare float64 // NaN for those of the configuration
	atMost                  float64 // NaN for any
	asJSON, all             bool
	heard                   bool // the queries are recognised speech
	model                   string
	models                  []string // to be compared; empty for none
}

func newEval(c *cli) *cobra.Command {
	var e evaluation
	cmd := &cobra.Command{
		Use:   "eval",
		Short: "Measure how well the knowledge is found",
		Long: "Measure a base, or --base, by its own phrasings: each, or a sample of 1500, is asked of\n" +
			"a model that was fitted without it. Some entries are left out as a whole, and their\n" +
			"phrasings are asked as questions that the base does not answer; so are a few hundred\n" +
			"sentences that no base answers. All count as unknown_share expects. The base's own tests are asked\n" +
			"of the whole base and have a column of their own. With more phrasings the base does a\n" +
			"little better than the models that lack some. No command is carried out, and nothing\n" +
			"is recorded.\n\n" +
			"With --corpus a base is built of the entries of a file, in the form that import reads.\n" +
			"With --queries the queries of a file are asked instead, and of the whole base; a query\n" +
			`is a line {"text": …, "expect": id or null}.` + "\n\n" +
			"Printed are the figures, how often what was stated is right (where the two differ, the\n" +
			"probabilities are off), and which entry is taken for which other one. --plot draws\n" +
			"how many of the answers are right against how many questions are answered.\n\n" +
			"--operate says from which probability on a prediction counts as answered: balanced is\n" +
			"where right answers, of what the base answers, and abstentions, of what it does not,\n" +
			"have the highest mean, on --val, else on the cross-validation; precision=P is where the\n" +
			"share P of the answers is right, as precision: P of the configuration has it.\n\n" +
			"--out writes the predictions, a line each:\n" +
			`{"text": …, "ranked": [ids], "scores": [probabilities], "abstain": …}. --compare reads` + "\n" +
			"them again after an upgrade or an edit, and tells which decisions moved. An entry that\n" +
			"is added or removed changes which phrasings are held out together, so that a few other\n" +
			"decisions of the cross-validation move too. The exit code is 4 when more of them moved\n" +
			"than --at-most, and 0 otherwise.\n\n" +
			"--models measures the same with several embedding models, side by side, and with the\n" +
			"reranker of the configuration, if there is one: builtin, the name of a model that\n" +
			"frontdesk models knows, a folder with an ONNX model, a file of weights, or remote, the\n" +
			"one under embedding: remote:. NAME+builtin is a model with the built-in one beside it.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			for _, f := range []struct {
				name  string
				value *float64
			}{{"precision", &e.precision}, {"unknown-share", &e.unknownShare}, {"at-most", &e.atMost}} {
				if !cmd.Flags().Changed(f.name) {
					*f.value = math.NaN()
				} else if math.IsNaN(*f.value) {
					return usage(fmt.Errorf("--%s is no number; write a share such as 0.9", f.name))
				}
			}
			if err := e.check(); err != nil {
				return usage(err)
			}
			ctx, stop := interruptible(cmd)
			defer stop()
			return c.eval(ctx, e)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&e.corpus, "corpus", "", "the entries, as JSON Lines, in this `file` (default: the base of the configuration)")
	flags.StringVar(&e.queries, "queries", "", "the queries, as JSON Lines, in this `file` (default: the base's own phrasings and tests)")
	flags.StringVar(&e.val, "val", "", "further queries, measured in a column of their own, in this `file`")
	flags.StringVar(&e.out, "out", "", "write the predictions of the queries to this `file`")
	flags.StringVar(&e.valOut, "val-out", "", "write the predictions of --val to this `file`")
	flags.StringVar(&e.plot, "plot", "", "draw precision against the share answered into this `file`, .svg or .png")
	flags.StringVar(&e.compare, "compare", "", "tell what changed since --out wrote this `file`")
	flags.StringVar(&e.operate, "operate", "", "`where` to answer: balanced, or precision=P (default: the precision of the configuration)")
	flags.Float64Var(&e.precision, "precision", 0, "the `share` of answers that must be right (default: that of the configuration, or 0.95)")
	flags.Float64Var(&e.unknownShare, "unknown-share", 0, "the `share` of questions that the base does not answer (default: that of the configuration, or 0.15)")
	flags.Float64Var(&e.atMost, "at-most", 0, "the `share` of decisions that may have moved (default: all)")
	flags.BoolVar(&e.heard, "heard", false, "take the queries for recognised speech: look for words that sound alike")
	flags.BoolVar(&e.all, "all", false, "print the lists in full")
	flags.BoolVar(&e.asJSON, "json", false, "print the result as JSON")
	flags.StringVar(&e.model, "model", "", "the embedding `model`: its name, file or folder (default: that of the configuration)")
	flags.StringSliceVar(&e.models, "models", nil, "compare these embedding `models`, separated by commas, in a table")
	must(cmd.MarkFlagFilename("model", "bin"))
	for _, name := range []string{"corpus", "queries", "val", "out", "val-out", "compare"} {
		must(cmd.MarkFlagFilename(name, "jsonl"))
	}
	must(cmd.MarkFlagFilename("plot", "svg", "png"))
	must(cmd.RegisterFlagCompletionFunc("operate",
		cobra.FixedCompletions([]string{"balanced", "precision="}, cobra.ShellCompDirectiveNoFileComp|cobra.ShellCompDirectiveNoSpace)))
	return cmd
}

// check looks at what can be wrong before anything is read.
func (e evaluation) check() error {
	if e.valOut != "" && e.val == "" {
		return errors.New("--val-out is for the queries of --val, and none are named")
	}
	if e.heard && e.queries == "" && e.val == "" {
		return errors.New("--heard is about the queries of --queries or --val, and none are named")
	}
	if e.plot != "" {
		if _, err := plotFormat(e.plot); err != nil {
			return err
		}
	}
	if !math.IsNaN(e.atMost) {
		if e.compare == "" {
			return errors.New("--at-most is about the decisions that --compare finds moved; name a file with it")
		}
		if !(e.atMost >= 0 && e.atMost <= 1) {
			return errors.New("--at-most is a share from 0 to 1, such as 0.02")
		}
	}
	if err := e.checkModels(); err != nil {
		return err
	}
	_, _, err := e.operating()
	if err != nil {
		return err
	}
	_, err = e.configure(retrieval.DefaultConfig())
	return err
}

// operating reads --operate; without one, it is neither.
func (e evaluation) operating() (balanced bool, precision float64, err error) {
	value, isPrecision := strings.CutPrefix(e.operate, "precision=")
	switch {
	case e.operate == "":
		return false, 0, nil
	case e.operate == "balanced":
		return true, 0, nil
	case isPrecision:
		precision, err = strconv.ParseFloat(value, 64)
		if err == nil && precision >= 0.5 && precision < 1 {
			return false, precision, nil
		}
	}
	return false, 0, fmt.Errorf("--operate %s: write balanced, or precision= with a share from 0.5 up to below 1, such as precision=0.95", e.operate)
}

// configure puts the flags in the place of what is configured.
func (e evaluation) configure(cfg retrieval.Config) (retrieval.Config, error) {
	if !math.IsNaN(e.precision) {
		cfg.Precision = e.precision
	}
	if !math.IsNaN(e.unknownShare) {
		cfg.UnknownShare = e.unknownShare
	}
	if _, precision, _ := e.operating(); precision != 0 {
		cfg.Precision = precision
	}
	var wrong []error
	cfg.Check(func(key, what, do string) {
		wrong = append(wrong, fmt.Errorf("--%s: %s; %s", strings.ReplaceAll(key, "_", "-"), what, do))
	})
	return cfg, errors.Join(wrong...)
}

func (c *cli) eval(ctx context.Context, e evaluation) error {
	if len(e.models) > 0 {
		return c.compareModels(ctx, e)
	}
	s, err := c.subject(ctx, e)
	if err != nil {
		return err
	}
	for _, file := range []string{e.out, e.valOut, e.plot} {
		if err := notRead(file, s.inputs); err != nil {
			return err
		}
	}
	m, err := app.OpenEmbedding(ctx, s.cfg, e.model)
	if err != nil {
		return err
	}
	defer m.Close() // Nothing was written.
	s.embedder = m.Embedder
	reranker, err := app.OpenReranker(s.cfg, "")
	if err != nil {
		return err
	}
	if reranker != nil {
		defer reranker.Close()
		s.reranker = reranker
	}
	var earlier []retrieval.Prediction
	if e.compare != "" {
		if earlier, err = readFile(e.compare, "the earlier predictions", retrieval.ReadPredictions); err != nil {
			return err
		}
	}
	r, err := c.measure(ctx, e, s)
	if err != nil {
		return err
	}
	if e.compare != "" {
		if r.comparison, err = compare(e, r.columns, earlier); err != nil {
			return err
		}
	}
	if err := c.writeFiles(e, r); err != nil {
		return err
	}
	if e.asJSON {
		err = writeJSON(c.out, r.json())
	} else if err = writeResult(c.out, r, e); err != nil {
		err = fmt.Errorf("writing the result: %w", err)
	}
	if err != nil {
		return err
	}
	if r.comparison != nil && r.comparison.Share() > e.atMost { // never above NaN
		return silently(codeTests)
	}
	return nil
}

// writeFiles writes the predictions and the plot.
func (c *cli) writeFiles(e evaluation, r *result) error {
	for _, set := range []struct {
		file string
		cols []column
	}{{e.out, ownColumns(r.columns)}, {e.valOut, r.columns[len(r.columns)-1:]}} {
		if set.file == "" {
			continue
		}
		write := func(w io.Writer) error {
			for _, col := range set.cols {
				if err := retrieval.WritePredictions(w, col.trial.Predictions); err != nil {
					return err
				}
			}
			return nil
		}
		if err := writeTo(set.file, c.out, r.inputs, write); err != nil {
			return err
		}
	}
	if e.plot == "" {
		return nil
	}
	format, err := plotFormat(e.plot)
	if err != nil {
		return usage(err)
	}
	var trials []plotted
	for _, col := range r.columns {
		trials = append(trials, plotted{col.name, col.trial})
	}
	return writeTo(e.plot, c.out, r.inputs, func(w io.Writer) error {
		return writePlot(w, format, r.title(), r.config.Precision, trials)
	})
}

// ownColumns gives what --out writes and --compare reads: all but the
// validation.
func ownColumns(columns []column) []column {
	if last := len(columns) - 1; columns[last].name == "val" {
		return columns[:last]
	}
	return columns
}
