package app

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"frontdesk/bot"
	"frontdesk/internal/config"
	"frontdesk/knowledge"
	"frontdesk/retrieval"
)

// An engine is what bases are indexed and searched with.
type engine struct {
	// own is the model that is configured or, where that is a remote one, the
	// built-in model that stands by.
	own      *Embedding
	link     *link     // to the remote model; nil where there is none
	reranker *Reranker // nil where there is none

	stop func() // ends the keeping of the link; nil where nothing is kept
	once sync.Once
}

// connectWithin bounds how long the start waits for a remote model, and every
// later try.
const connectWithin = 10 * time.Second

// retireAfter is how long a model stays open that was replaced: messages that are
// being handled may need it once more.
const retireAfter = time.Minute

// openEngine opens what is configured. A remote model that cannot be reached is
// no error, but with Options.Configured.
func openEngine(ctx context.Context, cfg *config.Config, o Options) (*engine, error) {
	reranker, err := OpenReranker(cfg, "")
	if err != nil {
		return nil, err
	}
	e := &engine{reranker: reranker}
	if err := e.open(ctx, cfg, o); err != nil {
		return nil, errors.Join(err, e.close())
	}
	return e, nil
}

func (e *engine) open(ctx context.Context, cfg *config.Config, o Options) (err error) {
	if !cfg.Embedding.Remote.Enabled() || o.Configured {
		if e.own, err = openEmbedding(cfg, "", o.meter); err != nil || e.own.remote == nil {
			return err
		}
		return e.own.remote.Probe(ctx)
	}
	if e.own, err = openStatic(""); err != nil {
		return err
	}
	if e.link, err = openLink(cfg.Embedding, o); err != nil {
		return err
	}
	if err := e.link.connect(ctx); err != nil {
		if ctx.Err() != nil {
			return err
		}
		e.link.goDown(err)
		return nil
	}
	e.link.goUp()
	return nil
}

// close gives back what the models hold, once.
func (e *engine) close() (err error) {
	e.once.Do(func() { err = e.closeNow() })
	return err
}

func (e *engine) closeNow() (err error) {
	if e.own != nil {
		err = e.own.Close()
	}
	if e.link != nil {
		err = errors.Join(err, e.link.close())
	}
	if e.reranker != nil {
		err = errors.Join(err, e.reranker.Close())
	}
	return err
}

// scorer gives the reranker to an index.
func (e *engine) scorer() retrieval.Reranker {
	if e.reranker == nil {
		return nil // a nil *Reranker would be an interface that is not nil
	}
	return e.reranker
}

// start has the link of an engine kept, where it has one.
func (a *App) start(e *engine) {
	if e.link == nil {
		return
	}
	ctx, stop := context.WithCancel(a.watching)
	e.stop = stop
	a.watched.Go(func() { a.keep(ctx, e) })
}

// retire closes an engine that was replaced, when what was begun with it is over.
func (a *App) retire(e *engine) {
	if e.stop != nil {
		e.stop()
	}
	a.retired = append(a.retired, e)
	a.later(e.close, "closing the former embedding model")
}

// later closes something that was replaced, unless [App.Close] does so before.
func (a *App) later(shut func() error, doing string) {
	a.watched.Go(func() {
		timer := time.NewTimer(retireAfter)
		defer timer.Stop()
		select {
		case <-a.watching.Done():
		case <-timer.C:
			if err := shut(); err != nil {
				a.options.Warn(fmt.Errorf("%s: %w", doing, err))
			}
		}
	})
}

// current gives the engine in use.
func (a *App) current() *engine {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.engine
}

// answering names the model that answers now, and gives its dimensions.
func (e *engine) answering() (name, dimensions string) {
	if e.link != nil && e.link.isUp() {
		_, embedder := e.link.now()
		return e.link.name(), strconv.Itoa(embedder.Dim())
	}
	return e.own.Name, strconv.Itoa(e.own.Dim())
}

// state says in words what answers.
func (e *engine) state() string {
	if e.link != nil {
		return e.link.state()
	}
	text := fmt.Sprintf("%s, with %d dimensions", e.own.Name, e.own.Dim())
	if e.reranker != nil {
		text += ", and the reranker " + e.reranker.Name
	}
	return text
}

// An indexed is a base that can be searched.
type indexed struct {
	own     *retrieval.Index
	standby *standby // nil without a remote model
	named   named    // of own
	built   bool
}

// searcher gives what answers.
func (x indexed) searcher() bot.Searcher {
	if x.standby != nil {
		return x.standby
	}
	return x.named
}

// index makes a base searchable. What is already loaded of it is taken over where
// it has not changed.
func (a *App) index(ctx context.Context, cfg *config.Config, name string, base *knowledge.Base, e *engine) (indexed, error) {
	var before indexed
	if e == a.engine {
		before = a.loaded[name].indexed
	}
	file := a.indexFile(name)
	if e.link != nil {
		file = a.standbyFile(name)
	}
	own, built, err := a.openIndex(ctx, cfg, name, base, source{embedder: e.own.Embedder, reranker: e.scorer(), file: file, previous: before.own, same: e.own.same, told: true})
	if err != nil {
		return indexed{}, err
	}
	x := indexed{own: own, named: named{own, e.own.Name}, built: built}
	if e.link == nil {
		return x, nil
	}
	x.standby = &standby{link: e.link, own: x.named}
	if !e.link.isUp() {
		return x, nil
	}
	var previous *retrieval.Index
	if before.standby != nil {
		if was := before.standby.remote.Load(); was != nil {
			previous = was.Index
		}
	}
	there, built, err := a.openRemoteIndex(ctx, cfg, name, base, e.link, source{reranker: e.scorer(), previous: previous, told: true})
	switch {
	case ctx.Err() != nil:
		return indexed{}, err
	case err != nil: // It is made when the model is back.
		e.link.goDown(err)
	default:
		x.standby.remote.Store(there)
		x.built = built
	}
	return x, nil
}

// openRemoteIndex gives the index of a base for the remote model.
func (a *App) openRemoteIndex(ctx context.Context, cfg *config.Config, name string, base *knowledge.Base, l *link, s source) (*named, bool, error) {
	_, embedder := l.now()
	s.embedder, s.file, s.same = embedder, a.indexFile(name), l.same
	index, built, err := a.openIndex(ctx, cfg, name, base, s)
	if err != nil {
		return nil, false, err
	}
	return &named{index, l.name()}, built, nil
}
