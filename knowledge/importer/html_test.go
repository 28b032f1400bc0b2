package importer

import (
	"strings"
	"testing"
)

func TestMarkdownOf(t *testing.T) {
	for in, want := range map[string]string{
		"":                                   "",
		"plain":                              "plain",
		"<p>Two <b>bold</b> words.<p>Again":  "Two **bold** words.\n\nAgain",
		"a&nbsp;b<br>c":                      "a b  \nc",
		"com&shy;puter":                      "computer",
		"5 * 3 * 2 and # no_heading_":        "5 * 3 * 2 and # no\\_heading_",
		"<script>x()</script><p>seen</p>":    "seen",
		"<style>p{}</style><nav>Home</nav>x": "x",
		"<ul><li>a<ul><li>b</ul><li>c</ul>":  "- a\n\n  - b\n- c",
		"<ol start=3><li>a<li>b</ol>":        "3. a\n4. b",
		`<a href="https://example.org/a b">x</a>, <a href="mailto:a@example.org">y</a>, <a href="tel:+441">z</a>`: "[x](https://example.org/a%20b), [y](mailto:a@example.org), [z](tel:+441)",
		`<a href="javascript:alert(1)">x</a> <a href="/rel">y</a> <a href="data:text/html,x">z</a>`:               "x y z",
		`<a href=" https://example.org/(x) "> <img src="data:x" alt="pic"> </a>`:                                  "[pic](https://example.org/%28x%29)",
		`<img src="https://example.org/a.png" alt="A map"><img src="https://example.org/count.gif">`:              "![A map](https://example.org/a.png)",
		"<table><tr><th>a<th>b<tr><td>1<br>2<td><ul><li>x<li>y</ul></table>":                                      "| a | b |\n|---|---|\n| 1 2 | x; y |",
		"<table><tr><td>just<tr><td>a layout</table>":                                                             "just\n\na layout",
		"<form><p>All of it<input value=no><button>Send</button></form>":                                          "All of it",
		"<form><label>Search</label><input></form>x":                                                              "x",
		"<h2><button>Where?</button></h2><div hidden>Here.</div>":                                                 "## Where?\n\nHere.",
		"<dl><dt>Term<dd>What it is</dl>":                                                                         "**Term**\n\nWhat it is",
		"<pre><code class=language-sh>ls  -l\n  x</code></pre>":                                                   "```sh\nls  -l\n  x\n```",
		"a [b](c) [d":                 "a \\[b](c) [d",
		"<code>a[1]</code>":           "`a[1]`",
		"&lt;b&gt; is no mark":        "&lt;b&gt; is no mark",
		"<del>old</del> <em>new</em>": "~~old~~ *new*",
	} {
		got, err := markdownOf(in)
		if err != nil {
			t.Errorf("%s: %v", in, err)
		}
		if got != want {
			t.Errorf("%s:\n got %q\nwant %q", in, got, want)
		}
	}
	if _, err := markdownOf(strings.Repeat("<div>", 1_000_000)); err == nil {
		t.Error("a million elements in one another are taken")
	}
}

func FuzzMarkdownOf(f *testing.F) {
	for _, s := range []string{"<p>a<ul><li>b", "<table><tr><td>x<td>y", "<a href=x><b>", "<pre>\n x", "<dl><dt>a<dd>b", "a*b_c[d](e)`f`", "<svg><p>", "<math><mi>x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if out, err := markdownOf(s); err == nil && strings.Contains(strings.ToLower(out), "](javascript:") && !strings.Contains(s, "[") {
			t.Errorf("%q leads to a script: %q", s, out)
		}
	})
}
