package template

import (
	"fmt"
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

const maxGlued = 256 // ways to say what stands between two borders of words

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

// An atom is a part of a template between which words may go on.
type atom struct {
	kind  pieceKind
	text  string // of letters, in normal form
	spelt string // as it is written
	mixed bool   // put together from several parts
	node  *node  // of what is neither letters nor a border
}

// atoms gives those of a node.
func (s *Speaker) atoms(n *node) []atom {
	switch n.kind {
	case literal:
		return literalAtoms(n.text)
	case sequence:
		var out []atom
		for i := range n.kids {
			out = append(out, s.atoms(&n.kids[i])...)
		}
		return out
	case slotRef:
		return []atom{{kind: value, node: n}}
	case permutation:
		return []atom{{kind: anyOrder, node: n}}
	}
	return []atom{{kind: oneOf, node: n}}
}

// literalAtoms gives the words of a literal with the borders between them, as
// [words] does, and how they are written.
func literalAtoms(text string) []atom {
	var out []atom
	in := glyphs(text)
	gap, kept := false, false
	var start, end int32
	for i, g := range in {
		what := classify(in, i, kept)
		kept = what == keep && isWordRune(g.r)
		switch {
		case what == keep:
			if last := len(out) - 1; !gap && last >= 0 && out[last].kind == letters {
				out[last].text += string(g.r)
				end = max(end, g.end)
				out[last].spelt = text[start:end]
				continue
			}
			if gap {
				out = append(out, atom{kind: border})
				gap = false
			}
			start, end = g.start, g.end
			out = append(out, atom{kind: letters, text: string(g.r), spelt: text[start:end]})
		case what == blank:
			gap = true
		}
	}
	if gap {
		out = append(out, atom{kind: border})
	}
	return out
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

// glued puts together the words that lie in several parts, as in light[s]: all the
// ways in which they can be said.
func (s *Speaker) glued(atoms []atom) *Phrase {
	ways, ok := s.ways(atoms)
	if !ok {
		s.note(textOf(atoms), fmt.Sprintf("its words can be put together in more than %d ways", maxGlued))
		return nil
	}
	parts := make([]*Phrase, 0, len(ways))
	for _, way := range ways {
		glued := false
		for i := 1; i < len(way); i++ {
			if way[i-1].kind != border && way[i].kind != border {
				glued = true // to a value, or to parts in any order
			}
		}
		if glued {
			s.note(textOf(way), "nothing stands between a value and what is beside it")
			continue
		}
		parts = append(parts, s.between(way))
	}
	return saidOne(parts...)
}

// ways gives the ways to say atoms, in which only letters, borders and values are
// left, and those of permutations.
func (s *Speaker) ways(atoms []atom) ([][]atom, bool) {
	ways := [][]atom{nil}
	for _, a := range atoms {
		var own [][]atom
		switch a.kind {
		case letters, border, value, anyOrder:
			own = [][]atom{{a}}
		default:
			kids := a.node.kids
			if a.node.kind == ruleRef {
				kids = []node{s.ruleOf(a.node).root}
			}
			for i := range kids {
				more, ok := s.ways(s.atoms(&kids[i]))
				if !ok {
					return nil, false
				}
				own = append(own, more...)
			}
			if a.node.kind == optional {
				own = append(own, nil)
			}
		}
		if len(ways)*len(own) > maxGlued {
			return nil, false
		}
		var all [][]atom
		for _, head := range ways {
			for _, tail := range own {
				all = append(all, join(head, tail))
			}
		}
		ways = all
	}
	return ways, true
}

// join puts atoms behind others, and letters behind letters into one word.
func join(head, tail []atom) []atom {
	out := slices.Clone(head)
	for _, a := range tail {
		if last := len(out) - 1; a.kind == letters && last >= 0 && out[last].kind == letters {
			out[last].text += a.text
			out[last].spelt += a.spelt
			out[last].mixed = true
			continue
		}
		out = append(out, a)
	}
	return out
}

func textOf(atoms []atom) string {
	var b strings.Builder
	for _, a := range atoms {
		switch a.kind {
		case letters:
			b.WriteString(a.spelt)
		case border:
			b.WriteByte(' ')
		default:
			a.node.write(&b, true)
		}
	}
	return strings.TrimSpace(b.String())
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
