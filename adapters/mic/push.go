package mic

import (
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// Handler takes calls that have the desk listen, as [Mic.Push] does: POST, with the
// token if there is one, else from this machine alone and from no page of the web.
func (m *Mic) Handler() http.Handler {
	return http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method != http.MethodPost:
			out.Header().Set("Allow", http.MethodPost)
			http.Error(out, "POST has the desk listen", http.StatusMethodNotAllowed)
		case !m.mayPush(r):
			http.Error(out, "that is not for you to do", http.StatusForbidden)
		case !m.Connected():
			http.Error(out, "the microphone is away", http.StatusServiceUnavailable)
		default:
			m.Push()
			out.WriteHeader(http.StatusAccepted)
		}
	})
}

// mayPush says whether a call may have the desk listen.
func (m *Mic) mayPush(r *http.Request) bool {
	if token := m.cfg.Push.Token.Reveal(); token != "" {
		given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		return ok && subtle.ConstantTimeCompare([]byte(given), []byte(token)) == 1
	}
	// A page of the web may have a browser call this machine, by its name or another.
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && from.Addr().Unmap().IsLoopback() && r.Header.Get("Origin") == "" && r.Header.Get("Sec-Fetch-Site") == "" && isLocal(r.Host)
}

// isLocal says whether a host, with or without a port, is a name of this machine alone.
func isLocal(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.Trim(host, "[]")
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}
