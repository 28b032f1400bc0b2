package slack

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/adapters/chat"
	"frontdesk/adapters/slack/slackfake"
	"frontdesk/bot"
	"frontdesk/internal/secret"

	"go.yaml.in/yaml/v4"
)

// manifest is what of the manifest is looked at.
type manifest struct {
	Features struct {
		Shortcuts []struct {
			Type       string
			CallbackID string `yaml:"callback_id"`
		}
		Commands []struct{ Command string } `yaml:"slash_commands"`
		Home     struct {
			Tab      bool `yaml:"home_tab_enabled"`
			Messages bool `yaml:"messages_tab_enabled"`
			ReadOnly bool `yaml:"messages_tab_read_only_enabled"`
		} `yaml:"app_home"`
	}
	OAuth struct {
		Scopes struct{ Bot []string }
	} `yaml:"oauth_config"`
	Settings struct {
		Events struct {
			Bot []string `yaml:"bot_events"`
		} `yaml:"event_subscriptions"`
		Socket bool `yaml:"socket_mode_enabled"`
	}
}

func readManifest(t *testing.T) manifest {
	t.Helper()
	var m manifest
	if err := yaml.Unmarshal([]byte(Manifest), &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestManifestHasWhatIsUsed(t *testing.T) {
	m := readManifest(t)
	var want []string
	for _, s := range slices.Concat(needed, wished) {
		want = append(want, s.name)
	}
	slices.Sort(want)
	if !slices.Equal(m.OAuth.Scopes.Bot, want) {
		t.Errorf("the manifest has the scopes\n%q, the adapter uses\n%q", m.OAuth.Scopes.Bot, want)
	}
	// Each event needs its scope, and none but these is read.
	for event, scope := range map[string]string{
		"app_home_opened": "", "app_mention": "app_mentions:read", "assistant_thread_started": "assistant:write",
		"message.channels": "channels:history", "message.groups": "groups:history", "message.im": "im:history", "message.mpim": "mpim:history",
		"reaction_added": "reactions:read",
	} {
		if !slices.Contains(m.Settings.Events.Bot, event) || scope != "" && !slices.Contains(want, scope) {
			t.Errorf("the manifest lacks the event %s or its scope %s", event, scope)
		}
	}
	if n := len(m.Settings.Events.Bot); n != 8 {
		t.Errorf("the manifest has %d events", n)
	}
	if len(m.Features.Shortcuts) != 1 || m.Features.Shortcuts[0].CallbackID != aboutShortcut || m.Features.Shortcuts[0].Type != "message" {
		t.Errorf("shortcuts: %+v", m.Features.Shortcuts)
	}
	if len(m.Features.Commands) != 1 || m.Features.Commands[0].Command != DefaultConfig().Command {
		t.Errorf("commands: %+v", m.Features.Commands)
	}
	if !m.Features.Home.Tab || !m.Features.Home.Messages || m.Features.Home.ReadOnly || !m.Settings.Socket {
		t.Errorf("tabs and Socket Mode: %+v", m)
	}
}

// TestTheManifestIsEnough runs the adapter with just the scopes and events of the
// manifest: nothing is refused.
func TestTheManifestIsEnough(t *testing.T) {
	m := readManifest(t)
	s := newStand(t, slackfake.Config{}, slackfake.Setup{Scopes: m.OAuth.Scopes.Bot, Events: m.Settings.Events.Bot})
	s.deps.Home = shelf{}
	s.fake.KeepCalls()
	s.run(echo)
	said := s.ws.Say(s.anna, s.general, s.ws.Mention()+" hello", "")
	s.posts(s.general, said.TS, 1)
	s.ws.Say(s.bob, s.general, "and more", said.TS)
	s.posts(s.general, said.TS, 2)
	s.acked(s.ws.OpenHome(s.anna, "home"))
	s.await("the home tab", func() bool { _, ok := s.ws.Home(s.anna); return ok })
	if _, _, d := s.ws.StartAssistant(s.anna, ""); d == nil {
		t.Error("assistant threads are not subscribed")
	}
	if err := s.desk.Send(t.Context(), address(s.bob), bot.Reply{Decision: bot.Notice, Text: "for you"}); err != nil {
		t.Error(err)
	}
	s.end()
	for _, c := range s.fake.Calls("") {
		if c.Error != "" {
			t.Errorf("%s was refused: %s", c.Method, c.Error)
		}
	}
	if f := Doctor(t.Context(), s.cfg); slices.ContainsFunc(f, func(f chat.Finding) bool { return !f.OK }) {
		t.Errorf("the doctor finds %+v", f)
	}
}

func TestDoctor(t *testing.T) {
	s := newStand(t, slackfake.Config{}, slackfake.Setup{Scopes: []string{"chat:write", "app_mentions:read", "im:history", "channels:read"}})
	noScope := s.fake.AddWorkspace(slackfake.Setup{AppScopes: []string{}})
	foreign := s.ws.AddChannel("foreign", slackfake.Public, s.anna)
	swapped := s.cfg
	swapped.BotToken, swapped.AppToken = s.cfg.AppToken, s.cfg.BotToken
	wrong := s.cfg
	wrong.BotToken = secret.New("xoxb-wrong")
	user := s.cfg
	user.BotToken = secret.New("xoxp-1")
	app := s.cfg
	app.Tokens = tokensOf(noScope)
	away := s.cfg
	away.APIURL = "http://127.0.0.1:1/api/"
	channels := s.cfg
	channels.Channels = map[string]chat.Channel{s.general: {}, foreign: {}, "C404": {}, chat.Everywhere: {}}
	http := s.cfg
	http.Mode, http.SigningSecret = HTTP, secret.New("xoxb-not-it")
	slow := s.cfg
	slow.APIURL = late(t, s.fake)
	for name, test := range map[string]struct {
		cfg  Config
		want string
	}{
		"nothing":         {DefaultConfig(), "not configured"},
		"swapped":         {swapped, "swapped"},
		"wrong token":     {wrong, "refuses the bot_token"},
		"a user's token":  {user, "a user's token"},
		"lacking scopes":  {s.cfg, "needs: im:write"},
		"wished scopes":   {s.cfg, "files:read for voice messages"},
		"app token":       {app, "connections:write"},
		"unreachable":     {away, "cannot be reached"},
		"not in it":       {channels, foreign + " (#foreign)"},
		"no such channel": {channels, "C404"},
		"signing secret":  {http, "signing_secret"},
		"the clock":       {slow, "clock"},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		findings := Doctor(ctx, test.cfg)
		cancel()
		if !slices.ContainsFunc(findings, func(f chat.Finding) bool {
			return !f.OK && f.Do != "" && strings.Contains(f.What, test.want)
		}) {
			t.Errorf("%s: %+v", name, findings)
		}
		for _, f := range findings {
			if strings.Contains(f.What+f.Do, s.cfg.BotToken.Reveal()) || strings.Contains(f.What+f.Do, "xoxb-wrong") {
				t.Errorf("%s: a token is told: %+v", name, f)
			}
		}
	}
}

// late is the fake seen through a server whose clock is ten minutes ahead.
func late(t *testing.T, fake *slackfake.Server) string {
	to, err := url.Parse(fake.URL())
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(to)
	proxy.ModifyResponse = func(r *http.Response) error {
		r.Header.Set("Date", time.Now().Add(10*time.Minute).UTC().Format(http.TimeFormat))
		return nil
	}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	return server.URL + "/api/"
}

func TestConfigCheck(t *testing.T) {
	good := DefaultConfig()
	good.Tokens = Tokens{BotToken: secret.New("xoxb-1"), AppToken: secret.New("xapp-1")}
	faults := func(c Config) (keys []string) {
		c.Check(func(key, what, do string) { keys = append(keys, key) })
		return keys
	}
	if f := faults(good); len(f) > 0 {
		t.Errorf("a good configuration: %q", f)
	}
	if f := faults(DefaultConfig()); len(f) > 0 {
		t.Errorf("none at all: %q", f)
	}
	for want, change := range map[string]func(*Config){
		"mode":                    func(c *Config) { c.Mode = "x" },
		"bot_token":               func(c *Config) { c.BotToken = secret.New("xapp-1") },
		"app_token":               func(c *Config) { c.AppToken = secret.String{} },
		"signing_secret":          func(c *Config) { c.Mode = HTTP },
		"path":                    func(c *Config) { c.Path = "slack" },
		"command":                 func(c *Config) { c.Command = "ask me" },
		"pace":                    func(c *Config) { c.Pace = -1 },
		"burst":                   func(c *Config) { c.Burst = 0 },
		"seen":                    func(c *Config) { c.Seen = ":eyes:" },
		"api_url":                 func(c *Config) { c.APIURL = "http://slack.example/api/" },
		"rating":                  func(c *Config) { c.Rating = "x" },
		"workspaces.b.bot_token":  func(c *Config) { c.Workspaces = map[string]Tokens{"b": {AppToken: secret.New("xapp-2")}} },
		"workspaces.b.app_token":  func(c *Config) { c.Workspaces = map[string]Tokens{"b": {BotToken: secret.New("xoxb-2")}} },
		"channels.C1.when":        func(c *Config) { c.Channels = map[string]chat.Channel{"C1": {When: []chat.When{"x"}}} },
		"workspaces.b.bot_token ": func(c *Config) { c.Workspaces = map[string]Tokens{"b": {}} },
	} {
		c := good
		change(&c)
		if f := faults(c); !slices.Contains(f, strings.TrimSpace(want)) {
			t.Errorf("%s: faults are %q", want, f)
		}
	}
}
