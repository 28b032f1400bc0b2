package shelf_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/internal/secret"
	"frontdesk/internal/shelf"
)

// Servers that break off, forget, change their mind and come back: the model is
// whole all the same.
func TestTroubledServers(t *testing.T) {
	other := noise(9, len(big))
	for name, c := range map[string]struct {
		answer func(n int, w http.ResponseWriter, r *http.Request, data []byte)
		asked  []string // of the big file; nil for whatever it was
	}{
		"the connection drops in the middle": {func(n int, w http.ResponseWriter, r *http.Request, data []byte) {
			if n == 1 {
				drop(w, r, data, 123_456)
			}
			serve(w, r, data)
		}, []string{bigPath, bigPath + " bytes=123456- " + tagOf(big)}},
		"ranges are not known": {func(n int, w http.ResponseWriter, r *http.Request, data []byte) {
			if n == 1 {
				drop(w, r, data, 100_000)
			}
			r.Header.Del("Range")
			serve(w, r, data)
		}, []string{bigPath, bigPath + " bytes=100000- " + tagOf(big)}},
		"the file was another one at first": {func(n int, w http.ResponseWriter, r *http.Request, data []byte) {
			if n == 1 {
				drop(w, r, other, 100_000)
			}
			serve(w, r, data)
		}, []string{bigPath, bigPath + " bytes=100000- " + tagOf(other)}},
		"the file changes, and nobody says so": {func(n int, w http.ResponseWriter, r *http.Request, data []byte) {
			w.Header().Set("Content-Length", fmt.Sprint(len(data)))
			switch n {
			case 1:
				_, _ = w.Write(other[:100_000])
				_ = http.NewResponseController(w).Flush()
				panic(http.ErrAbortHandler)
			default:
				http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
			}
		}, []string{bigPath, bigPath + " bytes=100000-", bigPath}},
		"another part of the file comes": {func(n int, w http.ResponseWriter, r *http.Request, data []byte) {
			switch n {
			case 1:
				drop(w, r, data, 100_000)
			case 2:
				r.Header.Set("Range", "bytes=5-")
			}
			serve(w, r, data)
		}, []string{bigPath, bigPath + " bytes=100000- " + tagOf(big), bigPath}},
		"the range cannot be had": {func(n int, w http.ResponseWriter, r *http.Request, data []byte) {
			switch n {
			case 1:
				drop(w, r, data, 100_000)
			case 2:
				w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
				return
			}
			serve(w, r, data)
		}, []string{bigPath, bigPath + " bytes=100000- " + tagOf(big), bigPath}},
		"it has too much to do": {func(n int, w http.ResponseWriter, r *http.Request, data []byte) {
			switch n {
			case 1:
				w.WriteHeader(http.StatusServiceUnavailable)
			case 2:
				w.Header().Set("Retry-After", "0")
				w.WriteHeader(http.StatusTooManyRequests)
			default:
				serve(w, r, data)
			}
		}, []string{bigPath, bigPath, bigPath}},
		"the file is kept elsewhere": {func(n int, w http.ResponseWriter, r *http.Request, data []byte) {
			if r.URL.RawQuery == "" {
				http.Redirect(w, r, r.URL.Path+"?signature=hunter2", http.StatusFound)
				return
			}
			serve(w, r, data)
		}, nil},
		"a weak ETag": {func(n int, w http.ResponseWriter, r *http.Request, data []byte) {
			w.Header().Set("ETag", `W/"x"`)
			if n == 1 {
				w.Header().Set("Content-Length", fmt.Sprint(len(data)))
				_, _ = w.Write(data[:50_000])
				_ = http.NewResponseController(w).Flush()
				panic(http.ErrAbortHandler)
			}
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
		}, []string{bigPath, bigPath + " bytes=50000-"}},
		"the length is not said": {func(n int, w http.ResponseWriter, r *http.Request, data []byte) {
			_, _ = w.Write(data[:1])
			_ = http.NewResponseController(w).Flush()
			_, _ = w.Write(data[1:])
		}, []string{bigPath}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := tinyHub(t)
			s, dir := open(t, h, tinyCatalogue())
			h.set(c.answer)
			if _, err := s.Pull(t.Context(), "tiny", nil); err != nil {
				t.Fatal(err)
			}
			holds(t, s, dir)
			got := slices.DeleteFunc(h.requests(), func(r string) bool { return strings.HasPrefix(r, smallPath) })
			if c.asked != nil && !slices.Equal(got, c.asked) {
				t.Errorf("asked for %q, want %q", got, c.asked)
			}
		})
	}
}

// Servers that lie: there is no model afterwards, and the error says why.
func TestLyingServers(t *testing.T) {
	for name, c := range map[string]struct {
		answer func(n int, w http.ResponseWriter, r *http.Request, data []byte)
		want   []string
		tries  int // 1 where another one mends nothing; 0 for some
	}{
		"another file": {func(_ int, w http.ResponseWriter, r *http.Request, data []byte) {
			serve(w, r, noise(5, len(data)))
		}, []string{"SHA-256", "not the file that it should be"}, 1},
		"another size": {func(_ int, w http.ResponseWriter, r *http.Request, data []byte) {
			serve(w, r, data[1:])
		}, []string{"299999 bytes there and 300000 in the catalogue"}, 1},
		"ever the same half": {func(_ int, w http.ResponseWriter, r *http.Request, data []byte) {
			r.Header.Del("Range")
			drop(w, r, data, 100_000)
		}, []string{"broke after 100000 bytes"}, 3},
		"half, as if it were all": {func(_ int, w http.ResponseWriter, r *http.Request, data []byte) {
			w.Header().Set("Content-Type", "application/octet-stream")
			_, _ = w.Write(data[:1000])
			_ = http.NewResponseController(w).Flush()
		}, []string{"ended after 1000 of 300000 bytes"}, 0},
		"a web page": {func(_ int, w http.ResponseWriter, _ *http.Request, _ []byte) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, "<html>Please log in to the guest network</html>")
		}, []string{"a web page in the place of the file"}, 1},
		"an endless file": {func(_ int, w http.ResponseWriter, r *http.Request, data []byte) {
			w.Header().Set("Content-Type", "application/octet-stream")
			for r.Context().Err() == nil {
				if _, err := w.Write(data); err != nil {
					return
				}
			}
		}, []string{"more came than the 300000 bytes"}, 1},
		"drop by drop": {func(_ int, w http.ResponseWriter, r *http.Request, data []byte) {
			w.Header().Set("Content-Length", fmt.Sprint(len(data)))
			for i := 0; r.Context().Err() == nil; i++ {
				_, _ = w.Write(data[i : i+1])
				_ = http.NewResponseController(w).Flush()
				time.Sleep(5 * time.Millisecond)
			}
		}, []string{"next to nothing came any more"}, 3},
		"compressed": {func(_ int, w http.ResponseWriter, r *http.Request, data []byte) {
			if r.Header.Get("Accept-Encoding") != "identity" {
				t.Errorf("Accept-Encoding: %q", r.Header.Get("Accept-Encoding"))
			}
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			_, _ = z.Write(data)
			_ = z.Close()
		}, []string{`encoded as "gzip"`}, 1},
		"a part that nobody asked for": {func(_ int, w http.ResponseWriter, r *http.Request, data []byte) {
			r.Header.Set("Range", "bytes=10-")
			serve(w, r, data)
		}, []string{"nobody asked for"}, 1},
		"round and round": {func(_ int, w http.ResponseWriter, r *http.Request, _ []byte) {
			http.Redirect(w, r, r.URL.Path, http.StatusFound)
		}, []string{"sent elsewhere more than 5 times"}, 6},
		"not open to everybody": {func(_ int, w http.ResponseWriter, _ *http.Request, _ []byte) {
			w.WriteHeader(http.StatusUnauthorized)
		}, []string{"401 Unauthorized", "token:"}, 1},
		"not there": {func(_ int, w http.ResponseWriter, r *http.Request, _ []byte) { http.NotFound(w, r) },
			[]string{"404 Not Found", "not there"}, 1},
		"for ever busy": {func(_ int, w http.ResponseWriter, _ *http.Request, _ []byte) {
			w.WriteHeader(http.StatusServiceUnavailable)
		}, []string{"503 Service Unavailable"}, 3},
		"busy until tomorrow": {func(_ int, w http.ResponseWriter, _ *http.Request, _ []byte) {
			w.Header().Set("Retry-After", "86400")
			w.WriteHeader(http.StatusTooManyRequests)
		}, []string{"asks to come back in 24h0m0s"}, 1},
		"an empty file": {func(_ int, w http.ResponseWriter, r *http.Request, _ []byte) { w.Header().Set("Content-Length", "0") },
			[]string{"an empty file"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := tinyHub(t)
			s, dir := open(t, h, tinyCatalogue())
			if name == "drop by drop" {
				s.Hurry(50 * time.Millisecond)
			}
			h.set(c.answer)
			_, err := s.Pull(t.Context(), "tiny", nil)
			contains(t, err, append(c.want, "fetching onnx/model.onnx", h.URL+bigPath)...)
			if _, err := s.Dir("tiny"); err == nil {
				t.Error("the model is here all the same")
			}
			if _, err := os.Stat(filepath.Join(dir, "tiny")); err == nil {
				t.Error("its folder is there")
			}
			if st, _ := s.Status("tiny"); st.State == shelf.Absent {
				if _, err := os.Stat(filepath.Join(dir, "tiny.part")); err == nil {
					t.Error("an empty folder is left")
				}
			}
			if n := len(h.requests()); c.tries > 0 && n != c.tries {
				t.Errorf("%d tries, want %d", n, c.tries)
			}
			// A good server makes up for it.
			s.Hurry(5 * time.Second)
			h.set(nil)
			if _, err := s.Pull(t.Context(), "tiny", nil); err != nil {
				t.Fatal(err)
			}
			holds(t, s, dir)
		})
	}
}

// A network that wants a login costs nothing of what has come.
func TestLoginPage(t *testing.T) {
	t.Parallel()
	h := tinyHub(t)
	s, dir := open(t, h, tinyCatalogue())
	h.set(func(n int, w http.ResponseWriter, r *http.Request, data []byte) {
		switch n {
		case 1:
			drop(w, r, data, 250_000)
		case 2:
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, "<html>Please log in</html>")
		default:
			serve(w, r, data)
		}
	})
	_, err := s.Pull(t.Context(), "tiny", nil)
	contains(t, err, "a web page in the place of the file")
	if _, err := s.Pull(t.Context(), "tiny", nil); err != nil {
		t.Fatal(err)
	}
	holds(t, s, dir)
	if got := h.requests(); len(got) != 4 || got[2] != bigPath+" bytes=250000- "+tagOf(big) {
		t.Errorf("asked for %q", got)
	}
}

// What neither the catalogue nor the server says is bounded all the same.
func TestUnknownSize(t *testing.T) {
	for name, c := range map[string]struct {
		answer func(n int, w http.ResponseWriter, r *http.Request, data []byte)
		want   string
	}{
		"a size beyond all bounds": {func(_ int, w http.ResponseWriter, _ *http.Request, _ []byte) {
			w.Header().Set("Content-Length", "90000000000")
			w.WriteHeader(http.StatusOK)
		}, "and no more than 67108864 are taken"},
		"no end that can be told from a break": {func(_ int, w http.ResponseWriter, _ *http.Request, data []byte) {
			c, buf, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			fmt.Fprintf(buf, "HTTP/1.0 200 OK\r\n\r\n%s", data[:100])
			_ = buf.Flush()
			_ = c.Close()
		}, "neither the server nor the catalogue says how long the file is"},
		"nothing": {func(_ int, w http.ResponseWriter, _ *http.Request, _ []byte) {
			_ = http.NewResponseController(w).Flush()
		}, "the file is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHub(t, map[string][]byte{"/x/ggml.bin": big})
			catalogue := strings.ReplaceAll(tinyCatalogue(), "http://127.0.0.1:1", h.URL)
			s, _ := open(t, h, strings.ReplaceAll(catalogue, "kind: speech", "kind: vad"))
			h.set(c.answer)
			_, err := s.Pull(t.Context(), "speech", nil)
			contains(t, err, c.want)
		})
	}
}

// The token goes to the host that models come from, and to no other.
func TestToken(t *testing.T) {
	var others, asked []string
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		others = append(others, r.Header.Get("Authorization"))
		serve(w, r, big)
	}))
	defer elsewhere.Close()
	h := tinyHub(t)
	file := filepath.Join(t.TempDir(), "mine.yaml")
	if err := os.WriteFile(file, []byte(tinyCatalogue()), 0o644); err != nil {
		t.Fatal(err)
	}
	s, err := shelf.Open(t.TempDir(), shelf.Config{Mirror: h.URL, Token: secret.New("hf_hunter2"), Catalogue: file})
	if err != nil {
		t.Fatal(err)
	}
	s.Hurry(5 * time.Second)
	h.set(func(_ int, w http.ResponseWriter, r *http.Request, data []byte) {
		asked = append(asked, r.Header.Get("Authorization"))
		if r.URL.Path == bigPath {
			http.Redirect(w, r, elsewhere.URL+"/store", http.StatusTemporaryRedirect)
			return
		}
		serve(w, r, data)
	})
	if _, err := s.Pull(t.Context(), "tiny", nil); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(asked, []string{"Bearer hf_hunter2", "Bearer hf_hunter2"}) || !slices.Equal(others, []string{""}) {
		t.Errorf("the hub was sent %q, and another host %q", asked, others)
	}
}

// A certificate that the system does not trust is not asked for again and again.
func TestCertificate(t *testing.T) {
	h := tinyHub(t)
	secure := httptest.NewUnstartedServer(h.Config.Handler)
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	defer secure.Close()
	h.URL = secure.URL
	s, _ := open(t, h, tinyCatalogue())
	_, err := s.Pull(t.Context(), "tiny", func(st shelf.Step) {
		if st.Err != nil {
			t.Errorf("tried again: %v", st.Err)
		}
	})
	contains(t, err, "certificate", "the system must trust its certificate")
}

func TestRedirects(t *testing.T) {
	at := func(s string) *http.Request {
		u, err := url.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		return &http.Request{URL: u}
	}
	for _, c := range []struct {
		from, to string
		ok       bool
	}{
		{"https://a.example/x", "https://b.example/y", true},
		{"https://a.example/x", "http://a.example/x", false},
		{"http://mirror.example/x", "http://store.example/x", true},
		{"http://mirror.example/x", "https://store.example/x", true},
	} {
		if err := shelf.CheckRedirect(at(c.to), []*http.Request{at(c.from)}); (err == nil) != c.ok {
			t.Errorf("from %s to %s: %v", c.from, c.to, err)
		}
	}
	via := []*http.Request{at("https://a.example"), at("https://a.example"), at("http://a.example")}
	if shelf.CheckRedirect(at("http://a.example"), via) == nil {
		t.Error("what began with https ends with http")
	}
}
