package shelf_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"frontdesk/internal/shelf"
)

// A hub is a server that publishes models, as Hugging Face does. What answers a
// request can be changed by a test.
type hub struct {
	*httptest.Server
	files map[string][]byte // by the path of the URL

	mu     sync.Mutex
	asked  []*http.Request
	answer func(n int, w http.ResponseWriter, r *http.Request, data []byte) // n counts requests from 1
}

func newHub(t *testing.T, files map[string][]byte) *hub {
	t.Helper()
	h := &hub{files: files}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		h.asked = append(h.asked, r.Clone(r.Context())) // tests change what they are given
		n, answer := len(h.asked), h.answer
		h.mu.Unlock()
		data, ok := h.files[r.URL.Path]
		switch {
		case !ok:
			http.NotFound(w, r)
		case answer != nil:
			answer(n, w, r, data)
		default:
			serve(w, r, data)
		}
	}))
	t.Cleanup(h.Close)
	return h
}

// set changes what answers.
func (h *hub) set(answer func(n int, w http.ResponseWriter, r *http.Request, data []byte)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked, h.answer = nil, answer
}

// requests gives what was asked, as "path range if-range".
func (h *hub) requests() (all []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, r := range h.asked {
		all = append(all, strings.TrimSpace(fmt.Sprint(r.URL.Path, " ", r.Header.Get("Range"), " ", r.Header.Get("If-Range"))))
	}
	return all
}

func tagOf(data []byte) string { return fmt.Sprintf(`"%x"`, sha256.Sum256(data)) }

// serve answers as a good server does.
func serve(w http.ResponseWriter, r *http.Request, data []byte) {
	w.Header().Set("ETag", tagOf(data))
	w.Header().Set("Content-Type", "application/octet-stream")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
}

// drop sends the head of a good answer and a part of its body, and breaks off.
func drop(w http.ResponseWriter, r *http.Request, data []byte, after int) {
	w.Header().Set("ETag", tagOf(data))
	w.Header().Set("Content-Length", fmt.Sprint(len(data)))
	_, _ = w.Write(data[:after])
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

// noise makes a file of a model.
func noise(seed uint64, n int) []byte {
	r := rand.NewChaCha8([32]byte{byte(seed)})
	data := make([]byte, n)
	_, _ = r.Read(data)
	return data
}

var (
	big   = noise(1, 300_000)
	small = []byte(`{"pooling_mode_mean_tokens": true}`)
)

const (
	bigPath   = "/ann/tiny/resolve/r1/onnx/model_q.onnx"
	smallPath = "/ann/tiny/resolve/r1/1_Pooling/config.json"
)

// tinyCatalogue has one model, of whose big file all is known and of whose small
// one nothing is.
func tinyCatalogue() string {
	return fmt.Sprintf(`format: 1
models:
  tiny:
    kind: embedding
    what: For tests.
    languages: [en]
    licence: MIT
    dims: 8
    from: ann/tiny
    revision: r1
    files:
      - {path: onnx/model_q.onnx, to: onnx/model.onnx, bytes: %d, sha256: %x}
      - {path: 1_Pooling/config.json}
  speech:
    kind: speech
    what: For tests.
    languages: [en]
    licence: MIT
    files: [{url: http://%s/x/ggml.bin, to: ggml.bin}]
`, len(big), sha256.Sum256(big), "127.0.0.1:1")
}

// open opens a shelf in a folder of its own, whose models come from the hub.
func open(t *testing.T, h *hub, catalogue string) (*shelf.Shelf, string) {
	t.Helper()
	dir := t.TempDir()
	return reopen(t, h, catalogue, dir), dir
}

func reopen(t *testing.T, h *hub, catalogue, dir string) *shelf.Shelf {
	t.Helper()
	file := filepath.Join(t.TempDir(), "mine.yaml")
	if err := os.WriteFile(file, []byte(catalogue), 0o644); err != nil {
		t.Fatal(err)
	}
	c := shelf.Config{Catalogue: file}
	if h != nil {
		c.Mirror = h.URL
	}
	s, err := shelf.Open(dir, c)
	if err != nil {
		t.Fatal(err)
	}
	s.Hurry(5 * time.Second)
	return s
}

func tinyHub(t *testing.T) *hub {
	return newHub(t, map[string][]byte{bigPath: big, smallPath: small})
}

// contains checks an error's words.
func contains(t *testing.T, err error, want ...string) {
	t.Helper()
	for _, w := range want {
		if err == nil || !strings.Contains(err.Error(), w) {
			t.Errorf("the error is %v, want one with %q", err, w)
		}
	}
}

// holds checks that a shelf has the model whole, and nothing else lying about.
func holds(t *testing.T, s *shelf.Shelf, dir string) {
	t.Helper()
	got, err := s.Dir("tiny")
	if err != nil || got != filepath.Join(dir, "tiny") {
		t.Fatalf("the model is at %q, %v", got, err)
	}
	for path, want := range map[string][]byte{"onnx/model.onnx": big, "1_Pooling/config.json": small} {
		if data, err := os.ReadFile(filepath.Join(got, path)); err != nil || !bytes.Equal(data, want) {
			t.Errorf("%s: %d bytes, %v", path, len(data), err)
		}
	}
	if problems, err := s.Verify(t.Context(), "tiny", nil); err != nil || len(problems) > 0 {
		t.Errorf("verify: %v, %v", problems, err)
	}
	names, err := filepath.Glob(filepath.Join(dir, "tiny?*"))
	if err != nil || len(names) > 0 {
		t.Errorf("left lying about: %q, %v", names, err)
	}
}
