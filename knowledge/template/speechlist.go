package template

import (
	"strings"
)

// list gives what is said for the values of a list.
func (s *Speaker) list(l *list) *Phrase {
	s.listing = true
	defer func() { s.listing = false }()
	var all []*Phrase
	for i := range l.values {
		var parts []*Phrase
		for _, say := range l.values[i].Say {
			if p := s.phrase(&say.root); p != nil && !p.isNothing() {
				parts = append(parts, withoutNothing(p))
			}
		}
		if len(parts) == 0 {
			for _, say := range l.values[i].Say {
				parts = append(parts, s.apart(l, int32(i), say))
			}
		}
		if p := saidOne(parts...); p != nil {
			all = append(all, p.named("", true))
		}
	}
	return saidOne(all...)
}

// withoutNothing gives a phrase of which something is said.
func withoutNothing(p *Phrase) *Phrase {
	if p.Kind == SaidMaybe {
		return saidOne(p.Parts...)
	}
	return p
}

// apart gives the ways to say a value whose words are put together from known
// ones, where they are still understood.
func (s *Speaker) apart(l *list, value int32, say *Template) *Phrase {
	if s.o.Written || s.o.Known == nil {
		return nil
	}
	var parts []*Phrase
	for _, text := range expand(&say.root) {
		p := s.words(text, true)
		if p == nil || p.isNothing() {
			continue
		}
		if i, _, ok := l.closest(newSpelling(plainest(p)), 4, false); ok && l.values[i].Canonical == l.values[value].Canonical {
			parts = append(parts, p)
		}
	}
	return saidOne(parts...)
}

// plainest gives a way to say a phrase.
func plainest(p *Phrase) string {
	switch p.Kind {
	case SaidWord:
		return p.Text
	case SaidOne:
		return plainest(p.Parts[0])
	case SaidMaybe:
		return ""
	}
	var words []string
	for _, part := range p.Parts {
		if w := plainest(part); w != "" {
			words = append(words, w)
		}
	}
	return strings.Join(words, " ")
}
