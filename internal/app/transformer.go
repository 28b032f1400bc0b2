package app

import (
	"errors"
	"fmt"
	"runtime"

	"frontdesk/internal/config"
	"frontdesk/internal/ort"
	"frontdesk/retrieval"
	"frontdesk/retrieval/embedding"
	"frontdesk/retrieval/onnx/small"
)

// shared says how callers share the transformer that is built in: a text is for one
// thread, and nothing is won by more texts at once. So there are as many runs as
// processors, 16 at most, and a question waits for a few texts of an index that is
// built.
func shared() embedding.BatchOptions {
	return embedding.BatchOptions{Runs: min(runtime.GOMAXPROCS(0), 16), Texts: 16, Wait: -1}
}

// openTransformer opens the transformer that is built in, and puts the static
// model beside it where that is wanted.
func openTransformer(cfg *config.Config, blend bool, meter *metrics) (*Embedding, error) {
	rt, err := ort.Open(cfg.ONNXRuntime)
	if err != nil {
		return nil, fmt.Errorf("the embedding model %s: %w", transformer, err)
	}
	m, err := small.Open(rt)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening the embedding model %s: %w", transformer, err), rt.Close())
	}
	// It makes no difference between questions and passages: an index is not to
	// embed these twice.
	plain := struct{ retrieval.Embedder }{m}
	batched := embedding.NewBatched(timed(plain, meter), shared())
	e := &Embedding{
		Embedder: batched.Embedder(), Name: transformer, Bytes: m.Bytes(), reads: m.Knows,
		onnx: &onnxModel{rt, "the transformer that is built in"}, closers: []func() error{rt.Close, m.Close, batched.Close},
	}
	e.dress(cfg.Embedding, blend)
	return e, nil
}

// openBuiltIn opens the best that is built in: the transformer with the static
// model beside it where there is ONNX Runtime, else the static model alone. It is
// an error that a library which was named cannot be used; where it was only looked
// for, [Embedding.without] says why the transformer is not used.
func openBuiltIn(cfg *config.Config, meter *metrics) (*Embedding, error) {
	e, err := openTransformer(cfg, true, meter)
	if err == nil || cfg.ONNXRuntime.Named() {
		return e, err
	}
	e, failed := openStatic("")
	if failed != nil {
		return nil, failed
	}
	e.without = err
	return e, nil
}
