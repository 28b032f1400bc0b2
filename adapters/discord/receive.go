package discord

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"frontdesk/adapters/chat"
	"frontdesk/bot"

	"github.com/jellydator/ttlcache/v3"
)

// Types of message that somebody wrote.
const (
	messagePlain = 0
	messageReply = 19
)

// maxHeard bounds the text that is taken in, in bytes. Discord lets at most 4,000
// characters through, and the desk answers to less than this that it is too long.
const maxHeard = 20 << 10

// take takes one event of the gateway in that is about no message as a whole. It
// is called for one after the other of a connection, and may ask Discord.
func (a *Adapter) take(ctx context.Context, kind string, data json.RawMessage) error {
	switch kind {
	case "MESSAGE_DELETE", "MESSAGE_DELETE_BULK":
		var d struct {
			ID        string   `json:"id"`
			IDs       []string `json:"ids"`
			ChannelID string   `json:"channel_id"`
			GuildID   string   `json:"guild_id"`
		}
		if err := json.Unmarshal(data, &d); err != nil {
			return err
		}
		for _, id := range append(d.IDs, d.ID) {
			if id != "" {
				if err := a.deleted(ctx, d.GuildID, d.ChannelID, id); err != nil {
					return err
				}
			}
		}
	case "MESSAGE_REACTION_ADD":
		var r reaction
		if err := json.Unmarshal(data, &r); err != nil {
			return err
		}
		return a.reacted(ctx, r)
	case "CHANNEL_CREATE", "CHANNEL_UPDATE", "THREAD_CREATE", "THREAD_UPDATE":
		var c channel
		if err := json.Unmarshal(data, &c); err != nil {
			return err
		}
		a.world.learn(c.GuildID, c)
	case "THREAD_LIST_SYNC":
		var g guild
		if err := json.Unmarshal(data, &struct {
			ID      *string    `json:"guild_id"`
			Threads *[]channel `json:"threads"`
		}{&g.ID, &g.Threads}); err != nil {
			return err
		}
		a.world.learn(g.ID, g.Threads...)
	}
	return nil
}

// enqueue takes an event in; what cannot be kept is logged by the desk.
func (a *Adapter) enqueue(e chat.Event) {
	a.desk.Enqueue(e, func(err error) {
		if err != nil {
			a.log.Error("an event was not taken in", "message", e.Key, "error", err)
		}
	})
}

// person says whether a message was written by somebody: not by us, another
// application, or Discord itself.
func (a *Adapter) person(m *message) bool {
	me, _ := a.world.self()
	return m.ID != "" && m.Author != nil && !m.Author.Bot && m.Author.ID != me && m.WebhookID == "" &&
		(m.Type == messagePlain || m.Type == messageReply)
}

// said takes in what somebody said.
func (a *Adapter) said(ctx context.Context, m *message) error {
	if !a.person(m) {
		return nil
	}
	p, c, err := a.where(ctx, m.GuildID, m.ChannelID, m.ID)
	if err != nil {
		return err
	}
	if !c.thread() {
		p.Thread = a.rootOf(ctx, p, m)
	}
	forum := c.thread() && m.ID == m.ChannelID && slices.Contains(a.cfg.Forums, c.ParentID)
	e := chat.Event{Key: m.ID, Place: p, Sequence: m.ID, How: chat.Overheard, Message: a.message(p, m), Received: m.at}
	switch {
	case p.Direct:
		e.How = chat.Direct
	case a.world.names(m) || forum:
		e.How = chat.Mention
	case p.Thread != "":
		e.How = chat.Thread
	}
	if forum && c.Name != "" {
		e.Message.Text = strings.TrimSpace(c.Name + "\n" + e.Message.Text)
	}
	for _, f := range m.Files[:min(len(m.Files), 10)] {
		e.Files = append(e.Files, chat.File{Name: f.Filename, Type: f.ContentType, URL: f.URL, Size: f.Size})
	}
	switch {
	case e.Message.Text == "" && slices.ContainsFunc(e.Files, chat.File.Sound):
		e.Message.Kind = bot.Audio
	case e.Message.Text == "" && e.How == chat.Mention && m.Reference == nil:
		return nil // our name alone
	case e.Message.Text == "":
		return nil
	default:
		e.Files = nil
	}
	a.note(p, m, e.Message)
	a.enqueue(e)
	return nil
}

// note remembers where a message stands and what it begins with.
func (a *Adapter) note(p chat.Place, m *message, as bot.Message) {
	a.world.noted.Set(m.ID, note{channel: m.ChannelID, parent: p.Channel, conversation: as.Conversation,
		text: shorten(as.Text, maxTitleUsed)}, ttlcache.DefaultTTL)
}

// where gives the place of a message: a thread counts to its channel.
func (a *Adapter) where(ctx context.Context, guildID, channelID, messageID string) (chat.Place, channel, error) {
	p := chat.Place{Channel: channelID, Message: channelID + "/" + messageID}
	if guildID == "" {
		p.Direct = true
		return p, channel{ID: channelID, Type: typeDM}, nil
	}
	c, err := a.world.channel(ctx, channelID)
	if err != nil {
		return p, channel{}, fmt.Errorf("looking a channel up: %w", err)
	}
	if c.thread() {
		p.Channel, p.Thread = c.ParentID, c.ID
	}
	return p, c, nil
}

// rootOf gives the message that began the conversation of which a message is a
// reply, to us or to somebody whom we have heard; "" for none.
func (a *Adapter) rootOf(ctx context.Context, p chat.Place, m *message) string {
	if m.Type != messageReply || m.Reference == nil || m.Reference.MessageID == "" || p.Direct {
		return ""
	}
	id := m.Reference.MessageID
	if known, ok := a.world.remembers(id); ok {
		return threadOf(known)
	}
	me, _ := a.world.self()
	if m.Replied == nil || m.Replied.Author == nil || m.Replied.Author.ID != me {
		return ""
	}
	post, ok, err := a.desk.Posts().Post(ctx, Name, p.Channel, id)
	switch {
	case err != nil:
		a.log.Warn("looking up what was replied to", "error", err)
	case ok && post.Handover == "" && threadOf(post.Conversation) != "":
		return threadOf(post.Conversation)
	case !ok && m.Replied.Reference != nil && m.Replied.Reference.MessageID != "":
		// It is so new that it is not kept yet.
		if known, ok := a.world.remembers(m.Replied.Reference.MessageID); ok {
			return threadOf(known)
		}
		return m.Replied.Reference.MessageID
	}
	return id
}

// message gives what the handler is to know of a message.
func (a *Adapter) message(p chat.Place, m *message) bot.Message {
	return bot.Message{ID: m.ID, Kind: bot.Text, Conversation: p.Conversation(Name, m.ID), Sender: who(m.Author), Name: m.Author.name(),
		Address: replyTo(p, m.Author), Context: contextOf(m.GuildID, m.ChannelID), Text: a.words(m),
		Link: linkTo(m.GuildID, m.ChannelID, m.ID), Time: timeOf(m.ID)}
}

func who(u *user) bot.Address { return bot.Address(Name + ":" + u.ID) }

// replyTo gives where replies go: to the channel, which rights may name, or to
// the user.
func replyTo(p chat.Place, u *user) bot.Address {
	if p.Direct {
		return who(u)
	}
	return bot.Address(Name + ":" + p.Channel)
}

func contextOf(guildID, channelID string) map[string]string {
	c := map[string]string{"channel": channelID}
	if guildID != "" {
		c["guild"] = guildID
	}
	return c
}

func linkTo(guildID, channelID, messageID string) string {
	if guildID == "" {
		guildID = "@me"
	}
	return platformURL + "/channels/" + guildID + "/" + channelID + "/" + messageID
}

var marked = regexp.MustCompile(`<(@[!&]?|#|a?:[A-Za-z0-9_]{1,64}:|/[^:<>]{1,64}:|t:)(-?[0-9]{1,20})(:[A-Za-z])?>`)

// words gives the text of a message as it reads: without our name, and with the
// names of others in place of their ids.
func (a *Adapter) words(m *message) string {
	me, _ := a.world.self()
	content := m.Content
	if len(content) > maxHeard {
		content = strings.ToValidUTF8(content[:maxHeard], "")
	}
	text := marked.ReplaceAllStringFunc(content, func(s string) string {
		part := marked.FindStringSubmatch(s)
		kind, id := part[1], part[2]
		switch {
		case kind == "@" || kind == "@!":
			if id == me {
				return ""
			}
			for _, u := range m.Mentions[:min(len(m.Mentions), maxMentions)] {
				if u.ID == id {
					return "@" + u.name()
				}
			}
			return "@somebody"
		case kind == "@&":
			if a.world.ourRole(id) {
				return ""
			}
			return "@role"
		case kind == "#":
			if c, ok := a.world.known(id); ok && c.Name != "" {
				return "#" + c.Name
			}
			return "#channel"
		case strings.HasPrefix(kind, "/"):
			return strings.TrimSuffix(kind, ":")
		case kind == "t:":
			return s
		}
		return strings.TrimPrefix(kind, "a") // an emoji
	})
	return strings.TrimSpace(text)
}

// edited takes in that somebody edited a message. What has no time of an edit was
// changed by Discord, which found out what a link shows.
func (a *Adapter) edited(ctx context.Context, m *message) error {
	if !a.person(m) || m.Edited == nil {
		return nil
	}
	p, c, err := a.where(ctx, m.GuildID, m.ChannelID, m.ID)
	if err != nil {
		return err
	}
	if known, ok := a.world.remembers(m.ID); ok && !p.Direct {
		p.Thread = threadOf(known)
	} else if !c.thread() {
		p.Thread = a.rootOf(ctx, p, m)
	}
	e := chat.Event{Key: fmt.Sprintf("edit/%s/%d", m.ID, m.Edited.UnixNano()), Place: p, Message: a.message(p, m)}
	e.Message.Kind, e.Message.Ref, e.Message.ID = bot.Edit, m.ID, fmt.Sprintf("%s/%d", m.ID, m.Edited.UnixNano())
	if e.Message.Text == "" {
		return nil
	}
	a.enqueue(e)
	return nil
}

// deleted takes in that a message was deleted.
func (a *Adapter) deleted(ctx context.Context, guildID, channelID, id string) error {
	p, c, err := a.where(ctx, guildID, channelID, id)
	if err != nil {
		return err
	}
	conversation := p.Conversation(Name, id)
	if known, ok := a.world.remembers(id); ok {
		conversation = known
	} else if known := a.answered(ctx, p, c, id); known != "" {
		conversation = known
	}
	a.enqueue(chat.Event{Key: "delete/" + id, Place: p, Message: bot.Message{ID: "delete/" + id, Kind: bot.Delete, Ref: id,
		Conversation: conversation, Address: bot.Address(Name + ":" + p.Channel), Context: contextOf(guildID, channelID), Time: a.deps.Now()}})
	return nil
}

// answered gives the conversation of a message of a channel that was said before
// we began, by our answer that replies to it; "" for none.
func (a *Adapter) answered(ctx context.Context, p chat.Place, c channel, id string) string {
	if said := timeOf(id); p.Direct || c.thread() || !said.Before(a.began) || a.deps.Now().Sub(said) > notedFor {
		return ""
	}
	there, err := a.after(ctx, c.ID, p)
	if err != nil {
		a.log.Warn("looking for the answer of a message that was deleted", "error", err)
		return ""
	}
	me, _ := a.world.self()
	for _, m := range there {
		if m.Author == nil || m.Author.ID != me || m.Reference == nil || m.Reference.MessageID != id {
			continue
		}
		post, ok, err := a.desk.Posts().Post(ctx, Name, p.Channel, m.ID)
		if err == nil && ok {
			return post.Conversation
		}
	}
	return ""
}

// reacted takes in a reaction: a rating of an answer of ours, or the proposal of
// somebody else's.
func (a *Adapter) reacted(ctx context.Context, r reaction) error {
	me, _ := a.world.self()
	if r.UserID == me || r.Member != nil && r.Member.User != nil && r.Member.User.Bot {
		return nil
	}
	rating := 0
	switch {
	case strings.HasPrefix(r.Emoji.Name, "👍"):
		rating = 1
	case strings.HasPrefix(r.Emoji.Name, "👎"):
		rating = -1
	case r.Emoji.Name == "✅" && a.proposer(r):
		a.later(func(ctx context.Context) { a.propose(ctx, r) })
		return nil
	default:
		return nil
	}
	if a.cfg.Rating == chat.NoRating {
		return nil
	}
	p, _, err := a.where(ctx, r.GuildID, r.ChannelID, r.MessageID)
	if err != nil {
		return err
	}
	by := &user{ID: r.UserID}
	conversation, ok := a.world.remembers(r.MessageID)
	if !ok {
		conversation = p.Conversation(Name, r.MessageID)
	}
	key := fmt.Sprintf("react/%s/%s/%d", r.MessageID, r.UserID, rating)
	a.enqueue(chat.Event{Key: key, Place: p, Post: postID(p, r.ChannelID, r.MessageID), Message: bot.Message{ID: key, Kind: bot.Rating, Rating: rating,
		Conversation: conversation, Sender: who(by), Address: replyTo(p, by), Context: contextOf(r.GuildID, r.ChannelID), Time: a.deps.Now()}})
	return nil
}

// postID names a post of ours within its place: by its id alone, which is that of
// a thread that begins with it, unless it stands in a thread itself.
func postID(p chat.Place, channelID, id string) string {
	if channelID == p.Channel {
		return id
	}
	return channelID + "/" + id
}

// whereIs gives the channel and the id of a post.
func whereIs(p chat.Place, post string) (channelID, id string) {
	if channelID, id, ok := strings.Cut(post, "/"); ok {
		return channelID, id
	}
	return p.Channel, post
}
