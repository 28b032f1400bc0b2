package importer

import (
	"bytes"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/JohannesKaufmann/html-to-markdown/v2/converter"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/base"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/commonmark"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/strikethrough"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/table"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// markdownOf gives a piece of HTML, such as an answer, as Markdown. Scripts,
// styles, navigation, forms and their like are dropped; of links only those
// stay that lead to an absolute http, https, mailto or tel address, of the
// others the words. It fails where elements are nested more than 512 deep.
// It may be called from several goroutines.
func markdownOf(markup string) (string, error) {
	root, err := html.Parse(strings.NewReader(markup))
	if err != nil {
		return "", fmt.Errorf("reading HTML: %w", err)
	}
	body := find(root, func(n *html.Node) bool { return n.DataAtom == atom.Body })
	if body == nil { // A page of frames.
		return "", nil
	}
	return markdownOfNodes(nil, body)
}

// markdownOfNodes gives pieces of a page as Markdown. It takes them out of
// their tree and changes them. Links are made absolute against base, which may
// be nil.
func markdownOfNodes(base *url.URL, nodes ...*html.Node) (string, error) {
	root := &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div}
	for _, n := range nodes {
		if n.Parent != nil {
			n.Parent.RemoveChild(n)
		}
		if n.DataAtom == atom.Body {
			rename(n, atom.Div)
		}
		root.AppendChild(n)
	}
	(&cleaner{base: base}).children(root, place{})
	out, err := newConverter().ConvertNode(root)
	if err != nil {
		return "", fmt.Errorf("turning HTML into Markdown: %w", err)
	}
	return tidyMarkdown(bytes.TrimSpace(out)), nil
}

// bareAddress is an address in which nothing is a mark.
var bareAddress = regexp.MustCompile(`\bhttps?://[^\s<>()\[\]|]+`)

// tidyMarkdown empties blank lines, gives hidden brackets back and takes the
// backslashes out of addresses, line by line: of a large page there is one copy.
func tidyMarkdown(md []byte) string {
	var out strings.Builder
	out.Grow(len(md))
	for line := range bytes.Lines(md) {
		if len(bytes.Trim(line, " \t\n")) == 0 {
			line = line[len(line)-1:]
		}
		line = unhide(line)
		if bytes.Contains(line, []byte("://")) && bytes.Contains(line, []byte(`\`)) {
			line = bareAddress.ReplaceAllFunc(line, func(a []byte) []byte { return bytes.ReplaceAll(a, []byte(`\`), nil) })
		}
		out.Write(line)
	}
	return out.String()
}

// hidden stands for an opening bracket while HTML is turned into Markdown: for
// each of them the converter would look through the rest of the line, in a time
// that grows with the square of their number.
const hidden = '\uf8f0'

// unhide gives the brackets of a line back, with a backslash where the line has
// a closing one that would make a link of them.
func unhide(line []byte) []byte {
	if !bytes.ContainsRune(line, hidden) {
		return line
	}
	last := max(0, bytes.LastIndexByte(line, ']'))
	return append(bytes.ReplaceAll(line[:last], []byte(string(hidden)), []byte(`\[`)),
		bytes.ReplaceAll(line[last:], []byte(string(hidden)), []byte(`[`))...)
}

// newConverter makes what turns a cleaned tree into Markdown. A converter
// remembers faults of its plug-ins, so each conversion has its own. Cells are
// not padded, since a table of one long cell and many rows would grow with the
// product of both.
func newConverter() *converter.Converter {
	return converter.NewConverter(converter.WithPlugins(
		base.NewBasePlugin(),
		commonmark.NewCommonmarkPlugin(
			commonmark.WithHorizontalRule("---"),
			commonmark.WithListEndComment(false),
			commonmark.WithLinkEmptyHrefBehavior(commonmark.LinkBehaviorSkip),
			commonmark.WithLinkEmptyContentBehavior(commonmark.LinkBehaviorSkip),
		),
		strikethrough.NewStrikethroughPlugin(),
		table.NewTablePlugin(
			table.WithCellPaddingBehavior(table.CellPaddingBehaviorMinimal),
			table.WithHeaderPromotion(true),
			table.WithSkipEmptyRows(true),
		),
	))
}
