package shelf_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"frontdesk/internal/shelf"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	for _, name := range []string{"FRONTDESK_MODELS_MIRROR", "HF_ENDPOINT", "HTTP_PROXY", "http_proxy"} {
		_ = os.Unsetenv(name) // of whoever tests
	}
	goleak.VerifyTestMain(m)
}

func TestPull(t *testing.T) {
	t.Parallel()
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
	t.Parallel()
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
	t.Parallel()
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
	t.Parallel()
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
	t.Parallel()
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
	t.Parallel()
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
	t.Parallel()
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
