package template

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	maxSteps     = 8192      // of the program of one sentence
	maxAllSteps  = 4_000_000 // of all programs together
	maxRuleDepth = 32
)

// A pieceKind says what a piece is.
type pieceKind uint8

const (
	letters  pieceKind = iota // text, in normal form and without blanks
	border                    // a blank, or the border of a word
	sign                      // text is a sign that is kept beside digits only
	oneOf                     // one of kids; nothing, too, if empty is set
	anyOrder                  // all kids, in any order
	value                     // of slot
)

// A piece is a part of a sentence whose rules have been put in and whose words
// have their normal form.
type piece struct {
	kind  pieceKind
	text  string
	empty bool
	slot  int // index in lowered.slots
	kids  [][]piece
}

// A use is a slot of a sentence.
type use struct {
	name, list string // as in {list:name}
	typ        Type   // as in {name:@type}
	def        *definition
}

// lowered is a sentence made ready for its program.
type lowered struct {
	pieces []piece
	slots  []use
}

// A lowerer puts the rules into a sentence.
type lowerer struct {
	c        *compiler
	sentence Sentence
	index    int
	out      lowered
	rules    []string // those being put in, outermost first
	size     int
	failed   bool
}

func (w *lowerer) fail(n *node, what, do string) {
	w.failed = true
	e := CompileError{Sentence: w.index, Offset: n.offset, What: what, Do: do}
	if len(w.rules) > 0 {
		e.Rule = w.rules[len(w.rules)-1]
	}
	w.c.fault(e)
}

// pieces lowers a node. It stops at the first fault of a kind that would go on
// for ever.
func (w *lowerer) pieces(n *node) []piece {
	w.size++
	if w.size > maxSteps {
		if !w.failed {
			w.rules = nil
			w.fail(&node{}, fmt.Sprintf("the sentence has more than %d parts with its rules put in", maxSteps), "split it into several sentences")
		}
		return nil
	}
	switch n.kind {
	case literal:
		return words(n.text)
	case sequence:
		var out []piece
		for i := range n.kids {
			out = append(out, w.pieces(&n.kids[i])...)
		}
		return out
	case slotRef:
		return w.slot(n)
	case ruleRef:
		return w.rule(n)
	}
	p := piece{kind: oneOf, empty: n.kind == optional}
	if n.kind == permutation {
		p.kind = anyOrder
	}
	for i := range n.kids {
		p.kids = append(p.kids, w.pieces(&n.kids[i]))
	}
	return []piece{p}
}

func (w *lowerer) rule(n *node) []piece {
	rule := w.sentence.Rules[n.text]
	if rule == nil {
		rule = w.c.rules[n.text]
	}
	if rule == nil {
		names := slices.Concat(slices.Collect(maps.Keys(w.sentence.Rules)), slices.Collect(maps.Keys(w.c.rules)))
		w.fail(n, fmt.Sprintf("there is no rule <%s>", n.text), suggest(n.text, names, "declare it under rules"))
		return nil
	}
	if slices.Contains(w.rules, n.text) {
		w.fail(n, fmt.Sprintf("the rule <%s> contains itself: %s", n.text, strings.Join(append(w.rules, n.text), " → ")), "write it without itself")
		return nil
	}
	if len(w.rules) == maxRuleDepth {
		w.fail(n, fmt.Sprintf("rules are nested more than %d deep", maxRuleDepth), "put some of them together")
		return nil
	}
	w.rules = append(w.rules, n.text)
	out := w.pieces(&rule.root)
	if len(w.rules) > 0 {
		w.rules = w.rules[:len(w.rules)-1]
	}
	return out
}

func (w *lowerer) slot(n *node) []piece {
	var def *definition
	if n.typ != "" {
		def = w.c.definition(w.index, n.text, &Slot{Type: n.typ})
	} else {
		s := w.sentence.Slots[n.list]
		if s == nil {
			s = w.c.slots[n.list]
		}
		if s == nil {
			names := slices.Concat(slices.Collect(maps.Keys(w.sentence.Slots)), slices.Collect(maps.Keys(w.c.slots)))
			w.fail(n, fmt.Sprintf("there is no slot {%s}", n.list), suggest(n.list, names, "declare it under slots"))
			return nil
		}
		def = w.c.definition(w.index, n.list, s)
	}
	if def == nil {
		w.failed = true // the slot's own fault is reported once
		return nil
	}
	u := use{n.text, n.list, n.typ, def}
	at := slices.Index(w.out.slots, u)
	if at < 0 {
		at = len(w.out.slots)
		w.out.slots = append(w.out.slots, u)
	}
	return []piece{{kind: value, slot: at}}
}

// suggest says what to do about an unknown name.
func suggest(name string, names []string, otherwise string) string {
	slices.Sort(names)
	if best := nearest(name, names); best != "" {
		return fmt.Sprintf("did you mean %q?", best)
	}
	return otherwise
}

// words gives the pieces of a literal. What stands at its ends may touch a
// slot, so that a sign there, which is kept between digits only, can be either
// itself or a blank.
func words(text string) []piece {
	var out []piece
	in := glyphs(text)
	gap, kept := false, false
	put := func(p piece) {
		if gap {
			out = append(out, piece{kind: border})
			gap = false
		}
		if last := len(out) - 1; p.kind == letters && last >= 0 && out[last].kind == letters {
			out[last].text += p.text
			return
		}
		out = append(out, p)
	}
	for i, g := range in {
		atEnd := i == 0 || i == len(in)-1
		what := classify(in, i, kept)
		kept = what == keep && isWordRune(g.r)
		switch {
		case what == keep:
			put(piece{kind: letters, text: string(g.r)})
		case atEnd && strings.ContainsRune(".:/-", g.r):
			put(piece{kind: sign, text: string(g.r)})
		case what == blank:
			gap = true
		}
	}
	if gap {
		out = append(out, piece{kind: border})
	}
	for i := range out {
		if out[i].kind == letters {
			out[i] = orSpoken(out[i])
		}
	}
	return out
}

// orSpoken adds the words that are said for digits in a word.
func orSpoken(p piece) piece {
	spoken := spokenDigits(p.text)
	if spoken == nil {
		return p
	}
	var said []piece
	for i, w := range spoken {
		if i > 0 {
			said = append(said, piece{kind: border})
		}
		said = append(said, piece{kind: letters, text: w})
	}
	return piece{kind: oneOf, kids: [][]piece{{p}, said}}
}

// count gives the characters of a text, without blanks.
func count(text string) int32 {
	return int32(utf8.RuneCountInString(text) - strings.Count(text, " "))
}
