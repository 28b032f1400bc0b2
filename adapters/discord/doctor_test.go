package discord_test

import (
	"strings"
	"testing"
	"time"

	"frontdesk/adapters/chat"
	"frontdesk/adapters/discord"
	"frontdesk/adapters/discord/discordfake"
	"frontdesk/internal/secret"
)

// TestDoctor holds that each thing that can be wrong is found, with what mends it.
func TestDoctor(t *testing.T) {
	t.Parallel()
	s, _ := desk(t, discordfake.Options{}, nil)
	general := s.channel("general")
	cfg := s.cfg
	cfg.APIURL = s.fake.URL
	cfg.Channels = map[string]chat.Channel{general: {}}
	for _, f := range discord.Doctor(t.Context(), cfg) {
		if !f.OK {
			t.Errorf("of a desk that is well it says: %s; %s", f.What, f.Do)
		}
	}
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}

	ill, err := discordfake.New(discordfake.Options{Flags: discordfake.NoFlags, Skew: -time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	defer ill.Close()
	for name, x := range map[string]struct {
		change func(*discord.Config)
		what   string
		do     string
	}{
		"no token":          {func(c *discord.Config) { c.Token = secret.String{} }, "no token", "DISCORD_TOKEN"},
		"a wrong token":     {func(c *discord.Config) { c.Token = secret.New("stolen") }, "does not accept the token", "Reset Token"},
		"nobody there":      {func(c *discord.Config) { c.APIURL = "http://127.0.0.1:1" }, "does not answer", "discordstatus"},
		"no content":        {nil, "may not read messages", "Message Content Intent"},
		"clock":             {nil, "clock is off by", "NTP"},
		"no guild":          {nil, "in no guild", "oauth2/authorize?client_id="},
		"no commands":       {nil, "/ask is not registered", "start the desk"},
		"a strange channel": {func(c *discord.Config) { c.Forums = []string{"123456789012345678"} }, "cannot be seen", "role"},
		"no endpoint":       {func(c *discord.Config) { c.Mode, c.PublicKey = discord.HTTP, ill.PublicKey }, "where to call", "Interactions Endpoint URL"},
		"another key":       {func(c *discord.Config) { c.PublicKey = strings.Repeat("ab", 32) }, "not the key", "General Information"},
		"a fault":           {func(c *discord.Config) { c.Shards = 0 }, "discord.shards", "write a number"},
	} {
		cfg := discord.DefaultConfig()
		cfg.Token, cfg.APIURL = secret.New(ill.Token()), ill.URL
		if x.change != nil {
			x.change(&cfg)
		}
		found := false
		for _, f := range discord.Doctor(t.Context(), cfg) {
			if strings.Contains(f.What+f.Do, "stolen") {
				t.Errorf("%s: the token is shown: %s", name, f.What)
			}
			found = found || !f.OK && strings.Contains(f.What, x.what) && strings.Contains(f.Do, x.do)
		}
		if !found {
			t.Errorf("%s is not found: %+v", name, discord.Doctor(t.Context(), cfg))
		}
	}
	s.fake.Deny(general, discordfake.PermSend|discordfake.PermHistory)
	for _, f := range discord.Doctor(t.Context(), cfg) {
		if !f.OK && strings.Contains(f.What, "#general the desk lacks: Send Messages, Read Message History") {
			return
		}
	}
	t.Errorf("lacking permissions are not found: %+v", discord.Doctor(t.Context(), cfg))
}

// TestConfig holds that every setting that cannot be used is reported.
func TestConfig(t *testing.T) {
	t.Parallel()
	good := discord.DefaultConfig()
	good.Check(func(key, what, do string) { t.Errorf("%s: %s; %s", key, what, do) })
	for key, change := range map[string]func(*discord.Config){
		"mode":          func(c *discord.Config) { c.Mode = "carrier pigeon" },
		"public_key":    func(c *discord.Config) { c.PublicKey = "zz" },
		"token":         func(c *discord.Config) { c.Token = secret.New("Bot x") },
		"path":          func(c *discord.Config) { c.Path = "no path" },
		"command":       func(c *discord.Config) { c.Command = "/Ask" },
		"shards":        func(c *discord.Config) { c.Shards = 1000 },
		"catch_up":      func(c *discord.Config) { c.CatchUp = -time.Second },
		"guilds":        func(c *discord.Config) { c.Guilds = []string{"home"} },
		"forums":        func(c *discord.Config) { c.Forums = []string{"help"} },
		"channels.help": func(c *discord.Config) { c.Channels = map[string]chat.Channel{"help": {}} },
		"api_url":       func(c *discord.Config) { c.APIURL = "http://example.com" },
		"rating":        func(c *discord.Config) { c.Rating = "stars" },
		"public_key ":   func(c *discord.Config) { c.Mode = discord.HTTP },
		"api_url ":      func(c *discord.Config) { c.APIURL = "https://example.com/api" },
	} {
		cfg := discord.DefaultConfig()
		change(&cfg)
		var got []string
		cfg.Check(func(key, _, do string) {
			if do == "" {
				t.Errorf("%s: nothing is said to mend it", key)
			}
			got = append(got, key)
		})
		if len(got) != 1 || got[0] != strings.TrimSpace(key) {
			t.Errorf("%q: reported %q", key, got)
		}
	}
}
