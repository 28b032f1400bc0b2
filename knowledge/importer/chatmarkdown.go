package importer

import (
	"regexp"
	"strings"

	"github.com/kyokomi/emoji/v2"
)

// chatEmoji gives the character of an emoji's short name, without colons; false
// where it is none of all.
func chatEmoji(name string) (string, bool) {
	c, ok := emoji.CodeMap()[":"+name+":"]
	return strings.TrimSpace(c), ok
}

var (
	chatLanguage = regexp.MustCompile(`^[A-Za-z0-9+#-]*$`)
	chatItem     = regexp.MustCompile(`^[ \t]*(?:[•◦▪‣*+-]|\d{1,3}[.)])[ \t]+\S`)
	chatFence    = regexp.MustCompile("^[ \t]*```")
	chatRule     = regexp.MustCompile(`^[ \t]*(?:#{1,6}(?:[ \t]|$)|[-=_*]{2,}[ \t]*$)`)
)

// chatFenced gives a message with its code blocks on lines of their own: words
// says what becomes of the text between them, code of what is in one, where the
// first line may name a language. A fence that is never closed is words.
func chatFenced(text string, words, code func(string) string) string {
	const fence = "```"
	parts := strings.Split(text, fence)
	if len(parts)%2 == 0 {
		last := len(parts) - 1
		parts[last-1] += "\n" + parts[last]
		parts = parts[:last]
	}
	var b strings.Builder
	for i, part := range parts {
		if i%2 == 0 {
			if i > 0 {
				part = strings.TrimLeft(part, " \t")
			}
			b.WriteString(words(part))
			continue
		}
		inner := strings.TrimRight(code(part), " \t\r\n")
		language, rest, ok := strings.Cut(inner, "\n")
		if language = strings.TrimSpace(language); !ok || !chatLanguage.MatchString(language) {
			language, rest = "", inner
		}
		b.WriteString("\n" + fence + language + "\n" + strings.Trim(rest, "\r\n") + "\n" + fence + "\n")
	}
	return chatLines(b.String())
}

// chatLineKind says what a line of a message is: "item", "quote", "empty" or "text".
func chatLineKind(line string) string {
	switch {
	case strings.TrimSpace(line) == "":
		return "empty"
	case strings.HasPrefix(strings.TrimLeft(line, " \t"), ">"):
		return "quote"
	case chatItem.MatchString(line):
		return "item"
	}
	return "text"
}

// chatLines puts lines that a chat shows one below the other into Markdown, in
// which they would run into each other. Code in fences stays as it is.
func chatLines(text string) string {
	var b strings.Builder
	before, code := "", false
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		fence := chatFence.MatchString(line)
		if !code {
			line = strings.TrimRight(line, " \t")
		}
		kind := chatLineKind(line)
		switch {
		case code: // Also the fence that ends it.
			kind = "code"
		case fence:
			kind = "fence"
		}
		switch {
		case before == "":
		case kind == "code":
			b.WriteByte('\n')
		case kind == "empty", before == "empty":
			b.WriteByte('\n')
		case kind == before && (kind == "text" || kind == "quote"):
			b.WriteString("\\\n")
		case kind == before:
			b.WriteByte('\n')
		default:
			b.WriteString("\n\n")
		}
		b.WriteString(line)
		before = kind
		if fence {
			code = !code
			before = map[bool]string{true: "code", false: "fence end"}[code]
		}
	}
	return strings.TrimSpace(b.String())
}
