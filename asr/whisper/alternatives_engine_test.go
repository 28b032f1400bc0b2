//go:build whisper && cgo

package whisper

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"testing"

	"frontdesk/asr"
	"frontdesk/asr/asrtest"
)

// unsure is quick, with other readings.
func unsure() Config {
	c := quick()
	c.Alternatives = 3
	return c
}

// TestAlternativesHeard: what is heard unsurely has up to three other readings, the same
// each time and in every state, each as likely as the decoder has it when it is asked for it
// alone; where none is likelier they change nothing else that is told, and who wants none
// gets none.
func TestAlternativesHeard(t *testing.T) {
	c := unsure()
	c.States = 2
	e, without := open(t, trained, c), open(t, trained, quick())
	h := asr.Hints{Expected: asr.NewExpected([]string{"turn on the kitchen light", "close the garage door"}, "", nil)}
	clip := in(0.3, asrtest.Say(t, "flite:slt", "turn on the kitchen light"), 0.5, 2.5)
	e.mostTokens, without.mostTokens = 0, 0
	want := transcribe(t, e, clip, h)
	t.Logf("%q %.2f, %+v", want.Text, want.Confidence, want.Alternatives)
	if n := len(want.Alternatives); n == 0 || n > 3 {
		t.Fatalf("%+v", want.Alternatives)
	}
	plain := transcribe(t, without, clip, h)
	if plain.Alternatives != nil || plain.Text != want.Text || plain.Expected != want.Expected || plain.NoSpeech != want.NoSpeech {
		t.Errorf("without alternatives: %+v, with them: %+v", plain, want)
	}
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			if i == 3 {
				cancel()
			}
			got, err := e.Transcribe(ctx, clip, h)
			if i == 3 && !errors.Is(err, context.Canceled) || i < 3 && (err != nil || !slices.Equal(got.Alternatives, want.Alternatives)) {
				t.Errorf("%+v, %v; want %+v", got.Alternatives, err, want.Alternatives)
			}
		})
	}
	all.Wait()
	err := inRun(t, e, clip, func(r *run) error {
		if _, err := r.hear(h); err != nil {
			return err
		}
		n := r.newNotes()
		free, ok := n.close()
		if !ok {
			return errors.New("the sound has more than one window")
		}
		o := n.others(3)
		if _, err := o.find(free); err != nil {
			return err
		}
		if most := maxSearch + 2*(len(n.prompt)+len(free)+longer+ahead); n.effort > most {
			t.Errorf("it takes an effort of %d, and %d is the most", n.effort, most)
		}
		for _, a := range o.found {
			log := 0.0
			for at, next := range append(slices.Clone(a.tokens), r.m.lib.eot) {
				rows, err := r.newNotes().score(a.tokens[:at], at) // which remembers nothing
				if err != nil {
					return err
				}
				log += float64(rows[0][next]) - logSum(rows[0])
			}
			if math.Abs(log-a.log) > 0.01 {
				t.Errorf("%q has the logarithm %v, and asked for alone %v", a.said, a.log, log)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestAlternativesStopped: who has gone meanwhile is told so, and not that the decoder broke.
func TestAlternativesStopped(t *testing.T) {
	e := open(t, guessing(1).File(t), unsure())
	gone := errors.New("gone")
	err := inRun(t, e, tone(1, 1), func(r *run) error {
		got, err := r.hear(asr.Hints{})
		if err != nil {
			return err
		}
		ctx, cancel := context.WithCancelCause(r.ctx)
		r.ctx = ctx
		cancel(gone)
		n := r.newNotes()
		free, _ := n.close()
		return r.others(&got, nil, n, free)
	})
	if !errors.Is(err, gone) {
		t.Errorf("got %v", err)
	}
}

// TestTrainedAlternatives: what was said through noise is among other readings of a model
// that hears, also where it follows several ones or gives times; what is heard surely has
// none.
func TestTrainedAlternatives(t *testing.T) {
	skipShort(t)
	said := asrtest.Say(t, "flite:slt", "turn on the kitchen light")
	for name, change := range map[string]func(*Config){
		"greedily": func(*Config) {}, "a beam": func(c *Config) { c.Beam = 3 }, "with times": func(c *Config) { c.Times = true },
		"again": func(c *Config) { c.Fallbacks = 2 },
	} {
		c := unsure()
		change(&c)
		e := open(t, trained, c)
		e.mostTokens = 0
		clear, noisy := transcribe(t, e, in(0.3, said, 0.5, 0), asr.Hints{}), transcribe(t, e, in(0.3, said, 0.5, 3), asr.Hints{})
		if clear.Confidence < sure || clear.Alternatives != nil {
			t.Errorf("%s, said clearly: %+v", name, clear)
		}
		t.Logf("%s: %q %.2f, %+v", name, noisy.Text, noisy.Confidence, noisy.Alternatives)
		if len(noisy.Alternatives) == 0 {
			t.Errorf("%s, through noise: %+v", name, noisy)
		}
	}
}

// TestNotesOfWindows: of sound that the library heard in several windows, no other reading
// is looked for, as it would be in the last one alone.
func TestNotesOfWindows(t *testing.T) {
	e := open(t, guessing(1).File(t), quick())
	err := inRun(t, e, tone(1, 1), func(r *run) error {
		if _, err := r.hear(asr.Hints{}); err != nil {
			return err
		}
		if _, ok := r.newNotes().close(); !ok {
			return errors.New("one window counts as several")
		}
		r.s.run.windows++
		if _, ok := r.newNotes().close(); ok {
			return errors.New("several windows count as one")
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
