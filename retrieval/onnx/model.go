package onnx

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"frontdesk/internal/ort"
)

// codeVersion is part of the fingerprint; it rises when the same model begins
// to give other vectors.
const codeVersion = 1

// defaultTokens is the length of a text where nobody says one.
const defaultTokens = 512

// A Model turns texts into vectors. It is safe for concurrent use; it implements
// retrieval.Embedder and retrieval.PassageEmbedder.
type Model struct {
	*folder
	run       *runner
	normalize bool
	full      int // length of what is pooled
	dim       int // what is kept of it
	query     prefix
	passage   prefix

	fingerprint string
	scratch     sync.Pool // of *scratch
}

// A prefix stands before a text.
type prefix struct {
	text   string
	tokens int // how many of the first ones are not pooled
}

// Settings are what a model is used with: what its folder and the configuration
// say together.
type Settings struct {
	File          string // the ONNX file within the folder
	Pooling       string // as in [Config]
	Normalize     bool
	Dimensions    int // length of a vector
	Full          int // its length before it was cut
	MaxTokens     int
	QueryPrefix   string
	PassagePrefix string
	// Alone says that texts go through the model one by one, because their
	// vectors would depend on each other, if only in the last bits: it computes
	// with less than float32, pools itself, does not heed the padding, or takes
	// one text only.
	Alone bool
}

// Open opens the model of a folder. What is wrong with the folder is a
// fault.List with all of it; what is wrong with the model itself shows in an
// embedding that is made to try it. The model must be closed, before rt is.
func Open(rt *ort.Runtime, dir string, c Config) (*Model, error) {
	f, err := read(dir, c)
	if err != nil {
		return nil, err
	}
	m := &Model{folder: f, normalize: c.Normalize == nil || *c.Normalize}
	if m.run, err = f.openFile(rt, dir, f.chooseVector); err != nil {
		return nil, err
	}
	if err := m.settle(dir, c); err != nil {
		return nil, errors.Join(err, m.run.close())
	}
	m.fingerprint = m.identify(rt)
	return m, nil
}

// openFile opens the session of the folder's file.
func (f *folder) openFile(rt *ort.Runtime, dir string, choose func([]ort.Port) string) (*runner, error) {
	name := (&reading{dir: dir}).path(f.model)
	return f.open(name, func(o ort.SessionOptions) (*ort.Session, error) { return rt.OpenSession(name, o) }, choose)
}

// open opens a session, of which one output is used; name is for errors.
func (f *folder) open(name string, begin func(ort.SessionOptions) (*ort.Session, error), choose func([]ort.Port) string) (*runner, error) {
	session, err := begin(ort.SessionOptions{Outputs: func(all []ort.Port) []string {
		if name := choose(floats(all)); name != "" {
			return []string{name}
		}
		return nil
	}})
	if err != nil {
		return nil, err
	}
	r, err := newRunner(name, session, f)
	if err != nil {
		return nil, errors.Join(err, session.Close())
	}
	if r.fixedWidth > 0 {
		f.maxTokens = min(f.maxTokens, r.fixedWidth)
	}
	r.most = maxRows
	if f.graph.rounds || r.output.Type != ort.Float32Type || r.fixedRows > 0 || !r.masked {
		r.most = 1
	}
	return r, nil
}

// settle brings all together that is known of the model, and tries it.
func (m *Model) settle(dir string, c Config) error {
	m.query = m.prefix(m.folder.query)
	m.passage = m.prefix(m.folder.passage)
	shape, err := m.shape()
	if err != nil {
		return err
	}
	if err := m.reconcile(dir, m.run.output.Name, shape, c); err != nil {
		return err
	}
	return m.try()
}

// prefix prepares a prefix.
func (f *folder) prefix(text string) prefix {
	p := prefix{text: text}
	if !f.noPrompt || text == "" {
		return p
	}
	// As sentence-transformers counts: the prefix by itself, without the special
	// token at its end.
	ids := f.tokens.Encode(f.prepare("", text), f.maxTokens)
	p.tokens = len(ids)
	if empty := f.tokens.Encode("", 0); len(empty) > 0 && len(ids) > 0 && ids[len(ids)-1] == empty[len(empty)-1] {
		p.tokens--
	}
	return p
}

// chooseVector chooses what of a model is used: the vectors of the tokens where
// it is said how these are pooled and nothing follows that, as our own pooling
// keeps what a batch would change; or else a pooled vector.
func (f *folder) chooseVector(ports []ort.Port) string {
	pooled, tokens := named(ports, "sentence_embedding"), named(ports, "last_hidden_state", "token_embeddings")
	choices := []string{pooled, tokens, ranked(ports, 3), ranked(ports, 2)}
	switch {
	case f.pooling == poolDone:
		choices = []string{pooled, ranked(ports, 2)}
	case f.fromConfig:
		choices = []string{tokens, ranked(ports, 3), ranked(ports, 2)}
	case f.pooling != 0 && len(f.beyond) == 0:
		choices = []string{tokens, pooled, ranked(ports, 3), ranked(ports, 2)}
	}
	return cmp.Or(append(choices, ranked(ports, -1))...)
}

// shape runs the model once and gives the shape of its output.
func (m *Model) shape() (shape []int64, err error) {
	ids := m.encode(probeText, m.query)
	if len(ids) == 0 {
		return nil, fmt.Errorf("the tokenizer of %s finds no token in %q: it belongs to another model", m.run.name, probeText)
	}
	err = m.run.run(context.Background(), []row{{ids: ids}}, func(out ort.Tensor, width int) error {
		shape = slices.Clone(out.Shape)
		if len(shape) != 2 && len(shape) != 3 || shape[0] != 1 || len(shape) == 3 && shape[1] != int64(width) || shape[len(shape)-1] < 1 {
			return fmt.Errorf("for a text of %d tokens its output %q has the shape %v, "+
				"which is neither one vector nor one a token", width, out.Name, shape)
		}
		return nil
	})
	if err != nil {
		return nil, m.run.blame(context.Background(), row{ids: ids}, m.tokens.Size()-1, err)
	}
	m.run.know(shape)
	return shape, nil
}

// reconcile brings together what the folder says, what the configuration says
// and what the model does.
func (m *Model) reconcile(dir, output string, shape []int64, c Config) error {
	r := &reading{dir: dir}
	width := int(shape[len(shape)-1])
	if len(shape) == 2 {
		m.reconcilePooled(r, output, width)
	} else {
		m.reconcileTokens(r, output, width)
	}
	m.dim = m.full
	if c.Dimensions > m.full {
		r.fault(m.model, fmt.Sprintf("its vectors have %d numbers, and dimensions is %d", m.full, c.Dimensions), "lower dimensions, or leave it out")
	} else if c.Dimensions > 0 {
		m.dim = c.Dimensions
	}
	r.faults.Sort()
	return r.faults.Err()
}

// reconcilePooled is for a model that gives one vector a text.
func (m *Model) reconcilePooled(r *reading, output string, width int) {
	if m.fromConfig && m.pooling != poolDone {
		r.fault(m.model, fmt.Sprintf("its output %q is one vector a text, and pooling is %s", output, m.pooling), "leave pooling out, or make it pooled")
	}
	want := m.dense
	if want == 0 && m.pooling != poolDone {
		want = m.width * m.pooling.parts()
	}
	if want > 0 && want != width {
		r.fault(m.model, fmt.Sprintf("its output %q has %d numbers a text, and the folder's modules speak of %d", output, width, want), "put the files of one model into the folder")
	}
	if m.noPrompt && (m.query.text != "" || m.passage.text != "") {
		r.fault(m.model, "it pools itself, and include_prompt: false wants the prompt left out of that", "export it without its pooling")
	}
	m.pooling, m.full = poolDone, width
	m.run.most = 1 // Sums over the tokens are taken otherwise in a batch.
}

// reconcileTokens is for a model that gives one vector a token.
func (m *Model) reconcileTokens(r *reading, output string, width int) {
	if m.pooling == poolDone {
		r.fault(m.model, fmt.Sprintf("its output %q is one vector a token, and pooling is pooled", output), "choose a pooling, such as mean")
	}
	if m.pooling == 0 {
		m.pooling = poolMean
	}
	if len(m.beyond) > 0 {
		r.fault("modules.json", fmt.Sprintf("the model goes through the modules %s, which frontdesk does not compute", strings.Join(m.beyond, ", ")),
			"export it with its modules, so that it has the output sentence_embedding")
	}
	if m.width > 0 && m.width != width {
		r.fault(m.model, fmt.Sprintf("its output %q has %d numbers a token, and word_embedding_dimension of the pooling is %d", output, width, m.width), "put the files of one model into the folder")
	} else if m.hidden > 0 && m.hidden != width {
		r.fault(m.model, fmt.Sprintf("its output %q has %d numbers a token, and hidden_size of config.json is %d", output, width, m.hidden), "put the files of one model into the folder")
	}
	m.hidden, m.full = width, width*m.pooling.parts()
	// Where the padding lies makes no difference to the tokens' vectors of the
	// models that want it on the left: they look at what came before only.
	m.run.padLeft = false
}

// try embeds in all ways that matter later.
func (m *Model) try() error {
	ctx := context.Background()
	for _, p := range []prefix{m.query, m.passage} {
		got, err := m.embed(ctx, []string{probeText}, p)
		if err != nil {
			return err
		}
		if n := length(got[0]); n == 0 || m.normalize && math.Abs(n-1) > 1e-3 {
			return fmt.Errorf("the model %s gives a vector of length %v for %q", m.run.name, n, probeText)
		}
	}
	short, long := row{ids: m.encode(probeText, m.query)}, row{ids: m.encode(probeText+" "+probeText, m.query)}
	if err := m.run.tryLast(ctx, short, m.tokens.Size()-1); err != nil {
		return err
	}
	return m.run.tryPadding(ctx, short, long, func(ctx context.Context, rows []row) ([][]float32, error) {
		got := make([][]float32, len(rows))
		err := m.compute(ctx, rows, m.query.tokens, func(i int) []float32 {
			got[i] = make([]float32, m.dim)
			return got[i]
		})
		return got, err
	})
}

// Settings says what the model is used with.
func (m *Model) Settings() Settings {
	return Settings{
		File: m.model, Pooling: m.pooling.String(), Normalize: m.normalize, Dimensions: m.dim, Full: m.full,
		MaxTokens: m.maxTokens, QueryPrefix: m.query.text, PassagePrefix: m.passage.text, Alone: m.run.most == 1,
	}
}

// identify makes the fingerprint.
func (m *Model) identify(rt *ort.Runtime) string {
	sum := sha256.New()
	fmt.Fprintf(sum, "%s\n%s %s\n%q\n%+v\n", m.sum, rt.Version(), rt.Provider(), m.run.output.Name, m.Settings())
	fmt.Fprintf(sum, "%v %v %d %d %v\n", m.lower, m.noPrompt, m.query.tokens, m.passage.tokens, m.run.padLeft)
	return fmt.Sprintf("onnx/%d:%s", codeVersion, hex.EncodeToString(sum.Sum(nil)[:12]))
}

// Fingerprint identifies the model's files, its tokenizer, the settings, the
// version of the runtime, what computes, and the code that reads them.
func (m *Model) Fingerprint() string { return m.fingerprint }

// Knows gives the share of a text, from 0 to 1, that the vocabulary can spell; see
// [tokenizer.Tokenizer.Knows]. Texts of which it is 0 are all alike to the model.
func (m *Model) Knows(text string) float64 { return m.tokens.Knows(text) }

// Dim is the length of every vector.
func (m *Model) Dim() int { return m.dim }

// Bytes is the size of the model's files.
func (m *Model) Bytes() int64 { return m.bytes }

// Close gives the model's memory back. Embeddings that have begun are finished
// first.
func (m *Model) Close() error { return m.run.close() }
