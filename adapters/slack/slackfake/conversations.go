package slackfake

import (
	"slices"
	"strconv"
	"strings"
)

// scope gives the scope that reading ("read") a channel of this kind or its
// messages ("history") takes.
func scope(kind, what string) string {
	return map[string]string{Public: "channels", Private: "groups", DM: "im", GroupDM: "mpim"}[kind] + ":" + what
}

// see gives a channel that the app may read.
func (w *Workspace) see(id, what string) (*channel, reply) {
	c := w.channels[id]
	if c == nil || c.kind != Public && !c.has(w.BotUser) {
		return nil, refused("channel_not_found")
	}
	if need := scope(c.kind, what); !w.hasAny(need) {
		return nil, w.missing(need)
	}
	return c, nil
}

func (w *Workspace) wireChannel(c *channel) map[string]any {
	out := map[string]any{
		"id": c.id, "is_channel": c.kind == Public, "is_group": c.kind == Private, "is_im": c.kind == DM, "is_mpim": c.kind == GroupDM,
		"is_private": c.kind != Public, "is_archived": c.archived, "is_member": c.has(w.BotUser), "num_members": len(c.members),
		"context_team_id": w.ID,
	}
	if c.kind == DM {
		out["user"] = c.user
	} else {
		out["name"], out["name_normalized"] = c.name, c.name
	}
	return out
}

func conversationsOpen(w *Workspace, given args) reply {
	users := strings.Split(given["users"], ",")
	if len(users) != 1 || given["users"] == "" {
		return refused("not_supported_here")
	}
	u := w.users[users[0]]
	switch {
	case u == nil:
		return refused("user_not_found")
	case u.Bot:
		return refused("cannot_dm_bot")
	}
	c := w.dm(u.ID)
	if given.bool("return_im") {
		return reply{"channel": w.wireChannel(c)}
	}
	return reply{"channel": map[string]any{"id": c.id}}
}

func conversationsInfo(w *Workspace, given args) reply {
	c, no := w.see(given["channel"], "read")
	if no != nil {
		return no
	}
	return reply{"channel": w.wireChannel(c)}
}

func conversationsMembers(w *Workspace, given args) reply {
	c, no := w.see(given["channel"], "read")
	if no != nil {
		return no
	}
	return reply{"members": slices.Clone(c.members), "response_metadata": map[string]any{"next_cursor": ""}}
}

func conversationsList(w *Workspace, given args) reply { return w.list(given, false) }

func usersConversations(w *Workspace, given args) reply { return w.list(given, true) }

// list gives a page of channels; of Slack's kinds only those asked for.
func (w *Workspace) list(given args, member bool) reply {
	types := given["types"]
	if types == "" {
		types = "public_channel"
	}
	names := map[string]string{"public_channel": Public, "private_channel": Private, "im": DM, "mpim": GroupDM}
	var kinds []string
	for t := range strings.SplitSeq(types, ",") {
		kind, ok := names[t]
		if !ok {
			return refused("invalid_types")
		}
		if need := scope(kind, "read"); !w.hasAny(need) {
			return w.missing(need)
		}
		kinds = append(kinds, kind)
	}
	var all []any
	for _, id := range w.order {
		c := w.channels[id]
		if !slices.Contains(kinds, c.kind) || given.bool("exclude_archived") && c.archived ||
			(member || c.kind != Public) && !c.has(w.BotUser) {
			continue
		}
		all = append(all, w.wireChannel(c))
	}
	from, to, next, no := page(given, len(all), 100)
	if no != nil {
		return no
	}
	return reply{"channels": append([]any{}, all[from:to]...), "response_metadata": map[string]any{"next_cursor": next}}
}

// page gives which of n things a request gets, and the cursor of the rest.
func page(given args, n, limit int) (from, to int, next string, no reply) {
	if l := given["limit"]; l != "" {
		var err error
		if limit, err = strconv.Atoi(l); err != nil || limit < 1 || limit > 1000 {
			return 0, 0, "", refused("invalid_limit")
		}
	}
	if c := given["cursor"]; c != "" {
		var err error
		if from, err = strconv.Atoi(strings.TrimPrefix(c, "page_")); err != nil || from < 0 || from > n {
			return 0, 0, "", refused("invalid_cursor")
		}
	}
	to = min(from+limit, n)
	if to < n {
		next = "page_" + strconv.Itoa(to)
	}
	return from, to, next, nil
}

// within says whether a message stands in the time that was asked for.
func within(given args, m *Message) bool {
	inclusive := given.bool("inclusive")
	if oldest := given["oldest"]; oldest != "" && (m.TS < oldest || m.TS == oldest && !inclusive) {
		return false
	}
	if latest := given["latest"]; latest != "" && (m.TS > latest || m.TS == latest && !inclusive) {
		return false
	}
	return true
}

func conversationsHistory(w *Workspace, given args) reply {
	c, no := w.see(given["channel"], "history")
	if no != nil {
		return no
	}
	if !c.has(w.BotUser) {
		return refused("not_in_channel")
	}
	var found []*Message
	for _, m := range slices.Backward(c.messages) { // the newest first
		if !m.Deleted && m.Ephemeral == "" && (m.ThreadTS == "" || m.Broadcast) && within(given, m) {
			found = append(found, m)
		}
	}
	return w.messages(given, found)
}

func conversationsReplies(w *Workspace, given args) reply {
	c, no := w.see(given["channel"], "history")
	if no != nil {
		return no
	}
	if !c.has(w.BotUser) {
		return refused("not_in_channel")
	}
	parent := w.find(c.id, given["ts"])
	if parent == nil && w.threads[c.id+"/"+given["ts"]] == nil {
		return refused("thread_not_found")
	}
	root := given["ts"]
	if parent != nil {
		root = parent.root()
	}
	var found []*Message
	for _, m := range c.messages {
		// The first message of a thread is always among them.
		if !m.Deleted && m.Ephemeral == "" && (m.TS == root || m.ThreadTS == root && within(given, m)) {
			found = append(found, m)
		}
	}
	return w.messages(given, found)
}

func (w *Workspace) messages(given args, found []*Message) reply {
	from, to, next, no := page(given, len(found), 100)
	if no != nil {
		return no
	}
	out := []any{}
	for _, m := range found[from:to] {
		wire := w.wire(m)
		if !given.bool("include_all_metadata") {
			wire.Metadata = nil
		}
		out = append(out, wire)
	}
	return reply{"messages": out, "has_more": next != "", "response_metadata": map[string]any{"next_cursor": next}}
}
