package speaker

import (
	"strings"
	"sync"
	"unicode"

	"frontdesk/bot"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// maxMarkdown bounds what is read of an answer, in bytes: far more than is said.
const maxMarkdown = 64 << 10

var parse = sync.OnceValue(func() parser.Parser {
	return goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough)).Parser()
})

// Spoken gives what is said of a reply: its text, and what there is to choose from.
func Spoken(r bot.Reply) string {
	parts := []string{Plain(r.Text), Plain(r.OptionsHead)}
	if r.Form == nil { // which has many
		for _, o := range r.Options {
			parts = append(parts, sentence(words(o.Label)))
		}
	}
	return strings.Join(strings.Fields(strings.Join(parts, " ")), " ")
}

// Plain gives Markdown as sentences that can be said: links by their text, code by
// its words, blocks of code not at all.
func Plain(markdown string) string {
	if len(markdown) > maxMarkdown {
		markdown = markdown[:maxMarkdown]
	}
	source := []byte(strings.ToValidUTF8(markdown, " "))
	var b strings.Builder
	// A block is a sentence of its own, whether it ends like one or not.
	var block strings.Builder
	end := func() {
		if s := sentence(block.String()); s != "" {
			b.WriteString(s + " ")
		}
		block.Reset()
	}
	_ = ast.Walk(parse().Parse(text.NewReader(source)), func(n ast.Node, in bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.CodeBlock, *ast.FencedCodeBlock, *ast.HTMLBlock, *ast.RawHTML:
			return ast.WalkSkipChildren, nil
		case *ast.Text:
			if in {
				block.WriteString(clean(string(n.Segment.Value(source))))
				if n.SoftLineBreak() || n.HardLineBreak() {
					block.WriteByte(' ')
				}
			}
		case *ast.String:
			if in {
				block.WriteString(clean(string(n.Value)))
			}
		case *ast.CodeSpan:
			if in {
				var code strings.Builder
				for c := n.FirstChild(); c != nil; c = c.NextSibling() {
					if t, ok := c.(*ast.Text); ok {
						code.Write(t.Segment.Value(source))
					}
				}
				block.WriteString(words(code.String()))
			}
			return ast.WalkSkipChildren, nil
		case *ast.AutoLink:
			if in {
				block.WriteString(words(host(string(n.URL(source)))))
			}
		case *east.TableCell:
			if !in && n.NextSibling() != nil {
				block.WriteString(", ")
			}
		default:
			if n.Type() == ast.TypeBlock {
				end()
			}
		}
		return ast.WalkContinue, nil
	})
	end()
	return strings.TrimSpace(b.String())
}

// host gives the name of the machine in an address; nobody listens to the rest.
func host(url string) string {
	_, rest, ok := strings.Cut(url, "://")
	if !ok {
		return strings.TrimPrefix(url, "mailto:")
	}
	rest, _, _ = strings.Cut(rest, "/")
	return rest
}

// clean drops what cannot be said: control characters, and pictures.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Co, r), unicode.Is(unicode.So, r):
			return -1
		}
		return r
	}, s)
}

// words gives code as the words in it: letters, digits, and what stands within a
// number.
func words(code string) string {
	runes := []rune(clean(code))
	digit := func(i int) bool { return i >= 0 && i < len(runes) && unicode.IsDigit(runes[i]) }
	for i, r := range runes {
		number := (r == '.' || r == ',' || r == ':' || r == '%') && digit(i-1)
		if !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) && r != '\'' && r != '’' && !number {
			runes[i] = ' '
		}
	}
	return strings.Join(strings.Fields(string(runes)), " ")
}

// sentence gives a text that ends like a sentence, or nothing.
func sentence(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	s = strings.TrimLeft(s, "-–—•* ") // a program would take it for an option
	if s == "" || !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
		return ""
	}
	if strings.ContainsRune(".!?…。！？", []rune(s)[len([]rune(s))-1]) {
		return s
	}
	return strings.TrimRight(s, ",;:") + "."
}

// cut gives at most so many letters of a text: whole sentences, or else whole words.
func cut(s string, most int) string {
	runes := []rune(s)
	if len(runes) <= most {
		return s
	}
	ends := func(i int) bool { // a sentence ends before i
		return strings.ContainsRune(".!?…", runes[i-1]) && unicode.IsSpace(runes[i]) || strings.ContainsRune("。！？", runes[i-1])
	}
	space := 0
	for i := most; i > 0; i-- {
		if ends(i) {
			return strings.TrimSpace(string(runes[:i]))
		}
		if space == 0 && unicode.IsSpace(runes[i]) {
			space = i
		}
	}
	if space == 0 {
		space = most
	}
	return string(runes[:space])
}
