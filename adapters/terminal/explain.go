package terminal

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"text/tabwriter"

	"frontdesk/bot"
)

// maxExplained is how many hits are explained.
const maxExplained = 5

// Explain says why a reply was decided: what was found and every part of its
// score, in aligned columns: first those that rank the entries, then those that
// add up to the log-odds of the best one's being right. "adds" is a part's value
// times its weight.
func Explain(r bot.Reply) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Decision: %s", r.Decision)
	if r.Entry != "" {
		fmt.Fprintf(&b, " %s", OneLine(r.Entry))
	}
	fmt.Fprintf(&b, ", probability %.3f\n", r.Probability)
	if r.Result == nil {
		b.WriteString("Nothing was searched for it.\n")
		return b.String()
	}
	if r.Result.Model != "" {
		fmt.Fprintf(&b, "Embedding model: %s\n", OneLine(r.Result.Model))
	}
	for _, word := range slices.Sorted(maps.Keys(r.Result.Corrected)) {
		fmt.Fprintf(&b, "Read %q as %q.\n", OneLine(word), OneLine(r.Result.Corrected[word]))
	}
	if len(r.Result.Hits) == 0 {
		b.WriteString("Nothing was found.\n")
	}
	for i, h := range r.Result.Hits[:min(len(r.Result.Hits), maxExplained)] {
		exact := ""
		if h.Exact {
			exact = " (said exactly so)"
		}
		fmt.Fprintf(&b, "\n%d. %s, probability %.3f\n   %q%s\n", i+1, OneLine(h.Entry.ID), h.Probability, OneLine(h.Phrasing), exact)
		for _, certain := range []bool{false, true} {
			t := newPartTable(certain)
			for _, p := range h.Parts {
				if p.Certain == certain {
					t.add(p.Name, p.Value, p.Weight, p.Note)
				}
			}
			b.WriteString(t.String())
		}
	}
	return b.String()
}

// A partTable lays out those parts of a hit that rank it, or those that say how
// certain it is.
type partTable struct {
	text    strings.Builder
	w       *tabwriter.Writer
	certain bool
	rows    int
	sum     float64
}

func newPartTable(certain bool) *partTable {
	t := &partTable{certain: certain}
	t.w = tabwriter.NewWriter(&t.text, 0, 0, 2, ' ', tabwriter.AlignRight)
	return t
}

func (t *partTable) add(name string, value, weight float64, note string) {
	if t.rows++; t.rows == 1 {
		title := "ranked by"
		if t.certain {
			title = "certain by"
		}
		fmt.Fprintf(t.w, "%s\tvalue\tweight\tadds\t\n", title)
	}
	t.sum += value * weight
	fmt.Fprintf(t.w, "%s\t%.4f\t%+.3f\t%+.3f\t", OneLine(name), value, weight, value*weight)
	if note != "" {
		fmt.Fprintf(t.w, "  %s", OneLine(note))
	}
	fmt.Fprintln(t.w)
}

// String gives the table, or "" where it has no rows.
func (t *partTable) String() string {
	if t.certain && t.rows > 0 {
		fmt.Fprintf(t.w, "sum\t\t\t%+.3f\t  the log-odds of %.3f\n", t.sum, 1/(1+math.Exp(-t.sum)))
	}
	_ = t.w.Flush() // into memory
	return t.text.String()
}
