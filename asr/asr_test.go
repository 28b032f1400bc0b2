package asr_test

import (
	"testing"
	"time"

	"frontdesk/asr"
)

func TestDuration(t *testing.T) {
	for samples, want := range map[int]time.Duration{0: 0, 8000: 500 * time.Millisecond, 16000 * 3600: time.Hour} {
		if got := (asr.Clip{Samples: make([]float32, samples)}).Duration(); got != want {
			t.Errorf("%d samples: %v, not %v", samples, got, want)
		}
	}
}
