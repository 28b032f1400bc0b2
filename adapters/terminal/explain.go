package terminal

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"frontdesk/bot"
)

// maxExplained is how many hits are explained.
const maxExplained = 5

// Explain says why a reply was decided: what was found and every part of its
// score, in aligned columns. "adds" is what a part brings to the log-odds of the
// entry: its value times its weight.
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
		if len(h.Parts) == 0 {
			continue
		}
		w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
		fmt.Fprint(w, "part\tvalue\tweight\tadds\t\n")
		for _, p := range h.Parts {
			fmt.Fprintf(w, "%s\t%.4f\t%+.3f\t%+.3f\t", OneLine(p.Name), p.Value, p.Weight, p.Value*p.Weight)
			if p.Note != "" {
				fmt.Fprintf(w, "  %s", OneLine(p.Note))
			}
			fmt.Fprintln(w)
		}
		_ = w.Flush() // into memory
	}
	return b.String()
}
