package template

import (
	"math"
	"slices"
	"strings"

	"frontdesk/knowledge/phonetic"
)

const (
	mostLikeWords = 4 // of a text that are taken together for one value
	fewestLetters = 5 // of a word that can be misspelled
)

const fewestSounds = 4 // of a word that can be misheard

// Bounds for values that are found by their sound, the widest with which less
// than one sentence in two hundred that names no value is taken to name one:
// see TestDeriveSoundBounds, which counts that on lists of public corpora: 0.4 %,
// where the bounds of spelling have 0.3 %.
var (
	soundBound  = 0.1 // the distance from a value, by the sounds of the longer one
	soundMargin = 0.1 // how much farther off the next value must be
)

// byLikeness looks for a misspelled or misheard value of a list.
func (x *extraction) byLikeness(s *entrySlot) {
	if _, filled := x.values[s.name]; filled {
		return
	}
	if slices.ContainsFunc(x.spans, func(span foundSpan) bool {
		return slices.ContainsFunc(span.finds, func(f find) bool { return f.slot == s })
	}) {
		return // it has too many values already
	}
	found, ok := x.bySpelling(s)
	if len(found.finds) == 0 { // where several are spelled as closely, the sound is no judge
		found, ok = x.bySound(s)
	}
	if ok {
		x.spans = append(x.spans, found)
		x.set(&x.spans[len(x.spans)-1], found.finds[0])
	}
}

// unclaimed gives the parts of the text of up to [mostLikeWords] words that are
// no value of anything and not only the templates' own words.
func (x *extraction) unclaimed(yield func(from, to int) bool) {
	text := x.n.text
	for from := range wordStarts(text) {
		_, to := word(text, from)
		for range mostLikeWords {
			if overlaps(x.spans, from, to) {
				break
			}
			if !x.ownWords(text[from:to]) && !yield(from, to) {
				return
			}
			if to == len(text) {
				break
			}
			_, to = word(text, to+1)
		}
	}
}

// bySpelling looks for a misspelled value of a list.
func (x *extraction) bySpelling(s *entrySlot) (best foundSpan, unique bool) {
	distance, size := 3, 0
	for from, to := range x.unclaimed {
		key := newSpelling(x.n.text[from:to])
		for _, def := range s.defs {
			if def.typ != List {
				continue
			}
			i, d, ok := def.list.closest(key, fewestLetters, true)
			if i < 0 || d > distance || d == distance && to-from < size {
				continue
			}
			canonical := def.list.values[i].Canonical
			unique = ok && (d < distance || to-from > size || unique && best.finds[0].canonical == canonical)
			distance, size = d, to-from
			best = foundSpan{from, to, []find{{s, canonical}}}
		}
	}
	return best, unique
}

// bySound looks for a value of a list that was misheard.
func (x *extraction) bySound(s *entrySlot) (foundSpan, bool) {
	var e ear
	best := foundSpan{}
	for from, to := range x.unclaimed {
		for _, def := range s.defs {
			if def.typ == List && e.hear(def.list, x.n.text[from:to]) {
				best = foundSpan{from, to, []find{{s, e.canonical}}}
			}
		}
	}
	return best, e.sure()
}

// An ear finds the value of lists that sounds most like anything it hears.
type ear struct {
	canonical       string  // of the nearest value; empty while there is none
	nearest, second float64 // how far off it is, and how far another value
}

// hear compares what was said with the values of a list; nearer says that one
// of them is nearer than all before.
func (e *ear) hear(l *list, text string) (nearer bool) {
	if e.canonical == "" {
		e.nearest, e.second = math.Inf(1), math.Inf(1)
	}
	said := phonetic.PronounceAll(strings.Fields(text))
	if len(said) < fewestSounds {
		return false
	}
	kinds := phonetic.Kinds(said)
	for i := range l.forms {
		d := l.forms[i].soundsLike(said, kinds)
		canonical := l.values[l.forms[i].value].Canonical
		switch {
		case d < e.nearest:
			if canonical != e.canonical {
				e.second = e.nearest
			}
			e.nearest, e.canonical, nearer = d, canonical, true
		case canonical != e.canonical:
			e.second = min(e.second, d)
		}
	}
	return nearer
}

// sure says whether the nearest value is near enough, and no other nearly as
// near.
func (e *ear) sure() bool {
	return e.canonical != "" && e.nearest <= soundBound && e.second-e.nearest >= soundMargin
}

// soundsLike gives how far a form sounds from what was said, by the sounds of
// the longer one, or infinity where it is too far to matter.
func (f *form) soundsLike(said string, kinds uint64) float64 {
	longer := float64(max(len(said), len(f.sound)))
	limit := (soundBound + soundMargin) * longer
	if len(f.sound) < fewestSounds || phonetic.LeastDrop*float64(max(len(said)-len(f.sound), len(f.sound)-len(said))-1) > limit ||
		!phonetic.MayBeNear(kinds, f.kinds, limit) {
		return math.Inf(1)
	}
	d := phonetic.Distance(said, f.sound, limit)
	if d > limit {
		return math.Inf(1)
	}
	return d / longer
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
