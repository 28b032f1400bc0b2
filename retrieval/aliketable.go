package retrieval

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"runtime"
	"slices"

	"frontdesk/knowledge"
	"frontdesk/knowledge/template"

	"golang.org/x/sync/errgroup"
)

// An alikePair is an entry of a table, and how alike another one is to it.
type alikePair struct {
	entry int
	alike float64
}

// An answerSum stands for the words of an answer; it is zero for no words.
type answerSum [16]byte

func sumOfAnswer(text string) (sum answerSum) {
	if text = template.Normalize(text); text != "" {
		all := sha256.Sum256([]byte(text))
		copy(sum[:], all[:])
	}
	return sum
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
	meaning [][]float32      // of the informative words, by their numbers; nil of the others
	foreign []bool           // entries in a language that the embedder has no words of
	phrases [][]string       // of an entry, as they are compared word for word
	said    map[string][]int // the first entries that have a phrasing
	answers []answerSum
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
		t.answers = append(t.answers, sumOfAnswer(e.Answer))
		texts = append(texts, phrasings[:min(len(phrasings), most)]...)
		t.starts = append(t.starts, len(texts))
	}
	strange, err := embed(ctx, embedder, strangeTexts()[:measured])
	if err != nil {
		return nil, fmt.Errorf("embedding: %w", err)
	}
	t.gauge = gaugeOf(strange, t.dim)
	rows, err := t.embed(ctx, embedder, texts)
	if err != nil {
		return nil, err
	}
	for i := range texts {
		t.vectors = append(t.vectors, rows[i*t.dim:(i+1)*t.dim])
	}
	t.centers = rows
	if len(texts) != len(entries) { // else a phrasing is its entry's mean: every entry has one
		t.centers = make([]float32, len(entries)*t.dim)
		for e := range entries {
			c := t.center(e)
			for _, v := range t.of(e) {
				axpy(1, v, c)
			}
			normalize(c)
		}
	}
	speller, tells := embedder.(Speller)
	t.foreign = make([]bool, len(entries))
	for e := range entries {
		if tells {
			t.foreign[e] = !mostKnown(speller, texts[t.starts[e]:t.starts[e+1]])
		}
	}
	return t, t.meanWords(ctx, embedder, t.weighWords(texts))
}

// embed gives the vectors of texts, one after the other, without the lean of the
// gauge and of length 1.
func (t *alikeTable) embed(ctx context.Context, embedder Embedder, texts []string) ([]float32, error) {
	rows := make([]float32, len(texts)*t.dim)
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(runtime.GOMAXPROCS(0))
	for from := 0; from < len(texts); from += embedBatch {
		work.Go(func() error {
			if err := context.Cause(ctx); err != nil {
				return err
			}
			got, err := embed(ctx, embedder, texts[from:min(from+embedBatch, len(texts))])
			if err != nil {
				return fmt.Errorf("embedding: %w", err)
			}
			for i, v := range got {
				row := rows[(from+i)*t.dim:][:t.dim]
				copy(row, v)
				axpy(-1, t.gauge.lean, row)
				normalize(row)
			}
			return nil
		})
	}
	return rows, work.Wait()
}

func (t *alikeTable) of(e int) [][]float32 { return t.vectors[t.starts[e]:t.starts[e+1]] }

func (t *alikeTable) center(e int) []float32 { return t.centers[e*t.dim : (e+1)*t.dim] }

// findNear finds the nearest of every entry. Nearly all of its time goes into
// finding them by their means, of which progress is told.
func (t *alikeTable) findNear(ctx context.Context, p *progress) error {
	n := len(t.entries)
	t.base, t.items = make([][]alikePair, n), make([][]alikePair, n)
	m, err := findMutual(ctx, t.dim, t.centers, t.inBase, alikeNear+1, p)
	if err != nil {
		return err
	}
	const block = 64
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(runtime.GOMAXPROCS(0))
	for from := 0; from < n; from += block {
		work.Go(func() error {
			for e := from; e < min(from+block, n); e++ {
				if err := context.Cause(ctx); err != nil {
					return err
				}
				t.base[e] = t.closely(e, m.ofBase.of(e))
				t.items[e] = t.closely(e, m.ofItem.of(e))
			}
			return nil
		})
	}
	return work.Wait()
}

// closely gives others that are near to an entry, the most alike first.
func (t *alikeTable) closely(e int, near []neighbour) []alikePair {
	list := make([]alikePair, 0, len(near))
	for _, other := range near {
		if other := int(other.row); other != e {
			list = append(list, alikePair{other, t.alike(e, other)})
		}
	}
	slices.SortFunc(list, func(a, b alikePair) int {
		return cmp.Or(cmp.Compare(b.alike, a.alike), cmp.Compare(a.entry, b.entry))
	})
	return list
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
