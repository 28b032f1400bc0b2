package importer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"

	"frontdesk/internal/fault"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/net/html/charset"
)

// Bounds of a page, whose tree takes many times its size.
const (
	maxPage      = 32 << 20  // bytes
	maxPageParts = 900_000   // elements, texts, comments and attributes together: about 150 MB of tree
	maxPageMarks = 3_000_000 // characters of texts that are marks in Markdown, each of which takes some 25 bytes while it is escaped
)

// markdownMarks are the characters that are escaped in Markdown, or begin what is one.
const markdownMarks = "\\`*_[]<>|#&"

// A webPage is a page that was read.
type webPage struct {
	name    string   // as faults show it
	address *url.URL // where it stands; nil where that is not known
	base    *url.URL // against which its links are; nil where it has no address
	title   string
	lang    string
	root    *html.Node
	scripts []script // of JSON-LD, in their order

	savedFrom string // the address that a browser noted
}

// A script is one of JSON-LD in a page.
type script struct {
	from, to int // where its text stands in the page
	text     []byte
	line     int // of the page, in which it begins
}

// readPage reads a page. Its encoding is that of its byte order mark, of its
// content type, where a server gave one, or what it says itself. The error is
// a [fault.List].
func readPage(data []byte, contentType, name string, address *url.URL) (*webPage, error) {
	data, err := decodePage(data, contentType, name)
	if err != nil {
		return nil, err
	}
	p := &webPage{name: name, address: address}
	if err := p.scan(data); err != nil {
		return nil, err
	}
	if m := savedFrom.FindSubmatch(data[:min(len(data), maxHead)]); m != nil && p.address == nil {
		p.savedFrom = string(m[1])
	}
	if p.root, err = html.Parse(p.withoutScripts(data)); err != nil {
		return nil, fault.List{{File: name, What: "the page cannot be read: " + strings.TrimPrefix(err.Error(), "html: "),
			Do: "save it from a browser again, or take the text out of what is around it"}}
	}
	p.look()
	return p, nil
}

// withoutScripts gives a page without its JSON-LD, which the tree would hold
// once more.
func (p *webPage) withoutScripts(data []byte) io.Reader {
	var parts []io.Reader
	at := 0
	for _, s := range p.scripts {
		parts = append(parts, bytes.NewReader(data[at:s.from]))
		at = s.to
	}
	return io.MultiReader(append(parts, bytes.NewReader(data[at:]))...)
}

// decodePage gives a page as UTF-8, by the rules of HTML ("determining the
// character encoding"); a page that says nothing and is UTF-8 is UTF-8.
func decodePage(data []byte, contentType, name string) ([]byte, error) {
	e, encoding, certain := charset.DetermineEncoding(data, contentType)
	if encoding == "utf-8" || !certain && utf8.Valid(data) {
		if utf8.Valid(data) { // Then it need not be copied.
			return bytes.TrimPrefix(data, []byte("\ufeff")), nil
		}
		return bytes.ToValidUTF8(bytes.TrimPrefix(data, []byte("\ufeff")), []byte("\ufffd")), nil
	}
	var buf bytes.Buffer
	buf.Grow(len(data) + len(data)/8)
	// No encoding makes more than three bytes of one.
	if _, err := buf.ReadFrom(e.NewDecoder().Reader(bytes.NewReader(data))); err != nil {
		return nil, fault.List{{File: name, What: fmt.Sprintf("the page is not the %s that it says: %v", encoding, err), Do: "save it as UTF-8"}}
	}
	return bytes.TrimPrefix(buf.Bytes(), []byte("\ufeff")), nil
}

// scan holds a page to its bounds before a tree is made of it, and finds its
// JSON-LD, of which the tree would not say where it stands.
func (p *webPage) scan(data []byte) error {
	z := html.NewTokenizer(bytes.NewReader(data))
	parts, marks, line, at, in, code := 0, 0, 1, 0, false, false
	take := func(from, to int) {
		p.scripts = append(p.scripts, script{from: from, to: to, text: data[from:to], line: line})
	}
	for {
		kind := z.Next()
		raw := z.Raw()
		switch kind {
		case html.ErrorToken:
			if err := z.Err(); !errors.Is(err, io.EOF) {
				return fmt.Errorf("reading %s: %w", p.name, err)
			}
			return nil
		case html.CommentToken, html.DoctypeToken:
			parts++
		case html.TextToken:
			parts++
			if in {
				take(at, at+len(raw))
			} else if !code {
				marks += countMarks(raw)
			}
			in = false
		case html.StartTagToken, html.SelfClosingTagToken:
			parts++
			name, more := z.TagName()
			isScript := string(name) == "script"
			in, code = false, isScript || string(name) == "style"
			for more {
				var key, value []byte
				key, value, more = z.TagAttr()
				parts++
				if string(key) == "alt" || string(key) == "content" { // They become text.
					marks += countMarks(value)
				}
				if isScript && string(key) == "type" {
					t, _, _ := mime.ParseMediaType(string(value)) // "" for what is no type.
					in = t == "application/ld+json"
				}
			}
		}
		if parts > maxPageParts {
			return fault.List{{File: p.name, Line: line, Col: 1,
				What: fmt.Sprintf("the page has more than %d elements, texts, comments and attributes", maxPageParts), Do: "split it"}}
		}
		if marks > maxPageMarks {
			return fault.List{{File: p.name, Line: line, Col: 1,
				What: fmt.Sprintf("the texts of the page hold more than %d brackets, stars and other marks", maxPageMarks), Do: "split it"}}
		}
		line += bytes.Count(raw, []byte("\n"))
		at += len(raw)
		if !in {
			continue
		}
		if end, ok := endOfScript(data[at:]); ok { // The tokenizer would hold the whole script, twice.
			take(at, at+end)
			line += bytes.Count(data[at:at+end], []byte("\n"))
			at, in = at+end, false
			z = html.NewTokenizer(bytes.NewReader(data[at:]))
		}
	}
}

func countMarks(text []byte) (n int) {
	for _, c := range text {
		if strings.IndexByte(markdownMarks, c) >= 0 {
			n++
		}
	}
	return n
}

// endOfScript gives where a script ends that begins where data does. It does
// not know where one ends that holds a comment, in which there may be others.
func endOfScript(data []byte) (int, bool) {
	const tag = "</script"
	for at := 0; ; {
		i := bytes.Index(data[at:], []byte("</"))
		if i < 0 {
			return 0, false
		}
		at += i
		if end := at + len(tag); end < len(data) && bytes.EqualFold(data[at:end], []byte(tag)) && bytes.IndexByte([]byte("\t\n\f\r />"), data[end]) >= 0 {
			return at, !bytes.Contains(data[:at], []byte("<!--"))
		}
		at++
	}
}

// savedFrom is how browsers note the address of a page that they saved.
var savedFrom = regexp.MustCompile(`<!--\s*saved from url=\(\d+\)(\S+)\s*-->`)

// look finds what a page says about itself.
func (p *webPage) look() {
	var canonical, heading string
	var base *url.URL
	for n := range p.root.Descendants() {
		switch n.DataAtom {
		case atom.Html:
			p.lang = strings.ToLower(attr(n, "lang"))
		case atom.Title:
			if p.title == "" && n.Namespace == "" {
				p.title = words(n)
			}
		case atom.H1:
			if heading == "" {
				heading = words(n)
			}
		case atom.Base:
			if u, err := url.Parse(attr(n, "href")); err == nil && base == nil && attr(n, "href") != "" {
				base = u
			}
		case atom.Link:
			if canonical == "" && strings.EqualFold(attr(n, "rel"), "canonical") {
				canonical = attr(n, "href")
			}
		}
	}
	if heading != "" {
		p.title = heading
	}
	if p.address == nil {
		p.address = webAddress(canonical)
	}
	if p.address == nil {
		p.address = webAddress(p.savedFrom)
	}
	p.base = p.address
	if base != nil {
		if p.base != nil {
			base = p.base.ResolveReference(base)
		}
		if base.Host != "" {
			p.base = base
		}
	}
}

// webAddress gives a whole address of the web, or nil.
func webAddress(s string) *url.URL {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil
	}
	u.User, u.Fragment, u.RawFragment = nil, "", ""
	return u
}

// main gives what a page is about: its main part, its one article, or its body.
func (p *webPage) main() *html.Node {
	var found *html.Node
	articles := 0
	for n := range p.root.Descendants() {
		switch {
		case n.DataAtom == atom.Main || strings.EqualFold(attr(n, "role"), "main"):
			return n
		case n.DataAtom == atom.Article:
			if articles++; articles == 1 {
				found = n
			}
		}
	}
	body := bodyOf(p.root)
	if articles == 1 && 2*textSize(found) >= textSize(body) {
		return found
	}
	return body
}

// textSize gives how many bytes of text an element holds.
func textSize(n *html.Node) int {
	size := 0
	for c := range n.Descendants() {
		if c.Type == html.TextNode && !dropped[c.Parent.DataAtom] {
			size += len(strings.TrimSpace(c.Data))
		}
	}
	return size
}
