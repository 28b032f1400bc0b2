package mic

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"frontdesk/asr"
	"frontdesk/bot"
)

// The room echoes for a moment after the desk has spoken, and that is not heard.
func TestEcho(t *testing.T) {
	r := &room{t: t}
	speaking, hush := make(chan struct{}), make(chan struct{})
	_, l, stop := started(t, r, config(nil), says, func(d *Deps) {
		d.Speak = func(context.Context, bot.Reply) error {
			close(speaking)
			<-hush
			return nil
		}
	})
	l.play(speech("hey desk lights"), silence(2*time.Second))
	<-speaking
	close(hush)
	r.until("the window", r.last("listening"))
	echo := speech("office")
	echo.Samples = echo.Samples[:asr.SampleRate/4]
	l.play(echo, silence(2*time.Second))
	stop()
	if i := slices.Index(r.events, "speaking"); slices.Contains(r.events[i:], "hearing") {
		t.Errorf("it hears the echo: %q", r.events)
	}
}

// Whoever wakes the desk while it speaks wants to speak: it falls silent and listens.
func TestPushWhileSpeaking(t *testing.T) {
	r := &room{t: t}
	speaking, stopped := make(chan struct{}, 9), make(chan struct{}, 9)
	m, l, stop := started(t, r, config(func(c *Config) { c.Listen = OnPush }), says, func(d *Deps) {
		d.Speak = func(ctx context.Context, _ bot.Reply) error {
			speaking <- struct{}{}
			select {
			case <-ctx.Done():
			case <-time.After(time.Minute):
			}
			stopped <- struct{}{}
			return ctx.Err()
		}
	})
	defer stop()
	m.Push()
	l.play(silence(time.Second), speech("lights"), silence(2*time.Second))
	<-speaking
	m.Push()
	l.play(silence(100 * time.Millisecond))
	select {
	case <-stopped:
	case <-time.After(30 * time.Second):
		t.Fatal("it speaks on")
	}
	r.until("that it listens", func() bool {
		i := slices.Index(r.events, "speaking")
		return i >= 0 && slices.Contains(r.events[i:], "listening") && slices.Contains(r.events[i:], "woken: push")
	})
	l.play(silence(time.Second), speech("office"), silence(2*time.Second))
	r.until("what is said next", func() bool { return len(r.got) == 2 && r.got[1].Overheard == 0 })
}

// A counting spotter never finds anything.
type counting struct{ writes, resets atomic.Int64 }

func (c *counting) Write([]float32) (float32, bool, error) { c.writes.Add(1); return 0, false, nil }
func (c *counting) Reset()                                 { c.resets.Add(1) }

// What finds a phrase in the sound forgets what came before a gap.
func TestSpotterForgets(t *testing.T) {
	r := &room{t: t}
	s := &counting{}
	_, l, stop := started(t, r, config(nil), says, func(d *Deps) { d.Spotter = s })
	l.play(silence(time.Second))
	if s.writes.Load() == 0 || s.resets.Load() != 0 {
		t.Errorf("%d pieces were heard, and %d times forgotten", s.writes.Load(), s.resets.Load())
	}
	l.pieces <- asr.Clip{}
	l.play(silence(time.Second))
	stop()
	if s.resets.Load() != 1 {
		t.Errorf("%d times forgotten", s.resets.Load())
	}
}

// The overhead is the time from the end of what was said without the recogniser's own.
func TestOverhead(t *testing.T) {
	at := func(ms int) time.Time { return time.UnixMilli(int64(1_000_000 + ms)) }
	w := &worker{heard: []span{{at(-500), at(-300)}, {at(-50), at(20)}, {at(30), at(70)}}}
	if got := w.overhead(at(0), at(100)); got != 40*time.Millisecond {
		t.Errorf("got %v", got)
	}
}
