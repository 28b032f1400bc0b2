package importer

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Bounds of the Markdown that HTML becomes; what goes beyond loses its form,
// never its words.
const (
	maxHTMLLists  = 20     // lists and quotations in one another; a guide may be nested only so deep
	maxHTMLCells  = 50_000 // of a table, with those that fill its short rows
	maxHTMLSpan   = 50     // columns or rows that one cell covers
	maxHTMLIndent = 100    // blanks before a line of code
	maxHTMLURL    = 2_000  // bytes of the address of a link
)

// dropped are the elements that hold nothing to read.
var dropped = map[atom.Atom]bool{
	atom.Script: true, atom.Style: true, atom.Noscript: true, atom.Template: true, atom.Head: true, atom.Link: true, atom.Meta: true,
	atom.Nav: true, atom.Menu: true, atom.Dialog: true,
	atom.Input: true, atom.Select: true, atom.Textarea: true, atom.Option: true, atom.Datalist: true, atom.Progress: true, atom.Meter: true,
	atom.Iframe: true, atom.Object: true, atom.Embed: true, atom.Applet: true, atom.Canvas: true, atom.Svg: true, atom.Audio: true, atom.Video: true,
	atom.Area: true, atom.Map: true, atom.Frame: true, atom.Frameset: true, atom.Noframes: true,
}

// droppedRoles are the parts of a page that lead elsewhere; see WAI-ARIA 1.2, "Landmark Roles".
var droppedRoles = []string{"navigation", "banner", "contentinfo", "search", "menu", "menubar", "toolbar", "dialog", "alertdialog", "tooltip"}

// A place says what stands around an element.
type place struct {
	lists   int
	heading bool
	cell    bool // of a table that stays one
	pre     bool
	code    bool
	article bool // a header or a footer here belongs to the text
}

// A cleaner makes a tree of a page one of its text.
type cleaner struct {
	base *url.URL
}

// children cleans what an element holds. The parser bounds the depth.
func (c *cleaner) children(n *html.Node, at place) {
	for child := n.FirstChild; child != nil; {
		next := child.NextSibling
		switch child.Type {
		case html.TextNode:
			child.Data = cleanText(child.Data, at.pre)
			if !at.code {
				child.Data = strings.ReplaceAll(child.Data, "[", string(hidden))
			}
		case html.ElementNode, html.DocumentNode:
			c.element(child, at)
		default:
			n.RemoveChild(child)
		}
		child = next
	}
}

func (c *cleaner) element(n *html.Node, at place) {
	if isDropped(n, at) {
		// Words on both sides stay apart.
		n.Parent.InsertBefore(&html.Node{Type: html.TextNode, Data: " "}, n)
		n.Parent.RemoveChild(n)
		return
	}
	switch n.DataAtom {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		at.heading = true
	case atom.Article, atom.Main, atom.Section:
		at.article = true
	case atom.Pre:
		at.pre, at.code = true, true
	case atom.Code, atom.Kbd, atom.Samp, atom.Tt:
		at.code = true
	case atom.Ul, atom.Ol, atom.Blockquote:
		if at.lists++; at.lists > maxHTMLLists {
			rename(n, atom.Div)
		}
	case atom.Li:
		if at.lists > maxHTMLLists {
			rename(n, atom.Div)
		}
	case atom.Dt, atom.Summary:
		// A term is no heading here: it would cut a guide.
		rename(n, atom.P)
		wrap(n, atom.Strong)
	case atom.Button:
		rename(n, atom.Span)
	case atom.A:
		if at.heading { // It leads to itself, or opens what is below.
			rename(n, atom.Span)
		}
		c.link(n)
	case atom.Img:
		c.image(n)
		return
	case atom.Table:
		if !isTable(n) {
			unwrapTable(n)
		}
	case atom.Td, atom.Th:
		at.cell = true
		boundSpan(n)
	}
	c.children(n, at)
	if at.cell && n.DataAtom != atom.Td && n.DataAtom != atom.Th {
		flatten(n)
	}
}

// isDropped tells what is nothing to read. A form goes only where it is one:
// some programs wrap the whole page into a form. What is hidden stays, since
// pages hide the answers of questions until somebody clicks.
func isDropped(n *html.Node, at place) bool {
	switch n.DataAtom {
	case atom.Header, atom.Footer:
		return !at.article && find(n, isHeading) == nil
	case atom.Form:
		return find(n, func(n *html.Node) bool {
			return isHeading(n) || n.DataAtom == atom.P || n.DataAtom == atom.Details || n.DataAtom == atom.Table
		}) == nil
	case atom.Button:
		return !at.heading
	}
	return dropped[n.DataAtom] || n.Namespace != "" && n.Namespace != "math" ||
		slices.Contains(droppedRoles, strings.ToLower(attr(n, "role")))
}

// link makes the address of a link absolute, or takes the link away.
func (c *cleaner) link(n *html.Node) {
	if n.DataAtom != atom.A {
		return
	}
	address := c.absolute(attr(n, "href"), "http", "https", "mailto", "tel")
	n.Attr = nil
	if address == "" || find(n, func(n *html.Node) bool {
		return n.DataAtom == atom.Img || n.Type == html.TextNode && strings.TrimSpace(n.Data) != ""
	}) == nil {
		rename(n, atom.Span)
		return
	}
	n.Attr = []html.Attribute{{Key: "href", Val: address}}
}

// image keeps a picture that can be fetched; of others the words stay that
// stand for them.
func (c *cleaner) image(n *html.Node) {
	alt := strings.NewReplacer("[", "(", "]", ")").Replace(oneLine(cleanText(attr(n, "alt"), false)))
	address := c.absolute(attr(n, "src"), "http", "https")
	if address == "" || alt == "" { // Without words it is an ornament, or counts visits.
		n.Parent.InsertBefore(&html.Node{Type: html.TextNode, Data: alt}, n)
		n.Parent.RemoveChild(n)
		return
	}
	n.Attr = []html.Attribute{{Key: "src", Val: address}, {Key: "alt", Val: alt}}
}

// absolute gives an address in one of the schemes, or "".
func (c *cleaner) absolute(address string, schemes ...string) string {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil {
		return ""
	}
	if c.base != nil {
		u = c.base.ResolveReference(u)
	}
	out := strings.NewReplacer("(", "%28", ")", "%29", "<", "%3C", ">", "%3E", " ", "%20", "\\", "%5C").Replace(u.String())
	web := u.Scheme == "http" || u.Scheme == "https"
	if !slices.Contains(schemes, u.Scheme) || web && u.Host == "" || !web && u.Opaque == "" || len(out) > maxHTMLURL {
		return ""
	}
	return out
}

// cleanText takes marks away that are not seen and keep words from being
// found: soft hyphens, joiners of no width. Blanks of another kind become
// blanks, and code is not indented without end.
func cleanText(s string, pre bool) string {
	s = strings.Map(func(r rune) rune {
		switch r {
		case '\u00ad', '\u200b', '\u2060', '\ufeff', hidden, 0:
			return -1
		case '\u00a0', '\u2007', '\u202f':
			return ' '
		case '\u2028', '\u0085':
			return '\n'
		}
		return r
	}, s)
	if !pre {
		return s
	}
	lines := strings.SplitAfter(s, "\n")
	for i, line := range lines {
		text := strings.TrimLeft(line, " \t")
		blanks := strings.ReplaceAll(line[:len(line)-len(text)], "\t", "    ")
		lines[i] = blanks[:min(len(blanks), maxHTMLIndent)] + text
	}
	return strings.Join(lines, "")
}

// isTable tells a table of data from one that only lays a page out: that has
// one column, a heading, or a table inside.
func isTable(n *html.Node) bool {
	if attr(n, "role") == "presentation" || attr(n, "role") == "none" {
		return false
	}
	rows, columns := 0, 0
	laid := find(n, func(in *html.Node) bool {
		switch in.DataAtom {
		case atom.Tr:
			rows++
			cells := 0
			for cell := in.FirstChild; cell != nil; cell = cell.NextSibling {
				if cell.DataAtom == atom.Td || cell.DataAtom == atom.Th {
					cells += span(cell, "colspan")
				}
			}
			columns = max(columns, cells)
		case atom.Table:
			return in != n
		}
		return isHeading(in) || in.DataAtom == atom.Pre
	})
	return laid == nil && columns > 1 && rows*columns <= maxHTMLCells
}

// unwrapTable makes blocks of a table, its rows and its cells.
func unwrapTable(table *html.Node) {
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		switch n.DataAtom {
		case atom.Tbody, atom.Thead, atom.Tfoot, atom.Tr, atom.Td, atom.Th, atom.Caption, atom.Colgroup:
			rename(n, atom.Div)
		case atom.Table:
			return
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	rename(table, atom.Div)
	walk(table)
}

func span(n *html.Node, key string) int {
	if v, err := strconv.Atoi(attr(n, key)); err == nil && v > 1 {
		return min(v, maxHTMLSpan)
	}
	return 1
}

func boundSpan(n *html.Node) {
	columns, rows := span(n, "colspan"), span(n, "rowspan")
	n.Attr = []html.Attribute{{Key: "colspan", Val: strconv.Itoa(columns)}, {Key: "rowspan", Val: strconv.Itoa(rows)}}
}

// flatten makes a block inside of a cell one of words, as a cell of Markdown
// is one line. What a new line told apart, a blank or a semicolon does.
func flatten(n *html.Node) {
	between := " "
	switch n.DataAtom {
	case atom.Br, atom.Hr:
	case atom.Li:
		if n.NextSibling != nil && find(n.NextSibling, isText) != nil {
			between = "; "
		}
	case atom.P, atom.Div, atom.Ul, atom.Ol, atom.Dl, atom.Dt, atom.Dd, atom.Blockquote, atom.Section, atom.Article, atom.Center, atom.Address,
		atom.Header, atom.Footer, atom.Main, atom.Aside, atom.Figure, atom.Figcaption, atom.Details, atom.Summary, atom.Fieldset, atom.Legend, atom.Form:
	default:
		return
	}
	rename(n, atom.Span)
	n.AppendChild(&html.Node{Type: html.TextNode, Data: between})
}

func isText(n *html.Node) bool { return n.Type == html.TextNode && strings.TrimSpace(n.Data) != "" }

func isHeading(n *html.Node) bool {
	switch n.DataAtom {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		return true
	}
	return false
}

func rename(n *html.Node, to atom.Atom) { n.Data, n.DataAtom = to.String(), to }

// wrap puts an element around all that another holds.
func wrap(n *html.Node, in atom.Atom) {
	inner := &html.Node{Type: html.ElementNode, Data: in.String(), DataAtom: in}
	for c := n.FirstChild; c != nil; c = n.FirstChild {
		n.RemoveChild(c)
		inner.AppendChild(c)
	}
	n.AppendChild(inner)
}

// find gives the first element or text, in the page's order, that fits.
func find(n *html.Node, fits func(*html.Node) bool) *html.Node {
	if fits(n) {
		return n
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if found := find(c, fits); found != nil {
			return found
		}
	}
	return nil
}

// attr gives an attribute of an element, or "".
func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key && a.Namespace == "" {
			return a.Val
		}
	}
	return ""
}
