package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/gorilla/websocket"
	"github.com/slack-go/slack"
)

const (
	// maxEnvelope bounds what comes in at once, in bytes.
	maxEnvelope = 4 << 20
	// ackWithin bounds the writing of an acknowledgement: Slack waits 3 s, and
	// sends again what it waited for in vain.
	ackWithin = 2 * time.Second
	// silence is how long a connection may be silent. Slack pings every few seconds.
	silence = 40 * time.Second
	// dialWithin bounds the opening of a connection.
	dialWithin = 30 * time.Second
	// lingers bounds how long a connection that Slack has told us to leave is read
	// beside the next one.
	lingers = 30 * time.Second
)

// socket receives by Socket Mode (https://docs.slack.dev/apis/events-api/using-socket-mode)
// until ctx ends or Slack refuses us. When Slack asks for a new connection, the old
// one is read until the new one is there and beyond, so that there is no gap.
//
// The URL is asked for by slack-go, but its socketmode client is not used. It parses
// every event into types of its own six times over, which takes more than half of
// the time of the whole program under load; it answers nothing that it has no type
// for; and it leaves the old connection before it opens the next.
func (s *Slack) socket(ctx context.Context, w *workspace) error {
	var old sync.WaitGroup
	defer old.Wait()
	defer s.desk.Link(w.team, false)
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.MaxInterval = 100*time.Millisecond, 30*time.Second
	for first := true; ; first = false {
		conn, err := s.dial(ctx, w)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			s.desk.Link(w.team, false)
			if refuses(err) {
				return fmt.Errorf("connecting to Slack%s: %w", w.called(), err)
			}
			wait := pause.NextBackOff()
			var limited *slack.RateLimitedError
			if errors.As(err, &limited) {
				wait = max(wait, min(limited.RetryAfter, maxWait))
			}
			s.log.WarnContext(ctx, "connecting to Slack; trying again", "workspace", w.name, "in", wait, "error", err)
			select {
			case <-time.After(wait):
				continue
			case <-ctx.Done():
				return nil
			}
		}
		pause.Reset()
		s.desk.Link(w.team, true)
		if !first {
			s.desk.Reconnected()
		}
		leave, ended := make(chan struct{}), make(chan error, 1)
		old.Go(func() { ended <- s.session(ctx, conn, leave) })
		select {
		case <-leave: // it is read on beside the next one
		case err := <-ended:
			s.desk.Link(w.team, false)
			if ctx.Err() != nil {
				return nil
			}
			s.log.InfoContext(ctx, "the connection to Slack ended; connecting anew", "workspace", w.name, "error", err)
		}
	}
}

// refuses says whether connecting again is of no use.
func refuses(err error) bool {
	var status slack.StatusCodeError
	return is(err, fatal...) || is(err, "missing_scope") || errors.As(err, &status) && status.Code == http.StatusNotFound
}

// connection is one to Slack. Acknowledgements are written by several goroutines.
type connection struct {
	*websocket.Conn
	mu sync.Mutex
}

func (s *Slack) dial(ctx context.Context, w *workspace) (*connection, error) {
	ctx, cancel := context.WithTimeout(ctx, dialWithin)
	defer cancel()
	_, to, err := w.api.StartSocketModeContext(ctx)
	if err != nil {
		return nil, err
	}
	// One frame each: Slack drops acknowledgements that come in several.
	dialer := websocket.Dialer{Proxy: http.ProxyFromEnvironment, HandshakeTimeout: dialWithin, WriteBufferSize: 32 << 10, ReadBufferSize: 32 << 10}
	conn, resp, err := dialer.DialContext(ctx, to, nil)
	if resp != nil && resp.Body != nil {
		_ = resp.Body.Close() // it was read
	}
	if err != nil {
		return nil, fmt.Errorf("opening the connection: %w", err)
	}
	conn.SetReadLimit(maxEnvelope)
	return &connection{Conn: conn}, nil
}

// envelope is what comes by a connection.
type envelope struct {
	Type    string          `json:"type"`
	ID      string          `json:"envelope_id"`
	Payload json.RawMessage `json:"payload"`
	Reason  string          `json:"reason"`
}

// session reads one connection until it ends. It closes leave when Slack asks for
// another one.
func (s *Slack) session(ctx context.Context, conn *connection, leave chan<- struct{}) error {
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() }) // which ends the reading
	defer stop()
	defer conn.Close()
	left := false
	conn.SetPingHandler(func(data string) error {
		if !left {
			if err := conn.SetReadDeadline(time.Now().Add(silence)); err != nil {
				return err
			}
		}
		err := conn.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(ackWithin))
		if errors.Is(err, websocket.ErrCloseSent) {
			return nil
		}
		return err
	})
	for {
		if !left {
			if err := conn.SetReadDeadline(time.Now().Add(silence)); err != nil {
				return fmt.Errorf("reading: %w", err)
			}
		}
		_, data, err := conn.ReadMessage()
		if err != nil {
			return fmt.Errorf("reading: %w", err)
		}
		var e envelope
		if err := json.Unmarshal(data, &e); err != nil {
			s.log.WarnContext(ctx, "Slack sent something that is no JSON", "error", err)
			continue
		}
		if e.Type == "disconnect" && !left {
			left = true
			close(leave)
			if err := conn.SetReadDeadline(time.Now().Add(lingers)); err != nil {
				return fmt.Errorf("reading: %w", err)
			}
		}
		if e.ID == "" {
			continue
		}
		if err := s.do(ctx, s.read(kindOf(e.Type), e.Payload), func(err error) {
			if err == nil { // else Slack sends it again
				conn.ack(e.ID)
			}
		}); err != nil {
			return err
		}
	}
}

// ack acknowledges an envelope. One that cannot be written is sent again by Slack,
// by the next connection.
func (c *connection) ack(id string) {
	data, err := json.Marshal(struct {
		ID string `json:"envelope_id"`
	}{id})
	if err != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.SetWriteDeadline(time.Now().Add(ackWithin)) == nil {
		_ = c.WriteMessage(websocket.TextMessage, data) // see above
	}
}

// kindOf reads the kind of an envelope.
func kindOf(envelope string) kind {
	switch envelope {
	case "events_api":
		return eventKind
	case "interactive":
		return interactionKind
	case "slash_commands":
		return commandKind
	}
	return unknownKind
}
