package retrieval

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"frontdesk/knowledge"
	"frontdesk/retrieval/static"

	"gonum.org/v1/gonum/mat"
)

// An alikeCase is a base and an import, and which entry an item of it says the same as.
type alikeCase struct {
	name        string
	base, items []*knowledge.Entry
	same        func(a, b *knowledge.Entry) bool
}

func alikeEntry(id string, texts []string) *knowledge.Entry {
	return &knowledge.Entry{Kind: knowledge.FAQ, ID: id, Question: texts[0], Alternatives: texts[1:]}
}

// alikeCases draws bases of intents of CLINC150, with imports that have their
// validation queries, half of them of the same intents; every second intent is for
// the fit. Some are of sentences in other languages, which are all unlike.
func alikeCases(t *testing.T, part int) []alikeCase {
	t.Helper()
	corpus := benchBase(t, "clinc150/corpus.all.jsonl")
	val := map[string][]string{}
	for _, q := range benchQueries(t, "clinc150/val.jsonl") {
		val[q.Expect] = append(val[q.Expect], q.Text)
	}
	var intents []*knowledge.Entry
	for i, e := range corpus.Entries {
		if i%2 == part {
			intents = append(intents, e)
		}
	}
	var foreign []string
	for _, s := range strangeSentences() {
		if s.kind == "other-languages" {
			foreign = append(foreign, s.text)
		}
	}
	same := func(a, b *knowledge.Entry) bool { return a.ID == b.ID }
	kin := alikeKinOf(t, intents)
	r := rand.New(rand.NewPCG(1, uint64(part)))
	var cases []alikeCase
	for _, size := range []struct{ base, items, times int }{{37, len(intents), 1}, {10, 20, 1}, {4, 20, 1}, {3, 6, 3}, {1, 2, 8}} {
		for _, asked := range []int{1, 3, 5, 20} {
			for _, had := range []int{1, 5, 20} {
				for range 3 * size.times {
					c := alikeCase{name: fmt.Sprintf("%d asked, %d had, base of %d", asked, had, size.base), same: same}
					order := r.Perm(len(intents))
					for n, i := range order {
						e := intents[i]
						if n < size.base {
							c.base = append(c.base, alikeEntry(e.ID, e.Phrasings()[:had]))
						}
						in := min(size.base, (size.items+1)/2)
						if n < in || n >= size.base && len(c.items) < size.items {
							var texts []string
							for _, k := range r.Perm(len(val[e.ID]))[:asked] {
								texts = append(texts, val[e.ID][k])
							}
							c.items = append(c.items, alikeEntry(e.ID, texts))
						}
					}
					cases = append(cases, c)
				}
			}
		}
		for _, asked := range []int{1, 3} {
			for _, had := range []int{1, 5} {
				for range 3 * size.times {
					c := alikeCase{name: fmt.Sprintf("%d asked, %d had, base of %d, kin", asked, had, size.base), same: same}
					order := r.Perm(len(intents))
					item := func(e *knowledge.Entry) {
						var texts []string
						for _, k := range r.Perm(len(val[e.ID]))[:asked] {
							texts = append(texts, val[e.ID][k])
						}
						c.items = append(c.items, alikeEntry(e.ID, texts))
					}
					in := map[string]bool{}
					for _, i := range order[:size.base] {
						c.base = append(c.base, alikeEntry(intents[i].ID, intents[i].Phrasings()[:had]))
						in[intents[i].ID] = true
					}
					for _, i := range order[:(size.base+1)/2] {
						item(intents[i])
						for _, k := range kin[i][:3] {
							if e := intents[k]; !in[e.ID] {
								in[e.ID] = true
								item(e)
							}
						}
					}
					cases = append(cases, c)
				}
			}
		}
		for range size.times {
			c := alikeCase{name: fmt.Sprintf("other languages, base of %d", size.base), same: same}
			for n, i := range r.Perm(len(foreign))[:size.base+size.items] {
				e := alikeEntry(fmt.Sprintf("text-%d", i), []string{foreign[i]})
				if n < size.base {
					c.base = append(c.base, e)
				} else {
					c.items = append(c.items, e)
				}
			}
			cases = append(cases, c)
		}
	}
	return cases
}

// alikeKinOf gives for each entry the others, the most alike first.
func alikeKinOf(t *testing.T, entries []*knowledge.Entry) [][]int {
	t.Helper()
	var few []*knowledge.Entry
	for _, e := range entries {
		few = append(few, alikeEntry(e.ID, e.Phrasings()[:20]))
	}
	table, err := newAlikeTable(t.Context(), static.Default(), few, 0)
	if err != nil {
		t.Fatal(err)
	}
	kin := make([][]int, len(entries))
	for i := range entries {
		for k := range entries {
			if k != i {
				kin[i] = append(kin[i], k)
			}
		}
		slices.SortStableFunc(kin[i], func(a, b int) int { return cmp.Compare(table.alike(i, b), table.alike(i, a)) })
	}
	return kin
}

// An alikeSample is a pair that is among the nearest.
type alikeSample struct {
	signals alikeWeights
	same    bool
}

func alikeSamples(t *testing.T, c alikeCase) (samples []alikeSample) {
	t.Helper()
	table, err := newAlikeTable(t.Context(), static.Default(), slices.Concat(c.base, c.items), len(c.base))
	if err != nil {
		t.Fatal(err)
	}
	if err := table.findNear(t.Context(), &progress{}); err != nil {
		t.Fatal(err)
	}
	for i := range c.items {
		at := len(c.base) + i
		list := table.base[at]
		for _, p := range list[:min(len(list), alikeNamed)] {
			samples = append(samples, alikeSample{table.signals(at, p, list, table.items[p.entry]), c.same(c.items[i], c.base[p.entry])})
		}
	}
	return samples
}

// TestFitAlike fits the model of [Alike] on half of the intents of CLINC150 and
// their validation queries, and measures it on the other half.
func TestFitAlike(t *testing.T) {
	if os.Getenv("FRONTDESK_TEST_LOAD") == "" {
		t.Skip("FRONTDESK_TEST_LOAD=1 fits it")
	}
	var samples []alikeSample
	for _, c := range alikeCases(t, 0) {
		samples = append(samples, alikeSamples(t, c)...)
	}
	fitted := climbAlike(samples)
	t.Logf("fitted on %d pairs: %.2f", len(samples), fitted)
	for i, w := range fitted {
		if math.Abs(w-alikeModel[i]) > 0.006 {
			t.Errorf("weight %d is %.2f, and %.2f was fitted", i, alikeModel[i], w)
		}
	}
	type figures struct{ there, right, absent, wrong int }
	found := map[string]*figures{}
	var names []string
	for _, c := range alikeCases(t, 1) {
		f := found[c.name]
		if f == nil {
			f = &figures{}
			found[c.name], names = f, append(names, c.name)
		}
		inBase, _, err := Alike(t.Context(), static.Default(), c.base, c.items, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i, item := range c.items {
			if !slices.ContainsFunc(c.base, func(e *knowledge.Entry) bool { return c.same(item, e) }) {
				if f.absent++; len(inBase[i]) > 0 {
					f.wrong++
				}
				continue
			}
			if f.there++; slices.ContainsFunc(inBase[i], func(l Likeness) bool { return c.same(item, l.Entry) }) {
				f.right++
			}
		}
	}
	for _, name := range names {
		f := found[name]
		t.Logf("%-32s %4d of %4d are shown rightly, %3d of %4d falsely", name, f.right, f.there, f.wrong, f.absent)
	}
}

// climbAlike finds the likeliest weights by Newton's method.
func climbAlike(samples []alikeSample) (at alikeWeights) {
	for range 50 {
		slope, curve := make([]float64, alikeSignals), mat.NewSymDense(alikeSignals, nil)
		for i := range at {
			slope[i] -= at[i] * 1e-3
			curve.SetSym(i, i, 1e-3)
		}
		for _, s := range samples {
			p, y := at.probability(s.signals), 0.0
			if s.same {
				y = 1
			}
			for i := range at {
				slope[i] += (y - p) * s.signals[i]
				for j := i; j < len(at); j++ {
					curve.SetSym(i, j, curve.At(i, j)+p*(1-p)*s.signals[i]*s.signals[j])
				}
			}
		}
		var c mat.Cholesky
		var step mat.VecDense
		if !c.Factorize(curve) || c.SolveVecTo(&step, mat.NewVecDense(alikeSignals, slope)) != nil {
			break
		}
		for i := range at {
			at[i] += max(-2, min(2, step.AtVec(i)))
		}
	}
	return at
}
