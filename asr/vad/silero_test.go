package vad_test

import (
	"math"
	"testing"

	"frontdesk/asr/vad"
	"frontdesk/internal/ort/orttest"
)

func silero(t testing.TB) *vad.Silero {
	t.Helper()
	d, err := vad.Open(orttest.Open(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// TestSilence: nobody speaks in silence, in a tone, or in a click.
func TestSilence(t *testing.T) {
	d := silero(t)
	for name, sound := range map[string]func(i int) float64{
		"silence": func(int) float64 { return 0 },
		"a tone":  func(i int) float64 { return 0.3 * math.Sin(float64(i)*2*math.Pi*1000/16000) },
		"a click": func(i int) float64 { return map[bool]float64{true: 1}[i == 5000] },
	} {
		s, err := d.Stream()
		if err != nil {
			t.Fatal(err)
		}
		for f := range 60 {
			frame := make([]float32, vad.Frame)
			for i := range frame {
				frame[i] = float32(sound(f*vad.Frame + i))
			}
			if p, err := s.Probability(frame); err != nil || p > 0.2 {
				t.Errorf("%s, frame %d: %v, %v", name, f, p, err)
			}
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
