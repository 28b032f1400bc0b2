package vad_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"frontdesk/asr"
	"frontdesk/asr/vad"
)

// TestSegmenter: what is found in sounds that are written as a letter a frame: "S"
// for sure speech, "s" for some that is between the thresholds, "." for silence. The
// events are written as kind, frames from–to, and the frame in which it was known.
func TestSegmenter(t *testing.T) {
	speech, silence := func(n int) string { return strings.Repeat("S", n) }, func(n int) string { return strings.Repeat(".", n) }
	for _, c := range []struct{ name, sound, want string }{
		{"silence", silence(100), ""},
		{"an utterance has the sound around it, and ends sooner as it was longer",
			silence(50) + speech(80) + silence(50), "began 30 @56, ended 30–146 @146"},
		{"a short one waits longer", silence(50) + speech(8) + silence(60), "began 30 @56, ended 30–87 @87"},
		{"a click is dropped", silence(50) + "SS" + silence(50), "dropped 30 @60"},
		{"what is only just taken for speech is dropped", silence(50) + strings.Repeat("T", 10) + silence(50), "dropped 30 @68"},
		{"soft speech goes on", silence(50) + "SSSSSSSS" + strings.Repeat("s", 60) + "SS" + silence(40), "began 30 @56, ended 30–136 @136"},
		{"but does not begin", silence(50) + strings.Repeat("s", 60), ""},
		{"a pause is bridged", silence(50) + speech(20) + silence(20) + speech(20) + silence(80), "began 30 @56, ended 30–135 @135"},
		{"two utterances", silence(50) + speech(80) + silence(60) + speech(80) + silence(60), "began 30 @56, ended 30–146 @146, began 170 @196, ended 170–286 @286"},
		{"no sound is in both of two", silence(50) + speech(80) + silence(17) + speech(80) + silence(60), "began 30 @56, ended 30–146 @146, began 146 @153, ended 146–243 @243"},
		{"the stream begins with speech", speech(80) + silence(60), "began 0 @6, ended 0–96 @96"},
		{"the stream ends with speech", silence(50) + speech(80), "began 30 @56, ended 30–130 @130"},
		{"the stream ends with a click", silence(50) + "S", "dropped 30 @51"},
		{"too long, cut where it is the least like speech", silence(50) + speech(60) + "t" + speech(60) + silence(50),
			"began 30 @56, ended 30–111 cut @124, ended 111–187 @187"},
		{"too long, in a pause", silence(50) + speech(73) + silence(50), "began 30 @56, ended 30–124 @124"},
	} {
		config := vad.DefaultConfig()
		if strings.HasPrefix(c.name, "too long") {
			config.MaxLength = 94 * 32 * time.Millisecond
		}
		var p []float32
		var sound []float32
		for i, letter := range c.sound {
			p = append(p, map[rune]float32{'S': 0.98, 'T': 0.55, 't': 0.7, 's': 0.4, '.': 0.01}[letter])
			for range vad.Frame {
				sound = append(sound, map[bool]float32{true: 1e-3, false: 0.3}[letter == '.']*float32(1+i%2))
			}
		}
		s := vad.NewSegmenter(&scripted{probabilities: p}, config)
		events, err := s.Write(sound)
		if err != nil {
			t.Fatal(err)
		}
		rest, err := s.Flush()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range append(events, rest...) {
			from, to, at := e.Segment.Start/vad.Frame, e.Segment.End()/vad.Frame, e.At/vad.Frame
			switch {
			case e.Kind != vad.Ended:
				got = append(got, fmt.Sprintf("%v %d @%d", e.Kind, from, at))
			case e.Segment.Cut:
				got = append(got, fmt.Sprintf("ended %d–%d cut @%d", from, to, at))
			default:
				got = append(got, fmt.Sprintf("ended %d–%d @%d", from, to, at))
			}
		}
		if got := strings.Join(got, ", "); got != c.want {
			t.Errorf("%s:\n     %s\nwant %s", c.name, got, c.want)
		}
	}
}

// TestStreamFails: the error says where, and what was found before is given.
func TestStreamFails(t *testing.T) {
	p := make([]float32, 20)
	for i := range p {
		p[i] = 0.98
	}
	broken := errors.New("broken")
	s := vad.NewSegmenter(&scripted{probabilities: p, err: broken}, vad.DefaultConfig())
	events, err := s.Write(make([]float32, 30*vad.Frame))
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), "after 9728 samples") {
		t.Errorf("the error is %v", err)
	}
	if len(events) != 1 || events[0].Kind != vad.Began || !s.Speaking() {
		t.Errorf("there are %v", events)
	}
	if s.Reset(); s.Speaking() {
		t.Error("Reset leaves somebody speaking")
	}
	if _, err := vad.Segments(t.Context(), fails{broken}, asr.Clip{Samples: make([]float32, 10)}, vad.DefaultConfig()); !errors.Is(err, broken) {
		t.Errorf("without a stream: %v", err)
	}
}

type fails struct{ err error }

func (f fails) Stream() (vad.Stream, error) { return nil, f.err }

// TestWrongConfig: what is out of range is reported, and never used.
func TestWrongConfig(t *testing.T) {
	for key, change := range map[string]func(c *vad.Config){
		"threshold":     func(c *vad.Config) { c.Threshold = math.NaN() },
		"end_threshold": func(c *vad.Config) { c.EndThreshold = 0.6 },
		"min_speech":    func(c *vad.Config) { c.MinSpeech = 3 * time.Second },
		"pre_roll":      func(c *vad.Config) { c.PreRoll = -1 },
		"post_roll":     func(c *vad.Config) { c.PostRoll = time.Hour },
		"end_silence":   func(c *vad.Config) { c.EndSilence = 0 },
		"max_length":    func(c *vad.Config) { c.MaxLength = math.MaxInt64 },
	} {
		c := vad.DefaultConfig()
		c.Check(func(key, what, do string) { t.Errorf("the default's %s: %s; %s", key, what, do) })
		change(&c)
		reported := map[string]bool{}
		c.Check(func(key, what, do string) { reported[key] = what != "" && do != "" })
		if !reported[key] {
			t.Errorf("%s is not reported, but %v", key, reported)
		}
		sound, p := story([]byte{247, 96, 255, 160, 255, 255})
		same(t, 0, in(t, vad.NewSegmenter(&scripted{probabilities: p}, c), sound, func() int { return len(sound) }), reference(sound, p, vad.DefaultConfig()))
	}
}

func TestSegments(t *testing.T) {
	d := silero(t)
	c := vad.DefaultConfig()
	if found, err := vad.Segments(t.Context(), d, asr.Clip{}, c); err != nil || len(found) != 0 {
		t.Errorf("in no sound: %v, %v", found, err)
	}
	ended := errors.New("ended")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(ended)
	clip := asr.Clip{Samples: make([]float32, 2*asr.SampleRate)}
	if _, err := vad.Segments(ctx, d, clip, c); !errors.Is(err, ended) {
		t.Errorf("with a ctx that has ended: %v", err)
	}
	if _, err := vad.Speech(ctx, d, clip, c); !errors.Is(err, ended) {
		t.Errorf("with a ctx that has ended: %v", err)
	}
	if share, err := vad.Speech(t.Context(), d, clip, c); err != nil || share != 0 {
		t.Errorf("the share of speech in silence is %v, %v", share, err)
	}
}
