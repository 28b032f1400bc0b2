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
const codeVersion = 2

// embedBatch is how many texts are embedded at once.
const embedBatch = 256

// An Index finds the entries of one base. It never changes once made and is
// safe for concurrent use.
type Index struct {
	base        *knowledge.Base
	embedder    Embedder
	config      Config
	fingerprint [sha256.Size]byte

	vectors    vectors
	model      *model
	calibrator calibrator
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

// buildWatched is Build with a witness a fold of the cross-validation, or nil.
func buildWatched(ctx context.Context, base *knowledge.Base, c corpus, embedder Embedder, cfg Config, o BuildOptions, watch func(fold int) witness) (*Index, error) {
	x := newIndex(base, c, embedder, cfg)
	x.fingerprint = fingerprint(base, c, embedder, cfg)
	all := append(c.texts[:len(c.texts):len(c.texts)], strangeTexts()...)
	p := &progress{report: o.Progress, total: 2 * len(all)}
	var err error
	if x.vectors, err = embedAll(ctx, embedder, all, o.Previous, p); err != nil {
		return nil, err
	}
	samples, err := x.fit(ctx, c, p, watch)
	if err != nil {
		return nil, err
	}
	x.calibrate(c, samples)
	p.finish()
	return x, nil
}

// newIndex gives an index without content.
func newIndex(base *knowledge.Base, c corpus, embedder Embedder, cfg Config) *Index {
	x := &Index{base: base, embedder: embedder, config: cfg, said: map[string][]int{}, position: map[string]int{}}
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
func (x *Index) fit(ctx context.Context, c corpus, p *progress, watch func(fold int) witness) ([]sample, error) {
	rows := x.vectors.rows
	odd := passages{strangeTexts(), rows[len(c.texts):]}
	rows = rows[:len(c.texts)]
	folds := c.folds()
	groups := c.groups(x.base)
	train := classifierFits(len(c.texts), c.entries(), x.vectors.dim)
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(runtime.GOMAXPROCS(0))
	work.Go(func() (err error) {
		x.model, err = fit(ctx, c, rows, odd.vectors, train)
		p.add(len(x.vectors.rows) / (folds + 1))
		return err
	})
	parts := make([][]sample, folds)
	for f := range folds {
		var w witness
		if watch != nil {
			w = watch(f)
		}
		work.Go(func() (err error) {
			parts[f], err = validate(ctx, c, groups, rows, odd, f, train, w)
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
	x.point = operatingPoint(x.calibrator, samples, weights, x.config.Precision)
}

// OperatingPoint says from which probability on an answer may be given, so that
// of all answers the share that [Config.Precision] states is right.
func (x *Index) OperatingPoint() OperatingPoint { return x.point }

// vectors are those of texts, as the embedder gave them.
type vectors struct {
	embedder string // its fingerprint
	dim      int
	keys     []textKey // of the texts, in the order of rows
	rows     [][]float32
}

// A textKey stands for a text: half of its SHA-256.
type textKey [16]byte

func keyOf(text string) textKey {
	sum := sha256.Sum256([]byte(text))
	return textKey(sum[:16])
}

// embedAll gives the vectors of texts; those that the previous index has are
// taken from it.
func embedAll(ctx context.Context, embedder Embedder, texts []string, previous *Index, p *progress) (vectors, error) {
	v := vectors{
		embedder: embedder.Fingerprint(), dim: embedder.Dim(),
		keys: make([]textKey, len(texts)), rows: make([][]float32, len(texts)),
	}
	known := map[textKey][]float32{}
	if previous != nil && previous.vectors.embedder == v.embedder && previous.vectors.dim == v.dim {
		for i, key := range previous.vectors.keys {
			known[key] = previous.vectors.rows[i]
		}
	}
	waiting := map[textKey][]int{} // the rows that a text is to fill
	var order []int
	for i, text := range texts {
		key := keyOf(text)
		v.keys[i] = key
		if row, ok := known[key]; ok {
			v.rows[i] = row
			continue
		}
		if len(waiting[key]) == 0 {
			order = append(order, i)
		}
		waiting[key] = append(waiting[key], i)
	}
	p.add(len(texts) - len(order))
	for len(order) > 0 {
		batch := order[:min(len(order), embedBatch)]
		order = order[len(batch):]
		ask := make([]string, len(batch))
		for i, row := range batch {
			ask[i] = texts[row]
		}
		got, err := embed(ctx, embedder, ask)
		if err != nil {
			return vectors{}, fmt.Errorf("embedding the phrasings: %w", err)
		}
		for i, row := range batch {
			for _, fill := range waiting[v.keys[row]] {
				v.rows[fill] = got[i]
			}
		}
		p.add(len(batch))
	}
	return v, nil
}

// embed asks the embedder and checks its answer.
func embed(ctx context.Context, embedder Embedder, texts []string) ([][]float32, error) {
	got, err := embedder.Embed(ctx, texts)
	if err != nil {
		return nil, err
	}
	if len(got) != len(texts) {
		return nil, fmt.Errorf("the embedder gave %d vectors for %d texts", len(got), len(texts))
	}
	for _, v := range got {
		if len(v) != embedder.Dim() {
			return nil, fmt.Errorf("the embedder gave a vector of %d numbers and promised %d", len(v), embedder.Dim())
		}
		for _, n := range v {
			if !(math.Abs(float64(n)) <= maxLength) {
				return nil, fmt.Errorf("the embedder gave a vector that holds the number %v", n)
			}
		}
	}
	return got, nil
}

// fingerprint identifies all that an index depends on.
func fingerprint(base *knowledge.Base, c corpus, embedder Embedder, cfg Config) [sha256.Size]byte {
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
	for i, e := range base.Entries {
		text(e.ID)
		number(uint64(c.starts[i+1] - c.starts[i]))
		for row := c.starts[i]; row < c.starts[i+1]; row++ {
			text(c.texts[row])
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
