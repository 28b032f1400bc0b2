package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"frontdesk/adapters/chat"
	"frontdesk/bot"
	"frontdesk/internal/config"
	"frontdesk/internal/logctx"
)

// A fakeAdapter brings in what a test says.
type fakeAdapter struct {
	name string
	in   chan asked
	fail func() error // asked at the start of Run; nil to run
	drop chan error   // ends Run
	mu   sync.Mutex
	runs int
}

// asked is a message on its way through an adapter.
type asked struct {
	message bot.Message
	replied chan answered
}

type answered struct {
	reply bot.Reply
	err   error
}

func newFake(name string) *fakeAdapter {
	return &fakeAdapter{name: name, in: make(chan asked), drop: make(chan error)}
}

func (f *fakeAdapter) Run(ctx context.Context, handle bot.Handler) error {
	f.mu.Lock()
	f.runs++
	f.mu.Unlock()
	if f.fail != nil {
		if err := f.fail(); err != nil {
			return err
		}
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-f.drop:
			return err
		case a := <-f.in:
			reply, err := handle(context.WithoutCancel(ctx), a.message)
			a.replied <- answered{reply, err}
		}
	}
}

func (f *fakeAdapter) Send(context.Context, bot.Address, bot.Reply) error { return nil }

func (f *fakeAdapter) Connected() bool { return true }

func (f *fakeAdapter) handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := io.Copy(io.Discard, r.Body)
		fmt.Fprintf(w, "%s here, %v", f.name, err)
	})
}

func (f *fakeAdapter) started() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.runs
}

func (f *fakeAdapter) recipe(section any) recipe {
	return recipe{name: f.name, section: section, make: func() (adapter, error) { return f, nil },
		routes:   func(adapter) (string, http.Handler) { return "/" + f.name + "/events", f.handler() },
		hopeless: func(err error) bool { return errors.Is(err, chat.ErrRefused) }}
}

// ask brings a text in and gives the answer.
func (f *fakeAdapter) ask(t *testing.T, id, text string) bot.Reply {
	t.Helper()
	a := asked{bot.Message{ID: id, Kind: bot.Text, Conversation: f.name + ":1", Sender: bot.Address(f.name + ":ann"), Text: text}, make(chan answered, 1)}
	select {
	case f.in <- a:
	case <-time.After(patience):
		t.Fatalf("%s takes nothing in", f.name)
	}
	got := <-a.replied
	if got.err != nil {
		t.Fatalf("%s: %q: %v", f.name, text, got.err)
	}
	return got.reply
}

// quick are pauses that no test has to wait for.
var quick = pauses{first: time.Millisecond, longest: 2 * time.Millisecond, steady: time.Hour, hopeless: time.Hour, drain: 10 * time.Second}

// A serving is a desk that a test serves.
type serving struct {
	t      *testing.T
	dir    string
	url    string
	log    *syncBuffer
	reload chan os.Signal
	stop   context.CancelFunc
	ended  chan error
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

const servedConfig = "format: 1\ndata_dir: data\ndefault_base: desk\nhttp: {address: \"127.0.0.1:0\"}\nlog: {level: info}\nbases:\n  desk: {knowledge: [desk.yaml]}\n"

// serve serves a desk with adapters until the test ends.
func serve(t *testing.T, recipes func(*config.Config) []recipe) *serving {
	t.Helper()
	return serveWith(t, servedConfig, Options{}, recipes)
}

func serveWith(t *testing.T, text string, o Options, recipes func(*config.Config) []recipe) *serving {
	t.Helper()
	s := &serving{t: t, dir: t.TempDir(), log: &syncBuffer{}, reload: make(chan os.Signal, 1), ended: make(chan error, 1)}
	write(t, filepath.Join(s.dir, "desk.yaml"), fmt.Sprintf(desk, "nine"))
	s.configure(text)
	load := func() (*config.Config, error) { return LoadConfig(filepath.Join(s.dir, "config.yaml")) }
	cfg, err := load()
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	s.stop = stop
	up := make(chan string, 1)
	go func() {
		o.Log = slog.New(logctx.NewHandler(slog.NewTextHandler(s.log, nil)))
		s.ended <- Serve(ctx, cfg, o, ServeOptions{
			Version: "v1", Load: load, Reload: s.reload, Up: func(text string) { up <- text },
			recipes: func(_ *service, cfg *config.Config) []recipe { return recipes(cfg) }, pauses: &quick,
		})
	}()
	select {
	case text := <-up:
		at := strings.Index(text, "http://")
		if at < 0 {
			t.Fatalf("it says %q", text)
		}
		s.url = text[at:]
	case err := <-s.ended:
		t.Fatalf("it ended: %v\n%s", err, s.log)
	}
	t.Cleanup(func() {
		if s.ended != nil {
			s.end()
		}
	})
	return s
}

func (s *serving) configure(text string) { write(s.t, filepath.Join(s.dir, "config.yaml"), text) }

// end stops serving.
func (s *serving) end() {
	s.t.Helper()
	s.stop()
	if err := <-s.ended; err != nil {
		s.t.Errorf("it ended with %v", err)
	}
	s.ended = nil
	http.DefaultClient.CloseIdleConnections()
}

func (s *serving) get(path string) (status int, body string) {
	s.t.Helper()
	r, err := http.Get(s.url + path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return r.StatusCode, string(text)
}

// patience is how long the tests wait for what must come.
const patience = time.Minute

// until waits for something.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it never came: %s", what)
		}
	}
}

// state gives what /readyz says of a part.
func (s *serving) state(name string) (ready bool, of part) {
	s.t.Helper()
	status, body := s.get("/readyz")
	var all struct {
		Ready bool
		Parts []part
	}
	if err := json.Unmarshal([]byte(body), &all); err != nil || all.Ready != (status == http.StatusOK) {
		s.t.Fatalf("%v: %d, %s", err, status, body)
	}
	for _, p := range all.Parts {
		if p.Name == name {
			return all.Ready, p
		}
	}
	return all.Ready, part{}
}
