// Package hatest is a stand-in for Home Assistant in tests: a server that
// speaks what is documented of its REST and WebSocket APIs
// (https://developers.home-assistant.io/docs/api/rest/ and …/api/websocket/),
// with a small house in which services and intents change states. It is no
// model of Home Assistant beyond that.
package hatest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
)

// A Place is a floor or an area.
type Place struct {
	ID, Name string
	Floor    string // of an area: the id of its floor
	Aliases  []string
}

// An Entity is a device, or what else has a state.
type Entity struct {
	ID, Name   string
	Area       string // id
	State      string
	Aliases    []string
	Attributes map[string]any
	Hidden     bool // by its owner
	Unexposed  bool // to voice assistants
}

// A Request is one that came in by the REST API, with its body.
type Request struct {
	Path string // with its query
	Body map[string]any
}

// A Server stands in for Home Assistant. Its fields are set before it is asked
// anything. It is safe for concurrent use.
type Server struct {
	*httptest.Server
	Token string
	// Floors, Areas and Entities are the house; the states of entities change.
	Floors, Areas []Place
	Entities      []*Entity
	// Converse answers what is handed over to a conversation agent; nil says
	// what was heard.
	Converse func(text, agent, conversation string) (speech, kind string)
	// Without are types of WebSocket commands that are not known.
	Without []string

	mu            sync.Mutex
	requests      []Request
	conversations int
}

// New starts a server with a small house. Close it in the end.
func New(token string) *Server { return start(token, httptest.NewServer) }

// NewTLS does the same by HTTPS, with a certificate that only the server's own
// Client trusts.
func NewTLS(token string) *Server { return start(token, httptest.NewTLSServer) }

func start(token string, serve func(http.Handler) *httptest.Server) *Server {
	s := &Server{
		Token:  token,
		Floors: []Place{{ID: "ground", Name: "Ground floor", Aliases: []string{"downstairs"}}, {ID: "attic", Name: "Attic"}},
		Areas: []Place{
			{ID: "kitchen", Name: "Kitchen", Floor: "ground"},
			{ID: "living_room", Name: "Living room", Floor: "ground", Aliases: []string{"lounge"}},
			{ID: "study", Name: "Study", Floor: "attic"},
		},
		Entities: []*Entity{
			{ID: "light.kitchen_lamp", Name: "Kitchen lamp", Area: "kitchen", State: "off", Aliases: []string{"cooking light"}},
			{ID: "light.reading", Name: "Reading lamp", Area: "study", State: "off"},
			{ID: "light.reading_2", Name: "Reading lamp", Area: "living_room", State: "on"},
			{ID: "switch.fountain", Name: "Fountain (small)", Area: "living_room", State: "off"},
			{ID: "cover.left", Name: "Left curtain", Area: "living_room", State: "closed", Attributes: map[string]any{"device_class": "curtain"}},
			{ID: "sensor.study_temperature", Name: "Study temperature", Area: "study", State: "21.5",
				Attributes: map[string]any{"device_class": "temperature", "unit_of_measurement": "°C"}},
			{ID: "light.cellar", Name: "Cellar lamp", State: "off", Unexposed: true},
			{ID: "switch.child_lock", Name: "Child lock", State: "off", Hidden: true},
		},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/websocket", s.socket)
	mux.HandleFunc("GET /api/{$}", s.guarded(func(w http.ResponseWriter, _ *http.Request, _ map[string]any) {
		answer(w, http.StatusOK, map[string]string{"message": "API running."})
	}))
	mux.HandleFunc("GET /api/states/{id}", s.guarded(s.state))
	mux.HandleFunc("POST /api/services/{domain}/{service}", s.guarded(s.service))
	mux.HandleFunc("POST /api/intent/handle", s.guarded(s.intent))
	mux.HandleFunc("POST /api/conversation/process", s.guarded(s.converse))
	s.Server = serve(mux)
	return s
}

// Requests gives what came in by the REST API so far.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// State gives the state of an entity; "" for none.
func (s *Server) State(id string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.entity(id); e != nil {
		return e.State
	}
	return ""
}

// Attribute gives an attribute of an entity as it is printed; "" for none.
func (s *Server) Attribute(id, name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.entity(id); e != nil && e.Attributes[name] != nil {
		return fmt.Sprint(e.Attributes[name])
	}
	return ""
}

func (s *Server) entity(id string) *Entity {
	at := slices.IndexFunc(s.Entities, func(e *Entity) bool { return e.ID == id })
	if at < 0 {
		return nil
	}
	return s.Entities[at]
}

// state is the JSON of a state.
func (e *Entity) state() map[string]any {
	attributes := map[string]any{"friendly_name": e.Name}
	maps.Copy(attributes, e.Attributes)
	return map[string]any{
		"entity_id": e.ID, "state": e.State, "attributes": attributes,
		"last_changed": "2026-01-02T03:04:05+00:00", "last_updated": "2026-01-02T03:04:05+00:00",
	}
}

func (e *Entity) domain() string {
	domain, _, _ := strings.Cut(e.ID, ".")
	return domain
}

// find gives the entities that are meant: by id or name, in an area or on a
// floor, by id or name as well, and of domains.
func (s *Server) find(names, areas, floors, domains []string) []*Entity {
	same := func(wanted []string, names ...string) bool {
		return slices.ContainsFunc(wanted, func(w string) bool {
			return slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(w, n) })
		})
	}
	inArea := func(e *Entity) bool {
		at := slices.IndexFunc(s.Areas, func(a Place) bool { return a.ID == e.Area })
		if at < 0 {
			return false
		}
		a := s.Areas[at]
		onFloor := slices.ContainsFunc(s.Floors, func(f Place) bool {
			return f.ID == a.Floor && same(floors, append(f.Aliases, f.ID, f.Name)...)
		})
		return same(areas, append(a.Aliases, a.ID, a.Name)...) || onFloor
	}
	var found []*Entity
	for _, e := range s.Entities {
		switch {
		case len(domains) > 0 && !slices.Contains(domains, e.domain()):
		case len(names) > 0 && !same(names, "all") && !same(names, append(e.Aliases, e.ID, e.Name)...):
		case len(areas)+len(floors) > 0 && !inArea(e):
		default:
			found = append(found, e)
		}
	}
	return found
}

// texts gives a value that is a text or a list of texts as a list.
func texts(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var all []string
		for _, one := range v {
			all = append(all, fmt.Sprint(one))
		}
		return all
	}
	return nil
}

// answer sends JSON.
func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// Who asked may be gone; that is no matter of ours.
	_ = json.NewEncoder(w).Encode(v)
}

// speech is the JSON of what is said.
func speech(text string) map[string]any {
	return map[string]any{"plain": map[string]any{"speech": text, "extra_data": nil}}
}

// response is the JSON of the answer to an intent.
func response(kind, said, code string, targets []*Entity) map[string]any {
	success := []map[string]string{}
	for _, e := range targets {
		success = append(success, map[string]string{"type": "entity", "name": e.Name, "id": e.ID})
	}
	data := map[string]any{"targets": []any{}, "success": success, "failed": []any{}}
	if kind == "error" {
		data = map[string]any{"code": cmp.Or(code, "failed_to_handle")}
	}
	out := map[string]any{"response_type": kind, "language": "en", "card": map[string]any{}, "speech": map[string]any{}, "data": data}
	if said != "" {
		out["speech"] = speech(said)
	}
	return out
}
