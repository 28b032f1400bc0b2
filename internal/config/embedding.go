package config

import (
	"fmt"
	"strings"

	"frontdesk/internal/ort"
	"frontdesk/internal/strictyaml"
	"frontdesk/retrieval/onnx"
	"frontdesk/retrieval/remote"

	"go.yaml.in/yaml/v4"
)

// BuiltIn names the embedding model that is built in, wherever a model is named.
const BuiltIn = "builtin"

// Transformer names the transformer that is built in, which needs ONNX Runtime.
const Transformer = "transformer"

const (
	defaultCache = 1000
	maxCache     = 1_000_000
)

// Embedding says what turns texts into vectors of meaning.
type Embedding struct {
	// Model is empty for a remote one, or for the best that is built in: the
	// transformer with the static model beside it where there is ONNX Runtime, else
	// the static model alone. [BuiltIn] and [Transformer] name one of the two. Else
	// it is the name of a model of the shelf, or, as no model there has this name,
	// a path: [Config.Path] gives from where it counts.
	Model string
	// ONNX is what is to hold of an ONNX model besides what its folder says.
	ONNX onnx.Config
	// Remote is a model on a server, in the place of Model.
	Remote remote.Config
	// Reranker is the name or the path of a model that looks at the best hits
	// again, as Model is; empty for none.
	Reranker string
	// Blend puts the built-in model beside the one that is named: what either sees
	// is seen.
	Blend bool
	// Cache is how many of the latest questions keep their vectors, from 0 to
	// 1,000,000; only for models that take their time.
	Cache int
}

// DefaultEmbedding is the model that is built in.
func DefaultEmbedding() Embedding {
	return Embedding{Remote: remote.DefaultConfig(), Cache: defaultCache}
}

type embeddingPage struct {
	Model    strictyaml.At[string] `yaml:"model"`
	ONNX     *yaml.Node            `yaml:"onnx"`
	Remote   *yaml.Node            `yaml:"remote"`
	Reranker strictyaml.At[string] `yaml:"reranker"`
	Blend    bool                  `yaml:"blend"`
	Cache    strictyaml.At[int]    `yaml:"cache"`
}

// embedding reads the sections about models.
func (p *parser) embedding(c *Config, pg page) {
	c.ONNXRuntime = ort.DefaultConfig()
	section(p, pg.ONNXRuntime, &c.ONNXRuntime, func() checks { return c.ONNXRuntime.Check })
	c.Embedding = DefaultEmbedding()
	e := embeddingPage{Cache: strictyaml.At[int]{Value: defaultCache}}
	if pg.Embedding != nil {
		p.faults = append(p.faults, strictyaml.DecodeNode(p.file, pg.Embedding, &e)...)
	}
	c.Embedding.Model, c.Embedding.Reranker = e.Model.Value, strings.TrimSpace(e.Reranker.Value)
	c.Embedding.Blend, c.Embedding.Cache = e.Blend, e.Cache.Value
	c.Embedding.Model = strings.TrimSpace(c.Embedding.Model)
	section(p, e.ONNX, &c.Embedding.ONNX, func() checks { return c.Embedding.ONNX.Check })
	section(p, e.Remote, &c.Embedding.Remote, func() checks { return c.Embedding.Remote.Check })
	if c.Embedding.Remote.Enabled() && c.Embedding.Model != "" && c.Embedding.Model != BuiltIn {
		p.add(e.Model.Node, "two models are named, this one and a remote one", "leave out model:, or the url: under remote:")
	}
	if c.Embedding.Cache < 0 || c.Embedding.Cache > maxCache {
		p.add(e.Cache.Node, fmt.Sprintf("the vectors of %d questions cannot be kept", c.Embedding.Cache),
			fmt.Sprintf("write a number up to %d, or 0 for none", maxCache))
	}
}
