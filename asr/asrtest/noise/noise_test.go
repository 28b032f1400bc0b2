package noise_test

import (
	"math"
	"slices"
	"testing"

	"frontdesk/asr/asrtest/noise"
)

var sources = map[string]func(seed uint64) noise.Source{
	"kitchen": func(seed uint64) noise.Source { return noise.NewKitchen(seed) },
	"music":   func(seed uint64) noise.Source { return noise.NewMusic(seed) },
}

// TestSources: a source is the same however it is asked, another for another seed,
// and neither silent nor out of range.
func TestSources(t *testing.T) {
	for name, source := range sources {
		whole := noise.Of(source(1), 5)
		var parts []float32
		for s, n := source(1), 1; len(parts) < len(whole); n = n*3 + 1 {
			part := make([]float32, min(n, len(whole)-len(parts)))
			s.Fill(part)
			parts = append(parts, part...)
		}
		if !slices.Equal(parts, whole) {
			t.Errorf("%s: it depends on how much is asked at once", name)
		}
		if slices.Equal(noise.Of(source(2), 5), whole) {
			t.Errorf("%s: the seed changes nothing", name)
		}
		if level := noise.Level(whole); level < 0.01 || level > 0.5 {
			t.Errorf("%s: its level is %v", name, level)
		}
		for i, x := range whole {
			if !(x >= -1 && x <= 1) {
				t.Fatalf("%s: sample %d is %v", name, i, x)
			}
		}
	}
}

func TestLevel(t *testing.T) {
	sound := make([]float32, 32*512)
	for i := range sound {
		switch f := i / 512; {
		case f < 8: // silence
		case f < 16: // 20 dB below the loudest
			sound[i] = 0.05
		case f < 24:
			sound[i] = -0.5
		default: // 40 dB below
			sound[i] = 0.005
		}
	}
	loud, n := noise.Loud(sound)
	if n != 16 || loud[7] || !loud[8] || !loud[23] || loud[24] {
		t.Errorf("%d frames are loud: %v", n, loud)
	}
	if got, want := noise.Level(sound), math.Sqrt((0.05*0.05+0.5*0.5)/2); math.Abs(got-want) > 1e-6 {
		t.Errorf("the level is %v, not %v", got, want)
	}
	if got := noise.Level(make([]float32, 1000)); got != 0 {
		t.Errorf("the level of silence is %v", got)
	}
}

func TestOver(t *testing.T) {
	speech := make([]float32, 16000)
	for i := range speech {
		speech[i] = float32(0.3 * math.Sin(float64(i)))
	}
	heard := noise.Over(speech, noise.NewKitchen(3), 3*16000, 16000, 10)
	for i, x := range speech {
		heard[16000+i] -= x
	}
	var sum float64
	for _, x := range heard {
		sum += float64(x) * float64(x)
	}
	if got := 20 * math.Log10(noise.Level(speech)/math.Sqrt(sum/float64(len(heard)))); math.Abs(got-10) > 0.01 {
		t.Errorf("the noise is %v dB softer, not 10", got)
	}
}
