package static

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	// maxText is how many bytes of a text are read. The mean of so many words
	// hardly changes with more of them, and a huge text costs no more than this.
	maxText = 16 << 10
	// maxWordLen is how many letters of a word count.
	maxWordLen = 64
	// longDigits is the length from which on a run of digits reads as so many
	// zeros: long numbers have no meaning of their own.
	longDigits = 5
)

// Words cuts a text into the words that the model knows: compatibility
// characters are decomposed (NFKD, Unicode Standard Annex 15) and brought to
// ASCII, letters are in lower case, an apostrophe inside a word is dropped
// ("don't" is "dont"), every run of a-z and 0-9 is a word, and a run of five
// digits or more is "00000".
//
// A letter or a mark that ASCII lacks is dropped and leaves its word whole
// ("Brønsted" is "brnsted"); a dash, a space or another sign that ASCII lacks
// parts words. Only the first 16 KiB of the text and the first 64 letters of a
// word count.
func Words(text string) []string {
	var words []string
	s := newScanner(text)
	for {
		word := s.next()
		if word == nil {
			return words
		}
		words = append(words, string(word))
	}
}

// A scanner finds the words of a text one after the other without allocating.
type scanner struct {
	text    string // what is left
	pending []byte // what is left of a decomposed character before it
	len     int    // letters in word
	digits  int    // length of the run of digits at the end of word
	// apostrophe says that one was seen after the last letter of word.
	apostrophe bool
	word       [maxWordLen]byte
}

func newScanner(text string) scanner {
	return scanner{text: text[:min(len(text), maxText)]}
}

// next gives the next word, valid until the next call, or nil at the end.
func (s *scanner) next() []byte {
	s.len, s.digits, s.apostrophe = 0, 0, false
	for len(s.text) > 0 || len(s.pending) > 0 {
		r := s.nextRune()
		whole := false
		if r < utf8.RuneSelf {
			whole = s.take(byte(r))
		} else {
			whole = dropped(r)
		}
		if !whole && s.len > 0 {
			return s.word[:s.len]
		}
	}
	if s.len > 0 {
		return s.word[:s.len]
	}
	return nil
}

// nextRune gives the next character of the decomposed text, which has one.
func (s *scanner) nextRune() rune {
	if len(s.pending) == 0 {
		if c := s.text[0]; c < utf8.RuneSelf {
			s.text = s.text[1:]
			return rune(c)
		}
		r, size := utf8.DecodeRuneInString(s.text)
		s.pending = norm.NFKD.PropertiesString(s.text[:size]).Decomposition()
		s.text = s.text[size:]
		switch {
		case r == '\u2019' || r == '\u2018': // typographic apostrophes
			return '\''
		case len(s.pending) == 0:
			return r
		}
	}
	r, size := utf8.DecodeRune(s.pending)
	s.pending = s.pending[size:]
	return r
}

// take adds an ASCII character to the word; false says that it ends the word.
func (s *scanner) take(c byte) bool {
	switch {
	case 'A' <= c && c <= 'Z':
		c += 'a' - 'A'
		s.digits = 0
	case 'a' <= c && c <= 'z':
		s.digits = 0
	case '0' <= c && c <= '9':
		s.digits++
	case c == '\'' && s.len > 0 && !s.apostrophe:
		s.apostrophe = true
		return true
	default:
		return false
	}
	s.apostrophe = false
	if s.digits > longDigits || s.len == maxWordLen {
		return true
	}
	s.word[s.len] = c
	s.len++
	if s.digits == longDigits {
		copy(s.word[s.len-longDigits:], "00000")
	}
	return true
}

// dropped says whether a character beyond ASCII vanishes inside a word; the
// others part words.
func dropped(r rune) bool {
	return unicode.In(r, unicode.L, unicode.M, unicode.Cf)
}
