package template

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// haDir holds sentence templates of the Home Assistant intents project and its
// tests of them.
const haDir = "../../../shared/bench/ha"

type haFile struct {
	Intents map[string]struct {
		Data []haBlock
	}
	Lists map[string]struct {
		Values []yaml.Node
		Range  *struct {
			Type     string
			From, To float64
		}
		Wildcard bool
	}
	Rules map[string]string `yaml:"expansion_rules"`
}

type haBlock struct {
	Sentences []string
	Slots     map[string]any
	Rules     map[string]string `yaml:"expansion_rules"`
}

func readHA(t testing.TB, pattern string, each func(file string, node []byte)) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(haDir, pattern))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("the templates of Home Assistant are not in " + haDir)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		each(file, data)
	}
}

func mustParse(t testing.TB, text string) *Template {
	t.Helper()
	p, err := Parse(text)
	if err != nil {
		t.Fatalf("Parse(%q): %v", text, err)
	}
	return p
}

func parseRules(t testing.TB, texts map[string]string) map[string]*Template {
	t.Helper()
	rules := make(map[string]*Template)
	for name, text := range texts {
		rules[name] = mustParse(t, text)
	}
	return rules
}

// haValue reads a value of a list: a text, or {in: template, out: value}.
func haValue(t testing.TB, node *yaml.Node) ListValue {
	t.Helper()
	v := struct{ In, Out string }{}
	if node.Kind == yaml.ScalarNode {
		v.In, v.Out = node.Value, node.Value
	} else if err := node.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return ListValue{Canonical: v.Out, Say: []*Template{mustParse(t, v.In)}}
}

// haGrammar compiles every sentence; an id is the intent's name.
func haGrammar(t testing.TB) (g *Grammar, blocks []haBlock, parsed int) {
	t.Helper()
	rules := make(map[string]*Template)
	slots := haFixtures(t)
	var sentences []Sentence
	readHA(t, "sentences/*.yaml", func(file string, data []byte) {
		var f haFile
		if err := yaml.Unmarshal(data, &f); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for name, text := range f.Rules {
			rules[name] = mustParse(t, text)
			parsed++
		}
		for name, list := range f.Lists {
			s := &Slot{Name: name, Type: Text}
			switch {
			case list.Range != nil:
				*s = Slot{Name: name, Type: Number, Bounded: true, From: list.Range.From, To: list.Range.To, Step: 1}
				if list.Range.Type == "temperature" {
					s.Step = 0.5
				}
			case len(list.Values) > 0:
				s.Type = List
				for i := range list.Values {
					s.Values = append(s.Values, haValue(t, &list.Values[i]))
					parsed++
				}
			}
			slots[name] = s
		}
		for intent, data := range f.Intents {
			for _, block := range data.Data {
				own := parseRules(t, block.Rules)
				parsed += len(own)
				for _, text := range block.Sentences {
					sentences = append(sentences, Sentence{ID: intent, Template: mustParse(t, text), Rules: own})
					blocks = append(blocks, block)
					parsed++
				}
			}
		}
	})
	g, err := Compile(sentences, rules, slots)
	if err != nil {
		t.Fatal(err)
	}
	return g, blocks, parsed
}

// haFixtures gives the lists of names, areas and floors.
func haFixtures(t testing.TB) map[string]*Slot {
	t.Helper()
	slots := make(map[string]*Slot)
	readHA(t, "tests/_fixtures.yaml", func(file string, data []byte) {
		type named []struct{ Name string }
		var f struct{ Floors, Areas, Entities named }
		if err := yaml.Unmarshal(data, &f); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for name, list := range map[string]named{"floor": f.Floors, "area": f.Areas, "name": f.Entities} {
			s := &Slot{Name: name, Type: List}
			for _, one := range list {
				s.Values = append(s.Values, ListValue{Canonical: one.Name, Say: []*Template{mustParse(t, one.Name)}})
			}
			slots[name] = s
		}
	})
	return slots
}

// TestHomeAssistant parses every template of the Home Assistant intents
// project that is at hand, and counts for how many of its test sentences a
// sentence of the expected intent matches with the expected slots. What comes
// from the context of a conversation there may be missing here.
func TestHomeAssistant(t *testing.T) {
	g, blocks, parsed := haGrammar(t)
	type expected struct {
		Sentences []string
		Intent    struct {
			Name    string
			Slots   map[string]any
			Context map[string]any
		}
	}
	total, matched, first := 0, 0, 0
	readHA(t, "tests/*_*.yaml", func(file string, data []byte) {
		if filepath.Base(file) == "_fixtures.yaml" {
			return
		}
		var f struct{ Tests []expected }
		if err := yaml.Unmarshal(data, &f); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, test := range f.Tests {
			for _, text := range test.Sentences {
				total++
				matches := g.Match(text, now)
				fits := func(m Match) bool {
					if m.ID != test.Intent.Name {
						return false
					}
					for name, want := range test.Intent.Slots {
						_, fixed := blocks[m.Sentence].Slots[name]
						_, context := test.Intent.Context[name]
						got, said := m.Slots[name]
						if said && !haEqual(got.Canonical, want) || !said && !fixed && !context {
							return false
						}
					}
					for name := range m.Slots {
						if _, ok := test.Intent.Slots[name]; !ok {
							return false
						}
					}
					return true
				}
				at := slices.IndexFunc(matches, fits)
				if at == 0 {
					first++
				}
				if at >= 0 {
					matched++
				} else {
					t.Logf("%s: %q: no match of %s with %v among %d", filepath.Base(file), text, test.Intent.Name, test.Intent.Slots, len(matches))
				}
			}
		}
	})
	t.Logf("%d templates parsed; %d of %d sentences matched with their slots, %d of them first", parsed, matched, total, first)
	const golden = 466
	if matched < golden || first < golden {
		t.Errorf("%d sentences matched, %d of them first; %d before", matched, first, golden)
	}
}

func haEqual(got string, want any) bool {
	if list, ok := want.([]any); ok {
		return slices.ContainsFunc(list, func(one any) bool { return haEqual(got, one) })
	}
	return got == strings.TrimSpace(fmt.Sprint(want))
}
