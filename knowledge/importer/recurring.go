package importer

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"

	"frontdesk/knowledge"
)

const (
	recurs         = 3         // pages on which a text stands at least, and on most of them
	recurringWords = 3         // that it has at least: a short one may be an answer
	maxBlocks      = 1_000_000 // that are counted
)

// recurring are the blocks of text that stand on most pages of a site: what leads
// elsewhere, the notice of cookies, the words at the foot. Of what a page says
// they are no part.
type recurring struct {
	pages int
	on    map[[sha256.Size]byte]int // block → pages
	told  map[[sha256.Size]byte]bool
}

// recurringOf looks for what recurs on pages of a source; nil for too few. What
// cannot be read is told when it is taken in.
func recurringOf(ctx context.Context, in *input, names []string) (*recurring, error) {
	if len(names) < recurs {
		return nil, nil
	}
	silent := newInput(in.Source)
	silent.Progress = nil
	r := &recurring{on: map[[sha256.Size]byte]int{}, told: map[[sha256.Size]byte]bool{}}
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		data, err := silent.data(ctx, name, maxPage)
		if err != nil {
			continue
		}
		p, err := readPage(data, siteType(in.Source, name), name, siteAddress(in.Source, name))
		if err != nil {
			continue
		}
		main := p.main()
		promote(main)
		md, err := markdownInRuns(p.base, main)
		if err != nil {
			continue
		}
		r.pages++
		seen := map[[sha256.Size]byte]bool{}
		for _, b := range blocksOf(md) {
			if sum := b.sum(); !seen[sum] && (r.on[sum] > 0 || len(r.on) < maxBlocks) {
				seen[sum] = true
				r.on[sum]++
			}
		}
	}
	return r, nil
}

// recurs says whether a block stands on most pages.
func (r *recurring) recurs(b block) bool {
	n := r.on[b.sum()]
	return n >= recurs && 2*n > r.pages
}

// without gives the text of a page without what recurs, and tells each of it
// once. Questions stay with what is said below them, and so does a page that has
// nothing else, and a heading over what only this page says.
func (r *recurring) without(md string, found *Found, at knowledge.Pos) (string, error) {
	if r == nil {
		return md, nil
	}
	blocks := blocksOf(md)
	gone := make([]bool, len(blocks))
	own, asked := 0, false
	for i, b := range blocks {
		if b.level > 0 {
			asked = isQuestion(plainMarkdown(b.text[b.level:]))
			continue
		}
		gone[i] = !asked && !b.fixed && len(strings.Fields(b.text)) >= recurringWords && r.recurs(b)
		if !gone[i] {
			own++
		}
	}
	if own == 0 {
		return md, nil
	}
	next := 0 // the level of the heading that what is left below goes up to; 0 at the end
	empty := true
	for i := len(blocks) - 1; i >= 0; i-- {
		switch b := blocks[i]; {
		case b.level == 0:
			empty = empty && gone[i]
		case empty && (next == 0 || next <= b.level) && r.recurs(b) && i+1 < len(blocks) && gone[i+1]:
			gone[i] = true
		default:
			next, empty = b.level, true
		}
	}
	var out []string
	for i, b := range blocks {
		if !gone[i] {
			out = append(out, b.text)
			continue
		}
		if sum := b.sum(); !r.told[sum] {
			r.told[sum] = true
			what := fmt.Sprintf("the text %q", shown(plainMarkdown(oneLine(strings.TrimLeft(b.text, "# ")))))
			if err := found.leave(at, what, fmt.Sprintf("it stands on %d of %d pages", r.on[sum], r.pages)); err != nil {
				return "", err
			}
		}
	}
	return strings.Join(out, "\n\n"), nil
}

// A block is a paragraph, a list or a heading of Markdown.
type block struct {
	text  string
	level int  // of a heading
	fixed bool // a table, or a piece of code
}

func (b block) sum() [sha256.Size]byte { return sha256.Sum256([]byte(b.text)) }

// blocksOf cuts Markdown that [markdownOfNodes] wrote at its empty lines. Code is
// one block.
func blocksOf(md string) []block {
	var out []block
	var b strings.Builder
	fence := ""
	flush := func() {
		if text := strings.Trim(b.String(), "\n"); text != "" {
			level := len(text) - len(strings.TrimLeft(text, "#"))
			if level > 6 || !strings.HasPrefix(text[level:], " ") || strings.Contains(text, "\n") {
				level = 0
			}
			out = append(out, block{text: text, level: level, fixed: text[0] == '|' || fenceOf(text) != ""})
		}
		b.Reset()
	}
	for line := range strings.Lines(md) {
		trimmed := strings.TrimRight(line, " \n")
		if mark := fenceOf(trimmed); mark != "" {
			switch {
			case fence == "":
				fence = mark
			case trimmed == mark && len(mark) >= len(fence) && mark[0] == fence[0]:
				fence = ""
			}
		}
		if trimmed == "" && fence == "" {
			flush()
			continue
		}
		b.WriteString(line)
	}
	flush()
	return out
}
