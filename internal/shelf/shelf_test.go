package shelf_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"frontdesk/internal/shelf"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

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
	t.Setenv("FRONTDESK_MODELS_MIRROR", "")
	t.Setenv("HF_ENDPOINT", "")
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

func TestPull(t *testing.T) {
	h := tinyHub(t)
	s, dir := open(t, h, tinyCatalogue())
	_, err := s.Dir("tiny")
	contains(t, err, "not here", "frontdesk models pull tiny")
	var whole []string
	last := map[string]int64{}
	got, err := s.Pull(t.Context(), "tiny", func(st shelf.Step) {
		if _, err := os.Stat(filepath.Join(dir, "tiny")); err == nil {
			t.Error("the folder is there before the model is whole")
		}
		if st.Err != nil {
			t.Error(st.Err)
		}
		if st.Done < last[st.File] {
			t.Errorf("%s goes back to %d", st.File, st.Done)
		}
		last[st.File] = st.Done
		if st.Whole {
			whole = append(whole, fmt.Sprint(st.File, " ", st.Trust))
		}
	})
	if err != nil || got != filepath.Join(dir, "tiny") {
		t.Fatal(got, err)
	}
	if want := []string{"onnx/model.onnx catalogue", "1_Pooling/config.json first"}; !slices.Equal(whole, want) || last["onnx/model.onnx"] != int64(len(big)) {
		t.Errorf("told %q, %v", whole, last)
	}
	holds(t, s, dir)
	if got := h.requests(); !slices.Equal(got, []string{bigPath, smallPath}) {
		t.Errorf("asked for %q", got)
	}

	// What is here is not fetched again.
	if _, err := s.Pull(t.Context(), "tiny", nil); err != nil || len(h.requests()) != 2 {
		t.Errorf("%v, asked for %q", err, h.requests())
	}
	if _, err := s.File("tiny"); err == nil {
		t.Error("a folder of two files was given as one file")
	}
}

// A pull that is interrupted goes on where it was, also in another process.
func TestInterrupted(t *testing.T) {
	h := tinyHub(t)
	s, dir := open(t, h, tinyCatalogue())
	ctx, cancel := context.WithCancel(t.Context())
	h.set(func(_ int, w http.ResponseWriter, r *http.Request, data []byte) {
		w.Header().Set("ETag", tagOf(data))
		w.Header().Set("Content-Length", fmt.Sprint(len(data)))
		_, _ = w.Write(data[:200_000])
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	_, err := s.Pull(ctx, "tiny", func(st shelf.Step) {
		if st.Done >= 200_000 {
			cancel()
		}
	})
	if err == nil || !strings.Contains(err.Error(), context.Canceled.Error()) {
		t.Fatal(err)
	}
	st, err := s.Status("tiny")
	if err != nil || st.State != shelf.Begun || st.Bytes != 200_000 {
		t.Errorf("the status is %+v, %v", st, err)
	}

	h.set(nil)
	s = reopen(t, h, tinyCatalogue(), dir)
	if _, err := s.Pull(t.Context(), "tiny", nil); err != nil {
		t.Fatal(err)
	}
	holds(t, s, dir)
	if got, want := h.requests(), []string{bigPath + " bytes=200000- " + tagOf(big), smallPath}; !slices.Equal(got, want) {
		t.Errorf("asked for %q, want %q", got, want)
	}
}

// Of a damaged model only what is damaged is fetched again.
func TestMend(t *testing.T) {
	h := tinyHub(t)
	s, dir := open(t, h, tinyCatalogue())
	if _, err := s.Pull(t.Context(), "tiny", nil); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "tiny", "1_Pooling", "config.json")
	if err := os.Truncate(file, 3); err != nil {
		t.Fatal(err)
	}
	_, err := s.Dir("tiny")
	contains(t, err, "damaged", "1_Pooling/config.json has 3 bytes", "frontdesk models pull tiny")
	if st, _ := s.Status("tiny"); st.State != shelf.Damaged {
		t.Errorf("the status is %+v", st)
	}
	h.set(nil)
	if _, err := s.Pull(t.Context(), "tiny", nil); err != nil {
		t.Fatal(err)
	}
	holds(t, s, dir)
	if got := h.requests(); !slices.Equal(got, []string{smallPath}) {
		t.Errorf("asked for %q", got)
	}
}

// What nobody knew the sum of is held to what it was the first time.
func TestHeld(t *testing.T) {
	h := tinyHub(t)
	s, dir := open(t, h, tinyCatalogue())
	if _, err := s.Pull(t.Context(), "tiny", nil); err != nil {
		t.Fatal(err)
	}
	if freed, err := s.Remove("tiny", false); err != nil || freed < int64(len(big)) {
		t.Fatal(freed, err)
	}
	h.files[smallPath] = []byte(`{"pooling_mode_mean_tokens": fals}`)
	_, err := s.Pull(t.Context(), "tiny", nil)
	contains(t, err, "1_Pooling/config.json", "first pull", "frontdesk models remove --forget tiny")
	if _, err := s.Dir("tiny"); err == nil {
		t.Error("the model is here all the same")
	}
	if _, err := s.Remove("tiny", true); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Pull(t.Context(), "tiny", nil); err != nil {
		t.Fatal(err)
	}
	var trust shelf.Trust
	h.files[smallPath] = small
	if _, err := s.Remove("tiny", true); err != nil {
		t.Fatal(err)
	}
	for _, want := range []shelf.Trust{shelf.FirstTime, shelf.ByRecord} {
		_, _ = s.Remove("tiny", false)
		if _, err := s.Pull(t.Context(), "tiny", func(st shelf.Step) {
			if st.Whole {
				trust = st.Trust
			}
		}); err != nil || trust != want {
			t.Errorf("the small file is trusted by %q, want %q; %v", trust, want, err)
		}
	}
	holds(t, s, dir)
}

func TestVerify(t *testing.T) {
	h := tinyHub(t)
	s, dir := open(t, h, tinyCatalogue())
	if _, err := s.Verify(t.Context(), "tiny", nil); err == nil {
		t.Error("a model that is not here was verified")
	}
	if _, err := s.Pull(t.Context(), "tiny", nil); err != nil {
		t.Fatal(err)
	}
	at := func(path string) string { return filepath.Join(dir, "tiny", path) }
	changed := bytes.Clone(big)
	changed[7]++
	for file, data := range map[string][]byte{at("onnx/model.onnx"): changed, at("onnx/more.bin"): small} {
		if err := os.WriteFile(file, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Dir("tiny"); err != nil {
		t.Errorf("a start hashes: %v", err)
	}
	if err := os.Remove(at("1_Pooling/config.json")); err != nil {
		t.Fatal(err)
	}
	problems, err := s.Verify(t.Context(), "tiny", nil)
	if err != nil || len(problems) != 3 || problems[0].File != "onnx/model.onnx" || !strings.Contains(problems[0].What, "when it was fetched") ||
		problems[1] != (shelf.Problem{File: "1_Pooling/config.json", What: "is missing"}) ||
		problems[2] != (shelf.Problem{File: "onnx/more.bin", What: "is too much"}) {
		t.Errorf("%+v, %v", problems, err)
	}

	// Who changes the manifest along with the file is found out by the catalogue.
	text, err := os.ReadFile(at("model.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	text = bytes.ReplaceAll(text, fmt.Appendf(nil, "%x", sha256.Sum256(big)), fmt.Appendf(nil, "%x", sha256.Sum256(changed)))
	if err := os.WriteFile(at("model.yaml"), text, 0o644); err != nil {
		t.Fatal(err)
	}
	problems, err = s.Verify(t.Context(), "tiny", nil)
	if err != nil || !strings.Contains(problems[0].What, "and the catalogue") {
		t.Errorf("%+v, %v", problems, err)
	}

	for _, text := range []string{"", "format: 2\n", "format: 1\nname: tiny\nfiles: [{path: ../x, bytes: 1, sha256: aa}]\n"} {
		if err := os.WriteFile(at("model.yaml"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		problems, err = s.Verify(t.Context(), "tiny", nil)
		if err != nil || len(problems) != 1 || problems[0].File != "model.yaml" {
			t.Errorf("%q: %+v, %v", text, problems, err)
		}
	}
}

func TestList(t *testing.T) {
	h := tinyHub(t)
	s, dir := open(t, h, tinyCatalogue())
	if _, err := s.Pull(t.Context(), "tiny", nil); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(dir, "tiny"), filepath.Join(dir, "strange")); err != nil {
		t.Fatal(err)
	}
	all, err := s.List()
	if err != nil {
		t.Fatal(err)
	}
	states := map[string]shelf.State{}
	for _, st := range all {
		states[st.Entry.Name] = st.State
	}
	if states["tiny"] != shelf.Absent || states["strange"] != shelf.Damaged || states["all-MiniLM-L6-v2"] != shelf.Absent || all[len(all)-1].Known {
		t.Errorf("%v", states)
	}
}

func TestUnknown(t *testing.T) {
	s, _ := open(t, nil, tinyCatalogue())
	for name, want := range map[string]string{
		"tini": `did you mean "tiny"?`, "whisper-bse": `did you mean "whisper-base"?`, "all-minilm": `did you mean "all-MiniLM-L6-v2"?`,
		"../tiny": "there is no model", "": "there is no model", "a/b": "there is no model", "CON.part": "there is no model",
	} {
		_, err := s.Dir(name)
		contains(t, err, want)
		_, err = s.Pull(t.Context(), name, nil)
		contains(t, err, want)
		_, err = s.Remove(name, false)
		contains(t, err, want)
		_, err = s.Verify(t.Context(), name, nil)
		contains(t, err, want)
	}
}

// One pull at a time.
func TestBusy(t *testing.T) {
	h := tinyHub(t)
	s, dir := open(t, h, tinyCatalogue())
	begun, go1 := make(chan struct{}), make(chan struct{})
	h.set(func(n int, w http.ResponseWriter, r *http.Request, data []byte) {
		if n == 1 {
			close(begun)
			<-go1
		}
		serve(w, r, data)
	})
	done := make(chan error)
	go func() {
		_, err := s.Pull(t.Context(), "tiny", nil)
		done <- err
	}()
	<-begun
	if _, err := reopen(t, h, tinyCatalogue(), dir).Pull(t.Context(), "tiny", nil); err != shelf.ErrBusy {
		t.Errorf("the second pull gives %v", err)
	}
	close(go1)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	holds(t, s, dir)
}

func TestImport(t *testing.T) {
	h := tinyHub(t)
	s, _ := open(t, h, tinyCatalogue())
	pulled, err := s.Pull(t.Context(), "tiny", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("a model of another shelf", func(t *testing.T) {
		s, dir := open(t, nil, tinyCatalogue())
		if _, err := s.Import(t.Context(), pulled, "", nil); err != nil {
			t.Fatal(err)
		}
		holds(t, s, dir)
	})
	repository := func(t *testing.T) string {
		dir := filepath.Join(t.TempDir(), "clone")
		for path, data := range map[string][]byte{"onnx/model_q.onnx": big, "1_Pooling/config.json": small, "README.md": small} {
			if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, path)), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, path), data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	t.Run("a copy of the repository", func(t *testing.T) {
		s, dir := open(t, nil, tinyCatalogue())
		from := repository(t)
		_, err := s.Import(t.Context(), from, "", nil)
		contains(t, err, `no model "clone"`)
		if _, err := s.Import(t.Context(), from, "tiny", nil); err != nil {
			t.Fatal(err)
		}
		holds(t, s, dir)
	})
	for name, c := range map[string]struct {
		change func(dir string) error
		want   string
	}{
		"a file is missing":    {func(dir string) error { return os.RemoveAll(filepath.Join(dir, "onnx")) }, "it lacks onnx/model.onnx"},
		"a file of other size": {func(dir string) error { return os.Truncate(filepath.Join(dir, "onnx/model_q.onnx"), 9) }, "has 9 bytes and should have"},
		"another file": {func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "onnx/model_q.onnx"), noise(2, len(big)), 0o644)
		}, "not the file that it should be"},
		"an empty file": {func(dir string) error { return os.Truncate(filepath.Join(dir, "1_Pooling/config.json"), 0) }, "the file is empty"},
		"a link that leads out": {func(dir string) error {
			file := filepath.Join(dir, "1_Pooling/config.json")
			outside := filepath.Join(filepath.Dir(dir), "secret")
			_ = os.WriteFile(outside, small, 0o600)
			_ = os.Remove(file)
			return os.Symlink("../../secret", file)
		}, "links lead out"},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := open(t, nil, tinyCatalogue())
			dir := repository(t)
			if err := c.change(dir); err != nil {
				t.Skip(err)
			}
			_, err := s.Import(t.Context(), dir, "tiny", nil)
			contains(t, err, c.want)
			if _, err := s.Dir("tiny"); err == nil {
				t.Error("the model is here all the same")
			}
		})
	}
}

// A model of one file can be had as one.
func TestFile(t *testing.T) {
	h := newHub(t, map[string][]byte{"/x/ggml.bin": big})
	s, dir := open(t, h, strings.ReplaceAll(tinyCatalogue(), "http://127.0.0.1:1", h.URL))
	if _, err := s.Pull(t.Context(), "speech", nil); err != nil {
		t.Fatal(err)
	}
	if file, err := s.File("speech"); err != nil || file != filepath.Join(dir, "speech", "ggml.bin") {
		t.Errorf("%q, %v", file, err)
	}
}
