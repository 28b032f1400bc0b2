package app

import (
	"errors"
	"fmt"

	"frontdesk/internal/config"
	"frontdesk/internal/ort"
	"frontdesk/retrieval/embedding"
	"frontdesk/retrieval/onnx"
)

// An onnxModel is a model that ONNX Runtime runs.
type onnxModel struct {
	runtime *ort.Runtime
	dir     string
}

// openONNX opens a folder with an embedding model.
func openONNX(cfg *config.Config, p place, meter *metrics) (e *Embedding, err error) {
	rt, err := ort.Open(cfg.ONNXRuntime)
	if err != nil {
		return nil, fmt.Errorf("the embedding model %s: %w", p.name, err)
	}
	m, err := onnx.Open(rt, p.path, p.settings(cfg.Embedding.ONNX))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening the embedding model %s: %w", p.name, err), rt.Close())
	}
	batched := embedding.NewBatched(timed(m, meter), embedding.BatchOptions{})
	e = &Embedding{
		Embedder: batched.Embedder(), Name: p.name, Bytes: m.Bytes(),
		onnx: &onnxModel{rt, p.path}, closers: []func() error{rt.Close, m.Close, batched.Close},
	}
	e.dress(cfg.Embedding, p.configured && cfg.Embedding.Blend)
	return e, nil
}

// settings gives what is to hold of a model besides what its folder says: what
// the configuration says of its own model, and else what the catalogue knows.
func (p place) settings(configured onnx.Config) onnx.Config {
	var c onnx.Config
	if p.configured {
		c = configured
	}
	if p.entry != nil {
		c.QueryPrefix, c.PassagePrefix = prefer(c.QueryPrefix, p.entry.QueryPrefix), prefer(c.PassagePrefix, p.entry.PassagePrefix)
	}
	return c
}

func prefer(said *string, known string) *string {
	if said == nil && known != "" {
		return &known
	}
	return said
}

// A Reranker is a model that scores how well a text answers a question, and is
// open.
type Reranker struct {
	*onnx.Reranker
	Name string

	onnxModel
	files   modelFiles
	closers []func() error
}

// OpenReranker opens a reranker: the one that is configured for "", which is nil
// where there is none, else a model of the shelf or a folder. The caller must
// Close it.
func OpenReranker(cfg *config.Config, name string) (*Reranker, error) {
	configured := name == ""
	if configured {
		if name = cfg.Embedding.Reranker; name == "" {
			return nil, nil
		}
	}
	p, err := findModel(cfg, name, configured, rerankerKind)
	if err != nil {
		return nil, err
	}
	if p.isFile {
		return nil, fmt.Errorf("the reranker %s is a file; name the folder with model.onnx and tokenizer.json in it", p.path)
	}
	rt, err := ort.Open(cfg.ONNXRuntime)
	if err != nil {
		return nil, fmt.Errorf("the reranker %s: %w", p.name, err)
	}
	files := lookAtModel(p.path)
	m, err := onnx.OpenReranker(rt, p.path, onnx.Config{})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening the reranker %s: %w", p.name, err), rt.Close())
	}
	return &Reranker{Reranker: m, Name: p.name, onnxModel: onnxModel{rt, p.path}, files: files, closers: []func() error{rt.Close, m.Close}}, nil
}

// Close gives back what the model holds.
func (r *Reranker) Close() error { return closeAll(r.closers) }
