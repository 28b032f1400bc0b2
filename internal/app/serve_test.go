package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"frontdesk/adapters/chat"
	"frontdesk/bot"
	"frontdesk/internal/config"
	"frontdesk/internal/fault"

	"go.uber.org/goleak"
)

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
	if log := s.log.String(); strings.Contains(log, "when are you open") || !strings.Contains(log, "adapter=good message=1") {
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

// What was written into the configuration while the desk opened is not lost.
func TestServeEditedMeanwhile(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "config.yaml")
	write(t, filepath.Join(dir, "desk.yaml"), fmt.Sprintf(desk, "nine"))
	write(t, file, servedConfig)
	load := func() (*config.Config, error) { return LoadConfig(file) }
	cfg, err := load()
	if err != nil {
		t.Fatal(err)
	}
	write(t, file, servedConfig+"terminal: {prompt: \"$\"}\n")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	got := ""
	err = Serve(ctx, cfg, Options{}, ServeOptions{
		Load: load, Applied: func(cfg *config.Config) { got = cfg.Terminal.Prompt; cancel() },
		recipes: func(*service, *config.Config) []recipe { return []recipe{newFake("one").recipe(0)} },
	})
	if err != nil || got != "$" {
		t.Errorf("the prompt is %q, and it ended with %v", got, err)
	}
}

// A configuration at fault changes nothing and is told with every fault; a good
// one changes just what it changes.
func TestServeReload(t *testing.T) {
	defer goleak.VerifyNone(t)
	one, two, lost := newFake("one"), newFake("two"), newFake("lost")
	lost.fail = func() error { return chat.ErrRefused }
	s := serve(t, func(cfg *config.Config) []recipe {
		list := []recipe{one.recipe(0), lost.recipe(0)}
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
	if _, p := s.state("configuration"); !p.OK || !strings.Contains(p.State, "at fault") {
		t.Errorf("it is %+v", p)
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
	until(t, "another try of the one that was refused", func() bool { return lost.started() == 2 })
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
