package slackfake

import (
	"encoding/json"
	"io"
	"net/http"
	"time"
)

// A hook is a response_url: good for five posts within half an hour.
type hook struct {
	workspace *Workspace
	channel   string
	user      string
	message   string // the one it may replace; empty for none
	ephemeral bool   // and that is ephemeral
	uses      int
	made      time.Time
}

// hookFor gives out a response_url. The lock is held.
func (w *Workspace) hookFor(channel, user, message string, ephemeral bool) string {
	id := w.server.id("hook")
	w.server.hooks[id] = &hook{workspace: w, channel: channel, user: user, message: message, ephemeral: ephemeral, made: time.Now()}
	return w.server.URL() + "/hook/" + id
}

// hook answers what is posted to a response_url.
func (s *Server) hook(w http.ResponseWriter, r *http.Request) {
	f := s.fault("response_url")
	if f.before(w, r) {
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	var given struct {
		Text            string          `json:"text"`
		Blocks          json.RawMessage `json:"blocks"`
		ResponseType    string          `json:"response_type"`
		ReplaceOriginal bool            `json:"replace_original"`
		DeleteOriginal  bool            `json:"delete_original"`
		ThreadTS        string          `json:"thread_ts"`
	}
	if err != nil || json.Unmarshal(body, &given) != nil {
		http.Error(w, "invalid_payload", http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts["response_url"]++
	h := s.hooks[r.PathValue("id")]
	switch {
	case h == nil:
		http.Error(w, "no_such_url", http.StatusNotFound)
		return
	case h.uses >= 5:
		http.Error(w, "used_url", http.StatusNotFound)
		return
	case time.Since(h.made) > 30*time.Minute:
		http.Error(w, "expired_url", http.StatusNotFound)
		return
	}
	h.uses++
	ws := h.workspace
	c := ws.channels[h.channel]
	if c == nil {
		http.Error(w, "channel_not_found", http.StatusNotFound)
		return
	}
	old := ws.find(h.channel, h.message)
	if given.DeleteOriginal {
		if old != nil {
			old.Deleted = true
		}
		s.changed()
		answer(w, reply{"ok": true})
		return
	}
	fields := args{"text": given.Text, "thread_ts": given.ThreadTS}
	if len(given.Blocks) > 0 && string(given.Blocks) != "null" {
		fields["blocks"] = string(given.Blocks)
	}
	m, no := contents(fields, maxText)
	if no != nil {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		answer(w, no)
		return
	}
	switch {
	case given.ReplaceOriginal && old != nil:
		ws.change(c, old, m, false)
	case given.ResponseType == "in_channel":
		m.Channel, m.TS, m.User, m.BotID, m.Received, m.ThreadTS = c.id, s.ts(), ws.BotUser, ws.BotID, time.Now(), given.ThreadTS
		c.add(&m, s.cfg.Keep)
		if s.onPost != nil {
			s.onPost(m)
		}
		if !s.cfg.Quiet {
			ws.emitMessage(c, &m)
		}
		s.changed()
	default:
		m.ThreadTS = given.ThreadTS
		ws.ephemeral(c, m, h.user)
	}
	if f.after(w, r) {
		return
	}
	answer(w, reply{"ok": true})
}
