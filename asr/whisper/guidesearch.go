package whisper

import (
	"container/heap"
	"math"
	"slices"
)

const (
	// maxDecodes bounds how often the decoder is run for the guided reading, besides
	// the tokens of the free reading and of the first sentence that is found.
	maxDecodes = 160
	// maxHypotheses bounds what waits to be followed.
	maxHypotheses = 20_000
)

// A scorer gives the logits of what follows tokens that begin a text. The logits are
// valid until the next call.
type scorer func(tokens []int32) ([]float32, error)

// A guided search finds the likeliest sentence of a trie. It follows the likeliest
// beginning first, down to the end of a sentence, and goes on while another beginning
// is likelier than the best sentence so far; as every further token makes a text less
// likely, what it ends with is the likeliest of all. Only where that would take more
// than [maxDecodes] runs of the decoder, it is the best that was found.
type search struct {
	t     *trie
	eot   int32
	score scorer

	steps   []step // of all hypotheses
	waiting hypotheses
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

// find gives the likeliest sentence, beside the tokens of the free reading.
func find(t *trie, free []int32, eot int32, score scorer) (guided, error) {
	s := &search{t: t, eot: eot, score: score, budget: maxDecodes}
	freeLog, err := s.follow(free)
	if err != nil {
		return guided{}, err
	}
	for len(s.waiting) > 0 {
		h := heap.Pop(&s.waiting).(hypothesis)
		if s.found && (h.log <= s.best.log || s.budget <= 0) {
			break
		}
		if err := s.dive(h); err != nil {
			return guided{}, err
		}
	}
	if !s.found {
		return guided{}, nil
	}
	tokens := s.tokens(s.best)
	text, _ := t.sentence(tokens[s.best.begins:])
	return guided{text: text, tokens: tokens, log: s.best.log, free: freeLog}, nil
}

// follow gives the probability of the free reading, and takes of its logits what the
// trie can use: a free reading that is an expected sentence is found by it.
func (s *search) follow(free []int32) (log float64, err error) {
	live := []hypothesis{{step: -1, node: s.t.start, begins: -1}}
	for at := range len(free) + 1 {
		logits, err := s.score(free[:at])
		if err != nil {
			return 0, err
		}
		sum := logSum(logits)
		next := s.eot
		if at < len(free) {
			next = free[at]
		}
		var on []hypothesis
		for _, h := range live {
			for _, kid := range s.kids(h, logits, sum) {
				if s.steps[kid.step].token == next && at < len(free) {
					on = append(on, kid)
				} else {
					s.push(kid)
				}
			}
		}
		live = on
		log += float64(logits[next]) - sum
	}
	return log, nil
}

// dive follows a hypothesis, and always the likeliest that comes of it, to an end.
func (s *search) dive(h hypothesis) error {
	for {
		if s.found && h.log <= s.best.log {
			return nil
		}
		if s.found && s.budget <= 0 {
			return nil
		}
		s.budget--
		logits, err := s.score(s.tokens(h))
		if err != nil {
			return err
		}
		kids := s.kids(h, logits, logSum(logits))
		best := -1
		for i, kid := range kids {
			if best < 0 || kid.log > kids[best].log {
				best = i
			}
		}
		for i, kid := range kids {
			if i != best {
				s.push(kid)
			}
		}
		if best < 0 {
			return nil
		}
		h = kids[best]
	}
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

// end takes a hypothesis that ends for the best, if it is.
func (s *search) end(h hypothesis, log float64) {
	if h.begins >= 0 && (!s.found || log > s.best.log) && !math.IsNaN(log) {
		h.log = log
		s.best, s.found = h, true
	}
}

// push lets a hypothesis wait, if it can still become the best.
func (s *search) push(h hypothesis) {
	if s.found && h.log <= s.best.log || len(s.waiting) >= maxHypotheses {
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
