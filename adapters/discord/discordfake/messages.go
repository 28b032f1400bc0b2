package discordfake

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// nonce remembers the message of a nonce.
type nonce struct {
	message *Message
	until   time.Time
}

// open gives the channel of a call, when the application may see it and may do
// what the permissions say. The caller holds the lock.
func (s *Server) open(c *call, needs int64) (*channel, *apiError) {
	ch := s.channels[c.PathValue("channel")]
	if ch == nil || strings.HasPrefix(c.PathValue("channel"), "dm ") {
		return nil, unknownChannel
	}
	may := s.permissions(s.Bot.ID, ch)
	switch {
	case may&PermView == 0:
		return nil, missingAccess
	case may&needs != needs:
		return nil, missingPermissions
	}
	return ch, nil
}

func (s *Server) getMessages(c *call) (int, any, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch, err := s.open(c, 0)
	if err != nil {
		return 0, nil, err
	}
	q := c.URL.Query()
	limit := 50
	var f form
	if v := q.Get("limit"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 || n > 100 {
			f.add([]string{"limit"}, "NUMBER_TYPE_MAX", "int value should be between 1 and 100.")
		}
		limit = n
	}
	given := 0
	for _, key := range []string{"before", "after", "around"} {
		if v := q.Get(key); v != "" {
			given++
			if _, err := strconv.ParseUint(v, 10, 64); err != nil {
				f.add([]string{key}, "NUMBER_TYPE_COERCE", "Value \""+v+"\" is not snowflake.")
			}
		}
	}
	if given > 1 {
		f.add([]string{"before"}, "MUTUALLY_EXCLUSIVE", "before, after and around are mutually exclusive.")
	}
	if err := f.err(); err != nil {
		return 0, nil, err
	}
	if ch.Type == ForumChannel || s.permissions(s.Bot.ID, ch)&PermHistory == 0 {
		return http.StatusOK, []Message{}, nil
	}
	all := ch.messages
	switch {
	case q.Get("after") != "":
		at, found := slices.BinarySearchFunc(all, q.Get("after"), byID)
		if found {
			at++
		}
		all = all[at:min(len(all), at+limit)]
	case q.Get("before") != "":
		at, _ := slices.BinarySearchFunc(all, q.Get("before"), byID)
		all = all[max(0, at-limit):at]
	case q.Get("around") != "":
		at, _ := slices.BinarySearchFunc(all, q.Get("around"), byID)
		from := max(0, at-limit/2)
		all = all[from:min(len(all), from+limit)]
	default:
		all = all[max(0, len(all)-limit):]
	}
	// The newest comes first, whichever way was asked for.
	out := make([]Message, 0, len(all))
	for _, m := range slices.Backward(all) {
		out = append(out, s.shown(ch, m))
	}
	return http.StatusOK, json.RawMessage(encode(out)), nil
}

func byID(m *Message, id string) int {
	switch {
	case m.ID == id:
		return 0
	case older(m.ID, id):
		return -1
	}
	return 1
}

// shown is a message as the REST API shows it: an application without the
// content intent reads nothing there either.
func (s *Server) shown(c *channel, m *Message) Message {
	if s.opts.Flags&(FlagContent|FlagContentSmall) == 0 && !s.reads(c, m) {
		return withoutContent(*m)
	}
	return *m
}

func (s *Server) getMessage(c *call) (int, any, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch, err := s.open(c, PermHistory)
	if err != nil {
		return 0, nil, err
	}
	m := ch.find(c.PathValue("message"))
	if m == nil {
		return 0, nil, unknownMessage
	}
	return http.StatusOK, json.RawMessage(encode(s.shown(ch, m))), nil
}

func (s *Server) postMessage(c *call) (int, any, *apiError) {
	var f messageForm
	if err := c.read(&f); err != nil {
		return 0, nil, err
	}
	s.mu.Lock()
	m, err := s.create(c, &f)
	var data json.RawMessage
	var posted Message
	if err == nil {
		data, posted = encode(*m), m.clone()
	}
	s.mu.Unlock()
	if err != nil {
		return 0, nil, err
	}
	if s.opts.OnPost != nil {
		s.opts.OnPost(posted)
	}
	return http.StatusOK, data, nil
}

// create makes the application's message. The caller holds the lock.
func (s *Server) create(c *call, f *messageForm) (*Message, *apiError) {
	ch, err := s.open(c, 0)
	if err != nil {
		return nil, err
	}
	may := s.permissions(s.Bot.ID, ch)
	send := int64(PermSend)
	if ch.Thread != nil {
		send = PermSendInThreads
	}
	if may&send == 0 || len(c.files) > 0 && may&PermAttachFiles == 0 {
		return nil, missingPermissions
	}
	if ch.Type == ForumChannel {
		return nil, &apiError{400, 50008, "Cannot send messages in a non-text channel", nil}
	}
	if ch.Type == DMChannel && (ch.Recipients[0].ClosedDMs || ch.Recipients[0].Bot) {
		return nil, cannotSendTo
	}
	if ch.Thread != nil && ch.Thread.Locked && may&PermManageThreads == 0 {
		return nil, archivedThread
	}
	if err := f.check(); err != nil {
		return nil, err
	}
	if f.empty() && len(c.files) == 0 {
		return nil, emptyMessage
	}
	key := f.nonce() // of the author, whatever the channel
	if n, ok := s.nonces[key]; ok && f.EnforceNonce && f.nonce() != "" && c.arrived.Before(n.until) {
		return n.message, nil
	}
	m := s.blank(ch, &s.Bot)
	m.Arrived, m.Nonce, m.Flags, m.TTS = c.arrived, f.nonce(), f.Flags&(1<<2|1<<12), f.TTS
	if err := s.refer(ch, m, f, may); err != nil {
		return nil, err
	}
	s.fill(ch, m, f, may)
	for _, file := range c.files {
		m.Attachments = append(m.Attachments, s.upload(ch.ID, file))
	}
	if ch.Thread != nil {
		ch.Thread.Archived = false
	}
	s.add(ch, m)
	if m.Nonce != "" {
		s.remember(key, m)
	}
	s.tellMessage("MESSAGE_CREATE", ch, m)
	s.post()
	return m, nil
}

// refer makes the message a reply to another.
func (s *Server) refer(ch *channel, m *Message, f *messageForm, may int64) *apiError {
	r := f.MessageReference
	if r == nil || r.MessageID == "" {
		return nil
	}
	if may&PermHistory == 0 {
		return noHistory
	}
	to := ch.find(r.MessageID)
	if to == nil || r.ChannelID != "" && r.ChannelID != ch.ID {
		if r.FailIfNotExists != nil && !*r.FailIfNotExists {
			return nil
		}
		var e form
		e.add([]string{"message_reference"}, "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
		return e.err()
	}
	m.Type = 19
	m.MessageReference = &Reference{MessageID: to.ID, ChannelID: ch.ID, GuildID: ch.GuildID}
	other := to.clone()
	other.ReferencedMessage = nil
	m.ReferencedMessage = &other
	return nil
}

// fill puts the fields of a form that are there into a message.
func (s *Server) fill(ch *channel, m *Message, f *messageForm, may int64) {
	if f.Content != nil {
		m.Content = *f.Content
		m.Mentions, m.MentionRoles, m.MentionEveryone = s.mentioned(ch, m.Content, f.AllowedMentions)
		m.MentionEveryone = m.MentionEveryone && may&PermMentionEveryone != 0
		if m.ReferencedMessage != nil && f.AllowedMentions.replied() {
			m.Mentions = appendUser(m.Mentions, m.ReferencedMessage.Author)
		}
	}
	if f.Embeds != nil && may&PermEmbedLinks != 0 {
		m.Embeds = *f.Embeds
	}
	if f.Components != nil {
		m.Components = *f.Components
		id := 1
		for i := range m.Components { // Discord numbers them
			m.Components[i].ID = id
			id++
			for j := range m.Components[i].Components {
				m.Components[i].Components[j].ID = id
				id++
			}
		}
	}
}

// remember keeps a nonce for its time, and a bounded number of them.
func (s *Server) remember(key string, m *Message) {
	s.nonces[key] = nonce{m, time.Now().Add(s.opts.NonceFor)}
	s.nonceOrder = append(s.nonceOrder, key)
	if len(s.nonceOrder) > 20_000 {
		for _, old := range s.nonceOrder[:10_000] {
			delete(s.nonces, old)
		}
		s.nonceOrder = slices.Clone(s.nonceOrder[10_000:])
	}
}

func (s *Server) patchMessage(c *call) (int, any, *apiError) {
	var f messageForm
	if err := c.read(&f); err != nil {
		return 0, nil, err
	}
	s.mu.Lock()
	ch, err := s.open(c, 0)
	var m *Message
	var data json.RawMessage
	var posted Message
	switch {
	case err != nil:
	case ch.find(c.PathValue("message")) == nil:
		err = unknownMessage
	case ch.find(c.PathValue("message")).Author.ID != s.Bot.ID:
		err = othersMessage
	case ch.Thread != nil && ch.Thread.Archived:
		err = archivedThread
	default:
		m = ch.find(c.PathValue("message"))
		err = s.edit(ch, m, &f, c.arrived)
	}
	if err == nil {
		data, posted = encode(*m), m.clone()
	}
	s.mu.Unlock()
	if err != nil {
		return 0, nil, err
	}
	if s.opts.OnPost != nil {
		s.opts.OnPost(posted)
	}
	return http.StatusOK, data, nil
}

// edit changes a message of the application. The caller holds the lock.
func (s *Server) edit(ch *channel, m *Message, f *messageForm, at time.Time) *apiError {
	if err := f.check(); err != nil {
		return err
	}
	after := m.clone()
	s.fill(ch, &after, f, s.permissions(s.Bot.ID, ch))
	if strings.TrimSpace(after.Content) == "" && len(after.Embeds)+len(after.Components)+len(after.Attachments) == 0 {
		return emptyMessage
	}
	now := stamp(time.Now())
	after.EditedTimestamp, after.Arrived = &now, at
	after.Edits++
	*m = after
	s.tellMessage("MESSAGE_UPDATE", ch, m)
	s.post()
	return nil
}

func (s *Server) deleteMessage(c *call) (int, any, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch, err := s.open(c, 0)
	if err != nil {
		return 0, nil, err
	}
	m := ch.find(c.PathValue("message"))
	switch {
	case m == nil:
		return 0, nil, unknownMessage
	case m.Author.ID != s.Bot.ID && ch.GuildID == "":
		return 0, nil, &apiError{403, 50003, "Cannot execute action on a DM channel", nil}
	case m.Author.ID != s.Bot.ID && s.permissions(s.Bot.ID, ch)&PermManageMessages == 0:
		return 0, nil, missingPermissions
	}
	s.remove(ch, m)
	s.post()
	return http.StatusNoContent, nil, nil
}
