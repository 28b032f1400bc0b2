package whisper

import (
	"container/heap"
	"math"
	"slices"
)

const (
	// worst is the margin of a sentence below which it is none: nobody said it who was
	// heard otherwise. (Every reading so far off means the same to a decision; see farthest
	// in retrieval/expected.go.)
	worst = -2
	// maxEffort bounds what the decoder computes for the guided reading, in halves of what
	// a single token takes: of several at once each further one takes about so much. The
	// free reading and the way to the end of one sentence come besides.
	maxEffort = 2 * 40
	// ahead is how many tokens are computed at once, at most, where a way does not part.
	ahead = 12
	// maxHypotheses bounds what waits to be followed.
	maxHypotheses = 20_000
)

// A scorer gives the logits of what follows tokens that begin a text: behind the first
// from of them, behind one more, and so on to the last. They are valid until the next
// call.
type scorer func(tokens []int32, from int) (rows [][]float32, err error)

// A guided search finds the likeliest sentence of a trie. It goes on with the likeliest
// beginning of all while that is likelier than the best sentence so far; as every further
// token makes a text less likely, what it ends with is the likeliest of all. It leaves
// out what cannot come to a margin of [worst] any more. Where the free reading is a
// sentence, it ends at once: who expects nothing has heard it. Only where it would take
// more than [maxEffort], it is the best that was found, or one that is likely.
type search struct {
	t     *trie
	eot   int32
	score scorer

	steps   []step // of all hypotheses
	waiting hypotheses
	free    float64 // logarithm of the probability of the free reading
	best    hypothesis
	found   bool
	budget  int
}

// A step is one token of a hypothesis.
type step struct {
	before int32 // the step before, or -1
	token  int32
}

// A hypothesis is a beginning of a text on its way through the trie.
type hypothesis struct {
	log    float64 // natural logarithm of its probability
	step   int32   // its last one, or -1
	node   int32   // where it stands, or pointed
	depth  int32   // tokens
	begins int32   // tokens before its sentence; -1 while none has begun
	order  int32   // in which they were found, for ties
}

// pointed stands behind a sentence and its point.
const pointed = -1

// hypotheses is a heap with the likeliest one first.
type hypotheses []hypothesis

func (h hypotheses) Len() int { return len(h) }
func (h hypotheses) Less(i, j int) bool {
	return h[i].log > h[j].log || h[i].log == h[j].log && h[i].order < h[j].order
}
func (h hypotheses) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *hypotheses) Push(x any)   { *h = append(*h, x.(hypothesis)) }
func (h *hypotheses) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

// A guided reading: a sentence with its tokens, and the logarithms of its
// probability and of that of the free reading, both to the end of the text.
type guided struct {
	text      string
	tokens    []int32
	log, free float64
}

// margin is the logarithm of how much likelier the guided reading is than the free
// one, for each of its tokens and its end: 0 where both are the same, below where the
// sound has to be forced.
//
// Both are the probabilities of whole texts, from the same beginning to the end, so
// that a free reading of another length is compared as well: taken apart, a mean over
// the tokens of each would reward a text for tokens that follow of themselves.
func (g guided) margin() float64 { return (g.log - g.free) / float64(len(g.tokens)+1) }

// find gives the likeliest sentence, beside the tokens of the free reading; without text
// where none has a margin of [worst] or more.
func find(t *trie, free []int32, eot int32, score scorer) (guided, error) {
	s := &search{t: t, eot: eot, score: score, budget: maxEffort}
	said, err := s.follow(free)
	if err != nil {
		return guided{}, err
	}
	for !said && len(s.waiting) > 0 && (s.budget > 0 || !s.found) {
		h := heap.Pop(&s.waiting).(hypothesis)
		if s.found && h.log <= s.best.log {
			break
		}
		if s.budget <= 0 { // now to the end of one sentence, the straightest way
			s.waiting = s.waiting[:0]
		}
		if err := s.expand(h); err != nil {
			return guided{}, err
		}
	}
	if !s.found {
		return guided{}, nil
	}
	tokens := s.tokens(s.best)
	text, _ := t.sentence(tokens[s.best.begins:])
	return guided{text: text, tokens: tokens, log: s.best.log, free: s.free}, nil
}

// follow notes the probability of the free reading, and takes of its logits what the
// trie can use. It says whether the free reading is a sentence, which is the best then.
func (s *search) follow(free []int32) (said bool, err error) {
	rows, err := s.score(free, 0)
	if err != nil {
		return false, err
	}
	sums := make([]float64, len(rows))
	for at, row := range rows {
		sums[at] = logSum(row)
		s.free += float64(row[s.freely(free, at)]) - sums[at]
	}
	live := []hypothesis{{step: -1, node: s.t.start, begins: -1}}
	for at, row := range rows {
		var on []hypothesis
		for _, h := range live {
			if at == len(free) && s.ends(h) {
				h.log = s.free
				s.best, s.found = h, true
				return true, nil
			}
			for _, kid := range s.kids(h, row, sums[at]) {
				if at < len(free) && s.steps[kid.step].token == free[at] {
					on = append(on, kid)
				} else {
					s.push(kid)
				}
			}
		}
		live = on
	}
	return false, nil
}

// freely gives the token that the free reading has there, or its end.
func (s *search) freely(free []int32, at int) int32 {
	if at < len(free) {
		return free[at]
	}
	return s.eot
}

// expand computes what follows a hypothesis, and lets it wait; where it is alone, also
// what follows that.
func (s *search) expand(h hypothesis) error {
	said := s.tokens(h)
	way := s.way(h.node)
	s.budget -= 2 + len(way)
	rows, err := s.score(append(said, way...), len(said))
	if err != nil {
		return err
	}
	for at, row := range rows {
		next := hypothesis{step: -1}
		for _, kid := range s.kids(h, row, logSum(row)) {
			if at < len(way) && s.steps[kid.step].token == way[at] {
				next = kid // its logits are there already
			} else {
				s.push(kid)
			}
		}
		if h = next; h.step < 0 || s.hopeless(h) {
			break
		}
	}
	return nil
}

// way gives the tokens that a node leads to where it does not part, and the point behind
// a sentence that has none.
func (s *search) way(at int32) (tokens []int32) {
	for at != pointed && len(tokens) < ahead {
		n := &s.t.nodes[at]
		switch {
		case n.count == 1 && !n.end && !n.enter:
			a := s.t.arcs[n.first]
			tokens, at = append(tokens, a.token), a.to
		case n.end && n.count == 0 && !n.closed && len(s.t.points) > 0:
			return append(tokens, s.t.points[0])
		default:
			return tokens
		}
	}
	return tokens
}

// hopeless says whether a hypothesis cannot become the best any more.
func (s *search) hopeless(h hypothesis) bool {
	if s.found && h.log <= s.best.log {
		return true
	}
	most := h.depth + 1 // with the end
	if h.node != pointed {
		most += s.t.nodes[h.node].rest + 1 // with a point
	}
	return h.log-s.free < worst*float64(most)
}

// kids gives what may follow a hypothesis, and notes where it may end.
func (s *search) kids(h hypothesis, logits []float32, sum float64) []hypothesis {
	var kids []hypothesis
	log := func(token int32) float64 { return h.log + float64(logits[token]) - sum }
	add := func(token, node, begins int32) {
		s.steps = append(s.steps, step{before: h.step, token: token})
		at := int32(len(s.steps) - 1)
		kids = append(kids, hypothesis{log: log(token), step: at, node: node, depth: h.depth + 1, begins: begins, order: at})
	}
	if h.node == pointed {
		s.end(h, log(s.eot))
		return nil
	}
	n := &s.t.nodes[h.node]
	if n.end {
		s.end(h, log(s.eot))
		if !n.closed {
			for _, point := range s.t.points {
				add(point, pointed, h.begins)
			}
		}
	}
	for _, a := range s.t.arcsOf(h.node) {
		add(a.token, a.to, h.begins)
	}
	if n.enter {
		for _, a := range s.t.arcsOf(s.t.root) {
			add(a.token, a.to, h.depth)
		}
	}
	return kids
}

// ends says whether a sentence may end behind a hypothesis.
func (s *search) ends(h hypothesis) bool {
	return h.begins >= 0 && (h.node == pointed || s.t.nodes[h.node].end)
}

// end takes a hypothesis that ends for the best, if it is.
func (s *search) end(h hypothesis, log float64) {
	if h.begins >= 0 && (!s.found || log > s.best.log) && log-s.free >= worst*float64(h.depth+1) {
		h.log = log
		s.best, s.found = h, true
	}
}

// push lets a hypothesis wait, if it can still become the best.
func (s *search) push(h hypothesis) {
	if s.hopeless(h) || len(s.waiting) >= maxHypotheses {
		return
	}
	heap.Push(&s.waiting, h)
}

// tokens gives those of a hypothesis.
func (s *search) tokens(h hypothesis) []int32 {
	tokens := make([]int32, 0, h.depth)
	for at := h.step; at >= 0; at = s.steps[at].before {
		tokens = append(tokens, s.steps[at].token)
	}
	slices.Reverse(tokens)
	return tokens
}

// logSum is the logarithm of the sum of the exponentials.
func logSum(logits []float32) float64 {
	most := slices.Max(logits)
	if math.IsInf(float64(most), 0) {
		return float64(most)
	}
	var sum float64
	for _, l := range logits {
		sum += math.Exp(float64(l - most))
	}
	return float64(most) + math.Log(sum)
}
