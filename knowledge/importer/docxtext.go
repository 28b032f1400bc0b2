package importer

import (
	"encoding/xml"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// A paragraph is one while it is read.
type paragraph struct {
	props  docxPPr
	pieces []piece
	boxes  []*html.Node // that hang on it
}

// A piece is some text in one type. A new line is a piece of its own, "\n".
type piece struct {
	text                 string
	bold, italic, struck bool
	link                 string
}

// A field is something that Word works out: a link, the number of a page.
type field struct {
	instruction string
	shown       bool // its result follows, which is text
}

// inline reads a paragraph, or what holds pieces of one.
func (d *docx) inline(dec *xml.Decoder, p *paragraph, link string) error {
	chosen := false
	return d.each(dec, func(at xml.StartElement) error {
		switch at.Name.Local {
		case "pPr":
			return dec.DecodeElement(&p.props, &at)
		case "r":
			return d.run(dec, p, &docxRPr{}, link)
		case "hyperlink":
			to := link
			if r := d.rels[xmlAttr(at, "id")]; r.TargetMode == "External" {
				to = r.Target
			}
			return d.inline(dec, p, to)
		case "fldSimple":
			d.fields = append(d.fields, field{instruction: xmlAttr(at, "instr"), shown: true})
			defer func() { d.fields = d.fields[:len(d.fields)-1] }()
			return d.inline(dec, p, link)
		case "p": // of a note
			if len(p.pieces) > 0 {
				p.pieces = append(p.pieces, piece{text: " "})
			}
			return d.inline(dec, p, link)
		case "ins", "moveTo", "smartTag", "customXml", "sdt", "sdtContent", "dir", "bdo", "AlternateContent", "ruby", "rubyBase":
			return d.inline(dec, p, link)
		case "Choice", "Fallback":
			if chosen {
				return dec.Skip()
			}
			chosen = true
			return d.inline(dec, p, link)
		case "oMath", "oMathPara":
			var b strings.Builder
			if err := d.math(dec, &b); err != nil {
				return err
			}
			d.say(p, docxRPr{}, b.String(), link)
			return nil
		}
		return dec.Skip() // Deleted text (del, moveFrom) among others.
	})
}

// math reads the letters of a formula.
func (d *docx) math(dec *xml.Decoder, b *strings.Builder) error {
	return d.each(dec, func(at xml.StartElement) error {
		if at.Name.Local == "t" {
			text, err := charData(dec)
			b.WriteString(text)
			return err
		}
		return d.math(dec, b)
	})
}

// run reads pieces of text in one type.
func (d *docx) run(dec *xml.Decoder, p *paragraph, props *docxRPr, link string) error {
	chosen := false
	return d.each(dec, func(at xml.StartElement) error {
		switch name := at.Name.Local; name {
		case "rPr":
			return dec.DecodeElement(props, &at)
		case "t":
			text, err := charData(dec)
			d.say(p, *props, text, link)
			return err
		case "instrText":
			text, err := charData(dec)
			if n := len(d.fields); n > 0 && len(d.fields[n-1].instruction) < maxHTMLURL {
				d.fields[n-1].instruction += text
			}
			return err
		case "fldChar":
			d.fieldChar(xmlAttr(at, "fldCharType"))
		case "tab":
			d.say(p, *props, " ", link)
		case "br", "cr":
			if kind := xmlAttr(at, "type"); kind == "" || kind == "textWrapping" {
				d.say(p, *props, "\n", link)
			}
		case "noBreakHyphen":
			d.say(p, *props, "-", link)
		case "footnoteReference", "endnoteReference":
			note := d.notes[strings.TrimSuffix(name, "Reference")+" "+xmlAttr(at, "id")]
			if text := plainPieces(note); text != "" && !d.quiet() {
				d.say(p, docxRPr{}, " (", "")
				for _, n := range note {
					d.add(p, n)
				}
				d.say(p, docxRPr{}, ")", "")
			}
		case "commentReference":
			d.comments++
		case "ruby":
			return d.inline(dec, p, link)
		case "drawing", "pict", "object":
			return d.drawing(dec, p, name)
		case "AlternateContent":
			return d.run(dec, p, props, link)
		case "Choice", "Fallback":
			if chosen {
				return dec.Skip()
			}
			chosen = true
			return d.run(dec, p, props, link)
		}
		return dec.Skip()
	})
}

// drawing reads the boxes of text in a picture, and counts it if there are none.
func (d *docx) drawing(dec *xml.Decoder, p *paragraph, kind string) error {
	boxes, image := len(p.boxes), kind == "drawing"
	var walk func() error
	walk = func() error {
		return d.each(dec, func(at xml.StartElement) error {
			switch at.Name.Local {
			case "txbxContent":
				box := element(atom.Div)
				p.boxes = append(p.boxes, box)
				fields := d.fields
				d.fields = nil
				err := d.blocks(dec, &flow{parent: box})
				d.fields = fields
				return err
			case "imagedata", "blip":
				image = true
			}
			return walk()
		})
	}
	if err := walk(); err != nil {
		return err
	}
	switch {
	case len(p.boxes) > boxes:
	case kind == "object":
		d.embedded++
	case image:
		d.pictures++
	}
	return nil
}

func (d *docx) fieldChar(kind string) {
	n := len(d.fields)
	switch {
	case kind == "begin" && n < maxDocxDepth:
		d.fields = append(d.fields, field{})
	case kind == "separate" && n > 0:
		d.fields[n-1].shown = true
	case kind == "end" && n > 0:
		d.fields = d.fields[:n-1]
	}
}

// quiet tells whether text here is not of the document: the words of a field, a
// table of contents.
func (d *docx) quiet() bool {
	for _, f := range d.fields {
		if !f.shown || strings.HasPrefix(strings.TrimSpace(f.instruction), "TOC") {
			return true
		}
	}
	return false
}

// fieldLink gives where a field leads, or "".
func (d *docx) fieldLink() string {
	for i := len(d.fields) - 1; i >= 0; i-- {
		rest, ok := strings.CutPrefix(strings.TrimSpace(d.fields[i].instruction), "HYPERLINK")
		if !ok {
			continue
		}
		if rest = strings.TrimSpace(rest); strings.HasPrefix(rest, `"`) {
			to, _, _ := strings.Cut(rest[1:], `"`)
			return to
		}
	}
	return ""
}

// say adds text to a paragraph.
func (d *docx) say(p *paragraph, props docxRPr, text, link string) {
	if text == "" || d.quiet() {
		return
	}
	if props.Hidden.on() {
		d.hidden++
		return
	}
	if link == "" {
		link = d.fieldLink()
	}
	bold, italic := d.letters(props)
	d.add(p, piece{text: text, bold: bold, italic: italic, struck: props.Strike.on() || props.Twice.on(), link: link})
}

// add adds a piece, to the one before where both are of one type: Word cuts
// text at every change that was ever made.
func (d *docx) add(p *paragraph, add piece) {
	if n := len(p.pieces); n > 0 && add.text != "\n" {
		last := &p.pieces[n-1]
		blank := strings.TrimSpace(add.text) == "" && add.link == last.link
		if last.text != "\n" && (blank || last.bold == add.bold && last.italic == add.italic && last.struck == add.struck && last.link == add.link) {
			last.text += add.text
			return
		}
	}
	d.texts++
	p.pieces = append(p.pieces, add)
}

// charData gives the text of an element that holds nothing else.
func charData(dec *xml.Decoder) (string, error) {
	var b strings.Builder
	for {
		token, err := dec.Token()
		if err != nil {
			return "", err
		}
		switch token := token.(type) {
		case xml.CharData:
			b.Write(token)
		case xml.StartElement:
			if err := dec.Skip(); err != nil {
				return "", err
			}
		case xml.EndElement:
			return b.String(), nil
		}
	}
}

// plainPieces gives the words of a paragraph on one line.
func plainPieces(pieces []piece) string {
	var b strings.Builder
	for _, p := range pieces {
		b.WriteString(p.text)
	}
	return oneLine(cleanText(b.String(), false))
}

// into puts pieces into an element.
func into(n *html.Node, pieces []piece) {
	var link *html.Node
	at := ""
	for _, p := range pieces {
		var inner *html.Node
		if p.text == "\n" {
			inner = element(atom.Br)
		} else {
			inner = &html.Node{Type: html.TextNode, Data: p.text}
			for _, mark := range []struct {
				on bool
				as atom.Atom
			}{{p.struck, atom.Del}, {p.italic, atom.Em}, {p.bold, atom.Strong}} {
				if mark.on {
					outer := element(mark.as)
					outer.AppendChild(inner)
					inner = outer
				}
			}
		}
		if p.link == "" {
			at = ""
			n.AppendChild(inner)
			continue
		}
		if p.link != at {
			at, link = p.link, element(atom.A)
			link.Attr = []html.Attribute{{Key: "href", Val: p.link}}
			n.AppendChild(link)
		}
		link.AppendChild(inner)
	}
}
