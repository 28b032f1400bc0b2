package discord

import (
	"cmp"
	"context"
	"encoding/json"
	"strings"
	"sync"
	"time"

	"frontdesk/adapters/chat"
	"frontdesk/bot"

	"github.com/jellydator/ttlcache/v3"
)

const (
	// tokenFor is how long an interaction can be answered; Discord has 15 minutes.
	tokenFor = 14*time.Minute + 30*time.Second
	maxActs  = 20_000
	// laterAfter is when we say that the answer comes later: Discord waits for
	// three seconds, the way to it included.
	laterAfter = 1500 * time.Millisecond
)

// firstWithin bounds the first answer. It is a variable for the tests.
var firstWithin = 3 * time.Second

// States of an interaction.
const (
	open     = iota // nothing was answered yet
	deferred        // it was said that the answer comes later
	done            // it was answered
)

// act is an interaction that somebody began: what is answered first takes another
// way than all after it.
type act struct {
	id, token string
	press     bool     // of a button, a menu, or a form: the message may stay as it is
	source    *message // of a press: the message
	private   bool     // the answer is for their eyes only
	send      func(ctx context.Context, r answer) error

	mu    sync.Mutex
	state int
	timer *time.Timer
}

// first sends the first answer, once. False says that another one was sent.
func (x *act) first(ctx context.Context, state int, r answer) (bool, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.state != open {
		return false, nil
	}
	if x.timer != nil {
		x.timer.Stop()
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), firstWithin)
	defer cancel()
	err := x.send(ctx, r)
	if err == nil || code(err) == codeTaken {
		x.state = state
	}
	return true, err
}

// now gives the state.
func (x *act) now() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.state
}

// acted takes an interaction in; send sends its first answer. It does not wait.
func (a *Adapter) acted(i *interaction, send func(ctx context.Context, r answer) error) {
	by := i.by()
	if by == nil || i.ID == "" || i.Token == "" || i.ChannelID == "" {
		return
	}
	x := &act{id: i.ID, token: i.Token, send: send, source: i.Message}
	switch i.Type {
	case actComplete:
		a.complete(i, x)
	case actCommand:
		a.commanded(i, by, x)
	case actPress, actSubmit:
		x.press = true
		a.pressed(i, by, x)
	}
}

// reply sends the first answer to an interaction beside everything else.
func (a *Adapter) reply(x *act, state int, r answer) {
	ok := a.later(func(ctx context.Context) {
		if _, err := x.first(ctx, state, r); err != nil {
			a.log.Warn("answering an interaction", "message", x.id, "error", err)
		}
	})
	if !ok {
		a.log.Warn("an interaction came while the desk does not run", "message", x.id)
	}
}

// begin remembers an interaction, and says after a while that its answer comes
// later.
func (a *Adapter) begin(x *act) {
	a.acts.Set(x.token, x, ttlcache.DefaultTTL)
	x.mu.Lock()
	defer x.mu.Unlock()
	x.timer = time.AfterFunc(laterAfter, func() { a.reply(x, deferred, x.wait()) })
}

// wait says that the answer comes later.
func (x *act) wait() answer {
	if x.press {
		return answer{Type: answerNothing}
	}
	return answer{answerLater, payload{Flags: x.flags(), Embeds: []embed{}, Components: []component{}, AllowedMentions: nobody}}
}

func (x *act) flags() int {
	if x.private {
		return flagEphemeral
	}
	return 0
}

// placeOf gives where an interaction happened.
func (a *Adapter) placeOf(i *interaction, x *act) chat.Place {
	p := chat.Place{Channel: i.ChannelID, Direct: i.GuildID == "", Hook: hook(x), HookEnds: a.deps.Now().Add(tokenFor)}
	if c := i.Channel; c != nil && c.ID == i.ChannelID && c.thread() && c.ParentID != "" {
		a.world.learn(i.GuildID, *c)
		p.Channel, p.Thread = c.ParentID, c.ID
	}
	return p
}

// hook names an interaction in a place: its kind, its id and its token.
func hook(x *act) string {
	kind := "command"
	if x.press {
		kind = "press"
	}
	return kind + "/" + x.id + "/" + x.token
}

// commanded takes a command in: a question.
func (a *Adapter) commanded(i *interaction, by *user, x *act) {
	var d commandData
	if err := json.Unmarshal(i.Data, &d); err != nil {
		a.log.Warn("a command is left out", "error", err)
		return
	}
	p := a.placeOf(i, x)
	text := strings.TrimSpace(d.text(optionQuestion))
	x.private = a.cfg.Private
	if yes, given := d.yes(optionPrivate); given {
		x.private = yes
	}
	link := ""
	if d.Type == kindMessage {
		m := d.Resolved.Messages[d.TargetID]
		text, x.private = a.words(&m), true
		link = linkTo(i.GuildID, i.ChannelID, d.TargetID)
	}
	x.private = x.private && !p.Direct
	if x.private {
		p.User = by.ID
	}
	words := bot.LabelsFor(i.Locale)
	switch {
	case !p.Direct && !a.cfg.Speaks(p.Channel, chat.OnCommand), p.Direct && !a.cfg.Direct:
		a.reply(x, done, whisper(words.NotHere))
		return
	case text == "":
		a.reply(x, done, whisper(words.NoWords))
		return
	}
	m := bot.Message{ID: i.ID, Kind: bot.Text, Conversation: p.Conversation(Name, i.ID), Sender: who(by), Name: by.name(), Address: replyTo(p, by),
		Locale: i.Locale, Context: contextOf(i.GuildID, i.ChannelID), Text: text, Link: link, Time: timeOf(i.ID)}
	a.enqueueAct(x, chat.Event{Key: i.ID, How: chat.Command, Place: p, Message: m}, words)
}

// enqueueAct takes the event of an interaction in. Whoever waits is told when that
// fails.
func (a *Adapter) enqueueAct(x *act, e chat.Event, words *bot.Labels) {
	a.begin(x)
	a.desk.Enqueue(e, func(err error) {
		if err != nil {
			a.log.Error("an event was not taken in", "message", e.Key, "error", err)
			a.reply(x, done, whisper(words.Broken))
		}
	})
}

// whisper answers with a text for whoever acted alone.
func whisper(text string) answer {
	return answer{answerMessage, payload{Content: text, Flags: flagEphemeral, Embeds: []embed{}, Components: []component{}, AllowedMentions: nobody}}
}

// pressed takes in that a button was pressed, an option picked, a form sent off.
func (a *Adapter) pressed(i *interaction, by *user, x *act) {
	var d pressData
	if err := json.Unmarshal(i.Data, &d); err != nil || i.Message == nil && i.Type == actPress {
		a.log.Warn("a press is left out", "error", err)
		return
	}
	p := a.placeOf(i, x)
	m := bot.Message{ID: i.ID, Kind: bot.Choice, Conversation: p.Conversation(Name, i.ID), Sender: who(by), Name: by.name(), Address: replyTo(p, by),
		Locale: i.Locale, Context: contextOf(i.GuildID, i.ChannelID), Time: timeOf(i.ID)}
	e := chat.Event{Key: i.ID, Place: p, Message: m}
	if i.Message != nil {
		if i.Message.Flags&flagEphemeral != 0 {
			x.private, e.Place.User = true, by.ID
		}
		e.Place.Message = cmp.Or(i.Message.ChannelID, i.ChannelID) + "/" + i.Message.ID
		e.Post = postID(p, cmp.Or(i.Message.ChannelID, i.ChannelID), i.Message.ID)
		e.Message.Conversation = a.conversationOf(p, i.Message)
	}
	kind, rest, _ := strings.Cut(d.CustomID, ":")
	switch {
	case i.Type == actSubmit && kind == idForm:
		e.Message.Text = strings.TrimSpace(typed(d.Components))
		if e.Message.Text == "" {
			a.reply(x, done, answer{Type: answerNothing})
			return
		}
	case kind == idOption:
		e.Message.Choice, e.Chosen = a.unpick(rest), labelOf(i.Message, d.CustomID)
	case kind == idSelect && len(d.Values) > 0:
		e.Message.Choice, e.Chosen = a.unpick(d.Values[0]), labelOf(i.Message, d.Values[0])
	case kind == idRate && (rest == "1" || rest == "-1"):
		e.Message.Kind, e.Message.Rating = bot.Rating, 1
		if rest == "-1" {
			e.Message.Rating = -1
		}
	case kind == idOpen:
		a.reply(x, done, openForm(rest, bot.LabelsFor(i.Locale)))
		return
	default:
		a.reply(x, done, answer{Type: answerNothing})
		return
	}
	a.enqueueAct(x, e, bot.LabelsFor(i.Locale))
}

// conversationOf gives the conversation of a post of ours. A press may come before
// the desk has noted the post: then it must come behind the question.
func (a *Adapter) conversationOf(p chat.Place, m *message) string {
	if known, ok := a.world.remembers(m.ID); ok {
		return known
	}
	if m.Reference == nil || m.Reference.MessageID == "" {
		return p.Conversation(Name, m.ID)
	}
	if known, ok := a.world.remembers(m.Reference.MessageID); ok {
		return known
	}
	return p.Conversation(Name, m.Reference.MessageID)
}

// typed gives what was typed into a form.
func typed(rows []component) string {
	for _, r := range rows {
		for _, c := range r.Components {
			if c.Type == compInput {
				return c.Value
			}
		}
	}
	return ""
}

// labelOf gives what a button or an option of a message says.
func labelOf(m *message, id string) string {
	if m == nil {
		return ""
	}
	for _, r := range m.Rows {
		for _, c := range r.Components {
			if c.CustomID == id {
				return c.Label
			}
			for _, o := range c.Options {
				if o.Value == id {
					return o.Label
				}
			}
		}
	}
	return ""
}
