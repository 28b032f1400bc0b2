package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"frontdesk/adapters/terminal"
	"frontdesk/retrieval"
)

// compare compares what was measured with earlier predictions.
func compare(e evaluation, columns []column, earlier []retrieval.Prediction) (*retrieval.Comparison, error) {
	var t retrieval.Trial
	for _, col := range ownColumns(columns) {
		t.Queries = append(t.Queries, col.trial.Queries...)
		t.Predictions = append(t.Predictions, col.trial.Predictions...)
	}
	if e.queries != "" {
		c, err := retrieval.Compare(t, earlier, e.compare)
		return &c, err
	}
	// An edit of the base changes which phrasings there are.
	c := retrieval.CompareRehearsals(t, earlier)
	if c.Compared == 0 && len(t.Queries) > 0 {
		return nil, fmt.Errorf("%s: none of the %s is of a question that is asked now; compare what --out wrote of the same base, or queries",
			e.compare, count(len(earlier), "prediction", "predictions"))
	}
	return &c, nil
}

// writeComparison prints what changed.
func writeComparison(w io.Writer, c retrieval.Comparison, e evaluation) error {
	fmt.Fprintf(w, "\nCompared with %s, %d of %s moved (%s)", e.compare, len(c.Moved),
		count(c.Compared, "decision", "decisions"), percent(c.Share()))
	if c.New > 0 || c.Gone > 0 {
		fmt.Fprintf(w, "; %s only now, and %d no more", count(c.New, "question is asked", "questions are asked"), c.Gone)
	}
	fmt.Fprintln(w)
	if err := writeTally(w, c.Moved); err != nil {
		return err
	}
	if len(c.Moved) > 0 {
		most := bound(mostMoved, e.all)
		fmt.Fprint(w, "\nMoved, the largest changes of the probability first:\n")
		for _, m := range c.Moved[:min(most, len(c.Moved))] {
			was, is := m.Right()
			fmt.Fprintf(w, "%s, expected %s\n", terminal.OneLine(m.Query.Text), expectedOf(m.Query))
			fmt.Fprintf(w, "  - %s (%s)\n  + %s (%s)\n", decisionOf(m.Before), rightWord(was), decisionOf(m.After), rightWord(is))
		}
		writeMore(w, len(c.Moved)-most)
	}
	if len(c.Shifted) > 0 {
		most := bound(mostShifted, e.all)
		fmt.Fprint(w, "\nThe largest changes of the probability:\n")
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		for _, m := range c.Shifted[:min(most, len(c.Shifted))] {
			fmt.Fprintf(t, "%+.3f\t%s → %s\t%s\n", m.Shift(), bestOf(m.Before), bestOf(m.After), terminal.OneLine(m.Query.Text))
		}
		if err := t.Flush(); err != nil {
			return err
		}
		writeMore(w, len(c.Shifted)-most)
	}
	return nil
}

// writeTally counts the moves by kind.
func writeTally(w io.Writer, moved []retrieval.Move) error {
	if len(moved) == 0 {
		return nil
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "\tmoved\tnow right\tnow wrong\t\n")
	for _, kind := range retrieval.MoveKinds {
		n := tallyMoves(moved, kind)
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t\n", kind, n.Moved, n.Right, n.Wrong)
	}
	return t.Flush()
}

// A moveTally counts the moves of a kind, and what became of them.
type moveTally struct {
	Kind  retrieval.MoveKind `json:"kind"`
	Moved int                `json:"moved"`
	Right int                `json:"now_right"` // and was not before
	Wrong int                `json:"now_wrong"` // likewise
}

func tallyMoves(moved []retrieval.Move, kind retrieval.MoveKind) moveTally {
	n := moveTally{Kind: kind}
	for _, m := range moved {
		if m.Kind != kind {
			continue
		}
		n.Moved++
		switch was, is := m.Right(); {
		case is && !was:
			n.Right++
		case was && !is:
			n.Wrong++
		}
	}
	return n
}

func expectedOf(q retrieval.Query) string {
	if q.Expect == "" {
		return "none"
	}
	return terminal.OneLine(q.Expect)
}

func rightWord(right bool) string {
	if right {
		return "right"
	}
	return "wrong"
}

// bestOf gives the best entry with its probability.
func bestOf(p retrieval.Prediction) string {
	if len(p.Ranked) == 0 {
		return "nothing"
	}
	return fmt.Sprintf("%s %.3f", terminal.OneLine(p.Ranked[0]), p.Scores[0])
}

func decisionOf(p retrieval.Prediction) string {
	if p.Abstain {
		return "abstained; the best was " + bestOf(p)
	}
	if len(p.Slots) == 0 {
		return "answered " + bestOf(p)
	}
	return "answered " + bestOf(p) + " " + terminal.OneLine(slotList(p.Slots))
}

// movesOf gives moves for programs.
func movesOf(moves []retrieval.Move) []moveJSON {
	list := make([]moveJSON, 0, len(moves))
	for _, m := range moves {
		was, is := m.Right()
		list = append(list, moveJSON{
			Text: m.Query.Text, Expect: orNull(m.Query.Expect), From: m.After.From, Kind: m.Kind,
			Before: decisionJSONOf(m.Before, was), After: decisionJSONOf(m.After, is),
		})
	}
	return list
}
