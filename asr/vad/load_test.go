package vad_test

import (
	"os"
	"runtime"
	"testing"

	"frontdesk/asr"
	"frontdesk/asr/asrtest/noise"
	"frontdesk/asr/vad"
)

// heap is how many bytes are in use.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestMemory: hours of sound leave nothing behind; eight of them with
// FRONTDESK_TEST_LOAD=1.
func TestMemory(t *testing.T) {
	minutes := 5
	switch {
	case os.Getenv("FRONTDESK_TEST_LOAD") != "":
		minutes = 8 * 60
	case testing.Short():
		t.Skip("it takes seconds")
	}
	script := make([]byte, 50) // of much speech, of silence, and too long ones
	for i := range script {
		script[i] = byte(i * 37)
	}
	sound, probabilities := story(script)
	s := vad.NewSegmenter(&endless{probabilities: probabilities}, vad.DefaultConfig())
	ended := 0
	hear := func(seconds int) {
		for n := 0; n < seconds*asr.SampleRate; n += len(sound) {
			events, err := s.Write(sound)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range events {
				if e.Kind == vad.Ended {
					ended++
				}
			}
		}
	}
	hear(60)
	before := heap()
	hear(minutes * 60)
	if after := heap(); after > before+1<<20 {
		t.Errorf("after %d minutes the heap has gone from %d to %d bytes", minutes, before, after)
	}
	if ended < minutes {
		t.Errorf("only %d segments in %d minutes", ended, minutes)
	}
}

// endless is a stream whose probabilities are given, again and again.
type endless struct {
	probabilities []float32
	at            int
}

func (s *endless) Probability([]float32) (float32, error) {
	p := s.probabilities[s.at]
	s.at = (s.at + 1) % len(s.probabilities)
	return p, nil
}
func (s *endless) Reset()       { s.at = 0 }
func (s *endless) Close() error { return nil }

func BenchmarkSilero(b *testing.B) {
	s, err := silero(b).Stream()
	if err != nil {
		b.Fatal(err)
	}
	frame := noise.Of(noise.NewKitchen(1), 0.032)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Probability(frame); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSegmenter is its own cost of a frame, without the detector's.
func BenchmarkSegmenter(b *testing.B) {
	script := make([]byte, 50)
	for i := range script {
		script[i] = byte(i * 37)
	}
	sound, probabilities := story(script)
	s := vad.NewSegmenter(&endless{probabilities: probabilities}, vad.DefaultConfig())
	b.ReportAllocs()
	at := 0
	for b.Loop() {
		if _, err := s.Write(sound[at*vad.Frame : (at+1)*vad.Frame]); err != nil {
			b.Fatal(err)
		}
		at = (at + 1) % len(probabilities)
	}
}
