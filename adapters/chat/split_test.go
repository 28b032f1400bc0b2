package chat

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		text  string
		limit int
		want  []string
	}{
		{"short", 100, []string{"short"}},
		{"one two\n\nthree", 8, []string{"one two", "three"}},
		{"a\n\nb\n\nc", 4, []string{"a\n\nb", "c"}},
		{"```go\nline 1\nline 2\nline 3\n```", 22, []string{"```go\nline 1\n```", "```go\nline 2\n```", "```go\nline 3\n```"}},
		{"para\n\n```\ncode\n\ncode\n```\n\nend", 20, []string{"para", "```\ncode\n\ncode\n```", "end"}},
		{"words that go on and on", 10, []string{"words that", "go on and", "on"}},
		{"ääääää", 5, []string{"ää", "ää", "ää"}},
	} {
		if got := Split(c.text, c.limit, func(s string) int { return len(s) }); !slices.Equal(got, c.want) {
			t.Errorf("Split(%q, %d) = %q, want %q", c.text, c.limit, got, c.want)
		}
	}
}

func FuzzSplit(f *testing.F) {
	f.Add("one\n\n```go\ncode code code code\n\nmore\n```\nend of it", 24)
	f.Add("~~~\n\xff\xfe very long line without any border at all", 16)
	f.Fuzz(func(t *testing.T, text string, limit int) {
		if limit < 16 || limit > 4000 || len(text) > 1<<14 {
			return
		}
		parts := Split(text, limit, func(s string) int { return len(s) })
		letters := func(s string) int { return strings.Count(s, "e") + strings.Count(s, "ä") }
		n := 0
		for _, p := range parts {
			if len(p) > limit {
				t.Errorf("a part of %d bytes", len(p))
			}
			if utf8.ValidString(text) && !utf8.ValidString(p) {
				t.Errorf("a character was cut: %q", p)
			}
			n += letters(p)
		}
		if n < letters(text) {
			t.Errorf("of %d letters %d are left", letters(text), n)
		}
	})
}
