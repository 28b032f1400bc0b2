package lexical

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

const (
	// maxText is how many bytes of a text are read, so that a huge one costs no
	// more than this.
	maxText = 16 << 10
	// maxWord is how many bytes of a word count.
	maxWord = 96
)

// Words cuts a text into words: runs of letters and digits of any script, case
// folded, without accents, with compatibility characters as what they stand for
// (NFKD, Unicode Standard Annex 15), without the apostrophes inside ("Don't" is
// "dont"). A Han character is a word of its own, as Chinese puts no spaces
// between words.
//
// Only the first 16 KiB of the text and the first 96 bytes of a word count.
func Words(text string) []string {
	if len(text) > maxText {
		end := maxText
		for end > maxText-utf8.UTFMax && !utf8.RuneStart(text[end]) {
			end--
		}
		text = text[:end]
	}
	var c cutter
	if isASCII(text) {
		c.folded = make([]byte, 0, len(text))
		for i := range len(text) {
			c.ascii(text[i])
		}
	} else {
		text = norm.NFKD.String(cases.Fold().String(norm.NFKD.String(text)))
		c.folded = make([]byte, 0, len(text))
		for _, r := range text {
			c.rune(r)
		}
	}
	c.end()
	return c.words()
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// A cutter gathers the words of a text in one string that they share.
type cutter struct {
	folded []byte // the words without anything between
	begin  int    // where in folded the word under way begins
	ends   []int  // where the words end
	// apostrophe says that one follows the word under way.
	apostrophe bool
}

func (c *cutter) ascii(b byte) {
	switch {
	case 'A' <= b && b <= 'Z':
		c.add(rune(b - 'A' + 'a'))
	case 'a' <= b && b <= 'z', '0' <= b && b <= '9':
		c.add(rune(b))
	case b == '\'' && !c.apostrophe:
		c.apostrophe = true
	default:
		c.end()
	}
}

func (c *cutter) rune(r rune) {
	switch {
	case r == '\u2019' || r == '\u2018' || r == '\u02bc': // typographic apostrophes
		c.ascii('\'')
	case r < utf8.RuneSelf:
		c.ascii(byte(r))
	case '\u0300' <= r && r <= '\u036f', unicode.Is(unicode.Cf, r):
		// Accents and invisible signs are dropped.
	case unicode.Is(unicode.Han, r):
		c.end()
		c.add(r)
		c.end()
	case unicode.IsMark(r): // Other marks, such as vowel signs, are part of a word.
		if len(c.folded) > c.begin {
			c.add(r)
		}
	case unicode.IsLetter(r) || unicode.IsDigit(r):
		c.add(r)
	default:
		c.end()
	}
}

func (c *cutter) add(r rune) {
	c.apostrophe = false
	if len(c.folded)-c.begin+utf8.RuneLen(r) <= maxWord {
		c.folded = utf8.AppendRune(c.folded, r)
	}
}

func (c *cutter) end() {
	c.apostrophe = false
	if len(c.folded) > c.begin {
		c.begin = len(c.folded)
		c.ends = append(c.ends, c.begin)
	}
}

func (c *cutter) words() []string {
	if len(c.ends) == 0 {
		return nil
	}
	all := string(c.folded)
	words := make([]string, len(c.ends))
	begin := 0
	for i, end := range c.ends {
		words[i] = all[begin:end]
		begin = end
	}
	if !isASCII(all) {
		for i, w := range words {
			words[i] = norm.NFC.String(w) // as people write it
		}
	}
	return words
}
