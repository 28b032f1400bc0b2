package importer_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"frontdesk/internal/fault"
	"frontdesk/knowledge/importer"
)

// upTo repeats a piece, with its number in it, up to a number of bytes.
func upTo(size int, before, piece, after string) []byte {
	var b strings.Builder
	b.Grow(size + len(piece) + 100)
	b.WriteString(before)
	for i := 0; b.Len() < size; i++ {
		if strings.Contains(piece, "%d") {
			fmt.Fprintf(&b, piece, i)
		} else {
			b.WriteString(piece)
		}
	}
	b.WriteString(after)
	return []byte(b.String())
}

const sentence = "The lamp in the hall is turned off at night by whoever is the last to leave the house, and nobody is asked to come back for it. "

// largePages are pages as there are, only longer.
func largePages(size int) map[string][]byte {
	faq := `{"@type":"Question","name":"How do I turn off lamp %d?","acceptedAnswer":{"@type":"Answer","text":"<p>` + strings.Repeat(sentence, 3) + `</p><ul><li>One</li><li>Two</li></ul>"}},`
	return map[string][]byte{
		"jsonld":   upTo(size, `<html><body><script type="application/ld+json">{"@type":"FAQPage","mainEntity":[`, faq, `]}</script></body></html>`),
		"details":  upTo(size, "<html><body>", "<details><summary>How do I turn off lamp %d?</summary><p>"+strings.Repeat(sentence, 4)+"</p></details>\n", ""),
		"handbook": upTo(size, "<html><body><h1>Lamps</h1>", "<h2>Lamp %d</h2><p>"+sentence+"<b>Off</b> is off. "+sentence+"</p><ul><li>"+sentence+"</li><li>Two</li></ul>\n", ""),
	}
}

// hostilePages are made to cost much.
func hostilePages(size int) map[string][]byte {
	out := map[string][]byte{"deep mixed": nil}
	for name, piece := range map[string]string{
		"divs": "<div>", "bold": "<b>", "fonts": "<font size=%d>", "links": "<a href=https://a.example/%d>", "links with text": "<a href=/%d>x</a>", "tables": "<table>", "cells": "<table><tr><td>",
		"lists": "<ul><li>", "quotes": "<blockquote>", "terms": "<dl><dt>a?<dd>", "unfolding": "<details><summary>a?", "unfolding apart": "<details><summary>a?</summary>b</details>",
		"headings": "<h2>a?</h2>b", "paragraphs": "<p>a", "breaks": "<br>", "stars": "*", "underscores": "_a", "brackets": "[", "angles": "&lt;", "backticks": "`", "hashes": "\n# a", "pipes": "|a",
		"items": "<li>a", "list after list": "<ul><li>a</ul>", "attributes": "<i a b c d e f g h i j>", "scripts": "<script></script>", "json": `<script type=application/ld+json>{"@type":"Question"</script>`,
		"forms": "<form><p>", "headers": "<header>", "svg": "<svg>", "math": "<math>", "templates": "<template>", "select": "<select><option>", "comments": "<!---->", "names": "<x%d>", "rows": "<tr><td>a",
		"things": "<div itemscope itemtype=https://schema.org/Question><b itemprop=name>a?", "buttons": "<div aria-expanded aria-controls=x>a", "bold questions": "<p><b>a?</b></p>", "pre": "<pre>\n", "nul": "\x00", "open": "<", "images": "<img src=https://a.example/%d alt=a>", "frames": "<frameset>",
		"misnested": "<b><p></b><i>", "links in tables": "<table><a>", "spans": "<td colspan=1000 rowspan=65534>a",
	} {
		out[name] = upTo(size, "", piece, "")
	}
	var b strings.Builder
	for i := range 500 {
		fmt.Fprintf(&b, "<div>%s", []string{"<ul><li>", "<blockquote>", "<table><tr><td>a<td>", "<dl><dd>", ""}[i%5])
	}
	out["deep mixed"] = []byte(b.String())
	return out
}

func readPage(t testing.TB, data []byte) (*importer.Found, error) {
	src := importer.Source{Name: "large.html", Files: fstest.MapFS{"large.html": {Data: data}}, Path: "large.html"}
	return importer.HTML().Read(t.Context(), src, importer.Options{})
}

// TestHostilePages holds that pages made to cost much are read or refused: no
// panic, no stack without end. At full size they show the time, too.
func TestHostilePages(t *testing.T) {
	size := 20 << 10
	if os.Getenv("FRONTDESK_TEST_LOAD") != "" {
		size = 20 << 20
	}
	for name, data := range hostilePages(size) {
		t.Run(name, func(t *testing.T) {
			found, err := readPage(t, data)
			var faults fault.List
			if err != nil && !errors.As(err, &faults) {
				t.Errorf("%v is no fault of the file", err)
			}
			if err == nil && found == nil {
				t.Error("neither a fault nor anything found")
			}
		})
	}
}

func TestLargePages(t *testing.T) {
	size := 1 << 20
	if os.Getenv("FRONTDESK_TEST_LOAD") != "" {
		size = 20 << 20
	}
	for name, data := range largePages(size) {
		t.Run(name, func(t *testing.T) {
			found, err := readPage(t, data)
			if err != nil {
				t.Fatal(err)
			}
			if len(found.Left) > 0 || name == "handbook" && len(found.Guides) != 1 || name != "handbook" && len(found.Items) < size/1000 {
				t.Errorf("%d items, %d guides, %v", len(found.Items), len(found.Guides), found.Left)
			}
		})
	}
}

func BenchmarkHTML20MB(b *testing.B) {
	for name, data := range largePages(20 << 20) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if _, err := readPage(b, data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
