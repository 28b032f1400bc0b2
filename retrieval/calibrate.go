package retrieval

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// A calibrator turns signals into the probability that the best entry is right
// and the question is one that the base answers: a logistic regression.
type calibrator struct {
	bias    float64
	weights gate
}

func (c calibrator) logOdds(g gate) float64 {
	sum := c.bias
	for i, x := range g {
		sum += c.weights[i] * x
	}
	return sum
}

func (c calibrator) probability(g gate) float64 { return sigmoid(c.logOdds(g)) }

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// A sample is a text of which it is known whether the best entry is right.
type sample struct {
	gate   gate
	right  bool
	origin origin
	short  *shortlist // nil where nothing is reranked
}

// Origins of a sample.
const (
	held    origin = iota // a phrasing held out of its entry
	left                  // a phrasing whose whole entry was left out
	strange               // one of the sentences that no base answers
)

// An origin says where a sample comes from.
type origin int

// sampleWeights weighs the samples so that the shares of their origins are what
// is expected of questions: unknown of them are strange to the base, half of
// these from its own domain. All together weigh as much as there are samples
// of held phrasings.
func sampleWeights(samples []sample, unknown float64) []float64 {
	var count [3]float64
	for _, s := range samples {
		count[s.origin]++
	}
	share := [3]float64{held: 1 - unknown, left: unknown / 2, strange: unknown / 2}
	if count[left] == 0 {
		share[left], share[strange] = 0, unknown
	}
	weights := make([]float64, len(samples))
	for i, s := range samples {
		weights[i] = count[held] * share[s.origin] / count[s.origin]
	}
	return weights
}

// fitCalibrator finds the most likely calibrator, given what is known before:
// that it is near the prior, by spread. No signal but that of the kind of entry
// speaks against an answer, so none gets a weight below zero: one that would is
// left out and the others are fitted again.
func fitCalibrator(samples []sample, weights []float64, prior, spread calibrator) calibrator {
	const pinned = 1e-6 // the spread of a weight that stays where it is
	for {
		c := climb(samples, weights, prior, spread)
		lowest := 0
		for i, w := range c.weights[:gateCommand] {
			if w < c.weights[lowest] {
				lowest = i
			}
		}
		if c.weights[lowest] >= -pinned {
			for i := range c.weights[:gateCommand] {
				c.weights[i] = max(0, c.weights[i])
			}
			return c
		}
		prior.weights[lowest], spread.weights[lowest] = 0, pinned
	}
}

// climb finds the calibrator of the highest posterior by Newton's method
// (iteratively reweighted least squares: Bishop 2006, Pattern Recognition and
// Machine Learning, 4.3.3 and 4.5.1).
func climb(samples []sample, weights []float64, prior, spread calibrator) calibrator {
	centre, width := prior.vector(), spread.vector()
	at := centre
	now := posterior(samples, weights, at, centre, width)
	for range 50 {
		step, ok := newton(samples, weights, at, centre, width)
		if !ok {
			break // Only numbers that are none make this happen.
		}
		// Halve the step until it leads upwards.
		gain := 0.0
		for scale := 1.0; scale > 1e-3; scale /= 2 {
			next := at
			for i := range next {
				next[i] += scale * step[i]
			}
			if value := posterior(samples, weights, next, centre, width); value > now {
				gain = value - now
				at, now = next, value
				break
			}
		}
		if gain <= 1e-9 {
			break
		}
	}
	return fromVector(at)
}

// posterior is the log of the probability of a calibrator, but for a constant.
func posterior(samples []sample, weights []float64, at, centre, width parameters) float64 {
	c := fromVector(at)
	sum := 0.0
	for i, s := range samples {
		z := c.logOdds(s.gate)
		if s.right {
			z = -z
		}
		sum -= weights[i] * softplus(z)
	}
	for i := range at {
		d := (at[i] - centre[i]) / width[i]
		sum -= d * d / 2
	}
	return sum
}

// newton gives the step to the top of the parabola that the posterior is like.
func newton(samples []sample, weights []float64, at, centre, width parameters) (step parameters, ok bool) {
	const n = len(at)
	slope := make([]float64, n)
	curve := mat.NewSymDense(n, nil)
	c := fromVector(at)
	for i, s := range samples {
		x := parameters{1}
		copy(x[1:], s.gate[:])
		p := c.probability(s.gate)
		y := 0.0
		if s.right {
			y = 1
		}
		for a := range n {
			slope[a] += weights[i] * (y - p) * x[a]
			for b := a; b < n; b++ {
				curve.SetSym(a, b, curve.At(a, b)+weights[i]*p*(1-p)*x[a]*x[b])
			}
		}
	}
	for a := range n {
		precision := 1 / (width[a] * width[a])
		slope[a] -= precision * (at[a] - centre[a])
		curve.SetSym(a, a, curve.At(a, a)+precision)
	}
	var cholesky mat.Cholesky
	var solved mat.VecDense
	if !cholesky.Factorize(curve) || cholesky.SolveVecTo(&solved, mat.NewVecDense(n, slope)) != nil {
		return step, false
	}
	copy(step[:], solved.RawVector().Data)
	return step, true
}

// parameters are those of a calibrator, the bias first.
type parameters [gateSignals + 1]float64

func (c calibrator) vector() (v parameters) {
	v[0] = c.bias
	copy(v[1:], c.weights[:])
	return v
}

func fromVector(v parameters) calibrator {
	return calibrator{v[0], gate(v[1:])}
}

// softplus is ln(1 + eˣ).
func softplus(x float64) float64 {
	return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x)))
}
