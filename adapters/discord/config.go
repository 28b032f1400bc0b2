package discord

import (
	"crypto/ed25519"
	"encoding/hex"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strings"
	"time"

	"frontdesk/adapters/chat"
	"frontdesk/internal/secret"
)

// How events come in.
const (
	Gateway Mode = "gateway" // the desk connects to Discord
	HTTP    Mode = "http"    // Discord calls the desk: commands, buttons and forms alone
)

// A Mode says how events come in.
type Mode string

// Config is the discord section of config.yaml.
type Config struct {
	chat.Config `yaml:",inline"`
	Token       secret.String `yaml:"token"` // of the application's bot
	Mode        Mode          `yaml:"mode"`
	// PublicKey of the application checks what Discord sends by HTTP, and Path is
	// where it reaches the desk. The endpoint is there whenever there is a key.
	PublicKey string `yaml:"public_key"`
	Path      string `yaml:"path"`
	Command   string `yaml:"command"` // the name of the slash command
	// Guilds (by id) get the commands at once, and alone; none: the commands are
	// there everywhere.
	Guilds []string `yaml:"guilds"`
	// Private shows the answers to the slash command to whoever asked alone.
	Private bool `yaml:"private"`
	Threads bool `yaml:"threads"` // an answer in a text channel begins a thread on its question
	// Forums (by id) are those in which the first post of a thread is a question
	// to the desk.
	Forums []string `yaml:"forums"`
	// Content asks for the right to read what does not name the desk, where
	// helpful answers, threads or forums need that.
	Content bool `yaml:"message_content"`
	Ping    bool `yaml:"ping"`   // an answer notifies whoever asked
	Embeds  bool `yaml:"embeds"` // an answer too long for a message is shown as an embed, if it fits
	Shards  int  `yaml:"shards"` // connections among which the guilds are divided
	// CatchUp is how far back is read what was said while the desk was away.
	CatchUp time.Duration `yaml:"catch_up"`
	APIURL  string        `yaml:"api_url"` // of another server that speaks Discord's protocol; empty for Discord
}

const (
	maxShards    = 64
	maxCatchUp   = 24 * time.Hour
	maxListed    = 200
	platformURL  = "https://discord.com"
	maxTitleUsed = 100 // characters of a name of a thread, and of a choice
)

// DefaultConfig gives the settings used where config.yaml is silent.
func DefaultConfig() Config {
	return Config{Config: chat.DefaultConfig(), Mode: Gateway, Path: "/discord/interactions", Command: "ask",
		Content: true, Embeds: true, Shards: 1, CatchUp: 6 * time.Hour}
}

var (
	snowflake   = regexp.MustCompile(`^[0-9]{15,20}$`)
	commandName = regexp.MustCompile(`^[-_\p{L}\p{N}]{1,32}$`)
	pathName    = regexp.MustCompile(`^(/[A-Za-z0-9._~-]+)+$`)
)

// Enabled says whether the adapter is configured at all.
func (c Config) Enabled() bool { return !c.Token.IsZero() }

// Check reports every setting that cannot be used, by its YAML key.
func (c Config) Check(report func(key, what, do string)) {
	c.Config.Check(report)
	switch c.Mode {
	case Gateway:
	case HTTP:
		if c.PublicKey == "" {
			report("public_key", "public_key is missing", "write the public key; the Developer Portal has it under General Information")
		}
	default:
		report("mode", fmt.Sprintf("unknown value %q", c.Mode), "write gateway or http")
	}
	if _, err := c.key(); err != nil {
		report("public_key", err.Error(), "write the 64 letters and digits that the Developer Portal shows under General Information")
	}
	if strings.HasPrefix(c.Token.Reveal(), "Bot ") {
		report("token", `token begins with "Bot "`, "write the token alone")
	}
	if !pathName.MatchString(c.Path) || len(c.Path) > 200 {
		report("path", fmt.Sprintf("%q is no path", c.Path), "write one such as /discord/interactions")
	}
	if !commandName.MatchString(c.Command) || strings.ToLower(c.Command) != c.Command {
		report("command", fmt.Sprintf("%q is no name of a command", c.Command), "write one such as ask, in small letters and without the slash")
	}
	if c.Shards < 1 || c.Shards > maxShards {
		report("shards", fmt.Sprintf("%d connections cannot be", c.Shards), fmt.Sprintf("write a number from 1 to %d; Discord wants more than one from 2500 guilds on", maxShards))
	}
	if c.CatchUp < 0 || c.CatchUp > maxCatchUp {
		report("catch_up", fmt.Sprintf("%s cannot be read back", c.CatchUp), fmt.Sprintf("write a time between 0s (off) and %s", maxCatchUp))
	}
	for key, ids := range map[string][]string{"guilds": c.Guilds, "forums": c.Forums} {
		c.checkIDs(key, ids, report)
	}
	for id := range c.Channels {
		if id != chat.Everywhere && !snowflake.MatchString(id) {
			report("channels."+id, fmt.Sprintf("%q is no id of a channel", id), howToCopy)
		}
	}
	if c.APIURL != "" {
		if _, err := c.base(); err != nil {
			report("api_url", err.Error(), "write an https URL without a path, or leave it out for Discord")
		}
	}
}

const howToCopy = `write it in quotes, as "1029384756657483920"; Discord shows it by a right click, Copy ID, once Advanced, Developer Mode is on in its settings`

func (c Config) checkIDs(key string, ids []string, report func(key, what, do string)) {
	if len(ids) > maxListed {
		report(key, fmt.Sprintf("there are %d of them", len(ids)), fmt.Sprintf("name at most %d", maxListed))
	}
	for _, id := range ids {
		if !snowflake.MatchString(id) {
			report(key, fmt.Sprintf("%q is no id", id), howToCopy)
		}
	}
}

// key gives the public key; nil for none.
func (c Config) key() (ed25519.PublicKey, error) {
	if c.PublicKey == "" {
		return nil, nil
	}
	key, err := hex.DecodeString(c.PublicKey)
	if err != nil || len(key) != ed25519.PublicKeySize {
		return nil, fmt.Errorf("%q is no public key", c.PublicKey)
	}
	return key, nil
}

// base gives where the API is.
func (c Config) base() (*url.URL, error) {
	if c.APIURL == "" {
		return url.Parse(platformURL)
	}
	u, err := url.Parse(c.APIURL)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || strings.Trim(u.Path, "/") != "" {
		return nil, fmt.Errorf("%q is no URL without a path", c.APIURL)
	}
	ip := net.ParseIP(u.Hostname())
	if u.Scheme != "https" && (u.Scheme != "http" || u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback())) {
		return nil, fmt.Errorf("%q would send the token in the clear", c.APIURL)
	}
	return u, nil
}

// reads says whether the desk needs the content of what does not name it.
func (c Config) reads() bool { return c.Content && (c.Overhears() || len(c.Forums) > 0) }
