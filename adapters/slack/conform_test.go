package slack

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"frontdesk/adapters/chat"
	"frontdesk/adapters/slack/slackfake"
	"frontdesk/bot"
	"frontdesk/bot/bottest"
)

func TestConform(t *testing.T) { bottest.Conform(t, open4suite) }

// theatre is a stand as the suite drives it. It names messages by channel and
// timestamp, and people and channels by their simple names.
type theatre struct {
	*stand
	mu       sync.Mutex
	people   map[string]string
	channels map[string]string
	sayings  map[string]slackfake.Said
	texts    map[string]string // how a message began: with our name, or not
}

func open4suite(t testing.TB) *bottest.Platform {
	th := &theatre{stand: newStand(t, slackfake.Config{AckWithin: 30 * time.Second}, slackfake.Setup{}),
		people: map[string]string{}, channels: map[string]string{}, sayings: map[string]slackfake.Said{}, texts: map[string]string{}}
	helpful, muted := th.channel(bottest.Helpful), th.channel(bottest.Muted)
	th.cfg.Channels = map[string]chat.Channel{
		chat.Everywhere: {},
		helpful:         {When: []chat.When{chat.OnMention, chat.InThread, chat.OnCommand, chat.WhenSure}, AtLeast: 0.9, PerHour: 3},
		muted:           {When: []chat.When{}},
	}
	memory := chat.NewMemory()
	var astray atomic.Int32
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { astray.Add(1) }))
	t.Cleanup(elsewhere.Close)
	return &bottest.Platform{
		Name: adapterName, Whole: 60_000,
		Start: func(r bottest.Running) {
			th.life = newLife()
			th.deps.Store, th.deps.Listens = mortalStore{memory, th.life}, r.Listens
			th.run(r.Handler)
		},
		Stop: func() error { return th.stop() },
		Kill: func() {
			th.life.end()
			go func(stop func() error) { _ = stop() }(th.stop)
			th.fake.DropConnections()
			th.await("the connection to end", func() bool { return th.ws.Connections() == 0 })
		},
		Say: func(s bottest.Saying) string { return th.say(s, elsewhere.URL) },
		Edit: func(message, text string) {
			channel, ts := cutName(message)
			th.mu.Lock()
			head := th.texts[message]
			th.mu.Unlock()
			th.sent(th.ws.Edit(channel, ts, head+escape(text)))
		},
		Delete: func(message string) {
			channel, ts := cutName(message)
			th.sent(th.ws.Delete(channel, ts))
		},
		Again: func(message string) {
			th.mu.Lock()
			s := th.sayings[message]
			th.mu.Unlock()
			th.sent(th.ws.Redeliver(s.Event))
			if s.Mention != nil {
				th.sent(th.ws.Redeliver(s.Mention))
			}
		},
		Press: func(by, post, label string) {
			channel, ts := cutName(post)
			th.press(by, channel, ts, func(c slackfake.Control) (string, bool) {
				if c.Kind == "button" {
					return "", strings.HasPrefix(c.ActionID, optionID) && (c.Text == label || c.Text == plainText(label).Text)
				}
				for _, o := range c.Options {
					if o.Text == label {
						return o.Value, true
					}
				}
				return "", false
			})
		},
		Fill: func(by, post, text string) {
			channel, ts := cutName(post)
			th.press(by, channel, ts, func(c slackfake.Control) (string, bool) { return "", c.ActionID == formID })
			th.await("a form", func() bool { _, ok := th.ws.Modal(th.person(by)); return ok })
			d, err := th.ws.Submit(th.person(by), map[string]string{inputID: text})
			if err != nil {
				t.Error(err)
				return
			}
			th.sent(d)
		},
		Rate: func(by, post string, rating int) {
			channel, ts := cutName(post)
			if rating > 0 {
				th.press(by, channel, ts, func(c slackfake.Control) (string, bool) { return "", c.ActionID == upID })
				return
			}
			th.sent(th.ws.React(th.person(by), channel, ts, "-1::skin-tone-3", true))
		},
		Send:    func(to bot.Address, r bot.Reply) error { return th.desk.Send(t.Context(), to, r) },
		Address: func(channel string) bot.Address { return address(th.channel(channel)) },
		Read:    th.read,
		Render:  renderMrkdwn,
		Fail: func(f bottest.Fault) <-chan struct{} {
			arrived := make(chan struct{})
			fault := slackfake.Fault{Method: "chat.*", Times: 1, Hit: sync.OnceFunc(func() { close(arrived) })}
			switch f {
			case bottest.Later:
				fault.Status = http.StatusTooManyRequests
			case bottest.Fails:
				fault.Status = http.StatusServiceUnavailable
			case bottest.Lost:
				fault.DropAfter = true
			case bottest.HeldBefore:
				fault.Delay = 1 << 40
			case bottest.HeldAfter:
				fault.HoldAfter = true
			}
			th.fake.Inject(fault)
			return arrived
		},
		Drop: func(during func()) {
			th.fake.Inject(slackfake.Fault{Method: "apps.connections.open", DropBefore: true})
			th.fake.DropConnections()
			th.await("the connection to end", func() bool { return th.ws.Connections() == 0 })
			during()
			th.fake.Heal()
			th.await("the adapter to connect again", func() bool { return th.ws.Connections() > 0 })
		},
		Astray: func() int { return int(astray.Load()) },
	}
}

func cutName(name string) (channel, ts string) {
	channel, ts, _ = strings.Cut(name, "/")
	return channel, ts
}

func (th *theatre) person(name string) string {
	th.mu.Lock()
	defer th.mu.Unlock()
	id, ok := th.people[name]
	if !ok {
		id = th.ws.AddUser(slackfake.User{Name: name})
		th.people[name] = id
		for _, c := range th.channels {
			th.ws.Join(c, id)
		}
	}
	return id
}

func (th *theatre) channel(name string) string {
	th.mu.Lock()
	defer th.mu.Unlock()
	id, ok := th.channels[name]
	if !ok {
		members := []string{th.ws.BotUser}
		for _, p := range th.people {
			members = append(members, p)
		}
		id = th.ws.AddChannel(name, slackfake.Public, members...)
		th.channels[name] = id
	}
	return id
}

// sent waits until something was acknowledged, if anybody is there to do so.
func (th *theatre) sent(d *slackfake.Delivery) {
	if d == nil || th.ws.Connections() == 0 {
		return
	}
	ctx := th.t.Context()
	done := make(chan struct{})
	go func() { _, _ = d.Wait(ctx); close(done) }()
	th.await("an acknowledgement", func() bool {
		select {
		case <-done:
			return true
		default:
			return th.ws.Connections() == 0
		}
	})
}

func (th *theatre) say(s bottest.Saying, elsewhere string) string {
	by, channel, head := th.person(s.By), "", ""
	if s.Channel == "" {
		channel = th.ws.DM(by)
	} else {
		channel = th.channel(s.Channel)
		if !s.Unnamed {
			head = th.ws.Mention() + " "
		}
	}
	_, thread := cutName(s.Thread)
	var said slackfake.Said
	switch {
	case s.Command:
		th.sent(th.ws.Command(by, channel, "/ask", escape(s.Text)))
		return ""
	case s.Bot:
		said = th.ws.SayAsBot(channel, head+escape(s.Text))
	case len(s.Sound) > 0:
		f := slackfake.File{Name: "clip.wav", Mimetype: "audio/wav", Subtype: "slack_audio", Content: s.Sound}
		if s.Astray {
			f.URL = elsewhere + "/clip.wav"
		}
		said = th.ws.Share(by, channel, head+escape(s.Text), thread, f)
	default:
		said = th.ws.Say(by, channel, head+escape(s.Text), thread)
	}
	name := channel + "/" + said.TS
	th.mu.Lock()
	th.sayings[name], th.texts[name] = said, head
	th.mu.Unlock()
	th.sent(said.Event)
	th.sent(said.Mention)
	return name
}

func (th *theatre) press(by, channel, ts string, which func(slackfake.Control) (value string, ok bool)) {
	value := ""
	d, err := th.ws.Press(th.person(by), channel, ts, func(c slackfake.Control) (ok bool) {
		value, ok = which(c)
		return ok
	}, "")
	if err != nil && value != "" {
		d, err = th.ws.Press(th.person(by), channel, ts, func(c slackfake.Control) bool { _, ok := which(c); return ok }, value)
	}
	if err != nil {
		th.t.Error(err)
		return
	}
	th.sent(d)
}

var calls = regexp.MustCompile(`<([@!][^>|]*)[^>]*>`)

func (th *theatre) read(w bottest.Where) []bottest.Shown {
	by, channel := th.person(w.By), ""
	if w.Channel == "" {
		channel = th.ws.DM(by)
	} else {
		channel = th.channel(w.Channel)
	}
	var all []bottest.Shown
	for _, m := range th.ws.Posts(channel, "*") {
		if m.Ephemeral != "" && m.Ephemeral != by {
			continue
		}
		s := bottest.Shown{Post: channel + "/" + m.TS, Text: blockText(m.Blocks)}
		if m.ThreadTS != "" {
			s.Thread = channel + "/" + m.ThreadTS
		}
		if m.Ephemeral != "" {
			s.Only = w.By
		}
		for _, c := range m.Controls() {
			switch {
			case c.ActionID == formID:
				s.Form = true
			case strings.HasPrefix(c.ActionID, optionID):
				s.Options = append(s.Options, c.Text)
			case c.ActionID == menuID:
				for _, o := range c.Options {
					s.Options = append(s.Options, o.Text)
				}
			}
		}
		for _, c := range calls.FindAllStringSubmatch(s.Text+m.Text, -1) {
			s.Calls = append(s.Calls, c[1])
		}
		all = append(all, s)
	}
	return all
}

// blockText gives the texts of the sections and notes of a message.
func blockText(blocks json.RawMessage) string {
	var list []struct {
		Type     string
		Text     struct{ Text string }
		Elements []struct {
			Type string
			Text json.RawMessage
		}
	}
	if json.Unmarshal(blocks, &list) != nil {
		return ""
	}
	var out []string
	for _, b := range list {
		if b.Type == "section" {
			out = append(out, b.Text.Text)
		}
		for _, e := range b.Elements {
			var text string
			if b.Type == "context" && json.Unmarshal(e.Text, &text) == nil && cmp.Compare(text, "") != 0 {
				out = append([]string{text}, out...)
			}
		}
	}
	return strings.Join(out, "\n")
}
