package onnx_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"frontdesk/internal/ort"
	"frontdesk/internal/ort/orttest"
	"frontdesk/retrieval"
	"frontdesk/retrieval/onnx"
	"frontdesk/retrieval/onnx/onnxtest"
	"frontdesk/retrieval/tokenizer"
)

var ctx = context.Background()

// What the package is for.
var (
	_ retrieval.Embedder        = (*onnx.Model)(nil)
	_ retrieval.PassageEmbedder = (*onnx.Model)(nil)
	_ retrieval.Reranker        = (*onnx.Reranker)(nil)
)

// openRuntime opens the runtime with one thread, as more do not help small
// models.
func openRuntime(t testing.TB) *ort.Runtime {
	t.Helper()
	c := orttest.Config(t)
	c.Threads = 1
	rt, err := ort.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := rt.Close(); err != nil {
			t.Error(err)
		}
	})
	return rt
}

func openModel(t testing.TB, rt *ort.Runtime, dir string, c onnx.Config) *onnx.Model {
	t.Helper()
	m, err := onnx.Open(rt, dir, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

// written makes a model's folder, and tells of it by the model.
func written(t testing.TB, m onnxtest.Model) string {
	t.Helper()
	dir := t.TempDir()
	if err := onnxtest.Write(dir, m); err != nil {
		t.Fatal(err)
	}
	return dir
}

func embed(t testing.TB, m *onnx.Model, texts ...string) [][]float32 {
	t.Helper()
	got, err := m.Embed(ctx, texts)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(texts) {
		t.Fatalf("%d vectors of %d texts", len(got), len(texts))
	}
	for _, v := range got {
		if len(v) != m.Dim() {
			t.Fatalf("a vector of %d numbers, not %d", len(v), m.Dim())
		}
	}
	return got
}

// apart is the length of the difference of two vectors.
func apart(a, b []float32) float64 {
	sum := 0.0
	for i := range a {
		sum += math.Pow(float64(a[i])-float64(b[i]), 2)
	}
	return math.Sqrt(sum)
}

// texts of many lengths.
var texts = []string{
	"I forgot my password", "How can I change the address of my order before it is sent?", "why", "",
	"The kitchen light is on and the door of the garage stands open, what should I do about it now?",
	"  outer space goes  ", "Straße über Ärger: ĳzig", "我的密码忘记了", "a\x00b\tc\nd", "why", "🙂🙃 !!! ???",
	strings.Repeat("a text that is longer than what the model has places for ", 10),
}

// slow embeds by a run of its own a text: what the package must give.
type slow struct {
	session *ort.Session
	tokens  *tokenizer.Tokenizer
	most    int
}

func openSlow(t testing.TB, rt *ort.Runtime, dir string, most int) *slow {
	t.Helper()
	session, err := rt.OpenSession(filepath.Join(dir, "onnx", "model.onnx"), ort.SessionOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { session.Close() })
	data, err := os.ReadFile(filepath.Join(dir, "tokenizer.json"))
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := tokenizer.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	return &slow{session, tokens, most}
}

// tokensOf gives the vectors of a text's tokens, or its one vector.
func (s *slow) tokensOf(t testing.TB, output, text string) [][]float64 {
	t.Helper()
	ids := s.tokens.Encode(strings.TrimSpace(text), s.most)
	var in []ort.Tensor
	for _, p := range s.session.Inputs() {
		row := make([]int64, len(ids))
		for i, id := range ids {
			switch p.Name {
			case "input_ids":
				row[i] = int64(id)
			case "attention_mask":
				row[i] = 1
			}
		}
		in = append(in, ort.Tensor{Name: p.Name, Shape: []int64{1, int64(len(ids))}, Data: row})
	}
	var vectors [][]float64
	err := s.session.Run(ctx, in, []string{output}, func(out []ort.Tensor) error {
		data, width := out[0].Data.([]float32), int(out[0].Shape[len(out[0].Shape)-1])
		for from := 0; from < len(data); from += width {
			v := make([]float64, width)
			for i := range v {
				v[i] = float64(data[from+i])
			}
			vectors = append(vectors, v)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return vectors
}

func unit(v []float64) []float32 {
	squares := 0.0
	for _, x := range v {
		squares += x * x
	}
	out := make([]float32, len(v))
	for i, x := range v {
		out[i] = float32(x / math.Sqrt(squares))
	}
	return out
}

func mean(tokens [][]float64) []float64 {
	sum := make([]float64, len(tokens[0]))
	for _, v := range tokens {
		for i, x := range v {
			sum[i] += x / float64(len(tokens))
		}
	}
	return sum
}

func TestEmbed(t *testing.T) {
	rt := openRuntime(t)
	for _, arch := range []onnxtest.Arch{onnxtest.BERT, onnxtest.XLMR, onnxtest.ModernBERT} {
		model := onnxtest.Small(arch)
		for _, c := range []struct {
			name, pooling, query string
			config               onnx.Config
			output               onnxtest.Output
			want                 func(tokens [][]float64) []float64
		}{
			{name: "mean", pooling: "mean", want: mean},
			{name: "nobody says", want: mean},
			{name: "cls", pooling: "cls", want: func(v [][]float64) []float64 { return v[0] }},
			{name: "last", pooling: "lasttoken", want: func(v [][]float64) []float64 { return v[len(v)-1] }},
			{name: "prefix", pooling: "mean", query: "query: ", want: mean},
			{name: "ours", pooling: "mean", config: onnx.Config{Pooling: "cls+lasttoken"}, want: func(v [][]float64) []float64 { return append(slices.Clone(v[0]), v[len(v)-1]...) }},
			{name: "cut", pooling: "mean", config: onnx.Config{Dimensions: 12, MaxTokens: 9}, want: func(v [][]float64) []float64 { return mean(v)[:12] }},
			{name: "pooled", output: onnxtest.Pooled, want: func(v [][]float64) []float64 { return v[0] }},
			{name: "pooled, but not by us", output: onnxtest.Pooled, config: onnx.Config{Pooling: "mean"}, want: mean},
		} {
			if arch != onnxtest.BERT && c.name != "mean" && c.name != "last" {
				continue
			}
			t.Run(fmt.Sprint(arch, "/", c.name), func(t *testing.T) {
				model := model
				model.Pooling, model.Output, model.QueryPrefix = c.pooling, c.output, c.query
				dir := written(t, model)
				m := openModel(t, rt, dir, c.config)
				most := m.Settings().MaxTokens
				if want := 64; c.config.MaxTokens == 0 && most != want {
					t.Errorf("texts of %d tokens, not %d", most, want)
				}
				reference := openSlow(t, rt, dir, most)
				output := "last_hidden_state"
				if m.Settings().Pooling == "pooled" {
					output = "sentence_embedding"
				}
				got := embed(t, m, texts...)
				for i, text := range texts {
					want := unit(c.want(reference.tokensOf(t, output, c.query+text)))
					if d := apart(got[i], want); !(d < 1e-5) {
						t.Errorf("%q is %g away from what it should be", text, d)
					}
				}
			})
		}
	}
}

// The vector of a text does not depend on those that it is computed with: to
// the last bit.
func TestNeighbours(t *testing.T) {
	rt := openRuntime(t)
	for _, arch := range []onnxtest.Arch{onnxtest.BERT, onnxtest.XLMR, onnxtest.ModernBERT} {
		for _, kind := range []onnxtest.Type{onnxtest.Float32, onnxtest.Float16, onnxtest.Int8} {
			model := onnxtest.Small(arch)
			model.Type = kind
			m := openModel(t, rt, written(t, model), onnx.Config{})
			if alone := m.Settings().Alone; alone != (kind != onnxtest.Float32) {
				t.Errorf("%s of %s: one by one is %v", arch, kind, alone)
			}
			neighbours(t, m, fmt.Sprint(arch, " of ", kind))
		}
	}
	old := onnxtest.Small(onnxtest.BERT)
	old.Old = true
	neighbours(t, openModel(t, rt, written(t, old), onnx.Config{}), "attention in one operation")
	pooled := onnxtest.Small(onnxtest.BERT)
	pooled.Output, pooled.Pooling = onnxtest.Pooled, ""
	neighbours(t, openModel(t, rt, written(t, pooled), onnx.Config{}), "pooled")
	neighbours(t, openModel(t, orttest.Open(t), "testdata/bert", onnx.Config{}), "on all processors")
}

func neighbours(t *testing.T, m *onnx.Model, what string) {
	t.Helper()
	together := embed(t, m, texts...)
	most := 0.0
	if runtime.GOARCH != "amd64" && !m.Settings().Alone {
		most = 1e-6 // What others do with the last bits was never measured.
	}
	for i, text := range texts {
		if alone := embed(t, m, text); !(apart(alone[0], together[i]) <= most) {
			t.Errorf("%s: %q is %g away from its vector among others", what, text, apart(alone[0], together[i]))
		}
	}
}

// Vectors that were given out stay as they are, whatever is computed later, and
// nobody else holds them.
func TestVectorsAreTheCallers(t *testing.T) {
	rt := openRuntime(t)
	m := openModel(t, rt, "testdata/bert", onnx.Config{})
	first := embed(t, m, "why", "why", "because")
	kept := slices.Clone(first[1])
	first[0][0] = 7
	_ = append(first[0], 8)
	embed(t, m, texts...)
	if !slices.Equal(first[1], kept) {
		t.Error("two texts share a vector, or a later call changed it")
	}
}

func TestEmbedConcurrently(t *testing.T) {
	rt := openRuntime(t)
	m := openModel(t, rt, "testdata/bert", onnx.Config{})
	want := embed(t, m, texts...)
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for i := range 20 {
				at := (g + i) % len(texts)
				got, err := m.Embed(ctx, []string{texts[at]})
				if err != nil || !slices.Equal(got[0], want[at]) {
					t.Errorf("%q: %v", texts[at], err)
				}
			}
			got, err := m.Embed(ctx, texts)
			if err != nil || !slices.EqualFunc(got, want, slices.Equal) {
				t.Errorf("all at once: %v", err)
			}
		})
	}
	all.Wait()
}

func TestPassages(t *testing.T) {
	rt := openRuntime(t)
	model := onnxtest.Small(onnxtest.BERT)
	model.QueryPrefix, model.PassagePrefix = "query: ", "passage: "
	dir := written(t, model)
	m := openModel(t, rt, dir, onnx.Config{})
	plain := openModel(t, rt, dir, onnx.Config{QueryPrefix: new(string), PassagePrefix: new(string)})
	passages, err := m.EmbedPassages(ctx, []string{"where is it"})
	if err != nil {
		t.Fatal(err)
	}
	if want := embed(t, plain, "passage: where is it"); !slices.Equal(passages[0], want[0]) {
		t.Error("a passage has not its prefix")
	}
	if got, want := embed(t, m, "where is it"), embed(t, plain, "query: where is it"); !slices.Equal(got[0], want[0]) {
		t.Error("a query has not its prefix")
	}
	if m.Fingerprint() == plain.Fingerprint() {
		t.Error("two fingerprints are the same")
	}
}

func TestCancelled(t *testing.T) {
	rt := openRuntime(t)
	m := openModel(t, rt, "testdata/bert", onnx.Config{})
	ended, cancel := context.WithCancel(ctx)
	cancel()
	for _, asked := range [][]string{{"why"}, texts, {}} {
		if _, err := m.Embed(ended, asked); !errors.Is(err, context.Canceled) {
			t.Errorf("%d texts: %v", len(asked), err)
		}
	}
	embed(t, m, "why")
}

func TestClosed(t *testing.T) {
	rt := openRuntime(t)
	m, err := onnx.Open(rt, "testdata/bert", onnx.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := m.Embed(ctx, []string{"why"}); err == nil {
		t.Error("a closed model embeds")
	}
}

func TestLengths(t *testing.T) {
	rt := openRuntime(t)
	m := openModel(t, rt, "testdata/bert", onnx.Config{})
	for i, v := range embed(t, m, texts...) {
		if n := apart(v, make([]float32, len(v))); math.Abs(n-1) > 1e-6 {
			t.Errorf("%q has a vector of length %v", texts[i], n)
		}
	}
	no := false
	raw := openModel(t, rt, "testdata/bert", onnx.Config{Normalize: &no})
	if n := apart(embed(t, raw, "why")[0], make([]float32, raw.Dim())); math.Abs(n-1) < 1e-3 {
		t.Errorf("what is not to be scaled has the length %v", n)
	}
	if got, err := m.Embed(ctx, nil); err != nil || len(got) != 0 {
		t.Errorf("no texts: %v, %v", got, err)
	}
}

// A tokenizer without special tokens finds nothing in an empty text.
func TestNoTokens(t *testing.T) {
	rt := openRuntime(t)
	model := onnxtest.Small(onnxtest.BERT)
	model.Vocab = 3
	model.Tokenizer = []byte(`{"model": {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0], ["a", -1], ["b", -2]]}}`)
	m := openModel(t, rt, written(t, model), onnx.Config{})
	for _, asked := range [][]string{{""}, {"", "a", " "}} {
		got := embed(t, m, asked...)
		if slices.ContainsFunc(got[0], func(x float32) bool { return x != 0 }) {
			t.Errorf("%q: %v", asked, got[0])
		}
	}
}

func Example() {
	runtime, err := ort.Open(ort.DefaultConfig())
	if err != nil {
		fmt.Println(err) // says how to get ONNX Runtime
		return
	}
	defer runtime.Close()
	model, err := onnx.Open(runtime, "models/all-MiniLM-L6-v2", onnx.Config{})
	if err != nil {
		fmt.Println(err) // everything that is wrong with the folder
		return
	}
	defer model.Close()
	vectors, err := model.Embed(context.Background(), []string{"I forgot my password", "where is my parcel"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(vectors), "vectors of", model.Dim(), "numbers")
}
