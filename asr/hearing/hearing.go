// Package hearing surrounds an engine of speech recognition with what keeps it
// honest: silence never reaches it, long recordings are cut at pauses, what it
// invents is held back, a second engine stands in for it, and recordings are kept
// if, and only if, the owner says so.
package hearing

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"frontdesk/asr"
	"frontdesk/asr/vad"
)

// Deps are what a [Recognizer] works with besides its engine.
type Deps struct {
	// Detector finds where somebody speaks. Without one, only sound that is as good
	// as none is kept from the engine, and long recordings are cut where they are
	// quietest.
	Detector vad.Detector
	// Fallback is a second engine; nil for none. It is asked where the first one
	// fails, is unsure, or hears nothing although the Detector found speech.
	Fallback asr.Recognizer
	// Folder is where recordings are kept, if they are to be; empty for nowhere.
	Folder string
	Log    *slog.Logger     // nil for nowhere
	Now    func() time.Time // nil for time.Now
}

// A Recognizer is an engine with what surrounds it. It is safe for concurrent use.
type Recognizer struct {
	engine asr.Recognizer
	config Config
	deps   Deps
	kept   *shelf // nil where nothing is kept

	stop func()
	done sync.WaitGroup
}

// New surrounds an engine. The caller must Close the Recognizer, and the engines
// after it.
func New(engine asr.Recognizer, c Config, d Deps) *Recognizer {
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	if d.Now == nil {
		d.Now = time.Now
	}
	ctx, stop := context.WithCancel(context.Background())
	r := &Recognizer{engine: engine, config: c, deps: d, stop: stop}
	if c.KeepAudio.Days > 0 && d.Folder != "" {
		r.kept = &shelf{folder: d.Folder, keep: c.KeepAudio}
	}
	if d.Folder != "" { // also what an earlier configuration had kept
		old := &shelf{folder: d.Folder, keep: c.KeepAudio}
		if r.kept != nil {
			old = r.kept
		}
		r.done.Go(func() { r.tidy(ctx, old) })
	}
	return r
}

// Close ends what is done beside recognising. The engines are left open.
func (r *Recognizer) Close() error {
	r.stop()
	r.done.Wait()
	return nil
}

// Transcribe implements [asr.Recognizer].
func (r *Recognizer) Transcribe(ctx context.Context, c asr.Clip, h asr.Hints) (asr.Transcript, error) {
	start := r.deps.Now()
	if h.Language == "" {
		h.Language = r.config.Language
	}
	if isSilence(c) {
		return asr.Transcript{Gate: asr.NoSpeech, Sound: c.Duration(), Took: r.deps.Now().Sub(start)}, ctx.Err()
	}
	pieces, err := r.pieces(ctx, c, h.Spoken)
	if err != nil {
		return asr.Transcript{}, err
	}
	t := asr.Transcript{Gate: asr.NoSpeech}
	if len(pieces) > 0 {
		if t, err = r.hear(ctx, pieces, h); err != nil {
			return asr.Transcript{}, err
		}
	}
	t.Sound, t.Took = c.Duration(), r.deps.Now().Sub(start)
	if !h.Unkept {
		r.keep(ctx, start, c, t)
	}
	return t, nil
}

// Keep keeps a recording that was recognised with [asr.Hints.Unkept], where recordings
// are kept: it turned out that it may be.
func (r *Recognizer) Keep(ctx context.Context, c asr.Clip, t asr.Transcript) {
	r.keep(ctx, r.deps.Now(), c, t)
}

func (r *Recognizer) keep(ctx context.Context, at time.Time, c asr.Clip, t asr.Transcript) {
	if r.kept == nil {
		return
	}
	if err := r.kept.put(at, c, t); err != nil {
		// Whoever spoke is answered all the same.
		r.deps.Log.WarnContext(ctx, "a recording is not kept", "error", err)
	}
}

// hear has the pieces recognised by the engine, or by the one that stands in.
func (r *Recognizer) hear(ctx context.Context, pieces []piece, h asr.Hints) (asr.Transcript, error) {
	first, err := r.ask(ctx, r.engine, pieces, h)
	if r.deps.Fallback == nil || ctx.Err() != nil || err == nil && !r.doubtful(first) {
		return first, err
	}
	second, err2 := r.ask(ctx, r.deps.Fallback, pieces, h)
	switch {
	case err != nil && err2 != nil:
		return asr.Transcript{}, fmt.Errorf("recognising speech, also by the fallback: %w", errors.Join(err, err2))
	case err != nil:
		r.deps.Log.WarnContext(ctx, "the fallback recognised what the first engine could not", "error", err)
		return second, nil
	case err2 != nil:
		r.deps.Log.WarnContext(ctx, "the fallback could not recognise speech, either", "error", err2)
		return first, nil
	}
	return better(first, second), nil
}

// unsureBelow is the confidence below which a second engine is asked.
const unsureBelow = 0.5

// doubtful says whether a second engine may know better.
func (r *Recognizer) doubtful(t asr.Transcript) bool {
	if t.Text != "" {
		return t.Confidence < unsureBelow
	}
	if t.Expected.Text != "" {
		return false
	}
	return r.deps.Detector != nil || t.Gate != "" && t.Gate != asr.NoSpeech
}

// better gives what the second engine heard where it heard anything and is at least
// as sure, with what the first one heard as an alternative.
func better(first, second asr.Transcript) asr.Transcript {
	if second.Text == "" && second.Expected.Text == "" {
		return first
	}
	if first.Text == "" || second.Text != "" && second.Confidence >= first.Confidence {
		first, second = second, first
	}
	if second.Text != "" {
		first.Alternatives = alternatives(first.Text, append([]asr.Alternative{{Text: second.Text}}, first.Alternatives...))
	}
	return first
}

// commandPieces are how many pieces a recording may have in which a sentence is looked
// for that is expected.
const commandPieces = 4

// ask has one engine recognise all pieces, one after another, and holds back what
// it cannot have heard.
func (r *Recognizer) ask(ctx context.Context, engine asr.Recognizer, pieces []piece, h asr.Hints) (asr.Transcript, error) {
	if len(pieces) > commandPieces {
		h.Expected = nil // that is talk
	}
	heard := make([]asr.Transcript, len(pieces))
	for i, p := range pieces {
		t, err := engine.Transcribe(ctx, p.clip, h)
		if err != nil {
			return asr.Transcript{}, err
		}
		if t.Trouble != "" {
			r.deps.Log.WarnContext(ctx, "it is not known what else may have been said", "engine", t.Engine, "why", t.Trouble)
		}
		t.Text = tidyText(t.Text)
		if t.Text != "" && t.Compression == 0 {
			t.Compression = compression(t.Text)
		}
		t.Alternatives = alternatives(t.Text, t.Alternatives)
		heard[i] = gate(t, p)
	}
	return joined(heard, pieces, r.deps.Detector != nil), nil
}
