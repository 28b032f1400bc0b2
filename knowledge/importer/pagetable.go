package importer

import (
	"fmt"
	"slices"

	"frontdesk/knowledge"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// tabled gives the tables of a page or a document that may hold questions: those
// whose first row names a column of questions and one of answers, and those of two
// columns without such names, of which it has yet to be seen. One that holds another
// table is the layout of a page.
func (t *taker) tabled(main *html.Node, at knowledge.Pos) (named, plain [][]pair, err error) {
	for n := range main.Descendants() {
		if n.DataAtom != atom.Table || findBelow(n, func(in *html.Node) bool { return in.DataAtom == atom.Table }) != nil {
			continue
		}
		rows := cellsOf(n)
		if len(rows) < 2 {
			continue
		}
		var names []string
		for _, cell := range rows[0] {
			names = append(names, words(cell))
		}
		c, ok := byNames(names)
		if !ok {
			if pairs := twoColumns(n, rows); pairs != nil {
				plain = append(plain, pairs)
			}
			continue
		}
		for i, name := range names {
			if kind := kindByName(name); kind == asID || slices.Contains(c.of[kind], i) || name == "" {
				continue
			}
			if err := t.found.leave(at, fmt.Sprintf("the column %q of a table", shown(name)), "it is not known what it holds"); err != nil {
				return nil, nil, err
			}
		}
		if pairs := namedColumns(n, rows[1:], &c); len(pairs) > 0 {
			named = append(named, pairs)
		}
	}
	return named, plain, nil
}

// cellsOf gives the cells of the rows of a table that have any.
func cellsOf(table *html.Node) (rows [][]*html.Node) {
	for n := range table.Descendants() {
		if n.DataAtom != atom.Tr {
			continue
		}
		var cells []*html.Node
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if c.DataAtom == atom.Td || c.DataAtom == atom.Th {
				cells = append(cells, c)
			}
		}
		if len(cells) > 0 {
			rows = append(rows, cells)
		}
	}
	return rows
}

// namedColumns gives the rows that have a question and an answer.
func namedColumns(table *html.Node, rows [][]*html.Node, c *columns) (out []pair) {
	for _, r := range rows {
		text := func(i int) string {
			if i >= len(r) {
				return ""
			}
			return words(r[i])
		}
		answer := c.one(asAnswer)
		if text(c.one(asQuestion)) == "" || text(answer) == "" {
			return nil // Cells that are one with others: it is left as it stands.
		}
		p := pair{question: text(c.one(asQuestion)), answer: insideOf(r[answer])}
		for _, i := range c.of[asAlternatives] {
			p.others = append(p.others, splitList(text(i), separator([]string{text(i)}, "|", ";"))...)
		}
		for _, i := range c.of[asTags] {
			if tag := text(i); tag != "" {
				p.tags = append(p.tags, tag)
			}
		}
		out = append(out, p)
	}
	if len(out) > 0 {
		out[len(out)-1].whole = []*html.Node{table}
	}
	return out
}

// twoColumns gives the rows of a table that has two cells in each.
func twoColumns(table *html.Node, rows [][]*html.Node) (out []pair) {
	for _, r := range rows {
		if len(r) != 2 || words(r[0]) == "" || words(r[1]) == "" {
			return nil
		}
		out = append(out, pair{question: words(r[0]), answer: insideOf(r[1])})
	}
	out[len(out)-1].whole = []*html.Node{table}
	return out
}

// insideOf gives what stands in a cell.
func insideOf(cell *html.Node) (nodes []*html.Node) {
	for c := cell.FirstChild; c != nil; c = c.NextSibling {
		nodes = append(nodes, c)
	}
	return nodes
}
