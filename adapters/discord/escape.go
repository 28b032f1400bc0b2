package discord

import (
	"html"
	"regexp"
	"strings"
)

var (
	// ours are the addresses of people that the desk names.
	ours = regexp.MustCompile(`\bdiscord:([0-9]{15,20})\b`)
	// entity is a character that is written as HTML does (CommonMark 0.31, 2.5).
	entity = regexp.MustCompile(`&(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});`)
	// webAddress is what Discord makes a link of by itself.
	webAddress = regexp.MustCompile(`https?://[^\s<>]+`)
)

// unescape gives the text that a piece of CommonMark means.
func unescape(s string) string {
	if strings.ContainsRune(s, '\\') {
		var b strings.Builder
		for i := 0; i < len(s); i++ {
			if s[i] == '\\' && i+1 < len(s) && strings.IndexByte("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", s[i+1]) >= 0 {
				i++
			}
			b.WriteByte(s[i])
		}
		return b.String()
	}
	return entity.ReplaceAllStringFunc(s, html.UnescapeString)
}

// escape makes a text plain in Discord's markup, and has it mention nobody. The
// people whom the desk names by their address are shown by their names, which
// notifies nobody either.
func escape(s string) string {
	var b strings.Builder
	rest := s
	for {
		at := webAddress.FindStringIndex(rest)
		if at == nil {
			b.WriteString(escapeWords(rest))
			return b.String()
		}
		b.WriteString(escapeWords(rest[:at[0]]))
		b.WriteString(encodeBare(rest[at[0]:at[1]]))
		rest = rest[at[1]:]
	}
}

// encodeBare keeps a bare address as it is, but for what could mean something.
func encodeBare(url string) string {
	tail := len(strings.TrimRight(url, ".,:;!?)]\"'*_~`"))
	return encode(url[:tail]) + escapeWords(url[tail:])
}

func escapeWords(s string) string {
	var b strings.Builder
	last := 0
	for _, at := range ours.FindAllStringSubmatchIndex(s, -1) {
		b.WriteString(escapeMarks(s[last:at[0]]))
		b.WriteString("<@" + s[at[2]:at[3]] + ">")
		last = at[1]
	}
	b.WriteString(escapeMarks(s[last:]))
	return b.String()
}

func escapeMarks(s string) string {
	var b strings.Builder
	for _, r := range plain(s) {
		if strings.ContainsRune("\\*_~`|[]", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// plain has a text mention nobody and no channel, command, time or emoji: a
// space of no width stands after what would begin it.
func plain(s string) string {
	if !strings.ContainsAny(s, "@<") {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		b.WriteRune(r)
		next := s[i+1:]
		switch {
		case r == '@' && callsAll(next):
			b.WriteString("\u200b")
		case r == '<' && next != "" && strings.ContainsRune("@#&:/tai", rune(next[0])):
			b.WriteString("\u200b")
		}
	}
	return b.String()
}

// callsAll says whether an @ before this calls everybody.
func callsAll(next string) bool {
	return strings.HasPrefix(next, "everyone") || strings.HasPrefix(next, "here")
}

// guardStart keeps lines from beginning what they do not mean to: a heading, a
// quotation, a list, small print.
func guardStart(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		if begins.MatchString(l) {
			lines[i] = begun.ReplaceAllString(l, `$1\$2`)
		}
	}
	return strings.Join(lines, "\n")
}

var (
	begins = regexp.MustCompile(`^\s*([-+] |-#|#{1,3} |>|[0-9]{1,9}[.)] )`)
	begun  = regexp.MustCompile(`^(\s*[0-9]*)([-+#>.)])`)
)

// units counts a text as Discord does at its strictest: in UTF-16.
func units(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xffff {
			n++
		}
	}
	return n
}
