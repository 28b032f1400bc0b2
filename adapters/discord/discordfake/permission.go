package discordfake

import "strconv"

// Permissions, as bits; see https://docs.discord.com/developers/topics/permissions.
const (
	PermAdministrator   = 1 << 3
	PermAddReactions    = 1 << 6
	PermView            = 1 << 10
	PermSend            = 1 << 11
	PermManageMessages  = 1 << 13
	PermEmbedLinks      = 1 << 14
	PermAttachFiles     = 1 << 15
	PermHistory         = 1 << 16
	PermMentionEveryone = 1 << 17
	PermManageThreads   = 1 << 34
	PermPublicThreads   = 1 << 35
	PermSendInThreads   = 1 << 38
	PermUseCommands     = 1 << 31

	// botPermissions are what the application's role has at first.
	botPermissions = PermAddReactions | PermView | PermSend | PermEmbedLinks | PermAttachFiles | PermHistory |
		PermPublicThreads | PermSendInThreads | PermUseCommands
	everybodysPermissions = PermView | PermSend | PermHistory | PermAddReactions | PermUseCommands
	allPermissions        = 1<<53 - 1
)

// permissions gives what a member may do in a channel, by the algorithm that
// Discord publishes. The caller holds the lock.
func (s *Server) permissions(userID string, c *channel) int64 {
	g := s.guilds[c.GuildID]
	if g == nil {
		return allPermissions // a direct message
	}
	if userID == g.OwnerID {
		return allPermissions
	}
	m := g.members[userID]
	if m == nil {
		return 0
	}
	bits := number(g.Roles[0].Permissions)
	has := map[string]bool{}
	for _, r := range g.Roles {
		for _, id := range m.Roles {
			if r.ID == id {
				has[id] = true
				bits |= number(r.Permissions)
			}
		}
	}
	if bits&PermAdministrator != 0 {
		return allPermissions
	}
	at := c
	if c.Thread != nil {
		if parent := s.channels[c.ParentID]; parent != nil {
			at = parent
		}
	}
	apply := func(o Overwrite) { bits = bits&^number(o.Deny) | number(o.Allow) }
	for _, o := range at.Overwrites {
		if o.ID == g.ID {
			apply(o)
		}
	}
	var allow, deny int64
	for _, o := range at.Overwrites {
		if o.Type == 0 && has[o.ID] {
			allow, deny = allow|number(o.Allow), deny|number(o.Deny)
		}
	}
	bits = bits&^deny | allow
	for _, o := range at.Overwrites {
		if o.Type == 1 && o.ID == userID {
			apply(o)
		}
	}
	if bits&PermView == 0 {
		return 0
	}
	return bits
}

// Deny takes permissions from the application in a channel, for as long as it is
// there.
func (s *Server) Deny(channelID string, bits int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.channels[channelID]; c != nil {
		c.Overwrites = append(c.Overwrites, Overwrite{ID: s.Bot.ID, Type: 1, Allow: "0", Deny: strconv.FormatInt(bits, 10)})
	}
}

func number(s string) int64 {
	n, _ := strconv.ParseInt(s, 10, 64)
	return n
}
