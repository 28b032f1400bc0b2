// Package bot decides what to do with a message: it answers a question,
// carries out a command, asks back, or says that it does not know.
//
// An adapter brings a [Message] to [Bot.Handle] and shows the [Reply]. The
// engine is the same for every adapter.
package bot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"frontdesk/asr"
	"frontdesk/knowledge"
	"frontdesk/retrieval"

	"github.com/jellydator/ttlcache/v3"
)

// ErrClosed is what Handle gives after Close.
var ErrClosed = errors.New("the desk is closed")

// maxText bounds the text of a message, in bytes. A longer one is no question,
// and is answered with a sentence that says so.
const maxText = 16 << 10

// A Searcher finds entries; [retrieval.Index] is one. Each result carries the
// operating point that its probabilities are held against. It must be safe for
// concurrent use.
type Searcher interface {
	Search(ctx context.Context, q retrieval.Question, k int) (retrieval.Result, error)
}

// A Base is what answers: knowledge, the index of it, and what its commands run on.
type Base struct {
	Knowledge  *knowledge.Base
	Index      Searcher
	Dispatcher Dispatcher
	Rights     Rights    // nil: everybody may do everything
	Hints      asr.Hints // what is known of its sound before it is recognised
	Handover   string    // Markdown, shown when something is not known; may be empty
	Experts    Address   // to whom questions may be handed on; empty for nobody
}

// Deps are what a Bot works with. Journal and Recognizer may be nil: then
// nothing is recorded, and sound is answered with a sentence that says so.
type Deps struct {
	Journal    Journal
	Recognizer asr.Recognizer
	Outbox     Outbox    // takes replies elsewhere than to whoever sent the message; may be nil
	Handovers  Handovers // nil: no question is handed on
	// Timed, when set, is told how long each stage of a message took. It must be
	// safe for concurrent use.
	Timed func(stage string, took time.Duration)
	Log   *slog.Logger
	Now   func() time.Time // nil for time.Now
}

// Stages of a message, for [Deps].
const (
	StageWait   = "wait" // for the messages of the conversation that came before
	StageHear   = "hear"
	StageSearch = "search"
	StageAct    = "act" // what commands take is in it
	StageRecord = "record"
)

// A Bot answers messages out of one or several bases. It is safe for
// concurrent use.
type Bot struct {
	cfg  Config
	deps Deps

	mu          sync.RWMutex
	bases       map[string]Base
	defaultBase string
	recognizer  asr.Recognizer // nil for none
	closed      bool

	inFlight      sync.WaitGroup
	turns         turns
	conversations *ttlcache.Cache[string, pending]
	recent        *ttlcache.Cache[string, struct{}]
	last          *ttlcache.Cache[string, done]
	approvals     *ttlcache.Cache[string, *approval]
	unsent        *ttlcache.Cache[string, struct{}]
}

// New makes a Bot without any base; SetBase gives it one.
func New(cfg Config, deps Deps) *Bot {
	if deps.Now == nil {
		deps.Now = time.Now
	}
	if deps.Log == nil {
		deps.Log = slog.New(slog.DiscardHandler)
	}
	return &Bot{
		cfg:   cfg,
		deps:  deps,
		bases: map[string]Base{}, recognizer: deps.Recognizer,
		turns: turns{open: map[string]*turn{}},
		conversations: ttlcache.New(
			ttlcache.WithTTL[string, pending](cfg.Expire),
			ttlcache.WithCapacity[string, pending](uint64(cfg.AtMost))),
		last:      newLast(cfg.AtMost),
		approvals: newApprovals(cfg.AtMost),
		unsent:    newUnsent(),
		recent: ttlcache.New(
			ttlcache.WithTTL[string, struct{}](redelivery),
			ttlcache.WithCapacity[string, struct{}](maxRecent),
			ttlcache.WithDisableTouchOnHit[string, struct{}]()),
	}
}

// SetBase adds a base, or puts a new one in the place of the old: messages
// that are being handled finish with the old one. The first base is the
// default; see [Bot.SetDefault].
func (b *Bot) SetBase(name string, base Base) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.bases) == 0 {
		b.defaultBase = name
	}
	b.bases[name] = base
}

// RemoveBase takes a base away: messages that are being handled finish with it,
// and those that name it from now on are an error.
func (b *Bot) RemoveBase(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.bases, name)
}

// SetDefault names the base that answers messages which name none.
func (b *Bot) SetDefault(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.defaultBase = name
}

// SetRecognizer has sound recognised by another recogniser than [Deps] gave, or by
// none (nil): messages that are being handled finish with the former one.
func (b *Bot) SetRecognizer(r asr.Recognizer) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.recognizer = r
}

func (b *Bot) listener() asr.Recognizer {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.recognizer
}

// Base gives the base of a name as it is now.
func (b *Bot) Base(name string) (Base, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	base, ok := b.bases[name]
	return base, ok
}

// Handle answers one message. It may be called from any goroutine; messages of
// one conversation are handled one after the other, in the order of the calls.
// A message whose ID was handled before gets a reply with the decision
// [Nothing], or what is on record where [Message.Again] asks for it. When Handle returns a reply, the exchange is in the journal, or
// the reply's Warning says why it is not. An error means that the message was
// not handled and may be brought again.
func (b *Bot) Handle(ctx context.Context, m Message) (Reply, error) {
	x, err := b.begin(ctx, m)
	if err != nil {
		return Reply{}, err
	}
	defer x.end()

	if x.repeated() {
		return x.tellAgain(), nil
	}
	if m.Kind == Rating || m.Kind == Delete {
		return x.note(ctx)
	}
	if err := x.hear(ctx); err != nil {
		return Reply{}, x.failed(err)
	}
	plan, resumed := x.resume()
	if !resumed {
		if plan, err = x.search(ctx); err != nil {
			return Reply{}, x.failed(err)
		}
	}
	if err := x.act(ctx, plan); err != nil {
		return Reply{}, x.failed(err)
	}
	x.record(ctx)
	return x.reply, nil
}

// took tells how long a stage took that began at a time.
func (b *Bot) took(stage string, began time.Time) {
	if b.deps.Timed != nil {
		b.deps.Timed(stage, b.deps.Now().Sub(began))
	}
}

// Close refuses further messages and waits for those being handled, until ctx
// ends.
func (b *Bot) Close(ctx context.Context) error {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()

	done := make(chan struct{})
	go func() {
		b.inFlight.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("waiting for messages that are being handled: %w", ctx.Err())
	}
}

// base gives the base that a message names. It counts the message as being
// handled; the caller must call b.inFlight.Done.
func (b *Bot) base(name string) (string, Base, error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if b.closed {
		return "", Base{}, ErrClosed
	}
	if name == "" {
		name = b.defaultBase
	}
	base, ok := b.bases[name]
	if !ok {
		return "", Base{}, fmt.Errorf("there is no base %q", name)
	}
	b.inFlight.Add(1)
	return name, base, nil
}
