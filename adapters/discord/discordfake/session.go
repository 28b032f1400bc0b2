package discordfake

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"
)

// Intents, as bits.
const (
	intentGuilds          = 1 << 0
	intentMembers         = 1 << 1
	intentPresences       = 1 << 8
	intentMessages        = 1 << 9
	intentReactions       = 1 << 10
	intentDirectMessages  = 1 << 12
	intentDirectReactions = 1 << 13
	intentContent         = 1 << 15
	knownIntents          = 1<<26 - 1
)

// event is something to dispatch.
type event struct {
	name    string
	guild   string
	intent  int      // 0: every session gets it
	channel *channel // when set, only who may see it gets it
	data    []byte
	blank   []byte // without the content, for sessions that may not read it; nil: the same
}

// entry is an event in the log of a session.
type entry struct {
	name string
	data []byte
}

// session is what a client identifies and resumes. The server's lock guards it.
type session struct {
	id       string
	intents  int
	shard    [2]uint64
	compress bool
	first    int64 // sequence number of log[0]
	log      []entry
	conn     *conn
	left     time.Time // when the connection ended
	held     []entry   // to come out of order
	count    int
}

// last gives the newest sequence number.
func (x *session) last() int64 { return x.first + int64(len(x.log)) - 1 }

// push puts an event into the log.
func (x *session) push(keep int, e entry) {
	if len(x.log) >= 2*keep {
		cut := len(x.log) - keep
		x.log = slices.Clone(x.log[cut:])
		x.first += int64(cut)
	}
	x.log = append(x.log, e)
}

// dispatch brings an event to every session that asked for it. The caller holds
// the lock.
func (s *Server) dispatch(e event) {
	if e.channel != nil && s.permissions(s.Bot.ID, e.channel)&PermView == 0 {
		return
	}
	for _, x := range s.sessions {
		if e.intent != 0 && x.intents&e.intent == 0 || !x.takes(e.guild) {
			continue
		}
		data := e.data
		if e.blank != nil && x.intents&intentContent == 0 {
			data = e.blank
		}
		s.deliver(x, entry{e.name, data})
	}
}

// deliver puts an event into one session, as the scripted faults want it.
func (s *Server) deliver(x *session, e entry) {
	x.count++
	all := []entry{e}
	if n := s.gateway.reorder.Load(); n > 0 && int64(x.count)%n == 0 {
		x.held = append(x.held, e)
		return
	}
	all = append(all, x.held...)
	x.held = nil
	if n := s.gateway.duplicate.Load(); n > 0 && int64(x.count)%n == 0 {
		all = append(all, e)
	}
	for _, e := range all {
		x.push(s.opts.KeepEvents, e)
	}
	if x.conn != nil {
		x.conn.wakeUp()
	}
}

// takes says whether the session's shard gets the events of a guild; those of
// direct messages go to the first.
func (x *session) takes(guildID string) bool {
	if x.shard[1] < 2 {
		return true
	}
	if guildID == "" {
		return x.shard[0] == 0
	}
	id, _ := strconv.ParseUint(guildID, 10, 64)
	return (id>>22)%x.shard[1] == x.shard[0]
}

// messageIntent is the intent that the messages of a channel need.
func messageIntent(c *channel) int {
	if c.GuildID == "" {
		return intentDirectMessages
	}
	return intentMessages
}

// tellMessage dispatches a message. The caller holds the lock.
func (s *Server) tellMessage(name string, c *channel, m *Message) {
	if m.Flags&Ephemeral != 0 {
		return
	}
	shown := *m
	if g := s.guilds[c.GuildID]; g != nil {
		shown.GuildID = g.ID
		if member := g.members[m.Author.ID]; member != nil && m.WebhookID == "" {
			short := *member
			short.User = nil
			shown.Member = &short
		}
	}
	e := event{name: name, guild: c.GuildID, intent: messageIntent(c), channel: c, data: encode(shown)}
	if !s.reads(c, m) {
		e.blank = encode(withoutContent(shown))
	}
	s.dispatch(e)
}

// reads says whether the content of a message is shown to the application
// whatever its intents: in direct messages, when it is its own, and when it is
// mentioned.
func (s *Server) reads(c *channel, m *Message) bool {
	return c.GuildID == "" || m.Author.ID == s.Bot.ID || m.ApplicationID == s.Bot.ID ||
		slices.ContainsFunc(m.Mentions, func(u *User) bool { return u.ID == s.Bot.ID })
}

func withoutContent(m Message) Message {
	m.Content, m.Embeds, m.Attachments, m.Components = "", []json.RawMessage{}, []Attachment{}, []Component{}
	if m.ReferencedMessage != nil {
		r := withoutContent(*m.ReferencedMessage)
		m.ReferencedMessage = &r
	}
	return m
}

// encode gives the JSON of what can always be encoded.
func encode(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic("discordfake: " + err.Error())
	}
	return data
}
