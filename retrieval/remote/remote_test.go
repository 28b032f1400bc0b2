package remote

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"frontdesk/internal/secret"
	"frontdesk/retrieval"
)

const key = "sk-very-secret-1"

var (
	_ retrieval.Embedder = (*Model)(nil)
	_ http.Handler       = (*server)(nil)
)

// A server is a model on loopback. What it does for the n-th request is said by
// the n-th mood, the last one for all that follow; a good one for none.
type server struct {
	moods []http.HandlerFunc

	mu    sync.Mutex
	asked []question
	auth  []string
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var q question
	err := json.NewDecoder(r.Body).Decode(&q)
	s.mu.Lock()
	n := len(s.asked)
	s.asked = append(s.asked, q)
	s.auth = append(s.auth, r.Header.Get("Authorization"))
	s.mu.Unlock()
	switch {
	case err != nil || r.Method != http.MethodPost || r.URL.Path != "/v1/embeddings" || q.Format != "float":
		http.Error(w, "a bad request", http.StatusTeapot)
	case len(s.moods) > 0:
		s.moods[min(n, len(s.moods)-1)](w, r)
	default:
		good(w, q)
	}
}

func (s *server) requests() []question {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

// good gives each text the vector of its length and 1, in reverse order.
func good(w http.ResponseWriter, q question) {
	type item struct {
		Index     int       `json:"index"`
		Embedding []float64 `json:"embedding"`
	}
	var data []item
	for i, text := range q.Input {
		data = append([]item{{i, []float64{float64(len(text)), 1, 0}}}, data...)
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"object": "list", "data": data, "model": q.Model})
}

// says answers with a status and a body.
func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

// vectors answers with a body of data.
func vectors(data string) http.HandlerFunc { return says(200, `{"data": [`+data+`]}`) }

func serve(t *testing.T, moods ...http.HandlerFunc) (*server, Config) {
	t.Helper()
	s := &server{moods: moods}
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	c := DefaultConfig()
	c.URL, c.Model, c.APIKey = h.URL+"/v1/", "mini", secret.New(key)
	return s, c
}

func open(t *testing.T, c Config) *Model {
	t.Helper()
	c.Check(func(key, what, do string) { t.Fatalf("%s: %s; %s", key, what, do) })
	m, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	m.pause = time.Millisecond
	t.Cleanup(func() { m.Close() })
	return m
}

func TestEmbed(t *testing.T) {
	s, c := serve(t)
	c.QueryPrefix, c.PassagePrefix, c.Batch = "query: ", "passage: ", 2
	m := open(t, c)
	if m.Dim() != 0 {
		t.Errorf("before it was asked it has %d dimensions", m.Dim())
	}
	got, err := m.Embed(t.Context(), []string{"a", "  ", "bb", "ccc"})
	if err != nil || len(got) != 4 {
		t.Fatal(got, err)
	}
	for i, n := range []float64{8, 0, 9, 10} {
		want := []float32{float32(n / math.Hypot(n, 1)), float32(1 / math.Hypot(n, 1)), 0}
		if n == 0 {
			want = []float32{0, 0, 0}
		}
		if fmt.Sprint(got[i]) != fmt.Sprint(want) {
			t.Errorf("the vector %d is %v, want %v", i, got[i], want)
		}
	}
	if _, err := m.EmbedPassages(t.Context(), []string{"d"}); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(s.requests()); got != "[{mini [query: a query: bb] float 0} {mini [query: ccc] float 0} {mini [passage: d] float 0}]" {
		t.Errorf("it was asked %s", got)
	}
	if s.auth[0] != "Bearer "+key {
		t.Errorf("the key was sent as %q", s.auth[0])
	}
	if m.Dim() != 3 {
		t.Errorf("it has %d dimensions", m.Dim())
	}
}

// A text without words has zeros, though nothing was sent yet.
func TestBlank(t *testing.T) {
	_, c := serve(t)
	got, err := open(t, c).Embed(t.Context(), []string{"\n"})
	if err != nil || fmt.Sprint(got) != "[[0 0 0]]" {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := open(t, c).Embed(t.Context(), nil); err != nil || len(got) != 0 {
		t.Errorf("of nothing: %v, %v", got, err)
	}
}

// Long texts are cut at a character, and a request holds only so many bytes.
func TestLong(t *testing.T) {
	s, c := serve(t)
	c.Batch = 1000
	texts := make([]string, 100)
	for i := range texts {
		texts[i] = "x" + strings.Repeat("é", maxText)
	}
	if _, err := open(t, c).Embed(t.Context(), texts); err != nil {
		t.Fatal(err)
	}
	asked := s.requests()
	if len(asked) != 4 || len(asked[0].Input) != maxRequest/(maxText-1) || asked[0].Input[0] != "x"+strings.Repeat("é", maxText/2-1) {
		t.Errorf("%d requests, the first of %d texts of %d bytes", len(asked), len(asked[0].Input), len(asked[0].Input[0]))
	}
}

// What is not as the others have it is read all the same.
func TestShapes(t *testing.T) {
	var packed []byte
	for _, x := range []float32{3, 4} {
		packed = binary.LittleEndian.AppendUint32(packed, math.Float32bits(x))
	}
	for name, body := range map[string]string{
		"numbers":       `{"object": "embedding", "index": 0, "embedding": [3, 4e0]}`,
		"base64":        `{"index": 0, "embedding": "` + base64.StdEncoding.EncodeToString(packed) + `"}`,
		"without index": `{"embedding": [3, 4]}`,
	} {
		_, c := serve(t, vectors(body))
		got, err := open(t, c).Embed(t.Context(), []string{"x"})
		if err != nil || fmt.Sprint(got) != "[[0.6 0.8]]" {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

// What may pass is asked again.
func TestAgain(t *testing.T) {
	later := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "0")
		w.WriteHeader(http.StatusTooManyRequests)
	}
	cut := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		fmt.Fprint(w, `{"data": [`)
	}
	hangUp := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	slow := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	for name, moods := range map[string][]http.HandlerFunc{
		"429": {later}, "500": {says(500, "oh"), says(503, "oh")}, "cut": {cut, cut, cut, cut}, "hung up": {hangUp, hangUp}, "slow": {slow},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, c := serve(t, append(moods, vectors(`{"index": 0, "embedding": [1]}`))...)
			m := open(t, c)
			if name == "slow" {
				m.config.Timeout = 100 * time.Millisecond
			}
			if _, err := m.Embed(t.Context(), []string{"x"}); err != nil || len(s.requests()) != len(moods)+1 {
				t.Errorf("after %d requests: %v", len(s.requests()), err)
			}
		})
	}
}

// What is wrong is said, with what to do, once, and without the key.
func TestFaults(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the redirect was followed") }))
	t.Cleanup(other.Close) // after the parallel ones
	moved := func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+"/v1?"+key, http.StatusTemporaryRedirect)
	}
	page := func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<!doctype html><p>Welcome") }
	huge := func(w http.ResponseWriter, _ *http.Request) {
		for range 3 {
			_, _ = w.Write([]byte(strings.Repeat(" ", 1<<20)))
		}
	}
	nan := base64.StdEncoding.EncodeToString(binary.LittleEndian.AppendUint32(nil, math.Float32bits(float32(math.NaN()))))
	for _, c := range []struct {
		name  string
		mood  http.HandlerFunc
		want  string
		tries int
	}{
		{"a wrong key", says(401, `{"error": {"message": "Incorrect API key: `+key+`"}}`), `it answers 401 Unauthorized: "Incorrect API key: ***"; write api_key:`, 1},
		{"no such model", says(404, `{"error": "model \"mini\" not found,\n\u001b[1mtry pulling it"}`), `it answers 404 Not Found: "model \"mini\" not found, [1mtry pulling it"; is the model there`, 1},
		{"a long text", says(413, `{"message": "too long"}`), `the text was refused: the embedding model at`, 1},
		{"an error of the server", says(500, "out of memory\n"), `it answers 500 Internal Server Error: "out of memory"; its log`, maxTries},
		{"a page of errors", says(502, "<html>"), "it answers 502 Bad Gateway: a web page; its log", maxTries},
		{"moved", moved, `it answers 307 Temporary Redirect, to "` + other.URL + `/v1"; write the address`, 1},
		{"a page", page, "it answers a web page; write url:", 1},
		{"huge", huge, "it answers more than 1 MiB", 1},
		{"no JSON", says(200, "pong"), "it gives no answer of this API", 1},
		{"another API", says(200, `{"embedding": [1]}`), "it gives 0 vectors for 1 texts", 1},
		{"too many", vectors(`{"index": 0, "embedding": [1]}, {"index": 1, "embedding": [1]}`), "it gives 2 vectors for 1 texts", 1},
		{"a strange place", vectors(`{"index": 1, "embedding": [1]}`), "it gives a vector for the text 1, which", 1},
		{"a negative place", vectors(`{"index": -1, "embedding": [1]}`), "it gives a vector for the text -1, which", 1},
		{"nothing in it", vectors(`{"index": 0, "embedding": []}`), "it gives a vector of 0 numbers", 1},
		{"none at all", vectors(`{"index": 0}`), "it gives a vector of 0 numbers", 1},
		{"null", vectors(`{"index": 0, "embedding": [1, null]}`), "a vector with a number that is none", 1},
		{"NaN", vectors(`{"index": 0, "embedding": [NaN]}`), "it gives no answer of this API", 1},
		{"a number too large", vectors(`{"index": 0, "embedding": [1e39]}`), "it gives no answer of this API", 1},
		{"NaN in base64", vectors(`{"index": 0, "embedding": "` + nan + `"}`), "it gives a vector that holds the number NaN", 1},
		{"half a number", vectors(`{"index": 0, "embedding": "AAAA"}`), "a vector in base64 that has no whole numbers", 1},
		{"no base64", vectors(`{"index": 0, "embedding": "?"}`), "base64", 1},
		{"very long", vectors(`{"index": 0, "embedding": [` + strings.Repeat("1,", maxDimensions) + `1]}`), "it gives a vector of 8193 numbers", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, cfg := serve(t, c.mood)
			m := open(t, cfg)
			_, err := m.Embed(t.Context(), []string{"x"})
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), cfg.URL+"embeddings") || len(s.requests()) != c.tries {
				t.Errorf("after %d requests: %v", len(s.requests()), err)
			}
			if err != nil && strings.Contains(err.Error(), key) {
				t.Errorf("the key is told: %v", err)
			}
			if errors.Is(err, ErrRefused) != (c.name == "a long text") {
				t.Errorf("refused: %v", err)
			}
		})
	}
}

// All vectors have one length: that of the configuration, or of the first one.
func TestDimensions(t *testing.T) {
	_, c := serve(t, vectors(`{"index": 0, "embedding": [1]}`), vectors(`{"index": 0, "embedding": [1, 2]}`),
		vectors(`{"index": 0, "embedding": [1]}, {"index": 1, "embedding": [1, 2]}`))
	m := open(t, c)
	if err := m.Probe(t.Context()); err != nil || m.Dim() != 1 {
		t.Fatal(m.Dim(), err)
	}
	if err := m.Probe(t.Context()); err == nil || !strings.Contains(err.Error(), "vectors of 2 numbers, and not of 1; another model") {
		t.Errorf("got %v", err)
	}
	if _, err := m.Embed(t.Context(), []string{"a", "b"}); err == nil || !strings.Contains(err.Error(), "vectors of 1 and of 2 numbers") {
		t.Errorf("got %v", err)
	}
	s, c := serve(t)
	c.Dimensions = 2
	m = open(t, c)
	if err := m.Probe(t.Context()); err == nil || !strings.Contains(err.Error(), "vectors of 3 numbers, and not of 2; write dimensions: 3") {
		t.Errorf("got %v", err)
	}
	if m.Dim() != 2 || s.requests()[0].Dimensions != 2 {
		t.Errorf("asked for %d, and it has %d", s.requests()[0].Dimensions, m.Dim())
	}
}

// Whoever waits is not kept waiting for longer than they can.
func TestDeadline(t *testing.T) {
	later := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(http.StatusTooManyRequests)
	}
	s, c := serve(t, later)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	if _, err := open(t, c).Embed(ctx, []string{"x"}); err == nil || !strings.Contains(err.Error(), "429") || len(s.requests()) != 1 {
		t.Errorf("got %v", err)
	}
	slow := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	_, c = serve(t, slow)
	ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := open(t, c).Embed(ctx, []string{"x"}); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "query_timeout:") {
		t.Errorf("got %v", err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	_, c = serve(t, func(_ http.ResponseWriter, r *http.Request) { cancel(); <-r.Context().Done() })
	if _, err := open(t, c).Embed(ctx, []string{"x"}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// Nobody there is an error that may pass, and is said.
func TestNobody(t *testing.T) {
	h := httptest.NewServer(nil)
	h.Close()
	c := DefaultConfig()
	c.URL, c.Model = h.URL, "mini"
	if err := open(t, c).Probe(t.Context()); err == nil || !strings.Contains(err.Error(), "connection refused; is the server running") {
		t.Errorf("got %v", err)
	}
}

func TestFingerprint(t *testing.T) {
	_, c := serve(t)
	seen := map[string]string{}
	for name, change := range map[string]func(*Config){
		"plain": func(*Config) {}, "model": func(c *Config) { c.Model = "maxi" }, "dimensions": func(c *Config) { c.Dimensions = 3 },
		"query": func(c *Config) { c.QueryPrefix = "q" }, "passage": func(c *Config) { c.PassagePrefix = "q" }, "url": func(c *Config) { c.URL += "x" },
	} {
		one := c
		change(&one)
		print := open(t, one).Fingerprint()
		if other, ok := seen[print]; ok || strings.Contains(print, key) {
			t.Errorf("%s and %s are both %s", name, other, print)
		}
		seen[print] = name
	}
	one, other := c, c
	other.URL, other.APIKey, other.Batch, other.Timeout = strings.TrimSuffix(c.URL, "/"), secret.New("new"), 1, time.Minute
	if a, b := open(t, one).Fingerprint(), open(t, other).Fingerprint(); a != b {
		t.Errorf("%s is not %s", a, b)
	}
}

func TestCheck(t *testing.T) {
	good := DefaultConfig()
	good.URL, good.Model = "https://api.openai.com/v1", "text-embedding-3-small"
	for _, c := range []struct {
		change func(*Config)
		want   string
	}{
		{func(*Config) {}, ""},
		{func(c *Config) { *c = DefaultConfig() }, ""},
		{func(c *Config) { c.URL = "" }, "url"},
		{func(c *Config) { c.URL = "localhost:11434" }, "url"},
		{func(c *Config) { c.URL = "ftp://x" }, "url"},
		{func(c *Config) { c.URL = "http://ann:pw@x/v1" }, "url"},
		{func(c *Config) { c.URL = "http://x/v1?api-version=2" }, "url"},
		{func(c *Config) { c.URL = "http://x/v1/embeddings/" }, "url"},
		{func(c *Config) { c.Model = "" }, "model"},
		{func(c *Config) { c.Model = strings.Repeat("x", 201) }, "model"},
		{func(c *Config) { c.Dimensions = -1 }, "dimensions"},
		{func(c *Config) { c.Dimensions = 8193 }, "dimensions"},
		{func(c *Config) { c.Timeout = 0 }, "timeout"},
		{func(c *Config) { c.QueryTimeout = time.Hour }, "query_timeout"},
		{func(c *Config) { c.Batch = 0 }, "batch"},
		{func(c *Config) { c.Batch = 3000 }, "batch"},
		{func(c *Config) { c.QueryPrefix = strings.Repeat("x", 1001) }, "query_prefix"},
	} {
		one, got := good, ""
		c.change(&one)
		one.Check(func(key, what, do string) {
			got += key
			if what == "" || do == "" {
				t.Errorf("%s: %q, %q", key, what, do)
			}
		})
		if got != c.want {
			t.Errorf("%+v: at fault is %q, want %q", one, got, c.want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(`{"data": [{"index": 0, "embedding": [1, 2]}]}`, 1)
	f.Add(`{"data": [{"index": 1, "embedding": "AACAPwAAAAA="}, {"index": 0, "embedding": [0.5, -1e-9]}]}`, 2)
	f.Add(`{"data": [{"embedding": [null]}]}`, 1)
	f.Add(`{"data": [{"embedding": {}}, null]}`, 2)
	f.Fuzz(func(t *testing.T, body string, n int) {
		got, err := read([]byte(body), n)
		if err != nil {
			return
		}
		if len(got) != n {
			t.Fatalf("%d vectors for %d texts", len(got), n)
		}
		for _, v := range got {
			sum := 0.0
			for _, x := range v {
				sum += float64(x) * float64(x)
			}
			if len(v) == 0 || len(v) != len(got[0]) || !(sum == 0 || math.Abs(sum-1) < 1e-4) {
				t.Errorf("the vector %v", v)
			}
		}
	})
}
