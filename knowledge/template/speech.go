package template

import (
	"slices"
	"strings"
)

// SpeechOptions say how a [Speaker] spells what is said.
type SpeechOptions struct {
	// Written spells as a text is written: numbers in digits, with capitals where
	// the owner writes them. Else words are spelt as a pronouncing dictionary has
	// them: lower case, no digits, no signs but the apostrophe and the dots of "a.m.".
	Written bool
	// Known says whether a word can be heard; nil for all. What holds another word
	// is left out.
	Known func(word string) bool
}

// An Unsaid is a part of a sentence or a value that a [Speaker] leaves out.
type Unsaid struct {
	ID   string // of the entry that was met first
	Part string // the words, or {slot}, or the sentence
	Why  string // `"zigbee" is not in the dictionary`
	All  bool   // that nothing is left of the sentence that Part is
}

// A Speaker gives the sentences of a grammar as they are spoken. Every way to say
// one matches it, and so means it; what cannot be spoken is left out, and noted:
// free text, words that are not known, digits glued to a value. It is not safe for
// concurrent use.
type Speaker struct {
	g      *Grammar
	o      SpeechOptions
	rules  map[*Template]*Phrase
	slots  map[speechKey]*Phrase
	unsaid []Unsaid
	noted  map[Unsaid]bool
	id     string
	s      *compiled
	why    string // the last thing that was left out
	// listing says that the words are those of a list, where digits may be said as
	// words wherever they stand.
	listing bool
}

type speechKey struct {
	def  *definition
	name string
}

// Speaker gives one for the grammar.
func (g *Grammar) Speaker(o SpeechOptions) *Speaker {
	return &Speaker{g: g, o: o, rules: map[*Template]*Phrase{}, slots: map[speechKey]*Phrase{}, noted: map[Unsaid]bool{}}
}

// Sentences gives those of an entry, in their order, without those of which
// nothing can be said.
func (s *Speaker) Sentences(id string) []*Phrase {
	e := s.g.entries[id]
	if e == nil {
		return nil
	}
	s.id = id
	var out []*Phrase
	for _, at := range e.sentences {
		s.s, s.why = &s.g.sentences[at], ""
		p := s.phrase(&s.s.Template.root)
		if names := repeated(p); len(names) > 0 {
			s.note("{"+names[0]+"}", "it is said twice, and nothing holds the two to the same value")
			p = nil
		}
		if p == nil || p.isNothing() {
			s.put(Unsaid{ID: id, Part: s.s.Template.String(), Why: s.why, All: true})
			continue
		}
		out = append(out, p)
	}
	return out
}

// Text gives a text as it is spoken, such as a phrasing of an entry; nil where it
// cannot be.
func (s *Speaker) Text(id, text string) *Phrase {
	s.id, s.s = id, nil
	if s.o.Written {
		return saidWords(strings.Fields(text)...)
	}
	p := s.words(text, false)
	if p != nil && p.isNothing() {
		return nil
	}
	return p
}

// Unsaid gives what was left out so far, in the order in which it was met.
func (s *Speaker) Unsaid() []Unsaid { return s.unsaid }

func (s *Speaker) note(part, why string) {
	s.why = why
	s.put(Unsaid{ID: s.id, Part: part, Why: why})
}

func (s *Speaker) put(u Unsaid) {
	if !s.noted[u] {
		s.noted[u] = true
		s.unsaid = append(s.unsaid, u)
	}
}

// repeated gives the slots that one way to say a phrase names twice.
func repeated(p *Phrase) []string {
	if p == nil {
		return nil
	}
	var twice []string
	most := map[*Phrase]map[string]int{}
	var count func(p *Phrase) map[string]int
	count = func(p *Phrase) map[string]int {
		if p.Value {
			return map[string]int{p.Name: 1}
		}
		if c, ok := most[p]; ok {
			return c
		}
		c := map[string]int{}
		for _, kid := range p.Parts {
			for name, n := range count(kid) {
				switch p.Kind {
				case SaidOne, SaidMaybe:
					c[name] = max(c[name], n)
				default:
					c[name] += n
				}
				if c[name] > 1 && !slices.Contains(twice, name) {
					twice = append(twice, name)
				}
			}
		}
		most[p] = c
		return c
	}
	count(p)
	slices.Sort(twice)
	return twice
}

// phrase gives what is said for a node that stands between borders of words; nil
// where nothing can be.
func (s *Speaker) phrase(n *node) *Phrase { return s.between(s.atoms(n)) }

// between gives what is said for atoms that stand between borders of words.
func (s *Speaker) between(atoms []atom) *Phrase {
	var parts []*Phrase
	for len(atoms) > 0 {
		end := slices.IndexFunc(atoms, func(a atom) bool { return a.kind == border })
		if end < 0 {
			end = len(atoms)
		}
		if end > 0 {
			p := s.chunk(atoms[:end])
			if p == nil {
				return nil
			}
			parts = append(parts, p)
		}
		atoms = atoms[min(end+1, len(atoms)):]
	}
	return saidAll(parts...)
}

// chunk gives what is said for atoms without a border between them.
func (s *Speaker) chunk(atoms []atom) *Phrase {
	if len(atoms) > 1 {
		return s.glued(atoms)
	}
	a := atoms[0]
	switch a.kind {
	case letters:
		if a.mixed && !s.listing && !s.o.Written && strings.ContainsAny(a.text, "0123456789") {
			s.note(a.spelt, "its digits stand right beside other parts")
			return nil
		}
		return s.wordOr(a.text, a.spelt, false)
	case value:
		return s.slot(a.node)
	}
	n := a.node
	if n.kind == ruleRef {
		return s.rule(n)
	}
	kids := make([]*Phrase, len(n.kids))
	for i := range n.kids {
		kids[i] = s.phrase(&n.kids[i])
	}
	switch n.kind {
	case permutation:
		return saidOrders(kids...)
	case optional:
		return saidMaybe(kids...)
	}
	return saidOne(kids...)
}

func (s *Speaker) rule(n *node) *Phrase {
	t := s.ruleOf(n)
	p, ok := s.rules[t]
	if !ok {
		p = s.phrase(&t.root)
		if p != nil && p.Kind != SaidWord && !p.isNothing() && p.Name == "" {
			p = p.named(n.text, false)
		}
		s.rules[t] = p
	}
	return p
}

func (s *Speaker) ruleOf(n *node) *Template {
	if t := s.s.Rules[n.text]; t != nil {
		return t
	}
	return s.g.rules[n.text]
}

// slot gives what is said for the values of a slot.
func (s *Speaker) slot(n *node) *Phrase {
	at := slices.IndexFunc(s.s.slots, func(u use) bool { return u.name == n.text && u.list == n.list && u.typ == n.typ })
	def := s.s.slots[at].def
	key := speechKey{def, n.text}
	if def.typ == Text {
		s.why = "{" + n.text + "} takes any words"
		return nil
	}
	p, ok := s.slots[key]
	if !ok {
		switch def.typ {
		case List:
			p = s.list(def.list)
		default:
			p = s.typed(def)
		}
		p = p.named(n.text, true)
		s.slots[key] = p
	}
	if p == nil && s.why == "" {
		s.why = "{" + n.text + "} has no value that can be said"
	}
	return p
}
