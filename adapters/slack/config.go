package slack

import (
	"fmt"
	"maps"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"frontdesk/adapters/chat"
	"frontdesk/internal/secret"
)

// How events come in.
const (
	Socket Mode = "socket" // Socket Mode: the desk connects to Slack
	HTTP   Mode = "http"   // the Events API: Slack calls the desk
)

// A Mode says how events come in.
type Mode string

// Tokens are what a workspace gives to an app that is installed in it.
type Tokens struct {
	BotToken      secret.String `yaml:"bot_token"`      // xoxb-…
	AppToken      secret.String `yaml:"app_token"`      // xapp-…, with connections:write; for Socket Mode
	SigningSecret secret.String `yaml:"signing_secret"` // for the Events API
}

// Config is the slack section of config.yaml.
type Config struct {
	chat.Config `yaml:",inline"`
	Tokens      `yaml:",inline"` // of the only workspace, or the first
	// Workspaces are more workspaces, by a name for the log.
	Workspaces map[string]Tokens `yaml:"workspaces"`
	Mode       Mode              `yaml:"mode"`
	Path       string            `yaml:"path"`    // where the Events API reaches the desk
	Command    string            `yaml:"command"` // the slash command
	// Pace is how many messages a second go to one channel, in bursts of Burst;
	// 0 for no bound of ours.
	Pace  float64 `yaml:"pace"`
	Burst int     `yaml:"burst"`
	// Seen is the emoji that a slow answer's question gets until it is answered,
	// outside of assistant threads; empty for none.
	Seen   string `yaml:"seen"`
	APIURL string `yaml:"api_url"` // of another server that speaks Slack's protocol; empty for Slack
}

const (
	defaultAPIURL = "https://slack.com/api/"
	maxPace       = 100
	maxWorkspaces = 50
)

// DefaultConfig gives the settings used where config.yaml is silent.
func DefaultConfig() Config {
	return Config{Config: chat.DefaultConfig(), Mode: Socket, Path: "/slack/events", Command: "/ask", Pace: 1, Burst: 4, Seen: "eyes"}
}

var (
	commandName = regexp.MustCompile(`^/[a-z0-9_-]{1,31}$`)
	pathName    = regexp.MustCompile(`^(/[A-Za-z0-9._~-]+)+$`)
	emojiName   = regexp.MustCompile(`^[a-z0-9_+'-]{1,100}$`)
	userID      = regexp.MustCompile(`^[UW][A-Z0-9]{2,30}$`)
)

// Enabled says whether the adapter is configured at all.
func (c Config) Enabled() bool { return !c.BotToken.IsZero() || len(c.Workspaces) > 0 }

// all gives the tokens of all workspaces, by the key under which they stand.
func (c Config) all() map[string]Tokens {
	out := map[string]Tokens{}
	if !c.BotToken.IsZero() {
		out[""] = c.Tokens
	}
	for name, t := range c.Workspaces {
		out["workspaces."+name+"."] = t
	}
	return out
}

// Check reports every setting that cannot be used, by its YAML key.
func (c Config) Check(report func(key, what, do string)) {
	c.Config.Check(report)
	switch c.Mode {
	case Socket, HTTP:
	default:
		report("mode", fmt.Sprintf("unknown value %q", c.Mode), "write socket or http")
	}
	if c.BotToken.IsZero() && (!c.AppToken.IsZero() || !c.SigningSecret.IsZero()) {
		report("bot_token", "bot_token is missing", "write ${env:SLACK_BOT_TOKEN} or ${file:…}, of a token that begins with xoxb-")
	}
	if len(c.Workspaces) > maxWorkspaces {
		report("workspaces", fmt.Sprintf("there are %d of them", len(c.Workspaces)), fmt.Sprintf("name at most %d", maxWorkspaces))
	}
	tokens := c.all()
	for _, key := range slices.Sorted(maps.Keys(tokens)) {
		c.checkTokens(key, tokens[key], report)
	}
	if !pathName.MatchString(c.Path) || len(c.Path) > 200 {
		report("path", fmt.Sprintf("%q is no path", c.Path), "write one such as /slack/events")
	}
	if !commandName.MatchString(c.Command) {
		report("command", fmt.Sprintf("%q is no slash command", c.Command), "write one such as /ask, in small letters")
	}
	if c.Pace < 0 || c.Pace > maxPace {
		report("pace", fmt.Sprintf("%g messages a second cannot be", c.Pace), fmt.Sprintf("write a number from 0 (no bound) to %d; Slack takes about one a second", maxPace))
	}
	if c.Burst < 1 || c.Burst > maxPace {
		report("burst", fmt.Sprintf("%d messages cannot be", c.Burst), fmt.Sprintf("write a number from 1 to %d", maxPace))
	}
	if c.Seen != "" && !emojiName.MatchString(c.Seen) {
		report("seen", fmt.Sprintf("%q is no name of an emoji", c.Seen), `write one such as eyes, without colons, or "" for none`)
	}
	if c.APIURL != "" {
		if _, err := readAPIURL(c.APIURL); err != nil {
			report("api_url", err.Error(), "write an https URL that ends in /api/, or leave it out for Slack")
		}
	}
}

// checkTokens checks the tokens of one workspace.
func (c Config) checkTokens(key string, t Tokens, report func(key, what, do string)) {
	kind := func(name string, s secret.String, prefix string, needed bool, where string) {
		switch {
		case s.IsZero() && needed:
			report(key+name, name+" is missing", "write ${env:…} or ${file:…}; "+where)
		case !s.IsZero() && prefix != "" && !strings.HasPrefix(s.Reveal(), prefix):
			report(key+name, name+" does not begin with "+prefix, where)
		}
	}
	kind("bot_token", t.BotToken, "xoxb-", true, "the app's page has it under OAuth & Permissions, Bot User OAuth Token")
	kind("app_token", t.AppToken, "xapp-", c.Mode == Socket, "the app's page makes one under Basic Information, App-Level Tokens, with connections:write")
	kind("signing_secret", t.SigningSecret, "", c.Mode == HTTP, "the app's page has it under Basic Information, App Credentials")
}

// readAPIURL checks where Slack's API is said to be.
func readAPIURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || !strings.HasSuffix(u.Path, "/") {
		return nil, fmt.Errorf("%q is no URL that ends in a slash", s)
	}
	ip := net.ParseIP(u.Hostname())
	if u.Scheme != "https" && (u.Scheme != "http" || u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback())) {
		return nil, fmt.Errorf("%q would send tokens in the clear", s)
	}
	return u, nil
}
