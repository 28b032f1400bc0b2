package secret

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
)

// A Redactor finds secrets in what others print. It is safe for concurrent use;
// nil finds nothing.
type Redactor struct{ forms []string }

// NewRedactor makes one that knows these secrets, as they are and as they look
// in a URL, in JSON and in base64. A secret of a few characters is found
// wherever these happen to stand.
func NewRedactor(secrets ...String) *Redactor {
	r := &Redactor{}
	for _, s := range secrets {
		if s.IsZero() {
			continue
		}
		text := s.Reveal()
		quoted, err := json.Marshal(text)
		if err == nil {
			r.forms = append(r.forms, string(quoted[1:len(quoted)-1]))
		}
		r.forms = append(r.forms, text, url.QueryEscape(text), url.PathEscape(text), base64.StdEncoding.EncodeToString([]byte(text)))
	}
	slices.Sort(r.forms)
	r.forms = slices.Compact(r.forms)
	return r
}

// Redact gives the text with *** in the place of each secret; secrets that
// overlap give one. Only whole secrets are found.
func (r *Redactor) Redact(text string) string { return hide(text, r.find(text)) }

// RedactCut does the same for a text whose end was cut off, where the beginning
// of a secret may be left.
func (r *Redactor) RedactCut(text string) string {
	if r == nil {
		return text
	}
	longest := 0
	for _, form := range r.forms {
		for n := min(len(form)-1, len(text)); n > longest; n-- {
			if strings.HasSuffix(text, form[:n]) {
				longest = n
			}
		}
	}
	found := r.find(text)
	if longest > 0 {
		found = append(found, span{len(text) - longest, len(text)})
	}
	return hide(text, found)
}

// find gives where secrets stand.
func (r *Redactor) find(text string) []span {
	if r == nil {
		return nil
	}
	var found []span
	for _, form := range r.forms {
		for from := 0; ; {
			at := strings.Index(text[from:], form)
			if at < 0 {
				break
			}
			found = append(found, span{from + at, from + at + len(form)})
			from += at + 1
		}
	}
	return found
}

// A span is a part of a text, in bytes.
type span struct{ from, to int }

// hide gives the text with *** in the place of what was found.
func hide(text string, found []span) string {
	if len(found) == 0 {
		return text
	}
	slices.SortFunc(found, func(a, b span) int { return a.from - b.from })
	var b strings.Builder
	done := 0
	for i := 0; i < len(found); {
		s := found[i]
		for i++; i < len(found) && found[i].from < s.to; i++ {
			s.to = max(s.to, found[i].to)
		}
		b.WriteString(text[done:s.from] + Hidden)
		done = s.to
	}
	b.WriteString(text[done:])
	return b.String()
}
