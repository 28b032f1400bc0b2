package homeassistant

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"frontdesk/internal/fault"
	"frontdesk/internal/strictyaml"
	"frontdesk/knowledge/template"

	"go.yaml.in/yaml/v4"
)

// A text is a text with its place.
type text struct {
	file  string
	node  *yaml.Node
	value string
}

// A block is one item under data: with its intent.
type block struct {
	intent    string
	file      string
	node      *yaml.Node
	sentences []text
	fixed     []fixed
	requires  []condition
	excludes  []condition
	rules     map[string]text
	lists     map[string]*list
	response  text
}

// A fixed is a slot with a value that nobody says.
type fixed struct {
	slot  string
	value *yaml.Node // a scalar, or a list of scalars
}

// A condition is one key of a required or an excluded context.
type condition struct {
	key    string
	values []string // one of these; none for any
	slot   bool     // the value goes into the slot of that name
	file   string
	node   *yaml.Node
}

// A reader takes the files apart.
type reader struct {
	faults, notes fault.List
	language      text
	blocks        []*block
	lists         map[string]*list
	rules         map[string]text
	responses     map[string]map[string]text // by intent and key
	skip          []text
	house         *House
}

func newReader() *reader {
	return &reader{lists: map[string]*list{}, rules: map[string]text{}, responses: map[string]map[string]text{}}
}

func (r *reader) fault(file string, n *yaml.Node, what, do string) {
	r.faults.Add(strictyaml.Fault(file, n, what, do))
}

func (r *reader) note(file string, n *yaml.Node, format string, args ...any) {
	if len(r.notes) < maxNotes {
		r.notes.Add(strictyaml.Fault(file, n, fmt.Sprintf(format, args...), ""))
	}
}

// keys reads a mapping by its keys. One that is not known is noted.
func (r *reader) keys(file string, n *yaml.Node, what string, known map[string]func(k, v *yaml.Node)) {
	r.each(file, n, what, func(k, v *yaml.Node) {
		if read, ok := known[k.Value]; ok {
			read(k, v)
			return
		}
		r.note(file, k, "%q of %s is not known and left out", strictyaml.Shorten(k.Value), what)
	})
}

// each reads a mapping. What has no value is passed over.
func (r *reader) each(file string, n *yaml.Node, what string, read func(k, v *yaml.Node)) {
	if isNull(n) {
		return
	}
	if n.Kind != yaml.MappingNode {
		r.fault(file, n, what+" has no keys", `write "key: value" lines, indented`)
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Kind == yaml.ScalarNode && !isNull(n.Content[i+1]) {
			read(n.Content[i], n.Content[i+1])
		}
	}
}

// items reads a list, or its only item.
func (r *reader) items(file string, n *yaml.Node, what string, read func(*yaml.Node)) {
	switch {
	case isNull(n):
	case n.Kind == yaml.SequenceNode:
		for _, item := range n.Content {
			read(item)
		}
	case n.Kind == yaml.ScalarNode:
		read(n)
	default:
		r.fault(file, n, what+" is no list", `begin each item with "- " on a line of its own`)
	}
}

// text reads a text.
func (r *reader) text(file string, n *yaml.Node, what string) (text, bool) {
	if n.Kind != yaml.ScalarNode || isNull(n) {
		r.fault(file, n, what+" is no text", "write a text in quotes")
		return text{}, false
	}
	return text{file, n, strings.TrimSpace(n.Value)}, true
}

// emptyLast and emptyFirst are groups of which one alternative is empty.
var (
	emptyLast  = regexp.MustCompile(`\(([^()\[\]|]+(?:\|[^()\[\]|]+)*)\|\s*\)`)
	emptyFirst = regexp.MustCompile(`\(\s*\|([^()\[\]|]+(?:\|[^()\[\]|]+)*)\)`)
)

// parse reads a template. (x|), which Home Assistant takes for [x], is put so.
func parse(s string) (*template.Template, error) {
	t, err := template.Parse(s)
	if err == nil {
		return t, nil
	}
	if t, again := template.Parse(emptyFirst.ReplaceAllString(emptyLast.ReplaceAllString(s, "[$1]"), "[$1]")); again == nil {
		return t, nil
	}
	return nil, err
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

// file reads what stands in a file.
func (r *reader) file(name string, root *yaml.Node) {
	skip := func(what string) func(k, v *yaml.Node) {
		return func(k, _ *yaml.Node) { r.note(name, k, "%s", what) }
	}
	var home house
	r.keys(name, root, "the file", map[string]func(k, v *yaml.Node){
		"language": func(_, v *yaml.Node) { r.readLanguage(name, v) },
		"intents": func(_, v *yaml.Node) {
			r.each(name, v, "intents", func(k, v *yaml.Node) { r.intent(name, k, v) })
		},
		"lists": func(_, v *yaml.Node) { r.readLists(name, v, r.lists) },
		"expansion_rules": func(_, v *yaml.Node) {
			r.readRules(name, v, r.rules)
		},
		"skip_words": func(_, v *yaml.Node) {
			r.items(name, v, "skip_words", func(n *yaml.Node) {
				if t, ok := r.text(name, n, "a skip word"); ok {
					r.skip = append(r.skip, t)
				}
			})
		},
		"responses": func(_, v *yaml.Node) { r.readResponses(name, v) },
		"settings":  skip("the settings of the recogniser are left out: they have no meaning here"),
		"tests":     skip("the tests are left out"),
		"timers":    skip("the timers are left out: they are for tests"),
		"media":     skip("the media are left out: they are for tests"),
		"floors":    func(_, v *yaml.Node) { home.Floors = r.places(name, v, "a floor", &home) },
		"areas":     func(_, v *yaml.Node) { home.Areas = r.places(name, v, "an area", &home) },
		"entities":  func(_, v *yaml.Node) { r.entities(name, v, &home) },
	})
	if home.given {
		if r.house == nil {
			r.house = &House{}
		}
		r.house.Floors = append(r.house.Floors, home.Floors...)
		r.house.Areas = append(r.house.Areas, home.Areas...)
		r.house.Entities = append(r.house.Entities, home.Entities...)
		if len(r.house.Floors)+len(r.house.Areas)+len(r.house.Entities) > maxEntities {
			r.fault(name, root, fmt.Sprintf("the house has more than %d areas, floors and entities", maxEntities), "leave some out")
		}
	}
}

// readLanguage holds that all files are of one language.
func (r *reader) readLanguage(file string, n *yaml.Node) {
	t, ok := r.text(file, n, "the language")
	switch {
	case !ok:
	case r.language.node == nil:
		r.language = t
		if t.value != "en" && !strings.HasPrefix(t.value, "en-") {
			r.note(file, n, "the language is %q: numbers and times in words, and words of courtesy, are understood in English alone", t.value)
		}
	case r.language.value != t.value:
		r.fault(file, n, fmt.Sprintf("the file is of the language %q, and %s of %q", t.value, r.language.file, r.language.value),
			"import one language at a time")
	}
}

func (r *reader) readRules(file string, n *yaml.Node, into map[string]text) {
	r.each(file, n, "expansion_rules", func(k, v *yaml.Node) {
		t, ok := r.text(file, v, "a rule")
		if !ok {
			return
		}
		if first, twice := into[k.Value]; twice && first.value != t.value {
			r.note(file, k, "the rule <%s> stands in %s too; the one here counts", k.Value, first.file)
		}
		into[k.Value] = t
	})
}

// intent reads the blocks of an intent.
func (r *reader) intent(file string, k, n *yaml.Node) {
	r.keys(file, n, "an intent", map[string]func(k, v *yaml.Node){
		"data": func(_, v *yaml.Node) {
			r.items(file, v, "data", func(item *yaml.Node) {
				if b := r.block(file, k.Value, item); len(b.sentences) > 0 {
					r.blocks = append(r.blocks, b)
				}
			})
		},
		"description": func(_, _ *yaml.Node) {}, // for the reader of the file
	})
}

func (r *reader) block(file, intent string, n *yaml.Node) *block {
	b := &block{intent: intent, file: file, node: n, rules: map[string]text{}, lists: map[string]*list{}}
	r.keys(file, n, "a block of sentences", map[string]func(k, v *yaml.Node){
		"sentences": func(_, v *yaml.Node) {
			r.items(file, v, "sentences", func(n *yaml.Node) {
				if t, ok := r.text(file, n, "a sentence"); ok {
					b.sentences = append(b.sentences, t)
				}
			})
		},
		"slots": func(_, v *yaml.Node) {
			r.each(file, v, "slots", func(k, v *yaml.Node) {
				if !isPlain(v) {
					r.note(file, v, "the fixed value of the slot %q is neither a text nor a list of texts, and left out", k.Value)
					return
				}
				b.fixed = append(b.fixed, fixed{k.Value, v})
			})
		},
		"requires_context": func(_, v *yaml.Node) { b.requires = r.conditions(file, v) },
		"excludes_context": func(_, v *yaml.Node) { b.excludes = r.conditions(file, v) },
		"expansion_rules":  func(_, v *yaml.Node) { r.readRules(file, v, b.rules) },
		"lists":            func(_, v *yaml.Node) { r.readLists(file, v, b.lists) },
		"response": func(_, v *yaml.Node) {
			b.response, _ = r.text(file, v, "the response")
		},
		"metadata": func(k, _ *yaml.Node) {
			r.note(file, k, "the metadata of the block is left out: an intent that is handed over has none")
		},
		"required_keywords": func(_, _ *yaml.Node) {}, // they make matching faster, and change nothing
	})
	slices.SortStableFunc(b.fixed, func(x, y fixed) int { return strings.Compare(x.slot, y.slot) })
	return b
}

// isPlain says whether a node is a scalar or a list of scalars.
func isPlain(n *yaml.Node) bool {
	if n.Kind == yaml.SequenceNode {
		return !slices.ContainsFunc(n.Content, func(c *yaml.Node) bool { return c.Kind != yaml.ScalarNode })
	}
	return n.Kind == yaml.ScalarNode
}

// conditions reads a context: key: value, key: [values], or key: {value: …, slot: true}.
func (r *reader) conditions(file string, n *yaml.Node) []condition {
	var out []condition
	if n.Kind != yaml.MappingNode {
		r.fault(file, n, "the context has no keys", "write for example requires_context: {domain: light}")
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		c := condition{key: k.Value, file: file, node: k}
		values := func(_, v *yaml.Node) {
			r.items(file, v, "the context "+k.Value, func(n *yaml.Node) { c.values = append(c.values, n.Value) })
		}
		if v.Kind == yaml.MappingNode {
			r.keys(file, v, "a context", map[string]func(k, v *yaml.Node){
				"value": values,
				"slot":  func(_, v *yaml.Node) { c.slot = v.Value == "true" },
			})
		} else {
			values(k, v)
		}
		out = append(out, c)
	}
	slices.SortStableFunc(out, func(x, y condition) int { return strings.Compare(x.key, y.key) })
	return out
}

// readResponses reads the texts that intents are answered with.
func (r *reader) readResponses(file string, n *yaml.Node) {
	r.keys(file, n, "responses", map[string]func(k, v *yaml.Node){
		"errors": func(k, _ *yaml.Node) {
			r.note(file, k, "the texts of errors are left out: what went wrong is told by Home Assistant itself")
		},
		"intents": func(_, v *yaml.Node) {
			r.each(file, v, "the responses", func(intent, v *yaml.Node) {
				r.each(file, v, "the responses of an intent", func(k, v *yaml.Node) {
					t, ok := r.text(file, v, "a response")
					if !ok {
						return
					}
					if r.responses[intent.Value] == nil {
						r.responses[intent.Value] = map[string]text{}
					}
					r.responses[intent.Value][k.Value] = t
				})
			})
		},
	})
}
