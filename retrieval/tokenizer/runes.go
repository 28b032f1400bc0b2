package tokenizer

import (
	"cmp"
	"slices"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A class is a set of flags of a character.
type class uint16

const (
	isSpace class = 1 << iota // White_Space
	isControl
	isNonspacing
	isMark
	isPunctuation
	isNumber
	isNewNumber
	isLetter
	isNewMark // to the reference no mark yet, where it decomposes and composes
	isWord
	isIdeograph // around which BertNormalizer puts spaces
)

// A classTable gives the class of a character in two looks: blocks of 256
// characters of which many are alike.
type classTable struct {
	block   [(unicode.MaxRune + 1) >> 8]uint16
	classes []class
}

func (t *classTable) of(r rune) class {
	return t.classes[int(t.block[r>>8])<<8|int(r&0xFF)]
}

// classes is made once, in about two milliseconds.
var classes = sync.OnceValue(func() *classTable {
	all := make([]class, unicode.MaxRune+1)
	for _, set := range []struct {
		ranges []rune
		class  class
	}{
		{spaces, isSpace}, {controls, isControl}, {nonspacing, isNonspacing}, {marks, isMark}, {punctuation, isPunctuation},
		{numbers, isNumber}, {newNumbers, isNewNumber}, {letters, isLetter}, {newMarks, isNewMark}, {words, isWord}, {ideographs, isIdeograph},
	} {
		for i := 0; i < len(set.ranges); i += 2 {
			for r := set.ranges[i]; r <= set.ranges[i+1]; r++ {
				all[r] |= set.class
			}
		}
	}
	t := new(classTable)
	seen := map[[256]class]uint16{}
	for i := range t.block {
		block := [256]class(all[i<<8:])
		n, ok := seen[block]
		if !ok {
			n = uint16(len(seen))
			seen[block] = n
			t.classes = append(t.classes, block[:]...)
		}
		t.block[i] = n
	}
	return t
})

var spaces = []rune{
	0x9, 0xD, 0x20, 0x20, 0x85, 0x85, 0xA0, 0xA0, 0x1680, 0x1680, 0x2000, 0x200A, 0x2028, 0x2029, 0x202F, 0x202F,
	0x205F, 0x205F, 0x3000, 0x3000,
}

// ideographs are the blocks that BERT's own code names
// (github.com/google-research/bert, tokenization.py), without extension E's
// first 256 characters, as in the reference.
var ideographs = []rune{
	0x3400, 0x4DBF, 0x4E00, 0x9FFF, 0xF900, 0xFAFF, 0x20000, 0x2A6DF, 0x2A700, 0x2B73F, 0x2B740, 0x2B81F, 0x2B920, 0x2CEAF,
	0x2F800, 0x2FA1F,
}

// appendLower appends a character in lower case by itself: there is no rule of
// final sigma, and İ becomes i with a dot above it.
func appendLower(dst []byte, r rune) []byte {
	if r == 'İ' {
		return append(dst, "i\u0307"...)
	}
	low := unicode.ToLower(r)
	if low == r && r > utf8.RuneSelf {
		for _, l := range newLower {
			if l.first <= r && r <= l.last {
				low = r + l.delta
			}
		}
	}
	return utf8.AppendRune(dst, low)
}

// newLower are the capitals of Unicode 16 and 17, which the reference knows and
// the Unicode 15 of Go 1.26 does not.
var newLower = []struct{ first, last, delta rune }{
	{0x1C89, 0x1C89, 1}, {0xA7CB, 0xA7CB, 0x264 - 0xA7CB}, {0xA7CC, 0xA7CC, 1}, {0xA7CE, 0xA7CE, 1}, {0xA7D2, 0xA7D2, 1},
	{0xA7D4, 0xA7D4, 1}, {0xA7DA, 0xA7DA, 1}, {0xA7DC, 0xA7DC, 0x19B - 0xA7DC}, {0x10D50, 0x10D65, 32}, {0x16EA0, 0x16EB8, 27},
}

// whole are characters newer than the reference's tables of decompositions: it
// leaves them as they are.
var whole = []rune{
	0x32FF, 0x32FF, 0xA7F2, 0xA7F4, 0xAB69, 0xAB69, 0x10781, 0x10785, 0x10787, 0x107B0, 0x107B2, 0x107BA, 0x11938, 0x11938,
	0x1E030, 0x1E06D, 0x1F16C, 0x1F16C, 0x1FBF0, 0x1FBF9,
}

// newMarks are those that the same tables have not yet: they are not put in order.
var newMarks = []rune{
	0x7FD, 0x7FD, 0x898, 0x89F, 0x8CA, 0x8D3, 0x9FE, 0x9FE, 0xC3C, 0xC3C, 0xD3B, 0xD3C, 0xEBA, 0xEBA, 0x1715, 0x1715,
	0x1ABF, 0x1ACE, 0x1DF6, 0x1DFA, 0xA82C, 0xA82C, 0x10D24, 0x10D27, 0x10EAB, 0x10EAC, 0x10EFD, 0x10EFF, 0x10F46, 0x10F50,
	0x10F82, 0x10F85, 0x11070, 0x11070, 0x1133B, 0x1133B, 0x1145E, 0x1145E, 0x11839, 0x1183A, 0x1193D, 0x1193E, 0x11943, 0x11943,
	0x119E0, 0x119E0, 0x11A34, 0x11A34, 0x11A47, 0x11A47, 0x11A99, 0x11A99, 0x11D42, 0x11D42, 0x11D44, 0x11D45, 0x11D97, 0x11D97,
	0x11F41, 0x11F42, 0x16FF0, 0x16FF1, 0x1E08F, 0x1E08F, 0x1E130, 0x1E136, 0x1E2AE, 0x1E2AE, 0x1E2EC, 0x1E2EF, 0x1E4EC, 0x1E4EF,
}

// combiningClass gives the canonical combining class of r, which encoded begins
// with.
func (t *classTable) combiningClass(r rune, encoded []byte) uint8 {
	if r < 0x300 || t.of(r)&isNewMark != 0 {
		return 0
	}
	return norm.NFD.Properties(encoded).CCC()
}

func isWhole(r rune) bool {
	if r < whole[0] {
		return false
	}
	for i := 0; i < len(whole); i += 2 {
		if whole[i] <= r && r <= whole[i+1] {
			return true
		}
	}
	return false
}

// Hangul syllables decompose by arithmetic (The Unicode Standard, 3.12).
const (
	hangulFirst, hangulLast = 0xAC00, 0xD7A3
	leadFirst, vowelFirst   = 0x1100, 0x1161
	tailBefore              = 0x11A7
	vowels, tails           = 21, 28
)

// decomposition appends the full decomposition of a character, in order.
func decomposition(dst []byte, form norm.Form, r rune, encoded []byte) []byte {
	if r < utf8.RuneSelf {
		return append(dst, byte(r))
	}
	if hangulFirst <= r && r <= hangulLast {
		r -= hangulFirst
		dst = utf8.AppendRune(dst, leadFirst+r/(vowels*tails))
		dst = utf8.AppendRune(dst, vowelFirst+r/tails%vowels)
		if r%tails > 0 {
			dst = utf8.AppendRune(dst, tailBefore+r%tails)
		}
		return dst
	}
	if d := form.Properties(encoded).Decomposition(); d != nil && !isWhole(r) {
		return append(dst, d...)
	}
	return append(dst, encoded...)
}

// appendDecomposed appends NFD or NFKD of text. It is our own because the
// library's puts U+034F into a run of more than 30 marks (Stream-Safe Text
// Format, Unicode Standard Annex 15), which the reference does not.
func appendDecomposed(dst, text []byte, form norm.Form) []byte {
	var some [8]combining
	run := some[:0] // marks that wait for the end of their run to be put in order
	var one [64]byte
	table := classes()
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		d := decomposition(one[:0], form, r, text[i:i+size])
		i += size
		for len(d) > 0 {
			r, size := utf8.DecodeRune(d)
			ccc := table.combiningClass(r, d)
			d = d[size:]
			if ccc > 0 {
				run = append(run, combining{r, ccc})
				continue
			}
			dst = appendOrdered(dst, run)
			run = run[:0]
			dst = utf8.AppendRune(dst, r)
		}
	}
	return appendOrdered(dst, run)
}

type combining struct {
	r   rune
	ccc uint8
}

func appendOrdered(dst []byte, run []combining) []byte {
	if len(run) > 1 {
		slices.SortStableFunc(run, func(a, b combining) int { return cmp.Compare(a.ccc, b.ccc) })
	}
	for _, c := range run {
		dst = utf8.AppendRune(dst, c.r)
	}
	return dst
}

// at gives the class of the first character of a text, and its bytes.
func (t *classTable) at(text []byte) (class, int) {
	if c := text[0]; c < utf8.RuneSelf {
		return t.classes[c], 1
	}
	r, size := utf8.DecodeRune(text)
	return t.of(r), size
}
