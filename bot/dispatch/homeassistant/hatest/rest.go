package hatest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// guarded lets requests with the token through, and reads their body.
func (s *Server) guarded(handle func(w http.ResponseWriter, r *http.Request, body map[string]any)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+s.Token {
			http.Error(w, "401: Unauthorized", http.StatusUnauthorized)
			return
		}
		data, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		if err != nil {
			return
		}
		body := map[string]any{}
		if len(data) > 0 && json.Unmarshal(data, &body) != nil {
			answer(w, http.StatusBadRequest, map[string]string{"message": "Invalid JSON specified."})
			return
		}
		s.mu.Lock()
		s.requests = append(s.requests, Request{r.URL.RequestURI(), body})
		s.mu.Unlock()
		handle(w, r, body)
	}
}

func (s *Server) state(w http.ResponseWriter, r *http.Request, _ map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.entity(r.PathValue("id")); e != nil {
		answer(w, http.StatusOK, e.state())
		return
	}
	answer(w, http.StatusNotFound, map[string]string{"message": "Entity not found."})
}

// services are those that are known, with the state that they lead to; one that
// leads to none answers something instead.
var services = map[string]string{
	"light.turn_on": "on", "light.turn_off": "off", "switch.turn_on": "on", "switch.turn_off": "off",
	"cover.open_cover": "open", "cover.close_cover": "closed", "weather.get_forecasts": "",
}

func (s *Server) service(w http.ResponseWriter, r *http.Request, body map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	to, known := services[r.PathValue("domain")+"."+r.PathValue("service")]
	_, wants := r.URL.Query()["return_response"]
	message := ""
	switch {
	case !known:
		http.Error(w, "400: Bad Request", http.StatusBadRequest)
		return
	case wants && to != "":
		message = "Service does not support responses. Remove return_response from request."
	case !wants && to == "":
		message = "Service call requires responses but caller did not ask for responses. Add ?return_response to query parameters."
	case texts(body["entity_id"]) == nil && texts(body["area_id"]) == nil && texts(body["floor_id"]) == nil:
		message = "must contain at least one of entity_id, device_id, area_id, floor_id, label_id"
	}
	if message != "" {
		answer(w, http.StatusBadRequest, map[string]string{"message": message})
		return
	}
	changed := []map[string]any{}
	for _, e := range s.find(texts(body["entity_id"]), texts(body["area_id"]), texts(body["floor_id"]), []string{r.PathValue("domain")}) {
		if to != "" && e.change(to, body) {
			changed = append(changed, e.state())
		}
	}
	if wants {
		answer(w, http.StatusOK, map[string]any{"changed_states": changed,
			"service_response": map[string]any{"weather.home": map[string]any{"forecast": []any{map[string]any{"condition": "sunny", "temperature": 21.50}}}}})
		return
	}
	answer(w, http.StatusOK, changed)
}

// change sets a state, and what the data say of brightness and colour.
func (e *Entity) change(to string, data map[string]any) bool {
	changed := e.State != to
	e.State = to
	set := func(name string, v any) {
		if e.Attributes == nil {
			e.Attributes = map[string]any{}
		}
		changed = changed || e.Attributes[name] != v
		e.Attributes[name] = v
	}
	for _, key := range []string{"brightness_pct", "brightness"} {
		if v, err := strconv.ParseFloat(fmt.Sprint(data[key]), 64); err == nil && to == "on" {
			set("brightness", int(math.Round(v*255/100)))
		}
	}
	for _, key := range []string{"color_name", "color"} {
		if v, ok := data[key].(string); ok {
			set("color_name", v)
		}
	}
	return changed
}

// intents are those that are known, with the state that they lead to by domain.
var intents = map[string]map[string]string{
	"HassTurnOn":   {"light": "on", "switch": "on", "cover": "open"},
	"HassTurnOff":  {"light": "off", "switch": "off", "cover": "closed"},
	"HassLightSet": {"light": "on"},
	"HassGetState": {},
}

// intent handles an intent. The texts for what was done are those of the
// conversation agent, so that only errors are put into words here.
func (s *Server) intent(w http.ResponseWriter, _ *http.Request, body map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name, _ := body["name"].(string)
	slots, _ := body["data"].(map[string]any)
	to, known := intents[name]
	if name == "" || !known {
		http.Error(w, "500 Internal Server Error", http.StatusInternalServerError)
		return
	}
	domains := texts(slots["domain"])
	if name == "HassLightSet" {
		domains = []string{"light"}
	}
	found := s.find(texts(slots["name"]), texts(slots["area"]), texts(slots["floor"]), domains)
	if len(slots) == 0 || len(found) == 0 {
		answer(w, http.StatusOK, response("error", "Sorry, I am not aware of any such device", "no_valid_targets", nil))
		return
	}
	if name == "HassGetState" {
		answer(w, http.StatusOK, response("query_answer", "", "", found))
		return
	}
	found = slices.DeleteFunc(found, func(e *Entity) bool { return to[e.domain()] == "" })
	for _, e := range found {
		e.change(to[e.domain()], slots)
	}
	answer(w, http.StatusOK, response("action_done", "", "", found))
}

func (s *Server) converse(w http.ResponseWriter, _ *http.Request, body map[string]any) {
	text, _ := body["text"].(string)
	agent, _ := body["agent_id"].(string)
	id, _ := body["conversation_id"].(string)
	if text == "" || strings.HasPrefix(agent, "conversation.no") {
		answer(w, http.StatusBadRequest, map[string]string{"message": "Message format incorrect: invalid agent ID"})
		return
	}
	s.mu.Lock()
	if id == "" {
		s.conversations++
		id = fmt.Sprintf("conversation-%d", s.conversations)
	}
	s.mu.Unlock()
	said, kind := "You said: "+text, "action_done"
	if s.Converse != nil {
		said, kind = s.Converse(text, agent, id)
	}
	answer(w, http.StatusOK, map[string]any{
		"conversation_id": id, "continue_conversation": false, "response": response(cmp.Or(kind, "action_done"), said, "", nil),
	})
}
