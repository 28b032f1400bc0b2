// Package discordfake is a Discord on loopback, for tests: it speaks the REST
// API and the Gateway (versions 9 and 10) as https://docs.discord.com/developers
// publishes them, strictly, so that an unmodified library can be run against it.
//
// A test makes a [Server], puts guilds, channels and people into it, lets them
// talk ([Server.Say], [Server.Slash], [Server.Press], …), and reads what the
// application posted. What goes wrong in the world can be scripted: answers that
// fail, come late or are lost ([Server.Fail]), connections that drop
// ([Server.Drop], [Server.DropEvery]), events that come twice or out of order.
//
// It keeps everything in memory and checks no more of who may do what than the
// application's own permissions. It is no Discord: voice, emoji, stickers, polls
// and moderation are missing.
package discordfake

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Options of a [Server]. The zero value is generous: no limit is ever reached,
// and all privileged intents are granted.
type Options struct {
	// Token of the application's bot, without "Bot "; one of its own when empty.
	Token string
	// Flags of the application. 0 grants all privileged intents; NoFlags none.
	Flags int
	// Heartbeat interval that Hello asks for; 41.25 s when 0.
	Heartbeat time.Duration
	// PerRoute is how many requests a route takes for each channel, guild or
	// webhook in RouteWindow; 0 for 1,000,000.
	PerRoute int
	// RouteWindow is the window of PerRoute; a second when 0.
	RouteWindow time.Duration
	// Global is how many requests a second the whole API takes; 0 for no limit.
	// Discord has 50.
	Global int
	// Identifies is how many sessions may start in IdentifyWindow (Discord: 1 in
	// 5 s); 0 for no limit.
	Identifies     int
	IdentifyWindow time.Duration
	// KeepMessages bounds the messages kept of a channel; 1,000 when 0.
	KeepMessages int
	// KeepEvents bounds the events that a session can replay; 10,000 when 0.
	KeepEvents int
	// AnswerIn is how long an interaction waits for its first answer; 3 s when 0.
	AnswerIn time.Duration
	// TokenFor is how long the token of an interaction can be used; 15 min when 0.
	TokenFor time.Duration
	// NonceFor is how long a nonce is remembered; 5 min when 0.
	NonceFor time.Duration
	// CDN is what the addresses of attachments begin with, such as
	// "https://cdn.discordapp.com"; the server's own when empty. They lie with the
	// server in any case.
	CDN string
	// Skew is added to the clock that the Date header shows.
	Skew time.Duration
	// OnPost is called for each message that the application posts or edits, from
	// the goroutine of its request, with no lock held. May be nil.
	OnPost func(Message)
}

// NoFlags stands for an application without any flag.
const NoFlags = -1

// Flags of an application that grant privileged intents, for any size of it.
const (
	FlagPresence       = 1 << 12
	FlagPresenceSmall  = 1 << 13
	FlagMembers        = 1 << 14
	FlagMembersSmall   = 1 << 15
	FlagContent        = 1 << 18
	FlagContentSmall   = 1 << 19
	allPrivilegedFlags = FlagPresenceSmall | FlagMembersSmall | FlagContentSmall
)

// A Server is a fake Discord. It is safe for concurrent use.
type Server struct {
	// URL of the server, "http://127.0.0.1:port". The API is below /api/v9, the
	// gateway at /gateway, attachments below /attachments.
	URL string
	// Bot is the application's user; its ID is that of the application as well.
	Bot User
	// PublicKey is what interactions by HTTP are signed with, in hexadecimal.
	PublicKey string

	opts    Options
	secret  ed25519.PrivateKey
	http    *http.Server
	serving sync.WaitGroup // goroutines that the server owns
	ctx     context.Context
	stop    context.CancelFunc
	gateway faultsOfGateway
	limits  limits
	mends   mends

	mu           sync.Mutex
	lastID       uint64
	users        map[string]*User
	guilds       map[string]*guild
	guildOrder   []string
	channels     map[string]*channel
	nonces       map[string]nonce
	nonceOrder   []string
	commands     map[string][]map[string]any
	interactions map[string]*Interaction // by token
	recent       []*Interaction
	files        map[string]file
	sessions     map[string]*session
	conns        map[*conn]struct{}
	starts       []time.Time
	endpoint     string
	typing       map[string]int
	requests     map[string]int
	changed      chan struct{} // closed and renewed when something was posted
	doors        []*Door

	identified atomic.Int64
	resumed    atomic.Int64
	beats      atomic.Int64
}

// New starts a server on a free port of the loopback address. Close ends it.
func New(opts Options) (*Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	defaults(&opts)
	public, secret, err := ed25519.GenerateKey(nil)
	if err != nil {
		_ = listener.Close()
		return nil, err
	}
	s := &Server{
		URL: "http://" + listener.Addr().String(), PublicKey: hex.EncodeToString(public),
		opts: opts, secret: secret,
		users: map[string]*User{}, guilds: map[string]*guild{}, channels: map[string]*channel{},
		nonces: map[string]nonce{}, commands: map[string][]map[string]any{},
		interactions: map[string]*Interaction{}, files: map[string]file{},
		sessions: map[string]*session{}, conns: map[*conn]struct{}{},
		typing: map[string]int{}, requests: map[string]int{}, changed: make(chan struct{}),
	}
	s.ctx, s.stop = context.WithCancel(context.Background())
	if s.opts.CDN == "" {
		s.opts.CDN = s.URL
	}
	s.limits.opts = opts
	s.Bot = User{ID: s.id(), Username: "desk", Bot: true, Discriminator: "0"}
	s.users[s.Bot.ID] = &s.Bot
	s.http = &http.Server{Handler: s.routes(), ReadHeaderTimeout: 10 * time.Second}
	s.serving.Go(func() { _ = s.http.Serve(listener) })
	return s, nil
}

func defaults(o *Options) {
	if o.Token == "" {
		o.Token = "fake." + rand.Text()
	}
	switch o.Flags {
	case 0:
		o.Flags = allPrivilegedFlags
	case NoFlags:
		o.Flags = 0
	}
	for _, d := range []struct {
		to *time.Duration
		is time.Duration
	}{
		{&o.Heartbeat, 41250 * time.Millisecond}, {&o.RouteWindow, time.Second}, {&o.AnswerIn, 3 * time.Second},
		{&o.TokenFor, 15 * time.Minute}, {&o.NonceFor, 5 * time.Minute}, {&o.IdentifyWindow, 5 * time.Second},
	} {
		if *d.to == 0 {
			*d.to = d.is
		}
	}
	for _, d := range []struct {
		to *int
		is int
	}{{&o.PerRoute, 1_000_000}, {&o.KeepMessages, 1000}, {&o.KeepEvents, 10_000}} {
		if *d.to == 0 {
			*d.to = d.is
		}
	}
}

// Token gives the token of the bot.
func (s *Server) Token() string { return s.opts.Token }

// Close ends the server and all its connections, and waits for them.
func (s *Server) Close() {
	s.stop()
	_ = s.http.Close()
	s.mu.Lock()
	doors := s.doors
	s.mu.Unlock()
	for _, d := range doors {
		d.Slam()
		_ = d.http.Close()
	}
	for _, c := range s.connections() {
		c.cut()
	}
	s.serving.Wait()
}

// routes gives the handler of everything below the server's address.
func (s *Server) routes() http.Handler {
	api := s.api()
	cdn := http.HandlerFunc(s.attachment)
	gateway := http.HandlerFunc(s.serveGateway)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, "/api/v9/"), strings.HasPrefix(r.URL.Path, "/api/v10/"):
			_, rest, _ := strings.Cut(r.URL.Path[len("/api/"):], "/")
			r.URL.Path = "/" + rest
			r.URL.RawPath = ""
			api.ServeHTTP(w, r)
		case strings.HasPrefix(r.URL.Path, "/attachments/"):
			cdn.ServeHTTP(w, r)
		case strings.HasPrefix(r.URL.Path, "/gateway"):
			gateway.ServeHTTP(w, r)
		default:
			fail(w, notFound)
		}
	})
}

// post tells whoever waits that something changed; the caller holds the lock.
func (s *Server) post() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// Wait waits until is gives true, which it asks whenever the application did
// something; it gives the error of ctx when that ends first. It calls is with no
// lock held.
func (s *Server) Wait(ctx context.Context, is func() bool) error {
	for {
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		if is() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
