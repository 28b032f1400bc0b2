package discordfake

import (
	"context"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// A Door is one more address at which the server can be reached. A program that
// uses it alone can be cut off from the server, as if it were dead.
type Door struct {
	URL string

	s        *Server
	host     string
	shut     atomic.Bool
	http     *http.Server
	listener net.Listener

	mu    sync.Mutex
	conns map[net.Conn]struct{}
}

// doorKey is where a request's door is kept.
type doorKey struct{}

// Door opens one. The server closes it at its end.
func (s *Server) Door() (*Door, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	d := &Door{s: s, host: listener.Addr().String(), URL: "http://" + listener.Addr().String(), listener: listener,
		conns: map[net.Conn]struct{}{}}
	d.http = &http.Server{Handler: s.http.Handler, ReadHeaderTimeout: 10 * time.Second,
		BaseContext: func(net.Listener) context.Context { return context.WithValue(context.Background(), doorKey{}, d) },
		ConnState: func(c net.Conn, state http.ConnState) {
			d.mu.Lock()
			defer d.mu.Unlock()
			switch state {
			case http.StateNew:
				d.conns[c] = struct{}{}
			case http.StateClosed, http.StateHijacked:
				delete(d.conns, c)
			}
		}}
	s.mu.Lock()
	s.doors = append(s.doors, d)
	s.mu.Unlock()
	s.serving.Go(func() { _ = d.http.Serve(doorway{listener, d}) })
	return d, nil
}

// doorway drops whoever comes when the door is shut. It stays where it is, so that
// nobody else gets its address while somebody may still knock.
type doorway struct {
	net.Listener
	d *Door
}

func (w doorway) Accept() (net.Conn, error) {
	for {
		c, err := w.Listener.Accept()
		if err != nil || !w.d.shut.Load() {
			return c, err
		}
		_ = c.Close()
	}
}

// Slam closes the door: from now on nothing comes through it, and what is
// underway is dropped.
func (d *Door) Slam() {
	d.shut.Store(true)
	d.mu.Lock()
	for c := range d.conns {
		_ = c.Close()
	}
	d.mu.Unlock()
	for _, c := range d.s.connections() {
		if c.host == d.host {
			c.cut()
		}
	}
}

// slammed says whether a request came through a door that was closed meanwhile.
func (s *Server) slammed(r *http.Request) bool {
	d, _ := r.Context().Value(doorKey{}).(*Door)
	return d != nil && d.shut.Load()
}

// Flush waits until the sessions that are connected were sent all that happened.
func (s *Server) Flush(ctx context.Context) error {
	for {
		s.mu.Lock()
		waiting := false
		for _, x := range s.sessions {
			waiting = waiting || x.conn != nil && x.conn.next <= x.last()
		}
		s.mu.Unlock()
		if !waiting {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Millisecond):
		}
	}
}
