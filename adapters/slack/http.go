package slack

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"time"

	"github.com/jellydator/ttlcache/v3"
	"github.com/slack-go/slack"
)

const (
	maxBody = 4 << 20 // bytes
	// answerWithin bounds how long Slack's request waits; it gives up after 3 s.
	answerWithin = 2500 * time.Millisecond
	// replayFor is how long a request is remembered: as long as its signature is good.
	replayFor  = 11 * time.Minute
	maxReplays = 200_000
)

// replays remember the requests that were served. They are safe for concurrent use.
type replays struct {
	seen *ttlcache.Cache[string, struct{}]
}

func newReplays() *replays {
	return &replays{seen: ttlcache.New(ttlcache.WithTTL[string, struct{}](replayFor), ttlcache.WithCapacity[string, struct{}](maxReplays),
		ttlcache.WithDisableTouchOnHit[string, struct{}]())}
}

func (r *replays) has(signature string) bool { return r.seen.Has(signature) }

func (r *replays) add(signature string) { r.seen.Set(signature, struct{}{}, ttlcache.DefaultTTL) }

// Path is where Slack's requests come in.
func (s *Slack) Path() string { return s.cfg.Path }

// ServeHTTP serves Slack's requests: events, interactions and slash commands, all
// at one path. Each has to be signed with the signing secret of a workspace within
// the last five minutes; one that was served is not served again.
func (s *Slack) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "Slack's requests are POST", http.StatusMethodNotAllowed)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			http.Error(w, "the request is too large", http.StatusRequestEntityTooLarge)
			return
		}
		http.Error(w, "the request could not be read", http.StatusBadRequest)
		return
	}
	if !s.signed(r.Header, body) {
		http.Error(w, "the signature is missing, old or wrong", http.StatusUnauthorized)
		return
	}
	signature := r.Header.Get("X-Slack-Signature")
	if s.replays.has(signature) {
		w.WriteHeader(http.StatusOK) // it was served
		return
	}
	k, payload, err := open(r.Header.Get("Content-Type"), body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if k == eventKind {
		var verification struct{ Type, Challenge string }
		if json.Unmarshal(payload, &verification) == nil && verification.Type == "url_verification" {
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			w.Header().Set("X-Content-Type-Options", "nosniff")
			_, _ = io.WriteString(w, clip(verification.Challenge, 1000)) // a client that has gone loses it
			return
		}
	}
	if err := s.receive(r.Context(), k, payload); err != nil {
		http.Error(w, "not now", http.StatusServiceUnavailable) // Slack sends it again
		return
	}
	s.replays.add(signature)
	w.WriteHeader(http.StatusOK)
}

// receive carries out what came by HTTP, up to where it may be acknowledged.
func (s *Slack) receive(ctx context.Context, k kind, payload []byte) error {
	s.mu.Lock()
	running := s.ctx
	s.mu.Unlock()
	if running == nil {
		return errClosed
	}
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	done := make(chan error, 1)
	if err := s.do(ctx, s.read(k, payload), func(err error) { done <- err }); err != nil {
		return err
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-running.Done():
		return errClosed
	}
}

// signed says whether a request carries the signature of a workspace.
func (s *Slack) signed(header http.Header, body []byte) bool {
	for _, w := range s.workspaces {
		if w.tokens.SigningSecret.IsZero() {
			continue
		}
		v, err := slack.NewSecretsVerifier(header, w.tokens.SigningSecret.Reveal())
		if err != nil {
			continue
		}
		if _, err := v.Write(body); err == nil && v.Ensure() == nil {
			return true
		}
	}
	return false
}

// open gives what a request holds: JSON of an event, or a form with an interaction
// or a command.
func open(contentType string, body []byte) (kind, []byte, error) {
	mediaType, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return unknownKind, nil, errors.New("the request has no media type")
	}
	switch mediaType {
	case "application/json":
		return eventKind, body, nil
	case "application/x-www-form-urlencoded":
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return unknownKind, nil, errors.New("the form cannot be read")
		}
		if payload := form.Get("payload"); payload != "" {
			return interactionKind, []byte(payload), nil
		}
		fields := map[string]string{}
		for _, name := range []string{"team_id", "channel_id", "user_id", "command", "text", "response_url", "trigger_id", "channel_name"} {
			fields[name] = form.Get(name)
		}
		payload, err := json.Marshal(fields)
		if err != nil {
			return unknownKind, nil, errors.New("the form cannot be read")
		}
		return commandKind, payload, nil
	}
	return unknownKind, nil, errors.New("the request is of an unknown media type")
}
