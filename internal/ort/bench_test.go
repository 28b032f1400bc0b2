//go:build cgo && linux

package ort_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	bare "github.com/yalue/onnxruntime_go"

	"frontdesk/internal/ort"
	"frontdesk/internal/ort/orttest"
	"frontdesk/retrieval/onnx/onnxtest"
)

// BenchmarkRun measures what a run costs here over one by the binding alone: of
// a model that computes next to nothing, where the difference shows, and of the
// shape of all-MiniLM-L6-v2 with one sentence of 14 tokens and with 8 of 24. The
// ctx can end, as those of callers can.
func BenchmarkRun(b *testing.B) {
	r := orttest.Open(b)
	b.Run("nothing", func(b *testing.B) {
		x := ort.Tensor{Name: "x", Shape: []int64{1, 3}, Data: []float32{1, 2, 3}}
		compare(b, r, write(b, linear()), []ort.Tensor{x}, "y", 1, 2)
	})
	tokens, err := os.ReadFile("../../../shared/models/bert-uncased-tokenizer.json")
	if err != nil {
		b.Skip("the tokenizer of uncased BERT is not there: ", err)
	}
	dir := b.TempDir()
	if err := onnxtest.Write(dir, onnxtest.MiniLM(tokens)); err != nil {
		b.Fatal(err)
	}
	for name, shape := range map[string][]int64{"1x14": {1, 14}, "8x24": {8, 24}} {
		var in []ort.Tensor
		for k, input := range []string{"input_ids", "attention_mask", "token_type_ids"} {
			ids := make([]int64, shape[0]*shape[1])
			for i := range ids {
				ids[i] = []int64{int64(1000 + i*13), 1, 0}[k]
			}
			in = append(in, ort.Tensor{Name: input, Shape: shape, Data: ids})
		}
		b.Run(name, func(b *testing.B) {
			compare(b, r, filepath.Join(dir, "onnx", "model.onnx"), in, "last_hidden_state", append(shape[:2:2], 384)...)
		})
	}
}

// compare runs a model by ours and by the binding alone, with a session each.
func compare(b *testing.B, r *ort.Runtime, file string, in []ort.Tensor, output string, shape ...int64) {
	s, err := r.OpenSession(file, ort.SessionOptions{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	ctx, cancel := context.WithCancel(b.Context())
	b.Cleanup(cancel)
	n := int64(1)
	for _, d := range shape {
		n *= d
	}
	room := []ort.Tensor{{Name: output, Shape: shape, Data: make([]float32, n)}}
	b.Run("ours", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := s.Run(ctx, in, []string{output}, func([]ort.Tensor) error { return nil }); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("ours-into", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := s.RunInto(ctx, in, room); err != nil {
				b.Fatal(err)
			}
		}
	})
	var names []string
	for _, t := range in {
		names = append(names, t.Name)
	}
	options, err := bare.NewSessionOptions()
	if err != nil {
		b.Fatal(err)
	}
	defer options.Destroy()
	if err := errors.Join(options.SetMemPattern(false), options.SetIntraOpNumThreads(min(runtime.GOMAXPROCS(0), 8))); err != nil {
		b.Fatal(err)
	}
	alone, err := bare.NewDynamicAdvancedSession(file, names, []string{output}, options)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { alone.Destroy() })
	// What the binding wants for a run, made and given back as a caller must.
	once := func(b *testing.B, out bare.Value) {
		values := make([]bare.Value, len(in))
		for i, t := range in {
			switch data := t.Data.(type) {
			case []float32:
				values[i], err = bare.NewTensor(t.Shape, data)
			case []int64:
				values[i], err = bare.NewTensor(t.Shape, data)
			}
			if err != nil {
				b.Fatal(err)
			}
		}
		results := []bare.Value{out}
		if err := alone.Run(values, results); err != nil {
			b.Fatal(err)
		}
		for _, v := range append(values, results[0]) {
			v.Destroy()
		}
	}
	b.Run("bare", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			once(b, nil)
		}
	})
	b.Run("bare-into", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			out, err := bare.NewTensor(shape, room[0].Data.([]float32))
			if err != nil {
				b.Fatal(err)
			}
			once(b, out)
		}
	})
}
