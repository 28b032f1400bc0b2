package mic

import (
	"math"
	"time"

	"frontdesk/adapters/mic/capture"
	"frontdesk/asr"
)

// A tape holds the sound of the last moments: as much as the beginning of an
// utterance takes.
type tape struct{ samples []float32 }

// slack is how much more than needed a tape may hold, so that it is not moved for
// every piece.
const slack = 2 * asr.SampleRate

func (t *tape) add(samples []float32) {
	t.samples = append(t.samples, samples...)
	const enough = peekAfter + asr.SampleRate
	if over := len(t.samples) - enough; over >= slack {
		t.samples = t.samples[:copy(t.samples, t.samples[over:])]
	}
}

// from gives so many samples from a position on; now is that behind the last one.
func (t *tape) from(pos, now int64, n int) []float32 {
	at := max(0, len(t.samples)-int(now-pos))
	return append([]float32(nil), t.samples[at:min(at+n, len(t.samples))]...)
}

func (t *tape) forget() { t.samples = t.samples[:0] }

// metered is how many samples a level is of, at least: a tenth of a second, in whole
// pieces.
const metered = 3 * atOnce

// A meter measures sound, a level about every tenth of a second.
type meter struct {
	n           int
	peak, power float64
}

func (m *meter) add(samples []float32) (capture.Level, bool) {
	for _, s := range samples {
		x := float64(s)
		m.peak = max(m.peak, math.Abs(x))
		m.power += x * x
	}
	if m.n += len(samples); m.n < metered {
		return capture.Level{}, false
	}
	level := capture.LevelFrom(m.peak, m.power, m.n)
	*m = meter{}
	return level, true
}

// An epoch is when a stream began, by the clock: from it follows when a sample was
// recorded. A sample is never there before it was, so the earliest begin is the
// right one; it gives way slowly, because the clocks of sound cards are not ours.
type epoch struct {
	began time.Time
	pos   int64 // of the last note
}

func (e *epoch) note(now time.Time, pos int64) {
	began := now.Add(-duration(pos))
	if e.began.IsZero() {
		e.began = began
	}
	e.began = e.began.Add(duration(pos-e.pos) / 5000)
	if began.Before(e.began) {
		e.began = began
	}
	e.pos = pos
}

// when gives the time at which a position was recorded; where sound does not come as
// time passes, that is now.
func (e *epoch) when(now time.Time, pos int64, patient bool) time.Time {
	if patient || e.began.IsZero() {
		return now
	}
	if at := e.began.Add(duration(pos)); at.Before(now) {
		return at
	}
	return now
}
