package discordfake

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// faultsOfGateway are the switches of the gateway's faults.
type faultsOfGateway struct {
	deaf      atomic.Bool  // heartbeats are not acknowledged
	refuse    atomic.Bool  // no connection is taken
	duplicate atomic.Int64 // every so manieth event comes twice
	reorder   atomic.Int64 // every so manieth event comes after the next one
}

// Drop cuts all connections to the gateway without a word; midway sends half of
// the next event before it does.
func (s *Server) Drop(midway bool) {
	for _, c := range s.connections() {
		if !midway {
			c.cut()
			continue
		}
		s.mu.Lock()
		c.part = true
		s.mu.Unlock()
	}
}

// DropEvery drops all connections again and again, each second time in the
// middle of a message, until ctx ends or the server is closed. It comes back at
// once.
func (s *Server) DropEvery(ctx context.Context, every time.Duration) {
	s.serving.Go(func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for n := 0; ; n++ {
			select {
			case <-ctx.Done():
				return
			case <-s.ctx.Done():
				return
			case <-tick.C:
				s.Drop(n%2 == 1)
			}
		}
	})
}

// StopAcks says whether heartbeats stay without their acknowledgement.
func (s *Server) StopAcks(stop bool) { s.gateway.deaf.Store(stop) }

// Refuse says whether new connections to the gateway are turned away.
func (s *Server) Refuse(refuse bool) { s.gateway.refuse.Store(refuse) }

// DuplicateEvery lets every nth event come twice; 0 for none.
func (s *Server) DuplicateEvery(n int) { s.gateway.duplicate.Store(int64(n)) }

// ReorderEvery lets every nth event come after the one that follows it; 0 for
// none.
func (s *Server) ReorderEvery(n int) { s.gateway.reorder.Store(int64(n)) }

// AskToReconnect tells all clients to reconnect (op 7).
func (s *Server) AskToReconnect() { s.tellAll(func(c *conn) { c.say(7, nil) }) }

// AskToBeat asks all clients for a heartbeat (op 1).
func (s *Server) AskToBeat() { s.tellAll(func(c *conn) { c.say(1, nil) }) }

// CloseWith closes all connections with a code of the gateway, such as 4000.
func (s *Server) CloseWith(code int) { s.tellAll(func(c *conn) { c.end(code) }) }

// Invalidate tells all clients that their session is invalid (op 9): the
// connection must identify, or a new one resume. A session that is not resumable
// is forgotten, and what happens until the client identifies is lost to it.
func (s *Server) Invalidate(resumable bool) {
	s.tellAll(func(c *conn) {
		c.say(9, resumable)
		if x := c.session; x != nil {
			x.conn, c.session, x.left = nil, nil, time.Now()
			if !resumable {
				delete(s.sessions, x.id)
			}
		}
	})
}

// Forget forgets all sessions: who comes back must identify, and has lost what
// happened meanwhile.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.sessions)
}

func (s *Server) tellAll(tell func(*conn)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		tell(c)
	}
}

// Connected gives how many sessions are connected now, and how often one was
// started and resumed so far.
func (s *Server) Connected() (now, identified, resumed int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range s.sessions {
		if x.conn != nil {
			now++
		}
	}
	return now, int(s.identified.Load()), int(s.resumed.Load())
}

// Beats gives how many heartbeats came so far.
func (s *Server) Beats() int { return int(s.beats.Load()) }

// Intents gives those of the sessions that are connected, one after the other.
func (s *Server) Intents() []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []int
	for _, x := range s.sessions {
		if x.conn != nil {
			all = append(all, x.intents)
		}
	}
	slices.Sort(all)
	return all
}

// A Fault is what goes wrong with requests to the REST API.
type Fault struct {
	// Route is the one it is about, "POST /channels/{channel}/messages"; "" for all.
	Route string
	// Routes says which routes it is about beside Route; nil for all of them.
	Routes func(route string) bool
	// Hit, when set, is called when it happens.
	Hit func()
	// Times is how often it happens; 0 for always.
	Times int
	// Share, between 0 and 1, is how many of the requests it hits; 0 for all. The
	// choice is by a fixed seed.
	Share float64
	// Wait goes before everything else.
	Wait time.Duration
	// Status is answered instead; 0 for none. For 429, RetryAfter is said.
	Status     int
	RetryAfter time.Duration
	// Global makes a 429 global.
	Global bool
	// Cut drops the connection instead of answering.
	Cut bool
	// Hold lets the request wait until it is given up, or its door is slammed;
	// then the connection is dropped.
	Hold bool
	// After lets it happen only after the request was carried out.
	After bool
}

// mends holds the faults that are on.
type mends struct {
	mu   sync.Mutex
	all  []*armed
	dice *rand.Rand
}

type armed struct {
	Fault
	left int
}

// Fail lets requests fail from now on, until mend is called or the fault has
// happened so often as it says.
func (s *Server) Fail(f Fault) (mend func()) {
	a := &armed{f, f.Times}
	s.mends.mu.Lock()
	defer s.mends.mu.Unlock()
	if s.mends.dice == nil {
		s.mends.dice = rand.New(rand.NewPCG(1, 2))
	}
	s.mends.all = append(s.mends.all, a)
	return func() {
		s.mends.mu.Lock()
		defer s.mends.mu.Unlock()
		s.mends.all = slices.DeleteFunc(s.mends.all, func(o *armed) bool { return o == a })
	}
}

// hit gives the fault that a request meets; false for none.
func (m *mends) hit(route string) (Fault, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, a := range m.all {
		if a.Route != "" && a.Route != route || a.Routes != nil && !a.Routes(route) || a.Share > 0 && m.dice.Float64() >= a.Share {
			continue
		}
		if a.Times > 0 {
			if a.left--; a.left == 0 {
				m.all = slices.Delete(m.all, i, i+1)
			}
		}
		return a.Fault, true
	}
	return Fault{}, false
}

// half sends the first half of a frame (RFC 6455, section 5.2).
func (c *conn) half(p []byte) {
	frame := []byte{0x81}
	switch {
	case len(p) < 126:
		frame = append(frame, byte(len(p)))
	case len(p) < 1<<16:
		frame = append(frame, 126, byte(len(p)>>8), byte(len(p)))
	default:
		frame = append(frame, 127, 0, 0, 0, 0, byte(len(p)>>24), byte(len(p)>>16), byte(len(p)>>8), byte(len(p)))
	}
	_, _ = c.ws.NetConn().Write(append(frame, p[:len(p)/2]...))
}
