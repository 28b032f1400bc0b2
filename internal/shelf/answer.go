package shelf

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"frontdesk/internal/strictyaml"

	"github.com/cenkalti/backoff/v5"
)

// unreachable tells what another try may mend from what it does not.
func (d *download) unreachable(err error) error {
	if _, ok := errors.AsType[redirectError](err); ok {
		return permanent("%s: %w", shown(d.url), err)
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return permanent("%s: %w; where a proxy looks into what is sent, the system must trust its certificate", shown(d.url), err)
	}
	return fmt.Errorf("%s: %w", shown(d.url), err)
}

// answer looks at the head of an answer, and gives how many bytes the whole file
// has; 0 where nobody knows.
func (d *download) answer(resp *http.Response, n int64) (want int64, err error) {
	// First, lest a page that is none of the file's costs what has come of it.
	if err := d.strange(resp); err != nil {
		return 0, err
	}
	switch resp.StatusCode {
	case http.StatusOK:
		if n > 0 { // It knows no ranges, or the file is another one now.
			if err := d.begin(); err != nil {
				return 0, backoff.Permanent(err)
			}
			n = 0
		}
	case http.StatusPartialContent:
		from, total, ok := contentRange(resp.Header.Get("Content-Range"))
		if n == 0 || !ok || from != n || total > 0 && (total <= n || d.file.Bytes > 0 && total != d.file.Bytes) {
			if n == 0 {
				return 0, permanent("%s: the server sent a part of the file that nobody asked for", shown(d.url))
			}
			return 0, fmt.Errorf("%s: the server sent another part of the file: %w", shown(d.url), errAnew)
		}
		if tag := strongTag(resp); d.etag != "" && tag != "" && tag != d.etag {
			return 0, fmt.Errorf("%s: %w", shown(d.url), errAnew)
		}
		want, d.resumed = total, true
	case http.StatusRequestedRangeNotSatisfiable:
		if n > 0 {
			return 0, fmt.Errorf("%s: %w", shown(d.url), errAnew)
		}
		fallthrough
	default:
		return 0, d.refused(resp)
	}
	if resp.ContentLength > 0 && want == 0 {
		want = n + resp.ContentLength
	}
	switch {
	case want > d.limit:
		return 0, permanent("%s: the file has %d bytes, and no more than %d are taken", shown(d.url), want, d.limit)
	case d.file.Bytes > 0:
		want = d.file.Bytes
	case want == 0 && resp.ContentLength < 0 && len(resp.TransferEncoding) == 0 && resp.ProtoMajor == 1:
		// Such an answer ends where the connection does, and nobody knows why.
		return 0, permanent("%s: neither the server nor the catalogue says how long the file is", shown(d.url))
	}
	if n == 0 {
		d.etag = strongTag(resp)
		if err := d.tagged(d.etag); err != nil {
			return 0, backoff.Permanent(err)
		}
	}
	return want, nil
}

// strange says why an answer cannot be one with the file.
func (d *download) strange(resp *http.Response) error {
	if resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusPartialContent {
		return nil // another place says what that means
	}
	at := shown(d.url)
	encoding, kind := resp.Header.Get("Content-Encoding"), resp.Header.Get("Content-Type")
	switch {
	case encoding != "" && !strings.EqualFold(encoding, "identity"):
		return permanent("%s: the server sent the file encoded as %q, which nobody asked for; is there a proxy in between?", at, strictyaml.Shorten(encoding))
	case strings.HasPrefix(strings.ToLower(kind), "text/html"):
		return permanent("%s: the server sent a web page in the place of the file; is there a network or a proxy that wants a login?", at)
	case resp.ContentLength == 0:
		return permanent("%s: the server sent an empty file", at)
	case resp.StatusCode == http.StatusOK && d.file.Bytes > 0 && resp.ContentLength > 0 && resp.ContentLength != d.file.Bytes:
		return permanent("%s: the file has %d bytes there and %d in the catalogue", at, resp.ContentLength, d.file.Bytes)
	}
	return nil
}

// refused puts an answer that is none into words.
func (d *download) refused(resp *http.Response) error {
	text := fmt.Sprintf("%s: the server answered %d %s", shown(d.url), resp.StatusCode, http.StatusText(resp.StatusCode))
	switch code := resp.StatusCode; {
	case (code == http.StatusUnauthorized || code == http.StatusForbidden) && d.gated:
		return permanent("%s; is the token (models: token:) right, and has the licence been agreed to on the page of the model?", text)
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return permanent("%s; where the model is not open to everybody, give models: a token: in the configuration", text)
	case code == http.StatusNotFound || code == http.StatusGone:
		return permanent("%s: the file is not there; does a mirror lack it?", text)
	case code == http.StatusTooManyRequests || code == http.StatusRequestTimeout || code >= 500:
		err := errors.New(text)
		if s, ok := retryAfter(resp, time.Now()); ok {
			if s > 2*d.wait.most {
				return permanent("%s and asks to come back in %s", text, s.Round(time.Second))
			}
			return later{err, &backoff.RetryAfterError{Duration: s}}
		}
		return err
	}
	return permanent("%s", text)
}

// later is an error of a server that says when to ask again.
type later struct {
	error
	after *backoff.RetryAfterError
}

func (l later) Unwrap() []error { return []error{l.error, l.after} }

// permanent is an error that another try does not mend.
func permanent(format string, args ...any) error {
	return backoff.Permanent(fmt.Errorf(format, args...))
}

// shown gives an address as errors show it: what stands behind a ? may be a
// secret.
func shown(u *url.URL) string {
	c := *u
	c.User, c.RawQuery, c.Fragment = nil, "", ""
	return c.String()
}

// contentRange reads "bytes 5-9/10"; total is 0 where it is "*".
func contentRange(text string) (from, total int64, ok bool) {
	text, ok = strings.CutPrefix(text, "bytes ")
	span, all, found := strings.Cut(text, "/")
	begin, _, dash := strings.Cut(span, "-")
	from, err := strconv.ParseInt(begin, 10, 64)
	if !ok || !found || !dash || err != nil || from < 0 {
		return 0, 0, false
	}
	if all == "*" {
		return from, 0, true
	}
	total, err = strconv.ParseInt(all, 10, 64)
	return from, total, err == nil && total > 0
}

// strongTag gives the ETag of an answer if it stands for its very bytes.
func strongTag(resp *http.Response) string {
	tag := resp.Header.Get("ETag")
	if len(tag) < 2 || len(tag) > 200 || tag[0] != '"' || tag[len(tag)-1] != '"' {
		return ""
	}
	return tag
}

// retryAfter reads when a server wants to be asked again, RFC 9110, section
// 10.2.3.
func retryAfter(resp *http.Response, now time.Time) (time.Duration, bool) {
	text := resp.Header.Get("Retry-After")
	if s, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(s) * time.Second, true
	}
	t, err := http.ParseTime(text)
	return max(0, t.Sub(now)), err == nil
}
