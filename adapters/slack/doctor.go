package slack

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"frontdesk/adapters/chat"

	"github.com/slack-go/slack"
)

const (
	// maxSkew is how far the clock may be off: signatures are good for five minutes.
	maxSkew = 2 * time.Minute
	// doctorWithin bounds each question to Slack.
	doctorWithin = 15 * time.Second
)

// Doctor looks at what the adapter needs, by asking Slack, and says what is wrong
// and how it is mended. It posts nothing.
func Doctor(ctx context.Context, cfg Config) []chat.Finding {
	var d doctor
	if !cfg.Enabled() {
		d.bad("Slack is not configured.", "write bot_token and app_token under slack, as the README says")
		return d.found
	}
	tokens := cfg.all()
	for _, key := range slices.Sorted(maps.Keys(tokens)) {
		name := strings.TrimSuffix(strings.TrimPrefix(key, "workspaces."), ".")
		d.workspace(ctx, cfg, name, tokens[key])
	}
	return d.found
}

// doctor collects findings.
type doctor struct {
	found []chat.Finding
	in    string // " in the workspace …"
}

func (d *doctor) good(format string, a ...any) {
	d.found = append(d.found, chat.Finding{OK: true, What: fmt.Sprintf(format, a...)})
}

func (d *doctor) bad(what, do string) { d.found = append(d.found, chat.Finding{What: what, Do: do}) }

func (d *doctor) workspace(ctx context.Context, cfg Config, name string, t Tokens) {
	w, err := newWorkspace(name, t, cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		d.bad(err.Error(), "see api_url")
		return
	}
	defer w.http.CloseIdleConnections()
	d.in = w.called()
	if !d.kinds(cfg, t) {
		return
	}
	scopes, ok := d.bot(ctx, w)
	if !ok {
		return
	}
	d.scopes(scopes)
	switch cfg.Mode {
	case Socket:
		d.app(ctx, w)
	case HTTP:
		d.http(cfg, t)
	}
	d.channels(ctx, cfg, w)
}

// kinds looks at the kinds of the tokens.
func (d *doctor) kinds(cfg Config, t Tokens) bool {
	botToken, appToken := t.BotToken.Reveal(), t.AppToken.Reveal()
	switch {
	case strings.HasPrefix(botToken, "xapp-") && strings.HasPrefix(appToken, "xoxb-"):
		d.bad("The two tokens"+d.in+" are swapped.", "write the one that begins with xoxb- as bot_token, and the one with xapp- as app_token")
	case strings.HasPrefix(botToken, "xoxp-"):
		d.bad("The bot_token"+d.in+" is a user's token.", "take the Bot User OAuth Token of OAuth & Permissions, which begins with xoxb-")
	case !strings.HasPrefix(botToken, "xoxb-"):
		d.bad("The bot_token"+d.in+" is none: it does not begin with xoxb-.", "take the Bot User OAuth Token of OAuth & Permissions")
	case cfg.Mode == Socket && !strings.HasPrefix(appToken, "xapp-"):
		d.bad("The app_token"+d.in+" is none: it does not begin with xapp-.", "make one under Basic Information, App-Level Tokens, with connections:write")
	default:
		return true
	}
	return false
}

// bot asks who we are, and what we may do.
func (d *doctor) bot(ctx context.Context, w *workspace) (scopes []string, ok bool) {
	ctx, cancel := context.WithTimeout(ctx, doctorWithin)
	defer cancel()
	before := time.Now()
	me, err := w.api.AuthTestContext(ctx)
	switch {
	case is(err, fatal...):
		d.bad(fmt.Sprintf("Slack refuses the bot_token%s: %v.", d.in, err), "install the app into the workspace again, and take the new token of OAuth & Permissions")
		return nil, false
	case err != nil:
		d.bad(fmt.Sprintf("Slack cannot be reached%s: %v.", d.in, err), "see whether this machine reaches https://slack.com, by a proxy perhaps (HTTPS_PROXY)")
		return nil, false
	}
	w.team, w.user, w.bot, w.home = me.TeamID, me.UserID, me.BotID, me.URL
	d.good("The bot_token is good: %s in %s (%s).", me.User, me.Team, me.URL)
	if at, err := http.ParseTime(me.Header.Get("Date")); err == nil {
		if skew := at.Sub(before); skew.Abs() > maxSkew {
			d.bad(fmt.Sprintf("The clock of this machine is off by %v: Slack's requests are refused from five minutes on.", skew.Round(time.Second)), "have it set by NTP")
		} else {
			d.good("The clock is right.")
		}
	}
	for s := range strings.SplitSeq(me.Header.Get("X-Oauth-Scopes"), ",") {
		if s = strings.TrimSpace(s); s != "" {
			scopes = append(scopes, s)
		}
	}
	return scopes, true
}

func (d *doctor) scopes(have []string) {
	if len(have) == 0 {
		return // it was not told
	}
	lacks := func(list []scope) (names, uses []string) {
		for _, s := range list {
			if !slices.Contains(have, s.name) {
				names, uses = append(names, s.name), append(uses, s.name+" for "+strings.TrimPrefix(s.use, "to "))
			}
		}
		return names, uses
	}
	mend := "add them under OAuth & Permissions, Bot Token Scopes, and install the app again; or paste app_manifest.yaml under App Manifest"
	names, _ := lacks(needed)
	if len(names) > 0 {
		d.bad("The bot lacks scopes that it needs"+d.in+": "+strings.Join(names, ", ")+".", mend)
	}
	rest, uses := lacks(wished)
	if len(rest) > 0 {
		d.bad("The bot lacks scopes"+d.in+": "+strings.Join(uses, "; ")+".", mend)
	}
	if len(names)+len(rest) == 0 {
		d.good("The bot has all scopes that it uses.")
	}
}

// app asks for a connection, which is not used then.
func (d *doctor) app(ctx context.Context, w *workspace) {
	ctx, cancel := context.WithTimeout(ctx, doctorWithin)
	defer cancel()
	_, _, err := w.api.StartSocketModeContext(ctx)
	switch {
	case err == nil:
		d.good("The app_token is good for Socket Mode.")
	case is(err, "missing_scope"):
		d.bad("The app_token"+d.in+" lacks the scope connections:write.", "make a new one under Basic Information, App-Level Tokens, with connections:write")
	case is(err, "not_allowed_token_type"), is(err, fatal...):
		d.bad(fmt.Sprintf("Slack refuses the app_token%s: %v.", d.in, err), "make a new one under Basic Information, App-Level Tokens, with connections:write")
	default:
		d.bad(fmt.Sprintf("Socket Mode cannot be used%s: %v.", d.in, err), "see whether Socket Mode is enabled on the app's page")
	}
}

// http sees whether a request that Slack signs would be let in.
func (d *doctor) http(cfg Config, t Tokens) {
	if t.SigningSecret.IsZero() {
		d.bad("The signing_secret"+d.in+" is missing.", "take it from Basic Information, App Credentials")
		return
	}
	if s := t.SigningSecret.Reveal(); len(s) < 16 || strings.HasPrefix(s, "x") && strings.Contains(s, "-") {
		d.bad("The signing_secret"+d.in+" is none.", "take it from Basic Information, App Credentials; it is no token")
		return
	}

	d.good("Slack's requests are expected at %s; enter that URL of this server under Event Subscriptions, Interactivity & Shortcuts and Slash Commands.", cfg.Path)
}

// channels sees whether the bot is in the channels that the configuration names.
func (d *doctor) channels(ctx context.Context, cfg Config, w *workspace) {
	joined := 0
	for _, id := range slices.Sorted(maps.Keys(cfg.Channels)) {
		if id == chat.Everywhere {
			continue
		}
		ctx, cancel := context.WithTimeout(ctx, doctorWithin)
		c, err := w.api.GetConversationInfoContext(ctx, &slack.GetConversationInfoInput{ChannelID: id})
		cancel()
		var refused slack.SlackErrorResponse
		switch {
		case is(err, "channel_not_found"):
			if len(cfg.all()) == 1 { // with several workspaces it may be one of another
				d.bad(fmt.Sprintf("The channel %s is not to be seen.", id), "see whether its id is right (its page has it under About); invite the bot, if it is private")
			}
		case errors.As(err, &refused):
			d.bad(fmt.Sprintf("Slack does not tell of the channel %s: %s.", id, describe(refused)), "add the scope that is named")
		case err != nil:
			d.bad(fmt.Sprintf("Asking for the channel %s: %v.", id, err), "try again")
		case c.IsArchived:
			d.bad(fmt.Sprintf("The channel %s (#%s) is archived.", id, c.Name), "leave it out of channels, or unarchive it")
		case !c.IsMember:
			d.bad(fmt.Sprintf("The bot is not in the channel %s (#%s).", id, c.Name), "write /invite there, and choose the bot")
		default:
			joined++
		}
	}
	if joined > 0 {
		d.good("The bot is in %d of the channels that are named%s.", joined, d.in)
	}
}
