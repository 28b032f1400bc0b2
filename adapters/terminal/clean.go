package terminal

import (
	"strings"
	"unicode/utf8"
)

// clean makes a text safe to show: what a terminal would obey (control
// characters, and the Unicode characters that turn the direction of what
// follows) becomes visible instead. Lines and tabs stay; a lone carriage return
// counts as the end of a line. Invalid UTF-8 becomes U+FFFD.
func clean(s string) string {
	if !strings.ContainsFunc(s, isUnsafe) {
		return s
	}
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\r':
			return '\n'
		case !isUnsafe(r) || r == utf8.RuneError:
			return r
		case r < 0x20:
			return 0x2400 + r // its picture: ␛ for escape
		case r == 0x7f:
			return 0x2421
		}
		return utf8.RuneError
	}, s)
}

func isUnsafe(r rune) bool {
	switch {
	case r == '\n', r == '\t':
		return false
	case r < 0x20, r >= 0x7f && r < 0xa0: // C0, delete, C1
		return true
	case r == 0x202d, r == 0x202e: // overrides of direction
		return true
	case r == 0x2028, r == 0x2029: // separators that some terminals obey
		return true
	}
	// Invalid UTF-8 is ranged over as RuneError, and so is U+FFFD itself, which
	// then is cleaned into itself.
	return r == utf8.RuneError
}

// OneLine makes a text safe to show within a line: what a terminal would obey
// becomes visible, and line breaks become spaces.
func OneLine(s string) string {
	return strings.Join(strings.Fields(clean(s)), " ")
}

// Lines makes a text of several lines safe to show: what a terminal would obey becomes
// visible.
func Lines(s string) string { return clean(s) }
