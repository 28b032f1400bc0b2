package tokenizer

import (
	"bytes"
	"cmp"
	"errors"
	"slices"
)

// A trie finds which of many keys a text begins with, byte by byte. It is a
// double array (Aoe, "An Efficient Digital Search Algorithm by Using a
// Double-Array Structure", 1989): a step is one look at one cell. It never
// changes once built and is safe for concurrent use.
type trie struct {
	// cells come in blocks of 256: the child of n by the byte b is the cell
	// cells[n].base^b, if its parent is n.
	cells []trieCell
}

type trieCell struct {
	base, parent int32
	value        int32 // of the key that ends here; -1: none
}

const (
	trieBlock = 256
	// trieTries is how many free cells are tried for a cell's first child, so that a
	// vocabulary made to be slow is not.
	trieTries = 64
	// trieOpen is how many blocks at the end are still looked through for free
	// cells, so that building stays linear.
	trieOpen = 16
	// maxTrieCells bounds the memory of a trie to 192 MB; 250,000 pieces of a
	// multilingual vocabulary take about a million.
	maxTrieCells = 16 << 20
)

var errTrie = errors.New("its pieces are too many or too long")

// buildTrie makes a trie of keys, which are sorted and without duplicates, and
// of their values, which are 0 or more. The empty key is left out.
func buildTrie(keys [][]byte, values []int32) (*trie, error) {
	nodes := 1
	for i, key := range keys {
		shared := 0
		if i > 0 {
			for shared < len(key) && shared < len(keys[i-1]) && key[shared] == keys[i-1][shared] {
				shared++
			}
		}
		nodes += len(key) - shared
	}
	if nodes > maxTrieCells/2 {
		return nil, errTrie
	}
	b := &trieBuilder{cells: make([]trieCell, 0, nodes+nodes/8+trieBlock)}
	b.grow()
	b.take(0, -1)
	type part struct {
		cell          int32
		from, to, lie int // the keys below the cell, and how long what they share is
	}
	todo := []part{{0, 0, len(keys), 0}}
	var labels []byte
	var begins []int
	for len(todo) > 0 {
		p := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for p.from < p.to && len(keys[p.from]) == p.lie {
			if p.lie > 0 {
				b.cells[p.cell].value = values[p.from]
			}
			p.from++
		}
		labels, begins = labels[:0], begins[:0]
		for i := p.from; i < p.to; i++ {
			if c := keys[i][p.lie]; len(labels) == 0 || c != labels[len(labels)-1] {
				labels, begins = append(labels, c), append(begins, i)
			}
		}
		if len(labels) == 0 {
			continue
		}
		base, err := b.place(labels)
		if err != nil {
			return nil, err
		}
		b.cells[p.cell].base = base
		begins = append(begins, p.to)
		for i, c := range labels {
			child := base ^ int32(c)
			b.take(child, p.cell)
			todo = append(todo, part{child, begins[i], begins[i+1], p.lie + 1})
		}
	}
	return &trie{cells: b.cells}, nil
}

// A trieBuilder keeps the free cells of the last blocks in a ring. Cells of older
// blocks are no more in it, so that a link has its place by its last digits.
type trieBuilder struct {
	cells      []trieCell
	next, prev [trieOpen * trieBlock]int32
	free       int32 // one of the ring; -1: none
}

const trieFree = -2 // the parent of a free cell

// grow adds a block of free cells, and closes the block that is now too far back.
func (b *trieBuilder) grow() {
	begin := len(b.cells)
	if begin == 0 {
		b.free = -1
	}
	if old := begin - len(b.next); old >= 0 {
		for i := old; i < old+trieBlock; i++ {
			if b.cells[i].parent == trieFree {
				b.unlink(int32(i))
			}
		}
	}
	for i := begin; i < begin+trieBlock; i++ {
		b.cells = append(b.cells, trieCell{parent: trieFree, value: -1})
		n := int32(i)
		next, prev := b.links(n)
		if b.free < 0 {
			*next, *prev, b.free = n, n, n
			continue
		}
		_, first := b.links(b.free)
		last, _ := b.links(*first)
		*next, *prev = b.free, *first
		*last, *first = n, n
	}
}

// links are the neighbours of a free cell in the ring.
func (b *trieBuilder) links(n int32) (next, prev *int32) {
	i := int(n) % len(b.next)
	return &b.next[i], &b.prev[i]
}

func (b *trieBuilder) unlink(n int32) {
	next, prev := b.links(n)
	if *next == n {
		b.free = -1
		return
	}
	before, _ := b.links(*prev)
	_, behind := b.links(*next)
	*before, *behind = *next, *prev
	if b.free == n {
		b.free = *next
	}
}

func (b *trieBuilder) take(n, parent int32) {
	b.unlink(n)
	b.cells[n].parent = parent
}

// place gives a base where the children by all the labels are free.
func (b *trieBuilder) place(labels []byte) (int32, error) {
	if b.free >= 0 {
		n := b.free
		for range trieTries {
			base := n ^ int32(labels[0])
			if b.fits(base, labels[1:]) {
				return base, nil
			}
			next, _ := b.links(n)
			if n = *next; n == b.free {
				break
			}
		}
	}
	base := int32(len(b.cells))
	if len(b.cells)+trieBlock > maxTrieCells {
		return 0, errTrie
	}
	b.grow()
	return base, nil
}

func (b *trieBuilder) fits(base int32, labels []byte) bool {
	for _, c := range labels {
		if b.cells[base^int32(c)].parent != trieFree {
			return false
		}
	}
	return true
}

// find gives the cell of a key, or -1.
func (t *trie) find(key []byte) int32 {
	n := int32(0)
	for _, c := range key {
		child := t.cells[n].base ^ int32(c)
		if t.cells[child].parent != n {
			return -1
		}
		n = child
	}
	if n == 0 || t.cells[n].value < 0 {
		return -1
	}
	return n
}

// uniqueKeys sorts keys with their values and drops the earlier of two that are
// alike, as the reference's maps do.
func uniqueKeys(keys [][]byte) (sorted [][]byte, values []int32) {
	order := make([]int32, len(keys))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return cmp.Or(bytes.Compare(keys[a], keys[b]), cmp.Compare(a, b)) })
	sorted, values = make([][]byte, 0, len(keys)), make([]int32, 0, len(keys))
	for i, n := range order {
		if i+1 < len(order) && bytes.Equal(keys[n], keys[order[i+1]]) {
			continue
		}
		sorted, values = append(sorted, keys[n]), append(values, n)
	}
	return sorted, values
}
