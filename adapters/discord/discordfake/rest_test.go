package discordfake_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"frontdesk/adapters/discord/discordfake"

	"github.com/bwmarrin/discordgo"
)

// TestForms holds the limits that Discord publishes, and its way to tell of
// them.
func TestForms(t *testing.T) {
	t.Parallel()
	s := serve(t, discordfake.Options{})
	ann := s.AddUser("ann")
	ch := s.AddChannel(s.AddGuild("home", ann), "general", discordfake.TextChannel)
	long := func(n int) string { return strings.Repeat("x", n) }
	for _, x := range []struct{ body, path string }{
		{`{"content":"` + long(2001) + `"}`, "content"},
		{`{"content":"x","nonce":"` + long(26) + `"}`, "nonce"},
		{`{"content":"x","allowed_mentions":{"parse":["all"]}}`, "allowed_mentions.parse.0"},
		{`{"content":"x","allowed_mentions":{"parse":["users"],"users":["1"]}}`, "allowed_mentions"},
		{`{"embeds":[{"title":"` + long(257) + `"}]}`, "embeds.0.title"},
		{`{"embeds":[{"description":"` + long(4097) + `"}]}`, "embeds.0.description"},
		{`{"embeds":[{"description":"` + long(4000) + `"},{"description":"` + long(2001) + `"}]}`, "embeds"},
		{`{"embeds":[{"fields":[{"name":"","value":"x"}]}]}`, "embeds.0.fields.0.name"},
		{`{"components":[{"type":2,"style":1,"label":"x","custom_id":"x"}]}`, "components.0.type"},
		{`{"components":[{"type":1,"components":[{"type":2,"style":1,"label":"` + long(81) + `","custom_id":"x"}]}]}`, "components.0.components.0.label"},
		{`{"components":[{"type":1,"components":[{"type":2,"style":1,"label":"x","custom_id":"` + long(101) + `"}]}]}`, "components.0.components.0.custom_id"},
		{`{"components":[{"type":1,"components":[{"type":2,"style":1,"label":"x","custom_id":"a"},{"type":2,"style":1,"label":"x","custom_id":"a"}]}]}`, "components.0.components.1.custom_id"},
		{`{"components":[{"type":1,"components":[{"type":3,"custom_id":"a","options":[]}]}]}`, "components.0.components.0.options"},
		{`{"content":"x","message_reference":{"message_id":"12"}}`, "message_reference"},
		{`{"content":12}`, "content"},
	} {
		status, answer := post(t, s, "/api/v9/channels/"+ch+"/messages", x.body)
		var e struct {
			Code   int
			Errors map[string]any
		}
		if err := json.Unmarshal([]byte(answer), &e); err != nil {
			t.Fatal(err)
		}
		at := e.Errors
		for _, p := range strings.Split(x.path, ".") {
			at, _ = at[p].(map[string]any)
		}
		if status != 400 || e.Code != 50035 || at["_errors"] == nil {
			t.Errorf("%.80s: %d %s", x.body, status, answer)
		}
	}
	for body, want := range map[string]string{`{`: "50109", `{"content":" "}`: "50006", `{}`: "50006"} {
		if _, answer := post(t, s, "/api/v9/channels/"+ch+"/messages", body); !strings.Contains(answer, want) {
			t.Errorf("%s: %s", body, answer)
		}
	}
	if status, _ := post(t, s, "/api/v9/channels/"+ch+"/messages", `{"content":"`+strings.Repeat("é", 2000)+`"}`); status != 200 {
		t.Error("2,000 characters are refused")
	}
	if n := len(s.Messages(ch)); n != 1 {
		t.Errorf("%d messages were made", n)
	}
	s.Deny(ch, discordfake.PermSend)
	if _, answer := post(t, s, "/api/v9/channels/"+ch+"/messages", `{"content":"x"}`); !strings.Contains(answer, "50013") {
		t.Error(answer)
	}
	s.Deny(ch, discordfake.PermView)
	if _, answer := post(t, s, "/api/v9/channels/"+ch+"/messages", `{"content":"x"}`); !strings.Contains(answer, "50001") {
		t.Error(answer)
	}
}

func post(t *testing.T, s *discordfake.Server, path, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bot "+s.Token())
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(data)
}

// TestNonce holds that what is posted again after its answer was lost is one
// post.
func TestNonce(t *testing.T) {
	t.Parallel()
	s := serve(t, discordfake.Options{})
	ann := s.AddUser("ann")
	ch := s.AddChannel(s.AddGuild("home", ann), "general", discordfake.TextChannel)
	s.Fail(discordfake.Fault{Route: "POST /channels/{channel}/messages", Times: 1, After: true, Cut: true})
	body := `{"content":"x","nonce":"n1","enforce_nonce":true}`
	if status, answer := post(t, s, "/api/v9/channels/"+ch+"/messages", body); status != 0 {
		t.Errorf("answered %d %s", status, answer)
	}
	status, answer := post(t, s, "/api/v9/channels/"+ch+"/messages", body)
	if all := s.Messages(ch); status != 200 || len(all) != 1 || !strings.Contains(answer, all[0].ID) || all[0].Nonce != "n1" {
		t.Errorf("%d %s; %+v", status, answer, all)
	}
	s = serve(t, discordfake.Options{NonceFor: time.Nanosecond})
	dm := s.DM(s.AddUser("ann"))
	post(t, s, "/api/v9/channels/"+dm+"/messages", body)
	post(t, s, "/api/v9/channels/"+dm+"/messages", body)
	if n := len(s.Messages(dm)); n != 2 {
		t.Errorf("after the nonce's time there are %d messages", n)
	}
}

// TestLimits lets the library wait where a route is exhausted, and everywhere.
func TestLimits(t *testing.T) {
	t.Parallel()
	s := serve(t, discordfake.Options{PerRoute: 2, RouteWindow: 300 * time.Millisecond})
	ann := s.AddUser("ann")
	ch := s.AddChannel(s.AddGuild("home", ann), "general", discordfake.TextChannel)
	c := client(t, s, 0)
	began := time.Now()
	for range 5 {
		if _, err := c.ChannelMessageSend(ch, "x"); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(s.Messages(ch)); n != 5 || time.Since(began) < 500*time.Millisecond {
		t.Errorf("%d messages in %v", n, time.Since(began))
	}
	c.ShouldRetryOnRateLimit = false
	s.Fail(discordfake.Fault{Status: 429, RetryAfter: 1500 * time.Millisecond, Global: true, Times: 1})
	_, err := c.User("@me")
	var limit *discordgo.RateLimitError
	if !errors.As(err, &limit) || limit.RetryAfter != 1500*time.Millisecond {
		t.Errorf("%v", err)
	}
	s = serve(t, discordfake.Options{PerRoute: 2, RouteWindow: time.Hour})
	ch = s.DM(s.AddUser("ann"))
	for range 2 {
		if status, answer := post(t, s, "/api/v9/channels/"+ch+"/messages", `{"content":"x"}`); status != 200 {
			t.Errorf("%d %s", status, answer)
		}
	}
	if status, answer := post(t, s, "/api/v9/channels/"+ch+"/messages", `{"content":"x"}`); status != 429 || !strings.Contains(answer, "retry_after") {
		t.Errorf("%d %s", status, answer)
	}
}

func TestThreads(t *testing.T) {
	t.Parallel()
	s := serve(t, discordfake.Options{})
	ann := s.AddUser("ann")
	g := s.AddGuild("home", ann)
	ch := s.AddChannel(g, "general", discordfake.TextChannel)
	forum := s.AddChannel(g, "help", discordfake.ForumChannel)
	c := client(t, s, everything)
	threads := make(chan *discordgo.Channel, 10)
	created := make(chan *discordgo.Message, 10)
	c.AddHandler(func(_ *discordgo.Session, th *discordgo.ThreadCreate) { threads <- th.Channel })
	c.AddHandler(func(_ *discordgo.Session, m *discordgo.MessageCreate) { created <- m.Message })
	open(t, c)
	said := s.Say(ch, ann, "how?")
	next(t, created)
	th, err := c.MessageThreadStart(ch, said.ID, "How", 1440)
	if err != nil || th.ID != said.ID || th.ParentID != ch {
		t.Errorf("%v: %+v", err, th)
	}
	if got := next(t, threads); got.ID != th.ID || got.OwnerID != s.Bot.ID {
		t.Errorf("told: %+v", got)
	}
	if _, err := c.MessageThreadStart(ch, said.ID, "How", 1440); code(t, err) != 160004 {
		t.Error(err)
	}
	if _, err := c.ChannelMessageSend(th.ID, "so"); err != nil {
		t.Error(err)
	}
	next(t, created)
	opened, first := s.ForumPost(forum, ann, "Why?", "I ask")
	if got := next(t, threads); got.ID != opened.ID || got.ParentID != forum {
		t.Errorf("told: %+v", got)
	}
	if m := next(t, created); m.ID != opened.ID || m.ChannelID != opened.ID || m.ID != first.ID || m.Content != "I ask" {
		t.Errorf("told: %+v", m)
	}
	if _, err := c.ChannelMessageSend(forum, "x"); code(t, err) != 50008 {
		t.Error(err)
	}
	if active, err := c.GuildThreadsActive(g); err != nil || len(active.Threads) != 2 {
		t.Errorf("%v: %+v", err, active)
	}
}

// TestWorld asks for what a client looks up at its start.
func TestWorld(t *testing.T) {
	t.Parallel()
	s := serve(t, discordfake.Options{Flags: discordfake.FlagContentSmall})
	ann := s.AddUser("ann")
	g := s.AddGuild("home")
	s.Join(g, ann, "experts")
	ch := s.AddChannel(g, "general", discordfake.TextChannel)
	c := client(t, s, 0)
	if app, err := c.Application("@me"); err != nil || app.Flags != discordfake.FlagContentSmall || app.VerifyKey != s.PublicKey {
		t.Errorf("%v: %+v", err, app)
	}
	if u, err := c.User("@me"); err != nil || u.ID != s.Bot.ID || !u.Bot {
		t.Errorf("%v: %+v", err, u)
	}
	if m, err := c.GuildMember(g, ann.ID); err != nil || len(m.Roles) != 1 || m.Roles[0] != s.RoleID(g, "experts") {
		t.Errorf("%v: %+v", err, m)
	}
	if got, err := c.GatewayBot(); err != nil || got.Shards != 1 || got.SessionStartLimit.MaxConcurrency != 16 {
		t.Errorf("%v: %+v", err, got)
	}
	if all, err := c.GuildChannels(g); err != nil || len(all) != 1 {
		t.Errorf("%v: %+v", err, all)
	}
	s.Deny(ch, discordfake.PermSend)
	may, err := c.UserChannelPermissions(s.Bot.ID, ch)
	if err != nil || may&discordfake.PermView == 0 || may&discordfake.PermSend != 0 {
		t.Errorf("%v: %b", err, may)
	}
	dm, err := c.UserChannelCreate(ann.ID)
	if err != nil || dm.ID != s.DM(ann) || dm.Type != discordgo.ChannelTypeDM {
		t.Errorf("%v: %+v", err, dm)
	}
	s.Voice(dm.ID, ann, []byte("OggS"), 1.5)
	all, err := c.ChannelMessages(dm.ID, 1, "", "", "")
	if err != nil || all[0].Flags&discordgo.MessageFlagsIsVoiceMessage == 0 || all[0].Attachments[0].DurationSecs != 1.5 {
		t.Fatalf("%v: %+v", err, all)
	}
	resp, err := http.Get(all[0].Attachments[0].URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if data, err := io.ReadAll(resp.Body); err != nil || string(data) != "OggS" {
		t.Errorf("%v: %q", err, data)
	}
	bad := []*discordgo.ApplicationCommand{{Name: "Ask", Description: "x"}}
	if _, err := c.ApplicationCommandBulkOverwrite(s.Bot.ID, "", bad); code(t, err) != 50035 {
		t.Error(err)
	}
}
