// Package openai recognises speech with a server that offers the API of OpenAI:
// POST {url}/audio/transcriptions
// (https://platform.openai.com/docs/api-reference/audio/createTranscription). speaches,
// LocalAI and vLLM offer the same. whisper.cpp's own server takes the same form at
// another path, POST /inference (examples/server/README.md of whisper.cpp).
//
// verbose_json is asked for, which says how sure the model is of each segment; a
// server that does not have it for its model is asked for json from then on. Neither form
// has a place for other readings, so that a transcript has no Alternatives.
package openai

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"frontdesk/asr"
	"frontdesk/internal/secret"

	"golang.org/x/sync/semaphore"
)

const (
	// Name is that of the engine in a transcript.
	Name = "openai"
	// maxSamples bounds one recording: OpenAI takes 25 MB, of two bytes each.
	maxSamples = 12_000_000
	// maxPrompt bounds the words that are told beforehand, in bytes: Whisper looks at
	// the last 224 tokens of a prompt.
	maxPrompt = 600
	// atOnce is how many recordings are sent at the same time; others wait.
	atOnce = 8
)

// An Engine is a model on a server. It is safe for concurrent use.
type Engine struct {
	config   Config
	endpoint *url.URL
	redactor *secret.Redactor // finds the key in what a server says
	http     *http.Client
	places   *semaphore.Weighted
	plain    atomic.Bool   // verbose_json is not understood there
	pause    time.Duration // before a request is sent for the second time
}

// Open makes an engine of a configuration that [Config.Check] has nothing against.
// It connects to nothing.
func Open(c Config) (*Engine, error) {
	u, err := c.address()
	if err != nil {
		return nil, fmt.Errorf("speech.openai.url: %w", err)
	}
	return &Engine{config: c, endpoint: u, redactor: secret.NewRedactor(c.APIKey), http: newClient(),
		places: semaphore.NewWeighted(atOnce), pause: firstPause}, nil
}

// Host is that of the server, with its port where one is written.
func (e *Engine) Host() string { return e.endpoint.Host }

// String names the model and where it is.
func (e *Engine) String() string {
	if e.config.Model == "" {
		return "the model at " + e.endpoint.Host
	}
	return e.config.Model + " at " + e.endpoint.Host
}

// Close gives up the connections that are kept.
func (e *Engine) Close() error {
	e.http.CloseIdleConnections()
	return nil
}

// Transcribe implements [asr.Recognizer]. An error says what to do; the key is not in
// it.
func (e *Engine) Transcribe(ctx context.Context, c asr.Clip, h asr.Hints) (asr.Transcript, error) {
	start := time.Now()
	timed, cancel := context.WithTimeout(ctx, e.config.Timeout)
	defer cancel()
	if err := e.places.Acquire(timed, 1); err != nil {
		return asr.Transcript{}, e.broken(ctx, err)
	}
	defer e.places.Release(1)
	a, err := e.ask(ctx, timed, c, h)
	if err != nil {
		return asr.Transcript{}, err
	}
	t := a.transcript()
	t.Engine, t.Sound, t.Took = Name, c.Duration(), time.Since(start)
	return t, nil
}

// prompt gives the words that may be said, as many as there is room for.
func prompt(words []string) string {
	var b strings.Builder
	for _, w := range words {
		if w = strings.TrimSpace(w); w == "" {
			continue
		}
		if b.Len() > 0 {
			w = ", " + w
		}
		if b.Len()+len(w) > maxPrompt {
			break
		}
		b.WriteString(w)
	}
	return b.String()
}
