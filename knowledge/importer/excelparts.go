package importer

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"frontdesk/internal/fault"
	"frontdesk/knowledge"

	"github.com/xuri/excelize/v2"
)

// Bounds of a workbook, packed and unpacked. excelize holds the parts that are
// not sheets in memory, many times their size.
const (
	maxWorkbook = 64 << 20
	maxParts    = 256 << 20
	maxPart     = 8 << 20   // of what is no sheet and no list of strings: styles, names
	maxStrings  = 2_000_000 // in the list of strings
	maxMerges   = 100_000   // merged cells, and links, of a sheet
	maxTail     = 32 << 20  // of a sheet below its rows
	memoryPart  = 4 << 20   // of a sheet or the list of strings that is held in memory; a larger one lies in a file
)

// parts are the files of a workbook that its cells need.
type parts struct {
	files *zip.Reader
	title string
}

// openParts checks a workbook, and gives its parts and the workbook without
// pictures, macros and whatever else no cell needs, as excelize reads it.
func openParts(data []byte, title string) (*parts, *excelize.File, error) {
	files, err := openZip(bytes.NewReader(data), int64(len(data)), title)
	if err != nil {
		return nil, nil, err
	}
	z, ok := files.(*zip.Reader)
	if !ok {
		return nil, nil, fmt.Errorf("reading %s: not a zip archive", title) // openZip gives no other.
	}
	var slim bytes.Buffer
	w := zip.NewWriter(&slim)
	var total uint64
	for _, f := range z.File {
		name := strings.ToLower(f.Name)
		ext := path.Ext(name)
		if ext != ".xml" && ext != ".rels" || !neededPart(name) {
			continue
		}
		if total += f.UncompressedSize64; total > maxParts {
			return nil, nil, tooLarge(title, maxParts, "split it; its sheets are larger unpacked")
		}
		if f.UncompressedSize64 > maxPart && !strings.HasPrefix(name, "xl/worksheets/") && name != "xl/sharedstrings.xml" {
			return nil, nil, fault.List{{File: title, What: fmt.Sprintf("its part %q is larger than %d MiB", shown(f.Name), maxPart>>20), Do: "save it again, with the questions alone"}}
		}
		if err := w.Copy(f); err != nil {
			return nil, nil, broken(title, err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, nil, broken(title, err)
	}
	p := &parts{files: z, title: title}
	if err := p.countStrings(); err != nil {
		return nil, nil, err
	}
	book, err := excelize.OpenReader(&slim, excelize.Options{
		UnzipSizeLimit: maxParts, UnzipXMLSizeLimit: memoryPart,
		ShortDatePattern: "yyyy-mm-dd", LongDatePattern: "yyyy-mm-dd", LongTimePattern: "hh:mm:ss",
	})
	if err != nil {
		return nil, nil, broken(title, err)
	}
	return p, book, nil
}

// neededPart says whether a cell can need a part of a workbook.
func neededPart(name string) bool {
	for _, folder := range []string{"drawings", "charts", "media", "embeddings", "pivot", "externallinks", "ctrlprops", "printersettings", "activex", "comments", "threadedcomments", "calcchain", "diagrams", "slicer", "timeline", "querytables", "tables"} {
		if strings.HasPrefix(name, "xl/"+folder) {
			return false
		}
	}
	return !strings.HasPrefix(name, "customxml/") && !strings.HasPrefix(name, "docprops/")
}

// leaveOther tells what hangs at cells and is no text in them.
func (p *parts) leaveOther(found *Found) error {
	pictures, comments := 0, 0
	for _, f := range p.files.File {
		switch name := strings.ToLower(f.Name); {
		case strings.HasPrefix(name, "xl/media/"):
			pictures++
		case strings.HasPrefix(name, "xl/comments"), strings.HasPrefix(name, "xl/threadedcomments/"):
			comments++
		}
	}
	at := knowledge.Pos{File: p.title}
	if pictures > 0 {
		if err := found.leave(at, counted(pictures, "picture", "pictures"), "only the text of cells is taken in"); err != nil {
			return err
		}
	}
	if comments > 0 {
		return found.leave(at, "what comments at cells say", "only the text of cells is taken in")
	}
	return nil
}

func broken(title string, err error) error {
	return fault.List{{File: title, What: "the workbook is broken: " + err.Error(), Do: "open it in a spreadsheet and save it again as .xlsx"}}
}

// open opens a part by its name in any case; nil where there is none.
func (p *parts) open(name string) (io.ReadCloser, error) {
	for _, f := range p.files.File {
		if strings.EqualFold(f.Name, name) {
			r, err := f.Open()
			if err != nil {
				return nil, broken(p.title, err)
			}
			return r, nil
		}
	}
	return nil, fs.ErrNotExist
}

// countStrings refuses a list of more strings than a table needs.
func (p *parts) countStrings() error {
	r, err := p.open("xl/sharedStrings.xml")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer r.Close()
	in := bufio.NewReaderSize(r, 1<<16)
	n := 0
	for {
		tag, err := in.ReadSlice('<')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			break // What is broken, excelize tells.
		}
		if bytes.HasPrefix(tag, []byte("si>")) || bytes.HasPrefix(tag, []byte("si/>")) || bytes.HasPrefix(tag, []byte("si ")) || bytes.HasPrefix(tag, []byte("x:si>")) {
			if n++; n > maxStrings {
				return fault.List{{File: p.title, What: fmt.Sprintf("the workbook has more than %d texts", maxStrings), Do: "import it in parts"}}
			}
		}
	}
	return nil
}

// rels gives where the relations of a part lead, by their ids.
func (p *parts) rels(part string) (map[string]string, error) {
	r, err := p.open(path.Join(path.Dir(part), "_rels", path.Base(part)+".rels"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var list struct {
		Relationship []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
		}
	}
	if err := xml.NewDecoder(io.LimitReader(r, maxPart)).Decode(&list); err != nil {
		return nil, nil // Without it there are no links; excelize tells what else is broken.
	}
	out := map[string]string{}
	for _, rel := range list.Relationship {
		out[rel.ID] = rel.Target
	}
	return out, nil
}

// A cellSpan is a rectangle of cells; rows and columns count from 1.
type cellSpan struct{ row, col, lastRow, lastCol int }

// tail is what stands in a sheet below its rows, and which of their cells are formulas
// without a stored value: columns by row.
type tail struct {
	unstored map[int][]int
	merges   []cellSpan
	links    []link
}

type link struct {
	cellSpan
	to string
}

// tailOf reads what stands below the rows of a sheet, and looks for formulas in them.
func (p *parts) tailOf(ctx context.Context, part string) (tail, error) {
	var t tail
	r, err := p.open(part)
	if errors.Is(err, fs.ErrNotExist) {
		return t, nil
	}
	if err != nil {
		return t, err
	}
	defer r.Close()
	in := bufio.NewReaderSize(r, 1<<16)
	var formulas formulaFinder
	for n := 0; ; n++ { // To the end of the rows.
		tag, err := in.ReadSlice('>')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return t, nil
		}
		if n%4096 == 0 && ctx.Err() != nil {
			return t, ctx.Err()
		}
		if bytes.HasSuffix(tag, []byte("sheetData>")) && bytes.Contains(tag, []byte("/")) || bytes.HasSuffix(tag, []byte("sheetData/>")) {
			break
		}
		formulas.see(tag)
	}
	t.unstored = formulas.found
	targets, err := p.rels(part)
	if err != nil {
		return t, err
	}
	d := xml.NewDecoder(io.LimitReader(in, maxTail))
	d.Strict = false
	for len(t.merges) < maxMerges && len(t.links) < maxMerges {
		token, err := d.RawToken()
		if err != nil {
			break
		}
		e, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		attrs := map[string]string{}
		for _, a := range e.Attr {
			attrs[a.Name.Local] = a.Value
		}
		s, ok := spanOf(attrs["ref"])
		if !ok {
			continue
		}
		switch e.Name.Local {
		case "mergeCell":
			t.merges = append(t.merges, s)
		case "hyperlink":
			if to := targets[attrs["id"]]; to != "" {
				t.links = append(t.links, link{s, to})
			}
		}
	}
	return t, nil
}

// spanOf reads "B2:C5" or "B2".
func spanOf(ref string) (s cellSpan, ok bool) {
	from, to, two := strings.Cut(ref, ":")
	if !two {
		to = from
	}
	var err error
	if s.col, s.row, err = excelize.CellNameToCoordinates(from); err != nil {
		return s, false
	}
	if s.lastCol, s.lastRow, err = excelize.CellNameToCoordinates(to); err != nil {
		return s, false
	}
	return s, s.lastCol >= s.col && s.lastRow >= s.row
}

// richTexts gives the strings of a workbook that are partly bold, italic or
// struck through, as Markdown by their plain text.
func (p *parts) richTexts(ctx context.Context) (map[string]string, error) {
	r, err := p.open("xl/sharedStrings.xml")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer r.Close()
	d := xml.NewDecoder(r)
	d.Strict = false
	out := map[string]string{}
	for n := 0; ; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		token, err := d.Token()
		if err != nil {
			return out, nil // What is broken, excelize tells.
		}
		e, ok := token.(xml.StartElement)
		if !ok || e.Name.Local != "si" {
			continue
		}
		var si struct {
			R []struct {
				RPr struct {
					B      *onOff `xml:"b"`
					I      *onOff `xml:"i"`
					Strike *onOff `xml:"strike"`
				} `xml:"rPr"`
				T string `xml:"t"`
			} `xml:"r"`
		}
		if err := d.DecodeElement(&si, &e); err != nil {
			return out, nil
		}
		if len(si.R) < 2 {
			continue // Bold as a whole is a look of the cell, not of its words.
		}
		var plain, md strings.Builder
		run, mark := "", ""
		for _, r := range si.R {
			plain.WriteString(r.T)
			m := r.RPr.B.mark("**") + r.RPr.I.mark("*") + r.RPr.Strike.mark("~~")
			if m != mark {
				md.WriteString(marked(run, mark))
				run, mark = "", m
			}
			run += r.T
		}
		md.WriteString(marked(run, mark))
		if md.String() != plain.String() {
			out[plain.String()] = md.String()
		}
	}
}

// onOff is a property that is on where it stands, but for val="0".
type onOff struct {
	Val string `xml:"val,attr"`
}

func (o *onOff) mark(mark string) string {
	if o == nil {
		return ""
	}
	if on, err := strconv.ParseBool(o.Val); o.Val != "" && err == nil && !on {
		return ""
	}
	return mark
}

// marked puts a mark around the words of a text, line by line, for emphasis
// begins and ends at words.
func marked(s, mark string) string {
	if mark == "" || strings.TrimSpace(s) == "" {
		return s
	}
	back := ""
	for i := len(mark); i > 0; { // "**~~" is closed by "~~**".
		n := 1
		if i > 1 && mark[i-1] == mark[i-2] {
			n = 2
		}
		back += mark[i-n : i]
		i -= n
	}
	ls := strings.Split(s, "\n")
	for i, l := range ls {
		if words := strings.TrimSpace(l); words != "" {
			at := strings.Index(l, words)
			ls[i] = l[:at] + mark + words + back + l[at+len(words):]
		}
	}
	return strings.Join(ls, "\n")
}
