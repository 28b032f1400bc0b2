package knowledge

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"frontdesk/internal/fault"
	"frontdesk/internal/secret"
	"frontdesk/internal/strictyaml"
	"frontdesk/knowledge/template"
)

// A Text is a text in which {slot} stands for a value: a command's reply, or
// an argument of the program that it runs. Where a command is carried out,
// ${env:NAME} and ${file:path} in it stand for secrets. The zero value is the
// empty text. It is not changed once parsed.
type Text struct {
	pieces []piece
}

// A piece is words, a slot or a secret.
type piece struct {
	words  string
	slot   string
	ref    secret.Ref
	secret secret.String // of the ref; not set as long as it was not read
	offset int           // of the brace or the dollar sign, in bytes
}

// ParseText reads a text. A brace that is no slot is written \{ (and \}, which
// is never needed); {{ and }} have no meaning of their own, and a backslash
// before anything else is a backslash. So ${env:NAME} as it stands is written
// $\{env:NAME}. Secrets are not read; see [Text.WithSecrets]. The error is a
// [*template.SyntaxError].
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
		case s[i] == '$':
			ref, length, err := secret.ParseRef(s[i:])
			if err != nil {
				return Text{}, asSyntax(err, i)
			}
			if length == 0 {
				words.WriteByte('$')
				i++
				continue
			}
			flush()
			t.pieces = append(t.pieces, piece{ref: ref, offset: i})
			i += length
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

// asSyntax gives what is wrong with a reference to a secret.
func asSyntax(err error, offset int) *template.SyntaxError {
	e := &template.SyntaxError{Offset: offset, What: err.Error()}
	if f, ok := errors.AsType[fault.Fault](err); ok {
		e.What, e.Do = f.What, f.Do+`; write $\{ for the characters themselves`
	}
	return e
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
		} else if _, length, _ := secret.ParseRef("$" + s); length > 0 {
			do = fmt.Sprintf("write ${%s} for a secret, or %s", name, plain)
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

// Secrets gives where the secrets of the text are kept, in the order of the
// text.
func (t Text) Secrets() []secret.Ref {
	var refs []secret.Ref
	for _, p := range t.pieces {
		if p.isSecret() {
			refs = append(refs, p.ref)
		}
	}
	return refs
}

// WithSecrets gives the text with what read gives for each of its secrets.
func (t Text) WithSecrets(read func(secret.Ref) secret.String) Text {
	pieces := slices.Clone(t.pieces)
	for i, p := range pieces {
		if p.isSecret() {
			pieces[i].secret = read(p.ref)
		}
	}
	return Text{pieces}
}

func (p piece) isSecret() bool { return p.ref != secret.Ref{} }

// A Part of a text is either words, the secrets among them, or a slot.
type Part struct{ Words, Slot string }

// Parts gives the text in parts: no two that follow each other are words. It
// reveals the secrets.
func (t Text) Parts() []Part {
	var parts []Part
	for _, p := range t.pieces {
		words := p.words + p.secret.Reveal()
		if n := len(parts); p.slot == "" && n > 0 && parts[n-1].Slot == "" {
			parts[n-1].Words += words
			continue
		}
		parts = append(parts, Part{words, p.slot})
	}
	return parts
}

// Expand gives the text with what value gives for each slot in its place, and
// with its secrets; one that was not read is ***. Nothing in a value is read
// again as a slot or a secret.
func (t Text) Expand(value func(slot string) string) string {
	var b strings.Builder
	for _, p := range t.pieces {
		switch {
		case p.slot != "":
			b.WriteString(value(p.slot))
		case p.isSecret() && p.secret.IsZero():
			b.WriteString(secret.Hidden)
		case p.isSecret():
			b.WriteString(p.secret.Reveal())
		default:
			b.WriteString(p.words)
		}
	}
	return b.String()
}

// Show gives the same with *** for each secret.
func (t Text) Show(value func(slot string) string) string {
	return t.WithSecrets(func(secret.Ref) secret.String { return secret.String{} }).Expand(value)
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
