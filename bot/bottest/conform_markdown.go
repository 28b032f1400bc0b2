package bottest

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"frontdesk/bot"
)

// A mark is a part of a text that people see in another way.
type mark struct {
	kind string // bold, italic, strike, code, block, link
	text string
	link string // where it leads
}

func bolds(text string) mark        { return mark{"bold", text, ""} }
func italics(text string) mark      { return mark{"italic", text, ""} }
func strikes(text string) mark      { return mark{"strike", text, ""} }
func codes(text string) mark        { return mark{"code", text, ""} }
func blocks(text string) mark       { return mark{"block", text, ""} }
func links(text, to string) mark    { return mark{"link", text, to} }
func shown(marks ...mark) []mark    { return append([]mark{}, marks...) }
func exact(text string) []string    { return []string{text} }
func parts(text ...string) []string { return append([]string{""}, text...) }

// constructs are what Markdown can say, and what people are to see of it. Of parts,
// each stands there in that order, with anything between them. Where marks are there,
// but none, nothing is marked.
var constructs = []struct {
	name, markdown string
	want           []string
	marks          []mark
}{
	{"bold", "a **bold** word", exact("a bold word"), shown(bolds("bold"))},
	{"bold by lines", "a __bold__ word", exact("a bold word"), shown(bolds("bold"))},
	{"italic", "an *italic* word", exact("an italic word"), shown(italics("italic"))},
	{"italic by lines", "an _italic_ word", exact("an italic word"), shown(italics("italic"))},
	{"bold and italic", "a ***strong*** word", exact("a strong word"), shown(bolds("strong"), italics("strong"))},
	{"italic in bold", "**very *very* much**", exact("very very much"), shown(italics("very"))},
	{"bold inside a word", "un**frigging**believable", exact("unfriggingbelievable"), nil},
	{"struck", "a ~~gone~~ word", exact("a gone word"), shown(strikes("gone"))},
	{"code", "run `ls -l *.go` now", exact("run ls -l *.go now"), shown(codes("ls -l *.go"))},
	{"code of signs", "see `a<b>&c_d_*e*` there", exact("see a<b>&c_d_*e* there"), shown(codes("a<b>&c_d_*e*"))},
	{"a block of code", "before\n\n```go\nif a < b && *c {\n\treturn _d_\n}\n```\n\nafter", parts("before", "if a < b && *c {", "return _d_", "}", "after"), shown(blocks("if a < b && *c {"))},
	{"a block of code by its indent", "before\n\n    make all\n\nafter", parts("before", "make all", "after"), shown(blocks("make all"))},
	{"a link", "see [the page](https://example.com/a?b=c&d=e) for it", parts("see the page", "for it"), shown(links("the page", "https://example.com/a?b=c&d=e"))},
	{"a link whose text is difficult", "see [a|b > c & d](https://example.com/x) for it", parts("a|b > c & d", "for it"), shown(links("a|b > c & d", "https://example.com/x"))},
	{"a bold link", "**[the page](https://example.com/)**", parts("the page"), shown(links("the page", "https://example.com/"))},
	{"a reference", "see [the page][1]\n\n[1]: https://example.com/r", parts("see the page"), shown(links("the page", "https://example.com/r"))},
	{"an address in angles", "see <https://example.com/b_c_d>", exact("see https://example.com/b_c_d"), nil},
	{"a bare address", "see https://example.com/b_c_d?e=*f* there", parts("see https://example.com/b_c_d?e=", "there"), nil},
	{"an image", "![a diagram](https://example.com/d.png)", parts("a diagram"), nil},
	{"a heading", "# The title\n\nthe text", parts("The title", "the text"), nil},
	{"a deep heading", "##### The *small* title\n\nthe text", parts("The small title", "the text"), nil},
	{"an underlined heading", "The title\n=========\n\nthe text", parts("The title", "the text"), nil},
	{"a list", "- one\n- two\n- three", parts("one", "two", "three"), nil},
	{"a numbered list", "3. three\n4. four", parts("3", "three", "4", "four"), nil},
	{"a list in a list", "- one\n  - one a\n    - one a b\n- two\n  1. two first", parts("one", "one a", "one a b", "two", "1", "two first"), nil},
	{"a list with code and paragraphs", "1. first\n\n   ```\n   code of first\n   ```\n\n2. second **bold**", parts("1", "first", "code of first", "2", "second bold"), shown(bolds("bold"))},
	{"a task list", "- [x] done\n- [ ] to do", parts("done", "to do"), nil},
	{"a quote", "> quoted **words**\n> go on\n\nafter", parts("quoted words", "go on", "after"), shown(bolds("words"))},
	{"a quote in a quote", "> one\n>\n> > two\n\nafter", parts("one", "two", "after"), nil},
	{"a list in a quote", "> - one\n> - two", parts("one", "two"), nil},
	{"a table", "| name | size |\n|---|---:|\n| a file | 12 |\n| **b** | 7 \\| 8 |", parts("name", "size", "a file", "12", "b", "7 | 8"), nil},
	{"a rule", "above\n\n---\n\nbelow", parts("above", "below"), nil},
	{"a soft and a hard break", "one\ntwo\\\nthree", exact("one two three"), shown()},
	{"escapes", `\*not bold\* and \_not italic\_ and \[no link\](x) and 1\. no list and \# none`, exact("*not bold* and _not italic_ and [no link](x) and 1. no list and # none"), shown()},
	{"escapes of a sign of the platform's own", `\~x\~ \|\|y\|\| \<z\> \@w \!v \-# u`, exact("~x~ ||y|| <z> @w !v -# u"), shown()},
	{"signs that are plain", "2 * 3 * 4 = 24, snake_case_name, a < b && c > d, 50 % of $5", exact("2 * 3 * 4 = 24, snake_case_name, a < b && c > d, 50 % of $5"), shown()},
	{"bars that hide nothing", "a ||visible|| word", exact("a ||visible|| word"), shown()},
	{"names of characters", "&lt;b&gt; &amp; &copy; &#35;", exact("<b> & © #"), shown()},
	{"HTML", "a <b>bold</b> word<br>and more", parts("a", "bold", "word", "and more"), nil},
	{"what is open", "an **open mark and `an open tick and [an open link](", parts("open mark and", "an open tick and", "an open link"), nil},
	{"paragraphs", "one\n\ntwo\n\n\n\nthree", exact("one two three"), shown()},
	{"marks beside other letters", "**太字**です and *斜体*です", exact("太字です and 斜体です"), nil},
}

// bullets begin an entry of a list on some platform, or a line of a quote.
const bullets = "•◦▪▫‣·-*+>│┃|─┼☐☑☒✓✔ \t\u00a0"

func markdownShown(s *scene) error {
	var next string
	s.answers(func(m bot.Message) (bot.Reply, error) {
		r := said(m)
		s.mu.Lock()
		defer s.mu.Unlock()
		r.Text = next
		return r, nil
	})
	s.start()
	var wrong []error
	for i, c := range constructs {
		s.mu.Lock()
		next = c.markdown
		s.mu.Unlock()
		s.say(private, fmt.Sprint("construct ", i))
		p, err := s.post(private, i+1)
		if err != nil {
			return errors.Join(append(wrong, fmt.Errorf("%s: %w", c.name, err))...)
		}
		pieces := s.Render(p.Text)
		if err := sees(pieces, c.want, c.marks); err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %q became %q: %w", c.name, c.markdown, p.Text, err))
		}
	}
	// Whatever can be clicked leads to a page.
	s.mu.Lock()
	next = "[x](javascript:alert(1)) [y](data:text/html,z) [w](file:///etc/passwd) <javascript:alert(2)> end"
	s.mu.Unlock()
	s.say(private, "links")
	p, err := s.post(private, len(constructs)+1)
	if err != nil {
		return errors.Join(append(wrong, err)...)
	}
	for _, piece := range s.Render(p.Text) {
		if u, err := url.Parse(piece.Link); piece.Link != "" && (err != nil || !slices.Contains([]string{"http", "https", "mailto"}, u.Scheme)) {
			wrong = append(wrong, fmt.Errorf("something leads to %q", piece.Link))
		}
	}
	return errors.Join(wrong...)
}

// sees says what people do not see as they should.
func sees(pieces []Piece, want []string, marks []mark) error {
	text := seen(pieces)
	if len(want) == 1 && text != want[0] {
		return fmt.Errorf("it reads %q, want %q", text, want[0])
	}
	rest := text
	for _, part := range want {
		_, after, ok := strings.Cut(rest, part)
		if !ok {
			return fmt.Errorf("it reads %q, where %q is missing or out of order", text, part)
		}
		rest = after
	}
	for _, m := range marks {
		if !slices.ContainsFunc(marked(pieces, m.kind), func(got mark) bool { return got.fits(m) }) {
			return fmt.Errorf("%q is not shown as %s: %+v", m.text, m.kind, pieces)
		}
	}
	if marks == nil || len(marks) > 0 {
		return nil
	}
	for _, kind := range []string{"bold", "italic", "strike", "code", "block"} {
		if got := marked(pieces, kind); len(got) > 0 {
			return fmt.Errorf("%q is shown as %s", got[0].text, kind)
		}
	}
	return nil
}

// seen gives the text of pieces without bullets, with single spaces.
func seen(pieces []Piece) string {
	var b strings.Builder
	for _, p := range pieces {
		b.WriteString(p.Text)
	}
	var lines []string
	for line := range strings.Lines(visible(b.String())) {
		line = strings.TrimSpace(line)
		if bare := strings.TrimLeft(line, bullets); bare == "" || strings.HasSuffix(line[:len(line)-len(bare)], " ") {
			line = bare
		}
		lines = append(lines, line)
	}
	return strings.Join(strings.Fields(strings.Join(lines, " ")), " ")
}

// marked gives what is shown in one way; pieces beside each other are one.
func marked(pieces []Piece, kind string) []mark {
	var out []mark
	open := false
	for _, p := range pieces {
		is := map[string]bool{"bold": p.Bold, "italic": p.Italic, "strike": p.Strike, "code": p.Code && !p.Block, "block": p.Block, "link": p.Link != ""}[kind]
		if n := len(out); is && open && out[n-1].link == p.Link {
			out[n-1].text += p.Text
		} else if is {
			out = append(out, mark{kind, p.Text, p.Link})
		}
		open = is
	}
	return out
}

// fits says whether something is shown as it should be. A block may be of more lines.
func (m mark) fits(want mark) bool {
	got := strings.TrimSpace(visible(m.text))
	switch want.kind {
	case "link":
		return got == want.text && sameURL(m.link, want.link)
	case "block":
		return strings.Contains(got, want.text)
	}
	return got == want.text
}

func sameURL(a, b string) bool {
	plain := func(s string) string {
		if u, err := url.PathUnescape(s); err == nil {
			return u
		}
		return s
	}
	return a == b || plain(a) == plain(b)
}
