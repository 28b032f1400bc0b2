package discord

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"frontdesk/adapters/chat"

	"github.com/bwmarrin/discordgo"
)

const (
	requestFor = 20 * time.Second
	// limitedTries is how often a request is made again that Discord wanted later.
	limitedTries = 5
	// maxWait bounds one such wait; what is to wait longer is an error.
	maxWait = time.Minute
	// slots bounds the rate-limit buckets that the library remembers: it forgets
	// none, and every thread would have its own.
	slots = 2048
)

// client makes requests to the REST API by the library, which knows the rate
// limits. It is safe for concurrent use.
type client struct {
	session *discordgo.Session
	http    *http.Client
}

// cdn are the hosts on which files of messages lie.
var cdn = []string{"cdn.discordapp.com", "media.discordapp.net"}

// toBase sends what is meant for Discord to where the API is said to be, files
// included.
type toBase struct {
	base *url.URL
	next http.RoundTripper
}

func (t toBase) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host != "discord.com" && (t.base.Host == "discord.com" || !slices.Contains(cdn, r.URL.Host)) {
		return t.next.RoundTrip(r)
	}
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host, r.Host = t.base.Scheme, t.base.Host, t.base.Host
	return t.next.RoundTrip(r)
}

// newClient makes a client; the configuration was checked.
func newClient(cfg Config) (*client, error) {
	base, err := cfg.base()
	if err != nil {
		return nil, err
	}
	// The library's default keeps two connections to a host, and opens a new one
	// for every request beyond them.
	pool := http.DefaultTransport.(*http.Transport).Clone()
	pool.MaxIdleConnsPerHost = 64
	h := &http.Client{Transport: toBase{base, pool}, Timeout: requestFor}
	s, err := newSession(cfg, h, discordgo.NewRatelimiter())
	if err != nil {
		return nil, err
	}
	return &client{session: s, http: h}, nil
}

func newSession(cfg Config, h *http.Client, limits *discordgo.RateLimiter) (*discordgo.Session, error) {
	s, err := discordgo.New("Bot " + cfg.Token.Reveal())
	if err != nil {
		return nil, fmt.Errorf("making a session: %w", err)
	}
	s.Client, s.Ratelimiter = h, limits
	s.StateEnabled = false
	s.ShouldReconnectOnError = false // we do, and see the errors
	s.ShouldRetryOnRateLimit = false // it would not stop when told to
	s.ShouldReconnectVoiceOnSessionError = false
	s.LogLevel = -1 // it would print what people wrote
	s.SyncEvents = true
	s.UserAgent = "DiscordBot (frontdesk, 1)"
	return s, nil
}

// bucket names the rate-limit bucket of a route and of what it is about.
func bucket(route, id string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id))
	return route + strconv.Itoa(int(h.Sum32()%slots))
}

// do makes a request to a path below the API, and reads the answer into out,
// which may be nil. It waits where Discord wants it.
func (c *client) do(ctx context.Context, method, path, bucket string, body, out any) error {
	var data []byte
	if body != nil {
		var err error
		if data, err = json.Marshal(body); err != nil {
			return fmt.Errorf("writing a request: %w", err)
		}
	}
	for try := 1; ; try++ {
		got, err := c.session.RequestRaw(method, discordgo.EndpointAPI+path, "application/json", data, bucket, 0, discordgo.WithContext(ctx))
		var limit *discordgo.RateLimitError
		if errors.As(err, &limit) && try < limitedTries && limit.RetryAfter <= maxWait {
			if !sleep(ctx, limit.RetryAfter) {
				return ctx.Err()
			}
			continue
		}
		if err != nil {
			return fmt.Errorf("%s %s: %w", method, route(path), explain(err))
		}
		if out == nil {
			return nil
		}
		if err := json.Unmarshal(got, out); err != nil {
			return fmt.Errorf("reading the answer to %s %s: %w", method, route(path), err)
		}
		return nil
	}
}

// route gives a path for people, without the tokens of interactions.
func route(path string) string {
	path, _, _ = strings.Cut(path, "?")
	parts := strings.Split(path, "/")
	if len(parts) > 2 && (parts[0] == "interactions" || parts[0] == "webhooks") {
		parts[2] = "***"
	}
	return strings.Join(parts, "/")
}

// An apiError is what Discord answers to a request that it does not carry out.
type apiError struct {
	status int
	code   int
	text   string
}

func (e *apiError) Error() string {
	return fmt.Sprintf("Discord says %d (%d): %s", e.code, e.status, e.text)
}

// Unwrap says of what will be no better the next time that it is gone.
func (e *apiError) Unwrap() error {
	switch {
	case e.status == http.StatusTooManyRequests || e.status == http.StatusRequestTimeout || e.status == http.StatusUnauthorized:
		return nil
	case e.status >= 400 && e.status < 500:
		return chat.ErrGone
	}
	return nil
}

// explain turns an error of the library into ours: its own shows all that
// Discord answered, and keeps the request with the token.
func explain(err error) error {
	var rest *discordgo.RESTError
	var limit *discordgo.RateLimitError
	var request *url.Error
	switch {
	case errors.As(err, &rest):
		e := &apiError{status: rest.Response.StatusCode, text: http.StatusText(rest.Response.StatusCode)}
		if rest.Message != nil {
			e.code, e.text = rest.Message.Code, rest.Message.Message
			if e.code == codeForm { // what is wrong stands in the body
				e.text = shorten(string(rest.ResponseBody), 500)
			}
		}
		return e
	case errors.As(err, &limit):
		return fmt.Errorf("too many requests: to be tried again in %s", limit.RetryAfter)
	case errors.As(err, &request):
		return request.Err // without the address, which may hold a token
	}
	return err
}

// code gives Discord's code of an error; 0 for none.
func code(err error) int {
	var e *apiError
	if errors.As(err, &e) {
		return e.code
	}
	return 0
}

// sleep waits; false when ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func shorten(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}
