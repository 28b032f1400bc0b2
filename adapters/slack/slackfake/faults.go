package slackfake

import (
	"net/http"
	"path"
	"strconv"
	"time"
)

// A Fault is something that goes wrong with requests to the Web API.
type Fault struct {
	Method string // as a pattern of [path.Match]: "chat.*"; empty for all
	Times  int    // how many requests it is for; 0 for all from now on
	Skip   int    // how many that fit are let through first

	Status     int           // answers with this instead
	RetryAfter int           // of 429, in seconds
	Error      string        // answers {"ok":false,"error":…} instead
	Delay      time.Duration // waits first
	// DropBefore ends the connection before anything is done, DropAfter when it
	// has been done, so that the answer is lost.
	DropBefore, DropAfter bool
	// StatusAfter does what was asked, and then answers with this all the same.
	StatusAfter int
	// HoldAfter does it, and never answers.
	HoldAfter bool
	// Hit is called when it strikes: before the request is carried out, or after
	// it where it strikes then. It must not call the server.
	Hit func()
}

// Inject has requests fail from now on. Of several faults that fit a request the
// first injected counts.
func (s *Server) Inject(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &f)
}

// Heal ends all faults.
func (s *Server) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// fault takes the next one for a method; the zero value is none.
func (s *Server) fault(method string) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, f := range s.faults {
		if ok, err := path.Match(f.Method, method); f.Method != "" && (err != nil || !ok) {
			continue
		}
		if f.Skip > 0 {
			f.Skip--
			continue
		}
		taken := *f
		if f.Times > 0 {
			if f.Times--; f.Times == 0 {
				s.faults = append(s.faults[:i:i], s.faults[i+1:]...)
			}
		}
		return taken
	}
	return Fault{}
}

// before does what a fault does before the request is carried out, and says
// whether it ended it.
func (f Fault) before(w http.ResponseWriter, r *http.Request) bool {
	if f.Hit != nil && !f.DropAfter && !f.HoldAfter && f.StatusAfter == 0 {
		f.Hit()
	}
	if f.Delay > 0 {
		select {
		case <-time.After(f.Delay):
		case <-r.Context().Done():
			return true
		}
	}
	switch {
	case f.DropBefore:
		hangUp(w)
	case f.Status != 0:
		f.fail(w, f.Status)
	case f.Error != "":
		answer(w, refused(f.Error))
	default:
		return false
	}
	return true
}

// after does what is done instead of the answer, and says whether it did.
func (f Fault) after(w http.ResponseWriter, r *http.Request) bool {
	if f.Hit != nil && (f.DropAfter || f.HoldAfter || f.StatusAfter != 0) {
		f.Hit()
	}
	switch {
	case f.HoldAfter:
		<-r.Context().Done()
	case f.DropAfter:
		hangUp(w)
	case f.StatusAfter != 0:
		f.fail(w, f.StatusAfter)
	default:
		return false
	}
	return true
}

func (f Fault) fail(w http.ResponseWriter, status int) {
	if status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", strconv.Itoa(f.RetryAfter))
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(`{"ok":false,"error":"ratelimited"}`)) // a client that has gone loses it
		return
	}
	// Slack's own failures come as a page.
	http.Error(w, "<html><body>Slack is having trouble</body></html>", status)
}

// hangUp ends a connection without an answer.
func hangUp(w http.ResponseWriter) {
	if h, ok := w.(http.Hijacker); ok {
		if conn, _, err := h.Hijack(); err == nil {
			_ = conn.Close() // that is all there is to say
			return
		}
	}
	panic(http.ErrAbortHandler)
}
