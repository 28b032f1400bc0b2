package app

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"frontdesk/adapters/chat"
	"frontdesk/asr"
	"frontdesk/internal/config"
)

// examineSpeech tries whether what recognises speech works: each engine is given a
// second of quiet noise.
func examineSpeech(ctx context.Context, cfg *config.Config) (found []chat.Finding) {
	if !cfg.Speech.Enabled() {
		return []chat.Finding{good("nothing recognises speech: no engine is named under speech:")}
	}
	var missing []error
	s, err := OpenSpeech(ctx, cfg, Options{Warn: func(err error) { missing = append(missing, err) }})
	if err != nil {
		return []chat.Finding{bad("what mends it is said there", "%v", err)}
	}
	defer func() {
		if err := s.Close(); err != nil {
			found = append(found, bad("the error says what to do", "%v", err))
		}
	}()
	found = append(found, good("%s", s.State()))
	for _, e := range []*speechEngine{s.engine, s.fallback} {
		if e == nil {
			continue
		}
		start := time.Now()
		if _, err := e.Transcribe(ctx, quietNoise(), asr.Hints{Language: cfg.Speech.Language}); err != nil {
			found = append(found, bad("what mends it is said there", "%v", err))
			continue
		}
		found = append(found, good("%s works: a second of quiet takes it %v", e.what, brief(time.Since(start))))
	}
	for _, err := range missing {
		found = append(found, bad(`"make onnxruntime" fetches it, or build with whisper.cpp: "make build"`, "%v", err))
	}
	if s.detector != nil {
		found = append(found, good("%s finds where somebody speaks", s.detector.Name))
	}
	return found
}

// quietNoise is a second of what a microphone gives in a quiet room.
func quietNoise() asr.Clip {
	rng := rand.New(rand.NewPCG(1, 1))
	c := asr.Clip{Samples: make([]float32, asr.SampleRate)}
	for i := range c.Samples {
		c.Samples[i] = float32(rng.NormFloat64() * 0.001)
	}
	return c
}

var errNoSound = errors.New("no sound came")

// seconds shows a time for people.
func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
