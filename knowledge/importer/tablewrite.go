package importer

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"frontdesk/knowledge"

	"github.com/xuri/excelize/v2"
)

// CSVWriter writes a table in UTF-8 with a byte order mark, without which Excel
// takes it for something else. A cell that a spreadsheet would run as a formula
// has an apostrophe before it, which [CSV] takes away again.
func CSVWriter() Writer {
	return Writer{Format: "csv", Title: "CSV table", Ext: ".csv", Write: func(w Output, entries []*knowledge.Entry) (left []Left, err error) {
		err = writeFile(w, "", func(f io.Writer) error {
			if _, err := io.WriteString(f, "\ufeff"); err != nil {
				return err
			}
			out := csv.NewWriter(f)
			if err := out.Write(tableHeader); err != nil {
				return err
			}
			for _, e := range entries {
				cells := tableRow(e)
				left = append(left, tableLost(e, cells, plainLines)...)
				if len(cells) == 0 {
					continue
				}
				for i := range cells {
					cells[i] = quoteCell(plainLines(cells[i]))
				}
				if err := out.Write(cells); err != nil {
					return err
				}
			}
			out.Flush()
			return out.Error()
		})
		return left, err
	}}
}

// Bounds of a workbook, from Microsoft's "Excel specifications and limits".
const (
	maxCell      = 32_767 // characters
	maxSheetRows = 1_048_576
)

// ExcelWriter writes a workbook of one sheet, row by row. Its cells are texts,
// so that none runs as a formula.
func ExcelWriter() Writer {
	return Writer{Format: "excel", Title: "Excel workbook", Ext: ".xlsx", Write: func(w Output, entries []*knowledge.Entry) (left []Left, err error) {
		if len(entries) >= maxSheetRows {
			return nil, fmt.Errorf("writing a workbook: a sheet holds at most %d entries", maxSheetRows-1)
		}
		book := excelize.NewFile()
		defer func() { err = errors.Join(err, book.Close()) }()
		const name = "FAQ"
		if err := book.SetSheetName("Sheet1", name); err != nil {
			return nil, fmt.Errorf("writing a workbook: %w", err)
		}
		out, err := book.NewStreamWriter(name)
		if err != nil {
			return nil, fmt.Errorf("writing a workbook: %w", err)
		}
		line := 0
		write := func(cells []string) error {
			line++
			values := make([]any, len(cells))
			for i, c := range cells {
				values[i] = c
			}
			return out.SetRow(fmt.Sprintf("A%d", line), values)
		}
		if err := errors.Join(out.SetColWidth(2, 4, 50), out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}), write(tableHeader)); err != nil {
			return nil, fmt.Errorf("writing a workbook: %w", err)
		}
		for _, e := range entries {
			cells := tableRow(e)
			if i := slices.IndexFunc(cells, func(c string) bool { return cellLength(c) >= maxCell }); i >= 0 {
				left = append(left, Left{e.Pos, fmt.Sprintf("the entry %q", e.ID), fmt.Sprintf("its %s is longer than the %d characters of a cell", tableHeader[i], maxCell)})
				continue
			}
			left = append(left, tableLost(e, cells, xmlText)...)
			if len(cells) == 0 {
				continue
			}
			for i, c := range cells {
				if strings.HasPrefix(c, "'") {
					c = quoteCell(c) // Excel reads a text as it is; [Excel] takes one apostrophe.
				}
				cells[i] = xmlText(c)
			}
			if err := write(cells); err != nil {
				return left, fmt.Errorf("writing a workbook: %w", err)
			}
		}
		if err := out.Flush(); err != nil {
			return left, fmt.Errorf("writing a workbook: %w", err)
		}
		return left, writeFile(w, "", func(f io.Writer) error { return book.Write(f) })
	}}
}

// writeFile creates a file of an output, and has it written.
func writeFile(w Output, name string, write func(io.Writer) error) error {
	f, err := w.Create(name)
	if err != nil {
		return err
	}
	if err := write(f); err != nil {
		return errors.Join(fmt.Errorf("writing the entries: %w", err), f.Close())
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("writing the entries: %w", err)
	}
	return nil
}

// tableRow gives an entry as a row under [tableHeader]; nothing for one that is
// no answer to a question.
func tableRow(e *knowledge.Entry) []string {
	if e.Kind != knowledge.FAQ {
		return nil
	}
	return []string{e.ID, e.Question, joinList(e.Alternatives), e.Answer, joinList(e.Tags), joinList(e.Followups), joinList(e.Formerly)}
}

// tableLost tells what of an entry does not come back out of its row, when
// wire is what happens to a cell on the way.
func tableLost(e *knowledge.Entry, cells []string, wire func(string) string) []Left {
	what := fmt.Sprintf("the entry %q", e.ID)
	switch {
	case e.Kind == knowledge.Do:
		return []Left{{e.Pos, what, "it is a command, and a table has answers alone"}}
	case e.Kind != knowledge.FAQ:
		return []Left{{e.Pos, what, "it is a passage of a guide; take the guide itself"}}
	}
	var left []Left
	lost := func(of string, same bool) {
		if !same {
			left = append(left, Left{e.Pos, of + " of " + what, "a cell does not hold it as it is: line breaks, spaces at its ends or control characters"})
		}
	}
	back := func(i int) string { return wire(cells[i]) }
	lost("the id", strings.TrimSpace(back(0)) == e.ID)
	lost("the question", oneLine(back(1)) == e.Question)
	lost("the answer", knowledge.TrimText(back(3)) == e.Answer)
	for _, list := range []struct {
		of   string
		at   int
		want []string
	}{{"the other phrasings", 2, e.Alternatives}, {"the tags", 4, e.Tags}, {"the follow-ups", 5, e.Followups}, {"the former ids", 6, e.Formerly}} {
		lost(list.of, slices.Equal(splitList(back(list.at), ""), list.want))
	}
	return left
}

// cellLength counts as Excel does, in UTF-16.
func cellLength(s string) int {
	n := 0
	for _, r := range s {
		n += utf16.RuneLen(r)
	}
	return n
}

// plainLines leaves out what no text file may hold, and ends lines with \n.
func plainLines(s string) string {
	return lines(strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), ""))
}

// xmlText leaves out what XML has no place for, as excelize would write it in a
// way that only it reads.
func xmlText(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' || r == 0xFFFE || r == 0xFFFF || r == utf8.RuneError {
			return -1
		}
		return r
	}, s)
}
