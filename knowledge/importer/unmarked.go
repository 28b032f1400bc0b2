package importer

import (
	"fmt"
	"slices"
	"strings"

	"frontdesk/knowledge"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// A pair is a question and its answer as a page shows them.
type pair struct {
	question string
	others   []string // further words for it
	tags     []string
	answer   []*html.Node
	whole    []*html.Node // what goes out of the page when the pair is taken
}

// shownPairs takes the questions out of a part of a page that are shown but not
// marked: those that unfold, and those of a list of terms or a table. A list is one
// of questions where at least half of it ends in a question mark, or is known; a
// table also where its first row says so.
func (t *taker) shownPairs(main *html.Node, at knowledge.Pos, known map[string]bool) (took bool, err error) {
	named, plain, err := t.tabled(main, at)
	if err != nil {
		return false, err
	}
	for i, pairs := range slices.Concat(named, termed(main), [][]pair{unfolding(main)}, plain) {
		questions := 0
		for _, p := range pairs {
			if isQuestion(p.question) || known[same(p.question)] {
				questions++
			}
		}
		if i >= len(named) && questions*2 < len(pairs) {
			continue
		}
		for i, p := range pairs {
			pairs[i] = pair{} // Its elements go with it.
			name := same(p.question)
			taken := known[name]
			if !taken {
				if err := t.pair(p, at); err != nil {
					return false, err
				}
			}
			for _, n := range p.whole {
				if n.Parent != nil {
					n.Parent.RemoveChild(n)
				}
			}
			known[name] = true
			took = true
		}
	}
	return took, nil
}

func (t *taker) pair(p pair, at knowledge.Pos) error {
	e := &knowledge.Entry{Kind: knowledge.FAQ, Question: p.question, Alternatives: p.others, Tags: p.tags, Pos: at}
	what := fmt.Sprintf("the question %q", shown(p.question))
	var err error
	if e.Answer, err = markdownOfNodes(t.base, p.answer...); err != nil {
		return t.found.leave(at, what, err.Error())
	}
	if err := t.count(len(e.Answer), at); err != nil {
		return err
	}
	return t.add(Item{Entry: e}, what)
}

// unfolding gives the <details> of a page that hold no others.
func unfolding(main *html.Node) []pair {
	var out []pair
	for n := range main.Descendants() {
		if n.DataAtom != atom.Details || findBelow(n, func(in *html.Node) bool { return in.DataAtom == atom.Details }) != nil {
			continue
		}
		p := pair{whole: []*html.Node{n}}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if c.DataAtom == atom.Summary && p.question == "" {
				p.question = words(c)
			} else {
				p.answer = append(p.answer, c)
			}
		}
		if p.question != "" {
			out = append(out, p)
		}
	}
	return out
}

// termed gives the lists of terms of a page, the terms with what is said of
// each. Several terms may share one text; the first is the question.
func termed(main *html.Node) [][]pair {
	var lists [][]pair
	for list := range main.Descendants() {
		if list.DataAtom != atom.Dl || in(list, atom.Dl) {
			continue
		}
		var out []pair
		var p pair
		flush := func() {
			if p.question != "" && len(p.answer) > 0 {
				out = append(out, p)
			}
			p = pair{}
		}
		var group func(*html.Node)
		group = func(parent *html.Node) {
			for c := parent.FirstChild; c != nil; c = c.NextSibling {
				switch {
				case c.DataAtom == atom.Dt:
					if len(p.answer) > 0 {
						flush()
					}
					if p.question == "" {
						p.question = words(c)
					} else {
						p.others = append(p.others, words(c))
					}
					p.whole = append(p.whole, c)
				case c.DataAtom == atom.Dd && p.question != "":
					p.answer, p.whole = append(p.answer, c), append(p.whole, c)
				case c.DataAtom == atom.Div && parent == list:
					group(c)
				}
			}
		}
		group(list)
		flush()
		lists = append(lists, out)
	}
	return lists
}

// promote makes headings of what looks and works like them: buttons that
// unfold a text, and paragraphs that are a question in bold. Lists that only
// stack such pieces become blocks.
func promote(main *html.Node) {
	level, lists := atom.H2, []*html.Node(nil)
	deepest := func(n *html.Node) *html.Node { // of elements that hold one thing alone
		for {
			var only *html.Node
			for c := n.FirstChild; c != nil; c = c.NextSibling {
				if c.Type == html.ElementNode && !dropped[c.DataAtom] && c.DataAtom != atom.Br || isText(c) {
					if only != nil {
						return n
					}
					only = c
				}
			}
			if only == nil || only.Type != html.ElementNode {
				return n
			}
			if n = only; n.DataAtom == atom.B || n.DataAtom == atom.Strong {
				return n
			}
		}
	}
	var walk func(n *html.Node, list *html.Node)
	walk = func(n, list *html.Node) {
		switch {
		case isHeading(n):
			dropAnchors(n)
			level = deeper(n.DataAtom)
			if list != nil {
				lists = append(lists, list)
			}
			return
		case n.DataAtom == atom.Table || n.DataAtom == atom.Pre:
			return
		case n.DataAtom == atom.Ul || n.DataAtom == atom.Ol:
			if list == nil {
				list = n
			}
		case unfolds(n) && isQuestion(words(n)),
			n.DataAtom == atom.P && list == nil && isBold(deepest(n)) && isQuestion(words(n)):
			rename(n, level)
			n.Attr = nil
			onlyWords(n)
			if list != nil {
				lists = append(lists, list)
			}
			return
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c, list)
		}
	}
	walk(main, nil)
	for _, list := range lists {
		if list.DataAtom == atom.Div {
			continue
		}
		rename(list, atom.Div)
		for c := list.FirstChild; c != nil; c = c.NextSibling {
			if c.DataAtom == atom.Li {
				rename(c, atom.Div)
			}
		}
	}
}

// dropAnchors takes the links to itself out of a heading, which are a mark alone.
func dropAnchors(heading *html.Node) {
	for c := heading.FirstChild; c != nil; {
		next := c.NextSibling
		if c.DataAtom == atom.A && strings.Trim(words(c), "¶#§🔗 ") == "" && findBelow(c, func(n *html.Node) bool { return n.DataAtom == atom.Img }) == nil {
			heading.RemoveChild(c)
		}
		c = next
	}
}

// unfolds tells what opens and closes a text elsewhere, as WAI-ARIA and the
// usual frameworks mark it.
func unfolds(n *html.Node) bool {
	return n.Type == html.ElementNode && (hasAttr(n, "aria-controls") && hasAttr(n, "aria-expanded") ||
		attr(n, "data-toggle") == "collapse" || attr(n, "data-bs-toggle") == "collapse")
}

func isBold(n *html.Node) bool { return n.DataAtom == atom.B || n.DataAtom == atom.Strong }

// onlyWords makes words of all elements in a heading.
func onlyWords(heading *html.Node) {
	text := words(heading)
	for c := heading.FirstChild; c != nil; c = heading.FirstChild {
		heading.RemoveChild(c)
	}
	heading.AppendChild(&html.Node{Type: html.TextNode, Data: text})
}

func deeper(a atom.Atom) atom.Atom {
	switch a {
	case atom.H1:
		return atom.H2
	case atom.H2:
		return atom.H3
	case atom.H3:
		return atom.H4
	case atom.H4:
		return atom.H5
	}
	return atom.H6
}

// in tells whether an element stands inside of one of a kind.
func in(n *html.Node, kind atom.Atom) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		if p.DataAtom == kind {
			return true
		}
	}
	return false
}

func findBelow(n *html.Node, fits func(*html.Node) bool) *html.Node {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if found := find(c, fits); found != nil {
			return found
		}
	}
	return nil
}
