//go:build whisper && cgo

package whisper

import (
	"context"
	"math"
	"slices"
	"testing"
	"time"

	"frontdesk/asr"
	"frontdesk/asr/asrtest"
	"frontdesk/asr/hearing"
)

// trained is a model that really recognises speech; asr/whisper/fortests says what it is.
const trained = "testdata/for-tests-home.bin"

// in puts a sound between silences of that many seconds, and noise over all of it.
func in(before float64, c asr.Clip, after, noise float64) asr.Clip {
	all := slices.Concat(make([]float32, int(before*asr.SampleRate)), c.Samples, make([]float32, int(after*asr.SampleRate)))
	hiss := tone(float64(len(all)+1)/asr.SampleRate, 3).Samples
	for i := range all {
		all[i] += float32(noise) * (hiss[i] - 0.05)
	}
	return asr.Clip{Samples: all}
}

// TestTrained says sentences to a model that hears them, and that took the place of one
// which does not: what the engine tells of them is what was said, when, and how surely;
// and the gates, the cuts and the fallback around it do with that what they are for.
func TestTrained(t *testing.T) {
	skipShort(t)
	said := asrtest.Say(t, "flite:slt", "turn on the kitchen light")
	e := open(t, modelFile(t, tiny()), quick())
	if err := e.Swap(context.Background(), trained); err != nil {
		t.Fatal(err)
	}
	e.mostTokens = 0
	around := func(d hearing.Deps) *hearing.Recognizer {
		r := hearing.New(e, hearing.DefaultConfig(), d)
		t.Cleanup(func() { _ = r.Close() }) // it has no error
		return r
	}
	hear := func(r asr.Recognizer, c asr.Clip) asr.Transcript {
		t.Helper()
		got, err := r.Transcribe(context.Background(), c, asr.Hints{})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}

	t.Run("a command", func(t *testing.T) {
		got := hear(e, in(0.3, said, 0.5, 0))
		if got.Text != "turn on the kitchen light" || got.Confidence < 0.9 || got.NoSpeech > 0.05 || got.LogProbability < -0.1 {
			t.Errorf("%+v", got)
		}
		for _, token := range got.Segments[0].Tokens {
			if token.Probability < 0.75 {
				t.Errorf("%q was said, and is heard with the probability %v", token.Text, token.Probability)
			}
		}
	})
	t.Run("nobody", func(t *testing.T) {
		for name, c := range map[string]asr.Clip{"silence": in(2, asr.Clip{}, 0, 0), "a tone": in(2, asr.Clip{}, 0, 0.1)} {
			if got := hear(e, c); got.NoSpeech < 0.6 {
				t.Errorf("%s: that nobody speaks has the probability %v", name, got.NoSpeech)
			}
			if got := hear(around(hearing.Deps{}), c); got.Text != "" || got.Gate != asr.NoSpeech {
				t.Errorf("%s: %+v", name, got)
			}
		}
	})
	t.Run("times", func(t *testing.T) {
		e.c.Times = true // nobody else uses the engine
		defer func() { e.c.Times = false }()
		got := hear(e, in(1.2, said, 1.5, 0))
		if len(got.Segments) != 1 || got.Text != "turn on the kitchen light" {
			t.Fatalf("%+v", got)
		}
		within(t, "it", got.Segments[0], 1.2, said)
	})
	t.Run("long", func(t *testing.T) {
		second := asrtest.Say(t, "flite:awb", "close the garage door")
		first := in(5, said, 7, 0)
		c := asr.Clip{Samples: slices.Concat(first.Samples, in(0, second, 16, 0).Samples)}
		if c.Duration() < 30*time.Second {
			t.Fatalf("%v are one window", c.Duration())
		}
		got := hear(around(hearing.Deps{Detector: openVAD(t, "")}), c)
		if got.Text != "turn on the kitchen light close the garage door" || len(got.Segments) != 2 {
			t.Fatalf("%+v", got)
		}
		within(t, "the first", got.Segments[0], 5, said)
		within(t, "the second", got.Segments[1], first.Duration().Seconds(), second)
	})
	t.Run("unsure", func(t *testing.T) {
		asked := 0
		second := fallback(func() asr.Transcript {
			asked++
			return asr.Transcript{Text: "turn on the kitchen light", Confidence: 0.9, Engine: "another"}
		})
		r := around(hearing.Deps{Fallback: second})
		if got := hear(r, in(0.3, said, 0.5, 0)); got.Engine != engineName || asked != 0 {
			t.Errorf("said clearly: %+v, and the fallback is asked", got)
		}
		noisy := in(0.3, said, 0.5, 3)
		alone := hear(e, noisy)
		if alone.Text == "" || alone.Confidence > 0.5 {
			t.Fatalf("through noise %q is heard, and surely: %v", alone.Text, alone.Confidence)
		}
		if got := hear(r, noisy); got.Engine != "another" || asked != 1 {
			t.Errorf("through noise: %+v, and the fallback is asked %d times", got, asked)
		}
	})
}

// within says where a segment does not lie where something was said.
func within(t *testing.T, what string, s asr.Segment, from float64, said asr.Clip) {
	t.Helper()
	const apart = 1 // what a detector leaves around it, or a model is off
	to := from + said.Duration().Seconds()
	if start, end := s.Start.Seconds(), s.End.Seconds(); math.Abs(start-from) > apart || math.Abs(end-to) > apart || !(start < to && end > from) {
		t.Errorf("%s is said from %.2f s to %.2f s, and heard from %.2f s to %.2f s", what, from, to, start, end)
	}
}

// fallback stands for an engine that is elsewhere.
type fallback func() asr.Transcript

func (f fallback) Transcribe(context.Context, asr.Clip, asr.Hints) (asr.Transcript, error) {
	return f(), nil
}

// TestTrainedGuided: of the sentences that are expected the one that was said is found,
// also through noise in which another is heard freely, and with little of the effort that
// the search may take; where something else was said, none is likely.
func TestTrainedGuided(t *testing.T) {
	skipShort(t)
	sentences := []string{"turn on the kitchen light", "turn off the kitchen light", "close the garage door", "open the bedroom blinds",
		"set the office to 21 degrees", "set the office to 22 degrees", "turn off the living room lamp", "dim the kitchen light"}
	expected := asr.NewExpected(sentences, "", nil)
	e := open(t, trained, quick())
	e.mostTokens = 0
	differed := 0
	for _, c := range []struct {
		voice, said string
		noise       float64
	}{
		{"flite:slt", "turn on the kitchen light", 0}, {"flite:slt", "close the garage door", 2},
		{"flite:rms", "set the office to 21 degrees", 1}, {"flite:slt", "what time is it", 0},
	} {
		clip := in(0.3, asrtest.Say(t, c.voice, c.said), 0.5, c.noise)
		err := inRun(t, e, clip, func(r *run) error {
			got, err := r.hear(asr.Hints{Expected: expected})
			if err != nil {
				return err
			}
			effort := 0
			n := r.newNotes()
			g, err := r.guided(expected, got.Sound, n)
			if err != nil {
				return err
			}
			free, _ := n.close()
			if _, err := find(g.trie, free, r.m.lib.eot, func(tokens []int32, from int) ([][]float32, error) {
				effort += len(tokens) + 1 - from
				return n.score(tokens, from)
			}); err != nil {
				return err
			}
			t.Logf("%q: free %q %.2f, expected %q, margin %.2f, effort %d", c.said, got.Text, got.Confidence, got.Expected.Text, got.Expected.Margin, effort)
			if got.Text != c.said {
				differed++
			}
			if is := slices.Contains(sentences, c.said); is && got.Expected.Text != c.said || !is && got.Expected.Text != "" && got.Expected.Margin > -1 {
				t.Errorf("%q through %v of noise: %q is expected with the margin %v; freely %q is heard", c.said, c.noise, got.Expected.Text, got.Expected.Margin, got.Text)
			}
			if effort > maxEffort/2 {
				t.Errorf("%q through %v of noise takes an effort of %d", c.said, c.noise, effort)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	if differed < 2 {
		t.Errorf("%d are heard wrongly: little is tested", differed)
	}
}
