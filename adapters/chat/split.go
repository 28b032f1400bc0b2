package chat

import (
	"strings"
	"unicode/utf8"
)

// Split cuts Markdown into parts, none of which is larger than limit by the measure
// given (of the part as it will be shown), at the borders of paragraphs where that
// is possible, else of lines, words, or characters. A fenced block that has to be
// cut is closed and opened again. Nothing is lost but blank lines at the cuts; what is
// no UTF-8 becomes U+FFFD.
func Split(markdown string, limit int, size func(string) int) []string {
	markdown = strings.ToValidUTF8(markdown, "\uFFFD") // of which no cut finds a border
	if size(markdown) <= limit {
		return []string{markdown}
	}
	var parts []string
	current := ""
	for _, block := range blocks(markdown) {
		joined := block
		if current != "" {
			joined = current + "\n\n" + block
		}
		if size(joined) <= limit {
			current = joined
			continue
		}
		if current != "" {
			parts = append(parts, current)
		}
		pieces := cutBlock(block, limit, size)
		parts = append(parts, pieces[:len(pieces)-1]...)
		current = pieces[len(pieces)-1]
	}
	if current != "" {
		parts = append(parts, current)
	}
	return parts
}

// blocks gives the paragraphs of Markdown; a fenced block is one.
func blocks(markdown string) []string {
	var out []string
	var lines []string
	fence := ""
	end := func() {
		if len(lines) > 0 {
			out = append(out, strings.Join(lines, "\n"))
			lines = nil
		}
	}
	for line := range strings.SplitSeq(strings.ReplaceAll(markdown, "\r\n", "\n"), "\n") {
		mark := fenceOf(line)
		switch {
		case fence != "":
			lines = append(lines, line)
			if strings.HasPrefix(mark, fence) && strings.TrimSpace(line) == mark {
				fence = ""
				end()
			}
		case mark != "":
			end()
			fence = mark
			lines = append(lines, line)
		case strings.TrimSpace(line) == "":
			end()
		default:
			lines = append(lines, line)
		}
	}
	end()
	return out
}

// fenceOf gives the marks with which a line opens or closes a fenced block.
func fenceOf(line string) string {
	line = strings.TrimLeft(line, " ")
	for _, c := range []string{"`", "~"} {
		if n := len(line) - len(strings.TrimLeft(line, c)); n >= 3 {
			return line[:n]
		}
	}
	return ""
}

// cutBlock cuts one paragraph or fenced block.
func cutBlock(block string, limit int, size func(string) int) []string {
	if size(block) <= limit {
		return []string{block}
	}
	lines := strings.Split(block, "\n")
	open, shut := "", ""
	if fence := fenceOf(lines[0]); fence != "" && 4*size(lines[0]) < limit {
		open, shut = lines[0]+"\n", "\n"+fence
		lines = lines[1:]
		if n := len(lines); n > 0 && strings.TrimSpace(lines[n-1]) == fence {
			lines = lines[:n-1]
		}
	}
	fits := func(s string) bool { return size(open+s+shut) <= limit }
	var parts []string
	current, begun := "", false
	flush := func() {
		if begun {
			parts = append(parts, open+current+shut)
		}
		current, begun = "", false
	}
	for _, line := range lines {
		if joined := current + "\n" + line; begun && fits(joined) {
			current = joined
			continue
		}
		flush()
		for !fits(line) {
			head := cutLine(line, fits)
			parts = append(parts, open+head+shut)
			line = strings.TrimLeft(line[len(head):], " ")
		}
		current, begun = line, true
	}
	flush()
	return parts
}

// cutLine gives the beginning of a line that fits, up to a space where there is
// one in its second half. It gives a character at least.
func cutLine(line string, fits func(string) bool) string {
	// The longest beginning that fits: the line may be far longer than that, so
	// the search begins small.
	lo, hi := 0, 64
	for hi < len(line) && fits(line[:border(line, hi)]) {
		lo, hi = hi, 2*hi
	}
	hi = min(hi, len(line))
	for lo < hi {
		mid := (lo + hi + 1) / 2
		if fits(line[:border(line, mid)]) {
			lo = mid
		} else {
			hi = mid - 1
		}
	}
	n := border(line, lo)
	if n == 0 {
		_, n = utf8.DecodeRuneInString(line)
		return line[:n]
	}
	if i := strings.LastIndexByte(line[:n], ' '); i > n/2 {
		return line[:i]
	}
	return line[:n]
}

// border gives the start of the character that the place n lies in.
func border(s string, n int) int {
	for n > 0 && n < len(s) && !utf8.RuneStart(s[n]) {
		n--
	}
	return n
}
