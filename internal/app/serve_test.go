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
	"frontdesk/internal/fault"

	"go.uber.org/goleak"
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
	case <-time.After(20 * time.Second):
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
	s := &serving{t: t, dir: t.TempDir(), log: &syncBuffer{}, reload: make(chan os.Signal, 1), ended: make(chan error, 1)}
	write(t, filepath.Join(s.dir, "desk.yaml"), fmt.Sprintf(desk, "nine"))
	s.configure(servedConfig)
	load := func() (*config.Config, error) { return LoadConfig(filepath.Join(s.dir, "config.yaml")) }
	cfg, err := load()
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	s.stop = stop
	up := make(chan string, 1)
	go func() {
		s.ended <- Serve(ctx, cfg, Options{Log: slog.New(slog.NewTextHandler(s.log, nil))}, ServeOptions{
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

// until waits for something.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !is(); time.Sleep(5 * time.Millisecond) {
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

// An adapter that fails is started again, and the others go on meanwhile.
func TestServe(t *testing.T) {
	defer goleak.VerifyNone(t)
	good, poor, lost := newFake("good"), newFake("poor"), newFake("lost")
	failures := 0
	poor.fail = func() error {
		if failures++; failures <= 3 {
			return errors.New("no network")
		} else if failures == 4 {
			panic("a mistake")
		}
		return nil
	}
	lost.fail = func() error { return fmt.Errorf("the token is wrong: %w", chat.ErrRefused) }
	s := serve(t, func(*config.Config) []recipe { return []recipe{good.recipe(0), poor.recipe(0), lost.recipe(0)} })
	if got := good.ask(t, "1", "when are you open").Text; got != "From nine." {
		t.Errorf("it answers %q", got)
	}
	if got := poor.ask(t, "2", "when are you open").Text; got != "From nine." {
		t.Errorf("after failures it answers %q", got)
	}
	if good.started() != 1 || poor.started() != 5 {
		t.Errorf("they were started %d and %d times", good.started(), poor.started())
	}
	until(t, "the word of a refused token", func() bool { return strings.Contains(s.log.String(), "the token is wrong") })
	if status, body := s.get("/healthz"); status != 200 || body != "ok\n" {
		t.Errorf("health: %d, %s", status, body)
	}
	if ready, p := s.state("lost"); ready || p.OK || !strings.Contains(p.State, "the token is wrong") {
		t.Errorf("lost is %+v", p)
	}
	for _, name := range []string{"good", "poor", "base desk", "journal", "configuration"} {
		if _, p := s.state(name); !p.OK {
			t.Errorf("%s is %+v", name, p)
		}
	}
	_, metrics := s.get("/metrics")
	for _, want := range []string{`frontdesk_adapter_up{adapter="good"} 1`, `frontdesk_adapter_up{adapter="lost"} 0`,
		`frontdesk_adapter_restarts_total{adapter="poor"} 4`, `frontdesk_base_entries{base="desk"} 2`, `frontdesk_model_info{dimensions=`,
		`frontdesk_config_reload_ok 1`, `frontdesk_messages_in_flight 0`, `frontdesk_build_info{version="v1"} 1`, "go_goroutines ",
		`frontdesk_engine_seconds_count{stage="journal_record"} 2`, `frontdesk_engine_seconds_count{stage="search"} 2`} {
		if !strings.Contains(metrics, want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
	for path, want := range map[string]int{"/good/events": 200, "/lost/events": 503, "/nobody/": 404, "/debug/pprof/": 404} {
		if status, body := s.get(path); status != want {
			t.Errorf("%s: %d, %s", path, status, body)
		}
	}
	r, err := http.Post(s.url+"/good/events", "application/json", strings.NewReader(strings.Repeat("x", maxBody+1)))
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(r.Body)
	r.Body.Close()
	if !strings.Contains(string(body), "too large") {
		t.Errorf("a body of more than a megabyte: %s", body)
	}
	if log := s.log.String(); strings.Contains(log, "when are you open") || !strings.Contains(log, "adapter=good") {
		t.Errorf("the log holds what was asked, or not who answered: %s", log)
	}
	cfg, err := LoadConfig(filepath.Join(s.dir, "config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	again := ServeOptions{recipes: func(*service, *config.Config) []recipe { return []recipe{newFake("twin").recipe(0)} }}
	if err := Serve(t.Context(), cfg, Options{}, again); err == nil || !strings.Contains(err.Error(), "another frontdesk serves") {
		t.Errorf("a second one with the same data_dir: %v", err)
	}
	poor.drop <- errors.New("the line broke")
	if got := poor.ask(t, "3", "where is the key").Text; got != "Under the mat." {
		t.Errorf("it answers %q", got)
	}
	s.end()
}

// What was taken in is finished, and nothing new is taken in.
func TestServeFinishes(t *testing.T) {
	defer goleak.VerifyNone(t)
	slow := newFake("slow")
	begun, goOn := make(chan struct{}), make(chan struct{})
	r := slow.recipe(0)
	r.make = func() (adapter, error) { return slowAdapter{slow, begun, goOn}, nil }
	s := serve(t, func(*config.Config) []recipe { return []recipe{r} })
	a := asked{bot.Message{ID: "1", Kind: bot.Text, Conversation: "c", Text: "where is the key"}, make(chan answered, 1)}
	slow.in <- a
	<-begun
	s.stop()
	until(t, "the end", func() bool { ready, p := s.state("desk"); return !ready && p.State == "stopping" })
	close(goOn)
	if err := <-s.ended; err != nil {
		t.Error(err)
	}
	s.ended = nil
	http.DefaultClient.CloseIdleConnections()
	select {
	case got := <-a.replied:
		if got.err != nil || got.reply.Text != "Under the mat." {
			t.Errorf("got %+v", got)
		}
	default:
		t.Error("what was taken in was not answered")
	}
}

// A slowAdapter waits before it hands a message over.
type slowAdapter struct {
	*fakeAdapter
	begun, goOn chan struct{}
}

func (s slowAdapter) Run(ctx context.Context, handle bot.Handler) error {
	return s.fakeAdapter.Run(ctx, func(ctx context.Context, m bot.Message) (bot.Reply, error) {
		close(s.begun)
		<-s.goOn
		return handle(ctx, m)
	})
}

func TestServeNothing(t *testing.T) {
	for name, want := range map[string]string{"": "(built in)", servedConfig: "config.yaml: no adapter is enabled"} {
		file := ""
		if name != "" {
			file = filepath.Join(t.TempDir(), "config.yaml")
			write(t, file, servedConfig)
		} else {
			t.Chdir(t.TempDir())
			t.Setenv("FRONTDESK_CONFIG", "")
		}
		cfg, err := LoadConfig(file)
		if err != nil {
			t.Fatal(err)
		}
		err = Serve(t.Context(), cfg, Options{}, ServeOptions{})
		if _, ok := errors.AsType[fault.Fault](err); !ok || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "bot_token:") {
			t.Errorf("got %v", err)
		}
	}
}

// A configuration at fault changes nothing and is told with every fault; a good
// one changes just what it changes.
func TestServeReload(t *testing.T) {
	defer goleak.VerifyNone(t)
	one, two := newFake("one"), newFake("two")
	s := serve(t, func(cfg *config.Config) []recipe {
		list := []recipe{one.recipe(0)}
		if cfg.Terminal.Greeting {
			list = append(list, two.recipe(cfg.Terminal.Prompt))
		}
		return list
	})
	one.ask(t, "1", "where is the key")
	two.ask(t, "2", "where is the key")

	s.configure(strings.Replace(servedConfig, "desk.yaml", "nowhere.yaml", 1) + "slak: {}\nterminal: {colour: red}\n")
	until(t, "the faults", func() bool {
		return strings.Contains(s.log.String(), "slak") && strings.Contains(s.log.String(), "red")
	})
	until(t, "the metric", func() bool { _, m := s.get("/metrics"); return strings.Contains(m, "frontdesk_config_reload_ok 0") })
	if ready, p := s.state("configuration"); !ready || !strings.Contains(p.State, "at fault") {
		t.Errorf("ready: %t, %+v", ready, p)
	}
	// Knowledge that is not there is no reason to forget what is.
	s.configure(strings.Replace(servedConfig, "desk.yaml", "nowhere.yaml", 1))
	until(t, "the fault of the knowledge", func() bool { return strings.Contains(s.log.String(), "nowhere.yaml") })
	if got := one.ask(t, "3", "where is the key").Text; got != "Under the mat." {
		t.Errorf("it answers %q", got)
	}

	write(t, filepath.Join(s.dir, "attic.yaml"), "format: 1\nfaq:\n  - {id: key, question: Where is the key?, answer: In the box.}\n")
	s.configure(servedConfig + "  attic: {knowledge: [attic.yaml]}\nterminal: {prompt: \"$\"}\njournal: {retention_days: 5}\n")
	until(t, "the new base", func() bool { _, p := s.state("base attic"); return p.OK })
	until(t, "the adapter whose section changed", func() bool { return two.started() == 2 })
	if one.started() != 1 {
		t.Errorf("the other one was started %d times", one.started())
	}
	if !strings.Contains(s.log.String(), "sections=journal") {
		t.Error("it is not said that the journal waits for a restart")
	}

	s.configure(servedConfig + "terminal: {greeting: false}\n")
	s.reload <- os.Interrupt
	until(t, "the end of an adapter", func() bool { _, p := s.state("two"); return p.Name == "" })
	if _, p := s.state("base attic"); p.Name != "" {
		t.Errorf("the base that was removed is %+v", p)
	}
	if _, m := s.get("/metrics"); !strings.Contains(m, "frontdesk_config_reload_ok 1") || strings.Contains(m, `frontdesk_adapter_up{adapter="two"}`) {
		t.Error("the metrics are wrong")
	}
	one.ask(t, "4", "where is the key")
	s.end()
}
