package slackfake

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// maxBody bounds a request, in bytes.
const maxBody = 4 << 20

// reply is what a method answers.
type reply map[string]any

// refused is an answer in Slack's words.
func refused(word string) reply { return reply{"ok": false, "error": word} }

// invalid is an answer that also says where the fault is.
func invalid(word string, messages ...string) reply {
	return reply{"ok": false, "error": word, "response_metadata": map[string]any{"messages": messages}}
}

// args are what a method was sent; what came as an object in JSON is its text.
type args map[string]string

func (a args) bool(key string) bool { return a[key] == "true" || a[key] == "1" }

// A method of the Web API.
type method struct {
	app    bool     // it takes the app-level token
	scopes []string // of which one is needed; none for any token
	run    func(*Workspace, args) reply
}

var methods = map[string]method{
	"auth.test":             {run: authTest},
	"apps.connections.open": {app: true},
	"team.info":             {scopes: []string{"team:read"}, run: teamInfo},
	"users.info":            {scopes: []string{"users:read"}, run: usersInfo},
	"bots.info":             {scopes: []string{"users:read"}, run: botsInfo},
	"files.info":            {scopes: []string{"files:read"}, run: filesInfo},

	"conversations.open":    {scopes: []string{"im:write", "mpim:write", "channels:manage", "groups:write"}, run: conversationsOpen},
	"conversations.info":    {run: conversationsInfo},
	"conversations.list":    {scopes: []string{"channels:read", "groups:read", "im:read", "mpim:read"}, run: conversationsList},
	"users.conversations":   {scopes: []string{"channels:read", "groups:read", "im:read", "mpim:read"}, run: usersConversations},
	"conversations.members": {run: conversationsMembers},
	"conversations.replies": {run: conversationsReplies},
	"conversations.history": {run: conversationsHistory},

	"chat.postMessage":   {scopes: []string{"chat:write"}, run: postMessage},
	"chat.postEphemeral": {scopes: []string{"chat:write"}, run: postEphemeral},
	"chat.update":        {scopes: []string{"chat:write"}, run: chatUpdate},
	"chat.delete":        {scopes: []string{"chat:write"}, run: chatDelete},
	"chat.getPermalink":  {run: getPermalink},

	"reactions.add":    {scopes: []string{"reactions:write"}, run: reactionsAdd},
	"reactions.remove": {scopes: []string{"reactions:write"}, run: reactionsRemove},
	"reactions.get":    {scopes: []string{"reactions:read"}, run: reactionsGet},

	"views.open":    {run: viewsOpen},
	"views.push":    {run: viewsPush},
	"views.update":  {run: viewsUpdate},
	"views.publish": {run: viewsPublish},

	"assistant.threads.setStatus":           {scopes: []string{"chat:write", "assistant:write"}, run: setStatus},
	"assistant.threads.setTitle":            {scopes: []string{"assistant:write"}, run: setTitle},
	"assistant.threads.setSuggestedPrompts": {scopes: []string{"assistant:write"}, run: setPrompts},
}

// api answers one request to the Web API.
func (s *Server) api(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("method")
	given, token, err := read(r)
	f := s.fault(name)
	if f.before(w, r) {
		s.note(name, given, "fault")
		return
	}
	if err != nil {
		answer(w, refused(err.Error()))
		return
	}
	out := s.call(w.Header(), name, token, given)
	word, _ := out["error"].(string)
	s.note(name, given, word)
	if f.after(w, r) {
		return
	}
	if after, ok := out["retry_after"].(int); ok {
		Fault{RetryAfter: after}.fail(w, http.StatusTooManyRequests)
		return
	}
	answer(w, out)
}

// note counts a call.
func (s *Server) note(name string, given args, word string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts[name]++
	if s.keepCalls {
		s.calls = append(s.calls, Call{Method: name, Args: given, Error: word, Time: time.Now()})
	}
	s.changed()
}

// call finds out who asks, whether they may, and does it.
func (s *Server) call(header http.Header, name, token string, given args) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, ok := methods[name]
	if !ok {
		return reply{"ok": false, "error": "unknown_method", "req_method": name}
	}
	if token == "" {
		return refused("not_authed")
	}
	if m.app {
		return s.open(header, token)
	}
	if strings.HasPrefix(token, "xapp-") {
		return refused("not_allowed_token_type")
	}
	ws := s.byToken[token]
	if ws == nil {
		return refused("invalid_auth")
	}
	header.Set("x-oauth-scopes", strings.Join(ws.Setup.Scopes, ","))
	if len(m.scopes) > 0 {
		header.Set("x-accepted-oauth-scopes", strings.Join(m.scopes, ","))
		if !ws.hasAny(m.scopes...) {
			return ws.missing(m.scopes[0])
		}
	}
	out := m.run(ws, given)
	if _, failed := out["error"]; !failed {
		out["ok"] = true
	}
	return out
}

// hasAny says whether the bot has one of the scopes.
func (w *Workspace) hasAny(scopes ...string) bool {
	return slices.ContainsFunc(scopes, func(s string) bool { return slices.Contains(w.Setup.Scopes, s) })
}

// missing says that a scope is missing.
func (w *Workspace) missing(scope string) reply {
	return reply{"ok": false, "error": "missing_scope", "needed": scope, "provided": strings.Join(w.Setup.Scopes, ",")}
}

// read gives what a request was sent, and its token.
func read(r *http.Request) (args, string, error) {
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	given := args{}
	take := func(v url.Values) {
		for key, values := range v {
			given[key] = values[0]
		}
	}
	if r.Method == http.MethodGet {
		take(r.URL.Query())
	} else {
		body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
		if err != nil || len(body) > maxBody {
			return given, token, errors.New("request_timeout")
		}
		kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		switch {
		case len(body) == 0:
		case err != nil:
			return given, token, errors.New("missing_post_type")
		case kind == "application/x-www-form-urlencoded":
			form, err := url.ParseQuery(string(body))
			if err != nil {
				return given, token, errors.New("invalid_form_data")
			}
			take(form)
		case kind == "application/json":
			var object map[string]json.RawMessage
			if err := json.Unmarshal(body, &object); err != nil {
				return given, token, errors.New("invalid_json")
			}
			for key, raw := range object {
				text := string(raw)
				if raw[0] == '"' {
					if err := json.Unmarshal(raw, &text); err != nil {
						return given, token, errors.New("invalid_json")
					}
				}
				given[key] = text
			}
			if _, ok := given["token"]; ok {
				return given, token, errors.New("invalid_arg_name") // in JSON, a token belongs into the header
			}
		default:
			return given, token, errors.New("invalid_post_type")
		}
	}
	if token == "" {
		token = given["token"]
	}
	delete(given, "token")
	return given, token, nil
}

// answer writes JSON.
func answer(w http.ResponseWriter, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, fmt.Sprintf("slackfake: %v", err), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = w.Write(body) // a client that has gone loses it
}
