package slackfake_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"frontdesk/adapters/slack/slackfake"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"
)

func TestSocketMode(t *testing.T) {
	w := start(t, slackfake.Config{AckWithin: 100 * time.Millisecond, Retries: make([]time.Duration, 100)}, slackfake.Setup{})
	var mu sync.Mutex
	deaf := 2
	c := w.connect(t, func(socketmode.Event) bool {
		mu.Lock()
		defer mu.Unlock()
		deaf--
		return deaf < 0
	})
	said := w.ws.Say(w.anna, w.general, "hello", "")
	ack, err := said.Event.Wait(soon(t))
	if err != nil || ack.Attempts < 3 || ack.Lost { // or later, on a slow machine
		t.Fatalf("acknowledged at the third attempt: %+v, %v", ack, err)
	}
	c.mu.Lock()
	m, ok := c.events[2].InnerEvent.Data.(*slackevents.MessageEvent)
	if !ok || m.Text != "hello" || m.User != w.anna || m.ChannelType != "channel" || c.tries[2] != 2 {
		t.Errorf("event: %+v, tries %v", c.events[2].InnerEvent.Data, c.tries)
	}
	c.mu.Unlock()
	both := w.ws.Say(w.anna, w.general, w.ws.Mention()+" hello", "")
	if both.Mention == nil || both.Event == nil || both.Mention.EventID == both.Event.EventID {
		t.Fatalf("a mention is two events: %+v", both)
	}
	if _, err := both.Mention.Wait(soon(t)); err != nil {
		t.Fatal(err)
	}
	w = start(t, slackfake.Config{AckWithin: 50 * time.Millisecond, Retries: []time.Duration{0, 10 * time.Millisecond}}, slackfake.Setup{})
	w.connect(t, func(socketmode.Event) bool { return false })
	if ack, err := w.ws.Say(w.anna, w.general, "lost", "").Event.Wait(soon(t)); err != nil || !ack.Lost {
		t.Errorf("never acknowledged: %+v, %v", ack, err)
	}
	if n := w.Stats().Lost; n != 1 {
		t.Errorf("%d lost", n)
	}
}

func TestDrops(t *testing.T) {
	w := start(t, slackfake.Config{DuplicateEvery: 7, ReorderEvery: 11, Retries: make([]time.Duration, 10)}, slackfake.Setup{})
	w.connect(t, nil)
	var all []slackfake.Said
	for i := range 60 {
		if i%20 == 10 {
			w.DropConnections()
		}
		all = append(all, w.ws.Say(w.anna, w.general, "hello", ""))
		time.Sleep(time.Millisecond)
	}
	w.Disconnect("refresh_requested", time.Millisecond)
	all = append(all, w.ws.Say(w.anna, w.general, "bye", ""))
	for _, s := range all {
		if ack, err := s.Event.Wait(soon(t)); err != nil || ack.Lost {
			t.Fatalf("%+v, %v", ack, err)
		}
	}
	if n := w.Stats(); n.Dropped < 2 || n.Redelivered == 0 {
		t.Errorf("nothing was dropped or redelivered: %+v", n)
	}
}

func TestHTTP(t *testing.T) {
	w := start(t, slackfake.Config{Retries: []time.Duration{0}}, slackfake.Setup{})
	var mu sync.Mutex
	var got []slackevents.EventsAPIEvent
	var forms []slack.InteractionCallback
	var commands []slack.SlashCommand
	var retries []string
	fail := true
	serve := func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		v, err := slack.NewSecretsVerifier(r.Header, w.ws.Setup.SigningSecret)
		if err == nil {
			_, _ = v.Write(body)
			err = v.Ensure()
		}
		if err != nil {
			http.Error(rw, err.Error(), http.StatusUnauthorized)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		if r.Header.Get("Content-Type") == "application/x-www-form-urlencoded" {
			r.Body = io.NopCloser(bytes.NewReader(body))
			if cmd, err := slack.SlashCommandParse(r); err == nil && cmd.Command != "" {
				commands = append(commands, cmd)
			} else if form, err := slack.InteractionCallbackParse(r); err == nil {
				forms = append(forms, form)
			}
			return
		}
		e, err := slackevents.ParseEvent(body, slackevents.OptionNoVerifyToken())
		if err != nil {
			http.Error(rw, err.Error(), http.StatusBadRequest)
			return
		}
		if e.Type == slackevents.URLVerification {
			_, _ = rw.Write([]byte(e.Data.(*slackevents.EventsAPIURLVerificationEvent).Challenge))
			return
		}
		if fail {
			fail = false
			http.Error(rw, "not now", http.StatusInternalServerError)
			return
		}
		retries = append(retries, r.Header.Get("X-Slack-Retry-Num"))
		got = append(got, e)
	}
	app := httptest.NewServer(http.HandlerFunc(serve))
	t.Cleanup(app.Close)
	w.ws.SetRequestURL(app.URL)
	if err := w.ws.VerifyURL(soon(t)); err != nil {
		t.Error(err)
	}
	if ack, err := w.ws.Say(w.anna, w.general, "hello", "").Event.Wait(soon(t)); err != nil || ack.Attempts != 2 {
		t.Errorf("the second attempt: %+v, %v", ack, err)
	}
	if _, err := w.ws.Command(w.anna, w.general, "/ask", "how & why?").Wait(soon(t)); err != nil {
		t.Error(err)
	}
	said := w.ws.Say(w.anna, w.general, "hello", "")
	d, err := w.ws.Shortcut(w.anna, w.general, said.TS, "ask")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Wait(soon(t)); err != nil {
		t.Error(err)
	}
	mu.Lock()
	if len(got) == 0 || retries[0] != "1" || len(commands) != 1 || commands[0].Text != "how & why?" || len(forms) != 1 || forms[0].Message.Text != "hello" {
		t.Errorf("%+v %v %+v %+v", got, retries, commands, forms)
	}
	mu.Unlock()
	for name, tamper := range map[string]slackfake.Tamper{
		"wrong secret": {Secret: "x"}, "old": {Age: 6 * time.Minute}, "of the future": {Age: -6 * time.Minute}, "unsigned": {Unsigned: true},
		"nonsense": {Signature: "v0=00"},
	} {
		r, err := w.ws.Request(soon(t), []byte(`{}`), false, tamper)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s: %s", name, resp.Status)
		}
	}
}
