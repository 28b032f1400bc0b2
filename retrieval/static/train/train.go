// Package train makes the weights of the static sentence embedding: those that
// are built into the program, from a corpus of texts and of pairs of texts that
// mean nearly the same; and an owner's own, from any weights and documents of
// the owner.
//
// Weights are made anew in these steps:
//
//   - The words that the corpus has most often get vectors by skip-gram.
//   - These are centred, weighted by rarity and reduced to their main dimensions.
//     Buckets of character n-grams get the mean of the words that have them.
//   - Sentence vectors, the sums of these, are trained so that of many pairs the
//     two sides of each are near to each other and far from the others. Each run
//     draws other pairs; the mean of all runs is taken.
//   - The buckets are fitted so that a misspelt word is near the one that was
//     meant. Everything is rounded to 8 bits.
//
// Where weights are taken up, only the third step is done, and gently: the
// vocabulary stays and gets the frequent new words.
//
// The same corpus, options and processor architecture give the same bytes,
// however many processors there are.
package train

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"frontdesk/retrieval/static"
)

// MaxRuns bounds Options.Runs.
const MaxRuns = 99

// Options say what is made of what.
type Options struct {
	// Files are those of the corpus, as [Files] lists them: JSON Lines, one
	// record {"t": type, "s": source, "a": text, "b": text, "g": group} a line
	// (a record of type "sent" has no b; records with one g, of 8 hexadecimal
	// digits, mean the same; g may be missing), or .txt, one sentence a line.
	Files []string
	Choice
	// From are the weights to take up; nil makes new ones.
	From *static.Model
	// Runs of the last step, from 1 to MaxRuns, whose mean is taken.
	Runs int
	Seed uint64
	// Progress is told how far each stage has come. Nil for nobody. It may be
	// called from any goroutine, though not by two at a time.
	Progress func(stage string, done, total int)
}

// Run makes weights. Faults of the corpus are errors that name the file and the
// line. It takes minutes on two processors for a corpus of millions of pairs,
// and about as much memory as the corpus has bytes, and 150 MB a run under way.
func Run(ctx context.Context, o Options) (static.Weights, error) {
	return run(ctx, o, current, adapting)
}

func run(ctx context.Context, o Options, r recipe, a adaptation) (static.Weights, error) {
	if o.Runs < 1 || o.Runs > MaxRuns {
		return static.Weights{}, fmt.Errorf("the number of runs is to be from 1 to %d, not %d", MaxRuns, o.Runs)
	}
	p := reporter{report: o.Progress}
	c, err := readCorpus(ctx, o.Files, o.Choice, p.stage("reading"))
	if err != nil {
		return static.Weights{}, err
	}
	if c.pairs() == 0 {
		return static.Weights{}, errors.New("the corpus has no pair of two different texts, and nothing else says what means the same")
	}
	if o.From != nil {
		return a.run(ctx, c, o, &p)
	}
	return r.run(ctx, c, o, &p)
}

// A reporter tells how far stages have come.
type reporter struct {
	mu     sync.Mutex
	report func(stage string, done, total int)
}

func (p *reporter) stage(name string) func(done, total int) {
	return func(done, total int) {
		if p.report != nil {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.report(name, done, total)
		}
	}
}

// contrasts does several runs, as many at a time as there are processors, and
// gives their mean.
func contrasts(ctx context.Context, c *corpus, k contrast, start *table, runs int, p *reporter) (*table, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	tables := make([]*table, runs)
	var wg sync.WaitGroup
	places := make(chan struct{}, min(runs, runtime.GOMAXPROCS(0)))
	var mu sync.Mutex // guards done
	done := make([]int, runs)
	report := p.stage("training")
	for i := range runs {
		wg.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			t, err := k.run(ctx, c, start, i, func(at, total int) {
				mu.Lock()
				defer mu.Unlock()
				done[i] = at
				sum := 0
				for _, d := range done {
					sum += d
				}
				report(sum, runs*total)
			})
			if err != nil {
				stop(err)
			}
			tables[i] = t
		})
	}
	wg.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	return mean(tables), nil
}

// fitted fits the number of pairs of a batch and of steps to the corpus: a pair
// is seen rounds times at most, and a batch is no more than a part of them.
func (k contrast) fitted(pairs, rounds int) contrast {
	k.Batch = max(2, min(k.Batch, pairs/4))
	k.Steps = max(1, min(k.Steps, rounds*pairs/k.Batch))
	k.Warm = max(1, min(k.Warm, k.Steps/10))
	return k
}

// index gives the row of each word of a corpus, -1 for one that has none.
func index(c *corpus, words []string) []int32 {
	known := make(map[string]int32, len(words))
	for i, w := range words {
		known[w] = int32(i)
	}
	rows := make([]int32, len(c.words))
	for i, w := range c.words {
		rows[i] = -1
		if row, ok := known[w]; ok {
			rows[i] = row
		}
	}
	return rows
}

// An adaptation is how weights are taken up.
type adaptation struct {
	contrast
	Rounds  int // how often a pair is seen, at most
	MaxNew  int // new words
	MinSeen int // how often a new word was met, at least
	// Length is what the mean length of the words' vectors is brought to: the
	// steps are of a size of their own.
	Length float32
}

func (a adaptation) run(ctx context.Context, c *corpus, o Options, p *reporter) (static.Weights, error) {
	t := a.table(c, o.From)
	k := a.contrast.fitted(c.pairs(), a.Rounds)
	k.Seed = o.Seed
	trained, err := contrasts(ctx, c, k, t, o.Runs, p)
	if err != nil {
		return static.Weights{}, err
	}
	// Half way between what was and what was learnt, most is gained and little
	// is lost (Wortsman et al. 2022, "Robust Fine-Tuning of Zero-Shot Models").
	return mean([]*table{t, trained}).weights(), nil
}

// table gives the rows of a model, and those of frequent new words of the
// corpus, which begin as the model read them until now.
func (a adaptation) table(c *corpus, m *static.Model) *table {
	w := m.Weights()
	old := len(w.Words)
	var fresh []string
	for i, word := range c.words {
		if c.counts[i] >= int64(a.MinSeen) && len(fresh) < a.MaxNew && !m.Known(word) {
			fresh = append(fresh, word)
		}
	}
	t := &table{dim: w.Dim, words: slices.Concat(w.Words, fresh), buckets: len(w.Scales) - old}
	t.rows = make([]float32, t.size()*t.dim)
	lengths := float32(0)
	for i, scale := range w.Scales {
		at := i
		if i >= old {
			at += len(fresh)
		}
		row := t.row(int32(at))
		for j := range row {
			row[j] = scale * float32(w.Rows[i*t.dim+j])
		}
		if i < old {
			lengths += sqrt(dot(row, row))
		}
	}
	if lengths > 0 {
		by := a.Length * float32(old) / lengths
		for i := range t.rows {
			t.rows[i] *= by
		}
	}
	for i, word := range fresh {
		row := t.row(int32(old + i))
		buckets := static.Buckets(word, max(t.buckets, 1))
		for _, b := range buckets {
			if t.buckets > 0 {
				axpy(1/float32(len(buckets)), t.row(int32(len(t.words))+b), row)
			}
		}
	}
	return t
}
