package remote

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/cenkalti/backoff/v5"
)

const (
	// A request that failed in a way that may pass is sent again, maxTries times
	// in all and within retryWithin.
	maxTries    = 5
	retryWithin = 2 * time.Minute
	firstPause  = 200 * time.Millisecond
	// maxEntry is how many bytes of an answer one number takes at most, and
	// maxRest what else there may be.
	maxEntry = 32
	maxRest  = 1 << 20
	// maxSaid is how many characters of a server's own words are shown.
	maxSaid = 200
)

// ErrRefused says that the server did not take this very text, as when it is too
// long for the model. It may take others.
var ErrRefused = errors.New("the text was refused")

// newClient follows no redirect, as the key would go with it, and takes a proxy
// from the environment ($HTTPS_PROXY, $NO_PROXY).
func newClient() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 8,
			DialContext:     (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
			IdleConnTimeout: 90 * time.Second, TLSHandshakeTimeout: 10 * time.Second,
			MaxResponseHeaderBytes: 64 << 10,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// send asks for the vectors of a batch, again where that may help.
func (m *Model) send(ctx context.Context, texts []string) ([][]float32, error) {
	body, err := json.Marshal(question{m.config.Model, texts, "float", m.config.Dimensions})
	if err != nil {
		return nil, fmt.Errorf("asking for vectors: %w", err)
	}
	pause := backoff.NewExponentialBackOff() // with jitter
	pause.InitialInterval = m.pause
	var last error
	vectors, err := backoff.Retry(ctx, func() (vectors [][]float32, err error) {
		vectors, again, err := m.once(ctx, body, len(texts))
		last = err
		switch {
		case err == nil:
			return vectors, nil
		case again < 0, late(ctx, again):
			return nil, backoff.Permanent(err)
		case again > 0:
			return nil, &backoff.RetryAfterError{Duration: again}
		}
		return nil, err
	}, backoff.WithBackOff(pause), backoff.WithMaxTries(maxTries), backoff.WithMaxElapsedTime(retryWithin))
	if err != nil {
		return nil, cmp.Or(last, err)
	}
	if err := m.settle(len(vectors[0])); err != nil {
		return nil, err
	}
	return vectors, nil
}

// late says whether a pause would outlast ctx.
func late(ctx context.Context, pause time.Duration) bool {
	deadline, ok := ctx.Deadline()
	return ok && time.Until(deadline) <= pause
}

// never is a pause after which nothing would be any better.
const never time.Duration = -1

// once asks once. After an error, again is how long to wait before the next try:
// 0 for as long as we like, negative for never.
func (m *Model) once(ctx context.Context, body []byte, n int) (vectors [][]float32, again time.Duration, err error) {
	timed, cancel := context.WithTimeout(ctx, m.config.Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(timed, http.MethodPost, m.endpoint.String(), bytes.NewReader(body))
	if err != nil {
		return nil, never, m.fault(err.Error(), "write url: with the address of the API")
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", "frontdesk")
	if !m.config.APIKey.IsZero() {
		request.Header.Set("Authorization", "Bearer "+m.config.APIKey.Reveal())
	}
	response, err := m.http.Do(request)
	if err != nil {
		return nil, 0, m.broken(ctx, timed, err)
	}
	defer response.Body.Close()
	most := int64(maxRest + n*cmp.Or(m.Dim(), maxDimensions)*maxEntry)
	if response.StatusCode != http.StatusOK {
		most = maxRest
	}
	got, err := io.ReadAll(io.LimitReader(response.Body, most+1))
	if err != nil {
		return nil, 0, m.broken(ctx, timed, err)
	}
	if response.StatusCode != http.StatusOK {
		again, err = m.refused(response, got)
		return nil, again, err
	}
	if int64(len(got)) > most {
		return nil, never, m.fault(fmt.Sprintf("it answers more than %d MiB", most>>20), "is url: the address of an API for embeddings?")
	}
	if isPage(response, got) {
		return nil, never, m.fault("it answers a web page", "write url: with the address of the API; it mostly ends in /v1")
	}
	if vectors, err = read(got, n); err != nil {
		return nil, never, m.fault("it gives "+err.Error(), "does the model there embed texts? Its log may say more")
	}
	return vectors, 0, nil
}

// refused says why there is no answer but a status, and when to ask again.
func (m *Model) refused(r *http.Response, body []byte) (again time.Duration, err error) {
	what := "it answers " + strconv.Itoa(r.StatusCode) + " " + http.StatusText(r.StatusCode)
	if said := m.said(r, body); said != "" {
		what += ": " + said
	}
	switch status := r.StatusCode; {
	case status == http.StatusTooManyRequests:
		return retryAfter(r.Header), m.fault(what, "it takes so many requests at a time only, or the account there is used up")
	case status >= 500:
		return retryAfter(r.Header), m.fault(what, "its log may say more")
	case status >= 300 && status < 400:
		return never, m.fault(what+", to "+place(r), "write the address to which it has moved as url:")
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return never, m.fault(what, "write api_key: under embedding: remote: as ${env:NAME} or ${file:path}, with a key that is good there")
	case status == http.StatusNotFound, status == http.StatusMethodNotAllowed:
		return never, m.fault(what, "is the model there under this name, and does url: end as the API's address does, mostly in /v1?")
	case status == http.StatusBadRequest, status == http.StatusRequestEntityTooLarge, status == http.StatusUnprocessableEntity:
		return never, fmt.Errorf("%w: %w", ErrRefused, m.fault(what, "a smaller batch: may help, or a server that cuts long texts (auto-truncate)"))
	}
	return never, m.fault(what, "is url: the address of an API for embeddings?")
}

// broken says why there is no answer at all. One that was called off is just that.
func (m *Model) broken(ctx, timed context.Context, err error) error {
	if e := (*url.Error)(nil); errors.As(err, &e) {
		err = e.Err // without the URL, which stands before it
	}
	switch {
	case errors.Is(context.Cause(ctx), context.Canceled):
		return fmt.Errorf("asking %s: %w", m.endpoint, ctx.Err())
	case ctx.Err() != nil:
		return fmt.Errorf("%w (%w)", m.fault("it did not answer in time", "query_timeout: under embedding: remote: says how long a question waits"), ctx.Err())
	case timed.Err() != nil:
		return m.fault("it did not answer within "+m.config.Timeout.String(), "write a longer timeout: or a smaller batch: under embedding: remote:")
	}
	return m.fault(m.redactor.Redact(err.Error()), "is the server running, and url: right?")
}

// fault says what is wrong with the model, and what to do about it.
func (m *Model) fault(what, do string) error {
	return fmt.Errorf("the embedding model at %s: %s; %s", m.endpoint, what, do)
}

// said gives the server's own words, quoted; what in them is no text is left out.
func (m *Model) said(r *http.Response, body []byte) string {
	if isPage(r, body) {
		return "a web page"
	}
	text := string(body)
	var e struct {
		Error   json.RawMessage `json:"error"`
		Message string          `json:"message"`
		Detail  json.RawMessage `json:"detail"`
	}
	if json.Unmarshal(body, &e) == nil {
		var inner struct {
			Message string `json:"message"`
		}
		var plain string
		switch {
		case json.Unmarshal(e.Error, &inner) == nil && inner.Message != "":
			text = inner.Message
		case json.Unmarshal(e.Error, &plain) == nil && plain != "":
			text = plain
		case e.Message != "":
			text = e.Message
		case json.Unmarshal(e.Detail, &plain) == nil && plain != "":
			text = plain
		}
	}
	return quoted(m.redactor.Redact(text))
}

// quoted shows a text of a stranger on one line and not too long.
func quoted(text string) string {
	text = strings.ToValidUTF8(text, "")
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	if runes := []rune(text); len(runes) > maxSaid {
		text = string(runes[:maxSaid]) + "…"
	}
	if text == "" {
		return ""
	}
	return strconv.Quote(text)
}

// place gives where a redirect leads, without what may be secret in it.
func place(r *http.Response) string {
	to, err := r.Location()
	if err != nil {
		return "nowhere"
	}
	return quoted((&url.URL{Scheme: to.Scheme, Host: to.Host, Path: to.Path}).String())
}

// isPage says whether a body is HTML.
func isPage(r *http.Response, body []byte) bool {
	return strings.HasPrefix(r.Header.Get("Content-Type"), "text/html") || bytes.HasPrefix(bytes.TrimSpace(body), []byte("<"))
}

// retryAfter gives how long the server asks us to wait (RFC 9110, section
// 10.2.3); 0 where it does not say.
func retryAfter(h http.Header) time.Duration {
	written := h.Get("Retry-After")
	if seconds, err := strconv.ParseUint(written, 10, 32); err == nil {
		return max(firstPause, time.Duration(seconds)*time.Second)
	}
	if t, err := http.ParseTime(written); err == nil {
		return max(firstPause, time.Until(t))
	}
	return 0
}
