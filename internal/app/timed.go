package app

import (
	"context"
	"time"

	"frontdesk/retrieval"
)

// passages is what some embedders are besides.
type passages interface {
	EmbedPassages(ctx context.Context, texts []string) ([][]float32, error)
}

// A timedEmbedder tells how long an embedder takes.
type timedEmbedder struct {
	retrieval.Embedder
	meter *metrics
}

// A timedPassages is a timedEmbedder that embeds passages in another way.
type timedPassages struct {
	timedEmbedder
	passages passages
}

// timed measures an embedder that takes its time, on a server or in ONNX Runtime.
func timed(e retrieval.Embedder, m *metrics) retrieval.Embedder {
	if m == nil {
		return e
	}
	t := timedEmbedder{e, m}
	if p, ok := e.(passages); ok {
		return timedPassages{t, p}
	}
	return t
}

// Embed implements [retrieval.Embedder].
func (t timedEmbedder) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	defer t.done(time.Now())
	return t.Embedder.Embed(ctx, texts)
}

// EmbedPassages implements what [retrieval.Embedder] does not.
func (t timedPassages) EmbedPassages(ctx context.Context, texts []string) ([][]float32, error) {
	defer t.done(time.Now())
	return t.passages.EmbedPassages(ctx, texts)
}

func (t timedEmbedder) done(start time.Time) {
	t.meter.embedding.Observe(time.Since(start).Seconds())
}
