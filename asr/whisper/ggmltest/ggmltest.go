// Package ggmltest makes whisper models with random weights, for tests and
// benchmarks of what works with models: they load and run as a real one of their
// shape does, at its speed, and hear nothing but noise.
//
// The layout is that which the loader of whisper.cpp 1.9.1 reads (function
// whisper_model_load of src/whisper.cpp, https://github.com/ggml-org/whisper.cpp),
// all numbers little-endian:
//
//	uint32   magic 0x67676d6c
//	int32    vocabulary, audio context, width, heads and layers of the encoder,
//	         text context, width, heads and layers of the decoder, mels, file type
//	         (0 for 32-bit floats, 1 for 16-bit ones)
//	int32    mels, bins (201); float32 for each: the mel filters, mel by mel
//	int32    tokens; for each uint32 its length, and its bytes
//	tensors  until the end: int32 dimensions, length of the name, type (0 or 1),
//	         then int32 for each dimension, the innermost first, the name, the values
//
// The ids of what is no text follow from the vocabulary alone: of the 51,864 ids of
// an English model, 50,256 ends a text, 50,257 starts one, 50,358 to 50,362 are for
// tasks, and from 50,363 on are times in steps of 20 ms. Models of many languages
// have one more id before these, and 99 for languages.
package ggmltest

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// A Model is the shape of a model. The zero value of a field stands for a small
// one: what takes no time to load and to run.
type Model struct {
	Width                   int // of the vectors of encoder and decoder; 64 for 0
	Heads                   int // of attention, which divide Width; 2 for 0
	AudioLayers, TextLayers int // 2 for 0; see Base
	AudioCtx                int // frames of 20 ms that the encoder takes; 1500 for 0
	TextCtx                 int // tokens that the decoder takes; 448 for 0
	Mels                    int // 80 for 0
	Multilingual            bool
	Seed                    uint64 // of the weights
	F16                     bool   // that large tensors are of 16-bit floats
	// Vocabulary are tokens of text besides the single bytes and the built-in ones,
	// such as " kitchen" with the blank before it.
	Vocabulary []string
}

// Base gives the shape of base.en: what is measured with it holds for the real one.
func Base() Model {
	return Model{Width: 512, Heads: 8, AudioLayers: 6, TextLayers: 6, F16: true}
}

const (
	magic      = 0x67676d6c
	bins       = 201   // of a spectrum of 400 samples
	english    = 51864 // ids
	textTokens = 50256 // of an English model, before those that are no text
)

func (m Model) withDefaults() Model {
	for _, d := range []struct {
		field *int
		value int
	}{
		{&m.Width, 64}, {&m.Heads, 2}, {&m.AudioLayers, 2}, {&m.TextLayers, 2}, {&m.AudioCtx, 1500}, {&m.TextCtx, 448}, {&m.Mels, 80},
	} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	return m
}

// File writes the model into a temporary folder of the test, and gives its path.
func (m Model) File(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "random.bin")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Write(f); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// Write writes the model. The same shape and seed always give the same bytes.
func (m Model) Write(to io.Writer) error {
	m = m.withDefaults()
	if m.Width < 1 || m.Heads < 1 || m.Width%m.Heads != 0 {
		return fmt.Errorf("a width of %d cannot be divided among %d heads", m.Width, m.Heads)
	}
	tokens, err := m.tokens()
	if err != nil {
		return err
	}
	w := writer{out: bufio.NewWriterSize(to, 1<<20), m: m}
	ids, fileType := english, 0
	if m.Multilingual {
		ids++
	}
	if m.F16 {
		fileType = 1
	}
	w.ints(magic, ids, m.AudioCtx, m.Width, m.Heads, m.AudioLayers, m.TextCtx, m.Width, m.Heads, m.TextLayers, m.Mels, fileType)
	w.ints(m.Mels, bins)
	w.floats(melFilters(m.Mels))
	w.ints(len(tokens))
	for _, token := range tokens {
		w.ints(len(token))
		w.bytes([]byte(token))
	}
	w.tensors(ids)
	if w.err == nil {
		w.err = w.out.Flush()
	}
	if w.err != nil {
		return fmt.Errorf("writing a model: %w", w.err)
	}
	return nil
}

// A writer writes until something fails.
type writer struct {
	out *bufio.Writer
	m   Model
	err error
}

func (w *writer) bytes(b []byte) {
	if w.err == nil {
		_, w.err = w.out.Write(b)
	}
}

func (w *writer) ints(values ...int) {
	var b [4]byte
	for _, v := range values {
		binary.LittleEndian.PutUint32(b[:], uint32(v))
		w.bytes(b[:])
	}
}

func (w *writer) floats(values []float32) {
	b := make([]byte, 0, 4*len(values))
	for _, v := range values {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	w.bytes(b)
}

// melFilters gives triangular filters on the mel scale of Slaney's Auditory Toolbox
// (1998), each of the same area: a row of bins a mel.
func melFilters(mels int) []float32 {
	hertz := func(mel float64) float64 {
		if mel < 15 {
			return mel * 200 / 3
		}
		return 1000 * math.Exp((mel-15)*math.Log(6.4)/27)
	}
	top := 15 + math.Log(8)*27/math.Log(6.4) // 8 kHz
	edge := func(i int) float64 { return hertz(top * float64(i) / float64(mels+1)) }
	out := make([]float32, mels*bins)
	for i := range mels {
		low, middle, high := edge(i), edge(i+1), edge(i+2)
		for b := range bins {
			f := 8000 * float64(b) / (bins - 1)
			v := min((f-low)/(middle-low), (high-f)/(high-middle))
			out[i*bins+b] = float32(max(0, v) * 2 / (high - low))
		}
	}
	return out
}
