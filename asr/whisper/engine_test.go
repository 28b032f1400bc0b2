//go:build whisper && cgo

package whisper

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"frontdesk/asr"
)

func TestMain(m *testing.M) {
	if code, child := children(); child {
		os.Exit(code)
	}
	goleak.VerifyTestMain(m)
}

// quick computes with one thread, as others of the machine must not make it wait.
func quick() Config {
	c := DefaultConfig()
	c.Threads, c.Fallbacks, c.Prompt, c.Lazy = 1, 0, 0, true
	c.Alternatives = 0 // a model that guesses is never sure
	return c
}

// open opens an engine that hears some tokens only.
func open(t testing.TB, file string, c Config) *Engine {
	t.Helper()
	e, err := Open(context.Background(), file, c)
	if err != nil {
		t.Fatal(err)
	}
	e.mostTokens = 6
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// skipShort leaves out what is of one goroutine: short runs look for races.
func skipShort(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("nothing of it runs at the same time")
	}
}

// tone is sound that differs by its seed.
func tone(seconds float64, seed uint64) asr.Clip {
	r := rand.New(rand.NewPCG(seed, 0))
	samples := make([]float32, int(seconds*asr.SampleRate))
	for i := range samples {
		samples[i] = float32(0.3*math.Sin(float64(i)*(0.05+0.02*float64(seed)))) + 0.1*r.Float32()
	}
	return asr.Clip{Samples: samples}
}

func transcribe(t testing.TB, e *Engine, c asr.Clip, h asr.Hints) asr.Transcript {
	t.Helper()
	got, err := e.Transcribe(context.Background(), c, h)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestTranscribe(t *testing.T) {
	file := modelFile(t, tiny())
	c := quick()
	c.Lazy = false
	e := open(t, file, c)
	e.mostTokens = 0
	clip := tone(1, 1)
	clip.Samples[7], clip.Samples[8] = float32(math.NaN()), float32(math.Inf(1))
	got := transcribe(t, e, clip, asr.Hints{})
	if got.Text == "" || got.Text != strings.TrimSpace(got.Text) || strings.Contains(got.Text, "[_") {
		t.Errorf("text %q", got.Text)
	}
	if got.Language != "en" || got.Engine != "whisper" || got.Sound != time.Second || got.Took <= 0 || got.Gate != "" {
		t.Errorf("%+v", got)
	}
	if len(got.Segments) != 1 || got.Segments[0].Start != 0 || got.Segments[0].End != time.Second || got.Segments[0].Text != got.Text {
		t.Fatalf("segments %+v", got.Segments)
	}
	var text strings.Builder
	sum := 0.0
	for _, token := range got.Segments[0].Tokens {
		text.WriteString(token.Text)
		sum += math.Log(token.Probability)
		if !(token.Probability > 0 && token.Probability <= 1) {
			t.Errorf("token %+v", token)
		}
	}
	if trim(text.String()) != got.Text {
		t.Errorf("tokens %q are not the text %q", text.String(), got.Text)
	}
	if want := sum / float64(len(got.Segments[0].Tokens)); math.Abs(got.LogProbability-want) > 1e-6 {
		t.Errorf("mean log-probability %v, not %v", got.LogProbability, want)
	}
	if !(got.Confidence > 0 && got.Confidence < 1 && got.NoSpeech > 0 && got.NoSpeech < 1 && got.Compression > 0) {
		t.Errorf("confidence %v, no speech %v, compression %v", got.Confidence, got.NoSpeech, got.Compression)
	}
	if n := len(got.Segments[0].Tokens); n > mostTokens(time.Second, true)+1 {
		t.Errorf("%d tokens in a second", n)
	}
	for _, short := range []asr.Clip{{}, tone(0.09, 1)} {
		if got := transcribe(t, e, short, asr.Hints{}); got.Text != "" || got.Sound != short.Duration() {
			t.Errorf("%v of sound: %+v", short.Duration(), got)
		}
	}
	if _, err := e.Transcribe(context.Background(), asr.Clip{Samples: make([]float32, maxSamples+1)}, asr.Hints{}); err == nil {
		t.Error("more than an hour: no error")
	}
	if _, err := e.Transcribe(context.Background(), clip, asr.Hints{Language: "de"}); err == nil || !strings.Contains(err.Error(), "English only") {
		t.Errorf("German to a model of English: %v", err)
	}
	if got := e.Info(); got.File != file || got.Quantisation != "f16" || !got.Weights {
		t.Errorf("%+v", got)
	}
	if got := e.Stats(); got.Runs != 2 || got.Sound != 2*time.Second || got.States != 1 || got.Running != 0 {
		t.Errorf("%+v", got)
	}
}

// TestSameEachTime: what was heard before changes nothing, nor does how it is decoded.
func TestSameEachTime(t *testing.T) {
	skipShort(t)
	c := quick()
	c.Lazy = false
	e := open(t, modelFile(t, tiny()), c)
	e.mostTokens = 4
	for _, how := range []struct {
		name   string
		change func(*Config)
	}{
		{"warm", func(*Config) {}}, // in the state that was warmed up
		{"fallbacks", func(c *Config) { c.Fallbacks = 1 }},
		{"beam", func(c *Config) { c.Beam = 2 }},
		{"times", func(c *Config) { c.Times = true }},
		{"window", func(c *Config) { c.Margin = wholeWindow }},
		{"greedy", func(*Config) {}},
	} {
		e.c = quick() // nobody else uses the engine
		how.change(&e.c)
		first := transcribe(t, e, tone(1, 1), asr.Hints{})
		transcribe(t, e, tone(1.5, 2), asr.Hints{})
		again := transcribe(t, e, tone(1, 1), asr.Hints{})
		first.Took, again.Took = 0, 0
		if !reflect.DeepEqual(first, again) {
			t.Errorf("%s: %+v, and then %+v", how.name, first, again)
		}
	}
}

// TestLong: sound of more than a window, whose segments lie in it in order.
func TestLong(t *testing.T) {
	skipShort(t)
	e := open(t, modelFile(t, tiny()), quick())
	got := transcribe(t, e, tone(31, 3), asr.Hints{})
	if len(got.Segments) == 0 {
		t.Fatalf("%+v", got)
	}
	var last time.Duration
	for _, s := range got.Segments {
		if s.Start < 0 || s.End < s.Start || s.End > got.Sound || s.Start < last {
			t.Errorf("a segment from %v to %v, after %v", s.Start, s.End, last)
		}
		last = s.Start
	}
}

// TestMultilingual: the model tells the language, or is told it.
func TestMultilingual(t *testing.T) {
	skipShort(t)
	n := tiny()
	n.Vocabulary = multilingual
	c := quick()
	c.Language = "auto"
	e := open(t, modelFile(t, n), c)
	if got := transcribe(t, e, tone(1, 1), asr.Hints{Language: "de-CH"}); got.Language != "de" {
		t.Errorf("told German: %q", got.Language)
	}
	first := transcribe(t, e, tone(1, 1), asr.Hints{})
	if first.Language == "" {
		t.Error("no language")
	}
	transcribe(t, e, tone(5, 2), asr.Hints{}) // with more positions
	if again := transcribe(t, e, tone(1, 1), asr.Hints{}); again.Language != first.Language || again.Text != first.Text {
		t.Errorf("%q in %q, and then %q in %q", first.Text, first.Language, again.Text, again.Language)
	}
	if _, err := e.Transcribe(context.Background(), tone(1, 1), asr.Hints{Language: "yue"}); err == nil {
		// its number would be that of another token
		t.Error("Cantonese by a model of before large-v3: no error")
	}
}

// TestPool: many at the same time get what one alone does.
func TestPool(t *testing.T) {
	c := quick()
	c.States, c.Queue = 3, 100
	e := open(t, modelFile(t, tiny()), c)
	e.mostTokens = 8 // by which the clips differ
	const clips = 3
	var want [clips]string
	for i := range want {
		want[i] = transcribe(t, e, tone(0.5, uint64(i)), asr.Hints{}).Text
	}
	if want[0] == want[1] {
		t.Fatal("the model hears the same in all: nothing would be tested")
	}
	var all sync.WaitGroup
	for i := range 9 {
		all.Go(func() {
			got, err := e.Transcribe(context.Background(), tone(0.5, uint64(i%clips)), asr.Hints{})
			if err != nil || got.Text != want[i%clips] {
				t.Errorf("clip %d: %q, %v, not %q", i%clips, got.Text, err, want[i%clips])
			}
		})
	}
	all.Wait()
	if s := e.Stats(); s.States > 3 || s.Running != 0 || s.Waiting != 0 || s.Runs != 9+clips {
		t.Errorf("%+v", s)
	}
}

// blocked runs a clip that stays in the decoder until it is let go.
func blocked(t *testing.T, e *Engine, ctx context.Context) (letGo func(), done <-chan error) {
	t.Helper()
	in, out := make(chan struct{}), make(chan struct{})
	var once, gone sync.Once
	m, err := e.acquire(ctx)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		s, err := e.take(m)
		if err != nil {
			t.Error(err)
		}
		r := &run{e: e, m: m, s: s, samples: tone(1, 1).Samples}
		ended <- r.within(ctx, func() error {
			return s.full(r.samples, how{threads: 1, audioContext: 256, maxTokens: 8, filter: func([]int32, []float32) {
				once.Do(func() { close(in) })
				<-out
			}})
		})
		e.release(m, s)
	}()
	<-in
	letGo = func() { gone.Do(func() { close(out) }) }
	t.Cleanup(letGo)
	return letGo, ended
}

func TestQueue(t *testing.T) {
	c := quick()
	c.Queue = 1
	e := open(t, modelFile(t, tiny()), c)
	letGo, done := blocked(t, e, context.Background())

	ctx, cancel := context.WithCancelCause(context.Background())
	waits := make(chan error)
	go func() {
		_, err := e.Transcribe(ctx, tone(1, 1), asr.Hints{})
		waits <- err
	}()
	for e.Stats().Waiting == 0 {
		time.Sleep(time.Millisecond)
	}
	if _, err := e.Transcribe(context.Background(), tone(1, 1), asr.Hints{}); !errors.Is(err, ErrBusy) {
		t.Errorf("the third: %v", err)
	}
	left := errors.New("they left")
	cancel(left)
	if err := <-waits; !errors.Is(err, left) {
		t.Errorf("the one that waited and left: %v", err)
	}
	letGo()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if got := transcribe(t, e, tone(1, 1), asr.Hints{}); got.Text == "" {
		t.Error("nothing is heard afterwards")
	}
	if s := e.Stats(); s.Refused != 1 || s.Waiting != 0 {
		t.Errorf("%+v", s)
	}
}

// TestCancel: who waits for a run that is stopped does not wait for the library, and
// the place is free once that has finished its step.
func TestCancel(t *testing.T) {
	e := open(t, modelFile(t, tiny()), quick())
	ctx, cancel := context.WithCancel(context.Background())
	letGo, done := blocked(t, e, ctx)
	cancel()
	letGo()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("stopped in the decoder: %v", err)
	}
	// In the encoder, or wherever it is by then.
	for _, after := range []time.Duration{0, time.Millisecond, 4 * time.Millisecond} {
		ctx, cancel := context.WithTimeout(context.Background(), after)
		if _, err := e.Transcribe(ctx, tone(15, 1), asr.Hints{}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("after %v: %v", after, err)
		}
		cancel()
	}
	want := transcribe(t, e, tone(1, 1), asr.Hints{})
	if got := transcribe(t, open(t, e.Info().File, quick()), tone(1, 1), asr.Hints{}); got.Text != want.Text {
		t.Errorf("after stopped runs %q is heard, not %q", want.Text, got.Text)
	}
	done2, stop := context.WithCancel(context.Background())
	stop()
	if _, err := Open(done2, e.Info().File, quick()); !errors.Is(err, context.Canceled) {
		t.Errorf("opened for nobody: %v", err)
	}
}

func TestClose(t *testing.T) {
	c := quick()
	c.Queue = 1
	e := open(t, modelFile(t, tiny()), c)
	letGo, done := blocked(t, e, e.closing)
	waits := make(chan error)
	go func() {
		_, err := e.Transcribe(context.Background(), tone(1, 1), asr.Hints{})
		waits <- err
	}()
	for e.Stats().Waiting == 0 {
		time.Sleep(time.Millisecond)
	}
	closed := make(chan error)
	go func() { closed <- e.Close() }()
	if err := <-waits; !errors.Is(err, ErrClosed) {
		t.Errorf("the one that waited: %v", err)
	}
	select {
	case <-closed:
		t.Error("it is closed while the library runs")
	default:
	}
	letGo()
	if err := <-done; !errors.Is(err, ErrClosed) {
		t.Errorf("the one that ran: %v", err)
	}
	if err := errors.Join(<-closed, e.Close()); err != nil {
		t.Error(err)
	}
	if _, err := e.Transcribe(context.Background(), tone(1, 1), asr.Hints{}); !errors.Is(err, ErrClosed) {
		t.Errorf("afterwards: %v", err)
	}
	if err := e.Swap(context.Background(), e.Info().File); !errors.Is(err, ErrClosed) {
		t.Errorf("swapped afterwards: %v", err)
	}
}

func TestSwap(t *testing.T) {
	skipShort(t)
	file := modelFile(t, tiny())
	other := tiny()
	other.TextLayers = 2
	c := quick()
	c.States = 2
	e := open(t, file, c)
	before := transcribe(t, e, tone(1, 1), asr.Hints{}).Text

	broken := filepath.Join(t.TempDir(), "broken.bin")
	if model, _ := modelOf(tiny()); os.WriteFile(broken, model[:len(model)-1], 0o600) != nil {
		t.Fatal("it cannot be written")
	}
	for _, bad := range []string{broken, filepath.Join(t.TempDir(), "none.bin"), t.TempDir()} {
		if err := e.Swap(context.Background(), bad); err == nil || !strings.Contains(err.Error(), bad) {
			t.Errorf("%s: %v", bad, err)
		}
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if err := e.Swap(ended, modelFile(t, other)); !errors.Is(err, context.Canceled) {
		t.Errorf("swapped for nobody: %v", err)
	}
	if got := transcribe(t, e, tone(1, 1), asr.Hints{}).Text; got != before || e.Info().File != file {
		t.Errorf("after what failed: %q by %s, not %q", got, e.Info().File, before)
	}

	letGo, done := blocked(t, e, context.Background())
	next := modelFile(t, other)
	if err := e.Swap(context.Background(), next); err != nil {
		t.Fatal(err)
	}
	after := transcribe(t, e, tone(1, 1), asr.Hints{}).Text
	if after == before || e.Info().File != next {
		t.Errorf("%q by %s, as before", after, e.Info().File)
	}
	letGo()
	if err := <-done; err != nil { // in the old model
		t.Error(err)
	}
	if err := e.Swap(context.Background(), file); err != nil {
		t.Fatal(err)
	}
	if got := transcribe(t, e, tone(1, 1), asr.Hints{}).Text; got != before {
		t.Errorf("swapped back: %q, not %q", got, before)
	}
}

// TestSwapWhileBusy: models are swapped under load.
func TestSwapWhileBusy(t *testing.T) {
	c := quick()
	c.States, c.Queue = 2, 10
	files := []string{modelFile(t, tiny()), modelFile(t, tiny())}
	e := open(t, files[0], c)
	want := transcribe(t, e, tone(0.5, 1), asr.Hints{}).Text
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			for ctx.Err() == nil {
				if got, err := e.Transcribe(context.Background(), tone(0.5, 1), asr.Hints{}); err != nil || got.Text != want {
					t.Errorf("%q, %v, not %q", got.Text, err, want)
				}
			}
		})
	}
	for i := range 2 {
		if err := e.Swap(context.Background(), files[(i+1)%2]); err != nil {
			t.Error(err)
		}
	}
	cancel()
	all.Wait()
}

// TestFilter: the logits can be filtered so that one text comes out.
func TestFilter(t *testing.T) {
	skipShort(t)
	for _, beam := range []int{1, 3} {
		c := quick()
		c.Beam = beam
		e := open(t, modelFile(t, tiny()), c)
		text := []int32{300, 4000, 77, 50255}
		err := inRun(t, e, tone(1, 1), func(r *run) error {
			r.how = how{threads: 1, audioContext: 256, beam: beam, maxTokens: 40, filter: func(tokens []int32, logits []float32) {
				next := r.m.lib.eot
				if len(tokens) < len(text) {
					next = text[len(tokens)]
				}
				kept := logits[next]
				for i := range logits {
					logits[i] = float32(math.Inf(-1))
				}
				logits[next] = kept
			}}
			return r.s.full(r.samples, r.how)
		}, func(r *run) error {
			var got []int32
			for _, p := range r.s.pieces() {
				for _, token := range p.tokens {
					got = append(got, token.id)
				}
			}
			if want := append(slices.Clone(text), r.m.lib.eot); !slices.Equal(got, want) {
				return fmt.Errorf("%v, not %v", got, want)
			}
			return nil
		})
		if err != nil {
			t.Errorf("beam %d: %v", beam, err)
		}
	}
}

// inRun does something in a state of an engine.
func inRun(t *testing.T, e *Engine, clip asr.Clip, do ...func(*run) error) error {
	t.Helper()
	m, err := e.acquire(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	s, err := e.take(m)
	defer func() { e.release(m, s) }()
	if err != nil {
		t.Fatal(err)
	}
	r := &run{e: e, m: m, s: s, samples: clip.Samples}
	return r.within(context.Background(), func() error {
		for _, f := range do {
			if err := f(r); err != nil {
				return err
			}
		}
		return nil
	})
}

// TestDecode: the decoder, led token by token over what was heard, gives each of them
// the probability that the library gave it.
func TestDecode(t *testing.T) {
	skipShort(t)
	for _, vocabulary := range []int32{englishOnly, multilingual} {
		n := tiny()
		n.Vocabulary = vocabulary
		e := open(t, modelFile(t, n), quick())
		err := inRun(t, e, tone(1, 1), func(r *run) error {
			if _, err := r.hear(asr.Hints{}); err != nil {
				return err
			}
			var tokens []heard
			for _, p := range r.s.pieces() {
				tokens = append(tokens, p.tokens...)
			}
			if len(tokens) < 5 {
				return fmt.Errorf("%d tokens", len(tokens))
			}
			prefix := r.prompt()
			given, past := prefix, 0
			for i, token := range tokens[:5] {
				rows, err := r.decode(given, past)
				if err != nil {
					return err
				}
				logits := rows[len(rows)-1]
				past += len(given)
				given = []int32{token.id}
				// The library takes special tokens and, first, the end and a blank out before.
				var sum float64
				for id, logit := range logits[:r.m.lib.eot+1] {
					if i > 0 || id != int(r.m.lib.eot) && id != ' ' {
						sum += math.Exp(float64(logit - logits[token.id]))
					}
				}
				if got := -math.Log(sum); math.Abs(got-float64(token.log)) > 0.01 {
					return fmt.Errorf("token %d has the log-probability %v, not %v", i, got, token.log)
				}
			}
			if _, err := r.decode(make([]int32, 65), 0); err == nil {
				return errors.New("more tokens than the model has room for: no error")
			}
			if _, err := r.decode([]int32{-1}, 0); err == nil {
				return errors.New("a token that there is not: no error")
			}
			return nil
		})
		if err != nil {
			t.Errorf("%d tokens: %v", vocabulary, err)
		}
	}
}

// TestNoSpeech: the probability that nobody speaks is the one that the decoder gives for
// it where a text begins, whatever stands before that.
func TestNoSpeech(t *testing.T) {
	skipShort(t)
	for _, vocabulary := range []int32{englishOnly, multilingual} {
		n := tiny()
		n.Vocabulary = vocabulary
		e := open(t, modelFile(t, n), quick())
		e.mostTokens = 2
		for words, change := range map[string]func(*Config){"": func(*Config) {}, "Zigbee": func(c *Config) { c.Prompt = 20 }, "times": func(c *Config) { c.Times = true }} {
			e.c = quick() // nobody else uses the engine
			change(&e.c)
			err := inRun(t, e, tone(1, 1), func(r *run) error {
				got, err := r.hear(asr.Hints{Words: []string{words}})
				if err != nil {
					return err
				}
				before := r.prompt()
				before = before[:slices.Index(before, r.m.lib.sot)+1]
				if _, known := r.s.noSpeech(); !known {
					t.Log("this library keeps the last logits alone")
					before = []int32{r.m.lib.sot}
				}
				rows, err := r.decode(before, 0)
				if err != nil {
					return err
				}
				if want := softmaxOf(rows[len(rows)-1], r.m.lib.nosp); math.Abs(got.NoSpeech-want) > 1e-3*want {
					return fmt.Errorf("%v, not %v", got.NoSpeech, want)
				}
				return nil
			})
			if err != nil {
				t.Errorf("%d tokens, after %q: %v", vocabulary, words, err)
			}
		}
	}
}

// TestPrompt: the words of a base are shown to the model, the most telling first, and
// no more than there is room for.
func TestPrompt(t *testing.T) {
	skipShort(t)
	c := quick()
	c.Prompt = 20
	e := open(t, modelFile(t, tiny()), c)
	m := e.model
	words := []string{"Zigbee", "Shelly", "Hue", "Tasmota", "Philips", "Aqara"}
	tokens := m.prompt(asr.Hints{Words: words}, 20)
	var text strings.Builder
	for _, id := range tokens {
		text.WriteString(m.lib.text(id))
	}
	if got := text.String(); len(tokens) > 20 || !strings.HasPrefix(got, " Zigbee, Shelly") || !strings.HasSuffix(got, ".") {
		t.Errorf("%d tokens: %q", len(tokens), got)
	}
	expected := asr.NewExpected([]string{"on", "off", "go"}, "", nil)
	text.Reset()
	for _, id := range m.prompt(asr.Hints{Words: words[:1], Expected: expected}, 60) {
		text.WriteString(m.lib.text(id))
	}
	if got := text.String(); got != " go. off. on. Zigbee." {
		t.Errorf("with sentences: %q", got)
	}
	if got := m.prompt(asr.Hints{Words: words}, 0); got != nil {
		t.Errorf("without room: %v", got)
	}
	for i := range 3 * maxPrompts {
		m.prompt(asr.Hints{Words: []string{fmt.Sprint(i)}}, 20)
	}
	if n := len(m.prompts); n > maxPrompts {
		t.Errorf("%d prompts are kept", n)
	}
	with := transcribe(t, e, tone(1, 1), asr.Hints{Words: words})
	if without := transcribe(t, e, tone(1, 1), asr.Hints{}); with.Text == without.Text {
		t.Error("the prompt changes nothing")
	}
}

func TestTokenize(t *testing.T) {
	e := open(t, modelFile(t, tiny()), quick())
	if got := e.tokenize(word(300) + word(4000)); !slices.Equal(got, []int32{300, 4000}) {
		t.Errorf("%v", got)
	}
	if got := e.tokenize("\xff ö"); len(got) != 4 {
		t.Errorf("bytes: %v", got)
	}
	for _, text := range []string{"", strings.Repeat("a", 1<<20)} { // the library would end the program over the long one
		if got := e.tokenize(text); got != nil {
			t.Errorf("%d bytes: %v", len(text), got)
		}
	}
	if got := e.tokenize(strings.Repeat("a", maxText)); len(got) != maxText {
		t.Errorf("%d tokens of a long word", len(got))
	}
}

// TestLog: what the library reports goes to the log of the engine, and what it only
// tells goes nowhere.
func TestLog(t *testing.T) {
	var b lockedBuffer
	c := quick()
	c.Log = slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{Level: slog.LevelDebug}))
	e := open(t, modelFile(t, tiny()), c)
	transcribe(t, e, tone(1, 1), asr.Hints{})
	if got := b.String(); got != "" {
		t.Errorf("something is logged: %s", got)
	}
	err := inRun(t, e, tone(1, 1), func(r *run) error {
		r.s.stop()
		return r.s.full(r.samples, how{threads: 1, audioContext: 256})
	})
	if got := b.String(); err != nil || !strings.Contains(got, "level=DEBUG") || !strings.Contains(got, "whisper_full_with_state") {
		t.Errorf("%v; logged: %s", err, got)
	}
}

// A lockedBuffer is written by the library's threads.
type lockedBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lockedBuffer) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(text)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestVersion(t *testing.T) {
	if !strings.Contains(Version(), ".") || !strings.Contains(systemInfo(), "CPU") {
		t.Errorf("%q, %q", Version(), systemInfo())
	}
}
