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
	"testing"

	"frontdesk/internal/ort"
	"frontdesk/retrieval/onnx"
	"frontdesk/retrieval/onnx/onnxtest"
	"frontdesk/retrieval/tokenizer"
)

func openReranker(t testing.TB, rt *ort.Runtime, dir string) *onnx.Reranker {
	t.Helper()
	r, err := onnx.OpenReranker(rt, dir, onnx.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func TestReranker(t *testing.T) {
	rt := openRuntime(t)
	const query = "how do I change my password"
	for name, model := range map[string]onnxtest.Model{
		"BERT": onnxtest.Small(onnxtest.BERT), "XLM-R": onnxtest.Small(onnxtest.XLMR),
		"float16": {Type: onnxtest.Float16}, "int8": {Type: onnxtest.Int8},
	} {
		kind := model.Type
		if kind != "" {
			model = onnxtest.Small(onnxtest.BERT)
			model.Type = kind
		}
		model.Output, model.Pooling, model.Normalize = onnxtest.Logits, "", false
		dir := written(t, model)
		r := openReranker(t, rt, dir)
		got, err := r.Score(ctx, query, texts)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != len(texts) || got[2] != got[9] {
			t.Errorf("%s: %v", name, got)
		}
		for i, text := range texts {
			alone, err := r.Score(ctx, query, []string{text})
			if err != nil || alone[0] != got[i] && (runtime.GOARCH == "amd64" || math.Abs(float64(alone[0]-got[i])) > 1e-5) {
				t.Errorf("%s: %q has the score %v alone and %v among others, %v", name, text, alone, got[i], err)
			}
		}
		if kind == "" {
			for i, want := range slowScores(t, rt, dir, query) {
				if math.Abs(float64(got[i])-want) > 1e-5 {
					t.Errorf("%s: %q has the score %v, not %v", name, texts[i], got[i], want)
				}
			}
		}
		if r.Bytes() == 0 || !strings.HasPrefix(r.Fingerprint(), "onnx-rerank/1:") {
			t.Errorf("%s: %d bytes, %s", name, r.Bytes(), r.Fingerprint())
		}
	}
}

// slowScores runs every pair by itself.
func slowScores(t *testing.T, rt *ort.Runtime, dir, query string) (scores []float64) {
	session, err := rt.OpenSession(filepath.Join(dir, "onnx", "model.onnx"), ort.SessionOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	data, err := os.ReadFile(filepath.Join(dir, "tokenizer.json"))
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := tokenizer.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range texts {
		ids, types := tokens.EncodePair(query, strings.TrimSpace(text), 64)
		var in []ort.Tensor
		for _, p := range session.Inputs() {
			row := make([]int64, len(ids))
			for i, id := range ids {
				row[i] = map[string]int64{"input_ids": int64(id), "attention_mask": 1, "token_type_ids": int64(types[i])}[p.Name]
			}
			in = append(in, ort.Tensor{Name: p.Name, Shape: []int64{1, int64(len(ids))}, Data: row})
		}
		err := session.Run(ctx, in, []string{"logits"}, func(out []ort.Tensor) error {
			scores = append(scores, float64(out[0].Data.([]float32)[0]))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return scores
}

func TestRerankerRefuses(t *testing.T) {
	rt := openRuntime(t)
	yes := true
	for name, c := range map[string]struct {
		model  onnxtest.Model
		config onnx.Config
		want   string
	}{
		"an embedder":     {model: onnxtest.Small(onnxtest.BERT), want: "a reranker gives one number a pair"},
		"a pooled output": {model: onnxtest.Model{Output: onnxtest.Pooled}, want: "a reranker gives one number a pair"},
		"settings":        {model: onnxtest.Small(onnxtest.BERT), config: onnx.Config{Normalize: &yes}, want: "mean nothing to a reranker"},
	} {
		if c.model.Vocab == 0 {
			output := c.model.Output
			c.model = onnxtest.Small(onnxtest.BERT)
			c.model.Output = output
		}
		r, err := onnx.OpenReranker(rt, written(t, c.model), c.config)
		if err == nil {
			r.Close()
			t.Errorf("%s is not refused", name)
		} else if !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRerankerCancelled(t *testing.T) {
	rt := openRuntime(t)
	r := openReranker(t, rt, "testdata/reranker")
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := r.Score(ended, "why", texts); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	none, err := r.Score(ctx, "why", nil)
	if err != nil || len(none) != 0 {
		t.Errorf("%v, %v", none, err)
	}
	if got, err := r.Score(ctx, "", []string{"", strings.Repeat("long ", 1000)}); err != nil || slices.Contains(got, 0) {
		t.Errorf("%v, %v", got, err)
	}
}

func ExampleReranker() {
	runtime, err := ort.Open(ort.DefaultConfig())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer runtime.Close()
	reranker, err := onnx.OpenReranker(runtime, "models/ms-marco-MiniLM-L6-v2", onnx.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer reranker.Close()
	scores, err := reranker.Score(context.Background(), "how do I reset my password",
		[]string{"Open Settings and choose Reset password.", "Parcels arrive within two days."})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("the first text is the better answer:", scores[0] > scores[1])
}
