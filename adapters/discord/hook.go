package discord

import (
	"context"
	"errors"
	"strings"
	"time"

	"frontdesk/adapters/chat"
	"frontdesk/bot"
)

// settleFor is how long Discord may take until it knows of our first answer to an
// interaction that it sent by HTTP. It is a variable for the tests.
var settleFor = 3 * time.Second

const settleEvery = 150 * time.Millisecond

// hooked is an interaction that is being answered.
type hooked struct {
	a     *Adapter
	act   *act   // nil when it came to an earlier process
	path  string // of its messages
	id    string
	token string
	flags int
}

// showByHook answers an interaction.
func (a *Adapter) showByHook(ctx context.Context, s chat.Showing) ([]string, error) {
	kind, rest, _ := strings.Cut(s.Place.Hook, "/")
	id, token, _ := strings.Cut(rest, "/")
	_, app := a.world.self()
	h := hooked{a: a, id: id, token: token, path: "webhooks/" + app + "/" + token}
	if item := a.acts.Get(token); item != nil {
		h.act = item.Value()
	}
	if !s.Place.Direct && (s.Place.User != "" || s.Reply.Quiet) {
		h.flags = flagEphemeral
	}
	if kind == "press" {
		return h.press(ctx, s)
	}
	return h.command(ctx, s)
}

// command answers a command: with its first answer where that is still to be
// given, else in the place of the one that says that it comes.
func (h hooked) command(ctx context.Context, s chat.Showing) ([]string, error) {
	d := h.a.draw(s)
	if len(d.parts) == 0 {
		return nil, nil
	}
	parts := d.parts
	if d.whole != nil {
		parts = []payload{*d.whole} // an answer to a command may always hold embeds
	}
	for i := range parts {
		parts[i].Flags |= h.flags
		parts[i].AllowedMentions = nobody
	}
	first, err := h.first(ctx, parts[0], s.Again)
	if errors.Is(err, errNeverAnswered) {
		if h.flags != 0 {
			return nil, errors.Join(err, chat.ErrGone)
		}
		s.Place.Hook = "" // Discord gave the command up; the answer is given all the same
		return h.a.show(ctx, s, d)
	}
	if err != nil {
		return nil, err
	}
	posts := []string{h.post(s.Place, first)}
	for _, p := range parts[1:] {
		m, err := h.followUp(ctx, p)
		if err != nil {
			return nil, err
		}
		posts = append(posts, h.post(s.Place, m))
	}
	return posts, nil
}

// errNeverAnswered says that an interaction got no answer in time.
var errNeverAnswered = errors.New("the interaction was not answered in time")

// first gives the first message of the answer to a command.
func (h hooked) first(ctx context.Context, p payload, again bool) (message, error) {
	if h.act != nil {
		sent, err := h.act.first(ctx, done, answer{answerMessage, p})
		switch {
		case sent && err == nil:
			return h.original(ctx)
		case code(err) == codeNoAct:
			return message{}, errNeverAnswered
		case sent && code(err) != codeTaken:
			return message{}, err
		}
	}
	if again || h.act == nil || h.act.now() == done {
		m, err := h.original(ctx)
		if code(err) == codeNoWebhook || code(err) == codeNoMessage {
			return message{}, errNeverAnswered
		}
		if err != nil || m.Flags&flagLoading == 0 {
			return m, err // shown already
		}
	}
	if h.act != nil && h.act.flags() != p.Flags&flagEphemeral {
		// It was said that the answer comes, but to others than it is for now.
		if err := h.a.client.do(ctx, "DELETE", h.path+"/messages/@original", bucket("hook", h.token), nil, nil); err != nil {
			return message{}, err
		}
		return h.followUp(ctx, p)
	}
	var m message
	err := h.retry(ctx, func() error {
		return h.a.client.do(ctx, "PATCH", h.path+"/messages/@original", bucket("hook", h.token), p, &m)
	})
	return m, err
}

// original reads the first message of the answer.
func (h hooked) original(ctx context.Context) (m message, err error) {
	err = h.retry(ctx, func() error {
		return h.a.client.do(ctx, "GET", h.path+"/messages/@original", bucket("hook", h.token), nil, &m)
	})
	return m, err
}

// followUp adds a message to the answer.
func (h hooked) followUp(ctx context.Context, p payload) (m message, err error) {
	err = h.retry(ctx, func() error {
		return h.a.client.do(ctx, "POST", h.path+"?wait=true", bucket("hook", h.token), p, &m)
	})
	return m, err
}

// retry tries again while Discord may not know yet of the first answer that we
// gave.
func (h hooked) retry(ctx context.Context, f func() error) error {
	for began := time.Now(); ; {
		err := f()
		if h.act == nil || code(err) != codeNoWebhook && code(err) != codeNoMessage || time.Since(began) > settleFor {
			return err
		}
		if !sleep(ctx, settleEvery) {
			return ctx.Err()
		}
	}
}

func (h hooked) post(p chat.Place, m message) string {
	if m.ChannelID == "" {
		return m.ID
	}
	return postID(p, m.ChannelID, m.ID)
}

// press answers a press: the message that was pressed is settled where its
// question was decided, and the reply is a message of its own.
func (h hooked) press(ctx context.Context, s chat.Showing) ([]string, error) {
	h.settle(ctx, s)
	d := h.a.draw(s)
	if h.flags == 0 {
		s.Place.Hook, s.Place.User = "", ""
		return h.a.show(ctx, s, d)
	}
	if len(d.parts) == 0 {
		return nil, nil
	}
	var posts []string
	for _, p := range d.parts {
		p.Flags |= h.flags
		p.AllowedMentions = nobody
		m, err := h.followUp(ctx, p)
		if err != nil {
			return nil, err
		}
		posts = append(posts, h.post(s.Place, m))
	}
	return posts, nil
}

// settle gives the first answer to a press: the message without its buttons and
// with what was chosen, or the message as it is. None of it is worth an error: the
// reply counts.
func (h hooked) settle(ctx context.Context, s chat.Showing) {
	if h.act == nil || h.act.source == nil {
		if s.Settle != "" {
			h.a.settle(ctx, s)
		}
		return
	}
	if s.Settle == "" {
		h.note(h.act.first(ctx, done, answer{Type: answerNothing}))
		return
	}
	p := settled(h.act.source, s)
	sent, err := h.act.first(ctx, done, answer{answerUpdate, p})
	if sent {
		h.note(sent, err)
		return
	}
	// It was said before that the message stays; it can be changed all the same.
	h.note(true, h.a.client.do(ctx, "PATCH", h.path+"/messages/@original", bucket("hook", h.token), p, nil))
}

func (h hooked) note(_ bool, err error) {
	if err != nil {
		h.a.log.Warn("answering a press", "message", h.id, "error", err)
	}
}

// settled gives a message of ours without its buttons, and with what was chosen.
func settled(m *message, s chat.Showing) any {
	content := m.Content
	if s.Chosen != "" {
		with := strings.TrimSpace(content + "\n-# " + line(chosen(s)))
		if units(with) <= maxContent {
			content = with
		}
	}
	return map[string]any{"content": content, "components": []component{}, "allowed_mentions": nobody}
}

func chosen(s chat.Showing) string {
	return strings.Replace(bot.LabelsFor(s.Locale).Chosen, "%s", s.Chosen, 1)
}
