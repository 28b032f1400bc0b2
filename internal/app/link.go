package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"frontdesk/internal/config"
	"frontdesk/retrieval"
	"frontdesk/retrieval/remote"
)

// What is known of a remote model.
const (
	untried linkState = iota
	up
	down
)

type linkState int

// A link is the way to a remote embedding model. While it is down, nobody asks
// the model but who tries from time to time whether it is back. It is safe for
// concurrent use.
type link struct {
	config config.Embedding
	log    *slog.Logger
	warn   func(error)
	meter  *metrics      // may be nil
	broken chan struct{} // holds one word that it is down

	mu       sync.Mutex
	model    *remote.Model
	plain    retrieval.Embedder // of model, with the built-in one beside it where that is wanted
	embedder retrieval.Embedder // the same, with what is kept of its vectors
	is       linkState
	since    time.Time // when it went down
	why      error
}

// openLink makes the way to the model that is configured. Nothing is tried yet.
func openLink(c config.Embedding, o Options) (*link, error) {
	m, err := remote.Open(c.Remote)
	if err != nil {
		return nil, err
	}
	l := &link{config: c, log: o.Log, warn: o.Warn, meter: o.meter, broken: make(chan struct{}, 1)}
	l.use(m)
	return l, nil
}

// use has a model asked from now on, in the place of the one before.
func (l *link) use(m *remote.Model) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.model != nil {
		_ = l.model.Close() // it gives no error
	}
	l.model, l.plain = m, timed(m, l.meter)
	if l.config.Blend {
		l.plain = Blend(l.plain)
	}
	l.embedder = cached(l.plain, l.config.Cache)
}

// now gives the model that is asked, and what asks it.
func (l *link) now() (*remote.Model, retrieval.Embedder) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.model, l.embedder
}

// name names what answers.
func (l *link) name() string {
	model, _ := l.now()
	if l.config.Blend {
		return blendedName(model.String())
	}
	return model.String()
}

// isUp says whether the model is asked.
func (l *link) isUp() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.is == up
}

// failed takes note that a question got no vector. A text that the model did not
// take says nothing about others.
func (l *link) failed(err error) {
	if l.meter != nil {
		l.meter.embedErrors.Inc()
	}
	if errors.Is(err, remote.ErrRefused) {
		l.log.Debug("the remote embedding model did not take a text, so the built-in one answers", "error", err)
		return
	}
	l.goDown(err)
}

// goDown takes the link down, and says so where it was not.
func (l *link) goDown(err error) {
	l.mu.Lock()
	was := l.is
	l.is, l.why = down, err
	if was != down {
		l.since = time.Now()
	}
	l.mu.Unlock()
	if was != down {
		l.warn(fmt.Errorf("%w; questions are answered by the built-in model until it is back", err))
	}
	select {
	case l.broken <- struct{}{}:
	default:
	}
}

// goUp takes the link up, and says so where it was down.
func (l *link) goUp() {
	l.mu.Lock()
	was, since, model := l.is, l.since, l.model
	l.is, l.why = up, nil
	l.mu.Unlock()
	if was == down {
		l.log.Warn("the remote embedding model answers again", "model", model.String(), "away", time.Since(since).Round(time.Millisecond))
	}
}

// state says in words whether it is up.
func (l *link) state() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch l.is {
	case up:
		return l.model.String() + " answers"
	case down:
		return fmt.Sprintf("questions are answered by the built-in model since %s: %v", l.since.UTC().Format(time.RFC3339), l.why)
	}
	return l.model.String() + " was not tried yet"
}

// connect tries whether the model is there, and takes it anew where its vectors
// have another length now. It does not change whether the link is up.
func (l *link) connect(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, connectWithin)
	defer cancel()
	m, err := remote.Open(l.config.Remote)
	if err != nil {
		return err
	}
	if err := m.Probe(ctx); err != nil {
		return errors.Join(err, m.Close())
	}
	if now, _ := l.now(); now.Dim() != m.Dim() {
		l.use(m)
		return nil
	}
	return m.Close()
}

// forget drops what is kept of the vectors of a model that is another one now.
func (l *link) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.embedder = cached(l.plain, l.config.Cache)
}

// same says whether an index is of the model that is there now.
func (l *link) same(ctx context.Context, x *retrieval.Index) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, connectWithin)
	defer cancel()
	l.mu.Lock()
	plain := l.plain
	l.mu.Unlock()
	return x.SameModel(ctx, plain)
}

// close gives up its connections.
func (l *link) close() error {
	model, _ := l.now()
	return model.Close()
}
