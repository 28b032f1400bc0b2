package train

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/blas/gonum"
)

// The arithmetic on vectors is that of gonum, which for numbers of 32 bits uses
// the same instructions on every processor of an architecture. What is written
// out here forbids a fused multiply-add by converting every product, so that the
// same corpus and seed give the same bytes.

func dot(x, y []float32) float32 { return gonum.Implementation{}.Sdot(len(x), x, 1, y, 1) }

// axpy adds a·x to y.
func axpy(a float32, x, y []float32) { gonum.Implementation{}.Saxpy(len(x), a, x, 1, y, 1) }

// exp is e to the power of x, within two parts in ten million, for x from -80
// to 80 (the polynomial of Cephes' expf: S. Moshier, netlib.org/cephes). The
// one of package math depends on the processor.
func exp(x float32) float32 {
	const ln2hi, ln2lo = 0.693359375, -2.12194440e-4
	x = min(max(x, -80), 80)
	k := float32(int32(float32(x*math.Log2E)+1000.5)) - 1000 // rounded, by cutting off a positive number
	x -= float32(k * ln2hi)
	x -= float32(k * ln2lo)
	p := float32(1.9875691500e-4)
	p = float32(p*x) + 1.3981999507e-3
	p = float32(p*x) + 8.3334519073e-3
	p = float32(p*x) + 4.1665795894e-2
	p = float32(p*x) + 1.6666665459e-1
	p = float32(p*x) + 5.0000001201e-1
	p = float32(p*float32(x*x)) + x + 1
	return p * math.Float32frombits(uint32(int32(k)+127)<<23)
}

// normalize scales a vector to length 1 and gives the length that it had; zeros
// stay.
func normalize(v []float32) float32 {
	square := dot(v, v)
	if square == 0 {
		return 0
	}
	length := float32(math.Sqrt(float64(square)))
	scale := 1 / length
	for i := range v {
		v[i] *= scale
	}
	return length
}

// random gives the numbers of one part of a training; parts have streams of
// their own, so that their order does not matter.
func random(seed uint64, part, stream int) *rand.Rand {
	return rand.New(rand.NewPCG(seed, uint64(part)<<32|uint64(uint32(stream))))
}

// uniform gives a number from [0, 1).
func uniform(r *rand.Rand) float32 { return float32(r.Uint32()>>8) / (1 << 24) }

func sqrt(x float32) float32 { return float32(math.Sqrt(float64(x))) }
