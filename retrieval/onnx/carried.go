package onnx

import (
	"crypto/sha256"
	"errors"
	"fmt"

	"frontdesk/internal/ort"
	"frontdesk/retrieval/tokenizer"
)

// A Carried is a model that the program carries within itself: a graph of one
// file that gives one vector a token, whose mean is taken, and no prefixes. It is
// small: one thread computes a text, and several texts are for several callers.
type Carried struct {
	Name      string // for errors
	Graph     []byte // the ONNX file; it is not kept
	Vocab     []byte // vocab.txt of a WordPiece tokenizer of small letters; not kept
	MaxTokens int    // longer texts are cut, from 2 on
}

// OpenCarried opens a model that the program carries. It must be closed, before
// rt is.
func OpenCarried(rt *ort.Runtime, c Carried) (*Model, error) {
	tokens, err := tokenizer.OpenVocab(c.Vocab, tokenizer.VocabOptions{Lowercase: true})
	if err != nil {
		return nil, fmt.Errorf("reading the words of the model %s: %w", c.Name, err)
	}
	f := &folder{
		model: c.Name, kind: "bert", tokens: tokens, pooling: poolMean, maxTokens: c.MaxTokens,
		bytes: int64(len(c.Graph) + len(c.Vocab)),
	}
	sum := sha256.New()
	fmt.Fprintf(sum, "model %d\n%d\n", len(c.Graph), len(c.Vocab))
	sum.Write(c.Graph) // A hash gives no error.
	sum.Write(c.Vocab)
	f.sum = fmt.Sprintf("%x", sum.Sum(nil))
	if id, ok := tokens.Pad(); ok {
		f.padID = id
	}
	m := &Model{folder: f, normalize: true}
	m.run, err = f.open(c.Name, func(o ort.SessionOptions) (*ort.Session, error) {
		o.Threads = 1
		return rt.OpenModel(c.Name, c.Graph, o)
	}, f.chooseVector)
	if err != nil {
		return nil, err
	}
	if err := m.settle("", Config{}); err != nil {
		return nil, errors.Join(err, m.run.close())
	}
	m.fingerprint = m.identify(rt)
	return m, nil
}
