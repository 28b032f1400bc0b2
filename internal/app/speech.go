package app

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"frontdesk/asr"
	"frontdesk/asr/hearing"
	"frontdesk/internal/config"
)

// ErrDeaf says that no engine recognises speech.
var ErrDeaf = errors.New("nothing recognises speech: no engine is named; write engine: under speech: in config.yaml")

// A Speech is what recognises speech as a configuration has it, and is open. It is
// safe for concurrent use.
type Speech struct {
	recognizer *hearing.Recognizer
	engine     *speechEngine
	fallback   *speechEngine // nil for none
	detector   *Detector     // nil for none
	config     config.Speech
	files      modelFiles
	meter      *metrics // may be nil
	closers    []func() error

	mu     sync.Mutex // guards the begin of each use against Close
	closed bool
	uses   sync.WaitGroup
}

// OpenSpeech opens what a configuration says of speech; [ErrDeaf] where it names no
// engine. It reads models into memory and warms them up. The caller must Close it.
func OpenSpeech(ctx context.Context, cfg *config.Config, o Options) (*Speech, error) {
	if !cfg.Speech.Enabled() {
		return nil, ErrDeaf
	}
	s := &Speech{config: cfg.Speech, meter: o.meter}
	if err := s.open(ctx, cfg, o); err != nil {
		return nil, errors.Join(err, closeAll(s.closers))
	}
	return s, nil
}

func (s *Speech) open(ctx context.Context, cfg *config.Config, o Options) (err error) {
	s.files = lookAtModel(speechFiles(cfg)...)
	if s.engine, err = openSpeechEngine(ctx, cfg, s.config.Engine, o.Log); err != nil {
		return err
	}
	s.closers = append(s.closers, s.engine.close)
	deps := hearing.Deps{Log: o.Log}
	if s.config.Fallback != "" {
		if s.fallback, err = openSpeechEngine(ctx, cfg, s.config.Fallback, o.Log); err != nil {
			return err
		}
		s.closers = append(s.closers, s.fallback.close)
		deps.Fallback = s.fallback
	}
	if s.config.Detect {
		if s.detector, err = OpenDetector(cfg); err != nil {
			o.warn(fmt.Errorf("nothing finds where somebody speaks, so all sound is recognised that is not silent: %w; or write speech: {detect: false}", err))
		} else {
			s.closers = append(s.closers, s.detector.Close)
			deps.Detector = s.detector
		}
	}
	if o.Hear && !o.Pretend && !o.DryRun {
		deps.Folder = filepath.Join(cfg.DataDir, audioFolder)
	}
	s.recognizer = hearing.New(s.engine, s.config.Config, deps)
	s.closers = append(s.closers, s.recognizer.Close)
	return nil
}

// audioFolder is where recordings are kept, in the data_dir, if they are to be.
const audioFolder = "audio"

// Transcribe implements [asr.Recognizer].
func (s *Speech) Transcribe(ctx context.Context, c asr.Clip, h asr.Hints) (asr.Transcript, error) {
	if !s.begin() {
		return asr.Transcript{}, errSpeechClosed
	}
	defer s.uses.Done()
	done := s.meter.hearing(s.engine.name, c.Duration())
	t, err := s.recognizer.Transcribe(ctx, c, h)
	done(t, err)
	return t, err
}

// Keep keeps a recording that was recognised with [asr.Hints.Unkept], where the
// configuration has recordings kept.
func (s *Speech) Keep(ctx context.Context, c asr.Clip, t asr.Transcript) {
	if s.begin() {
		defer s.uses.Done()
		s.recognizer.Keep(ctx, c, t)
	}
}

// begin begins a use, for which Close waits; not of what is closed.
func (s *Speech) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.uses.Add(1)
	}
	return !s.closed
}

// State says in words what hears, where sound goes, and whether it is kept.
func (s *Speech) State() string {
	text := s.engine.what + " hears"
	if s.fallback != nil {
		text += ", and " + s.fallback.what + " where it fails or is unsure"
	}
	return text + "; " + s.leaves() + "; " + s.keeps()
}

// leaves says whether sound leaves this machine.
func (s *Speech) leaves() string {
	var hosts []string
	for _, e := range []*speechEngine{s.engine, s.fallback} {
		if e != nil && e.away() {
			hosts = append(hosts, e.server)
		}
	}
	if len(hosts) == 0 {
		return "sound stays on this machine"
	}
	return "sound leaves this machine, to " + strings.Join(hosts, " and ")
}

// Detector gives what finds where somebody speaks; nil for nothing.
func (s *Speech) Detector() *Detector { return s.detector }

func (s *Speech) keeps() string {
	if days := s.config.KeepAudio.Days; days > 0 {
		return fmt.Sprintf("recordings are kept for %d days", days)
	}
	return "recordings are not kept"
}

// Close waits for what is being recognised, and gives back what the engines hold.
// What comes later is an error, at once. It may be called twice; the second call may
// return before the first.
func (s *Speech) Close() error {
	s.mu.Lock()
	closed := s.closed
	s.closed = true
	s.mu.Unlock()
	if closed {
		return nil
	}
	s.uses.Wait()
	return closeAll(s.closers)
}

// openSpeech opens what a configuration says of speech, where the options want it;
// nil for nothing.
func openSpeech(ctx context.Context, cfg *config.Config, o Options) (*Speech, error) {
	if !o.Hear || !cfg.Speech.Enabled() {
		return nil, nil
	}
	s, err := OpenSpeech(ctx, cfg, o)
	if err != nil {
		return nil, fmt.Errorf("what recognises speech cannot be opened: %w", err)
	}
	o.Log.Info("speech is recognised", "what", s.State())
	return s, nil
}

// asRecognizer gives it to the bot.
func (s *Speech) asRecognizer() asr.Recognizer {
	if s == nil {
		return nil // a nil *Speech would be an interface that is not nil
	}
	return s
}

// Hear recognises what was said to a base, with what is known of it beforehand; ""
// for the default base. spoken is how long somebody speaks in it, where a detector has
// found that, and 0 otherwise. [ErrDeaf] where no engine is named. The recording is not
// kept; see [App.Keep].
func (a *App) Hear(ctx context.Context, base string, c asr.Clip, spoken time.Duration) (asr.Transcript, error) {
	a.mu.Lock()
	if base == "" {
		base = a.names[0]
	}
	speech, hints := a.speech, a.loaded[base].base.Hints
	a.mu.Unlock()
	if speech == nil {
		return asr.Transcript{}, ErrDeaf
	}
	hints.Spoken, hints.Unkept = spoken, true
	return speech.Transcribe(ctx, c, hints)
}

// Keep keeps what [App.Hear] heard, where recordings are kept: it was meant for the desk.
func (a *App) Keep(ctx context.Context, c asr.Clip, t asr.Transcript) {
	a.mu.Lock()
	speech := a.speech
	a.mu.Unlock()
	if speech != nil {
		speech.Keep(ctx, c, t)
	}
}

// retireSpeech closes what recognised speech until now, when what was begun with it
// is over.
func (a *App) retireSpeech(s *Speech) {
	if s == nil {
		return
	}
	a.deafened = append(a.deafened, s)
	a.later(s.Close, "closing what recognised speech")
}

// closeSpeech closes what recognises speech and what did.
func (a *App) closeSpeech() (err error) {
	for _, s := range append(a.deafened, a.speech) {
		if s != nil {
			err = errors.Join(err, s.Close())
		}
	}
	return err
}

// speechState says in words what hears.
func (a *App) speechState() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.speech == nil {
		return "nothing hears: no engine is named"
	}
	return a.speech.State()
}
