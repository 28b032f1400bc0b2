package discordfake

import (
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"sort"
	"strings"
	"time"
)

// Said is more than the text of what somebody says.
type Said struct {
	Content string
	ReplyTo string // ID of a message of the channel
	Files   []Upload
	Flags   int
	Webhook string // says it as the webhook of that name
	Type    int    // 0 for an ordinary message
}

// An Upload is a file that somebody sends.
type Upload struct {
	Name        string
	ContentType string
	Data        []byte
	Duration    float64 // of voice messages, in seconds
	// Size, when not 0, is what is said of its size, whatever it is.
	Size int
	// Location, when not "", is where its URL leads, by a redirect.
	Location string
	// URL, when not "", stands in the place of the URL that the file would have.
	URL string
}

var errUnknown = errors.New("discordfake: there is no such channel, message or user")

// Say lets somebody say a text in a channel. It gives the message, which has no
// ID when there is no such channel.
func (s *Server) Say(channelID string, u *User, text string) Message {
	m, _ := s.SayMore(channelID, u, Said{Content: text})
	return m
}

// Voice lets somebody send a voice message: Ogg with Opus, as Discord's clients
// record it.
func (s *Server) Voice(channelID string, u *User, ogg []byte, seconds float64) Message {
	m, _ := s.SayMore(channelID, u, Said{Flags: VoiceMessage, Files: []Upload{
		{Name: "voice-message.ogg", ContentType: "audio/ogg", Data: ogg, Duration: seconds}}})
	return m
}

// SayMore lets somebody say something.
func (s *Server) SayMore(channelID string, u *User, what Said) (Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channels[channelID]
	if c == nil || u == nil {
		return Message{}, errUnknown
	}
	m := s.said(c, u, what)
	s.add(c, m)
	s.tellMessage("MESSAGE_CREATE", c, m)
	return m.clone(), nil
}

// said makes a message of what somebody says.
func (s *Server) said(c *channel, u *User, what Said) *Message {
	m := s.blank(c, u)
	m.Content, m.Flags, m.Type = what.Content, what.Flags, what.Type
	m.Mentions, m.MentionRoles, m.MentionEveryone = s.mentioned(c, what.Content, nil)
	for _, f := range what.Files {
		m.Attachments = append(m.Attachments, s.upload(c.ID, f))
	}
	if what.ReplyTo != "" {
		m.Type = 19
		m.MessageReference = &Reference{MessageID: what.ReplyTo, ChannelID: c.ID, GuildID: c.GuildID}
		if to := c.find(what.ReplyTo); to != nil {
			other := to.clone()
			other.ReferencedMessage = nil
			m.ReferencedMessage = &other
			m.Mentions = appendUser(m.Mentions, to.Author)
		}
	}
	if what.Webhook != "" {
		m.WebhookID = s.id()
		m.Author = &User{ID: m.WebhookID, Username: what.Webhook, Bot: true, Discriminator: "0000"}
	}
	return m
}

// blank gives a message with nothing in it.
func (s *Server) blank(c *channel, u *User) *Message {
	now := time.Now()
	return &Message{ID: s.id(), ChannelID: c.ID, Author: u, Timestamp: stamp(now), Arrived: now,
		Mentions: []*User{}, MentionRoles: []string{}, Attachments: []Attachment{}, Embeds: []json.RawMessage{}, Components: []Component{}}
}

// add puts a message into its channel and forgets the oldest when there are too
// many. The caller holds the lock.
func (s *Server) add(c *channel, m *Message) {
	if len(c.messages) >= 2*s.opts.KeepMessages {
		c.messages = slices.Clone(c.messages[len(c.messages)-s.opts.KeepMessages:])
	}
	c.messages = append(c.messages, m)
	c.LastMessageID = m.ID
	if c.Thread != nil {
		c.MessageCount++
	}
}

// find gives a message of the channel by its ID; nil for none.
func (c *channel) find(id string) *Message {
	at := sort.Search(len(c.messages), func(i int) bool { return !older(c.messages[i].ID, id) })
	if at < len(c.messages) && c.messages[at].ID == id {
		return c.messages[at]
	}
	return nil
}

// Edit lets the author of a message change its text.
func (s *Server) Edit(channelID, messageID, text string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, m := s.message(channelID, messageID)
	if m == nil {
		return errUnknown
	}
	now := stamp(time.Now())
	m.Content, m.EditedTimestamp = text, &now
	m.Edits++
	m.Mentions, m.MentionRoles, m.MentionEveryone = s.mentioned(c, text, nil)
	s.tellMessage("MESSAGE_UPDATE", c, m)
	return nil
}

// Again delivers a message once more, as it is now.
func (s *Server) Again(channelID, messageID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, m := s.message(channelID, messageID)
	if m == nil {
		return errUnknown
	}
	s.tellMessage("MESSAGE_CREATE", c, m)
	return nil
}

// Unfurl changes a message as Discord does when it has found what a link shows:
// an update that is no edit.
func (s *Server) Unfurl(channelID, messageID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, m := s.message(channelID, messageID)
	if m == nil {
		return errUnknown
	}
	m.Embeds = append(m.Embeds, json.RawMessage(`{"type":"link","title":"a page"}`))
	s.tellMessage("MESSAGE_UPDATE", c, m)
	return nil
}

// Delete lets somebody delete a message.
func (s *Server) Delete(channelID, messageID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, m := s.message(channelID, messageID)
	if m == nil {
		return errUnknown
	}
	s.remove(c, m)
	return nil
}

func (s *Server) remove(c *channel, m *Message) {
	c.messages = slices.DeleteFunc(c.messages, func(o *Message) bool { return o == m })
	data := map[string]any{"id": m.ID, "channel_id": c.ID}
	if c.GuildID != "" {
		data["guild_id"] = c.GuildID
	}
	s.dispatch(event{name: "MESSAGE_DELETE", guild: c.GuildID, intent: messageIntent(c), channel: c, data: encode(data)})
}

func (s *Server) message(channelID, messageID string) (*channel, *Message) {
	c := s.channels[channelID]
	if c == nil {
		return nil, nil
	}
	return c, c.find(messageID)
}

// React lets somebody react to a message with an emoji of Unicode.
func (s *Server) React(channelID, messageID string, u *User, emoji string) error {
	return s.reaction("MESSAGE_REACTION_ADD", channelID, messageID, u, emoji)
}

// Unreact takes a reaction back.
func (s *Server) Unreact(channelID, messageID string, u *User, emoji string) error {
	return s.reaction("MESSAGE_REACTION_REMOVE", channelID, messageID, u, emoji)
}

func (s *Server) reaction(name, channelID, messageID string, u *User, emoji string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, m := s.message(channelID, messageID)
	if m == nil || u == nil {
		return errUnknown
	}
	s.react(name, c, m, u, emoji)
	return nil
}

func (s *Server) react(name string, c *channel, m *Message, u *User, emoji string) {
	at := slices.IndexFunc(m.Reactions, func(r Reaction) bool { return r.Emoji.Name == emoji })
	had := at >= 0 && slices.Contains(m.Reactions[at].Users, u.ID)
	if had == (name == "MESSAGE_REACTION_ADD") {
		return
	}
	if had {
		r := &m.Reactions[at]
		r.Users = slices.DeleteFunc(slices.Clone(r.Users), func(id string) bool { return id == u.ID })
		r.Count, r.Me = len(r.Users), slices.Contains(r.Users, s.Bot.ID)
		if r.Count == 0 {
			m.Reactions = slices.Delete(slices.Clone(m.Reactions), at, at+1)
		}
	} else {
		if at < 0 {
			m.Reactions = append(m.Reactions, Reaction{Emoji: Emoji{Name: emoji}})
			at = len(m.Reactions) - 1
		}
		r := &m.Reactions[at]
		r.Users = append(slices.Clone(r.Users), u.ID)
		r.Count, r.Me = len(r.Users), slices.Contains(r.Users, s.Bot.ID)
	}
	data := map[string]any{"user_id": u.ID, "channel_id": c.ID, "message_id": m.ID, "emoji": Emoji{Name: emoji},
		"burst": false, "type": 0, "message_author_id": m.Author.ID}
	intent := intentDirectReactions
	if g := s.guilds[c.GuildID]; g != nil {
		intent = intentReactions
		data["guild_id"] = c.GuildID
		if name == "MESSAGE_REACTION_ADD" {
			data["member"] = g.members[u.ID]
		}
	}
	s.dispatch(event{name: name, guild: c.GuildID, intent: intent, channel: c, data: encode(data)})
	s.post()
}

// Thread lets somebody start a thread on a message, and gives its channel.
func (s *Server) Thread(channelID, messageID string, u *User, name string) (Channel, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, m := s.message(channelID, messageID)
	if m == nil {
		return Channel{}, errUnknown
	}
	return s.startThread(c, m, u, name, 1440).Channel, nil
}

// ForumPost lets somebody open a post in a forum; the thread's first message has
// the thread's ID.
func (s *Server) ForumPost(forumID string, u *User, title, text string) (Channel, Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	forum := s.channels[forumID]
	t := s.newThread(forum, s.id(), u, title, 1440)
	m := s.said(t, u, Said{Content: text})
	m.ID = t.ID
	s.add(t, m)
	s.tellMessage("MESSAGE_CREATE", t, m)
	return t.Channel, m.clone()
}

// Typing gives how often the application said that it is typing in a channel.
func (s *Server) Typing(channelID string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.typing[channelID]
}

// Messages gives those that a channel has now, the oldest first.
func (s *Server) Messages(channelID string) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channels[channelID]
	if c == nil {
		return nil
	}
	all := make([]Message, len(c.messages))
	for i, m := range c.messages {
		all[i] = m.clone()
	}
	return all
}

// Answers gives the messages of the application in a channel, the oldest first.
func (s *Server) Answers(channelID string) []Message {
	return slices.DeleteFunc(s.Messages(channelID), func(m Message) bool { return m.Author.ID != s.Bot.ID })
}

var mention = regexp.MustCompile(`<@(!|&)?(\d+)>`)

// mentioned gives who is mentioned in a text. With rules of an application's
// message, only those that they allow.
func (s *Server) mentioned(c *channel, text string, allow *allowedMentions) (users []*User, roles []string, everyone bool) {
	users, roles = []*User{}, []string{}
	g := s.guilds[c.GuildID]
	for _, m := range mention.FindAllStringSubmatch(text, 100) {
		if m[1] == "&" {
			if g != nil && allow.role(m[2]) && !slices.Contains(roles, m[2]) &&
				slices.ContainsFunc(g.Roles, func(r Role) bool { return r.ID == m[2] }) {
				roles = append(roles, m[2])
			}
		} else if u := s.users[m[2]]; u != nil && allow.user(m[2]) {
			users = appendUser(users, u)
		}
	}
	everyone = g != nil && allow.everyone() && (strings.Contains(text, "@everyone") || strings.Contains(text, "@here"))
	return users, roles, everyone
}

func appendUser(users []*User, u *User) []*User {
	if u == nil || slices.ContainsFunc(users, func(o *User) bool { return o.ID == u.ID }) {
		return users
	}
	return append(users, u)
}
