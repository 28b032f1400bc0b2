package template

import (
	"slices"
	"strings"
)

// bySpelling looks for a misspelled value of a list.
func (x *extraction) bySpelling(s *entrySlot) {
	if _, filled := x.values[s.name]; filled {
		return
	}
	if slices.ContainsFunc(x.spans, func(span foundSpan) bool {
		return slices.ContainsFunc(span.finds, func(f find) bool { return f.slot == s })
	}) {
		return // it has too many values already
	}
	const fewest = 5 // letters of a word that can be misspelled
	const mostWords = 4
	text := x.n.text
	best := foundSpan{}
	distance, size := 3, 0
	unique := false
	for from := range wordStarts(text) {
		_, to := word(text, from)
		for range mostWords {
			if overlaps(x.spans, from, to) {
				break
			}
			if !x.ownWords(text[from:to]) {
				key := newSpelling(text[from:to])
				for _, def := range s.defs {
					if def.typ != List {
						continue
					}
					i, d, ok := def.list.closest(key, fewest, true)
					if i < 0 || d > distance || d == distance && to-from < size {
						continue
					}
					canonical := def.list.values[i].Canonical
					unique = ok && (d < distance || to-from > size || unique && best.finds[0].canonical == canonical)
					distance, size = d, to-from
					best = foundSpan{from, to, []find{{s, canonical}}}
				}
			}
			if to == len(text) {
				break
			}
			_, to = word(text, to+1)
		}
	}
	if unique {
		x.spans = append(x.spans, best)
		x.set(&x.spans[len(x.spans)-1], best.finds[0])
	}
}

// ownWords says whether the words are all the templates' own, or plurals of
// them, which are no misspelled values.
func (x *extraction) ownWords(text string) bool {
	for w := range strings.FieldsSeq(text) {
		if !x.entry.words[w] && !x.entry.words[strings.TrimSuffix(w, "s")] {
			return false
		}
	}
	return true
}
