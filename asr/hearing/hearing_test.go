package hearing_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"frontdesk/asr"
	"frontdesk/asr/hearing"
	"frontdesk/asr/vad"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// engine stands for one that is elsewhere.
type engine func(ctx context.Context, c asr.Clip, h asr.Hints) (asr.Transcript, error)

func (e engine) Transcribe(ctx context.Context, c asr.Clip, h asr.Hints) (asr.Transcript, error) {
	return e(ctx, c, h)
}

// says always hears the same.
func says(t asr.Transcript) engine {
	return func(context.Context, asr.Clip, asr.Hints) (asr.Transcript, error) { return t, nil }
}

// loud stands for a detector of the native library: what is loud is speech.
type loud struct{}

func (loud) Stream() (vad.Stream, error) { return loud{}, nil }
func (loud) Reset()                      {}
func (loud) Close() error                { return nil }
func (loud) Probability(frame []float32) (float32, error) {
	sum := 0.0
	for _, s := range frame {
		sum += float64(s) * float64(s)
	}
	if math.Sqrt(sum/float64(len(frame))) > 0.05 {
		return 0.99, nil
	}
	return 0.01, nil
}

// record gives sound of parts, each so many seconds long: speech where positive,
// quiet noise where negative.
func record(parts ...float64) (c asr.Clip) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, seconds := range parts {
		level := 0.3
		if seconds < 0 {
			level, seconds = 0.003, -seconds
		}
		for range int(seconds * asr.SampleRate) {
			c.Samples = append(c.Samples, float32(level*(2*rng.Float64()-1)))
		}
	}
	return c
}

func open(t *testing.T, e asr.Recognizer, change func(*hearing.Config, *hearing.Deps)) *hearing.Recognizer {
	t.Helper()
	c, d := hearing.DefaultConfig(), hearing.Deps{}
	if change != nil {
		change(&c, &d)
	}
	c.Check(func(key, what, do string) { t.Fatalf("%s: %s; %s", key, what, do) })
	r := hearing.New(e, c, d)
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func detecting(_ *hearing.Config, d *hearing.Deps) { d.Detector = loud{} }

func hear(t *testing.T, r *hearing.Recognizer, c asr.Clip, h asr.Hints) asr.Transcript {
	t.Helper()
	got, err := r.Transcribe(t.Context(), c, h)
	if err != nil {
		t.Fatal(err)
	}
	if got.Sound != c.Duration() {
		t.Errorf("the sound is %v long, not %v", got.Sound, c.Duration())
	}
	return got
}

// Where nobody speaks, no engine is asked.
func TestSilence(t *testing.T) {
	never := engine(func(context.Context, asr.Clip, asr.Hints) (asr.Transcript, error) {
		t.Error("the engine was asked")
		return asr.Transcript{Text: "thank you"}, nil
	})
	dither := asr.Clip{Samples: make([]float32, asr.SampleRate)}
	for i := range dither.Samples {
		dither.Samples[i] = float32(i%3-1) / 32768
	}
	for name, c := range map[string]asr.Clip{"none": {}, "zeros": {Samples: make([]float32, 32000)}, "dither": dither, "a click": record(0.05)} {
		if got := hear(t, open(t, never, nil), c, asr.Hints{}); got.Text != "" || got.Gate != asr.NoSpeech {
			t.Errorf("%s: %+v", name, got)
		}
	}
	for name, c := range map[string]asr.Clip{"noise": record(-5), "a cough": record(-1, 0.05, -1)} {
		if got := hear(t, open(t, never, detecting), c, asr.Hints{}); got.Text != "" || got.Gate != asr.NoSpeech {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// The engine gets the speech, with a little of what is around it, and the language.
func TestTrimmed(t *testing.T) {
	var given asr.Clip
	var hints asr.Hints
	r := open(t, engine(func(_ context.Context, c asr.Clip, h asr.Hints) (asr.Transcript, error) {
		given, hints = c, h
		return asr.Transcript{Text: " on\n", Confidence: 0.9, Engine: "x"}, nil
	}), detecting)
	whole := record(-3, 1, -0.5, 1, -4)
	expected := asr.NewExpected([]string{"on"}, "", nil)
	got := hear(t, r, whole, asr.Hints{Expected: expected, Words: []string{"Aarhus"}})
	if seconds := given.Duration().Seconds(); seconds < 2.5+0.5 || seconds > 2.5+2 {
		t.Errorf("it got %.2f s", seconds)
	}
	if hints.Language != "en" || hints.Expected != expected || len(hints.Words) != 1 {
		t.Errorf("with the hints %+v", hints)
	}
	if got.Text != "on" || got.Engine != "x" || got.Gate != "" || len(got.Segments) != 1 || got.Took <= 0 {
		t.Errorf("%+v", got)
	}
	if s := got.Segments[0]; s.Start < 2*time.Second || s.Start > 3*time.Second || s.End < 5500*time.Millisecond || s.End > 6500*time.Millisecond {
		t.Errorf("from %v to %v", s.Start, s.End)
	}
	if hear(t, r, whole, asr.Hints{Spoken: 2 * time.Second}); len(given.Samples) != len(whole.Samples) {
		t.Errorf("where it was found before how long is spoken, it got %d samples of %d", len(given.Samples), len(whole.Samples))
	}
	if hear(t, r, whole, asr.Hints{Language: "de"}); hints.Language != "de" {
		t.Errorf("the language is %q", hints.Language)
	}
}

// Without a detector the engine gets everything.
func TestUntrimmed(t *testing.T) {
	var given asr.Clip
	r := open(t, engine(func(_ context.Context, c asr.Clip, _ asr.Hints) (asr.Transcript, error) {
		given = c
		return asr.Transcript{Text: "on", Confidence: 1}, nil
	}), nil)
	c := record(-3, 1, -3)
	if got := hear(t, r, c, asr.Hints{}); len(given.Samples) != len(c.Samples) || got.Text != "on" || got.Segments != nil {
		t.Errorf("%d samples of %d: %+v", len(given.Samples), len(c.Samples), got)
	}
}

// Long recordings are cut at pauses, and put together again.
func TestLong(t *testing.T) {
	var parts []float64
	for range 12 {
		parts = append(parts, 8, -1) // 108 s
	}
	parts = append(parts, 40, -10, 2) // nobody breathes for so long; then a long pause
	c := record(parts...)
	for name, change := range map[string]func(*hearing.Config, *hearing.Deps){"a detector": detecting, "none": nil} {
		n, total := 0, 0
		r := open(t, engine(func(_ context.Context, c asr.Clip, h asr.Hints) (asr.Transcript, error) {
			if c.Duration() > 28*time.Second || h.Expected != nil {
				t.Errorf("%s: a piece of %v with %v", name, c.Duration(), h.Expected)
			}
			edge := 0.0
			for _, s := range c.Samples[len(c.Samples)-800:] {
				edge = max(edge, math.Abs(float64(s)))
			}
			if edge > 0.1 && total < 100*asr.SampleRate {
				t.Errorf("%s: the piece %d is cut within speech", name, n)
			}
			n, total = n+1, total+len(c.Samples)
			return asr.Transcript{Text: fmt.Sprintf("t%d", n), Confidence: 0.5, LogProbability: -0.5, NoSpeech: 0.25, Language: "en",
				Segments: []asr.Segment{{Start: time.Second, End: 30 * time.Second, Text: "x"}}}, nil
		}), change)
		got := hear(t, r, c, asr.Hints{Expected: asr.NewExpected([]string{"on"}, "", nil)})
		if n < 6 || n > 9 || len(strings.Fields(got.Text)) != n || len(got.Segments) != n || got.Confidence != 0.5 || got.LogProbability != -0.5 || got.NoSpeech != 0.25 || got.Language != "en" {
			t.Errorf("%s: %d pieces: %+v", name, n, got)
		}
		for i, s := range got.Segments {
			if s.End > c.Duration() || s.End <= s.Start || i > 0 && s.Start < got.Segments[i-1].End {
				t.Errorf("%s: segment %d from %v to %v", name, i, s.Start, s.End)
			}
		}
		if name == "none" && total != len(c.Samples) {
			t.Errorf("%d samples of %d were heard", total, len(c.Samples))
		}
	}
}

// A sentence that is expected may be one of several pieces, if nothing is heard in the
// others; in talk none is looked for.
func TestExpectedInPieces(t *testing.T) {
	on := asr.Transcript{Text: "on", Confidence: 0.9, LogProbability: -0.1, Expected: asr.Reading{Text: "on", Measured: true}}
	cough := asr.Transcript{NoSpeech: 0.9, Expected: asr.Reading{}}
	invented := asr.Transcript{Text: "[Music]", Expected: asr.Reading{Text: "off"}}
	held := asr.Transcript{Expected: asr.Reading{Text: "off"}} // the grammar alone hears something
	for name, c := range map[string]struct {
		pieces []asr.Transcript
		want   asr.Reading
	}{
		"the first":           {[]asr.Transcript{on, cough}, on.Expected},
		"the last":            {[]asr.Transcript{cough, invented, on}, on.Expected},
		"two":                 {[]asr.Transcript{on, cough, on}, asr.Reading{}},
		"one, and the like":   {[]asr.Transcript{on, held}, asr.Reading{}},
		"none":                {[]asr.Transcript{cough, invented}, asr.Reading{}},
		"one of many":         {[]asr.Transcript{cough, cough, cough, cough, on}, asr.Reading{}},
		"one without another": {[]asr.Transcript{on}, on.Expected},
	} {
		var parts []float64
		for range c.pieces {
			parts = append(parts, 1, -5)
		}
		n := 0
		r := open(t, engine(func(_ context.Context, _ asr.Clip, h asr.Hints) (asr.Transcript, error) {
			heard := c.pieces[n]
			n++
			if h.Expected == nil {
				heard.Expected = asr.Reading{}
			}
			return heard, nil
		}), detecting)
		got := hear(t, r, record(parts...), asr.Hints{Expected: asr.NewExpected([]string{"on", "off"}, "", nil)})
		if got.Expected != c.want || n != len(c.pieces) {
			t.Errorf("%s: %d pieces give %+v, want %+v", name, n, got.Expected, c.want)
		}
	}
}

// What kept an engine from telling which sentence was expected is told on, and logged.
func TestTrouble(t *testing.T) {
	var logged strings.Builder
	r := open(t, says(asr.Transcript{Text: "on", Confidence: 0.9, Engine: "exec", Trouble: "the program x: exit status 7"}), func(_ *hearing.Config, d *hearing.Deps) {
		d.Detector, d.Log = loud{}, slog.New(slog.NewTextHandler(&logged, nil))
	})
	for _, parts := range [][]float64{{1}, {1, -5, 1}} {
		if got := hear(t, r, record(parts...), asr.Hints{}); got.Trouble != "the program x: exit status 7" || got.Text == "" {
			t.Errorf("%+v", got)
		}
	}
	if got := logged.String(); strings.Count(got, "level=WARN") != 3 || !strings.Contains(got, `why="the program x: exit status 7"`) {
		t.Errorf("logged: %s", got)
	}
}

// What cannot have been said is held back, and it is said why.
func TestGates(t *testing.T) {
	sure := asr.Transcript{Confidence: 0.9, LogProbability: -0.2, NoSpeech: 0.01}
	with := func(text string, change func(*asr.Transcript)) asr.Transcript {
		s := sure
		s.Text = text
		if change != nil {
			change(&s)
		}
		return s
	}
	long, short := record(-1, 2, -1), record(-1, 0.25, -1)
	for _, c := range []struct {
		name  string
		heard asr.Transcript
		clip  asr.Clip
		gate  string // "" for what passes
	}{
		{"a command", with("turn on the light", nil), long, ""},
		{"no speech", with("I am here", func(t *asr.Transcript) { t.NoSpeech, t.LogProbability = 0.7, -1.1 }), long, asr.NoSpeech},
		{"likely, though it seems no speech", with("I am here", func(t *asr.Transcript) { t.NoSpeech, t.LogProbability = 0.7, -0.9 }), long, ""},
		{"a guess", with("I am here", func(t *asr.Transcript) { t.LogProbability = -1.7 }), long, asr.Unsure},
		{"a guess that a command speaks for", with("turn on the lied", func(t *asr.Transcript) {
			t.LogProbability, t.Expected = -1.7, asr.Reading{Text: "turn on the light", Margin: -0.1, Measured: true}
		}), long, ""},
		{"a guess that was forced into a command", with("turn on the lied", func(t *asr.Transcript) {
			t.LogProbability, t.Expected = -1.7, asr.Reading{Text: "turn on the light", Margin: -3, Measured: true}
		}), long, asr.Unsure},
		{"an annotation", with("[BLANK_AUDIO]", nil), long, asr.NoSpeech},
		{"two of them", with("(music) *sighs* ♪ [Music]", nil), long, asr.NoSpeech},
		{"an annotation and words", with("(music) turn it on", nil), long, ""},
		{"compressible", with(strings.Repeat("and the next day we went to the beach. ", 5), nil), record(20), asr.Repetition},
		{"as the engine says", with("I am here", func(t *asr.Transcript) { t.Compression = 2.5 }), long, asr.Repetition},
		{"one word", with("no no no no no no no no", nil), long, asr.Repetition},
		{"two words", with("well you know you know you know, you know", nil), long, asr.Repetition},
		{"emphasis", with("no no no no", nil), long, ""},
		{"a list", with("one two three one two three", nil), long, ""},
		{"too fast", with("I would like to know when you open and when you close on the day after tomorrow, please", nil), short, asr.Invented},
		{"thanks, said", with("Thank you.", nil), long, ""},
		{"thanks, in no time", with("Thank you.", nil), short, asr.Invented},
		{"thanks, perhaps", with("Thank you!", func(t *asr.Transcript) { t.NoSpeech = 0.4 }), long, asr.Invented},
		{"thanks, unlikely", with("Thanks for watching!", func(t *asr.Transcript) { t.LogProbability = -0.8 }), long, asr.Invented},
		{"again and again", with("Thank you. Thank you. Bye.", func(t *asr.Transcript) { t.LogProbability = -0.8 }), long, asr.Invented},
		{"thanks, and more", with("Thank you. Turn on the light.", func(t *asr.Transcript) { t.LogProbability = -0.8 }), long, ""},
		{"a word in no time", with("Stop!", nil), short, ""},
		{"a yes in no time", with("Okay.", nil), short, ""},
		{"credits", with("Untertitel der Amara.org-Community", func(t *asr.Transcript) { t.NoSpeech = 0.5 }), long, asr.Invented},
		{"credits in French", with("Sous-titrage Société Radio-Canada", func(t *asr.Transcript) { t.NoSpeech = 0.5 }), long, asr.Invented},
		{"credits in Spanish", with("¡Gracias por ver el vídeo!", func(t *asr.Transcript) { t.NoSpeech = 0.5 }), long, asr.Invented},
		{"words that begin alike", with("subtitles byzantine", func(t *asr.Transcript) { t.NoSpeech = 0.5 }), long, ""},
		{"thanks as a command", with("Thank you.", func(t *asr.Transcript) { t.Expected.Text = "thank you" }), short, ""},
		{"unlikely, but no known phrase", with("turn on the light", func(t *asr.Transcript) { t.NoSpeech, t.LogProbability = 0.5, -0.9 }), long, ""},
	} {
		got := hear(t, open(t, says(c.heard), detecting), c.clip, asr.Hints{})
		if got.Gate != c.gate || (got.Text == "") != (c.gate != "") || c.gate != "" && (got.Expected.Text != "" || got.Confidence != 0 || got.Segments != nil) {
			t.Errorf("%s: %q, held back by %q, not %q", c.name, got.Text, got.Gate, c.gate)
		}
	}
	// Where nothing is known of the sound, what may be invented is not believed.
	if got := hear(t, open(t, says(asr.Transcript{Text: "you", Confidence: 1}), nil), long, asr.Hints{}); got.Gate != asr.Invented {
		t.Errorf("%+v", got)
	}
}

// A second engine stands in where the first one fails, is unsure, or does not hear
// who speaks.
func TestFallback(t *testing.T) {
	broken := errors.New("broken")
	fails := engine(func(context.Context, asr.Clip, asr.Hints) (asr.Transcript, error) { return asr.Transcript{}, broken })
	sure, unsure := asr.Transcript{Text: "on", Confidence: 0.9, LogProbability: -0.1}, asr.Transcript{Text: "an", Confidence: 0.3, LogProbability: -1.2}
	guess := asr.Transcript{Text: "hm", Confidence: 0.1, LogProbability: -2}
	none := asr.Transcript{}
	for _, c := range []struct {
		name          string
		first, second engine
		want          string
		others        []string
		asked         bool
	}{
		{"sure", says(sure), says(unsure), "on", nil, false},
		{"fails", fails, says(unsure), "an", nil, true},
		{"unsure", says(unsure), says(sure), "on", []string{"an"}, true},
		{"surer than the second", says(unsure), says(asr.Transcript{Text: "in", Confidence: 0.2, LogProbability: -1.2}), "an", []string{"in"}, true},
		{"both the same", says(unsure), says(asr.Transcript{Text: "an", Confidence: 0.7}), "an", nil, true},
		{"an alternative is the second's", says(asr.Transcript{Text: "an", Confidence: 0.3, Alternatives: texts("on", "in")}), says(sure), "on", []string{"an"}, true},
		{"among alternatives", says(asr.Transcript{Text: "an", Confidence: 0.4, Alternatives: texts("On.", "in", "An", "(sighs)", "", "in")}),
			says(asr.Transcript{Text: "on", Confidence: 0.2, LogProbability: -1.2}), "an", []string{"on", "in"}, true},
		{"sure, with alternatives", says(asr.Transcript{Text: "on", Confidence: 0.9, Alternatives: texts("an", "[music]", " on ", "an")}), says(unsure), "on", []string{"an"}, false},
		{"hears nothing", says(none), says(sure), "on", nil, true},
		{"a guess", says(guess), says(sure), "on", nil, true},
		{"nor the second", says(unsure), says(none), "an", nil, true},
		{"the second fails", says(unsure), fails, "an", nil, true},
		{"heard a command", says(asr.Transcript{Expected: asr.Reading{Text: "on"}}), says(sure), "", nil, false},
	} {
		asked := false
		r := open(t, c.first, func(_ *hearing.Config, d *hearing.Deps) {
			d.Detector, d.Fallback = loud{}, engine(func(ctx context.Context, clip asr.Clip, h asr.Hints) (asr.Transcript, error) {
				asked = true
				return c.second(ctx, clip, h)
			})
		})
		got := hear(t, r, record(1), asr.Hints{})
		if got.Text != c.want || asked != c.asked || cmp.Diff(c.others, otherTexts(got)) != "" {
			t.Errorf("%s: %q, others %q, asked: %v", c.name, got.Text, otherTexts(got), asked)
		}
	}
	both := open(t, fails, func(_ *hearing.Config, d *hearing.Deps) { d.Fallback = fails })
	if _, err := both.Transcribe(t.Context(), record(1), asr.Hints{}); !errors.Is(err, broken) {
		t.Errorf("both fail: %v", err)
	}
	// Without a detector, an engine that hears nothing may be right.
	quiet := open(t, says(none), func(_ *hearing.Config, d *hearing.Deps) { d.Fallback = says(sure) })
	if got := hear(t, quiet, record(1), asr.Hints{}); got.Text != "" {
		t.Errorf("%+v", got)
	}
	// Who has gone is not waited for.
	ctx, cancel := context.WithCancel(t.Context())
	gone := open(t, engine(func(context.Context, asr.Clip, asr.Hints) (asr.Transcript, error) {
		cancel()
		return asr.Transcript{}, ctx.Err()
	}),
		func(_ *hearing.Config, d *hearing.Deps) {
			d.Fallback = engine(func(context.Context, asr.Clip, asr.Hints) (asr.Transcript, error) {
				t.Error("the fallback was asked")
				return sure, nil
			})
		})
	if _, err := gone.Transcribe(ctx, record(1), asr.Hints{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// texts gives alternatives of which nothing else is known.
func texts(all ...string) (others []asr.Alternative) {
	for _, text := range all {
		others = append(others, asr.Alternative{Text: text})
	}
	return others
}

func otherTexts(t asr.Transcript) (all []string) {
	for _, a := range t.Alternatives {
		all = append(all, a.Text)
	}
	return all
}

// Many at once do not disturb each other.
func TestConcurrency(t *testing.T) {
	r := open(t, engine(func(_ context.Context, c asr.Clip, _ asr.Hints) (asr.Transcript, error) {
		return asr.Transcript{Text: fmt.Sprint(len(c.Samples)), Confidence: 1}, nil
	}), func(c *hearing.Config, d *hearing.Deps) {
		d.Folder, c.KeepAudio.Days = t.TempDir(), 1
	})
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			c := record(0.5 + float64(i)/16)
			if got, err := r.Transcribe(t.Context(), c, asr.Hints{}); err != nil || got.Text != fmt.Sprint(len(c.Samples)) {
				t.Errorf("%d: %q, %v", i, got.Text, err)
			}
		})
	}
	wg.Wait()
}
