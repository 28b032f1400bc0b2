package discord

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"frontdesk/adapters/chat"

	"github.com/bwmarrin/discordgo"
)

// Flags of an application that grant the content of messages; see
// https://docs.discord.com/developers/resources/application#application-object-application-flags.
const flagsContent = 1<<18 | 1<<19

// tolerated is how far the clock may be from Discord's.
const tolerated = 30 * time.Second

// needed are the permissions without which the desk cannot answer in a channel, and
// what for.
var needed = []struct {
	bit  int64
	name string
	when func(c Config, thread bool) bool
}{
	{discordgo.PermissionViewChannel, "View Channel", func(Config, bool) bool { return true }},
	{discordgo.PermissionSendMessages, "Send Messages", func(_ Config, thread bool) bool { return !thread }},
	{discordgo.PermissionSendMessagesInThreads, "Send Messages in Threads", func(c Config, thread bool) bool { return thread || c.Threads }},
	{discordgo.PermissionReadMessageHistory, "Read Message History", func(Config, bool) bool { return true }},
	{discordgo.PermissionCreatePublicThreads, "Create Public Threads", func(c Config, thread bool) bool { return c.Threads && !thread }},
	{discordgo.PermissionEmbedLinks, "Embed Links", func(c Config, _ bool) bool { return c.Embeds }},
}

// Doctor looks at what the desk needs on Discord. It changes nothing there.
func Doctor(ctx context.Context, cfg Config) []chat.Finding {
	var d doctor
	cfg.Check(func(key, what, do string) { d.bad(do, "discord.%s: %s", key, what) })
	if cfg.Token.IsZero() {
		d.bad("write token: ${env:DISCORD_TOKEN} under discord:, and set the variable to the token that the Developer Portal shows under Bot", "there is no token")
	}
	if len(d.found) > 0 {
		return d.found
	}
	c, err := newClient(cfg)
	if err != nil {
		d.bad("look at discord.api_url", "no requests can be made: %v", err)
		return d.found
	}
	d.cfg, d.client = cfg, c
	if !d.application(ctx) {
		return d.found
	}
	d.clock(ctx)
	d.commands(ctx)
	d.guilds(ctx)
	for _, id := range d.channels() {
		d.channel(ctx, id)
	}
	if cfg.Mode == Gateway {
		d.gateway(ctx)
	}
	return d.found
}

type doctor struct {
	cfg    Config
	client *client
	app    string
	me     string
	found  []chat.Finding
}

func (d *doctor) good(what string, args ...any) {
	d.found = append(d.found, chat.Finding{What: fmt.Sprintf(what, args...), OK: true})
}

func (d *doctor) bad(do, what string, args ...any) {
	d.found = append(d.found, chat.Finding{What: fmt.Sprintf(what, args...), Do: do})
}

// application looks at the token and at what the application may. False ends it.
func (d *doctor) application(ctx context.Context) bool {
	var app struct {
		ID       string `json:"id"`
		Name     string `json:"name"`
		Key      string `json:"verify_key"`
		Flags    int    `json:"flags"`
		Endpoint string `json:"interactions_endpoint_url"`
		Bot      user   `json:"bot"`
	}
	err := d.client.do(ctx, "GET", "applications/@me", "application", nil, &app)
	var e *apiError
	switch {
	case errors.As(err, &e) && e.status == http.StatusUnauthorized:
		d.bad("make a new token in the Developer Portal under Bot, Reset Token, and put it where discord.token says", "Discord does not accept the token")
		return false
	case err != nil:
		d.bad("see whether https://discord.com can be reached from here, and https://discordstatus.com", "Discord does not answer: %v", err)
		return false
	}
	d.app, d.me = app.ID, app.Bot.ID
	d.good("the token is good, for the application %s", app.Name)
	content := app.Flags&flagsContent != 0
	switch {
	case d.cfg.Mode == HTTP:
	case content:
		d.good("the desk may read messages that do not name it")
	case d.cfg.reads():
		d.bad("switch Message Content Intent on in the Developer Portal under Bot, or write message_content: false; then it answers in threads, forums and unasked only where it is named",
			"the desk may not read messages that do not name it")
	}
	if d.cfg.PublicKey != "" && !strings.EqualFold(app.Key, d.cfg.PublicKey) {
		d.bad("copy the key from the Developer Portal, General Information", "discord.public_key is not the key of the application")
	}
	switch {
	case d.cfg.Mode == HTTP && app.Endpoint == "":
		d.bad("write the public address of the desk, followed by "+d.cfg.Path+", into Interactions Endpoint URL in the Developer Portal while the desk runs",
			"Discord does not know where to call the desk")
	case d.cfg.Mode == Gateway && app.Endpoint != "":
		d.bad("take the Interactions Endpoint URL out of the Developer Portal, or write mode: http or a public_key",
			"Discord sends commands and buttons to %s, not to the gateway", app.Endpoint)
	case app.Endpoint != "":
		d.good("Discord calls the desk at %s", app.Endpoint)
	}
	return true
}

// clock compares the clock with Discord's.
func (d *doctor) clock(ctx context.Context) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, discordgo.EndpointGateway, nil)
	if err != nil {
		return
	}
	began := time.Now()
	resp, err := d.client.http.Do(r)
	if err != nil {
		return // it was reached before; the clock is a minor matter
	}
	defer func() { _ = resp.Body.Close() }()
	at, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		return
	}
	middle := began.Add(time.Since(began) / 2)
	if off := middle.Sub(at); off > tolerated || off < -tolerated {
		d.bad("set the clock by NTP, as with systemd-timesyncd or chrony", "the clock is off by %s", off.Round(time.Second))
		return
	}
	d.good("the clock is right")
}

// commands looks whether the commands are registered.
func (d *doctor) commands(ctx context.Context) {
	paths := map[string]string{"everywhere": "applications/" + d.app + "/commands"}
	if len(d.cfg.Guilds) > 0 {
		paths = map[string]string{}
		for _, g := range d.cfg.Guilds {
			paths["in the guild "+g] = "applications/" + d.app + "/guilds/" + g + "/commands"
		}
	}
	for _, where := range slices.Sorted(maps.Keys(paths)) {
		var got []command
		err := d.client.do(ctx, "GET", paths[where], "commands", nil, &got)
		has := slices.ContainsFunc(got, func(c command) bool { return c.Type == kindSlash && c.Name == d.cfg.Command })
		switch {
		case err != nil:
			d.bad("install the application with the scope applications.commands: "+d.invite(), "the commands cannot be seen %s: %v", where, err)
		case !has:
			d.bad("start the desk: it registers them", "/%s is not registered %s", d.cfg.Command, where)
		default:
			d.good("/%s is registered %s", d.cfg.Command, where)
		}
	}
}

// invite gives the address at which the application is put into a guild.
func (d *doctor) invite() string {
	var bits int64
	for _, n := range needed {
		if n.when(d.cfg, false) || n.when(d.cfg, true) {
			bits |= n.bit
		}
	}
	return fmt.Sprintf("%s/oauth2/authorize?client_id=%s&scope=bot+applications.commands&permissions=%d", platformURL, d.app, bits)
}

// guilds looks whether the desk is anywhere at all.
func (d *doctor) guilds(ctx context.Context) {
	var all []guild
	err := d.client.do(ctx, "GET", "users/@me/guilds?limit=200", "guilds", nil, &all)
	switch {
	case err != nil:
		d.bad("try again", "the guilds cannot be seen: %v", err)
	case len(all) == 0:
		d.bad("open "+d.invite(), "the desk is in no guild")
	default:
		d.good("the desk is in %d guilds", len(all))
	}
}

// channels gives those that are named, sorted.
func (d *doctor) channels() []string {
	ids := slices.Concat(slices.Collect(maps.Keys(d.cfg.Channels)), d.cfg.Forums)
	slices.Sort(ids)
	return slices.DeleteFunc(slices.Compact(ids), func(id string) bool { return id == chat.Everywhere })
}

// channel looks what the desk may do in a channel.
func (d *doctor) channel(ctx context.Context, id string) {
	c, err := d.client.session.Channel(id, discordgo.WithContext(ctx))
	if err != nil {
		d.bad("let the desk's role view it, or take it out of the configuration", "the channel %s cannot be seen: %v", id, explain(err))
		return
	}
	may, err := d.client.session.UserChannelPermissions(d.me, id, discordgo.WithContext(ctx))
	if err != nil {
		d.bad("let the desk's role view it", "what the desk may do in #%s cannot be seen: %v", c.Name, explain(err))
		return
	}
	var lacking []string
	for _, n := range needed {
		if n.when(d.cfg, c.Type == discordgo.ChannelTypeGuildForum || c.IsThread()) && may&n.bit == 0 {
			lacking = append(lacking, n.name)
		}
	}
	if len(lacking) > 0 {
		d.bad("give these to the desk's role in the settings of the channel, or of the guild", "in #%s the desk lacks: %s", c.Name, strings.Join(lacking, ", "))
		return
	}
	d.good("in #%s the desk may do what it needs", c.Name)
}

// gateway looks how many connections Discord wants, and how many it still allows.
func (d *doctor) gateway(ctx context.Context) {
	var g struct {
		Shards int `json:"shards"`
		Limit  struct {
			Remaining int `json:"remaining"`
			Resets    int `json:"reset_after"` // ms
		} `json:"session_start_limit"`
	}
	err := d.client.do(ctx, "GET", "gateway/bot", "gateway", nil, &g)
	switch {
	case err != nil:
		d.bad("see https://discordstatus.com", "the gateway cannot be found: %v", err)
	case g.Limit.Remaining == 0:
		d.bad(fmt.Sprintf("wait %s, and see why the desk connects so often", time.Duration(g.Limit.Resets)*time.Millisecond), "Discord allows no more connections today")
	case d.cfg.Shards > 1 && g.Shards > d.cfg.Shards:
		d.bad(fmt.Sprintf("write shards: %d", g.Shards), "Discord recommends %d connections, and there are %d", g.Shards, d.cfg.Shards)
	default:
		d.good("the gateway is there; %d more connections are allowed today", g.Limit.Remaining)
	}
}
