package tokenizer

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Knows gives the share, from 0 to 1, of a text's letters and digits that stand in
// words which the vocabulary can spell: in a script that it lacks there are none,
// and every word is the same unknown piece. It is 1 for a text without letters and
// digits, and for models that spell everything. Only the first 16 KiB are read.
func (t *Tokenizer) Knows(text string) float64 {
	var unknown int32
	switch m := t.model.(type) {
	case *wordPiece:
		unknown = m.unk
	case *wordLevel:
		unknown = m.unk
	default:
		return 1
	}
	text = text[:min(len(text), maxKnows)]
	s := t.take()
	defer t.give(s)
	if s.a = t.appendText(s.a[:0], text, noBound, s); !slices.Contains(s.a, unknown) {
		return 1
	}
	known, all := 0, 0
	for word := range strings.FieldsFuncSeq(text, partsWords) {
		n := utf8.RuneCountInString(word)
		all += n
		if s.a = t.appendText(s.a[:0], word, noBound, s); !slices.Contains(s.a, unknown) {
			known += n
		}
	}
	if all == 0 {
		return 1
	}
	return float64(known) / float64(all)
}

// maxKnows is how many bytes of a text Knows reads.
const maxKnows = 16 << 10

// partsWords says of a character that it is in no word.
func partsWords(r rune) bool { return !unicode.In(r, unicode.L, unicode.M, unicode.N) }
