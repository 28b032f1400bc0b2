package discord

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"frontdesk/adapters/chat"
	"frontdesk/bot"

	"github.com/jellydator/ttlcache/v3"
)

// Limits of Discord; see https://docs.discord.com/developers/resources/message and
// https://docs.discord.com/developers/components/reference.
const (
	maxContent     = 2000 // characters of a message
	maxDescription = 4096 // of an embed
	maxLabel       = 80   // of a button
	maxOption      = 100  // of an option of a menu
	maxCustomID    = 100
	maxFormText    = 45 // title and label of a form
	maxInput       = 4000
	maxInRow       = 5
	maxRows        = 5
	maxPicked      = 25 // options of a menu

	// maxShown bounds what is shown of an answer, in bytes of Markdown, and maxParts
	// in how many messages.
	maxShown = 24 << 10
	maxParts = 15
	// clearlyTooLong is how many times the limit a text may have in bytes, and still
	// become short enough: by characters of several bytes, and names of characters.
	clearlyTooLong = 6
	maxHead        = 300 // characters of what stands above an answer
	// fewPicked is how many values of a slot are buttons.
	fewPicked = 3
)

// What our components are called: a letter and what belongs to it.
const (
	idOption = "o" // a button with an option
	idSelect = "s" // a menu of options
	idOpen   = "f" // opens a form
	idForm   = "m" // a form
	idRate   = "r"
)

// nobody is mentioned by what we say.
var nobody = mentions{Parse: []string{}}

// drawn is a reply as Discord shows it.
type drawn struct {
	parts []payload
	// whole is all of it in one message, where that is possible with an embed.
	whole *payload
}

// draw gives a reply as Discord shows it.
func (a *Adapter) draw(s chat.Showing) drawn {
	words := bot.LabelsFor(s.Locale)
	text := s.Reply.Text
	if len(s.Reply.Options) > 0 && s.Reply.OptionsHead != "" {
		text = strings.TrimSpace(text + "\n\n" + s.Reply.OptionsHead)
	}
	above := ""
	if s.Reply.Heard != "" {
		above = "> " + line(fmt.Sprintf(words.Heard, s.Reply.Heard)) + "\n"
	}
	rows := a.rows(s, words)
	if text == "" && above == "" && len(rows) == 0 {
		return drawn{}
	}
	contents := split(text, maxContent-units(above), words.OnlyPart)
	contents[0] = above + contents[0]
	var d drawn
	for i, c := range contents {
		p := a.blank(c)
		if i == len(contents)-1 {
			p.Components = rows
			if strings.TrimSpace(c) == "" {
				p.Content = "\u200b" // buttons alone are no message everywhere
			}
		}
		d.parts = append(d.parts, p)
	}
	if whole := toDiscord(text); len(contents) > 1 && a.cfg.Embeds && len(text) <= maxShown && units(whole) <= maxDescription {
		p := a.blank(above)
		p.Flags, p.Embeds, p.Components = 0, []embed{{Description: whole}}, rows
		d.whole = &p
	}
	return d
}

// blank gives a message with a content.
func (a *Adapter) blank(content string) payload {
	p := payload{Content: content, Embeds: []embed{}, Components: []component{}, AllowedMentions: mentions{Parse: []string{}, RepliedUser: a.cfg.Ping}}
	if !a.cfg.Unfurl {
		p.Flags = flagNoEmbeds
	}
	return p
}

// line gives a plain text as one line in Discord's markup.
func line(s string) string {
	return shorten(escape(strings.Join(strings.Fields(s), " ")), maxHead)
}

// split cuts Markdown into contents of messages. What is too long for all of them
// is cut off, and that is said.
func split(markdown string, limit int, onlyPart string) []string {
	cut := len(markdown) > maxShown
	if cut {
		markdown = strings.ToValidUTF8(markdown[:maxShown], "")
		if i := strings.LastIndexByte(markdown, '\n'); i > maxShown/2 {
			markdown = markdown[:i]
		}
	}
	if whole := toDiscord(markdown); units(whole) <= limit && !cut {
		return []string{whole}
	}
	parts := chat.Split(markdown, limit, func(s string) int {
		if len(s) > clearlyTooLong*limit {
			return len(s) // without translating it
		}
		return units(toDiscord(s))
	})
	if len(parts) > maxParts {
		parts, cut = parts[:maxParts], true
	}
	var out []string
	for _, p := range parts {
		if c := shortest(toDiscord(p), limit); c != "" {
			out = append(out, c)
		}
	}
	if cut {
		out = append(out[:min(len(out), maxParts-1)], onlyPart)
	}
	if len(out) == 0 {
		return []string{""}
	}
	return out
}

// rows gives the buttons and menus of a reply.
func (a *Adapter) rows(s chat.Showing, words *bot.Labels) []component {
	rows := []component{}
	room := maxRows
	if s.Rate {
		room--
	}
	if s.Reply.Form != nil {
		room--
	}
	options := s.Reply.Options
	switch {
	case len(options) > maxInRow || s.Reply.Decision == bot.Ask && len(options) > fewPicked:
		rows = a.menus(options, room, words)
	case len(options) > 0:
		rows = append(rows, a.buttons(s.Reply, options))
	}
	if f := s.Reply.Form; f != nil {
		rows = append(rows, row(component{Type: compButton, Style: stylePrimary, Label: shorten(words.Type, maxLabel), CustomID: formID(f)}))
	}
	if s.Rate {
		rows = append(rows, row(
			component{Type: compButton, Style: styleSecondary, Label: words.Helpful, CustomID: idRate + ":1"},
			component{Type: compButton, Style: styleSecondary, Label: words.Unhelpful, CustomID: idRate + ":-1"}))
	}
	return rows
}

func row(all ...component) component { return component{Type: compRow, Components: all} }

// buttons gives a row of buttons. The first of a question for consent is the
// consent.
func (a *Adapter) buttons(r bot.Reply, options []bot.Option) component {
	var all []component
	seen := map[string]bool{}
	for i, o := range options {
		id := idOption + ":" + a.pick(o.ID, maxCustomID-len(idOption)-1)
		if seen[id] {
			continue
		}
		seen[id] = true
		style := styleSecondary
		if i == 0 && (r.Decision == bot.Confirm || r.Decision == bot.Approve || r.Approval != nil) {
			style = styleSuccess
		}
		all = append(all, component{Type: compButton, Style: style, Label: label(o, maxLabel), CustomID: id})
	}
	return row(all...)
}

// menus gives menus of options, each of as many as it takes.
func (a *Adapter) menus(options []bot.Option, room int, words *bot.Labels) []component {
	rows := []component{}
	seen := map[string]bool{}
	var all []option
	flush := func() {
		if len(all) > 0 && len(rows) < room {
			rows = append(rows, row(component{Type: compSelect, CustomID: idSelect + ":" + strconv.Itoa(len(rows)),
				Placeholder: shorten(words.Pick, maxOption), Options: all}))
		}
		all = nil
	}
	for _, o := range options {
		id := a.pick(o.ID, maxOption)
		if seen[id] {
			continue
		}
		seen[id] = true
		if all = append(all, option{Label: label(o, maxOption), Value: id}); len(all) == maxPicked {
			flush()
		}
	}
	flush()
	return rows
}

func label(o bot.Option, most int) string {
	if s := shorten(strings.TrimSpace(o.Label), most); s != "" {
		return s
	}
	return "…"
}

// pick gives a name for an option that is not too long for Discord; unpick gives
// the option again.
func (a *Adapter) pick(id string, most int) string {
	if id != "" && units(id) <= most && !strings.HasPrefix(id, "#") {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	name := "#" + base64.RawURLEncoding.EncodeToString(sum[:16])
	a.picks.Set(name, id, ttlcache.DefaultTTL)
	return name
}

func (a *Adapter) unpick(name string) string {
	if item := a.picks.Get(name); item != nil {
		return item.Value()
	}
	return name
}

// formID keeps the words of a form in the button that opens it: so it can be
// opened whenever it is pressed.
func formID(f *bot.Form) string {
	clean := func(s string) string { return strings.ReplaceAll(shorten(s, maxFormText), "|", "/") }
	return shortest(idOpen+":"+clean(f.Title)+"|"+clean(f.Label), maxCustomID)
}

// openForm gives the answer that opens a form.
func openForm(rest string, words *bot.Labels) answer {
	title, name, _ := strings.Cut(rest, "|")
	if strings.TrimSpace(title) == "" {
		title = words.Type
	}
	if strings.TrimSpace(name) == "" {
		name = title
	}
	return answer{answerForm, form{CustomID: idForm + ":", Title: shorten(title, maxFormText), Components: []component{
		row(component{Type: compInput, CustomID: "text", Style: 1, Label: shorten(name, maxFormText), MaxLength: maxInput})}}}
}
