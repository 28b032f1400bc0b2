package app

import (
	"context"
	"time"

	"github.com/cenkalti/backoff/v5"
)

const (
	// A remote model that is away is tried again after firstTry, then after ever
	// longer pauses up to longestTry.
	firstTry   = time.Second
	longestTry = time.Minute
	// compareEvery is how often it is found out whether a remote model is still
	// the same: it may be replaced without ever being away.
	compareEvery = time.Hour
)

// keep brings a remote model back whenever it was away, until ctx ends.
func (a *App) keep(ctx context.Context, e *engine) {
	l := e.link
	compare := time.NewTicker(compareEvery)
	defer compare.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.broken:
			a.bringBack(ctx, e)
		case <-compare.C:
			if err := a.catchUp(ctx, e); err != nil && ctx.Err() == nil {
				l.goDown(err)
			}
		}
	}
}

// bringBack tries until the remote model answers for all bases, or ctx ends.
func (a *App) bringBack(ctx context.Context, e *engine) {
	l := e.link
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.MaxInterval = firstTry, longestTry
	if a.options.tryAgain > 0 {
		pause.InitialInterval, pause.MaxInterval = a.options.tryAgain, a.options.tryAgain
	}
	for !l.isUp() {
		timer := time.NewTimer(pause.NextBackOff())
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
		err := l.connect(ctx)
		if err == nil {
			err = a.catchUp(ctx, e)
		}
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			l.goDown(err) // which it is; the reason may be another one now
		default:
			l.goUp()
		}
	}
}

// catchUp gives every base an index of the remote model as it is now. Knowledge
// may be loaded again meanwhile.
func (a *App) catchUp(ctx context.Context, e *engine) error {
	for _, name := range a.Bases() {
		for {
			a.mu.Lock()
			now, cfg := a.loaded[name], a.cfg
			a.mu.Unlock()
			if now.standby == nil || now.standby.link != e.link {
				break // it is served no more, or with another model
			}
			if err := a.catchUpBase(ctx, e, name, now); err != nil {
				return err
			}
			a.mu.Lock()
			over := a.loaded[name].standby == now.standby && a.cfg == cfg
			a.mu.Unlock()
			if over {
				break
			}
		}
	}
	return nil
}

// catchUpBase gives one base an index of the remote model, unless it has one
// already that is of the same model.
func (a *App) catchUpBase(ctx context.Context, e *engine, name string, now loaded) error {
	l := e.link
	if has := now.standby.remote.Load(); has != nil {
		same, err := l.same(ctx, has.Index)
		if err != nil || same {
			return err
		}
		a.anotherModel(name)
		now.standby.remote.Store(nil) // its vectors mean nothing any more
		l.forget()
	}
	a.mu.Lock()
	cfg := a.cfg
	a.mu.Unlock()
	x, built, err := a.openRemoteIndex(ctx, cfg, name, now.knowledge, l, source{reranker: e.scorer()})
	if err != nil {
		return err
	}
	now.standby.remote.Store(x)
	a.mu.Lock()
	defer a.mu.Unlock()
	if here, ok := a.loaded[name]; ok && here.standby == now.standby {
		here.status.IndexSize = sizeOf(here.status.IndexFile)
		a.loaded[name] = here
	}
	a.log.Info("indexed with the remote model", "base", name, "built", built)
	return nil
}

// anotherModel says that vectors were made by what is no longer there.
func (a *App) anotherModel(name string) {
	a.log.Warn("the remote embedding model is another one than before, under the same name; the index is built anew", "base", name)
}
