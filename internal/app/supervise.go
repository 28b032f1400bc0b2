package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"runtime/debug"
	"sync"
	"time"

	"frontdesk/bot"

	"github.com/cenkalti/backoff/v5"
)

const (
	// An adapter that failed is started again after firstPause, then after ever
	// longer pauses up to longestPause; once it has run for steady, the pauses
	// are short again.
	firstPause   = time.Second
	longestPause = time.Minute
	steady       = 2 * time.Minute
	// hopelessPause is that between attempts which only an owner can help, such
	// as with a token that is refused: now and then, for it may be mended on the
	// other side.
	hopelessPause = 10 * time.Minute
	// drainWithin bounds how long an adapter finishes what it has acknowledged.
	drainWithin = 15 * time.Second
)

// An adapter brings messages in until ctx ends, and takes replies out meanwhile.
// Once ctx has ended it takes nothing more in, and Run returns when what it has
// acknowledged is done.
type adapter interface {
	bot.Outbox
	Run(ctx context.Context, handle bot.Handler) error
	// Connected says whether messages reach it now.
	Connected() bool
}

// A recipe says how an adapter is made.
type recipe struct {
	name    string
	section any // of the configuration: where it changes, the adapter is made anew
	// files are those of the adapter's models: so is it where others stand in their place.
	files modelFiles
	// make makes one, for one Run.
	make func() (adapter, error)
	// hopeless says of an error of make or Run that trying again soon is no use.
	hopeless func(error) bool
	// routes gives the path at which it is called by HTTP, and by what; nil where
	// it is not.
	routes func(adapter) (path string, h http.Handler)
}

// pauses are how long the supervisor waits; a test has no time.
type pauses struct{ first, longest, steady, hopeless, drain time.Duration }

var usualPauses = pauses{firstPause, longestPause, steady, hopelessPause, drainWithin}

// A supervisor runs adapters, and starts each again that fails. Its methods are
// for one goroutine, but for state.
type supervisor struct {
	log     *slog.Logger
	metrics *metrics
	pauses  pauses
	// register and unregister tell of an adapter that takes replies out now, and
	// of one that no longer does.
	register   func(r recipe, a adapter)
	unregister func(r recipe, a adapter)
	handler    func(name string) bot.Handler

	mu      sync.Mutex
	running map[string]*supervised
}

// A supervised is an adapter that is run again and again.
type supervised struct {
	recipe recipe
	stop   context.CancelFunc
	ended  chan struct{}

	mu    sync.Mutex
	now   adapter // nil while it does not run
	state string  // in words, why it is not connected
}

// apply runs just these adapters: others are stopped, those whose section or model
// files changed, and those that wait to be tried again, are started anew, and the rest
// goes on.
func (s *supervisor) apply(ctx context.Context, recipes []recipe) {
	wanted := map[string]recipe{}
	for _, r := range recipes {
		wanted[r.name] = r
	}
	s.stop(func(a *supervised) bool {
		w, ok := wanted[a.recipe.name]
		return !ok || !reflect.DeepEqual(w.section, a.recipe.section) || a.recipe.files.replaced() || a.waits()
	})
	for _, r := range recipes {
		if s.find(r.name) == nil {
			s.start(ctx, r)
		}
	}
}

// stop ends the adapters that which chooses, all at once, and waits until they
// have finished, though not for ever. It gives the names of those that have not.
func (s *supervisor) stop(which func(*supervised) bool) (late []string) {
	var stopping []*supervised
	for _, a := range s.all() {
		if which(a) {
			a.stop()
			stopping = append(stopping, a)
		}
	}
	timer := time.NewTimer(s.pauses.drain)
	defer timer.Stop()
	for _, a := range stopping {
		select {
		case <-a.ended:
		case <-timer.C:
			timer.Reset(0) // for those that come after
			late = append(late, a.recipe.name)
			s.log.Error("an adapter did not finish in time", "adapter", a.recipe.name, "waited", s.pauses.drain)
		}
		s.mu.Lock()
		delete(s.running, a.recipe.name)
		s.mu.Unlock()
	}
	return late
}

// start runs an adapter until it is stopped.
func (s *supervisor) start(ctx context.Context, r recipe) {
	ctx, stop := context.WithCancel(ctx)
	a := &supervised{recipe: r, stop: stop, ended: make(chan struct{}), state: "starting"}
	s.mu.Lock()
	if s.running == nil {
		s.running = map[string]*supervised{}
	}
	s.running[r.name] = a
	s.mu.Unlock()
	s.metrics.restarts.WithLabelValues(r.name) // so that it is there from the start
	go func() {
		defer close(a.ended)
		defer stop()
		s.keep(ctx, a)
	}()
}

// keep runs an adapter again and again until ctx ends.
func (s *supervisor) keep(ctx context.Context, a *supervised) {
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.MaxInterval = s.pauses.first, s.pauses.longest
	for {
		start := time.Now()
		err := s.once(ctx, a)
		if ctx.Err() != nil {
			if err != nil {
				s.log.Warn("an adapter ended with an error", "adapter", a.recipe.name, "error", err)
			}
			return
		}
		if err == nil {
			err = errors.New("it ended by itself")
		}
		if time.Since(start) >= s.pauses.steady {
			pause.Reset()
		}
		wait := pause.NextBackOff()
		if a.recipe.hopeless != nil && a.recipe.hopeless(err) {
			wait = s.pauses.hopeless
			s.log.Error("an adapter cannot work until its fault is mended; it is tried again rarely, and with the next change of the configuration",
				"adapter", a.recipe.name, "error", err, "again_in", wait)
		} else {
			s.log.Error("an adapter failed and is started again", "adapter", a.recipe.name, "error", err, "again_in", wait.Round(time.Millisecond))
		}
		a.is(nil, err.Error())
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
		s.metrics.restarts.WithLabelValues(a.recipe.name).Inc()
	}
}

// once makes an adapter and runs it. A panic of its own goroutine is an error of
// this adapter, and no end of the others.
func (s *supervisor) once(ctx context.Context, a *supervised) (err error) {
	defer func() {
		if p := recover(); p != nil {
			s.log.Error("an adapter panicked", "adapter", a.recipe.name, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = fmt.Errorf("it panicked: %v", p)
		}
	}()
	made, err := a.recipe.make()
	if err != nil {
		return err
	}
	a.is(made, "")
	s.register(a.recipe, made)
	defer s.unregister(a.recipe, made)
	s.log.Info("an adapter starts", "adapter", a.recipe.name)
	return made.Run(ctx, s.handler(a.recipe.name))
}

// all gives those that run, or wait to run again, by name.
func (s *supervisor) all() []*supervised {
	s.mu.Lock()
	defer s.mu.Unlock()
	return sortedValues(s.running)
}

func (s *supervisor) find(name string) *supervised {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.running[name]
}

// parts says of each adapter whether it is connected, and if not, why.
func (s *supervisor) parts() []part {
	var parts []part
	for _, a := range s.all() {
		parts = append(parts, a.part())
	}
	return parts
}

func (a *supervised) is(now adapter, state string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.now, a.state = now, state
}

// waits says whether it does not run now.
func (a *supervised) waits() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.now == nil
}

func (a *supervised) part() part {
	a.mu.Lock()
	defer a.mu.Unlock()
	p := part{Name: a.recipe.name, State: a.state}
	switch {
	case a.now == nil:
	case a.now.Connected():
		p.OK, p.State = true, "connected"
	default:
		p.State = "not connected"
	}
	return p
}
