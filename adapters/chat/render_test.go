package chat_test

import (
	"fmt"
	"strings"
	"testing"

	"frontdesk/bot/bottest"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// render reads Markdown as the hall shows it.
func render(markdown string) []bottest.Piece {
	source := []byte(markdown)
	doc := goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough, extension.TaskList)).Parser().Parse(text.NewReader(source))
	var out []bottest.Piece
	var walk func(n ast.Node, style bottest.Piece)
	add := func(style bottest.Piece, s string) { style.Text = s; out = append(out, style) }
	inside := func(n ast.Node, style bottest.Piece) {
		for c := n.FirstChild(); c != nil; c = c.NextSibling() {
			walk(c, style)
		}
	}
	lines := func(n ast.Node) string {
		var b strings.Builder
		for i := range n.Lines().Len() {
			s := n.Lines().At(i)
			b.Write(s.Value(source))
		}
		return b.String()
	}
	walk = func(n ast.Node, style bottest.Piece) {
		switch n := n.(type) {
		case *ast.Text:
			s := string(n.Segment.Value(source))
			if !n.IsRaw() {
				s = string(util.ResolveEntityNames(util.ResolveNumericReferences(util.UnescapePunctuations([]byte(s)))))
			}
			if n.SoftLineBreak() || n.HardLineBreak() {
				s += "\n"
			}
			add(style, s)
			return
		case *ast.String:
			add(style, string(n.Value))
		case *ast.Emphasis:
			style.Bold, style.Italic = style.Bold || n.Level == 2, style.Italic || n.Level == 1
		case *east.Strikethrough:
			style.Strike = true
		case *ast.CodeSpan:
			style.Code = true
		case *ast.Link:
			if d := string(n.Destination); strings.HasPrefix(d, "http") {
				style.Link = d
			}
		case *ast.AutoLink:
			add(style, string(n.URL(source)))
		case *ast.FencedCodeBlock, *ast.CodeBlock:
			style.Code, style.Block = true, true
			add(style, lines(n))
		case *ast.HTMLBlock:
			add(style, lines(n))
		case *ast.RawHTML:
			for i := range n.Segments.Len() {
				s := n.Segments.At(i)
				add(style, string(s.Value(source)))
			}
		case *ast.ListItem:
			if list := n.Parent().(*ast.List); list.IsOrdered() {
				number := list.Start
				for c := n.PreviousSibling(); c != nil; c = c.PreviousSibling() {
					number++
				}
				add(style, fmt.Sprint(number, ". "))
			} else {
				add(style, "• ")
			}
		case *east.TableCell:
			defer add(style, " │ ")
		}
		inside(n, style)
		if n.Type() == ast.TypeBlock {
			add(bottest.Piece{}, "\n")
		}
	}
	walk(doc, bottest.Piece{})
	return out
}

// TestRender: what the suite compares with must itself be read right.
func TestRender(t *testing.T) {
	got := render("a **b** `c` [d](https://example.com)")
	want := []bottest.Piece{{Text: "a "}, {Text: "b", Bold: true}, {Text: " "}, {Text: "c", Code: true}, {Text: " "},
		{Text: "d", Link: "https://example.com"}}
	for i, p := range want {
		if i >= len(got) || got[i] != p {
			t.Fatalf("read %+v, want %+v", got, want)
		}
	}
}
