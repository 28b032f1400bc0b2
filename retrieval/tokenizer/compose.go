package tokenizer

import (
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A composer is the normaliser NFC or NFKC.
type composer struct{ composed, decomposed norm.Form }

func (c composer) normalize(dst, text []byte) []byte {
	if !c.odd(text) {
		return c.composed.Append(dst, text...)
	}
	return c.appendOdd(dst, text)
}

// maxMarks is the longest run of marks that the library leaves as it is.
const maxMarks = 30

// odd says whether the library's form may be another than the reference's: a
// long run of marks, or a character that is newer than the reference's tables.
func (c composer) odd(text []byte) bool {
	marks, table := 0, classes()
	for i := 0; i < len(text); {
		if text[i] < utf8.RuneSelf {
			marks = 0
			i++
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		switch p := c.decomposed.Properties(text[i:]); {
		case isWhole(r) || r == newTail || table.of(r)&isNewMark != 0:
			return true
		case p.CCC() > 0 || p.TrailCCC() > 0: // a letter with marks has up to four of them
			if marks += 4; marks > maxMarks {
				return true
			}
		default:
			marks = 0
		}
		i += size
	}
	return false
}

// newTail is the second half of U+11938, which the reference does not compose.
const newTail = 0x11930

// appendOdd composes what was decomposed by our own means (Unicode Standard
// Annex 15), a pair at a time.
func (c composer) appendOdd(dst, text []byte) []byte {
	runes := []rune(string(appendDecomposed(nil, text, c.decomposed)))
	out := runes[:0]
	starter, last, table := -1, uint8(0), classes()
	var one [utf8.UTFMax]byte
	for _, r := range runes {
		ccc := table.combiningClass(r, one[:utf8.EncodeRune(one[:], r)])
		adjacent := starter == len(out)-1
		if starter >= 0 && (adjacent || last < ccc) {
			if joined, ok := compose(out[starter], r); ok {
				out[starter] = joined
				continue
			}
		}
		if ccc == 0 {
			starter = len(out)
		}
		last = ccc
		out = append(out, r)
	}
	return append(dst, string(out)...)
}

// compose gives the one character that a pair is, if there is one.
func compose(a, b rune) (rune, bool) {
	if b < 0x300 || b == newTail || classes().of(b)&isNewMark != 0 {
		return 0, false
	}
	s := norm.NFC.String(string(a) + string(b))
	r, size := utf8.DecodeRuneInString(s)
	return r, size == len(s)
}
