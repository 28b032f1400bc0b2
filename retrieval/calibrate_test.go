package retrieval

import (
	"math"
	"math/rand/v2"
	"testing"
)

// drawn gives samples of a calibrator.
func drawn(n int, from calibrator, signals int) (samples []sample, weights []float64) {
	r := rand.New(rand.NewPCG(1, 2))
	for range n {
		var g gate
		for i := range signals {
			g[i] = r.NormFloat64()
		}
		samples = append(samples, sample{gate: g, right: r.Float64() < from.probability(g)})
		weights = append(weights, 1)
	}
	return samples, weights
}

func wide(prior calibrator, width float64) (calibrator, calibrator) {
	var spread calibrator
	v := spread.vector()
	for i := range v {
		v[i] = width
	}
	return prior, fromVector(v)
}

func TestFitCalibrator(t *testing.T) {
	truth := calibrator{-0.5, gate{1.5, 0.8, 0, 0.3, 2}}
	samples, weights := drawn(20_000, truth, gateSignals)
	prior, spread := wide(calibrator{}, 10)
	got := fitCalibrator(samples, weights, prior, spread).vector()
	for i, want := range truth.vector() {
		if math.Abs(got[i]-want) > 0.1 {
			t.Errorf("parameter %d is %.3f, want %.3f", i, got[i], want)
		}
	}
}

// TestFitCalibratorSign holds that no signal speaks against an answer.
func TestFitCalibratorSign(t *testing.T) {
	samples, weights := drawn(5_000, calibrator{0, gate{-2, 1}}, 2)
	prior, spread := wide(calibrator{0, gate{1, 1, 0.7}}, 10)
	c := fitCalibrator(samples, weights, prior, spread)
	if c.weights[0] != 0 || c.weights[1] < 0.3 || math.Abs(c.weights[2]-0.7) > 1e-6 {
		t.Errorf("the weights are %v", c.weights)
	}
}

// TestFitCalibratorPrior holds that the prior is what comes out without samples,
// or with such as tell everything apart.
func TestFitCalibratorPrior(t *testing.T) {
	for _, perEntry := range []float64{0, 1, 1.5, 2, 3, 5, 10, 20, 100} {
		prior, spread := priorFor(perEntry)
		if c := fitCalibrator(nil, nil, prior, spread); c != prior {
			t.Errorf("without samples %v becomes %v", prior, c)
		}
		var samples []sample
		var weights []float64
		for i := range 100 {
			samples = append(samples, sample{gate: gate{float64(i%2)*10 - 5}, right: i%2 == 1})
			weights = append(weights, 1)
		}
		c := fitCalibrator(samples, weights, prior, spread)
		for i, v := range c.vector() {
			if math.IsNaN(v) || math.Abs(v) > 20 {
				t.Errorf("parameter %d of samples that a signal separates is %v", i, v)
			}
		}
	}
}

func TestSampleWeights(t *testing.T) {
	samples := []sample{{origin: held}, {origin: held}, {origin: held}, {origin: left}, {origin: strange}, {origin: strange}}
	var sum [3]float64
	for i, w := range sampleWeights(samples, 0.2) {
		sum[samples[i].origin] += w
	}
	for o, want := range [3]float64{2.4, 0.3, 0.3} {
		if math.Abs(sum[o]-want) > 1e-12 {
			t.Errorf("origin %d weighs %v, want %v", o, sum[o], want)
		}
	}
	for _, w := range sampleWeights([]sample{{origin: strange}}, 0.2) {
		if w != 0 {
			t.Errorf("without held phrasings a sample weighs %v", w)
		}
	}
}

func TestThreshold(t *testing.T) {
	var probabilities, weights []float64
	for p := 0.05; p < 1; p += 0.1 {
		probabilities, weights = append(probabilities, p), append(weights, 1000)
	}
	// The mean of 0.95, 0.85 and 0.75 is 0.85.
	if got := threshold(probabilities, weights, 0.849); math.Abs(got-0.75) > 0.01 {
		t.Errorf("the bar is %v, want 0.75", got)
	}
	if got := threshold(nil, nil, 0.95); math.Abs(got-0.9) > 1e-12 {
		t.Errorf("without samples the bar is %v, want 0.9", got)
	}
}
