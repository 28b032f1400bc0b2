package slackfake

import (
	"slices"
	"strconv"
	"sync"
	"time"
)

// app is one app with its connections and what waits to be sent by them.
type app struct {
	server    *Server
	id, token string

	mu      sync.Mutex
	queue   []*Delivery
	later   []due
	conns   []*conn
	next    int // the connection whose turn it is
	flights map[string]*flight
	order   []*flight // by the time of sending; those that ended are among them
	sent    int
	pushed  int
	ids     int64
	wake    chan struct{}
	closed  bool

	lanes []chan *Delivery // by HTTP
}

// due is something to be sent again.
type due struct {
	at time.Time
	d  *Delivery
}

// A flight is one sending of an envelope.
type flight struct {
	id   string
	d    *Delivery
	conn *conn
	at   time.Time
	over bool
}

func newApp(s *Server, id, token string) *app {
	a := &app{server: s, id: id, token: token, flights: map[string]*flight{}, wake: make(chan struct{}, 1)}
	s.owned.Go(a.run)
	for range s.cfg.Lanes {
		lane := make(chan *Delivery, 1<<16)
		a.lanes = append(a.lanes, lane)
		s.owned.Go(func() { a.serveLane(lane) })
	}
	return a
}

// push queues what goes by Socket Mode.
func (a *app) push(d *Delivery) {
	a.mu.Lock()
	a.pushed++
	d.seq = a.pushed
	a.queue = append(a.queue, d)
	a.mu.Unlock()
	a.poke()
}

func (a *app) poke() {
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// run sends what is queued, one after the other, whenever there is a connection.
func (a *app) run() {
	for {
		d, c := a.take()
		if d == nil {
			select {
			case <-a.wake:
				continue
			case <-a.server.done.Done():
				return
			}
		}
		a.fly(d, c)
		if n := a.server.cfg.DuplicateEvery; n > 0 && a.sent%n == 0 {
			a.fly(d, c)
		}
	}
}

// take gives what is to be sent next, and by which connection.
func (a *app) take() (*Delivery, *conn) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.queue) == 0 {
		return nil, nil
	}
	c := a.turn()
	if c == nil {
		return nil, nil
	}
	d := a.queue[0]
	a.queue[0] = nil
	a.queue = a.queue[1:]
	a.sent++
	if n := a.server.cfg.ReorderEvery; n > 0 && a.sent%n == 0 && len(a.queue) > 0 {
		d, a.queue[0] = a.queue[0], d
	}
	return d, c
}

// turn gives the connection whose turn it is.
func (a *app) turn() *conn {
	for range a.conns {
		a.next = (a.next + 1) % len(a.conns)
		if c := a.conns[a.next]; !c.draining {
			return c
		}
	}
	return nil
}

// fly sends something by a connection.
func (a *app) fly(d *Delivery, c *conn) {
	a.mu.Lock()
	if !slices.Contains(a.conns, c) { // it has gone meanwhile
		a.queue = append([]*Delivery{d}, a.queue...)
		slices.SortStableFunc(a.queue, func(x, y *Delivery) int { return x.seq - y.seq })
		a.mu.Unlock()
		return
	}
	a.ids++
	f := &flight{id: a.id + "-" + strconv.FormatInt(a.ids, 36), d: d, conn: c, at: time.Now()}
	a.flights[f.id] = f
	a.order = append(a.order, f)
	cut := c.cut
	c.cut = false
	a.mu.Unlock()
	a.server.count(func(n *Stats) { n.Sent++ })
	if err := c.write(envelope(f.id, d), cut); err != nil || cut {
		c.close()
	}
}

// envelope wraps a payload for Socket Mode.
func envelope(id string, d *Delivery) []byte {
	attempt, reason := d.tried()
	b := make([]byte, 0, len(d.payload)+200)
	b = append(b, `{"envelope_id":"`...)
	b = append(b, id...)
	b = append(b, `","payload":`...)
	b = append(b, d.payload...)
	b = append(b, `,"type":"`...)
	b = append(b, d.kind...)
	b = append(b, `","accepts_response_payload":`...)
	b = strconv.AppendBool(b, d.kind != eventsAPI)
	b = append(b, `,"retry_attempt":`...)
	b = strconv.AppendInt(b, int64(attempt), 10)
	b = append(b, `,"retry_reason":"`...)
	b = append(b, reason...)
	return append(b, `"}`...)
}

// land takes an acknowledgement.
func (a *app) land(id string, payload []byte) {
	a.mu.Lock()
	f := a.flights[id]
	if f != nil {
		f.over = true
		delete(a.flights, id)
	}
	a.mu.Unlock()
	if f == nil {
		a.server.count(func(n *Stats) { n.Stray++ })
		return
	}
	a.server.finish(f.d, Ack{Payload: payload, After: time.Since(f.at)})
	a.server.answered(f.d, payload)
}

// leave forgets a connection: what was sent by it and not acknowledged is sent
// again, before everything else and in its order where that is at once.
func (a *app) leave(c *conn) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if at := slices.Index(a.conns, c); at >= 0 {
		a.conns = slices.Delete(a.conns, at, at+1)
	} // else it was gone already when something was sent by it
	var first []*Delivery
	for _, f := range a.order {
		if f.conn != c || f.over {
			continue
		}
		f.over = true
		delete(a.flights, f.id)
		if slices.Contains(first, f.d) {
			continue // it was sent twice
		}
		if wait, ok := a.server.again(f.d, "connection_failed"); ok && wait == 0 {
			first = append(first, f.d)
		} else if ok {
			a.later = append(a.later, due{time.Now().Add(wait), f.d})
		}
	}
	if len(first) > 0 {
		a.queue = append(first, a.queue...)
		slices.SortStableFunc(a.queue, func(x, y *Delivery) int { return x.seq - y.seq })
	}
	a.poke()
}

// sweep fails what was not acknowledged in time, and queues what is due.
func (a *app) sweep(now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for len(a.order) > 0 {
		f := a.order[0]
		if !f.over && now.Sub(f.at) < a.server.cfg.AckWithin {
			break
		}
		a.order[0] = nil
		a.order = a.order[1:]
		if f.over {
			continue
		}
		f.over = true
		delete(a.flights, f.id)
		if wait, ok := a.server.again(f.d, "timeout"); ok {
			a.later = append(a.later, due{now.Add(wait), f.d})
		}
	}
	var rest []due
	for _, l := range a.later {
		switch {
		case l.at.After(now):
			rest = append(rest, l)
		case l.d.workspace.Setup.RequestURL != "":
			a.lane(l.d) <- l.d
		default:
			a.queue = append(a.queue, l.d)
		}
	}
	a.later = rest
	a.poke()
}

// sweep looks after all apps until the server is closed.
func (s *Server) sweep() {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	ping, drop := time.Now(), time.Now()
	for {
		select {
		case <-s.done.Done():
			return
		case now := <-tick.C:
			s.mu.Lock()
			apps := s.sortedApps()
			s.mu.Unlock()
			pinging := now.Sub(ping) >= s.cfg.PingEvery
			dropping := s.cfg.DropEvery > 0 && now.Sub(drop) >= s.cfg.DropEvery
			for _, a := range apps {
				a.sweep(now)
				a.tend(now, pinging, dropping)
			}
			if pinging {
				ping = now
			}
			if dropping {
				drop = now
			}
		}
	}
}

// Connections says how many Socket Mode connections an app has.
func (w *Workspace) Connections() int {
	w.app.mu.Lock()
	defer w.app.mu.Unlock()
	return len(w.app.conns)
}

// Waiting says how much is still to be sent or acknowledged.
func (w *Workspace) Waiting() int {
	a := w.app
	a.mu.Lock()
	defer a.mu.Unlock()
	n := len(a.queue) + len(a.later) + len(a.flights)
	for _, l := range a.lanes {
		n += len(l)
	}
	return n
}
