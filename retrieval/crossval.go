package retrieval

import (
	"context"

	"frontdesk/retrieval/lexical"
)

// How a base is cross-validated.
const (
	// Up to littleWork, phrasings times entries, there are manyFolds; beyond it
	// fewFolds, which take less time and hold more out at once.
	littleWork = 1_000_000
	manyFolds  = 5
	fewFolds   = 2
	// leftOut is what part of the entries a fold leaves out: one in so many.
	leftOut = 10
	// Of more texts than these a sample is taken, over all folds.
	maxHeld = 1500
	maxLeft = 600
)

// folds is into how many parts a corpus is cut for cross-validation; none where
// there is nothing to learn from it.
func (c corpus) folds() int {
	switch {
	case c.entries() < 3:
		return 0
	case len(c.texts)*c.entries() <= littleWork:
		return manyFolds
	}
	return fewFolds
}

// validate gives the samples of one fold of a cross-validation: a model is made
// of most of the phrasings and asked for those that were held out. Of a tenth of
// the entries all phrasings are left out, as questions of this domain that the
// base does not answer. The strange texts are shared out over the folds.
//
// Phrasings of one group, such as those sampled from one template, are held out
// together; groups has a number a phrasing, counted within its entry. The
// witness is shown every sample; it may be nil.
func validate(ctx context.Context, c corpus, groups []int, vectors embedded, g gauge, fold int, train, short bool, w witness) ([]sample, error) {
	folds := c.folds()
	out := min(leftOut, max(folds, c.entries()/2))
	isLeft := func(entry int) bool { return c.keys[entry]%out == fold }
	isHeld := func(entry, row int) bool { return (groups[row]+c.keys[entry])%folds == fold }
	picked, entries, rows := c.pick(func(entry, row int) bool { return !isLeft(entry) && !isHeld(entry, row) })
	if picked.entries() < 2 {
		return nil, nil
	}
	kept := make([][]float32, len(rows))
	for i, row := range rows {
		kept[i] = vectors.phrasings[row]
	}
	m, err := fit(ctx, picked, kept, vectors.strange, g, train)
	if err != nil {
		return nil, err
	}
	v := validation{model: m, entries: entries, witness: w, short: short}
	remain := make([]bool, c.entries()) // the entries that kept a phrasing
	for _, e := range entries {
		remain[e] = true
	}
	labels := c.labels()
	var heldRows, leftRows []int
	for row, e := range labels {
		switch {
		case vectors.asked[row] == nil:
		case isLeft(e):
			leftRows = append(leftRows, row)
		case isHeld(e, row) && remain[e]:
			heldRows = append(heldRows, row)
		}
	}
	for _, part := range []struct {
		rows   []int
		most   int
		origin origin
	}{{heldRows, maxHeld / folds, held}, {leftRows, maxLeft / folds, left}} {
		// Every so many rows, evenly over the base.
		n := min(len(part.rows), part.most)
		for i := range n {
			row := part.rows[i*len(part.rows)/n]
			if err := v.ask(ctx, c.texts[row], c.words[row], vectors.asked[row], part.origin, labels[row], row); err != nil {
				return nil, err
			}
		}
	}
	texts := strangeTexts()
	for i := fold; i < len(texts); i += folds {
		if err := v.ask(ctx, texts[i], lexical.Words(texts[i]), vectors.strange[i], strange, -1, i); err != nil {
			return nil, err
		}
	}
	return v.samples, nil
}

// A validation asks a model that was made of a part of a corpus.
type validation struct {
	model   *model
	entries []int   // of the corpus, by the model's
	witness witness // nil for nobody
	short   bool    // the samples get shortlists
	row     int     // of what was asked last, in the corpus or among the strange texts
	samples []sample
}

// ask adds the sample of a text, which is of the given entry of the corpus and has
// the given row there, or is the strange sentence of that number.
func (v *validation) ask(ctx context.Context, text string, words []string, vector []float32, from origin, entry, row int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(words) == 0 {
		return nil
	}
	e, err := v.model.evidence(vector, words)
	if err != nil {
		return err
	}
	if from == strange && e.cosine[e.order[0]] >= notStrange {
		return nil
	}
	right := from == held && v.entries[e.order[0]] == entry
	number := none
	if from == strange {
		number = row
	}
	s := sample{gate: v.model.gate(e, words, number), right: right, origin: from}
	if v.short {
		if from != held {
			entry = -1
		}
		s.short = v.model.shortlist(text, e, words, number, entry, v.entries)
	}
	v.samples = append(v.samples, s)
	if v.witness != nil {
		v.row = row
		v.witness(v, words, e)
	}
	return nil
}
