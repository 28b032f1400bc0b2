// Package noise makes sounds in which nobody speaks, for tests: a kitchen at work and
// something like music. They are computed, and the same for the same seed.
package noise

import (
	"math"
	"math/rand/v2"

	"frontdesk/asr"
)

// A Source is an endless sound, 16 kHz mono in [-1, 1]. It is not safe for
// concurrent use.
type Source interface {
	// Fill makes the next samples of it.
	Fill(into []float32)
}

// Of gives the next seconds of a source.
func Of(s Source, seconds float64) []float32 {
	sound := make([]float32, int(seconds*asr.SampleRate))
	s.Fill(sound)
	return sound
}

const (
	rate   = float64(asr.SampleRate)
	frame  = 512  // samples: 32 ms
	within = 30.0 // decibels below the loudest frame that still count as sound
)

// Level is the root mean square of the frames of a sound that are within 30 dB of
// its loudest frame: that of the speech in a recording, whatever pauses it has.
func Level(sound []float32) float64 {
	loud, _ := Loud(sound)
	var sum float64
	n := 0
	for f, is := range loud {
		if is {
			for _, x := range sound[f*frame : min((f+1)*frame, len(sound))] {
				sum += float64(x) * float64(x)
				n++
			}
		}
	}
	if n == 0 {
		return 0
	}
	return math.Sqrt(sum / float64(n))
}

// Loud says of every frame of 512 samples whether it is within 30 dB of the loudest
// one, and how many are.
func Loud(sound []float32) (loud []bool, n int) {
	var power []float64
	var peak float64
	for at := 0; at < len(sound); at += frame {
		var sum float64
		for _, x := range sound[at:min(at+frame, len(sound))] {
			sum += float64(x) * float64(x)
		}
		power = append(power, sum)
		peak = max(peak, sum)
	}
	for _, p := range power {
		is := p > 0 && p >= peak*math.Pow(10, -within/10)
		loud = append(loud, is)
		if is {
			n++
		}
	}
	return loud, n
}

// Over puts speech over the sound of a source, from the sample at on, and gives
// what is heard: length samples, in which the source is snr decibels softer than the
// [Level] of the speech. It is made softer as a whole where it would be over 1.
func Over(speech []float32, s Source, length, at int, snr float64) []float32 {
	heard := make([]float32, length)
	s.Fill(heard)
	var sum float64
	for _, x := range heard {
		sum += float64(x) * float64(x)
	}
	gain := float32(0)
	if sum > 0 {
		gain = float32(Level(speech) / math.Sqrt(sum/float64(length)) * math.Pow(10, -snr/20))
	}
	for i := range heard {
		heard[i] *= gain
	}
	var peak float32
	for i, x := range speech {
		if at+i < length {
			heard[at+i] += x
		}
	}
	for _, x := range heard {
		peak = max(peak, x, -x)
	}
	if peak > 1 {
		for i := range heard {
			heard[i] /= peak
		}
	}
	return heard
}

// A white is white noise of root mean square 1.
type white struct{ *rand.Rand }

func newWhite(seed, stream uint64) white { return white{rand.New(rand.NewPCG(seed, stream))} }

func (w white) next() float64 { return (w.Float64()*2 - 1) * math.Sqrt(3) }

// A band lets a band of frequencies through: a filter of second order after Robert
// Bristow-Johnson, "Audio EQ Cookbook", https://www.w3.org/TR/audio-eq-cookbook/, the
// band pass of constant peak gain.
type band struct{ b0, a1, a2, x1, x2, y1, y2 float64 }

func newBand(centre, q float64) band {
	w := 2 * math.Pi * centre / rate
	alpha := math.Sin(w) / (2 * q)
	return band{b0: alpha / (1 + alpha), a1: -2 * math.Cos(w) / (1 + alpha), a2: (1 - alpha) / (1 + alpha)}
}

func (f *band) next(x float64) float64 {
	y := f.b0*(x-f.x2) - f.a1*f.y1 - f.a2*f.y2
	f.x2, f.x1, f.y2, f.y1 = f.x1, x, f.y1, y
	return y
}

// A low lets what is below a frequency through, a filter of first order.
type low struct{ part, y float64 }

func newLow(corner float64) low { return low{part: 1 - math.Exp(-2*math.Pi*corner/rate)} }

func (f *low) next(x float64) float64 {
	f.y += f.part * (x - f.y)
	return f.y
}

// A partial is a sine that dies away.
type partial struct{ re, im, stepRe, stepIm float64 }

// newPartial begins with a level, at a frequency, and has fallen to a thousandth
// after so many seconds.
func newPartial(level, frequency, seconds float64) partial {
	w := 2 * math.Pi * frequency / rate
	decay := math.Pow(1e-3, 1/(seconds*rate))
	return partial{re: level, stepRe: decay * math.Cos(w), stepIm: decay * math.Sin(w)}
}

func (p *partial) next() float64 {
	p.re, p.im = p.re*p.stepRe-p.im*p.stepIm, p.re*p.stepIm+p.im*p.stepRe
	return p.im
}

func (p *partial) gone() bool { return p.re*p.re+p.im*p.im < 1e-10 }

// ring lets partials sound, and forgets those that have died away.
func ring(partials []partial) (rest []partial, x float64) {
	rest = partials[:0]
	for i := range partials {
		x += partials[i].next()
		if !partials[i].gone() {
			rest = append(rest, partials[i])
		}
	}
	return rest, x
}

// soft keeps a sum of sounds within [-1, 1].
func soft(x float64) float32 { return float32(math.Tanh(x)) }
