package openai

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"frontdesk/asr"
	"frontdesk/asr/audio"
	"frontdesk/internal/secret"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const key = "sk-very-secret-1"

var _ asr.Recognizer = (*Engine)(nil)

// sound is half a second.
var sound = asr.Clip{Samples: make([]float32, 8000)}

// A request is what was asked.
type request struct {
	path, auth string
	fields     map[string]string
	samples    int
}

// A server is a model on loopback. What it does for the n-th request is said by the
// n-th mood, the last one for all that follow.
type server struct {
	t     *testing.T
	moods []http.HandlerFunc

	mu    sync.Mutex
	asked []request
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	got := request{path: r.URL.Path, auth: r.Header.Get("Authorization"), fields: map[string]string{}}
	parts, err := r.MultipartReader()
	for err == nil {
		part, end := parts.NextPart()
		if end != nil {
			break
		}
		data, _ := io.ReadAll(part)
		if part.FileName() == "" {
			got.fields[part.FormName()] = string(data)
			continue
		}
		clip, err := audio.Decode(r.Context(), data, audio.Options{})
		if err != nil || part.FormName() != "file" || part.FileName() != "speech.wav" {
			s.t.Errorf("it got the file %s %s: %v", part.FormName(), part.FileName(), err)
		}
		got.samples = len(clip.Samples)
	}
	s.mu.Lock()
	n := len(s.asked)
	s.asked = append(s.asked, got)
	s.mu.Unlock()
	s.moods[min(n, len(s.moods)-1)](w, r)
}

func (s *server) requests() []request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

// says answers with a status and a body.
func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

func serve(t *testing.T, moods ...http.HandlerFunc) (*server, Config) {
	t.Helper()
	s := &server{t: t, moods: moods}
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	c := DefaultConfig()
	c.URL, c.Model, c.APIKey = h.URL+"/v1/", "tiny", secret.New(key)
	return s, c
}

func open(t *testing.T, c Config) *Engine {
	t.Helper()
	c.Check(func(key, what, do string) { t.Fatalf("%s: %s; %s", key, what, do) })
	e, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	e.pause = time.Millisecond
	t.Cleanup(func() { e.Close() })
	return e
}

func TestAsks(t *testing.T) {
	s, c := serve(t, says(200, `{"text": "on"}`))
	h := asr.Hints{Language: "de-CH", Words: []string{"Aarhus", " ", "Zoë", strings.Repeat("x", 700), "never"}}
	if _, err := open(t, c).Transcribe(t.Context(), sound, h); err != nil {
		t.Fatal(err)
	}
	want := []request{{"/v1/audio/transcriptions", "Bearer " + key, map[string]string{
		"model": "tiny", "response_format": "verbose_json", "temperature": "0", "language": "de", "prompt": "Aarhus, Zoë"}, 8000}}
	if diff := cmp.Diff(want, s.requests(), cmp.AllowUnexported(request{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// whisper.cpp's own server has another path, one model, and no keys.
func TestInference(t *testing.T) {
	s, c := serve(t, says(200, `{"task": "transcribe", "language": "english", "duration": 2.5, "text": " Turn on\n the light.\n",
		"detected_language": "english", "language_probabilities": {"en": 0.98}, "segments": [
		{"id": 0, "text": " Turn on", "start": 0, "end": 1.2, "tokens": [1, 2], "words": [{"word": " Turn", "start": 0, "end": 0.5, "t_dtw": -1, "probability": 0.9}, {"word": " on", "probability": 0.8}],
		 "temperature": 0, "avg_logprob": -0.25, "no_speech_prob": 0.02},
		{"id": 1, "text": " the light.", "start": 1.2, "end": 2.5, "tokens": [3, 4], "words": [], "avg_logprob": -0.75, "no_speech_prob": 0.02}]}`))
	c.URL, c.Model, c.APIKey = strings.TrimSuffix(c.URL, "/v1/")+"/inference", "", secret.String{}
	got, err := open(t, c).Transcribe(t.Context(), sound, asr.Hints{Language: "en"})
	if err != nil {
		t.Fatal(err)
	}
	want := asr.Transcript{Text: "Turn on the light.", Language: "en", Confidence: math.Exp(-0.5), LogProbability: -0.5, NoSpeech: 0.02, Engine: Name, Sound: sound.Duration(),
		Segments: []asr.Segment{
			{End: 1200 * time.Millisecond, Text: "Turn on", Tokens: []asr.Token{{Text: " Turn", Probability: 0.9}, {Text: " on", Probability: 0.8}}},
			{Start: 1200 * time.Millisecond, End: 2500 * time.Millisecond, Text: "the light."}}}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(asr.Transcript{}, "Took"), cmpopts.EquateApprox(0, 1e-9)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if r := s.requests(); len(r) != 1 || r[0].path != "/inference" || r[0].auth != "" || r[0].fields["response_format"] != "verbose_json" {
		t.Errorf("it was asked %+v", r)
	}
}

// A model without details is asked for less from then on.
func TestPlain(t *testing.T) {
	s, c := serve(t, says(400, `{"error": {"message": "response_format 'verbose_json' is not compatible with model"}}`),
		says(200, `{"text": "on", "logprobs": [{"token": "o", "logprob": -0.1}, {"token": "n", "logprob": -0.3}]}`))
	c.Model = "gpt-4o-transcribe"
	e := open(t, c)
	for range 2 {
		got, err := e.Transcribe(t.Context(), sound, asr.Hints{})
		if err != nil || got.Text != "on" || math.Abs(got.LogProbability+0.2) > 1e-9 {
			t.Errorf("%+v, %v", got, err)
		}
	}
	r := s.requests()
	if len(r) != 3 || r[1].fields["response_format"] != "json" || r[1].fields["include[]"] != "logprobs" || r[2].fields["response_format"] != "json" {
		t.Errorf("it was asked %+v", r)
	}
}

func TestAnswers(t *testing.T) {
	for body, want := range map[string]asr.Transcript{
		`{"text": ""}`:                          {},
		`{"text": "on"}`:                        {Text: "on", Confidence: 1},
		`{"text": "on", "segments": []}`:        {Text: "on", Confidence: 1},
		`{"text": "on", "language": "klingon"}`: {Text: "on", Confidence: 1},
		`{"text": "an", "language": "German", "segments": [{"text": "an", "start": -1, "end": 1e300, "avg_logprob": 0.5, "compression_ratio": 3, "no_speech_prob": 7}]}`: {
			Text: "an", Language: "de", Confidence: 1, NoSpeech: 1, Compression: 3, Segments: []asr.Segment{{End: 24 * time.Hour, Text: "an"}}},
		`{"text": " ", "segments": [{"text": " ", "avg_logprob": -2, "no_speech_prob": 0.9}]}`: {NoSpeech: 0.9},
	} {
		_, c := serve(t, says(200, body))
		got, err := open(t, c).Transcribe(t.Context(), sound, asr.Hints{})
		if err != nil {
			t.Errorf("%s: %v", body, err)
		}
		want.Engine, want.Sound = Name, sound.Duration()
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(asr.Transcript{}, "Took")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", body, diff)
		}
	}
}

// What may pass is asked again.
func TestAgain(t *testing.T) {
	later := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "0")
		w.WriteHeader(http.StatusTooManyRequests)
	}
	cut := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		fmt.Fprint(w, `{"text": [`)
	}
	hangUp := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	for name, moods := range map[string][]http.HandlerFunc{"429": {later}, "500": {says(500, "oh"), says(503, "oh")}, "cut": {cut, cut}, "hung up": {hangUp}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, c := serve(t, append(moods, says(200, `{"text": "on"}`))...)
			if got, err := open(t, c).Transcribe(t.Context(), sound, asr.Hints{}); err != nil || got.Text != "on" || len(s.requests()) != len(moods)+1 {
				t.Errorf("after %d requests: %q, %v", len(s.requests()), got.Text, err)
			}
		})
	}
}

// What is wrong is said, with what to do, and without the key.
func TestFaults(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the redirect was followed") }))
	t.Cleanup(other.Close) // after the parallel ones
	moved := func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+"/v1?"+key, http.StatusTemporaryRedirect)
	}
	later := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(http.StatusTooManyRequests)
	}
	cut := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		fmt.Fprint(w, `{"text": [`)
	}
	huge := func(w http.ResponseWriter, _ *http.Request) {
		for range 9 {
			_, _ = w.Write([]byte(strings.Repeat(" ", 1<<20)))
		}
	}
	for _, c := range []struct {
		name  string
		mood  http.HandlerFunc
		want  string
		tries int
	}{
		{"a wrong key", says(401, `{"error": {"message": "Incorrect API key: `+key+`"}}`), `it answers 401 Unauthorized: "Incorrect API key: ***"; write api_key: under speech: openai:`, 1},
		{"no such model", says(404, `{"detail": "model \"tiny\" not found,\n\u001b[1mpull it"}`), `it answers 404 Not Found: "model \"tiny\" not found, [1mpull it"; is the model there`, 1},
		{"too long", says(413, `<html>too large`), `it answers 413 Request Entity Too Large: a web page; it takes shorter recordings only`, 1},
		{"another 400", says(400, `{"error": "no such language"}`), `it answers 400 Bad Request: "no such language"; is url:`, 1},
		{"come back in an hour", later, `it answers 429 Too Many Requests; it takes so many requests`, 1},
		{"an error of the server", says(500, "out of memory\n"), `it answers 500 Internal Server Error: "out of memory"; its log`, maxTries},
		{"moved", moved, `it answers 307 Temporary Redirect`, 1},
		{"a page", says(200, "<!doctype html><p>Welcome"), "it answers a web page; write url:", 1},
		{"huge", huge, "it answers more than 8 MiB", 1},
		{"no JSON", says(200, "pong"), "it gives no answer of this API", 1},
		{"no text", says(200, `{"embedding": [1]}`), "it gives an answer without a text", 1},
		{"an error as if all were well", says(200, `{"error": "failed to read WAV file `+key+`"}`), `it answers "failed to read WAV file ***"; its log`, 1},
		{"cut", cut, "unexpected EOF", maxTries},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, cfg := serve(t, c.mood)
			_, err := open(t, cfg).Transcribe(t.Context(), sound, asr.Hints{})
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), cfg.URL+"audio/transcriptions") || len(s.requests()) != c.tries {
				t.Errorf("after %d requests: %v", len(s.requests()), err)
			}
			if err != nil && strings.Contains(err.Error(), key) {
				t.Errorf("the key is told: %v", err)
			}
		})
	}
}

// Nobody is kept waiting for longer than they can.
func TestDeadline(t *testing.T) {
	slow := func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}
	_, c := serve(t, slow)
	e := open(t, c)
	e.config.Timeout = 50 * time.Millisecond
	if _, err := e.Transcribe(t.Context(), sound, asr.Hints{}); err == nil || !strings.Contains(err.Error(), "it did not answer within 50ms; write a longer timeout:") {
		t.Errorf("got %v", err)
	}
	e.config.Timeout = time.Minute
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := e.Transcribe(ctx, sound, asr.Hints{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	nobody := open(t, Config{URL: "http://127.0.0.1:1/v1", Model: "x", Timeout: time.Minute})
	if _, err := nobody.Transcribe(t.Context(), sound, asr.Hints{}); err == nil || !strings.Contains(err.Error(), "is the server running, and url: right?") {
		t.Errorf("got %v", err)
	}
	long := asr.Clip{Samples: make([]float32, 14*60*asr.SampleRate)}
	if _, err := e.Transcribe(t.Context(), long, asr.Hints{}); err == nil || !strings.Contains(err.Error(), "too long to be sent") {
		t.Errorf("got %v", err)
	}
}

// Only so many recordings are sent at once; the others wait for their turn.
func TestAtOnce(t *testing.T) {
	var mu sync.Mutex
	now, most := 0, 0
	all, release := make(chan struct{}), make(chan struct{})
	_, c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		now++
		if most = max(most, now); most == atOnce && now == atOnce {
			select {
			case <-all:
			default:
				close(all)
			}
		}
		mu.Unlock()
		<-release
		mu.Lock()
		now--
		mu.Unlock()
		says(200, `{"text": "on"}`)(w, nil)
	})
	e := open(t, c)
	var wg sync.WaitGroup
	for range atOnce + 4 {
		wg.Go(func() {
			if got, err := e.Transcribe(t.Context(), sound, asr.Hints{}); err != nil || got.Text != "on" {
				t.Errorf("%q, %v", got.Text, err)
			}
		})
	}
	<-all
	time.Sleep(50 * time.Millisecond) // for those that should not come
	close(release)
	wg.Wait()
	if most != atOnce {
		t.Errorf("%d are sent at once", most)
	}
}

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		config Config
		want   string
	}{
		{Config{}, ""},
		{Config{URL: "http://localhost:8000/v1", Model: "x"}, ""},
		{Config{URL: "https://localhost/inference"}, ""},
		{Config{Model: "x"}, "url"},
		{Config{APIKey: secret.New("x")}, "url"},
		{Config{URL: "localhost:8000", Model: "x"}, "url"},
		{Config{URL: "http://user:pass@localhost/v1", Model: "x"}, "url"},
		{Config{URL: "http://localhost/v1?x=1", Model: "x"}, "url"},
		{Config{URL: "http://localhost/v1/audio/transcriptions", Model: "x"}, "url"},
		{Config{URL: "http://localhost/v1"}, "model"},
		{Config{URL: "http://localhost/v1", Model: strings.Repeat("x", 201)}, "model"},
		{Config{Timeout: time.Hour}, "timeout"},
	} {
		if c.config.Timeout == 0 {
			c.config.Timeout = time.Second
		}
		var got []string
		c.config.Check(func(key, _, _ string) { got = append(got, key) })
		if strings.Join(got, " ") != c.want {
			t.Errorf("%+v: faults at %q, want %q", c.config, got, c.want)
		}
	}
}

// FuzzRead gives answers of any form: what is made of one keeps to its ranges.
func FuzzRead(f *testing.F) {
	for _, s := range []string{`{"text": "on"}`, `{"text": "on", "language": "german", "segments": [{"text": "on", "start": 0.5, "end": 1, "tokens": [1], "avg_logprob": -0.2, "compression_ratio": 1.1, "no_speech_prob": 0.1, "words": [{"word": "on", "probability": 0.5}]}]}`,
		`{"text": "on", "logprobs": [{"token": "on", "logprob": -1e308}]}`, `{"text": "a", "segments": [{"avg_logprob": -1e308}, {"avg_logprob": -1e308}]}`, `{"error": {"message": "x"}}`, `{"text": null}`, `[]`, `{`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		a, err := read(body)
		if err != nil {
			return
		}
		got := a.transcript()
		if !(got.Confidence >= 0 && got.Confidence <= 1) || !(got.NoSpeech >= 0 && got.NoSpeech <= 1) || !(got.LogProbability <= 0) {
			t.Errorf("%s: %+v", body, got)
		}
		if got.Text == "" && (got.Confidence != 0 || got.Segments != nil) {
			t.Errorf("%s: %+v", body, got)
		}
		for _, s := range got.Segments {
			if s.Start < 0 || s.End < 0 {
				t.Errorf("%s: %+v", body, s)
			}
		}
		if _, err := json.Marshal(got); err != nil {
			t.Error(err)
		}
	})
}
