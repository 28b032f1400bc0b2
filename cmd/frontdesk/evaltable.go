package main

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"text/tabwriter"
	"time"

	"frontdesk/adapters/terminal"
	"frontdesk/retrieval"
)

// Bounds of what eval prints, unless all is wanted.
const (
	mostConfusions = 15
	mostMoved      = 20
	mostShifted    = 10
	// reliabilityBins are the rows of the reliability table.
	reliabilityBins = 10
)

// writeResult prints the result for people.
func writeResult(w io.Writer, r *result, e evaluation) error {
	var b bytes.Buffer
	writeHead(&b, r)
	if err := writeFigures(&b, r.columns); err != nil {
		return err
	}
	if err := writeReliability(&b, r.columns); err != nil {
		return err
	}
	first := r.columns[0].trial
	if err := writeConfusions(&b, first.Confusions(), bound(mostConfusions, e.all)); err != nil {
		return err
	}
	if r.comparison != nil {
		if err := writeComparison(&b, *r.comparison, e); err != nil {
			return err
		}
	}
	_, err := w.Write(b.Bytes())
	return err
}

// bound is how many lines of a list are printed.
func bound(most int, all bool) int {
	if all {
		return math.MaxInt
	}
	return most
}

func writeHead(w io.Writer, r *result) {
	phrasings := 0
	for _, e := range r.base.Entries {
		phrasings += 1 + len(e.Alternatives)
	}
	if r.name != "" {
		fmt.Fprintf(w, "%s: ", r.name)
	}
	fmt.Fprintf(w, "%s, %s, indexed in %.2f s\n", count(len(r.base.Entries), "entry", "entries"),
		count(phrasings, "phrasing", "phrasings"), r.built.Seconds())
	switch {
	case r.balancedOn == "":
		fmt.Fprintf(w, "answers from %.3f on, runs from %.3f, suggests from %.3f\n", r.point.Answer, r.point.Run, r.point.Suggest)
	case math.IsInf(r.point.Answer, 1):
		fmt.Fprintf(w, "answers nothing: that is balanced on %s\n", r.balancedOn)
	default:
		fmt.Fprintf(w, "answers and runs from %.3f on, balanced on %s\n", r.point.Answer, r.balancedOn)
	}
	if first := r.columns[0]; first.name == "cross-validation" && first.trial.Score().InScope == 0 {
		fmt.Fprintln(w, "no phrasing could be held out: that takes three entries, of which one has two phrasings")
	}
	fmt.Fprintln(w)
}

func writeFigures(w io.Writer, columns []column) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	metrics := make([]retrieval.Metrics, len(columns))
	for i, c := range columns {
		metrics[i] = c.trial.Score()
	}
	row := func(name string, cell func(i int) string) {
		fmt.Fprintf(t, "%s\t", name)
		for i := range columns {
			fmt.Fprintf(t, "%s\t", cell(i))
		}
		fmt.Fprintln(t)
	}
	share := func(name string, of func(retrieval.Metrics) float64) {
		row(name, func(i int) string { return percent(of(metrics[i])) })
	}
	row("", func(i int) string { return columns[i].name })
	row("in scope", func(i int) string { return fmt.Sprint(metrics[i].InScope) })
	row("out of scope", func(i int) string { return fmt.Sprint(metrics[i].OutOfScope) })
	share("top-1", func(m retrieval.Metrics) float64 { return m.Top1 })
	share("recall@3", func(m retrieval.Metrics) float64 { return m.Recall3 })
	share("recall@5", func(m retrieval.Metrics) float64 { return m.Recall5 })
	share("MRR", func(m retrieval.Metrics) float64 { return m.MRR })
	share("AUROC out of scope", func(m retrieval.Metrics) float64 { return m.AUROC })
	share("AUROC right or wrong", func(m retrieval.Metrics) float64 { return m.RightWrong })
	share("coverage at 95 % precision", func(m retrieval.Metrics) float64 { return m.Coverage })
	share("calibration error", func(m retrieval.Metrics) float64 { return m.CalibrationError })
	row("own operating point:", func(int) string { return "" })
	share("right, of in scope", func(m retrieval.Metrics) float64 { return m.Accuracy })
	share("answered, of in scope", func(m retrieval.Metrics) float64 { return m.Answered })
	share("abstained, of out of scope", func(m retrieval.Metrics) float64 { return m.Abstained })
	share("mean of right and abstained", retrieval.Metrics.Balanced)
	share("precision", func(m retrieval.Metrics) float64 { return m.Precision })
	row("time a query, p50", func(i int) string { return milliseconds(columns[i].took, 0.5) })
	row("p99", func(i int) string { return milliseconds(columns[i].took, 0.99) })
	return t.Flush()
}

// writeReliability prints what was stated against what came true, a row a bin.
func writeReliability(w io.Writer, columns []column) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "\nHow often what was stated is right:\n")
	bins := make([][]retrieval.Bin, len(columns))
	fmt.Fprint(t, "\t")
	for i, c := range columns {
		bins[i] = c.trial.Reliability(reliabilityBins)
		fmt.Fprintf(t, "\t%s\t\t", c.name)
	}
	fmt.Fprint(t, "\nprobability\t")
	for range columns {
		fmt.Fprint(t, "asked\tstated\tright\t")
	}
	fmt.Fprintln(t)
	for row := range reliabilityBins {
		asked := 0
		for i := range columns {
			asked += bins[i][row].Asked
		}
		if asked == 0 {
			continue
		}
		fmt.Fprintf(t, "%.1f to %.1f\t", bins[0][row].From, bins[0][row].To)
		for i := range columns {
			b := bins[i][row]
			fmt.Fprintf(t, "%d\t%s\t%s\t", b.Asked, percent(b.Stated), percent(b.Right))
		}
		fmt.Fprintln(t)
	}
	return t.Flush()
}

// writeConfusions prints which entry is taken for which, and what is answered
// though the base has no answer.
func writeConfusions(w io.Writer, confusions []retrieval.Confusion, most int) error {
	var inScope, outOfScope []retrieval.Confusion
	for _, c := range confusions {
		if c.Expect == "" {
			outOfScope = append(outOfScope, c)
		} else {
			inScope = append(inScope, c)
		}
	}
	if len(inScope) > 0 {
		fmt.Fprint(w, "\nTaken for another entry:\n")
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
		fmt.Fprint(t, "times\tof\tanswered\t  expected → found\n")
		for _, c := range inScope[:min(most, len(inScope))] {
			fmt.Fprintf(t, "%d\t%d\t%d\t  %s → %s: %s\n", c.Times, c.Of, c.Answered,
				terminal.OneLine(c.Expect), foundOf(c), exampleOf(c))
		}
		if err := t.Flush(); err != nil {
			return err
		}
		writeMore(w, len(inScope)-most)
	}
	if len(outOfScope) > 0 {
		fmt.Fprint(w, "\nAnswered, though the base has no answer:\n")
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
		fmt.Fprint(t, "times\t  answered with\n")
		for _, c := range outOfScope[:min(most, len(outOfScope))] {
			fmt.Fprintf(t, "%d\t  %s: %s\n", c.Times, foundOf(c), exampleOf(c))
		}
		if err := t.Flush(); err != nil {
			return err
		}
		writeMore(w, len(outOfScope)-most)
	}
	return nil
}

func foundOf(c retrieval.Confusion) string {
	if c.Got == "" {
		return "nothing"
	}
	return terminal.OneLine(c.Got)
}

func exampleOf(c retrieval.Confusion) string {
	return fmt.Sprintf("%q (%.2f)", terminal.OneLine(c.Example), c.Probability)
}

// writeMore says how many lines of a list are left out.
func writeMore(w io.Writer, left int) {
	if left > 0 {
		fmt.Fprintf(w, "and %d more; --all prints them\n", left)
	}
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
	return fmt.Sprintf("%.2f ms", millis(sorted, quantile))
}

func millis(sorted []time.Duration, quantile float64) float64 {
	at := sorted[min(len(sorted)-1, int(quantile*float64(len(sorted))))]
	return float64(at.Microseconds()) / 1000
}
