//go:build whisper && cgo

package whisper

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"frontdesk/asr"
	"frontdesk/asr/whisper/ggmltest"
)

// guessing is a small model whose weights differ by the seed. It hears nothing but
// noise in any sound.
func guessing(seed uint64) ggmltest.Model {
	return ggmltest.Model{Width: 32, AudioLayers: 1, TextLayers: 1, TextCtx: 128, Seed: seed, F16: true}
}

// long is as long as what a model may hear that guesses.
var long = strings.TrimSpace(strings.Repeat("and on ", 25))

// phrases are what is expected.
var phrases = [][]string{
	{"turn on the kitchen light", "turn off the kitchen light", "close the blinds", long},
	{"stop", long},
	{long, "set the bedroom to 21 degrees", "set the bedroom to 22 degrees", "set the volume to 20%", "wake me at 7 a.m.", "play", "play music",
		"open the garage door", "switch to the red scene please now", "EcoBee off"},
}

// TestGuided holds that the reading is always a sentence that was expected, the same
// each time, and is measured.
func TestGuided(t *testing.T) {
	measured := 0
	for seed := range uint64(1) {
		e := open(t, guessing(seed).File(t), quick())
		for i, sentences := range phrases {
			expected := asr.NewExpected(sentences, "", []string{"hey desk"}[:i%2])
			clip := tone(0.7+0.4*float64(i), seed+uint64(i))
			first := transcribe(t, e, clip, asr.Hints{Expected: expected})
			if first.Text == "" {
				t.Fatalf("seed %d: the model hears nothing, so nothing is tested", seed)
			}
			again := transcribe(t, e, clip, asr.Hints{Expected: expected})
			if first.Expected != again.Expected {
				t.Errorf("seed %d: first %+v, then %+v", seed, first.Expected, again.Expected)
			}
			// There is none where the free reading is much longer; see TestGuidedIsLikeliest.
			if g := first.Expected; g != (asr.Reading{}) && (!slices.Contains(sentences, g.Text) || !g.Measured || math.IsNaN(g.Margin) || math.IsInf(g.Margin, 0)) {
				t.Errorf("seed %d: %+v is not expected", seed, g)
			}
			if first.Expected.Measured {
				measured++
			}
			if i > 0 {
				continue
			}
			free := transcribe(t, e, clip, asr.Hints{})
			if free.Text != first.Text || free.Expected != (asr.Reading{}) {
				t.Errorf("seed %d: what is expected changes the free reading from %q to %q, or is made up: %+v", seed, free.Text, first.Text, free.Expected)
			}
		}
	}
	if measured == 0 {
		t.Errorf("%d readings were measured, so little was tested", measured)
	}
}

// TestGuidedIsLikeliest compares with asking the model for every sentence in turn.
func TestGuidedIsLikeliest(t *testing.T) {
	if testing.Short() {
		t.Skip("it asks a model very often")
	}
	found := map[string]bool{}
	for seed := range uint64(1) {
		e := open(t, guessing(seed).File(t), quick())
		for i, sentences := range [][]string{{"turn on", "turn off", "red light"}, {"play music now", "open the door", "wake up call", "to 20%"}} {
			clip := tone(0.6+0.2*float64(seed), seed+10*uint64(i))
			err := inRun(t, e, clip, func(r *run) error {
				if _, err := r.hear(asr.Hints{}); err != nil {
					return err
				}
				var free []int32
				for range 4 { // as long as the sentences are
					for _, token := range r.s.pieces()[0].tokens[:4] {
						free = append(free, token.id)
					}
				}
				tr, err := r.m.tries.of(r.ctx, r.m.lib, asr.NewExpected(sentences, "", nil))
				if err != nil {
					return err
				}
				d := r.newNotes()
				g, err := find(tr, free, r.m.lib.eot, d.score)
				if err != nil {
					return err
				}
				if !slices.Contains(sentences, g.text) {
					return fmt.Errorf("%q is not expected", g.text)
				}
				found[g.text] = true
				best, most := "", math.Inf(-1)
				for _, tokens := range allOf(tr) {
					log := 0.0
					for at, next := range append(slices.Clone(tokens), r.m.lib.eot) {
						d := r.newNotes() // which remembers nothing
						rows, err := d.score(tokens[:at], at)
						if err != nil {
							return err
						}
						log += float64(rows[0][next]) - logSum(rows[0])
					}
					if log > most {
						best, most = fmt.Sprint(tokens), log
					}
				}
				if got := fmt.Sprint(g.tokens); got != best || math.Abs(g.log-most) > 0.01 {
					return fmt.Errorf("found %v (%v), and %v (%v) is likelier", got, g.log, best, most)
				}
				return nil
			})
			if err != nil {
				t.Errorf("seed %d, phrases %d: %v", seed, i, err)
			}
		}
	}
	if len(found) < 2 {
		t.Errorf("only %v were found, so little was tested", found)
	}
}

// TestGuidedRemembers holds that the guided reading is the same whether it takes what the
// library has computed for the free reading, computes it again, or does so a token at a
// time, as a library makes it do that keeps the last logits alone.
func TestGuidedRemembers(t *testing.T) {
	skipShort(t)
	c := quick()
	c.Prompt = 20
	e := open(t, guessing(1).File(t), c)
	h := asr.Hints{Words: []string{"Zigbee", "Shelly"}, Expected: asr.NewExpected(phrases[2], "", []string{"hey desk"})}
	for seed := range uint64(2) {
		err := inRun(t, e, tone(1, seed), func(r *run) error {
			got, err := r.hear(h)
			if err != nil {
				return err
			}
			if !got.Expected.Measured {
				return errors.New("nothing is measured")
			}
			for _, single := range []bool{false, true} {
				n := r.newNotes()
				g, err := r.guided(h.Expected, got.Sound, n)
				if err != nil {
					return err
				}
				n.messy, n.single = true, single
				free, _ := n.close()
				again, err := g.read(free)
				if err != nil {
					return err
				}
				if again.Text != got.Expected.Text || math.Abs(again.Margin-got.Expected.Margin) > 1e-3 {
					return fmt.Errorf("one at a time %v: %+v, and not %+v", single, again, got.Expected)
				}
			}
			return nil
		})
		if err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
	}
}

// TestGuidedOff: who does not want it does not get it.
func TestGuidedOff(t *testing.T) {
	c := quick()
	c.Guided = false
	e := open(t, guessing(1).File(t), c)
	if got := transcribe(t, e, tone(1, 1), asr.Hints{Expected: asr.NewExpected(phrases[0], "", nil)}); got.Expected != (asr.Reading{}) {
		t.Errorf("%+v", got.Expected)
	}
}

// TestGuidedAtOnce: several clips at once share the trie, and those that are stopped
// leave the others alone.
func TestGuidedAtOnce(t *testing.T) {
	c := quick()
	c.States = 2
	e := open(t, guessing(2).File(t), c)
	h := asr.Hints{Expected: asr.NewExpected(phrases[2], "", nil)}
	want := transcribe(t, e, tone(1, 1), h)
	var all sync.WaitGroup
	for i := range 6 {
		all.Go(func() {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			if i%3 == 2 {
				cancel()
			}
			got, err := e.Transcribe(ctx, tone(1, 1), h)
			if i%3 == 2 && !errors.Is(err, context.Canceled) || i%3 != 2 && (err != nil || got.Expected != want.Expected) {
				t.Errorf("%+v, %v; want %+v", got.Expected, err, want.Expected)
			}
		})
	}
	all.Wait()
}

// TestTriesKept holds that a trie is made once, and that few are kept.
func TestTriesKept(t *testing.T) {
	if testing.Short() {
		t.Skip("it asks a model very often")
	}
	e := open(t, guessing(1).File(t), quick())
	err := inRun(t, e, tone(1, 1), func(r *run) error {
		expected := make([]*asr.Expected, maxTries+2)
		made := make([]*trie, len(expected))
		for i := range expected {
			expected[i] = asr.NewExpected([]string{fmt.Sprintf("room %d", i)}, "", nil)
			var err error
			if made[i], err = r.m.tries.of(r.ctx, r.m.lib, expected[i]); err != nil {
				return err
			}
			if first, _ := r.m.tries.of(r.ctx, r.m.lib, expected[0]); first != made[0] {
				return fmt.Errorf("the trie that is always used is made anew at %d", i)
			}
		}
		if n := len(r.m.tries.all); n != maxTries {
			return fmt.Errorf("%d tries are kept", n)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
