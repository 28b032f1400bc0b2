package retrieval

import (
	"cmp"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"

	"frontdesk/knowledge"
	"frontdesk/retrieval/static"

	"gonum.org/v1/gonum/blas/gonum"
)

var embedding = flag.String("embedding", "", "measure these model `files`, separated by commas, on the validation sets; \"builtin\" is the built-in one")

// A fewShot is a base of few phrasings an entry, and queries of which each has
// its entry there.
type fewShot struct {
	name    string
	entries []*knowledge.Entry
	queries []Query
}

// TestEmbedding prints how well entries are found with given embedding models:
// by the nearest phrasing alone, by a linear classifier over the embedding
// alone, and by a whole index. It is what a choice between weights is made by,
// and so it never asks the test queries: for clinc150 it asks those of the
// validation split, for banking77 other training phrasings than the base's.
func TestEmbedding(t *testing.T) {
	if *embedding == "" {
		t.Skip("name model files with -embedding to measure them")
	}
	sets := validationSets(t)
	for file := range strings.SplitSeq(*embedding, ",") {
		model := static.Default()
		if file != "builtin" {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if model, err = static.Open(string(data)); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
		}
		var b strings.Builder
		w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
		fmt.Fprintf(w, "top-1 %%\tnearest\tlinear\tindex\t\n")
		for i := 0; i < len(sets); {
			draws := 1 // sets of one name are draws of one kind
			for i+draws < len(sets) && sets[i+draws].name == sets[i].name {
				draws++
			}
			var sum [3]float64
			for _, s := range sets[i : i+draws] {
				for k, share := range s.measure(t, model) {
					sum[k] += 100 * share / float64(draws)
				}
			}
			fmt.Fprintf(w, "%s\t%.2f\t%.2f\t%.2f\t\n", sets[i].name, sum[0], sum[1], sum[2])
			i += draws
		}
		w.Flush()
		t.Logf("%s\n%s", file, b.String())
	}
}

// validationSets gives bases of five phrasings an entry and of one.
func validationSets(t *testing.T) []fewShot {
	var sets []fewShot
	five := benchBase(t, "clinc150/corpus.k5.jsonl").Entries
	inScope := slices.DeleteFunc(benchQueries(t, "clinc150/val.jsonl"), func(q Query) bool { return q.Expect == "" })
	sets = append(sets, fewShot{"clinc150 k5", five, inScope}, fewShot{"clinc150 k1", cut(five, 1), inScope})

	const draws, asked = 3, 20
	all := benchBase(t, "banking77/corpus.all.jsonl").Entries
	r := rand.New(rand.NewPCG(77, 77))
	for range draws {
		var base []*knowledge.Entry
		var queries []Query
		for _, e := range all {
			p := e.Phrasings()
			r.Shuffle(len(p), func(i, j int) { p[i], p[j] = p[j], p[i] })
			drawn := *e
			drawn.Question, drawn.Alternatives = p[0], p[1:5]
			base = append(base, &drawn)
			for _, text := range p[5:min(len(p), 5+asked)] {
				queries = append(queries, Query{Text: text, Expect: e.ID})
			}
		}
		sets = append(sets, fewShot{"banking77 k5", base, queries}, fewShot{"banking77 k1", cut(base, 1), queries})
	}
	slices.SortStableFunc(sets, func(a, b fewShot) int { return cmp.Compare(b.name, a.name) })
	return sets
}

// cut gives entries with their first phrasings alone.
func cut(entries []*knowledge.Entry, phrasings int) []*knowledge.Entry {
	var few []*knowledge.Entry
	for _, e := range entries {
		c := *e
		c.Alternatives = c.Alternatives[:phrasings-1]
		few = append(few, &c)
	}
	return few
}

// measure gives the shares of queries whose entry comes first.
func (s fewShot) measure(t *testing.T, model *static.Model) [3]float64 {
	var texts []string
	var labels []int
	for i, e := range s.entries {
		for _, p := range e.Phrasings() {
			texts, labels = append(texts, p), append(labels, i)
		}
	}
	var asked []string
	for _, q := range s.queries {
		asked = append(asked, q.Text)
	}
	vectors, queries := centredVectors(t, model, texts, asked)
	linear, err := trainClassifier(t.Context(), vectors, make([][]string, len(texts)), labels, len(s.entries))
	if err != nil {
		t.Fatal(err)
	}
	base, err := knowledge.New(slices.Clone(s.entries), nil)
	if err != nil {
		t.Fatal(err)
	}
	x, err := Build(t.Context(), base, model, DefaultConfig(), BuildOptions{})
	if err != nil {
		t.Fatal(err)
	}
	predictions, err := x.Predict(t.Context(), s.queries)
	if err != nil {
		t.Fatal(err)
	}
	m, err := Score(s.queries, predictions)
	if err != nil {
		t.Fatal(err)
	}

	var shares [3]float64
	odds := make([]float32, len(s.entries))
	cosines := make([]float32, len(texts))
	for i, q := range queries {
		for j, v := range vectors {
			cosines[j] = gonum.Implementation{}.Sdot(len(q), q, 1, v, 1)
		}
		linear.logits(odds, q, sparse{})
		for k, entry := range []int{labels[highest(cosines)], highest(odds)} {
			if s.entries[entry].ID == s.queries[i].Expect {
				shares[k] += 1 / float64(len(queries))
			}
		}
	}
	shares[2] = m.Top1
	return shares
}

// centredVectors embeds the phrasings of a base and queries, takes the mean of
// the phrasings off, and scales to length 1.
func centredVectors(t *testing.T, model *static.Model, texts, asked []string) (vectors, queries [][]float32) {
	all, err := model.Embed(t.Context(), slices.Concat(texts, asked))
	if err != nil {
		t.Fatal(err)
	}
	mean := make([]float32, model.Dim())
	for _, v := range all[:len(texts)] {
		axpy(1/float32(len(texts)), v, mean)
	}
	for _, v := range all {
		axpy(-1, mean, v)
		if length := (gonum.Implementation{}).Snrm2(len(v), v, 1); length > 0 {
			gonum.Implementation{}.Sscal(len(v), 1/length, v, 1)
		}
	}
	return all[:len(texts)], all[len(texts):]
}

// highest gives the place of the highest number, the first of equals.
func highest(x []float32) int {
	best := 0
	for i, v := range x {
		if v > x[best] {
			best = i
		}
	}
	return best
}
