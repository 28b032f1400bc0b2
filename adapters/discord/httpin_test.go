package discord_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"frontdesk/adapters/discord"
	"frontdesk/adapters/discord/discordfake"
	"frontdesk/bot"
	"frontdesk/bot/bottest"
	"frontdesk/internal/secret"
)

// TestByHTTP lets Discord call the desk: commands, buttons and forms, without any
// gateway.
func TestByHTTP(t *testing.T) {
	t.Parallel()
	s := newStand(t, discordfake.Options{})
	s.cfg.Mode, s.cfg.PublicKey = discord.HTTP, s.fake.PublicKey
	told := make(chan struct{}, 1)
	defer close(told)
	e := &ears{reply: func(m bot.Message) bot.Reply {
		switch {
		case m.Text == "slow":
			<-told
		case m.Kind == bot.Choice && m.Choice == "":
			return bot.Reply{Decision: bot.Run, Text: "typed " + m.Text}
		case m.Text == "choose":
			return bot.Reply{Decision: bot.Ask, Text: "which?", Form: &bot.Form{Title: "Size", Label: "Number"}}
		}
		return bot.Reply{Decision: bot.Answer, Text: "You said: " + m.Text}
	}}
	s.start(bottest.Running{Handler: e.handle})
	endpoint := httptest.NewServer(s.adapter.Handler())
	defer endpoint.Close()
	general, ann := s.channel("general"), s.person("ann")
	if err := s.fake.SetEndpoint(endpoint.URL); err != nil { // with a ping, and one that is signed wrongly
		t.Fatal(err)
	}
	if err := s.fake.Wait(soon(t), func() bool { return len(s.fake.Commands("")) == 2 }); err != nil {
		t.Fatal(err)
	}
	ask := func(text string) *discordfake.Interaction {
		i, err := s.fake.Slash(general, ann, "ask", discordfake.Option{Name: "question", Value: text})
		if err != nil {
			t.Fatal(err)
		}
		return i
	}
	if r, err := ask("why?").Response(soon(t)); err != nil || r.Type != 4 || r.Message.Content != "You said: why?" {
		t.Errorf("%v: %+v", err, r)
	}
	slow := ask("slow")
	if r, err := slow.Response(soon(t)); err != nil || r.Type != 5 {
		t.Errorf("%v: %+v", err, r)
	}
	told <- struct{}{}
	if all, err := slow.Said(soon(t), 1); err != nil || all[0].Content != "You said: slow" {
		t.Errorf("%v: %+v", err, all)
	}
	typed, err := s.fake.Complete(general, ann, "ask", "question", "invoice")
	if err != nil {
		t.Fatal(err)
	}
	if r, err := typed.Response(soon(t)); err != nil || len(r.Choices) != 1 {
		t.Errorf("%v: %+v", err, r)
	}
	asked := ask("choose")
	all, err := asked.Said(soon(t), 1)
	if err != nil || len(all[0].Each()) != 1 {
		t.Fatalf("%v: %+v", err, all)
	}
	opened, err := s.fake.Press(all[0], ann, all[0].Each()[0].CustomID)
	if err != nil {
		t.Fatal(err)
	}
	r, err := opened.Response(soon(t))
	if err != nil || r.Modal == nil || r.Modal.Title != "Size" || r.Modal.Inputs()[0].Label != "Number" {
		t.Fatalf("%v: %+v", err, r)
	}
	if _, err := s.fake.Submit(opened, map[string]string{r.Modal.Inputs()[0].CustomID: "7"}); err != nil {
		t.Fatal(err)
	}
	if err := s.fake.Wait(soon(t), func() bool {
		for _, m := range s.fake.Answers(general) {
			if m.Content == "typed 7" {
				return true
			}
		}
		return false
	}); err != nil {
		t.Errorf("%v: %+v", err, s.fake.Answers(general))
	}
	// What came once is not taken again, and neither is what is old.
	old := asked.Payload()
	for name, x := range map[string]struct {
		at      time.Time
		wrongly bool
		body    []byte
		want    int
	}{
		"from long ago":    {time.Now().Add(-time.Hour), false, old, 401},
		"from the future":  {time.Now().Add(time.Hour), false, old, 401},
		"wrongly signed":   {time.Now(), true, old, 401},
		"no interaction":   {time.Now(), false, []byte("[]"), 400},
		"far too large":    {time.Now(), false, bytes.Repeat([]byte("x"), 2<<20), 413},
		"another's":        {time.Now(), false, []byte(`{"type":2,"application_id":"1","id":"1","token":"x","channel_id":"1"}`), 503},
		"nobody's, a ping": {time.Now(), false, []byte(`{"type":1}`), 200},
	} {
		if status, answer, err := s.fake.PostSigned(endpoint.URL, x.body, x.at, x.wrongly); err != nil || status != x.want {
			t.Errorf("%s: %v %d %s", name, err, status, answer)
		}
	}
	now := time.Now().Add(time.Second)
	ping := []byte(`{"type":1,"id":"replayed"}`)
	for i, want := range []int{200, 401} {
		if status, _, err := s.fake.PostSigned(endpoint.URL, ping, now, false); err != nil || status != want {
			t.Errorf("the delivery %d of the same: %d, %v", i+1, status, err)
		}
	}
}

// TestHandlerWithoutDesk holds that nothing is taken when there is no key, or when
// the desk does not run.
func TestHandlerWithoutDesk(t *testing.T) {
	t.Parallel()
	cfg := discord.DefaultConfig()
	cfg.Token = secret.New("x")
	a, err := discord.New(cfg, discord.Deps{})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	a.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", strings.NewReader("{}")))
	if w.Code != http.StatusNotFound {
		t.Errorf("without a key: %d", w.Code)
	}
	serve, _ := signedHandler(t)
	if w := serve([]byte(`{"type":2,"id":"1","token":"t","channel_id":"2","data":{}}`)); w.Code != http.StatusServiceUnavailable {
		t.Errorf("while it does not run: %d", w.Code)
	}
	if w := serve([]byte(`{"type":1}`)); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"type":1`) {
		t.Errorf("a ping: %d %s", w.Code, w.Body)
	}
}

// signedHandler gives the handler of a desk that does not run, and signs what is
// sent to it.
func signedHandler(t testing.TB) (serve func(body []byte) *httptest.ResponseRecorder, unsigned func(body []byte, header http.Header) *httptest.ResponseRecorder) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	cfg := discord.DefaultConfig()
	cfg.Token, cfg.PublicKey = secret.New("x"), hex.EncodeToString(public)
	a, err := discord.New(cfg, discord.Deps{})
	if err != nil {
		t.Fatal(err)
	}
	h := a.Handler()
	unsigned = func(body []byte, header http.Header) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
		r.Header = header
		h.ServeHTTP(w, r)
		return w
	}
	return func(body []byte) *httptest.ResponseRecorder {
		stamp := strconv.FormatInt(time.Now().Unix(), 10)
		return unsigned(body, http.Header{
			"X-Signature-Timestamp": {stamp},
			"X-Signature-Ed25519":   {hex.EncodeToString(ed25519.Sign(private, append([]byte(stamp), body...)))},
		})
	}, unsigned
}

// FuzzHandler sends anything to the endpoint, signed and not.
func FuzzHandler(f *testing.F) {
	for _, seed := range []string{`{"type":1}`, `{"type":2,"id":"1","token":"t","channel_id":"2","data":{"name":"ask","options":[{"name":"question","value":7}]}}`,
		`{"type":3,"id":"1","token":"t","message":{}}`, `{"type":5,"data":{"components":[{"components":[{"type":4}]}]}}`, `[]`, `{"type":"x"}`, "\xff"} {
		f.Add([]byte(seed), "00", "1700000000")
	}
	serve, unsigned := signedHandler(f)
	f.Fuzz(func(t *testing.T, body []byte, signature, stamp string) {
		if w := unsigned(body, http.Header{"X-Signature-Timestamp": {stamp}, "X-Signature-Ed25519": {signature}}); w.Code != http.StatusUnauthorized {
			t.Errorf("what nobody signed is answered with %d", w.Code)
		}
		switch w := serve(body); w.Code {
		case http.StatusOK, http.StatusBadRequest, http.StatusServiceUnavailable:
		case http.StatusUnauthorized: // the same within a second
		default:
			t.Errorf("%d", w.Code)
		}
	})
}
