package terminal

import (
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/mattn/go-runewidth"
)

func TestMarkdown(t *testing.T) {
	for _, test := range []struct {
		name, in, want string
	}{
		{"emphasis", "Open **Settings** and *choose* `x y`.", "Open Settings and choose x y."},
		{"paragraphs", "one\n\ntwo", "one\n\ntwo"},
		{"heading", "# Head\ntext", "Head\n\ntext"},
		{"soft and hard breaks", "one\ntwo  \nthree<br>four", "one two\nthree\nfour"},
		{"wrapped", strings.Repeat("word ", 11), "word word word word word word word word\nword word word"},
		{"long word", strings.Repeat("x", 45), strings.Repeat("x", 40) + "\n" + strings.Repeat("x", 5)},
		{"wide", strings.Repeat("漢", 25), strings.Repeat("漢", 20) + "\n" + strings.Repeat("漢", 5)},
		{"tight list", "- a\n- b\n  - c\n- d", "• a\n• b\n  • c\n• d"},
		{"loose list", "1. a\n\n2. b\n\n   c", "1. a\n\n2. b\n\n   c"},
		{"numbered from", "7) a\n8) b", "7) a\n8) b"},
		{"empty item", "-\n- b", "• \n• b"},
		{"tasks", "- [x] done\n- [ ] open", "• [x] done\n• [ ] open"},
		{"quote", "> a\n>\n> b", "│ a\n│ \n│ b"},
		{"code", "```sh\nmake  run\n\nx\n```\nafter", "    make  run\n    \n    x\n\nafter"},
		{"indented code", "    a\n\tb", "    a\n    b"},
		{"rule", "a\n\n---", "a\n\n" + strings.Repeat("─", 40)},
		{"link", "[the page](https://x.org/a&amp;b)", "the page (https://x.org/a&b)"},
		{"bare link", "<https://x.org>", "https://x.org"},
		{"link that says itself", "[https://x.org](https://x.org)", "https://x.org"},
		{"image", "![a cat](cat.png)", "image: a cat (cat.png)"},
		{"table", "| a | bb |\n|---|---:|\n| ccc | 1 |", "a   │ bb\n────┼───\nccc │  1"},
		{"html block", "<div>\nx\n</div>", "    <div>\n    x\n    </div>"},
		{"inline html", "a <b>c</b>", "a <b>c</b>"},
		{"escapes", `\*a\* \&lt; &lt; \\`, `*a* &lt; < \`},
		{"emoji and right to left", "שלום 👋 עולם", "שלום 👋 עולם"},
		{"empty", "", ""},
		{"strikethrough", "~~no~~", "no"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, markdown(test.in, plainText, 40)); diff != "" {
				t.Errorf("laid out (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.want, stripSGR(markdown(test.in, coloured, 40))); diff != "" {
				t.Errorf("laid out in colours (-want +got):\n%s", diff)
			}
		})
	}
}

// Styles are switched off at the end of every line, and mono shows no colours.
func TestStyles(t *testing.T) {
	got := markdown("**"+strings.Repeat("bold ", 10)+"end** `code`", coloured, 30)
	want := "\x1b[1mbold bold bold bold bold bold\x1b[0m\n\x1b[1mbold"
	if !strings.HasPrefix(got, want) {
		t.Errorf("got %q, want it to begin with %q", got, want)
	}
	for _, line := range strings.Split(got, "\n") {
		if i := strings.LastIndex(line, "\x1b["); i >= 0 && !strings.HasPrefix(line[i:], "\x1b[0m") {
			t.Errorf("the line %q ends in a style", line)
		}
	}
	if got := markdown("`code` **b**", mono, 30); got != "code \x1b[1mb\x1b[0m" {
		t.Errorf("without colours: %q", got)
	}
}

var sgrPattern = regexp.MustCompile(`\x1b\[[0-9;]*m`)

func stripSGR(s string) string { return sgrPattern.ReplaceAllString(s, "") }

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"plain\ttext\n":         "plain\ttext\n",
		"\x1b[31mred\x1b]0;t\a": "␛[31mred␛]0;t␇",
		"a\r\nb\rc":             "a\nb\nc",
		"\u009b31m":             "\uFFFD31m",
		"\x7f":                  "␡",
		"bad \xff utf":          "bad \uFFFD utf",
		"\u202egnp.exe":         "\uFFFDgnp.exe",
		"שלום \u200fx 👩‍👧":      "שלום \u200fx 👩‍👧",
		"a\x00b":                "a␀b",
	} {
		if got := clean(in); got != want {
			t.Errorf("clean(%q) = %q, want %q", in, got, want)
		}
	}
}

// Nothing that Markdown can bring makes a terminal do anything but draw.
func FuzzMarkdown(f *testing.F) {
	for _, seed := range []string{
		"# a\n\n- b\n  1. c\n\n> d\n\n```\ne\x1b[2J\n```", "&#27;[31m &#x9b; [a&#27;](b&#27;)", "| a |\n|--|\n| \x1b |",
		"<b\x1b>", "![&#13;](x)", strings.Repeat(">", 200) + "x", strings.Repeat("- ", 100), "a&#8232;b\\\x1b", "\xff`\xfe`",
	} {
		f.Add(seed, 40)
	}
	f.Fuzz(func(t *testing.T, in string, width int) {
		if len(in) > 10_000 {
			t.Skip()
		}
		out := stripSGR(markdown(in, coloured, width%200))
		for _, r := range out {
			if r != '\n' && unicode.IsControl(r) {
				t.Fatalf("%q became %q, which holds %U", in, out, r)
			}
		}
		if plain := markdown(in, plainText, width%200); plain != out {
			t.Fatalf("colours change the text:\n%q\n%q", plain, out)
		}
	})
}

func BenchmarkMarkdown(b *testing.B) {
	text := strings.Repeat("Open **Settings → Security** and choose *Reset password*, see [the guide](guide.md#reset).\n\n- one\n- two\n\n", 5)
	b.ReportAllocs()
	for b.Loop() {
		markdown(text, coloured, 80)
	}
}

func TestWrapKeepsWidth(t *testing.T) {
	text := "Ein Satz mit 漢字 und `code spans` and **bold words** und " + strings.Repeat("lang", 20)
	for width := minWidth; width < 60; width++ {
		for _, line := range strings.Split(markdown(text, plainText, width), "\n") {
			if w := runewidth.StringWidth(line); w > width {
				t.Errorf("width %d: the line %q has %d columns", width, line, w)
			}
		}
	}
}
