package terminal

import (
	"strings"

	"github.com/mattn/go-runewidth"
)

// How much a device can show.
const (
	plainText device = iota // characters alone
	mono                    // bold, underlined, … but no colours
	coloured                // all
)

// A device says how much can be shown.
type device int

// A style is how a piece of text looks: a set of flags.
type style uint8

const (
	bold style = 1 << iota
	dim
	italic
	underline
	strike
	code
	accent
	alert
)

// sgr gives the parameters of ECMA-48's SELECT GRAPHIC RENDITION (section
// 8.3.117) for each style; colours are the terminal's own sixteen, so that they
// suit its background.
var sgr = []struct {
	style  style
	param  string
	colour bool
}{
	{bold, "1", false}, {dim, "2", false}, {italic, "3", false}, {underline, "4", false},
	{strike, "9", false}, {code, "36", true}, {accent, "34", true}, {alert, "31", true},
}

// paint gives a text, which must be clean, in a style.
func (d device) paint(text string, s style) string {
	if d == plainText || s == 0 || text == "" {
		return text
	}
	var params []string
	for _, g := range sgr {
		if s&g.style != 0 && (d == coloured || !g.colour) {
			params = append(params, g.param)
		}
	}
	if len(params) == 0 {
		return text
	}
	return "\x1b[" + strings.Join(params, ";") + "m" + text + "\x1b[0m"
}

// A span is a piece of a line in one style. A text of "\n" alone breaks the
// line.
type span struct {
	text  string
	style style
}

// wrap lays spans out in lines of at most width columns, breaking at spaces,
// and inside a word only where it is wider than a line. Every line is painted
// by itself, so that no style reaches over its end.
func (d device) wrap(spans []span, width int) []string {
	w := wrapper{device: d, width: width}
	for _, s := range spans {
		if s.text == "\n" {
			w.endWord()
			w.endLine()
			continue
		}
		for i, word := range strings.Split(s.text, " ") {
			if i > 0 {
				w.endWord()
				w.space = s.style
				w.spaced = true
			}
			w.addToWord(span{word, s.style})
		}
	}
	w.endWord()
	w.endLine()
	return w.lines
}

type wrapper struct {
	device device
	width  int
	lines  []string
	line   []span
	used   int // columns of line

	word      []span // may change its style in the middle
	wordWidth int
	spaced    bool // a space stands before the word
	space     style
}

func (w *wrapper) addToWord(s span) {
	if s.text == "" {
		return
	}
	w.word = append(w.word, s)
	w.wordWidth += runewidth.StringWidth(s.text)
}

func (w *wrapper) endWord() {
	if len(w.word) == 0 {
		return
	}
	if w.used > 0 && w.spaced {
		if w.used+1+w.wordWidth > w.width {
			w.endLine()
		} else {
			w.add(span{" ", w.space})
		}
	}
	for _, s := range w.word {
		for text := s.text; text != ""; {
			part := text
			if w.used+runewidth.StringWidth(text) > w.width {
				if part = runewidth.Truncate(text, w.width-w.used, ""); part == "" {
					if w.used > 0 {
						w.endLine()
						continue
					}
					part = text // not even one character fits
				}
			}
			w.add(span{part, s.style})
			text = text[len(part):]
		}
	}
	w.word, w.wordWidth, w.spaced = nil, 0, false
}

// add puts a piece at the end of the line, joined to the last one where it
// looks the same.
func (w *wrapper) add(s span) {
	w.used += runewidth.StringWidth(s.text)
	if n := len(w.line); n > 0 && w.line[n-1].style == s.style {
		w.line[n-1].text += s.text
		return
	}
	w.line = append(w.line, s)
}

func (w *wrapper) endLine() {
	var b strings.Builder
	for _, s := range w.line {
		b.WriteString(w.device.paint(s.text, s.style))
	}
	w.lines = append(w.lines, b.String())
	w.line, w.used, w.spaced = nil, 0, false
}
