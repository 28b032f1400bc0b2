package discordfake

import (
	"bytes"
	"compress/zlib"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// conn is one connection to the gateway: the goroutine of its request reads,
// another one writes.
type conn struct {
	s    *Server
	ws   *websocket.Conn
	host string // through which it came
	wake chan struct{}
	done chan struct{}
	once sync.Once

	// The server's lock guards the rest.
	session *session
	next    int64 // sequence number to write next
	out     [][]byte
	close   int  // close code to send after out
	part    bool // the next event is cut off in its middle
	sent    int  // commands of the client in its minute
	since   time.Time
}

func (c *conn) wakeUp() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// cut drops the TCP connection without a word.
func (c *conn) cut() {
	c.once.Do(func() {
		close(c.done)
		_ = c.ws.NetConn().Close()
	})
}

// say puts a payload of the gateway's own before the events that are waiting.
// The caller holds the lock.
func (c *conn) say(op int, d any) {
	c.out = append(c.out, encode(map[string]any{"op": op, "d": d, "s": nil, "t": nil}))
	c.wakeUp()
}

// end closes the connection with a code, after what was said. The caller holds
// the lock.
func (c *conn) end(code int) {
	c.close = code
	c.wakeUp()
}

func (s *Server) connections() []*conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []*conn
	for c := range s.conns {
		all = append(all, c)
	}
	return all
}

func (s *Server) serveGateway(w http.ResponseWriter, r *http.Request) {
	s.serving.Add(1)
	defer s.serving.Done()
	if s.gateway.refuse.Load() {
		http.Error(w, "no healthy upstream", http.StatusServiceUnavailable)
		return
	}
	upgrader := websocket.Upgrader{ReadBufferSize: 4096, WriteBufferSize: 4096}
	ws, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	c := &conn{s: s, ws: ws, host: r.Host, wake: make(chan struct{}, 1), done: make(chan struct{}), since: time.Now()}
	s.mu.Lock()
	s.conns[c] = struct{}{}
	q := r.URL.Query()
	c.say(10, map[string]any{"heartbeat_interval": s.opts.Heartbeat.Milliseconds()})
	if v := q.Get("v"); v != "" && v != "9" && v != "10" {
		c.end(4012)
	} else if q.Get("encoding") == "etf" || q.Get("compress") != "" {
		c.end(4002) // the fake speaks plain JSON alone
	}
	s.mu.Unlock()
	s.serving.Go(c.write)
	code := c.read()
	c.cut()
	s.mu.Lock()
	delete(s.conns, c)
	if x := c.session; x != nil && x.conn == c {
		x.conn, x.left = nil, time.Now()
		if c.close == 0 && (code == websocket.CloseNormalClosure || code == websocket.CloseGoingAway) {
			delete(s.sessions, x.id) // such a farewell of the client ends the session
		}
	}
	s.mu.Unlock()
}

// read takes the client's payloads until the connection ends, and gives the
// code that the client closed it with; 0 for none.
func (c *conn) read() int {
	c.ws.SetReadLimit(1 << 20)
	for {
		// A client that does not beat is given up.
		_ = c.ws.SetReadDeadline(time.Now().Add(c.s.opts.Heartbeat + c.s.opts.Heartbeat/2 + time.Second))
		_, data, err := c.ws.ReadMessage()
		if err != nil {
			if closed, ok := err.(*websocket.CloseError); ok {
				return closed.Code
			}
			return 0
		}
		if !c.take(data) {
			<-c.done // the writer ends it, with its code
			return 0
		}
	}
}

// take handles one payload; false when the connection is to end.
func (c *conn) take(data []byte) bool {
	var p struct {
		Op *int            `json:"op"`
		D  json.RawMessage `json:"d"`
	}
	s := c.s
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(data) > 4096 || json.Unmarshal(data, &p) != nil || p.Op == nil {
		c.end(4002)
		return false
	}
	if now := time.Now(); now.Sub(c.since) > time.Minute {
		c.since, c.sent = now, 0
	}
	if c.sent++; c.sent > 120 {
		c.end(4008)
		return false
	}
	switch *p.Op {
	case 1:
		s.beats.Add(1)
		if !s.gateway.deaf.Load() {
			c.say(11, nil)
		}
		return true
	case 2:
		return c.identify(p.D)
	case 6:
		return c.resume(p.D)
	case 3, 4, 8:
		if c.session == nil {
			c.end(4003)
			return false
		}
		return true
	}
	c.end(4001)
	return false
}

// identify starts a session.
func (c *conn) identify(d []byte) bool {
	var p struct {
		Token      string            `json:"token"`
		Intents    *int              `json:"intents"`
		Compress   bool              `json:"compress"`
		Shard      []uint64          `json:"shard"`
		Properties map[string]string `json:"properties"`
	}
	s := c.s
	code := 0
	switch {
	case c.session != nil:
		code = 4005
	case json.Unmarshal(d, &p) != nil || p.Properties == nil:
		code = 4002
	case strings.TrimPrefix(p.Token, "Bot ") != s.opts.Token:
		code = 4004
	case p.Shard != nil && (len(p.Shard) != 2 || p.Shard[0] >= p.Shard[1]):
		code = 4010
	case p.Intents == nil || *p.Intents < 0 || *p.Intents > knownIntents:
		code = 4013
	case !s.granted(*p.Intents):
		code = 4014
	}
	if code != 0 {
		c.end(code)
		return false
	}
	now := time.Now()
	for len(s.starts) > 0 && now.Sub(s.starts[0]) > s.opts.IdentifyWindow {
		s.starts = s.starts[1:]
	}
	if s.opts.Identifies > 0 && len(s.starts) >= s.opts.Identifies {
		c.say(9, false)
		return true
	}
	if s.opts.Identifies > 0 {
		s.starts = append(s.starts, now)
	}
	for id, old := range s.sessions { // those that nobody will resume
		if old.conn == nil && now.Sub(old.left) > 5*time.Minute {
			delete(s.sessions, id)
		}
	}
	x := &session{id: "s" + s.id(), intents: *p.Intents, compress: p.Compress, first: 1, conn: c}
	if p.Shard != nil {
		x.shard = [2]uint64{p.Shard[0], p.Shard[1]}
	}
	c.session, c.next = x, 1
	s.sessions[x.id] = x
	s.identified.Add(1)
	s.greet(x)
	return true
}

// greet puts READY and the guilds first into a session.
func (s *Server) greet(x *session) {
	guilds := []map[string]any{}
	for _, id := range s.guildOrder {
		if x.takes(id) {
			guilds = append(guilds, map[string]any{"id": id, "unavailable": true})
		}
	}
	ready := map[string]any{
		"v": 9, "user": s.Bot, "session_id": x.id, "session_type": "normal", "guilds": guilds, "private_channels": []any{},
		"resume_gateway_url": gatewayURL(x.conn.host), "application": map[string]any{"id": s.Bot.ID, "flags": s.opts.Flags},
	}
	if x.shard[1] > 0 {
		ready["shard"] = x.shard
	}
	x.push(s.opts.KeepEvents, entry{"READY", encode(ready)})
	if x.intents&intentGuilds != 0 {
		for _, id := range s.guildOrder {
			if x.takes(id) {
				x.push(s.opts.KeepEvents, entry{"GUILD_CREATE", encode(s.guildJSON(s.guilds[id], true))})
			}
		}
	}
	x.conn.wakeUp()
}

// granted says whether the application may have the privileged among the
// intents.
func (s *Server) granted(intents int) bool {
	for _, p := range []struct{ intent, flags int }{
		{intentMembers, FlagMembers | FlagMembersSmall},
		{intentPresences, FlagPresence | FlagPresenceSmall},
		{intentContent, FlagContent | FlagContentSmall},
	} {
		if intents&p.intent != 0 && s.opts.Flags&p.flags == 0 {
			return false
		}
	}
	return true
}

// resume goes on with a session where the client left it.
func (c *conn) resume(d []byte) bool {
	var p struct {
		Token   string `json:"token"`
		Session string `json:"session_id"`
		Seq     int64  `json:"seq"`
	}
	s := c.s
	code := 0
	switch {
	case c.session != nil:
		code = 4005
	case json.Unmarshal(d, &p) != nil:
		code = 4002
	case strings.TrimPrefix(p.Token, "Bot ") != s.opts.Token:
		code = 4004
	}
	x := s.sessions[p.Session]
	if code == 0 && x != nil && p.Seq > x.last() {
		code = 4007
	}
	if code != 0 {
		c.end(code)
		return false
	}
	if x == nil || p.Seq+1 < x.first {
		c.say(9, false) // it is over, or too much was missed
		return true
	}
	if x.conn != nil {
		x.conn.session = nil
		x.conn.end(4000)
	}
	x.conn, c.session, c.next = c, x, p.Seq+1
	x.push(s.opts.KeepEvents, entry{"RESUMED", []byte(`{"_trace":[]}`)})
	s.resumed.Add(1)
	c.wakeUp()
	return true
}

// write sends what is waiting, until the connection ends.
func (c *conn) write() {
	defer c.cut()
	for {
		select {
		case <-c.done:
			return
		case <-c.wake:
		}
		for {
			out, events, first, end, part, compress := c.batch()
			if len(out)+len(events) == 0 && end == 0 {
				break
			}
			for _, p := range out {
				if c.send(p, false) != nil {
					return
				}
			}
			for i, e := range events {
				p := e.payload(first + int64(i))
				if part {
					c.half(p)
					return
				}
				if c.send(p, compress && len(p) > 4096) != nil {
					return
				}
			}
			if end != 0 {
				_ = c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(end, ""), time.Now().Add(time.Second))
				return
			}
		}
	}
}

// batch takes what is to be sent.
func (c *conn) batch() (out [][]byte, events []entry, first int64, end int, part, compress bool) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	out, c.out = c.out, nil
	first = c.next
	if c.close != 0 {
		return out, nil, first, c.close, false, false
	}
	if x := c.session; x != nil && x.conn == c && c.next <= x.last() {
		if c.next < x.first { // the client is too slow; it must start anew
			return out, nil, first, 4009, false, false
		}
		from := c.next - x.first
		events = x.log[from:min(int64(len(x.log)), from+64)]
		c.next += int64(len(events))
		compress = x.compress
	}
	return out, events, first, 0, c.part && len(events) > 0, compress
}

func (e entry) payload(seq int64) []byte {
	p := make([]byte, 0, len(e.data)+len(e.name)+48)
	p = append(p, `{"t":"`...)
	p = append(p, e.name...)
	p = append(p, `","s":`...)
	p = strconv.AppendInt(p, seq, 10)
	p = append(p, `,"op":0,"d":`...)
	p = append(p, e.data...)
	return append(p, '}')
}

func (c *conn) send(p []byte, compress bool) error {
	_ = c.ws.SetWriteDeadline(time.Now().Add(10 * time.Second))
	if !compress {
		return c.ws.WriteMessage(websocket.TextMessage, p)
	}
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	if _, err := z.Write(p); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	return c.ws.WriteMessage(websocket.BinaryMessage, b.Bytes())
}
