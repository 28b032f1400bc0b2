package terminal

import (
	"bytes"
	"strings"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/util"
)

// inline gives the text inside a block as spans.
func (m page) inline(parent ast.Node, s style) []span {
	var spans []span
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		spans = append(spans, m.inlineNode(n, s)...)
	}
	return spans
}

func (m page) inlineNode(n ast.Node, s style) []span {
	switch n := n.(type) {
	case *ast.Text:
		value := n.Segment.Value(m.source)
		if !n.IsRaw() {
			value = resolve(value)
		}
		spans := []span{{flat(value), s}}
		switch {
		case n.HardLineBreak():
			spans = append(spans, span{"\n", 0})
		case n.SoftLineBreak():
			spans = append(spans, span{" ", s})
		}
		return spans
	case *ast.String:
		return []span{{flat(n.Value), s}}
	case *ast.CodeSpan:
		return m.inline(n, s|code)
	case *ast.Emphasis:
		if n.Level > 1 {
			return m.inline(n, s|bold)
		}
		return m.inline(n, s|italic)
	case *east.Strikethrough:
		return m.inline(n, s|strike)
	case *east.TaskCheckBox:
		if n.IsChecked {
			return []span{{"[x] ", s}}
		}
		return []span{{"[ ] ", s}}
	case *ast.AutoLink:
		return []span{{flat(n.URL(m.source)), s | underline}}
	case *ast.Link:
		return withURL(m.inline(n, s|underline), flat(resolve(n.Destination)), s)
	case *ast.Image:
		return withURL(append([]span{{"image: ", s | dim}}, m.inline(n, s)...), flat(resolve(n.Destination)), s)
	case *ast.RawHTML:
		var b strings.Builder
		for i := range n.Segments.Len() {
			segment := n.Segments.At(i)
			b.Write(segment.Value(m.source))
		}
		if strings.HasPrefix(strings.ToLower(b.String()), "<br") {
			return []span{{"\n", 0}}
		}
		return []span{{flat([]byte(b.String())), s | dim}}
	}
	return m.inline(n, s)
}

// withURL shows where a link leads, unless its text says so already.
func withURL(label []span, url string, s style) []span {
	var b strings.Builder
	for _, l := range label {
		b.WriteString(l.text)
	}
	if url == "" || b.String() == url || "mailto:"+b.String() == url {
		return label
	}
	return append(label, span{" (" + url + ")", s | dim})
}

// resolve replaces backslash escapes and character references (CommonMark 0.31,
// sections 2.4 and 2.5). What was escaped begins no reference.
func resolve(value []byte) []byte {
	var out []byte
	for {
		i := bytes.IndexByte(value, '\\')
		for i >= 0 && (i+1 == len(value) || !util.IsPunct(value[i+1])) {
			next := bytes.IndexByte(value[i+1:], '\\')
			if next < 0 {
				i = -1
				break
			}
			i += 1 + next
		}
		if i < 0 {
			return append(out, references(value)...)
		}
		out = append(append(out, references(value[:i])...), value[i+1])
		value = value[i+2:]
	}
}

func references(value []byte) []byte {
	return util.ResolveEntityNames(util.ResolveNumericReferences(value))
}

// flat makes a text safe and keeps it in its line: a reference such as &#27; may
// have brought in any character.
func flat(value []byte) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return ' '
		}
		return r
	}, clean(string(value)))
}
