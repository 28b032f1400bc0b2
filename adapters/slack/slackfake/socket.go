package slackfake

import (
	"encoding/binary"
	"encoding/json"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

const (
	// maxConnections an app may have at once.
	maxConnections = 10
	// maxAck bounds an acknowledgement, in bytes: Slack drops larger ones.
	maxAck = 20 << 10
	// writeWithin bounds a write to a connection.
	writeWithin = 10 * time.Second
)

// conn is one Socket Mode connection.
type conn struct {
	app *app
	ws  *websocket.Conn

	write1   sync.Mutex // one message at a time
	cut      bool       // the next message is broken off; guarded by the app
	cutAt    time.Time
	draining bool // it was told to go
	once     sync.Once
}

// open answers apps.connections.open.
func (s *Server) open(header http.Header, token string) reply {
	a := s.apps[token]
	if a == nil {
		if s.byToken[token] != nil {
			return refused("not_allowed_token_type")
		}
		return refused("invalid_auth")
	}
	var scopes []string
	for _, w := range s.workspaces {
		if w.app == a {
			scopes = w.Setup.AppScopes
		}
	}
	for _, sc := range scopes {
		header.Add("x-oauth-scopes", sc)
	}
	if !slices.Contains(scopes, "connections:write") {
		return reply{"ok": false, "error": "missing_scope", "needed": "connections:write", "provided": ""}
	}
	ticket := s.id("ticket")
	s.tickets[ticket] = a
	return reply{"ok": true, "url": "ws://" + s.listener.Addr().String() + "/link/?ticket=" + ticket + "&app_id=" + a.id}
}

// socket takes a connection whose URL was given out; each URL is good once.
func (s *Server) socket(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	a := s.tickets[r.URL.Query().Get("ticket")]
	delete(s.tickets, r.URL.Query().Get("ticket"))
	s.mu.Unlock()
	if a == nil {
		http.Error(w, "no such ticket", http.StatusUnauthorized)
		return
	}
	upgrader := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }, WriteBufferSize: 32 << 10}
	ws, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // it has answered
	}
	c := &conn{app: a, ws: ws}
	a.mu.Lock()
	if a.closed || len(a.conns) >= maxConnections {
		a.mu.Unlock()
		c.close()
		return
	}
	n := len(a.conns) + 1
	a.mu.Unlock()
	hello, err := json.Marshal(map[string]any{
		"type": "hello", "num_connections": n, "connection_info": map[string]any{"app_id": a.id},
		"debug_info": map[string]any{"host": "slackfake", "build_number": 1, "approximate_connection_time": 18060},
	})
	if err != nil || c.write(hello, false) != nil {
		c.close()
		return
	}
	a.mu.Lock()
	a.conns = append(a.conns, c)
	a.mu.Unlock()
	a.poke()
	s.mu.Lock()
	s.changed()
	s.mu.Unlock()
	c.read()
}

// read takes acknowledgements until the connection ends.
func (c *conn) read() {
	defer c.close()
	c.ws.SetReadLimit(1 << 20)
	for {
		_, data, err := c.ws.ReadMessage()
		if err != nil {
			return
		}
		var ack struct {
			EnvelopeID string          `json:"envelope_id"`
			Payload    json.RawMessage `json:"payload"`
		}
		if json.Unmarshal(data, &ack) != nil || len(data) >= maxAck {
			c.app.server.count(func(n *Stats) { n.Stray++ })
			continue
		}
		c.app.land(ack.EnvelopeID, ack.Payload)
	}
}

// write sends a message; with cut only its first half.
func (c *conn) write(data []byte, cut bool) error {
	c.write1.Lock()
	defer c.write1.Unlock()
	if cut {
		_, err := c.ws.NetConn().Write(frame(data)[:len(data)/2+2])
		return err
	}
	if err := c.ws.SetWriteDeadline(time.Now().Add(writeWithin)); err != nil {
		return err
	}
	return c.ws.WriteMessage(websocket.TextMessage, data)
}

// frame makes the WebSocket frame of a text (RFC 6455, 5.2), to be cut.
func frame(data []byte) []byte {
	b := []byte{0x81}
	switch n := len(data); {
	case n < 126:
		b = append(b, byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 127), uint64(n))
	}
	return append(b, data...)
}

// close ends the connection as a broken line does.
func (c *conn) close() {
	c.once.Do(func() {
		if tcp, ok := c.ws.NetConn().(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // what it cannot do is closed all the same
		}
		_ = c.ws.Close() // it is given up
		c.app.server.count(func(n *Stats) { n.Dropped++ })
	})
	c.app.leave(c)
}

// tend pings the connections, and drops them.
func (a *app) tend(now time.Time, ping, drop bool) {
	a.mu.Lock()
	conns := slices.Clone(a.conns)
	var late []*conn
	for _, c := range conns {
		if c.cut && now.Sub(c.cutAt) > 50*time.Millisecond { // nothing came that it could be dropped in
			late = append(late, c)
		}
		if drop {
			c.cut, c.cutAt = true, now
		}
	}
	a.mu.Unlock()
	for _, c := range late {
		c.close()
	}
	if ping {
		for _, c := range conns {
			// A connection that cannot be pinged ends where it is read.
			_ = c.ws.WriteControl(websocket.PingMessage, []byte("ping "+strconv.FormatInt(now.Unix(), 10)), now.Add(time.Second))
		}
	}
}

// close ends all of the app's connections.
func (a *app) close() {
	a.mu.Lock()
	a.closed = true
	conns := slices.Clone(a.conns)
	a.mu.Unlock()
	for _, c := range conns {
		c.close()
	}
}

// DropConnections breaks every connection off in the middle of the next message
// that it carries, or after 50 ms without one.
func (s *Server) DropConnections() {
	s.mu.Lock()
	apps := s.sortedApps()
	s.mu.Unlock()
	for _, a := range apps {
		a.tend(time.Now(), false, true)
	}
}

// Disconnect tells all connections to go, with a reason such as
// "refresh_requested", "warning" or "link_disabled"; they are sent nothing more,
// and closed after a while.
func (s *Server) Disconnect(reason string, after time.Duration) {
	s.mu.Lock()
	apps := s.sortedApps()
	s.mu.Unlock()
	text, err := json.Marshal(map[string]any{"type": "disconnect", "reason": reason, "debug_info": map[string]any{"host": "slackfake"}})
	if err != nil {
		return
	}
	for _, a := range apps {
		a.mu.Lock()
		conns := slices.Clone(a.conns)
		for _, c := range conns {
			c.draining = true
		}
		a.mu.Unlock()
		for _, c := range conns {
			_ = c.write(text, false) // it is closed anyhow
			s.owned.Go(func() {
				select {
				case <-time.After(after):
				case <-s.done.Done():
				}
				c.close()
			})
		}
	}
}
