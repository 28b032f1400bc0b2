package webhook

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"frontdesk/bot"

	"code.dny.dev/ssrf"
	"github.com/cenkalti/backoff/v5"
)

// firstPause is before the second attempt; the next ones are longer.
const firstPause = 200 * time.Millisecond

// again are the statuses after which a request may be sent again: nothing was
// done, and something may be later (RFC 9110, section 15; RFC 6585; RFC 8470).
var again = []int{
	http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests,
	http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout,
}

// A request is what one call sends, as often as it is sent.
type request struct {
	url    *url.URL
	header http.Header
	body   []byte
}

// An answer is what came back.
type answer struct {
	status int
	body   []byte
	cut    bool
}

// request puts the values into their places. Refused says, to the person who
// gave the command, why one cannot be used.
func (r *runner) request(c bot.Call) (req request, refused string) {
	if req.url, refused = r.address.expand(c); refused != "" {
		return req, refused
	}
	if req.header, refused = r.headers.expand(c); refused != "" {
		return req, refused
	}
	if req.body, refused = r.body.expand(c); refused != "" {
		return req, refused
	}
	if r.body.contentType != "" {
		req.header.Set("Content-Type", r.body.contentType)
	}
	if r.idempotent {
		req.header.Set("Idempotency-Key", key(c))
	}
	if req.header.Get("User-Agent") == "" {
		req.header.Set("User-Agent", "frontdesk")
	}
	return req, ""
}

// key gives the idempotency key of a call.
func key(c bot.Call) string {
	if c.Key == "" {
		return rand.Text() // it cannot come again, and its attempts share this one
	}
	id := ""
	if c.Entry != nil {
		id = c.Entry.ID
	}
	// The lengths keep one text from running into the next.
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s %d %s %s", len(c.Base), c.Base, len(id), id, c.Key))
	return hex.EncodeToString(sum[:16])
}

// errAgain says that the server wants to be asked again.
var errAgain = errors.New("the server wants to be asked again")

// send sends the request, again where it may be, and gives the last answer.
func (r *runner) send(ctx context.Context, req request) (answer, error) {
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval = firstPause
	got, err := backoff.Retry(ctx, func() (answer, error) {
		got, wait, err := r.once(ctx, req)
		switch {
		case err != nil && isPermanent(err):
			return got, backoff.Permanent(err)
		case err != nil:
			return got, err
		case !slices.Contains(again, got.status) || r.expects(got.status):
			return got, nil
		case wait > 0:
			return got, &backoff.RetryAfterError{Duration: wait}
		}
		return got, errAgain
	}, backoff.WithBackOff(pause), backoff.WithMaxTries(uint(r.retries)+1), backoff.WithMaxElapsedTime(r.timeout))
	if got.status != 0 && (errors.Is(err, errAgain) || errors.As(err, new(*backoff.RetryAfterError))) {
		return got, nil
	}
	return got, err
}

// once sends the request once. Wait is how long the server asks us to.
func (r *runner) once(ctx context.Context, req request) (got answer, wait time.Duration, err error) {
	out, err := http.NewRequestWithContext(ctx, r.method, req.url.String(), bytes.NewReader(req.body))
	if err != nil {
		return answer{}, 0, err
	}
	out.Header = req.header.Clone()
	resp, err := r.client.Do(out)
	if err != nil {
		return answer{}, 0, err
	}
	defer resp.Body.Close()
	got.status = resp.StatusCode
	if !r.expects(got.status) || r.mapping.IsZero() {
		return got, retryAfter(resp.Header), nil
	}
	got.body, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if len(got.body) > maxAnswer {
		got.body, got.cut = got.body[:maxAnswer], true
	}
	if err != nil {
		return answer{}, 0, fmt.Errorf("reading the answer: %w", err)
	}
	return got, 0, nil
}

// retryAfter gives how long the server asks us to wait (RFC 9110, section
// 10.2.3), and at least our own first pause; 0 where it does not say.
func retryAfter(h http.Header) time.Duration {
	written := h.Get("Retry-After")
	if written == "" {
		return 0
	}
	if seconds, err := strconv.ParseUint(written, 10, 32); err == nil {
		return max(firstPause, time.Duration(seconds)*time.Second)
	}
	if t, err := http.ParseTime(written); err == nil {
		return max(firstPause, time.Until(t))
	}
	return 0
}

// failure says why no answer came: in a few words to the person who asked, and
// in full to whoever runs the desk.
func (r *runner) failure(ctx context.Context, err error) bot.Result {
	if e := (*url.Error)(nil); errors.As(err, &e) {
		err = e.Err // without the URL
	}
	result := bot.Result{Failed: true, Warning: r.redactor.Redact(err.Error())}
	var dns *net.DNSError
	switch redirect := redirectError(""); {
	case context.Cause(ctx) == errTimeout:
		result.Problem = fmt.Sprintf("it took longer than %s and was stopped", r.timeout)
	case ctx.Err() != nil:
		result.Problem = "it was stopped before it had finished"
	case errors.As(err, &redirect):
		result.Problem = redirect.Error()
	case errors.Is(err, ssrf.ErrProhibitedIP), errors.Is(err, ssrf.ErrProhibitedNetwork):
		result.Problem = "the server has a private address, which is not allowed"
	case errors.As(err, &dns):
		result.Problem = "the name of the server is not known"
	case errors.As(err, new(*tls.CertificateVerificationError)):
		result.Problem = "the server could not prove that it is the right one"
	default:
		result.Problem = "the server could not be reached"
	}
	return result
}
