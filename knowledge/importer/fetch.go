package importer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// agent is the name by which sites know us, in their robots.txt too.
const agent = "frontdesk-import"

const (
	maxHops    = 5
	maxWait    = time.Minute // that a server may ask for before it is asked once more
	maxHeaders = 64 << 10
)

// A FetchConfig bounds what is fetched. A number that is not positive stands
// for that of [DefaultFetchConfig].
type FetchConfig struct {
	Pages    int           // pages of a site
	PageSize int64         // bytes of one page, unpacked
	Size     int64         // bytes of all pages
	PageTime time.Duration // for one page
	Time     time.Duration // for all requests, with the pauses between them
	Pause    time.Duration // between two requests; a site may ask for more
	// Depth is how many links away from the first page a page may be. 0: that
	// page alone. Links are followed to the same host, below the first page's folder.
	Depth int
	// Told is called before each page is fetched: how many there were, and how
	// many are known by now. May be nil.
	Told func(address string, done, known int)
}

// DefaultFetchConfig is polite to a small server: a page a second.
func DefaultFetchConfig() FetchConfig {
	return FetchConfig{Pages: 500, PageSize: 20 << 20, Size: 64 << 20, PageTime: 30 * time.Second, Time: 30 * time.Minute, Pause: time.Second}
}

// A Fetcher fetches what a person named: a page, a file, or the pages of a
// site. It keeps to robots.txt (RFC 9309), stays on the host, and makes one
// request after the other. A Fetcher is for one call of [Fetcher.Open] at a time.
type Fetcher struct {
	c      FetchConfig
	client *http.Client
	site   *url.URL // whose host is the one that is read; nil before the first request
	rules  *rules
	public bool // whether an address of the open network was reached
	last   time.Time
}

// NewFetcher makes a Fetcher.
func NewFetcher(c FetchConfig) *Fetcher {
	d := DefaultFetchConfig()
	c.Pages, c.PageSize, c.Size = or(c.Pages, d.Pages), or(c.PageSize, d.PageSize), or(c.Size, d.Size)
	c.PageTime, c.Time, c.Pause = or(c.PageTime, d.PageTime), or(c.Time, d.Time), or(c.Pause, d.Pause)
	f := &Fetcher{c: c}
	dialer := &net.Dialer{Timeout: c.PageTime, ControlContext: f.control}
	f.client = &http.Client{
		CheckRedirect: f.redirect,
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, DialContext: dialer.DialContext, MaxConnsPerHost: 1,
			TLSHandshakeTimeout: c.PageTime, ResponseHeaderTimeout: c.PageTime, MaxResponseHeaderBytes: maxHeaders,
		},
	}
	return f
}

func or[T int | int64 | time.Duration](n, otherwise T) T {
	if n > 0 {
		return n
	}
	return otherwise
}

var errPrivate = errors.New("a site of the open network leads into a private one")

// control is asked before each connection. A person may well import from their
// own machine or an intranet, so private addresses are no fault as such. But a
// site of the open network must not lead there, by a redirect or by a name that
// suddenly means another address: it would have us read what only we can reach.
func (f *Fetcher) control(_ context.Context, _, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("reading the address %q: %w", address, err)
	}
	switch {
	case !isPrivate(at.Addr()):
		f.public = true
	case f.public:
		return errPrivate
	}
	return nil
}

// carrier is the network that providers share among their customers (RFC 6598).
var carrier = netip.MustParsePrefix("100.64.0.0/10")

func isPrivate(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || a.IsUnspecified() || a.IsMulticast() || carrier.Contains(a)
}

// redirect allows what stays on the host and is not forbidden.
func (f *Fetcher) redirect(req *http.Request, via []*http.Request) error {
	switch {
	case len(via) > maxHops:
		return fmt.Errorf("it leads on more than %d times", maxHops)
	case !sameSite(f.site, req.URL):
		return fmt.Errorf("it leads to %s on another host; import that, if it is meant", req.URL.Redacted())
	case via[0].URL.Scheme == "https" && req.URL.Scheme != "https":
		return errors.New("it leads from https to http, where anybody can change it on its way")
	case f.rules != nil && !f.rules.allow(req.URL):
		return errRobots
	}
	return nil
}

// sameSite tells whether two addresses are of one host. The usual ports of http
// and https count as one.
func sameSite(a, b *url.URL) bool {
	port := func(u *url.URL) string {
		switch p := u.Port(); {
		case p == "80" && u.Scheme == "http", p == "443" && u.Scheme == "https":
			return ""
		default:
			return p
		}
	}
	return (b.Scheme == "http" || b.Scheme == "https") && strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

// A fetched thing is what a server gave.
type fetched struct {
	address     *url.URL // in the end
	status      int
	contentType string
	data        []byte
	wait        time.Duration // that the server asks for
}

// get fetches one thing, after a pause. limit bounds its bytes.
func (f *Fetcher) get(ctx context.Context, address *url.URL, limit int64) (*fetched, error) {
	for again := true; ; again = false {
		if err := f.pause(ctx); err != nil {
			return nil, err
		}
		got, err := f.once(ctx, address, limit)
		if err != nil {
			return nil, err
		}
		if busy := got.status == http.StatusTooManyRequests || got.status == http.StatusServiceUnavailable; !busy || !again || got.wait == 0 {
			return got, nil
		}
		if err := wait(ctx, got.wait); err != nil {
			return nil, err
		}
	}
}

func (f *Fetcher) once(ctx context.Context, address *url.URL, limit int64) (got *fetched, err error) {
	limited, cancel := context.WithTimeout(ctx, f.c.PageTime)
	defer cancel()
	defer func() {
		f.last = time.Now()
		if err != nil && limited.Err() != nil && ctx.Err() == nil {
			err = fmt.Errorf("it took longer than %v", f.c.PageTime)
		}
	}()
	req, err := http.NewRequestWithContext(limited, http.MethodGet, address.String(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", agent+" (knowledge import, started by a person)")
	req.Header.Set("Accept", "text/html, application/xhtml+xml, application/ld+json, */*;q=0.5")
	resp, err := f.client.Do(req)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) && ctx.Err() == nil {
			err = u.Err // The address is told by whoever shows it.
		}
		return nil, err
	}
	defer resp.Body.Close()
	got = &fetched{address: resp.Request.URL, status: resp.StatusCode, contentType: resp.Header.Get("Content-Type")}
	if s, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && s > 0 {
		got.wait = min(time.Duration(min(s, 3600))*time.Second, maxWait)
	}
	// What is packed is unpacked by the transport, and counted as it comes out.
	got.data, err = io.ReadAll(io.LimitReader(resp.Body, limit+1))
	switch {
	case int64(len(got.data)) > limit:
		return nil, fmt.Errorf("it is larger than %d KiB", limit>>10)
	case err != nil:
		return nil, fmt.Errorf("receiving it: %w", err)
	}
	if got.contentType == "" {
		got.contentType = http.DetectContentType(got.data)
	}
	return got, nil
}

// pause waits until the next request may be made.
func (f *Fetcher) pause(ctx context.Context) error {
	if f.last.IsZero() {
		return ctx.Err()
	}
	pause := f.c.Pause
	if f.rules != nil {
		pause = max(pause, f.rules.delay)
	}
	return wait(ctx, time.Until(f.last.Add(pause)))
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
