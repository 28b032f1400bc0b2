package importer

import (
	"fmt"
	"slices"
	"strings"

	"frontdesk/internal/fault"
	"frontdesk/knowledge"
)

// add takes in an item, within the bounds. Its texts are trimmed, and empty and
// repeated phrasings dropped; the first phrasing is the question of an item
// without one. What is too long, or has no question or answer, is left out and
// told: what names the item there, such as `the row "How …"`.
// The error is a [fault.List] when there are too many items.
func (f *Found) add(item Item, what string) error {
	e := item.Entry
	e.Question, e.Answer = oneLine(e.Question), knowledge.TrimText(e.Answer)
	if e.Question == "" {
		e.Question = firstOf(e.Alternatives)
	}
	why := ""
	switch {
	case e.Question == "" && e.Command == nil:
		why = "it has no question"
	case e.Answer == "" && e.Command == nil:
		why = "it has no answer"
	case len(e.Answer) > maxAnswer:
		why = fmt.Sprintf("its answer is longer than %d KiB; make a guide of it", maxAnswer>>10)
	case len(e.Question) > maxPhrase:
		why = fmt.Sprintf("its question is longer than %d bytes", maxPhrase)
	}
	if why != "" {
		return f.leave(e.Pos, what, why)
	}
	phrasings := make([]string, 0, len(e.Alternatives))
	seen := map[string]bool{"": true, e.Question: true}
	for _, p := range e.Alternatives {
		p = oneLine(p)
		if seen[p] {
			continue
		}
		seen[p] = true
		switch {
		case len(p) > maxPhrase:
			if err := f.leave(e.Pos, fmt.Sprintf("a phrasing of %s", what), fmt.Sprintf("it is longer than %d bytes", maxPhrase)); err != nil {
				return err
			}
		case len(phrasings) == maxPhrasings:
			return f.leave(e.Pos, what, fmt.Sprintf("it has more than %d phrasings; split it", maxPhrasings))
		default:
			phrasings = append(phrasings, p)
		}
	}
	e.Alternatives = slices.Clip(phrasings)
	if len(f.Items) == maxItems {
		return fault.List{{File: e.Pos.File, Line: e.Pos.Line, Col: e.Pos.Col,
			What: fmt.Sprintf("more than %d entries", maxItems), Do: "import it in parts"}}
	}
	f.Items = append(f.Items, item)
	return nil
}

// leave tells that something was not taken in. The error says that this is so
// of too much.
func (f *Found) leave(at knowledge.Pos, what, why string) error {
	if len(f.Left) == maxLeft {
		return fault.List{{File: at.File, Line: at.Line, Col: at.Col,
			What: fmt.Sprintf("more than %d things cannot be taken in", maxLeft), Do: "see whether --from names its format, and import it in parts"}}
	}
	f.Left = append(f.Left, Left{Pos: at, What: what, Why: why})
	return nil
}

// oneLine gives a phrasing, which has one line.
func oneLine(s string) string {
	return strings.Join(strings.Fields(s), " ")
}
