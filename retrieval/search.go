package retrieval

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"frontdesk/knowledge/template"
	"frontdesk/retrieval/lexical"
)

const (
	// certain is the probability that a question which is word for word one of
	// an entry's own means that entry.
	certain = 0.99
	// minLiteral is how many characters of a template must have been said for a
	// match to count as the entry's own sentence: "{anything}" matches all.
	minLiteral = 3
	// maxQuery is how many bytes of a text are read.
	maxQuery = 16 << 10
)

// Search gives the k entries that a question most likely means, best first.
// There are none for one without words. The error is that of the embedder, or of
// a ctx that has ended.
func (x *Index) Search(ctx context.Context, q Question, k int) (Result, error) {
	f, err := x.find(ctx, q)
	if err == nil && f != nil && q.Heard {
		f, err = x.hear(ctx, f)
	}
	if err == nil && f != nil {
		err = x.rerank(ctx, f)
	}
	if err != nil {
		return Result{}, err
	}
	if f == nil {
		return Result{Point: x.point}, nil
	}
	f.discount()
	if q.Heard {
		if f, err = x.expect(ctx, f, q.Expected); err != nil {
			return Result{}, err
		}
	}
	k = max(0, min(k, len(f.order)))
	r := Result{Hits: make([]Hit, k), Point: x.point}
	for i, e := range f.order[:k] {
		r.Hits[i] = x.hit(f, e, i == 0)
	}
	corrections := f.corrections
	if f.expected != nil && f.expected.taken {
		r.Read, r.Expected, corrections = f.text, true, nil
	}
	if f.heard != nil {
		r.Read = f.text
		for _, a := range f.replaced {
			corrections = append(corrections, a.Correction(f.heard))
		}
	}
	for _, c := range corrections {
		if r.Corrected == nil {
			r.Corrected = map[string]string{}
		}
		r.Corrected[c.From] = c.To
	}
	return r, nil
}

// A finding is all that is known of a text.
type finding struct {
	*evidence
	text        string   // as it was given or, where it was heard, is read
	said        []string // the words of the text
	words       []string // as corrected
	corrections []lexical.Correction
	gate        gate
	exact       map[int]map[string]template.Value // the entries that say just this, with their slots
	open        map[int]map[string]template.Value // of what was heard: those that say just this about anything
	spoken      bool
	reranked    bool
	limit       float64   // the highest probability that an answer may have
	bounded     string    // why; empty where the limit is 1
	probability []float64 // of every entry
	order       []int     // the entries, best first

	// Of a reading of what was heard.
	heard    []string              // the words as they were heard; nil where it is the text as it stands
	replaced []lexical.Alternative // what was read as something else
	cost     float64               // what speaks against that, in log-odds

	expected *expectation // how the sentence that was expected was weighed in; nil for none
}

// find weighs all entries; it gives nil where there is nothing to weigh.
func (x *Index) find(ctx context.Context, q Question) (*finding, error) {
	if x.model == nil {
		return nil, errors.New("this index was made for its vectors only and cannot be searched")
	}
	text := shorten(q.Text)
	said := lexical.Words(text)
	if len(said) == 0 || len(x.base.Entries) == 0 {
		return nil, nil
	}
	f := x.read(text, said)
	f.spoken = q.Heard
	vectors, err := embed(ctx, x.embedder, []string{f.corrected()})
	if err != nil {
		return nil, fmt.Errorf("embedding the question: %w", err)
	}
	return f, x.judge(f, vectors[0])
}

// read begins a finding with a text, its words and their corrections.
func (x *Index) read(text string, said []string) *finding {
	f := &finding{text: text, said: said, words: said}
	if x.words != nil && x.legible(said) {
		f.words, f.corrections = x.model.lexical.Respell(said, x.known)
	}
	return f
}

// corrected gives the text as it is to be understood.
func (f *finding) corrected() string {
	if len(f.corrections) == 0 {
		return f.text
	}
	return strings.Join(f.words, " ")
}

// judge weighs all entries, given the vector of the corrected text.
func (x *Index) judge(f *finding, vector []float32) (err error) {
	if f.evidence, err = x.model.evidence(vector, f.words); err != nil {
		return err
	}
	x.weighValues(f)
	f.gate = x.model.gate(f.evidence, f.words, none)
	f.limit, f.bounded = x.bounded(f.spelled(), f.words, f.gate[gateCosine])
	f.exact = x.exact(f.text)
	// What was corrected is certain only where it may be answered at all.
	if len(f.exact) == 0 && len(f.corrections) > 0 && f.limit == 1 {
		f.exact = x.exact(f.corrected())
	}
	if f.spoken {
		x.unsure(f)
	}
	x.deny(f)
	x.weigh(f)
	return nil
}

// deny bounds the probability of a command that the text says not to do.
func (x *Index) deny(f *finding) {
	if len(f.exact) == 0 && x.denied(f, f.evidence.order[0]) && deniedLimit < f.limit {
		f.limit, f.bounded = deniedLimit, "the text says not to, and no phrasing of the command does"
	}
}

// spelled gives the words as they were typed or heard.
func (f *finding) spelled() []string {
	if f.heard != nil {
		return f.heard
	}
	return f.said
}

// fitting gives the calibrator for what was reranked, or was not.
func (x *Index) fitting(reranked bool) calibrator {
	if reranked {
		return x.ranker.calibrator
	}
	return x.calibrator
}

// unsure makes the matches of what was heard uncertain that hold free text:
// "play …" begins much that was not said to us. What it means has to speak for
// them as for any other sentence.
func (x *Index) unsure(f *finding) {
	for i := range f.exact {
		c := x.base.Entries[i].Command
		free := false
		for name := range f.exact[i] {
			free = free || c != nil && c.Slots[name] != nil && c.Slots[name].Type == template.Text
		}
		if !free {
			continue
		}
		if f.open == nil {
			f.open = map[int]map[string]template.Value{}
		}
		f.open[i] = f.exact[i]
		delete(f.exact, i)
	}
}

// shorten cuts a text to what is read of it.
func shorten(text string) string {
	if len(text) <= maxQuery {
		return text
	}
	return strings.ToValidUTF8(text[:maxQuery], "")
}

// exact gives the entries one of whose own sentences a text is, a template of a
// command or the words of a phrasing, with the slots.
func (x *Index) exact(text string) map[int]map[string]template.Value {
	found := map[int]map[string]template.Value{}
	add := func(entry int, slots map[string]template.Value) {
		if found[entry] == nil {
			found[entry] = slots
		}
	}
	if x.base.Grammar != nil {
		matches := x.base.Grammar.Match(text, time.Now())
		for _, m := range matches {
			// The best matches, and those that are as good.
			if m.Literal < minLiteral || m.Literal != matches[0].Literal || m.Free != matches[0].Free {
				break
			}
			if entry, ok := x.position[m.ID]; ok {
				add(entry, m.Slots)
			}
		}
	}
	for _, entry := range x.said[strings.Join(lexical.Words(text), " ")] {
		add(entry, nil)
	}
	return found
}

// weigh turns evidence into probabilities.
func (x *Index) weigh(f *finding) {
	n := len(f.share)
	f.probability = make([]float64, n)
	best := f.evidence.order[0]
	switch {
	case len(f.exact) > 0:
		// They share certainty; the others have what remains.
		rest := 0.0
		for i, s := range f.share {
			if _, ok := f.exact[i]; !ok {
				rest += s
			}
		}
		for i, s := range f.share {
			if _, ok := f.exact[i]; ok {
				f.probability[i] = certain / float64(len(f.exact))
			} else if rest > 0 {
				f.probability[i] = (1 - certain) * s / rest
			}
		}
	default:
		p := min(f.limit, x.fitting(f.reranked).probability(f.gate))
		// The others keep their shares relative to each other: scaled as the best
		// one is, but for what it took from them.
		scale := 0.0
		if top := f.share[best]; top < 1 {
			scale = min(p/top, (1-p)/(1-top))
		}
		for i, s := range f.share {
			f.probability[i] = s * scale
		}
		f.probability[best] = p
	}
	f.order = slices.Clone(f.evidence.order)
	slices.SortStableFunc(f.order, func(a, b int) int { return cmp.Compare(f.probability[b], f.probability[a]) })
}
