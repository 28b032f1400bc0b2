package app

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"frontdesk/internal/config"
	"frontdesk/retrieval"
	"frontdesk/retrieval/static"

	"go.uber.org/goleak"
)

// A fakeRemote is a server with an embedding model: the built-in one, whose
// numbers stand elsewhere, so that no vector of one fits the other.
type fakeRemote struct {
	*httptest.Server

	mu    sync.Mutex
	turn  int // by how much the numbers are moved: another model for another turn
	dim   int // how many numbers it gives
	mood  http.HandlerFunc
	moved chan struct{} // closed when the mood changes
	asked int           // texts
}

func newFakeRemote(t *testing.T) *fakeRemote {
	f := &fakeRemote{turn: 7, dim: static.Default().Dim(), moved: make(chan struct{})}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

func (f *fakeRemote) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	mood, turn, dim := f.mood, f.turn, f.dim
	f.mu.Unlock()
	if mood != nil {
		mood(w, r)
		return
	}
	var q struct {
		Input []string
	}
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	vectors, err := static.Default().Embed(r.Context(), q.Input)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	type item struct {
		Index     int       `json:"index"`
		Embedding []float32 `json:"embedding"`
	}
	var data []item
	for i, v := range vectors {
		moved := make([]float32, dim)
		for j, x := range v {
			moved[(j+turn)%dim] += x
		}
		data = append(data, item{i, moved})
	}
	f.mu.Lock()
	f.asked += len(q.Input)
	f.mu.Unlock()
	_ = json.NewEncoder(w).Encode(map[string]any{"data": data})
}

func (f *fakeRemote) is(mood http.HandlerFunc) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.mood = mood
	close(f.moved)
	f.moved = make(chan struct{})
}

// count gives how many texts it was asked about since the last count.
func (f *fakeRemote) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := f.asked
	f.asked = 0
	return n
}

// slow answers when nobody waits for it any more, or its mood changes.
func (f *fakeRemote) slow(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body) // else it is not seen that the other one has gone
	f.mu.Lock()
	moved := f.moved
	f.mu.Unlock()
	select {
	case <-r.Context().Done():
	case <-moved:
		http.Error(w, "it took too long", http.StatusServiceUnavailable)
	}
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "not today", code) }
}

// section configures the model of a server. A question waits for longer than a machine
// stands still, if it can be helped.
func (f *fakeRemote) section() string {
	return fmt.Sprintf("embedding: {cache: 0, remote: {url: %q, model: mini, query_timeout: 5s}}\n", f.URL)
}

// A remote model dies and comes back, and the desk goes on.
func TestRemoteDies(t *testing.T) {
	defer goleak.VerifyNone(t)
	f := newFakeRemote(t)
	defer f.Close()
	fake := newFake("one")
	s := serveWith(t, servedConfig+f.section(), Options{tryAgain: time.Millisecond}, func(*config.Config) []recipe { return []recipe{fake.recipe(0)} })
	model := "mini at " + strings.TrimPrefix(f.URL, "http://")
	answers := func(id, by string, fallback int) {
		t.Helper()
		r := fake.ask(t, id, "when are you open")
		if r.Text != "From nine." || r.Result == nil || r.Result.Model != by {
			t.Errorf("%s: it answers %q; want it by %s", id, r.Text, by)
		}
		_, metrics := s.get("/metrics")
		for _, want := range []string{fmt.Sprintf("\nfrontdesk_embedding_fallback %d\n", fallback), `model="` + by + `"} 1`} {
			if !strings.Contains(metrics, want) {
				t.Errorf("%s: the metrics lack %s", id, want)
			}
		}
	}
	answers("1", model, 0)
	if ready, p := s.state("embedding"); !ready || !p.OK || p.State != model+" answers" {
		t.Errorf("the embedding is %+v", p)
	}
	for i, mood := range []http.HandlerFunc{status(500), status(401), f.slow} {
		f.is(mood)
		answers(fmt.Sprint("2.", i), builtin, 1)
		if ready, p := s.state("embedding"); !ready || !p.OK || !strings.HasPrefix(p.State, "questions are answered by the built-in model since 20") {
			t.Errorf("the embedding is %+v", p)
		}
		write(t, filepath.Join(s.dir, "desk.yaml"), fmt.Sprintf(desk, "nine")+fmt.Sprintf("  - {id: more%d, question: What is new?, answer: This.}\n", i))
		until(t, "the new knowledge", func() bool { _, p := s.state("base desk"); return strings.HasPrefix(p.State, "3 entries") })
		f.is(nil)
		until(t, "the model", func() bool { _, p := s.state("embedding"); return p.State == model+" answers" })
		answers(fmt.Sprint("3.", i), model, 0)
	}
	// A text that it does not take says nothing about others.
	f.is(status(413))
	r := fake.ask(t, "4", "when are you open today")
	if r.Result == nil || r.Result.Model != builtin {
		t.Errorf("it answers by %+v", r.Result)
	}
	f.is(nil)
	answers("5", model, 0)
	log := s.log.String()
	if n := strings.Count(log, "answered by the built-in model until it is back"); n != 3 {
		t.Errorf("it is said %d times that it is away", n)
	}
	if n := strings.Count(log, "the remote embedding model answers again"); n != 3 {
		t.Errorf("it is said %d times that it is back", n)
	}
	_, metrics := s.get("/metrics")
	if !strings.Contains(metrics, "\nfrontdesk_embedding_errors_total 4\n") || strings.Contains(metrics, "\nfrontdesk_embedding_seconds_count 0\n") {
		t.Errorf("the metrics are wrong")
	}
	s.end()
}

// A desk opens without its remote model, and takes it up when it is there. What
// is saved of it is used only where the model is the same.
func TestRemoteLater(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds many indexes")
	}
	f := newFakeRemote(t)
	cfg, _ := twoBases(t, strings.Replace(f.section(), "cache: 0", "cache: 0, blend: true", 1))
	by := func(a *App) string {
		t.Helper()
		r := say(t, a, "attic", "where is the key")
		if r.Text != "In the box." {
			t.Errorf("it answers %q", r.Text)
		}
		return r.Result.Model
	}
	opened := func(o Options) *App {
		t.Helper()
		o.tryAgain = time.Millisecond
		a, err := New(t.Context(), cfg, o)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	shut := func(a *App) {
		t.Helper()
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}
	remote := "mini at " + strings.TrimPrefix(f.URL, "http://") + "+builtin"

	f.is(status(401))
	if _, err := New(t.Context(), cfg, Options{Configured: true}); err == nil || !strings.Contains(err.Error(), "write api_key:") {
		t.Errorf("with no other model it opens with %v", err)
	}
	var warned []string
	var mu sync.Mutex
	a := opened(Options{Warn: func(err error) { mu.Lock(); defer mu.Unlock(); warned = append(warned, err.Error()) }})
	if got := by(a); got != builtin {
		t.Errorf("it answers by %s", got)
	}
	f.is(nil)
	until(t, "the model", a.engine.link.isUp)
	if got := by(a); got != remote {
		t.Errorf("it answers by %s", got)
	}
	shut(a)
	mu.Lock()
	if len(warned) != 1 || !strings.Contains(warned[0], "401") {
		t.Errorf("it warns of %q", warned)
	}
	mu.Unlock()

	// Saved, and of the same model: only a few texts are looked at.
	f.count()
	a = opened(Options{})
	if n := f.count(); a.Status("attic").Built || n > 10 {
		t.Errorf("%+v, %d texts", a.Status("attic"), n)
	}
	if got := by(a); got != remote {
		t.Errorf("it answers by %s", got)
	}
	shut(a)

	// Another model under the same name: nothing that is saved is of use.
	f.turn = 9
	f.count()
	a = opened(Options{})
	if n := f.count(); !a.Status("attic").Built || n < 100 {
		t.Errorf("%+v, %d texts", a.Status("attic"), n)
	}
	if got := by(a); got != remote {
		t.Errorf("it answers by %s", got)
	}

	// It changes while the desk is open, and its vectors are longer.
	old := indexOf(a, "attic")
	f.is(status(401))
	by(a)
	f.mu.Lock()
	f.turn, f.dim = 11, f.dim+3
	f.mu.Unlock()
	f.is(nil)
	until(t, "the model", a.engine.link.isUp)
	if got := by(a); got != remote || indexOf(a, "attic") == old {
		t.Errorf("it answers by %s", got)
	}
	// It changes without ever being away.
	old = indexOf(a, "attic")
	f.mu.Lock()
	f.turn = 13
	f.mu.Unlock()
	if err := a.catchUp(t.Context(), a.engine); err != nil {
		t.Fatal(err)
	}
	if indexOf(a, "attic") == old {
		t.Error("nobody found out that the model is another one")
	}
	shut(a)

	// The stand-by is saved, too.
	if _, err := os.Stat(filepath.Join(a.DataDir(), "index", "attic.standby.index")); err != nil {
		t.Error(err)
	}
}

func indexOf(a *App, base string) *retrieval.Index {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.loaded[base].standby.remote.Load().Index
}
