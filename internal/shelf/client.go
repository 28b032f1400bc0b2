package shelf

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"frontdesk/internal/secret"
)

// maxRedirects bounds how often one request is sent elsewhere. Hugging Face sends
// large files to another host once, GitHub twice.
const maxRedirects = 5

// patience is how long a pull waits for what.
type patience struct {
	connect time.Duration // for a connection, and for an answer to begin
	stall   time.Duration // in which at least so many bytes must come
	least   int64
	tries   int // in a row that bring the download no further
	first   time.Duration
	most    time.Duration // between two tries
}

func usualPatience() patience {
	return patience{connect: 30 * time.Second, stall: time.Minute, least: 16 << 10, tries: 6, first: time.Second, most: 30 * time.Second}
}

// newClient makes the client of one pull. It goes through the proxies that the
// environment names.
func newClient(source *url.URL, token secret.String, p patience) *http.Client {
	t := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: p.connect}).DialContext,
		TLSHandshakeTimeout:   p.connect,
		ResponseHeaderTimeout: p.connect,
		IdleConnTimeout:       p.connect,
		DisableCompression:    true, // we count and hash what is on the wire
		ForceAttemptHTTP2:     true,
	}
	return &http.Client{Transport: withToken{t, source, token}, CheckRedirect: checkRedirect}
}

// checkRedirect follows where a source keeps its files, but never from a
// connection that nobody can read or change to one that others can.
func checkRedirect(req *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return redirectError(fmt.Sprintf("sent elsewhere more than %d times", maxRedirects))
	}
	if via[0].URL.Scheme == "https" && req.URL.Scheme != "https" {
		return redirectError("sent from https:// to an address that is not")
	}
	return nil
}

// A redirectError says why a redirect was not followed.
type redirectError string

func (e redirectError) Error() string { return string(e) }

// withToken adds the token to requests to the source, and to none elsewhere:
// http.Client would keep a header on the way to a sub-domain.
type withToken struct {
	next   *http.Transport
	source *url.URL
	token  secret.String
}

func (t withToken) RoundTrip(req *http.Request) (*http.Response, error) {
	if !t.token.IsZero() && req.URL.Scheme == t.source.Scheme && hostPort(req.URL) == hostPort(t.source) {
		req = req.Clone(req.Context())
		req.Header.Set("Authorization", "Bearer "+t.token.Reveal())
	}
	return t.next.RoundTrip(req)
}

// CloseIdleConnections lets the client close what it keeps open.
func (t withToken) CloseIdleConnections() { t.next.CloseIdleConnections() }
