package hatest

import (
	"context"
	"net/http"
	"slices"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
)

// version is what the server says of itself.
const version = "2026.1.0"

// socket speaks the WebSocket API: the log in, then a result for each command.
func (s *Server) socket(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer conn.CloseNow()
	ctx := r.Context()
	say := func(v any) bool { return wsjson.Write(ctx, conn, v) == nil }
	if !say(map[string]string{"type": "auth_required", "ha_version": version}) {
		return
	}
	var login struct {
		Type  string
		Token string `json:"access_token"`
	}
	if wsjson.Read(ctx, conn, &login) != nil {
		return
	}
	if login.Type != "auth" || login.Token != s.Token {
		say(map[string]string{"type": "auth_invalid", "message": "Invalid access token or password"})
		return
	}
	if !say(map[string]string{"type": "auth_ok", "ha_version": version}) {
		return
	}
	s.commands(ctx, conn)
}

// commands answers one command after the other. Ids must rise; an event that
// nobody asked for comes in between, as one may.
func (s *Server) commands(ctx context.Context, conn *websocket.Conn) {
	last := 0
	for {
		var command struct {
			ID       int
			Type     string
			Entities []string `json:"entity_ids"`
		}
		if wsjson.Read(ctx, conn, &command) != nil {
			return
		}
		out := map[string]any{"id": command.ID, "type": "result", "success": true}
		fail := func(code, message string) {
			out["success"] = false
			out["error"] = map[string]string{"code": code, "message": message}
		}
		result, known := s.result(command.Type, command.Entities)
		switch {
		case command.ID <= last:
			fail("id_reuse", "Identifier values have to increase.")
		case !known || slices.Contains(s.Without, command.Type):
			fail("unknown_command", "Unknown command.")
		default:
			out["result"] = result
		}
		last = max(last, command.ID)
		event := map[string]any{"id": 0, "type": "event", "event": map[string]any{"event_type": "state_changed"}}
		if wsjson.Write(ctx, conn, event) != nil || wsjson.Write(ctx, conn, out) != nil {
			return
		}
	}
}

// result gives what a command asks for.
func (s *Server) result(kind string, ids []string) (any, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := []any{}
	switch kind {
	case "config/area_registry/list":
		for _, a := range s.Areas {
			all = append(all, map[string]any{"area_id": a.ID, "name": a.Name, "aliases": list(a.Aliases), "floor_id": a.Floor})
		}
	case "config/floor_registry/list":
		for i, f := range s.Floors {
			all = append(all, map[string]any{"floor_id": f.ID, "name": f.Name, "aliases": list(f.Aliases), "level": i})
		}
	case "get_states":
		for _, e := range s.Entities {
			all = append(all, e.state())
		}
	case "config/entity_registry/list":
		for _, e := range s.Entities {
			all = append(all, e.entry())
		}
	case "config/entity_registry/get_entries":
		entries := map[string]any{}
		for _, id := range ids {
			entries[id] = nil
			if e := s.entity(id); e != nil {
				entry := e.entry()
				entry["aliases"] = list(e.Aliases)
				entries[id] = entry
			}
		}
		return entries, true
	case "homeassistant/expose_entity/list":
		exposed := map[string]any{}
		for _, e := range s.Entities {
			if !e.Unexposed {
				exposed[e.ID] = map[string]bool{"conversation": true}
			}
		}
		return map[string]any{"exposed_entities": exposed}, true
	default:
		return nil, false
	}
	return all, true
}

// entry is the JSON of an entity's place in the registry, in short.
func (e *Entity) entry() map[string]any {
	out := map[string]any{"entity_id": e.ID, "name": nil, "original_name": e.Name, "area_id": e.Area, "hidden_by": nil, "entity_category": nil}
	if e.Hidden {
		out["hidden_by"] = "user"
	}
	return out
}

func list(texts []string) []string {
	if texts == nil {
		return []string{}
	}
	return texts
}
