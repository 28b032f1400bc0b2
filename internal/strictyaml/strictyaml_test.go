package strictyaml_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"frontdesk/internal/fault"
	"frontdesk/internal/strictyaml"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"
)

type settings struct {
	Name    string                  `yaml:"name"`
	Count   int                     `yaml:"count"`
	Ratio   float64                 `yaml:"ratio"`
	On      bool                    `yaml:"on"`
	Wait    time.Duration           `yaml:"wait"`
	Level   slog.Level              `yaml:"level"`
	List    []string                `yaml:"list"`
	Many    strictyaml.Many[string] `yaml:"many"`
	Env     map[string]string       `yaml:"env"`
	Ordered strictyaml.Map[int]     `yaml:"ordered"`
	Inner   *inner                  `yaml:"inner"`
	Raw     *yaml.Node              `yaml:"raw"`
	Rights  yaml.Node               `yaml:"allow" unsupported:"take it out"`
	inline  `yaml:",inline"`
	hidden  string
}

type inner struct {
	Text strictyaml.At[string] `yaml:"text"`
}

type inline struct {
	Extra string `yaml:"extra"`
}

func TestDecode(t *testing.T) {
	v := settings{Name: "default", Count: 7}
	faults := strictyaml.Decode("f.yaml", []byte(`
name:
ratio: 0.5
on: true
wait: 1m30s
level: warn
list: [a, 1, 2001-01-01, true]
many: one
env: {A: x, B: "2"}
ordered: {z: 1, a: 2}
inner: {text: hi}
raw: {any: [thing]}
extra: e
`), &v)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	if v.Name != "default" || v.Count != 7 {
		t.Errorf("a key without a value, or none, changed the default: %q, %d", v.Name, v.Count)
	}
	if v.Ratio != 0.5 || !v.On || v.Wait != 90*time.Second || v.Level != slog.LevelWarn || v.Extra != "e" {
		t.Errorf("scalars: %+v", v)
	}
	if diff := cmp.Diff([]string{"a", "1", "2001-01-01", "true"}, v.List); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(strictyaml.Many[string]{"one"}, v.Many); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]string{"A": "x", "B": "2"}, v.Env); diff != "" {
		t.Error(diff)
	}
	if len(v.Ordered) != 2 || v.Ordered[0].Key.Value != "z" || v.Ordered[1].Value.Value != 2 || v.Ordered[1].Key.Node.Column != 17 {
		t.Errorf("ordered: %+v", v.Ordered)
	}
	if v.Inner.Text.Value != "hi" || v.Inner.Text.Node.Line != 11 || v.Raw.Kind != yaml.MappingNode {
		t.Errorf("inner %+v, raw %+v", v.Inner, v.Raw)
	}
	if v.hidden != "" {
		t.Error("a field without a key was set")
	}
}

// TestFaults holds what each mistake is called, and where.
func TestFaults(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"unknown key", "name: x\ncuont: 1", `2:1: unknown key "cuont"; did you mean "count"?`},
		{"nothing near", "zzzzzz: 1", `1:1: unknown key "zzzzzz"; known keys: name, count, ratio, on, wait, level, list, many, env, ordered, inner, raw, extra`},
		{"inner key", "inner: {txet: a}", `1:9: unknown key "txet"; did you mean "text"?`},
		{"unsupported", "name: x\nallow: {roles: [a]}", `2:1: "allow" is not supported; take it out`},
		{"twice", "name: x\nname: y", `2:1: the key "name" is given twice; it stands in line 1 already; keep one of them`},
		{"twice in what is not decoded", "raw: {a: {b: 1, b: 2}}", `1:17: the key "b" is given twice; it stands in line 1 already; keep one of them`},
		{"list for text", "name: [a, b]", `1:7: name: expected a text, found a list; put a text that begins with [ into quotes`},
		{"keys for text", "name:\n  a: b", `2:3: name: expected a text, found keys with values`},
		{"text for list", "list: a", "1:7: list: expected a list, found the text \"a\"; begin each value with \"- \" on a line of its own, or write [a, b]"},
		{"text for number", "count: many", `1:8: count: expected a whole number, found the text "many"`},
		{"quoted number", `count: "3"`, `1:8: count: expected a whole number, found the text "3"; remove the quotes`},
		{"fraction", "count: 1.5", `1:8: count: expected a whole number, found the number 1.5`},
		{"too large", "count: 99999999999999999999", `1:8: count: expected a whole number, found the number 99999999999999999999`},
		{"not a number", "ratio: .nan", `1:8: ratio: expected a number, found the number .nan`},
		{"yes", "on: yes", `1:5: on: expected true or false, found the text "yes"; write true`},
		{"duration", "wait: 10", `1:7: wait: expected a length of time, found the number 10; write for example 30s, 10m or 2h`},
		{"duration text", "wait: soon", `1:7: wait: expected a length of time, found the text "soon"; write for example 30s, 10m or 2h`},
		{"level", "level: loud", `1:8: level: slog: level string "loud": unknown name`},
		{"no map", "env: [a]", `1:6: env: expected keys with values, found a list; write "key: value" lines, indented`},
		{"no struct", "inner: a", `1:8: inner: expected keys with values, found the text "a"; known keys: text`},
		{"a list on top", "- a", `1:1: expected keys with values, found a list; known keys: name, count, ratio, on, wait, level, list, many, env, ordered, inner, raw, extra`},
		{"merge key", "raw: &a {b: 1}\nenv: {<<: *a}", `2:7: merge keys (<<) are not supported; write the keys out`},
		{"tag", "name: !secret x", `1:7: the tag !secret is not understood; remove it; a text that begins with ! must be in quotes`},
		{"key is a list", "{[a]: b}", "1:2: a list cannot be a key; put a text that begins with { or [ into quotes"},
		{"second document", "name: x\n---\nname: y", "2:1: a second document begins here; keep one document a file and remove the line ---"},
		{"contains itself", "raw: &a [*a]", "1:6: the value of &a contains itself; write it out"},
		{"tab", "inner:\n\ttext: a", "2:1: a tab stands where spaces are expected; indent with spaces"},
		{"tab again", "name: x\n\tcount: 2", "2:1: a tab stands where spaces are expected; indent with spaces"},
		{"colon", "name: a: b", "1:8: a colon stands where no key can end; put a text that has a colon and a space in it into quotes, or check the indentation"},
		{"open quote", "name: 'it's\ncount: 1", "1:11: this line does not fit what stands above it; check its indentation and the quotes"},
		{"open quote to the end", "count: 1\nname: \"x\n", "2:7: this quote is never closed; close it; in single quotes an apostrophe is written twice"},
		{"open list", "list: [a, b\nname: x", "1:7: this [ list is not closed, or two of its values have no comma between them; check the commas and the ]"},
		{"open brace", "env: {a: b\nname: x", "1:6: this { is not closed, or two of its values have no comma between them; check the commas and the }; a text that begins with { must be in quotes"},
		{"no value", "list: [a, , b]", "1:11: a value is missing here; check the brackets, the braces and the commas"},
		{"escape", `name: "a\{b"`, `1:9: a backslash in double quotes is followed by a character that it cannot escape; write \\ for the backslash itself, or use single quotes`},
		{"percent", "name: %x", "1:7: a text cannot begin with '%'; put it into quotes"},
		{"star", "name: *x", "1:7: unknown anchor 'x' referenced; put a text that begins with * into quotes"},
		{"indentation", "list:\n  - a\n b: c", "3:2: this line does not fit what stands above it (since line 1); check its indentation and the quotes"},
		{"utf-8", "name: a\xffb\ncount: \xfe", "1:8: the byte 0xFF is not UTF-8; save the file as UTF-8\nf:2:8: the byte 0xFE is not UTF-8; save the file as UTF-8"},
		{"utf-16", "\xff\xfen\x00a\x00", "1:1: the file is UTF-16; save the file as UTF-8"},
		{"utf-16, the other way", "\xfe\xff\x00n\x00a", "1:1: the file is UTF-16; save the file as UTF-8"},
		{"control character", "name: ä\x00b", "1:8: the control character U+0000 cannot stand in a text; remove it"},
		{"many at once", "cuont: 1\non: yes\nlist: {}\nratio: x", "1:1: unknown key \"cuont\"; did you mean \"count\"?\n" +
			"f:2:5: on: expected true or false, found the text \"yes\"; write true\n" +
			"f:3:7: list: expected a list, found keys with values; begin each value with \"- \" on a line of its own, or write [a, b]\n" +
			"f:4:8: ratio: expected a number, found the text \"x\""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var v settings
			got := strictyaml.Decode("f", []byte(c.in), &v).Error()
			if diff := cmp.Diff("f:"+c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEmpty(t *testing.T) {
	for _, in := range []string{"", "# nothing\n", "---\n", "null"} {
		var v settings
		if faults := strictyaml.Decode("f", []byte(in), &v); len(faults) > 0 {
			t.Errorf("%q: %v", in, faults)
		}
	}
}

// TestBounds holds that a file made to cost time or memory is refused.
func TestBounds(t *testing.T) {
	bomb := "a: &a [x, x, x, x, x, x, x, x, x]\n"
	for c := 'b'; c <= 'k'; c++ {
		bomb += fmt.Sprintf("%c: &%c [*%c, *%c, *%c, *%c, *%c, *%c, *%c, *%c, *%c]\n", c, c, c-1, c-1, c-1, c-1, c-1, c-1, c-1, c-1, c-1)
	}
	deepAlias := "a0: &a0 [x]\n"
	for i := 1; i < 200; i++ {
		deepAlias += fmt.Sprintf("a%d: &a%d [*a%d]\n", i, i, i-1)
	}
	for _, c := range []struct{ name, in, want string }{
		{"bomb", bomb, "stand for more than"},
		{"deep by aliases", deepAlias, "stand for more than"},
		{"deep", strings.Repeat("[", 5000), "nested deeper than"},
		{"deep blocks", strings.Repeat("- ", 5000) + "x", "nested deeper than"},
		{"large", strings.Repeat("#", strictyaml.MaxSize+1), "larger than 16 MiB"},
		{"many values", "[" + strings.Repeat("a,", 2_000_000) + "]", "may hold more than"},
	} {
		t.Run(c.name, func(t *testing.T) {
			root, faults := strictyaml.Parse("f", []byte(c.in))
			if root != nil || len(faults) != 1 || !strings.Contains(faults[0].Error(), c.want) {
				t.Errorf("got a node: %v, faults %v; want one with %q", root != nil, faults, c.want)
			}
		})
	}
}

func TestAliasesAreReplaced(t *testing.T) {
	root, faults := strictyaml.Parse("f", []byte("a: &x {k: v}\nb: *x\n"))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	var v struct {
		A map[string]string `yaml:"a"`
		B map[string]string `yaml:"b"`
	}
	if faults := strictyaml.DecodeNode("f", root, &v); len(faults) > 0 || v.B["k"] != "v" {
		t.Errorf("got %v, faults %v", v, faults)
	}
}

func TestLocate(t *testing.T) {
	for _, c := range []struct {
		name, in, at string
		line, col    int
	}{
		{"plain", "k: turn [on", "[", 1, 9},
		{"plain after letters of two bytes", "ü: ää [on", "[", 1, 7},
		{"double quotes", `k: "a (b"`, "(", 1, 7},
		{"an escape", `k: "say \"x\" (b"`, "(", 1, 15},
		{"single quotes", `k: 'it''s (b'`, "(", 1, 11},
		{"in a list", "k: [x, y (z]", "(", 1, 10},
		{"an anchor", "k: &name  y (z", "(", 1, 13},
		{"a block", "k: |\n  one\n  two (x\n", "(", 3, 7},
		{"a block with an indent", "k:\n  - |\n      x\n        y (x\n", "(", 4, 11},
		{"over two lines: the start", "k: one\n  two (x", "(", 1, 4},
		{"folded: the start", "k: >\n  one (x\n", "(", 1, 4},
		{"an escape that is not followed: the start", `k: "a\x20(b"`, "(", 1, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			root, faults := strictyaml.Parse("f", []byte(c.in))
			if len(faults) > 0 {
				t.Fatal(faults)
			}
			n := root
			for n.Kind != yaml.ScalarNode || !strings.Contains(n.Value, c.at) {
				n = n.Content[len(n.Content)-1]
			}
			line, col := strictyaml.Locate([]byte(c.in), n, strings.Index(n.Value, c.at))
			if line != c.line || col != c.col {
				t.Errorf("got %d:%d, want %d:%d", line, col, c.line, c.col)
			}
		})
	}
}

func TestNearest(t *testing.T) {
	known := []string{"alternatives", "answer", "tags", "id", "y"}
	for word, want := range map[string]string{
		"anser": "answer", "Answer": "answer", "alternative": "alternatives", "tag": "tags", "atgs": "tags",
		"di": "id", "x": "", "colour": "", "": "", strings.Repeat("x", 10_000): "",
	} {
		if got := strictyaml.Nearest(word, known); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", strictyaml.Shorten(word), got, want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		"name: x\ncount: 3\n", "a: &a [*a]", "inner: {text: |\n  x\n}", "- a\n- b", "ordered: {a: 1}\n---\n", "name: \"\\u263a\"",
		"%YAML 1.1\n---\nname: x", "? [a]\n: b", "many: [a, b]\nlist: [~]", "raw: &x\n  k: [1, *x]", "\ufeffname: x", "name: a\u2028b\nx: (",
	} {
		f.Add([]byte(s), 3)
	}
	f.Fuzz(func(t *testing.T, data []byte, offset int) {
		var v settings
		var all fault.List = strictyaml.Decode("f", data, &v)
		for _, x := range all {
			if x.What == "" || x.Line < 0 || x.Col < 0 || x.Line > 0 && x.Col == 0 {
				t.Errorf("a fault without a place or a word: %+v", x)
			}
		}
		if v.Inner != nil && v.Inner.Text.Node != nil {
			if line, col := strictyaml.Locate(data, v.Inner.Text.Node, offset); line < 1 || col < 1 {
				t.Errorf("offset %d is at %d:%d", offset, line, col)
			}
		}
	})
}

func Example() {
	var v struct {
		Question string   `yaml:"question"`
		Tags     []string `yaml:"tags"`
	}
	faults := strictyaml.Decode("faq.yaml", []byte("qestion: How?\ntags: account\n"), &v)
	fmt.Println(faults.Error())
	// Output:
	// faq.yaml:1:1: unknown key "qestion"; did you mean "question"?
	// faq.yaml:2:7: tags: expected a list, found the text "account"; begin each value with "- " on a line of its own, or write [a, b]
}
