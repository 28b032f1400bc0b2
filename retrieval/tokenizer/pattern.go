package tokenizer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/dlclark/regexp2/v2"
)

// A span is a part of a text.
type span struct{ from, to int }

// A pattern finds what Split cuts at and Replace replaces.
type pattern interface {
	// matches appends where the pattern fits, in order and without overlap. The
	// spans may be empty.
	matches(dst []span, text []byte) []span
}

// space1 is White_Space, as Go has it too.
func space1(r rune) bool { return unicode.IsSpace(r) }

const (
	// maxPattern bounds an expression.
	maxPattern = 4096
	// maxMatching bounds the time that the expressions take with one text; what is
	// left then counts as without a match.
	maxMatching = time.Second
	// maxBacktracking bounds the memory of going back in an expression.
	maxBacktracking = 1 << 22
)

// readPattern reads {"String": s} or {"Regex": r}.
func readPattern(raw json.RawMessage, where string) (pattern, error) {
	var c struct{ String, Regex *string }
	if absent(raw) {
		return nil, fmt.Errorf("%s: a pattern is missing", where)
	}
	if err := strict(raw, where, &c); err != nil {
		return nil, err
	}
	switch {
	case c.String != nil && c.Regex == nil:
		if *c.String == "" || len(*c.String) > maxPattern {
			return nil, fmt.Errorf("%s: a pattern has from 1 to %d bytes", where, maxPattern)
		}
		return literal(*c.String), nil
	case c.Regex != nil && c.String == nil:
		return readExpression(*c.Regex, where)
	default:
		return nil, fmt.Errorf("%s: a pattern is a String or a Regex", where)
	}
}

type literal []byte

func (l literal) matches(dst []span, text []byte) []span {
	for at := 0; ; {
		i := bytes.Index(text[at:], l)
		if i < 0 {
			return dst
		}
		dst = append(dst, span{at + i, at + i + len(l)})
		at += i + len(l)
	}
}

// gpt2 is [gpt2Pattern] as one of Split.
type gpt2 struct{}

func (gpt2) matches(dst []span, text []byte) []span {
	for at := 0; at < len(text); {
		n := gpt2Next(text[at:])
		dst = append(dst, span{at, at + n})
		at += n
	}
	return dst
}

// An expression is a regular expression with whatever looks around.
type expression struct {
	re      *regexp2.Regexp
	classes *classTable
}

func readExpression(text, where string) (pattern, error) {
	switch {
	case text == "" || len(text) > maxPattern:
		return nil, fmt.Errorf("%s: an expression has from 1 to %d bytes", where, maxPattern)
	case text == gpt2Pattern:
		return gpt2{}, nil
	}
	if odd := otherDialect(text); odd != "" {
		return nil, fmt.Errorf("%s: the regular expression %s has %s: %w", where, shown([]byte(text)), odd, ErrUnknown)
	}
	re, err := regexp2.Compile(withWords(text), regexp2.Multiline, regexp2.OptionMaxBacktrackingStackSize(maxBacktracking))
	if err != nil {
		return nil, fmt.Errorf("%s: the regular expression %s: %w", where, shown([]byte(text)), err)
	}
	re.MatchTimeout = maxMatching
	return expression{re, classes()}, nil
}

// otherDialect gives what in an expression the reference's dialect (Oniguruma's
// Ruby) reads in another way than ours or that ours lacks, "" if nothing.
func otherDialect(text string) string {
	inClass := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			i++
			if name, ok := property(text[i:]); ok {
				i += len(name)
			} else if i < len(text) && bytes.IndexByte([]byte("bBhHXRKGyYNOZAzxugkMpPW"), text[i]) >= 0 && !plainEscape(text[i:]) {
				return fmt.Sprintf("\\%c", text[i])
			}
		case inClass && c == '[':
			return "a class inside a class"
		case inClass && c == '&' && i+1 < len(text) && text[i+1] == '&':
			return "the && of classes"
		case inClass && c == ']':
			inClass = false
		case inClass:
		case c == '[':
			inClass = true
			if i+1 < len(text) && text[i+1] == '^' {
				i++
			}
			if i+1 < len(text) && text[i+1] == ']' {
				return "a class that begins with ]"
			}
		case (c == '+' || c == '*' || c == '?') && i+1 < len(text) && text[i+1] == '+':
			return "a possessive " + text[i:i+2]
		case c == '{' && i+1 < len(text) && (text[i+1] == ',' || text[i+1] < '0' || text[i+1] > '9'):
			return "a { that begins no count"
		case c == '}' && i+1 < len(text) && text[i+1] == '+':
			return "a + behind a count"
		case c == '(' && i+1 < len(text) && text[i+1] == '?':
			if odd := otherGroup(text[i+2:]); odd != "" && (i > 0 || odd != "i)") {
				return "(?" + odd // (?i) takes the alternatives behind it in, in one dialect alone
			}
		}
	}
	return ""
}

// property gives the p{Name} or P{Name} that a text begins with.
func property(text string) (string, bool) {
	end := strings.IndexByte(text, '}')
	if end < 3 || text[0] != 'p' && text[0] != 'P' || text[1] != '{' {
		return "", false
	}
	for _, c := range text[2:end] {
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_') {
			return "", false
		}
	}
	return text[:end], true
}

// plainEscape says whether an escape whose letter may be odd is one of a
// character's number.
func plainEscape(text string) bool {
	digits := map[byte]int{'x': 2, 'u': 4}[text[0]]
	if digits == 0 || len(text) <= digits {
		return false
	}
	for _, c := range []byte(text[1 : 1+digits]) {
		if !('0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F') {
			return false
		}
	}
	return text[0] == 'u' || text[1] < '8' // \xE9 is a byte to one dialect
}

// otherGroup gives the beginning of a group that is not of a kind that both
// dialects read alike: without capture, looking around, atomic, with (?i:.
func otherGroup(text string) string {
	for _, known := range []string{":", "=", "!", "<=", "<!", ">", "i:"} {
		if len(text) >= len(known) && text[:len(known)] == known {
			return ""
		}
	}
	return text[:min(2, len(text))]
}

// withWords puts what \w stands for in the reference in its place: in the
// library it lacks the marks that stand alone, and more.
func withWords(text string) string {
	const words = `\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}²³¹¼-¾Ⓐ-ⓩ🄰-🅉🅐-🅩🅰-🆉`
	var b strings.Builder
	inClass := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && i+1 < len(text) && text[i+1] == 'w' && inClass:
			b.WriteString(words)
			i++
		case c == '\\' && i+1 < len(text) && text[i+1] == 'w':
			b.WriteString("[" + words + "]")
			i++
		case c == '\\' && i+1 < len(text):
			b.WriteString(text[i : i+2])
			i++
		default:
			inClass = c == '[' || inClass && c != ']'
			b.WriteByte(c)
		}
	}
	return b.String()
}

// standIn gives an older character of the same category for one that is newer
// than Go's tables (Unicode 15) and not than the reference's (16), so that \p{L}
// and the like fit it.
func standIn(t *classTable, r rune) rune {
	class := t.of(r)
	switch {
	case class&isLetter != 0 && !unicode.IsLetter(r):
		for _, l := range newLower {
			if l.first <= r && r <= l.last {
				return 'Ā'
			}
			if l.first+l.delta <= r && r <= l.last+l.delta {
				return 'ā'
			}
		}
		return 'ƻ' // of no case
	case class&isNumber != 0 && !unicode.IsNumber(r):
		return '٠'
	case class&(isWord|isLetter|isNumber) == isWord &&
		!unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.Pc, unicode.Other_Alphabetic, unicode.Join_Control):
		return '\u0300'
	}
	return r
}

func (e expression) matches(dst []span, text []byte) []span {
	runes := bytes.Runes(text)
	for i, r := range runes {
		if r >= 0x300 {
			runes[i] = standIn(e.classes, r)
		}
	}
	at, byteAt, last := 0, 0, -1
	// A fault is that of a bound: what is left has no match.
	_ = e.re.FindRunesMatches(runes, 0, func(m regexp2.MatchView) bool {
		from, length, _ := m.GroupRange(0)
		// The reference has no empty match right behind another.
		if length == 0 && from == last {
			return true
		}
		advance := func(to int) int {
			for ; at < to; at++ {
				_, size := utf8.DecodeRune(text[byteAt:])
				byteAt += size
			}
			return byteAt
		}
		s := span{from: advance(from)}
		s.to, last = advance(from+length), at
		dst = append(dst, s)
		return true
	})
	return dst
}
