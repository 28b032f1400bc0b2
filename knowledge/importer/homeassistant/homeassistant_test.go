package homeassistant_test

import (
	"errors"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"frontdesk/internal/fault"
	"frontdesk/knowledge/importer/homeassistant"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares a text with a file in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got; go test -update writes it):\n%s", path, diff)
	}
}

func readDir(t testing.TB, names ...string) []homeassistant.File {
	t.Helper()
	var files []homeassistant.File
	for _, name := range names {
		data, err := os.ReadFile(filepath.Join("testdata/flat", name))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, homeassistant.File{Name: name, Data: data})
	}
	return files
}

// TestGolden holds what becomes of every construct, and every note.
func TestGolden(t *testing.T) {
	for name, files := range map[string][]string{
		"flat":     {"_common.yaml", "flat.yaml", "house.yaml"},
		"no-house": {"_common.yaml", "flat.yaml"},
	} {
		im, err := homeassistant.Read(t.Context(), readDir(t, files...), nil)
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		if err := im.WriteYAML(&out, "Golden.\nTwo lines."); err != nil {
			t.Fatal(err)
		}
		golden(t, name+".golden.yaml", out.String())
		golden(t, name+".notes", im.Notes.Error()+"\n")
	}
}

// TestSaid holds what sentences come out as.
func TestSaid(t *testing.T) {
	im, err := homeassistant.Read(t.Context(), readDir(t, "_common.yaml", "flat.yaml", "house.yaml"), nil)
	if err != nil {
		t.Fatal(err)
	}
	base := load(t, im)
	here := map[string]string{"room": "larder"}
	for _, c := range []struct {
		said    string
		context map[string]string
		intent  string
		slots   map[string]string
	}{
		{"start the book light", nil, "HassTurnOn", map[string]string{"name": "Reading Lamp"}},
		{"start gran's kettle in the larder", nil, "HassTurnOn", map[string]string{"name": "Gran's Kettle", "area": "Pantry"}},
		{"start reading lamp in the attic floor, if it pleases you", nil, "HassTurnOn", map[string]string{"name": "Reading Lamp", "floor": "Attic"}},
		{"start left curtain", nil, "HassTurnOn", map[string]string{"name": "Left Curtain"}},
		{"start roof shade", nil, "", nil},
		{"start front lock", nil, "", nil},
		{"stop gran's kettle", nil, "", nil},
		{"halt all of it", nil, "", nil},
		{"halt them all bed lamp", nil, "HassTurnOff", map[string]string{"name": "Reading Lamp"}},
		{"halt on all bed lamp", nil, "HassTurnOff", map[string]string{"name": "Reading Lamp"}},
		{"stop bed lamp", nil, "HassTurnOff", map[string]string{"name": "Reading Lamp"}},
		{"start everything in here", here, "HassTurnOn", map[string]string{"name": "all", "domain": "light switch", "area": "Pantry"}},
		{"start everything", nil, "HassTurnOn", map[string]string{"name": "all", "domain": "light switch", "area": "(asked for)"}},
		{"in the workshop start all lamps", here, "", nil},
		{"in workshop start all lamps", here, "HassTurnOn", map[string]string{"area": "Workshop", "domain": "light"}},
		{"spray sea", nil, "FlatScent", map[string]string{"scent": "sea"}},
		{"spray pines at 40%", nil, "FlatScent", map[string]string{"scent": "pine", "strength": "40"}},
		{"spray salt water at the most", nil, "FlatScent", map[string]string{"scent": "sea", "strength": "100"}},
		{"repeat it", nil, "FlatScent", map[string]string{"scent": "{rose}"}},
		{"make it twenty and a half degrees", nil, "FlatWarmth", map[string]string{"warmth": "20.5"}},
		{"make it 20.3 degrees", nil, "", nil},
		{"lower left curtain to 30", nil, "FlatSound", map[string]string{"name": "Left Curtain", "position": "30"}},
		{"lower left curtain to 35", nil, "", nil},
		{"lower roof shade to 30", nil, "", nil},
		{"announce that tea is ready", nil, "FlatTell", map[string]string{"message": "tea is ready"}},
		{"let mop work", nil, "FlatTell", map[string]string{"name": "mop"}},
		{"let kettle work", nil, "", nil},
		{"paint it amber", nil, "FlatTell", map[string]string{"tint": "amber"}},
		{"paint all amber", nil, "", nil},
	} {
		name, slots := intent(t, base, c.said, c.context)
		if name != c.intent || !maps.Equal(slots, c.slots) {
			t.Errorf("%q: %s %v, want %s %v", c.said, name, slots, c.intent, c.slots)
		}
	}
}

// TestFaults holds that every fault of every file is reported, with its place.
func TestFaults(t *testing.T) {
	_, err := homeassistant.Read(t.Context(), []homeassistant.File{
		{Name: "a.yaml", Data: []byte(`language: en
intents:
  A:
    data: {sentences: x}
  B: [data]
  C:
    data:
      - sentences: {a: b}
        requires_context: light
        response: [x]
lists:
  none: {}
  two: {values: [a], wildcard: true}
  range: {range: {from: 1}}
  turned: {range: {from: 9, to: 1}}
  still: {range: {from: 1, to: 9, step: 0}}
  words: {range: {from: one, to: 2}}
  out: {values: [{in: a, out: [b]}]}
`)},
		{Name: "b.yaml", Data: []byte("language: de\nareas: [{id: a}, b]\nentities: [{name: x, id: lamp}]\n")},
		{Name: "c.yaml", Data: []byte("a: [")},
	}, nil)
	var list fault.List
	if !errors.As(err, &list) {
		t.Fatal(err)
	}
	golden(t, "faults.txt", list.Error()+"\n")
}

// TestNames holds that names that we make do not meet those of the files.
func TestNames(t *testing.T) {
	im, err := homeassistant.Read(t.Context(), []homeassistant.File{{Name: "a.yaml", Data: []byte(`language: en
intents:
  A:
    data:
      - sentences: ["wake <name>", "wake <name_light> in {name_light}", "wake {name_light:name} then"]
        requires_context: {domain: light}
      - sentences: ["<skip_words> nothing | at all"]
lists: {name_light: {values: [bright, dim], context: x}}
expansion_rules: {name: "my {name}", name_light: "any {name}", skip_words: "(do|say)"}
skip_words: [by all means]
entities: [{name: lamp, id: light.a}, {name: fan, id: fan.a}]
`)}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	base := load(t, im)
	for said, want := range map[string]string{
		"by all means wake my lamp": "lamp",
		"wake any lamp in bright":   "lamp bright",
		"wake bright then":          "",
		"wake my fan":               "",
		"say nothing":               "",
		"do nothing, by all means":  "",
		"by all means at all":       "",
	} {
		_, slots := intent(t, base, said, nil)
		if got := strings.TrimSpace(slots["name"] + " " + slots["name_light"]); got != want {
			t.Errorf("%q: %v, want %s", said, slots, want)
		}
	}
}
