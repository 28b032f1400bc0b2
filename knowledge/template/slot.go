package template

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// A reading is one way to read a text as a value of a slot, from some place on.
type reading struct {
	end       int
	canonical string
	loose     bool // see [span]
}

// A definition is a slot made ready for reading.
type definition struct {
	typ        Type
	list       *list
	unlisted   bool // words that are on no list are a value, too
	low, high  float64
	step, base float64 // a value is base plus a multiple of step, if that is not 0
}

// define makes a definition; the faults say what is wrong with the slot.
func define(name string, s *Slot) (*definition, []CompileError) {
	d := &definition{typ: s.Type, low: math.Inf(-1), high: math.Inf(1), unlisted: s.Type == Text}
	if d.typ == "" && len(s.Values) > 0 {
		d.typ = List
	}
	fault := func(what, do string) (*definition, []CompileError) {
		return nil, []CompileError{{Sentence: -1, Slot: name, What: what, Do: do}}
	}
	switch d.typ {
	case "":
		return fault("it has neither values nor a type", "list its values, or name its type")
	case List:
		if len(s.Values) == 0 {
			return fault("the list has no values", "add one, or name another type")
		}
		l, faults := newList(name, s.Values)
		d.list = l
		if s.Open && l != nil {
			d.unlisted, l.hints = true, nil
		}
		return d, faults
	case Duration, Time, Date, Colour, Text, Number:
	case Percentage:
		d.low, d.high = 0, 100
	default:
		return fault(fmt.Sprintf("%q is no type of slot", shorten(string(d.typ))), "use list, number, percentage, duration, time, date, colour or text")
	}
	if s.Open {
		return fault(fmt.Sprintf("a slot of type %s is not open", d.typ), "remove the type, and list some values")
	}
	if len(s.Values) > 0 {
		return fault(fmt.Sprintf("a slot of type %s has no values of its own", d.typ), "remove the values or the type")
	}
	if !s.Bounded {
		return d, nil
	}
	switch {
	case d.typ != Number && d.typ != Percentage:
		return fault(fmt.Sprintf("a slot of type %s has no range", d.typ), "remove the range, or make it a number")
	case math.IsNaN(s.From+s.To+s.Step) || s.From > s.To:
		return fault(fmt.Sprintf("the range from %v to %v holds nothing", s.From, s.To), "put the smaller number first")
	case s.Step < 0 || math.IsInf(s.Step, 0):
		return fault(fmt.Sprintf("a step of %v leads nowhere", s.Step), "use a positive step, or 0 for any fraction")
	}
	d.low, d.high, d.step = s.From, s.To, s.Step
	if !math.IsInf(s.From, 0) {
		d.base = s.From
	}
	return d, nil
}

// fits says whether a number lies within range and step.
func (d *definition) fits(v float64) bool {
	if v < d.low || v > d.high {
		return false
	}
	if d.step == 0 {
		return true
	}
	steps := (v - d.base) / d.step
	return math.Abs(steps-math.Round(steps)) < 1e-6
}

// read gives every reading of text from p on, longest first. A slot of type
// Text has none: it is the matcher that knows where it ends.
func (d *definition) read(text string, p int, dates dateReader) []reading {
	var found []reading
	number := func(spans []span, form func(float64) string) {
		for _, s := range spans {
			if d.fits(s.value) {
				found = append(found, reading{s.end, form(s.value), s.loose})
			}
		}
	}
	switch d.typ {
	case List:
		return d.list.at(text, p)
	case Number:
		number(withDegrees(text, numbers(text, p)), plainNumber)
	case Percentage:
		number(percentages(text, p), plainNumber)
	case Duration:
		number(durations(text, p), plainNumber)
	case Time:
		number(clocks(text, p), clockTime)
	case Date:
		for _, r := range dates.dates(text, p) {
			found = append(found, reading{r.end, r.canonical(), r.loose})
		}
	case Colour:
		for _, r := range readColours(text, p) {
			found = append(found, reading{end: r.end, canonical: r.name})
		}
	}
	slices.SortStableFunc(found, func(a, b reading) int { return cmp.Compare(b.end, a.end) })
	return slices.CompactFunc(found, func(a, b reading) bool { return a.end == b.end && a.canonical == b.canonical })
}

// leadIns are words that may stand before a bare answer, one after the other.
var leadIns = []string{"in", "on", "at", "to", "for", "of", "from", "by", "with", "the", "my", "our", "a", "an", "its", "it is", "make it", "set it to", "about"}

// tailsOf are words that may stand behind a bare answer of that type.
var tailsOf = map[Type][]string{
	Number: {"degrees", "degree", "percent", "%"},
	Colour: {"colour", "color", "one"},
	List:   {"one"},
}

// Parse reads an answer to the question for the slot: a bare value, possibly
// with "the" or "in the" and the like before it and with words of courtesy
// around it. A value of a list may also be given as its canonical value, or
// misspelled: one letter in four or more, two in eight or more, if no other
// value is spelled as closely; or misheard, if no other sounds nearly as much
// like it. Relative dates count from now.
//
// The slot must be one that [Compile] accepts; of any other nothing is read.
func (s *Slot) Parse(text string, now time.Time) (Value, bool) {
	if len(text) > maxBytes {
		return Value{}, false
	}
	d, faults := define(s.Name, s)
	n := normalize(text)
	if len(faults) > 0 || n.text == "" || tooLong(n.text) {
		return Value{}, false
	}
	value := func(from, to int, canonical string) (Value, bool) {
		return Value{Slot: s.Name, Said: n.said(from, to), Canonical: canonical}, true
	}
	if d.typ == Text {
		said := strings.TrimSpace(text)
		return Value{Slot: s.Name, Said: said, Canonical: said}, true
	}
	starts := answerStarts(n.text)
	ends := answerEnds(n.text, d.typ)
	dates := newDateReader(now)
	for _, from := range starts {
		for _, r := range d.read(n.text, from, dates) {
			if slices.Contains(ends, r.end) {
				return value(from, r.end, r.canonical)
			}
		}
	}
	if d.typ != List {
		return Value{}, false
	}
	for _, v := range s.Values {
		if Normalize(v.Canonical) == n.text {
			return value(0, len(n.text), v.Canonical)
		}
	}
	spelled := false // several values nearly so
	for _, from := range starts {
		for _, to := range ends {
			if from >= to {
				continue
			}
			i, _, ok := d.list.closest(newSpelling(n.text[from:to]), 4, false)
			if ok {
				return value(from, to, d.list.values[i].Canonical)
			}
			spelled = spelled || i >= 0
		}
	}
	var e ear
	heard := [2]int{}
	for _, from := range starts {
		for _, to := range ends {
			if from < to && e.hear(d.list, n.text[from:to]) {
				heard = [2]int{from, to}
			}
		}
	}
	if !spelled && e.sure() {
		return value(heard[0], heard[1], e.canonical)
	}
	return Value{}, false
}

// answerStarts gives the places where a bare answer may start.
func answerStarts(text string) []int {
	return skipAhead(text, func(p int) []int {
		return append(skipOnce(text, p, leadIns), skipOnce(text, p, openings)...)
	})
}

// answerEnds gives the places where a bare answer may end, the last one first.
func answerEnds(text string, typ Type) []int {
	return skipBack(text, func(p int) []int {
		return append(skipOnceBack(text, p, tailsOf[typ]), skipOnceBack(text, p, closings)...)
	})
}
