package slack

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/util"
)

// unescaped takes the backslashes and references of Markdown out of a text
// (CommonMark 0.31, sections 2.4 and 2.5). What was escaped begins no reference.
func unescaped(value []byte) string {
	var out []byte
	from := 0
	for i := 0; i+1 < len(value); i++ {
		if value[i] == '\\' && util.IsPunct(value[i+1]) {
			out = append(append(out, references(value[from:i])...), value[i+1])
			i++
			from = i + 1
		}
	}
	return string(append(out, references(value[from:])...))
}

func references(value []byte) []byte {
	return util.ResolveEntityNames(util.ResolveNumericReferences(value))
}

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// escape has a text stand for itself, with the three signs that control Slack's
// markup.
func escape(s string) string { return escaper.Replace(s) }

var broadcast = regexp.MustCompile(`(?i)@(here|channel|everyone|group)`)

// plain has a text stand for itself where markup would be read: signs that could
// be taken for markup, and names that notify everybody, are kept from it.
func plain(s string) string {
	s = literal(broadcast.ReplaceAllString(escape(s), "@"+apart+"$1"))
	if strings.HasPrefix(s, "&gt;") {
		s = apart + s
	}
	return s
}

// literal sets signs apart that would be taken for markup: those at the edge of a
// word. Within words, as in a name of a file, they are left alone, so that the
// name can be copied.
func literal(s string) string {
	if !strings.ContainsAny(s, "*_~`") {
		return s
	}
	var b strings.Builder
	wordy := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	last := ' '
	for i, r := range s {
		next, _ := utf8.DecodeRuneInString(s[i+utf8.RuneLen(r):])
		alone := unicode.IsSpace(last) && unicode.IsSpace(next)
		if strings.ContainsRune("*_~`", r) && !alone && !(wordy(last) && wordy(next)) {
			b.WriteString(apart + string(r) + apart)
		} else {
			b.WriteRune(r)
		}
		last = r
	}
	return b.String()
}

// length is how long Slack takes a text to be, at most: in UTF-16 code units.
func length(s string) int {
	n := 0
	for _, r := range s {
		if n++; r > 0xFFFF {
			n++
		}
	}
	return n
}

// clip cuts a text after at most n of Slack's characters.
func clip(s string, n int) string {
	if len(s) <= n || length(s) <= n {
		return s
	}
	used := 0
	for i, r := range s {
		w := 1
		if r > 0xFFFF {
			w = 2
		}
		if used+w > n-1 {
			return s[:i] + "…"
		}
		used += w
	}
	return s
}
