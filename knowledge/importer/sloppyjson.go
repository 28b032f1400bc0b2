package importer

import (
	"bytes"
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"

	"frontdesk/internal/fault"

	"github.com/tailscale/hujson"
)

// Bounds of a JSON document that is read as a tree.
const (
	maxSloppyDepth = 100
	maxSloppyNodes = 600_000 // objects, lists and what stands in them: enough for maxItems questions
)

// A document is JSON as it stands in web pages: with comments, commas too
// many, line ends inside of texts, and wrapped in what hid it from browsers of
// old.
type document struct {
	root   hujson.Value
	file   string
	clean  []byte // what root's offsets count in
	breaks []int  // where the lines begin in clean, from the second on
	line   int    // of the file, in which the document begins

	lastAt, lastCol int // of the place that was asked for last
}

// parseSloppy reads a document that begins in a line of a file. The error is a
// [fault.List].
func parseSloppy(text, file string, line int) (*document, error) {
	d := &document{file: file, line: line}
	text = d.unwrap(text)
	if what, at := d.tidy(text); what != "" {
		return nil, d.fault(at, what, "keep only what belongs to the questions")
	}
	var err error
	if d.root, err = hujson.Parse(d.clean); err != nil {
		at := len(d.clean)
		var l, c int
		message := strings.TrimPrefix(err.Error(), "hujson: ")
		if _, scanErr := fmt.Sscanf(message, "line %d, column %d:", &l, &c); scanErr == nil {
			_, message, _ = strings.Cut(message, ": ")
			at = offset(d.clean, l, c)
		}
		return nil, d.fault(at, "this is not JSON: "+message, "correct it there, or have the page made anew")
	}
	return d, nil
}

// unwrap takes away what stands around the JSON, but for line ends, which count.
func (d *document) unwrap(text string) string {
	for again := true; again; {
		again = false
		trimmed := strings.TrimLeft(text, " \t\r\n\ufeff")
		d.line += strings.Count(text[:len(text)-len(trimmed)], "\n")
		text = strings.TrimRight(trimmed, " \t\r\n;")
		for _, w := range [][2]string{{"<!--", "-->"}, {"<![CDATA[", "]]>"}, {"/*<![CDATA[*/", "/*]]>*/"}, {"/* <![CDATA[ */", "/* ]]> */"}} {
			if inner, ok := strings.CutPrefix(text, w[0]); ok {
				text, again = strings.TrimSuffix(inner, w[1]), true
			}
		}
	}
	return text
}

// tidy mends what the parser would not take, and holds the document to its
// bounds, of which the parser has none.
func (d *document) tidy(text string) (what string, at int) {
	out := make([]byte, 0, len(text)+16)
	depth, nodes, inText := 0, 0, false
	for i := 0; i < len(text); i++ {
		b := text[i]
		if b == '\n' && !inText {
			out = append(out, b)
			d.breaks = append(d.breaks, len(out))
			continue
		}
		switch {
		case inText && b == '"':
			inText = false
		case inText && b == '\\' && i+1 < len(text):
			i++
			switch next := text[i]; {
			case strings.IndexByte(`"\/bfnrtu`, next) >= 0:
				out = append(out, '\\', next)
			case next == '\n': // A line that goes on.
				d.breaks = append(d.breaks, len(out))
			case next == '\'':
				out = append(out, next)
			default:
				out = append(out, '\\', '\\')
				i-- // It is a character like any other.
			}
			continue
		case inText && b == '\n':
			out = append(out, '\\', 'n')
			d.breaks = append(d.breaks, len(out))
			continue
		case inText && b < ' ':
			b = ' '
		case inText:
		case b == '"':
			inText = true
		case b == '/' && i+1 < len(text) && (text[i+1] == '/' || text[i+1] == '*'):
			i = d.comment(&out, text, i)
			continue
		case b == '{' || b == '[':
			depth++
			nodes++
		case b == '}' || b == ']':
			depth--
		case b == ',':
			nodes++
		}
		out = append(out, b)
		switch {
		case depth > maxSloppyDepth:
			d.clean = out
			return fmt.Sprintf("it is nested more than %d deep", maxSloppyDepth), len(out) - 1
		case nodes > maxSloppyNodes:
			d.clean = out
			return fmt.Sprintf("it holds more than %d values", maxSloppyNodes), len(out) - 1
		}
	}
	d.clean = append(out, '\n') // A comment may stand in the last line.
	return "", 0
}

// comment takes over a comment that begins at i, which the parser knows, and
// gives where its last byte is.
func (d *document) comment(out *[]byte, text string, i int) int {
	end := "\n"
	if text[i+1] == '*' {
		end = "*/"
	}
	last := len(text)
	if n := strings.Index(text[i+2:], end); n >= 0 {
		last = i + 2 + n + len(end)
	}
	for ; i < last; i++ {
		*out = append(*out, text[i])
		if text[i] == '\n' {
			d.breaks = append(d.breaks, len(*out))
		}
	}
	return last - 1
}

// place gives the line and column of an offset. Col is that of the tidied text.
func (d *document) place(at int) (line, col int) {
	n := sort.SearchInts(d.breaks, at+1)
	begin := 0
	if n > 0 {
		begin = d.breaks[n-1]
	}
	at = max(begin, min(at, len(d.clean)))
	col = 1
	if d.lastCol > 0 && d.lastAt >= begin && d.lastAt <= at { // Places are asked for in order, and all may stand in one line.
		begin, col = d.lastAt, d.lastCol
	}
	col += utf8.RuneCount(d.clean[begin:at])
	d.lastAt, d.lastCol = at, col
	return d.line + n, col
}

func (d *document) fault(at int, what, do string) error {
	line, col := d.place(at)
	return fault.List{{File: d.file, Line: line, Col: col, What: what, Do: do}}
}

// offset gives where a line and a column, both from 1, are.
func offset(text []byte, line, col int) int {
	at := 0
	for ; line > 1; line-- {
		n := bytes.IndexByte(text[at:], '\n')
		if n < 0 {
			break
		}
		at += n + 1
	}
	return min(at+col-1, len(text))
}
