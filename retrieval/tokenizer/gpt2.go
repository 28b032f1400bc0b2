package tokenizer

import (
	"unicode"
	"unicode/utf8"
)

// gpt2Next gives how many bytes the first piece of text has, which is not
// empty, by the pattern of GPT-2 that the pre-tokeniser ByteLevel cuts with:
//
//	's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
//
// The pieces cover a text wholly.
func gpt2Next(text []byte) int {
	if text[0] == '\'' {
		if n := contraction(text[1:]); n > 0 {
			return 1 + n
		}
	}
	class, width := classOf(text)
	if class != classSpace {
		return sameClass(text, width, class)
	}
	if text[0] == ' ' && len(text) > 1 {
		if next, w := classOf(text[1:]); next != classSpace {
			return sameClass(text, 1+w, next)
		}
	}
	// White space up to its last character, which goes with what follows; the only
	// one, or that at the end of the text, is a piece of its own.
	last := 0
	for width < len(text) {
		next, w := classOf(text[width:])
		if next != classSpace {
			if last > 0 {
				return last
			}
			return width
		}
		last = width
		width += w
	}
	return width
}

// contraction gives the bytes of what may follow an apostrophe in English, or 0.
func contraction(text []byte) int {
	if len(text) == 0 {
		return 0
	}
	switch text[0] {
	case 's', 't', 'm', 'd':
		return 1
	case 'r', 'v':
		if len(text) > 1 && text[1] == 'e' {
			return 2
		}
	case 'l':
		if len(text) > 1 && text[1] == 'l' {
			return 2
		}
	}
	return 0
}

// sameClass gives where the characters of a class end that begin before from.
func sameClass(text []byte, from int, class charClass) int {
	for from < len(text) {
		next, width := classOf(text[from:])
		if next != class {
			break
		}
		from += width
	}
	return from
}

// A charClass is what a pattern of \s, \p{L} and \p{N} tells apart.
type charClass uint8

const (
	classOther charClass = iota
	classSpace
	classLetter
	classNumber
)

// asciiClass are the classes of single bytes.
var asciiClass = func() (classes [utf8.RuneSelf]charClass) {
	for c := range classes {
		classes[c] = runeClass(rune(c))
	}
	return classes
}()

// classOf gives the class of the first character and its bytes.
func classOf(text []byte) (charClass, int) {
	if text[0] < utf8.RuneSelf {
		return asciiClass[text[0]], 1
	}
	r, width := utf8.DecodeRune(text)
	return runeClass(r), width
}

func runeClass(r rune) charClass {
	switch {
	case unicode.IsLetter(r) || unicode.Is(newLetters, r):
		return classLetter
	case unicode.IsNumber(r) || unicode.Is(newNumbers, r):
		return classNumber
	case unicode.IsSpace(r):
		return classSpace
	}
	return classOther
}

// The reference goes by Unicode 16, Go by Unicode 15: these are the letters and
// the numbers that came in between.
var (
	newLetters = &unicode.RangeTable{
		R16: []unicode.Range16{
			{Lo: 0x1C89, Hi: 0x1C8A, Stride: 1},
			{Lo: 0xA7CB, Hi: 0xA7CD, Stride: 1},
			{Lo: 0xA7DA, Hi: 0xA7DC, Stride: 1},
		},
		R32: []unicode.Range32{
			{Lo: 0x105C0, Hi: 0x105F3, Stride: 1},
			{Lo: 0x10D4A, Hi: 0x10D65, Stride: 1},
			{Lo: 0x10D6F, Hi: 0x10D85, Stride: 1},
			{Lo: 0x10EC2, Hi: 0x10EC4, Stride: 1},
			{Lo: 0x11380, Hi: 0x11389, Stride: 1},
			{Lo: 0x1138B, Hi: 0x1138B, Stride: 1},
			{Lo: 0x1138E, Hi: 0x1138E, Stride: 1},
			{Lo: 0x11390, Hi: 0x113B5, Stride: 1},
			{Lo: 0x113B7, Hi: 0x113B7, Stride: 1},
			{Lo: 0x113D1, Hi: 0x113D1, Stride: 1},
			{Lo: 0x113D3, Hi: 0x113D3, Stride: 1},
			{Lo: 0x11BC0, Hi: 0x11BE0, Stride: 1},
			{Lo: 0x13460, Hi: 0x143FA, Stride: 1},
			{Lo: 0x16100, Hi: 0x1611D, Stride: 1},
			{Lo: 0x16D40, Hi: 0x16D6C, Stride: 1},
			{Lo: 0x18CFF, Hi: 0x18CFF, Stride: 1},
			{Lo: 0x1E5D0, Hi: 0x1E5ED, Stride: 1},
			{Lo: 0x1E5F0, Hi: 0x1E5F0, Stride: 1},
			{Lo: 0x2EBF0, Hi: 0x2EE5D, Stride: 1},
		},
	}
	newNumbers = &unicode.RangeTable{
		R32: []unicode.Range32{
			{Lo: 0x10D40, Hi: 0x10D49, Stride: 1},
			{Lo: 0x116D0, Hi: 0x116E3, Stride: 1},
			{Lo: 0x11BF0, Hi: 0x11BF9, Stride: 1},
			{Lo: 0x16130, Hi: 0x16139, Stride: 1},
			{Lo: 0x16D70, Hi: 0x16D79, Stride: 1},
			{Lo: 0x1CCF0, Hi: 0x1CCF9, Stride: 1},
			{Lo: 0x1E5F1, Hi: 0x1E5FA, Stride: 1},
		},
	}
)
