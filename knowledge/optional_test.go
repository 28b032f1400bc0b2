package knowledge_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestOptional holds that a command is not asked for what it does without.
func TestOptional(t *testing.T) {
	b, err := load(t, map[string]string{"k.yaml": `format: 1
slots: {area: {values: [kitchen, office]}, name: {values: [lamp, fan]}}
commands:
  - id: "on"
    say: "turn on [the] {name} [in [the] {area}]"
    optional: area
    run: {exec: {command: [lights, "{name}", "{area}"]}}
`}, "k.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c := b.Entries[0].Command
	if diff := cmp.Diff([]string{"name"}, c.Needs); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"area"}, c.Optional); diff != "" {
		t.Error(diff)
	}
}

func TestOptionalFaults(t *testing.T) {
	_, err := load(t, map[string]string{"k.yaml": `format: 1
slots: {area: {values: [kitchen, office], default: office}, name: {values: [lamp, fan]}}
commands:
  - id: "on"
    say: "turn on [the] {name} [in [the] {area}]"
    optional: [area, nmae, name, name]
    run: {exec: {command: [lights, "{name}", "{area}"]}}
`}, "k.yaml")
	got := faultsOf(t, err).Error()
	for _, want := range []string{
		`k.yaml:6:16: the slot "area" has a default, so it always has a value; remove one of them`,
		`k.yaml:6:22: no sentence of this command names {nmae}; did you mean "name"?`,
		`k.yaml:6:34: the slot "name" is named twice; keep one of them`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no fault %q in:\n%s", want, got)
		}
	}
}

// TestStore holds that a file of slots alone may have more than is used.
func TestStore(t *testing.T) {
	if _, err := load(t, map[string]string{
		"k.yaml":     "format: 1\ncommands: [{id: a, say: 'lights in {area}', reply: yes}]\n",
		"house.yaml": "format: 1\nslots: {area: {values: [attic]}, floor: {values: [upstairs]}}\nrules: {the: '(the|my)'}\n",
	}, "k.yaml", "house.yaml"); err != nil {
		t.Error(err)
	}
}
