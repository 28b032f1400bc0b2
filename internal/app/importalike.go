package app

import (
	"strings"

	"frontdesk/retrieval"
)

// samePhrasing is the probability of what has a phrasing of the same words,
// where only words are compared.
const samePhrasing = 0.95

// A Likeness is how probable it is that an entry says the same as what it is
// held against.
type Likeness = retrieval.Likeness

// sameWords says whether two texts are the same but for their layout.
func sameWords(a, b string) bool {
	return strings.Join(strings.Fields(a), " ") == strings.Join(strings.Fields(b), " ")
}
