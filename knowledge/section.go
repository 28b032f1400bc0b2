package knowledge

import (
	"bytes"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// passageSize is how many bytes of Markdown a passage has at most, where there
// is a border of paragraphs to cut at.
const passageSize = 1500

// blockParser finds the blocks of a Markdown file without looking into them,
// in time that grows with the file's size. It takes the targets of links for
// paragraphs, because finding them takes goldmark time that grows with the
// square of their number.
var blockParser = parser.NewParser(
	parser.WithBlockParsers(parser.DefaultBlockParsers()...),
	parser.WithParagraphTransformers(util.Prioritized(extension.NewTableParagraphTransformer(), 200)),
)

// linkTarget matches a line that says where a link leads: "[name]: address".
var linkTarget = regexp.MustCompile(`^ {0,3}\[[^\]]+\]:[ \t]*\S`)

// inlineParser reads a heading or a paragraph, for its plain text. It knows no
// other blocks: the heading "1. Start" is no list.
var inlineParser = parser.NewParser(
	parser.WithBlockParsers(util.Prioritized(parser.NewParagraphParser(), 1000)),
	parser.WithInlineParsers(parser.DefaultInlineParsers()...),
)

// A section is a heading with the blocks below it, up to the next heading.
type section struct {
	level   int // 1 to 6; 0 for what stands before the first heading
	heading string
	start   int // of the heading
	blocks  []block
}

// A block is a piece of Markdown between which a section may be cut.
type block struct {
	start, end int
	prose      bool // a paragraph, which may be cut inside
	silent     bool // nothing that is seen: the target of a link, a comment
}

// cutSections cuts a Markdown file at the headings that stand at its top
// level: not those in quotations, and no # lines inside of code.
func cutSections(source []byte) []section {
	doc := blockParser.Parse(text.NewReader(source))
	sections := []section{{}}
	var starts []int // of all blocks and headings, for their ends
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		at := lineStart(source, n.Pos())
		last := &sections[len(sections)-1]
		if h, ok := n.(*ast.Heading); ok {
			starts = append(starts, at)
			sections = append(sections, section{level: h.Level, heading: headingText(h, source), start: at})
			continue
		}
		for _, b := range blocksOf(n, source, at) {
			starts = append(starts, b.start)
			last.blocks = append(last.blocks, b)
		}
	}
	// A block ends where the next thing begins, so nothing between is lost.
	next := 0
	for i := range sections {
		if sections[i].level > 0 {
			next++
		}
		for j := range sections[i].blocks {
			next++
			sections[i].blocks[j].end = len(source)
			if next < len(starts) {
				sections[i].blocks[j].end = starts[next]
			}
		}
	}
	return sections
}

// blocksOf gives a block; a list longer than a passage is taken apart into its
// items.
func blocksOf(n ast.Node, source []byte, at int) []block {
	end := len(source)
	if next := n.NextSibling(); next != nil {
		end = lineStart(source, next.Pos())
	}
	if _, ok := n.(*ast.List); !ok || end-at <= passageSize {
		silent := isSilent(n, source)
		return []block{{start: at, prose: n.Kind() == ast.KindParagraph && !silent, silent: silent}}
	}
	var items []block
	for item := n.FirstChild(); item != nil; item = item.NextSibling() {
		start := lineStart(source, item.Pos())
		if len(items) == 0 || start > items[len(items)-1].start {
			items = append(items, block{start: start})
		}
	}
	return items
}

func isSilent(n ast.Node, source []byte) bool {
	switch n.Kind() {
	case ast.KindThematicBreak:
		return true
	case ast.KindParagraph:
		for i := range n.Lines().Len() {
			if line := n.Lines().At(i); !linkTarget.Match(line.Value(source)) {
				return false
			}
		}
		return true
	case ast.KindHTMLBlock:
		return bytes.HasPrefix(bytes.TrimSpace(n.Lines().Value(source)), []byte("<!--"))
	}
	return false
}

// passages gives the section's text in pieces of about passageSize, cut
// between blocks only, but for a paragraph that is longer than that itself.
func (s *section) passages(source []byte) []string {
	var out []string
	var piece []byte
	seen := false // whether the piece shows anything
	flush := func() {
		if t := TrimText(string(piece)); seen && t != "" {
			out = append(out, t)
		}
		piece, seen = nil, false
	}
	for _, b := range s.blocks {
		body := source[b.start:b.end]
		if len(piece) > 0 && len(piece)+len(bytes.TrimSpace(body)) > passageSize {
			flush()
		}
		seen = seen || !b.silent
		for b.prose && len(body) > passageSize {
			cut := proseCut(body)
			piece = append(piece, body[:cut]...)
			flush()
			body, seen = bytes.TrimLeft(body[cut:], " \t\n\r"), true
		}
		piece = append(piece, body...)
	}
	flush()
	return out
}

// proseCut gives the best place to cut a paragraph of more than passageSize
// bytes: after a line, a sentence or a word, whichever is there first.
func proseCut(body []byte) int {
	head := body[:passageSize]
	for _, border := range []string{". ", ".\n", "\n", " "} {
		if i := bytes.LastIndex(head, []byte(border)); i > passageSize/2 {
			return i + len(border)
		}
	}
	cut := passageSize
	for !utf8.RuneStart(body[cut]) {
		cut--
	}
	return cut
}

func lineStart(source []byte, pos int) int {
	pos = max(0, min(pos, len(source)))
	return bytes.LastIndexByte(source[:pos], '\n') + 1
}

func headingText(h *ast.Heading, source []byte) string {
	return shortenTo(plainText(h.Lines().Value(source)), maxHeading)
}

// firstSentence gives the first sentence of a passage as plain text; "" when
// it does not begin with a paragraph.
func firstSentence(body string) string {
	if len(body) > passageSize {
		body = body[:passageSize]
	}
	doc := blockParser.Parse(text.NewReader([]byte(body)))
	p := doc.FirstChild()
	if p == nil || p.Kind() != ast.KindParagraph {
		return ""
	}
	plain := plainText(p.Lines().Value([]byte(body)))
	for i, r := range plain {
		if rest := plain[i+utf8.RuneLen(r):]; strings.ContainsRune(".?!:", r) && (rest == "" || rest[0] == ' ') {
			return shortenTo(plain[:i+1], maxSentence)
		}
	}
	return shortenTo(plain, maxSentence)
}

// shortenTo cuts a text after a number of characters.
func shortenTo(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return strings.TrimSpace(string(r[:most]))
	}
	return s
}

// PlainText gives the words of a heading or a short paragraph of Markdown
// without its marks, on one line; of a longer one those at its beginning.
func PlainText(markdown string) string { return plainText([]byte(markdown)) }

// plainText gives the words of a piece of Markdown without its marks, on one
// line.
func plainText(markdown []byte) string {
	if len(markdown) > passageSize {
		markdown = bytes.ToValidUTF8(markdown[:passageSize], nil)
	}
	var b strings.Builder
	doc := inlineParser.Parse(text.NewReader(markdown))
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // The walker gives no error.
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Text:
			b.Write(util.UnescapePunctuations(n.Segment.Value(markdown)))
			if n.SoftLineBreak() || n.HardLineBreak() {
				b.WriteByte(' ')
			}
		case *ast.String:
			b.Write(n.Value)
		case *ast.AutoLink:
			b.Write(n.Label(markdown))
		}
		return ast.WalkContinue, nil
	})
	return strings.Join(strings.Fields(b.String()), " ")
}

// slug is the anchor of a heading before repeated ones are told apart.
func slug(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-', r == '_', unicode.IsLetter(r), unicode.IsNumber(r), unicode.IsMark(r):
			return unicode.ToLower(r)
		}
		return -1
	}, heading)
}
