package asr

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"unicode"
)

// Expected are sentences that may well be said. They are made once, when a base is
// loaded, and do not change: an engine may keep what it makes of them by their ID.
// Safe for concurrent use.
type Expected struct {
	sentences []string
	jsgf      string
	leads     []string
	decoys    map[string][]string
	id        string
}

// NewExpected makes them of sentences, each as it is spelt in text ("turn on the
// kitchen light"), of the same as a grammar in the Java Speech Grammar Format
// (empty for none), and of words that may be said before any of them, such as a wake
// phrase ("hey desk").
func NewExpected(sentences []string, jsgf string, leads []string) *Expected {
	e := &Expected{sentences: slices.Clone(sentences), jsgf: jsgf, leads: slices.Clone(leads)}
	slices.Sort(e.sentences)
	e.sentences = slices.Compact(e.sentences)
	sum := sha256.Sum256([]byte(strings.Join(e.sentences, "\n") + "\x00" + jsgf + "\x00" + strings.Join(leads, "\n")))
	e.id = hex.EncodeToString(sum[:])
	return e
}

// Sentences gives them in order, without doubles. The caller must not change them.
func (e *Expected) Sentences() []string { return e.sentences }

// Leads gives what may be said before them. The caller must not change them.
func (e *Expected) Leads() []string { return e.leads }

// JSGF gives the grammar of them; empty where there is none.
func (e *Expected) JSGF() string { return e.jsgf }

// WithDecoys gives the same where the grammar has, beside every word of a lead, words that
// sound like it; see [frontdesk/asr/wake.Decoys].
func (e *Expected) WithDecoys(decoys map[string][]string) *Expected {
	with := *e
	with.decoys = decoys
	return &with
}

// Lead says what a recogniser that hears by the grammar has heard before a sentence, and
// gives the sentence: the whole text where it was a lead, since what follows tells it from
// one that was meant for somebody else, and what comes after the decoys where it was these.
func (e *Expected) Lead(text string) (lead Lead, sentence string) {
	if len(e.decoys) == 0 || text == "" {
		return LeadUnknown, text
	}
	words := strings.Fields(strings.ToLower(text))
	lead, sentence = NoLead, text
	for _, l := range e.leads {
		n, said := 0, true
		for _, w := range wordsOf(l) {
			if n == len(words) || words[n] != w && !slices.Contains(e.decoys[w], words[n]) {
				n = -1
				break
			}
			said = said && words[n] == w
			n++
		}
		switch {
		case n <= 0:
		case said:
			return LeadHeard, text
		default:
			lead, sentence = OtherLead, strings.Join(words[n:], " ")
		}
	}
	return lead, sentence
}

// wordsOf gives the words of a lead as a grammar has them.
func wordsOf(lead string) []string {
	return strings.FieldsFunc(strings.ToLower(lead), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\'' })
}

// ID is the same for the same content, and another for other content.
func (e *Expected) ID() string { return e.id }
