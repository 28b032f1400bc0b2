package importer

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// formulaStart holds the characters with which a cell begins that a
// spreadsheet takes for a formula, or skips on the way to one (OWASP, "CSV
// Injection").
const formulaStart = "=+-@\t\r\n＝＋－＠"

// quoteCell puts an apostrophe before a text that a spreadsheet would run, and
// before one that [unquoteCell] would take it from.
func quoteCell(s string) string {
	rest := strings.TrimLeft(s, "'")
	if first, n := utf8.DecodeRuneInString(rest); n > 0 && strings.ContainsRune(formulaStart, first) {
		return "'" + s
	}
	return s
}

// unquoteCell undoes quoteCell, and what others do to the same end.
func unquoteCell(s string) string {
	if strings.HasPrefix(s, "'") && quoteCell(s[1:]) == s {
		return s[1:]
	}
	return s
}

// A list in one cell has a line an item. One item that would be taken apart
// otherwise ends in an empty line.
const listMarks = ",;|\n"

func joinList(items []string) string {
	if len(items) == 1 && strings.ContainsAny(items[0], listMarks) {
		return items[0] + "\n"
	}
	return strings.Join(items, "\n")
}

// splitList takes a cell apart: at its lines, or where it has one line, at a
// separator; "" leaves that whole.
func splitList(cell, sep string) []string {
	parts := []string{cell}
	switch {
	case strings.Contains(cell, "\n"):
		parts = withoutBullets(strings.Split(cell, "\n"))
	case sep != "":
		parts = strings.Split(cell, sep)
	}
	var out []string
	for _, p := range parts {
		if p = oneLine(p); p != "" && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

// withoutBullets takes the bullets from lines if all of them have one.
func withoutBullets(lines []string) []string {
	out := make([]string, 0, len(lines))
	for _, l := range lines {
		if l = strings.TrimSpace(l); l == "" {
			continue
		}
		rest, ok := strings.CutPrefix(l, "•")
		for _, b := range []string{"- ", "* ", "– ", "· "} {
			if !ok {
				rest, ok = strings.CutPrefix(l, b)
			}
		}
		if !ok {
			return lines
		}
		out = append(out, rest)
	}
	return out
}

// separator guesses what parts the items of a column whose cells hold several:
// of those given, the one that stands in the most cells; "" where a cell has
// lines, which then part them, or where none stands in any.
func separator(cells []string, of ...string) string {
	best, most := "", 0
	for _, sep := range of {
		n := 0
		for _, c := range cells {
			if strings.Contains(strings.TrimSpace(c), "\n") {
				return ""
			}
			if strings.Contains(c, sep) {
				n++
			}
		}
		if n > most {
			best, most = sep, n
		}
	}
	return best
}
