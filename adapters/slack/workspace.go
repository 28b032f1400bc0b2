package slack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"frontdesk/adapters/chat"

	"github.com/cenkalti/backoff/v5"
	"github.com/jellydator/ttlcache/v3"
	"github.com/slack-go/slack"
)

const (
	// localeWithin bounds how long the receipt of a message waits for the language
	// of whoever wrote it, which only the first message of somebody does.
	localeWithin = 250 * time.Millisecond
	localeFor    = 6 * time.Hour
	maxLocales   = 50_000
	// identifyFor bounds how long a workspace is tried to be reached at the start.
	identifyFor = 2 * time.Minute
)

// workspace is one workspace with the app installed.
type workspace struct {
	name   string // as the configuration calls it; empty for the only one
	tokens Tokens
	api    *slack.Client
	http   *http.Client
	hosts  []string // that files are fetched from
	pacer  *pacer
	log    *slog.Logger

	// Slack's answers, set before anything comes in.
	team, user, bot string
	home            string // the workspace's URL, with a slash at the end

	locales *ttlcache.Cache[string, string]
	dms     *ttlcache.Cache[string, string]
	mu      sync.Mutex
	deaf    bool // it may not ask for people's language
}

func newWorkspace(name string, t Tokens, cfg Config, log *slog.Logger) (*workspace, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 128 // as many conversations answer at once
	w := &workspace{
		name: name, tokens: t, http: &http.Client{Transport: transport, Timeout: 30 * time.Second},
		hosts: []string{".slack.com"}, pacer: newPacer(cfg.Pace, cfg.Burst), log: log,
		locales: ttlcache.New(ttlcache.WithTTL[string, string](localeFor), ttlcache.WithCapacity[string, string](maxLocales),
			ttlcache.WithDisableTouchOnHit[string, string]()),
		dms: ttlcache.New(ttlcache.WithTTL[string, string](localeFor), ttlcache.WithCapacity[string, string](maxLocales)),
	}
	options := []slack.Option{slack.OptionHTTPClient(w.http), slack.OptionAppLevelToken(t.AppToken.Reveal())}
	if cfg.APIURL != "" {
		u, err := readAPIURL(cfg.APIURL)
		if err != nil {
			return nil, fmt.Errorf("reading the api_url of Slack: %w", err)
		}
		options = append(options, slack.OptionAPIURL(cfg.APIURL))
		w.hosts = []string{u.Scheme + "://" + u.Host}
	}
	w.api = slack.New(t.BotToken.Reveal(), options...)
	return w, nil
}

// fatal are Slack's words for tokens that will not do.
var fatal = []string{"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "not_allowed_token_type", "team_access_not_granted"}

// identify asks Slack who we are, until it answers.
func (w *workspace) identify(ctx context.Context) error {
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		me, err := w.api.AuthTestContext(ctx)
		if is(err, fatal...) {
			return struct{}{}, backoff.Permanent(fmt.Errorf("Slack refuses the bot token: %w", err))
		}
		if err != nil {
			w.log.WarnContext(ctx, "reaching Slack; trying again", "workspace", w.name, "error", err)
			return struct{}{}, err
		}
		w.team, w.user, w.bot, w.home = me.TeamID, me.UserID, me.BotID, me.URL
		return struct{}{}, nil
	}, backoff.WithBackOff(backoff.NewExponentialBackOff()), backoff.WithMaxElapsedTime(identifyFor))
	if err != nil {
		return fmt.Errorf("asking Slack who we are%s: %w", w.called(), err)
	}
	return nil
}

func (w *workspace) called() string {
	if w.name == "" {
		return ""
	}
	return " in the workspace " + w.name
}

// mention is how we are named in a text.
func (w *workspace) mention() string { return "<@" + w.user + ">" }

// link gives the place where people can read a message.
func (w *workspace) link(channel, ts, thread string) string {
	if w.home == "" || ts == "" {
		return ""
	}
	link := strings.TrimSuffix(w.home, "/") + "/archives/" + channel + "/p" + strings.ReplaceAll(ts, ".", "")
	if thread != "" && thread != ts {
		link += "?thread_ts=" + url.QueryEscape(thread) + "&cid=" + channel
	}
	return link
}

// knownLocale gives somebody's language, where it was asked for before.
func (w *workspace) knownLocale(user string) string {
	if item := w.locales.Get(user); item != nil {
		return item.Value()
	}
	return ""
}

// locale gives somebody's language; empty where Slack does not tell in time.
func (w *workspace) locale(ctx context.Context, user string) string {
	if item := w.locales.Get(user); item != nil {
		return item.Value()
	}
	w.mu.Lock()
	deaf := w.deaf
	w.mu.Unlock()
	if deaf || user == "" {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, localeWithin)
	defer cancel()
	u, err := w.api.GetUserInfoContext(ctx, user)
	switch {
	case is(err, "missing_scope"):
		w.mu.Lock()
		w.deaf = true
		w.mu.Unlock()
		return ""
	case err != nil:
		w.locales.Set(user, "", time.Minute)
		return ""
	}
	w.locales.Set(user, u.Locale, ttlcache.DefaultTTL)
	return u.Locale
}

// dm gives the channel of the private messages with somebody.
func (w *workspace) dm(ctx context.Context, user string) (string, error) {
	if item := w.dms.Get(user); item != nil {
		return item.Value(), nil
	}
	var id string
	err := w.ask(ctx, "conversations.open", func() error {
		c, _, _, err := w.api.OpenConversationContext(ctx, &slack.OpenConversationParameters{Users: []string{user}})
		if err == nil {
			id = c.ID
		}
		return err
	})
	if err != nil {
		return "", fmt.Errorf("opening the private messages with somebody: %w", err)
	}
	w.dms.Set(user, id, ttlcache.DefaultTTL)
	return id, nil
}

// fetch gets a file that somebody sent.
func (w *workspace) fetch(ctx context.Context, f chat.File) ([]byte, error) {
	data, err := chat.Fetch(ctx, w.http, f, w.hosts, "Bearer "+w.tokens.BotToken.Reveal())
	if err != nil {
		return nil, err
	}
	// Whoever may not read a file is sent to a page to sign in.
	if head := bytes.ToLower(bytes.TrimSpace(data[:min(len(data), 64)])); bytes.HasPrefix(head, []byte("<!doctype html")) {
		return nil, errors.New("Slack gives a page in place of the file: the app lacks the scope files:read")
	}
	return data, nil
}
