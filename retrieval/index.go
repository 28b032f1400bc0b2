package retrieval

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"runtime"
	"strings"
	"sync"

	"frontdesk/knowledge"
	"frontdesk/retrieval/lexical"

	"golang.org/x/sync/errgroup"
)

// codeVersion is part of an index's fingerprint; it rises when the same
// knowledge begins to give another index.
const codeVersion = 3

// An Index finds the entries of one base. It never changes once made and is
// safe for concurrent use.
type Index struct {
	base        *knowledge.Base
	embedder    Embedder
	config      Config
	fingerprint [sha256.Size]byte

	vectors vectors
	gauge   gauge
	// words are those of a language that is known; nil where none is.
	words Speller
	// gibberish says that what is of no known words means nothing.
	gibberish  bool
	model      *model
	calibrator calibrator
	reranker   Reranker // nil for none
	ranker     *ranker  // nil where that is of no use
	point      OperatingPoint
	// said has the entries by the words of their phrasings.
	said map[string][]int
	// position has the place of every entry in the base by its id.
	position map[string]int
	// sounds is made when something that was heard is asked for the first time.
	sounds func() *lexical.Sounds
}

// BuildOptions are what a build may use besides the knowledge. The zero value
// is ready to use.
type BuildOptions struct {
	// Previous is an index of an earlier state of the base. What it knows of
	// texts that have not changed is not computed again; the result is the same
	// to the last bit.
	Previous *Index
	// Words are known words of English, for an embedder that has none of its own;
	// they are used where the base is in English. They may be nil.
	Words Speller
	// Reranker is asked about the best entries of a question, where it proves
	// itself on the base's own phrasings; nil for none.
	Reranker Reranker
	// Progress is told how much of the work is done, in texts; never by two
	// goroutines at once. It may be nil.
	Progress func(done, total int)
}

// Build makes the index of a base: it embeds all phrasings, fits the signals on
// them and calibrates the probability. The base must not be changed afterwards.
// Errors come from the embedder, or from a ctx that has ended.
func Build(ctx context.Context, base *knowledge.Base, embedder Embedder, cfg Config, o BuildOptions) (*Index, error) {
	return buildWatched(ctx, base, newCorpus(base), embedder, cfg, o, nil)
}

// buildWatched is Build with a stage that watches the cross-validation, or nil.
func buildWatched(ctx context.Context, base *knowledge.Base, c corpus, embedder Embedder, cfg Config, o BuildOptions, watch *stage) (*Index, error) {
	x := newIndex(base, c, embedder, cfg, o)
	x.fingerprint = fingerprint(base, c, embedder, cfg, o.Reranker)
	if watch != nil {
		watch.index = x
	}
	all := x.texts(c)
	p := &progress{report: o.Progress, total: 2 * len(all)}
	if x.reranker != nil {
		p.total += maxRerank[held] + maxRerank[left] + maxRerank[strange]
	}
	var err error
	if x.vectors, err = embedAll(ctx, embedder, all, o.Previous, p); err != nil {
		return nil, err
	}
	x.take(c, o.Words)
	samples, err := x.fit(ctx, c, p, watch)
	if err != nil {
		return nil, err
	}
	x.calibrate(c, samples)
	if x.reranker != nil {
		if err := x.fitRanker(ctx, samples, trust(c.perEntry()), p); err != nil {
			return nil, err
		}
	}
	p.finish()
	return x, nil
}

// newIndex gives an index without content.
func newIndex(base *knowledge.Base, c corpus, embedder Embedder, cfg Config, o BuildOptions) *Index {
	x := &Index{base: base, embedder: embedder, reranker: o.Reranker, config: cfg, said: map[string][]int{}, position: map[string]int{}}
	x.sounds = sync.OnceValue(func() *lexical.Sounds { return lexical.NewSounds(c.words) })
	for i, e := range base.Entries {
		x.position[e.ID] = i
		for _, words := range c.words[c.starts[i]:c.starts[i+1]] {
			if key := strings.Join(words, " "); key != "" {
				x.said[key] = append(x.said[key], i)
			}
		}
	}
	return x
}

// fit fits the model, and at the same time those of the cross-validation.
func (x *Index) fit(ctx context.Context, c corpus, p *progress, watch *stage) ([]sample, error) {
	t := x.embedded(c)
	folds := c.folds()
	groups := c.groups(x.base)
	train := classifierFits(len(c.texts), c.entries(), x.vectors.dim)
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(runtime.GOMAXPROCS(0))
	work.Go(func() (err error) {
		x.model, err = fit(ctx, c, t.phrasings, t.strange, x.gauge, train)
		p.add(len(x.vectors.rows) / (folds + 1))
		return err
	})
	parts := make([][]sample, folds)
	for f := range folds {
		var w witness
		if watch != nil {
			w = watch.witness(f)
		}
		work.Go(func() (err error) {
			parts[f], err = validate(ctx, c, groups, t, x.gauge, f, train, x.reranker != nil, w)
			p.add(len(x.vectors.rows) / (folds + 1))
			return err
		})
	}
	if err := work.Wait(); err != nil {
		return nil, fmt.Errorf("fitting the index: %w", err)
	}
	var samples []sample
	for _, s := range parts {
		samples = append(samples, s...)
	}
	return samples, nil
}

// take measures the embedder by its vectors.
func (x *Index) take(c corpus, words Speller) {
	e := x.embedded(c)
	x.gauge = gaugeOf(e.strange, x.vectors.dim)
	x.learn(c, e.pairs, words)
}

// calibrate fits the calibrator and derives the operating point.
func (x *Index) calibrate(c corpus, samples []sample) {
	prior, spread := priorFor(c.perEntry())
	weights := sampleWeights(samples, x.config.UnknownShare)
	trust := trust(c.perEntry())
	for i := range weights {
		weights[i] *= trust
	}
	prior.bias += shift(x.config.UnknownShare)
	x.calibrator = fitCalibrator(samples, weights, prior, spread)
	probabilities := make([]float64, len(samples))
	for i, s := range samples {
		probabilities[i] = x.calibrator.probability(s.gate)
	}
	x.point = operatingPoint(probabilities, weights, x.config.Precision)
}

// OperatingPoint says from which probability on an answer may be given, so that
// of all answers the share that [Config.Precision] states is right.
func (x *Index) OperatingPoint() OperatingPoint { return x.point }

// fingerprint identifies all that an index depends on.
func fingerprint(base *knowledge.Base, c corpus, embedder Embedder, cfg Config, reranker Reranker) [sha256.Size]byte {
	h := sha256.New()
	number := func(n uint64) { h.Write(binary.LittleEndian.AppendUint64(nil, n)) } // A hash gives no error.
	text := func(s string) {
		number(uint64(len(s)))
		h.Write([]byte(s))
	}
	number(codeVersion)
	text(embedder.Fingerprint())
	number(uint64(embedder.Dim()))
	number(math.Float64bits(cfg.Precision))
	number(math.Float64bits(cfg.UnknownShare))
	text(strangeKey())
	if _, tells := embedder.(PassageEmbedder); tells {
		text("passages")
	}
	if _, spells := embedder.(Speller); !spells {
		for _, pair := range translations {
			text(pair[0])
			text(pair[1])
		}
	}
	if reranker != nil {
		text(reranker.Fingerprint())
	}
	for i, e := range base.Entries {
		text(e.ID)
		number(uint64(c.starts[i+1] - c.starts[i]))
		for row := c.starts[i]; row < c.starts[i+1]; row++ {
			text(c.texts[row])
		}
		if reranker != nil {
			text(rerankText(e, ""))
		}
		if e.Command == nil {
			continue
		}
		number(uint64(len(e.Command.Say)))
		for _, t := range e.Command.Say {
			text(t.String())
		}
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// A progress adds up what is done and reports it.
type progress struct {
	mu          sync.Mutex
	report      func(done, total int)
	done, total int
}

func (p *progress) add(n int) {
	if p.report == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done += n
	p.report(p.done, p.total)
}

func (p *progress) finish() {
	if p.done < p.total {
		p.add(p.total - p.done)
	}
}
