package template

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// An entry is all the sentences of one id.
type entry struct {
	sentences []int
	slots     []*entrySlot    // in the order in which the templates name them
	words     map[string]bool // of the templates themselves
}

// An entrySlot is a slot of an entry.
type entrySlot struct {
	name   string
	defs   []*definition   // one name can stand for several lists
	before map[string]bool // the words that stand before it in the templates
	open   bool            // it takes words that are on no list
	around contexts        // of an open one
}

// add takes a sentence of the entry in.
func (e *entry) add(index int, l *lowered) {
	e.sentences = append(e.sentences, index)
	for _, u := range l.slots {
		s := e.slot(u.name)
		if s == nil {
			s = &entrySlot{name: u.name, before: make(map[string]bool)}
			e.slots = append(e.slots, s)
		}
		if !slices.Contains(s.defs, u.def) {
			s.defs = append(s.defs, u.def)
		}
		s.open = s.open || u.def.unlisted
	}
	e.learn(l.pieces, l.slots, nil)
	e.learnContexts(l)
}

func (e *entry) slot(name string) *entrySlot {
	at := slices.IndexFunc(e.slots, func(s *entrySlot) bool { return s.name == name })
	if at < 0 {
		return nil
	}
	return e.slots[at]
}

// learn notes the words of the pieces, and which of them stand before slots.
// Before are those that can stand before the pieces; those that can stand
// behind them are given back.
func (e *entry) learn(pieces []piece, slots []use, before []string) []string {
	for i := range pieces {
		p := &pieces[i]
		switch p.kind {
		case letters:
			e.words[p.text] = true
			if !isArticle(p.text) {
				before = []string{p.text}
			}
		case value:
			s := e.slot(slots[p.slot].name)
			for _, w := range before {
				s.before[w] = true
			}
			before = nil
		case oneOf, anyOrder:
			var behind []string
			if p.empty {
				behind = before
			}
			for _, kid := range p.kids {
				for _, w := range e.learn(kid, slots, before) {
					if !slices.Contains(behind, w) {
						behind = append(behind[:len(behind):len(behind)], w)
					}
				}
			}
			before = behind
		}
	}
	return before
}

func isArticle(w string) bool {
	switch w {
	case "the", "a", "an", "my", "our", "your", "this", "that":
		return true
	}
	return false
}

// A find is a value of a slot in a text.
type find struct {
	slot      *entrySlot
	canonical string
}

// A found span of the text, and what it can be.
type foundSpan struct {
	from, to int
	finds    []find
}

// Extract finds values for the slots of an entry in a text that is known to
// mean the entry, although it matches none of its templates. It gives, by slot
// name:
//
//   - values of lists, numbers, times and so on that the text contains as whole
//     words, the longest ones first, never two from the same words;
//   - for lists without such a value, one that is misspelled by a letter in
//     five or more, or two in eight or more, if no other value is as close; else
//     one that sounds nearly the same, if no other value is nearly as near;
//   - for slots of type [Text] and for open lists, the words between those that
//     a template has before it and behind it, where that is one part of the text
//     only.
//
// Where several slots could take a value, the one that has the same word
// before it in a template takes it ("from", "to"), then the one that the
// templates name first. A slot for which the text has more values than slots
// that could take them gets none: values are never guessed. An unknown id has
// no slots.
func (g *Grammar) Extract(id, text string, now time.Time) map[string]Value {
	e := g.entries[id]
	if e == nil || len(e.slots) == 0 || len(text) > maxBytes {
		return nil
	}
	n := normalize(text)
	if n.text == "" || tooLong(n.text) {
		return nil
	}
	x := extraction{entry: e, n: n, dates: newDateReader(now), values: make(map[string]Value)}
	x.spans = longestFirst(x.scan())
	x.byCue(false)
	x.byOrder(false)
	for _, s := range e.slots {
		if !s.open {
			x.byLikeness(s)
		}
	}
	for _, s := range e.slots {
		if s.open {
			x.byContext(s)
		}
	}
	x.byCue(true)
	x.byOrder(true)
	return x.values
}

// An extraction is one call of Extract.
type extraction struct {
	entry  *entry
	n      *normal
	dates  dateReader
	spans  []foundSpan // those not overlapping, in the order of the text
	taken  []foundSpan // those whose value a slot has
	values map[string]Value
	starts []int    // of the words, once they are needed
	edge   *edgeSet // likewise
}

// scan finds every value of every slot.
func (x *extraction) scan() []foundSpan {
	text := x.n.text
	at := make(map[[2]int]int)
	var spans []foundSpan
	note := func(from, to int, f ...find) {
		key := [2]int{from, to}
		i, ok := at[key]
		if !ok {
			i = len(spans)
			at[key] = i
			spans = append(spans, foundSpan{from: from, to: to})
		}
		spans[i].finds = append(spans[i].finds, f...)
	}
	for p := range wordStarts(text) {
		for _, s := range x.entry.slots {
			for _, def := range s.defs {
				for _, r := range def.read(text, p, x.dates) {
					if endsWord(text, r.end) && x.trust(s, def, p, r) {
						note(p, r.end, find{s, r.canonical})
					}
				}
			}
		}
		// Digits in a time or a date are no numbers, whether a slot takes it or
		// not.
		for _, s := range clocks(text, p) {
			if endsWord(text, s.end) && !s.loose {
				note(p, s.end)
			}
		}
		for _, d := range append(x.dates.calendar(text, p), numeric(text, p)...) {
			if endsWord(text, d.end) && !d.loose {
				note(p, d.end)
			}
		}
	}
	return spans
}

// wordStarts gives the place of each word.
func wordStarts(text string) func(yield func(int) bool) {
	return func(yield func(int) bool) {
		for p := 0; p < len(text); {
			if !yield(p) {
				return
			}
			_, end := word(text, p)
			p = end + 1
		}
	}
}

func endsWord(text string, p int) bool { return p == len(text) || text[p] == ' ' }

// wordBefore gives the word before p, articles left out.
func wordBefore(text string, p int) string {
	for p > 0 {
		start := strings.LastIndexByte(text[:p-1], ' ') + 1
		if w := text[start : p-1]; !isArticle(w) {
			return w
		}
		p = start
	}
	return ""
}

// lastWord gives the word right before p.
func lastWord(text string, p int) string {
	if p == 0 {
		return ""
	}
	return text[strings.LastIndexByte(text[:p-1], ' ')+1 : p-1]
}

// longestFirst drops the spans that overlap longer ones, or as long ones that
// stand before them, and gives the others in the order of the text.
func longestFirst(spans []foundSpan) []foundSpan {
	slices.SortFunc(spans, func(a, b foundSpan) int {
		return cmp.Or(cmp.Compare(b.to-b.from, a.to-a.from), cmp.Compare(a.from, b.from))
	})
	var chosen []foundSpan
	for _, s := range spans {
		if !overlaps(chosen, s.from, s.to) {
			chosen = append(chosen, s)
		}
	}
	slices.SortFunc(chosen, func(a, b foundSpan) int { return cmp.Compare(a.from, b.from) })
	return chosen
}

func overlaps(spans []foundSpan, from, to int) bool {
	return slices.ContainsFunc(spans, func(s foundSpan) bool { return from < s.to && s.from < to })
}

// set gives the slot of f the words of a span, which no other slot can take
// then.
func (x *extraction) set(span *foundSpan, f find) {
	x.taken = append(x.taken, *span)
	x.values[f.slot.name] = Value{Slot: f.slot.name, Said: x.n.said(span.from, span.to), Canonical: f.canonical}
	span.finds = nil
}

// open gives the finds of a span whose slots have no value yet.
func (x *extraction) open(span *foundSpan) []find {
	var list []find
	if overlaps(x.taken, span.from, span.to) {
		return nil
	}
	for _, f := range span.finds {
		_, filled := x.values[f.slot.name]
		if !filled && !slices.ContainsFunc(list, func(g find) bool { return g.slot == f.slot }) {
			list = append(list, f)
		}
	}
	return list
}

// byCue gives values to the slots that have the same word before them in a
// template, where that leaves no choice. Open slots have a turn of their own, when
// what can stand around their values is known.
func (x *extraction) byCue(open bool) {
	for _, s := range x.entry.slots {
		if s.open != open {
			continue
		}
		var span *foundSpan
		var chosen find
		count := 0
		for i := range x.spans {
			w := wordBefore(x.n.text, x.spans[i].from)
			for _, f := range x.open(&x.spans[i]) {
				if f.slot == s && s.before[w] && !x.rival(&x.spans[i], s, w) {
					if count == 0 || f.canonical != chosen.canonical {
						count++
					}
					if count == 1 && span == nil {
						span, chosen = &x.spans[i], f
					}
				}
			}
		}
		if count == 1 && x.shared(s) {
			x.set(span, chosen)
		}
	}
}

// rival says whether another slot that could take the span has the word before
// it, too.
func (x *extraction) rival(span *foundSpan, s *entrySlot, before string) bool {
	return slices.ContainsFunc(x.open(span), func(f find) bool { return f.slot != s && f.slot.before[before] })
}

// shared says whether another slot could take a value that s could take.
func (x *extraction) shared(s *entrySlot) bool {
	for i := range x.spans {
		list := x.open(&x.spans[i])
		if len(list) > 1 && slices.ContainsFunc(list, func(f find) bool { return f.slot == s }) {
			return true
		}
	}
	return false
}

// byOrder gives the values that are left to the slots that are left, in the
// order in which the templates name them, unless there are too many values; open
// slots in a turn of their own, too.
func (x *extraction) byOrder(open bool) {
	for _, s := range x.entry.slots {
		if s.open != open {
			continue
		}
		var span *foundSpan
		var chosen find
		distinct := make(map[string]bool)
		rivals := make(map[string]bool)
		for i := range x.spans {
			list := x.open(&x.spans[i])
			at := slices.IndexFunc(list, func(f find) bool { return f.slot == s })
			if at < 0 {
				continue
			}
			if span == nil {
				span, chosen = &x.spans[i], list[at]
			}
			distinct[list[at].canonical] = true
			for _, f := range list {
				rivals[f.slot.name] = true
			}
		}
		if span != nil && len(distinct) <= len(rivals) {
			x.set(span, chosen)
		}
	}
}
