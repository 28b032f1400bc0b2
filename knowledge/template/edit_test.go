package template_test

import (
	"slices"
	"testing"

	"frontdesk/knowledge/template"
)

func TestEdited(t *testing.T) {
	edit := template.Edit{
		Slot: func(r template.SlotRef) (template.SlotRef, bool) {
			if r.Slot == "name" {
				r.List = "lamp"
			}
			return r, r.List != "floor"
		},
		Rule: func(name string) (string, bool) { return "my_" + name, name != "floor" },
	}
	for in, want := range map[string]string{
		"turn on {name}":                       "turn on {lamp:name}",
		"({area}|{floor}) [on {floor}] lights": "({area})  lights",
		"lights on {floor}":                    "",
		"(on;{floor})":                         "",
		"([up] <floor>|<area>) on":             "(<my_area>) on",
		"[<floor>|{name}] off; {x:@text}":      "[{lamp:name}] off; {x:@text}",
	} {
		p, err := template.Parse(in)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := p.Edited(edit)
		switch {
		case ok != (want != ""):
			t.Errorf("%s: %v", in, ok)
		case ok && got.String() != want:
			t.Errorf("%s: %q, want %q", in, got, want)
		}
		if p.String() != in {
			t.Errorf("%s became %s", in, p)
		}
	}
}

func TestAlways(t *testing.T) {
	rules := map[string]*template.Template{}
	for name, text := range map[string]string{"where": "[in] (the {area}|my {area} on {floor})", "loop": "{x} <loop>"} {
		p, err := template.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		rules[name] = p
	}
	for in, want := range map[string][]string{
		"on":                     nil,
		"{b} [{c}] {a:d}":        {"b", "d"},
		"({a}|{b} {a}) <where>":  {"a", "area"},
		"({a};{b}) <loop>":       {"a", "b", "x"},
		"<where> <where> <none>": {"area"},
		"{a} | {b}":              nil,
	} {
		p, err := template.Parse(in)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Always(rules); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", in, got, want)
		}
	}
}
