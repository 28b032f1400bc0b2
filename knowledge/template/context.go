package template

import (
	"slices"
	"strings"
)

const (
	leftWords   = 3  // of a context that count on the left of a slot
	rightWords  = 3  // and on the right
	maxContexts = 64 // kept on each side of a slot, and while a sentence is walked
)

// What stands in a context in place of a word.
const (
	atEdge  = "^" // the beginning or the end of a sentence
	atValue = "=" // the value of another slot
)

// contexts are what the templates have before and behind a slot: words, the
// nearest first.
type contexts struct {
	left, right [][]string
}

// learnContexts notes the contexts of all open slots of a sentence.
func (e *entry) learnContexts(l *lowered) {
	if !slices.ContainsFunc(l.slots, func(u use) bool { return u.def.unlisted }) {
		return
	}
	w := walker{entry: e, slots: l.slots}
	w.walk(l.pieces, []string{atEdge + " "})
	w.back = true
	w.walk(l.pieces, []string{" " + atEdge})
}

// A walker goes through the pieces of a sentence, forwards or back, with every
// way in which what it has passed can be said.
type walker struct {
	entry *entry
	slots []use
	back  bool
}

// walk gives what can have been said once the pieces are passed, too.
func (w *walker) walk(pieces []piece, said []string) []string {
	for i := range pieces {
		p := &pieces[i]
		if w.back {
			p = &pieces[len(pieces)-1-i]
		}
		switch p.kind {
		case letters:
			said = w.say(said, p.text)
		case border, sign:
			said = w.say(said, " ")
		case value:
			w.note(p.slot, said)
			said = []string{" " + atValue + " "}
			if w.back && w.slots[p.slot].def.unlisted {
				said = []string{" "} // where it begins is not known beforehand
			}
		case oneOf:
			var all []string
			if p.empty {
				all = slices.Clone(said)
			}
			for _, kid := range p.kids {
				all = append(all, w.walk(kid, said)...)
			}
			said = distinct(all)
		case anyOrder:
			// What any of them can have before it is before the later ones.
			all := said
			for _, kid := range p.kids {
				all = distinct(append(w.walk(kid, w.say(all, " ")), all...))
			}
			said = all
		}
	}
	return said
}

// say adds a text to what was said.
func (w *walker) say(said []string, text string) []string {
	all := make([]string, len(said))
	for i, s := range said {
		switch {
		case w.back:
			all[i] = firstWords(text+s, rightWords+1)
		default:
			all[i] = lastWords(s+text, leftWords+1)
		}
	}
	return distinct(all)
}

func distinct(texts []string) []string {
	slices.Sort(texts)
	texts = slices.Compact(texts)
	return texts[:min(len(texts), maxContexts)]
}

// firstWords and lastWords shorten a text to that many words, with the blanks
// at the other end.
func firstWords(text string, n int) string {
	words := strings.Fields(text)
	if len(words) <= n {
		return text
	}
	lead := ""
	if text[0] == ' ' {
		lead = " "
	}
	return lead + strings.Join(words[:n], " ") + " "
}

func lastWords(text string, n int) string {
	words := strings.Fields(text)
	if len(words) <= n {
		return text
	}
	tail := ""
	if text[len(text)-1] == ' ' {
		tail = " "
	}
	return " " + strings.Join(words[len(words)-n:], " ") + tail
}

// note keeps what was said as contexts of a slot.
func (w *walker) note(slot int, said []string) {
	if !w.slots[slot].def.unlisted {
		return
	}
	s := w.entry.slot(w.slots[slot].name)
	for _, text := range said {
		words := strings.Fields(text)
		if !w.back {
			slices.Reverse(words)
			s.around.left = withContext(s.around.left, upToMark(words, leftWords))
		} else {
			s.around.right = withContext(s.around.right, upToMark(words, rightWords))
		}
	}
}

// upToMark gives the words up to that many, or to the first mark.
func upToMark(words []string, most int) []string {
	words = words[:min(len(words), most)]
	if at := slices.IndexFunc(words, func(w string) bool { return w == atEdge || w == atValue }); at >= 0 {
		words = words[:at+1]
	}
	return words
}

func withContext(all [][]string, words []string) [][]string {
	if len(words) == 0 || len(all) == maxContexts || slices.ContainsFunc(all, func(w []string) bool { return slices.Equal(w, words) }) {
		return all
	}
	return append(all, words)
}
