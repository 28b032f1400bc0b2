package retrieval

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// checkMutual holds what is found to the comparison of all rows.
func checkMutual(t *testing.T, dim int, rows []float32, inBase int) {
	t.Helper()
	n := len(rows) / dim
	row := func(i int) []float32 { return rows[i*dim : (i+1)*dim] }
	nearest := func(i, from, to, k int) []neighbour {
		var all []neighbour
		for j := from; j < to; j++ {
			all = append(all, neighbour{int32(j), dot(row(i), row(j))})
		}
		slices.SortFunc(all, compareNeighbours)
		return all[:min(k, len(all))]
	}
	for _, k := range []int{1, 5, n + 3} {
		m, err := findMutual(t.Context(), dim, rows, inBase, k, &progress{})
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			var base []neighbour // of an item alone
			if i >= inBase {
				base = nearest(i, 0, inBase, k)
			}
			if got := m.ofBase.of(i); !slices.Equal(got, base) {
				t.Fatalf("dimension %d, row %d of %d, %d of the base, best %d of it: got %v, want %v", dim, i, n, inBase, k, got, base)
			}
			if got, want := m.ofItem.of(i), nearest(i, inBase, n, k); !slices.Equal(got, want) {
				t.Fatalf("dimension %d, row %d of %d, %d of the base, best %d items: got %v, want %v", dim, i, n, inBase, k, got, want)
			}
		}
	}
}

// makeRows makes rows, some of them the same.
func makeRows(r *rand.Rand, dim, n int, vector maker) (rows []float32) {
	for i := range n {
		row := make([]float32, dim)
		vector(r, row)
		if i > 0 && r.IntN(4) == 0 {
			copy(row, rows[r.IntN(i)*dim:])
		}
		rows = append(rows, row...)
	}
	return rows
}

func TestMutualEqualsComparingAll(t *testing.T) {
	for name, vector := range makers {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(7, 12))
			cases := [][3]int{{1, 20, 5}, {3, 64, 0}, {16, 65, 64}, {65, 130, 66}, {192, 200, 100}, {384, 129, 129}, {192, 1, 0}}
			if testing.Short() {
				cases = cases[:4] // the larger ones take long under the race detector
			}
			for _, c := range cases {
				checkMutual(t, c[0], makeRows(r, c[0], c[1], vector), c[2])
			}
		})
	}
}

func FuzzMutual(f *testing.F) {
	f.Add(uint64(1), uint8(192), uint8(20), uint8(5), []byte{1, 2, 3, 250, 0, 0, 128})
	f.Add(uint64(2), uint8(65), uint8(130), uint8(66), []byte{0})
	f.Add(uint64(3), uint8(130), uint8(66), uint8(0), []byte("the same again and again"))
	f.Fuzz(func(t *testing.T, seed uint64, dim, n, inBase uint8, numbers []byte) {
		if dim == 0 || inBase > n || len(numbers) == 0 {
			return
		}
		// The numbers come from the fuzzer, as in FuzzScan.
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
		checkMutual(t, int(dim), makeRows(rand.New(rand.NewPCG(seed, 1)), int(dim), int(n), fromBytes), int(inBase))
	})
}

// TestMutualProducts holds the machine's own products to the portable ones.
func TestMutualProducts(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long under the race detector, and does one thing at a time")
	}
	if err := compareMutualProducts(mutualProducts); err != nil {
		t.Fatal(err)
	}
}

// compareMutualProducts says where a kernel differs from portableMutualProducts.
func compareMutualProducts(kernel func(products []int32, a, b []int16, width int)) error {
	r := rand.New(rand.NewPCG(1, 9))
	for _, width := range []int{16, 32, 192, 208, maxCodes} {
		largest := int(min(mutualCode, math.Sqrt(math.MaxInt32/float64(width))))
		a, b := make([]int16, mutualBlock*width), make([]int16, mutualBlock*width)
		for _, extreme := range []bool{false, true} {
			for i := range a {
				a[i], b[i] = int16(r.IntN(2*largest+1)-largest), int16(r.IntN(2*largest+1)-largest)
				if extreme {
					a[i], b[i] = int16(largest), int16(-largest)
				}
			}
			got, want := make([]int32, mutualBlock*mutualBlock), make([]int32, mutualBlock*mutualBlock)
			kernel(got, a, b, width)
			portableMutualProducts(want, a, b, width)
			if !slices.Equal(got, want) {
				return fmt.Errorf("rows of %d: got %v, want %v", width, got, want)
			}
			if extreme && got[0] != int32(-width*largest*largest) {
				return fmt.Errorf("%d codes overflow to %d", width, got[0])
			}
		}
	}
	return nil
}

func TestMutualRefuses(t *testing.T) {
	inf := float32(math.Inf(1))
	for name, c := range map[string]struct {
		dim, inBase int
		rows        []float32
		want        string
	}{
		"no dimension":    {0, 0, nil, "not rows"},
		"huge dimension":  {maxCodes + 1, 0, nil, "not rows"},
		"too few numbers": {2, 0, []float32{1, 0, 1}, "not rows"},
		"no such base":    {2, 2, []float32{1, 0}, "not rows"},
		"infinite":        {2, 0, []float32{1, 0, inf, 0}, "entry 1"},
		"no number":       {1, 0, []float32{inf - inf}, "entry 0"},
		"too long":        {1, 0, []float32{2e6}, "length"},
	} {
		if _, err := findMutual(t.Context(), c.dim, c.rows, c.inBase, 3, &progress{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got error %v, want %q in it", name, err, c.want)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := findMutual(ended, 1, []float32{1}, 0, 3, &progress{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a ctx that has ended gives %v", err)
	}
}

func TestMutualTellsOfEachRow(t *testing.T) {
	told := 0
	p := &progress{report: func(done, _ int) { told = done }}
	if _, err := findMutual(t.Context(), 1, make([]float32, 200), 70, 3, p); err != nil || told != 200 {
		t.Errorf("told of %d rows, %v", told, err)
	}
}

func BenchmarkMutual(b *testing.B) {
	const dim = 192
	rows, _ := clustered(rand.New(rand.NewPCG(5, 6)), dim)
	for b.Loop() {
		if _, err := findMutual(b.Context(), dim, rows, 0, alikeNear+1, &progress{}); err != nil {
			b.Fatal(err)
		}
	}
}
