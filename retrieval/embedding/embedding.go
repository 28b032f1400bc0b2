// Package embedding makes an embedder serve many callers well: [Batched] lets
// them share runs of the model, and [Cached] remembers recent questions.
//
// An embedder may be more than a [retrieval.Embedder]: one that knows words, or
// that embeds passages in another way than questions. What wraps it must be just
// that too, and no more, because the index asks for it by type: Batched.Embedder
// and Cached.Embedder give the wrapper with what the inner one has besides.
package embedding

import (
	"context"

	"frontdesk/retrieval"
)

// passages is what embedders are besides whose model wants passages said
// otherwise than questions.
type passages interface {
	EmbedPassages(ctx context.Context, texts []string) ([][]float32, error)
}

// speller is what embedders are besides that have words.
type speller interface {
	Known(word string) bool
}

// dress gives a wrapper that can embed passages what the inner embedder has.
func dress(wrapper interface {
	retrieval.Embedder
	passages
}, inner retrieval.Embedder) retrieval.Embedder {
	_, p := inner.(passages)
	s, k := inner.(speller)
	switch {
	case p && k:
		return struct {
			retrieval.Embedder
			passages
			speller
		}{wrapper, wrapper, s}
	case p:
		return struct {
			retrieval.Embedder
			passages
		}{wrapper, wrapper}
	case k:
		return struct {
			retrieval.Embedder
			speller
		}{wrapper, s}
	}
	return struct{ retrieval.Embedder }{wrapper}
}
