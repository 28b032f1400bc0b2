package app

import (
	"context"
	"errors"
	"net/http"

	"frontdesk/adapters/chat"
	"frontdesk/adapters/discord"
	"frontdesk/adapters/mic"
	"frontdesk/adapters/slack"
	"frontdesk/bot"
	"frontdesk/internal/config"
)

// maxTitles bounds the questions of a base that are offered while somebody types.
const maxTitles = 5000

// Adapters names the adapters that can be served.
func Adapters() []string { return []string{"slack", "discord", mic.Name} }

// A heeding is the section of an adapter, which is made anew also when there begins
// to be somebody to listen to its sound, or nobody any more.
type heeding[T any] struct {
	config  T
	listens bool
}

// recipes gives the adapters that a configuration enables.
func recipes(d *service, cfg *config.Config) (list []recipe) {
	add := func(name string, section any, routes func(adapter) (string, http.Handler), make func() (adapter, error)) {
		list = append(list, recipe{name: name, section: section, make: make, routes: routes,
			hopeless: func(err error) bool { return errors.Is(err, chat.ErrRefused) }})
	}
	listens := cfg.Speech.Enabled()
	if c := cfg.Slack; c.Enabled() {
		var routes func(adapter) (string, http.Handler)
		if c.Mode == slack.HTTP {
			routes = func(a adapter) (string, http.Handler) { return c.Path, a.(*slack.Slack) }
		}
		add("slack", heeding[slack.Config]{c, listens}, routes, func() (adapter, error) {
			return slack.New(c, slack.Deps{Listens: listens, Store: d.app.store(), Home: home{d.app}, Propose: d.app.Propose, MayPropose: d.app.MayPropose, Metrics: d.metrics.chats, Log: d.log})
		})
	}
	if c := cfg.Discord; c.Enabled() {
		var routes func(adapter) (string, http.Handler)
		if c.PublicKey != "" {
			routes = func(a adapter) (string, http.Handler) { return c.Path, a.(*discord.Adapter).Handler() }
		}
		add("discord", heeding[discord.Config]{c, listens}, routes, func() (adapter, error) {
			return discord.New(c, discord.Deps{Listens: listens, Store: d.app.store(), Titles: d.app.titles, Propose: d.app.Propose, MayPropose: d.app.MayPropose, Metrics: d.metrics.chats, Log: d.log})
		})
	}
	if cfg.Mic.Enabled {
		var routes func(adapter) (string, http.Handler)
		if path := cfg.Mic.Push.HTTP; path != "" {
			routes = func(a adapter) (string, http.Handler) { return path, a.(*Microphone).Handler() }
		}
		add(mic.Name, []any{cfg.Mic, cfg.Speech, cfg.ONNXRuntime}, routes, func() (adapter, error) { return d.app.Microphone(cfg, ListenOptions{}) })
		list[len(list)-1].files = lookAtModel(spotterFiles(cfg)...)
	}
	return list
}

// doctors gives what examines the adapters.
func doctors(cfg *config.Config) []doctor {
	return []doctor{
		{"slack", cfg.Slack.Enabled(), func(ctx context.Context) []chat.Finding { return slack.Doctor(ctx, cfg.Slack) }},
		{"discord", cfg.Discord.Enabled(), func(ctx context.Context) []chat.Finding { return discord.Doctor(ctx, cfg.Discord) }},
	}
}

// store gives what remembers events over restarts: the journal, or nil where
// there is none and they are kept in memory.
func (a *App) store() chat.Store {
	if a.journal == nil {
		return nil
	}
	return a.journal
}

// titles gives the questions that a base answers, of the default base for "".
func (a *App) titles(base string) []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if base == "" {
		base = a.names[0]
	}
	return a.loaded[base].titles
}

// home is what Slack's home tab tells of a desk.
type home struct{ app *App }

// Bases implements [slack.Home].
func (h home) Bases(context.Context) []slack.Known {
	var known []slack.Known
	for _, s := range h.app.statuses() {
		known = append(known, slack.Known{Name: s.Base, Entries: s.Entries, Samples: h.app.titles(s.Base)})
	}
	return known
}

// Open implements [slack.Home].
func (h home) Open(ctx context.Context, asker bot.Address) ([]bot.Handover, error) {
	if h.app.journal == nil {
		return nil, nil
	}
	return h.app.journal.OpenHandovers(ctx, asker)
}
