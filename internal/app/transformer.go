package app

import (
	"errors"
	"fmt"

	"frontdesk/internal/config"
	"frontdesk/internal/ort"
	"frontdesk/retrieval/embedding"
	"frontdesk/retrieval/onnx/small"
)

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
	batched := embedding.NewBatched(timed(m, meter), embedding.BatchOptions{})
	e := &Embedding{
		Embedder: batched.Embedder(), Name: transformer, Bytes: m.Bytes(),
		onnx: &onnxModel{rt, "the transformer that is built in"}, closers: []func() error{rt.Close, m.Close, batched.Close},
	}
	e.dress(cfg.Embedding, blend)
	return e, nil
}
