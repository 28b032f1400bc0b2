// Package chat is what the adapters of chat platforms have in common: what
// becomes of an event from the moment it is received until it is answered.
//
//	platform ──Event──▶ Desk.Receive   whether to speak at all; committed to the inbox; then the platform may be told
//	                      │            one conversation's events in their order, others beside them
//	                    Desk.work      sound fetched and decoded, the handler asked
//	platform ◀──Showing─┘              posted once; what was posted is kept with the end of the event
//
// An event that was committed survives the death of the process: the next one
// works on it, with [bot.Message.Again] and [Showing.Again] set, so that nothing
// is done twice and our own posts are looked for before they are posted again.
package chat

import (
	"context"
	"log/slog"
	"time"

	"frontdesk/bot"
)

const (
	// drainWithin bounds how long Run goes on working after its context ends.
	drainWithin = 10 * time.Second
	// workingAfter is how long an answer may take before it is shown that we
	// are at it.
	workingAfter = 700 * time.Millisecond
)

// A Platform shows what is said. Its methods must be safe for concurrent use.
// An error that wraps [ErrGone] says that trying again is of no use.
type Platform interface {
	// Show posts a reply, or puts it in the place of older posts, and gives the
	// ids of the posts that it has become. A reply with nothing to show becomes none.
	Show(ctx context.Context, s Showing) (posts []string, err error)
	// Remove takes posts of ours away.
	Remove(ctx context.Context, p Place, posts []string) error
	// Working shows that an answer is being made, until done is called; it must
	// not wait for long, and failing is of no consequence.
	Working(ctx context.Context, p Place) (done func())
}

// A Showing is a reply to be shown.
type Showing struct {
	Place Place
	Reply bot.Reply
	// Key is the same whenever the same reply is shown again. An empty one is of
	// no event, and cannot be told from others.
	Key string
	// Again says that it may have been shown before: by a process that died, or
	// in an attempt whose end is not known. It is to be looked for first.
	Again bool
	// Old are the posts that it takes the place of.
	Old []string
	// Rate asks for the buttons of a rating.
	Rate bool
	// Settle is a post of ours whose options are over now that one of them,
	// called Chosen, was picked; empty for none.
	Settle, Chosen string
	Asker          bot.Address
	Conversation   string
	Locale         string
}

// Deps are what a Desk works with.
type Deps struct {
	Adapter string // the first part of its addresses: "slack"
	Store   Store  // nil: what was received and posted is remembered in memory, and lost with the process
	// Fetch gets a file of an event; nil where there are none. See [Fetch].
	Fetch func(ctx context.Context, e Event, f File) ([]byte, error)
	// Listens says that there is a recogniser. Without one no sound is fetched.
	Listens bool
	// Propose keeps a pair of question and answer for an owner to accept; nil
	// where nothing can be proposed. Its errors are shown to whoever proposed it.
	Propose func(ctx context.Context, p bot.Proposal) error
	Metrics *Metrics // nil for none
	Log     *slog.Logger
	Now     func() time.Time // nil for time.Now
}

// A Desk receives the events of one platform, has them answered, and shows the
// replies. It is safe for concurrent use.
type Desk struct {
	cfg      Config
	platform Platform
	deps     Deps
	log      *slog.Logger
	queue    *queue
	arrivals arrivals
	helpful  *helpful
	joined   *joined
	links    links
	lasting  bool          // the store outlives the process
	decoding chan struct{} // has room for those that are decoded at once
}

// New makes a Desk; Run has it work.
func New(cfg Config, platform Platform, deps Deps) *Desk {
	if deps.Now == nil {
		deps.Now = time.Now
	}
	if deps.Log == nil {
		deps.Log = slog.New(slog.DiscardHandler)
	}
	lasting := deps.Store != nil
	if !lasting {
		deps.Store = NewMemory()
	}
	if deps.Metrics == nil {
		deps.Metrics = NewMetrics(nil)
	}
	d := &Desk{cfg: cfg, platform: platform, deps: deps, log: deps.Log, lasting: lasting,
		helpful: newHelpful(deps.Now), joined: newJoined(deps), decoding: make(chan struct{}, decodeAtOnce)}
	d.queue = newQueue(d)
	return d
}

// Run works on what is received while connect runs, beginning with what an
// earlier process left undone. When ctx ends, connect must return; what was
// received by then is worked on for ten seconds more, and what is left over by
// the next process.
func (d *Desk) Run(ctx context.Context, handler bot.Handler, connect func(ctx context.Context) error) error {
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	if err := d.queue.open(working, handler); err != nil {
		return err
	}
	receiving := d.arrivals.open(working, d)
	err := connect(ctx)
	receiving()
	d.queue.drain(drainWithin, stop)
	return err
}

// Tell shows a reply that answers no event: an approval that is asked for, a
// question handed on, a schedule that fired.
func (d *Desk) Tell(ctx context.Context, p Place, r bot.Reply) error {
	posts, err := d.platform.Show(ctx, Showing{Place: p, Reply: r})
	if err != nil {
		return err
	}
	for _, id := range posts {
		post := bot.Post{Adapter: d.deps.Adapter, Channel: p.channel(), ID: id, Conversation: p.Conversation(d.deps.Adapter, id),
			Handover: r.Handover, Body: kept{Decision: r.Decision}.json(), Time: d.deps.Now()}
		// It is shown; were this an error, it would be shown once more.
		if err := d.again(ctx, handleTries, func() error { return d.deps.Store.KeepPost(ctx, post) }); err != nil {
			d.log.ErrorContext(ctx, "what was posted cannot be remembered, so that answers to it will not be understood", "error", err)
		}
	}
	return nil
}

// Posts gives the store of what was posted, and Cursors that of how far channels
// were read.
func (d *Desk) Posts() Posts     { return d.deps.Store }
func (d *Desk) Cursors() Cursors { return d.deps.Store }

// Reconnected notes for the metrics that the connection was made anew.
func (d *Desk) Reconnected() { d.deps.Metrics.reconnected(d.deps.Adapter) }
