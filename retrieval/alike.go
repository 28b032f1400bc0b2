package retrieval

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"

	"frontdesk/knowledge"
	"frontdesk/knowledge/template"
	"frontdesk/retrieval/lexical"

	"golang.org/x/sync/errgroup"
)

// How probable it is that two entries say the same is the logistic function of
// what is measured of them, fitted by TestFitAlike on the validation queries of
// CLINC150 and on the strange sentences, which are like nothing.
var alikeModel = alikeWeights{-0.43, 0.48, 8.00, 0.10, 2.93}

// alikeBar is from which probability on entries are named as alike.
const alikeBar = 0.6

const (
	// alikeFloor is how alike an entry is at least to what it says nothing of:
	// where there are few entries, there may be no rival.
	alikeFloor = 0.7
	// alikeKin is by how much more alike a rival must be to an entry than what it is
	// held against, so that it is taken for one that says the same, and for no rival.
	alikeKin = 0.7
	// samePhrasing is the least where a phrasing is the same word for word, and
	// sameAnswer by how much an answer that no other entry has raises the odds.
	samePhrasing = 0.95
	sameAnswer   = 10

	// alikeKnown is which share of the words of an entry an embedder must know to
	// say what it means.
	alikeKnown = 0.7

	alikeSure  = 0.99 // the most; what is like in all that is measured may differ yet
	alikeNamed = 3    // entries that are named at most
	alikeNear  = 12   // entries that are compared closely with one
	alikeMost  = 20   // phrasings of an entry that are looked at
	alikeMany  = 2000 // entries from which on they are fewer
	alikeFew   = 5    // than so many
)

// The signals of a pair of entries, besides the 1 of the bias.
const (
	alikeness   = 1 + iota // by meaning and words: [alikeTable.alike]
	alikeLead              // that, beyond the strongest rival of either
	alikeCount             // ln of the smaller number of phrasings
	alikeSurely            // the product of the last two
	alikeSignals
)

type alikeWeights [alikeSignals]float64

func (w alikeWeights) probability(signals alikeWeights) float64 {
	sum := 0.0
	for i, s := range signals {
		sum += w[i] * s
	}
	return 1 / (1 + math.Exp(-sum))
}

// A Likeness is how probable it is that an entry says the same as what it is held
// against.
type Likeness struct {
	Entry       *knowledge.Entry
	Probability float64 // in [0, 1]
}

// Alike holds new entries against a base and against each other. Of each of items
// it gives those of the base that probably say the same, and likewise those of
// items that stand before it, at most three of either, the most probable first;
// ties by id.
//
// Two entries are alike as far as the meanings and the words of their phrasings
// are: then either is nearest to the other, and far nearer than any other. Several
// phrasings tell more than one does. Every entry is compared with all by the mean
// of its phrasings, and closely with the nearest.
//
// It computes for some seconds where there are ten thousand entries; told, which
// may be nil, hears how many of all it has done, never by two goroutines
// at once. Errors come from the embedder, or from a ctx that has ended.
func Alike(ctx context.Context, embedder Embedder, base, items []*knowledge.Entry, told func(done, total int)) (inBase, twins [][]Likeness, err error) {
	inBase, twins = make([][]Likeness, len(items)), make([][]Likeness, len(items))
	if len(items) == 0 {
		return inBase, twins, nil
	}
	t, err := newAlikeTable(ctx, embedder, slices.Concat(base, items), len(base))
	if err != nil {
		return nil, nil, err
	}
	steps := &progress{report: told, total: len(t.entries)}
	if err := t.findNear(ctx, steps); err != nil {
		return nil, nil, err
	}
	answers := map[string]int{}
	for _, a := range t.answers {
		answers[a]++
	}
	for i := range items {
		at := len(base) + i
		inBase[i] = t.named(at, t.base[at], t.items, true, answers)
		twins[i] = t.named(at, t.items[at], t.items, false, answers)
	}
	return inBase, twins, nil
}

// An alikePair is an entry of a table, and how alike another one is to it.
type alikePair struct {
	entry int
	alike float64
}

// A wordWeight is how much of what an entry says is in a word.
type wordWeight struct {
	word   int
	weight float64
}

// An alikeTable has the entries of a base and of an import behind them.
type alikeTable struct {
	entries []*knowledge.Entry
	inBase  int // how many are of the base
	gauge   gauge
	dim     int
	starts  []int // entry e has the vectors from starts[e] up to starts[e+1]
	vectors [][]float32
	centers []float32 // one an entry, of length 1
	words   [][]wordWeight
	foreign []bool           // entries in a language that the embedder has no words of
	phrases [][]string       // of an entry, as they are compared word for word
	said    map[string][]int // the first entries that have a phrasing
	answers []string
	// base are the nearest entries of the base for every item, and items those of
	// the import for every entry; the most alike first.
	base, items [][]alikePair
}

// newAlikeTable embeds entries, of which the first so many are of the base.
func newAlikeTable(ctx context.Context, embedder Embedder, entries []*knowledge.Entry, inBase int) (*alikeTable, error) {
	t := &alikeTable{entries: entries, inBase: inBase, dim: embedder.Dim(), starts: []int{0}, said: map[string][]int{}}
	most := alikeMost
	if len(entries) > alikeMany {
		most = alikeFew
	}
	var texts []string
	for n, e := range entries {
		phrasings := e.Phrasings()
		var plain []string
		for _, p := range phrasings {
			text := template.Normalize(p)
			if plain = append(plain, text); len(t.said[text]) < alikeNamed {
				t.said[text] = append(t.said[text], n)
			}
		}
		t.phrases = append(t.phrases, plain)
		t.answers = append(t.answers, template.Normalize(e.Answer))
		texts = append(texts, phrasings[:min(len(phrasings), most)]...)
		t.starts = append(t.starts, len(texts))
	}
	for batch := range slices.Chunk(slices.Concat(texts, strangeTexts()[:measured]), embedBatch) {
		if err := context.Cause(ctx); err != nil {
			return nil, err
		}
		got, err := embed(ctx, embedder, batch)
		if err != nil {
			return nil, fmt.Errorf("embedding: %w", err)
		}
		t.vectors = append(t.vectors, got...)
	}
	strange := t.vectors[len(texts):]
	t.vectors = t.vectors[:len(texts):len(texts)]
	t.gauge = gaugeOf(strange, t.dim)
	for i, v := range t.vectors {
		v = slices.Clone(v)
		axpy(-1, t.gauge.lean, v)
		normalize(v)
		t.vectors[i] = v
	}
	t.centers = make([]float32, len(entries)*t.dim)
	for e := range entries {
		c := t.center(e)
		for _, v := range t.of(e) {
			axpy(1, v, c)
		}
		normalize(c)
	}
	speller, tells := embedder.(Speller)
	t.foreign = make([]bool, len(entries))
	for e := range entries {
		if tells {
			t.foreign[e] = !mostKnown(speller, texts[t.starts[e]:t.starts[e+1]])
		}
	}
	t.weighWords(texts)
	return t, nil
}

// mostKnown says whether a speller knows most words of texts.
func mostKnown(s Speller, texts []string) bool {
	known, all := 0, 0
	for _, text := range texts {
		for _, w := range lexical.Words(text) {
			if all++; s.Known(w) {
				known++
			}
		}
	}
	return float64(known) >= alikeKnown*float64(all)
}

func (t *alikeTable) of(e int) [][]float32   { return t.vectors[t.starts[e]:t.starts[e+1]] }
func (t *alikeTable) center(e int) []float32 { return t.centers[e*t.dim : (e+1)*t.dim] }

// weighWords gives every entry the weights of its words: the share of its
// phrasings that have a word, times how rare it is among all entries.
func (t *alikeTable) weighWords(texts []string) {
	number := map[string]int{}
	var frequency []int
	t.words = make([][]wordWeight, len(t.entries))
	for e := range t.entries {
		share := map[int]float64{}
		for _, text := range texts[t.starts[e]:t.starts[e+1]] {
			words := lexical.Words(text)
			slices.Sort(words)
			for _, w := range slices.Compact(words) {
				n, known := number[w]
				if !known {
					n = len(number)
					number[w] = n
					frequency = append(frequency, 0)
				}
				share[n] += 1 / float64(t.starts[e+1]-t.starts[e])
			}
		}
		for n, s := range share {
			frequency[n]++
			t.words[e] = append(t.words[e], wordWeight{n, s})
		}
		slices.SortFunc(t.words[e], func(a, b wordWeight) int { return cmp.Compare(a.word, b.word) })
	}
	for _, words := range t.words {
		squares := 0.0
		for i, w := range words {
			words[i].weight *= 0.1 + math.Log((float64(len(t.entries))+1)/(float64(frequency[w.word])+0.5))
			squares += words[i].weight * words[i].weight
		}
		for i := range words {
			words[i].weight /= math.Sqrt(squares)
		}
	}
}

// findNear finds the nearest of every entry.
func (t *alikeTable) findNear(ctx context.Context, p *progress) error {
	n := len(t.entries)
	t.base, t.items = make([][]alikePair, n), make([][]alikePair, n)
	scans := [2]*scan{}
	for i, r := range [2][2]int{{0, t.inBase}, {t.inBase, n}} {
		starts := make([]int, r[1]-r[0]+1)
		for j := range starts {
			starts[j] = j
		}
		var err error
		if scans[i], err = newScan(t.dim, t.centers[r[0]*t.dim:r[1]*t.dim], starts); err != nil {
			return err
		}
	}
	near := func(e int, s *scan, first int) ([]alikePair, error) {
		found, err := s.search(t.center(e), alikeNear+1)
		if err != nil {
			return nil, err
		}
		var list []alikePair
		for _, f := range found {
			if other := first + f.entry; other != e {
				list = append(list, alikePair{other, t.alike(e, other)})
			}
		}
		slices.SortFunc(list, func(a, b alikePair) int {
			return cmp.Or(cmp.Compare(b.alike, a.alike), cmp.Compare(a.entry, b.entry))
		})
		return list, nil
	}
	const block = 64
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(runtime.GOMAXPROCS(0))
	for from := 0; from < n; from += block {
		work.Go(func() error {
			to := min(from+block, n)
			for e := from; e < to; e++ {
				if err := context.Cause(ctx); err != nil {
					return err
				}
				var err error
				if e >= t.inBase {
					if t.base[e], err = near(e, scans[0], 0); err != nil {
						return err
					}
				}
				if t.items[e], err = near(e, scans[1], t.inBase); err != nil {
					return err
				}
			}
			p.add(to - from)
			return nil
		})
	}
	return work.Wait()
}

// alike says how alike two entries are, from about 0 of what is strange to about 3:
// the sum of the cosines of their means, of their phrasings with the nearest of the
// other, and of their words.
//
// Where the embedder has no words of the language, only the words count: the
// vectors of what is unknown tell of its spelling, in which a language is alike.
func (t *alikeTable) alike(a, b int) float64 {
	left, right := t.of(a), t.of(b)
	if len(left) == 0 || len(right) == 0 {
		return 0
	}
	words := t.sharedWords(a, b)
	if t.foreign[a] || t.foreign[b] {
		return 3 * words
	}
	nearest := make([]float64, len(right))
	for j := range nearest {
		nearest[j] = -1
	}
	there, back := 0.0, 0.0
	for _, v := range left {
		best := -1.0
		for j, w := range right {
			c := t.gauge.scale.usual(float64(dot(v, w)))
			best, nearest[j] = max(best, c), max(nearest[j], c)
		}
		there += best
	}
	for _, c := range nearest {
		back += c
	}
	phrasings := (there/float64(len(left)) + back/float64(len(right))) / 2
	return t.gauge.scale.usual(float64(dot(t.center(a), t.center(b)))) + phrasings + words
}

// sharedWords is the cosine of the words of two entries, in [0, 1].
func (t *alikeTable) sharedWords(a, b int) (sum float64) {
	x, y := t.words[a], t.words[b]
	for len(x) > 0 && len(y) > 0 {
		switch {
		case x[0].word < y[0].word:
			x = x[1:]
		case x[0].word > y[0].word:
			y = y[1:]
		default:
			sum += x[0].weight * y[0].weight
			x, y = x[1:], y[1:]
		}
	}
	return sum
}

// signals measures a pair: an entry and one of the list of those near to it, which
// itself has those near to it in back.
func (t *alikeTable) signals(a int, p alikePair, list, back []alikePair) alikeWeights {
	rival := max(t.rival(p.entry, a, p.alike, list), t.rival(a, p.entry, p.alike, back))
	lead := p.alike - rival
	count := math.Log(float64(max(1, min(len(t.of(a)), len(t.of(p.entry))))))
	return alikeWeights{1, p.alike, lead, count, count * lead}
}

// rival gives how alike the strongest rival of an entry is, out of those near to
// another one. What is far more alike to the entry than that other one is none: all
// of them may say the same.
func (t *alikeTable) rival(entry, other int, alike float64, list []alikePair) float64 {
	for _, r := range list {
		if r.alike <= alikeFloor {
			break
		}
		if r.entry != entry && r.entry != other && t.alike(r.entry, entry) <= alike+alikeKin {
			return r.alike
		}
	}
	return alikeFloor
}

// named gives those of a list that say the same as an entry, which has those near
// to them in back. Of the import only what stands before the entry is named.
func (t *alikeTable) named(a int, list []alikePair, back [][]alikePair, ofBase bool, answers map[string]int) (out []Likeness) {
	named := slices.Clone(list[:min(len(list), alikeNamed)])
	for _, text := range t.phrases[a] {
		for _, e := range t.said[text] {
			known := slices.ContainsFunc(named, func(p alikePair) bool { return p.entry == e })
			if !known && e != a && (e < t.inBase) == ofBase {
				named = append(named, alikePair{e, t.alike(a, e)})
			}
		}
	}
	for _, p := range named {
		if !ofBase && p.entry > a {
			continue
		}
		sure := alikeModel.probability(t.signals(a, p, list, back[p.entry]))
		if said := t.answers[a]; said != "" && said == t.answers[p.entry] && answers[said] == 2 {
			sure = sure * sameAnswer / (1 - sure + sure*sameAnswer)
		}
		if slices.ContainsFunc(t.phrases[a], func(s string) bool { return slices.Contains(t.phrases[p.entry], s) }) {
			sure = max(sure, samePhrasing)
		}
		if sure = min(sure, alikeSure); sure >= alikeBar {
			out = append(out, Likeness{t.entries[p.entry], sure})
		}
	}
	slices.SortFunc(out, func(a, b Likeness) int {
		return cmp.Or(cmp.Compare(b.Probability, a.Probability), cmp.Compare(a.Entry.ID, b.Entry.ID))
	})
	return out[:min(len(out), alikeNamed)]
}
