package retrieval

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"sync"
)

const (
	// maxLength bounds the length of the vectors that are scanned, which is 1
	// by the contract of [Embedder]: far beyond it sums would overflow.
	maxLength = 1e6
	// maxCodes is the highest dimension at which the product of two vectors'
	// codes is sure to fit in 32 bits.
	maxCodes = 8192
	// rowCode and queryCode are the largest codes.
	rowCode, queryCode = 127, 2047
	// codeBlock is what a row of codes is filled up to a multiple of.
	codeBlock = 16
)

// A nearest is the phrasing of an entry that is nearest to a query.
type nearest struct {
	entry  int     // index of the entry
	row    int     // index of the phrasing, counted over all entries
	cosine float32 // of the angle between phrasing and query, as both have length 1
}

// A scan finds the entries with the phrasings nearest to a query. Its answer
// is always that of comparing the query with every phrasing by [dot], to the
// last bit and on every machine.
//
// It need not compare with every one. Each vector is also stored in whole
// numbers of eight bits, with the length of what that leaves out. The product
// of such codes is quick, takes a quarter of the memory, and by the inequality
// of Cauchy and Schwarz bounds the true product from above; only the few
// phrasings whose bound reaches what has been found are compared in full (the
// filter and refinement of the VA-file: Weber, Schek, Blott 1998, "A
// Quantitative Analysis and Performance Study for Similarity-Search Methods in
// High-Dimensional Spaces").
//
// A scan never changes once made and is safe for concurrent use.
type scan struct {
	dim, width int // numbers in a vector; in a row of codes

	starts []int     // entry e has the rows starts[e] up to starts[e+1]
	rows   []float32 // dim a row
	codes  []int8    // width a row
	steps  []float32 // what 1 in the codes of a row stands for
	losses []float32 // the length of what the codes of a row leave out
	// longest bounds the length of every row and of its codes.
	longest float64

	scratch sync.Pool // *scanScratch
}

// scanScratch is memory that searches use again.
type scanScratch struct {
	query    []int16   // the query's codes
	products []int32   // of the codes of the query and of every row
	bounds   []float32 // what the true product with a row can be at most
	peaks    []float32 // the highest bound of every entry
}

// newScan makes a scan over vectors of dim numbers that follow each other in
// rows, the phrasings of an entry side by side: entry e has the rows starts[e]
// up to starts[e+1], and is never found when it has none. It keeps both slices,
// which must not change.
func newScan(dim int, rows []float32, starts []int) (*scan, error) {
	if dim < 1 || dim > maxCodes || len(starts) < 1 || starts[0] != 0 || !slices.IsSorted(starts) ||
		starts[len(starts)-1]*dim != len(rows) {
		return nil, fmt.Errorf("%d numbers are not phrasings of dimension %d as %d entries have them",
			len(rows), dim, len(starts)-1)
	}
	n := len(rows) / dim
	width := (dim + codeBlock - 1) / codeBlock * codeBlock
	s := &scan{
		dim: dim, width: width, starts: starts, rows: rows,
		codes: make([]int8, n*width), steps: make([]float32, n), losses: make([]float32, n),
	}
	for i := range n {
		step, loss, length, err := encode(s.codes[i*width:], rows[i*dim:(i+1)*dim], rowCode)
		if err != nil {
			return nil, fmt.Errorf("the vector of phrasing %d: %w", i, err)
		}
		s.steps[i], s.losses[i] = step, roundUp(loss)
		s.longest = max(s.longest, length+loss)
	}
	return s, nil
}

// encode writes v as whole numbers from -largest to largest, times step. It
// gives the length of what they leave out, and that of v.
func encode[T int8 | int16](codes []T, v []float32, largest float64) (step float32, loss, length float64, err error) {
	var peak float32
	for _, x := range v {
		length += float64(x) * float64(x)
		peak = max(peak, x, -x)
	}
	length = math.Sqrt(length)
	if !(length <= maxLength) {
		return 0, 0, 0, fmt.Errorf("it has the length %v and should have 1", length)
	}
	step = roundUp(float64(peak) / largest) // up, so that no code exceeds largest
	perStep := 0.0
	if step > 0 {
		perStep = 1 / float64(step)
	}
	for i, x := range v {
		code := T(math.Copysign(0.5, float64(x)) + float64(x)*perStep) // to the nearest
		codes[i] = code
		left := float64(x) - float64(step)*float64(code)
		loss += left * left
	}
	return step, math.Sqrt(loss), length, nil
}

// roundUp gives a float32 that is no less than x, which is zero or more.
func roundUp(x float64) float32 {
	if f := float32(x); float64(f) >= x {
		return f
	}
	return math.Nextafter32(float32(x), float32(math.Inf(1)))
}

// search gives the k entries with the nearest phrasings, best first, ties by
// the index of the entry; of an entry's equally near phrasings the first. The
// query has the scan's dimension and length 1 or 0.
func (s *scan) search(query []float32, k int) ([]nearest, error) {
	if len(query) != s.dim {
		return nil, fmt.Errorf("the query's vector has %d numbers and the base's have %d", len(query), s.dim)
	}
	entries := len(s.starts) - 1
	k = min(k, entries)
	if k <= 0 {
		return nil, nil
	}
	scratch, ok := s.scratch.Get().(*scanScratch)
	if !ok {
		n := len(s.steps)
		scratch = &scanScratch{
			make([]int16, s.width), make([]int32, n), make([]float32, n), make([]float32, entries)}
	}
	defer s.scratch.Put(scratch)
	if err := s.bound(scratch, query); err != nil {
		return nil, fmt.Errorf("the query's vector: %w", err)
	}
	best := make([]nearest, 0, k+1)
	floor := float32(math.Inf(-1)) // what an entry must reach to be among the best
	consider := func(e int) {
		found, ok := s.best(scratch, query, e, floor)
		if !ok {
			return
		}
		if k == entries { // all of them are wanted, and sorted at the end
			best = append(best, found)
			return
		}
		best = insert(best, found, k)
		if len(best) == k {
			floor = best[k-1].cosine
		}
	}
	// The entries that promise most come first: the sooner the floor is high,
	// the more of the others is skipped.
	if k < entries {
		for _, promising := range scratch.promising(k) {
			consider(promising.entry)
			scratch.peaks[promising.entry] = float32(math.Inf(-1))
		}
	}
	for e, peak := range scratch.peaks {
		if peak >= floor && !math.IsInf(float64(peak), -1) {
			consider(e)
		}
	}
	if k == entries {
		slices.SortFunc(best, compareNearest)
	}
	return best, nil
}

// row is the vector of a phrasing.
func (s *scan) row(i int) []float32 { return s.rows[i*s.dim : (i+1)*s.dim] }

// bound finds what the product of the query with every row can be at most.
//
// With q = q' + dq and r = r' + dr, where q' and r' are what the codes say,
// q·r = q'·r' + dq·r' + q·dr ≤ q'·r' + |dq| |r'| + |q| |dr|.
func (s *scan) bound(scratch *scanScratch, query []float32) error {
	step, loss, length, err := encode(scratch.query, query, queryCode)
	if err != nil {
		return err
	}
	products(scratch.products, s.codes, scratch.query)
	// The sum in dot is off by dim·2⁻²⁴ of the product of the lengths at most
	// (Higham 2002, Accuracy and Stability of Numerical Algorithms, 3.1), of
	// which four times as much is allowed. What follows is summed in eight
	// roundings; the last term is for numbers so small that they round to nothing.
	rounding := 4 * float64(s.dim) * 0x1p-24 * length
	sums := 32 * 0x1p-24 * (length + loss) * s.longest
	rest := roundUp((loss+rounding)*s.longest + sums + 1e-35)
	whole := roundUp(length)
	for e := range len(s.starts) - 1 {
		peak := float32(math.Inf(-1))
		begin, end := s.starts[e], s.starts[e+1]
		steps, losses, bounds := s.steps[begin:end], s.losses[begin:end], scratch.bounds[begin:end]
		for i, product := range scratch.products[begin:end] {
			said := float32(product) * float32(step*steps[i])
			bound := float32(float32(said+float32(whole*losses[i])) + rest)
			bounds[i] = bound
			if bound > peak {
				peak = bound
			}
		}
		scratch.peaks[e] = peak
	}
	return nil
}

// promising gives the k entries with the highest bounds.
func (s *scanScratch) promising(k int) []nearest {
	best := make([]nearest, 0, k+1)
	for e, peak := range s.peaks {
		if len(best) < k || peak > best[k-1].cosine {
			best = insert(best, nearest{entry: e, cosine: peak}, k)
		}
	}
	return best
}

// best gives the nearest phrasing of an entry, or false when none reaches the
// floor.
func (s *scan) best(scratch *scanScratch, query []float32, e int, floor float32) (nearest, bool) {
	best := nearest{entry: e, row: -1}
	for i := s.starts[e]; i < s.starts[e+1]; i++ {
		if scratch.bounds[i] < floor {
			continue
		}
		if c := dot(query, s.row(i)); c > floor || c == floor && best.row < 0 {
			best.row, best.cosine = i, c
			floor = c
		}
	}
	return best, best.row >= 0
}

// insert puts one into a sorted list of k at most.
func insert(list []nearest, one nearest, k int) []nearest {
	at, _ := slices.BinarySearchFunc(list, one, compareNearest)
	list = slices.Insert(list, at, one)
	return list[:min(k, len(list))]
}

func compareNearest(a, b nearest) int {
	return cmp.Or(cmp.Compare(b.cosine, a.cosine), cmp.Compare(a.entry, b.entry))
}

// dot is the scalar product of two vectors of one length, summed in one order
// on every machine: the conversions forbid a fused multiply-add.
func dot(a, b []float32) float32 {
	var s0, s1, s2, s3 float32
	for len(a) >= 16 && len(b) >= 16 {
		x, y := (*[16]float32)(a), (*[16]float32)(b)
		s0 += float32(x[0]*y[0]) + float32(x[4]*y[4]) + float32(x[8]*y[8]) + float32(x[12]*y[12])
		s1 += float32(x[1]*y[1]) + float32(x[5]*y[5]) + float32(x[9]*y[9]) + float32(x[13]*y[13])
		s2 += float32(x[2]*y[2]) + float32(x[6]*y[6]) + float32(x[10]*y[10]) + float32(x[14]*y[14])
		s3 += float32(x[3]*y[3]) + float32(x[7]*y[7]) + float32(x[11]*y[11]) + float32(x[15]*y[15])
		a, b = a[16:], b[16:]
	}
	sum := (s0 + s1) + (s2 + s3)
	for i := range min(len(a), len(b)) {
		sum += float32(a[i] * b[i])
	}
	return sum
}
