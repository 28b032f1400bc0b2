// Package hearing surrounds an engine of speech recognition with what any engine
// needs.
package hearing

import (
	"context"
	"log/slog"
	"time"

	"frontdesk/asr"
)

// Deps are what a [Recognizer] works with besides its engine.
type Deps struct {
	Fallback asr.Recognizer // a second engine; nil for none
	Log      *slog.Logger   // nil for nowhere
	Now      func() time.Time
}

// A Recognizer is an engine with what surrounds it. It is safe for concurrent use.
type Recognizer struct {
	engine asr.Recognizer
	config Config
	deps   Deps
}

// New surrounds an engine.
func New(engine asr.Recognizer, c Config, d Deps) *Recognizer {
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	if d.Now == nil {
		d.Now = time.Now
	}
	return &Recognizer{engine: engine, config: c, deps: d}
}

// Transcribe implements [asr.Recognizer].
func (r *Recognizer) Transcribe(ctx context.Context, c asr.Clip, h asr.Hints) (asr.Transcript, error) {
	start := r.deps.Now()
	if h.Language == "" {
		h.Language = r.config.Language
	}
	t, err := r.engine.Transcribe(ctx, c, h)
	if err != nil {
		return asr.Transcript{}, err
	}
	t.Sound, t.Took = c.Duration(), r.deps.Now().Sub(start)
	return t, nil
}

// Close ends what is done beside recognising. The engines are left open.
func (r *Recognizer) Close() error { return nil }
