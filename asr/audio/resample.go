package audio

import (
	"context"
	"math"

	"frontdesk/asr"
)

// The low-pass filter: a sinc in a Kaiser window, as J. O. Smith describes it in
// "Digital Audio Resampling". It keeps what is below 7/8 of the lower of both
// Nyquist frequencies (7 kHz of speech), and what is above that frequency itself,
// and would fold back, is more than 100 dB down.
const (
	zeroCrossings = 48     // of the sinc, on each side
	kaiserBeta    = 9.6    // 96 dB
	cutoff        = 0.9375 // of the lower Nyquist frequency: the middle of the slope
)

// mostPhases bounds the filters that are kept: of 11 025 Hz there are 640. Rates
// that have more share them, each place lying between two, of which a line is
// drawn; the line is less than 100 dB off.
const mostPhases = 640

const resampleBlock = 2048 // samples that are taken in at once

// A Resampler brings a stream of sound to [asr.SampleRate], block by block, with
// the same result as in one go. It is not safe for concurrent use.
//
// It is ours because the libraries in pure Go that can be fetched, gopxl/beep v2.1.1
// and tphakala/go-audio-resampler v1.0.0, have no low-pass when they go down: a
// whistle of 9 kHz comes out as loud as it was, as one of 7 kHz.
type Resampler struct {
	up, down int         // what the rates stand in
	half     int         // input samples on each side of a place
	filters  [][]float32 // of evenly spaced places from 0 to 1, both included

	in    []float32 // the samples that places still need; room for a block
	have  int       // of in
	at    int       // place of the next output sample: this one of in ...
	phase int       // ... and this many of up behind it

	taken, given int64 // samples since the start
}

// NewResampler makes one for sound of that many samples a second. It panics
// unless the rate is between 4000 and 192 000, as those of all devices and files are.
func NewResampler(from int) *Resampler {
	if from < minRate || from > maxRate {
		panic("audio: a rate that no sound has")
	}
	g := gcd(from, asr.SampleRate)
	r := &Resampler{up: asr.SampleRate / g, down: from / g}
	if r.up == r.down {
		return r
	}
	scale := cutoff * min(1, float64(asr.SampleRate)/float64(from))
	r.half = int(math.Ceil(zeroCrossings / scale))
	phases := min(r.up, mostPhases)
	r.filters = make([][]float32, phases+1)
	for i := range r.filters {
		r.filters[i] = lowPass(float64(i)/float64(phases), scale, r.half)
	}
	r.in = make([]float32, 2*r.half+resampleBlock)
	r.Reset()
	return r
}

// Reset forgets what came before: what is written next is the start of a sound.
func (r *Resampler) Reset() {
	if r.up == r.down {
		return
	}
	// Before the sound lies silence, so that its first sample is a place.
	r.have, r.at, r.phase = r.half-1, r.half-1, 0
	clear(r.in[:r.have])
	r.taken, r.given = 0, 0
}

// Write takes in src and appends to dst what can be said of it: all but the last
// few milliseconds, for which it waits for what follows. It keeps neither, and
// allocates nothing where dst has room for len(src) * 16000 / from + 1 samples.
func (r *Resampler) Write(dst, src []float32) []float32 {
	if r.up == r.down {
		return append(dst, src...)
	}
	r.taken += int64(len(src))
	for len(src) > 0 {
		n := copy(r.in[r.have:], src)
		src = src[n:]
		r.have += n
		dst = r.work(dst)
	}
	return dst
}

// Flush appends to dst what is left of the sound, which ends here, and resets.
func (r *Resampler) Flush(dst []float32) []float32 {
	if r.up == r.down {
		return dst
	}
	// One output sample for each place that lies in the sound.
	most := (r.taken*int64(r.up)+int64(r.down)-1)/int64(r.down) - r.given
	start := len(dst)
	for missing := r.half; missing > 0; {
		n := min(missing, len(r.in)-r.have)
		clear(r.in[r.have : r.have+n])
		r.have += n
		missing -= n
		dst = r.work(dst)
	}
	dst = dst[:min(int64(len(dst)), int64(start)+most)]
	r.Reset()
	return dst
}

// work appends the output samples whose whole surroundings are there, and drops
// the input samples that no other needs.
func (r *Resampler) work(dst []float32) []float32 {
	start := len(dst)
	for r.at+r.half < r.have {
		dst = append(dst, r.sample(r.in[r.at+1-r.half:r.at+1+r.half]))
		r.phase += r.down
		r.at += r.phase / r.up
		r.phase %= r.up
	}
	r.given += int64(len(dst) - start)
	drop := min(r.at+1-r.half, r.have)
	r.have = copy(r.in, r.in[drop:r.have])
	r.at -= drop
	return dst
}

// sample gives the value at the phase behind the middle of in.
func (r *Resampler) sample(in []float32) float32 {
	phases := len(r.filters) - 1
	if phases == r.up {
		return dot(in, r.filters[r.phase])
	}
	place := float64(r.phase) / float64(r.up) * float64(phases)
	i := int(place)
	a, b := dot(in, r.filters[i]), dot(in, r.filters[i+1])
	return a + float32(place-float64(i))*(b-a)
}

// dot weighs the samples, in four sums that do not wait for each other. Both
// have one even length.
func dot(in, taps []float32) float32 {
	taps = taps[:len(in)]
	var a, b, c, d float32
	i := 0
	for ; i+4 <= len(in); i += 4 {
		x, t := in[i:i+4:i+4], taps[i:i+4:i+4]
		a += x[0] * t[0]
		b += x[1] * t[1]
		c += x[2] * t[2]
		d += x[3] * t[3]
	}
	for ; i < len(in); i++ {
		a += in[i] * taps[i]
	}
	return (a + b) + (c + d)
}

// resample brings a whole sound to [asr.SampleRate].
func resample(ctx context.Context, in []float32, rate int) ([]float32, error) {
	if rate == asr.SampleRate || len(in) == 0 {
		return in, nil
	}
	r := NewResampler(rate)
	out := make([]float32, 0, (len(in)*r.up+r.down-1)/r.down+r.half)
	for len(in) > 0 {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		n := min(len(in), maxRate) // a second or more
		out = r.Write(out, in[:n])
		in = in[n:]
	}
	return r.Flush(out), nil
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
