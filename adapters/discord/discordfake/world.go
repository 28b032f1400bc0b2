package discordfake

import (
	"slices"
	"strconv"
	"time"
)

// guild is a server of Discord. The first role is that of everybody.
type guild struct {
	ID          string
	Name        string
	OwnerID     string
	Roles       []Role
	members     map[string]*Member
	memberOrder []string
	channels    []string // threads among them
}

// channel is a channel with its messages, the oldest first.
type channel struct {
	Channel
	messages []*Message
}

// AddUser makes a person.
func (s *Server) AddUser(name string) *User {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := &User{ID: s.id(), Username: name, GlobalName: name, Discriminator: "0"}
	s.users[u.ID] = u
	return u
}

// AddBot makes another application's bot.
func (s *Server) AddBot(name string) *User {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := &User{ID: s.id(), Username: name, Discriminator: "0", Bot: true}
	s.users[u.ID] = u
	return u
}

// AddGuild makes a guild with the application in it, and gives its ID. Sessions
// that are open are told.
func (s *Server) AddGuild(name string, members ...*User) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := &guild{ID: s.id(), Name: name, members: map[string]*Member{}}
	owner := &User{ID: s.id(), Username: "owner", Discriminator: "0"}
	s.users[owner.ID] = owner
	g.OwnerID = owner.ID
	bots := s.id()
	g.Roles = []Role{
		{ID: g.ID, Name: "@everyone", Permissions: strconv.FormatInt(everybodysPermissions, 10)},
		{ID: bots, Name: s.Bot.Username, Permissions: strconv.FormatInt(botPermissions, 10), Position: 1, Managed: true},
	}
	s.guilds[g.ID] = g
	s.guildOrder = append(s.guildOrder, g.ID)
	s.join(g, owner)
	s.join(g, &s.Bot)
	g.members[s.Bot.ID].Roles = []string{bots}
	for _, u := range members {
		s.join(g, u)
	}
	s.dispatch(event{name: "GUILD_CREATE", guild: g.ID, intent: intentGuilds, data: encode(s.guildJSON(g, true))})
	return g.ID
}

// Join puts a user into a guild, with roles by their names; roles that are new
// are made.
func (s *Server) Join(guildID string, u *User, roles ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.guilds[guildID]
	if g == nil {
		return
	}
	s.join(g, u)
	m := g.members[u.ID]
	for _, name := range roles {
		at := slices.IndexFunc(g.Roles, func(r Role) bool { return r.Name == name })
		if at < 0 {
			g.Roles = append(g.Roles, Role{ID: s.id(), Name: name, Permissions: "0", Position: len(g.Roles)})
			at = len(g.Roles) - 1
		}
		if !slices.Contains(m.Roles, g.Roles[at].ID) {
			m.Roles = append(m.Roles, g.Roles[at].ID)
		}
	}
}

func (s *Server) join(g *guild, u *User) {
	if g.members[u.ID] != nil {
		return
	}
	g.members[u.ID] = &Member{User: u, Roles: []string{}, JoinedAt: stamp(time.Now())}
	g.memberOrder = append(g.memberOrder, u.ID)
}

// RoleID gives the ID of a guild's role by its name; "" for none.
func (s *Server) RoleID(guildID, name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if g := s.guilds[guildID]; g != nil {
		for _, r := range g.Roles {
			if r.Name == name {
				return r.ID
			}
		}
	}
	return ""
}

// AddChannel makes a channel of a guild, [TextChannel] or [ForumChannel], and
// gives its ID.
func (s *Server) AddChannel(guildID, name string, kind int) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.guilds[guildID]
	c := &channel{Channel: Channel{ID: s.id(), Type: kind, GuildID: guildID, Name: name}}
	s.channels[c.ID] = c
	g.channels = append(g.channels, c.ID)
	s.dispatch(event{name: "CHANNEL_CREATE", guild: guildID, intent: intentGuilds, data: encode(c.Channel)})
	return c.ID
}

// DM gives the ID of the channel in which a user and the application talk.
func (s *Server) DM(u *User) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dm(u).ID
}

func (s *Server) dm(u *User) *channel {
	key := "dm " + u.ID
	if c := s.channels[key]; c != nil {
		return c
	}
	c := &channel{Channel: Channel{ID: s.id(), Type: DMChannel, Recipients: []*User{u}}}
	s.channels[c.ID] = c
	s.channels[key] = c
	return c
}

// Channel gives a channel as it is now; false for none.
func (s *Server) Channel(id string) (Channel, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channels[id]
	if c == nil {
		return Channel{}, false
	}
	return c.Channel, true
}

// Threads gives the threads below a channel, the oldest first.
func (s *Server) Threads(parentID string) []Channel {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Channel
	for _, g := range s.guildOrder {
		for _, id := range s.guilds[g].channels {
			if c := s.channels[id]; c.ParentID == parentID && c.Thread != nil {
				all = append(all, c.Channel)
			}
		}
	}
	return all
}

// guildJSON is a guild as GUILD_CREATE (with what is in it) or the REST API
// shows it. The caller holds the lock.
func (s *Server) guildJSON(g *guild, full bool) map[string]any {
	out := map[string]any{
		"id": g.ID, "name": g.Name, "owner_id": g.OwnerID, "roles": g.Roles, "emojis": []any{}, "features": []any{},
		"preferred_locale": "en-US", "verification_level": 0, "icon": nil, "afk_channel_id": nil, "afk_timeout": 300,
	}
	if !full {
		return out
	}
	channels, threads := []Channel{}, []Channel{}
	for _, id := range g.channels {
		c := s.channels[id]
		if s.permissions(s.Bot.ID, c)&PermView == 0 {
			continue
		}
		if c.Thread == nil {
			channels = append(channels, c.Channel)
		} else if !c.Thread.Archived {
			threads = append(threads, c.Channel)
		}
	}
	out["channels"], out["threads"] = channels, threads
	out["members"] = []*Member{g.members[s.Bot.ID]}
	out["member_count"], out["large"], out["unavailable"] = len(g.members), false, false
	out["joined_at"] = g.members[s.Bot.ID].JoinedAt
	out["presences"], out["voice_states"], out["stage_instances"], out["guild_scheduled_events"] = []any{}, []any{}, []any{}, []any{}
	return out
}
