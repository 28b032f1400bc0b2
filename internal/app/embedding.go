package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"frontdesk/internal/config"
	"frontdesk/retrieval"
	"frontdesk/retrieval/embedding"
	"frontdesk/retrieval/remote"
	"frontdesk/retrieval/static"
)

// maxModel bounds a file of weights, in bytes.
const maxModel = 1 << 30

// Names of embedding models, besides those of the shelf and paths.
const (
	builtin     = config.BuiltIn
	transformer = config.Transformer
	remoteName  = "remote" // the one that embedding: remote: configures
)

// BuiltIn gives the embedding model that is built in.
func BuiltIn() retrieval.Embedder { return static.Default() }

// Words are those of English, for models that know none of their own.
func Words() retrieval.Speller { return static.Default() }

// Blend puts the built-in model beside another one; see [embedding.Blended].
func Blend(e retrieval.Embedder) retrieval.Embedder {
	return embedding.NewBlended(e, static.Default(), embedding.BesideShare).Embedder()
}

// An Embedding is an embedding model that is open. It is safe for concurrent use
// until it is closed.
type Embedding struct {
	Embedder retrieval.Embedder
	Name     string // for people: "builtin", "all-MiniLM-L6-v2", "mini at localhost:11434"
	Bytes    int64  // of the model; 0 where it is not on this machine

	remote *remote.Model // nil where it is not on a server
	onnx   *onnxModel    // nil where ONNX Runtime does not run it
	// reads is, of the transformer that is built in, which share of a text it can read.
	reads   func(text string) float64
	without error // why the transformer that is built in is not used; nil where it is, or is not wanted
	files   modelFiles
	closers []func() error
}

// OpenEmbedding opens an embedding model: the one that is configured for "", and
// else "builtin" (the static model), "transformer" (the other one that is built
// in), "remote" (the one under embedding: remote:), a model of the shelf, a folder
// with an ONNX model, or a file of weights. A path counts from the current folder,
// in the configuration from its file. A remote model is asked for a vector, so
// that its dimensions are known.
//
// The caller must Close it, when nobody embeds any more.
func OpenEmbedding(ctx context.Context, cfg *config.Config, name string) (*Embedding, error) {
	e, err := openEmbedding(cfg, name, nil)
	if err != nil {
		return nil, err
	}
	if e.remote != nil {
		if err := e.remote.Probe(ctx); err != nil {
			return nil, errors.Join(err, e.Close())
		}
	}
	return e, nil
}

// Dim is the length of every vector.
func (e *Embedding) Dim() int { return e.Embedder.Dim() }

// same says whether an index is of the model that is there now; see
// [retrieval.Index.SameModel].
func (e *Embedding) same(ctx context.Context, x *retrieval.Index) (bool, error) {
	if e.remote == nil {
		return true, nil // its fingerprint says so
	}
	return x.SameModel(ctx, e.Embedder)
}

// Close gives back what the model holds.
func (e *Embedding) Close() error { return closeAll(e.closers) }

// closeAll calls functions in the opposite order.
func closeAll(closers []func() error) (err error) {
	for i := len(closers) - 1; i >= 0; i-- {
		err = errors.Join(err, closers[i]())
	}
	return err
}

// openEmbedding opens a model; one that is remote may be away. The meter may be
// nil.
func openEmbedding(cfg *config.Config, name string, meter *metrics) (*Embedding, error) {
	configured := name == ""
	if configured {
		name = cfg.Embedding.Model
		if cfg.Embedding.Remote.Enabled() {
			return openRemote(cfg.Embedding, cfg.Embedding.Blend, meter)
		}
	}
	switch {
	case name == "":
		return openBuiltIn(cfg, meter)
	case name == builtin:
		return openStatic("")
	case name == transformer:
		return openTransformer(cfg, configured && cfg.Embedding.Blend, meter)
	case name == remoteName && !configured && !cfg.Embedding.Remote.Enabled():
		return nil, errors.New("there is no remote model in the configuration; write its url under embedding: remote")
	case name == remoteName && !configured:
		return openRemote(cfg.Embedding, false, meter)
	}
	p, err := findModel(cfg, name, configured, embeddingKind)
	if err != nil {
		return nil, err
	}
	files := lookAtModel(p.path)
	var e *Embedding
	if p.isFile {
		e, err = openStatic(p.path)
	} else {
		e, err = openONNX(cfg, p, meter)
	}
	if err != nil {
		return nil, err
	}
	e.files = files
	return e, nil
}

func openRemote(c config.Embedding, blend bool, meter *metrics) (*Embedding, error) {
	m, err := remote.Open(c.Remote)
	if err != nil {
		return nil, err
	}
	e := &Embedding{Embedder: timed(m, meter), Name: m.String(), remote: m, closers: []func() error{m.Close}}
	e.dress(c, blend)
	return e, nil
}

// Blended is the model with the static one beside it.
func (e *Embedding) Blended() retrieval.Embedder {
	if e.reads != nil {
		return embedding.NewTwin(e.Embedder, e.reads, static.Default(), embedding.BesideShare)
	}
	return Blend(e.Embedder)
}

// dress puts the static model beside another one where that is wanted, and has
// what it gives kept for a while.
func (e *Embedding) dress(c config.Embedding, blend bool) {
	if blend {
		e.Embedder, e.Name = e.Blended(), blendedName(e.Name)
	}
	e.Embedder = cached(e.Embedder, c.Cache)
}

// blendedName names a model that has the built-in one beside it.
func blendedName(name string) string { return name + "+" + builtin }

// cached keeps the vectors of the latest questions.
func cached(e retrieval.Embedder, size int) retrieval.Embedder {
	if size == 0 {
		return e
	}
	return embedding.NewCached(e, size).Embedder()
}

// openStatic opens a file of weights, or the built-in ones for "".
func openStatic(file string) (*Embedding, error) {
	m, err := openModel(file)
	if err != nil {
		return nil, err
	}
	e := &Embedding{Embedder: m, Name: builtin, Bytes: int64(m.Size())}
	if file != "" {
		e.Name = filepath.Base(file)
	}
	return e, nil
}

func openModel(file string) (*static.Model, error) {
	if file == "" || file == builtin {
		return static.Default(), nil
	}
	const mend = `make it anew with "frontdesk train", or leave the file out for the weights that are built in`
	data, err := readModel(file)
	if err != nil {
		return nil, fmt.Errorf("reading the embedding model: %w; %s", err, mend)
	}
	m, err := static.Open(data)
	if err != nil {
		return nil, fmt.Errorf("reading the embedding model %s: %w; %s", file, err, mend)
	}
	return m, nil
}

func readModel(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxModel+1))
	if err == nil && len(data) > maxModel {
		err = fmt.Errorf("%s is larger than 1 GiB", file)
	}
	return string(data), err
}
