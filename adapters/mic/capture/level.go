package capture

import "math"

// Silence is the level of no sound at all, in dBFS; nothing is given as less.
const Silence = -120

// A Level says how loud a piece of sound is, in decibels below full scale (dBFS):
// 0 is the loudest that there is, [Silence] the least.
type Level struct {
	Peak float64 // of the loudest sample
	RMS  float64 // of the mean power
}

// LevelOf measures samples.
func LevelOf(samples []float32) Level {
	var peak, power float64
	for _, s := range samples {
		x := float64(s)
		peak = max(peak, math.Abs(x))
		power += x * x
	}
	return LevelFrom(peak, power, len(samples))
}

// LevelFrom gives the level of n samples, of the greatest magnitude and the sum of
// the squares of them all.
func LevelFrom(peak, power float64, n int) Level {
	if n == 0 {
		return Level{Silence, Silence}
	}
	return Level{Peak: decibels(peak), RMS: decibels(math.Sqrt(power / float64(n)))}
}

func decibels(amplitude float64) float64 {
	if !(amplitude > 0) {
		return Silence
	}
	return min(0, max(Silence, 20*math.Log10(amplitude)))
}
