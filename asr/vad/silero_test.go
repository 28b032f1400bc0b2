package vad_test

import (
	"math"
	"strings"
	"sync"
	"testing"

	"frontdesk/asr/asrtest/noise"
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

// judge gives the probabilities of a sound in a new stream, or one that was reset.
func judge(t *testing.T, s vad.Stream, sound []float32) (p []float32) {
	t.Helper()
	for ; len(sound) >= vad.Frame; sound = sound[vad.Frame:] {
		one, err := s.Probability(sound[:vad.Frame])
		if err != nil {
			t.Error(err)
			return nil
		}
		p = append(p, one)
	}
	return p
}

// TestStreams: streams know nothing of each other, whoever uses them at once, and
// nothing of what was before Reset.
func TestStreams(t *testing.T) {
	d := silero(t)
	var want [3][]float32
	var sounds [3][]float32
	open := func() vad.Stream {
		s, err := d.Stream()
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for i := range want {
		sounds[i] = noise.Of(noise.NewMusic(uint64(i)), 1.5)
		want[i] = judge(t, open(), sounds[i])
	}
	var wg sync.WaitGroup
	for i := range want {
		s := open()
		wg.Go(func() {
			for range 2 {
				s.Reset()
				for f, p := range judge(t, s, sounds[i]) {
					if p != want[i][f] {
						t.Errorf("stream %d, frame %d: %v, not %v", i, f, p, want[i][f])
						return
					}
				}
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func TestBadFrames(t *testing.T) {
	d := silero(t)
	s, err := d.Stream()
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, vad.Frame - 1, vad.Frame + 1} {
		if _, err := s.Probability(make([]float32, n)); err == nil || !strings.Contains(err.Error(), "must have 512") {
			t.Errorf("a frame of %d samples: %v", n, err)
		}
	}
	// A segmenter lets none of it through.
	g := vad.NewSegmenter(s, vad.DefaultConfig())
	bad := make([]float32, vad.Frame)
	for i := range bad {
		bad[i] = []float32{float32(math.NaN()), float32(math.Inf(1)), -1e30, 0.1}[i%4]
	}
	for range 20 {
		if _, err := g.Write(bad); err != nil {
			t.Fatal(err)
		}
	}
	music := noise.Of(noise.NewMusic(1), 1)
	for _, p := range judge(t, s, music) {
		if !(p >= 0 && p <= 1) {
			t.Fatalf("after samples that are no numbers the probability is %v", p)
		}
	}

	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Probability(make([]float32, vad.Frame)); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("after Close: %v", err)
	}
}
