package retrieval

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"frontdesk/knowledge"
)

// A Reranker reads a question and a text together and says how well the text
// answers it: a cross-encoder (Nogueira and Cho 2019, "Passage Re-ranking with
// BERT"). It must be safe for concurrent use.
type Reranker interface {
	// Fingerprint identifies the weights and the code that reads them.
	Fingerprint() string
	// Score gives one number a text, higher for one that fits better. On what
	// scale is measured.
	Score(ctx context.Context, query string, texts []string) ([]float32, error)
}

const (
	// rerankedEntries is how many of the best entries of a question are scored.
	rerankedEntries = 5
	// sureEnough is the probability from which on the best entry is taken for
	// certain and the reranker is not asked.
	sureEnough = 0.97
	// maxRerankText bounds what is scored of an entry, in bytes: its phrasing and
	// the beginning of its answer.
	maxRerankText = 400
)

// A ranker is what the scores of a reranker are worth to an index: nothing where
// it is nil. They come to the scores of the ranking, and change neither what the
// best entries have together nor what the others have.
type ranker struct {
	mean, deviation float64 // of the scores
	// weight is what a deviation adds to the log-odds of an entry.
	weight float64
	// calibrator takes the place of the index's for what was reranked.
	calibrator calibrator
}

// A candidate is one of the best entries of a text.
type candidate struct {
	entry    int // of the base
	phrasing string
	score    float64 // in the ranking, less that of the first
	gate     gate    // if it were the best
}

// A shortlist has the best entries of a text, which a reranker may be asked for.
type shortlist struct {
	text       string
	candidates []candidate
	alone      bool      // there is but one entry
	rest       float64   // what those weigh
	right      int       // which candidate is right; -1 for none of them
	asked      []float64 // the scores of the reranker, once it was asked
}

// shortlist gives that of a text, by its evidence and words, of which the given
// entry of the base is right; entries has the numbers that the model's have there.
func (m *model) shortlist(text string, e *evidence, words []string, strange, right int, entries []int) *shortlist {
	n := min(rerankedEntries, len(e.order))
	s := &shortlist{text: text, alone: len(e.order) == 1, right: -1}
	top := e.score[e.order[0]]
	for i, entry := range e.order {
		score := e.score[entry] - top
		if i >= n {
			s.rest += math.Exp(score)
			continue
		}
		if entries[entry] == right {
			s.right = i
		}
		s.candidates = append(s.candidates, candidate{
			entry: entries[entry], phrasing: m.corpus.texts[m.nearestRow(e, entry)],
			score: score, gate: m.gateOf(e, words, strange, entry),
		})
	}
	return s
}

// rerankText gives what the reranker reads of an entry: its phrasing that is
// nearest to the question and the beginning of its answer. Rerankers are trained
// to tell the passages that answer a question from others, and an answer has
// words that no phrasing holds. A command has no answer.
func rerankText(e *knowledge.Entry, phrasing string) string {
	text := phrasing
	if e.Command == nil && e.Answer != "" {
		text += "\n" + e.Answer
	}
	if len(text) > maxRerankText {
		text = strings.ToValidUTF8(text[:maxRerankText], "")
	}
	return text
}

// scores asks a reranker and checks its answer.
func scores(ctx context.Context, r Reranker, query string, texts []string) ([]float64, error) {
	got, err := r.Score(ctx, query, texts)
	if err != nil {
		return nil, err
	}
	if len(got) != len(texts) {
		return nil, fmt.Errorf("the reranker gave %d scores for %d texts", len(got), len(texts))
	}
	out := make([]float64, len(got))
	for i, s := range got {
		out[i] = float64(s)
		if math.IsNaN(out[i]) || math.IsInf(out[i], 0) {
			return nil, fmt.Errorf("the reranker gave the score %v", s)
		}
	}
	return out, nil
}

// ask has a shortlist scored.
func (s *shortlist) ask(ctx context.Context, r Reranker, base *knowledge.Base) (err error) {
	if s.asked != nil {
		return nil
	}
	texts := make([]string, len(s.candidates))
	for i, c := range s.candidates {
		texts[i] = rerankText(base.Entries[c.entry], c.phrasing)
	}
	s.asked, err = scores(ctx, r, s.text, texts)
	return err
}

// deviations gives the scores as they count.
func (r ranker) deviations(scores []float64) []float64 {
	out := make([]float64, len(scores))
	for i, s := range scores {
		out[i] = max(-maxDeviation, min(maxDeviation, (s-r.mean)/r.deviation))
	}
	return out
}

// maxDeviation bounds what one score can do.
const maxDeviation = 4

// added gives what is added to the scores of the candidates in the ranking,
// so that together they keep what they have.
func (r ranker) added(ranking, deviations []float64) []float64 {
	before, after := 0.0, 0.0
	for i, s := range ranking {
		before += math.Exp(s - ranking[0])
		after += math.Exp(s - ranking[0] + r.weight*deviations[i])
	}
	out := make([]float64, len(ranking))
	for i := range out {
		out[i] = r.weight*deviations[i] - math.Log(after/before)
	}
	return out
}

// A judgement is what becomes of a shortlist that was asked.
type judgement struct {
	shares []float64 // of the candidates
	best   int
	gate   gate
}

// judge reranks a shortlist.
func (r ranker) judge(s *shortlist) judgement {
	deviations := r.deviations(s.asked)
	ranking := make([]float64, len(s.candidates))
	for i, c := range s.candidates {
		ranking[i] = c.score
	}
	added := r.added(ranking, deviations)
	total := s.rest
	j := judgement{shares: make([]float64, len(ranking))}
	for i, c := range s.candidates {
		j.shares[i] = math.Exp(c.score + added[i])
		total += math.Exp(c.score)
	}
	for i := range j.shares {
		j.shares[i] /= total
		if j.shares[i] > j.shares[j.best] {
			j.best = i
		}
	}
	j.gate = s.candidates[j.best].gate
	j.gate[gateLead] = lead(j.shares[j.best], s.alone)
	j.gate[gateReranker] = deviations[j.best]
	return j
}

// rerank asks the reranker about the best entries of a finding and weighs them
// again; not where it is of no use or nothing is left to ask.
func (x *Index) rerank(ctx context.Context, f *finding) error {
	if x.ranker == nil || len(f.exact) > 0 || f.limit < 1 || x.calibrator.probability(f.gate) >= sureEnough {
		return nil
	}
	e := f.evidence
	n := min(rerankedEntries, len(e.order))
	best, texts, ranking := slices.Clone(e.order[:n]), make([]string, n), make([]float64, n)
	for i, entry := range best {
		texts[i] = rerankText(x.base.Entries[entry], x.model.corpus.texts[x.model.nearestRow(e, entry)])
		ranking[i] = e.score[entry]
	}
	got, err := scores(ctx, x.reranker, f.corrected(), texts)
	if err != nil {
		return fmt.Errorf("reranking: %w", err)
	}
	deviations := x.ranker.deviations(got)
	added := x.ranker.added(ranking, deviations)
	e.reranker = make([]float64, len(e.score))
	for i, entry := range best {
		e.reranker[entry] = added[i]
		e.score[entry] += added[i]
	}
	by := map[int]float64{}
	for i, entry := range best {
		by[entry] = deviations[i]
	}
	e.rank()
	f.gate = x.model.gate(e, f.words, none)
	f.gate[gateReranker] = by[e.order[0]]
	f.reranked = true
	f.limit, f.bounded = x.bounded(f.spelled(), f.words, f.gate[gateCosine])
	x.deny(f)
	x.weigh(f)
	return nil
}
