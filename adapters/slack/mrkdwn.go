package slack

import (
	"strconv"
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
	// maxMarkdown bounds what is translated, in bytes; more is shown as it is.
	maxMarkdown = 256 << 10
	// maxDepth bounds how deep blocks are laid out within blocks.
	maxDepth = 20
	// apart keeps characters from being read as markup, and is not seen.
	apart = "\u200b"
)

var parse = sync.OnceValue(func() parser.Parser {
	return goldmark.New(goldmark.WithExtensions(
		extension.Table, extension.Strikethrough, extension.TaskList, extension.Linkify)).Parser()
})

// mrkdwn translates Markdown (CommonMark with tables, strikethrough and task lists)
// into Slack's own markup (https://docs.slack.dev/messaging/formatting-message-text).
// Nothing in it notifies anybody: all that could be a mention is only text.
//
// It is our own since what exists for that (eritikass/githubmarkdownconvertergo)
// works by regular expressions, which code and nested lists defeat; the parsing
// is goldmark's.
func mrkdwn(source string) string {
	source = strings.ToValidUTF8(strings.ReplaceAll(source, "\x00", ""), "�")
	if len(source) > maxMarkdown {
		return escape(source)
	}
	p := page{source: []byte(source)}
	return strings.Join(p.blocks(parse().Parse(text.NewReader(p.source)), 0), "\n")
}

// A page is one text being translated.
type page struct{ source []byte }

// blocks gives the lines of the blocks inside a node, an empty one between them.
func (p page) blocks(parent ast.Node, depth int) []string {
	if depth > maxDepth {
		return []string{"…"}
	}
	var lines []string
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		block := p.block(n, depth+1)
		if len(lines) > 0 && len(block) > 0 && !tight(n) {
			lines = append(lines, "")
		}
		lines = append(lines, block...)
	}
	return lines
}

// tight says whether a block follows the one before without an empty line.
func tight(n ast.Node) bool {
	if n.Kind() == ast.KindTextBlock || n.PreviousSibling() != nil && n.PreviousSibling().Kind() == ast.KindTextBlock {
		return true
	}
	l, ok := n.Parent().(*ast.List)
	return ok && l.IsTight
}

func (p page) block(n ast.Node, depth int) []string {
	switch n := n.(type) {
	case *ast.Heading:
		w := &writer{page: p, bold: 1}
		w.inline(n)
		if strings.TrimSpace(w.String()) == "" {
			return nil
		}
		return []string{"*" + strings.ReplaceAll(w.String(), "\n", " ") + "*"}
	case *ast.Paragraph, *ast.TextBlock:
		w := &writer{page: p}
		w.inline(n)
		return strings.Split(w.String(), "\n")
	case *ast.List:
		return p.list(n, depth)
	case *ast.Blockquote:
		return prefixed(p.blocks(n, depth), "> ", "> ")
	case *ast.FencedCodeBlock, *ast.CodeBlock:
		return fence(p.lines(n))
	case *ast.HTMLBlock:
		lines := p.lines(n)
		if n.HasClosure() {
			lines = append(lines, strings.TrimRight(string(n.ClosureLine.Value(p.source)), "\r\n"))
		}
		for i := range lines {
			lines[i] = plain(lines[i])
		}
		return lines
	case *ast.ThematicBreak:
		return []string{strings.Repeat("─", 20)}
	case *east.Table:
		return p.table(n)
	}
	return p.blocks(n, depth)
}

func (p page) list(l *ast.List, depth int) []string {
	var lines []string
	number := l.Start
	for item := l.FirstChild(); item != nil; item = item.NextSibling() {
		mark := "• "
		if l.IsOrdered() {
			mark = strconv.Itoa(number) + ". "
			number++
		} else if depth > 2 {
			mark = "◦ "
		}
		block := p.blocks(item, depth+1)
		if len(block) == 0 {
			block = []string{""}
		}
		if !l.IsTight && len(lines) > 0 {
			lines = append(lines, "")
		}
		lines = append(lines, prefixed(block, mark, "    ")...)
	}
	return lines
}

// lines gives the raw lines of a block.
func (p page) lines(n ast.Node) []string {
	var lines []string
	for i := range n.Lines().Len() {
		at := n.Lines().At(i)
		lines = append(lines, strings.TrimRight(string(at.Value(p.source)), "\r\n"))
	}
	return lines
}

// fence gives lines as a block of code, which cannot be left from inside.
func fence(lines []string) []string {
	out := []string{"```"}
	for _, line := range lines {
		out = append(out, escape(strings.ReplaceAll(strings.ReplaceAll(line, "\t", "    "), "```", "`"+apart+"`"+apart+"`")))
	}
	return append(out, "```")
}

// table lays a table out in a block of code: Slack has none in its markup.
func (p page) table(t *east.Table) []string {
	var rows [][]string
	var widths []int
	for row := t.FirstChild(); row != nil; row = row.NextSibling() {
		var cells []string
		for cell := row.FirstChild(); cell != nil; cell = cell.NextSibling() {
			var b strings.Builder
			p.words(cell, &b)
			c := strings.Join(strings.Fields(b.String()), " ")
			if i := len(cells); i < len(widths) {
				widths[i] = max(widths[i], runewidth.StringWidth(c))
			} else {
				widths = append(widths, runewidth.StringWidth(c))
			}
			cells = append(cells, c)
		}
		rows = append(rows, cells)
	}
	var lines []string
	for i, cells := range rows {
		var b strings.Builder
		for j, c := range cells {
			if j > 0 {
				b.WriteString(" | ")
			}
			gap := strings.Repeat(" ", widths[j]-runewidth.StringWidth(c))
			if j < len(t.Alignments) && t.Alignments[j] == east.AlignRight {
				c = gap + c
			} else if j < len(cells)-1 {
				c += gap
			}
			b.WriteString(c)
		}
		lines = append(lines, b.String())
		if i == 0 {
			var rule []string
			for _, w := range widths {
				rule = append(rule, strings.Repeat("-", max(w, 1)))
			}
			lines = append(lines, strings.Join(rule, "-|-"))
		}
	}
	return fence(lines)
}

// words gives the bare words of a node.
func (p page) words(n ast.Node, b *strings.Builder) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			b.WriteString(unescaped(c.Segment.Value(p.source)))
			if c.SoftLineBreak() || c.HardLineBreak() {
				b.WriteByte(' ')
			}
		case *ast.String:
			b.Write(c.Value)
		case *ast.AutoLink:
			b.Write(c.Label(p.source))
		default:
			p.words(c, b)
		}
	}
}

// prefixed puts one mark before the first line, and another before the rest.
func prefixed(lines []string, first, rest string) []string {
	out := make([]string, len(lines))
	for i, line := range lines {
		mark := rest
		if i == 0 {
			mark = first
		}
		out[i] = strings.TrimRight(mark+line, " ")
	}
	return out
}
