package retrieval

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"
)

const (
	// mutualBlock is how many rows are held against as many others at a time: the
	// codes of both fit into the fastest cache.
	mutualBlock = 64
	// mutualCode is the largest code, and less where the product of two rows of
	// codes would not fit into 32 bits.
	mutualCode = 2047
)

// A neighbour is a row, and the cosine of the angle to the one that it is near to.
type neighbour struct {
	row    int32
	cosine float32
}

func compareNeighbours(a, b neighbour) int {
	return cmp.Or(cmp.Compare(b.cosine, a.cosine), cmp.Compare(a.row, b.row))
}

// A mutual finds what is nearest to each of many rows, of which the first are of
// a base and the others items: to all the nearest items, of which an item is one
// itself, and to the items the nearest of the base too. The answer is that of
// comparing all by [dot], to the last bit and on every machine.
//
// It computes the product of two rows once, for both of them, in blocks of codes
// of whole numbers, by which most pairs are seen to be too far from each other; see
// [scan]. All rows have one step here, so that a whole number is the bound of a row.
type mutual struct {
	dim, width     int
	inBase, count  int
	rows           []float32
	codes          []int16 // width a row, and rows of zeros up to a whole block
	square, slack  float64 // of the step; by how much a cosine may be above the product of codes
	ofBase, ofItem nearestLists
	locks          []sync.Mutex // one a block, for its lists
}

// nearestLists are the nearest of every row, the best first, ties by the row.
type nearestLists struct {
	k      int         // how many of each
	near   []neighbour // k a row
	have   []int32     // how many of them there are
	floors []int32     // what the product of codes must reach to be among them
}

func newNearestLists(rows, k int) nearestLists {
	l := nearestLists{k, make([]neighbour, rows*k), make([]int32, rows), make([]int32, rows)}
	for i := range l.floors {
		l.floors[i] = math.MinInt32
	}
	return l
}

// findMutual finds the nearest k of each of rows, which follow each other, dim
// numbers each, and have length 1 or 0. Progress is told of each row. Errors are of
// a row that is no such vector, or of a ctx that has ended.
func findMutual(ctx context.Context, dim int, rows []float32, inBase, k int, p *progress) (*mutual, error) {
	count := len(rows) / max(1, dim)
	if dim < 1 || dim > maxCodes || count*dim != len(rows) || inBase < 0 || inBase > count || k < 1 {
		return nil, fmt.Errorf("%d numbers are not rows of dimension %d, of which %d are of the base", len(rows), dim, inBase)
	}
	blocks := (count + mutualBlock - 1) / mutualBlock
	m := &mutual{
		dim: dim, width: (dim + codeBlock - 1) / codeBlock * codeBlock, inBase: inBase, count: count, rows: rows,
		ofBase: newNearestLists(count, min(k, inBase)), ofItem: newNearestLists(count, min(k, count-inBase)), locks: make([]sync.Mutex, blocks),
	}
	m.codes = make([]int16, blocks*mutualBlock*m.width)
	if err := m.encode(); err != nil {
		return nil, err
	}
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(runtime.GOMAXPROCS(0))
	// A block is held against itself and all after it; the first and the last are
	// together as much work as any such two.
	for first := range (blocks + 1) / 2 {
		work.Go(func() error {
			products := make([]int32, mutualBlock*mutualBlock)
			for _, a := range slices.Compact([]int{first, blocks - 1 - first}) {
				for b := a; b < blocks; b++ {
					if err := context.Cause(ctx); err != nil {
						return err
					}
					m.hold(a, b, products)
				}
				p.add(min((a+1)*mutualBlock, count) - a*mutualBlock)
			}
			return nil
		})
	}
	return m, work.Wait()
}

// encode writes all rows as whole numbers times one step.
func (m *mutual) encode() error {
	peak, longest := 0.0, 0.0
	for i := range m.count {
		length := 0.0
		for _, x := range m.row(i) {
			length += float64(x) * float64(x)
			peak = max(peak, math.Abs(float64(x)))
		}
		if length = math.Sqrt(length); !(length <= maxLength) {
			return fmt.Errorf("the vector of entry %d has the length %v and should have 1", i, length)
		}
		longest = max(longest, length)
	}
	step := peak / min(mutualCode, math.Floor(math.Sqrt(math.MaxInt32/float64(m.width))))
	loss := 0.0
	for i := range m.count {
		left := 0.0
		codes := m.codes[i*m.width:]
		for j, x := range m.row(i) {
			code := 0.0
			if step > 0 {
				code = math.Trunc(math.Copysign(0.5, float64(x)) + float64(x)/step)
			}
			codes[j] = int16(code)
			left += (float64(x) - step*code) * (float64(x) - step*code)
		}
		loss = max(loss, math.Sqrt(left))
	}
	// With q = q' + dq and r = r' + dr, where q' and r' are what the codes say,
	// q·r ≤ q'·r' + |dq| |r'| + |q| |dr|; the rest is for the rounding in dot, see scan.
	m.square = step * step
	m.slack = loss*(2*longest+loss) + 4*float64(m.dim)*0x1p-24*longest*longest + 1e-35
	return nil
}

func (m *mutual) row(i int) []float32 { return m.rows[i*m.dim : (i+1)*m.dim] }

// floor gives what the product of the codes of two rows reaches where their cosine
// reaches c.
func (m *mutual) floor(c float32) int32 {
	if m.square == 0 {
		return math.MinInt32
	}
	// One less, for the rounding of this very quotient.
	return int32(max(math.MinInt32, min(math.MaxInt32, math.Floor((float64(c)-m.slack)/m.square)-1)))
}

// hold holds the rows of a block against those of one that does not stand before it.
func (m *mutual) hold(a, b int, products []int32) {
	firstA, firstB := a*mutualBlock, b*mutualBlock
	toA, toB := min(firstA+mutualBlock, m.count), min(firstB+mutualBlock, m.count)
	if toB <= m.inBase {
		return // the base is not held against itself
	}
	block := mutualBlock * m.width
	mutualProducts(products, m.codes[firstA*m.width:][:block], m.codes[firstB*m.width:][:block], m.width)

	m.locks[a].Lock()
	defer m.locks[a].Unlock()
	if b != a {
		m.locks[b].Lock()
		defer m.locks[b].Unlock()
	}
	baseTo := min(max(m.inBase, firstA), toA) // the rows of block a up to here are of the base
	for y := max(firstB, m.inBase); y < toB; y++ {
		line := products[(y-firstB)*mutualBlock:][:mutualBlock]
		m.holdLine(y, firstA, min(baseTo, y), &m.ofBase, line)
		m.holdLine(y, baseTo, min(toA, y+1), &m.ofItem, line[baseTo-firstA:])
	}
}

// holdLine offers an item to the rows from one up to another, which are not after
// it, and them to it, in the list that it has of such. The products of their codes
// are given.
func (m *mutual) holdLine(y, from, to int, list *nearestLists, products []int32) {
	if to <= from {
		return
	}
	floor := list.floors[y]
	floors := m.ofItem.floors[from:to]
	for i, product := range products[:len(floors)] {
		if product < floor && product < floors[i] {
			continue
		}
		x := from + i
		c := dot(m.row(x), m.row(y))
		if product >= floors[i] {
			m.offer(&m.ofItem, x, neighbour{int32(y), c})
		}
		if product >= floor && x != y {
			m.offer(list, y, neighbour{int32(x), c})
			floor = list.floors[y]
		}
	}
}

// offer puts a neighbour among those of a row, if it is nearer than the last.
func (m *mutual) offer(l *nearestLists, row int, n neighbour) {
	near, have := l.near[row*l.k:(row+1)*l.k], int(l.have[row])
	if have == l.k && compareNeighbours(n, near[have-1]) > 0 {
		return
	}
	at, _ := slices.BinarySearchFunc(near[:have], n, compareNeighbours)
	if have < l.k {
		have++
		l.have[row] = int32(have)
	}
	copy(near[at+1:have], near[at:have-1])
	near[at] = n
	if have == l.k {
		l.floors[row] = m.floor(near[have-1].cosine)
	}
}

// of gives the nearest of a row, the best first.
func (l *nearestLists) of(row int) []neighbour { return l.near[row*l.k:][:l.have[row]] }

// portableMutualProducts gives the products of the codes of all rows of two blocks:
// those of row i of a and row j of b in products[j*mutualBlock+i].
func portableMutualProducts(products []int32, a, b []int16, width int) {
	for j := range mutualBlock {
		y := b[j*width : (j+1)*width]
		for i := range mutualBlock {
			x := a[i*width:][:len(y)]
			var s0, s1 int32
			for n := 0; n+1 < len(y); n += 2 {
				s0 += int32(x[n]) * int32(y[n])
				s1 += int32(x[n+1]) * int32(y[n+1])
			}
			products[j*mutualBlock+i] = s0 + s1
		}
	}
}
