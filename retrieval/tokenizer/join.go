package tokenizer

import "math"

// A join makes one piece of two neighbours.
type join struct{ a, b, rank, into int32 }

// joins finds a join by its pair: a hash table with open addresses, since this is
// what byte-pair encoding does most.
type joins struct {
	cells []joinCell // a power of two of them, at most half full
	shift uint
}

type joinCell struct {
	pair uint64 // a<<32 | b; noPair: the cell is free
	what uint64 // rank<<32 | into: the lower, the earlier
}

const (
	noPair = math.MaxUint64
	noJoin = math.MaxUint64
)

// newJoins makes the table; of two with the same pair the later one holds, as in
// the reference.
func newJoins(all []join) joins {
	bits := uint(4)
	for 1<<bits < 2*len(all) {
		bits++
	}
	t := joins{cells: make([]joinCell, 1<<bits), shift: 64 - bits}
	for i := range t.cells {
		t.cells[i] = joinCell{noPair, noJoin}
	}
	for _, j := range all {
		pair := uint64(j.a)<<32 | uint64(j.b)
		i := t.place(pair)
		t.cells[i] = joinCell{pair, uint64(j.rank)<<32 | uint64(j.into)}
	}
	return t
}

// place gives the cell of a pair, or the free one where it would be.
func (t *joins) place(pair uint64) uint64 {
	mask := uint64(len(t.cells) - 1)
	i := pair * 0x9E3779B97F4A7C15 >> t.shift // the golden ratio, after Knuth
	for t.cells[i].pair != pair && t.cells[i].pair != noPair {
		i = (i + 1) & mask
	}
	return i
}

// of gives the rank and the piece of a pair, rank<<32 | into, or noJoin.
func (t *joins) of(a, b int32) uint64 {
	return t.cells[t.place(uint64(a)<<32|uint64(b))].what
}

// forget makes that nothing is joined into some pieces.
func (t *joins) forget(into map[int32]bool) {
	for i, c := range t.cells {
		if c.what != noJoin && into[int32(uint32(c.what))] {
			t.cells[i].what = noJoin
		}
	}
}

// joinShort joins what can be joined, the earliest rank first and of equals the
// leftmost, and gives how many ids are left. The word has at most shortWord.
func (m *bpe) joinShort(word []int32) int {
	var what [shortWord]uint64 // of each with its right neighbour
	n := len(word)
	for i := 0; i+1 < n; i++ {
		what[i] = m.joins.of(word[i], word[i+1])
	}
	for n > 1 {
		best, at := uint64(noJoin), 0
		for i, w := range what[:n-1] {
			// By rank alone, so that of equals the leftmost stays.
			if w>>32 < best>>32 {
				best, at = w, i
			}
		}
		if best == noJoin {
			break
		}
		word[at] = int32(uint32(best))
		copy(word[at+1:n-1], word[at+2:n])
		copy(what[at+1:n-1], what[at+2:n])
		n--
		if at+1 < n {
			what[at] = m.joins.of(word[at], word[at+1])
		}
		if at > 0 {
			what[at-1] = m.joins.of(word[at-1], word[at])
		}
	}
	return n
}

// A longWord is what joining a long word needs: its pieces as a chain, and the
// joins that are possible as a queue.
type longWord struct {
	prev, next []int32 // -1: none
	queue      []possible
}

// possible is a join of the piece at a place with its right neighbour. It may have
// become impossible since it was queued.
type possible struct {
	what uint64 // rank<<32 | into
	at   int32
}

func (p possible) before(q possible) bool {
	if p.what>>32 != q.what>>32 {
		return p.what>>32 < q.what>>32
	}
	return p.at < q.at
}

// joinLong is joinShort for any length, in n log n.
func (m *bpe) joinLong(word []int32) int {
	w, ok := m.pool.Get().(*longWord)
	if !ok {
		w = new(longWord)
	}
	defer func() {
		if cap(w.next)+2*cap(w.queue) <= maxKept/8 {
			m.pool.Put(w)
		}
	}()
	w.prev, w.next, w.queue = w.prev[:0], w.next[:0], w.queue[:0]
	for i := range word {
		w.prev, w.next = append(w.prev, int32(i-1)), append(w.next, int32(i+1))
	}
	w.next[len(word)-1] = -1
	push := func(at int32) {
		if next := w.next[at]; next >= 0 {
			if what := m.joins.of(word[at], word[next]); what != noJoin {
				w.push(possible{what, at})
			}
		}
	}
	for i := range word {
		push(int32(i))
	}
	const gone = -1
	for len(w.queue) > 0 {
		p := w.pop()
		next := w.next[p.at]
		if word[p.at] == gone || next < 0 {
			continue
		}
		if what := m.joins.of(word[p.at], word[next]); what == noJoin || uint32(what) != uint32(p.what) {
			continue
		}
		word[p.at], word[next] = int32(uint32(p.what)), gone
		after := w.next[next]
		w.next[p.at] = after
		if after >= 0 {
			w.prev[after] = p.at
		}
		if prev := w.prev[p.at]; prev >= 0 {
			push(prev)
		}
		push(p.at)
	}
	n := 0
	for _, id := range word {
		if id != gone {
			word[n] = id
			n++
		}
	}
	return n
}

func (w *longWord) push(p possible) {
	q := append(w.queue, p)
	for i := len(q) - 1; i > 0; {
		up := (i - 1) / 2
		if !q[i].before(q[up]) {
			break
		}
		q[i], q[up] = q[up], q[i]
		i = up
	}
	w.queue = q
}

func (w *longWord) pop() possible {
	q := w.queue
	top := q[0]
	last := len(q) - 1
	q[0] = q[last]
	q = q[:last]
	for i := 0; ; {
		down := 2*i + 1
		if down >= last {
			break
		}
		if right := down + 1; right < last && q[right].before(q[down]) {
			down = right
		}
		if !q[down].before(q[i]) {
			break
		}
		q[i], q[down] = q[down], q[i]
		i = down
	}
	w.queue = q
	return top
}
