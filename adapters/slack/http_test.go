package slack

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"frontdesk/adapters/slack/slackfake"
)

// byHTTP is a stand whose events come by the Events API.
func byHTTP(t *testing.T, fake slackfake.Config) *stand {
	s := newStand(t, fake, slackfake.Setup{})
	s.cfg.Mode = HTTP
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.desk.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	s.ws.SetRequestURL(server.URL + s.cfg.Path)
	return s
}

func TestHTTPMode(t *testing.T) {
	t.Parallel()
	s := byHTTP(t, slackfake.Config{DuplicateEvery: 2})
	h := &heard{}
	s.run(h.handle)
	if err := s.ws.VerifyURL(t.Context()); err != nil {
		t.Error(err)
	}
	dm := s.ws.DM(s.anna)
	for i := range 20 {
		s.ws.Say(s.anna, dm, fmt.Sprint("question ", i), "")
	}
	said := s.ws.Say(s.anna, s.general, s.ws.Mention()+" in the channel", "")
	s.acked(s.ws.Command(s.bob, s.general, "/ask", "by command & more"))
	s.posts(dm, "", 20)
	s.posts(s.general, said.TS, 1)
	s.posts(s.general, "", 1)
	d, err := s.ws.Press(s.anna, s.general, s.ws.Posts(s.general, said.TS)[0].TS, control(upID), "")
	if err != nil {
		t.Fatal(err)
	}
	s.acked(d)
	s.await("the rating", func() bool { m := h.all(); return m[len(m)-1].Rating == 1 })
	s.end()
	for i, m := range s.ws.Posts(dm, "") {
		if m.Text != fmt.Sprint("You said: question ", i) {
			t.Errorf("post %d is %q", i, m.Text)
		}
	}
	if n := len(h.all()); n != 23 {
		t.Errorf("heard %d messages, want 23", n)
	}
	// What is not running is not acknowledged: Slack sends it again.
	if code := s.request([]byte(`{"type":"event_callback"}`), false, slackfake.Tamper{}); code != http.StatusServiceUnavailable {
		t.Errorf("after the end: %d", code)
	}
}

// request sends one request and gives the status of the answer.
func (s *stand) request(body []byte, form bool, tamper slackfake.Tamper) int {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	r, err := s.ws.Request(ctx, body, form, tamper)
	if err != nil {
		s.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode
}

// delivered sends a request as Slack does, which is again while it is answered with
// "not now", as by a slow machine, and gives the status of the last answer.
func (s *stand) delivered(body []byte, tamper slackfake.Tamper) (status int) {
	s.t.Helper()
	for range 20 {
		if status = s.request(body, false, tamper); status != http.StatusServiceUnavailable {
			break
		}
	}
	return status
}

// asked is an event of somebody who asks in private.
func (s *stand) asked(ts, text string) []byte {
	return fmt.Appendf(nil, `{"type":"event_callback","team_id":%q,"event_id":"Ev%s","event":{"type":"message","channel_type":"im","channel":%q,"user":%q,"ts":%q,"text":%q}}`,
		s.ws.ID, ts, s.ws.DM(s.anna), s.anna, ts, text)
}

func TestRequestsThatAreNotSlacks(t *testing.T) {
	t.Parallel()
	s := byHTTP(t, slackfake.Config{})
	h := &heard{}
	s.run(h.handle)
	body := s.asked("1700000000.000100", "let me in")
	for name, test := range map[string]struct {
		tamper slackfake.Tamper
		want   int
	}{
		"unsigned":             {slackfake.Tamper{Unsigned: true}, 401},
		"another secret":       {slackfake.Tamper{Secret: "another"}, 401},
		"six minutes old":      {slackfake.Tamper{Age: 6 * time.Minute}, 401},
		"in six minutes":       {slackfake.Tamper{Age: -6 * time.Minute}, 401},
		"no signature at all":  {slackfake.Tamper{Signature: "v0="}, 401},
		"another version":      {slackfake.Tamper{Signature: "v1=" + strings.Repeat("0", 64)}, 401},
		"signature of nothing": {slackfake.Tamper{Signature: "v0=" + strings.Repeat("0", 64)}, 401},
		"a media type of ours": {slackfake.Tamper{Type: "text/plain"}, 400},
		"no media type":        {slackfake.Tamper{Type: ";"}, 400},
	} {
		if got := s.request(body, false, test.tamper); got != test.want {
			t.Errorf("%s: %d, want %d", name, got, test.want)
		}
	}
	if got := s.request(make([]byte, maxBody+1), false, slackfake.Tamper{}); got != http.StatusRequestEntityTooLarge {
		t.Errorf("too large: %d", got)
	}
	resp, err := http.Get(s.ws.Setup.RequestURL)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("GET: %s", resp.Status)
	}
	s.end()
	if m := h.all(); len(m) != 0 {
		t.Errorf("heard: %+v", m)
	}
}

func TestRequestsThatAreReplayed(t *testing.T) {
	t.Parallel()
	s := byHTTP(t, slackfake.Config{})
	h := &heard{}
	s.run(h.handle)
	body := s.asked("1700000000.000100", "once")
	r, err := s.ws.Request(t.Context(), body, false, slackfake.Tamper{Age: 4 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		again := r.Clone(t.Context())
		again.Body, _ = r.GetBody()
		resp, err := http.DefaultClient.Do(again)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("a request that was served: %s", resp.Status)
		}
	}
	for i := range 3 { // signed anew, as Slack does when it tries again
		if got := s.delivered(body, slackfake.Tamper{Age: time.Duration(i) * time.Second, Retry: i}); got != http.StatusOK {
			t.Errorf("the event once more: %d", got)
		}
	}
	s.posts(s.ws.DM(s.anna), "", 1)
	s.end()
	if m := h.all(); len(m) != 1 {
		t.Errorf("heard %d messages", len(m))
	}
}

func TestHugeAndHostileTexts(t *testing.T) {
	t.Parallel()
	s := byHTTP(t, slackfake.Config{})
	h := &heard{}
	s.run(h.handle)
	for i, text := range []string{
		strings.Repeat("x", 1<<20), strings.Repeat("<@", 1<<18), strings.Repeat("&amp;", 1<<17), strings.Repeat("\U0001F600", 1<<17),
		strings.Repeat("*_~`", 1000), "<!channel> <!here> <!everyone> <!subteam^S1> @channel @here <@" + s.anna + ">",
	} {
		if got := s.delivered(s.asked(fmt.Sprintf("1700000000.00010%d", i), text), slackfake.Tamper{}); got != http.StatusOK {
			t.Errorf("text %d: %d", i, got)
		}
	}
	s.await("all to be heard", func() bool { return len(h.all()) == 6 })
	s.end()
	for _, m := range h.all() {
		if len(m.Text) > maxQuestion {
			t.Errorf("a text of %d bytes came through", len(m.Text))
		}
	}
	for _, p := range s.ws.Posts(s.ws.DM(s.anna), "*") {
		if all := p.Text + string(p.Blocks); strings.Contains(all, "<!") || strings.Contains(all, "<@") || strings.Contains(all, "@channel") || strings.Contains(all, "\\u003c!") || strings.Contains(all, "\\u003c@") {
			t.Errorf("an answer calls people: %.300s", all)
		}
	}
}
