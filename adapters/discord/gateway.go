package discord

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/bwmarrin/discordgo"
	"github.com/gorilla/websocket"
	"golang.org/x/sync/errgroup"
)

const (
	// openWithin bounds an attempt to connect: the library waits for ever for the
	// first word of the gateway.
	openWithin = 30 * time.Second
	// deadAfter is how long the gateway may leave heartbeats unanswered, which it
	// gets every 41 s. The library waits for five of them, and then says farewell
	// in a way that ends the session.
	deadAfter = 100 * time.Second
	// identifyApart is the time between two sessions that are started.
	identifyApart = 5200 * time.Millisecond
	// maxRaw is how many events wait to be looked at, before the gateway waits.
	maxRaw     = 4096
	maxBackoff = time.Minute
	// maxStarts is how many sessions may be started in a minute before it is
	// waited.
	maxStarts = 5
	farewell  = 100 * time.Millisecond
)

// Codes with which the gateway closes a connection for good; see
// https://docs.discord.com/developers/topics/opcodes-and-status-codes#gateway.
const (
	closeToken      = 4004
	closeShard      = 4010
	closeSharding   = 4011
	closeVersion    = 4012
	closeIntents    = 4013
	closeDisallowed = 4014
)

// raw is an event as it comes.
type raw struct {
	kind string
	data json.RawMessage
	at   time.Time // when it came
}

// wanted are the events that are looked at.
var wanted = []string{"READY", "GUILD_CREATE", "MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_DELETE", "MESSAGE_DELETE_BULK",
	"MESSAGE_REACTION_ADD", "INTERACTION_CREATE", "CHANNEL_CREATE", "CHANNEL_UPDATE", "THREAD_CREATE", "THREAD_UPDATE", "THREAD_LIST_SYNC"}

// shard is one connection to the gateway.
type shard struct {
	a       *Adapter
	number  int
	session *discordgo.Session
	events  chan raw
	acts    chan raw
	lost    chan struct{} // the connection ended
	log     interface {
		Info(string, ...any)
		Warn(string, ...any)
		Error(string, ...any)
	}

	mu     sync.Mutex
	conn   net.Conn    // the newest
	starts []time.Time // of sessions, within a minute

	// Of the session, for the goroutine that looks at its events.
	left   map[string]bool // guilds that READY named and that are still to come
	floor  string          // what was said up to this message was received before
	since  time.Time       // when it began
	direct map[string]bool // direct conversations that were read back
	seen   string          // the newest message that came
}

// intents are those that the configuration needs.
func (c Config) intents() discordgo.Intent {
	i := discordgo.IntentGuilds | discordgo.IntentGuildMessages | discordgo.IntentGuildMessageReactions
	if c.Direct {
		i |= discordgo.IntentDirectMessages | discordgo.IntentDirectMessageReactions
	}
	if c.reads() {
		i |= discordgo.IntentMessageContent
	}
	return i
}

// connect takes events in until ctx ends.
func (a *Adapter) connect(ctx context.Context) error {
	if err := a.mark(ctx); err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	apart := time.Duration(0)
	if a.cfg.Shards > 1 {
		var bot struct {
			Limit struct {
				AtOnce int `json:"max_concurrency"`
			} `json:"session_start_limit"`
		}
		if err := a.client.do(ctx, "GET", "gateway/bot", "gateway", nil, &bot); err != nil && ctx.Err() == nil {
			return fmt.Errorf("asking for the gateway: %w", err)
		}
		if bot.Limit.AtOnce < a.cfg.Shards {
			apart = identifyApart
		}
	}
	for n := range a.cfg.Shards {
		s, err := newSession(a.cfg, a.client.http, a.client.session.Ratelimiter)
		if err != nil {
			return err
		}
		c := &shard{a: a, number: n, session: s, events: make(chan raw, maxRaw), acts: make(chan raw, maxRaw),
			lost: make(chan struct{}, 1), log: a.log.With("shard", n)}
		group.Go(func() error {
			if !sleep(ctx, time.Duration(n)*apart) {
				return nil
			}
			return c.run(ctx)
		})
	}
	return group.Wait()
}

// run keeps the connection until ctx ends.
func (c *shard) run(ctx context.Context) error {
	s := c.session
	s.Identify.Intents = c.a.cfg.intents()
	s.ShardID, s.ShardCount = c.number, c.a.cfg.Shards
	s.Dialer = &websocket.Dialer{Proxy: http.ProxyFromEnvironment, HandshakeTimeout: openWithin, NetDialContext: c.dial}
	// Handlers only hand on: while they run, nothing is read, and the library
	// holds its locks.
	s.AddHandler(func(_ *discordgo.Session, e *discordgo.Event) { c.handOn(ctx, e) })
	s.AddHandler(func(*discordgo.Session, *discordgo.Disconnect) {
		select {
		case c.lost <- struct{}{}:
		default:
		}
	})
	var work sync.WaitGroup
	work.Go(func() { c.drain(ctx, c.events, c.take) })
	work.Go(func() { c.drain(ctx, c.acts, c.act) })
	defer work.Wait()
	defer c.leave()

	name := fmt.Sprint("shard ", c.number)
	wait := time.Second
	for again := false; ; again = true {
		c.a.desk.Link(name, false)
		err := c.open(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err == nil {
			if !c.restless() {
				wait = time.Second
			}
			if again {
				c.a.desk.Reconnected()
			}
			c.a.desk.Link(name, true)
			c.log.Info("connected to Discord")
			c.watch(ctx)
			if ctx.Err() != nil {
				return nil
			}
			c.log.Info("the connection to Discord ended; connecting again")
			if !c.restless() {
				continue
			}
			err = errors.New("sessions end too soon")
		}
		fatal := c.closed(err)
		if fatal != nil {
			return fatal
		}
		c.log.Warn("connecting to Discord; trying again", "error", err, "wait", wait)
		if !sleep(ctx, wait/2+rand.N(wait/2+1)) {
			return nil
		}
		wait = min(2*wait, maxBackoff)
	}
}

// restless says whether many sessions were started of late: Discord allows a
// thousand a day, and then takes the token away.
func (c *shard) restless() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	c.starts = slices.DeleteFunc(c.starts, func(t time.Time) bool { return now.Sub(t) > time.Minute })
	return len(c.starts) >= maxStarts
}

// leave says farewell. The library then sleeps for a second, for which nobody
// needs to wait.
func (c *shard) leave() {
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		_ = c.session.Close()
	}()
	select {
	case <-closed:
	case <-time.After(farewell):
	}
}

// closed gives the error for a connection that was closed for a reason that does
// not pass.
func (c *shard) closed(err error) error {
	var end *websocket.CloseError
	if !errors.As(err, &end) {
		return nil
	}
	switch end.Code {
	case closeToken:
		return refused("Discord does not accept the token", "make a new one in the Developer Portal under Bot, Reset Token")
	case closeDisallowed:
		if c.session.Identify.Intents&discordgo.IntentMessageContent == 0 {
			return refused("Discord does not grant the intents of the bot", "allow them in the Developer Portal under Bot, Privileged Gateway Intents")
		}
		c.log.Error("Discord does not let the desk read messages that do not name it, so that it answers in threads only when it is named; " +
			"switch Message Content Intent on in the Developer Portal under Bot, or write message_content: false")
		c.session.Identify.Intents &^= discordgo.IntentMessageContent
	case closeShard, closeSharding:
		return refused("Discord wants the guilds divided among more connections", "write a greater number under discord.shards")
	case closeVersion, closeIntents:
		return refused(fmt.Sprintf("Discord does not speak as we do (%d)", end.Code), "install a newer frontdesk")
	}
	return nil
}

func (c *shard) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{Timeout: openWithin}).DialContext(ctx, network, address)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.conn = conn
	return conn, err
}

// cut drops the connection: unlike the library's farewell, that leaves the session
// to be gone on with.
func (c *shard) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conn != nil {
		_ = c.conn.Close()
	}
}

// open connects, and gives up after a while.
func (c *shard) open(ctx context.Context) error {
	select {
	case <-c.lost: // of an attempt before
	default:
	}
	opened := make(chan error, 1)
	go func() { opened <- c.session.Open() }()
	timer := time.NewTimer(openWithin)
	defer timer.Stop()
	select {
	case err := <-opened:
		return err
	case <-timer.C:
	case <-ctx.Done():
		go func() { // its requests end by themselves, and nobody waits for them
			if <-opened == nil {
				c.cut()
			}
		}()
		c.cut()
		return ctx.Err()
	}
	for { // it may be about to dial
		c.cut()
		select {
		case err := <-opened:
			if err == nil {
				return nil
			}
			return errors.Join(err, errors.New("the gateway did not answer in time"))
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// watch waits for the end of the connection, and ends one that is dead.
func (c *shard) watch(ctx context.Context) {
	tick := time.NewTicker(deadAfter / 20)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.lost:
			return
		case <-tick.C:
			c.session.RLock()
			last := c.session.LastHeartbeatAck
			c.session.RUnlock()
			if time.Since(last) > deadAfter {
				c.log.Warn("Discord no longer answers heartbeats")
				c.cut()
			}
		}
	}
}

// handOn puts an event into its queue.
func (c *shard) handOn(ctx context.Context, e *discordgo.Event) {
	if !slices.Contains(wanted, e.Type) {
		return
	}
	queue := c.events
	if e.Type == "INTERACTION_CREATE" {
		queue = c.acts // they cannot wait
	}
	select {
	case queue <- raw{e.Type, e.RawData, c.a.deps.Now()}:
	case <-ctx.Done():
	}
}

// drain looks at the events of a queue, one after the other.
func (c *shard) drain(ctx context.Context, queue chan raw, take func(context.Context, raw)) {
	for {
		select {
		case <-ctx.Done():
			return
		case r := <-queue:
			take(ctx, r)
		}
	}
}

func (c *shard) take(ctx context.Context, r raw) {
	var err error
	switch r.kind {
	case "READY":
		err = c.ready(ctx, r.data)
	case "GUILD_CREATE":
		err = c.guild(ctx, r.data)
	case "MESSAGE_CREATE", "MESSAGE_UPDATE":
		var m message
		if err = json.Unmarshal(r.data, &m); err == nil {
			err = c.message(ctx, r, &m)
		}
	default:
		err = c.a.take(ctx, r.kind, r.data)
	}
	if err != nil && ctx.Err() == nil {
		c.log.Warn("an event of Discord is left out", "kind", r.kind, "error", err)
	}
}

// message takes in that a message was written or changed.
func (c *shard) message(ctx context.Context, r raw, m *message) error {
	m.at = r.at
	if err := c.met(ctx, m); err != nil {
		return err
	}
	if r.kind == "MESSAGE_UPDATE" {
		return c.a.edited(ctx, m)
	}
	c.seen = newest(c.seen, m.ID)
	return c.a.said(ctx, m)
}

func (c *shard) act(_ context.Context, r raw) {
	var i interaction
	if err := json.Unmarshal(r.data, &i); err != nil {
		c.log.Warn("an interaction is left out", "error", err)
		return
	}
	c.a.acted(&i, func(ctx context.Context, r answer) error {
		return c.a.client.do(ctx, "POST", "interactions/"+i.ID+"/"+i.Token+"/callback", bucket("callback", i.ID), r, nil)
	})
}
