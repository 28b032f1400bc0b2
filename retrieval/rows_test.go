package retrieval

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestRows holds what this processor adds to what the portable code adds, to the
// last bit, and looks that nothing beside is touched.
func TestRows(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	numbers := func(n int) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(random.NormFloat64())
		}
		return x
	}
	for width := range 80 {
		for _, n := range []int{0, 1, 3, 17} {
			factors, x, rows := numbers(n), numbers(width+1), numbers(n*width+1)
			if n > 1 {
				factors[1] = 0
			}
			want, got := slices.Clone(x), slices.Clone(x)
			portableSum(want[:width], factors, rows)
			sum(got[:width], factors, rows)
			if !slices.Equal(got, want) {
				t.Errorf("the sum of %d rows of %d is %v, want %v", n, width, got, want)
			}
			want, got = slices.Clone(rows), slices.Clone(rows)
			portableSpread(want, factors, x[:width])
			spread(got, factors, x[:width])
			if !slices.Equal(got, want) {
				t.Errorf("%d rows of %d become %v, want %v", n, width, got, want)
			}
		}
	}
}

func BenchmarkRows(b *testing.B) {
	const width, n = 150, 576
	out, factors, rows := make([]float32, width), make([]float32, n), make([]float32, n*width)
	for i := range factors {
		factors[i] = 1e-6 * float32(i)
	}
	for _, way := range []struct {
		name        string
		sum, spread func(a, b, c []float32)
	}{{"portable", portableSum, portableSpread}, {"processor", sum, spread}} {
		b.Run(way.name+"/sum", func(b *testing.B) {
			for range b.N {
				way.sum(out, factors, rows)
			}
		})
		b.Run(way.name+"/spread", func(b *testing.B) {
			for range b.N {
				way.spread(rows, factors, out)
			}
		})
	}
}
