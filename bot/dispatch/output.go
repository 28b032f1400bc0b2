package dispatch

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"frontdesk/internal/secret"

	"github.com/charmbracelet/x/ansi"
)

// An Output gathers what a command prints, as a writer that never fails. It
// keeps the beginning, so that a command that prints for ever costs no memory,
// and is not safe for concurrent use.
type Output struct {
	limit    int
	redactor *secret.Redactor
	kept     []byte
	cut      bool
}

// NewOutput makes an output that keeps at most limit bytes, with *** in the
// place of what the redactor finds; nil finds nothing.
func NewOutput(limit int, r *secret.Redactor) *Output { return &Output{limit: limit, redactor: r} }

// Write takes all of p and keeps what there is room for.
func (o *Output) Write(p []byte) (int, error) {
	room := min(len(p), o.limit-len(o.kept))
	o.kept = append(o.kept, p[:room]...)
	o.cut = o.cut || room < len(p)
	return len(p), nil
}

func (o *Output) redact(text string) string {
	if o.cut {
		return o.redactor.RedactCut(text)
	}
	return o.redactor.Redact(text)
}

// String gives the output as plain text: valid UTF-8 with line breaks and tabs
// but without other control characters and terminal escapes, and without white
// space at its end. It is at most limit bytes long, but for a last line that
// says where more is missing; a limit of 0 asks for nothing and gives nothing.
func (o *Output) String() string {
	// Twice: an escape within a secret hides it from the first look, and what
	// is removed around it may be part of it.
	text := ansi.Strip(strings.ToValidUTF8(o.redact(string(o.kept)), string(utf8.RuneError)))
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, text)
	text = o.redact(text)
	cut := o.cut
	if len(text) > o.limit { // bytes that are no text grow to three, and so may secrets
		end := o.limit
		for end > 0 && !utf8.RuneStart(text[end]) {
			end--
		}
		text, cut = text[:end], true
	}
	text = strings.TrimRightFunc(text, unicode.IsSpace)
	if cut && o.limit > 0 {
		text += fmt.Sprintf("\n… (cut after %d bytes)", o.limit)
	}
	return text
}
