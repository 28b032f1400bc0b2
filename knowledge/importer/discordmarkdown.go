package importer

import (
	"cmp"
	"encoding/json"
	"regexp"
	"strings"
	"time"
)

// A discordText reads Discord's markup
// (https://docs.discord.com/developers/reference#message-formatting), which is
// Markdown but for what is replaced here.
type discordText struct{ people map[string]string }

var (
	discordCode    = regexp.MustCompile("``.+?``|`[^`\n]+`")
	discordTag     = regexp.MustCompile(`<(@[!&]?|#|a?:|t:|id:|/)([^<>\s]*)>`)
	discordUnder   = regexp.MustCompile(`__([^_\n]+)__`)
	discordSpoiler = regexp.MustCompile(`\|\|([^|\n]+)\|\|`)
	discordSmall   = regexp.MustCompile(`(?m)^-# `)
	discordMarkup  = regexp.MustCompile(`(?m)\*{1,3}|~~|__|^#{1,3} |^>{1,3} ?`)
)

// markdown gives a message as Markdown.
func (d *discordText) markdown(text string) string {
	if before, quoted, ok := cutQuote(text); ok {
		text = before + "> " + strings.ReplaceAll(quoted, "\n", "\n> ")
	}
	return chatFenced(text, d.words, func(code string) string { return code })
}

// words gives text that is no code block.
func (d *discordText) words(text string) string {
	text = discordSmall.ReplaceAllString(text, "")
	var b strings.Builder
	change := func(s string) string {
		s = discordTag.ReplaceAllStringFunc(s, func(tag string) string { return escapeMarkdown(d.tag(tag)) })
		s = discordUnder.ReplaceAllString(s, "*$1*")
		return discordSpoiler.ReplaceAllString(s, "$1")
	}
	at := 0
	for _, m := range discordCode.FindAllStringIndex(text, -1) {
		b.WriteString(change(text[at:m[0]]))
		b.WriteString(text[m[0]:m[1]])
		at = m[1]
	}
	b.WriteString(change(text[at:]))
	return b.String()
}

// cutQuote finds the >>> that quotes all that follows.
func cutQuote(s string) (before, quoted string, ok bool) {
	if rest, ok := strings.CutPrefix(s, ">>> "); ok {
		return "", rest, true
	}
	before, quoted, ok = strings.Cut(s, "\n>>> ")
	return before + "\n", quoted, ok
}

// plain gives the words of a message without markup.
func (d *discordText) plain(text string) string {
	text = discordTag.ReplaceAllStringFunc(text, d.tag)
	text = discordSpoiler.ReplaceAllString(discordSmall.ReplaceAllString(text, ""), "$1")
	return strings.TrimSpace(strings.ReplaceAll(discordMarkup.ReplaceAllString(text, ""), "`", ""))
}

// tag gives what people see of <@1>, <#1>, <:name:1>, <t:1700000000:R>.
func (d *discordText) tag(tag string) string {
	m := discordTag.FindStringSubmatch(tag)
	switch rest := m[2]; m[1] {
	case "@", "@!":
		return "@" + cmp.Or(d.people[rest], "somebody")
	case "@&":
		return "@role"
	case "#":
		return "#channel"
	case ":", "a:":
		name, _, _ := strings.Cut(rest, ":")
		return ":" + name + ":"
	case "t:":
		seconds, _, _ := strings.Cut(rest, ":")
		if n, err := json.Number(seconds).Int64(); err == nil && n > 0 && n < 1<<37 {
			return time.Unix(n, 0).UTC().Format("2006-01-02 15:04 MST")
		}
	case "/":
		name, _, _ := strings.Cut(rest, ":")
		return "/" + name
	}
	return ""
}
