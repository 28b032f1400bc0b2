package app

import (
	"context"
	"errors"
	"fmt"
	"io"

	"frontdesk/adapters/mic"
	"frontdesk/adapters/mic/speaker"
	"frontdesk/asr"
	"frontdesk/asr/vad"
	"frontdesk/asr/wake"
	"frontdesk/bot"
	"frontdesk/internal/config"
)

// ListenOptions say how a desk listens in a room, beside its configuration.
type ListenOptions struct {
	// Source opens what is heard in the place of the microphone; nil for that. Patient
	// says that it waits for us.
	Source  func(ctx context.Context) (mic.Source, error)
	Patient bool
	Show    func(mic.Event) // is told what happens; nil for nobody
}

// signals are the tones of the moments.
var signals = map[mic.Cue]speaker.Signal{
	mic.CueHeard: speaker.Heard, mic.CueThink: speaker.Thinking, mic.CueDone: speaker.Done, mic.CueUnclear: speaker.NotUnderstood,
}

// A Microphone is a desk that listens in a room, and what it holds.
type Microphone struct {
	*mic.Mic
	closers []func() error
}

// Microphone makes the desk listen as a configuration says. The caller must Close it.
func (a *App) Microphone(cfg *config.Config, o ListenOptions) (_ *Microphone, err error) {
	m := &Microphone{}
	defer func() {
		if err != nil {
			err = errors.Join(err, m.Close())
		}
	}()
	if !cfg.Speech.Enabled() {
		return nil, ErrDeaf
	}
	detector, err := OpenDetector(cfg)
	if err != nil {
		return nil, err
	}
	m.closers = append(m.closers, detector.Close)
	c := cfg.Mic
	deps := mic.Deps{
		Detector: detector, VAD: vad.DefaultConfig(), Source: o.Source, Patient: o.Patient, Show: o.Show, Log: a.log,
		Hear: func(ctx context.Context, clip asr.Clip) (asr.Transcript, error) { return a.Hear(ctx, c.Base, clip) },
	}
	if len(c.Wake.Words) > 0 {
		if deps.Wake, err = wake.NewPhrases(c.Wake.Words); err != nil {
			return nil, err
		}
	}
	voice := speaker.New(c.Speak, a.log)
	m.closers = append(m.closers, func() error { voice.Close(); return nil })
	if c.Speak.Enabled() {
		deps.Speak = func(ctx context.Context, r bot.Reply) error { return voice.Say(ctx, speaker.Spoken(r)) }
	}
	deps.Cue = func(_ context.Context, cue mic.Cue) { voice.Signal(signals[cue]) }
	if m.Mic, err = mic.New(c, deps); err != nil {
		return nil, err
	}
	return m, nil
}

// Close gives back what it holds.
func (m *Microphone) Close() error { return closeAll(m.closers) }

// Run implements the adapter: it listens, and closes the Microphone.
func (m *Microphone) Run(ctx context.Context, handle bot.Handler) (err error) {
	defer func() { err = errors.Join(err, m.Close()) }()
	if err := m.Mic.Run(ctx, handle); err != nil {
		return fmt.Errorf("listening: %w", err)
	}
	return nil
}

var _ io.Closer = (*Microphone)(nil)
