package slack

import (
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"frontdesk/bot/bottest"
)

// renderMrkdwn shows Slack's markup as Slack's program does, as far as
// https://docs.slack.dev/messaging/formatting-message-text says: signs count at
// the edge of words only, code is left alone, and <…> is a reference.
func renderMrkdwn(s string) []bottest.Piece {
	var out []bottest.Piece
	for {
		from := strings.Index(s, "```")
		if from < 0 {
			break
		}
		to := strings.Index(s[from+3:], "```")
		if to < 0 {
			break
		}
		out = append(out, renderLines(s[:from])...)
		out = append(out, bottest.Piece{Text: seen(s[from+3 : from+3+to]), Block: true})
		s = s[from+6+to:]
	}
	return append(out, renderLines(s)...)
}

func renderLines(s string) []bottest.Piece {
	var out []bottest.Piece
	for i, line := range strings.Split(s, "\n") {
		if i > 0 {
			out = append(out, bottest.Piece{Text: "\n"})
		}
		for strings.HasPrefix(line, ">") {
			line = strings.TrimPrefix(strings.TrimPrefix(line, ">"), " ")
		}
		out = append(out, renderInline(line, bottest.Piece{})...)
	}
	return out
}

// kept is what keeps a sign or a name apart from what is around it.
var kept = regexp.MustCompile("\u200b?([*_~`])\u200b?|@(\u200b)|^\u200b(&gt;|$)|\u200b$|^\u200b")

// seen takes out what only keeps signs apart, which is not seen, and what stands
// for the signs of markup.
func seen(s string) string {
	return unescaper.Replace(kept.ReplaceAllStringFunc(s, func(m string) string { return strings.ReplaceAll(m, apart, "") }))
}

func renderInline(s string, style bottest.Piece) []bottest.Piece {
	var out []bottest.Piece
	var text strings.Builder
	flush := func() {
		if text.Len() > 0 {
			p := style
			p.Text = seen(text.String())
			out = append(out, p)
			text.Reset()
		}
	}
	last := ' '
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		inner, length := "", 0
		switch {
		case r == '<':
			if to := strings.IndexByte(s[i:], '>'); to > 0 {
				inner, length = s[i+1:i+to], to+1
			}
		case strings.ContainsRune("*_~`", r):
			inner, length = marked(s[i:], r, last)
		}
		if length == 0 {
			text.WriteRune(r)
			last = r
			i += n
			continue
		}
		flush()
		within := style
		switch r {
		case '<':
			target, label, labelled := strings.Cut(inner, "|")
			if !labelled {
				label = target
			}
			within.Link = unescaper.Replace(target)
			out = append(out, renderInline(label, within)...)
		case '`':
			within.Text, within.Code = seen(inner), true
			out = append(out, within)
		default:
			within.Bold, within.Italic, within.Strike = style.Bold || r == '*', style.Italic || r == '_', style.Strike || r == '~'
			out = append(out, renderInline(inner, within)...)
		}
		last = r
		i += length
	}
	flush()
	return out
}

// marked gives what stands between a sign and the next of its kind, where the two
// are read as markup.
func marked(s string, sign, last rune) (inner string, length int) {
	wordy := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	if wordy(last) {
		return "", 0
	}
	first, _ := utf8.DecodeRuneInString(s[1:])
	if first == utf8.RuneError || unicode.IsSpace(first) || string(first) == apart {
		return "", 0
	}
	for j := 1; j < len(s); j++ {
		if rune(s[j]) != sign {
			continue
		}
		before, _ := utf8.DecodeLastRuneInString(s[:j])
		after, _ := utf8.DecodeRuneInString(s[j+1:])
		if j == 1 || unicode.IsSpace(before) || string(before) == apart || j+1 < len(s) && wordy(after) {
			continue
		}
		return s[1:j], j + 1
	}
	return "", 0
}

// TestRenderMrkdwn: what the suite compares with must itself be read right.
func TestRenderMrkdwn(t *testing.T) {
	got := renderMrkdwn("a *b* `c` <https://example.com|d> 2*3*4 &lt;")
	want := []bottest.Piece{{Text: "a "}, {Text: "b", Bold: true}, {Text: " "}, {Text: "c", Code: true}, {Text: " "},
		{Text: "d", Link: "https://example.com"}, {Text: " 2*3*4 <"}}
	for i, p := range want {
		if i >= len(got) || got[i] != p {
			t.Fatalf("read %+v, want %+v", got, want)
		}
	}
}
