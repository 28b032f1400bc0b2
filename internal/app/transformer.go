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
	return transformerOn(rt, cfg, blend, meter)
}

// openBuiltIn opens the best that is built in: the transformer with the static
// model beside it where there is ONNX Runtime, else the static model alone. It is
// an error that the library which the configuration names cannot be opened;
// where it was only looked for, the doctor says why the transformer is not used.
func openBuiltIn(cfg *config.Config, meter *metrics) (*Embedding, error) {
	rt, err := ort.Open(cfg.ONNXRuntime)
	switch {
	case err == nil:
		return transformerOn(rt, cfg, true, meter)
	case cfg.ONNXRuntime.Library != "":
		return nil, fmt.Errorf("the embedding model %s: %w", transformer, err)
	}
	e, failed := openStatic("")
	if failed != nil {
		return nil, failed
	}
	e.without = err
	return e, nil
}

// transformerOn opens the transformer on a runtime, which it closes with it.
func transformerOn(rt *ort.Runtime, cfg *config.Config, blend bool, meter *metrics) (*Embedding, error) {
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
