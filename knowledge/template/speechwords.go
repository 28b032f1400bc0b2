package template

import (
	"cmp"
	"fmt"
	"strings"
)

// words gives what is said for a text; apart says that words which are not known
// may be said as several that are.
func (s *Speaker) words(text string, apart bool) *Phrase {
	var parts []*Phrase
	for _, a := range literalAtoms(text) {
		if a.kind != letters {
			continue
		}
		p := s.wordOr(a.text, a.spelt, apart)
		if p == nil {
			return nil
		}
		parts = append(parts, p)
	}
	return saidAll(parts...)
}

func (s *Speaker) wordOr(normal, spelt string, apart bool) *Phrase {
	if s.o.Written {
		return &Phrase{Text: spelt}
	}
	said := []string{normal}
	if strings.ContainsAny(normal, "0123456789") {
		if said = spokenDigits(normal); said == nil {
			s.note(spelt, fmt.Sprintf("nobody knows how %q is said", spelt))
			return nil
		}
	} else if at := strings.IndexFunc(normal, isNoLetter); at >= 0 {
		s.note(spelt, fmt.Sprintf("nobody knows how %q is said", spelt))
		return nil
	}
	parts := make([]string, 0, len(said))
	for _, w := range said {
		known := s.known(cmp.Or(withApostrophes(w, spelt), w), w)
		if known == "" && apart {
			if split := s.split(w); split != nil {
				parts = append(parts, split...)
				continue
			}
		}
		if known == "" {
			s.note(spelt, fmt.Sprintf("%q is not in the dictionary", w))
			return nil
		}
		parts = append(parts, known)
	}
	return saidWords(parts...)
}

func isNoLetter(r rune) bool { return !isWordRune(r) }

// withApostrophes gives a word in normal form with the apostrophes that it is
// written with.
func withApostrophes(normal, spelt string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(spelt) {
		b.WriteRune(plain(r))
	}
	w := strings.Trim(b.String(), "'")
	if strings.ReplaceAll(w, "'", "") != normal {
		return ""
	}
	return w
}

// known gives the first of the words that can be heard; empty where none can.
func (s *Speaker) known(words ...string) string {
	for _, w := range words {
		if s.o.Known == nil || s.o.Known(w) {
			return w
		}
	}
	return ""
}

const shortestPart = 2 // letters of what a word is put together from

// split gives two or three known words that a word is put together from, those
// with the longest first word; nil where there are none.
func (s *Speaker) split(w string) []string {
	for n := 2; n <= 3; n++ {
		if parts := s.splitInto(w, n); parts != nil {
			return parts
		}
	}
	return nil
}

func (s *Speaker) splitInto(w string, n int) []string {
	if n == 1 {
		if len(w) >= shortestPart && s.o.Known(w) {
			return []string{w}
		}
		return nil
	}
	for i := len(w) - shortestPart; i >= shortestPart; i-- {
		if s.o.Known(w[:i]) {
			if rest := s.splitInto(w[i:], n-1); rest != nil {
				return append([]string{w[:i]}, rest...)
			}
		}
	}
	return nil
}
