package template

import (
	"slices"
	"strings"
)

// A stretch is a part of a text that may be the value of an open slot.
type stretch struct {
	from, to int
	weight   int // words of the context that stand around it, one more for each side
}

// byContext gives a slot whose values are open the words that stand between
// those that a template has on its left and on its right. Where the text has
// several such parts that fit equally well, the slot gets none.
func (x *extraction) byContext(s *entrySlot) {
	if _, filled := x.values[s.name]; filled || len(s.around.left) == 0 || len(s.around.right) == 0 {
		return
	}
	best, unique := stretch{}, false
	for _, from := range x.wordStarts() {
		left := x.leftOf(s, from)
		if left == 0 {
			continue
		}
		found, ok := x.stretchFrom(s, from, left)
		switch {
		case !ok || found.weight < best.weight:
		case found.weight == best.weight:
			unique = false
		default:
			best, unique = found, true
		}
	}
	if !unique || best.weight <= 2 || isPronoun(x.n.text[best.from:best.to]) {
		return
	}
	span := foundSpan{from: best.from, to: best.to}
	chosen := find{s, x.n.said(best.from, best.to)}
	for i := range x.spans {
		if known := &x.spans[i]; known.from == best.from && known.to == best.to && len(known.finds) > 0 {
			at := slices.IndexFunc(known.finds, func(f find) bool { return f.slot == s })
			if at < 0 {
				return // it is a value of another slot
			}
			chosen = known.finds[at]
		}
	}
	x.set(&span, chosen)
}

// wordStarts gives the place of each word.
func (x *extraction) wordStarts() []int {
	if x.starts == nil {
		x.starts = slices.Collect(wordStarts(x.n.text))
	}
	return x.starts
}

// leftOf gives how many words of a left context of a slot stand before p, and
// one more, or 0 where too little of any does: only articles, or a single "to"
// or "of" that the templates always have behind the same ("listen to").
func (x *extraction) leftOf(s *entrySlot, p int) int {
	if ends := x.edges().ends; p >= ends[len(ends)-1] {
		return 0 // only courtesy is left
	}
	most := 0
	for _, context := range s.around.left {
		at, count, telling := p, 0, false
		for i, want := range context {
			if want == atEdge {
				telling = telling || slices.Contains(x.edges().starts, at)
			} else if want == atValue {
				telling = telling || x.takenUpTo(at-1)
			} else if at > 0 && lastWord(x.n.text, at) == want && !x.breaks(at) {
				at -= len(want) + 1
				count++
				telling = telling || !isArticle(want) && (i > 0 || !isLink(want) || s.around.varied(want))
				continue
			}
			break
		}
		if telling {
			most = max(most, count+1)
		}
	}
	return most
}

// isLink says whether a word only links two others.
func isLink(w string) bool {
	switch w {
	case "to", "of", "on", "in", "at", "for", "from", "with", "by", "into", "onto", "about", "as", "and", "is", "are", "me", "us":
		return true
	}
	return false
}

// varied says whether the slot can have the word on its left behind several
// others.
func (c *contexts) varied(word string) bool {
	second := ""
	for _, left := range c.left {
		if len(left) < 2 || left[0] != word {
			continue
		}
		if second != "" && left[1] != second {
			return true
		}
		second = left[1]
	}
	return false
}

// stretchFrom gives the shortest stretch from a place on that has a right
// context of the slot behind it.
func (x *extraction) stretchFrom(s *entrySlot, from, left int) (stretch, bool) {
	text := x.n.text
	for to := from; ; to++ {
		_, to = word(text, to)
		if overlaps(x.taken, from, to) {
			return stretch{}, false
		}
		if right := x.rightOf(s, to); right > 0 {
			return stretch{from, to, left + right}, true
		}
		if to == len(text) || x.breaks(to+1) {
			return stretch{}, false
		}
	}
}

// rightOf gives how many words of a right context of a slot stand behind the
// word that ends at p, if all of one do.
func (x *extraction) rightOf(s *entrySlot, p int) int {
	most := 0
	for _, context := range s.around.right {
		at, count, whole := p, 0, true
		for _, want := range context {
			switch want {
			case atEdge:
				whole = x.ends(at)
			case atValue:
				whole = x.takenFrom(at + 1)
				count++
			default:
				end, ok := after(x.n.text, at, want)
				whole = ok
				at = end
				count++
			}
			if !whole {
				break
			}
		}
		if whole {
			most = max(most, count+1)
		}
	}
	return most
}

func (x *extraction) takenUpTo(p int) bool {
	return slices.ContainsFunc(x.taken, func(s foundSpan) bool { return s.to == p })
}

func (x *extraction) takenFrom(p int) bool {
	return slices.ContainsFunc(x.taken, func(s foundSpan) bool { return s.from == p })
}

// An edgeSet has the places where a sentence may begin and end, courtesy left
// out.
type edgeSet struct{ starts, ends []int }

func (x *extraction) edges() *edgeSet {
	if x.edge == nil {
		text := x.n.text
		x.edge = &edgeSet{
			starts: skipAhead(text, func(p int) []int { return skipOnce(text, p, openings) }),
			ends:   skipBack(text, func(p int) []int { return skipOnceBack(text, p, closings) }),
		}
	}
	return x.edge
}

// ends says whether a sentence may end at p: where the text does, or where
// another clause begins.
func (x *extraction) ends(p int) bool {
	if slices.Contains(x.edges().ends, p) {
		return true
	}
	w, _ := next(x.n.text, p)
	return isReason(w) || x.punctuated(p+1) && isClauseStart(w)
}

// breaks says whether no value may go on with the word at p.
func (x *extraction) breaks(p int) bool {
	w, _ := word(x.n.text, p)
	return isReason(w) || x.punctuated(p)
}

// punctuated says whether a sign that parts clauses was written before the word
// at p.
func (x *extraction) punctuated(p int) bool {
	if p <= 1 || p >= len(x.n.text) {
		return false
	}
	gap := x.n.orig[x.n.end[p-2]:x.n.start[p]]
	return strings.ContainsAny(gap, ",;.!?:–—")
}

// isReason says whether a word begins what is said about a command and not in
// it.
func isReason(w string) bool {
	switch w {
	case "because", "cause", "since", "while", "so":
		return true
	}
	return false
}

// isClauseStart says whether a word behind a comma begins a clause, and does
// not go on with a list.
func isClauseStart(w string) bool {
	switch w {
	case "i", "im", "ive", "ill", "id", "we", "were", "weve", "well", "you", "youre", "he", "she", "they", "it", "its",
		"that", "thats", "this", "there", "theres", "but", "then", "please", "thanks", "thank", "can", "could", "would",
		"will", "do", "dont", "did", "is", "are", "let", "lets", "ok", "okay", "just", "maybe", "if", "when", "as":
		return true
	}
	return false
}

// isPronoun says whether a text stands for something that was said before.
func isPronoun(text string) bool {
	switch text {
	case "it", "that", "this", "them", "these", "those", "one", "some", "something", "anything", "more", "me", "us", "him", "her":
		return true
	}
	return false
}
