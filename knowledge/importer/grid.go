package importer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"frontdesk/internal/fault"
	"frontdesk/knowledge"
)

// A row is one of a table.
type row struct {
	cells []string
	at    []knowledge.Pos // of each cell; at least one
	// merged marks the cells that have their text from the row above, with
	// which they are one; may be nil.
	merged []bool
	// unstored are the columns, from 1, of formulas without a stored value; may be nil.
	unstored []int
}

// pos gives the place of a cell, that of the row where it has none.
func (r row) pos(i int) knowledge.Pos {
	if i >= 0 && i < len(r.at) {
		return r.at[i]
	}
	return r.at[0]
}

func (r row) cell(i int) string {
	if i < 0 || i >= len(r.cells) {
		return ""
	}
	return r.cells[i]
}

func (r row) isMerged(i int) bool { return i >= 0 && i < len(r.merged) && r.merged[i] }

func (r row) isUnstored(i int) bool { return i >= 0 && slices.Contains(r.unstored, i+1) }

func (r row) empty() bool {
	return !slices.ContainsFunc(r.cells, func(c string) bool { return strings.TrimSpace(c) != "" })
}

// A grid gives the rows of a table one after the other; at its end the error
// is io.EOF.
type grid struct {
	name string // as places and notes show it
	next func() (row, error)
	// answer gives the Markdown of an answer's cell; nil: its text.
	answer func(r row, i int) string
	// known is shared with other tables of the same source; may be nil.
	known *known
	// keys is put before the numbers of rows, to tell them from those of other
	// tables of the source.
	keys string
}

// known is what is known of the rows before.
type known struct {
	asked map[string]knowledge.Pos // question → where it stands
	byKey map[string]int           // → item
}

func newKnown() *known { return &known{asked: map[string]knowledge.Pos{}, byKey: map[string]int{}} }

// sample reads the first rows that are not empty.
func (g *grid) sample(ctx context.Context) ([]row, error) {
	var rows []row
	for n := 0; len(rows) < sampleRows && n < maxRows; n++ {
		r, err := g.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if !r.empty() {
			rows = append(rows, r)
		}
	}
	return rows, nil
}

// each calls do with the rows of the sample from one on, and with all others.
func (g *grid) each(ctx context.Context, sample []row, do func(row) error) error {
	for _, r := range sample {
		if err := do(r); err != nil {
			return err
		}
	}
	for n := 0; ; n++ {
		if n > maxRows {
			return fault.List{{File: g.name, What: fmt.Sprintf("the table has more than %d rows", maxRows), Do: "import it in parts"}}
		}
		r, err := g.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if r.empty() {
			continue
		}
		if err := do(r); err != nil {
			return err
		}
	}
}
