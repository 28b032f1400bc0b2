package slack

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"frontdesk/adapters/chat"
	"frontdesk/adapters/slack/slackfake"
	"frontdesk/bot"
)

// heard keeps what a handler hears, and answers by a function; nil is echo.
type heard struct {
	mu       sync.Mutex
	messages []bot.Message
	reply    func(bot.Message) bot.Reply
}

func (h *heard) handle(ctx context.Context, m bot.Message) (bot.Reply, error) {
	h.mu.Lock()
	h.messages = append(h.messages, m)
	reply := h.reply
	h.mu.Unlock()
	if reply == nil {
		return echo(ctx, m)
	}
	r := reply(m)
	r.To, r.InReplyTo = m.Address, m.ID
	return r, nil
}

func (h *heard) all() []bot.Message {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.messages)
}

func control(id string) func(slackfake.Control) bool {
	return func(c slackfake.Control) bool { return c.ActionID == id }
}

func TestAMentionIsAnsweredOnceInItsThread(t *testing.T) {
	t.Parallel()
	s := newStand(t, slackfake.Config{}, slackfake.Setup{})
	h := &heard{}
	s.run(h.handle)
	said := s.ws.Say(s.anna, s.general, s.ws.Mention()+" how &amp; why &lt;that&gt;, <https://x.example/a|see here> <@U99>?", "")
	s.acked(said.Mention)
	s.acked(said.Event)
	s.posts(s.general, said.TS, 1)
	s.end()
	if posts := s.ws.Posts(s.general, "*"); len(posts) != 1 || posts[0].Metadata == nil || posts[0].Metadata.EventType != replyEvent {
		t.Errorf("posts: %+v", posts)
	}
	m := h.all()
	if len(m) != 1 || m[0].Text != "how & why <that>, see here (https://x.example/a) @U99?" || m[0].Sender != address(s.anna) ||
		m[0].Address != address(s.general) || m[0].Locale != "en-US" || !strings.Contains(m[0].Link, "/archives/"+s.general+"/p") {
		t.Errorf("heard: %+v", m)
	}
}

func TestCommandsAreForWhoeverTypesThem(t *testing.T) {
	t.Parallel()
	s := newStand(t, slackfake.Config{}, slackfake.Setup{})
	elsewhere := s.ws.AddChannel("elsewhere", slackfake.Public, s.anna)
	h := &heard{}
	s.run(h.handle)
	s.acked(s.ws.Command(s.anna, s.general, "/ask", "what is up"))
	if p := s.posts(s.general, "", 1); p[0].Ephemeral != s.anna {
		t.Errorf("posted for everybody: %+v", p)
	}
	// We are not in that channel, but may answer there all the same.
	s.acked(s.ws.Command(s.anna, elsewhere, "/ask", "and there"))
	if p := s.posts(elsewhere, "", 1); p[0].Ephemeral != s.anna || !strings.Contains(p[0].Text, "and there") {
		t.Errorf("posted: %+v", p)
	}
	// Without words there is a form.
	s.acked(s.ws.Command(s.bob, s.general, "/ask", " "))
	s.await("a form", func() bool { _, ok := s.ws.Modal(s.bob); return ok })
	d, err := s.ws.Submit(s.bob, map[string]string{inputID: "typed into it"})
	if err != nil {
		t.Fatal(err)
	}
	s.acked(d)
	if p := s.posts(s.general, "", 2); p[1].Ephemeral != s.bob || !strings.Contains(p[1].Text, "typed into it") {
		t.Errorf("posted: %+v", p)
	}
	s.acked(s.ws.Command(s.anna, s.general, "/other", "is not ours"))
	s.end()
	if n := len(h.all()); n != 3 {
		t.Errorf("heard %d messages, want 3", n)
	}
}

func TestTheShortcutAsksAboutAMessage(t *testing.T) {
	t.Parallel()
	s := newStand(t, slackfake.Config{}, slackfake.Setup{})
	h := &heard{}
	s.run(h.handle)
	said := s.ws.Say(s.bob, s.general, "where is the printer?", "")
	d, err := s.ws.Shortcut(s.anna, s.general, said.TS, aboutShortcut)
	if err != nil {
		t.Fatal(err)
	}
	s.acked(d)
	p := s.posts(s.general, "*", 1)
	s.end()
	if p[0].Ephemeral != s.anna || !strings.Contains(p[0].Text, "where is the printer?") {
		t.Errorf("posted: %+v", p)
	}
	if m := h.all(); len(m) != 1 || m[0].Sender != address(s.anna) {
		t.Errorf("heard: %+v", m)
	}
}

// shelf is what the home tab shows.
type shelf struct{ open []bot.Handover }

func (shelf) Bases(context.Context) []Known {
	return []Known{{Name: "it *help*", Entries: 12, Samples: []string{"How do I print?", "Where is <it>?"}}}
}
func (s shelf) Open(context.Context, bot.Address) ([]bot.Handover, error) { return s.open, nil }

func TestHomeTab(t *testing.T) {
	t.Parallel()
	s := newStand(t, slackfake.Config{}, slackfake.Setup{})
	s.deps.Home = shelf{[]bot.Handover{{Question: "Who has <!channel> the key?", Link: "https://acme.slack.com/archives/C1/p1"}}}
	h := &heard{}
	s.run(h.handle)
	s.acked(s.ws.OpenHome(s.anna, "home"))
	s.await("the home tab", func() bool { _, ok := s.ws.Home(s.anna); return ok })
	home, _ := s.ws.Home(s.anna)
	for _, want := range []string{"How do I print?", "12 entries", "Who has", "https://acme.slack.com/archives/C1/p1"} {
		if !strings.Contains(string(home), want) {
			t.Errorf("the home tab lacks %q: %s", want, home)
		}
	}
	if strings.Contains(string(home), "<!channel>") {
		t.Errorf("the home tab calls everybody: %s", home)
	}
	d, err := s.ws.PressHome(s.anna, control(homeAskID), "asked at home")
	if err != nil {
		t.Fatal(err)
	}
	s.acked(d)
	p := s.posts(s.ws.DM(s.anna), "", 1)
	if !strings.Contains(string(p[0].Blocks), "asked at home") || p[0].Text != "You said: asked at home" {
		t.Errorf("posted: %+v", p[0])
	}
	if d, err = s.ws.PressHome(s.anna, control(homeOpenID), ""); err != nil {
		t.Fatal(err)
	}
	s.acked(d)
	s.await("a form", func() bool { _, ok := s.ws.Modal(s.anna); return ok })
	if d, err = s.ws.Submit(s.anna, map[string]string{inputID: "by the form"}); err != nil {
		t.Fatal(err)
	}
	s.acked(d)
	s.posts(s.ws.DM(s.anna), "", 2)
}

func TestAssistantThreads(t *testing.T) {
	t.Parallel()
	s := newStand(t, slackfake.Config{}, slackfake.Setup{})
	s.deps.Home = shelf{}
	slow := make(chan struct{})
	h := &heard{reply: func(m bot.Message) bot.Reply {
		<-slow
		return bot.Reply{Decision: bot.Answer, Text: "there you are"}
	}}
	s.run(h.handle)
	channel, thread, d := s.ws.StartAssistant(s.anna, "")
	s.acked(d)
	s.await("suggestions", func() bool { return len(s.ws.Assistant(channel, thread).Prompts) == 2 })
	said := s.ws.Say(s.anna, channel, "how do I print?", thread)
	s.acked(said.Event)
	s.await("the status", func() bool { return s.ws.Assistant(channel, thread).Status != "" })
	close(slow)
	if p := s.posts(channel, thread, 1); p[0].Text != "there you are" {
		t.Errorf("posted: %+v", p)
	}
}

func TestASlowAnswerIsSeen(t *testing.T) {
	t.Parallel()
	s := newStand(t, slackfake.Config{}, slackfake.Setup{})
	slow := make(chan struct{})
	h := &heard{reply: func(m bot.Message) bot.Reply {
		<-slow
		return bot.Reply{Decision: bot.Answer, Text: "there you are"}
	}}
	s.run(h.handle)
	said := s.ws.Say(s.anna, s.general, s.ws.Mention()+" think", "")
	seen := func() bool { m, _ := s.ws.Message(s.general, said.TS); return m.Has("eyes", s.ws.BotUser) }
	s.await("a reaction", seen)
	close(slow)
	s.posts(s.general, said.TS, 1)
	s.await("the reaction to go", func() bool { return !seen() })
}

func TestProposals(t *testing.T) {
	t.Parallel()
	s := newStand(t, slackfake.Config{}, slackfake.Setup{})
	s.deps.MayPropose = func(by, channel bot.Address) bool { return by == address(s.bob) && channel == address(s.general) }
	var mu sync.Mutex
	var got []bot.Proposal
	s.deps.Propose = func(_ context.Context, p bot.Proposal) error {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, p)
		return nil
	}
	s.run(echo)
	question := s.ws.Say(s.anna, s.general, "Where is the key?", "")
	other := s.ws.Say(s.anna, s.general, "Lunch?", "")
	answer := s.ws.Say(s.bob, s.general, "Under the mat &amp; left.", question.TS)
	s.acked(s.ws.React(s.anna, s.general, answer.TS, proposal, true)) // may not
	s.acked(s.ws.React(s.bob, s.general, other.TS, proposal, true))   // is no answer
	s.acked(s.ws.React(s.bob, s.general, answer.TS, proposal, true))
	s.await("a proposal", func() bool { mu.Lock(); defer mu.Unlock(); return len(got) > 0 })
	p := s.posts(s.general, "*", 1)
	s.end()
	if len(got) != 1 || got[0].Question != "Where is the key?" || got[0].Answer != "Under the mat & left." || got[0].By != address(s.bob) {
		t.Errorf("proposed: %+v", got)
	}
	if len(p) != 1 || p[0].Ephemeral != s.bob {
		t.Errorf("posted: %+v", p)
	}
}

func TestEventsThatChangeNothing(t *testing.T) {
	t.Parallel()
	s := newStand(t, slackfake.Config{}, slackfake.Setup{})
	h := &heard{}
	s.run(h.handle)
	said := s.ws.Say(s.anna, s.ws.DM(s.anna), "hello", "")
	s.posts(s.ws.DM(s.anna), "", 1)
	s.acked(s.ws.Unfurl(s.ws.DM(s.anna), said.TS))
	s.acked(s.ws.Emit([]byte(`{"type":"emoji_changed","subtype":"add"}`)))
	s.acked(s.ws.Emit([]byte(`{"type":"a_kind_to_come","channel":{"id":"C1"}}`)))
	s.acked(s.ws.Emit([]byte(fmt.Sprintf(`{"type":"message","subtype":"channel_join","channel":%q,"user":%q,"ts":"1700000000.000100","text":"joined"}`, s.general, s.anna))))
	s.acked(s.ws.EmitRaw("a_new_kind", []byte(`{}`)))
	s.end()
	if n := len(h.all()); n != 1 {
		t.Errorf("heard %d messages, want 1", n)
	}
}

func TestLimitsAreKept(t *testing.T) {
	t.Parallel()
	s := newStand(t, slackfake.Config{PerChannel: 40, Burst: 4}, slackfake.Setup{})
	s.cfg.Pace, s.cfg.Burst = 30, 3
	s.run(echo)
	dm := s.ws.DM(s.anna)
	for i := range 20 {
		s.ws.Say(s.anna, dm, fmt.Sprint("question ", i), "")
	}
	p := s.posts(dm, "", 20)
	s.end()
	if n := s.fake.Count("chat.postMessage"); n != 20 {
		t.Errorf("%d requests for 20 posts: the pace was not kept", n)
	}
	for i, m := range p {
		if m.Text != fmt.Sprint("You said: question ", i) {
			t.Errorf("post %d is %q", i, m.Text)
		}
	}
}

func TestAStormOfRefusals(t *testing.T) {
	t.Parallel()
	s := newStand(t, slackfake.Config{}, slackfake.Setup{})
	s.fake.Inject(slackfake.Fault{Method: "chat.postMessage", Times: 3, Status: 429})
	s.fake.Inject(slackfake.Fault{Method: "chat.postMessage", Times: 1, DropAfter: true})
	s.fake.Inject(slackfake.Fault{Method: "chat.postMessage", Times: 1, StatusAfter: 502})
	s.run(echo)
	dm := s.ws.DM(s.anna)
	for i := range 3 {
		s.ws.Say(s.anna, dm, fmt.Sprint("question ", i), "")
	}
	s.posts(dm, "", 3)
	s.end()
	if p := s.ws.Posts(dm, ""); len(p) != 3 {
		t.Errorf("%d posts, want 3", len(p))
	}
}

func TestSeveralWorkspaces(t *testing.T) {
	t.Parallel()
	s := newStand(t, slackfake.Config{}, slackfake.Setup{})
	second := s.fake.AddWorkspace(slackfake.Setup{AppToken: s.ws.Setup.AppToken}) // the same app
	third := s.fake.AddWorkspace(slackfake.Setup{})
	s.cfg.Workspaces = map[string]Tokens{"second": tokensOf(second), "third": tokensOf(third)}
	s.run(echo)
	s.await("the third workspace to be connected", func() bool { return third.Connections() > 0 })
	for _, w := range []*slackfake.Workspace{s.ws, second, third} {
		carl := w.AddUser(slackfake.User{Name: "carl"})
		w.Say(carl, w.DM(carl), "hello", "")
		s.await("an answer", func() bool { return len(w.Posts(w.DM(carl), "")) == 1 })
		if err := s.desk.Send(t.Context(), address(carl), bot.Reply{Decision: bot.Notice, Text: "for you"}); err != nil {
			t.Error(err)
		}
		if p := w.Posts(w.DM(carl), ""); len(p) != 2 {
			t.Errorf("%d posts in %s", len(p), w.Name)
		}
	}
	if n := s.ws.Connections(); n != 1 {
		t.Errorf("%d connections for one app", n)
	}
}

func TestTokensThatSlackRefuses(t *testing.T) {
	t.Parallel()
	s := newStand(t, slackfake.Config{}, slackfake.Setup{AppScopes: []string{}})
	desk, err := New(s.cfg, s.deps)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := desk.Run(ctx, echo); err == nil || !strings.Contains(err.Error(), "connections:write") && !strings.Contains(err.Error(), "missing_scope") {
		t.Errorf("without connections:write: %v", err)
	}
	s.cfg.BotToken = s.cfg.AppToken
	if desk, err = New(s.cfg, s.deps); err != nil {
		t.Fatal(err)
	}
	if err := desk.Run(ctx, echo); err == nil || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("with a wrong token: %v", err)
	}
}

func TestVoiceClips(t *testing.T) {
	t.Parallel()
	s := newStand(t, slackfake.Config{}, slackfake.Setup{})
	h := &heard{}
	s.deps.Listens = true
	s.run(h.handle)
	clip := slackfake.File{Name: "audio_message.m4a", Mimetype: "audio/mp4", Subtype: "slack_audio", Content: []byte("no sound at all"), Duration: time.Second}
	dm := s.ws.DM(s.anna)
	s.acked(s.ws.Share(s.anna, dm, "", "", clip).Event)
	p := s.posts(dm, "", 1)
	if n := s.fake.Count("files.download"); n == 0 {
		t.Error("the file was not fetched")
	}
	if p[0].Text == "" || len(h.all()) != 0 {
		t.Errorf("a broken recording: %q, heard %+v", p[0].Text, h.all())
	}
	picture := slackfake.File{Name: "a.png", Mimetype: "image/png", Content: []byte("x")}
	s.acked(s.ws.Share(s.anna, dm, "what is this?", "", picture).Event)
	s.posts(dm, "", 2)
	if m := h.all(); len(m) != 1 || m[0].Text != "what is this?" {
		t.Errorf("heard: %+v", m)
	}
}

func TestSendToAPlaceThatIsGone(t *testing.T) {
	t.Parallel()
	s := newStand(t, slackfake.Config{}, slackfake.Setup{})
	s.run(echo)
	for _, to := range []bot.Address{"slack:C404", "slack:U404", "discord:1", "slack:", "slack:C1/nonsense"} {
		if err := s.desk.Send(t.Context(), to, bot.Reply{Decision: bot.Notice, Text: "x"}); err == nil {
			t.Errorf("sending to %q is no error", to)
		}
	}
	if err := s.desk.Send(t.Context(), address("C404"), bot.Reply{Decision: bot.Notice, Text: "x"}); !errors.Is(err, chat.ErrGone) {
		t.Errorf("a channel that is not there: %v", err)
	}
}

func TestRefresh(t *testing.T) {
	t.Parallel()
	s := newStand(t, slackfake.Config{}, slackfake.Setup{})
	s.run(echo)
	dm := s.ws.DM(s.anna)
	for i := range 5 {
		s.ws.Say(s.anna, dm, fmt.Sprint(i), "")
		s.fake.Disconnect([]string{"warning", "refresh_requested", "link_disabled"}[i%3], 20*time.Millisecond)
	}
	s.posts(dm, "", 5)
	s.end()
	if p := s.ws.Posts(dm, ""); len(p) != 5 {
		t.Errorf("%d posts, want 5", len(p))
	}
}
