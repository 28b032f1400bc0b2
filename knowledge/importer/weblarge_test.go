package importer_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
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

// largePage gives a page as there are, only longer.
func largePage(name string, size int) []byte {
	faq := `{"@type":"Question","name":"How do I turn off lamp %d?","acceptedAnswer":{"@type":"Answer","text":"<p>` + strings.Repeat(sentence, 3) + `</p><ul><li>One</li><li>Two</li></ul>"}},`
	switch name {
	case "jsonld":
		return upTo(size, `<html><body><script type="application/ld+json">{"@type":"FAQPage","mainEntity":[`, faq, `]}</script></body></html>`)
	case "details":
		return upTo(size, "<html><body>", "<details><summary>How do I turn off lamp %d?</summary><p>"+strings.Repeat(sentence, 4)+"</p></details>\n", "")
	}
	switch name {
	case "prose":
		return upTo(size, "<html><body><h1>Lamps</h1>", "<p>Lamp %d. "+sentence+"<i>Off</i> is off. "+sentence+"</p>\n", "")
	case "nested":
		return upTo(size, "<html><body><div>About lamps</div><div><h1>Lamps</h1><div>", "<div><h2>Lamp %d</h2><p>"+sentence+"<b>Off</b> is off. "+sentence+"</p></div>\n", "</div></div>")
	case "list":
		return upTo(size, "<html><body><h1>Lamps</h1><ul>", "<li>Lamp %d. "+sentence+"</li>\n", "</ul>")
	case "table":
		return upTo(size, "<html><body><h1>Lamps</h1><table><tr><th>Lamp<th>Use</tr>", "<tr><td>Lamp %d<td>"+sentence+sentence+sentence+sentence+"</tr>\n", "</table>")
	case "log":
		return upTo(size, "<html><body><h1>Lamps</h1><pre>\n", "2026-01-01 00:00 lamp_%d [hall] state=off\n", "</pre>")
	}
	return upTo(size, "<html><body><h1>Lamps</h1>", "<h2>Lamp %d</h2><p>"+sentence+"<b>Off</b> is off. "+sentence+"</p><ul><li>"+sentence+"</li><li>Two</li></ul>\n", "")
}

var largeNames = []string{"jsonld", "details", "handbook", "prose", "nested", "list", "table", "log"}

// hostilePages are made to cost much.
var hostilePages = map[string]string{
	"divs": "<div>", "bold": "<b>", "fonts": "<font size=%d>", "links": "<a href=https://a.example/%d>", "links with text": "<a href=/%d>x</a>", "tables": "<table>", "cells": "<table><tr><td>",
	"lists": "<ul><li>", "quotes": "<blockquote>", "terms": "<dl><dt>a?<dd>", "unfolding": "<details><summary>a?", "unfolding apart": "<details><summary>a?</summary>b</details>",
	"headings": "<h2>a?</h2>b", "paragraphs": "<p>a", "breaks": "<br>", "stars": "*", "underscores": "_a", "brackets": "[", "angles": "&lt;", "backticks": "`", "hashes": "\n# a", "pipes": "|a",
	"items": "<li>a", "list after list": "<ul><li>a</ul>", "attributes": "<i a b c d e f g h i j>", "scripts": "<script></script>", "json": `<script type=application/ld+json>{"@type":"Question"</script>`,
	"forms": "<form><p>", "headers": "<header>", "svg": "<svg>", "math": "<math>", "templates": "<template>", "select": "<select><option>", "comments": "<!---->", "names": "<x%d>", "rows": "<tr><td>a",
	"things": "<div itemscope itemtype=https://schema.org/Question><b itemprop=name>a?", "buttons": "<div aria-expanded aria-controls=x>a", "bold questions": "<p><b>a?</b></p>", "pre": "<pre>\n", "nul": "\x00", "open": "<", "images": "<img src=https://a.example/%d alt=a>", "frames": "<frameset>",
	"alternatives": "[", "title": "[", "href": "(", "question": "*", "summary": "*", "marked": "[", "letters": "a", "words": "lamp and ", "blanks": " ", "lines": "\n", "types": "<!doctype a>", "entities": "&NotEqualTilde;", "some marks": "[ lamp a", "many elements": "<b>The lamp in the hall is off</b>at night by whoever leaves for the office ", "many attributes": "<b title='The lamp in the hall is off'>at night</b>by whoever leaves for the office ",
	"misnested": "<b><p></b><i>", "links in tables": "<table><a>", "spans": "<td colspan=1000 rowspan=65534>a",
	"deep mixed": "<div><ul><li><div><blockquote><div><table><tr><td>a<td><div><dl><dd><div>",
}

// hostileBefore is what stands before the pieces of a page.
var hostileBefore = map[string]string{
	"alternatives": "<img src=https://a.example alt='", "title": "<title>", "href": "<a href='https://a.example/", "question": "<h2>", "summary": "<details><summary>a?</summary>", "marked": "<div itemscope itemtype=https://schema.org/Question><meta itemprop=name content='",
}

func hostilePage(name string, size int) []byte {
	return upTo(size, hostileBefore[name], hostilePages[name], "")
}

func readPage(t testing.TB, data []byte) (*importer.Found, error) {
	src := importer.Source{Name: "large.html", Files: fstest.MapFS{"large.html": {Data: data}}, Path: "large.html"}
	return importer.HTML().Read(t.Context(), src, importer.Options{})
}

// TestHostilePages holds that pages made to cost much are read or refused: no
// panic, no stack without end. At full size they show the time, too.
func TestHostilePages(t *testing.T) {
	size := 20 << 10
	switch {
	case os.Getenv("FRONTDESK_TEST_LOAD") != "":
		size = 20 << 20
	case testing.Short():
		size = 2 << 10
	}
	for name, piece := range hostilePages {
		t.Run(name, func(t *testing.T) {
			size := size
			if name == "deep mixed" {
				size = min(size, 500*len(piece)/6) // Deeper ones are refused.
			}
			found, err := readPage(t, hostilePage(name, size))
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
	size := 100 << 10
	if testing.Short() {
		size = 20 << 10
	}
	for _, name := range largeNames {
		t.Run(name, func(t *testing.T) {
			size := size
			if !testing.Short() && (name == "handbook" || name == "nested" || name == "list") {
				size = 1<<20 + 1<<19 // It is turned into Markdown in several runs.
			}
			found, err := readPage(t, largePage(name, size))
			if err != nil {
				t.Fatal(err)
			}
			checkLarge(t, name, found, size)
		})
	}
}

// checkLarge holds that a page of [largePage] is taken in as a whole, and in its order.
func checkLarge(t *testing.T, name string, found *importer.Found, size int) {
	t.Helper()
	if name == "jsonld" || name == "details" {
		if len(found.Left) > 0 || len(found.Items) < size/1000 {
			t.Errorf("%d items, %d guides, %v", len(found.Items), len(found.Guides), found.Left)
		}
		return
	}
	if len(found.Left) > 0 || len(found.Guides) != 1 {
		t.Fatalf("%d items, %d guides, %v", len(found.Items), len(found.Guides), found.Left)
	}
	lamps := 0
	for line := range strings.Lines(found.Guides[0].Text) {
		if m := lampOf.FindStringSubmatch(line); m != nil && m[1] == strconv.Itoa(lamps) && strings.HasPrefix(line, headingOf[name]) {
			lamps++
		}
	}
	if lamps < size/1000 {
		t.Errorf("%d lamps in their order, %.300q", lamps, found.Guides[0].Text)
	}
}

var (
	lampOf    = regexp.MustCompile(`\b[Ll]amp[ _](\d+)`)
	headingOf = map[string]string{"handbook": "## Lamp ", "nested": "### Lamp ", "list": "- Lamp "}
)

// TestMemoryOfLargePages holds the bar: a page of 20 MB is read in at most 300
// MB. Each is read by a process of its own, which this test starts.
func TestMemoryOfLargePages(t *testing.T) {
	const size, of = 20 << 20, "FRONTDESK_TEST_PAGE"
	if file := os.Getenv(of); file != "" {
		name := strings.TrimSuffix(filepath.Base(file), ".html")
		found, err := importer.HTML().Read(t.Context(), importer.Source{Name: file, Files: os.DirFS(filepath.Dir(file)), Path: filepath.Base(file)}, importer.Options{})
		var faults fault.List
		switch {
		case hostilePages[name] == "" && err != nil, err != nil && !errors.As(err, &faults):
			t.Fatal(err)
		case hostilePages[name] == "":
			checkLarge(t, name, found, size)
		case err != nil:
			t.Logf("%s is refused: %v", name, err)
		}
		peak := slackPeak()
		t.Logf("%s: at most %d MB", name, peak/1e6)
		if peak > 300e6 {
			t.Errorf("%s takes %d MB", name, peak/1e6)
		}
		return
	}
	if os.Getenv("FRONTDESK_TEST_LOAD") == "" {
		t.Skip("FRONTDESK_TEST_LOAD is not set")
	}
	if runtime.GOOS != "linux" {
		t.Skip("the memory is read from /proc")
	}
	dir := t.TempDir()
	for _, name := range slices.Concat(largeNames, slices.Sorted(maps.Keys(hostilePages))) {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(dir, name+".html")
			page := largePage(name, size)
			if hostilePages[name] != "" {
				page = hostilePage(name, size)
			}
			if err := os.WriteFile(file, page, 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestMemoryOfLargePages$", "-test.v")
			cmd.Env = append(os.Environ(), of+"="+file)
			out, err := cmd.CombinedOutput()
			t.Logf("%.500s, %v of processor time", out, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
			if err != nil {
				t.Error(err)
			}
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func BenchmarkHTML20MB(b *testing.B) {
	for _, name := range largeNames {
		b.Run(name, func(b *testing.B) {
			data := largePage(name, 20<<20)
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if _, err := readPage(b, data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
