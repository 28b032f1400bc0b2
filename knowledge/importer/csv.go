package importer

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"frontdesk/internal/fault"
	"frontdesk/knowledge"
)

// tableExts are the names of tables in text.
var tableExts = []string{".csv", ".tsv", ".tab", ".txt"}

// CSV reads tables in text: what parts the cells (comma, semicolon, tab or
// bar), the encoding, and what the columns hold are found out, and told.
func CSV() Reader {
	return Reader{
		Format: "csv", Title: "CSV or TSV table",
		Recognise: func(s Source) bool {
			if s.isDir() {
				return false
			}
			switch s.ext() {
			case ".csv", ".tsv", ".tab":
				return true
			}
			return s.ext() == ".txt" && headOfTable(s.head(s.Path), func(names []string) bool { _, ok := byNames(names); return ok })
		},
		Read: func(ctx context.Context, s Source, o Options) (*Found, error) {
			found := &Found{}
			return found, readText(ctx, found, newInput(s), s.Path, o)
		},
	}
}

// headOfTable says whether the first row of a table that begins with these
// bytes has names that are fit.
func headOfTable(head []byte, fit func(names []string) bool) bool {
	if len(head) == maxHead { // A whole number of characters, in any encoding.
		head = head[:bytes.LastIndexByte(head, '\n')+1]
	}
	text, _, err := decode(head, "")
	if err != nil {
		return false
	}
	t := newTextTable(text, "")
	for range headerRows {
		r, err := t.next()
		if err != nil {
			return false
		}
		if !r.empty() {
			return fit(r.cells)
		}
	}
	return false
}

// readText takes in a table in text. One without questions and answers is a
// fault.
func readText(ctx context.Context, found *Found, in *input, name string, o Options) error {
	data, err := in.data(ctx, name, maxText)
	if err != nil {
		return err
	}
	title := in.title(name)
	text, encoding, err := decode(data, title)
	if err != nil {
		return err
	}
	if encoding != "UTF-8" {
		found.Notes = append(found.Notes, fmt.Sprintf("%s: it is read as %s", title, encoding))
	}
	t := newTextTable(text, title)
	t.ext = strings.ToLower(path.Ext(name))
	found.Notes = append(found.Notes, fmt.Sprintf("%s: its cells are parted by %s", title, delimiters[t.delimiter()]))
	ok, err := readTable(ctx, found, &grid{name: title, next: t.next}, o)
	if err != nil || ok {
		return err
	}
	if t.fault != nil {
		return t.fault
	}
	if strings.TrimSpace(text) == "" {
		return fault.List{{File: title, What: "the table is empty", Do: "export it again"}}
	}
	return noColumns(title)
}

// noColumns is the fault of a table whose columns nobody knows.
func noColumns(table string) error {
	return fault.List{{File: table, Line: 1, Col: 1, What: "no columns of questions and answers are found",
		Do: "name them: --columns question=NAME,answer=NAME"}}
}

// delimiters are what parts cells, in the order in which they are tried.
var delimiters = map[rune]string{',': "commas", ';': "semicolons", '\t': "tabs", '|': "bars"}

// A textTable gives the rows of a table in text.
type textTable struct {
	text, name, ext string
	comma           rune // 0: not yet known
	csv             *csv.Reader
	plain           bool // tabs part the cells, and quotes mean nothing
	line            int  // of what is plain, and lines before the csv
	rest            string
	fault           error
}

func newTextTable(text, name string) *textTable { return &textTable{text: text, name: name} }

// delimiter finds out what parts the cells.
func (t *textTable) delimiter() rune {
	if t.comma != 0 {
		return t.comma
	}
	// Excel lets a first line say it.
	if first, rest, ok := strings.Cut(t.text, "\n"); ok && len(first) == len("sep=;") && strings.HasPrefix(strings.ToLower(first), "sep=") && delimiters[rune(first[4])] != "" {
		t.comma, t.text, t.line = rune(first[4]), rest, 1
		return t.comma
	}
	sample := t.text
	if len(sample) > maxHead {
		sample = sample[:strings.LastIndexByte(sample[:maxHead], '\n')+1]
	}
	order := []rune{',', ';', '\t', '|'}
	if t.ext == ".tsv" || t.ext == ".tab" {
		order = []rune{'\t', ',', ';', '|'}
	}
	t.comma = order[0]
	best := 0.0
	for _, d := range order {
		if fit := fitOf(sample, d); fit > best {
			t.comma, best = d, fit
		}
	}
	return t.comma
}

// fitOf says how well a delimiter parts the rows of a text into equally many
// cells, from 0 to 1; a little more where the first row names known columns.
func fitOf(sample string, d rune) float64 {
	r := newCSV(sample, d)
	counts := map[int]int{}
	rows, known := 0, 0.0
	for rows < sampleRows {
		cells, err := r.Read()
		if err != nil {
			break
		}
		if rows == 0 {
			if _, ok := byNames(cells); ok {
				known = 1
			}
		}
		rows++
		counts[len(cells)]++
	}
	most := 0
	for width, n := range counts {
		if width > 1 {
			most = max(most, n)
		}
	}
	if most == 0 {
		return 0
	}
	return (float64(most)/float64(rows) + known) / 2
}

func newCSV(text string, d rune) *csv.Reader {
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.LazyQuotes, r.FieldsPerRecord, r.ReuseRecord = d, true, -1, true
	return r
}

// begin finds out how quotes are meant. Where they are not as RFC 4180 has
// them, they stand for themselves in a table with tabs, in which few quote;
// else encoding/csv reads them as well as it can.
func (t *textTable) begin() {
	d := t.delimiter()
	t.csv = newCSV(t.text, d)
	if d != '\t' {
		return
	}
	strict := newCSV(t.text, d)
	strict.LazyQuotes = false
	for {
		if _, err := strict.Read(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.plain, t.rest = true, t.text
			return
		}
	}
}

func (t *textTable) next() (row, error) {
	if t.csv == nil {
		t.begin()
	}
	if t.plain {
		return t.nextPlain()
	}
	begin := t.csv.InputOffset()
	cells, err := t.csv.Read()
	if errors.Is(err, io.EOF) {
		return row{}, io.EOF
	}
	if err != nil {
		var p *csv.ParseError
		if errors.As(err, &p) {
			return row{}, fault.List{{File: t.name, Line: t.line + p.Line, Col: p.Column, What: "the table is broken here: " + p.Err.Error(), Do: "save it again as CSV in UTF-8"}}
		}
		return row{}, fmt.Errorf("reading %s: %w", t.name, err)
	}
	r := row{cells: slices.Clone(cells), at: make([]knowledge.Pos, len(cells))}
	for i := range cells {
		line, col := t.csv.FieldPos(i)
		r.at[i] = knowledge.Pos{File: t.name, Line: t.line + line, Col: col}
	}
	if int(t.csv.InputOffset()) == len(t.text) {
		if last := r.at[len(r.at)-1]; unclosed(t.text[begin:], t.comma) {
			return row{}, fault.List{{File: t.name, Line: last.Line, Col: last.Col, What: "a quote is opened here and never closed", Do: `close it, or write "" for a quote in a cell`}}
		}
	}
	if len(r.cells) > maxColumns {
		return row{}, tooWide(t.name, r.at[0].Line)
	}
	return r, nil
}

// unclosed says whether a text ends inside of a quote, which then takes in
// whatever follows it.
func unclosed(text string, d rune) bool {
	r := newCSV(text+"\nx\n", d)
	n := 0
	for n < 2 {
		if _, err := r.Read(); err != nil {
			break
		}
		n++
	}
	return n == 1
}

// nextPlain gives the next line.
func (t *textTable) nextPlain() (row, error) {
	if t.rest == "" {
		return row{}, io.EOF
	}
	var line string
	line, t.rest, _ = strings.Cut(t.rest, "\n")
	t.line++
	r := row{cells: strings.Split(line, "\t")}
	if len(r.cells) > maxColumns {
		return row{}, tooWide(t.name, t.line)
	}
	col := 1
	for _, c := range r.cells {
		r.at = append(r.at, knowledge.Pos{File: t.name, Line: t.line, Col: col})
		col += 1 + utf8.RuneCountInString(c)
	}
	return r, nil
}

func tooWide(table string, line int) error {
	return fault.List{{File: table, Line: cmp.Or(line, 1), Col: 1, What: fmt.Sprintf("the row has more than %d cells", maxColumns), Do: "see what parts the cells"}}
}
