package discordfake

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// apiError is an error of the API: an HTTP status, and a JSON body with a code of
// https://docs.discord.com/developers/topics/opcodes-and-status-codes#json.
type apiError struct {
	status  int
	Code    int    `json:"code"`
	Message string `json:"message"`
	Errors  any    `json:"errors,omitempty"`
}

// Errors without particulars.
var (
	unauthorized       = &apiError{401, 0, "401: Unauthorized", nil}
	notFound           = &apiError{404, 0, "404: Not Found", nil}
	tooLarge           = &apiError{413, 40005, "Request entity too large", nil}
	unknownChannel     = &apiError{404, 10003, "Unknown Channel", nil}
	unknownGuild       = &apiError{404, 10004, "Unknown Guild", nil}
	unknownMember      = &apiError{404, 10007, "Unknown Member", nil}
	unknownMessage     = &apiError{404, 10008, "Unknown Message", nil}
	unknownUser        = &apiError{404, 10013, "Unknown User", nil}
	unknownEmoji       = &apiError{400, 10014, "Unknown Emoji", nil}
	unknownWebhook     = &apiError{404, 10015, "Unknown Webhook", nil}
	unknownApplication = &apiError{404, 10002, "Unknown Application", nil}
	unknownInteraction = &apiError{404, 10062, "Unknown interaction", nil}
	acknowledged       = &apiError{400, 40060, "Interaction has already been acknowledged.", nil}
	missingAccess      = &apiError{403, 50001, "Missing Access", nil}
	othersMessage      = &apiError{403, 50005, "Cannot edit a message authored by another user", nil}
	emptyMessage       = &apiError{400, 50006, "Cannot send an empty message", nil}
	cannotSendTo       = &apiError{403, 50007, "Cannot send messages to this user", nil}
	missingPermissions = &apiError{403, 50013, "Missing Permissions", nil}
	invalidToken       = &apiError{401, 50027, "Invalid Webhook Token", nil}
	invalidJSON        = &apiError{400, 50109, "The request body contains invalid JSON.", nil}
	archivedThread     = &apiError{400, 50083, "Thread is archived", nil}
	alreadyThread      = &apiError{400, 160004, "A thread has already been created for this message", nil}
	noHistory          = &apiError{400, 160002, "Cannot reply without permission to read message history", nil}
)

// call is one request to the API.
type call struct {
	*http.Request
	body    []byte
	files   []Upload
	arrived time.Time
}

// read decodes the JSON of the body.
func (c *call) read(v any) *apiError {
	if len(c.body) == 0 {
		return &apiError{400, 50035, "Invalid Form Body", map[string]any{"_errors": []any{fault{"BASE_TYPE_REQUIRED", "This field is required"}}}}
	}
	if c.Header.Get("Content-Type") == "" {
		return &apiError{400, 50035, "Invalid Form Body", nil}
	}
	err := json.Unmarshal(c.body, v)
	var mistyped *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case asTypeError(err, &mistyped):
		var f form
		f.add(strings.Split(mistyped.Field, "."), "BASE_TYPE_BAD_TYPE", "Could not interpret the value as "+mistyped.Type.String())
		return f.err()
	default:
		return invalidJSON
	}
}

// handler answers a call: with a status and what is encoded as JSON, or with an
// error. A body of nil is none.
type handler func(*call) (status int, body any, err *apiError)

// route is one route of the API; open ones need no token of the bot.
func (s *Server) route(mux *http.ServeMux, pattern string, open bool, h handler) {
	method, path, _ := strings.Cut(pattern, " ")
	bucket := bucketOf(pattern)
	mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		arrived := time.Now()
		s.mu.Lock()
		s.requests[pattern]++
		s.mu.Unlock()
		w.Header().Set("Date", time.Now().Add(s.opts.Skew).UTC().Format(http.TimeFormat))
		f, hit := s.mends.hit(pattern)
		if hit && f.Hit != nil && !f.After {
			f.Hit()
		}
		if hit && f.Wait > 0 {
			select {
			case <-time.After(f.Wait):
			case <-r.Context().Done():
				return
			}
		}
		if hit && !f.After && f.happen(w, r) {
			return
		}
		if !open && r.Header.Get("Authorization") != "Bot "+s.opts.Token {
			fail(w, unauthorized)
			return
		}
		if !s.limits.take(w, method, path, bucket, r) {
			return
		}
		c := &call{Request: r, arrived: arrived}
		err := c.load()
		status, body := 0, any(nil)
		if s.slammed(r) {
			panic(http.ErrAbortHandler)
		}
		if err == nil {
			status, body, err = h(c)
		}
		if hit && f.After {
			if f.Hit != nil {
				f.Hit()
			}
			if f.happen(w, r) {
				return
			}
		}
		if err != nil {
			fail(w, err)
			return
		}
		answer(w, status, body)
	})
}

// load reads the body: JSON, or a form of several parts with the JSON in one of
// them and files in the others.
func (c *call) load() *apiError {
	kind, params, _ := mime.ParseMediaType(c.Header.Get("Content-Type"))
	r := io.LimitReader(c.Body, 26<<20)
	if kind != "multipart/form-data" {
		data, err := io.ReadAll(r)
		if err != nil || len(data) > 25<<20 {
			return tooLarge
		}
		c.body = data
		return nil
	}
	for parts := multipart.NewReader(r, params["boundary"]); ; {
		p, err := parts.NextPart()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return invalidJSON
		}
		data, err := io.ReadAll(p)
		if err != nil {
			return tooLarge
		}
		if p.FormName() == "payload_json" {
			c.body = data
		} else {
			c.files = append(c.files, Upload{Name: p.FileName(), ContentType: p.Header.Get("Content-Type"), Data: data})
		}
	}
}

// happen answers as the fault wants it; false when it wants nothing.
func (f Fault) happen(w http.ResponseWriter, r *http.Request) bool {
	switch {
	case f.Hold:
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	case f.Cut:
		panic(http.ErrAbortHandler) // drops the connection
	case f.Status == http.StatusTooManyRequests:
		tooMany(w, f.RetryAfter, f.Global, "user")
	case f.Status >= 500:
		http.Error(w, fmt.Sprintf("%d: %s", f.Status, http.StatusText(f.Status)), f.Status)
	case f.Status != 0:
		fail(w, &apiError{f.Status, 0, fmt.Sprintf("%d: %s", f.Status, http.StatusText(f.Status)), nil})
	default:
		return false
	}
	return true
}

func fail(w http.ResponseWriter, err *apiError) { answer(w, err.status, err) }

func answer(w http.ResponseWriter, status int, body any) {
	if body == nil {
		w.WriteHeader(status)
		return
	}
	data, ok := body.(json.RawMessage)
	if !ok {
		data = encode(body)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	w.WriteHeader(status)
	_, _ = w.Write(data) // who asked may be gone
}

// Requests gives how many requests came to a route, "POST
// /channels/{channel}/messages"; to all for "".
func (s *Server) Requests(route string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if route != "" {
		return s.requests[route]
	}
	n := 0
	for _, k := range s.requests {
		n += k
	}
	return n
}

// api gives the handler of the REST API.
func (s *Server) api() http.Handler {
	mux := http.NewServeMux()
	for pattern, h := range map[string]handler{
		"GET /users/@me":           s.getMe,
		"GET /users/{user}":        s.getUser,
		"POST /users/@me/channels": s.postDM,
		"GET /users/@me/guilds":    s.getGuilds,
		"GET /gateway/bot":         s.getGatewayBot,
		"GET /applications/@me":    s.getApplication,
		"PATCH /applications/@me":  s.patchApplication,
		// The old name of the route, which some libraries use.
		"GET /oauth2/applications/@me": s.getApplication,

		"GET /guilds/{guild}":                s.getGuild,
		"GET /guilds/{guild}/channels":       s.getGuildChannels,
		"GET /guilds/{guild}/roles":          s.getRoles,
		"GET /guilds/{guild}/members/{user}": s.getMember,
		"GET /guilds/{guild}/threads/active": s.getActiveThreads,

		"GET /channels/{channel}":                                                 s.getChannel,
		"POST /channels/{channel}/typing":                                         s.postTyping,
		"POST /channels/{channel}/threads":                                        s.postThread,
		"PUT /channels/{channel}/thread-members/@me":                              s.joinThread,
		"GET /channels/{channel}/messages":                                        s.getMessages,
		"POST /channels/{channel}/messages":                                       s.postMessage,
		"GET /channels/{channel}/messages/{message}":                              s.getMessage,
		"PATCH /channels/{channel}/messages/{message}":                            s.patchMessage,
		"DELETE /channels/{channel}/messages/{message}":                           s.deleteMessage,
		"POST /channels/{channel}/messages/{message}/threads":                     s.postMessageThread,
		"GET /channels/{channel}/messages/{message}/reactions/{emoji}":            s.getReactions,
		"PUT /channels/{channel}/messages/{message}/reactions/{emoji}/@me":        s.putReaction,
		"DELETE /channels/{channel}/messages/{message}/reactions/{emoji}/@me":     s.deleteReaction,
		"GET /applications/{application}/commands":                                s.getCommands,
		"PUT /applications/{application}/commands":                                s.putCommands,
		"GET /applications/{application}/guilds/{guild}/commands":                 s.getCommands,
		"PUT /applications/{application}/guilds/{guild}/commands":                 s.putCommands,
		"DELETE /channels/{channel}/messages/{message}/reactions/{emoji}/{other}": s.deleteOthersReaction,
	} {
		s.route(mux, pattern, false, h)
	}
	for pattern, h := range map[string]handler{
		"GET /gateway": s.getGateway,
		"POST /interactions/{interaction}/{token}/callback":    s.postCallback,
		"POST /webhooks/{application}/{token}":                 s.postFollowup,
		"GET /webhooks/{application}/{token}/messages/{id}":    s.getFollowup,
		"PATCH /webhooks/{application}/{token}/messages/{id}":  s.patchFollowup,
		"DELETE /webhooks/{application}/{token}/messages/{id}": s.deleteFollowup,
	} {
		s.route(mux, pattern, true, h)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, pattern := mux.Handler(r); pattern == "" {
			fail(w, notFound)
			return
		}
		mux.ServeHTTP(w, r)
	})
}
