package knowledge

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"frontdesk/internal/fault"
	"frontdesk/internal/strictyaml"
	"frontdesk/knowledge/template"

	"go.yaml.in/yaml/v4"
)

// Bounds of what is worked out for faults: beyond these they only name less.
const (
	maxLocated     = 1000   // faults with a place inside of a text
	maxSuggestions = 200    // faults with "did you mean"
	maxCandidates  = 20_000 // names among which one is suggested
)

// A builder makes a base of the files that were read.
type builder struct {
	faults      fault.List
	scope       *scope
	entries     []*Entry
	defs        map[*Entry]*commandDef
	tests       []Test
	slotPlaces  map[int]map[string]Pos // of the slots of a test, by its index
	refs        []reference
	located     int
	suggestions int
}

func newBuilder() *builder {
	return &builder{
		scope: newScope(nil), defs: map[*Entry]*commandDef{}, slotPlaces: map[int]map[string]Pos{},
	}
}

// build makes the entries of all files, and the tests. What spans files is
// checked by finish. The error is that of the context.
func (b *builder) build(ctx context.Context, files []*file, guides []*guide) error {
	for _, f := range files {
		b.declare(b.scope, f, f.Slots, f.Rules)
	}
	for _, f := range files {
		for _, item := range f.FAQ {
			b.faq(f, item)
		}
		for _, item := range f.Commands {
			b.command(f, item)
		}
		for _, item := range f.Tests {
			b.test(f, item)
		}
	}
	for _, g := range guides {
		if err := ctx.Err(); err != nil {
			return err
		}
		entries, faults := g.passages()
		b.entries = append(b.entries, entries...)
		b.faults = append(b.faults, faults...)
	}
	b.unused(b.scope, "no command of this base names it")
	return ctx.Err()
}

// entry makes what all entries have.
func (b *builder) entry(f *file, n *yaml.Node, kind Kind, id written, formerly, tags, followups []written, source *sourceItem) *Entry {
	from, faults := source.read(f)
	b.faults = append(b.faults, faults...)
	e := &Entry{
		ID: id.Value, Kind: kind, Pos: f.pos(cmpNode(id.Node, n)),
		Tags: b.texts(f, tags, "a tag"), Formerly: values(formerly), Followups: values(followups), Source: from,
	}
	for i, id := range append([]written{id}, formerly...) {
		if id.Node == nil {
			b.fault(f, n, "the entry has no id", "write id: with a short name of its own")
			continue
		}
		if what, do := CheckID(id.Value); what != "" {
			b.fault(f, id.Node, what, do)
			if i == 0 {
				e.ID = "" // It takes no part in what follows.
			}
		}
	}
	for i, to := range followups {
		b.refs = append(b.refs, reference{from: f.pos(to.Node), what: "a follow-up", id: &e.Followups[i]})
	}
	b.entries = append(b.entries, e)
	return e
}

func (b *builder) faq(f *file, at strictyaml.At[faqItem]) {
	item := at.Value
	e := b.entry(f, at.Node, FAQ, item.ID, item.Formerly, item.Tags, item.Followups, item.Source)
	e.Question = strings.TrimSpace(item.Question.Value)
	e.Answer = TrimText(item.Answer.Value)
	e.Alternatives = b.texts(f, item.Alternatives, "an alternative")
	e.locate(f, item.Question)
	e.locate(f, item.Alternatives...)
	place := cmpNode(item.ID.Node, at.Node)
	if e.Question == "" {
		b.fault(f, cmpNode(item.Question.Node, place), "the question is empty", "write question: with the words that people use")
	}
	if e.Answer == "" {
		b.fault(f, cmpNode(item.Answer.Node, place), "the answer is empty", "write answer: with what they should read")
	}
}

func (b *builder) test(f *file, at strictyaml.At[testItem]) {
	item := at.Value
	t := Test{Ask: strings.TrimSpace(item.Ask.Value), Expect: item.Expect.Value, Pos: f.pos(at.Node)}
	if t.Ask == "" {
		b.fault(f, cmpNode(item.Ask.Node, at.Node), "the test asks nothing", "write ask: with a question")
	}
	if t.Expect == "" {
		b.fault(f, cmpNode(item.Expect.Node, at.Node), "the test expects nothing",
			"write expect: with the id of an entry, or none when nothing should be answered")
	}
	if len(item.Slots) > 0 {
		t.Slots = map[string]string{}
		places := map[string]Pos{}
		for _, p := range item.Slots {
			t.Slots[p.Key.Value], places[p.Key.Value] = p.Value.Value, f.pos(p.Key.Node)
		}
		b.slotPlaces[len(b.tests)] = places
	}
	b.tests = append(b.tests, t)
	if t.Expect != "" && t.Expect != None {
		b.refs = append(b.refs, reference{from: f.pos(item.Expect.Node), what: "the test", test: len(b.tests)})
	}
}

// locate notes where phrasings stand; the first of the same text counts.
func (e *Entry) locate(f *file, phrasings ...written) {
	for _, p := range phrasings {
		text := strings.TrimSpace(p.Value)
		if _, ok := e.Places[text]; ok || p.Node == nil {
			continue
		}
		if e.Places == nil {
			e.Places = map[string]Pos{}
		}
		e.Places[text] = f.pos(p.Node)
	}
}

// texts reads a list of texts, of which none may be empty.
func (b *builder) texts(f *file, list []written, what string) []string {
	var out []string
	for _, t := range list {
		s := strings.TrimSpace(t.Value)
		if s == "" {
			b.fault(f, t.Node, what+" is empty", "write a text or remove the line")
			continue
		}
		out = append(out, s)
	}
	return out
}

// template parses a template; what says what it is, for the faults.
func (b *builder) template(f *file, t written, what string) (*template.Template, bool) {
	if strings.TrimSpace(t.Value) == "" {
		b.fault(f, t.Node, what+" is empty", "write at least one word")
		return nil, false
	}
	parsed, err := template.Parse(t.Value)
	if err != nil {
		b.syntax(f, t.Node, what+": ", err)
		return nil, false
	}
	return parsed, true
}

func (b *builder) syntax(f *file, n *yaml.Node, what string, err error) {
	var s *template.SyntaxError
	if !errors.As(err, &s) {
		b.fault(f, n, what+err.Error(), "")
		return
	}
	b.faultIn(f, n, s.Offset, what+s.What, s.Do)
}

func (b *builder) fault(f *file, n *yaml.Node, what, do string) {
	b.faults.Add(strictyaml.Fault(f.name, n, what, do))
}

// faultIn reports a fault at a byte of a node's text.
func (b *builder) faultIn(f *file, n *yaml.Node, offset int, what, do string) {
	place := strictyaml.Fault(f.name, n, what, do)
	if b.located++; b.located <= maxLocated {
		place.Line, place.Col = strictyaml.Locate(f.data, n, offset)
	}
	b.faults.Add(place)
}

// suggest gives "did you mean", or what to do otherwise.
func (b *builder) suggest(name string, known []string, otherwise string) string {
	if b.suggestions++; b.suggestions > maxSuggestions || len(known) > maxCandidates {
		return otherwise
	}
	if near := strictyaml.Nearest(name, known); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return otherwise
}

func sortedKeys[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}
