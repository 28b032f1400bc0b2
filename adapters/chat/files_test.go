package chat

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"frontdesk/bot"
)

// What will not do the next time either is asked for once.
func TestFilesThatAreNotFetched(t *testing.T) {
	var requests atomic.Int32
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("another host was asked") }))
	defer elsewhere.Close()
	files := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		switch r.URL.Path {
		case "/large":
			w.Header().Set("Content-Length", fmt.Sprint(maxSound+1))
		case "/away":
			http.Redirect(w, r, elsewhere.URL, http.StatusFound)
		}
	}))
	defer files.Close()
	words := bot.LabelsFor("")
	for _, c := range []struct {
		url, want string
		requests  int32
	}{
		{files.URL + "/large", words.TooMuchSound, 1},
		{files.URL + "/away", words.NoFile, 1},
		{elsewhere.URL, words.NoFile, 0},
		{"file:///etc/passwd", words.NoFile, 0},
	} {
		requests.Store(0)
		w := &wall{}
		d := New(DefaultConfig(), w, Deps{Adapter: "test", Listens: true, Fetch: func(ctx context.Context, _ Event, f File) ([]byte, error) {
			return Fetch(ctx, http.DefaultClient, f, []string{files.URL}, "Bearer secret")
		}})
		e := said("C1", "", "1", "", Mention)
		e.Message.Kind, e.Files = bot.Audio, []File{{Type: "audio/wav", URL: c.url}}
		run(t, d, echo, func() { receive(t, d, e) })
		if got := w.texts(); len(got) != 1 || got[0] != c.want || requests.Load() != c.requests {
			t.Errorf("%s: %d requests, and %q is said, want %q", c.url, requests.Load(), got, c.want)
		}
	}
}
