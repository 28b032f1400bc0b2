package asr

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
)

// Expected are sentences that may well be said. They are made once, when a base is
// loaded, and do not change: an engine may keep what it makes of them by their ID.
// Safe for concurrent use.
type Expected struct {
	sentences []string
	jsgf      string
	leads     []string
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

// ID is the same for the same content, and another for other content.
func (e *Expected) ID() string { return e.id }
