// Package discord lets a desk answer on Discord: in direct messages, when it is
// named, in threads and forums, by a slash command and by the menu of a message.
//
// Events come by the gateway, through github.com/bwmarrin/discordgo, which knows
// the connection and the rate limits; where Discord cannot be reached from here it
// can call the desk instead, see [Adapter.Handler]. What was said while the desk
// was away is read by the REST API. All of it goes to [chat.Desk], which keeps it
// until it is answered. Live voice channels are not supported: since March 2026
// they are encrypted from end to end (DAVE), which discordgo does not know.
package discord

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"frontdesk/adapters/chat"
	"frontdesk/bot"

	"github.com/jellydator/ttlcache/v3"
)

// Name is the first part of our addresses: "discord:1029384756657483920" is a
// channel or a user.
const Name = "discord"

// Deps are what an Adapter works with. All of them may be nil.
type Deps struct {
	Store   chat.Store // nil: what was received is lost with the process
	Listens bool       // there is a recogniser for voice messages
	Propose func(ctx context.Context, p bot.Proposal) error
	// MayPropose says who may propose, before anything is read for it; nil for
	// nobody.
	MayPropose func(by, channel bot.Address) bool
	// Titles gives the questions that a base answers, for the slash command to
	// offer; "" is the default base. It is called often, and must be quick.
	Titles  func(base string) []string
	Metrics *chat.Metrics
	Log     *slog.Logger
	Now     func() time.Time // nil for time.Now
}

// An Adapter is a desk on Discord. It is safe for concurrent use.
type Adapter struct {
	cfg       Config
	deps      Deps
	log       *slog.Logger
	client    *client
	world     *world
	desk      *chat.Desk
	acts      *ttlcache.Cache[string, *act]     // interactions that were begun, by token
	picks     *ttlcache.Cache[string, string]   // options whose id is too long for Discord
	signed    *ttlcache.Cache[string, struct{}] // signatures that came by HTTP
	plainOnly *ttlcache.Cache[string, struct{}] // channels in which we may not post embeds
	offers    chan struct{}                     // has room for what is typed at once

	began      time.Time      // when Run began
	background sync.WaitGroup // what Run waits for
	mu         sync.Mutex
	running    context.Context // of what is done for the events of Run; nil when it does not run
}

var (
	_ bot.Outbox    = (*Adapter)(nil)
	_ chat.Platform = (*Adapter)(nil)
)

// New makes an Adapter. The configuration must have passed its Check.
func New(cfg Config, deps Deps) (*Adapter, error) {
	if deps.Log == nil {
		deps.Log = slog.New(slog.DiscardHandler)
	}
	if deps.Now == nil {
		deps.Now = time.Now
	}
	c, err := newClient(cfg)
	if err != nil {
		return nil, err
	}
	a := &Adapter{cfg: cfg, deps: deps, log: deps.Log, client: c, world: newWorld(c), offers: make(chan struct{}, 16),
		acts: ttlcache.New(ttlcache.WithTTL[string, *act](tokenFor), ttlcache.WithCapacity[string, *act](maxActs),
			ttlcache.WithDisableTouchOnHit[string, *act]()),
		plainOnly: ttlcache.New(ttlcache.WithTTL[string, struct{}](time.Hour), ttlcache.WithCapacity[string, struct{}](maxNoted),
			ttlcache.WithDisableTouchOnHit[string, struct{}]()),
		picks: ttlcache.New(ttlcache.WithTTL[string, string](notedFor), ttlcache.WithCapacity[string, string](maxNoted)),
		signed: ttlcache.New(ttlcache.WithTTL[string, struct{}](2*maxSkew), ttlcache.WithCapacity[string, struct{}](maxNoted),
			ttlcache.WithDisableTouchOnHit[string, struct{}]()),
	}
	a.desk = chat.New(cfg.Config, a, chat.Deps{Adapter: Name, Store: deps.Store, Fetch: a.fetch, Listens: deps.Listens,
		Propose: deps.Propose, Metrics: deps.Metrics, Log: deps.Log, Now: deps.Now})
	return a, nil
}

// Run answers what is said on Discord until ctx ends; then it finishes what it
// has begun, for ten seconds at most. An error that wraps [chat.ErrRefused] says
// what an owner must mend.
func (a *Adapter) Run(ctx context.Context, handler bot.Handler) error {
	if err := a.introduce(ctx); err != nil {
		return err
	}
	a.began = a.deps.Now()
	doing, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer a.background.Wait()
	defer stop()
	a.mu.Lock()
	a.running = doing
	a.mu.Unlock()
	defer func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.running = nil
	}()
	return a.desk.Run(ctx, handler, func(ctx context.Context) error {
		if err := a.register(ctx); err != nil {
			return err
		}
		if a.cfg.Mode == HTTP {
			a.desk.Link("http", true)
			<-ctx.Done()
			return nil
		}
		return a.connect(ctx)
	})
}

// Connected says whether what is said on Discord reaches us now.
func (a *Adapter) Connected() bool { return a.desk.Connected() }

// introduce asks who we are.
func (a *Adapter) introduce(ctx context.Context) error {
	for wait := time.Second; ; wait = min(2*wait, time.Minute) {
		var app struct {
			ID  string `json:"id"`
			Bot *user  `json:"bot"`
		}
		err := a.client.do(ctx, "GET", "applications/@me", "application", nil, &app)
		if err == nil && app.Bot == nil {
			app.Bot = &user{}
			err = a.client.do(ctx, "GET", "users/@me", "me", nil, app.Bot)
		}
		switch e := (*apiError)(nil); {
		case err == nil:
			a.world.ready(app.Bot.ID, app.ID)
			return nil
		case errors.As(err, &e) && e.status == http.StatusUnauthorized:
			return refused("Discord does not accept the token", "make a new one in the Developer Portal under Bot, Reset Token, and put it where discord.token says")
		case ctx.Err() != nil:
			return nil
		default:
			a.log.Warn("Discord does not answer; trying again", "error", err, "wait", wait)
		}
		if !sleep(ctx, wait) {
			return nil
		}
	}
}

// refused is an error that only an owner can help.
func refused(what, do string) error { return fmt.Errorf("%w: %s; %s", chat.ErrRefused, what, do) }

// later does something beside the connection, as long as we run.
func (a *Adapter) later(do func(ctx context.Context)) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.running == nil {
		return false
	}
	ctx := a.running
	a.background.Go(func() { do(ctx) })
	return true
}

// Send shows a reply to a user or in a channel, by its id.
func (a *Adapter) Send(ctx context.Context, to bot.Address, r bot.Reply) error {
	id, ok := strings.CutPrefix(string(to), Name+":")
	if !ok || !snowflake.MatchString(id) {
		return fmt.Errorf("%q is nobody on Discord", to)
	}
	p, err := a.place(ctx, id, r.InReplyTo)
	if err != nil {
		return fmt.Errorf("finding %s: %w", to, err)
	}
	return a.desk.Tell(ctx, p, r)
}

// place gives where a reply to an id goes: to the conversation of the message that
// it answers, where that was in the channel; to the channel; to the user.
func (a *Adapter) place(ctx context.Context, id, question string) (chat.Place, error) {
	if item := a.world.noted.Get(question); question != "" && item != nil {
		if n := item.Value(); n.parent == id {
			return chat.Place{Channel: n.parent, Thread: threadOf(n.conversation), Message: n.channel + "/" + question}, nil
		}
	}
	c, err := a.world.channel(ctx, id)
	switch {
	case err == nil && c.thread():
		return chat.Place{Channel: c.ParentID, Thread: c.ID}, nil
	case err == nil:
		return chat.Place{Channel: c.ID, Direct: c.Type == typeDM}, nil
	case !errors.Is(err, chat.ErrGone):
		return chat.Place{}, err
	}
	dm, err := a.dm(ctx, id)
	return chat.Place{Channel: dm, Direct: true}, err
}

// threadOf gives the thread of a conversation, or the message that began it; "" for
// a private one.
func threadOf(conversation string) string {
	_, thread, _ := strings.Cut(conversation, "/")
	return thread
}

// dm gives the channel of direct messages with a user.
func (a *Adapter) dm(ctx context.Context, userID string) (string, error) {
	var c channel
	err := a.client.do(ctx, "POST", "users/@me/channels", "dm", map[string]string{"recipient_id": userID}, &c)
	return c.ID, err
}

// fetch gets a file of a message.
func (a *Adapter) fetch(ctx context.Context, _ chat.Event, f chat.File) ([]byte, error) {
	hosts := cdn
	if base, err := a.cfg.base(); err == nil && a.cfg.APIURL != "" {
		hosts = append(slices.Clone(cdn), base.Scheme+"://"+base.Host)
	}
	return chat.Fetch(ctx, a.client.http, f, hosts, "")
}
