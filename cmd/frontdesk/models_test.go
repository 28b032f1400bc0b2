package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// modelsHub is "hub FOLDER [BREAK]": models come from the folder from now on, by
// $FRONTDESK_MODELS_MIRROR. Of the first answer no more than BREAK bytes come.
func modelsHub(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: hub FOLDER [BREAK]")
	}
	folder := ts.MkAbs(args[0])
	var broken atomic.Int64
	if len(args) == 2 {
		n, err := strconv.Atoi(args[1])
		ts.Check(err)
		broken.Store(int64(n))
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Read as a whole: a test changes what is there.
		file := filepath.Join(folder, filepath.FromSlash(r.URL.Path))
		data, err := os.ReadFile(file)
		if err != nil {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("ETag", fmt.Sprintf(`"%x"`, sha256.Sum256(data)))
		if n := broken.Swap(0); n > 0 {
			w.Header().Set("Content-Length", strconv.Itoa(len(data)))
			_, _ = w.Write(data[:n])
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}
		f, err := os.Open(file)
		if err != nil {
			http.NotFound(w, r)
			return
		}
		defer f.Close()
		w.Header().Set("Content-Type", "application/octet-stream")
		http.ServeContent(w, r, "", time.Time{}, f)
	}))
	ts.Defer(server.Close)
	ts.Setenv("FRONTDESK_MODELS_MIRROR", server.URL)
}

// Who cannot reach anybody is told what there is besides; who was refused is not.
func TestOffline(t *testing.T) {
	none := &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
	if got := offline(fmt.Errorf("fetching: %w", none)).Error(); !strings.Contains(got, "models import") {
		t.Error(got)
	}
	refused := errors.New("404 Not Found")
	if got := offline(refused); got != refused {
		t.Error(got)
	}
}
