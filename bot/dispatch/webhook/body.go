package webhook

import (
	"encoding/xml"
	"fmt"
	"mime"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"frontdesk/bot"
	"frontdesk/bot/dispatch"
	"frontdesk/internal/strictyaml"
	"frontdesk/knowledge"
)

// maxBody bounds a body with its values, in bytes.
const maxBody = 1 << 20

const (
	plainText = "text/plain; charset=utf-8"
	formType  = "application/x-www-form-urlencoded"
	jsonType  = "application/json"
)

// A body is what a request carries: JSON, a form, a text, or nothing.
type body struct {
	contentType string // empty for nothing
	json        *dispatch.JSON
	form        []pair
	text        knowledge.Text
	xml         bool // values in the text are escaped
}

type pair struct {
	key  string
	text knowledge.Text
}

// body reads the body.
func (c *checker) body(s settings) (b body) {
	written := 0
	if s.JSON != nil {
		written++
		j := c.JSON(s.JSON, s.Numbers)
		b.json, b.contentType = &j, jsonType
	}
	if s.Form.Node != nil {
		written++
		b.form, b.contentType = c.form(s.Form.Value), formType
	}
	if s.Body.Node != nil {
		written++
		b.text, b.contentType = c.Text(s.Body), plainText
	}
	if written > 1 {
		c.Fault(nil, "a request has one body", "keep one of json:, form: and body:")
	}
	if written > 0 && (s.Method.Value == "GET" || s.Method.Value == "HEAD") {
		c.Fault(s.Method.Node, "a "+s.Method.Value+" has no body", "remove it, or write method: POST")
	}
	c.contentType(s, &b)
	return b
}

// contentType reads the type of the content, and checks that the values are
// safe in it.
func (c *checker) contentType(s settings, b *body) {
	written := c.Fixed(s.ContentType, "content_type")
	if written == "" {
		if s.Body.Node != nil {
			c.likeJSON(s)
		}
		return
	}
	media, _, err := mime.ParseMediaType(written)
	isJSON := media == jsonType || strings.HasSuffix(media, "+json")
	switch {
	case err != nil || !isHeaderValue(written):
		c.Fault(s.ContentType.Node, fmt.Sprintf("%q is no type of content", strictyaml.Shorten(written)), "write one as text/plain")
	case b.contentType == "":
		c.Fault(s.ContentType.Node, "there is no body to have a type", "write body: or remove the key")
	case b.form != nil:
		c.Fault(s.ContentType.Node, "a form has its own type", "remove the key")
	case b.json != nil && !isJSON:
		c.Fault(s.ContentType.Node, media+" is no JSON", "remove the key, or write the text under body:")
	case b.json == nil && len(b.text.Slots()) > 0:
		b.xml = media == "text/xml" || media == "application/xml" || strings.HasSuffix(media, "+xml")
		switch {
		case isJSON:
			c.Fault(s.Body.Node, "values cannot be put safely into JSON that is written as a text", "write it under json:")
		case media == "text/plain":
			c.likeJSON(s)
		case !b.xml:
			c.Fault(s.Body.Node, fmt.Sprintf("values cannot be put safely into a text of type %s", media),
				"use json: or form:, or a type that is plain text or XML")
		}
	}
	b.contentType = written
}

// likeJSON reports a text with slots that a server will read as JSON.
func (c *checker) likeJSON(s settings) {
	text, err := knowledge.ParseText(s.Body.Value)
	if err == nil && dispatch.LooksLikeJSON(text) {
		c.Fault(s.Body.Node, "values cannot be put safely into JSON that is written as a text", "write it under json:")
	}
}

func (c *checker) form(m strictyaml.Map[string]) []pair {
	form := []pair{}
	var keys []string
	for _, p := range m {
		key := c.Fixed(p.Key, "a key")
		if slices.Contains(keys, key) {
			c.Fault(p.Key.Node, fmt.Sprintf("the key %q is there twice", strictyaml.Shorten(key)), "remove one of them")
		}
		keys = append(keys, key)
		form = append(form, pair{key, c.Text(p.Value)})
	}
	return form
}

// expand puts the values into the body.
func (b *body) expand(c bot.Call) (text []byte, refused string) {
	switch {
	case b.json != nil:
		text, refused = b.json.Expand(c)
	default:
		text, refused = b.other(c, knowledge.Text.Expand)
	}
	if len(text) > maxBody {
		return nil, fmt.Sprintf("a value is too long: no more than %d bytes can be sent", maxBody)
	}
	return text, refused
}

// show gives the body with *** for each secret.
func (b *body) show(c bot.Call) string {
	var text []byte
	if b.json != nil {
		text, _ = b.json.Show(c)
	} else {
		text, _ = b.other(c, knowledge.Text.Show)
	}
	return string(text)
}

func (b *body) other(c bot.Call, expand func(knowledge.Text, func(string) string) string) (text []byte, refused string) {
	value := func(slot string) string { return c.Slots[slot].Canonical }
	if b.form != nil {
		var pairs []string
		for _, p := range b.form {
			pairs = append(pairs, url.QueryEscape(p.key)+"="+url.QueryEscape(expand(p.text, value)))
		}
		return []byte(strings.Join(pairs, "&")), ""
	}
	if !b.xml {
		return []byte(expand(b.text, value)), ""
	}
	return []byte(expand(b.text, func(slot string) string {
		var escaped strings.Builder
		if !isXML(value(slot)) {
			refused = "a value holds characters that cannot be sent"
		}
		if err := xml.EscapeText(&escaped, []byte(value(slot))); err != nil {
			refused = "a value holds characters that cannot be sent"
		}
		return escaped.String()
	})), refused
}

// isXML says whether all characters of a text can stand in XML (XML 1.0,
// section 2.2).
func isXML(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF
	})
}
