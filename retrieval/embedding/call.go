package embedding

import (
	"cmp"
	"context"
	"slices"
)

// A call is what one caller waits for. Batched.mu guards its fields until done
// is closed; they do not change from then on.
type call struct {
	passages bool
	texts    []string
	order    []int // the texts by length, so that a turn has such as are alike
	taken    int   // how many of order were taken into turns
	left     int   // how many have no vector yet
	vectors  [][]float32
	err      error
	done     chan struct{}
	over     bool    // done is closed
	turns    []*turn // that have texts of it and are at work
}

func newCall(texts []string, passages bool) *call {
	c := &call{
		passages: passages, texts: texts, order: make([]int, len(texts)),
		left: len(texts), vectors: make([][]float32, len(texts)), done: make(chan struct{}),
	}
	for i := range c.order {
		c.order[i] = i
	}
	slices.SortStableFunc(c.order, func(i, j int) int { return cmp.Compare(len(texts[i]), len(texts[j])) })
	return c
}

// end ends a call, with an error or none, and the turns that nobody else waits
// for. It does nothing to a call that has ended.
func (c *call) end(err error) {
	if c.over {
		return
	}
	c.over, c.err = true, err
	close(c.done)
	for _, t := range c.turns {
		if t.waiting--; t.waiting == 0 {
			t.cancel()
		}
	}
	c.turns = nil
}

// A turn is one run of the embedder, for the texts of several calls.
type turn struct {
	passages bool
	texts    []string
	parts    []part // of each text
	calls    []*call
	waiting  int // calls that have not ended
	ctx      context.Context
	cancel   context.CancelFunc
}

// A part is a text of a call.
type part struct {
	call  *call
	index int
}

// add takes the next text of a call into a turn.
func (t *turn) add(c *call) {
	i := c.order[c.taken]
	c.taken++
	t.put(c, i)
}

func (t *turn) put(c *call, i int) {
	t.texts = append(t.texts, c.texts[i])
	t.parts = append(t.parts, part{c, i})
	if !slices.Contains(c.turns, t) {
		c.turns = append(c.turns, t)
		t.calls = append(t.calls, c)
		t.waiting++
	}
}

func newTurn(passages bool) *turn {
	t := &turn{passages: passages}
	t.ctx, t.cancel = context.WithCancel(context.Background()) // it has many callers; see call.end
	return t
}

// deliver hands the vectors of a turn to those who wait for them.
func (t *turn) deliver(vectors [][]float32) {
	t.leave()
	for k, p := range t.parts {
		c := p.call
		if c.over {
			continue
		}
		c.vectors[p.index] = vectors[k]
		if c.left--; c.left == 0 {
			c.end(nil)
		}
	}
}

// leave parts a turn that is done from its calls.
func (t *turn) leave() {
	for _, c := range t.calls {
		c.turns = slices.DeleteFunc(c.turns, func(o *turn) bool { return o == t })
	}
}

// take makes a turn of what waits, nil where nothing does. It goes through the
// calls in their order, takes a slice of each, and puts those that have more
// behind the others; it does so until the turn is full.
func (b *Batched) take() *turn {
	if len(b.queue) == 0 {
		return nil
	}
	t, size := newTurn(b.queue[0].passages), 0
	for more := true; more; {
		more = false
		var first, last []*call
		for _, c := range b.queue {
			n := 0
			for n < max(1, b.o.Texts/4) && c.passages == t.passages && c.taken < len(c.order) && len(t.texts) < b.o.Texts {
				text := c.texts[c.order[c.taken]]
				if len(t.texts) > 0 && size+len(text) > b.o.Bytes {
					break
				}
				size += len(text)
				t.add(c)
				n++
			}
			switch {
			case c.taken == len(c.order):
			case n > 0:
				last = append(last, c)
			default:
				first = append(first, c)
			}
			more = more || n > 0
		}
		b.queue = append(first, last...)
	}
	return t
}

// drop takes a call that has ended out of the queue.
func (b *Batched) drop(c *call) {
	b.queue = slices.DeleteFunc(b.queue, func(o *call) bool { return o == c })
}

// maxAlone is how many calls may fail alone after they have failed together: it
// is then the embedder that fails, and not their texts.
const maxAlone = 2

// serve runs a turn. When one of several calls has a text that the embedder
// refuses, the others get their vectors all the same: each is run alone.
func (b *Batched) serve(t *turn) {
	defer t.cancel()
	vectors, err := b.run(t.ctx, t.texts, t.passages)
	b.mu.Lock()
	defer b.mu.Unlock()
	if err == nil {
		t.deliver(vectors)
		return
	}
	t.leave()
	alive := slices.DeleteFunc(t.calls, func(c *call) bool { return c.over })
	failed := 0
	for _, c := range alive {
		if c.over { // its caller has gone meanwhile
			continue
		}
		if len(alive) > 1 && failed < maxAlone {
			if err = b.alone(t, c); err == nil {
				continue
			}
			failed++
		}
		c.end(err)
		b.drop(c)
	}
}

// alone runs the texts of a turn that are of one call; b is locked.
func (b *Batched) alone(of *turn, c *call) error {
	t := newTurn(of.passages)
	defer t.cancel()
	for _, p := range of.parts {
		if p.call == c {
			t.put(c, p.index)
		}
	}
	b.mu.Unlock()
	vectors, err := b.run(t.ctx, t.texts, t.passages)
	b.mu.Lock()
	if err != nil {
		t.leave()
		return err
	}
	t.deliver(vectors)
	return nil
}
