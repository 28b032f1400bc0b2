package bottest

import (
	"regexp"
	"strings"
)

var (
	rendition = regexp.MustCompile("\x1b\\[([0-9;]*)m")
	target    = regexp.MustCompile(`^ \(((?:https?|mailto):\S+)\)`)
)

// ReadScreen reads what [frontdesk/adapters/terminal.Print] prints on a terminal that
// shows all styles: ECMA-48 renditions for bold, italic, struck and code, an underlined
// link with its address behind it in brackets, blocks of code indented.
func ReadScreen(printed string) []Piece {
	var out []Piece
	for line := range strings.Lines(printed) {
		block := strings.HasPrefix(line, "    ")
		style := Piece{}
		underlined := false
		for len(line) > 0 {
			at := rendition.FindStringSubmatchIndex(line)
			text := line
			if at != nil {
				text = line[:at[0]]
			}
			if text != "" {
				p := style
				p.Text, p.Block = text, block && style.Code
				if underlined {
					p.Link = "?"
				}
				out = append(out, p)
			}
			if at == nil {
				break
			}
			params := strings.Split(line[at[2]:at[3]], ";")
			line = line[at[1]:]
			style, underlined = Piece{}, false
			for _, p := range params {
				switch p {
				case "1":
					style.Bold = true
				case "3":
					style.Italic = true
				case "9":
					style.Strike = true
				case "36":
					style.Code = true
				case "4":
					underlined = true
				}
			}
		}
	}
	// Where a link leads stands behind it, in brackets; what no browser opens is
	// text and nothing more.
	for i := range out {
		if out[i].Link == "" {
			continue
		}
		out[i].Link = ""
		for j := i + 1; j < len(out); j++ {
			if m := target.FindStringSubmatch(out[j].Text); m != nil {
				out[i].Link = m[1]
				break
			}
		}
	}
	return out
}
