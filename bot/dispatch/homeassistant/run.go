package homeassistant

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"frontdesk/bot"
	"frontdesk/bot/dispatch"
	"frontdesk/internal/secret"
	"frontdesk/knowledge"
)

var errTimeout = errors.New("its time is over")

// A request is what is sent.
type request struct {
	method, url string
	body        []byte // nil for none
}

func (r *runner) Slots() []string { return r.slots }

// Preview gives the request.
func (r *runner) Preview(c bot.Call) string {
	req, refused := r.request(c, dispatch.JSON.Show, knowledge.Text.Show)
	if refused != "" {
		return "refuse: " + refused
	}
	out := req.method + " " + req.url + "\nAuthorization: Bearer " + secret.Hidden
	if req.body != nil {
		out += "\n" + string(req.body)
	}
	return out
}

// request puts the values into their places. Refused says, to the person who
// gave the command, why one cannot be used.
func (r *runner) request(c bot.Call, expand func(dispatch.JSON, bot.Call) ([]byte, string),
	write func(knowledge.Text, func(string) string) string) (req request, refused string) {
	value := func(slot string) string { return c.Slots[slot].Canonical }
	req = request{method: http.MethodPost}
	var body any
	switch r.does {
	case state:
		id := r.text.Expand(value)
		if !r.id.MatchString(id) {
			return req, noID(id)
		}
		req.method, req.url = http.MethodGet, r.client.address("", "states", id)
		return req, ""
	case conversation:
		said := write(r.text, value)
		if !utf8.ValidString(said) || strings.TrimSpace(said) == "" {
			return req, "there is nothing to hand over"
		}
		req.url = r.client.address("", "conversation", "process")
		body = r.with("text", said)
		if id := r.client.conversations.Get(r.conversation(c)); id != nil {
			body.(map[string]any)["conversation_id"] = id.Value()
		}
	default:
		fields, refused := r.expand(c, expand)
		if refused != "" {
			return req, refused
		}
		if r.does == intent {
			req.url = r.client.address("", "intent", "handle")
			body = r.with("name", r.name, "data", fields)
			break
		}
		domain, name, _ := strings.Cut(r.name, ".")
		query := ""
		if r.response {
			query = "return_response"
		}
		req.url, body = r.client.address(query, "services", domain, name), fields
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(body); err != nil {
		return req, "a value holds characters that cannot be sent"
	}
	if req.body = bytes.TrimSpace(b.Bytes()); len(req.body) > maxSent {
		return req, fmt.Sprintf("a value is too long: no more than %d bytes can be sent", maxSent)
	}
	return req, ""
}

// with gives what is sent always, with more.
func (r *runner) with(pairs ...any) map[string]any {
	out := map[string]any{}
	for k, v := range r.fixed {
		out[k] = v
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		out[pairs[i].(string)] = pairs[i+1]
	}
	return out
}

// conversation names a conversation of ours with an agent.
func (r *runner) conversation(c bot.Call) string {
	agent, _ := r.fixed["agent_id"].(string)
	return agent + "\x00" + c.Base + "\x00" + c.Conversation
}

// expand gives the keys that are sent, with their values.
func (r *runner) expand(c bot.Call, expand func(dispatch.JSON, bot.Call) ([]byte, string)) (map[string]json.RawMessage, string) {
	out := map[string]json.RawMessage{}
	aimed, wanted := false, false
	for _, f := range r.fields {
		wanted = wanted || f.id != nil
		if !has(c, f.slots) {
			continue
		}
		for _, id := range f.ids {
			if v := id.text.Expand(func(slot string) string { return c.Slots[slot].Canonical }); len(id.slots) > 0 && !f.id.MatchString(v) {
				return nil, noID(v)
			}
		}
		aimed = aimed || f.id != nil
		value, refused := expand(f.json, c)
		if refused == "" && f.multiply != 0 {
			value, refused = multiplied(value, f.multiply)
		}
		if refused != "" {
			return nil, refused
		}
		out[f.key] = value
	}
	if wanted && !aimed {
		return nil, "it is not said which device is meant"
	}
	return out, ""
}

func noID(value string) string {
	const longest = 40 // bytes that are shown
	if len(value) > longest {
		value = strings.ToValidUTF8(value[:longest], "") + "…"
	}
	return fmt.Sprintf("%q is no single thing that Home Assistant has", strings.ToValidUTF8(value, string(utf8.RuneError)))
}

// multiplied multiplies a number, which may be written as a text. What is lost
// beyond 12 digits is no loss but the trace of binary fractions.
func multiplied(value json.RawMessage, by float64) (json.RawMessage, string) {
	f, err := strconv.ParseFloat(strings.Trim(string(value), `"`), 64)
	if err != nil || math.IsInf(f*by, 0) || math.IsNaN(f*by) {
		return nil, "a value is no number"
	}
	f, err = strconv.ParseFloat(strconv.FormatFloat(f*by, 'g', 12, 64), 64)
	if err != nil {
		return nil, "a value is no number"
	}
	return json.RawMessage(strconv.FormatFloat(f, 'f', -1, 64)), ""
}

// Run sends the request and reads the answer.
func (r *runner) Run(ctx context.Context, c bot.Call) (bot.Result, error) {
	req, refused := r.request(c, dispatch.JSON.Expand, knowledge.Text.Expand)
	if refused != "" {
		return bot.Result{Failed: true, Problem: refused}, nil
	}
	ctx, cancel := context.WithTimeoutCause(ctx, r.timeout, errTimeout)
	defer cancel()
	status, answer, err := r.client.send(ctx, req)
	if err != nil {
		return r.failure(ctx, err), nil
	}
	if status != http.StatusOK && status != http.StatusCreated {
		return r.refusal(status, answer), nil
	}
	return r.read(ctx, c, answer)
}

// send sends a request and gives what comes back.
func (c *Client) send(ctx context.Context, req request) (status int, answer []byte, err error) {
	out, err := http.NewRequestWithContext(ctx, req.method, req.url, bytes.NewReader(req.body))
	if err != nil {
		return 0, nil, err
	}
	out.Header.Set("Authorization", "Bearer "+c.token.Reveal())
	if req.body != nil {
		out.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.http.Do(out)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	answer, err = io.ReadAll(io.LimitReader(resp.Body, maxGot+1))
	if err != nil {
		return 0, nil, fmt.Errorf("reading the answer: %w", err)
	}
	if len(answer) > maxGot {
		return 0, nil, fmt.Errorf("the answer is larger than %d MiB", maxGot>>20)
	}
	return resp.StatusCode, answer, nil
}

// failure says why no answer came: in a few words to the person who asked, and
// in full to whoever runs the desk.
func (r *runner) failure(ctx context.Context, err error) bot.Result {
	if e := (*url.Error)(nil); errors.As(err, &e) {
		err = e.Err // without the URL
	}
	result := bot.Result{Failed: true, Warning: r.client.redactor.Redact("Home Assistant: " + err.Error())}
	switch {
	case errors.Is(context.Cause(ctx), errTimeout):
		result.Problem = fmt.Sprintf("Home Assistant took longer than %s", r.timeout)
	case ctx.Err() != nil:
		result.Problem = "it was stopped before Home Assistant had answered"
	case errors.As(err, new(*tls.CertificateVerificationError)):
		result.Problem = "Home Assistant could not prove that it is the right one"
		result.Warning += "; name the file of its certificate in homeassistant.ca"
	case errors.As(err, new(*net.OpError)):
		result.Problem = "Home Assistant could not be reached"
	default:
		result.Problem = "Home Assistant could not be understood"
	}
	return result
}
