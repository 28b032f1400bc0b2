package dispatch_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"frontdesk/bot"
	"frontdesk/bot/dispatch"
	"frontdesk/internal/secret"
	"frontdesk/internal/strictyaml"
	"frontdesk/knowledge"
	"frontdesk/knowledge/template"

	"go.yaml.in/yaml/v4"
)

// reader gives a reader, and a value for it to read.
func reader(t testing.TB, dir, text string) (*dispatch.Reader, strictyaml.At[string]) {
	t.Helper()
	file := filepath.Join(dir, "k.yaml")
	node, faults := strictyaml.Parse(file, []byte(text))
	if len(faults) > 0 {
		t.Skip(faults)
	}
	if node == nil {
		t.Skip("nothing to read")
	}
	a := knowledge.Action{Kind: "test", Node: &yaml.Node{Kind: yaml.MappingNode}, Pos: knowledge.Pos{File: file}}
	return dispatch.NewReader(a, &struct{}{}, ""), strictyaml.At[string]{Value: node.Value, Node: node}
}

func TestJSON(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "token"), []byte("hun\"ter"), 0o600); err != nil {
		t.Fatal(err)
	}
	entry := &knowledge.Entry{Command: &knowledge.Command{Slots: map[string]*knowledge.Slot{
		"n": {Slot: template.Slot{Type: template.Number}}, "p": {Slot: template.Slot{Type: template.Percentage}},
		"d": {Slot: template.Slot{Type: template.Duration}}, "l": {Slot: template.Slot{Type: template.List}},
	}}}
	values := map[string]template.Value{"n": {Canonical: "-2.50"}, "p": {Canonical: "50"}, "d": {Canonical: "90"}, "l": {Canonical: `a"b<&>`}, "u": {Canonical: "5"}}
	for _, c := range []struct{ in, want, shown string }{
		{`{b: 1, a: [x, 2.50, true, ~, {}, []], "n": "5", f: False}`, `{"b":1,"a":["x",2.50,true,null,{},[]],"n":"5","f":false}`, ""},
		{`{n: "{n}", p: "{p}", d: "{d}", l: "{l}", u: "{u}"}`, `{"n":-2.50,"p":50,"d":90,"l":"a\"b<&>","u":"5"}`, ""},
		{`["{n} ", "{n}{n}", "x{l}y", "\\{n}", "{n}%"]`, `["-2.50 ","-2.50-2.50","xa\"b<&>y","{n}","-2.50%"]`, ""},
		{`"{n}"`, `-2.50`, ""},
		{`[0x10, 1e3, 007, 1_000, .5, 9007199254740993, 2026-11-23]`, `[16,1000,7,1000,0.5,9007199254740993,"2026-11-23"]`, ""},
		{`{a: "Token ${file:token}"}`, `{"a":"Token hun\"ter"}`, `{"a":"Token ***"}`},
	} {
		r, at := reader(t, dir, c.in)
		j := r.JSON(at.Node, true)
		if len(r.Faults) > 0 {
			t.Errorf("%s: %v", c.in, r.Faults)
			continue
		}
		call := bot.Call{Entry: entry, Slots: values}
		got, refused := j.Expand(call)
		if string(got) != c.want || refused != "" {
			t.Errorf("%s: got %s, %s; want %s", c.in, got, refused, c.want)
		}
		if c.shown == "" {
			c.shown = c.want
		}
		if got, _ := j.Show(call); string(got) != c.shown {
			t.Errorf("%s: shown as %s", c.in, got)
		}
	}
	r, at := reader(t, dir, `["{n}"]`)
	if got, _ := r.JSON(at.Node, false).Expand(bot.Call{Entry: entry, Slots: values}); string(got) != `["-2.50"]` {
		t.Errorf("without numbers: %s", got)
	}
	for _, value := range []string{"", "x", "1,\"a\":2", "1e9", "Infinity", "01", "1 ", "\xff"} {
		if got, refused := r.JSON(at.Node, true).Expand(bot.Call{Entry: entry, Slots: map[string]template.Value{"n": {Canonical: value}}}); refused == "" {
			t.Errorf("%q became %s", value, got)
		}
	}
	if _, refused := r.JSON(at.Node, false).Expand(bot.Call{Slots: map[string]template.Value{"n": {Canonical: "\xff"}}}); refused == "" {
		t.Error("bytes that are no text are sent")
	}
	for in, want := range map[string]string{
		`{"{a}": 1}`:                     "1:2: a key cannot hold the slot {a}",
		`{"${env:A}": 1}`:                "1:2: a key cannot hold the secret ${env:A}",
		`{"a\\}": 1, "a}": 2}`:           "1:13: the key \"a}\" is there twice",
		`[.inf]`:                         "1:2: JSON knows no number .inf; put it into quotes",
		`{a: {b: ["{"]}}`:                "1:10: { is never closed",
		`{a: "${env:DISPATCH_NOWHERE}"}`: "1:5: the secret ${env:DISPATCH_NOWHERE} is missing",
	} {
		r, at := reader(t, dir, in)
		r.JSON(at.Node, true)
		if !strings.Contains(r.Faults.Error(), "k.yaml:"+want) {
			t.Errorf("%s: %v, want %s", in, r.Faults, want)
		}
	}
}

func TestMapping(t *testing.T) {
	answer := `{"state": "on", "level": 21.50, "lamps": [{"n": "a"}, {"n": "b<"}], "x": null, "o": {"k": [1, true]}}`
	for _, c := range []struct{ path, answer, want, problem string }{
		{"", answer, "", ""},
		{"none", answer, "", ""},
		{"text", "plain\x1b[1m text\n", "plain text", ""},
		{"$.state", answer, "on", ""},
		{"$.level", answer, "21.50", ""},
		{"$.lamps[*].n", answer, "a\nb<", ""},
		{"$.lamps[1]['n']", answer, "b<", ""},
		{"$..n", answer, "a\nb<", ""},
		{"$.lamps[?@.n == 'a'].n", answer, "a", ""},
		{"$.o", answer, `{"k":[1,true]}`, ""},
		{"$.x", answer, "null", ""},
		{"$", `"all"`, "all", ""},
		{"$.y", answer, "", "the answer has nothing at $[\"y\"]"},
		{"$.state", "<html>", "", "the answer is no JSON"},
		{"$.state", "", "", "the answer is no JSON"},
		{"$.a", `{"a":1} {"a":2}`, "", "the answer is no JSON"},
		{"$..n", strings.Repeat("[", 20000), "", "the answer is no JSON"},
	} {
		r, _ := reader(t, "", "x")
		m := r.Mapping(strictyaml.At[string]{Value: c.path})
		if len(r.Faults) > 0 {
			t.Errorf("%s: %v", c.path, r.Faults)
		}
		o := dispatch.NewOutput(100, nil)
		err := m.Map([]byte(c.answer), o)
		if problem := errorText(err); o.String() != c.want || problem != c.problem {
			t.Errorf("%s: got %q, %s; want %q, %s", c.path, o, problem, c.want, c.problem)
		}
	}
	for path, want := range map[string]string{
		"state":                         `"state" says of no answer what is shown; write none, text, or a path`,
		"$.":                            `"$." is no path: `,
		"$..a..b":                       "more than once",
		"$.{a}":                         "output cannot hold the slot {a}",
		"$.a{":                          "is never closed",
		"$" + strings.Repeat(".a", 600): "the path is 1201 bytes long",
	} {
		r, _ := reader(t, "", "x")
		r.Mapping(strictyaml.At[string]{Value: path})
		if !strings.Contains(r.Faults.Error(), want) {
			t.Errorf("%s: %v, want %s", path, r.Faults, want)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func FuzzMapping(f *testing.F) {
	f.Add("$.a", `{"a": 1}`)
	f.Add("$..*", `[[1], {"a": null}]`)
	f.Add("$[?@.a > 1 && match(@.b, 'x.*')]", `[{"a": 2, "b": "xy"}]`)
	f.Add("text", "\xff")
	f.Fuzz(func(t *testing.T, path, answer string) {
		r, _ := reader(t, "", "x")
		m := r.Mapping(strictyaml.At[string]{Value: path})
		o := dispatch.NewOutput(100, nil)
		if err := m.Map([]byte(answer), o); err == nil && !utf8.ValidString(o.String()) {
			t.Errorf("%q of %q gives %q", path, answer, o)
		}
	})
}

func FuzzJSON(f *testing.F) {
	for _, s := range []string{`{a: "{n}", b: [1, 2.5, x{l}]}`, `"{l}"`, `[~, true, 0x1F, 1e5, .5, -0]`, `{"{": 1}`, "a: |\n  {l}\n"} {
		f.Add(s, "5", `"},`)
	}
	entry := &knowledge.Entry{Command: &knowledge.Command{Slots: map[string]*knowledge.Slot{"n": {Slot: template.Slot{Type: template.Number}}}}}
	f.Fuzz(func(t *testing.T, text, n, l string) {
		r, at := reader(t, "/nowhere", text)
		j := r.JSON(at.Node, true)
		if len(r.Faults) > 0 {
			return
		}
		got, refused := j.Expand(bot.Call{Entry: entry, Slots: map[string]template.Value{"n": {Canonical: n}, "l": {Canonical: l}}})
		if refused == "" && !json.Valid(got) {
			t.Errorf("%q became %s", text, got)
		}
	})
}

func TestOutputSecrets(t *testing.T) {
	r := secret.NewRedactor(secret.New("hunter2"), secret.New("a\nb"))
	for _, c := range []struct {
		limit    int
		in, want string
	}{
		{100, "the hunter2!", "the ***!"},
		{100, "hun\x1b[1mter2", "***"},
		{100, "hun\x00ter2", "***"},
		{100, "a\r\nb", "***"},
		{10, "12345hunter2", "12345***\n… (cut after 10 bytes)"},
		{6, "hunter2hunter2", "***\n… (cut after 6 bytes)"},
		{8, "hunter2hunter2", "******\n… (cut after 8 bytes)"},
	} {
		o := dispatch.NewOutput(c.limit, r)
		if _, err := o.Write([]byte(c.in)); err != nil {
			t.Fatal(err)
		}
		if got := o.String(); got != c.want {
			t.Errorf("%q within %d: %q, want %q", c.in, c.limit, got, c.want)
		}
	}
}
