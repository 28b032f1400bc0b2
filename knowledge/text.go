package knowledge

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"frontdesk/internal/strictyaml"
	"frontdesk/knowledge/template"
)

// A Text is a text in which {slot} stands for a value: a command's reply, or
// an argument of the program that it runs. The zero value is the empty text.
// It is not changed once parsed.
type Text struct {
	pieces []piece
}

// A piece is either words or a slot.
type piece struct {
	words  string
	slot   string
	offset int // of the brace, in bytes
}

// ParseText reads a text. A brace that is no slot is written \{ (and \}, which
// is never needed); {{ and }} have no meaning of their own, and a backslash
// before anything else is a backslash. The error is a [*template.SyntaxError].
func ParseText(s string) (Text, error) {
	var t Text
	var words strings.Builder
	flush := func() {
		if words.Len() > 0 {
			t.pieces = append(t.pieces, piece{words: words.String()})
			words.Reset()
		}
	}
	for i := 0; i < len(s); {
		switch {
		case s[i] == '\\' && i+1 < len(s) && (s[i+1] == '{' || s[i+1] == '}'):
			words.WriteByte(s[i+1])
			i += 2
		case s[i] == '{':
			name, err := slotName(s[i:])
			if err != nil {
				err.Offset = i
				return Text{}, err
			}
			flush()
			t.pieces = append(t.pieces, piece{slot: name, offset: i})
			i += len(name) + len("{}")
		default:
			words.WriteByte(s[i])
			i++
		}
	}
	flush()
	return t, nil
}

// slotName reads the {name} that s begins with.
func slotName(s string) (string, *template.SyntaxError) {
	const plain = `write \{ for the character itself`
	end := strings.IndexAny(s[1:], "{}\n")
	if end < 0 || s[1+end] != '}' {
		return "", &template.SyntaxError{What: "{ is never closed", Do: "close it with }, or " + plain}
	}
	name := s[1 : 1+end]
	if !isName(name) {
		do := plain
		if trimmed := strings.TrimSpace(name); isName(trimmed) {
			do = fmt.Sprintf("write {%s}, or %s", trimmed, plain)
		}
		return "", &template.SyntaxError{What: fmt.Sprintf("{%s} is no slot", strictyaml.Shorten(name)), Do: do}
	}
	return name, nil
}

// isName says whether s can name a slot or a rule, by the rules of templates.
func isName(s string) bool {
	for _, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && r != '_' && r != '-' && r != '.' {
			return false
		}
	}
	return s != "" && utf8.ValidString(s)
}

// EscapeText gives the text that [ParseText] reads as s, without any slot.
func EscapeText(s string) string {
	return strings.NewReplacer("{", `\{`, "}", `\}`).Replace(s)
}

// Slots gives the names of the slots, each once, in the order of the text.
func (t Text) Slots() []string {
	var names []string
	for _, p := range t.pieces {
		if p.slot != "" && !slices.Contains(names, p.slot) {
			names = append(names, p.slot)
		}
	}
	return names
}

// Expand gives the text with what value gives for each slot in its place.
// Nothing in a value is read again as a slot.
func (t Text) Expand(value func(slot string) string) string {
	var b strings.Builder
	for _, p := range t.pieces {
		if p.slot != "" {
			b.WriteString(value(p.slot))
		} else {
			b.WriteString(p.words)
		}
	}
	return b.String()
}

// TrimText removes the empty lines around a text, but not the indentation of
// its first line, which may make it code.
func TrimText(s string) string {
	if strings.TrimSpace(s) == "" {
		return ""
	}
	s = strings.TrimRight(s, " \t\r\n")
	for {
		line, rest, ok := strings.Cut(s, "\n")
		if !ok || strings.TrimSpace(line) != "" {
			return s
		}
		s = rest
	}
}
