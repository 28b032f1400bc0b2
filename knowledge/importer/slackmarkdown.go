package importer

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A slackText reads Slack's markup
// (https://docs.slack.dev/messaging/formatting-message-text).
type slackText struct {
	people   map[string]string // what people are called, by their ids
	channels map[string]string
}

var slackUnescaper = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")

// markdown gives a message as Markdown.
func (s *slackText) markdown(text string) string {
	return chatFenced(text, func(t string) string { return s.words(t, true) }, s.bare)
}

// plain gives the words of a message without markup.
func (s *slackText) plain(text string) string {
	return strings.TrimSpace(s.words(strings.ReplaceAll(text, "```", "\n"), false))
}

// bare gives the text of code, in which only references and escapes are markup.
func (s *slackText) bare(text string) string {
	return slackReference.ReplaceAllStringFunc(text, func(r string) string {
		if r[0] == '&' {
			return slackUnescaper.Replace(r)
		}
		target, label, _ := strings.Cut(r[1:len(r)-1], "|")
		if label != "" {
			return slackUnescaper.Replace(label)
		}
		return slackUnescaper.Replace(target)
	})
}

var (
	slackReference = regexp.MustCompile(`<[^<>\n]+>|&lt;|&gt;|&amp;`)
	slackTag       = regexp.MustCompile(`^<[^<>\n]+>`)
	slackEmoji     = regexp.MustCompile(`^:([a-z0-9_+'-]+):(?::skin-tone-\d:)?`)
	slackMark      = map[byte]string{'*': "**", '_': "_", '~': "~~"}
)

// words gives text that is no code block, as Markdown or plain.
func (s *slackText) words(text string, md bool) string {
	var out []string
	for line := range strings.SplitSeq(text, "\n") {
		out = append(out, s.line(line, md))
	}
	return strings.Join(out, "\n")
}

func (s *slackText) line(line string, md bool) string {
	var b strings.Builder
	indent := len(line) - len(strings.TrimLeft(line, " \t"))
	b.WriteString(line[:indent])
	line = line[indent:]
	for strings.HasPrefix(line, "&gt;") {
		line = strings.TrimPrefix(strings.TrimLeft(line[len("&gt;"):], " "), " ")
		if md {
			b.WriteString("> ")
		}
	}
	if r, n := utf8.DecodeRuneInString(line); md && strings.ContainsRune("•◦▪‣", r) && strings.HasPrefix(line[n:], " ") {
		b.WriteString("-")
		line = line[n:]
	}
	if md && (chatRule.MatchString(line) || strings.HasPrefix(line, "+ ")) {
		b.WriteByte('\\')
	}
	s.inline(&b, line, md, 0)
	return b.String()
}

// maxSlackMarks is how many marks may stand inside of each other: bold, italic
// and struck out.
const maxSlackMarks = 3

// inline writes a line's words. An opening mark counts where a closing one
// follows, as Slack shows it.
func (s *slackText) inline(b *strings.Builder, line string, md bool, depth int) {
	prev := ' '
	open := map[rune]bool{} // marks that nothing closes any more
	for i := 0; i < len(line); {
		rest := line[i:]
		r, n := utf8.DecodeRuneInString(rest)
		switch {
		case r == '<':
			if ref := slackTag.FindString(rest); ref != "" {
				b.WriteString(s.reference(ref[1:len(ref)-1], md))
				n = len(ref)
				break
			}
			b.WriteString(plainRune(r, md))
		case r == '&':
			n = 1
			c := "&"
			for _, e := range []string{"&lt;", "&gt;", "&amp;"} {
				if strings.HasPrefix(rest, e) {
					n, c = len(e), slackUnescaper.Replace(e)
				}
			}
			if c == "&" {
				b.WriteString(c)
			} else {
				b.WriteString(plainRune(rune(c[0]), md))
			}
		case r == '`':
			if end := strings.IndexByte(rest[1:], '`'); end > 0 {
				code := s.bare(rest[1 : 1+end])
				if md {
					code = "`" + code + "`"
				}
				b.WriteString(code)
				n = end + 2
				break
			}
			b.WriteString(plainRune(r, md))
		case r == ':' && slackEmoji.MatchString(rest):
			m := slackEmoji.FindStringSubmatch(rest)
			if c, ok := chatEmoji(m[1]); ok {
				b.WriteString(c)
				n = len(m[0])
				break
			}
			b.WriteByte(':')
		case slackMark[byte(r)] != "" && r < utf8.RuneSelf && !isWordRune(prev) && depth < maxSlackMarks:
			inner := ""
			if !open[r] {
				var later bool
				inner, later = slackMarked(rest)
				open[r] = !later
			}
			if inner != "" {
				mark := slackMark[byte(r)]
				if !md {
					mark = ""
				}
				b.WriteString(mark)
				s.inline(b, inner, md, depth+1)
				b.WriteString(mark)
				n = len(inner) + 2
				break
			}
			b.WriteString(plainRune(r, md))
		case r == '_' && isWordRune(prev): // In the middle of a word it marks nothing.
			b.WriteByte('_')
		default:
			b.WriteString(plainRune(r, md))
		}
		prev, _ = utf8.DecodeLastRuneInString(rest[:n])
		i += n
	}
}

// slackMarked gives what stands between the mark that a text begins with and
// the one that closes it; nothing where none does. Then no later mark of its
// kind is closed either, unless a space follows this one.
func slackMarked(s string) (inner string, later bool) {
	mark := s[0]
	if len(s) == 1 || s[1] == ' ' || s[1] == '\t' || s[1] == mark {
		return "", true
	}
	for i := 2; i < len(s); i++ {
		if s[i] != mark || s[i-1] == ' ' || s[i-1] == '\t' {
			continue
		}
		if after, _ := utf8.DecodeRuneInString(s[i+1:]); i+1 == len(s) || !isWordRune(after) {
			return s[1:i], true
		}
	}
	return "", false
}

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// plainRune gives a character that is no markup.
func plainRune(r rune, md bool) string {
	if md && strings.ContainsRune("\\`*_~[]<", r) {
		return `\` + string(r)
	}
	return string(r)
}

// reference gives what people see of one reference: a person, a channel, a
// call of many, or a link.
func (s *slackText) reference(ref string, md bool) string {
	target, label, _ := strings.Cut(ref, "|")
	label = slackUnescaper.Replace(label)
	show := func(text string) string {
		if md {
			return escapeMarkdown(text)
		}
		return text
	}
	first := func(names ...string) string {
		for _, n := range names {
			if n != "" {
				return n
			}
		}
		return ""
	}
	switch {
	case strings.HasPrefix(target, "@"):
		return show("@" + first(label, s.people[target[1:]], "somebody"))
	case strings.HasPrefix(target, "#"):
		return show("#" + first(label, s.channels[target[1:]], "channel"))
	case strings.HasPrefix(target, "!"):
		name, rest, _ := strings.Cut(target[1:], "^")
		if name == "date" || name == "subteam" {
			return show(first(label, rest))
		}
		return show(first(label, "@"+name))
	}
	target = slackUnescaper.Replace(target)
	bare := strings.TrimPrefix(strings.TrimPrefix(target, "mailto:"), "tel:")
	switch {
	case !md:
		return first(label, bare)
	case !isAddress(target):
		return show(first(label, target))
	}
	return mdLink(label, target)
}
