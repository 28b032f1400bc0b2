package slackfake

import (
	"cmp"
	"encoding/json"
	"strings"
	"time"
)

// A Said is something that a person said.
type Said struct {
	TS      string
	Thread  string    // it stands in; empty at the top
	Event   *Delivery // the message event; nil where the app is not sent it
	Mention *Delivery // the app_mention event
	channel string
}

// Say has a user say something in a channel, in a thread where one is given. A
// text that mentions the bot, as "<@U…>", gives two events where the app is
// subscribed to both.
func (w *Workspace) Say(user, channel, text, thread string) Said {
	return w.Share(user, channel, text, thread)
}

// Mention is how the bot is mentioned in a text.
func (w *Workspace) Mention() string { return "<@" + w.BotUser + ">" }

// Share has a user say something with files.
func (w *Workspace) Share(user, channel, text, thread string, files ...File) Said {
	s := w.server
	s.mu.Lock()
	defer s.mu.Unlock()
	c := w.channels[channel]
	if c == nil {
		return Said{}
	}
	m := &Message{Channel: channel, TS: s.ts(), ThreadTS: thread, User: user, Text: text, Blocks: richText(text), Received: time.Now()}
	for _, f := range files {
		f.ID, f.User = cmp.Or(f.ID, s.id("F")), user
		w.files[f.ID] = &f
		m.Files = append(m.Files, &f)
		m.Subtype = "file_share"
	}
	c.add(m, s.cfg.Keep)
	said := Said{TS: m.TS, Thread: thread, channel: channel}
	said.Event = w.emitMessage(c, m)
	if c.kind != DM && strings.Contains(text, w.Mention()) {
		said.Mention = w.emitMention(c, m)
	}
	s.changed()
	return said
}

// richText gives the blocks that Slack makes of what people type.
func richText(text string) json.RawMessage {
	quoted, err := json.Marshal(text)
	if err != nil || text == "" {
		return nil
	}
	b := make([]byte, 0, len(quoted)+150)
	b = append(b, `[{"type":"rich_text","block_id":"b","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":`...)
	b = append(b, quoted...)
	return append(b, `}]}]}]`...)
}

// subscription gives the name of the message events of a kind of channel.
func subscription(kind string) string {
	return map[string]string{Public: "message.channels", Private: "message.groups", DM: "message.im", GroupDM: "message.mpim"}[kind]
}

// emitMessage delivers a message event. The lock is held, as by all that follow.
func (w *Workspace) emitMessage(c *channel, m *Message) *Delivery {
	if !c.has(w.BotUser) || m.Ephemeral != "" {
		return nil
	}
	out := w.wire(m)
	out.Channel, out.ChannelType, out.EventTS = c.id, c.kind, m.TS
	return w.emit(subscription(c.kind), scope(c.kind, "history"), c.id, out)
}

func (w *Workspace) emitMention(c *channel, m *Message) *Delivery {
	if !c.has(w.BotUser) {
		return nil
	}
	out := w.wire(m)
	out.Type, out.Subtype, out.Channel, out.EventTS = "app_mention", "", c.id, m.TS
	return w.emit("app_mention", "app_mentions:read", c.id, out)
}

func (w *Workspace) emitChanged(c *channel, m, before *Message) *Delivery {
	if !c.has(w.BotUser) {
		return nil
	}
	ts := w.server.ts()
	return w.emit(subscription(c.kind), scope(c.kind, "history"), c.id, &wireMessage{
		Type: "message", Subtype: "message_changed", Channel: c.id, ChannelType: c.kind, TS: ts, EventTS: ts, Hidden: true,
		Message: w.wire(m), Previous: w.wire(before),
	})
}

func (w *Workspace) emitDeleted(c *channel, m *Message) *Delivery {
	if !c.has(w.BotUser) {
		return nil
	}
	ts := w.server.ts()
	return w.emit(subscription(c.kind), scope(c.kind, "history"), c.id, &wireMessage{
		Type: "message", Subtype: "message_deleted", Channel: c.id, ChannelType: c.kind, TS: ts, EventTS: ts, Hidden: true,
		DeletedTS: m.TS, Previous: w.wire(m),
	})
}

// Edit has a message say something else. A mention that was not there before
// gives an app_mention event also.
func (w *Workspace) Edit(channel, ts, text string) *Delivery {
	w.server.mu.Lock()
	defer w.server.mu.Unlock()
	m := w.find(channel, ts)
	if m == nil {
		return nil
	}
	c, before := w.channels[channel], *m
	m.Text, m.Blocks, m.Edited = text, richText(text), w.server.ts()
	d := w.emitChanged(c, m, &before)
	if c.kind != DM && strings.Contains(text, w.Mention()) && !strings.Contains(before.Text, w.Mention()) {
		w.emitMention(c, m)
	}
	w.server.changed()
	return d
}

// Unfurl changes a message as Slack does when it shows a link's preview: there
// is an event about a change, but the text is the same.
func (w *Workspace) Unfurl(channel, ts string) *Delivery {
	w.server.mu.Lock()
	defer w.server.mu.Unlock()
	m := w.find(channel, ts)
	if m == nil {
		return nil
	}
	before := *m
	return w.emitChanged(w.channels[channel], m, &before)
}

// Delete takes a message away.
func (w *Workspace) Delete(channel, ts string) *Delivery {
	w.server.mu.Lock()
	defer w.server.mu.Unlock()
	m := w.find(channel, ts)
	if m == nil {
		return nil
	}
	m.Deleted = true
	d := w.emitDeleted(w.channels[channel], m)
	w.server.changed()
	return d
}

// SayAsBot has another bot post something.
func (w *Workspace) SayAsBot(channel, text string) Said {
	s := w.server
	s.mu.Lock()
	defer s.mu.Unlock()
	c := w.channels[channel]
	if c == nil {
		return Said{}
	}
	m := &Message{Channel: channel, TS: s.ts(), BotID: s.id("B"), Subtype: "bot_message", Text: text, Received: time.Now()}
	c.add(m, s.cfg.Keep)
	said := Said{TS: m.TS, channel: channel, Event: w.emitMessage(c, m)}
	if strings.Contains(text, w.Mention()) {
		said.Mention = w.emitMention(c, m)
	}
	s.changed()
	return said
}

// React has a user give a reaction, or take it back.
func (w *Workspace) React(user, channel, ts, name string, added bool) *Delivery {
	w.server.mu.Lock()
	defer w.server.mu.Unlock()
	m := w.find(channel, ts)
	if m == nil {
		return nil
	}
	kind := "reaction_added"
	if added && !m.react(name, user) || !added && !m.unreact(name, user) {
		return nil
	}
	if !added {
		kind = "reaction_removed"
	}
	d := w.emitReaction(kind, w.channels[channel], m, name, user)
	w.server.changed()
	return d
}

func (w *Workspace) emitReaction(kind string, c *channel, m *Message, name, user string) *Delivery {
	if !c.has(w.BotUser) {
		return nil
	}
	return w.emit(kind, "reactions:read", c.id, map[string]any{
		"type": kind, "user": user, "reaction": name, "item_user": m.User, "event_ts": w.server.ts(),
		"item": map[string]any{"type": "message", "channel": c.id, "ts": m.TS},
	})
}

// OpenHome has a user open the app's home tab, or its messages tab.
func (w *Workspace) OpenHome(user, tab string) *Delivery {
	w.server.mu.Lock()
	defer w.server.mu.Unlock()
	inner := map[string]any{"type": "app_home_opened", "user": user, "channel": w.dm(user).id, "tab": tab, "event_ts": w.server.ts()}
	if v := w.homes[user]; v != nil && tab == "home" {
		inner["view"] = w.wireView(v, nil)
	}
	return w.emit("app_home_opened", "", user, inner)
}

// StartAssistant has a user open a new assistant thread, while looking at a
// channel; empty for none. It gives the thread's channel and timestamp.
func (w *Workspace) StartAssistant(user, looking string) (channel, thread string, d *Delivery) {
	w.server.mu.Lock()
	defer w.server.mu.Unlock()
	c := w.dm(user)
	ts := w.server.ts()
	w.threads[c.id+"/"+ts] = &AssistantThread{}
	context := map[string]any{}
	if looking != "" {
		context = map[string]any{"channel_id": looking, "team_id": w.ID, "enterprise_id": nil}
	}
	d = w.emit("assistant_thread_started", "assistant:write", c.id, map[string]any{
		"type": "assistant_thread_started", "event_ts": w.server.ts(),
		"assistant_thread": map[string]any{"user_id": user, "context": context, "channel_id": c.id, "thread_ts": ts},
	})
	return c.id, ts, d
}
