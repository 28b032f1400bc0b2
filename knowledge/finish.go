package knowledge

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"frontdesk/internal/fault"
	"frontdesk/internal/strictyaml"
	"frontdesk/knowledge/template"
)

// maxID is the length of an id, in bytes.
const maxID = 200

// A reference is an id that must be one of the base's: a follow-up, or what a
// test expects.
type reference struct {
	from Pos
	what string
	id   *string // of a follow-up
	test int     // else the index of a test, plus one
}

// CheckID says what is wrong with an id; nothing when what is empty.
func CheckID(id string) (what, do string) {
	switch {
	case id == "":
		return "the id is empty", "write a short name of its own"
	case id == None:
		return `the id "none" is reserved: tests expect it when nothing should be answered`, "choose another"
	case len(id) > maxID:
		return fmt.Sprintf("the id %q has %d bytes", strictyaml.Shorten(id), len(id)), fmt.Sprintf("at most %d are allowed; shorten it", maxID)
	case !utf8.ValidString(id):
		return fmt.Sprintf("the id %q is not UTF-8", strictyaml.Shorten(id)), "write it in UTF-8"
	case strings.TrimSpace(id) != id:
		return fmt.Sprintf("the id %q begins or ends with a space", strictyaml.Shorten(id)), "remove it"
	case strings.ContainsFunc(id, func(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }):
		return fmt.Sprintf("the id %q holds a control character", strictyaml.Shorten(id)), "use letters, digits, - and _"
	}
	return "", ""
}

// at reports a fault at a place.
func (b *builder) at(p Pos, what, do string) {
	b.faults.Add(fault.Fault{File: p.File, Line: p.Line, Col: p.Col, What: what, Do: do})
}

// finish checks what spans entries and makes the base.
func (b *builder) finish() *Base {
	base := &Base{Entries: slices.Clone(b.entries), Tests: b.tests, byID: make(map[string]*Entry, len(b.entries))}
	b.index(base)
	slices.SortStableFunc(base.Entries, func(x, y *Entry) int { return cmp.Compare(x.ID, y.ID) })
	b.resolve(base)
	b.compile(base)
	phrasings := 0
	for _, e := range base.Entries {
		if e.Command != nil {
			b.sample(base, e)
		}
		phrasings += 1 + len(e.Alternatives)
	}
	if phrasings > maxPhrasings {
		b.faults.Add(fault.Fault{What: fmt.Sprintf("the base has %d phrasings; at most %d are allowed", phrasings, maxPhrasings),
			Do: "make two bases of it"})
	}
	return base
}

// index makes the entries known by their ids, those first that are in use.
func (b *builder) index(base *Base) {
	for _, e := range b.entries {
		if e.ID == "" {
			continue
		}
		if first := base.byID[e.ID]; first != nil {
			b.at(e.Pos, fmt.Sprintf("the id %q is used twice", strictyaml.Shorten(e.ID)), "it is used at "+first.Pos.String()+" too; choose another")
			continue
		}
		base.byID[e.ID] = e
	}
	for _, e := range b.entries {
		for _, id := range e.Formerly {
			first := base.byID[id]
			if first != nil {
				b.at(e.Pos, fmt.Sprintf("the former id %q is in use", strictyaml.Shorten(id)),
					fmt.Sprintf("the entry %q at %s has it; remove it from formerly:", strictyaml.Shorten(first.ID), first.Pos))
				continue
			}
			base.byID[id] = e
		}
	}
}

// resolve checks every id that names another entry, and replaces former ids.
func (b *builder) resolve(base *Base) {
	var known []string
	for _, r := range b.refs {
		id := r.id
		if r.test > 0 {
			id = &b.tests[r.test-1].Expect
		}
		if e := base.byID[*id]; e != nil {
			*id = e.ID
			continue
		}
		if known == nil {
			known = sortedKeys(base.byID)
		}
		b.at(r.from, fmt.Sprintf("%s names %q, which is no entry of this base", r.what, strictyaml.Shorten(*id)),
			b.suggest(*id, known, "write the id of an entry"))
	}
	for i := range b.tests {
		b.checkTestSlots(base, i)
	}
}

// checkTestSlots checks the values that a test expects, and makes them
// canonical.
func (b *builder) checkTestSlots(base *Base, i int) {
	t := &b.tests[i]
	e := base.byID[t.Expect]
	for _, name := range sortedKeys(t.Slots) {
		place, ok := b.slotPlaces[i][name]
		if !ok {
			place = t.Pos
		}
		switch {
		case e == nil:
			if t.Expect == None {
				b.at(place, "the test expects nothing to be answered, and a slot", "remove one of them")
			}
		case e.Command == nil:
			b.at(place, fmt.Sprintf("%q is no command, so it has no slots", strictyaml.Shorten(e.ID)), "remove slots:")
		case b.broken(e):
		case e.Command.Slots[name] == nil:
			b.at(place, fmt.Sprintf("the command %q has no slot %q", strictyaml.Shorten(e.ID), strictyaml.Shorten(name)),
				b.suggest(name, sortedKeys(e.Command.Slots), "remove it"))
		default:
			s := &e.Command.Slots[name].Slot
			canonical, ok := canonicalValue(s, t.Slots[name])
			if !ok {
				b.at(place, fmt.Sprintf("%q is no value of the slot %q", strictyaml.Shorten(t.Slots[name]), name), "write "+wanted(s))
				continue
			}
			t.Slots[name] = canonical
		}
	}
}

func (b *builder) broken(e *Entry) bool {
	d := b.defs[e]
	return d != nil && d.broken
}

// compile makes the grammar of all commands that are not at fault.
func (b *builder) compile(base *Base) {
	type origin struct {
		entry *Entry
		index int
	}
	var sentences []template.Sentence
	var origins []origin
	rules, slots := map[string]*template.Template{}, map[string]*template.Slot{}
	for _, e := range base.Entries {
		if e.Command == nil || b.broken(e) {
			continue
		}
		own := template.Sentence{ID: e.ID, Rules: e.ownRules(rules), Slots: e.ownSlots(slots)}
		for i, t := range e.Command.Say {
			own.Template = t
			sentences = append(sentences, own)
			origins = append(origins, origin{e, i})
		}
	}
	grammar, err := template.Compile(sentences, rules, slots)
	var errs template.CompileErrors
	if err != nil && !errors.As(err, &errs) {
		b.faults.Add(fault.Fault{What: "the sentences cannot be compiled: " + err.Error()})
	}
	for _, c := range errs {
		o := origin{index: -1}
		if c.Sentence >= 0 {
			o = origins[c.Sentence]
		}
		b.compileFault(c, o.entry, o.index)
	}
	base.Grammar = grammar
}

// compileFault reports a fault of an entry's sentence where it was written: in
// the sentence, or in the rule or the slot that it names. Entries that do not
// come from files have no such places.
func (b *builder) compileFault(c template.CompileError, e *Entry, sentence int) {
	scope, d := b.scope, b.defs[e]
	if d != nil {
		scope = d.scope
	}
	rule, slot := scope.rule(c.Rule), scope.slot(c.Slot)
	switch {
	case slot != nil:
		b.fault(slot.file, slot.node, fmt.Sprintf("the slot %q: %s", c.Slot, c.What), c.Do)
	case rule != nil:
		b.faultIn(rule.file, rule.node, c.Offset, fmt.Sprintf("the rule <%s>: %s", c.Rule, c.What), c.Do)
	case d != nil:
		b.faultIn(d.file, d.sentences[sentence], c.Offset, c.What, c.Do)
	case e != nil:
		b.at(e.Pos, fmt.Sprintf("the entry %q: %s", e.ID, c.Error()), "")
	default:
		b.faults.Add(fault.Fault{What: c.Error()})
	}
}

// ownRules gives the rules of the command that differ from those shared under
// their names. The first of a name is shared, so that a rule of the whole base
// is compiled once.
func (e *Entry) ownRules(shared map[string]*template.Template) map[string]*template.Template {
	var own map[string]*template.Template
	for name, t := range e.Command.Rules {
		switch shared[name] {
		case t:
		case nil:
			shared[name] = t
		default:
			if own == nil {
				own = maps.Clone(e.Command.Rules)
			}
		}
	}
	return own
}

// ownSlots does the same for slots, by the names under which they are declared.
func (e *Entry) ownSlots(shared map[string]*template.Slot) map[string]*template.Slot {
	lists := map[string]*template.Slot{}
	note := func(t *template.Template) {
		for _, ref := range t.SlotRefs() {
			if s := e.Command.Slots[ref.Slot]; s != nil && ref.List != "" {
				lists[ref.List] = &s.Slot
			}
		}
	}
	for _, t := range e.Command.Say {
		note(t)
	}
	for _, t := range e.Command.Rules {
		note(t)
	}
	own := false
	for name, s := range lists {
		switch first := shared[name]; {
		case first == nil:
			shared[name] = s
		case !sameSlot(&Slot{Slot: *first}, &Slot{Slot: *s}):
			own = true
		}
	}
	if !own {
		return nil
	}
	return lists
}

// sample adds phrasings made from the templates to those that the owner wrote.
func (b *builder) sample(base *Base, e *Entry) {
	var made []string
	if base.Grammar != nil && len(e.Command.Say) > 0 && !b.broken(e) && base.byID[e.ID] == e {
		made = base.Grammar.Sample(e.ID, samples)
	}
	known := map[string]bool{}
	if e.Question != "" {
		known[template.Normalize(e.Question)] = true
	}
	alternatives := make([]string, 0, len(e.Alternatives)+len(made))
	for i, p := range slices.Concat(e.Alternatives, made) {
		// What the owner wrote stays as it is, even where it says the same twice.
		if n := template.Normalize(p); i < len(e.Alternatives) || !known[n] {
			known[n] = true
			alternatives = append(alternatives, p)
		}
	}
	if e.Question == "" && len(alternatives) > 0 {
		// A command without a title is called by the first thing it listens to.
		first := 0
		if len(made) > 0 && len(alternatives) > len(e.Alternatives) {
			first = len(e.Alternatives)
		}
		e.Question = alternatives[first]
		alternatives = slices.Delete(alternatives, first, first+1)
	}
	if len(alternatives) == 0 {
		alternatives = nil
	}
	e.Alternatives = alternatives
}
