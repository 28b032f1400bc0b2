package importer

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// A docx is a document while it is read. Its text becomes a tree of HTML, which
// is turned into Markdown as pages are.
type docx struct {
	ctx   context.Context
	files fs.FS
	name  string

	styles map[string]*docxStyle
	lists  map[string]*docxList
	rels   map[string]relation // of the main part
	notes  map[string][]piece  // of the foot or the end of pages, by kind and id: "footnote 2"
	parts  int                 // elements that were read
	texts  int                 // paragraphs, pieces of text and cells that were made of them
	depth  int
	fields []field // that are open

	title     string
	body      *html.Node
	pictures  int
	comments  int
	hidden    int
	embedded  int
	furniture bool
}

// read reads the whole document.
func (d *docx) read() error {
	d.styles, d.lists, d.notes = map[string]*docxStyle{}, map[string]*docxList{}, map[string][]piece{}
	main := "word/document.xml"
	root, err := d.relations("")
	if err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(root)) {
		if path.Base(root[id].Type) == "officeDocument" {
			main = root[id].Target
		}
	}
	if d.rels, err = d.relations(main); err != nil {
		return err
	}
	var notes []relation
	for _, id := range slices.Sorted(maps.Keys(d.rels)) {
		r := d.rels[id]
		switch path.Base(r.Type) {
		case "styles":
			err = d.styled(r.Target)
		case "numbering":
			err = d.numbered(r.Target)
		case "header", "footer":
			d.furniture = true
		case "footnotes", "endnotes":
			notes = append(notes, r)
		}
		if err != nil {
			return err
		}
	}
	for _, r := range notes {
		if err := d.part(r.Target); err != nil {
			return err
		}
	}
	if err := d.part(main); err != nil {
		return err
	}
	if d.body == nil {
		return d.broken(main, errors.New("it holds no document"))
	}
	return nil
}

// part reads the text of the document, or of its notes.
func (d *docx) part(name string) error {
	dec, closing, err := d.open(name)
	if err != nil || dec == nil {
		return err
	}
	defer closing.Close()
	d.fields = nil
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return d.broken(name, err)
		}
		at, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		switch at.Name.Local {
		case "body":
			d.body = element(atom.Body)
			err = d.blocks(dec, &flow{parent: d.body})
		case "footnote", "endnote":
			if kind := xmlAttr(at, "type"); kind == "" || kind == "normal" {
				p := &paragraph{}
				err = d.inline(dec, p, "")
				d.notes[at.Name.Local+" "+xmlAttr(at, "id")] = p.pieces
			}
		}
		if err != nil {
			return d.broken(name, err)
		}
	}
}

var (
	errDocxLarge = fmt.Errorf("it has more than %d paragraphs, pieces of text and cells", maxDocxTexts)
	errDocxDeep  = fmt.Errorf("it is nested more than %d deep", maxDocxDepth)
)

// each calls give for each element in the one that was begun, until that ends;
// give reads its element to the end.
func (d *docx) each(dec *xml.Decoder, give func(xml.StartElement) error) error {
	if d.depth++; d.depth > maxDocxDepth {
		return errDocxDeep
	}
	defer func() { d.depth-- }()
	for {
		token, err := dec.Token()
		if err != nil {
			return err
		}
		switch token := token.(type) {
		case xml.EndElement:
			return nil
		case xml.StartElement:
			if d.parts++; d.parts > maxDocxElements || d.texts > maxDocxTexts {
				return errDocxLarge
			}
			if err := give(token); err != nil {
				return err
			}
		}
	}
}

// A flow is where blocks go: the body, a cell, a box.
type flow struct {
	parent *html.Node
	lists  []openList
	joined []piece // of paragraphs whose end is deleted
}

type openList struct {
	node  *html.Node
	list  *docxList
	level int
}

// blocks reads what holds paragraphs and tables.
func (d *docx) blocks(dec *xml.Decoder, f *flow) error {
	contents, chosen := false, false
	return d.each(dec, func(at xml.StartElement) error {
		switch name := at.Name.Local; name {
		case "p":
			p := &paragraph{}
			if err := d.inline(dec, p, ""); err != nil {
				return err
			}
			d.end(f, p)
			return nil
		case "tbl":
			f.lists = nil
			t := element(atom.Table)
			f.parent.AppendChild(t)
			return d.table(dec, t)
		case "tcPr":
			var props struct {
				Span docxVal `xml:"gridSpan"`
			}
			err := dec.DecodeElement(&props, &at)
			if props.Span.Val != "" {
				f.parent.Attr = []html.Attribute{{Key: "colspan", Val: props.Span.Val}}
			}
			return err
		case "sdtPr":
			var props struct {
				Gallery docxVal `xml:"docPartObj>docPartGallery"`
			}
			err := dec.DecodeElement(&props, &at)
			contents = props.Gallery.Val == "Table of Contents"
			return err
		case "sdtContent":
			if contents {
				return dec.Skip()
			}
			return d.blocks(dec, f)
		case "sdt", "customXml", "smartTag", "ins", "moveTo", "AlternateContent":
			return d.blocks(dec, f)
		case "Choice", "Fallback": // The same in two forms; one is enough.
			if chosen {
				return dec.Skip()
			}
			chosen = true
			return d.blocks(dec, f)
		case "altChunk":
			d.embedded++
		}
		return dec.Skip()
	})
}

// end puts a paragraph where it belongs.
func (d *docx) end(f *flow, p *paragraph) {
	d.texts++
	pieces := append(f.joined, p.pieces...)
	f.joined = nil
	if p.props.Deleted.Set {
		f.joined = pieces
		return
	}
	form := d.form(p.props)
	defer func() {
		for _, box := range p.boxes {
			f.lists = nil
			f.parent.AppendChild(box)
		}
	}()
	text := plainPieces(pieces)
	if text == "" || strings.HasPrefix(form.name, "toc ") || form.name == "table of figures" {
		return
	}
	if form.name == "title" && d.title == "" {
		d.title = text
		return
	}
	if form.list != nil && !form.list.none[form.level] && form.heading == 0 {
		f.item(form, pieces)
		return
	}
	f.lists = nil
	var n *html.Node
	switch {
	case form.heading > 0:
		n = element([]atom.Atom{atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6}[form.heading-1])
		n.AppendChild(&html.Node{Type: html.TextNode, Data: text})
	case form.name == "html preformatted" || form.name == "source code" || form.name == "code" || form.name == "preformatted text":
		f.code(pieces)
		return
	case form.name == "quote" || form.name == "intense quote":
		n = element(atom.Blockquote)
		into(n, pieces)
	default:
		n = element(atom.P)
		into(n, pieces)
	}
	f.parent.AppendChild(n)
}

// item adds an item to the list that is open, or begins one.
func (f *flow) item(form docxForm, pieces []piece) {
	n := form.list.next(form.level)
	for len(f.lists) > 0 {
		top := f.lists[len(f.lists)-1]
		if top.level < form.level || top.level == form.level && top.list == form.list {
			break
		}
		f.lists = f.lists[:len(f.lists)-1]
	}
	if len(f.lists) == 0 || f.lists[len(f.lists)-1].level < form.level {
		list := element(atom.Ul)
		if !form.list.bullet[form.level] {
			list = element(atom.Ol)
			list.Attr = []html.Attribute{{Key: "start", Val: fmt.Sprint(n)}}
		}
		parent := f.parent
		if len(f.lists) > 0 {
			parent = f.lists[len(f.lists)-1].node.LastChild // An item: a list begins with one.
		}
		parent.AppendChild(list)
		f.lists = append(f.lists, openList{list, form.list, form.level})
	}
	li := element(atom.Li)
	into(li, pieces)
	f.lists[len(f.lists)-1].node.AppendChild(li)
}

// code adds a line of code to those before it.
func (f *flow) code(pieces []piece) {
	var b strings.Builder
	for _, p := range pieces {
		b.WriteString(p.text)
	}
	last := f.parent.LastChild
	if last == nil || last.DataAtom != atom.Pre {
		last = element(atom.Pre)
		code := element(atom.Code)
		code.AppendChild(&html.Node{Type: html.TextNode})
		last.AppendChild(code)
		f.parent.AppendChild(last)
	}
	text := last.FirstChild
	text.AppendChild(&html.Node{Type: html.TextNode, Data: b.String() + "\n"})
}

// table reads rows.
func (d *docx) table(dec *xml.Decoder, table *html.Node) error {
	return d.each(dec, func(at xml.StartElement) error {
		switch at.Name.Local {
		case "tr":
			row := element(atom.Tr)
			deleted, err := d.row(dec, row, table.FirstChild == nil)
			if err == nil && !deleted && row.FirstChild != nil {
				table.AppendChild(row)
			}
			return err
		case "sdt", "sdtContent", "customXml", "ins", "moveTo":
			return d.table(dec, table)
		}
		return dec.Skip()
	})
}

func (d *docx) row(dec *xml.Decoder, row *html.Node, first bool) (deleted bool, err error) {
	err = d.each(dec, func(at xml.StartElement) error {
		switch at.Name.Local {
		case "trPr":
			var props struct {
				Deleted docxVal `xml:"del"`
			}
			err := dec.DecodeElement(&props, &at)
			deleted = deleted || props.Deleted.Set
			return err
		case "tc":
			cell := element(atom.Td)
			if first {
				cell = element(atom.Th)
			}
			row.AppendChild(cell)
			d.texts++
			return d.blocks(dec, &flow{parent: cell})
		case "sdt", "sdtContent", "customXml":
			inner, err := d.row(dec, row, first)
			deleted = deleted || inner
			return err
		}
		return dec.Skip()
	})
	return deleted, err
}

func element(a atom.Atom) *html.Node {
	return &html.Node{Type: html.ElementNode, Data: a.String(), DataAtom: a}
}

func xmlAttr(at xml.StartElement, name string) string {
	for _, a := range at.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
