// Package slackfake is a stand-in for Slack on loopback, for tests: a server
// that speaks the Web API, Socket Mode and the Events API by HTTP as they are
// documented at https://docs.slack.dev, so that github.com/slack-go/slack
// connects to it unmodified. It is as strict about what it is sent as Slack
// says to be, delivers events at least once, and breaks on command: connections
// that drop in the middle of a message, answers that are lost, storms of 429.
//
// A test makes a [Server], a [Workspace] in it with people and channels, and
// drives it: somebody says something, presses a button, edits, reacts. What the
// app under test posted is read back with [Workspace.Posts].
//
// It is no model of Slack beyond that: there are no other apps, no shared
// channels, and nobody's messages are unfurled unless a test says so.
package slackfake

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Config says how the server behaves. The zero value behaves as Slack does.
type Config struct {
	// Addr is where it listens; empty for a free port on 127.0.0.1.
	Addr string
	// AckWithin is how long an app has for an acknowledgement; 0 for 3 s.
	AckWithin time.Duration
	// Retries are the waits before what was not acknowledged is sent again; nil
	// for at once, 1 min, 5 min. What is not acknowledged after the last one is
	// lost. While an app has no connection, its envelopes wait for one.
	Retries []time.Duration
	// PingEvery is how often connections are pinged; 0 for 5 s.
	PingEvery time.Duration
	// Keep bounds the messages kept of each channel; 0 keeps all. Older ones are
	// forgotten, as if they had never been.
	Keep int
	// PerChannel is how many messages a second a channel takes, in bursts of
	// Burst (at least 1), before the answer is 429; 0 for any number.
	PerChannel float64
	Burst      int
	// DropEvery drops every open connection in the middle of a message that
	// often; 0 for never.
	DropEvery time.Duration
	// DuplicateEvery sends every n-th envelope twice; 0 for none.
	DuplicateEvery int
	// ReorderEvery sends every n-th envelope after the one behind it, where one
	// waits; 0 for none.
	ReorderEvery int
	// Lanes is how many HTTP requests to an app are under way at once; those of
	// one channel are sent in order. 0 for 4.
	Lanes int
	// Quiet does not send the app its own messages as events, as Slack would.
	Quiet bool
}

// A Server stands in for Slack. It is safe for concurrent use.
type Server struct {
	cfg      Config
	listener net.Listener
	http     *http.Server
	stop     context.CancelFunc
	done     context.Context
	owned    sync.WaitGroup

	mu         sync.Mutex
	lastTS     int64
	lastID     int64
	workspaces []*Workspace
	byToken    map[string]*Workspace
	apps       map[string]*app // by app-level token
	tickets    map[string]*app // of WebSocket URLs that were given out
	triggers   map[string]*trigger
	hooks      map[string]*hook
	faults     []*Fault
	calls      []Call
	keepCalls  bool
	counts     map[string]int
	wake       chan struct{}
	onPost     func(Message)
	limits     map[string]*rate.Limiter

	deliveries deliveries
}

// New starts a server. Close it in the end.
func New(cfg Config) (*Server, error) {
	if cfg.Addr == "" {
		cfg.Addr = "127.0.0.1:0"
	}
	if cfg.AckWithin == 0 {
		cfg.AckWithin = 3 * time.Second
	}
	if cfg.Retries == nil {
		cfg.Retries = []time.Duration{0, time.Minute, 5 * time.Minute}
	}
	if cfg.PingEvery == 0 {
		cfg.PingEvery = 5 * time.Second
	}
	if cfg.Lanes == 0 {
		cfg.Lanes = 4
	}
	listener, err := net.Listen("tcp", cfg.Addr)
	if err != nil {
		return nil, fmt.Errorf("listening for Slack's clients: %w", err)
	}
	s := &Server{
		cfg: cfg, listener: listener,
		byToken: map[string]*Workspace{}, apps: map[string]*app{}, tickets: map[string]*app{},
		triggers: map[string]*trigger{}, hooks: map[string]*hook{}, counts: map[string]int{},
		wake: make(chan struct{}), limits: map[string]*rate.Limiter{},
	}
	s.done, s.stop = context.WithCancel(context.Background())
	mux := http.NewServeMux()
	mux.HandleFunc("/api/{method}", s.api)
	mux.HandleFunc("GET /link/", s.socket)
	mux.HandleFunc("GET /files-pri/{id}/{name}", s.download)
	mux.HandleFunc("GET /signin", signIn)
	mux.HandleFunc("POST /hook/{id}", s.hook)
	s.http = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	s.owned.Go(func() { _ = s.http.Serve(listener) }) // it ends with Close
	s.owned.Go(s.sweep)
	return s, nil
}

// URL is where the server is, without a slash at the end.
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() }

// APIURL is what a client takes for https://slack.com/api/.
func (s *Server) APIURL() string { return s.URL() + "/api/" }

// Close ends all connections, and waits until nothing of the server is left.
func (s *Server) Close() error {
	s.stop()
	s.mu.Lock()
	apps := s.sortedApps()
	s.mu.Unlock()
	for _, a := range apps {
		a.close()
	}
	err := s.http.Close()
	s.owned.Wait()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// sortedApps gives the apps by their tokens.
func (s *Server) sortedApps() []*app {
	apps := make([]*app, 0, len(s.apps))
	for _, a := range s.apps {
		apps = append(apps, a)
	}
	slices.SortFunc(apps, func(a, b *app) int { return strings.Compare(a.token, b.token) })
	return apps
}

// ts gives the next timestamp, which names a message: they only ever rise. The
// lock is held.
func (s *Server) ts() string {
	s.lastTS = max(s.lastTS+1, time.Now().UnixMicro())
	micro := s.lastTS % 1e6
	b := make([]byte, 0, 18)
	b = strconv.AppendInt(b, s.lastTS/1e6, 10)
	b = append(b, '.')
	for div := int64(100_000); div > 0; div /= 10 {
		b = append(b, byte('0'+micro/div%10))
	}
	return string(b)
}

// id gives a new id in the form of Slack's. The lock is held.
func (s *Server) id(prefix string) string {
	s.lastID++
	n := strings.ToUpper(strconv.FormatInt(s.lastID, 36))
	return prefix + "0000000000"[:10-min(10, len(n))] + n
}

// changed wakes whoever waits. The lock is held.
func (s *Server) changed() {
	close(s.wake)
	s.wake = make(chan struct{})
}

// Await waits until a condition holds, which is asked anew whenever something
// happened; the condition may call everything of the server. The error is that
// of the context.
func (s *Server) Await(ctx context.Context, holds func() bool) error {
	for {
		s.mu.Lock()
		wake := s.wake
		s.mu.Unlock()
		if holds() {
			return nil
		}
		select {
		case <-wake:
		case <-ctx.Done():
			return fmt.Errorf("waiting for Slack: %w", ctx.Err())
		}
	}
}

// OnPost has a function called with every message that the app posts, in order,
// before the app learns that it did. The function must not call the server.
func (s *Server) OnPost(f func(Message)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onPost = f
}

// A Call is one request that came in by the Web API.
type Call struct {
	Method string
	Args   map[string]string // what was sent, without the token
	Error  string            // what it was answered with; "" for ok
	Time   time.Time
}

// KeepCalls has calls kept from now on, for [Server.Calls].
func (s *Server) KeepCalls() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keepCalls = true
}

// Calls gives the kept calls of a method in order; "" for all.
func (s *Server) Calls(method string) []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	var calls []Call
	for _, c := range s.calls {
		if method == "" || c.Method == method {
			calls = append(calls, c)
		}
	}
	return calls
}

// Count says how often a method was called.
func (s *Server) Count(method string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts[method]
}
