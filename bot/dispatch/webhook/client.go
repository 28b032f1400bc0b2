package webhook

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"code.dny.dev/ssrf"
)

const (
	maxRedirects       = 3
	maxResponseHeaders = 64 << 10 // bytes
)

// guard lets connections through to public addresses only.
var guard = ssrf.New(ssrf.WithAnyPort(), ssrf.WithDeniedV4Prefixes(
	// What Azure calls its wire server stands among the public addresses, and
	// answers every machine there.
	netip.MustParsePrefix("168.63.129.16/32"),
))

// dialer reaches the addresses that are allowed. What it looks at is the address
// that is dialled, whatever the name meant before.
func (c *checker) dialer(s settings, a address) *net.Dialer {
	dialer := &net.Dialer{}
	if !s.AllowPrivate {
		dialer.Control = guard.Safe
		if a.base != nil && isPrivate(a.base.Hostname()) {
			c.Fault(s.URL.Node, "the URL leads to a private address", "write allow_private: true if this is meant")
		}
	}
	return dialer
}

// transport makes the connections. They are not kept: commands are rare, and
// the next one may be of another base.
func (c *checker) transport(s settings, dialer *net.Dialer) *http.Transport {
	t := &http.Transport{
		DialContext:            dialer.DialContext,
		DisableKeepAlives:      true,
		ForceAttemptHTTP2:      true,
		MaxResponseHeaderBytes: maxResponseHeaders,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: c.authorities(s.TLS.CA)},
	}
	if s.Proxy.Value {
		t.Proxy = http.ProxyFromEnvironment
		if !s.AllowPrivate {
			c.Fault(s.Proxy.Node, "behind a proxy nobody can see where a request goes", "write allow_private: true as well, or remove the key")
		}
	}
	return t
}

// isPrivate says whether a host is seen to be one without asking for its
// address.
func isPrivate(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return guard.SafeAddr(ip.Unmap()) != nil
	}
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	return host == "localhost" || strings.HasSuffix(host, ".localhost") // RFC 6761, section 6.3
}

// A redirectError says why a redirect is not followed.
type redirectError string

func (e redirectError) Error() string { return string(e) }

// newClient makes the client of a runner.
func (r *runner) newClient(s *signing, t *http.Transport) *http.Client {
	return &http.Client{
		Transport: signer{s, t},
		CheckRedirect: func(req *http.Request, via []*http.Request) error {
			req.Header.Del("Referer") // it may hold secrets, and nobody needs it
			first := via[0]
			switch {
			case len(r.expect) > 0 && r.expects(req.Response.StatusCode):
				return http.ErrUseLastResponse
			case len(via) > maxRedirects:
				return redirectError("the server redirects for ever")
			case !sameHost(first.URL, req.URL):
				return redirectError("the server redirects to another one, which is not allowed")
			case req.Method != first.Method && req.Response.StatusCode != http.StatusSeeOther:
				return redirectError("the server has moved, and would not be told what to do at its new place")
			}
			return nil
		},
	}
}

// sameHost says whether a redirect stays where it was, but that http may become
// https.
func sameHost(from, to *url.URL) bool {
	if from.Hostname() != to.Hostname() || to.User != nil {
		return false
	}
	return from.Scheme == to.Scheme && port(from) == port(to) ||
		from.Scheme == "http" && to.Scheme == "https" && port(from) == "80" && port(to) == "443"
}

func port(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	}
	return "80"
}

// isPermanent says whether an error will be the same at the next attempt.
func isPermanent(err error) bool {
	var dns *net.DNSError
	return errors.Is(err, ssrf.ErrProhibitedIP) || errors.As(err, new(redirectError)) ||
		errors.As(err, new(*tls.CertificateVerificationError)) ||
		errors.As(err, &dns) && dns.IsNotFound
}
