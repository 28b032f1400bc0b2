package whisper

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/asr"
)

func TestAudioContext(t *testing.T) {
	for _, c := range []struct {
		sound, margin time.Duration
		want, flash   int
	}{
		{time.Second / 10, 0, 256, 256},
		{2500 * time.Millisecond, 2560 * time.Millisecond, 256, 256}, // 253 positions
		{3 * time.Second, 2560 * time.Millisecond, 320, 512},
		{10 * time.Second, 2560 * time.Millisecond, 640, 768},
		{20 * time.Second, 0, 1024, 1024},
		{25700 * time.Millisecond, 0, 1344, 0},
		{27 * time.Second, 2560 * time.Millisecond, 0, 0}, // the next step would be the whole window
		{time.Minute, 0, 0, 0},
		{time.Second, 30 * time.Second, 0, 0},
	} {
		for step, want := range map[int]int{stepPositions: c.want, flashPositions: c.flash} {
			if got := audioContext(int(c.sound.Seconds()*asr.SampleRate), c.margin, 1500, step); got != want {
				t.Errorf("%v and %v in steps of %d: %d positions, not %d", c.sound, c.margin, step, got, want)
			}
		}
	}
	for samples := 1600; samples < 30*asr.SampleRate; samples += 777 {
		if n := audioContext(samples, 0, 1500, stepPositions); n != 0 && n*asr.SampleRate < samples*positions || n > 1500 {
			t.Fatalf("%d samples do not fit into %d positions", samples, n)
		}
	}
	if n := audioContext(1600, 0, 200, stepPositions); n != 0 {
		t.Errorf("a model of 200 positions is told to take %d", n)
	}
}

func TestClean(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	given := []float32{0.5, nan, inf, -inf, 3, -3, -1}
	got := clean(given)
	if want := []float32{0.5, 0, 1, -1, 1, -1, -1}; !slices.Equal(got, want) {
		t.Errorf("%v, not %v", got, want)
	}
	if given[4] != 3 {
		t.Error("the caller's samples were changed")
	}
}

func TestCompression(t *testing.T) {
	if got := compression(""); got != 0 {
		t.Errorf("no text: %v", got)
	}
	// Of Python: len(t)/len(zlib.compress(t)) is 0.78 and 15.0 or so; the streams of
	// Go differ by some bytes.
	if got := compression("turn on the kitchen light"); got < 0.6 || got > 1 {
		t.Errorf("a command: %v", got)
	}
	if got := compression(strings.Repeat("thank you ", 30)); got < 10 {
		t.Errorf("what repeats itself: %v", got)
	}
}

func TestSureness(t *testing.T) {
	// "turn" is sure; "kit" and "chen" are one word of 0.2.
	confidence, mean := sureness([]asr.Token{{Text: " turn", Probability: 0.9}, {Text: " kit", Probability: 0.4}, {Text: "chen", Probability: 0.1}})
	if math.Abs(confidence-0.2) > 1e-9 {
		t.Errorf("confidence %v, not 0.2", confidence)
	}
	if want := math.Log(0.9*0.4*0.1) / 3; math.Abs(mean-want) > 1e-9 {
		t.Errorf("mean %v, not %v", mean, want)
	}
	if c, m := sureness(nil); c != 0 || m != 0 {
		t.Errorf("nothing: %v, %v", c, m)
	}
	if c, m := sureness([]asr.Token{{Text: "a"}}); math.IsInf(m, 0) || math.IsNaN(c) || c > 1e-9 {
		t.Errorf("the impossible: %v, %v", c, m)
	}
}

func TestSoftmax(t *testing.T) {
	if got := softmaxOf([]float32{0, 0, float32(math.Log(2))}, 2); math.Abs(got-0.5) > 1e-6 {
		t.Errorf("%v, not 0.5", got)
	}
	if got := softmaxOf([]float32{float32(math.NaN()), 1}, 1); got != 0 {
		t.Errorf("no number: %v", got)
	}
}

func TestTrim(t *testing.T) {
	if got := trim(" K\xf6ln\x00 \xe2\x82 "); got != "K\uFFFDln \uFFFD" {
		t.Errorf("%q", got)
	}
}

func TestMostTokens(t *testing.T) {
	if got := mostTokens(2500*time.Millisecond, true); got != 64 {
		t.Errorf("%d tokens for 2.5 s of English", got)
	}
	if got := mostTokens(time.Second, false); got != 64 {
		t.Errorf("%d tokens for 1 s of another language", got)
	}
}

func TestLanguages(t *testing.T) {
	known := languages{"en": 0, "de": 2, "no": 29, "zh": 1, "jw": 57, "tl": 49, "yue": 99}
	english, all := Info{languages: 99}, Info{Multilingual: true, languages: 99}
	for _, c := range []struct {
		language string
		info     Info
		want     int
		says     string
	}{
		{"", english, 0, ""},
		{"auto", all, -1, ""},
		{"Auto", english, 0, ""},
		{"en-GB", english, 0, ""},
		{"de_CH", all, 2, ""},
		{"DE", all, 2, ""},
		{"nb-NO", all, 29, ""},
		{"fil", all, 49, ""},
		{"cmn-Hans", all, 1, ""},
		{"jv", all, 57, ""},
		{"de", english, 0, "English only"},
		{"yue", all, 0, "large-v3"},
		{"yue", Info{Multilingual: true, languages: 100}, 99, ""},
		{"tlh", all, 0, "does not know"},
	} {
		got, err := known.id(c.language, c.info)
		if c.says != "" {
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%q: %v does not say %q", c.language, err, c.says)
			}
		} else if err != nil || got != c.want {
			t.Errorf("%q: %d, %v, not %d", c.language, got, err, c.want)
		}
	}
	if got := tag(known.code(57)); got != "jv" {
		t.Errorf("Javanese is %q", got)
	}
}

func TestConfig(t *testing.T) {
	if err := DefaultConfig().check(); err != nil {
		t.Error(err)
	}
	c := DefaultConfig()
	c.Threads, c.States, c.Queue, c.Beam, c.Fallbacks, c.Prompt, c.Alternatives, c.Margin = -1, 0, -1, 9, 6, 300, 11, time.Minute
	var keys []string
	c.Check(func(key, what, do string) {
		keys = append(keys, key)
		if what == "" || do == "" {
			t.Errorf("%s: %q, %q", key, what, do)
		}
	})
	if want := []string{"threads", "states", "queue", "beam", "fallbacks", "prompt", "alternatives", "margin"}; !slices.Equal(keys, want) {
		t.Errorf("%q, not %q", keys, want)
	}
	if err := c.check(); err == nil || !strings.Contains(err.Error(), "speech.whisper.threads") {
		t.Errorf("%v does not name the key", err)
	}
	if n := DefaultConfig().threads(); n < 1 || n > autoThreads {
		t.Errorf("%d threads", n)
	}
}
