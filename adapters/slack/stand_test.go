package slack

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"testing"
	"time"

	"frontdesk/adapters/chat"
	"frontdesk/adapters/slack/slackfake"
	"frontdesk/bot"
	"frontdesk/internal/secret"
)

// A stand is the adapter on a fake Slack, with a workspace and some people.
type stand struct {
	t         testing.TB
	fake      *slackfake.Server
	ws        *slackfake.Workspace
	anna, bob string
	general   string
	cfg       Config
	deps      Deps

	desk *Slack
	stop func() error
	life *life
}

// newStand starts the fake; run starts the adapter.
func newStand(t testing.TB, fake slackfake.Config, setup slackfake.Setup) *stand {
	t.Helper()
	if fake.Retries == nil {
		fake.Retries = make([]time.Duration, 20) // at once, again and again
	}
	f, err := slackfake.New(fake)
	if err != nil {
		t.Fatal(err)
	}
	s := &stand{t: t, fake: f, ws: f.AddWorkspace(setup), cfg: DefaultConfig()}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	s.anna = s.ws.AddUser(slackfake.User{Name: "anna"})
	s.bob = s.ws.AddUser(slackfake.User{Name: "bob"})
	s.general = s.ws.AddChannel("general", slackfake.Public, s.anna, s.bob, s.ws.BotUser)
	s.cfg.Tokens = tokensOf(s.ws)
	s.cfg.APIURL, s.cfg.Pace = f.APIURL(), 0
	if testing.Verbose() {
		s.deps.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	}
	return s
}

func tokensOf(w *slackfake.Workspace) Tokens {
	return Tokens{BotToken: secret.New(w.Setup.BotToken), AppToken: secret.New(w.Setup.AppToken), SigningSecret: secret.New(w.Setup.SigningSecret)}
}

// run starts the adapter, and waits until what is said reaches it.
func (s *stand) run(handler bot.Handler) {
	s.t.Helper()
	desk, err := New(s.cfg, s.deps)
	if err != nil {
		s.t.Fatal(err)
	}
	s.desk = desk
	if s.life == nil || s.life.isOver() {
		s.life = newLife()
	}
	for _, w := range desk.workspaces {
		w.http.Transport = &mortal{RoundTripper: w.http.Transport, life: s.life}
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- desk.Run(ctx, handler) }()
	s.stop = sync.OnceValue(func() error {
		cancel()
		select {
		case err := <-done:
			return err
		case <-time.After(time.Minute):
			return errors.New("the adapter does not end")
		}
	})
	s.t.Cleanup(func() { cancel() })
	s.await("the adapter to connect", func() bool {
		desk.mu.Lock()
		defer desk.mu.Unlock()
		return desk.ctx != nil && (s.cfg.Mode == HTTP || s.ws.Connections() > 0)
	})
}

// end ends the adapter as a signal does.
func (s *stand) end() {
	s.t.Helper()
	if err := s.stop(); err != nil {
		s.t.Fatal(err)
	}
}

// await waits for something that the fake or the adapter comes to.
func (s *stand) await(what string, holds func() bool) {
	s.t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if holds() {
			return
		}
	}
	s.t.Fatalf("waiting for %s: it does not come", what)
}

// acked waits until something was acknowledged.
func (s *stand) acked(d *slackfake.Delivery) slackfake.Ack {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	ack, err := d.Wait(ctx)
	if err != nil || ack.Lost {
		s.t.Fatalf("%+v, %v", ack, err)
	}
	return ack
}

// posts waits for n posts, and gives them.
func (s *stand) posts(channel, thread string, n int) []slackfake.Message {
	s.t.Helper()
	var posts []slackfake.Message
	s.await("posts", func() bool {
		posts = s.ws.Posts(channel, thread)
		return len(posts) >= n
	})
	return posts
}

// life is that of one process.
type life struct {
	mu    sync.Mutex
	over  bool
	ended chan struct{}
}

func newLife() *life { return &life{ended: make(chan struct{})} }

func (l *life) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.over {
		l.over = true
		close(l.ended)
	}
}

func (l *life) isOver() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.over
}

// mortal carries requests as long as the process lives. What a dead one asks for
// is told to be gone, so that it soon stops asking.
type mortal struct {
	http.RoundTripper
	life *life
}

func (m *mortal) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(r.Context())
	stop := context.AfterFunc(ctx, func() {})
	defer stop()
	type result struct {
		resp *http.Response
		err  error
	}
	done := make(chan result, 1)
	if !m.life.isOver() {
		go func() {
			resp, err := m.RoundTripper.RoundTrip(r.WithContext(ctx))
			done <- result{resp, err}
		}()
	}
	select {
	case got := <-done:
		if got.err != nil {
			cancel()
			return nil, got.err
		}
		body, err := io.ReadAll(got.resp.Body)
		_ = got.resp.Body.Close()
		cancel()
		if err != nil {
			return nil, err
		}
		got.resp.Body = io.NopCloser(bytes.NewReader(body))
		return got.resp, nil
	case <-m.life.ended:
		cancel()
		return &http.Response{StatusCode: http.StatusOK, Status: "200 OK", Header: http.Header{"Content-Type": {"application/json"}},
			Body: io.NopCloser(bytes.NewReader([]byte(`{"ok":false,"error":"channel_not_found"}`))), Request: r}, nil
	}
}

// mortalStore is a store that a dead process does not reach.
type mortalStore struct {
	chat.Store
	life *life
}

var errDead = errors.New("the process is dead")

func (m mortalStore) AcceptAll(ctx context.Context, rs []bot.Receipt) ([]bool, error) {
	if m.life.isOver() {
		return nil, errDead
	}
	return m.Store.AcceptAll(ctx, rs)
}

func (m mortalStore) Finish(ctx context.Context, adapter, key string, posts []bot.Post) error {
	if m.life.isOver() {
		return errDead
	}
	return m.Store.Finish(ctx, adapter, key, posts)
}

func (m mortalStore) KeepPost(ctx context.Context, p bot.Post) error {
	if m.life.isOver() {
		return errDead
	}
	return m.Store.KeepPost(ctx, p)
}

func (m mortalStore) ReplacePosts(ctx context.Context, adapter, conversation, question string, posts []bot.Post) error {
	if m.life.isOver() {
		return errDead
	}
	return m.Store.ReplacePosts(ctx, adapter, conversation, question, posts)
}

// echo answers with what was said.
func echo(_ context.Context, m bot.Message) (bot.Reply, error) {
	r := bot.Reply{To: m.Address, InReplyTo: m.ID, Decision: bot.Answer, Entry: "e", Text: "You said: " + m.Text}
	if m.Kind == bot.Rating || m.Kind == bot.Delete {
		r.Decision, r.Text = bot.Nothing, ""
	}
	return r, nil
}
