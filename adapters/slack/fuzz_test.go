package slack

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"frontdesk/adapters/chat"
	"frontdesk/adapters/slack/slackfake"
	"frontdesk/bot"
	"frontdesk/internal/secret"
)

// still gives an adapter that is connected to nothing but knows its workspace.
func still(t testing.TB) *Slack {
	cfg := DefaultConfig()
	cfg.Tokens = Tokens{BotToken: secret.New("xoxb-1"), AppToken: secret.New("xapp-1"), SigningSecret: secret.New("a signing secret")}
	cfg.APIURL = "http://127.0.0.1:1/api/"
	s, err := New(cfg, Deps{Propose: func(context.Context, bot.Proposal) error { return nil }, Home: shelf{},
		MayPropose: func(by, _ bot.Address) bool { return by == address("U1") }})
	if err != nil {
		t.Fatal(err)
	}
	w := s.workspaces[0]
	w.team, w.user, w.bot, w.deaf = "T1", "UBOT", "B1", true
	s.teams["T1"] = w
	return s
}

// payloads are of every kind, as Slack sends them.
var payloads = []string{
	`{"type":"event_callback","team_id":"T1","event_id":"Ev1","event":{"type":"message","channel":"C1","channel_type":"channel","user":"U1","ts":"1700000000.000100","text":"<@UBOT> hi"}}`,
	`{"type":"event_callback","team_id":"T1","event_id":"Ev1","event":{"type":"app_mention","channel":"C1","user":"U1","ts":"1700000000.000100","thread_ts":"1699999999.000100","text":"<@UBOT> hi"}}`,
	`{"type":"event_callback","team_id":"T1","event_id":"Ev2","event":{"type":"message","subtype":"message_changed","channel":"C1","ts":"1700000001.000100","message":{"user":"U1","ts":"1700000000.000100","text":"b","edited":{"user":"U1","ts":"1700000001.000100"}},"previous_message":{"user":"U1","ts":"1700000000.000100","text":"a"}}}`,
	`{"type":"event_callback","team_id":"T1","event_id":"Ev3","event":{"type":"message","subtype":"message_deleted","channel":"C1","ts":"1700000001.000100","deleted_ts":"1700000000.000100","previous_message":{"user":"U1","ts":"1700000000.000100","text":"a"}}}`,
	`{"type":"event_callback","team_id":"T1","event_id":"Ev4","event":{"type":"reaction_added","user":"U1","reaction":"+1::skin-tone-2","item_user":"UBOT","item":{"type":"message","channel":"C1","ts":"1700000000.000100"},"event_ts":"1700000001.000100"}}`,
	`{"type":"event_callback","team_id":"T1","event_id":"Ev5","event":{"type":"app_home_opened","user":"U1","tab":"home","channel":"D1"}}`,
	`{"type":"event_callback","team_id":"T1","event_id":"Ev6","event":{"type":"assistant_thread_started","assistant_thread":{"user_id":"U1","channel_id":"D1","thread_ts":"1700000000.000100"}}}`,
	`{"type":"event_callback","team_id":"T1","event_id":"Ev7","event":{"type":"message","subtype":"file_share","channel":"D1","channel_type":"im","user":"U1","ts":"1700000000.000100","files":[{"name":"a.m4a","mimetype":"audio/mp4","url_private_download":"https://files.slack.com/x","size":9}]}}`,
	`{"type":"block_actions","user":{"id":"U1"},"team":{"id":"T1"},"trigger_id":"1.2","response_url":"https://hooks.slack.com/actions/x","container":{"type":"message","message_ts":"1700000000.000100","channel_id":"C1","is_ephemeral":true},"actions":[{"action_id":"fd_option_0","action_ts":"1700000001.000100","value":"yes","text":{"text":"Yes"}}]}`,
	`{"type":"view_submission","user":{"id":"U1"},"team":{"id":"T1"},"view":{"id":"V1","hash":"1.a","callback_id":"fd_form","private_metadata":"{\"Place\":{\"Workspace\":\"T1\",\"Channel\":\"C1\",\"Message\":\"1700000000.000100\"}}","state":{"values":{"fd_input":{"fd_text":{"value":"typed"}}}}}}`,
	`{"type":"message_action","callback_id":"fd_about","user":{"id":"U1"},"team":{"id":"T1"},"channel":{"id":"C1"},"message":{"user":"U2","ts":"1700000000.000100","text":"what?"},"action_ts":"1700000001.000100"}`,
	`{"team_id":"T1","channel_id":"C1","user_id":"U1","command":"/ask","text":"what","response_url":"https://hooks.slack.com/commands/x","trigger_id":"1.2"}`,
	`{"type":"event_callback","team_id":"T1","event":{"type":"message","channel":{"id":1},"user":[],"ts":1}}`, `[]`, `null`, `{"event":null}`, ``,
}

// FuzzPayloads reads what may come in. What comes through names only plausible
// places, and stays within bounds.
func FuzzPayloads(f *testing.F) {
	for _, p := range payloads {
		for k := range 4 {
			f.Add(k, []byte(p))
		}
	}
	s := still(f)
	f.Fuzz(func(t *testing.T, k int, payload []byte) {
		j := s.read(kind(k&3), payload)
		if j.prepare == nil {
			return
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		cancel() // nothing may be asked of Slack
		e, err := j.prepare(ctx)
		if err != nil || e == nil {
			return
		}
		if !plausible(e.Place.Channel) || len(e.Message.Text) > maxQuestion || len(e.Message.ID) > 300 || len(e.Key) > 500 || e.Message.Conversation == "" {
			t.Errorf("%q gives %+v", payload, e)
		}
		if b, err := json.Marshal(e); err != nil || len(b) > 200<<10 {
			t.Errorf("an event of %d bytes: %v", len(b), err)
		}
		if len(j.key) > 300 {
			t.Errorf("a key of %d bytes", len(j.key))
		}
	})
}

// FuzzRequests serves requests: none may crash it, and none that is not signed may
// come through.
func FuzzRequests(f *testing.F) {
	for _, p := range payloads {
		f.Add("application/json", []byte(p), false)
		f.Add("application/x-www-form-urlencoded", []byte("payload="+p), true)
	}
	f.Add("application/x-www-form-urlencoded", []byte("%"), true)
	f.Add("", []byte{0}, true)
	s := still(f)
	f.Fuzz(func(t *testing.T, contentType string, body []byte, signed bool) {
		r := httptest.NewRequest(http.MethodPost, "/slack/events", strings.NewReader(string(body)))
		r.Header.Set("Content-Type", contentType)
		if signed {
			timestamp, signature := slackfake.Sign("a signing secret", time.Now(), body)
			r.Header.Set("X-Slack-Request-Timestamp", timestamp)
			r.Header.Set("X-Slack-Signature", signature)
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if !signed && w.Code != http.StatusUnauthorized {
			t.Errorf("an unsigned request is answered with %d", w.Code)
		}
		if w.Code >= 500 && w.Code != http.StatusServiceUnavailable {
			t.Errorf("%d", w.Code)
		}
	})
}

// FuzzMrkdwn translates any text: it is valid, calls nobody, and its code ends.
func FuzzMrkdwn(f *testing.F) {
	for _, s := range []string{
		"**a** _b_ ~~c~~ `d`", "# h\n\n- a\n  - b\n\n1. c", "```\n<!channel>\n```", "<!here> <@U1> @channel", "[a](https://x/?a=<b>|c)", "| a | b |\n|---|--:|\n| `1` | **2** |",
		"![i](https://x/i.png)", "&lt;!channel&gt;", "\\<!everyone>", "<https://x|y>", "```\n```", "> > > a", strings.Repeat("> ", 200) + "x", strings.Repeat("- ", 200) + "x", "\x00\xff",
		"[<!channel>](https://x)", "[a](javascript:alert(1))", "`<@U1>`", "<div>\n<!channel>\n</div>", "@\u200bchannel @ever\u200byone",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 20_000 {
			return
		}
		out := mrkdwn(s)
		if !utf8.ValidString(out) {
			t.Errorf("%q gives %q, which is no UTF-8", s, out)
		}
		for rest := out; ; {
			i := strings.IndexByte(rest, '<')
			if i < 0 {
				break
			}
			rest = rest[i+1:]
			if !strings.HasPrefix(rest, "http://") && !strings.HasPrefix(rest, "https://") && !strings.HasPrefix(rest, "mailto:") && !strings.HasPrefix(rest, "tel:") &&
				!strings.HasPrefix(strings.ToLower(rest), "http") && !strings.HasPrefix(strings.ToLower(rest), "mailto:") && !strings.HasPrefix(strings.ToLower(rest), "tel:") {
				t.Errorf("%q gives a reference: %q", s, out)
			}
		}
		if broadcast.MatchString(out) && !strings.Contains(out, "<http") && !strings.Contains(out, "```") && !strings.Contains(out, "`") && !strings.Contains(out, "<mailto") {
			t.Errorf("%q may call everybody: %q", s, out)
		}
		if strings.Count(out, "```")%2 != 0 {
			t.Errorf("%q leaves a block of code open: %q", s, out)
		}
		for _, m := range render(chat.Showing{Reply: bot.Reply{Text: s, Options: []bot.Option{{ID: "a", Label: s}}}}) {
			if length(m.text) > maxFallback || len(m.blocks) > 20 {
				t.Errorf("%q gives a message of %d characters, in %d blocks", s, length(m.text), len(m.blocks))
			}
		}
	})
}

func TestUnformat(t *testing.T) {
	for in, want := range map[string]string{
		"<@UBOT> hi":   "hi",
		"hi <@UBOT|x>": "hi",
		"<@U1|ann> and <@U2>, <#C1|general> <#C2>":             "@ann and @U2, #general #C2",
		"<https://x.example/?a=1&amp;b=2>":                     "https://x.example/?a=1&b=2",
		"<https://x.example|x &lt;y&gt;> <mailto:a@b.c|a@b.c>": "x <y> (https://x.example) a@b.c",
		"<!here> <!subteam^S1|@team> <!date^1^{date}|today>":   "@here @team today",
		"a &lt; b &amp;&amp; c &gt; d":                         "a < b && c > d",
		"open < bracket":                                       "open < bracket",
		"&amp;lt;":                                             "&lt;",
	} {
		if got := unformat(in, "UBOT"); got != want {
			t.Errorf("%q gives %q, want %q", in, got, want)
		}
	}
}

func TestMrkdwn(t *testing.T) {
	z := apart
	for in, want := range map[string]string{
		"**bold** and *italic* and ~~gone~~":      "*bold* and _italic_ and ~gone~",
		"***both***":                              "_*both*_",
		"# Title with **bold**\n\ntext":           "*Title with bold*\n\ntext",
		"- a\n  - b\n    1. c\n- d":               "• a\n    ◦ b\n        1. c\n• d",
		"3. a\n4. b":                              "3. a\n4. b",
		"- [x] done\n- [ ] open":                  "• ☑ done\n• ☐ open",
		"a\n\n    code <b>\n\nz":                  "a\n\n```\ncode &lt;b&gt;\n```\n\nz",
		"```go\nx := \"```\"\n```":                "```\nx := \"`" + z + "`" + z + "`\"\n```",
		"[text](https://x.example/a?b=c&d=e)":     "<https://x.example/a?b=c&amp;d=e|text>",
		"[text](/relative)":                       "text",
		"[x](javascript:alert(1))":                "x",
		"<https://x.example/a_b>":                 "<https://x.example/a_b>",
		"![alt](https://x.example/i.png)":         "<https://x.example/i.png|alt>",
		"> quoted\n> on":                          "> quoted\n> on",
		"| a | bb |\n|---|---:|\n| ccc | 1 |":     "```\na   | bb\n----|---\nccc |  1\n```",
		"<!channel> & <@U1> @here":                "&lt;!channel&gt; &amp; &lt;@U1&gt; @" + z + "here",
		"snake_case_name and 2 * 3":               "snake_case_name and 2 * 3",
		`\*literal\*`:                             z + "*" + z + "literal" + z + "*" + z,
		"un**frigging**believable":                "un" + z + "*frigging*" + z + "believable",
		"a<br>b":                                  "a\nb",
		"`code with <b> & c`":                     "`code with &lt;b&gt; &amp; c`",
		"---":                                     strings.Repeat("─", 20),
		"one\ntwo":                                "one\ntwo",
		"":                                        "",
		"a `` ` `` tick":                          "a `ˋ` tick",
		"[**bold** link](https://x.example)":      "<https://x.example|*bold* link>",
		"[link with | and >](https://x.example/)": "<https://x.example/|link with | and &gt;>",
	} {
		if got := strings.ReplaceAll(mrkdwn(in), "----|---", "----|---"); got != want && !strings.Contains(in, "| a |") {
			t.Errorf("%q gives\n%q, want\n%q", in, got, want)
		}
	}
	if got := mrkdwn("| a | bb |\n|---|---:|\n| ccc | 1 |"); !strings.HasPrefix(got, "```\na   | bb\n") || !strings.Contains(got, "\nccc |  1\n```") {
		t.Errorf("a table gives %q", got)
	}
}

func TestManyOptionsAreAMenu(t *testing.T) {
	count := func(n, idLength int) (buttons, choices int) {
		var options []bot.Option
		for i := range n {
			options = append(options, bot.Option{ID: fmt.Sprint(i, strings.Repeat("x", idLength)), Label: fmt.Sprint("option ", i)})
		}
		s := newStand(t, slackfake.Config{}, slackfake.Setup{})
		s.run((&heard{reply: func(bot.Message) bot.Reply { return bot.Reply{Decision: bot.Suggest, Text: "which?", Options: options} }}).handle)
		s.ws.Say(s.anna, s.ws.DM(s.anna), "x", "")
		for _, c := range s.posts(s.ws.DM(s.anna), "", 1)[0].Controls() {
			if c.Kind == "button" {
				buttons++
			}
			choices += len(c.Options)
		}
		s.end()
		return buttons, choices
	}
	for _, test := range []struct{ n, id, buttons, choices int }{{5, 1, 5, 0}, {6, 1, 0, 6}, {100, 1, 0, 100}, {130, 1, 0, 100}, {30, 200, 30, 0}} {
		if b, c := count(test.n, test.id); b != test.buttons || c != test.choices {
			t.Errorf("%d options: %d buttons, a menu of %d", test.n, b, c)
		}
	}
}
