package knowledge_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"frontdesk/knowledge"
	"frontdesk/knowledge/template"

	"github.com/google/go-cmp/cmp"
)

func TestText(t *testing.T) {
	for _, c := range []struct {
		in, want string
		slots    []string
	}{
		{"", "", nil},
		{"plain", "plain", nil},
		{"The {area} lights: {level}%, {area}!", "The <area> lights: <level>%, <area>!", []string{"area", "level"}},
		{`\{area\} {a}`, "{area} <a>", []string{"a"}},
		{`C:\dir \n \\`, `C:\dir \n \\`, nil},
		{`\\{a}`, `\{a}`, nil},
		{"a } b }}", "a } b }}", nil},
		{"{größe_2-x.y}", "<größe_2-x.y>", []string{"größe_2-x.y"}},
		{`{"json": 1}`, "1: {\"json\": 1} is no slot; write \\{ for the character itself", nil},
		{"a {{b}}", "3: { is never closed; close it with }, or write \\{ for the character itself", nil},
		{"é { area }", "4: { area } is no slot; write {area}, or write \\{ for the character itself", nil},
		{"{}", "1: {} is no slot; write \\{ for the character itself", nil},
		{"x {a\n}", "3: { is never closed; close it with }, or write \\{ for the character itself", nil},
	} {
		text, err := knowledge.ParseText(c.in)
		got := text.Expand(func(slot string) string { return "<" + slot + ">" })
		if err != nil {
			var s *template.SyntaxError
			if !errors.As(err, &s) {
				t.Fatalf("%q: %v", c.in, err)
			}
			got = string(rune('1'+s.Offset)) + ": " + err.Error()
		}
		if got != c.want {
			t.Errorf("%q: got %s, want %s", c.in, got, c.want)
		}
		if diff := cmp.Diff(c.slots, text.Slots()); diff != "" {
			t.Errorf("%q: %s", c.in, diff)
		}
	}
}

func ExampleParseText() {
	text, err := knowledge.ParseText(`The {area} lights are on \{:`)
	if err != nil {
		panic(err)
	}
	fmt.Println(text.Slots(), text.Expand(func(string) string { return "kitchen" }))
	// Output: [area] The kitchen lights are on {:
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"a {b} c", `\{`, `\\{a}\}`, "{", "{{}}", "{a b}", "\xff{\xff}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		text, err := knowledge.ParseText(s)
		if err == nil {
			// What stands between the slots is the text without its escapes.
			plain := strings.NewReplacer(`\{`, "{", `\}`, "}").Replace(s)
			if got := text.Expand(func(slot string) string { return "{" + slot + "}" }); got != plain {
				t.Errorf("%q became %q", s, got)
			}
		}
		again, err := knowledge.ParseText(knowledge.EscapeText(s))
		if err != nil || len(again.Slots()) > 0 || again.Expand(nil) != s {
			t.Errorf("%q does not survive escaping: %v", s, err)
		}
	})
}
