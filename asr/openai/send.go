package openai

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"frontdesk/asr"
	"frontdesk/asr/audio"

	"github.com/cenkalti/backoff/v5"
)

const (
	// A request that failed in a way that may pass is sent again, maxTries times in
	// all: somebody waits for the answer.
	maxTries   = 3
	firstPause = 200 * time.Millisecond
	// maxAnswer bounds what a server says, in bytes.
	maxAnswer = 8 << 20
	// maxSaid is how many characters of a server's own words are shown.
	maxSaid = 200
)

// never is a pause after which nothing would be any better.
const never time.Duration = -1

// errPlain says that the answer can only be had without its details.
var errPlain = errors.New("verbose_json is not understood")

// newClient follows no redirect, as the key and the sound would go with it, and
// takes a proxy from the environment ($HTTPS_PROXY, $NO_PROXY).
func newClient() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: atOnce,
			DialContext:     (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
			IdleConnTimeout: 90 * time.Second, TLSHandshakeTimeout: 10 * time.Second,
			MaxResponseHeaderBytes: 64 << 10,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// ask sends a recording, again where that may help.
func (e *Engine) ask(ctx, timed context.Context, c asr.Clip, h asr.Hints) (answer, error) {
	if len(c.Samples) > maxSamples {
		return answer{}, e.fault(fmt.Sprintf("a recording of %v is too long to be sent", c.Duration()), "cut it into parts")
	}
	var wav bytes.Buffer
	if err := audio.WriteWAV(&wav, c); err != nil {
		return answer{}, err
	}
	pause := backoff.NewExponentialBackOff() // with jitter
	pause.InitialInterval = e.pause
	var last error
	a, err := backoff.Retry(timed, func() (answer, error) {
		a, again, err := e.once(ctx, timed, wav.Bytes(), h)
		if errors.Is(err, errPlain) {
			e.plain.Store(true)
			a, again, err = e.once(ctx, timed, wav.Bytes(), h)
		}
		last = err
		switch {
		case err == nil:
			return a, nil
		case again < 0, late(timed, again):
			return a, backoff.Permanent(err)
		case again > 0:
			return a, &backoff.RetryAfterError{Duration: again}
		}
		return a, err
	}, backoff.WithBackOff(pause), backoff.WithMaxTries(maxTries))
	if err != nil {
		return answer{}, cmp.Or(last, err)
	}
	return a, nil
}

// late says whether a pause would outlast ctx.
func late(ctx context.Context, pause time.Duration) bool {
	deadline, ok := ctx.Deadline()
	return ok && time.Until(deadline) <= pause
}

// once asks once. After an error, again is how long to wait before the next try:
// 0 for as long as we like, negative for never.
func (e *Engine) once(ctx, timed context.Context, wav []byte, h asr.Hints) (a answer, again time.Duration, err error) {
	plain := e.plain.Load()
	body, kind, err := e.form(wav, h, plain)
	if err != nil {
		return a, never, fmt.Errorf("sending a recording: %w", err)
	}
	request, err := http.NewRequestWithContext(timed, http.MethodPost, e.endpoint.String(), body)
	if err != nil {
		return a, never, e.fault(err.Error(), "write url: with the address of the API")
	}
	request.Header.Set("Content-Type", kind)
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", "frontdesk")
	if !e.config.APIKey.IsZero() {
		request.Header.Set("Authorization", "Bearer "+e.config.APIKey.Reveal())
	}
	response, err := e.http.Do(request)
	if err != nil {
		return a, 0, e.broken(ctx, err)
	}
	defer response.Body.Close()
	got, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil {
		return a, 0, e.broken(ctx, err)
	}
	switch {
	case !plain && unverbose(response, got):
		return a, never, errPlain
	case response.StatusCode != http.StatusOK:
		again, err = e.refused(response, got)
		return a, again, err
	case len(got) > maxAnswer:
		return a, never, e.fault(fmt.Sprintf("it answers more than %d MiB", maxAnswer>>20), "is url: the address of an API for speech?")
	case isPage(response, got):
		return a, never, e.fault("it answers a web page", "write url: with the address of the API; it mostly ends in /v1, and that of whisper.cpp's server in /inference")
	}
	if a, err = read(got); err != nil {
		var said *saidError
		if errors.As(err, &said) {
			return a, never, e.fault("it answers "+quoted(e.redactor.Redact(said.text)), "its log may say more")
		}
		return a, never, e.fault("it gives "+err.Error(), "does the model there recognise speech? Its log may say more")
	}
	return a, 0, nil
}

// form gives the fields of a request.
func (e *Engine) form(wav []byte, h asr.Hints, plain bool) (body *bytes.Buffer, kind string, err error) {
	body = &bytes.Buffer{}
	w := multipart.NewWriter(body)
	field := func(name, value string) {
		if err == nil && value != "" {
			err = w.WriteField(name, value)
		}
	}
	field("model", e.config.Model)
	format := "verbose_json"
	if plain {
		format = "json"
		if strings.HasPrefix(e.config.Model, "gpt-") {
			field("include[]", "logprobs") // which others do not know
		}
	}
	field("response_format", format)
	field("temperature", "0")
	language, _, _ := strings.Cut(h.Language, "-")
	field("language", strings.ToLower(language))
	field("prompt", prompt(h.Words))
	if err != nil {
		return nil, "", err
	}
	file, err := w.CreateFormFile("file", "speech.wav")
	if err != nil {
		return nil, "", err
	}
	if _, err := file.Write(wav); err != nil {
		return nil, "", err
	}
	if err := w.Close(); err != nil {
		return nil, "", err
	}
	return body, w.FormDataContentType(), nil
}

// unverbose says whether a server refuses to give details.
func unverbose(r *http.Response, body []byte) bool {
	return (r.StatusCode == http.StatusBadRequest || r.StatusCode == http.StatusUnprocessableEntity) &&
		(bytes.Contains(body, []byte("response_format")) || bytes.Contains(body, []byte("verbose_json")))
}

// refused says why there is no answer but a status, and when to ask again.
func (e *Engine) refused(r *http.Response, body []byte) (again time.Duration, err error) {
	what := "it answers " + strconv.Itoa(r.StatusCode) + " " + http.StatusText(r.StatusCode)
	if said := e.said(r, body); said != "" {
		what += ": " + said
	}
	switch status := r.StatusCode; {
	case status == http.StatusTooManyRequests:
		return retryAfter(r.Header), e.fault(what, "it takes so many requests at a time only, or the account there is used up")
	case status >= 500:
		return retryAfter(r.Header), e.fault(what, "its log may say more")
	case status >= 300 && status < 400:
		return never, e.fault(what+", to "+place(r), "write the address to which it has moved as url:")
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return never, e.fault(what, "write api_key: under speech: openai: as ${env:NAME} or ${file:path}, with a key that is good there")
	case status == http.StatusNotFound, status == http.StatusMethodNotAllowed:
		return never, e.fault(what, "is the model there under this name, and does url: end as the API's address does, mostly in /v1?")
	case status == http.StatusRequestEntityTooLarge:
		return never, e.fault(what, "it takes shorter recordings only; a proxy before it may have a bound of its own")
	}
	return never, e.fault(what, "is url: the address of an API for speech, and model: a model for it?")
}

// broken says why there is no answer at all. One that was called off is just that.
func (e *Engine) broken(ctx context.Context, err error) error {
	if u := (*url.Error)(nil); errors.As(err, &u) {
		err = u.Err // without the URL, which stands before it
	}
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("asking %s: %w", e.endpoint, context.Cause(ctx))
	case errors.Is(err, context.DeadlineExceeded):
		return e.fault("it did not answer within "+e.config.Timeout.String(), "write a longer timeout: under speech: openai:")
	}
	return e.fault(e.redactor.Redact(err.Error()), "is the server running, and url: right?")
}

// fault says what is wrong with the server, and what to do about it.
func (e *Engine) fault(what, do string) error {
	return fmt.Errorf("the speech model at %s: %s; %s", e.endpoint, what, do)
}

// said gives the server's own words, quoted; what in them is no text is left out.
func (e *Engine) said(r *http.Response, body []byte) string {
	if isPage(r, body) {
		return "a web page"
	}
	text := string(body)
	if said := errorIn(body); said != "" {
		text = said
	}
	return quoted(e.redactor.Redact(text))
}

// errorIn gives the words of an error in JSON, in the ways that servers have; "" for
// none.
func errorIn(body []byte) string {
	var e struct {
		Error   json.RawMessage `json:"error"`
		Message string          `json:"message"`
		Detail  json.RawMessage `json:"detail"`
	}
	if json.Unmarshal(body, &e) != nil {
		return ""
	}
	var inner struct {
		Message string `json:"message"`
	}
	var plain string
	switch {
	case json.Unmarshal(e.Error, &inner) == nil && inner.Message != "":
		return inner.Message
	case json.Unmarshal(e.Error, &plain) == nil && plain != "":
		return plain
	case e.Message != "":
		return e.Message
	case json.Unmarshal(e.Detail, &plain) == nil:
		return plain
	}
	return ""
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
