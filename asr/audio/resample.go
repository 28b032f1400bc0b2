package audio

import (
	"context"
	"math"

	"frontdesk/asr"
)

// The low-pass filter: a sinc in a Kaiser window, as J. O. Smith describes it
// in "Digital Audio Resampling". It keeps what is below about 0.88 of the
// lower of both Nyquist frequencies (7 kHz of speech) and puts what is above
// it more than 80 dB down, so that nothing folds back into the speech.
const (
	zeroCrossings = 32   // of the sinc, on each side
	kaiserBeta    = 8    // 80 dB
	cutoff        = 0.94 // of the lower Nyquist frequency: the middle of the slope
)

// resample brings the sound to [asr.SampleRate]. It is ours because of the
// libraries in pure Go, those that can be fetched interpolate without a
// low-pass (beep), and whistling above 8 kHz would then be heard as speech.
// The rates are whole numbers, so there is a fixed set of filters, one for
// each place that an output sample can have between two input samples.
func resample(ctx context.Context, in []float32, rate int) ([]float32, error) {
	if rate == asr.SampleRate || len(in) == 0 {
		return in, nil
	}
	g := gcd(rate, asr.SampleRate)
	up, down := asr.SampleRate/g, rate/g
	scale := cutoff * min(1, float64(asr.SampleRate)/float64(rate))
	half := int(math.Ceil(zeroCrossings / scale))
	filters := make([][]float32, up)

	out := make([]float32, (len(in)*up+down-1)/down)
	for i := range out {
		if i%asr.SampleRate == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		at, phase := i*down/up, i*down%up
		if filters[phase] == nil {
			filters[phase] = lowPass(float64(phase)/float64(up), scale, half)
		}
		// Tap k weighs the input sample at+1-half+k.
		first := at + 1 - half
		taps := filters[phase][max(0, -first):]
		first = max(0, first)
		var sum float32
		for k, x := range in[first:min(first+len(taps), len(in))] {
			sum += x * taps[k]
		}
		out[i] = sum
	}
	return out, nil
}

// lowPass gives the weights of the 2*half input samples around a place that
// lies the given part of a sample behind sample number half-1 of them. They
// sum up to one, so that a steady level stays what it is.
func lowPass(part, scale float64, half int) []float32 {
	taps := make([]float64, 2*half)
	var sum float64
	for k := range taps {
		x := (float64(k-half+1) - part) * scale
		edge := x / zeroCrossings
		if edge <= -1 || edge >= 1 {
			continue
		}
		taps[k] = sinc(x) * besselI0(kaiserBeta*math.Sqrt(1-edge*edge))
		sum += taps[k]
	}
	weights := make([]float32, len(taps))
	for k, t := range taps {
		weights[k] = float32(t / sum)
	}
	return weights
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

// besselI0 is the modified Bessel function of order 0, by its power series.
func besselI0(x float64) float64 {
	sum, term := 1.0, 1.0
	for k := 1.0; term > 1e-12*sum; k++ {
		term *= (x / (2 * k)) * (x / (2 * k))
		sum += term
	}
	return sum
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
