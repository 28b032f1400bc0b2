// Package slack has the desk answer in Slack: in private messages, where it is
// mentioned, in threads it is part of, by a slash command and a shortcut on
// messages, on the app's home tab, and in assistant threads. Events come in by
// Socket Mode or by the Events API, each committed before it is acknowledged; see
// package chat for what becomes of them.
//
// Slack is asked by github.com/slack-go/slack, the client that is maintained for
// Go. What Slack sends is read by our own few structs, since the library knows
// each kind of event by a type of its own and has none for those to come.
package slack

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"frontdesk/adapters/chat"
	"frontdesk/bot"

	"github.com/jellydator/ttlcache/v3"
	"golang.org/x/sync/errgroup"
)

const (
	adapterName = "slack"
	// lanes is how many events are received at once, those of one conversation one
	// after the other.
	lanes = 64
	// laneLength is how many events wait in a lane before the connection waits.
	laneLength = 200
	// takenFor is how long an event is remembered in memory; Slack sends again
	// within six minutes what was not acknowledged.
	takenFor = 10 * time.Minute
	maxTaken = 50_000
)

// A Home tells what the home tab shows. It must be safe for concurrent use.
type Home interface {
	// Bases gives what is known, in a fixed order.
	Bases(ctx context.Context) []Known
	// Open gives somebody's questions that experts have not answered yet.
	Open(ctx context.Context, asker bot.Address) ([]bot.Handover, error)
}

// Known is one base, for the home tab.
type Known struct {
	Name    string
	Entries int
	Samples []string // some of its questions, as they are written
}

// Deps are what the adapter works with.
type Deps struct {
	Store   chat.Store // see [chat.Deps]
	Listens bool
	Propose func(ctx context.Context, p bot.Proposal) error
	// MayPropose says who may propose, before anything is read for it; nil for
	// nobody.
	MayPropose func(by, channel bot.Address) bool
	Home       Home // nil: the home tab only has the box to ask in
	Metrics    *chat.Metrics
	Log        *slog.Logger
}

// Slack is the adapter. It is safe for concurrent use.
type Slack struct {
	cfg        Config
	deps       Deps
	log        *slog.Logger
	desk       *chat.Desk
	workspaces []*workspace
	replays    *replays
	taken      *ttlcache.Cache[string, struct{}] // the keys of events that are in the inbox

	mu    sync.Mutex
	teams map[string]*workspace // by Slack's id, once known
	lanes [lanes]chan func(context.Context)
	ctx   context.Context // of what is received; nil while nothing is
}

var (
	_ bot.Outbox    = (*Slack)(nil)
	_ chat.Platform = (*Slack)(nil)
)

// New makes the adapter; the configuration must have passed its Check. Run has it
// work.
func New(cfg Config, deps Deps) (*Slack, error) {
	if deps.Log == nil {
		deps.Log = slog.New(slog.DiscardHandler)
	}
	s := &Slack{cfg: cfg, deps: deps, log: deps.Log, teams: map[string]*workspace{}, replays: newReplays(),
		taken: ttlcache.New(ttlcache.WithTTL[string, struct{}](takenFor), ttlcache.WithCapacity[string, struct{}](maxTaken),
			ttlcache.WithDisableTouchOnHit[string, struct{}]())}
	tokens := cfg.all()
	for _, key := range slices.Sorted(maps.Keys(tokens)) {
		name := strings.TrimSuffix(strings.TrimPrefix(key, "workspaces."), ".")
		w, err := newWorkspace(name, tokens[key], cfg, s.log)
		if err != nil {
			return nil, err
		}
		s.workspaces = append(s.workspaces, w)
	}
	for i := range s.lanes {
		s.lanes[i] = make(chan func(context.Context), laneLength)
	}
	s.desk = chat.New(cfg.Config, s, chat.Deps{
		Adapter: adapterName, Store: deps.Store, Listens: deps.Listens, Propose: deps.Propose, Metrics: deps.Metrics, Log: s.log,
		Fetch: func(ctx context.Context, e chat.Event, f chat.File) ([]byte, error) {
			w := s.workspace(e.Place.Workspace)
			if w == nil {
				return nil, fmt.Errorf("fetching a file: the workspace %s is not configured any more", e.Place.Workspace)
			}
			return w.fetch(ctx, f)
		},
	})
	return s, nil
}

// Run works until ctx ends, which is no error, or until Slack refuses us. It may
// be called again then.
func (s *Slack) Run(ctx context.Context, handler bot.Handler) error {
	for _, w := range s.workspaces {
		if err := w.identify(ctx); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return refused(err)
		}
		s.mu.Lock()
		other := s.teams[w.team]
		s.teams[w.team] = w
		s.mu.Unlock()
		if other != nil && other != w {
			return fmt.Errorf("two bot tokens are for the same workspace (%s): leave one out", w.team)
		}
		s.log.InfoContext(ctx, "in Slack", "workspace", w.home, "bot", w.user)
	}
	err := s.desk.Run(ctx, handler, s.connect)
	if ctx.Err() != nil {
		return nil
	}
	return refused(err)
}

// refused tells of an error that only an owner can help.
func refused(err error) error {
	if !is(err, append(fatal, "missing_scope")...) {
		return err
	}
	return fmt.Errorf("%w: %w; \"frontdesk doctor slack\" says more", chat.ErrRefused, err)
}

// Connected says whether what is said in Slack reaches us now.
func (s *Slack) Connected() bool { return s.desk.Connected() }

// connect receives events until ctx ends.
func (s *Slack) connect(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, lane := range s.lanes {
		group.Go(func() error {
			for {
				select {
				case f := <-lane:
					f(ctx)
				case <-ctx.Done():
					return nil
				}
			}
		})
	}
	s.mu.Lock()
	s.ctx = ctx
	s.mu.Unlock()
	if s.cfg.Mode == Socket {
		seen := map[string]bool{}
		for _, w := range s.workspaces {
			if token := w.tokens.AppToken.Reveal(); !seen[token] { // two workspaces may have one app
				seen[token] = true
				s.desk.Link(w.team, false)
				group.Go(func() error { return s.socket(ctx, w) })
			}
		}
	}
	if s.cfg.Mode == HTTP {
		s.desk.Link("http", true)
	}
	<-ctx.Done()
	s.mu.Lock()
	s.ctx = nil
	s.mu.Unlock()
	return group.Wait()
}

// workspace gives the one of Slack's id; nil for none.
func (s *Slack) workspace(team string) *workspace {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.teams[team]
}

// candidates gives the workspaces that an address may lie in: with several, those
// where it was seen before the others.
func (s *Slack) candidates(id string) []*workspace {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []*workspace
	for _, w := range s.workspaces {
		if w.team == "" {
			continue
		}
		if w.locales.Has(id) || w.dms.Has(id) {
			out = slices.Insert(out, 0, w)
		} else {
			out = append(out, w)
		}
	}
	return out
}

var errClosed = errors.New("nothing is received now")

// lane has something done after all that was queued under the same key before.
// It waits while the lane is full.
func (s *Slack) lane(ctx context.Context, key string, f func(context.Context)) error {
	h := fnv.New32a()
	_, _ = h.Write([]byte(key)) // a hash takes everything
	select {
	case s.lanes[h.Sum32()%lanes] <- f:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// A job is what one thing that came in asks for.
type job struct {
	key string // of its lane
	// prepare gives the event for the desk, or none; what it gives is committed
	// before it is acknowledged. Nil where there is nothing to commit.
	prepare func(ctx context.Context) (*chat.Event, error)
	// then is done when it was acknowledged, and lost when the process dies.
	then func(ctx context.Context)
}

// do carries a job out in its lane, and acknowledges it in between.
func (s *Slack) do(ctx context.Context, j job, ack func(error)) error {
	if j.prepare == nil && j.then == nil {
		ack(nil)
		return nil
	}
	return s.lane(ctx, j.key, func(ctx context.Context) {
		if j.prepare == nil {
			ack(nil)
			j.then(ctx)
			return
		}
		e, err := j.prepare(ctx)
		if err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "receiving an event from Slack", "error", err)
		}
		// One that was taken a while ago is not brought again: the inbox would know
		// it, too, but is slower, and a mention always comes twice.
		if err != nil || e == nil || s.taken.Has(e.Key) {
			ack(err)
			return
		}
		done := func(err error) {
			if err == nil {
				s.taken.Set(e.Key, struct{}{}, ttlcache.DefaultTTL)
			}
			ack(err)
		}
		if j.then == nil {
			s.desk.Enqueue(*e, done) // many are committed at once
			return
		}
		err = s.desk.Receive(ctx, *e)
		done(err)
		if err == nil {
			j.then(ctx)
		}
	})
}
