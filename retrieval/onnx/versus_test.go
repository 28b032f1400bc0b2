package onnx_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"frontdesk/internal/ort"
	"frontdesk/internal/ort/orttest"
	"frontdesk/retrieval/onnx"
	"frontdesk/retrieval/onnx/onnxtest"
	"frontdesk/retrieval/tokenizer"
)

// realVocabulary is the tokenizer.json of uncased BERT; where it is not there, one
// is made up.
const realVocabulary = "../../../shared/models/bert-uncased-tokenizer.json"

const (
	versusSingles = 200 // texts that are embedded one by one
	versusThreads = 2
	// What runs next waits so long, until the threads of the one before have
	// stopped to look for work.
	versusPause = 50 * time.Millisecond
)

// BenchmarkVersus measures the full shape of all-MiniLM-L6-v2 here, in
// transformers.js, and in the bare runtime with tokens that are there already:
// the same file, two threads each, by turns, in one run, a round an iteration. It
// takes minutes, and runs when FRONTDESK_VERSUS is the number of texts: `make
// versus`.
func BenchmarkVersus(b *testing.B) {
	texts, err := strconv.Atoi(cmp.Or(os.Getenv("FRONTDESK_VERSUS"), "0"))
	if err != nil || texts < versusSingles {
		b.Skipf("it takes minutes: make versus, or FRONTDESK_VERSUS, a number of at least %d", versusSingles)
	}
	vocabulary, err := os.ReadFile(realVocabulary)
	if err != nil {
		vocabulary = onnxtest.LargeTokenizer() // as many pieces and no other speed
	}
	for _, old := range []bool{false, true} {
		// The exporters of today leave attention in parts, which the runtime of
		// today does not join.
		name := map[bool]string{false: "today", true: "joined"}[old]
		b.Run(name, func(b *testing.B) {
			dir := filepath.Join(b.TempDir(), "minilm")
			shape := onnxtest.MiniLM(vocabulary)
			shape.Old = old
			if err := onnxtest.Write(dir, shape); err != nil {
				b.Fatal(err)
			}
			v := newVersus(b, dir, vocabulary, texts)
			v.warm(b)
			v.chooseBatch()
			for b.Loop() {
				v.batches(b)
				v.singles(b)
			}
			v.print(b)
		})
	}
}

// versus is what is compared, and what was measured.
type versus struct {
	texts   []string
	ids     [][]int32
	js      *transformersJS
	model   *onnx.Model
	session *ort.Session
	hidden  []float32 // what the bare runtime gave last
	best    int       // transformers.js's best batch
	turn    int
	throughput,
	latency map[string][]float64 // by side: texts per second of a round; milliseconds of a text
}

// The sides.
const (
	ours     = "frontdesk"
	alone    = "the runtime alone"
	theirs   = "transformers.js"
	theirs32 = "transformers.js, 32"
)

func newVersus(b *testing.B, dir string, vocabulary []byte, texts int) *versus {
	b.Helper()
	config := orttest.Config(b)
	config.Threads = versusThreads
	r, err := ort.Open(config)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = r.Close() })
	v := &versus{throughput: map[string][]float64{}, latency: map[string][]float64{}}
	if v.model, err = onnx.Open(r, dir, onnx.Config{}); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = v.model.Close() })
	if v.session, err = r.OpenSession(filepath.Join(dir, "onnx", "model.onnx"), ort.SessionOptions{}); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = v.session.Close() })
	v.js = startTransformers(b)
	v.js.open(dir, request{Dtype: "fp32", Threads: versusThreads})

	v.texts = versusSentences(b, vocabulary, texts)
	tokens, err := tokenizer.Open(vocabulary)
	if err != nil {
		b.Fatal(err)
	}
	for _, text := range v.texts {
		v.ids = append(v.ids, tokens.Encode(text, 256))
	}
	return v
}

// versusSentences are 5 to 30 words each, drawn from the whole words of a vocabulary.
func versusSentences(b *testing.B, vocabulary []byte, n int) []string {
	b.Helper()
	var file struct {
		Model struct{ Vocab map[string]int }
	}
	if err := json.Unmarshal(vocabulary, &file); err != nil {
		b.Fatal(err)
	}
	var words []string
	for word := range file.Model.Vocab {
		if len(word) > 1 && !strings.ContainsFunc(word, func(r rune) bool { return r < 'a' || r > 'z' }) {
			words = append(words, word)
		}
	}
	slices.SortFunc(words, func(x, y string) int { return cmp.Compare(file.Model.Vocab[x], file.Model.Vocab[y]) })
	random := rand.New(rand.NewPCG(6, 1))
	all := make([]string, n)
	for i := range all {
		sentence := make([]string, 5+random.IntN(26))
		for k := range sentence {
			sentence[k] = words[random.IntN(len(words))]
		}
		all[i] = strings.Join(sentence, " ")
	}
	return all
}

func (v *versus) warm(b *testing.B) {
	part := v.texts[:64]
	if _, err := v.model.EmbedPassages(b.Context(), part); err != nil {
		b.Fatal(err)
	}
	v.timed(part, 32)
	v.timed(part, 1)
	for i := range part {
		v.run(b, []int{i})
	}
}

// timed gives the milliseconds of transformers.js for each batch.
func (v *versus) timed(texts []string, batch int) []float64 {
	return v.js.ask(request{What: "time", Texts: texts, Batch: batch, Pooling: "mean", Normalize: true}).MS
}

// chooseBatch finds the best batch of transformers.js for the texts as they come.
func (v *versus) chooseBatch() {
	least := map[int]float64{}
	for range 2 {
		for _, size := range versusSizes {
			time.Sleep(versusPause)
			if ms := sum(v.timed(v.texts[:64], size)); least[size] == 0 || ms < least[size] {
				least[size] = ms
			}
		}
	}
	v.best = slices.MinFunc(versusSizes, func(x, y int) int { return cmp.Compare(least[x], least[y]) })
}

var versusSizes = []int{1, 2, 4, 8, 16, 64}

// batches lets every side embed all texts.
func (v *versus) batches(b *testing.B) {
	lengths := make([]int, len(v.ids))
	for i := range lengths {
		lengths[i] = len(v.ids[i])
	}
	turns(v, map[string]func() float64{
		ours: func() float64 {
			begin := time.Now()
			if _, err := v.model.EmbedPassages(b.Context(), v.texts); err != nil {
				b.Fatal(err)
			}
			return time.Since(begin).Seconds()
		},
		alone: func() float64 {
			var spent time.Duration // preparing the tensors does not count
			err := onnx.Batches(lengths, func(places []int) error {
				spent += v.run(b, places)
				return nil
			})
			if err != nil {
				b.Fatal(err)
			}
			return spent.Seconds()
		},
		theirs:   func() float64 { return sum(v.timed(v.texts, v.best)) / 1e3 },
		theirs32: func() float64 { return sum(v.timed(v.texts, 32)) / 1e3 },
	}, func(side string, seconds float64) {
		v.throughput[side] = append(v.throughput[side], float64(len(v.texts))/seconds)
	})
}

// singles lets every side embed texts one by one, some at a time by turns. The
// first of each turn wakes what has slept, and does not count.
func (v *versus) singles(b *testing.B) {
	const turn = 20
	for from := 0; from < versusSingles; from += turn {
		each := func(do func(at int) time.Duration) []float64 {
			do(from)
			var ms []float64
			for at := from; at < from+turn; at++ {
				ms = append(ms, do(at).Seconds()*1e3)
			}
			return ms
		}
		turns(v, map[string]func() []float64{
			ours: func() []float64 {
				return each(func(at int) time.Duration {
					begin := time.Now()
					if _, err := v.model.Embed(b.Context(), v.texts[at:at+1]); err != nil {
						b.Fatal(err)
					}
					return time.Since(begin)
				})
			},
			alone: func() []float64 { return each(func(at int) time.Duration { return v.run(b, []int{at}) }) },
			theirs: func() []float64 {
				return v.timed(slices.Concat(v.texts[from:from+1], v.texts[from:from+turn]), 1)[1:]
			},
		}, func(side string, ms []float64) { v.latency[side] = append(v.latency[side], ms...) })
	}
}

// turns lets the sides do something one after the other, and another one begin
// each time.
func turns[T any](v *versus, do map[string]func() T, note func(side string, result T)) {
	sides := slices.Sorted(maps.Keys(do))
	v.turn++
	for i := range sides {
		side := sides[(i+v.turn)%len(sides)]
		time.Sleep(versusPause)
		note(side, do[side]())
	}
}

// run puts the ids of some texts through the bare runtime and says how long that
// took.
func (v *versus) run(b *testing.B, places []int) time.Duration {
	width := 0
	for _, at := range places {
		width = max(width, len(v.ids[at]))
	}
	size := len(places) * width
	ids, mask, types := make([]int64, size), make([]int64, size), make([]int64, size)
	for i, at := range places {
		for k, id := range v.ids[at] {
			ids[i*width+k], mask[i*width+k] = int64(id), 1
		}
	}
	shape := []int64{int64(len(places)), int64(width)}
	in := []ort.Tensor{
		{Name: "input_ids", Shape: shape, Data: ids}, {Name: "attention_mask", Shape: shape, Data: mask},
		{Name: "token_type_ids", Shape: shape, Data: types},
	}
	if size *= v.model.Dim(); len(v.hidden) < size {
		v.hidden = make([]float32, size)
		clear(v.hidden) // so that the memory is there
	}
	out := []ort.Tensor{{Name: "last_hidden_state", Shape: append(shape[:2:2], int64(v.model.Dim())), Data: v.hidden[:size]}}
	begin := time.Now()
	if err := v.session.RunInto(context.Background(), in, out); err != nil {
		b.Fatal(err)
	}
	return time.Since(begin)
}

// print shows the medians.
func (v *versus) print(b *testing.B) {
	var table strings.Builder
	fmt.Fprintf(&table, "\nMiniLM shape, fp32, %d threads, %d sentences of 5 to 30 words, %d rounds, %s/%s\n",
		versusThreads, len(v.texts), b.N, runtime.GOOS, runtime.GOARCH)
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\ttexts/s\tbest round\tms a text\tp95\tleast\t")
	for _, side := range []string{ours, alone, theirs, theirs32} {
		name := side
		if side == theirs {
			name = fmt.Sprintf("%s, %d (its best)", theirs, v.best)
		}
		fmt.Fprintf(w, "%s\t%.0f\t%.0f\t", name, quantile(v.throughput[side], 0.5), quantile(v.throughput[side], 1))
		if l := v.latency[side]; l != nil {
			fmt.Fprintf(w, "%.2f\t%.2f\t%.2f\t\n", quantile(l, 0.5), quantile(l, 0.95), quantile(l, 0))
		} else {
			fmt.Fprint(w, "\t\t\t\n")
		}
	}
	_ = w.Flush() // into memory
	figures := []struct {
		name, bar string
		value     float64
	}{
		{"throughput/js-32", "at least 1.5", paired(v.throughput[ours], v.throughput[theirs32])},
		{"throughput/js-best", "", paired(v.throughput[ours], v.throughput[theirs])},
		{"latency/js", "at most 0.95", paired(v.latency[ours], v.latency[theirs])},
		{"latency/bare", "at most 1.05", paired(v.latency[ours], v.latency[alone])},
		{"time/bare", "at most 1.05", paired(v.throughput[alone], v.throughput[ours])},
	}
	for _, f := range figures {
		fmt.Fprintf(&table, "%-20s %.3f  %s\n", f.name, f.value, f.bar)
		b.ReportMetric(f.value, f.name)
	}
	fmt.Print(table.String()) // b.Log cuts it
}

// paired is the median of the quotients of what was measured one after the
// other, which what else the machine does disturbs least.
func paired(a, b []float64) float64 {
	quotients := make([]float64, len(a))
	for i := range a {
		quotients[i] = a[i] / b[i]
	}
	return quantile(quotients, 0.5)
}

func quantile(values []float64, q float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[int(q*float64(len(sorted)-1)+0.5)]
}

func sum(values []float64) (all float64) {
	for _, v := range values {
		all += v
	}
	return all
}
