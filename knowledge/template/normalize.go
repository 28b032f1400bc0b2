package template

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Normalize gives the form in which texts and templates are compared, so that
// case and punctuation do not count:
//
//   - Unicode's compatibility composition (NFKC, UAX #15) and full case folding;
//   - apostrophes in all their forms vanish, as do invisible characters, and
//     commas between thousands ("1,000");
//   - between digits . : / and - stay, as do a . and a minus before a number,
//     and the # before a colour of three or six hexadecimal digits;
//   - % and ° stay, without a blank between them and a number;
//   - all other punctuation and symbols become blanks, and runs of blanks one
//     blank; there are none at the ends.
//
// Normalize(Normalize(s)) equals Normalize(s).
func Normalize(text string) string {
	return normalize(text).text
}

// A normal is a text in its normal form, with the way back to the words as
// they were said.
type normal struct {
	text string
	orig string
	// start and end give, for each byte of text, where in orig the character
	// lies that it comes from.
	start, end []int32
}

// said gives the original words of text[from:to].
func (n *normal) said(from, to int) string {
	for from < to && n.text[from] == ' ' {
		from++
	}
	for from < to && n.text[to-1] == ' ' {
		to--
	}
	if from >= to {
		return ""
	}
	return n.orig[n.start[from]:n.end[to-1]]
}

func normalize(text string) *normal {
	n := compose(text)
	n.orig = text
	// What vanished may have stood between characters that compose with one
	// another; then the rare second round puts them together.
	for range 3 {
		if norm.NFKC.IsNormalString(n.text) {
			break
		}
		again := compose(n.text)
		for i, start := range again.start {
			again.start[i] = n.start[start]
			if end := again.end[i]; end > start {
				again.end[i] = n.end[end-1]
			} else { // a blank, which comes from no character
				again.end[i] = again.start[i]
			}
		}
		again.orig = text
		n = again
	}
	return n
}

// compose is one round of normalize.
func compose(text string) *normal {
	in := glyphs(text)
	out := make([]byte, 0, len(text)+8)
	n := &normal{start: make([]int32, 0, len(text)+8), end: make([]int32, 0, len(text)+8)}
	gap := false
	kept := false
	for i, g := range in {
		what := classify(in, i, kept)
		kept = what == keep && isWordRune(g.r)
		if what == blank {
			gap = true
		}
		if what != keep {
			continue
		}
		if gap && len(out) > 0 && !(isUnitSign(g.r) && isDigit(rune(out[len(out)-1]))) {
			out = append(out, ' ')
			n.start, n.end = append(n.start, g.start), append(n.end, g.start)
		}
		gap = false
		before := len(out)
		out = utf8.AppendRune(out, g.r)
		for range len(out) - before {
			n.start, n.end = append(n.start, g.start), append(n.end, g.end)
		}
	}
	n.text = string(out)
	return n
}

// A glyph is one character after folding, and where it stood.
type glyph struct {
	r          rune
	start, end int32
}

// glyphs folds text character by character, and drops what vanishes whatever
// stands around it.
func glyphs(text string) []glyph {
	out := make([]glyph, 0, len(text))
	for i := 0; i < len(text); {
		if c := text[i]; c < utf8.RuneSelf && (i+1 == len(text) || text[i+1] < utf8.RuneSelf) {
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
			out = appendGlyph(out, rune(c), int32(i), int32(i+1))
			i++
			continue
		}
		size := max(1, norm.NFKC.NextBoundaryInString(text[i:], true))
		out = appendFolded(out, text[i:i+size], i)
		i += size
	}
	return out
}

// appendFolded folds a segment, a character with the marks that belong to it.
func appendFolded(out []glyph, segment string, at int) []glyph {
	start, end := int32(at), int32(at+len(segment))
	last := ' '
	if len(out) > 0 {
		last = out[len(out)-1].r
	}
	first, _ := utf8.DecodeRuneInString(segment)
	if r := plain(first); r != first {
		return appendGlyph(out, r, start, end)
	}
	if (first == 'º' || first == '˚') && (isDigit(last) || last == ' ') {
		return append(out, glyph{'°', start, end})
	}
	// Lower case last: cases.Fold only swaps the two cases of Cherokee.
	folded := norm.NFKC.String(strings.ToLower(cases.Fold().String(norm.NFKC.String(segment))))
	if isDigit(last) && unicode.Is(unicode.No, first) && strings.ContainsRune(folded, '⁄') {
		out = append(out, glyph{' ', start, start}) // 2½ is 2 1/2, not 21/2
	}
	for _, r := range folded {
		out = appendGlyph(out, plain(r), start, end)
	}
	return out
}

func appendGlyph(out []glyph, r rune, start, end int32) []glyph {
	switch {
	case r == '\'', r == '`':
		return out
	case r >= utf8.RuneSelf && (unicode.In(r, unicode.Cf, unicode.Me, unicode.Variation_Selector)):
		return out
	}
	return append(out, glyph{r, start, end})
}

// plain gives the ASCII form of an apostrophe, a hyphen or a slash.
func plain(r rune) rune {
	switch r {
	case '´', 'ʹ', 'ʻ', 'ʼ', 'ʽ', 'ˈ', '‘', '’', '‚', '‛', '′', '＇':
		return '\''
	case '‐', '‑', '‒', '–', '−', '－', '﹣':
		return '-'
	case '∕', '⁄':
		return '/'
	}
	return r
}

// What becomes of a character.
type fate uint8

const (
	keep fate = iota
	blank
	vanish
)

// classify says what becomes of the glyph at i. Kept says that the one before
// it is a kept part of a word.
func classify(in []glyph, i int, kept bool) fate {
	r := in[i].r
	switch {
	case 'a' <= r && r <= 'z' || isDigit(r):
		return keep
	case r == ' ':
		return blank
	case isUnitSign(r):
		return keep
	case r < utf8.RuneSelf:
		if keepsSign(in, i) {
			return keep
		}
		if r == ',' && parsThousands(in, i) {
			return vanish
		}
		return blank
	case unicode.IsMark(r):
		if kept {
			return keep
		}
		return vanish
	case isWordRune(r):
		return keep
	}
	return blank
}

func isDigit(r rune) bool { return '0' <= r && r <= '9' }

func isUnitSign(r rune) bool { return r == '%' || r == '°' }

func isWordRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r)
}

// glyphAt gives the character at i, or a blank beyond the ends.
func glyphAt(in []glyph, i int) rune {
	if i < 0 || i >= len(in) {
		return ' '
	}
	return in[i].r
}

// keepsSign says whether a . : / - or # belongs to a number.
func keepsSign(in []glyph, i int) bool {
	before, after := glyphAt(in, i-1), glyphAt(in, i+1)
	switch in[i].r {
	case '/', ':':
		return isDigit(before) && isDigit(after)
	case '.':
		return isDigit(after) && (isDigit(before) || before == ' ' || before == '-')
	case '-':
		if isDigit(before) {
			return isDigit(after)
		}
		opens := before == ' ' || before == '(' || before == '"'
		return opens && (isDigit(after) || after == '.' && isDigit(glyphAt(in, i+2)))
	case '#':
		return before == ' ' && isHexColour(in[i+1:])
	}
	return false
}

// isHexColour says whether in starts with a word of exactly three or six
// hexadecimal digits.
func isHexColour(in []glyph) bool {
	size := 0
	for size < len(in) && isWordRune(in[size].r) {
		if r := in[size].r; !isDigit(r) && (r < 'a' || r > 'f') {
			return false
		}
		size++
	}
	if size < len(in) && in[size].r == ',' && parsThousands(in, size) {
		return false
	}
	return size == 3 || size == 6
}

// parsThousands says whether the comma at i stands between groups of
// thousands, as in 1,234,567.
func parsThousands(in []glyph, i int) bool {
	before := 0
	for isDigit(glyphAt(in, i-1-before)) {
		before++
	}
	after := 0
	for isDigit(glyphAt(in, i+1+after)) {
		after++
	}
	if after != 3 || before == 0 || before > 3 {
		return false
	}
	return before == 3 || glyphAt(in, i-1-before) != ','
}
