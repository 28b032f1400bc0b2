package importer

import (
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// A cut is a heading with what stands below it, up to the next heading. The
// first of a text has no heading, and level 0.
type cut struct {
	level   int
	heading string // Markdown, without its marks
	body    string
}

// cutMarkdown cuts Markdown that [markdownOfNodes] wrote, whose headings all
// begin with #.
func cutMarkdown(md string) []cut {
	cuts := []cut{{}}
	begin, at := 0, 0
	fence := ""
	for line := range strings.Lines(md) {
		start := at
		at += len(line)
		trimmed := strings.TrimRight(line, " \n")
		if mark := fenceOf(trimmed); mark != "" {
			switch {
			case fence == "":
				fence = mark
			case trimmed == mark && len(mark) >= len(fence) && mark[0] == fence[0]:
				fence = ""
			}
			continue
		}
		level := len(trimmed) - len(strings.TrimLeft(trimmed, "#"))
		if fence != "" || level == 0 || level > 6 || !strings.HasPrefix(trimmed[level:], " ") {
			continue
		}
		cuts[len(cuts)-1].body = strings.TrimSpace(md[begin:start])
		cuts = append(cuts, cut{level: level, heading: strings.TrimSpace(trimmed[level:])})
		begin = at
	}
	cuts[len(cuts)-1].body = strings.TrimSpace(md[begin:])
	return cuts
}

// fenceOf gives the mark that a line of code fences begins with.
func fenceOf(line string) string {
	for _, c := range []string{"`", "~"} {
		if n := len(line) - len(strings.TrimLeft(line, c)); n >= 3 {
			return line[:n]
		}
	}
	return ""
}

// joinMarkdown puts cuts together again.
func joinMarkdown(cuts []cut) string {
	var b strings.Builder
	size := 0
	for _, c := range cuts {
		size += len(c.heading) + len(c.body) + len("###### \n\n\n\n")
	}
	b.Grow(size)
	for _, c := range cuts {
		if c.level > 0 {
			b.WriteString(strings.Repeat("#", c.level) + " " + c.heading + "\n\n")
		}
		if c.body != "" {
			b.WriteString(c.body + "\n\n")
		}
	}
	return strings.TrimSpace(b.String())
}

var lineParser = goldmark.DefaultParser()

// plainMarkdown gives the words of a line of Markdown.
func plainMarkdown(line string) string {
	if !strings.ContainsAny(line, "\\*_[]<>&`~#!.)-+=|") {
		return oneLine(line)
	}
	source := []byte(line)
	var b strings.Builder
	doc := lineParser.Parse(text.NewReader(source))
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // The walker gives no error.
		if t, ok := n.(*ast.Text); ok && entering {
			b.Write(util.ResolveEntityNames(util.ResolveNumericReferences(util.UnescapePunctuations(t.Segment.Value(source)))))

		}
		return ast.WalkContinue, nil
	})
	return oneLine(b.String())
}

// pairHeadings makes headings of the questions that begin lines with "Q:" and
// are answered with "A:", so that they are cut as those. Text without an answer
// to such a question stays as it is.
func pairHeadings(md string) string {
	var out strings.Builder
	level, answers, fence := 1, 0, ""
	asked := false // whether the last question waits for its answer
	for line := range strings.Lines(md) {
		trimmed := strings.TrimRight(line, " \n")
		if mark := fenceOf(trimmed); mark != "" && (fence == "" || trimmed == mark && len(mark) >= len(fence) && mark[0] == fence[0]) {
			if fence == "" {
				fence = mark
			} else {
				fence = ""
			}
		}
		if n := len(trimmed) - len(strings.TrimLeft(trimmed, "#")); fence == "" && n > 0 && n <= 6 && strings.HasPrefix(trimmed[n:], " ") {
			if kind, rest := pairLine(trimmed[n:]); kind == 'Q' && isQuestion(rest) { // In bold alone it became a heading.
				asked = true
				out.WriteString(trimmed[:n] + " " + strings.TrimSpace(rest) + "\n")
				continue
			}
			level, asked = n, false
		}
		kind, rest := byte(0), ""
		if fence == "" && strings.ContainsAny(trimmed[:min(len(trimmed), 40)], ":：.)") {
			kind, rest = pairLine(trimmed)
		}
		switch {
		case kind == 'Q' && isQuestion(rest) && len(rest) <= maxPhrase:
			asked = true
			out.WriteString("\n" + strings.Repeat("#", min(level+1, 6)) + " " + strings.TrimSpace(rest) + "\n\n")
		case kind == 'A' && asked:
			asked = false
			answers++
			out.WriteString(rest + "\n")
		default:
			out.WriteString(line)
		}
	}
	if answers == 0 {
		return md
	}
	return out.String()
}
