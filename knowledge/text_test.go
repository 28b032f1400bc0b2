package knowledge_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"frontdesk/internal/secret"
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
		{"$5 ${area} $$ $", "$5 $<area> $$ $", []string{"area"}},
		{"a${env:B_1}c {d}", "a***c <d>", []string{"d"}},
		{"${file:a/b c}{d}", "***<d>", []string{"d"}},
		{`$\{env:B} $\{file:x\}`, "${env:B} ${file:x}", nil},
		{"$${env:B}", "$***", nil},
		{`\${env:B}`, `\***`, nil},
		{"é ${env:1B}", "4: \"1B\" cannot name an environment variable; write ${env:NAME} with letters, digits and _; write $\\{ for the characters themselves", nil},
		{"${file:x", "1: ${file: is never closed; close it with }; write $\\{ for the characters themselves", nil},
		{"${evn:B}", "2: {evn:B} is no slot; write \\{ for the character itself", nil},
		{"{env:B}", "1: {env:B} is no slot; write ${env:B} for a secret, or write \\{ for the character itself", nil},
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

func TestTextSecrets(t *testing.T) {
	text, err := knowledge.ParseText("Bearer ${env:T}/{slot}${file:f}!{slot}")
	if err != nil {
		t.Fatal(err)
	}
	value := func(string) string { return "${env:T}" }
	read := text.WithSecrets(func(r secret.Ref) secret.String { return secret.New("<{slot}" + r.String() + ">") })
	if got := text.Expand(value); got != "Bearer ***/${env:T}***!${env:T}" {
		t.Errorf("not read: %s", got)
	}
	if got := read.Expand(value); got != "Bearer <{slot}${env:T}>/${env:T}<{slot}${file:f}>!${env:T}" {
		t.Errorf("read: %s", got)
	}
	if got := read.Show(value); got != text.Expand(value) {
		t.Errorf("shown: %s", got)
	}
	if got := fmt.Sprint(read.Secrets(), text.Secrets()); got != "[${env:T} ${file:f}] [${env:T} ${file:f}]" {
		t.Errorf("named: %s", got)
	}
	if got := fmt.Sprintf("%v %+v %#v", read, read, read); strings.Contains(got, "<{slot}") {
		t.Errorf("printed: %s", got)
	}
	want := []knowledge.Part{{Words: "Bearer <{slot}${env:T}>/"}, {Slot: "slot"}, {Words: "<{slot}${file:f}>!"}, {Slot: "slot"}}
	if diff := cmp.Diff(want, read.Parts()); diff != "" {
		t.Error(diff)
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
	for _, s := range []string{"a {b} c", `\{`, `\\{a}\}`, "{", "{{}}", "{a b}", "\xff{\xff}", "${env:A}", "$${file:a/b}{c}", `$\{env:A}`, "${env:"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		text, err := knowledge.ParseText(s)
		if err == nil {
			// What stands between the slots is the text without its escapes.
			plain := strings.NewReplacer(`\{`, "{", `\}`, "}").Replace(s)
			text = text.WithSecrets(func(r secret.Ref) secret.String { return secret.New(r.String()) })
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
