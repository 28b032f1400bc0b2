package retrieval

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"frontdesk/retrieval/lexical"
	"frontdesk/retrieval/static"
)

var updatePrior = flag.Bool("prior", false, "derive prior.go anew from ../../shared/corpus; takes minutes")

// Sources whose records say which texts mean the same.
var pseudoSources = []string{
	"leon", "ms-chitchat", "ms-lu-samples", "ms-lu-skills", "ms-lu-solutions", "multidogo", "natcs-dstc11",
	"rasa-demos", "rasa-nlu", "rasa-templates", "sgd", "text2sql-q", "thingpedia", "voice-skills", "watson", "watson-toolkit",
}

// priorTable is how prior.go is printed.
type priorTable struct {
	perEntry      float64
	prior, spread calibrator
	bases         int
}

// TestPrior derives the priors of the calibration: it draws pseudo-bases of 6
// to 120 entries from the corpus of paraphrases, with 1, 2, 5 or 20 phrasings
// an entry, asks them for other phrasings, for those of entries that were left
// out, and for strange sentences, and fits a calibrator on the answers of all
// bases of a kind, each base weighing the same. The spread is how far single
// bases are from that.
func TestPrior(t *testing.T) {
	if !*updatePrior {
		t.Skip("run with -prior to derive the priors anew")
	}
	groups, sentences := readPseudo(t)
	r := rand.New(rand.NewPCG(7, 7))
	odd := append(slices.Clone(strangeTexts()), sentences...)
	oddVectors, err := static.Default().Embed(t.Context(), odd)
	if err != nil {
		t.Fatal(err)
	}
	var tables []priorTable
	for _, k := range []int{1, 2, 5, 20} {
		var all [][]sample
		for _, source := range pseudoSources {
			for _, n := range []int{6, 15, 40, 120} {
				for range 2 {
					if s := pseudoBase(t, r, groups[source], n, k, passages{odd, oddVectors}); s != nil {
						all = append(all, s)
					}
				}
			}
		}
		tables = append(tables, pool(t, float64(k), all))
	}
	var b strings.Builder
	for _, p := range tables {
		fmt.Fprintf(&b, "\t{%v, calibrator{%s}, calibrator{%s}}, // %d bases\n", p.perEntry, printed(p.prior), printed(p.spread), p.bases)
	}
	t.Logf("the table of prior.go:\n%s", b.String())
}

func printed(c calibrator) string {
	parts := make([]string, len(c.weights))
	for i, w := range c.weights {
		parts[i] = fmt.Sprintf("%.2f", w)
	}
	return fmt.Sprintf("%.2f, gate{%s}", c.bias, strings.Join(parts, ", "))
}

// readPseudo gives the texts of every group of every source, and sentences of
// no group.
func readPseudo(t *testing.T) (groups map[string][][]string, sentences []string) {
	files, err := filepath.Glob("../../shared/corpus/*.jsonl.gz")
	if err != nil || len(files) == 0 {
		t.Skip("../../shared/corpus is not there")
	}
	bySource := map[string]map[string][]string{}
	seen := map[string]bool{}
	n := 0
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(z)
		lines.Buffer(nil, 1<<24)
		for lines.Scan() {
			var rec struct{ T, S, A, B, G string }
			if err := json.Unmarshal(lines.Bytes(), &rec); err != nil {
				t.Fatal(err)
			}
			if rec.T == "sent" && (rec.S == "common-voice" || rec.S == "tatoeba2") {
				if n++; n%500 == 0 {
					sentences = append(sentences, rec.A)
				}
			}
			if rec.G == "" || !slices.Contains(pseudoSources, rec.S) || rec.T == "qa" {
				continue
			}
			for _, text := range []string{rec.A, rec.B} {
				words := lexical.Words(text)
				key := rec.S + " " + strings.Join(words, " ")
				if len(words) == 0 || len(words) > 30 || seen[key] {
					continue
				}
				seen[key] = true
				if bySource[rec.S] == nil {
					bySource[rec.S] = map[string][]string{}
				}
				bySource[rec.S][rec.G] = append(bySource[rec.S][rec.G], text)
			}
		}
		if err := lines.Err(); err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	groups = map[string][][]string{}
	for source, byGroup := range bySource {
		for _, g := range slices.Sorted(maps.Keys(byGroup)) {
			groups[source] = append(groups[source], byGroup[g])
		}
	}
	return groups, sentences
}

// pseudoBase gives the samples of a base of n entries with k phrasings each;
// nil where a source has too little.
func pseudoBase(t *testing.T, r *rand.Rand, groups [][]string, n, k int, odd passages) []sample {
	const asked = 4 // phrasings an entry
	var fit1 [][]string
	for _, g := range groups {
		if len(g) >= k+asked {
			fit1 = append(fit1, g)
		}
	}
	if len(fit1) < n+n/4 {
		return nil
	}
	r.Shuffle(len(fit1), func(i, j int) { fit1[i], fit1[j] = fit1[j], fit1[i] })
	c := corpus{starts: []int{0}}
	var inside, outside []string
	var labels []int
	for i, g := range fit1[:n+n/4] {
		g = slices.Clone(g)
		r.Shuffle(len(g), func(i, j int) { g[i], g[j] = g[j], g[i] })
		if i >= n {
			outside = append(outside, g[:asked]...)
			continue
		}
		for _, text := range g[:k] {
			c.texts, c.words = append(c.texts, text), append(c.words, lexical.Words(text))
		}
		c.starts = append(c.starts, len(c.texts))
		inside = append(inside, g[k:k+asked]...)
		for range asked {
			labels = append(labels, i)
		}
	}
	embed := func(texts []string) [][]float32 {
		v, err := static.Default().Embed(t.Context(), texts)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	m, err := fit(t.Context(), c, embed(c.texts), true)
	if err != nil {
		t.Fatal(err)
	}
	v := validation{model: m}
	for i := range c.entries() {
		v.entries = append(v.entries, i)
	}
	ask := func(texts []string, vectors [][]float32, from origin) {
		for i, text := range texts {
			entry := -1
			if from == held {
				entry = labels[i]
			}
			if err := v.ask(context.Background(), lexical.Words(text), vectors[i], from, entry); err != nil {
				t.Fatal(err)
			}
		}
	}
	ask(inside, embed(inside), held)
	ask(outside, embed(outside), left)
	ask(odd.texts, odd.vectors, strange)
	return v.samples
}

// pool fits one calibrator on the samples of many bases, and its spread.
func pool(t *testing.T, k float64, bases [][]sample) priorTable {
	t.Helper()
	wide := calibrator{5, gate{}}
	for i := range wide.weights {
		wide.weights[i] = 3
	}
	var samples []sample
	var weights []float64
	for _, b := range bases {
		w := sampleWeights(b, priorUnknownShare)
		sum := 0.0
		for _, x := range w {
			sum += x
		}
		for i := range w {
			weights = append(weights, 100*w[i]/sum)
		}
		samples = append(samples, b...)
	}
	p := priorTable{perEntry: k, prior: fitCalibrator(samples, weights, calibrator{}, wide), bases: len(bases)}
	deviations := make([][]float64, gateSignals+1)
	for _, b := range bases {
		one := fitCalibrator(b, sampleWeights(b, priorUnknownShare), p.prior, wide).vector()
		for i, x := range p.prior.vector() {
			deviations[i] = append(deviations[i], math.Abs(one[i]-x))
		}
	}
	var spread parameters
	for i, d := range deviations {
		slices.SortFunc(d, cmp.Compare)
		spread[i] = 1.48 * d[len(d)/2] // the standard deviation of a normal distribution
	}
	p.spread = fromVector(spread)
	return p
}
