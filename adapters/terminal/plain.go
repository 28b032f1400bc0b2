package terminal

import (
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// Plain makes Markdown safe to show, and takes the escapes out of it that would only be
// read as they stand: backslashes and character references. All else stays as it was
// written, code above all.
func Plain(markdown string) string {
	markdown = clean(markdown)
	if len(markdown) > maxMarkdown || !strings.ContainsAny(markdown, `\&`) {
		return markdown
	}
	source := []byte(markdown)
	var b strings.Builder
	from := 0
	_ = ast.Walk(parse().Parse(text.NewReader(source)), func(n ast.Node, in bool) (ast.WalkStatus, error) {
		if t, ok := n.(*ast.Text); ok && in && !t.IsRaw() && t.Segment.Start >= from {
			b.Write(source[from:t.Segment.Start])
			b.Write(resolve(source[t.Segment.Start:t.Segment.Stop]))
			from = t.Segment.Stop
		}
		return ast.WalkContinue, nil
	})
	b.Write(source[from:])
	return clean(b.String()) // a reference may have brought in any character
}
