package discord

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"frontdesk/adapters/chat"
	"frontdesk/bot"
)

// Kinds of command, of option, and of the places where a command can be used.
const (
	kindSlash    = 1
	kindMessage  = 3
	optionText   = 3
	optionYesNo  = 5
	inGuilds     = 0
	inDirect     = 1
	maxOffered   = 25
	maxQuestion  = 2000
	maxTypedTime = 100 // characters of what is typed that are looked at

	optionQuestion = "question"
	optionPrivate  = "private"
)

type command struct {
	Type        int               `json:"type"`
	Name        string            `json:"name"`
	Names       map[string]string `json:"name_localizations,omitempty"`
	Description string            `json:"description,omitempty"`
	Texts       map[string]string `json:"description_localizations,omitempty"`
	Options     []commandOption   `json:"options,omitempty"`
	Contexts    []int             `json:"contexts"`
}

type commandOption struct {
	Type         int               `json:"type"`
	Name         string            `json:"name"`
	Description  string            `json:"description"`
	Texts        map[string]string `json:"description_localizations,omitempty"`
	Required     bool              `json:"required,omitempty"`
	Autocomplete bool              `json:"autocomplete,omitempty"`
	MaxLength    int               `json:"max_length,omitempty"`
}

// discordLocales are Discord's names of the languages that the desk speaks.
var discordLocales = map[string]string{"de": "de", "fr": "fr", "es-ES": "es"}

// localized gives a label in the languages that Discord knows, where it differs
// and fits.
func localized(label func(*bot.Labels) string, most int) map[string]string {
	out := map[string]string{}
	for at, locale := range discordLocales {
		if s := label(bot.LabelsFor(locale)); s != label(bot.LabelsFor("en")) && s != "" && units(s) <= most {
			out[at] = s
		}
	}
	return out
}

// commands are those that the desk has.
func (c Config) commands() []command {
	contexts := []int{inGuilds}
	if c.Direct {
		contexts = append(contexts, inDirect)
	}
	ask := func(l *bot.Labels) string { return l.Ask }
	question := func(l *bot.Labels) string { return l.Question }
	about := func(l *bot.Labels) string { return l.AskAbout }
	alone := func(l *bot.Labels) string { return l.OnlyYou }
	en := bot.LabelsFor("en")
	return []command{
		{Type: kindSlash, Name: c.Command, Description: en.Ask, Texts: localized(ask, 100), Contexts: contexts, Options: []commandOption{
			{Type: optionText, Name: optionQuestion, Description: en.Question, Texts: localized(question, 100), Required: true, Autocomplete: true, MaxLength: maxQuestion},
			{Type: optionYesNo, Name: optionPrivate, Description: en.OnlyYou, Texts: localized(alone, 100)},
		}},
		{Type: kindMessage, Name: en.AskAbout, Names: localized(about, 32), Contexts: contexts},
	}
}

// register makes the commands known to Discord, in the place of those that were.
func (a *Adapter) register(ctx context.Context) error {
	_, app := a.world.self()
	if app == "" {
		return nil // told to stop before Discord answered
	}
	paths := []string{"applications/" + app + "/commands"}
	if len(a.cfg.Guilds) > 0 {
		paths = nil
		for _, g := range a.cfg.Guilds {
			paths = append(paths, "applications/"+app+"/guilds/"+g+"/commands")
		}
	}
	for _, path := range paths {
		if same, err := a.registered(ctx, path); err == nil && same {
			continue // Discord counts how often they are changed
		}
		err := a.client.do(ctx, "PUT", path, "commands", a.cfg.commands(), nil)
		switch {
		case err == nil:
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, chat.ErrGone):
			return refused("Discord does not take the commands: "+err.Error(),
				"install the application in the guild with the scopes bot and applications.commands, and look at discord.guilds")
		default:
			return fmt.Errorf("registering the commands: %w", err)
		}
	}
	return nil
}

// registered says whether the commands are known to Discord as they are.
func (a *Adapter) registered(ctx context.Context, path string) (bool, error) {
	var got []command
	if err := a.client.do(ctx, "GET", path+"?with_localizations=true", "commands", nil, &got); err != nil {
		return false, err
	}
	want, err := json.Marshal(a.cfg.commands())
	if err != nil {
		return false, err
	}
	slices.SortFunc(got, func(x, y command) int { return cmp.Compare(x.Type, y.Type) })
	have, err := json.Marshal(got)
	return string(have) == string(want), err
}

// complete offers questions while one is typed.
func (a *Adapter) complete(i *interaction, x *act) {
	var d commandData
	if json.Unmarshal(i.Data, &d) != nil {
		return
	}
	select {
	case a.offers <- struct{}{}:
	default:
		return // too many type; they go on typing
	}
	p := a.placeOf(i, x)
	ok := a.later(func(ctx context.Context) {
		defer func() { <-a.offers }()
		choices := []choice{}
		if a.deps.Titles != nil && (p.Direct && a.cfg.Direct || !p.Direct && a.cfg.Speaks(p.Channel, chat.OnCommand)) {
			choices = offer(a.deps.Titles(a.base(p)), d.text(optionQuestion))
		}
		if _, err := x.first(ctx, done, answer{answerChoices, map[string]any{"choices": choices}}); err != nil {
			a.log.Debug("offering questions", "error", err)
		}
	})
	if !ok {
		<-a.offers
	}
}

// base gives the base that answers in a place.
func (a *Adapter) base(p chat.Place) string {
	if p.Direct {
		return ""
	}
	ch, ok := a.cfg.Channels[p.Channel]
	if !ok {
		ch = a.cfg.Channels[chat.Everywhere]
	}
	return ch.Base
}

// offer gives the titles that fit what was typed, the best first: those that begin
// with it, in which words begin with its words, that contain it.
func offer(titles []string, typed string) []choice {
	typed = strings.ToLower(strings.TrimSpace(shorten(typed, maxTypedTime)))
	words := strings.Fields(typed)
	var ranks [3][]string
	for _, t := range titles {
		low := strings.ToLower(t)
		switch {
		case strings.HasPrefix(low, typed):
			ranks[0] = append(ranks[0], t)
		case begin(strings.FieldsFunc(low, notInWord), words):
			ranks[1] = append(ranks[1], t)
		case strings.Contains(low, typed):
			ranks[2] = append(ranks[2], t)
		}
		if len(ranks[0]) >= maxOffered {
			break
		}
	}
	out, seen := []choice{}, map[string]bool{}
	for _, t := range slices.Concat(ranks[0], ranks[1], ranks[2]) {
		if len(out) == maxOffered {
			break
		}
		value := shortest(t, maxTitleUsed)
		if value == "" || seen[value] {
			continue
		}
		seen[value] = true
		out = append(out, choice{shorten(value, maxTitleUsed), value})
	}
	return out
}

func notInWord(r rune) bool { return strings.ContainsRune(" \t\n.,;:!?()[]\"'/-", r) }

// begin says whether each of the words begins one of those of a title.
func begin(title, words []string) bool {
	for _, w := range words {
		if !slices.ContainsFunc(title, func(t string) bool { return strings.HasPrefix(t, w) }) {
			return false
		}
	}
	return true
}

// shortest cuts a text to at most so many units of UTF-16.
func shortest(s string, most int) string {
	n := 0
	for i, r := range s {
		if n++; r > 0xffff {
			n++
		}
		if n > most {
			return s[:i]
		}
	}
	return s
}
