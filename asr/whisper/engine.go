//go:build whisper && cgo

package whisper

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"frontdesk/asr"
)

// An Engine is a model of Whisper that is ready to hear: an [asr.Recognizer]. It is
// safe for concurrent use. Its states are made when they are first needed.
type Engine struct {
	c     Config
	known languages
	// mostTokens of a short clip, for measuring; 0: as many as fit its length.
	mostTokens int
	// places are taken by runs: as many as there are states.
	places chan struct{}
	// closing ends with the engine.
	closing context.Context
	close   context.CancelCauseFunc
	runs    sync.WaitGroup

	swapping sync.Mutex // one new model at a time

	mu      sync.Mutex
	model   *model // nil once closed
	waiting int
	running int
	stats   Stats
}

// A model is one that was loaded, and its states. The engine's lock guards it.
type model struct {
	lib  *library
	info Info
	// made counts its states, idle are those that nobody uses.
	made int
	idle []*state
	// users are runs; old says that no new one comes.
	users int
	old   bool
	// prompts are what the words of a base come to.
	prompts prompts
	tries   tries // of the sentences of the bases
}

// Open loads a model from a file in the ggml format and runs it once on silence,
// unless c.Lazy. It stops when ctx ends. A file that is no such model, or a damaged
// one, is an error that names it and says so.
func Open(ctx context.Context, file string, c Config) (*Engine, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	if c.Log != nil {
		logTo.Store(c.Log)
	}
	logging.Do(logToGo)
	e := &Engine{c: c, known: knownLanguages(), places: make(chan struct{}, c.States)}
	m, err := e.load(ctx, file)
	if err != nil {
		return nil, err
	}
	e.model = m
	e.closing, e.close = context.WithCancelCause(context.Background())
	return e, nil
}

// load makes a model ready. It belongs to nobody yet.
func (e *Engine) load(ctx context.Context, file string) (_ *model, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("%s: %w", file, err)
		}
	}()
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, brief(err)
	}
	defer f.Close() // it was only read
	info, err := checkModel(f)
	if err != nil {
		return nil, err
	}
	m := &model{info: info}
	if _, err := e.known.id(e.c.Language, info); err != nil {
		return nil, err
	}
	if m.lib, err = openLibrary(ctx, f, e.c.FlashAttention); err != nil {
		return nil, err
	}
	if err := e.warm(ctx, m); err != nil {
		m.free()
		return nil, err
	}
	return m, nil
}

// warm runs a new model once on silence.
func (e *Engine) warm(ctx context.Context, m *model) error {
	if e.c.Lazy {
		return nil
	}
	s, err := m.lib.newState()
	if err != nil {
		return err
	}
	m.made, m.idle = 1, []*state{s}
	r := &run{e: e, m: m, s: s, samples: make([]float32, asr.SampleRate)}
	return r.within(ctx, func() error {
		// Greedily, so that the state is as if nothing had been.
		return s.full(r.samples, how{threads: e.c.threads(), maxTokens: 4,
			audioContext: audioContext(len(r.samples), e.c.Margin, m.lib.audioContext, m.lib.step)})
	})
}

// Swap loads another model beside the one in use, runs it once on silence, and then
// takes it for every recording that comes. Those that are being recognised end with
// the old one, which is freed after the last of them. After an error, also of ctx,
// the old one is still in use. Both models lie in memory for a while.
func (e *Engine) Swap(ctx context.Context, file string) error {
	e.swapping.Lock()
	defer e.swapping.Unlock()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(e.closing, func() { cancel(ErrClosed) })()
	e.mu.Lock()
	if e.model == nil {
		e.mu.Unlock()
		return ErrClosed
	}
	e.runs.Add(1) // Close waits for it
	e.mu.Unlock()
	defer e.runs.Done()

	m, err := e.load(ctx, file)
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.model == nil {
		m.free()
		return ErrClosed
	}
	e.retire(e.model)
	e.model = m
	return nil
}

// retire frees what of a model nobody uses; the last user frees the rest.
func (e *Engine) retire(m *model) {
	m.old = true
	for _, s := range m.idle {
		s.free()
		m.made--
	}
	m.idle = nil
	if m.users == 0 {
		m.lib.free()
	}
}

// free frees a model that nobody uses.
func (m *model) free() {
	for _, s := range m.idle {
		s.free()
	}
	m.idle = nil
	m.lib.free()
}

// acquire waits for a place, and gives the model in use.
func (e *Engine) acquire(ctx context.Context) (*model, error) {
	e.mu.Lock()
	if e.model == nil {
		e.mu.Unlock()
		return nil, ErrClosed
	}
	select {
	case e.places <- struct{}{}:
		defer e.mu.Unlock()
		return e.enter(), nil
	default:
	}
	if e.waiting >= e.c.Queue {
		e.stats.Refused++
		e.mu.Unlock()
		return nil, ErrBusy
	}
	e.waiting++
	e.mu.Unlock()

	var err error
	select {
	case e.places <- struct{}{}:
	case <-ctx.Done():
		err = context.Cause(ctx)
	case <-e.closing.Done():
		err = ErrClosed
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.waiting--
	if err == nil && e.model == nil {
		<-e.places
		err = ErrClosed
	}
	if err != nil {
		return nil, err
	}
	return e.enter(), nil
}

// enter begins a run; the lock is held, and so is a place.
func (e *Engine) enter() *model {
	e.runs.Add(1)
	e.running++
	e.model.users++
	return e.model
}

// release ends a run.
func (e *Engine) release(m *model, s *state) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if s != nil {
		if s.used || m.old {
			s.free()
			m.made--
		} else {
			m.idle = append(m.idle, s)
		}
	}
	m.users--
	if m.old && m.users == 0 {
		m.lib.free()
	}
	e.running--
	<-e.places
	e.runs.Done()
}

// take gives a state of a model that a run uses.
func (e *Engine) take(m *model) (*state, error) {
	e.mu.Lock()
	if n := len(m.idle); n > 0 {
		s := m.idle[n-1]
		m.idle = m.idle[:n-1]
		e.mu.Unlock()
		return s, nil
	}
	e.mu.Unlock()
	s, err := m.lib.newState()
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	m.made++
	e.mu.Unlock()
	return s, nil
}

// Transcribe gives what is said in a clip. It stops when ctx ends, at once: what the
// library is at is finished without it, and nobody else gets its place until then.
// It waits while as many clips are being recognised as there are states; errors.Is
// [ErrBusy] when too many wait. Sound of less than a tenth of a second gives an empty
// transcript.
func (e *Engine) Transcribe(ctx context.Context, clip asr.Clip, h asr.Hints) (asr.Transcript, error) {
	if len(clip.Samples) > maxSamples {
		return asr.Transcript{}, fmt.Errorf("the recording is %v long, and whisper takes %v at most; cut it at its pauses",
			clip.Duration().Round(time.Second), longest)
	}
	if err := context.Cause(ctx); err != nil {
		return asr.Transcript{}, fmt.Errorf("recognising speech: %w", err)
	}
	if len(clip.Samples) < minSamples {
		return asr.Transcript{Engine: engineName, Sound: clip.Duration()}, nil
	}
	m, err := e.acquire(ctx)
	if err != nil {
		return asr.Transcript{}, fmt.Errorf("recognising speech: %w", err)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(e.closing, func() { cancel(ErrClosed) })()

	type outcome struct {
		t   asr.Transcript
		err error
	}
	done := make(chan outcome, 1)
	samples := clean(clip.Samples)
	go func() {
		t, err := e.work(ctx, m, samples, h)
		done <- outcome{t, err}
	}()
	select {
	case o := <-done:
		return o.t, o.err
	case <-ctx.Done():
		return asr.Transcript{}, fmt.Errorf("recognising speech: %w", context.Cause(ctx))
	}
}

// work is one run from its state to its end. The engine's Close waits for it.
func (e *Engine) work(ctx context.Context, m *model, samples []float32, h asr.Hints) (asr.Transcript, error) {
	begin := time.Now()
	var s *state
	defer func() { e.release(m, s) }()
	s, err := e.take(m)
	if err != nil {
		return asr.Transcript{}, fmt.Errorf("recognising speech: %w", err)
	}
	r := &run{e: e, m: m, s: s, samples: samples}
	var t asr.Transcript
	err = r.within(ctx, func() (err error) {
		t, err = r.hear(h)
		return err
	})
	t.Took = time.Since(begin)
	e.count(t, err != nil && ctx.Err() != nil)
	if err != nil {
		return asr.Transcript{}, fmt.Errorf("recognising speech: %w", err)
	}
	return t, nil
}

func (e *Engine) count(t asr.Transcript, stopped bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.stats.Runs++
	e.stats.Sound += t.Sound
	e.stats.Took += t.Took
	if stopped {
		e.stats.Stopped++
	}
}

// Stats gives what the engine does now, and did.
func (e *Engine) Stats() Stats {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := e.stats
	s.Running, s.Waiting = e.running, e.waiting
	if e.model != nil {
		s.Model, s.States = e.model.info, e.model.made
	}
	return s
}

// Info describes the model in use.
func (e *Engine) Info() Info { return e.Stats().Model }

// Close stops what is being recognised, waits for it, and frees the model. It may be
// called more than once.
func (e *Engine) Close() error {
	e.close(ErrClosed)
	e.mu.Lock()
	m := e.model
	e.model = nil
	e.mu.Unlock()
	e.runs.Wait()
	if m != nil {
		e.mu.Lock()
		e.retire(m)
		e.mu.Unlock()
	}
	return nil
}

// tokenize gives the tokens of a text in the model in use.
func (e *Engine) tokenize(text string) []int32 {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.model == nil {
		return nil
	}
	return e.model.lib.tokenize(text)
}
