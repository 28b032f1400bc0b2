//go:build whisper && cgo

package whisper

import (
	"context"
	"testing"
	"time"

	"frontdesk/asr"
)

// TestStopsInDecoder: a run that is told to stop ends at its next step, and does not go on
// for nobody: then there is no text.
func TestStopsInDecoder(t *testing.T) {
	skipShort(t)
	e := open(t, modelFile(t, tiny()), quick())
	for _, stop := range []bool{false, true} {
		calls := 0
		err := inRun(t, e, tone(1, 1), func(r *run) error {
			return r.s.full(r.samples, how{threads: 1, audioContext: 256, maxTokens: 8, filter: func([]int32, []float32) {
				if calls++; calls == 3 && stop {
					r.s.stop()
				}
			}})
		}, func(r *run) error {
			if n := len(r.s.pieces()); (n == 0) != stop {
				t.Errorf("told to stop: %v; and it comes to a text of %d pieces", stop, n)
			}
			return nil
		})
		if err != nil || stop && calls != 3 {
			t.Errorf("%d steps, and it was told to stop at the third; %v", calls, err)
		}
	}
}

// TestWarm: a model is run once before the first recording, unless it may be lazy.
func TestWarm(t *testing.T) {
	skipShort(t)
	file := modelFile(t, tiny())
	c := quick()
	if e := open(t, file, c); e.Stats().States != 0 {
		t.Errorf("lazy, and %d states are made", e.Stats().States)
	}
	c.Lazy = false
	e := open(t, file, c)
	if len(e.model.idle) != 1 || e.model.idle[0].passes() != 1 {
		t.Errorf("%d states are ready", len(e.model.idle))
	}
	if err := e.Swap(context.Background(), file); err != nil || len(e.model.idle) != 1 || e.model.idle[0].passes() != 1 {
		t.Errorf("after another model, %d states are ready, %v", len(e.model.idle), err)
	}
}

// TestPositions: the encoder computes as many positions as the sound needs, and not always
// its whole window: what it makes of the same sound is then not quite the same.
func TestPositions(t *testing.T) {
	skipShort(t)
	n := tiny()
	n.AudioContext = 1500
	e := open(t, modelFile(t, n), quick())
	likely := func(margin time.Duration) float64 {
		e.c.Margin = margin // nobody else uses the engine
		return transcribe(t, e, tone(1, 1), asr.Hints{}).LogProbability
	}
	cut, more, whole := likely(time.Second), likely(7*time.Second), likely(wholeWindow)
	if cut == more || more == whole || cut == whole {
		t.Errorf("cut %v, with more after it %v, whole %v", cut, more, whole)
	}
	if again := likely(2 * time.Second); again != cut {
		t.Errorf("as many positions give %v, and not %v", again, cut)
	}
}

// TestThreads: a run computes with as many threads as are configured.
func TestThreads(t *testing.T) {
	skipShort(t)
	e := open(t, modelFile(t, tiny()), quick()) // with one
	err := inRun(t, e, tone(0.2, 1), func(r *run) error {
		if _, err := r.hear(asr.Hints{}); err != nil {
			return err
		}
		if r.how.threads != 1 {
			t.Errorf("%d threads, and 1 is configured", r.how.threads)
		}
		p, err := r.s.params(how{threads: 3})
		if p.Threads() != 3 {
			t.Errorf("of 3 threads, the library is told %d", p.Threads())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if n := (Config{Threads: 7}).threads(); n != 7 {
		t.Errorf("%d threads, and 7 are configured", n)
	}
}
