package importer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"strings"

	"frontdesk/internal/fault"
	"frontdesk/knowledge"

	"github.com/xuri/excelize/v2"
)

// Excel reads workbooks (.xlsx): every sheet with questions and answers, or the
// one that [Options.Sheet] names. A cell holds what was seen when the workbook
// was saved: of a formula its value, of a date the day. Bold and other marks in
// an answer and where its cell leads become Markdown. Cells that are merged
// downwards have one text in all their rows.
func Excel() Reader {
	return Reader{
		Format: "excel", Title: "Excel workbook",
		Recognise: func(s Source) bool {
			if s.isDir() || s.ext() != ".xlsx" && s.ext() != ".xlsm" && s.ext() != ".xls" {
				return false
			}
			head := s.head(s.Path)
			return isZip(head) || isOLE(head)
		},
		Read: func(ctx context.Context, s Source, o Options) (*Found, error) {
			found := &Found{}
			return found, readWorkbook(ctx, found, newInput(s), s.Path, o)
		},
	}
}

// isOLE says whether a file is in the form of Excel 97, or locked with a
// password, which looks the same.
func isOLE(head []byte) bool { return bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0")) }

// readWorkbook takes in a workbook of the source.
func readWorkbook(ctx context.Context, found *Found, in *input, name string, o Options) (err error) {
	data, err := in.data(ctx, name, maxWorkbook)
	if err != nil {
		return err
	}
	title := in.title(name)
	if isOLE(data) {
		return fault.List{{File: title, What: "the workbook is locked with a password, or in the form of Excel 97", Do: "save it as .xlsx without a password"}}
	}
	p, book, err := openParts(data, title)
	if err != nil {
		return err
	}
	defer func() { // It removes the files in which large parts lie.
		if e := book.Close(); err == nil && e != nil {
			err = fmt.Errorf("closing %s: %w", title, e)
		}
	}()
	sheets, err := p.sheets(book)
	if err != nil {
		return err
	}
	rich, err := p.richTexts(ctx)
	if err != nil {
		return err
	}
	if err := p.leaveOther(found); err != nil {
		return err
	}
	tables, seen := 0, newKnown()
	var names []string
	for _, s := range sheets {
		names = append(names, fmt.Sprintf("%q", s.name))
		at := knowledge.Pos{File: title + "[" + s.name + "]"}
		switch {
		case o.Sheet != "" && !strings.EqualFold(s.name, o.Sheet):
			continue
		case o.Sheet == "" && s.hidden:
			if err := found.leave(at, fmt.Sprintf("the sheet %q", shown(s.name)), "it is hidden; name it with --sheet"); err != nil {
				return err
			}
			continue
		}
		t, err := p.tailOf(ctx, s.part)
		if err != nil {
			return err
		}
		rows, err := book.Rows(s.name)
		if err != nil {
			return broken(title, err)
		}
		cells := newSheetGrid(at.File, rows, t, rich)
		g := cells.grid()
		if g.known = seen; tables > 0 {
			g.keys = s.name + "/"
		}
		ok, err := readTable(ctx, found, g, o)
		if closing := rows.Close(); err == nil && closing != nil {
			err = broken(title, closing)
		}
		if err != nil {
			return err
		}
		if ok {
			if tables++; cells.hidden > 0 {
				found.Notes = append(found.Notes, fmt.Sprintf("%s: %s taken in too", at.File, counted(cells.hidden, "hidden row is", "hidden rows are")))
			}
		} else if err := found.leave(at, fmt.Sprintf("the sheet %q", shown(s.name)), "no columns of questions and answers are found in it"); err != nil {
			return err
		}
	}
	switch {
	case o.Sheet != "" && tables == 0 && !containsFold(sheets, o.Sheet):
		return fault.List{{File: title, What: fmt.Sprintf("there is no sheet %q", o.Sheet), Do: "there are: " + strings.Join(names, ", ")}}
	case tables == 0:
		return noColumns(title)
	}
	return nil
}

// A sheet is one of a workbook.
type sheet struct {
	name, part string
	hidden     bool
}

func containsFold(sheets []sheet, name string) bool {
	for _, s := range sheets {
		if strings.EqualFold(s.name, name) {
			return true
		}
	}
	return false
}

// sheets gives the sheets in their order, with the parts that they are.
func (p *parts) sheets(book *excelize.File) ([]sheet, error) {
	targets, err := p.rels("xl/workbook.xml")
	if err != nil {
		return nil, err
	}
	var out []sheet
	if book.WorkBook == nil {
		return nil, nil
	}
	for _, s := range book.WorkBook.Sheets.Sheet {
		part := targets[s.ID]
		if strings.HasPrefix(part, "/") {
			part = strings.TrimPrefix(part, "/")
		} else {
			part = path.Join("xl", part)
		}
		if !strings.Contains(part, "chartsheet") && !strings.Contains(part, "dialogsheet") {
			out = append(out, sheet{name: s.Name, part: part, hidden: s.State == "hidden" || s.State == "veryHidden"})
		}
	}
	return out, nil
}

// A sheetGrid gives the rows of a sheet.
type sheetGrid struct {
	name   string
	rows   *excelize.Rows
	line   int
	hidden int                // rows with something in them that nobody sees
	merges map[int][]cellSpan // by the row in which they begin
	open   map[int]merged     // by column
	links  map[[2]int]string
	rich   map[string]string
	tail
}

// merged is a cell that reaches down to a row.
type merged struct {
	text string
	last int
}

func newSheetGrid(name string, rows *excelize.Rows, t tail, rich map[string]string) *sheetGrid {
	g := &sheetGrid{name: name, rows: rows, merges: map[int][]cellSpan{}, open: map[int]merged{}, links: map[[2]int]string{}, rich: rich, tail: t}
	for _, m := range t.merges {
		if m.lastRow > m.row {
			g.merges[m.row] = append(g.merges[m.row], m)
		}
	}
	for _, l := range t.links {
		g.links[[2]int{l.row, l.col}] = l.to
	}
	return g
}

func (g *sheetGrid) grid() *grid { return &grid{name: g.name, next: g.next, answer: g.answer} }

// errorValue matches what a formula that failed has for a value.
var errorValue = regexp.MustCompile(`^#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!)$`)

func (g *sheetGrid) next() (row, error) {
	if !g.rows.Next() {
		if err := g.rows.Error(); err != nil {
			return row{}, broken(g.name, err)
		}
		return row{}, io.EOF
	}
	g.line++
	cells, err := g.rows.Columns()
	if err != nil {
		if errors.Is(err, excelize.ErrMaxRows) {
			return row{}, broken(g.name, err)
		}
		return row{}, fault.List{{File: g.name, Line: g.line, Col: 1, What: "the row is broken: " + err.Error(), Do: "open it in a spreadsheet and save it again"}}
	}
	if len(cells) > maxColumns {
		cells = trimRow(cells)
	}
	if len(cells) > maxColumns {
		return row{}, tooWide(g.name, g.line)
	}
	r := row{cells: cells, unstored: g.unstored[g.line]}
	for i, c := range r.cells {
		r.cells[i] = lines(c)
		if errorValue.MatchString(c) {
			r.cells[i] = ""
		}
	}
	if g.rows.GetRowOpts().Hidden && len(trimRow(r.cells)) > 0 {
		g.hidden++
	}
	g.merge(&r)
	r.at = make([]knowledge.Pos, max(1, len(r.cells)))
	for i := range r.at {
		r.at[i] = knowledge.Pos{File: g.name, Line: g.line, Col: i + 1}
	}
	return r, nil
}

// merge gives the cells of a row that are one with the row above its text.
func (g *sheetGrid) merge(r *row) {
	for col, m := range g.open {
		if g.line > m.last {
			delete(g.open, col)
			continue
		}
		for len(r.cells) < col {
			r.cells = append(r.cells, "")
		}
		if strings.TrimSpace(r.cells[col-1]) == "" && m.text != "" {
			if r.merged == nil {
				r.merged = make([]bool, maxColumns)
			}
			r.cells[col-1], r.merged[col-1] = m.text, true
		}
	}
	for _, m := range g.merges[g.line] {
		if m.col <= maxColumns {
			g.open[m.col] = merged{r.cell(m.col - 1), m.lastRow}
		}
	}
}

// answer gives a cell as Markdown, with its marks and with where it leads.
func (g *sheetGrid) answer(r row, i int) string {
	text := r.cell(i)
	md, ok := g.rich[text]
	if !ok {
		md = text
	}
	to := g.links[[2]int{r.pos(0).Line, i + 1}]
	if words := strings.TrimSpace(md); to != "" && words != "" && !strings.Contains(md, to) && !strings.ContainsAny(to, " <>\n") {
		if strings.ContainsAny(words, "\n[]") {
			return md + "\n\n<" + to + ">"
		}
		return "[" + words + "](" + to + ")"
	}
	return md
}

// headOfWorkbook says whether the first row of a sheet of a workbook has names
// that are fit, by the beginning of its list of strings.
func headOfWorkbook(s Source, fit func(names []string) bool) bool {
	if s.isDir() || !isZip(s.head(s.Path)) {
		return false
	}
	inner, closing, err := newInput(s).unzip(context.Background(), s.Path)
	if err != nil {
		return false
	}
	defer closing()
	var names []string
	for _, part := range []string{"xl/sharedStrings.xml", "xl/worksheets/sheet1.xml"} {
		for _, m := range stringText.FindAllSubmatch(inner.head(part), headerRows*10) {
			names = append(names, string(m[1]))
		}
	}
	return fit(names)
}

// stringText matches a text in a part of a workbook.
var stringText = regexp.MustCompile(`<(?:x:)?t(?: [^<>]*)?>([^<>]{1,60})</`)
