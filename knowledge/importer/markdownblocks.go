package importer

import (
	"regexp"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// blockParser finds the blocks of a file without looking into them. It takes
// the targets of links for paragraphs, for to find them takes goldmark time
// that grows with the square of their number.
var blockParser = parser.NewParser(
	parser.WithBlockParsers(parser.DefaultBlockParsers()...),
	parser.WithParagraphTransformers(util.Prioritized(extension.NewTableParagraphTransformer(), 200)),
)

// maxNested bounds how deeply lists and quotations are nested: the time that
// Markdown takes grows with the square of it.
const maxNested = 200

// tooDeep gives the first line that may open more than maxNested lists and
// quotations, or 0.
func tooDeep(s string) int {
	line := 0
	for l := range strings.Lines(s) {
		line++
		opening := l[:len(l)-len(strings.TrimLeft(l, " \t>-+*.)0123456789"))]
		if strings.Count(opening, " ")+4*strings.Count(opening, "\t")+strings.Count(opening, ">") > maxNested {
			return line
		}
	}
	return 0
}

// A page is the text of a file, in blocks.
type page struct {
	text   string
	blocks []mdBlock
	starts []int // of the lines
}

// An mdBlock is a heading, or what stands between two borders of blocks.
type mdBlock struct {
	start, end int
	level      int    // of a heading; else 0
	heading    string // its Markdown
	prose      bool   // a paragraph
}

// cutBlocks takes a text apart at the borders of its outermost blocks.
func cutBlocks(s string, from int) page {
	p := page{text: s, starts: []int{0}}
	for i := range len(s) {
		if s[i] == '\n' {
			p.starts = append(p.starts, i+1)
		}
	}
	source := []byte(s[from:])
	doc := blockParser.Parse(text.NewReader(source))
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		at := from + max(0, min(n.Pos(), len(source)))
		b := mdBlock{start: strings.LastIndexByte(s[:at], '\n') + 1, prose: n.Kind() == ast.KindParagraph}
		b.start = max(b.start, from)
		if h, ok := n.(*ast.Heading); ok {
			b.level, b.heading = h.Level, strings.TrimSpace(string(h.Lines().Value(source)))
		}
		if k := len(p.blocks); k > 0 {
			if b.start < p.blocks[k-1].start {
				continue
			}
			p.blocks[k-1].end = b.start
		}
		p.blocks = append(p.blocks, b)
	}
	if k := len(p.blocks); k > 0 {
		p.blocks[k-1].end = len(s)
	}
	return p
}

func (p *page) source(b mdBlock) string { return p.text[b.start:b.end] }

// line gives the number of the line of an offset.
func (p *page) line(offset int) int {
	i, exact := slices.BinarySearch(p.starts, offset)
	if exact {
		return i + 1
	}
	return i
}

// A linkTarget says where the links of a name lead: "[name]: address".
type linkTarget struct{ name, line string }

var targetLine = regexp.MustCompile(`^ {0,3}\[([^\[\]]+)\]:[ \t]*\S`)

// maxTargets bounds those that are looked for in each answer.
const maxTargets = 500

// targets gives the targets of links, and takes the blocks away that hold
// nothing else, as they serve the whole file.
func (p *page) targets() []linkTarget {
	var out []linkTarget
	p.blocks = slices.DeleteFunc(p.blocks, func(b mdBlock) bool {
		if !b.prose || len(out) > maxTargets {
			return false
		}
		var these []linkTarget
		for l := range strings.Lines(strings.TrimSpace(p.source(b))) {
			m := targetLine.FindStringSubmatch(l)
			if m == nil {
				return false
			}
			these = append(these, linkTarget{strings.ToLower(m[1]), strings.TrimSpace(l)})
		}
		out = append(out, these...)
		return true
	})
	return out
}

// withTargets adds to an answer the targets of its links.
func (f *markdownFile) withTargets(answer string) string {
	lower := strings.ToLower(answer)
	sep := "\n\n"
	for _, t := range f.links {
		if strings.Contains(lower, "["+t.name+"]") {
			answer += sep + t.line
			sep = "\n"
		}
	}
	return answer
}
