package slack

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
)

// A writer writes the inline parts of one block.
type writer struct {
	strings.Builder
	page
	bold, italic, strike int // how deep we are in each
	link                 int
}

// mark writes a sign of markup, apart from a letter before or after it, with
// which Slack would not take it for one.
func (w *writer) mark(sign string, n ast.Node) {
	last, _ := utf8.DecodeLastRuneInString(w.String())
	if w.Len() > 0 && (unicode.IsLetter(last) || unicode.IsDigit(last)) {
		w.WriteString(apart)
	}
	w.WriteString(sign)
	w.inline(n)
	w.WriteString(sign)
	if next := w.after(n); unicode.IsLetter(next) || unicode.IsDigit(next) {
		w.WriteString(apart)
	}
}

// after gives the character that follows a node, where that is plain.
func (w *writer) after(n ast.Node) rune {
	if t, ok := n.NextSibling().(*ast.Text); ok {
		r, _ := utf8.DecodeRune(t.Segment.Value(w.source))
		return r
	}
	return ' '
}

func (w *writer) inline(parent ast.Node) {
	for at := parent.FirstChild(); at != nil; at = at.NextSibling() {
		switch n := at.(type) {
		case *ast.Text:
			// The parser cuts texts at signs that might have been markup.
			words := slices.Clone(n.Segment.Value(w.source))
			for !n.HardLineBreak() && !n.SoftLineBreak() {
				next, ok := n.NextSibling().(*ast.Text)
				if !ok {
					break
				}
				words = append(words, next.Segment.Value(w.source)...)
				n = next
			}
			w.WriteString(plain(unescaped(words)))
			if n.HardLineBreak() || n.SoftLineBreak() {
				w.WriteByte('\n')
			}
			at = n
		case *ast.String:
			w.WriteString(plain(string(n.Value)))
		case *ast.CodeSpan:
			w.code(n)
		case *ast.Emphasis:
			w.emphasis(n)
		case *east.Strikethrough:
			w.strike++
			if w.strike == 1 {
				w.mark("~", n)
			} else {
				w.inline(n)
			}
			w.strike--
		case *ast.Link:
			w.anchor(string(n.Destination), n)
		case *ast.Image:
			w.anchor(string(n.Destination), n)
		case *ast.AutoLink:
			u := string(n.URL(w.source))
			if n.AutoLinkType == ast.AutoLinkEmail && !strings.HasPrefix(u, "mailto:") {
				u = "mailto:" + u
			}
			label := string(n.Label(w.source))
			if label == u {
				label = ""
			}
			w.linkTo(u, plain(label))
		case *ast.RawHTML:
			raw := string(n.Segments.Value(w.source))
			if lineBreak.MatchString(raw) {
				w.WriteByte('\n')
			} else {
				w.WriteString(plain(raw))
			}
		case *east.TaskCheckBox:
			if n.IsChecked {
				w.WriteString("☑ ")
			} else {
				w.WriteString("☐ ")
			}
		default:
			w.inline(n)
		}
	}
}

var lineBreak = regexp.MustCompile(`(?i)^<br\s*/?>$`)

func (w *writer) emphasis(n *ast.Emphasis) {
	sign, deep := "_", &w.italic
	if n.Level == 2 {
		sign, deep = "*", &w.bold
	}
	*deep++
	if *deep == 1 {
		w.mark(sign, n)
	} else {
		w.inline(n)
	}
	*deep--
}

// code writes a span of code. There is no way to write a backtick in one.
func (w *writer) code(n *ast.CodeSpan) {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if t, ok := c.(*ast.Text); ok {
			b.Write(t.Segment.Value(w.source))
		}
	}
	words := strings.ReplaceAll(strings.ReplaceAll(b.String(), "\n", " "), "`", "ˋ")
	if strings.TrimSpace(words) == "" {
		w.WriteString(words)
		return
	}
	last, _ := utf8.DecodeLastRuneInString(w.String())
	if w.Len() > 0 && (unicode.IsLetter(last) || unicode.IsDigit(last)) {
		w.WriteString(apart)
	}
	w.WriteString("`" + escape(words) + "`")
	if next := w.after(n); unicode.IsLetter(next) || unicode.IsDigit(next) {
		w.WriteString(apart)
	}
}

// anchor writes a link, or an image, which becomes a link with its description.
func (w *writer) anchor(to string, n ast.Node) {
	label := &writer{page: w.page, bold: w.bold, italic: w.italic, strike: w.strike, link: w.link + 1}
	label.inline(n)
	w.linkTo(unescaped([]byte(to)), strings.ReplaceAll(label.String(), "\n", " "))
}

// linkTo writes a link to what people may be sent to; of others only the label.
func (w *writer) linkTo(to, label string) {
	target, ok := linkable(to)
	switch {
	case w.link > 0, !ok && label != "":
		w.WriteString(label)
	case !ok:
		w.WriteString(plain(to))
	case strings.TrimSpace(label) == "":
		w.WriteString("<" + target + ">")
	default:
		// A bar would end the target, but is harmless in the label.
		w.WriteString("<" + target + "|" + label + ">")
	}
}

// linkable gives a URL in a form that stands in Slack's markup.
func linkable(to string) (string, bool) {
	u, err := url.Parse(strings.TrimSpace(to))
	if err != nil {
		return "", false
	}
	switch strings.ToLower(u.Scheme) {
	case "http", "https":
		if u.Host == "" {
			return "", false
		}
	case "mailto", "tel":
	default:
		return "", false
	}
	return strings.NewReplacer("&", "&amp;", "<", "%3C", ">", "%3E", "|", "%7C", " ", "%20", "\n", "", "\r", "").Replace(u.String()), true
}
