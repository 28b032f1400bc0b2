package importer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/url"
	"slices"
	"strings"

	"frontdesk/knowledge"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// FAQPageWriter writes questions with their answers as a FAQPage of schema.org
// (https://schema.org/FAQPage) in JSON-LD. Answers are HTML.
func FAQPageWriter() Writer {
	return Writer{
		Format: "faqpage", Title: "FAQPage of schema.org (JSON-LD)", Ext: ".jsonld",
		Write: func(out Output, entries []*knowledge.Entry) ([]Left, error) {
			return writeFAQPage(out, entries, "", "")
		},
	}
}

// FAQPageScriptWriter writes what [FAQPageWriter] writes as an element to put
// into a web page. Nothing in a text can end the element early.
func FAQPageScriptWriter() Writer {
	return Writer{
		Format: "faqpage-html", Title: "FAQPage of schema.org (a script to put into a page)", Ext: ".html",
		Write: func(out Output, entries []*knowledge.Entry) ([]Left, error) {
			return writeFAQPage(out, entries, `<script type="application/ld+json">`+"\n", "</script>\n")
		},
	}
}

type (
	ldPage struct {
		Context    string       `json:"@context"`
		Type       string       `json:"@type"`
		MainEntity []ldQuestion `json:"mainEntity"`
	}
	ldQuestion struct {
		Type       string   `json:"@type"`
		Identifier string   `json:"identifier"`
		Name       string   `json:"name"`
		Other      []string `json:"alternateName,omitempty"`
		Keywords   []string `json:"keywords,omitempty"`
		Answer     ldAnswer `json:"acceptedAnswer"`
	}
	ldAnswer struct {
		Type string `json:"@type"`
		Text string `json:"text"`
	}
)

func writeFAQPage(out Output, entries []*knowledge.Entry, before, after string) (left []Left, err error) {
	page := ldPage{Context: "https://schema.org", Type: "FAQPage", MainEntity: []ldQuestion{}}
	leave := func(e *knowledge.Entry, what, why string) {
		left = append(left, Left{Pos: e.Pos, What: fmt.Sprintf("%s %q", what, shown(e.ID)), Why: why})
	}
	for _, e := range entries {
		switch {
		case e.Kind == knowledge.Do:
			leave(e, "the command", "a FAQPage has only questions with answers")
			continue
		case e.Kind == knowledge.Passage:
			leave(e, "the passage", "its guide is a page of its own")
			continue
		}
		if len(e.Followups) > 0 {
			leave(e, "the follow-ups of", "a FAQPage has no place for them")
		}
		if len(e.Formerly) > 0 {
			leave(e, "the former ids of", "a FAQPage has no place for them")
		}
		answer, err := htmlOf(e.Answer)
		if err != nil {
			return nil, fmt.Errorf("writing the answer of %q: %w", e.ID, err)
		}
		if back, err := markdownOf(answer); err != nil || back != e.Answer {
			leave(e, "how the answer is written in", "it is HTML in a FAQPage, which looks the same and comes back in other marks")
		}
		if slices.ContainsFunc(e.Phrasings(), func(p string) bool { return markup.MatchString(p) || html.UnescapeString(p) != p }) {
			leave(e, "the marks of HTML in the phrasings of", "those who read a FAQPage take them for HTML")
		}
		if slices.ContainsFunc(e.Tags, func(tag string) bool { return strings.Contains(tag, ",") }) {
			leave(e, "the commas in the tags of", "they part keywords in a FAQPage")
		}
		page.MainEntity = append(page.MainEntity, ldQuestion{
			Type: "Question", Identifier: e.ID, Name: e.Question, Other: e.Alternatives, Keywords: e.Tags,
			Answer: ldAnswer{Type: "Answer", Text: answer},
		})
	}
	w, err := out.Create("")
	if err != nil {
		return nil, fmt.Errorf("writing the FAQPage: %w", err)
	}
	defer func() {
		if cerr := w.Close(); err == nil && cerr != nil {
			err = fmt.Errorf("writing the FAQPage: %w", cerr)
		}
	}()
	var data bytes.Buffer
	data.WriteString(before)
	enc := json.NewEncoder(&data) // It writes < and > as \u003c and \u003e.
	enc.SetIndent("", "  ")
	if err := enc.Encode(page); err != nil {
		return nil, fmt.Errorf("writing the FAQPage: %w", err)
	}
	data.WriteString(after)
	if _, err := io.Copy(w, &data); err != nil {
		return nil, fmt.Errorf("writing the FAQPage: %w", err)
	}
	return left, nil
}

// htmlOf gives Markdown as HTML that can do nothing: what is HTML in it already
// is shown as text, and links lead nowhere but to the web, a mail or a telephone.
func htmlOf(md string) (string, error) {
	g := goldmark.New(
		goldmark.WithExtensions(extension.Table, extension.Strikethrough),
		goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(rawAsText{}, 100))),
	)
	source := []byte(md)
	doc := g.Parser().Parse(text.NewReader(source))
	var unsafe []ast.Node
	err := ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		var to []byte
		switch n := n.(type) {
		case *ast.Link:
			to = n.Destination
		case *ast.Image:
			to = n.Destination
		default:
			return ast.WalkContinue, nil
		}
		if entering && !isSafe(string(to)) {
			unsafe = append(unsafe, n)
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		return "", err
	}
	for _, n := range unsafe { // The words stay.
		for c := n.FirstChild(); c != nil; c = n.FirstChild() {
			n.Parent().InsertBefore(n.Parent(), n, c)
		}
		n.Parent().RemoveChild(n.Parent(), n)
	}
	var b bytes.Buffer
	if err := g.Renderer().Render(&b, source, doc); err != nil {
		return "", err
	}
	return strings.TrimSpace(b.String()), nil
}

func isSafe(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "" && u.Host == "" || slices.Contains([]string{"http", "https", "mailto", "tel"}, strings.ToLower(u.Scheme)))
}

// rawAsText renders the HTML in Markdown as the text that it is.
type rawAsText struct{}

func (rawAsText) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindRawHTML, func(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		if raw, ok := n.(*ast.RawHTML); ok && entering {
			_, err := w.Write(util.EscapeHTML(raw.Segments.Value(source)))
			return ast.WalkSkipChildren, err
		}
		return ast.WalkContinue, nil
	})
	r.Register(ast.KindHTMLBlock, func(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		if block, ok := n.(*ast.HTMLBlock); ok && entering {
			raw := block.Lines().Value(source)
			if block.HasClosure() {
				raw = append(raw, block.ClosureLine.Value(source)...)
			}
			_, err := fmt.Fprintf(w, "<p>%s</p>\n", util.EscapeHTML(bytes.TrimSpace(raw)))
			return ast.WalkContinue, err
		}
		return ast.WalkContinue, nil
	})
}
