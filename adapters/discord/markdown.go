package discord

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

const (
	// maxMarkdown bounds what is translated, in bytes.
	maxMarkdown = 64 << 10
	// maxNested bounds how deep blocks lie in each other.
	maxNested = 20
	// maxTable is the width of a table, in columns, beyond which a table is shown
	// as a list: lines of a code block break on a telephone.
	maxTable = 80
)

var parse = sync.OnceValue(func() parser.Parser {
	return goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough, extension.TaskList, extension.Linkify)).Parser()
})

// toDiscord translates Markdown (CommonMark with tables, strikethrough and task
// lists) to that of Discord: it knows no tables, images and HTML, takes two
// underscores for underlining, and has three sizes of heading. What would mention
// somebody is made plain.
func toDiscord(markdown string) string {
	if len(markdown) > maxMarkdown {
		markdown = strings.ToValidUTF8(markdown[:maxMarkdown], "")
	}
	p := page{source: []byte(markdown)}
	return strings.TrimSpace(strings.Join(p.blocks(parse().Parse(text.NewReader(p.source)), 0), "\n"))
}

// A page is one text being translated.
type page struct{ source []byte }

// blocks gives the lines of the blocks inside a node.
func (p page) blocks(parent ast.Node, depth int) []string {
	var lines []string
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		block := p.block(n, depth)
		if len(lines) > 0 && len(block) > 0 && !tight(parent) && n.PreviousSibling().Kind() != ast.KindHeading {
			lines = append(lines, "")
		}
		lines = append(lines, block...)
	}
	return lines
}

// tight says whether the blocks of a node follow each other without a line between.
func tight(n ast.Node) bool {
	if l, ok := n.(*ast.List); ok {
		return l.IsTight
	}
	if l, ok := n.Parent().(*ast.List); ok {
		return l.IsTight
	}
	return false
}

func (p page) block(n ast.Node, depth int) []string {
	if depth > maxNested {
		return nil
	}
	switch n := n.(type) {
	case *ast.Heading:
		line := strings.ReplaceAll(p.inline(n), "\n", " ")
		return []string{strings.Repeat("#", min(n.Level, 3)) + " " + line}
	case *ast.ThematicBreak:
		return []string{"───────"}
	case *ast.FencedCodeBlock:
		return fenced(string(n.Language(p.source)), p.raw(n))
	case *ast.CodeBlock:
		return fenced("", p.raw(n))
	case *ast.HTMLBlock:
		return []string{plain(strings.TrimSpace(strings.Join(p.raw(n), "\n")))}
	case *ast.Blockquote:
		lines := p.blocks(n, depth+1)
		for i := range lines {
			lines[i] = "> " + lines[i]
		}
		return lines
	case *ast.List:
		return p.list(n, depth)
	case *east.Table:
		return p.table(n)
	}
	if n.HasChildren() && n.FirstChild().Type() == ast.TypeBlock {
		return p.blocks(n, depth+1)
	}
	return strings.Split(guardStart(p.inline(n)), "\n")
}

// raw gives the lines of a code or HTML block.
func (p page) raw(n ast.Node) []string {
	var lines []string
	for i := range n.Lines().Len() {
		line := n.Lines().At(i)
		lines = append(lines, strings.TrimRight(string(line.Value(p.source)), "\r\n"))
	}
	if h, ok := n.(*ast.HTMLBlock); ok && h.HasClosure() {
		lines = append(lines, strings.TrimRight(string(h.ClosureLine.Value(p.source)), "\r\n"))
	}
	return lines
}

var language = regexp.MustCompile(`^[A-Za-z0-9+#.-]{1,20}$`)

// fenced gives a block of code. Discord ends it at three backticks, whatever the
// length of the fence.
func fenced(lang string, lines []string) []string {
	if !language.MatchString(lang) {
		lang = ""
	}
	out := []string{"```" + lang}
	for _, l := range lines {
		out = append(out, strings.ReplaceAll(l, "```", "`\u200b`\u200b`"))
	}
	return append(out, "```")
}

func (p page) list(l *ast.List, depth int) []string {
	var lines []string
	number := l.Start
	for item := l.FirstChild(); item != nil; item = item.NextSibling() {
		mark := "- "
		if l.IsOrdered() {
			mark = fmt.Sprintf("%d. ", number)
			number++
		}
		pad := strings.Repeat(" ", len(mark))
		block := p.blocks(item, depth+1)
		if len(block) == 0 {
			block = []string{""}
		}
		for i, line := range block {
			switch {
			case i == 0:
				lines = append(lines, mark+line)
			case line == "":
				lines = append(lines, "")
			default:
				lines = append(lines, pad+line)
			}
		}
		if !l.IsTight && item.NextSibling() != nil {
			lines = append(lines, "")
		}
	}
	return lines
}

// table gives a table as code, or as a list where it is too wide for that.
func (p page) table(t *east.Table) []string {
	var rows [][]string
	for r := t.FirstChild(); r != nil; r = r.NextSibling() {
		var row []string
		for c := r.FirstChild(); c != nil; c = c.NextSibling() {
			row = append(row, strings.ReplaceAll(p.words(c), "\n", " "))
		}
		rows = append(rows, row)
	}
	var widths []int
	total := 0
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], runewidth.StringWidth(cell))
		}
	}
	for _, w := range widths {
		total += w + 2
	}
	if total > maxTable {
		return listed(rows)
	}
	var lines []string
	for i, row := range rows {
		var b strings.Builder
		for j, cell := range row {
			b.WriteString(cell + strings.Repeat(" ", widths[j]-runewidth.StringWidth(cell)+2))
		}
		lines = append(lines, strings.TrimRight(b.String(), " "))
		if i == 0 {
			for j := range widths {
				widths[j] = max(widths[j], 1)
			}
			rule := make([]string, len(widths))
			for j, w := range widths {
				rule[j] = strings.Repeat("─", w)
			}
			lines = append(lines, strings.Join(rule, "  "))
		}
	}
	return fenced("", lines)
}

// listed gives the rows of a table as a list, each cell with its heading.
func listed(rows [][]string) []string {
	var lines []string
	for _, row := range rows[min(1, len(rows)):] {
		var parts []string
		for i, cell := range row {
			if cell == "" {
				continue
			}
			if i < len(rows[0]) && rows[0][i] != "" {
				cell = "**" + escape(rows[0][i]) + "** " + escape(cell)
			} else {
				cell = escape(cell)
			}
			parts = append(parts, cell)
		}
		lines = append(lines, "- "+strings.Join(parts, " · "))
	}
	return lines
}

// words gives the text of a node without any markup.
func (p page) words(n ast.Node) string {
	var b strings.Builder
	_ = ast.Walk(n, func(c ast.Node, entering bool) (ast.WalkStatus, error) { // none of it fails
		if !entering {
			return ast.WalkContinue, nil
		}
		switch c := c.(type) {
		case *ast.Text:
			b.WriteString(unescape(string(c.Segment.Value(p.source))))
			if c.SoftLineBreak() || c.HardLineBreak() {
				b.WriteByte(' ')
			}
		case *ast.String:
			b.Write(c.Value)
		case *ast.AutoLink:
			b.Write(c.URL(p.source))
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}

// inline gives the inside of a block in Discord's markup.
func (p page) inline(parent ast.Node) string {
	var b strings.Builder
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Text:
			b.WriteString(escape(unescape(string(n.Segment.Value(p.source)))))
			if n.HardLineBreak() || n.SoftLineBreak() {
				b.WriteByte('\n')
			}
		case *ast.String:
			b.WriteString(escape(string(n.Value)))
		case *ast.CodeSpan:
			b.WriteString(span(p.code(n)))
		case *ast.Emphasis:
			mark := strings.Repeat("*", n.Level)
			b.WriteString(mark + p.inline(n) + mark)
		case *east.Strikethrough:
			b.WriteString("~~" + p.inline(n) + "~~")
		case *ast.Link:
			b.WriteString(link(p.inline(n), p.words(n), string(n.Destination)))
		case *ast.Image:
			alt := p.words(n)
			if alt == "" {
				alt = "image"
			}
			b.WriteString(link(escape(alt), alt, string(n.Destination)))
		case *ast.AutoLink:
			b.WriteString(address(string(n.Label(p.source))))
		case *ast.RawHTML:
			for i := range n.Segments.Len() {
				part := n.Segments.At(i)
				b.WriteString(tag(string(part.Value(p.source))))
			}
		case *east.TaskCheckBox:
			if n.IsChecked {
				b.WriteString("☑ ")
			} else {
				b.WriteString("☐ ")
			}
		default:
			b.WriteString(p.inline(n))
		}
	}
	return b.String()
}

// tag gives what HTML inside a line is shown as: a line break is one.
func tag(html string) string {
	switch strings.ToLower(strings.ReplaceAll(html, " ", "")) {
	case "<br>", "<br/>":
		return "\n"
	}
	return plain(html)
}

// code gives the text of a span of code.
func (p page) code(n *ast.CodeSpan) string {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if t, ok := c.(*ast.Text); ok {
			b.Write(t.Segment.Value(p.source))
		}
	}
	return strings.ReplaceAll(b.String(), "\n", " ")
}

// span gives code inside a line.
func span(code string) string {
	if strings.Contains(code, "`") {
		if strings.Contains(code, "``") {
			code = strings.ReplaceAll(code, "``", "`\u200b`")
		}
		return "`` " + code + " ``"
	}
	if code == "" {
		return ""
	}
	return "`" + code + "`"
}

// link gives a link with a text. Discord takes a text that looks like another
// address for a trick and shows neither; so do we.
func link(label, words, to string) string {
	if !strings.HasPrefix(to, "https://") && !strings.HasPrefix(to, "http://") {
		return label // a link within a page, a mail: it leads nowhere from here
	}
	to = encode(to)
	if strings.Contains(words, "://") || strings.TrimSpace(label) == "" {
		return to
	}
	return "[" + label + "](" + to + ")"
}

// encode makes an address one that ends where it should.
func encode(url string) string {
	var b strings.Builder
	for i, r := range url {
		switch {
		case r <= ' ' || r == utf8.RuneError || strings.ContainsRune("()<>|`\\\"", r):
			for _, c := range []byte(string(r)) {
				fmt.Fprintf(&b, "%%%02X", c)
			}
		case r == '@' && callsAll(url[i+1:]):
			b.WriteString("%40")
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// address gives a bare address.
func address(url string) string {
	if strings.HasPrefix(url, "http://") || strings.HasPrefix(url, "https://") {
		return encode(url)
	}
	return escape(url)
}
