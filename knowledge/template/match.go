package template

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	maxBytes     = 8 * MaxText // of a text before it is brought into normal form
	sentenceWork = 250_000     // moves for one sentence
	totalWork    = 2_500_000   // moves for all sentences
)

func tooLong(normal string) bool {
	return len(normal) > MaxText && utf8.RuneCountInString(normal) > MaxText
}

// Match gives every sentence that the text matches, the best first: more
// characters matched by the template's own words come first, then fewer
// characters of free text, then the order of the sentences. Each sentence
// occurs once, with its best reading by the same measure; of readings that are
// equally good, the one whose first slots take fewer words.
//
// A slot that is said twice must have the same value both times, or the
// sentence does not match. Relative dates count from now. See the package
// comment for the bounds.
func (g *Grammar) Match(text string, now time.Time) []Match {
	if len(text) > maxBytes {
		return nil
	}
	n := normalize(text)
	if n.text == "" || tooLong(n.text) {
		return nil
	}
	m := g.scratch.Get().(*machine)
	defer g.scratch.Put(m)
	m.reset(n.text, now)
	var found []Match
	budget := totalWork
	for _, i := range g.filter.candidates(m, n.text) {
		s := &g.sentences[i]
		end, ok := m.run(&s.program, s.slots, min(budget, sentenceWork))
		budget -= len(m.moves)
		if budget <= 0 {
			break
		}
		if !ok {
			continue
		}
		slots, ok := m.slots(&s.program, s.slots, end, n)
		if !ok {
			continue
		}
		last := m.moves[end]
		found = append(found, Match{ID: s.ID, Sentence: int(i), Slots: slots, Literal: int(last.literal), Free: int(last.free)})
	}
	slices.SortStableFunc(found, func(a, b Match) int {
		return cmp.Or(cmp.Compare(b.Literal, a.Literal), cmp.Compare(a.Free, b.Free), cmp.Compare(a.Sentence, b.Sentence))
	})
	return found
}

// A machine is the working memory of one match. It simulates the automaton of
// a sentence place by place: at each place of the text it works through the
// steps that can be reached there in the order of the program, so that each
// pair of step and place is worked on once, with the best way to it.
type machine struct {
	text   string
	dates  dateReader
	starts []int // where the sentence may start
	ends   []int // where it may end

	moves    []move
	arrivals []arrived // for each place
	best     []int32   // for each step at the current place, the best move to it
	active   []uint64  // the steps to work on at the current place
	values   map[valueKey][]reading

	// For the filter.
	present    map[int32]bool
	clauses    map[int32]bool
	words      []int32
	candidates []int32
	cuts       []int
}

// A move is one way to have reached a step at a place.
type move struct {
	step, place   int32
	literal, free int32
	from          int32 // the move before, or -1
	reading       int32 // of an opValue that led here, its index among the readings, or -1
	next          int32 // the next arrival at the same place, or -1
}

// arrived is the list of moves to one place.
type arrived struct{ first, last int32 }

type valueKey struct {
	def   *definition
	place int
}

// reset prepares the machine for a text.
func (m *machine) reset(text string, now time.Time) {
	m.text, m.dates = text, newDateReader(now)
	m.starts = skipAhead(text, func(p int) []int { return skipOnce(text, p, openings) })
	m.ends = skipBack(text, func(p int) []int { return skipOnceBack(text, p, closings) })
	m.arrivals = slices.Grow(m.arrivals[:0], len(text)+1)[:len(text)+1]
	if m.values == nil {
		m.values, m.present, m.clauses = make(map[valueKey][]reading), make(map[int32]bool), make(map[int32]bool)
	}
	clear(m.values)
}

// run matches one sentence and gives the best last move.
func (m *machine) run(p *program, slots []use, work int) (end int32, ok bool) {
	m.moves = m.moves[:0]
	for i := range m.arrivals {
		m.arrivals[i] = arrived{-1, -1}
	}
	m.best = slices.Grow(m.best[:0], len(p.steps))[:len(p.steps)]
	size := (len(p.steps) + 63) / 64
	m.active = slices.Grow(m.active[:0], size)[:size]
	clear(m.active)
	for _, start := range m.starts {
		m.move(move{step: 0, place: int32(start), from: -1, reading: -1})
	}
	end = -1
	for place := range m.arrivals {
		if m.arrivals[place].first < 0 {
			continue
		}
		m.arrive(place)
		for w := range m.active {
			for m.active[w] != 0 {
				at := w*64 + bits.TrailingZeros64(m.active[w])
				m.active[w] &^= 1 << (at % 64)
				if len(m.moves) > work {
					return -1, false
				}
				done := m.work(p, slots, int32(at), place)
				if done >= 0 && (end < 0 || m.better(done, end)) {
					end = done
				}
			}
		}
	}
	return end, end >= 0
}

// move notes a way to a step at a later place, or at the place being worked
// on.
func (m *machine) move(to move) {
	to.next = -1
	at := int32(len(m.moves))
	m.moves = append(m.moves, to)
	list := &m.arrivals[to.place]
	if list.first < 0 {
		list.first = at
	} else {
		m.moves[list.last].next = at
	}
	list.last = at
}

// arrive makes the steps active that are reached at the place.
func (m *machine) arrive(place int) {
	for at := m.arrivals[place].first; at >= 0; at = m.moves[at].next {
		m.activate(at)
	}
}

func (m *machine) activate(at int32) {
	s := m.moves[at].step
	if bit := uint64(1) << (s % 64); m.active[s/64]&bit == 0 {
		m.active[s/64] |= bit
		m.best[s] = at
	} else if m.better(at, m.best[s]) {
		m.best[s] = at
	}
}

// better says whether a move is better than another one.
func (m *machine) better(a, b int32) bool {
	x, y := &m.moves[a], &m.moves[b]
	return x.literal > y.literal || x.literal == y.literal && x.free < y.free
}

// stay goes on to a step at the same place.
func (m *machine) stay(to move) {
	m.moves = append(m.moves, to)
	m.activate(int32(len(m.moves) - 1))
}

// work does one step at a place. It gives the move that has reached the end of
// the sentence, or -1.
func (m *machine) work(p *program, slots []use, at int32, place int) (done int32) {
	s := &p.steps[at]
	from := m.best[at]
	here := m.moves[from]
	to := move{step: at + 1, place: int32(place), literal: here.literal, free: here.free, from: from, reading: -1}
	switch s.op {
	case opText:
		if strings.HasPrefix(m.text[place:], s.text) {
			to.place += int32(len(s.text))
			to.literal += s.arg
			m.move(to)
		}
	case opSign:
		if strings.HasPrefix(m.text[place:], s.text) {
			to.place += int32(len(s.text))
			m.move(to)
			break
		}
		m.border(to, place)
	case opBorder:
		m.border(to, place)
	case opFork:
		for _, target := range p.forks[s.arg] {
			to.step = target
			m.stay(to)
		}
	case opValue:
		for i, r := range m.readings(slots[s.arg].def, place) {
			to.place, to.reading = int32(r.end), int32(i)
			m.move(to)
		}
	case opTake:
		if place < len(m.text) && m.text[place] != ' ' && startsWord(m.text, place) {
			to.step = at - 1
			m.take(to, place)
		}
	case opMore:
		if place < len(m.text) {
			to.step = at
			m.take(to, place)
		}
		if m.text[place-1] != ' ' {
			to.step = at + 2
			m.stay(to)
		}
	case opDone:
		// A border at the end of the sentence may have taken the blank before
		// the closing.
		if slices.Contains(m.ends, place) || place > 0 && m.text[place-1] == ' ' && slices.Contains(m.ends, place-1) {
			return from
		}
	}
	return -1
}

// take moves over one character of free text.
func (m *machine) take(to move, place int) {
	_, size := utf8.DecodeRuneInString(m.text[place:])
	to.place = int32(place + size)
	if m.text[place] != ' ' {
		to.free++
	}
	m.move(to)
}

// border moves over a blank, or stays where a word starts or ends.
func (m *machine) border(to move, place int) {
	switch {
	case place < len(m.text) && m.text[place] == ' ':
		to.place++
		m.move(to)
	case place == 0 || place == len(m.text) || m.text[place-1] == ' ' || joins(m.text, place):
		m.stay(to)
	}
}

// joins says that a digit stands before the place and a letter or a sign of a
// unit at it, between which a blank can be left out.
func joins(text string, place int) bool {
	c := text[place]
	return isDigit(rune(text[place-1])) && ('a' <= c && c <= 'z' || c == '%' || c >= utf8.RuneSelf)
}

// readings gives the values of a slot at a place.
func (m *machine) readings(def *definition, place int) []reading {
	if place == len(m.text) || m.text[place] == ' ' {
		return nil
	}
	key := valueKey{def, place}
	found, ok := m.values[key]
	if !ok {
		found = def.read(m.text, place, m.dates)
		m.values[key] = found
	}
	return found
}

// slots collects the values on the way to the last move; ok is false if a slot
// has two different ones.
func (m *machine) slots(p *program, uses []use, end int32, n *normal) (values map[string]Value, ok bool) {
	values = make(map[string]Value, len(uses))
	set := func(slot int32, from, to int, canonical string) bool {
		name := uses[slot].name
		v := Value{Slot: name, Said: n.said(from, to), Canonical: canonical}
		if canonical == "" { // it is on no list
			v.Canonical = v.Said
		}
		if other, twice := values[name]; twice && other.Canonical != v.Canonical {
			return false
		}
		values[name] = v
		return true
	}
	textEnd := -1
	for at := end; at >= 0; at = m.moves[at].from {
		here := &m.moves[at]
		if here.from < 0 {
			break
		}
		before := &m.moves[here.from]
		s := &p.steps[before.step]
		start := int(before.place)
		switch {
		case s.op == opMore && here.step != before.step:
			textEnd = start
		case s.op == opTake:
			if !set(s.arg, start, textEnd, "") {
				return nil, false
			}
		case s.op == opValue:
			r := m.readings(uses[s.arg].def, start)[here.reading]
			if !set(s.arg, start, r.end, r.canonical) {
				return nil, false
			}
		}
	}
	return values, true
}
