package retrieval

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"frontdesk/knowledge"
)

// Sources of a question that a rehearsal asks.
const (
	Held    Source = "held"    // a phrasing, asked of a model that was fitted without it
	Left    Source = "left"    // a phrasing whose whole entry was left out: of this domain, and not answered
	Strange Source = "strange" // one of the bundled sentences that no base answers
	Tested  Source = "test"    // one of the base's own tests, asked of the whole index
)

// A Source says where a question comes from.
type Source string

// sourceOf has the sources by the origins of samples.
var sourceOf = [...]Source{held: Held, left: Left, strange: Strange}

// A Rehearsal is how a base answers its own phrasings when it has not seen them.
// It is not changed once made.
type Rehearsal struct {
	Index *Index // of the whole base, as Build makes it
	Asked []Asked
}

// An Asked is one question of a rehearsal.
type Asked struct {
	Text string
	From Source
	// Entry is the one whose phrasing it is; nil for a strange sentence. Only a
	// question that was Held has it in its base.
	Entry      *knowledge.Entry
	Prediction Prediction
	// Weight is how much it counts, so that the shares of the sources are what
	// [Config.UnknownShare] expects of questions.
	Weight float64
}

// Rehearse builds the index of a base and asks the base its own phrasings: each
// of a model that was fitted without it, and without those of the same template.
// Some entries are left out as a whole, and their phrasings and the bundled
// strange sentences are asked as questions that the base does not answer. Of
// more than 1500 phrasings a sample is asked. Entries with a single phrasing
// (or template) cannot be asked for, since nothing of them would remain.
//
// The models have fewer phrasings than the index, so that it does a little
// better than its rehearsal. Errors are those of [Build].
func Rehearse(ctx context.Context, base *knowledge.Base, embedder Embedder, cfg Config, o BuildOptions) (*Rehearsal, error) {
	c := newCorpus(base)
	t := &stage{parts: make([][]scene, c.folds()+1)}
	x, err := buildWatched(ctx, base, c, embedder, cfg, o, t)
	if err != nil {
		return nil, err
	}
	if err := t.makeUp(ctx, x, c); err != nil {
		return nil, err
	}
	if err := t.rerank(ctx); err != nil {
		return nil, err
	}
	scenes := slices.Concat(t.parts...)
	slices.SortStableFunc(scenes, func(a, b scene) int {
		return cmp.Or(cmp.Compare(a.sample.origin, b.sample.origin), cmp.Compare(a.row, b.row))
	})
	r := &Rehearsal{Index: x, Asked: make([]Asked, len(scenes))}
	weights := rehearsalWeights(scenes, cfg.UnknownShare)
	labels := c.labels()
	for i, s := range scenes {
		a := Asked{From: sourceOf[s.sample.origin], Weight: weights[i]}
		if s.sample.origin == strange {
			a.Text = strangeTexts()[s.row]
		} else {
			a.Text, a.Entry = c.texts[s.row], base.Entries[labels[s.row]]
		}
		a.Prediction = x.perform(s)
		a.Prediction.Text, a.Prediction.From = a.Text, a.From
		r.Asked[i] = a
	}
	return r, nil
}

// Trial gives what was asked as queries with what became of them. The time that
// a question takes was not measured.
func (r *Rehearsal) Trial() Trial {
	var t Trial
	for _, a := range r.Asked {
		q := Query{Text: a.Text}
		if a.From == Held {
			q.Expect = a.Entry.ID
		}
		t.Queries = append(t.Queries, q)
		t.Predictions = append(t.Predictions, a.Prediction)
		t.Weights = append(t.Weights, a.Weight)
	}
	return t
}

// rehearsalWeights weighs scenes as samples are weighed; all alike where no
// phrasing was held out.
func rehearsalWeights(scenes []scene, unknown float64) []float64 {
	samples := make([]sample, len(scenes))
	anyHeld := false
	for i, s := range scenes {
		samples[i] = s.sample
		anyHeld = anyHeld || s.sample.origin == held
	}
	if anyHeld {
		return sampleWeights(samples, unknown)
	}
	weights := make([]float64, len(scenes))
	for i := range weights {
		weights[i] = 1
	}
	return weights
}

// A scene is what is kept of a sample: the entries that ranked best.
type scene struct {
	sample  sample
	row     int // of the corpus, or of the strange texts
	entries []int
	share   []float64
	limit   float64
	// reranked says that it was.
	reranked bool
}

// A witness is shown every sample of a validation, right after it was added,
// with the words and the evidence of its text, which stands in v.row.
type witness func(v *validation, words []string, e *evidence)

// A stage collects the scenes of a cross-validation.
type stage struct {
	index *Index    // as far as it is made
	parts [][]scene // a fold each, and one more for what they pass over
}

// witness gives that of a fold; those of two folds may be called at once.
func (t *stage) witness(fold int) witness {
	return func(v *validation, words []string, e *evidence) {
		s := scene{sample: v.samples[len(v.samples)-1], row: v.row}
		for _, entry := range e.order[:min(predicted, len(e.order))] {
			s.entries = append(s.entries, v.entries[entry])
			s.share = append(s.share, e.share[entry])
		}
		part := &Index{model: v.model, config: t.index.config, words: t.index.words, gibberish: t.index.gibberish}
		s.limit, _ = part.bounded(words, words, s.sample.gate[gateCosine])
		t.parts[fold] = append(t.parts[fold], s)
	}
}

// makeUp asks for the phrasings that no fold asked for because it left out their
// entries, of a model without them; not where a sample was taken anyway.
func (t *stage) makeUp(ctx context.Context, x *Index, c corpus) error {
	told := make([]bool, len(c.texts))
	n := 0
	for _, part := range t.parts {
		for _, s := range part {
			if s.sample.origin == held {
				told[s.row] = true
				n++
			}
		}
	}
	labels := c.labels()
	asked := make([]bool, c.entries()) // the entries of which something was
	for row, e := range labels {
		asked[e] = asked[e] || told[row]
	}
	all := x.embedded(c)
	missing := func(entry, row int) bool { return asked[entry] && !told[row] && all.asked[row] != nil }
	var rows []int
	for row, e := range labels {
		if missing(e, row) {
			rows = append(rows, row)
		}
	}
	if len(rows) == 0 || n+len(rows) > maxHeld {
		return nil
	}
	picked, entries, kept := c.pick(func(entry, row int) bool { return !missing(entry, row) })
	vectors := make([][]float32, len(kept))
	for i, row := range kept {
		vectors[i] = all.phrasings[row]
	}
	m, err := fit(ctx, picked, vectors, all.strange, x.gauge, x.model.classifier != nil)
	if err != nil {
		return fmt.Errorf("rehearsing: %w", err)
	}
	v := validation{model: m, entries: entries, witness: t.witness(len(t.parts) - 1), short: x.ranker != nil}
	for _, row := range rows {
		if err := v.ask(ctx, c.texts[row], c.words[row], all.asked[row], held, labels[row], row); err != nil {
			return fmt.Errorf("rehearsing: %w", err)
		}
	}
	return nil
}

// rerank has the scenes reranked as the index reranks questions.
func (t *stage) rerank(ctx context.Context) error {
	x := t.index
	if x.ranker == nil {
		return nil
	}
	for _, part := range t.parts {
		for i := range part {
			s := &part[i]
			if s.limit < 1 || x.calibrator.probability(s.sample.gate) >= sureEnough {
				continue
			}
			if err := s.sample.short.ask(ctx, x.reranker, x.base); err != nil {
				return fmt.Errorf("rehearsing: %w", err)
			}
			s.take(x.ranker.judge(s.sample.short))
		}
	}
	return nil
}

// take puts a judgement in the place of how a scene ranked. The candidates are
// the first of its entries.
func (s *scene) take(j judgement) {
	s.sample.gate, s.reranked = j.gate, true
	copy(s.share, j.shares)
	order := make([]int, len(s.share))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(s.share[b], s.share[a]) })
	entries, share := slices.Clone(s.entries), slices.Clone(s.share)
	for i, o := range order {
		s.entries[i], s.share[i] = entries[o], share[o]
	}
}

// perform gives what the index would make of a scene: the probabilities of the
// entries that ranked best, and whether it would answer.
func (x *Index) perform(s scene) Prediction {
	f := &finding{
		evidence: &evidence{share: s.share, order: make([]int, len(s.share))},
		gate:     s.sample.gate, limit: s.limit, reranked: s.reranked,
	}
	for i := range f.evidence.order {
		f.evidence.order[i] = i
	}
	x.weigh(f)
	p := Prediction{Ranked: []string{}, Scores: []float64{}}
	for _, i := range f.order {
		p.Ranked = append(p.Ranked, x.base.Entries[s.entries[i]].ID)
		p.Scores = append(p.Scores, f.probability[i])
	}
	p.Abstain = p.Scores[0] < x.bar(x.base.Entries[s.entries[f.order[0]]])
	return p
}
