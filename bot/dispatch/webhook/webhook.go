// Package webhook is the kind of command that sends a request to a web server.
//
//	commands:
//	  - id: lights-on
//	    say: "lights on in [the] {area}"
//	    slots: {area: {values: [kitchen, office]}}
//	    allow: {roles: [household]}
//	    run:
//	      webhook:
//	        url: "https://home.example/api/rooms/{area}/lights?by=desk"
//	        method: POST                    # the default; GET, HEAD, PUT, PATCH, DELETE
//	        headers: {X-Room: "{area}"}
//	        json: {state: "on", room: "{area}", level: 50}
//	        auth: {bearer: "${env:HOME_TOKEN}"}
//	        output: $.message               # default: none
//	    reply: The {area} lights are on.
//
// These settings may be added:
//
//	form: {room: "{area}"}       # instead of json:
//	body: "on {area}"            # instead of json:, with content_type: (text/plain)
//	numbers: false               # number slots are texts in json:
//	auth: {basic: {user: desk, password: "${file:password}"}}
//	sign: {secret: "${env:KEY}", header: X-Frontdesk-Signature, algorithm: hmac-sha256}
//	timeout: 10s                 # for all attempts together, at most 10m
//	output: text                 # none, text, or a path into the answer's JSON (RFC 9535)
//	output_limit: 4096           # bytes that are shown, at most 1 MiB
//	expect: [200, 204]           # default: 200 to 299
//	retries: 2                   # the default where a request may be repeated
//	idempotent: true             # a POST or PATCH may be repeated
//	allow_private: true
//	proxy: true                  # that of the environment; needs allow_private
//	tls: {ca: ca.pem}            # the only authorities that are trusted
//
// # Values
//
// A value takes the place of its slot and nothing more, whatever it holds. In
// the path and the query of the URL it is percent-encoded; it can stand neither
// before the path nor in a query's key, and one that would be no segment of a
// path, or several (empty, ".", "..", with a slash or a backslash), is refused.
// In json: and form: it is encoded, too. In a header line breaks and other
// control characters are refused, and so is white space at its ends, which HTTP
// does not carry; Cookie and Authorization hold no slots, for they have a
// structure of their own. In body: it is escaped where the content is XML, and
// otherwise only plain text may hold slots.
//
// In json: a text that is one slot and nothing else becomes a number where the
// slot is a number, a percentage or a duration (in seconds). Secrets stand as
// they are, as if they were written there.
//
// # Where a request goes
//
// To public addresses only, unless allow_private is true: no loopback, private,
// link-local or otherwise special address (the registries of IANA), which may
// be those of a cloud's metadata, a router, a database. The address is looked at
// when the connection is made, so that a name which means another one then is of
// no use. Proxies of the environment are ignored. Redirects are followed three
// times at most, to the same host, never from https to http, and never where a
// POST would become a GET, but for 303 See Other.
//
// # Repeating
//
// GET, HEAD, PUT and DELETE are sent again (twice, after 0.2 s and longer) when
// the connection fails or the server answers 408, 425, 429, 502, 503 or 504; it
// may ask for a pause with Retry-After, as long as there is time. With
// idempotent: true the others are, too, and every request carries an
// Idempotency-Key (draft-ietf-httpapi-idempotency-key-header) that is the same
// whenever the same message brings the same command again.
//
// # Signing
//
// With sign: a request carries the time in X-Frontdesk-Timestamp, in seconds
// since 1970, and in the header "sha256=" and the HMAC-SHA256, in hex, of
//
//	time "\n" method "\n" path and query, as in the request line "\n" body
//
// A server compares it in constant time, and takes no request whose time is long
// ago, nor one twice.
package webhook

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"

	"frontdesk/bot"
	"frontdesk/bot/dispatch"
	"frontdesk/internal/secret"
)

// maxAnswer bounds how much of an answer is read, in bytes.
const maxAnswer = 1 << 20

var errTimeout = errors.New("its time is over")

// A runner sends one request.
type runner struct {
	method     string
	address    address
	headers    headers
	body       body
	idempotent bool        // carries a key
	dialer     *net.Dialer // of the client
	client     *http.Client
	timeout    time.Duration
	retries    int
	expect     []int // empty for 200 to 299
	mapping    dispatch.Mapping
	limit      int
	slots      []string
	redactor   *secret.Redactor
}

func (r *runner) Slots() []string { return r.slots }

// Preview gives the request line, the headers that are written or secret, and
// the body.
func (r *runner) Preview(c bot.Call) string {
	if _, refused := r.request(c); refused != "" {
		return "refuse: " + refused
	}
	u, _ := r.address.expand(c)
	lines := []string{r.method + " " + r.redactor.Redact(u.String())}
	lines = append(lines, r.headers.show(c)...)
	if text := r.body.show(c); text != "" {
		lines = append(lines, printable(text))
	}
	return strings.Join(lines, "\n")
}

// printable gives a text as it stands where all of it can be seen.
func printable(text string) string {
	if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) && r != '\n' }) {
		return strconv.Quote(text)
	}
	return text
}

// Run sends the request and reads the answer.
func (r *runner) Run(ctx context.Context, c bot.Call) (bot.Result, error) {
	req, refused := r.request(c)
	if refused != "" {
		return bot.Result{Failed: true, Problem: refused}, nil
	}
	ctx, cancel := context.WithTimeoutCause(ctx, r.timeout, errTimeout)
	defer cancel()
	got, err := r.send(ctx, req)
	if err != nil {
		return r.failure(ctx, err), nil
	}
	if !r.expects(got.status) {
		return bot.Result{Failed: true, Problem: fmt.Sprintf("the server answered %d %s", got.status, http.StatusText(got.status))}, nil
	}
	// The server has done it; that its answer is not as the owner thought is
	// nothing that the person who asked can mend.
	if got.cut && !r.mapping.IsText() {
		return bot.Result{Warning: fmt.Sprintf("the answer is larger than %d bytes and was not read", maxAnswer)}, nil
	}
	output := dispatch.NewOutput(r.limit, r.redactor)
	result := bot.Result{}
	if err := r.mapping.Map(got.body, output); err != nil {
		result.Warning = err.Error()
	}
	result.Output = output.String()
	return result, nil
}

// expects says whether a status says that it was done.
func (r *runner) expects(status int) bool {
	if len(r.expect) == 0 {
		return status >= 200 && status <= 299
	}
	for _, s := range r.expect {
		if s == status {
			return true
		}
	}
	return false
}
