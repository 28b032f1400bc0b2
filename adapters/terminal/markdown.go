package terminal

import (
	"fmt"
	"strings"
	"sync"

	"github.com/mattn/go-runewidth"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

const (
	// maxMarkdown bounds what is laid out, in bytes; more is shown as it is.
	maxMarkdown = 256 << 10
	// minWidth is the narrowest that a nested block becomes, in columns.
	minWidth = 20
)

// parse is made when it is first needed: a program that prints no Markdown
// should not wait for it.
var parse = sync.OnceValue(func() parser.Parser {
	return goldmark.New(goldmark.WithExtensions(
		extension.Table, extension.Strikethrough, extension.TaskList)).Parser()
})

// markdown lays Markdown (CommonMark with tables, strikethrough and task lists)
// out for a device, in lines of at most width columns where that is possible.
// Code and tables are not broken. The text ends without a newline.
//
// It is our own because what draws Markdown on terminals (charmbracelet/glamour)
// takes 20 ms and 11 MB when a program starts, whether it is used or not, and
// lets control characters through; the parsing is goldmark's.
func markdown(source string, d device, width int) string {
	source = strings.ReplaceAll(clean(source), "\t", "    ")
	if len(source) > maxMarkdown {
		return source
	}
	m := page{source: []byte(source), device: d}
	return strings.Join(m.blocks(parse().Parse(text.NewReader(m.source)), max(width, minWidth)), "\n")
}

// A page is one text being laid out.
type page struct {
	source []byte
	device device
}

// blocks lays out the blocks inside a node, an empty line between them.
func (m page) blocks(parent ast.Node, width int) []string {
	var lines []string
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		block := m.block(n, max(width, minWidth))
		if len(lines) > 0 && len(block) > 0 && n.Kind() != ast.KindTextBlock && !isTightList(parent) {
			if n.PreviousSibling().Kind() != ast.KindTextBlock {
				lines = append(lines, "")
			}
		}
		lines = append(lines, block...)
	}
	return lines
}

func isTightList(n ast.Node) bool {
	l, ok := n.(*ast.List)
	return ok && l.IsTight
}

func (m page) block(n ast.Node, width int) []string {
	switch n := n.(type) {
	case *ast.Heading:
		return m.device.wrap(m.inline(n, bold|accent), width)
	case *ast.Paragraph, *ast.TextBlock:
		return m.device.wrap(m.inline(n, 0), width)
	case *ast.List:
		return m.list(n, width)
	case *ast.Blockquote:
		return indent(m.blocks(n, width-2), m.device.paint("│", dim)+" ", m.device.paint("│", dim)+" ")
	case *ast.FencedCodeBlock, *ast.CodeBlock:
		return m.code(n, code)
	case *ast.HTMLBlock:
		lines := m.code(n, dim)
		if n.HasClosure() {
			lines = append(lines, m.device.paint("    "+trimmed(n.ClosureLine.Value(m.source)), dim))
		}
		return lines
	case *ast.ThematicBreak:
		return []string{m.device.paint(strings.Repeat("─", min(width, 40)), dim)}
	case *east.Table:
		return m.table(n)
	}
	return m.blocks(n, width)
}

func (m page) list(l *ast.List, width int) []string {
	var lines []string
	number := l.Start
	for item := l.FirstChild(); item != nil; item = item.NextSibling() {
		mark := "• "
		if l.IsOrdered() {
			mark = fmt.Sprintf("%d%c ", number, l.Marker)
			number++
		}
		if !l.IsTight && len(lines) > 0 {
			lines = append(lines, "")
		}
		in := runewidth.StringWidth(mark)
		block := m.blocks(item, width-in)
		if len(block) == 0 {
			block = []string{""}
		}
		lines = append(lines, indent(block, m.device.paint(mark, accent), strings.Repeat(" ", in))...)
	}
	return lines
}

// code shows the lines of a block as they are.
func (m page) code(n ast.Node, s style) []string {
	lines := make([]string, n.Lines().Len())
	for i := range lines {
		segment := n.Lines().At(i)
		lines[i] = "    " + m.device.paint(trimmed(segment.Value(m.source)), s)
	}
	return lines
}

func trimmed(line []byte) string { return strings.TrimRight(string(line), "\n ") }

// table shows a table in aligned columns.
func (m page) table(t *east.Table) []string {
	var rows [][][]span
	var widths []int
	for r := t.FirstChild(); r != nil; r = r.NextSibling() {
		var row [][]span
		for c := r.FirstChild(); c != nil; c = c.NextSibling() {
			s := style(0)
			if r.Kind() == east.KindTableHeader {
				s = bold
			}
			cell := m.inline(c, s)
			for i, s := range cell {
				if s.text == "\n" {
					cell[i].text = " "
				}
			}
			if len(row) == len(widths) {
				widths = append(widths, 0)
			}
			widths[len(row)] = max(widths[len(row)], spansWidth(cell))
			row = append(row, cell)
		}
		rows = append(rows, row)
	}
	var lines []string
	for i, row := range rows {
		var b strings.Builder
		for c, cell := range row {
			if c > 0 {
				b.WriteString(m.device.paint(" │ ", dim))
			}
			gap := strings.Repeat(" ", widths[c]-spansWidth(cell))
			right := c < len(t.Alignments) && t.Alignments[c] == east.AlignRight
			if right {
				b.WriteString(gap)
			}
			for _, s := range cell {
				b.WriteString(m.device.paint(s.text, s.style))
			}
			if !right && c < len(row)-1 {
				b.WriteString(gap)
			}
		}
		lines = append(lines, b.String())
		if i == 0 {
			rules := make([]string, len(widths))
			for c, w := range widths {
				rules[c] = strings.Repeat("─", w)
			}
			lines = append(lines, m.device.paint(strings.Join(rules, "─┼─"), dim))
		}
	}
	return lines
}

func spansWidth(spans []span) int {
	n := 0
	for _, s := range spans {
		n += runewidth.StringWidth(s.text)
	}
	return n
}

// indent puts first before the first line and rest before the others.
func indent(lines []string, first, rest string) []string {
	for i := range lines {
		if i == 0 {
			lines[i] = first + lines[i]
		} else if lines[i] != "" || strings.TrimSpace(rest) != "" {
			lines[i] = rest + lines[i]
		}
	}
	return lines
}
