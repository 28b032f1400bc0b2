// Package onnxtest writes transformer models as ONNX files, with random weights
// of a fixed seed and the files of a sentence-transformers folder around them,
// for tests and benchmarks of whatever runs such models. What they compute means
// nothing, but they are made of the operations that PyTorch's exporter leaves, so
// that ONNX Runtime treats them as it treats real ones, at the same speed.
package onnxtest

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Arch is the shape of a transformer.
type Arch string

// The shapes.
const (
	BERT       Arch = "bert"
	XLMR       Arch = "xlm-roberta"
	ModernBERT Arch = "modernbert"
)

// Type is the type of the weights.
type Type string

// The types. Models of Float16 put out float16 too, unless Float32Out is set;
// those of Int8 are quantised as they run, and put out float32.
const (
	Float32 Type = "float32"
	Float16 Type = "float16"
	Int8    Type = "int8"
)

// Output says what a model puts out.
type Output string

// The outputs: last_hidden_state [batch, sequence, width]; that and
// sentence_embedding [batch, width], which is the mean, of length 1; and logits
// [batch, 1], as of a cross-encoder.
const (
	Hidden Output = "hidden"
	Pooled Output = "pooled"
	Logits Output = "logits"
)

// Odd is something about a model that is unlike all others.
type Odd string

// What can be odd.
const (
	RankFour     Odd = "rank four"     // last_hidden_state is [batch, 1, sequence, width]
	RankTwo      Odd = "rank two"      // last_hidden_state is [batch, width], though nothing says that it is pooled
	Static       Odd = "static"        // every input is [1, 8]
	ExtraInput   Odd = "extra input"   // one more input is needed: pixel_values, float32
	StrangeInput Odd = "strange input" // the ids are called x_0
	NoInput      Odd = "no input"      // there are no ids: they are made of attention_mask
	NoMask       Odd = "no mask"       // there is no attention_mask
	FloatIDs     Odd = "float ids"     // input_ids is float32
	Int32IDs     Odd = "int32 ids"     // every input is int32
	IntOutput    Odd = "int output"    // last_hidden_state is int64
	StringOutput Odd = "string output" // last_hidden_state is of strings
	OtherOutput  Odd = "other output"  // the hidden states are called output_0
	ManyOutputs  Odd = "many outputs"  // pooler_output and hidden_states.0 come before last_hidden_state
	NaN          Odd = "nan"           // last_hidden_state holds what is no number
	WrongWidth   Odd = "wrong width"   // 1_Pooling/config.json says twice the width
	LaterWidth   Odd = "later width"   // no width is declared, and it is half of what config.json says
)

// Model says what to write. What is 0 gets a small default; Small and MiniLM
// are good starts.
type Model struct {
	Arch   Arch // "" is BERT
	Type   Type // "" is Float32
	Output Output
	Odd    Odd // "" is as usual

	Layers, Width, Heads, Inner int
	Vocab                       int  // ids are 0 to Vocab-1
	Positions                   int  // the most tokens; for XLM-R these and two more
	TokenTypes                  bool // whether there is an input token_type_ids (BERT only)
	Old                         bool // in opset 11, with LayerNorm in parts (not ModernBERT, which is newer)
	Float32Out                  bool // what a model of Float16 puts out is float32, as some converters leave it
	Seed                        uint64

	Tokenizer []byte // tokenizer.json, which Vocab must fit; nil writes none
	File      string // within the folder; "" is onnx/model.onnx

	Pooling                    string // "mean", "cls", "max", "lasttoken"; "" writes no modules.json and no 1_Pooling
	Normalize                  bool   // a third module, for vectors of length 1
	MaxTokens                  int    // for sentence_bert_config.json; 0 writes none
	QueryPrefix, PassagePrefix string // for config_sentence_transformers.json; both "" writes none
}

// Small is a model of a few hundred kB, with a tokenizer of the kind that its
// shape has, mean pooling and vectors of length 1.
func Small(arch Arch) Model {
	m := Model{
		Arch: arch, Layers: 2, Width: 32, Heads: 4, Inner: 64, Positions: 64, Seed: 1,
		TokenTypes: arch == BERT, Pooling: "mean", Normalize: true, MaxTokens: 64,
	}
	m.Tokenizer, m.Vocab = SmallTokenizer(arch)
	return m
}

// MiniLM has the shape of all-MiniLM-L6-v2 (22 million weights, 90 MB), for the
// tokenizer of uncased BERT, which is given as tokenizer.json.
func MiniLM(tokenizer []byte) Model {
	return Model{
		Arch: BERT, Layers: 6, Width: 384, Heads: 12, Inner: 1536, Vocab: 30522, Positions: 512, Seed: 1,
		TokenTypes: true, Tokenizer: tokenizer, Pooling: "mean", Normalize: true, MaxTokens: 256,
	}
}

// Write makes a folder with the model; what it holds already stays, but for files
// of the same names. The same model gives the same bytes.
func Write(dir string, m Model) error {
	m = m.defaults()
	if m.Width%m.Heads != 0 || m.Width/m.Heads%2 != 0 {
		return fmt.Errorf("writing a model: %d heads do not divide a width of %d evenly", m.Heads, m.Width)
	}
	if m.Old && m.Arch == ModernBERT {
		return errors.New("writing a model: ModernBERT has no old form")
	}
	files, err := m.side()
	if err != nil {
		return fmt.Errorf("writing a model: %w", err)
	}
	var onnx bytes.Buffer
	if err := m.graph().write(&onnx, string(m.Arch)); err != nil {
		return fmt.Errorf("writing a model: %w", err)
	}
	files = append(files, sideFile{m.File, onnx.Bytes()})
	for _, f := range files {
		path := filepath.Join(dir, filepath.FromSlash(f.name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fmt.Errorf("writing a model: %w", err)
		}
		if err := os.WriteFile(path, f.content, 0o644); err != nil {
			return fmt.Errorf("writing a model: %w", err)
		}
	}
	return nil
}

func (m Model) defaults() Model {
	m.Arch = cmp.Or(m.Arch, BERT)
	m.Type = cmp.Or(m.Type, Float32)
	m.Output = cmp.Or(m.Output, Hidden)
	m.Layers = cmp.Or(m.Layers, 2)
	m.Width = cmp.Or(m.Width, 32)
	m.Heads = cmp.Or(m.Heads, 4)
	m.Inner = cmp.Or(m.Inner, 2*m.Width)
	m.Vocab = cmp.Or(m.Vocab, 1000)
	m.Positions = cmp.Or(m.Positions, 64)
	m.File = cmp.Or(m.File, "onnx/model.onnx")
	if m.Arch == XLMR {
		m.Positions += m.pad() + 1
	}
	return m
}

func (m Model) epsilon() float64 {
	if m.Arch == BERT {
		return 1e-12
	}
	return 1e-5
}

// pad is the id of the padding.
func (m Model) pad() int {
	if m.Arch == XLMR {
		return 1
	}
	return 0
}

// graph makes the whole graph, inputs and outputs with it.
func (m Model) graph() *graph {
	opset := 17
	if m.Old {
		opset = 11
	}
	g := newGraph(m.Type, opset, m.Seed)
	ids, mask, types := m.addInputs(g)

	var hidden string
	switch m.Arch {
	case ModernBERT:
		hidden = g.modernBERT(m, ids, mask)
	default:
		hidden = g.bert(m, ids, mask, types)
	}
	m.addOutputs(g, ids, hidden, mask)
	return g
}

var batch, sequence = dim{name: "batch_size"}, dim{name: "sequence_length"}

// addInputs gives the ids, the mask and the types ("" for none) as int64.
func (m Model) addInputs(g *graph) (ids, mask, types string) {
	dims := []dim{batch, sequence}
	if m.Odd == Static {
		dims = []dim{{size: 1}, {size: 8}}
	}
	add := func(name string, kind int) string {
		g.input(name, kind, dims...)
		if kind == int64Type {
			return name
		}
		return g.op("Cast", in(name), intAttr("to", int64Type))
	}
	kind, idKind, name := int64Type, int64Type, "input_ids"
	switch m.Odd {
	case Int32IDs:
		kind, idKind = int32Type, int32Type
	case FloatIDs:
		idKind = float32Type
	case StrangeInput:
		name = "x_0"
	}
	if m.Odd != NoInput {
		ids = add(name, idKind)
	}
	if m.Odd != NoMask {
		mask = add("attention_mask", kind)
	}
	if m.TokenTypes && m.Arch == BERT {
		types = add("token_type_ids", kind)
	}
	switch m.Odd {
	case NoInput:
		ids = g.op("Mul", in(mask, g.int64(2)))
	case NoMask:
		// A one for every id.
		mask = g.op("Add", in(g.op("Mul", in(ids, g.int64(0))), g.int64(1)))
	case ExtraInput:
		g.input("pixel_values", float32Type, batch, dim{size: 3})
	}
	return ids, mask, types
}

func (m Model) addOutputs(g *graph, ids, hidden, mask string) {
	kind := g.activation()
	put := func(value, name string, dims ...dim) {
		if m.Float32Out {
			value, kind = g.op("Cast", in(value), intAttr("to", float32Type)), float32Type
		}
		g.rename(value, name)
		g.output(name, kind, dims...)
	}
	width := dim{size: m.Width}
	switch {
	case m.Output == Logits:
		put(g.classifier(m, hidden), "logits", batch, dim{size: 1})
		return
	case m.Odd != "" && m.oddOutput(g, ids, hidden):
		return
	}
	put(hidden, "last_hidden_state", batch, sequence, width)
	if m.Output == Pooled {
		put(g.pooled(hidden, mask), "sentence_embedding", batch, width)
	}
}
