package slackfake

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

func authTest(w *Workspace, _ args) reply {
	return reply{
		"url": "https://" + w.Domain + ".slack.com/", "team": w.Name, "user": w.users[w.BotUser].Name,
		"team_id": w.ID, "user_id": w.BotUser, "bot_id": w.BotID, "is_enterprise_install": false,
	}
}

func teamInfo(w *Workspace, _ args) reply {
	return reply{"team": map[string]any{"id": w.ID, "name": w.Name, "domain": w.Domain}}
}

func usersInfo(w *Workspace, given args) reply {
	u := w.users[given["user"]]
	if u == nil {
		return refused("user_not_found")
	}
	out := map[string]any{
		"id": u.ID, "team_id": w.ID, "name": u.Name, "real_name": u.RealName, "tz": u.TZ, "is_bot": u.Bot, "deleted": false,
		"profile": map[string]any{"real_name": u.RealName, "display_name": u.Name},
	}
	if given.bool("include_locale") {
		out["locale"] = u.Locale
	}
	return reply{"user": out}
}

func botsInfo(w *Workspace, given args) reply {
	if given["bot"] != w.BotID {
		return refused("bot_not_found")
	}
	return reply{"bot": map[string]any{"id": w.BotID, "app_id": w.AppID, "user_id": w.BotUser, "name": w.users[w.BotUser].Name, "deleted": false}}
}

func filesInfo(w *Workspace, given args) reply {
	f := w.files[given["file"]]
	if f == nil {
		return refused("file_not_found")
	}
	return reply{"file": w.wireFile(f), "comments": []any{}}
}

// wireFile gives a file as it stands in events.
func (w *Workspace) wireFile(f *File) map[string]any {
	at := cmp.Or(f.URL, fmt.Sprintf("%s/files-pri/%s-%s/%s", w.server.URL(), w.ID, f.ID, url.PathEscape(f.Name)))
	out := map[string]any{
		"id": f.ID, "name": f.Name, "title": f.Name, "mimetype": f.Mimetype, "filetype": cmp.Or(f.Filetype, strings.TrimPrefix(filepath.Ext(f.Name), ".")),
		"user": f.User, "size": cmp.Or(f.Size, len(f.Content)), "mode": "hosted", "is_external": false,
		"url_private": at, "url_private_download": at, "file_access": "visible",
	}
	if f.Subtype != "" {
		out["subtype"], out["duration_ms"] = f.Subtype, f.Duration.Milliseconds()
		out["transcription"] = map[string]any{"status": "none"}
	}
	return out
}

// download gives a file to whoever has a token of its workspace; everybody else
// is sent to a page to sign in, as Slack does.
func (s *Server) download(w http.ResponseWriter, r *http.Request) {
	f := s.fault("files.download")
	if f.before(w, r) {
		return
	}
	team, id, _ := strings.Cut(r.PathValue("id"), "-")
	s.mu.Lock()
	s.counts["files.download"]++
	ws := s.byToken[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	var file *File
	if ws != nil && ws.ID == team && ws.hasAny("files:read") {
		file = ws.files[id]
	}
	s.changed()
	s.mu.Unlock()
	if file == nil {
		http.Redirect(w, r, "/signin?redir="+url.QueryEscape(r.URL.Path), http.StatusFound)
		return
	}
	w.Header().Set("Content-Type", cmp.Or(file.Mimetype, "application/octet-stream"))
	_, _ = w.Write(file.Content) // a client that has gone loses it
}

func signIn(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write([]byte("<!DOCTYPE html><html><body>Sign in to your workspace</body></html>"))
}

var emoji = regexp.MustCompile(`^[a-z0-9_+'-]+(::skin-tone-[2-6])?$`)

// onItem gives the message that a reaction is for.
func (w *Workspace) onItem(given args) (*channel, *Message, reply) {
	c := w.channels[given["channel"]]
	if c == nil {
		return nil, nil, refused("channel_not_found")
	}
	if !c.has(w.BotUser) {
		return nil, nil, refused("not_in_channel")
	}
	m := w.find(c.id, given["timestamp"])
	if m == nil || m.Ephemeral != "" {
		return nil, nil, refused("message_not_found")
	}
	return c, m, nil
}

func reactionsAdd(w *Workspace, given args) reply {
	c, m, no := w.onItem(given)
	if no != nil {
		return no
	}
	if !emoji.MatchString(given["name"]) {
		return refused("invalid_name")
	}
	if !m.react(given["name"], w.BotUser) {
		return refused("already_reacted")
	}
	w.emitReaction("reaction_added", c, m, given["name"], w.BotUser)
	w.server.changed()
	return reply{}
}

func reactionsRemove(w *Workspace, given args) reply {
	c, m, no := w.onItem(given)
	if no != nil {
		return no
	}
	if !m.unreact(given["name"], w.BotUser) {
		return refused("no_reaction")
	}
	w.emitReaction("reaction_removed", c, m, given["name"], w.BotUser)
	w.server.changed()
	return reply{}
}

func reactionsGet(w *Workspace, given args) reply {
	c, m, no := w.onItem(given)
	if no != nil {
		return no
	}
	return reply{"type": "message", "channel": c.id, "message": w.wire(m)}
}

// react adds a reaction, and says whether it is new.
func (m *Message) react(name, user string) bool {
	for i := range m.Reactions {
		if r := &m.Reactions[i]; r.Name == name {
			if slices.Contains(r.Users, user) {
				return false
			}
			r.Users = append(slices.Clone(r.Users), user)
			return true
		}
	}
	m.Reactions = append(slices.Clone(m.Reactions), Reaction{Name: name, Users: []string{user}})
	return true
}

// unreact takes a reaction away, and says whether there was one.
func (m *Message) unreact(name, user string) bool {
	m.Reactions = slices.Clone(m.Reactions)
	for i := range m.Reactions {
		r := &m.Reactions[i]
		if at := slices.Index(r.Users, user); r.Name == name && at >= 0 {
			r.Users = slices.Delete(slices.Clone(r.Users), at, at+1)
			if len(r.Users) == 0 {
				m.Reactions = slices.Delete(m.Reactions, i, i+1)
			}
			return true
		}
	}
	return false
}

// Has says whether a user gave a reaction.
func (m Message) Has(name, user string) bool {
	return slices.ContainsFunc(m.Reactions, func(r Reaction) bool { return r.Name == name && slices.Contains(r.Users, user) })
}
