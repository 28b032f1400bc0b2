package knowledge_test

import (
	"fmt"
	"strings"
	"testing"

	"frontdesk/knowledge"

	"github.com/google/go-cmp/cmp"
)

// guide loads one guide and gives its passages.
func guide(t *testing.T, path, markdown string) []*knowledge.Entry {
	t.Helper()
	b, err := load(t, map[string]string{"a.yaml": "format: 1\nguides: [{path: \"**/*.md\"}]\n", path: markdown}, "a.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return b.Entries
}

// TestLongSections holds where a long section is cut.
func TestLongSections(t *testing.T) {
	paragraph := strings.TrimSpace(strings.Repeat("These are words of a sentence. ", 20)) // 619 bytes
	code := "```go\n" + strings.Repeat("\n# no heading\n\nx()\n", 200) + "```"
	list := strings.Repeat("- an item of a long list that goes on\n  and on\n", 60)
	for _, c := range []struct {
		name, in string
		want     []int // bytes of each passage
	}{
		{"paragraphs", "# H\n\n" + strings.Join([]string{paragraph, paragraph, paragraph}, "\n\n"), []int{1240, 619}},
		{"a paragraph that is too long", "# H\n\n" + strings.TrimSpace(strings.Repeat("These are words of a sentence. ", 100)), []int{1487, 1487, 123}},
		{"one word that is too long", "# H\n\n" + strings.Repeat("é", 1600), []int{1500, 1500, 200}},
		{"code is never cut", "# H\n\n" + paragraph + "\n\n" + code + "\n\n" + paragraph, []int{619, len(code), 619}},
		{"code that is never closed", "# H\n\n" + strings.TrimSuffix(code, "\n```"), []int{len(code) - 4}},
		{"a list is cut between its items", "# H\n\n" + list, []int{1456, 1362}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []int
			var joined strings.Builder
			for i, e := range guide(t, "g.md", c.in) {
				got = append(got, len(e.Answer))
				joined.WriteString(e.Answer)
				want := "g.md#h"
				if i > 0 {
					want = fmt.Sprintf("g.md#h~%d", i+1)
				}
				if e.ID != want || e.Link != "g.md#h" {
					t.Errorf("passage %d: id %s, link %s", i, e.ID, e.Link)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			if letters(joined.String()) != letters(strings.TrimPrefix(c.in, "# H")) {
				t.Error("something is lost")
			}
		})
	}
}

// letters is a text without its white space.
func letters(s string) string { return strings.Join(strings.Fields(s), "") }

// TestAnchors holds the anchors that GitHub gives, and chains of headings.
func TestAnchors(t *testing.T) {
	in := "# A b\nx\n## `Go` & *you* (1.2)\nx\n## A b\nx\n## A b-1\nx\n# a_b – ü\nx\n#### deep\nx\n## 1. Start\nx\nSetext\nheading\n---\nx\n" +
		"> # quoted\n\n- # listed\n\n## [link](http://x) ![image](y)\nx\n## " + strings.Repeat("long ", 80) + "\nx\n"
	var got strings.Builder
	for _, e := range guide(t, "dir/my-page.md", in) {
		fmt.Fprintf(&got, "%s | %s | %d | %s\n", e.ID, e.Link, e.Pos.Line, strings.Join(e.Headings, " > "))
	}
	golden(t, "anchors", got.String())
}

func TestFrontMatter(t *testing.T) {
	for _, c := range []struct{ name, in, question, answer string }{
		{"title", "---\ntitle: The  handbook\ntags: [a]\n---\nText.", "The handbook", "Text."},
		{"title and the same heading", "---\ntitle: T\n---\n# T\nText.", "T", "Text."},
		{"title and another heading", "---\ntitle: T\n...\n# H\nText.", "T › H", "Text."},
		{"no title", "---\nauthor: x\n---\nText.", "My page", "Text."},
		{"never closed", "---\ntitle: T\n", "My page", "---\ntitle: T"},
		{"no mapping", "---\nText\n\nmore\n---\nx", "My page", "---\nText"},
		{"byte order mark", "\ufeff---\ntitle: T\n---\nText.", "T", "Text."},
		{"CRLF", "---\r\ntitle: T\r\n---\r\nText.\r\n", "T", "Text."},
	} {
		t.Run(c.name, func(t *testing.T) {
			all := guide(t, "my-page.md", c.in)
			if len(all) == 0 {
				t.Fatal("no passage")
			}
			if all[0].Question != c.question || all[0].Answer != c.answer {
				t.Errorf("got %q: %q", all[0].Question, all[0].Answer)
			}
		})
	}
}

// TestGuideLinks holds where the links of passages lead.
func TestGuideLinks(t *testing.T) {
	for _, c := range []struct{ path, url, want string }{
		{"docs/**/*.md", "", "docs/setup/x.md#h"},
		{"docs/**/*.md", "https://e.org/d/", "https://e.org/d/setup/x.md#h"},
		{"docs/setup/x.md", "https://e.org/d", "https://e.org/d/x.md#h"},
		{"docs", "https://e.org", "https://e.org/setup/x.md#h"},
		{"docs/*/x.md", "https://e.org", "https://e.org/setup/x.md#h"},
	} {
		b, err := load(t, map[string]string{
			"kb/a.yaml":          fmt.Sprintf("format: 1\nguides: [{path: %q, url: %q}]\n", c.path, c.url),
			"kb/docs/setup/x.md": "# H\ntext",
		}, "kb/a.yaml")
		if err != nil {
			t.Fatal(err)
		}
		if e := b.Entries[0]; e.Link != c.want || e.ID != "docs/setup/x.md#h" {
			t.Errorf("%+v: %s, %s", c, e.Link, e.ID)
		}
	}
}

// TestGuidesMadeToBeSlow holds that no text takes time out of all proportion:
// with one that did, this test would not end.
func TestGuidesMadeToBeSlow(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long with the race detector")
	}
	const refused = -1
	for name, c := range map[string]struct {
		in       string
		passages int
	}{
		"quotations":    {strings.Repeat("> ", 100_000), refused},
		"lists":         {strings.Repeat("- ", 100_000) + "x", refused},
		"tabs":          {strings.Repeat("- x\n"+strings.Repeat("\t", 60), 1000), refused},
		"deep enough":   {strings.Repeat("> ", 60) + "x", 1},
		"dashes":        {"x\n" + strings.Repeat("-", 1000) + "\ny", 1},
		"link targets":  {strings.Repeat("[a]: b\n", 100_000), 0},
		"same headings": {strings.Repeat("# a\nx\n", 20_000), 20_000},
		"brackets":      {strings.Repeat("[", 100_000), 67},
		"stars":         {"# " + strings.Repeat("*a_ ", 100_000) + "\nx", 1},
		"comments":      {strings.Repeat("<!--", 100_000), 0},
		"a table":       {strings.Repeat("|a", 100_000) + "\n" + strings.Repeat("|-", 100_000), 1},
	} {
		t.Run(name, func(t *testing.T) {
			b, err := load(t, map[string]string{"a.yaml": "format: 1\nguides: [{path: g.md}]\n", "g.md": c.in}, "a.yaml")
			if c.passages == refused {
				if got := faultsOf(t, err).Error(); !strings.Contains(got, "nested more than 200 deep") {
					t.Error(got)
				}
				return
			}
			if err != nil || len(b.Entries) != c.passages {
				t.Errorf("%v, %d passages", err, len(b.Entries))
			}
		})
	}
}

func FuzzGuide(f *testing.F) {
	for _, s := range []string{
		"# A\ntext\n## B\n```\n# c\n```\n", "a\n===\nb\n---\nc", "---\ntitle: x\n---\n# y\nz", "> # a\n\n- # b\n", "#\n#\n# \nx", "|a|b|\n|-|-|\n|c|d|\n",
		"[a]: b\n\n# [a]\n[a]", "    code\n\n\ttab\n", "<!-- x -->\n# a\n<div>\n# b\n</div>", "* a\n\n  # h\n\n  b\n", strings.Repeat("a b. ", 700), "# \u202e\u0301",
		"1. a\n" + strings.Repeat("   b\n2. c\n", 300), "\r# a\r\nb\r", "#a\n# b #\nc",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		b, err := load(t, map[string]string{"a.yaml": "format: 1\nguides: [{path: g.md}]\n", "g.md": s}, "a.yaml")
		if err != nil {
			faultsOf(t, err)
			return
		}
		lines := strings.Count(s, "\n") + 1
		for _, e := range b.Entries {
			if e.Question == "" || strings.TrimSpace(e.Answer) == "" || len(e.Headings) == 0 || !strings.HasPrefix(e.ID, "g.md") || e.Pos.Line < 1 || e.Pos.Line > lines {
				t.Errorf("a passage lacks something: %+v", e)
			}
			if !strings.Contains(s, e.Answer) {
				t.Errorf("the passage %s is not what was written: %q", e.ID, e.Answer)
			}
		}
	})
}
