package app

import (
	"context"
	"strings"

	"frontdesk/knowledge"
	"frontdesk/retrieval"
)

const (
	// samePhrasing is the probability of what has a phrasing of the same words,
	// where only words are compared.
	samePhrasing = 0.95
	alikeHits    = 10 // entries that a phrasing is looked for among
)

// A Likeness is how probable it is that an entry says the same as what it is
// held against.
type Likeness = retrieval.Likeness

// A likeFinder makes the index of a base in which phrasings are looked for.
type likeFinder struct {
	embedder retrieval.Embedder
	config   retrieval.Config
	progress func(what string, done, total int) // may be nil
}

func (f likeFinder) build(ctx context.Context, base *knowledge.Base, what string) (*retrieval.Index, error) {
	o := retrieval.BuildOptions{Words: Words()}
	if f.progress != nil && what != "" {
		o.Progress = func(done, total int) { f.progress(what, done, total) }
	}
	return retrieval.Build(ctx, base, f.embedder, f.config, o)
}

// sameWords says whether two texts are the same but for their layout.
func sameWords(a, b string) bool {
	return strings.Join(strings.Fields(a), " ") == strings.Join(strings.Fields(b), " ")
}
