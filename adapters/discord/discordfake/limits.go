package discordfake

import (
	"fmt"
	"hash/fnv"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// limits counts requests in windows: for each route and top-level resource, and
// for all of them.
type limits struct {
	opts Options

	mu      sync.Mutex
	routes  map[string]*window
	global  window
	refused int
}

// Refused counts the requests that came too early for a limit.
func (s *Server) Refused() int {
	s.limits.mu.Lock()
	defer s.limits.mu.Unlock()
	return s.limits.refused
}

type window struct {
	used  int
	until time.Time
}

// take counts a request of the window; false when it is too many.
func (w *window) take(now time.Time, limit int, length time.Duration) bool {
	if !now.Before(w.until) {
		w.used, w.until = 0, now.Add(length)
	}
	w.used++
	return w.used <= limit
}

// bucketOf names the bucket of a route, without its top-level resource.
func bucketOf(pattern string) string {
	h := fnv.New64a()
	_, _ = h.Write([]byte(pattern))
	return strconv.FormatUint(h.Sum64(), 16)
}

// take counts a request and sets the headers; false when it was refused.
func (l *limits) take(w http.ResponseWriter, method, path, bucket string, r *http.Request) bool {
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.opts.Global > 0 && !strings.HasPrefix(path, "/interactions/") && !strings.HasPrefix(path, "/webhooks/") &&
		!l.global.take(now, l.opts.Global, time.Second) {
		l.refused++
		tooMany(w, l.global.until.Sub(now), true, "global")
		return false
	}
	if strings.HasPrefix(path, "/interactions/") {
		return true // each of them is answered once
	}
	key := bucket + " " + r.PathValue("channel") + r.PathValue("guild") + r.PathValue("token")
	if l.routes == nil || len(l.routes) > 100_000 {
		l.routes = map[string]*window{}
	}
	at := l.routes[key]
	if at == nil {
		at = &window{}
		l.routes[key] = at
	}
	limit, length := l.opts.PerRoute, l.opts.RouteWindow
	if strings.Contains(path, "/reactions/") && method != "GET" && limit < 1_000_000 {
		limit, length = 1, 250*time.Millisecond // as Discord limits them
	}
	fits := at.take(now, limit, length)
	h := w.Header()
	h.Set("X-RateLimit-Limit", strconv.Itoa(limit))
	h.Set("X-RateLimit-Remaining", strconv.Itoa(max(0, limit-at.used)))
	h.Set("X-RateLimit-Reset", fmt.Sprintf("%.3f", float64(at.until.UnixMilli())/1000))
	h.Set("X-RateLimit-Reset-After", fmt.Sprintf("%.3f", at.until.Sub(now).Seconds()))
	h.Set("X-RateLimit-Bucket", bucket)
	if !fits {
		l.refused++
		tooMany(w, at.until.Sub(now), false, "user")
	}
	return fits
}

// tooMany answers with 429.
func tooMany(w http.ResponseWriter, after time.Duration, global bool, scope string) {
	h := w.Header()
	h.Set("Retry-After", strconv.Itoa(int(math.Ceil(after.Seconds()))))
	if global {
		h.Set("X-RateLimit-Global", "true")
		scope = "global"
	}
	h.Set("X-RateLimit-Scope", scope)
	answer(w, http.StatusTooManyRequests, map[string]any{
		"message": "You are being rate limited.", "retry_after": math.Ceil(after.Seconds()*1000) / 1000, "global": global})
}
