package importer

import (
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

const (
	maxRun    = 1 << 20    // bytes of text of a page that are turned into Markdown at a time
	maxInline = 2 * maxRun // the same where no block begins; then a paragraph ends there
)

// markdownInRuns gives a page's text as [markdownOfNodes] does. What the
// conversion needs is many times the text, so that a large page is taken in
// runs of whole blocks, and the tree goes with it.
func markdownInRuns(base *url.URL, main *html.Node) (string, error) {
	r := runs{base: base, large: map[*html.Node]bool{}}
	r.weigh(main)
	err := r.children(main)
	return r.out.String(), err
}

// runs turn a page into Markdown, one after the other.
type runs struct {
	base   *url.URL
	out    strings.Builder
	large  map[*html.Node]bool // blocks that hold more than a run, and can be parted
	around []*html.Node        // what the run stands in, the outermost first
	run    []*html.Node
	size   int // bytes of text of the run
}

// parted are the elements that can be parted between those that they hold.
var parted = map[atom.Atom]bool{atom.Div: true, atom.Main: true, atom.Article: true, atom.Section: true, atom.Ul: true}

// weigh finds what is large, and gives how many bytes of text an element holds.
func (r *runs) weigh(n *html.Node) (size int) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.TextNode {
			size += len(c.Data)
		} else {
			size += r.weigh(c)
		}
	}
	if size > maxRun && parted[n.DataAtom] {
		r.large[n] = true
	}
	return size
}

// children takes what an element holds.
func (r *runs) children(n *html.Node) error {
	r.around = append(r.around, n)
	for c := n.FirstChild; c != nil; c = n.FirstChild {
		if r.large[c] || r.size >= maxRun && begins(c) || r.size >= maxInline {
			if err := r.flush(); err != nil {
				return err
			}
		}
		n.RemoveChild(c)
		if r.large[c] {
			if err := r.children(c); err != nil {
				return err
			}
			continue
		}
		r.run = append(r.run, c)
		r.size += textSize(c)
	}
	err := r.flush()
	r.around = r.around[:len(r.around)-1]
	return err
}

// begins says whether an element may be the first of a run.
func begins(n *html.Node) bool {
	return isHeading(n) || parted[n.DataAtom] || n.DataAtom == atom.P || n.DataAtom == atom.Li
}

// flush turns the run into Markdown, in empty copies of what it stood in.
func (r *runs) flush() error {
	if len(r.run) == 0 {
		return nil
	}
	var outer, inner *html.Node
	for i, n := range r.around {
		n = &html.Node{Type: html.ElementNode, Data: n.Data, DataAtom: n.DataAtom, Attr: n.Attr}
		if i == 0 {
			outer = n
		} else {
			inner.AppendChild(n)
		}
		inner = n
	}
	for _, n := range r.run {
		inner.AppendChild(n)
	}
	r.run, r.size = nil, 0
	md, err := markdownOfNodes(r.base, outer)
	if err != nil {
		return err
	}
	if r.out.Len() > 0 && md != "" {
		r.out.WriteString("\n\n")
	}
	r.out.WriteString(md)
	return nil
}
