package retrieval

import (
	"math"
	"slices"
)

// Every embedder has cosines of its own. One gives 0.8 to sentences that have
// nothing to do with each other and another 0.1; the cosines of a transformer
// crowd together, those of few dimensions spread. The weights of the ranking and
// the priors of the calibration were learnt on the built-in embedder. So that
// they hold for any, its measure is taken on the strange sentences, which have
// little to do with each other: what all vectors have in common is taken off
// them, and a cosine is read as the one that is as rare among these pairs with
// the built-in embedder. A better embedder then is better for the reason that
// sentences which mean the same stand out further from those that do not.

const (
	// measured is how many strange sentences are paired with each other.
	measured = 256
	// usualLean is how long the mean of the strange sentences' vectors is with
	// the built-in embedder. What goes beyond it is taken off every vector.
	usualLean = 0.29
	// leanSlack and scaleSlack are how far an embedder may be from the built-in
	// one and pass for one of its kind, so that nothing is changed.
	leanSlack  = 1.1
	scaleSlack = 0.01
)

// scaleRanks are the shares of the pairs that have a lower cosine than the marks
// of a scale.
var scaleRanks = [...]float64{0.5, 0.9, 0.99, 0.999}

// A scale has the cosines at scaleRanks.
type scale [len(scaleRanks)]float64

// usualScale is that of the built-in embedder.
var usualScale = scale{-0.010, 0.129, 0.273, 0.445}

// A gauge is what was measured of an embedder.
type gauge struct {
	// lean is what all of its vectors have in common beyond what is usual; it is
	// taken off them.
	lean  []float32
	scale scale
}

// gaugeOf measures an embedder by its vectors of the strange sentences.
func gaugeOf(strange [][]float32, dim int) gauge {
	return gauge{leaning(strange, dim), measure(strange, dim)}
}

// leaning gives what is taken off every vector: the mean of the strange
// sentences' vectors, as far as it is longer than usual. All of it is common to
// whatever is said and none of it is meaning.
func leaning(strange [][]float32, dim int) []float32 {
	sum := make([]float64, dim)
	for _, v := range strange {
		for i, x := range v {
			sum[i] += float64(x)
		}
	}
	squares := 0.0
	for i := range sum {
		sum[i] /= float64(len(strange))
		squares += sum[i] * sum[i]
	}
	lean := make([]float32, dim)
	if length := math.Sqrt(squares); length > leanSlack*usualLean {
		for i, x := range sum {
			lean[i] = float32(x * (1 - usualLean/length))
		}
	}
	return lean
}

// measure takes the scale of an embedder from its vectors of the strange
// sentences.
func measure(strange [][]float32, dim int) scale {
	strange = strange[:min(len(strange), measured)]
	mean := make([]float32, dim)
	for _, v := range strange {
		axpy(1/float32(len(strange)), v, mean)
	}
	flat := make([]float32, len(strange)*dim)
	rows := make([][]float32, len(strange))
	for i, v := range strange {
		rows[i] = flat[i*dim : (i+1)*dim]
		copy(rows[i], v)
		axpy(-1, mean, rows[i])
		normalize(rows[i])
	}
	cosines := make([]float64, 0, len(rows)*len(rows)/2)
	for i, a := range rows {
		for _, b := range rows[:i] {
			cosines = append(cosines, float64(dot(a, b)))
		}
	}
	if len(cosines) == 0 {
		return usualScale
	}
	slices.Sort(cosines)
	var s scale
	same := true
	for i, rank := range scaleRanks {
		s[i] = cosines[int(rank*float64(len(cosines)-1))]
		same = same && math.Abs(s[i]-usualScale[i]) < scaleSlack
	}
	if same {
		return usualScale
	}
	return s
}

// usual gives the cosine that the built-in embedder has where this one has the
// given one: between the marks along straight lines, whose ends are -1 and 1.
func (s scale) usual(cosine float64) float64 {
	if s == usualScale {
		return cosine
	}
	from, to := -1.0, -1.0
	for i, mark := range s {
		if cosine < mark {
			return along(cosine, from, mark, to, usualScale[i])
		}
		from, to = mark, usualScale[i]
	}
	return along(cosine, from, 1, to, 1)
}

// along gives where x, from a0 to a1, lies from b0 to b1.
func along(x, a0, a1, b0, b1 float64) float64 {
	if a1 <= a0 {
		return b0
	}
	return b0 + (b1-b0)*max(0, min(1, (x-a0)/(a1-a0)))
}
