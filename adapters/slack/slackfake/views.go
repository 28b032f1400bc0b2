package slackfake

import (
	"encoding/json"
	"fmt"
	"time"
	"unicode/utf8"
)

// triggerFor is how long a trigger_id opens a view.
const triggerFor = 3 * time.Second

// A trigger is one that was given out with an interaction.
type trigger struct {
	workspace *Workspace
	user      string
	at        time.Time
	used      bool
}

// trigger gives out a trigger_id. The lock is held.
func (w *Workspace) trigger(user string) string {
	s := w.server
	if len(s.triggers) > 10_000 {
		for id, t := range s.triggers {
			if time.Since(t.at) > triggerFor {
				delete(s.triggers, id)
			}
		}
	}
	id := fmt.Sprintf("%d.%s", time.Now().UnixMilli(), s.id("tr"))
	s.triggers[id] = &trigger{workspace: w, user: user, at: time.Now()}
	return id
}

// A view is a modal or a home tab.
type view struct {
	id, user, hash string
	kind           string
	blocks         json.RawMessage
	callback       string
	metadata       string
	title          *text
	open           bool
}

// A View is a modal that stands open.
type View struct {
	ID, User        string
	CallbackID      string
	PrivateMetadata string
	Title           string
	Blocks          json.RawMessage
}

// viewArgs is a view as it is sent.
type viewArgs struct {
	Type            string          `json:"type"`
	Title           *text           `json:"title"`
	Submit          *text           `json:"submit"`
	Close           *text           `json:"close"`
	Blocks          json.RawMessage `json:"blocks"`
	CallbackID      string          `json:"callback_id"`
	PrivateMetadata string          `json:"private_metadata"`
	ExternalID      string          `json:"external_id"`
}

// readView reads and checks a view of a kind.
func readView(given args, kind string) (viewArgs, reply) {
	var v viewArgs
	if err := json.Unmarshal([]byte(given["view"]), &v); err != nil {
		return v, invalid("invalid_arguments", "[ERROR] failed to read the view [json-pointer:/view]")
	}
	c := &checker{surface: kind, blockIDs: map[string]bool{}}
	if v.Type != kind {
		c.bad("/view/type", "must be %s", kind)
	}
	c.check(v.Blocks)
	c.length("/view/callback_id", v.CallbackID, 0, 255)
	c.length("/view/private_metadata", v.PrivateMetadata, 0, 3000)
	if kind == inModal {
		c.text("/view/title", v.Title, 24, true, true)
		c.text("/view/submit", v.Submit, 24, true, c.inputs > 0)
		c.text("/view/close", v.Close, 24, true, false)
	}
	if len(c.problems) > 0 {
		return v, invalid("invalid_arguments", c.problems...)
	}
	if utf8.RuneCount([]byte(given["view"])) > 250_000 {
		return v, refused("view_too_large")
	}
	return v, nil
}

func (w *Workspace) put(v viewArgs, user string) *view {
	s := w.server
	made := &view{
		id: s.id("V"), user: user, hash: s.ts(), kind: v.Type, blocks: v.Blocks, callback: v.CallbackID,
		metadata: v.PrivateMetadata, title: v.Title, open: true,
	}
	w.views[made.id] = made
	return made
}

func (w *Workspace) wireView(v *view, state any) map[string]any {
	if state == nil {
		state = map[string]any{"values": map[string]any{}}
	}
	return map[string]any{
		"id": v.id, "team_id": w.ID, "type": v.kind, "blocks": v.blocks, "private_metadata": v.metadata, "callback_id": v.callback,
		"state": state, "hash": v.hash, "title": v.title, "clear_on_close": false, "notify_on_close": false, "close": nil, "submit": nil,
		"previous_view_id": nil, "root_view_id": v.id, "app_id": w.AppID, "external_id": "", "app_installed_team_id": w.ID, "bot_id": w.BotID,
	}
}

func viewsOpen(w *Workspace, given args) reply {
	t := w.server.triggers[given["trigger_id"]]
	switch {
	case t == nil || t.workspace != w:
		return refused("invalid_trigger_id")
	case t.used:
		return refused("exchanged_trigger_id")
	case time.Since(t.at) > triggerFor:
		return refused("expired_trigger_id")
	}
	v, no := readView(given, inModal)
	if no != nil {
		return no
	}
	t.used = true
	made := w.put(v, t.user)
	w.server.changed()
	return reply{"view": w.wireView(made, nil)}
}

func viewsPush(w *Workspace, given args) reply { return viewsOpen(w, given) }

func viewsUpdate(w *Workspace, given args) reply {
	old := w.views[given["view_id"]]
	if old == nil {
		return refused("not_found")
	}
	if hash := given["hash"]; hash != "" && hash != old.hash {
		return refused("hash_conflict")
	}
	v, no := readView(given, old.kind)
	if no != nil {
		return no
	}
	w.renew(old, v)
	return reply{"view": w.wireView(old, nil)}
}

func (w *Workspace) renew(old *view, v viewArgs) {
	old.blocks, old.callback, old.metadata, old.title, old.hash = v.Blocks, v.CallbackID, v.PrivateMetadata, v.Title, w.server.ts()
	w.server.changed()
}

func viewsPublish(w *Workspace, given args) reply {
	u := w.users[given["user_id"]]
	if u == nil || u.Bot {
		return refused("invalid_arguments")
	}
	v, no := readView(given, inHome)
	if no != nil {
		return no
	}
	old := w.homes[u.ID]
	if hash := given["hash"]; hash != "" && old != nil && hash != old.hash {
		return refused("hash_conflict")
	}
	if old == nil {
		old = w.put(v, u.ID)
		w.homes[u.ID] = old
	}
	w.renew(old, v)
	return reply{"view": w.wireView(old, nil)}
}

// Modal gives the modal that was opened last for a user and stands open.
func (w *Workspace) Modal(user string) (View, bool) {
	w.server.mu.Lock()
	defer w.server.mu.Unlock()
	var last *view
	for _, v := range w.views {
		if v.user == user && v.kind == inModal && v.open && (last == nil || v.hash > last.hash) {
			last = v
		}
	}
	if last == nil {
		return View{}, false
	}
	out := View{ID: last.id, User: user, CallbackID: last.callback, PrivateMetadata: last.metadata, Blocks: last.blocks}
	if last.title != nil {
		out.Title = last.title.Text
	}
	return out, true
}
