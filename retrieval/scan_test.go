package retrieval

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
)

// fullScan is what scan.search has to give.
func fullScan(dim int, rows []float32, starts []int, query []float32, k int) []nearest {
	var all []nearest
	for e := range len(starts) - 1 {
		best := nearest{entry: e, row: -1}
		for i := starts[e]; i < starts[e+1]; i++ {
			c := dot(query, rows[i*dim:(i+1)*dim])
			if best.row < 0 || c > best.cosine {
				best.row, best.cosine = i, c
			}
		}
		if best.row >= 0 {
			all = append(all, best)
		}
	}
	slices.SortStableFunc(all, func(a, b nearest) int {
		switch {
		case a.cosine > b.cosine:
			return -1
		case a.cosine < b.cosine:
			return 1
		}
		return 0
	})
	return all[:min(k, len(all))]
}

// A maker makes the vectors of a case.
type maker func(r *rand.Rand, v []float32)

// principal makes vectors of length 1 whose first dimensions hold most of it.
func principal(r *rand.Rand, v []float32) {
	for i := range v {
		v[i] = float32(r.NormFloat64() / math.Sqrt(float64(i+4)))
	}
	unit(v)
}

func unit(v []float32) {
	var squares float64
	for _, x := range v {
		squares += float64(x) * float64(x)
	}
	for i := range v {
		if squares > 0 {
			v[i] = float32(float64(v[i]) / math.Sqrt(squares))
		}
	}
}

var makers = map[string]maker{
	"principal": principal,
	"uniform": func(r *rand.Rand, v []float32) {
		for i := range v {
			v[i] = float32(r.NormFloat64())
		}
		unit(v)
	},
	"zeros": func(*rand.Rand, []float32) {},
	"few values": func(r *rand.Rand, v []float32) { // many ties
		for i := range v {
			v[i] = float32(r.IntN(3) - 1)
		}
		unit(v)
	},
	"one-hot": func(r *rand.Rand, v []float32) { v[r.IntN(len(v))] = float32(1 - 2*r.IntN(2)) },
	"all in the tail": func(r *rand.Rand, v []float32) {
		v[0] = 1e-3
		for i := len(v) / 2; i < len(v); i++ {
			v[i] = float32(r.NormFloat64())
		}
		unit(v)
	},
	"cancelling": func(r *rand.Rand, v []float32) { // large terms that add up to little
		for i := range v {
			v[i] = float32(1-2*(i%2)) * (1 + float32(r.NormFloat64())*1e-6)
		}
		unit(v)
	},
	"nearly the same": func(r *rand.Rand, v []float32) {
		for i := range v {
			v[i] = 1 + float32(r.NormFloat64())*3e-7
		}
		unit(v)
	},
	"tiny": func(r *rand.Rand, v []float32) {
		for i := range v {
			v[i] = float32(r.NormFloat64() * math.Pow(10, -20-25*r.Float64()))
		}
	},
	"long": func(r *rand.Rand, v []float32) {
		for i := range v {
			v[i] = float32(r.NormFloat64()) * 1e4
		}
	},
}

func TestScanEqualsFullScan(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long under the race detector, and does one thing at a time")
	}
	for name, vector := range makers {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(7, 11))
			for _, dim := range []int{1, 3, 16, 63, 64, 65, 127, 128, 192, 200, 384} {
				rows, starts := makeBase(r, dim, 40, vector)
				for range 6 {
					query := make([]float32, dim)
					vector(r, query)
					checkScan(t, dim, rows, starts, query)
				}
				other := make([]float32, dim)
				principal(r, other)
				checkScan(t, dim, rows, starts, other)
				if n := len(rows) / dim; n > 0 { // one of the base's own
					checkScan(t, dim, rows, starts, slices.Clone(rows[(n-1)*dim:]))
				}
			}
		})
	}
}

// makeBase makes entries of 0 to 7 phrasings, some of them the same.
func makeBase(r *rand.Rand, dim, entries int, vector maker) (rows []float32, starts []int) {
	starts = []int{0}
	for range entries {
		for range r.IntN(8) {
			row := make([]float32, dim)
			vector(r, row)
			if n := len(rows) / dim; n > 0 && r.IntN(4) == 0 {
				copy(row, rows[r.IntN(n)*dim:])
			}
			rows = append(rows, row...)
		}
		starts = append(starts, len(rows)/dim)
	}
	return rows, starts
}

func checkScan(t *testing.T, dim int, rows []float32, starts []int, query []float32) {
	t.Helper()
	s, err := newScan(dim, rows, starts)
	if err != nil {
		t.Fatal(err)
	}
	entries := len(starts) - 1
	for _, k := range []int{0, 1, 2, 5, entries - 1, entries, entries + 3} {
		got, err := s.search(query, k)
		if err != nil {
			t.Fatal(err)
		}
		want := fullScan(dim, rows, starts, query, max(k, 0))
		if !slices.Equal(got, want) {
			t.Fatalf("dimension %d, best %d: got %v, want %v", dim, k, got, want)
		}
	}
}

func FuzzScan(f *testing.F) {
	f.Add(uint64(1), uint8(192), uint8(20), []byte{1, 2, 3, 250, 0, 0, 128})
	f.Add(uint64(2), uint8(65), uint8(3), []byte{0})
	f.Add(uint64(3), uint8(130), uint8(60), []byte("the same again and again"))
	f.Fuzz(func(t *testing.T, seed uint64, dim, entries uint8, numbers []byte) {
		if dim == 0 || entries == 0 || len(numbers) == 0 {
			return
		}
		r := rand.New(rand.NewPCG(seed, 1))
		// The numbers come from the fuzzer, so that it can look for sums that
		// lie just beside a bound.
		fromBytes := func(r *rand.Rand, v []float32) {
			at := r.IntN(len(numbers))
			for i := range v {
				b := numbers[(at+i)%len(numbers)]
				v[i] = float32(int8(b)) * float32(math.Ldexp(1, -int(b>>5)))
			}
			if r.IntN(2) == 0 {
				unit(v)
			}
		}
		rows, starts := makeBase(r, int(dim), int(entries), fromBytes)
		query := make([]float32, dim)
		fromBytes(r, query)
		checkScan(t, int(dim), rows, starts, query)
	})
}

// TestProducts holds the machine's own products to the portable ones.
func TestProducts(t *testing.T) {
	if err := compareProducts(products); err != nil {
		t.Fatal(err)
	}
}

// compareProducts says where a kernel differs from portableProducts.
func compareProducts(kernel func(products []int32, codes []int8, query []int16)) error {
	r := rand.New(rand.NewPCG(1, 9))
	for _, width := range []int{16, 32, 192, 208, maxCodes} {
		for _, n := range []int{0, 1, 2, 33} {
			codes, query := make([]int8, n*width), make([]int16, width)
			for _, extreme := range []bool{false, true} {
				for i := range codes {
					codes[i] = int8(r.IntN(2*rowCode+1) - rowCode)
					if extreme {
						codes[i] = rowCode
					}
				}
				for i := range query {
					query[i] = int16(r.IntN(2*queryCode+1) - queryCode)
					if extreme {
						query[i] = -queryCode
					}
				}
				got, want := make([]int32, n), make([]int32, n)
				kernel(got, codes, query)
				portableProducts(want, codes, query)
				if !slices.Equal(got, want) {
					return fmt.Errorf("%d rows of %d: got %v, want %v", n, width, got, want)
				}
				for _, p := range got {
					if extreme && p != int32(-width*rowCode*queryCode) {
						return fmt.Errorf("%d codes overflow to %d", width, p)
					}
				}
			}
		}
	}
	return nil
}

func TestScanRefuses(t *testing.T) {
	inf := float32(math.Inf(1))
	for name, c := range map[string]struct {
		dim    int
		rows   []float32
		starts []int
		want   string
	}{
		"no dimension":    {0, nil, []int{0}, "not phrasings"},
		"huge dimension":  {maxCodes + 1, nil, []int{0}, "not phrasings"},
		"no starts":       {2, nil, nil, "not phrasings"},
		"too few numbers": {2, []float32{1, 0, 1}, []int{0, 2}, "not phrasings"},
		"backwards":       {1, []float32{1}, []int{0, 2, 1}, "not phrasings"},
		"infinite":        {2, []float32{1, 0, inf, 0}, []int{0, 2}, "phrasing 1"},
		"no number":       {1, []float32{inf - inf}, []int{0, 1}, "phrasing 0"},
		"too long":        {1, []float32{2e6}, []int{0, 1}, "length"},
	} {
		if _, err := newScan(c.dim, c.rows, c.starts); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got error %v, want %q in it", name, err, c.want)
		}
	}
	s, err := newScan(2, []float32{1, 0}, []int{0, 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, query := range [][]float32{{1}, {1, 0, 0}, {inf, 0}, {inf - inf, 0}} {
		if found, err := s.search(query, 1); err == nil {
			t.Errorf("the query %v finds %v", query, found)
		}
	}
}

func TestScanOfNothing(t *testing.T) {
	for _, starts := range [][]int{{0}, {0, 0, 0}} {
		s, err := newScan(192, nil, starts)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range []int{1, 2} {
			if found, err := s.search(make([]float32, 192), k); err != nil || len(found) != 0 {
				t.Errorf("an empty base gives %v, %v", found, err)
			}
		}
	}
}

func TestScanConcurrent(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	rows, starts := makeBase(r, 192, 100, principal)
	s, err := newScan(192, rows, starts)
	if err != nil {
		t.Fatal(err)
	}
	query := make([]float32, 192)
	principal(r, query)
	want, err := s.search(query, 5)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				if got, err := s.search(query, 5); err != nil || !slices.Equal(got, want) {
					t.Errorf("got %v, %v, want %v", got, err, want)
				}
			}
		})
	}
	wg.Wait()
}

// clustered makes 15,000 phrasings of 150 entries like those of a real base:
// an entry's lie around a centre of their own.
func clustered(r *rand.Rand, dim int) (rows []float32, starts []int) {
	centre, row := make([]float32, dim), make([]float32, dim)
	starts = []int{0}
	for range 150 {
		principal(r, centre)
		for range 100 {
			near(r, centre, row)
			rows = append(rows, row...)
		}
		starts = append(starts, len(rows)/dim)
	}
	return rows, starts
}

func near(r *rand.Rand, centre, row []float32) {
	principal(r, row)
	for i := range row {
		row[i] += 0.9 * centre[i]
	}
	unit(row)
}

func BenchmarkScan(b *testing.B) {
	const dim = 192
	r := rand.New(rand.NewPCG(5, 6))
	rows, starts := clustered(r, dim)
	s, err := newScan(dim, rows, starts)
	if err != nil {
		b.Fatal(err)
	}
	known, strange := make([]float32, dim), make([]float32, dim)
	near(r, rows[:dim], known)
	principal(r, strange)
	for name, query := range map[string][]float32{"known": known, "strange": strange} {
		for _, k := range []int{1, 5, 20, 150} {
			b.Run(fmt.Sprintf("%s/best %d", name, k), func(b *testing.B) {
				for b.Loop() {
					if _, err := s.search(query, k); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
	b.Run("codes", func(b *testing.B) {
		out, query := make([]int32, len(s.steps)), make([]int16, s.width)
		for b.Loop() {
			products(out, s.codes, query)
		}
	})
	b.Run("codes, portable", func(b *testing.B) {
		out, query := make([]int32, len(s.steps)), make([]int16, s.width)
		for b.Loop() {
			portableProducts(out, s.codes, query)
		}
	})
	b.Run("full", func(b *testing.B) {
		for b.Loop() {
			fullScan(dim, rows, starts, known, 5)
		}
	})
}
