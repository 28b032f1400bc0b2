package template

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// A CompileError says what is wrong with a sentence, or with a rule or a slot
// that it uses.
type CompileError struct {
	// Sentence is the index of the (first) sentence that the fault is in, or
	// -1 when the fault is in a slot that no sentence uses.
	Sentence int
	// Rule is the rule whose template is at fault; empty when it is the
	// sentence's own.
	Rule   string
	Slot   string // the slot whose definition is at fault, or empty
	Offset int    // byte offset in the template at fault
	What   string // `there is no rule <lihgt>`
	Do     string // `did you mean "light"?`
}

// Error gives the place, what is wrong, and what to do.
func (e CompileError) Error() string {
	var b strings.Builder
	if e.Sentence >= 0 {
		fmt.Fprintf(&b, "sentence %d: ", e.Sentence)
	}
	if e.Rule != "" {
		fmt.Fprintf(&b, "rule <%s>: ", e.Rule)
	}
	if e.Slot != "" {
		fmt.Fprintf(&b, "slot {%s}: ", e.Slot)
	}
	b.WriteString(e.What + "; " + e.Do)
	return b.String()
}

// CompileErrors is every fault found, in the order of the sentences. A fault
// of a rule or a slot is reported once, however many sentences use it.
type CompileErrors []CompileError

func (e CompileErrors) Error() string {
	lines := make([]string, len(e))
	for i, one := range e {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// A Grammar holds all sentences of a base, ready for matching. It is immutable
// and safe for concurrent use.
type Grammar struct {
	sentences []compiled
	entries   map[string]*entry
	rules     map[string]*Template
	filter    filter
	scratch   sync.Pool // of *machine
}

// A compiled sentence.
type compiled struct {
	Sentence
	program program
	slots   []use
}

// Compile makes a grammar of sentences. Rules and slots are those that all
// sentences share; a sentence's own hide them. The error is a [CompileErrors].
func Compile(sentences []Sentence, rules map[string]*Template, slots map[string]*Slot) (*Grammar, error) {
	c := compiler{rules: rules, slots: slots, defined: make(map[slotKey]*definition), reported: make(map[CompileError]bool)}
	g := &Grammar{entries: make(map[string]*entry), rules: rules}
	g.scratch.New = func() any { return new(machine) }
	total := 0
	for i, s := range sentences {
		low, ok := c.lower(i, s)
		if !ok {
			continue
		}
		p, ok := emit(low)
		if !ok {
			c.fault(CompileError{Sentence: i, What: fmt.Sprintf("the sentence needs more than %d steps with its permutations", maxSteps),
				Do: "split it into several sentences"})
			continue
		}
		total += len(p.steps)
		if total > maxAllSteps {
			c.fault(CompileError{Sentence: i, What: fmt.Sprintf("all sentences together need more than %d steps", maxAllSteps),
				Do: "move large parts that sentences share into values of slots"})
			break
		}
		g.sentences = append(g.sentences, compiled{s, p, low.slots})
		g.filter.add(low)
		g.entryOf(s.ID).add(i, low)
	}
	c.define(-1, slots)
	if len(c.errors) > 0 {
		slices.SortStableFunc(c.errors, func(a, b CompileError) int { return cmp.Compare(a.Sentence, b.Sentence) })
		return nil, c.errors
	}
	g.filter.finish()
	return g, nil
}

func (g *Grammar) entryOf(id string) *entry {
	e := g.entries[id]
	if e == nil {
		e = &entry{words: make(map[string]bool)}
		g.entries[id] = e
	}
	return e
}

// A compiler keeps what the sentences share while they are compiled.
type compiler struct {
	rules    map[string]*Template
	slots    map[string]*Slot
	defined  map[slotKey]*definition // nil for one that is at fault
	reported map[CompileError]bool
	errors   CompileErrors
}

// A slotKey is equal for slots that are defined alike: copies of one slot
// share its values.
type slotKey struct {
	typ            Type
	values         *ListValue
	count          int
	from, to, step float64
	bounded, open  bool
}

func (c *compiler) fault(e CompileError) {
	key := e
	if e.Rule != "" || e.Slot != "" {
		key.Sentence = 0 // once for all sentences
	}
	if !c.reported[key] {
		c.reported[key] = true
		c.errors = append(c.errors, e)
	}
}

// definition gives the slot made ready, or nil if it is at fault.
func (c *compiler) definition(sentence int, name string, s *Slot) *definition {
	key := slotKey{typ: s.Type, count: len(s.Values), from: s.From, to: s.To, step: s.Step, bounded: s.Bounded, open: s.Open}
	if len(s.Values) > 0 {
		key.values = &s.Values[0]
	}
	if d, ok := c.defined[key]; ok {
		return d
	}
	d, faults := define(name, s)
	for _, e := range faults {
		e.Sentence = sentence
		c.fault(e)
		d = nil
	}
	c.defined[key] = d
	return d
}

// define makes all those slots ready, whether they are used or not.
func (c *compiler) define(sentence int, slots map[string]*Slot) {
	for _, name := range slices.Sorted(maps.Keys(slots)) {
		if slots[name] != nil {
			c.definition(sentence, name, slots[name])
		}
	}
}

func (c *compiler) lower(i int, s Sentence) (*lowered, bool) {
	if s.Template == nil {
		c.fault(CompileError{Sentence: i, What: "there is no template", Do: "write the words that are said"})
		return nil, false
	}
	c.define(i, s.Slots)
	w := lowerer{c: c, sentence: s, index: i}
	w.out.pieces = w.pieces(&s.Template.root)
	if !w.failed && !audible(w.out.pieces) {
		w.fail(&node{}, "there is no word in it, only punctuation", "write the words that are said")
	}
	return &w.out, !w.failed
}

// audible says whether anything in the pieces can match a text.
func audible(pieces []piece) bool {
	for i := range pieces {
		p := &pieces[i]
		if p.kind == letters || p.kind == value || slices.ContainsFunc(p.kids, audible) {
			return true
		}
	}
	return false
}
