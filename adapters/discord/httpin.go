package discord

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/jellydator/ttlcache/v3"
)

const (
	// maxBody bounds what Discord sends, in bytes.
	maxBody = 1 << 20
	// maxSkew is how far the time of a signature may be from ours.
	maxSkew = 5 * time.Minute
)

// answerWithin is when an interaction by HTTP is given up. It is a variable for the
// tests.
var answerWithin = 2800 * time.Millisecond

// Handler gives what answers Discord under Config.Path: commands, buttons and
// forms that it sends by HTTP, signed with the key of the application (see
// https://docs.discord.com/developers/interactions/overview#setting-up-an-endpoint).
// What is not signed, is too old, or came before is answered with 401. It answers
// 404 where there is no key, and 503 to all but pings while the adapter does not run.
func (a *Adapter) Handler() http.Handler {
	key, err := a.cfg.key()
	if err != nil || key == nil {
		return http.NotFoundHandler()
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			w.Header().Set("Allow", http.MethodPost)
			http.Error(w, "only POST is answered here", http.StatusMethodNotAllowed)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			http.Error(w, "the body is too large", http.StatusRequestEntityTooLarge)
			return
		}
		if !a.trusted(key, r.Header, body) {
			http.Error(w, "the signature is not good", http.StatusUnauthorized)
			return
		}
		var i interaction
		if err := json.Unmarshal(body, &i); err != nil {
			http.Error(w, "this is no interaction", http.StatusBadRequest)
			return
		}
		if i.Type == actPing {
			write(w, answer{Type: answerPong})
			return
		}
		a.serve(w, r, &i)
	})
}

// trusted checks the signature: Ed25519 over the time and the body.
func (a *Adapter) trusted(key ed25519.PublicKey, h http.Header, body []byte) bool {
	stamp := h.Get("X-Signature-Timestamp")
	signature, err := hex.DecodeString(h.Get("X-Signature-Ed25519"))
	if err != nil || len(signature) != ed25519.SignatureSize || len(stamp) > 20 {
		return false
	}
	if !ed25519.Verify(key, append([]byte(stamp), body...), signature) {
		return false
	}
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return false
	}
	if d := a.deps.Now().Sub(time.Unix(seconds, 0)); d > maxSkew || d < -maxSkew {
		a.log.Warn("an interaction comes from another time; is the clock right?", "off", d)
		return false
	}
	// A signature says in one way only what it says: the bytes are its name.
	_, known := a.signed.GetOrSet(string(signature), struct{}{}, ttlcache.WithTTL[string, struct{}](2*maxSkew))
	return !known
}

// serve answers an interaction in its own request.
func (a *Adapter) serve(w http.ResponseWriter, r *http.Request, i *interaction) {
	a.mu.Lock()
	running := a.running != nil
	a.mu.Unlock()
	if _, app := a.world.self(); !running || i.ApplicationID != "" && i.ApplicationID != app {
		http.Error(w, "the desk does not run", http.StatusServiceUnavailable)
		return
	}
	first := make(chan answer, 1)
	written := make(chan struct{})
	a.acted(i, func(ctx context.Context, r answer) error {
		first <- r // there is room: it is called once
		select {
		case <-written:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	timer := time.NewTimer(answerWithin)
	defer timer.Stop()
	select {
	case got := <-first:
		write(w, got)
		close(written)
	case <-timer.C:
		http.Error(w, "the desk did not answer in time", http.StatusGatewayTimeout)
	case <-r.Context().Done():
	}
}

func write(w http.ResponseWriter, r answer) {
	data, err := json.Marshal(r)
	if err != nil {
		http.Error(w, "the answer cannot be written", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	if _, err := w.Write(data); err != nil {
		return // Discord is gone
	}
	if f, ok := w.(http.Flusher); ok {
		f.Flush()
	}
}
