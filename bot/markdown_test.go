package bot

import (
	"bytes"
	"html"
	"regexp"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
)

// FuzzEscape: whatever somebody typed, Markdown shows it as plain text.
func FuzzEscape(f *testing.F) {
	for _, s := range []string{"plain", "*bold* _it_ `code`", "# heading", "1. item", "1) item", "- item", "> quote",
		"<b>x</b>", "[a](http://b)", "http://example.com", "www.example.com", "a@b.c", "&amp;", "~~x~~", "===", "---", "|a|b|", "\\*", "21.5", "12.", "a\n\n# b", "\x00", "`", "+ x", "<!-- x", "10:30"} {
		f.Add(s)
	}
	md := goldmark.New(goldmark.WithExtensions(extension.Strikethrough, extension.Table))
	tag := regexp.MustCompile(`<[^>]*>`)
	f.Fuzz(func(t *testing.T, s string) {
		s = strings.ToValidUTF8(s, "")
		if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' }) {
			t.Skip() // lines are another matter, and control characters the adapters'
		}
		want := strings.Join(strings.Fields(s), " ")
		if want == "" {
			t.Skip()
		}
		var b bytes.Buffer
		if err := md.Convert([]byte(escape(s)), &b); err != nil {
			t.Fatal(err)
		}
		got := strings.TrimSpace(b.String())
		inner := strings.TrimSuffix(strings.TrimPrefix(got, "<p>"), "</p>")
		if tag.MatchString(inner) {
			t.Errorf("%q became markup: %s", s, got)
		}
		if text := html.UnescapeString(inner); text != want {
			t.Errorf("%q is shown as %q", want, text)
		}
	})
}

func TestCodeBlock(t *testing.T) {
	for in, want := range map[string]string{
		"":           "",
		" \n":        "",
		"a\nb\n":     "```\na\nb\n```",
		"x ```` y":   "`````\nx ```` y\n`````",
		"\n  indent": "```\n  indent\n```",
	} {
		if got := codeBlock(in); got != want {
			t.Errorf("%q: %q, not %q", in, got, want)
		}
	}
}
