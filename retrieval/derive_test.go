package retrieval

import (
	"cmp"
	"flag"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"frontdesk/retrieval/lexical"
	"frontdesk/retrieval/static"

	"golang.org/x/sync/errgroup"
	"gonum.org/v1/gonum/mat"
)

var deriveFrom = flag.String("derive", "", "derive the tables of fuse.go and prior.go anew, with the models foldA.bin and foldB.bin in this folder; takes minutes")

// TestDerive derives what the program knows of bases in general, from hundreds
// of pseudo-bases of 5 to 150 entries with 1 to 80 phrasings each, drawn from
// groups of the corpus of paraphrases: the weights of the fusion, and the priors
// of the calibration.
//
// The bases of each kind weigh the same. They are asked other texts of their
// groups, those of groups that are no entries, and strange sentences. The spread
// of a prior is how far single bases are from it.
func TestDerive(t *testing.T) {
	if *deriveFrom == "" {
		t.Skip("run with -derive FOLDER to derive the tables anew")
	}
	models := openFolds(t, *deriveFrom)
	groups := readGroups(t)
	var strangeVectors [][][]float32
	var gauges []gauge
	for _, m := range models {
		strangeVectors = append(strangeVectors, embedTexts(t, m, strangeTexts()))
		gauges = append(gauges, gaugeOf(strangeVectors[len(strangeVectors)-1], m.Dim()))
	}
	var fused, priors strings.Builder
	var plain []ranking
	for _, k := range []int{1, 2, 5, 20, 80} {
		bases := drawBases(groups, k)
		rankings := make([]ranking, len(bases))
		fitted := make([]*model, len(bases))
		each(t, len(bases), func(i int) (err error) {
			b := bases[i]
			vectors := embedTexts(t, models[b.fold], b.corpus.texts)
			if fitted[i], err = fit(t.Context(), b.corpus, vectors, strangeVectors[b.fold], gauges[b.fold], true); err != nil {
				return err
			}
			fitted[i].centroids = centroids(b.corpus, centredRows(fitted[i], vectors))
			rankings[i], err = rankingOf(t, fitted[i], models[b.fold], b)
			return err
		})
		all := []int{byClassifier, byNearest, byCentroid, byWords, byCharacters}
		w := fitFusion(rankings, all)
		plain = append(plain, rankings...)
		t.Logf("%d phrasings an entry, %d bases: top-1 %.4f, with the present weights %.4f; alone %s", k, len(bases),
			top1(rankings, w), top1(rankings, fusionWeights(float64(k), true)), aloneTop1(rankings))
		fmt.Fprintf(&fused, "\t{%d, weights{%s}},\n", k, numbers(w[:]))

		samples := make([][]sample, len(bases))
		each(t, len(bases), func(i int) (err error) {
			fitted[i].weights = w
			b := bases[i]
			samples[i], err = samplesOf(t, fitted[i], models[b.fold], b, strangeVectors[b.fold])
			return err
		})
		prior, spread := pool(samples)
		fmt.Fprintf(&priors, "\t{%d, calibrator{%.2f, gate{%s}}, calibrator{%.2f, gate{%s}}}, // %d bases\n", k,
			prior.bias, numbers(prior.weights[:gateReranker]), spread.bias, numbers(spread.weights[:gateReranker]), len(bases))
	}
	w := fitFusion(plain, []int{byNearest, byCentroid, byWords, byCharacters})
	t.Logf("fuse.go:\n%s\nvar untrained = weights{%s}\n\nprior.go:\n%s", fused.String(), numbers(w[:]), priors.String())
}

// each runs work for 0 up to n, two at a time.
func each(t *testing.T, n int, work func(i int) error) {
	t.Helper()
	var g errgroup.Group
	g.SetLimit(2)
	for i := range n {
		g.Go(func() error { return work(i) })
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
}

func embedTexts(t *testing.T, m *static.Model, texts []string) [][]float32 {
	v, err := m.Embed(t.Context(), texts)
	if err != nil {
		t.Error(err)
	}
	return v
}

func centredRows(m *model, vectors [][]float32) [][]float32 {
	rows := make([][]float32, len(vectors))
	for i, v := range vectors {
		rows[i] = make([]float32, len(v))
		m.centre(rows[i], v)
	}
	return rows
}

func numbers(list []float64) string {
	var parts []string
	for _, x := range list {
		parts = append(parts, fmt.Sprintf("%.2f", x))
	}
	return strings.Join(parts, ", ")
}

// A ranking has the signals of a base's questions.
type ranking []struct {
	label   int
	signals [][fusionSignals]float64 // of every entry
}

func rankingOf(t *testing.T, m *model, embedder *static.Model, b pseudoBase) (ranking, error) {
	m.weights = weights{1, 1, 1, 1, 1} // so that all are measured
	r := make(ranking, len(b.inside))
	for i, v := range embedTexts(t, embedder, b.inside) {
		words, _ := m.lexical.Respell(lexical.Words(b.inside[i]), embedder.Known)
		e, err := m.evidence(v, words)
		if err != nil {
			return nil, err
		}
		r[i].label = b.labels[i]
		r[i].signals = make([][fusionSignals]float64, b.corpus.entries())
		for s, values := range [fusionSignals][]float64{e.classifier, e.cosine, e.centroid, e.words, e.characters} {
			for entry, v := range values {
				r[i].signals[entry][s] = v
			}
		}
	}
	return r, nil
}

// top1 is the mean share of questions whose entry is ranked first.
func top1(bases []ranking, w weights) float64 {
	sum := 0.0
	for _, b := range bases {
		right := 0
		for _, q := range b {
			best, highest := 0, math.Inf(-1)
			for e, x := range q.signals {
				if s := product(w[:], x[:]); s > highest {
					best, highest = e, s
				}
			}
			if best == q.label {
				right++
			}
		}
		sum += float64(right) / float64(len(b))
	}
	return sum / float64(len(bases))
}

func aloneTop1(bases []ranking) string {
	var alone [fusionSignals]float64
	for s := range alone {
		var w weights
		w[s] = 1
		alone[s] = top1(bases, w)
	}
	return numbers(alone[:])
}

func product(a, b []float64) (sum float64) {
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

// fitFusion finds the weights of the given signals by Newton's method. One that
// would be below zero is left out.
func fitFusion(bases []ranking, use []int) weights {
	for {
		w := climbFusion(bases, use)
		worst := slices.MinFunc(use, func(a, b int) int { return cmp.Compare(w[a], w[b]) })
		if w[worst] >= 0 {
			return w
		}
		use = slices.DeleteFunc(slices.Clone(use), func(s int) bool { return s == worst })
	}
}

func climbFusion(bases []ranking, use []int) (w weights) {
	n := len(use)
	now := fusionFit(bases, use, w, nil, nil)
	for range 50 {
		slope, curve := make([]float64, n), mat.NewSymDense(n, nil)
		fusionFit(bases, use, w, slope, curve)
		var cholesky mat.Cholesky
		var step mat.VecDense
		if !cholesky.Factorize(curve) || cholesky.SolveVecTo(&step, mat.NewVecDense(n, slope)) != nil {
			return w
		}
		gain := 0.0
		for scale := 1.0; scale > 1e-4; scale /= 2 {
			next := w
			for i, s := range use {
				next[s] += scale * step.AtVec(i)
			}
			if fit := fusionFit(bases, use, next, nil, nil); fit > now {
				gain, w, now = fit-now, next, fit
				break
			}
		}
		if gain < 1e-4 {
			return w
		}
	}
	return w
}

// fusionFit gives the log-likelihood, a base weighing 100 questions, and adds to
// its slope and its curve if they are asked for.
func fusionFit(bases []ranking, use []int, w weights, slope []float64, curve *mat.SymDense) (sum float64) {
	const ridge = 1.0
	n := len(use)
	for _, b := range bases {
		weight := 100 / float64(len(b))
		for _, q := range b {
			shares := make([]float64, len(q.signals))
			top := math.Inf(-1)
			for e, x := range q.signals {
				shares[e] = product(w[:], x[:])
				top = max(top, shares[e])
			}
			total, own := 0.0, shares[q.label]-top
			for e := range shares {
				shares[e] = math.Exp(shares[e] - top)
				total += shares[e]
			}
			sum += weight * (own - math.Log(total))
			if slope == nil {
				continue
			}
			mean, square := make([]float64, n), make([]float64, n*n)
			for e, x := range q.signals {
				p := shares[e] / total
				for i, s := range use {
					mean[i] += p * x[s]
					for j := i; j < n; j++ {
						square[i*n+j] += p * x[s] * x[use[j]]
					}
				}
			}
			for i, s := range use {
				slope[i] += weight * (q.signals[q.label][s] - mean[i])
				for j := i; j < n; j++ {
					curve.SetSym(i, j, curve.At(i, j)+weight*(square[i*n+j]-mean[i]*mean[j]))
				}
			}
		}
	}
	for i, s := range use {
		sum -= ridge * w[s] * w[s] / 2
		if slope != nil {
			slope[i] -= ridge * w[s]
			curve.SetSym(i, i, curve.At(i, i)+ridge)
		}
	}
	return sum
}

// samplesOf asks a base everything.
func samplesOf(t *testing.T, m *model, embedder *static.Model, b pseudoBase, strangeVectors [][]float32) ([]sample, error) {
	v := validation{model: m}
	for i := range b.corpus.entries() {
		v.entries = append(v.entries, i)
	}
	ask := func(texts []string, vectors [][]float32, from origin) error {
		for i, text := range texts {
			words, _ := m.lexical.Respell(lexical.Words(text), embedder.Known)
			entry := -1
			if from == held {
				entry = b.labels[i]
			}
			if err := v.ask(t.Context(), text, words, vectors[i], from, entry, i); err != nil {
				return err
			}
		}
		return nil
	}
	if err := ask(b.inside, embedTexts(t, embedder, b.inside), held); err != nil {
		return nil, err
	}
	if err := ask(b.outside, embedTexts(t, embedder, b.outside), left); err != nil {
		return nil, err
	}
	const asked = 600 // of the strange sentences
	return v.samples, ask(strangeTexts()[:asked], strangeVectors, strange)
}

// pool fits one calibrator on the samples of many bases, and its spread.
func pool(bases [][]sample) (prior, spread calibrator) {
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
	prior = fitCalibrator(samples, weights, calibrator{}, wide)
	deviations := make([][]float64, gateSignals+1)
	for _, b := range bases {
		one := fitCalibrator(b, sampleWeights(b, priorUnknownShare), prior, wide).vector()
		for i, x := range prior.vector() {
			deviations[i] = append(deviations[i], math.Abs(one[i]-x))
		}
	}
	var width parameters
	for i, d := range deviations {
		slices.Sort(d)
		width[i] = 1.48 * d[len(d)/2] // the standard deviation of a normal distribution
	}
	return prior, fromVector(width)
}
