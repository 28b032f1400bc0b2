package slack

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
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

// A writer writes the inline parts of one block.
type writer struct {
	strings.Builder
	page
	bold, italic, strike int // how deep we are in each
	link                 int
}

// mark writes a sign of markup, apart from a letter before or after it, with
// which Slack would not take it for one.
func (w *writer) mark(sign string, n ast.Node) {
	last, _ := utf8.DecodeLastRuneInString(w.String())
	if w.Len() > 0 && (unicode.IsLetter(last) || unicode.IsDigit(last)) {
		w.WriteString(apart)
	}
	w.WriteString(sign)
	w.inline(n)
	w.WriteString(sign)
	if next := w.after(n); unicode.IsLetter(next) || unicode.IsDigit(next) {
		w.WriteString(apart)
	}
}

// after gives the character that follows a node, where that is plain.
func (w *writer) after(n ast.Node) rune {
	if t, ok := n.NextSibling().(*ast.Text); ok {
		r, _ := utf8.DecodeRune(t.Segment.Value(w.source))
		return r
	}
	return ' '
}

func (w *writer) inline(parent ast.Node) {
	for at := parent.FirstChild(); at != nil; at = at.NextSibling() {
		switch n := at.(type) {
		case *ast.Text:
			// The parser cuts texts at signs that might have been markup.
			words := slices.Clone(n.Segment.Value(w.source))
			for !n.HardLineBreak() && !n.SoftLineBreak() {
				next, ok := n.NextSibling().(*ast.Text)
				if !ok {
					break
				}
				words = append(words, next.Segment.Value(w.source)...)
				n = next
			}
			w.WriteString(plain(unescaped(words)))
			if n.HardLineBreak() || n.SoftLineBreak() {
				w.WriteByte('\n')
			}
			at = n
		case *ast.String:
			w.WriteString(plain(string(n.Value)))
		case *ast.CodeSpan:
			w.code(n)
		case *ast.Emphasis:
			w.emphasis(n)
		case *east.Strikethrough:
			w.strike++
			if w.strike == 1 {
				w.mark("~", n)
			} else {
				w.inline(n)
			}
			w.strike--
		case *ast.Link:
			w.anchor(string(n.Destination), n)
		case *ast.Image:
			w.anchor(string(n.Destination), n)
		case *ast.AutoLink:
			u := string(n.URL(w.source))
			if n.AutoLinkType == ast.AutoLinkEmail && !strings.HasPrefix(u, "mailto:") {
				u = "mailto:" + u
			}
			label := string(n.Label(w.source))
			if label == u {
				label = ""
			}
			w.linkTo(u, plain(label))
		case *ast.RawHTML:
			raw := string(n.Segments.Value(w.source))
			if lineBreak.MatchString(raw) {
				w.WriteByte('\n')
			} else {
				w.WriteString(plain(raw))
			}
		case *east.TaskCheckBox:
			if n.IsChecked {
				w.WriteString("☑ ")
			} else {
				w.WriteString("☐ ")
			}
		default:
			w.inline(n)
		}
	}
}

var lineBreak = regexp.MustCompile(`(?i)^<br\s*/?>$`)

func (w *writer) emphasis(n *ast.Emphasis) {
	sign, deep := "_", &w.italic
	if n.Level == 2 {
		sign, deep = "*", &w.bold
	}
	*deep++
	if *deep == 1 {
		w.mark(sign, n)
	} else {
		w.inline(n)
	}
	*deep--
}

// code writes a span of code. There is no way to write a backtick in one.
func (w *writer) code(n *ast.CodeSpan) {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if t, ok := c.(*ast.Text); ok {
			b.Write(t.Segment.Value(w.source))
		}
	}
	words := strings.ReplaceAll(strings.ReplaceAll(b.String(), "\n", " "), "`", "ˋ")
	if strings.TrimSpace(words) == "" {
		w.WriteString(words)
		return
	}
	last, _ := utf8.DecodeLastRuneInString(w.String())
	if w.Len() > 0 && (unicode.IsLetter(last) || unicode.IsDigit(last)) {
		w.WriteString(apart)
	}
	w.WriteString("`" + escape(words) + "`")
	if next := w.after(n); unicode.IsLetter(next) || unicode.IsDigit(next) {
		w.WriteString(apart)
	}
}

// anchor writes a link, or an image, which becomes a link with its description.
func (w *writer) anchor(to string, n ast.Node) {
	label := &writer{page: w.page, bold: w.bold, italic: w.italic, strike: w.strike, link: w.link + 1}
	label.inline(n)
	w.linkTo(unescaped([]byte(to)), strings.ReplaceAll(label.String(), "\n", " "))
}

// linkTo writes a link to what people may be sent to; of others only the label.
func (w *writer) linkTo(to, label string) {
	target, ok := linkable(to)
	switch {
	case w.link > 0, !ok && label != "":
		w.WriteString(label)
	case !ok:
		w.WriteString(plain(to))
	case strings.TrimSpace(label) == "":
		w.WriteString("<" + target + ">")
	default:
		// A bar would end the target, but is harmless in the label.
		w.WriteString("<" + target + "|" + label + ">")
	}
}

// linkable gives a URL in a form that stands in Slack's markup.
func linkable(to string) (string, bool) {
	u, err := url.Parse(strings.TrimSpace(to))
	if err != nil {
		return "", false
	}
	switch strings.ToLower(u.Scheme) {
	case "http", "https":
		if u.Host == "" {
			return "", false
		}
	case "mailto", "tel":
	default:
		return "", false
	}
	return strings.NewReplacer("&", "&amp;", "<", "%3C", ">", "%3E", "|", "%7C", " ", "%20", "\n", "", "\r", "").Replace(u.String()), true
}

// unescaped takes the backslashes and references of Markdown out of a text
// (CommonMark 0.31, sections 2.4 and 2.5). What was escaped begins no reference.
func unescaped(value []byte) string {
	var out []byte
	from := 0
	for i := 0; i+1 < len(value); i++ {
		if value[i] == '\\' && util.IsPunct(value[i+1]) {
			out = append(append(out, references(value[from:i])...), value[i+1])
			i++
			from = i + 1
		}
	}
	return string(append(out, references(value[from:])...))
}

func references(value []byte) []byte {
	return util.ResolveEntityNames(util.ResolveNumericReferences(value))
}

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// escape has a text stand for itself, with the three signs that control Slack's
// markup.
func escape(s string) string { return escaper.Replace(s) }

var broadcast = regexp.MustCompile(`(?i)@(here|channel|everyone|group)`)

// plain has a text stand for itself where markup would be read: signs that could
// be taken for markup, and names that notify everybody, are kept from it.
func plain(s string) string {
	s = literal(broadcast.ReplaceAllString(escape(s), "@"+apart+"$1"))
	if strings.HasPrefix(s, "&gt;") {
		s = apart + s
	}
	return s
}

// literal sets signs apart that would be taken for markup: those at the edge of a
// word. Within words, as in a name of a file, they are left alone, so that the
// name can be copied.
func literal(s string) string {
	if !strings.ContainsAny(s, "*_~`") {
		return s
	}
	var b strings.Builder
	wordy := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	last := ' '
	for i, r := range s {
		next, _ := utf8.DecodeRuneInString(s[i+utf8.RuneLen(r):])
		alone := unicode.IsSpace(last) && unicode.IsSpace(next)
		if strings.ContainsRune("*_~`", r) && !alone && !(wordy(last) && wordy(next)) {
			b.WriteString(apart + string(r) + apart)
		} else {
			b.WriteRune(r)
		}
		last = r
	}
	return b.String()
}

// length is how long Slack takes a text to be, at most: in UTF-16 code units.
func length(s string) int {
	n := 0
	for _, r := range s {
		if n++; r > 0xFFFF {
			n++
		}
	}
	return n
}

// clip cuts a text after at most n of Slack's characters.
func clip(s string, n int) string {
	if len(s) <= n || length(s) <= n {
		return s
	}
	used := 0
	for i, r := range s {
		w := 1
		if r > 0xFFFF {
			w = 2
		}
		if used+w > n-1 {
			return s[:i] + "…"
		}
		used += w
	}
	return s
}
