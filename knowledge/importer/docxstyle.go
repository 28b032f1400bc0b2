package importer

import (
	"encoding/xml"
	"strconv"
	"strings"
)

// A docxStyle is what a style of paragraphs or letters says. Its id is written
// in the language of the program, its name in English (ECMA-376, 17.7.4.9).
type docxStyle struct {
	ID      string  `xml:"styleId,attr"`
	Name    docxVal `xml:"name"`
	BasedOn docxVal `xml:"basedOn"`
	PPr     docxPPr `xml:"pPr"`
	RPr     docxRPr `xml:"rPr"`
}

// A docxVal is an element that says one thing. Set where it is there at all.
type docxVal struct {
	Set bool
	Val string
}

func (v *docxVal) UnmarshalXML(d *xml.Decoder, start xml.StartElement) error {
	v.Set, v.Val = true, ""
	for _, a := range start.Attr {
		if a.Name.Local == "val" {
			v.Val = a.Value
		}
	}
	return d.Skip()
}

// on tells a switch that is on: it is there, and not switched off.
func (v docxVal) on() bool {
	return v.Set && v.Val != "0" && v.Val != "false" && v.Val != "off" && v.Val != "none"
}

type docxPPr struct {
	Style   docxVal `xml:"pStyle"`
	Outline docxVal `xml:"outlineLvl"`
	NumID   docxVal `xml:"numPr>numId"`
	Level   docxVal `xml:"numPr>ilvl"`
	Deleted docxVal `xml:"rPr>del"` // the end of the paragraph is deleted
}

type docxRPr struct {
	Style  docxVal `xml:"rStyle"`
	Bold   docxVal `xml:"b"`
	Italic docxVal `xml:"i"`
	Strike docxVal `xml:"strike"`
	Twice  docxVal `xml:"dstrike"`
	Hidden docxVal `xml:"vanish"`
}

// A docxLevel is a level of a list.
type docxLevel struct {
	Level  string  `xml:"ilvl,attr"`
	Start  docxVal `xml:"start"`
	Format docxVal `xml:"numFmt"`
}

type docxNumbering struct {
	Abstract []struct {
		ID     string      `xml:"abstractNumId,attr"`
		Levels []docxLevel `xml:"lvl"`
	} `xml:"abstractNum"`
	Num []struct {
		ID       string  `xml:"numId,attr"`
		Abstract docxVal `xml:"abstractNumId"`
		Override []struct {
			Level string    `xml:"ilvl,attr"`
			Start docxVal   `xml:"startOverride"`
			Lvl   docxLevel `xml:"lvl"`
		} `xml:"lvlOverride"`
	} `xml:"num"`
}

// styled reads the styles of the document, where it has some.
func (d *docx) styled(part string) error {
	dec, closing, err := d.open(part)
	if err != nil || dec == nil {
		return err
	}
	defer closing.Close()
	var all struct {
		Styles []docxStyle `xml:"style"`
	}
	if err := dec.Decode(&all); err != nil {
		return d.broken("the list of styles", err)
	}
	for i := range all.Styles {
		d.styles[all.Styles[i].ID] = &all.Styles[i]
	}
	return nil
}

// numbered reads the lists of the document, where it has some.
func (d *docx) numbered(part string) error {
	dec, closing, err := d.open(part)
	if err != nil || dec == nil {
		return err
	}
	defer closing.Close()
	var all docxNumbering
	if err := dec.Decode(&all); err != nil {
		return d.broken("the list of numberings", err)
	}
	abstract := map[string]*docxList{}
	for _, a := range all.Abstract {
		list := &docxList{}
		for _, l := range a.Levels {
			list.set(l)
		}
		abstract[a.ID] = list
	}
	for _, n := range all.Num {
		list := docxList{}
		if a := abstract[n.Abstract.Val]; a != nil {
			list = *a
		}
		for _, o := range n.Override {
			o.Lvl.Level = o.Level
			if o.Lvl.Format.Set {
				list.set(o.Lvl)
			}
			if i, ok := level(o.Level); ok && o.Start.Set {
				list.start[i] = start(o.Start)
			}
		}
		d.lists[n.ID] = &list
	}
	return nil
}

// A docxList says how the levels of a list are marked, and how far it has counted.
type docxList struct {
	bullet [9]bool
	none   [9]bool
	start  [9]int
	count  [9]int
}

func (l *docxList) set(from docxLevel) {
	if i, ok := level(from.Level); ok {
		l.bullet[i], l.none[i] = from.Format.Val == "bullet", from.Format.Val == "none"
		l.start[i] = start(from.Start)
	}
}

// next counts an item of a level, and gives its number.
func (l *docxList) next(i int) int {
	if l.count[i]++; l.count[i] == 1 {
		l.count[i] = l.start[i]
	}
	clear(l.count[i+1:])
	return l.count[i]
}

func level(s string) (int, bool) {
	i, err := strconv.Atoi(s)
	return i, err == nil && i >= 0 && i < 9
}

func start(v docxVal) int {
	if n, err := strconv.Atoi(v.Val); err == nil && n >= 0 && n < 1_000_000 {
		return n
	}
	return 1
}

// A docxForm is what a paragraph is, by its style and by itself.
type docxForm struct {
	heading int // 1 to 6; 0 for none
	list    *docxList
	level   int
	name    string // of its style, in small letters
}

// form resolves the style of a paragraph and those that it is based on.
func (d *docx) form(p docxPPr) docxForm {
	f := docxForm{}
	outline, num, lvl := p.Outline, p.NumID, p.Level
	id := p.Style.Val
	for range 20 { // A chain of styles is short, and may go round.
		s := d.styles[id]
		if s == nil {
			break
		}
		name := strings.ToLower(s.Name.Val)
		if f.name == "" {
			f.name = name
		}
		if n, ok := strings.CutPrefix(name, "heading "); ok && !outline.Set {
			if i, err := strconv.Atoi(n); err == nil && i > 0 {
				outline = docxVal{Set: true, Val: strconv.Itoa(i - 1)}
			}
		}
		if !outline.Set {
			outline = s.PPr.Outline
		}
		if !num.Set && s.PPr.NumID.Set {
			num = s.PPr.NumID
			if !lvl.Set {
				lvl = s.PPr.Level
			}
		}
		id = s.BasedOn.Val
	}
	if f.name == "" { // Its styles are missing: then the id says it, in English programs.
		f.name = strings.ToLower(p.Style.Val)
		if n, ok := strings.CutPrefix(f.name, "heading"); ok && !outline.Set && len(n) == 1 && n >= "1" && n <= "9" {
			outline = docxVal{Set: true, Val: string(n[0] - 1)}
		}
	}
	if i, ok := level(outline.Val); ok && outline.Set {
		f.heading = min(i+1, 6)
	}
	f.list = d.lists[num.Val]
	f.level, _ = level(lvl.Val)
	f.level = max(0, min(f.level, 8))
	return f
}

// bold and italic letters, by their style and by themselves.
func (d *docx) letters(r docxRPr) (bold, italic bool) {
	b, i := r.Bold, r.Italic
	if s := d.styles[r.Style.Val]; s != nil {
		if !b.Set {
			b = s.RPr.Bold
		}
		if !i.Set {
			i = s.RPr.Italic
		}
	}
	return b.on(), i.on()
}
