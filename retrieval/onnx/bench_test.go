package onnx_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"frontdesk/internal/ort"
	"frontdesk/internal/ort/orttest"
	"frontdesk/retrieval/onnx"
	"frontdesk/retrieval/onnx/onnxtest"
	"frontdesk/retrieval/tokenizer"
)

// miniLM is the folder of a model of the shape of all-MiniLM-L6-v2, which is
// written anew for every benchmark.
func miniLM(b *testing.B, kind onnxtest.Type) (dir string, tokens *tokenizer.Tokenizer) {
	b.Helper()
	data, err := os.ReadFile("../../../shared/models/bert-uncased-tokenizer.json")
	if err != nil {
		b.Skip("the tokenizer of uncased BERT is not there: ", err)
	}
	model := onnxtest.MiniLM(data)
	model.Type = kind
	if tokens, err = tokenizer.Open(data); err != nil {
		b.Fatal(err)
	}
	return written(b, model), tokens
}

// sentences of 5 to 30 words.
func sentences(n int) []string {
	words := strings.Fields("how do I change the address of my order before it is sent to the wrong house where nobody lives any more since last year and can somebody from the team call me back about the invoice that came today")
	random := rand.New(rand.NewPCG(1, 2))
	all := make([]string, n)
	for i := range all {
		some := make([]string, 5+random.IntN(26))
		for j := range some {
			some[j] = words[random.IntN(len(words))]
		}
		all[i] = strings.Join(some, " ")
	}
	return all
}

// bare runs rows of one length through a session, without anything else.
func bare(b *testing.B, s *ort.Session, rows [][]int32) func() {
	n, width := len(rows), len(rows[0])
	shape := []int64{int64(n), int64(width)}
	ids, mask, types := make([]int64, n*width), make([]int64, n*width), make([]int64, n*width)
	for i, row := range rows {
		for j, id := range row {
			ids[i*width+j], mask[i*width+j] = int64(id), 1
		}
	}
	in := []ort.Tensor{{Name: "input_ids", Shape: shape, Data: ids}, {Name: "attention_mask", Shape: shape, Data: mask}, {Name: "token_type_ids", Shape: shape, Data: types}}
	out := []ort.Tensor{{Name: "last_hidden_state", Shape: append(shape[:2:2], 384), Data: make([]float32, n*width*384)}}
	return func() {
		if err := s.RunInto(ctx, in, out); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkEmbed measures single queries and batches beside the run of the model
// alone.
func BenchmarkEmbed(b *testing.B) {
	rt := orttest.Open(b)
	for _, kind := range []onnxtest.Type{onnxtest.Float32, onnxtest.Int8} {
		dir, tokens := miniLM(b, kind)
		m := openModel(b, rt, dir, onnx.Config{})
		session, err := rt.OpenSession(filepath.Join(dir, "onnx", "model.onnx"), ort.SessionOptions{})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { session.Close() })
		one := []string{"how do I change the address of my order before it is sent"}
		b.Run(fmt.Sprintf("%s/one", kind), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := m.Embed(ctx, one); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("%s/one-bare", kind), func(b *testing.B) {
			b.ReportAllocs()
			run := bare(b, session, [][]int32{tokens.Encode(one[0], 0)})
			for b.Loop() {
				run()
			}
		})
		same := make([]string, 16) // other words, as many tokens
		rows := make([][]int32, len(same))
		for i := range same {
			same[i] = strings.Replace(one[0], "order", []string{"bill", "order", "house", "shop", "name", "book", "card", "street", "city", "car", "desk", "room", "team", "flat", "bank", "post"}[i], 1)
			rows[i] = tokens.Encode(same[i], 0)
		}
		b.Run(fmt.Sprintf("%s/batch", kind), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := m.Embed(ctx, same); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("%s/batch-bare", kind), func(b *testing.B) {
			b.ReportAllocs()
			run := bare(b, session, rows)
			for b.Loop() {
				run()
			}
		})
		for _, n := range []int{16, 64, 256} {
			mixed := sentences(n)
			b.Run(fmt.Sprintf("%s/mixed%d", kind, n), func(b *testing.B) {
				for b.Loop() {
					if _, err := m.Embed(ctx, mixed); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.N*n)/b.Elapsed().Seconds(), "texts/s")
			})
		}
	}
}

// BenchmarkOpen measures what a start costs.
func BenchmarkOpen(b *testing.B) {
	rt := orttest.Open(b)
	dir, _ := miniLM(b, onnxtest.Float32)
	for b.Loop() {
		m, err := onnx.Open(rt, dir, onnx.Config{})
		if err != nil {
			b.Fatal(err)
		}
		if err := m.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
