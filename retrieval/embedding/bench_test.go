package embedding_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"frontdesk/internal/ort/orttest"
	"frontdesk/retrieval"
	"frontdesk/retrieval/embedding"
	"frontdesk/retrieval/onnx"
	"frontdesk/retrieval/onnx/onnxtest"
)

// miniLM is a model of the shape of all-MiniLM-L6-v2.
func miniLM(b *testing.B) *onnx.Model {
	b.Helper()
	tokens, err := os.ReadFile("../../../shared/models/bert-uncased-tokenizer.json")
	if err != nil {
		b.Skip("the tokenizer of uncased BERT is not there: ", err)
	}
	rt := orttest.Open(b)
	dir := b.TempDir()
	if err := onnxtest.Write(dir, onnxtest.MiniLM(tokens)); err != nil {
		b.Fatal(err)
	}
	m, err := onnx.Open(rt, dir, onnx.Config{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { m.Close() })
	return m
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

// BenchmarkCallers asks single questions of the full-size shape: one caller after
// the other, and 64 who each ask again when they have their answer. Besides
// the throughput it says how long the slowest questions took, and how many the
// caller with the fewest had of the mean. It asks about 512 questions a turn.
func BenchmarkCallers(b *testing.B) {
	m := miniLM(b)
	texts := sentences(512)
	for _, c := range []struct {
		name    string
		callers int
		options *embedding.BatchOptions // nil: the model itself
	}{
		{"bare/1", 1, nil},
		{"batched/1", 1, &embedding.BatchOptions{}},
		{"bare/64", 64, nil},
		{"batched/64", 64, &embedding.BatchOptions{}},
		{"batched-never-waits/64", 64, &embedding.BatchOptions{Wait: -1}},
		{"batched-two-runs/64", 64, &embedding.BatchOptions{Runs: 2}},
		{"batched-32-texts/64", 64, &embedding.BatchOptions{Texts: 32}},
		{"batched-8-texts/64", 64, &embedding.BatchOptions{Texts: 8}},
	} {
		b.Run(c.name, func(b *testing.B) {
			var e retrieval.Embedder = m
			if c.options != nil {
				batched := embedding.NewBatched(m, *c.options)
				defer batched.Close()
				e = batched.Embedder()
			}
			var took []time.Duration
			fewest := 1.0
			for b.Loop() {
				t, f := ask(b, e, texts, c.callers)
				took = append(took, t...)
				fewest = min(fewest, f)
			}
			slices.Sort(took)
			ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
			b.ReportMetric(float64(len(took))/b.Elapsed().Seconds(), "texts/s")
			b.ReportMetric(ms(took[len(took)/2]), "p50-ms")
			b.ReportMetric(ms(took[len(took)*99/100]), "p99-ms")
			b.ReportMetric(ms(took[len(took)-1]), "max-ms")
			b.ReportMetric(fewest, "fewest")
		})
	}
}

// ask lets callers ask all texts, and gives how long each took and the share that
// the caller who asked least had of the mean.
func ask(b *testing.B, e retrieval.Embedder, texts []string, callers int) ([]time.Duration, float64) {
	took := make([]time.Duration, len(texts))
	had := make([]int, callers)
	var next atomic.Int64
	var wg sync.WaitGroup
	for c := range callers {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(texts) {
					return
				}
				begin := time.Now()
				if _, err := e.Embed(b.Context(), texts[i:i+1]); err != nil {
					b.Error(err)
				}
				took[i] = time.Since(begin)
				had[c]++
			}
		})
	}
	wg.Wait()
	return took, float64(slices.Min(had)) * float64(callers) / float64(len(texts))
}

// BenchmarkWrappers measures what the wrappers add to an embedder that costs
// nothing.
func BenchmarkWrappers(b *testing.B) {
	f := nothing{}
	batched := embedding.NewBatched(f, embedding.BatchOptions{})
	defer batched.Close()
	cached := embedding.NewCached(f, 1000)
	texts := []string{"how do I change the address of my order"}
	for _, c := range []struct {
		name string
		e    retrieval.Embedder
	}{{"bare", f}, {"batched", batched.Embedder()}, {"cached", cached.Embedder()}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.e.Embed(b.Context(), texts); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("cached-new", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if _, err := cached.Embed(b.Context(), []string{fmt.Sprint(i)}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// nothing is an embedder that costs nothing.
type nothing struct{}

var zeros = [][]float32{make([]float32, 384)}

func (nothing) Fingerprint() string { return "nothing" }
func (nothing) Dim() int            { return 384 }
func (nothing) Embed(context.Context, []string) ([][]float32, error) {
	return zeros, nil
}
