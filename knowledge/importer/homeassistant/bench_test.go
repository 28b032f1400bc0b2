package homeassistant_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"frontdesk/knowledge"
	"frontdesk/knowledge/importer/homeassistant"

	"go.yaml.in/yaml/v4"
)

// haDir holds sentence templates of the Home Assistant intents project and its
// tests of them.
const haDir = "../../../../shared/bench/ha"

// exceptions are the test sentences that do not come out as the project has
// them, each with its reason.
var exceptions = map[string]string{}

// readBench reads files of the project; the test is skipped where there are none.
func readBench(t testing.TB, patterns ...string) []homeassistant.File {
	t.Helper()
	var files []homeassistant.File
	for _, p := range patterns {
		names, err := filepath.Glob(filepath.Join(haDir, p))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, homeassistant.File{Name: filepath.Base(name), Data: data})
		}
	}
	if len(files) == 0 {
		t.Skip("the sentences of Home Assistant are not in " + haDir)
	}
	return files
}

// load has an import written, and loads what was written.
func load(t testing.TB, im *homeassistant.Import) *knowledge.Base {
	t.Helper()
	var data strings.Builder
	if err := im.WriteYAML(&data, "A test."); err != nil {
		t.Fatal(err)
	}
	base, err := knowledge.Load(t.Context(), knowledge.Options{
		FS: fstest.MapFS{"ha.yaml": {Data: []byte(data.String())}}, Paths: []string{"ha.yaml"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return base
}

// intent gives the intent that a sentence is handed over as, with its slots, as
// the kind of command does it: a text whose slots have no value is left out.
func intent(t testing.TB, base *knowledge.Base, said string, context map[string]string) (string, map[string]string) {
	t.Helper()
	matches := base.Grammar.Match(said, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	if len(matches) == 0 {
		return "", nil
	}
	e, _ := base.Entry(matches[0].ID)
	var run struct {
		Intent string
		Slots  map[string]yaml.Node
	}
	if err := e.Command.Action.Node.Decode(&run); err != nil {
		t.Fatal(err)
	}
	value := func(slot string) string {
		if v, ok := matches[0].Slots[slot]; ok {
			return v.Canonical
		}
		s := e.Command.Slots[slot]
		if s == nil {
			t.Fatalf("%s has no slot %q", e.ID, slot)
		}
		if v, ok := s.Parse(context[s.Context], time.Time{}); s.Context != "" && ok {
			return v.Canonical
		}
		if slices.Contains(e.Command.Needs, slot) {
			return "(asked for)"
		}
		return s.Default
	}
	got := map[string]string{}
	for name, n := range run.Slots {
		for _, c := range n.Content { // a list
			n.Value = strings.TrimSpace(n.Value + " " + c.Value)
		}
		text, err := knowledge.ParseText(n.Value)
		if err != nil {
			t.Fatal(err)
		}
		if v := text.Expand(value); v != "" {
			got[name] = v
		}
	}
	return run.Intent, got
}

// TestBench imports the files of the Home Assistant intents project that are at
// hand, whole, and holds that every test sentence of theirs comes out as the
// intent and with the slots that they name: all of them, and no others.
func TestBench(t *testing.T) {
	im, err := homeassistant.Read(t.Context(), readBench(t, "sentences/*.yaml", "tests/_fixtures.yaml"), nil)
	if err != nil {
		t.Fatal(err)
	}
	base := load(t, im)
	total, right := 0, 0
	missed := map[string]bool{}
	for _, file := range readBench(t, "tests/[a-z]*.yaml") {
		var f struct {
			Tests []struct {
				Sentences []string
				Intent    struct {
					Name           string
					Slots, Context map[string]any
				}
			}
		}
		if err := yaml.Unmarshal(file.Data, &f); err != nil {
			t.Fatalf("%s: %v", file.Name, err)
		}
		for _, test := range f.Tests {
			context := map[string]string{}
			if area, ok := test.Intent.Context["area"]; ok {
				context["room"] = fmt.Sprint(area)
			}
			for _, said := range test.Sentences {
				total++
				name, slots := intent(t, base, said, context)
				if name == test.Intent.Name && sameSlots(slots, test.Intent.Slots) {
					right++
					continue
				}
				missed[said] = true
				if exceptions[said] == "" {
					t.Errorf("%s: %q: %s %v, want %s %v", file.Name, said, name, slots, test.Intent.Name, test.Intent.Slots)
				}
			}
		}
	}
	for said, why := range exceptions {
		if !missed[said] {
			t.Errorf("%q is right now, though excepted: %s", said, why)
		}
	}
	t.Logf("%d commands; %d of %d sentences with intent and all slots; %d notes", im.Commands, right, total, len(im.Notes))
	if total < 400 {
		t.Errorf("%d sentences were tested", total)
	}
}

func sameSlots(got map[string]string, want map[string]any) bool {
	if len(got) != len(want) {
		return false
	}
	for name, v := range want {
		all, ok := v.([]any) // any of these will do
		if !ok {
			all = []any{v}
		}
		if !slices.ContainsFunc(all, func(one any) bool { return got[name] == fmt.Sprint(one) }) {
			return false
		}
	}
	return true
}
