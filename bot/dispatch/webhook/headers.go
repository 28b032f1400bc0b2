package webhook

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/textproto"
	"slices"
	"strings"

	"frontdesk/bot"
	"frontdesk/internal/secret"
	"frontdesk/internal/strictyaml"
	"frontdesk/knowledge"

	"golang.org/x/net/http/httpguts"
)

// maxHeader bounds one header's value, in bytes; servers commonly take 8 KiB.
const maxHeader = 8000

// ownHeaders are set by us or by HTTP itself, with what to write instead.
var ownHeaders = map[string]string{
	"Host":              "it follows from url:",
	"Content-Length":    "it follows from the body",
	"Transfer-Encoding": "it follows from the body",
	"Connection":        "it concerns a connection, which is ours",
	"Upgrade":           "it concerns a connection, which is ours",
	"Te":                "it concerns a connection, which is ours",
	"Trailer":           "it concerns a connection, which is ours",
	"Expect":            "it concerns a connection, which is ours",
	"Accept-Encoding":   "it concerns a connection, which is ours",
	"Content-Type":      "write content_type:",
	"Idempotency-Key":   "write idempotent: true",
	timestampHeader:     "write sign:",
}

// structured are headers in which a value could add a part of its own.
var structured = []string{"Authorization", "Cookie", "Proxy-Authorization", "Forwarded"}

// headers are those that the owner wrote, and who we are.
type headers struct {
	list []header
	auth secret.String // the value of Authorization; not set for none
}

type header struct {
	name string
	text knowledge.Text
}

// headers reads them.
func (c *checker) headers(s settings) (h headers) {
	var names []string
	for _, p := range s.Headers {
		name := textproto.CanonicalMIMEHeaderKey(p.Key.Value)
		if !httpguts.ValidHeaderFieldName(p.Key.Value) {
			c.Fault(p.Key.Node, fmt.Sprintf("%q cannot name a header", strictyaml.Shorten(p.Key.Value)), "use letters, digits and -")
		}
		if do := ownHeaders[name]; do != "" {
			c.Fault(p.Key.Node, fmt.Sprintf("the header %s cannot be written here", name), do)
		}
		if slices.Contains(names, name) {
			c.Fault(p.Key.Node, fmt.Sprintf("the header %s is there twice", name), "remove one of them")
		}
		names = append(names, name)
		var text knowledge.Text
		if slices.Contains(structured, name) {
			text = c.Constant(p.Value, "the header "+name)
		} else {
			text = c.Text(p.Value)
		}
		if !isHeaderValue(text.Expand(func(string) string { return "x" })) {
			c.Fault(p.Value.Node, fmt.Sprintf("the header %s holds characters that no header can", name),
				"remove line breaks, other control characters, and spaces at its ends")
		}
		h.list = append(h.list, header{name, text})
	}
	if s.Auth.Node != nil {
		h.auth = c.auth(s.Auth)
		if slices.Contains(names, "Authorization") {
			c.Fault(s.Auth.Node, "there are two authorizations", "keep auth: or the header Authorization")
		}
	}
	return h
}

// auth gives the value of Authorization (RFC 6750, RFC 7617).
func (c *checker) auth(t strictyaml.At[auth]) secret.String {
	bearer, basic := t.Value.Bearer, t.Value.Basic
	if (bearer.Node == nil) == (basic.Node == nil) {
		c.Fault(t.Node, "auth: holds one way to say who we are", `write auth: {bearer: "${env:TOKEN}"} or auth: {basic: {user: name, password: "${env:PASSWORD}"}}`)
		return secret.String{}
	}
	known := len(c.Faults)
	value := ""
	if bearer.Node != nil {
		value = "Bearer " + c.needed(bearer, t.Node, "the token").Reveal()
	} else {
		user := c.Constant(basic.Value.User, "the user").Expand(nil)
		if strings.Contains(user, ":") {
			c.Fault(basic.Value.User.Node, "a user with a colon in it cannot be told from the password", "choose another name")
		}
		password := c.needed(basic.Value.Password, basic.Node, "the password").Reveal()
		value = "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
	}
	if len(c.Faults) == known && !isHeaderValue(value) {
		c.Fault(t.Node, "the token holds characters that no header can", "remove line breaks, and spaces at its ends")
	}
	s := secret.New(value)
	c.Hide(s)
	return s
}

// isHeaderValue says whether a value arrives as it is (RFC 9110, section 5.5).
func isHeaderValue(v string) bool {
	return httpguts.ValidHeaderFieldValue(v) && strings.Trim(v, " \t") == v
}

// expand gives the headers with the values in their places.
func (h headers) expand(c bot.Call) (all http.Header, refused string) {
	all = http.Header{}
	for _, one := range h.list {
		value := one.text.Expand(func(slot string) string { return c.Slots[slot].Canonical })
		switch {
		case !isHeaderValue(value):
			return nil, "a value holds characters that cannot be sent"
		case len(value) > maxHeader:
			return nil, fmt.Sprintf("a value is too long: a header cannot hold more than %d bytes", maxHeader)
		}
		all.Set(one.name, value)
	}
	if !h.auth.IsZero() {
		all.Set("Authorization", h.auth.Reveal())
	}
	return all, ""
}

// show gives them a line each, with *** for each secret.
func (h headers) show(c bot.Call) []string {
	var lines []string
	for _, one := range h.list {
		value := one.text.Show(func(slot string) string { return c.Slots[slot].Canonical })
		lines = append(lines, one.name+": "+printable(value))
	}
	if !h.auth.IsZero() {
		lines = append(lines, fmt.Sprintf("Authorization: %s", h.auth))
	}
	return lines
}
