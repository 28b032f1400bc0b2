package slackfake

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// Scopes are the bot scopes that an app gets by default: all that this server
// knows of.
var Scopes = []string{
	"app_mentions:read", "assistant:write", "channels:history", "channels:read", "chat:write", "commands", "files:read",
	"groups:history", "groups:read", "im:history", "im:read", "im:write", "mpim:history", "mpim:read",
	"reactions:read", "reactions:write", "team:read", "users:read",
}

// Events are the bot events that an app is subscribed to by default.
var Events = []string{
	"app_home_opened", "app_mention", "assistant_thread_started", "message.channels", "message.groups",
	"message.im", "message.mpim", "reaction_added", "reaction_removed",
}

// Kinds of channel.
const (
	Public  = "channel"
	Private = "group"
	DM      = "im"
	GroupDM = "mpim"
)

// A Setup is what a workspace and the app in it are made of. Empty fields get
// something sensible.
type Setup struct {
	Name          string // "Acme"
	BotToken      string // xoxb-…
	AppToken      string // xapp-…; two workspaces may share one app
	SigningSecret string
	Scopes        []string // of the bot; nil for [Scopes]
	AppScopes     []string // of the app-level token; nil for connections:write
	Events        []string // subscribed; nil for [Events]
	// RequestURL gets events, interactions and commands by HTTP. Empty for
	// Socket Mode.
	RequestURL string
}

// A Workspace is one team with an app installed. It is safe for concurrent use.
type Workspace struct {
	ID, Name, Domain string
	BotUser, BotID   string
	AppID            string
	Setup            Setup

	server   *Server
	app      *app
	users    map[string]*User
	channels map[string]*channel
	files    map[string]*File
	views    map[string]*view
	homes    map[string]*view // by user
	threads  map[string]*AssistantThread
	order    []string // channels in the order of their making
}

// A User is a person in a workspace, or the bot.
type User struct {
	ID, Name, RealName string
	TZ                 string
	Locale             string // "en-US"
	Bot                bool
}

// channel is a conversation.
type channel struct {
	id, name, kind string
	members        []string
	user           string // of a DM with the bot
	messages       []*Message
	byTS           map[string]*Message
	archived       bool
	rooted         int // messages that begin threads, when it was last looked
}

// A Message is one in a channel, as it now is.
type Message struct {
	Channel   string
	TS        string
	ThreadTS  string // of the thread it stands in; empty at the top
	User      string
	BotID     string
	Subtype   string
	Text      string
	Blocks    json.RawMessage // as they were sent; nil without
	Metadata  *Metadata
	Ephemeral string // the one user who sees it; empty for all
	Files     []*File
	Reactions []Reaction
	Edited    string // when it was edited last; empty for never
	Deleted   bool
	// Of posts of the app: what it said about unfurling, "" for nothing.
	UnfurlLinks, UnfurlMedia string
	Received                 time.Time
	Broadcast                bool // a reply in a thread that is shown in the channel also

	replies int // in the thread that it begins
}

// A Reaction is an emoji under a message, with who gave it in order.
type Reaction struct {
	Name  string
	Users []string
}

// Metadata is what an app attaches to its message.
type Metadata struct {
	EventType    string          `json:"event_type"`
	EventPayload json.RawMessage `json:"event_payload"`
}

// A File is one that was shared.
type File struct {
	ID, Name, Mimetype, Filetype string
	Subtype                      string // "slack_audio" of a voice clip
	Content                      []byte
	User                         string
	Duration                     time.Duration
	// URL is where it says to be; empty for this server.
	URL string
	// Size is what it says to have; 0 for its true one.
	Size int
}

// An AssistantThread is what the app has set in one.
type AssistantThread struct {
	Status   string
	Statuses []string // all there were, in order
	Title    string
	Prompts  []string
}

// AddWorkspace makes a workspace with the app installed.
func (s *Server) AddWorkspace(setup Setup) *Workspace {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := string(rune('1' + len(s.workspaces)))
	setup.Name = cmp.Or(setup.Name, "Acme "+n)
	setup.BotToken = cmp.Or(setup.BotToken, "xoxb-"+n+"-bot-token")
	setup.AppToken = cmp.Or(setup.AppToken, "xapp-"+n+"-app-token")
	setup.SigningSecret = cmp.Or(setup.SigningSecret, "signing-secret-"+n)
	if setup.Scopes == nil {
		setup.Scopes = Scopes
	}
	if setup.AppScopes == nil {
		setup.AppScopes = []string{"connections:write"}
	}
	if setup.Events == nil {
		setup.Events = Events
	}
	a := s.apps[setup.AppToken]
	if a == nil {
		a = newApp(s, s.id("A"), setup.AppToken)
		s.apps[setup.AppToken] = a
	}
	w := &Workspace{
		ID: s.id("T"), Name: setup.Name, Domain: strings.ToLower(strings.ReplaceAll(setup.Name, " ", "-")),
		BotID: s.id("B"), AppID: a.id, Setup: setup, server: s, app: a,
		users: map[string]*User{}, channels: map[string]*channel{}, files: map[string]*File{},
		views: map[string]*view{}, homes: map[string]*view{}, threads: map[string]*AssistantThread{},
	}
	w.BotUser = w.addUser(User{Name: "frontdesk", RealName: "Front Desk", Bot: true})
	s.workspaces = append(s.workspaces, w)
	s.byToken[setup.BotToken] = w
	return w
}

// AddUser makes a person and gives their id.
func (w *Workspace) AddUser(u User) string {
	w.server.mu.Lock()
	defer w.server.mu.Unlock()
	return w.addUser(u)
}

func (w *Workspace) addUser(u User) string {
	u.ID = cmp.Or(u.ID, w.server.id("U"))
	u.RealName = cmp.Or(u.RealName, u.Name)
	u.TZ = cmp.Or(u.TZ, "Europe/Berlin")
	u.Locale = cmp.Or(u.Locale, "en-US")
	w.users[u.ID] = &u
	return u.ID
}

// AddChannel makes a channel of a kind with members, and gives its id. The bot
// is a member where it is named.
func (w *Workspace) AddChannel(name, kind string, members ...string) string {
	w.server.mu.Lock()
	defer w.server.mu.Unlock()
	return w.addChannel(name, kind, members...).id
}

func (w *Workspace) addChannel(name, kind string, members ...string) *channel {
	prefix := map[string]string{Public: "C", Private: "G", DM: "D", GroupDM: "G"}[kind]
	c := &channel{id: w.server.id(prefix), name: name, kind: kind, members: members, byTS: map[string]*Message{}}
	w.channels[c.id] = c
	w.order = append(w.order, c.id)
	return c
}

// DM gives the id of the direct messages between a user and the bot.
func (w *Workspace) DM(user string) string {
	w.server.mu.Lock()
	defer w.server.mu.Unlock()
	return w.dm(user).id
}

func (w *Workspace) dm(user string) *channel {
	for _, id := range w.order {
		if c := w.channels[id]; c.kind == DM && c.user == user {
			return c
		}
	}
	c := w.addChannel("", DM, user, w.BotUser)
	c.user = user
	return c
}

// Join makes a user a member of a channel; [Workspace.Leave] ends it.
func (w *Workspace) Join(channel, user string) {
	w.server.mu.Lock()
	defer w.server.mu.Unlock()
	if c := w.channels[channel]; c != nil && !slices.Contains(c.members, user) {
		c.members = append(c.members, user)
	}
}

// Leave ends a membership.
func (w *Workspace) Leave(channel, user string) {
	w.server.mu.Lock()
	defer w.server.mu.Unlock()
	if c := w.channels[channel]; c != nil {
		c.members = slices.DeleteFunc(slices.Clone(c.members), func(m string) bool { return m == user })
	}
}

// has says whether a user is a member.
func (c *channel) has(user string) bool { return slices.Contains(c.members, user) }

// add keeps a message. The lock is held.
func (c *channel) add(m *Message, keep int) {
	c.messages = append(c.messages, m)
	c.byTS[m.TS] = m
	if parent := c.byTS[m.ThreadTS]; parent != nil && m.Ephemeral == "" {
		parent.replies++
	}
	if keep > 0 && len(c.messages) > c.rooted+2*keep {
		kept := c.messages[:0:0]
		c.rooted = 0
		for i, old := range c.messages {
			switch {
			case old.replies > 0: // a thread needs its first message
				c.rooted++
			case i < len(c.messages)-keep:
				delete(c.byTS, old.TS)
				continue
			}
			kept = append(kept, old)
		}
		c.messages = kept
	}
}

// root gives the timestamp of the message that a thread hangs on.
func (m *Message) root() string { return cmp.Or(m.ThreadTS, m.TS) }

// Posts gives what the app posted in a channel and still stands there, in
// order, with its edits: in a thread, or with an empty thread at the top of the
// channel; ephemeral messages are among them. "*" gives all threads.
func (w *Workspace) Posts(channel, thread string) []Message {
	w.server.mu.Lock()
	defer w.server.mu.Unlock()
	c := w.channels[channel]
	if c == nil {
		return nil
	}
	var posts []Message
	for _, m := range c.messages {
		if m.BotID == w.BotID && !m.Deleted && (thread == "*" || m.ThreadTS == thread) {
			posts = append(posts, *m)
		}
	}
	return posts
}

// Message gives one message of a channel.
func (w *Workspace) Message(channel, ts string) (Message, bool) {
	w.server.mu.Lock()
	defer w.server.mu.Unlock()
	m := w.find(channel, ts)
	if m == nil {
		return Message{}, false
	}
	return *m, true
}

// find gives a message that was not deleted; nil for none.
func (w *Workspace) find(channel, ts string) *Message {
	c := w.channels[channel]
	if c == nil {
		return nil
	}
	if m := c.byTS[ts]; m != nil && !m.Deleted {
		return m
	}
	return nil
}

// Home gives the blocks that the app last published for a user's home tab.
func (w *Workspace) Home(user string) (json.RawMessage, bool) {
	w.server.mu.Lock()
	defer w.server.mu.Unlock()
	v := w.homes[user]
	if v == nil {
		return nil, false
	}
	return v.blocks, true
}

// Assistant gives what the app has set in an assistant thread.
func (w *Workspace) Assistant(channel, thread string) AssistantThread {
	w.server.mu.Lock()
	defer w.server.mu.Unlock()
	if t := w.threads[channel+"/"+thread]; t != nil {
		c := *t
		c.Statuses, c.Prompts = slices.Clone(t.Statuses), slices.Clone(t.Prompts)
		return c
	}
	return AssistantThread{}
}
