package retrieval

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/knowledge"
	"frontdesk/knowledge/importer"
	"frontdesk/retrieval/static"
)

var update = flag.Bool("update", false, "write testdata/quality.golden anew")

// benchFile opens a file of the development benchmarks, or skips.
func benchFile(t testing.TB, name string) *os.File {
	t.Helper()
	f, err := os.Open(filepath.Join("../../shared/bench", filepath.FromSlash(name)))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("../../shared/bench is not there")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func benchBase(t testing.TB, corpus string) *knowledge.Base {
	t.Helper()
	entries, err := importer.ReadJSONL(benchFile(t, corpus), corpus)
	if err != nil {
		t.Fatal(err)
	}
	base, err := knowledge.New(entries, nil)
	if err != nil {
		t.Fatal(err)
	}
	return base
}

// benchIndex gives the index of the base of a benchmark, such as "clinc150/all".
func benchIndex(t testing.TB, set string) *Index {
	t.Helper()
	name, variant, _ := strings.Cut(set, "/")
	return sharedIndex(t, set, func() *knowledge.Base { return benchBase(t, name+"/corpus."+variant+".jsonl") })
}

func benchQueries(t testing.TB, name string) []Query {
	t.Helper()
	queries, err := ReadQueries(benchFile(t, name), name)
	if err != nil {
		t.Fatal(err)
	}
	return queries
}

// TestQuality measures the ranking and the calibration on the development
// benchmarks and compares with testdata/quality.golden, so that a change which
// moves a figure shows it in review (as the ranking tests of sourcegraph/zoekt
// do).
func TestQuality(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	var b strings.Builder
	b.WriteString("# Figures of TestQuality on the test splits; write it anew with: go test ./retrieval -run TestQuality -update\n")
	fmt.Fprintf(&b, "%-16s %6s %6s %6s %6s %6s %6s %6s %6s %6s\n",
		"# base", "top-1", "top-3", "top-5", "mrr", "auroc", "cover", "right", "prec", "ece")
	for _, set := range []string{"clinc150/k5", "clinc150/all", "banking77/k5"} {
		name, _, _ := strings.Cut(set, "/")
		x := benchIndex(t, set)
		queries := benchQueries(t, name+"/queries.jsonl")
		predictions, err := x.Predict(t.Context(), queries)
		if err != nil {
			t.Fatal(err)
		}
		m, err := Score(queries, predictions)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%-16s %6.4f %6.4f %6.4f %6.4f %6.4f %6.4f %6.4f %6.4f %6.4f\n", set,
			m.Top1, m.Recall3, m.Recall5, m.MRR, m.AUROC, m.Coverage, m.Accuracy, m.Precision, m.CalibrationError)
	}
	golden := filepath.Join("testdata", "quality.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("the figures have moved; if that is meant, run with -update.\nnow:\n%s\nbefore:\n%s", b.String(), want)
	}
}

// BenchmarkBuild builds the index of 15,000 phrasings from nothing.
func BenchmarkBuild(b *testing.B) {
	base := benchBase(b, "clinc150/corpus.all.jsonl")
	b.ReportAllocs()
	for b.Loop() {
		build(b, base)
	}
}

// BenchmarkRebuild builds it again after nothing but an id has changed.
func BenchmarkRebuild(b *testing.B) {
	base := benchBase(b, "clinc150/corpus.all.jsonl")
	previous := build(b, base)
	for b.Loop() {
		if _, err := Build(b.Context(), base, static.Default(), DefaultConfig(), BuildOptions{Previous: previous}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLoad loads that index from its file.
func BenchmarkLoad(b *testing.B) {
	x := build(b, benchBase(b, "clinc150/corpus.all.jsonl"))
	path := filepath.Join(b.TempDir(), "a.index")
	if err := x.Save(path); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Load(b.Context(), path, x.base, x.embedder, x.config, BuildOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSearch asks that index the queries of its test split.
func BenchmarkSearch(b *testing.B) {
	x := build(b, benchBase(b, "clinc150/corpus.all.jsonl"))
	queries := benchQueries(b, "clinc150/queries.jsonl")
	var took []time.Duration
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		begin := time.Now()
		if _, err := x.Search(b.Context(), Question{Text: queries[i%len(queries)].Text}, 5); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(begin))
		i++
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
}
