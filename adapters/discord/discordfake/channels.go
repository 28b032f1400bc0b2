package discordfake

import (
	"net/http"
	"slices"
	"strconv"
	"time"
)

func (s *Server) getMe(*call) (int, any, *apiError) { return http.StatusOK, s.Bot, nil }

func (s *Server) getUser(c *call) (int, any, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.users[c.PathValue("user")]
	if u == nil {
		return 0, nil, unknownUser
	}
	return http.StatusOK, *u, nil
}

func (s *Server) postDM(c *call) (int, any, *apiError) {
	var f struct {
		Recipient string `json:"recipient_id"`
	}
	if err := c.read(&f); err != nil {
		return 0, nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.users[f.Recipient]
	if u == nil || u.ID == s.Bot.ID {
		return 0, nil, &apiError{400, 50033, "Invalid Recipient(s)", nil}
	}
	return http.StatusOK, s.dm(u).Channel, nil
}

func (s *Server) getGuilds(*call) (int, any, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := []map[string]any{}
	for _, id := range s.guildOrder {
		all = append(all, map[string]any{"id": id, "name": s.guilds[id].Name, "owner": false,
			"permissions": strconv.Itoa(botPermissions), "features": []any{}})
	}
	return http.StatusOK, all, nil
}

// guild gives the guild of a call. The caller holds the lock.
func (s *Server) guild(c *call) (*guild, *apiError) {
	g := s.guilds[c.PathValue("guild")]
	if g == nil {
		return nil, unknownGuild
	}
	return g, nil
}

func (s *Server) getGuild(c *call) (int, any, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, err := s.guild(c)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, s.guildJSON(g, false), nil
}

func (s *Server) getGuildChannels(c *call) (int, any, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, err := s.guild(c)
	if err != nil {
		return 0, nil, err
	}
	all := []Channel{}
	for _, id := range g.channels {
		if ch := s.channels[id]; ch.Thread == nil {
			all = append(all, ch.Channel)
		}
	}
	return http.StatusOK, all, nil
}

func (s *Server) getRoles(c *call) (int, any, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, err := s.guild(c)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, slices.Clone(g.Roles), nil
}

func (s *Server) getMember(c *call) (int, any, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, err := s.guild(c)
	if err != nil {
		return 0, nil, err
	}
	id := c.PathValue("user")
	if id == "@me" {
		id = s.Bot.ID
	}
	m := g.members[id]
	if m == nil {
		return 0, nil, unknownMember
	}
	return http.StatusOK, *m, nil
}

func (s *Server) getActiveThreads(c *call) (int, any, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, err := s.guild(c)
	if err != nil {
		return 0, nil, err
	}
	all := []Channel{}
	for _, id := range slices.Backward(g.channels) {
		ch := s.channels[id]
		if ch.Thread != nil && !ch.Thread.Archived && s.permissions(s.Bot.ID, ch)&PermView != 0 {
			all = append(all, ch.Channel)
		}
	}
	return http.StatusOK, map[string]any{"threads": all, "members": []any{}}, nil
}

func (s *Server) getChannel(c *call) (int, any, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch, err := s.open(c, 0)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, ch.Channel, nil
}

func (s *Server) postTyping(c *call) (int, any, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch, err := s.open(c, 0)
	if err != nil {
		return 0, nil, err
	}
	s.typing[ch.ID]++
	s.post()
	return http.StatusNoContent, nil, nil
}

// threadForm is what a thread is made with.
type threadForm struct {
	Name        string       `json:"name"`
	AutoArchive int          `json:"auto_archive_duration"`
	Type        int          `json:"type"`
	Message     *messageForm `json:"message"`
}

func (f *threadForm) check() *apiError {
	var e form
	e.length(f.Name, 1, 100, "name")
	if f.AutoArchive == 0 {
		f.AutoArchive = 1440
	}
	e.choice([]string{"auto_archive_duration"}, slices.Contains([]int{60, 1440, 4320, 10080}, f.AutoArchive))
	return e.err()
}

func (s *Server) postMessageThread(c *call) (int, any, *apiError) {
	var f threadForm
	if err := c.read(&f); err != nil {
		return 0, nil, err
	}
	if err := f.check(); err != nil {
		return 0, nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	ch, err := s.open(c, PermPublicThreads)
	if err != nil {
		return 0, nil, err
	}
	m := ch.find(c.PathValue("message"))
	switch {
	case m == nil:
		return 0, nil, unknownMessage
	case ch.Type != TextChannel:
		return 0, nil, &apiError{400, 50024, "Cannot execute action on this channel type", nil}
	case s.channels[m.ID] != nil:
		return 0, nil, alreadyThread
	}
	t := s.startThread(ch, m, &s.Bot, f.Name, f.AutoArchive)
	return http.StatusCreated, t.Channel, nil
}

// startThread makes the thread of a message: it has the message's ID.
func (s *Server) startThread(ch *channel, m *Message, u *User, name string, archive int) *channel {
	t := s.newThread(ch, m.ID, u, name, archive)
	starter := s.blank(t, m.Author)
	starter.Type = 21
	starter.MessageReference = &Reference{MessageID: m.ID, ChannelID: ch.ID, GuildID: ch.GuildID}
	s.add(t, starter)
	t.MessageCount = 0 // the starter does not count
	m.Flags |= HasThread
	shown := t.Channel
	m.Thread = &shown
	s.tellMessage("MESSAGE_UPDATE", ch, m)
	s.post()
	return t
}

// newThread makes a thread without any message, and tells of it.
func (s *Server) newThread(parent *channel, id string, u *User, name string, archive int) *channel {
	t := &channel{Channel: Channel{ID: id, Type: ThreadOpen, GuildID: parent.GuildID, Name: name, ParentID: parent.ID, OwnerID: u.ID,
		Thread: &ThreadMetadata{AutoArchiveDuration: archive, ArchiveTimestamp: stamp(time.Now())}, MemberCount: 1}}
	s.channels[id] = t
	g := s.guilds[parent.GuildID]
	g.channels = append(g.channels, id)
	shown := t.Channel
	shown.NewlyCreated = true
	s.dispatch(event{name: "THREAD_CREATE", guild: g.ID, intent: intentGuilds, channel: t, data: encode(shown)})
	return t
}

func (s *Server) postThread(c *call) (int, any, *apiError) {
	var f threadForm
	if err := c.read(&f); err != nil {
		return 0, nil, err
	}
	if err := f.check(); err != nil {
		return 0, nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	ch, err := s.open(c, PermPublicThreads)
	if err != nil {
		return 0, nil, err
	}
	if ch.Type == ForumChannel {
		if f.Message == nil {
			var e form
			e.add([]string{"message"}, "BASE_TYPE_REQUIRED", "This field is required")
			return 0, nil, e.err()
		}
		if err := f.Message.check(); err != nil {
			return 0, nil, err
		}
		if f.Message.empty() {
			return 0, nil, emptyMessage
		}
	} else if ch.Type != TextChannel {
		return 0, nil, &apiError{400, 50024, "Cannot execute action on this channel type", nil}
	}
	t := s.newThread(ch, s.id(), &s.Bot, f.Name, f.AutoArchive)
	if f.Message != nil {
		m := s.blank(t, &s.Bot)
		m.ID = t.ID
		s.fill(t, m, f.Message, s.permissions(s.Bot.ID, t))
		s.add(t, m)
		s.tellMessage("MESSAGE_CREATE", t, m)
	}
	s.post()
	return http.StatusCreated, t.Channel, nil
}

func (s *Server) joinThread(c *call) (int, any, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch, err := s.open(c, 0)
	if err != nil {
		return 0, nil, err
	}
	if ch.Thread == nil {
		return 0, nil, &apiError{400, 50024, "Cannot execute action on this channel type", nil}
	}
	return http.StatusNoContent, nil, nil
}

// reacted gives the message and the emoji of a call about reactions.
func (s *Server) reacted(c *call, needs int64) (*channel, *Message, string, *apiError) {
	ch, err := s.open(c, needs)
	if err != nil {
		return nil, nil, "", err
	}
	m := ch.find(c.PathValue("message"))
	emoji := c.PathValue("emoji")
	switch {
	case m == nil:
		return nil, nil, "", unknownMessage
	case emoji == "" || emoji[0] < 0x80 && emoji[0] != '#' && (emoji[0] < '0' || emoji[0] > '9'):
		return nil, nil, "", unknownEmoji
	}
	return ch, m, emoji, nil
}

func (s *Server) putReaction(c *call) (int, any, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch, m, emoji, err := s.reacted(c, PermHistory)
	if err != nil {
		return 0, nil, err
	}
	if s.permissions(s.Bot.ID, ch)&PermAddReactions == 0 {
		return 0, nil, missingPermissions
	}
	s.react("MESSAGE_REACTION_ADD", ch, m, &s.Bot, emoji)
	return http.StatusNoContent, nil, nil
}

func (s *Server) deleteReaction(c *call) (int, any, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch, m, emoji, err := s.reacted(c, 0)
	if err != nil {
		return 0, nil, err
	}
	s.react("MESSAGE_REACTION_REMOVE", ch, m, &s.Bot, emoji)
	return http.StatusNoContent, nil, nil
}

func (s *Server) deleteOthersReaction(c *call) (int, any, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch, m, emoji, err := s.reacted(c, PermManageMessages)
	if err != nil {
		return 0, nil, err
	}
	if u := s.users[c.PathValue("other")]; u != nil {
		s.react("MESSAGE_REACTION_REMOVE", ch, m, u, emoji)
	}
	return http.StatusNoContent, nil, nil
}

func (s *Server) getReactions(c *call) (int, any, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, m, emoji, err := s.reacted(c, 0)
	if err != nil {
		return 0, nil, err
	}
	all := []User{}
	for _, r := range m.Reactions {
		if r.Emoji.Name == emoji {
			for _, id := range r.Users {
				all = append(all, *s.users[id])
			}
		}
	}
	return http.StatusOK, all, nil
}
