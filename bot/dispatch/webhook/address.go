package webhook

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"frontdesk/bot"
	"frontdesk/internal/strictyaml"
	"frontdesk/knowledge"
)

// maxURL bounds a URL with its values, in bytes; servers commonly take 8 KiB
// for the whole request line.
const maxURL = 8000

// inURL matches what may stand in a URL (RFC 3986, section 2), as far as this
// can be said without looking at where it stands.
var inURL = regexp.MustCompile(`^(?:[A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*$`)

// An address is a URL with slots in its path and in the values of its query.
type address struct {
	parts []knowledge.Part
	base  *url.URL // with a word for each slot
}

// address reads the URL.
func (c *checker) address(t strictyaml.At[string]) address {
	known := len(c.Faults)
	text := c.Text(t)
	if len(c.Faults) > known {
		return address{}
	}
	a := address{parts: text.Parts()}
	what, do := a.check()
	if what != "" {
		c.Fault(t.Node, what, do)
		return address{}
	}
	return a
}

// check finds what is wrong with a URL, and sets its base.
func (a *address) check() (what, do string) {
	written := a.join(func(string) string { return "x" })
	if len(a.parts) > 0 && !hasHost(a.parts[0].Words) && len(a.parts) > 1 {
		return "a slot stands before the path of the URL", "write out the scheme and the host, as in https://home.example/{slot}"
	}
	if strings.Contains(written, "#") {
		return "the URL has a fragment, which no server ever sees", "remove what begins with #, or write %23"
	}
	if !inURL.MatchString(written) {
		return "the URL holds characters that must be encoded", "write %20 for a space, and so on"
	}
	u, err := url.Parse(written)
	switch {
	case err != nil || strings.HasSuffix(u.Host, ":"): // It may name secrets, so the error is not repeated.
		return "it is no URL", "write one as https://home.example/path"
	case u.Scheme != "https" && u.Scheme != "http":
		return "the URL begins neither with https:// nor with http://", "write one as https://home.example/path"
	case u.Hostname() == "":
		return "the URL names no host", "write one as https://home.example/path"
	case u.User != nil:
		return "the URL holds a user", "write the user and the password under auth: {basic: {user: …, password: …}}"
	}
	if slot := a.keySlot(); slot != "" {
		return fmt.Sprintf("the slot {%s} stands in a key of the query", slot), "write it as a value: ?key={" + slot + "}"
	}
	a.base = u
	return "", ""
}

// hasHost says whether the words hold all of the scheme and the host.
func hasHost(words string) bool {
	_, rest, ok := strings.Cut(words, "://")
	return ok && strings.ContainsAny(rest, "/?#")
}

// keySlot gives a slot that stands in a key of the query, or "".
func (a *address) keySlot() string {
	inQuery, inValue := false, false
	for _, p := range a.parts {
		if p.Slot != "" {
			if inQuery && !inValue {
				return p.Slot
			}
			continue
		}
		for _, r := range p.Words {
			switch {
			case r == '?' && !inQuery:
				inQuery = true
			case r == '&' || r == ';':
				inValue = false
			case r == '=' && inQuery:
				inValue = true
			}
		}
	}
	return ""
}

func (a *address) join(value func(slot string) string) string {
	var b strings.Builder
	for _, p := range a.parts {
		b.WriteString(p.Words)
		if p.Slot != "" {
			b.WriteString(value(p.Slot))
		}
	}
	return b.String()
}

// expand puts the values into the URL. Refused says, to the person who gave the
// command, why one cannot be used.
func (a *address) expand(c bot.Call) (u *url.URL, refused string) {
	var b strings.Builder
	inQuery := false
	segment, holds := 0, false // where a segment begins, and whether a slot stands in it
	end := func() {
		if holds && !isSegment(b.String()[segment:]) && refused == "" {
			refused = "a value cannot be part of an address"
		}
		holds = false
	}
	for _, p := range a.parts {
		if p.Slot != "" {
			value := c.Slots[p.Slot].Canonical
			if !inQuery && strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f || r == '/' || r == '\\' }) {
				return nil, "a value cannot be part of an address"
			}
			holds = holds || !inQuery
			b.WriteString(encode(value))
			continue
		}
		for _, r := range p.Words {
			if !inQuery && (r == '/' || r == '?') {
				end()
				inQuery = r == '?'
				segment = b.Len() + 1
			}
			b.WriteRune(r)
		}
	}
	end()
	if refused != "" {
		return nil, refused
	}
	if b.Len() > maxURL {
		return nil, fmt.Sprintf("a value is too long: an address cannot hold more than %d bytes", maxURL)
	}
	u, err := url.Parse(b.String())
	if err != nil || !a.isLike(u) {
		return nil, "a value cannot be part of an address"
	}
	return u, ""
}

// isLike says whether a URL has the parts of the base. It always has, as values
// are encoded; this is to stay so.
func (a *address) isLike(u *url.URL) bool {
	return u.Scheme == a.base.Scheme && u.Host == a.base.Host && u.User == nil && u.Fragment == "" &&
		strings.Count(u.EscapedPath(), "/") == strings.Count(a.base.EscapedPath(), "/") &&
		slices.Equal(keys(u), keys(a.base))
}

// keys gives the keys of a query as they are written.
func keys(u *url.URL) []string {
	pairs := strings.FieldsFunc(u.RawQuery, func(r rune) bool { return r == '&' || r == ';' })
	for i, p := range pairs {
		pairs[i], _, _ = strings.Cut(p, "=")
	}
	return pairs
}

// isSegment says whether an encoded segment is one that a path keeps (RFC 3986,
// section 5.2.4).
func isSegment(s string) bool {
	plain, err := url.PathUnescape(s)
	return err == nil && plain != "" && plain != "." && plain != ".."
}

// encode leaves only what is unreserved in a URL as it is (RFC 3986, section 2.3).
func encode(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hex[c>>4])
		b.WriteByte(hex[c&15])
	}
	return b.String()
}
