package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"unicode"

	"frontdesk/internal/app"
	"frontdesk/knowledge/importer"
)

const (
	mostShown = 20 // items of a state, and things left out, that are listed unless all are wanted
	idWidth   = 40
	textWidth = 60
)

// shown gives a text that came from outside as it is shown in a terminal: on one
// line, without what would steer it, and at most so many characters; 0 for all.
func shown(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, strings.Join(strings.Fields(s), " "))
	if r := []rune(s); most > 0 && len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

// showPlan prints what an import would do.
func (c *cli) showPlan(p *app.ImportPlan, all bool) error {
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	var counts []string
	for _, state := range app.ImportStates {
		n := 0
		for _, it := range p.Items {
			if it.State != state {
				continue
			}
			if n++; all || state != app.ImportEqual && n <= mostShown {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", state, shown(it.ID, idWidth), shown(questionOf(it), textWidth), remarks(it))
			}
		}
		if n > mostShown && !all && state != app.ImportEqual {
			fmt.Fprintf(w, "%s\t… and %d more; --all lists them\t\t\n", state, n-mostShown)
		}
		if n > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", n, state))
		}
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	c.tellLeft(p.Left, all)
	if len(p.Left) > 0 {
		counts = append(counts, fmt.Sprintf("%d left out", len(p.Left)))
	}
	if len(counts) == 0 {
		counts = []string{"nothing was found"}
	}
	_, err := fmt.Fprintln(c.out, strings.Join(counts, ", "))
	return err
}

// questionOf gives the line by which people know an item.
func questionOf(it app.ImportItem) string {
	switch {
	case it.Guide != nil:
		return "(a guide)"
	case it.Entry != nil && it.Entry.Question != "":
		return it.Entry.Question
	case it.Now != nil:
		return it.Now.Question
	}
	return ""
}

// remarks says what else there is to know of an item.
func remarks(it app.ImportItem) string {
	var parts []string
	if it.State == app.ImportAlike {
		var alike []string
		for _, l := range it.Alike {
			alike = append(alike, fmt.Sprintf("%s (%.2f)", shown(l.Entry.ID, idWidth), l.Probability))
		}
		parts = append(parts, "like "+strings.Join(alike, ", "))
	}
	if len(it.Twins) > 0 {
		parts = append(parts, fmt.Sprintf("like %s of this import (%.2f)", shown(it.Twins[0].Entry.ID, idWidth), it.Twins[0].Probability))
	}
	if it.Note != "" {
		parts = append(parts, shown(it.Note, 0))
	}
	return strings.Join(parts, "; ")
}

// tellLeft tells what was not taken in.
func (c *cli) tellLeft(left []importer.Left, all bool) {
	for i, l := range left {
		if i == mostShown && !all {
			fmt.Fprintf(c.err, "frontdesk: note: and %d more are left out; --all tells them\n", len(left)-i)
			return
		}
		place := ""
		if at := l.Pos.String(); at != "" {
			place = shown(at, 0) + ": "
		}
		fmt.Fprintf(c.err, "frontdesk: note: %s%s is left out: %s\n", place, shown(l.What, 0), shown(l.Why, 0))
	}
}

// A planRow is what --json prints of an item.
type planRow struct {
	State    app.ImportState `json:"state"`
	ID       string          `json:"id"`
	From     string          `json:"from"`
	Question string          `json:"question,omitempty"`
	Guide    bool            `json:"guide,omitempty"`
	Alike    []likeRow       `json:"alike,omitempty"`
	Twins    []likeRow       `json:"twins,omitempty"`
	Note     string          `json:"note,omitempty"`
}

type likeRow struct {
	ID          string  `json:"id"`
	Probability float64 `json:"probability"`
}

type leftRow struct {
	Place string `json:"place,omitempty"`
	What  string `json:"what"`
	Why   string `json:"why"`
}

type planResult struct {
	Items   []planRow               `json:"items"`
	Left    []leftRow               `json:"left"`
	Counts  map[app.ImportState]int `json:"counts"`
	Written *writtenRow             `json:"written,omitempty"`
}

type writtenRow struct {
	Added   int      `json:"added"`
	Changed int      `json:"changed"`
	Merged  int      `json:"merged"`
	Removed int      `json:"removed"`
	Files   []string `json:"files"`
}

// planJSON gives a plan, and what was written of it, as --json prints it.
func planJSON(p *app.ImportPlan, w *app.Written) planResult {
	out := planResult{Items: []planRow{}, Left: []leftRow{}, Counts: map[app.ImportState]int{}}
	likes := func(list []app.Likeness) (rows []likeRow) {
		for _, l := range list {
			rows = append(rows, likeRow{l.Entry.ID, l.Probability})
		}
		return rows
	}
	for _, it := range p.Items {
		out.Counts[it.State]++
		row := planRow{State: it.State, ID: it.ID, From: it.From, Guide: it.Guide != nil, Alike: likes(it.Alike), Twins: likes(it.Twins), Note: it.Note}
		if it.Guide == nil {
			row.Question = questionOf(it)
		}
		out.Items = append(out.Items, row)
	}
	for _, l := range p.Left {
		out.Left = append(out.Left, leftRow{l.Pos.String(), l.What, l.Why})
	}
	if w != nil {
		out.Written = &writtenRow{w.Added, w.Changed, w.Merged, w.Removed, append([]string{}, w.Files...)}
	}
	return out
}

// askImport asks what is to be done with each item; nothing is written before
// all is said. The end of the input says no to the rest.
func (c *cli) askImport(ctx context.Context, p *app.ImportPlan, prune bool) ([]app.ImportDo, error) {
	todo := make([]app.ImportDo, len(p.Items))
	in := bufio.NewReader(c.in)
	everything := false
	for i, it := range p.Items {
		todo[i] = app.ImportSkip
		yes, merge := app.ImportWrite, false
		switch it.State {
		case app.ImportEqual:
			continue
		case app.ImportGone:
			if !prune {
				continue
			}
			yes = app.ImportRemove
		case app.ImportAlike, app.ImportConflict:
			merge = it.Entry != nil && (len(it.Alike) > 0 || it.Now != nil)
		default:
			if everything {
				todo[i] = yes
				continue
			}
		}
		c.describe(it)
		answer, with, err := c.askOne(in, it, merge)
		for err == nil && answer == "e" {
			if err := c.edit(ctx, p, i); err != nil {
				fmt.Fprintf(c.out, "it stays as it was: %s\n", err)
			}
			c.describe(p.Items[i])
			answer, with, err = c.askOne(in, it, merge)
		}
		if err != nil {
			return nil, err
		}
		switch answer {
		case "y":
			todo[i] = yes
		case "m":
			todo[i] = app.ImportMerge
			if with > 0 { // What is first is merged with.
				alike := slices.Clone(it.Alike)
				alike[0], alike[with] = alike[with], alike[0]
				p.Items[i].Alike = alike
			}
		case "a":
			todo[i], everything = yes, true
		case "q":
			for j := i; j < len(todo); j++ {
				todo[j] = app.ImportSkip
			}
			return todo, nil
		}
	}
	return todo, nil
}

// describe shows an item before it is asked for.
func (c *cli) describe(it app.ImportItem) {
	fmt.Fprintf(c.out, "\n%s %s\n", it.State, shown(it.ID, 0))
	if it.Entry != nil {
		for _, p := range it.Entry.Phrasings() {
			fmt.Fprintf(c.out, "  ? %s\n", shown(p, 0))
		}
		fmt.Fprintf(c.out, "  %s\n", shown(it.Entry.Answer, 500))
	}
	if it.Now != nil && it.Entry != nil {
		fmt.Fprintf(c.out, "  now: %s\n       %s\n", shown(it.Now.Question, 0), shown(it.Now.Answer, 500))
	}
	if r := remarks(it); r != "" {
		fmt.Fprintf(c.out, "  %s\n", r)
	}
}

// askOne asks for one item until the answer is one of those that there are. Of
// what it is alike to, with says by its place which it is merged with.
func (c *cli) askOne(in *bufio.Reader, it app.ImportItem, merge bool) (answer string, with int, err error) {
	question, answers := "write it? yes, no, all (yes to all that is added or changed), quit", "ynaq"
	switch {
	case it.State == app.ImportGone:
		question, answers = "remove it? yes, no, quit", "ynq"
	case merge && it.State == app.ImportAlike:
		into := shown(it.Alike[0].Entry.ID, idWidth)
		for n, l := range it.Alike[1:] {
			into += fmt.Sprintf("; m%d: into %s", n+2, shown(l.Entry.ID, idWidth))
		}
		question, answers = fmt.Sprintf("add it? yes, no, merge (its phrasings into %s), quit", into), "ynmq"
	case merge:
		question, answers = "replace what is there? yes, no, merge (add its phrasings), quit", "ynmq"
	case it.State == app.ImportConflict:
		question, answers = "replace what is there? yes, no, quit", "ynq"
	}
	if it.CanEdit() {
		question, answers = strings.Replace(question, ", quit", ", edit, quit", 1), strings.Replace(answers, "q", "eq", 1)
	}
	for {
		fmt.Fprintf(c.out, "%s [%s] ", question, strings.Join(strings.Split(answers, ""), "/"))
		line, err := in.ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", 0, fmt.Errorf("reading the answer: %w", err)
		}
		line = strings.ToLower(strings.TrimSpace(line))
		if which, ok := strings.CutPrefix(line, "m"); ok && merge && it.State == app.ImportAlike {
			n, bad := strconv.Atoi(which)
			switch {
			case bad == nil && n >= 1 && n <= len(it.Alike):
				return "m", n - 1, nil
			case bad == nil:
				continue
			}
		}
		if line != "" && strings.Contains(answers, line[:1]) {
			return line[:1], 0, nil
		}
		if err != nil {
			return "q", 0, nil
		}
	}
}
