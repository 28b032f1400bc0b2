package app

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"frontdesk/adapters/mic"
	"frontdesk/adapters/mic/speaker"
	"frontdesk/asr"
	"frontdesk/asr/exec"
	"frontdesk/asr/wake"
	"frontdesk/bot"
	"frontdesk/internal/config"
	"frontdesk/internal/ort"
)

// ListenOptions say how a desk listens in a room, beside its configuration.
type ListenOptions struct {
	// Source opens what is heard in the place of the microphone; nil for that. Patient
	// says that it waits for us.
	Source  func(ctx context.Context) (mic.Source, error)
	Patient bool
	Show    func(mic.Event) // is told what happens; nil for nobody
}

// A Microphone is a desk that listens in a room, and what it holds.
type Microphone struct {
	*mic.Mic
	hear    func(ctx context.Context) // for calls by MQTT, until ctx ends; nil for none
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
		Detector: detector, VAD: cfg.Speech.VAD, Source: o.Source, Patient: o.Patient, Show: o.Show, Log: a.log,
		Hear: func(ctx context.Context, clip asr.Clip, spoken time.Duration) (asr.Transcript, error) {
			return a.Hear(ctx, c.Base, clip, spoken)
		},
		Keep: a.Keep,
	}
	if len(c.Wake.Words) > 0 {
		if deps.Wake, err = wake.NewPhrases(c.Wake.Words); err != nil {
			return nil, err
		}
	}
	if len(c.Wake.Command) > 0 && deps.Wake != nil {
		e, err := openWakeCommand(cfg)
		if err != nil {
			return nil, err
		}
		m.closers = append(m.closers, e.Close)
		deps.HearWake = func(ctx context.Context, clip asr.Clip) (string, error) {
			t, err := e.Transcribe(ctx, clip, asr.Hints{})
			return t.Text, err
		}
	}
	if len(c.Wake.Models) > 0 && c.Listen == mic.OnWake {
		s, err := openSpotters(cfg)
		if err != nil {
			return nil, err
		}
		m.closers = append(m.closers, s.Close)
		deps.Spotter = s
	}
	voice := speaker.New(c.Speak, a.log)
	m.closers = append(m.closers, func() error { voice.Close(); return nil })
	if c.Speak.Enabled() {
		deps.Speak = func(ctx context.Context, r bot.Reply) error { return voice.Say(ctx, speaker.Spoken(r)) }
	}
	deps.Cue = func(_ context.Context, cue mic.Cue) { voice.Signal(speaker.Signal(cue)) }
	if topic := c.Push.MQTT; topic != "" {
		m.hear = func(ctx context.Context) { a.broker.Hear(ctx, topic, m.Push) }
	}
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
	if m.hear != nil {
		hearing, stop := context.WithCancel(ctx)
		var beside sync.WaitGroup
		defer beside.Wait()
		defer stop()
		beside.Go(func() { m.hear(hearing) })
	}
	if err := m.Mic.Run(ctx, handle); err != nil {
		return fmt.Errorf("listening: %w", err)
	}
	return nil
}

// openWakeCommand opens the program that hears wake phrases.
func openWakeCommand(cfg *config.Config) (*exec.Engine, error) {
	c := exec.DefaultConfig()
	c.Command = cfg.Mic.Wake.Command
	folder, err := filepath.Abs(cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("finding the folder of the configuration: %w", err)
	}
	e, err := exec.New(c, folder)
	if err != nil {
		return nil, fmt.Errorf("what hears the wake phrase: mic.wake: %w", err)
	}
	return e, nil
}

// spotters find several wake phrases in the sound.
type spotters struct {
	all     []*wake.Spotter
	closers []func() error
}

// spotterConfigs gives those of the models of openWakeWord that a configuration names:
// the two that each needs stand beside it.
func spotterConfigs(cfg *config.Config) (all []wake.SpotterConfig) {
	for _, file := range cfg.Mic.Wake.Models {
		c := wake.DefaultSpotterConfig()
		c.Keyword, c.Threshold = file, cfg.Mic.Wake.Threshold
		c.Melspectrogram = filepath.Join(filepath.Dir(file), "melspectrogram.onnx")
		c.Embedding = filepath.Join(filepath.Dir(file), "embedding_model.onnx")
		all = append(all, c)
	}
	return all
}

// spotterFiles gives their files.
func spotterFiles(cfg *config.Config) (paths []string) {
	for _, c := range spotterConfigs(cfg) {
		paths = append(paths, c.Keyword, c.Melspectrogram, c.Embedding)
	}
	return paths
}

// openSpotters opens the models of openWakeWord that a configuration names.
func openSpotters(cfg *config.Config) (_ *spotters, err error) {
	rt, err := ort.Open(cfg.ONNXRuntime)
	if err != nil {
		return nil, fmt.Errorf("what finds the wake phrase in sound: %w", err)
	}
	s := &spotters{closers: []func() error{rt.Close}}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	for _, c := range spotterConfigs(cfg) {
		one, err := wake.OpenSpotter(rt, c)
		if err != nil {
			return nil, err
		}
		s.all, s.closers = append(s.all, one), append(s.closers, one.Close)
	}
	return s, nil
}

// Write implements [mic.Spotter]: the highest score counts.
func (s *spotters) Write(samples []float32) (score float32, heard bool, err error) {
	for _, one := range s.all {
		p, h, err := one.Write(samples)
		if err != nil {
			return 0, false, err
		}
		score, heard = max(score, p), heard || h
	}
	return score, heard, nil
}

// Reset implements [mic.Spotter].
func (s *spotters) Reset() {
	for _, one := range s.all {
		one.Reset()
	}
}

// Close gives back what the models hold.
func (s *spotters) Close() error { return closeAll(s.closers) }
