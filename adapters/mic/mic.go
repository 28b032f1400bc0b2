// Package mic is the adapter for a microphone in a room: who speaks to the desk is
// answered there.
//
// Sound goes through a [vad.Segmenter], which finds the utterances. Which of them
// are meant for the desk is decided in listener.go, and what becomes of them in
// worker.go. Sound is kept no longer than that takes.
package mic

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"frontdesk/adapters/mic/capture"
	"frontdesk/asr"
	"frontdesk/asr/vad"
	"frontdesk/asr/wake"
	"frontdesk/bot"
)

// Name is the first part of our addresses: "mic:kitchen" is the microphone there.
const Name = "mic"

const (
	// queued is how many utterances wait to be worked on; what finds no room is
	// dropped.
	queued = 4
	// late is the age from which on an utterance is not worked on any more: nobody
	// waits for it.
	late = 6 * time.Second
	// finishWithin is how long what is being worked on may take when the desk stops.
	finishWithin = 10 * time.Second
)

// A Source gives sound: mono, at [asr.SampleRate], in [-1, 1]. Read gives at least
// one sample or an error: [capture.ErrGap] where sound is missing before what comes
// next, after which it goes on, and [io.EOF] when there is no more.
type Source interface {
	Read(ctx context.Context, into []float32) (int, error)
}

// A Spotter finds a wake phrase in the sound itself; [wake.Spotter] is one.
type Spotter interface {
	Write(samples []float32) (score float32, heard bool, err error)
	Reset()
}

// Deps are what a Mic works with. Hear and Detector are required.
type Deps struct {
	// Hear recognises speech, with what is known of it beforehand: spoken is how long
	// somebody speaks in it, or 0 where that is not known.
	Hear func(ctx context.Context, c asr.Clip, spoken time.Duration) (asr.Transcript, error)
	// Keep keeps a recording that turned out to be meant for the desk, with what Hear
	// heard; nil where none is kept.
	Keep     func(ctx context.Context, c asr.Clip, t asr.Transcript)
	Detector vad.Detector
	VAD      vad.Config
	// Wake are the phrases that wake the desk, where words are configured; Spotter
	// finds others in the sound. Either may be nil.
	Wake    *wake.Phrases
	Spotter Spotter
	// HearWake hears the phrases of Wake better than Hear does, and need hear nothing
	// else: it is given the beginning of what was said, and gives a text. Nil for nothing.
	HearWake func(ctx context.Context, c asr.Clip) (string, error)
	// Source opens what sound comes from; nil for the microphone of the Config. It is
	// closed at the end where it is an [io.Closer].
	Source func(ctx context.Context) (Source, error)
	// Patient says that the source waits for us: nothing is too late, and an utterance
	// is worked on before more is read. It is for sound that does not come as time
	// passes, such as files.
	Patient bool
	// Speak says a reply aloud, and returns when that is done or ctx ends. Nil: the
	// desk is mute.
	Speak func(ctx context.Context, r bot.Reply) error
	// Cue tells people of a moment, by a tone; it must not wait for long. Nil for
	// nothing. Hooks are run besides.
	Cue func(ctx context.Context, c Cue)
	// Show is told what happens, by one call at a time; it must not wait for long. Nil
	// for nobody.
	Show func(Event)
	Log  *slog.Logger
	Now  func() time.Time // nil for time.Now
}

// A Mic is a desk that listens in a room. Run may be called once; the other methods
// may be called from any goroutine.
type Mic struct {
	cfg   Config
	deps  Deps
	log   *slog.Logger
	id    string // of the conversation; also the prefix of message IDs
	count int    // of messages

	pushed chan struct{} // somebody wants to speak
	saying chan saying   // replies that come by themselves
	hooks  hooks
	ended  chan struct{} // closed when Run returns

	mu      sync.Mutex // guards what follows
	running bool
	source  *capture.Microphone // nil where sound comes from elsewhere

	showing sync.Mutex // held while Show is called
}

var _ bot.Outbox = (*Mic)(nil)

// New makes a Mic. The configuration must have passed its Check.
func New(cfg Config, deps Deps) (*Mic, error) {
	if deps.Log == nil {
		deps.Log = slog.New(slog.DiscardHandler)
	}
	if deps.Now == nil {
		deps.Now = time.Now
	}
	switch {
	case deps.Hear == nil:
		return nil, errors.New("nothing recognises what is said into the microphone; name an engine under speech: in config.yaml")
	case deps.Detector == nil:
		return nil, errors.New("nothing finds speech in the sound of the microphone")
	case cfg.Listen == OnWake && deps.Wake == nil && deps.Spotter == nil:
		return nil, errors.New("nothing wakes the desk; write words: under wake: under mic: in config.yaml")
	}
	m := &Mic{cfg: cfg, deps: deps, log: deps.Log, id: rand.Text()[:10], pushed: make(chan struct{}, 1), saying: make(chan saying), ended: make(chan struct{})}
	m.hooks = hooks{programs: cfg.Hooks, within: hookWithin, log: deps.Log}
	if deps.Source == nil {
		c := cfg.capturing()
		c.Log = deps.Log
		m.deps.Source = func(context.Context) (Source, error) {
			source := capture.Open(c)
			m.mu.Lock()
			defer m.mu.Unlock()
			m.source = source
			return source, nil
		}
	}
	return m, nil
}

// Run listens until ctx ends or the source does. Then what is being worked on is
// finished, within a bounded time, and it returns nil.
func (m *Mic) Run(ctx context.Context, handle bot.Handler) (err error) {
	source, err := m.deps.Source(ctx)
	if err != nil {
		return fmt.Errorf("opening the microphone: %w", err)
	}
	if c, ok := source.(io.Closer); ok {
		defer func() { err = errors.Join(err, c.Close()) }()
	}
	stream, err := m.deps.Detector.Stream()
	if err != nil {
		return fmt.Errorf("opening what finds speech: %w", err)
	}
	defer func() { err = errors.Join(err, stream.Close()) }()

	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(finishWithin, stop) })()
	m.runs(true)
	defer close(m.ended)
	defer m.runs(false)
	defer m.hooks.wait()
	l := newListener(m, stream)
	w := &worker{m: m, l: l, handle: handle}
	var both sync.WaitGroup
	defer both.Wait()
	both.Go(func() { w.run(ctx, working) })
	defer close(l.jobs)
	return l.run(ctx, source)
}

func (m *Mic) runs(on bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.running = on
}

// Connected says whether the desk hears the room now.
func (m *Mic) Connected() bool {
	m.mu.Lock()
	running, source := m.running, m.source
	m.mu.Unlock()
	if !running || source == nil {
		return running
	}
	ok, _ := source.Status()
	return ok
}

// Push has the desk listen to what is said next, as if it had been woken.
func (m *Mic) Push() {
	select {
	case m.pushed <- struct{}{}:
	default: // somebody else has done so just now
	}
}

// A saying is a reply that is to be said, and whom it is told when it was.
type saying struct {
	reply bot.Reply
	said  chan<- error
}

// Send says a reply that comes by itself: something that was scheduled, an answer
// that took its time. It returns when it was said.
func (m *Mic) Send(ctx context.Context, to bot.Address, r bot.Reply) error {
	if to != m.cfg.Address() {
		return fmt.Errorf("%q is not the address of this microphone, which is %q", to, m.cfg.Address())
	}
	said := make(chan error, 1)
	select {
	case m.saying <- saying{r, said}:
	case <-m.ended:
		return errors.New("this microphone does not listen any more")
	case <-ctx.Done():
		return fmt.Errorf("saying it in the room: %w", context.Cause(ctx))
	}
	select {
	case err := <-said:
		return err
	case <-ctx.Done():
		return fmt.Errorf("saying it in the room: %w", context.Cause(ctx))
	}
}

// show tells whoever watches.
func (m *Mic) show(e Event) {
	if m.deps.Show != nil {
		m.showing.Lock()
		defer m.showing.Unlock()
		m.deps.Show(e)
	}
}

// cue tells people of a moment.
func (m *Mic) cue(ctx context.Context, c Cue) {
	if m.deps.Cue != nil {
		m.deps.Cue(ctx, c)
	}
	m.hooks.run(ctx, c)
}

// message makes the message of what was heard.
func (m *Mic) message(t asr.Transcript) bot.Message {
	m.count++
	sender := m.cfg.Person
	if sender == "" {
		sender = m.cfg.Address()
	}
	msg := bot.Message{
		ID: fmt.Sprintf("%s-%d", m.id, m.count), Kind: bot.Audio, Conversation: string(m.cfg.Address()) + ":" + m.id,
		Sender: sender, Address: m.cfg.Address(), Locale: m.cfg.Locale, Base: m.cfg.Base,
		Transcript: &t, Time: m.deps.Now(),
	}
	if m.cfg.Room != "" {
		msg.Context = map[string]string{"room": m.cfg.Room}
	}
	return msg
}
