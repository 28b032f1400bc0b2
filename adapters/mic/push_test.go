package mic

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"frontdesk/asr"
	"frontdesk/internal/secret"
)

// A call has the desk listen where it may, and nowhere else.
func TestPushByHTTP(t *testing.T) {
	for _, c := range []struct {
		name, method, token, from, host string
		header                          map[string]string
		away                            bool
		want                            int
	}{
		{name: "this machine", want: http.StatusAccepted},
		{name: "this machine by IPv6", from: "[::1]:999", host: "[::1]:8337", want: http.StatusAccepted},
		{name: "another machine", from: "192.0.2.1:999", want: http.StatusForbidden},
		{name: "a page of the web", header: map[string]string{"Origin": "https://evil.example"}, want: http.StatusForbidden},
		{name: "a form on a page", header: map[string]string{"Sec-Fetch-Site": "cross-site"}, want: http.StatusForbidden},
		{name: "a name that leads here", host: "evil.example:8337", want: http.StatusForbidden},
		{name: "no token", token: "secret", want: http.StatusForbidden},
		{name: "another token", token: "secret", header: map[string]string{"Authorization": "Bearer public"}, want: http.StatusForbidden},
		{name: "the token, from anywhere", token: "secret", from: "192.0.2.1:999", header: map[string]string{"Authorization": "Bearer secret"}, want: http.StatusAccepted},
		{name: "a look", method: http.MethodGet, want: http.StatusMethodNotAllowed},
		{name: "no microphone", away: true, want: http.StatusServiceUnavailable},
	} {
		m, err := New(config(func(cfg *Config) { cfg.Listen, cfg.Push.Token = OnPush, secret.New(c.token) }),
			Deps{Detector: loud{}, Hear: func(context.Context, asr.Clip, time.Duration) (asr.Transcript, error) { return asr.Transcript{}, nil }})
		if err != nil {
			t.Fatal(err)
		}
		m.runs(!c.away)
		r := httptest.NewRequest(http.MethodPost, "/mic/push", nil)
		r.RemoteAddr, r.Host = "127.0.0.1:999", "localhost:8337"
		if c.method != "" {
			r.Method = c.method
		}
		if c.from != "" {
			r.RemoteAddr = c.from
		}
		if c.host != "" {
			r.Host = c.host
		}
		for k, v := range c.header {
			r.Header.Set(k, v)
		}
		w := httptest.NewRecorder()
		m.Handler().ServeHTTP(w, r)
		if pushed := len(m.pushed) == 1; w.Code != c.want || pushed != (c.want == http.StatusAccepted) {
			t.Errorf("%s: %d, pushed %v", c.name, w.Code, pushed)
		}
	}
}
