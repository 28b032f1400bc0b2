//go:build unix

package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A pull that is killed, or told to end, in the middle leaves no model, and the
// next one brings what is missing alone.
func TestKillPull(t *testing.T) {
	if testing.Short() {
		t.Skip("it is the system that is tested: nothing to race")
	}
	data := bytes.Repeat([]byte("0123456789abcdef"), 20_000)
	half := make(chan struct{}, 1)
	var asked []string
	hub := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Header.Get("Range")) // one request at a time
		w.Header().Set("ETag", `"one"`)
		if len(asked) < 3 {
			// What is missing is sent but for its last bytes, and then nothing more.
			from := 0
			_, _ = fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &from)
			w.Header().Set("Content-Length", fmt.Sprint(len(data)-from))
			if from > 0 {
				w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(data)-1, len(data)))
				w.WriteHeader(http.StatusPartialContent)
			}
			_, _ = w.Write(data[from : len(data)/2+from/2])
			_ = http.NewResponseController(w).Flush()
			half <- struct{}{}
			<-r.Context().Done()
			return
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
	}))
	defer hub.Close()
	dir := deskFolder(t)
	for name, text := range map[string]string{
		"config.yaml": "format: 1\ndata_dir: data\nbases: {desk: {knowledge: [desk.yaml]}}\nmodels: {catalogue: mine.yaml}\n",
		"mine.yaml": fmt.Sprintf("format: 1\nmodels: {tiny: {kind: speech, what: x, languages: en, licence: MIT, from: a/b, revision: r, files: [{path: m.bin, bytes: %d, sha256: %x}]}}\n",
			len(data), sha256.Sum256(data)),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	part := filepath.Join(dir, "data", "models", "tiny.part", "m.bin.part")
	for i, sig := range []os.Signal{os.Kill, os.Interrupt} {
		cmd := program(t, dir, "models", "pull", "tiny")
		cmd.Env = append(cmd.Env, "FRONTDESK_MODELS_MIRROR="+hub.URL)
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		<-half
		want := int64(len(data)) / 2
		if i > 0 {
			want += want / 2
		}
		for end := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
			if info, err := os.Stat(part); err == nil && info.Size() == want {
				break
			}
			if time.Now().After(end) {
				_ = cmd.Process.Kill()
				_ = cmd.Wait()
				t.Fatalf("half of the file did not come:\n%s", &out)
			}
		}
		if err := cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err == nil {
			t.Fatal("a pull that was ended came to its end")
		}
		if i > 0 && !strings.Contains(out.String(), "the next pull goes on from there") {
			t.Errorf("after %v it says:\n%s", sig, &out)
		}
		if _, err := os.Stat(filepath.Join(dir, "data", "models", "tiny")); err == nil {
			t.Error("the folder of the model is there")
		}
	}
	cmd := program(t, dir, "models", "pull", "tiny")
	cmd.Env = append(cmd.Env, "FRONTDESK_MODELS_MIRROR="+hub.URL)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	got, err := os.ReadFile(filepath.Join(dir, "data", "models", "tiny", "m.bin"))
	if err != nil || !bytes.Equal(got, data) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if want := []string{"", "bytes=160000-", "bytes=240000-"}; strings.Join(asked, " ") != strings.Join(want, " ") {
		t.Errorf("asked for %q, want %q", asked, want)
	}
}
