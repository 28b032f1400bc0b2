package discord_test

import (
	"regexp"
	"strings"
	"testing"

	"frontdesk/bot/bottest"
)

// read shows a text of Discord as its own program does, as far as what we write
// goes: see https://support.discord.com/hc/articles/210298617.
func read(text string) []bottest.Piece {
	var out []bottest.Piece
	rest := text
	for {
		before, block, found := strings.Cut(rest, "```")
		out = append(out, readLines(before)...)
		if !found {
			return out
		}
		code, after, closed := strings.Cut(block, "```")
		if !closed {
			return append(out, bottest.Piece{Text: "```" + block})
		}
		if lang, body, ok := strings.Cut(code, "\n"); ok && language.MatchString(lang) {
			code = body
		}
		out = append(out, bottest.Piece{Text: strings.Trim(code, "\n"), Code: true, Block: true}, bottest.Piece{Text: "\n"})
		rest = strings.TrimPrefix(after, "\n")
	}
}

var (
	language = regexp.MustCompile(`^[A-Za-z0-9+#.-]*$`)
	opening  = regexp.MustCompile(`^(\s*)((>|#{1,3}|-#|[-*]) )?`)
	masked   = regexp.MustCompile(`^\[((?:\\.|[^\]\\])+)\]\((https?://[^\s()]+)\)`)
	bare     = regexp.MustCompile(`^https?://[^\s<>]+`)
	called   = regexp.MustCompile(`^<(@[!&]?|#)\d+>`)
)

func readLines(text string) []bottest.Piece {
	var out []bottest.Piece
	lines := strings.SplitAfter(text, "\n")
	for _, line := range lines {
		for { // a quotation may hold a list
			at := opening.FindStringSubmatch(line)
			if at[2] == "" {
				break
			}
			if strings.TrimSpace(at[2]) == "-" || strings.TrimSpace(at[2]) == "*" {
				out = append(out, bottest.Piece{Text: "• "})
			}
			line = line[len(at[0]):]
		}
		out = append(out, readInline(line, bottest.Piece{})...)
	}
	return out
}

// readInline reads what lies within a line; as has what is around it.
func readInline(s string, as bottest.Piece) []bottest.Piece {
	var out []bottest.Piece
	var plain strings.Builder
	flush := func() {
		if plain.Len() > 0 {
			p := as
			p.Text = plain.String()
			out = append(out, p)
			plain.Reset()
		}
	}
	for i := 0; i < len(s); {
		rest := s[i:]
		if rest[0] == '\\' && len(rest) > 1 && strings.IndexByte("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", rest[1]) >= 0 {
			plain.WriteByte(rest[1])
			i += 2
			continue
		}
		if rest[0] == '`' {
			ticks := rest[:len(rest)-len(strings.TrimLeft(rest, "`"))]
			if end := strings.Index(rest[len(ticks):], ticks); end > 0 {
				flush()
				p := as
				p.Text, p.Code = strings.TrimSpace(rest[len(ticks):len(ticks)+end]), true
				out = append(out, p)
				i += 2*len(ticks) + end
				continue
			}
		}
		if m := masked.FindStringSubmatch(rest); m != nil {
			flush()
			in := as
			in.Link = m[2]
			out = append(out, readInline(m[1], in)...)
			i += len(m[0])
			continue
		}
		if m := bare.FindString(rest); m != "" {
			flush()
			p := as
			p.Text, p.Link = m, m
			out = append(out, p)
			i += len(m)
			continue
		}
		if m := called.FindString(rest); m != "" {
			plain.WriteString(calls)
			i += len(m)
			continue
		}
		if n, in, ok := marked(rest, as); ok {
			flush()
			out = append(out, in...)
			i += n
			continue
		}
		plain.WriteByte(rest[0])
		i++
	}
	flush()
	return out
}

// marked reads what a mark opens, when another closes it.
func marked(s string, as bottest.Piece) (int, []bottest.Piece, bool) {
	for _, mark := range []string{"***", "**", "*", "__", "_", "~~", "||"} {
		if !strings.HasPrefix(s, mark) {
			continue
		}
		inner := s[len(mark):]
		end := closing(inner, mark)
		if end <= 0 || mark == "*" && (inner[0] == ' ' || inner[end-1] == ' ') {
			continue
		}
		in := as
		switch mark {
		case "***":
			in.Bold, in.Italic = true, true
		case "**":
			in.Bold = true
		case "*", "_":
			in.Italic = true
		case "~~":
			in.Strike = true
		}
		return 2*len(mark) + end, readInline(inner[:end], in), true
	}
	return 0, nil, false
}

// closing finds the mark that closes what another of its kind opened.
func closing(s, mark string) int {
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\':
			i++
		case s[i] == '`':
			if end := strings.IndexByte(s[i+1:], '`'); end >= 0 {
				i += end + 1
			}
		case strings.HasPrefix(s[i:], mark):
			run := len(s[i:]) - len(strings.TrimLeft(s[i:], mark[:1]))
			if run == len(mark) || run == 3 {
				return i + run - len(mark)
			}
			i += run - 1
		}
	}
	return -1
}

// calls stands in the place of what mentions somebody.
const calls = "\x00"

// TestRead: what the suite compares with must itself be read right.
func TestRead(t *testing.T) {
	got := read("a **b** `c` [d](https://example.com)")
	want := []bottest.Piece{{Text: "a "}, {Text: "b", Bold: true}, {Text: " "}, {Text: "c", Code: true}, {Text: " "},
		{Text: "d", Link: "https://example.com"}}
	for i, p := range want {
		if i >= len(got) || got[i] != p {
			t.Fatalf("read %+v, want %+v", got, want)
		}
	}
}
