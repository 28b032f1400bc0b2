package importer_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/fstest"

	"frontdesk/knowledge"
	"frontdesk/knowledge/importer"

	"github.com/google/go-cmp/cmp"
)

// oneFile is an output of one file in memory.
type oneFile struct {
	bytes.Buffer
	fails error
}

func (o *oneFile) Create(string) (io.WriteCloser, error) { return o, o.fails }
func (o *oneFile) Close() error                          { return nil }

func TestFAQPageRoundTrip(t *testing.T) {
	entries := []*knowledge.Entry{
		{ID: "wifi", Kind: knowledge.FAQ, Question: `Where is the "Wi-Fi" <password>?`, Alternatives: []string{"wifi & key", "Wie komme ich ins Netz?"}, Tags: []string{"network", "guests"},
			Answer: "On the **board**, see [the map](https://house.example/map_%281%29?a=1&b=2).\n\n1. One\n2. Two\n\n   - deep\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```sh\nls <x> && echo \"</script>\"\n```\n\n~~old~~ *new* `x</script>`"},
		{ID: "html", Kind: knowledge.FAQ, Question: "Is HTML shown?", Answer: "It is &lt;b&gt;not&lt;/b&gt; run: &lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;"},
		{ID: "lines", Kind: knowledge.FAQ, Question: "Two lines?", Answer: "One  \nTwo"},
	}
	for _, w := range []importer.Writer{importer.FAQPageWriter(), importer.FAQPageScriptWriter()} {
		var out oneFile
		left, err := w.Write(&out, entries)
		if err != nil || len(left) > 0 {
			t.Fatal(left, err)
		}
		if strings.Count(strings.ToLower(out.String()), "</script") != map[string]int{".jsonld": 0, ".html": 1}[w.Ext] {
			t.Errorf("a text can end the script:\n%s", out.String())
		}
		r := importer.FAQPage()
		if w.Ext == ".html" {
			r = importer.HTML()
		}
		src := importer.Source{Name: "faq" + w.Ext, Files: fstest.MapFS{"faq" + w.Ext: {Data: out.Bytes()}}, Path: "faq" + w.Ext}
		if !r.Recognise(src) {
			t.Error("it is not recognised")
		}
		found, err := r.Read(t.Context(), src, importer.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var again []*knowledge.Entry
		for _, item := range found.Items {
			again = append(again, item.Entry)
		}
		if diff := cmp.Diff(entries, again, sameEntries...); diff != "" {
			t.Errorf("%s: %s\n%s", w.Format, diff, out.String())
		}
	}
}

func TestFAQPageLeaves(t *testing.T) {
	entries := []*knowledge.Entry{
		{ID: "a", Kind: knowledge.FAQ, Question: "a?", Answer: "<b onclick=x>bold</b> [x](javascript:alert(1)) ![y](data:z) [rel](page.html) [d](//evil.example/) <script>x</script>\n\n<div onclick=y>\nblock\n</div>",
			Followups: []string{"b"}, Formerly: []string{"z"}},
		{ID: "c", Kind: knowledge.Do, Question: "Lights", Command: &knowledge.Command{}},
		{ID: "p", Kind: knowledge.Passage, Question: "Part", Answer: "text"},
	}
	var out oneFile
	left, err := importer.FAQPageWriter().Write(&out, entries)
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, l := range left {
		told = append(told, l.What+": "+l.Why)
	}
	if diff := cmp.Diff([]string{
		`the follow-ups of "a": a FAQPage has no place for them`, `the former ids of "a": a FAQPage has no place for them`,
		`how the answer is written in "a": it is HTML in a FAQPage, which looks the same and comes back in other marks`,
		`the command "c": a FAQPage has only questions with answers`, `the passage "p": its guide is a page of its own`,
	}, told); diff != "" {
		t.Error(diff)
	}
	got := out.String()
	for _, bad := range []string{"<", "javascript:", "data:", "evil.example", `\u003cb onclick`, `\u003cscript`, `\u003cdiv`} {
		if strings.Contains(got, bad) {
			t.Errorf("%q is written:\n%s", bad, got)
		}
	}
	pageHolds(t, got, `bold`, `\u003ca href=\"page.html\"\u003erel\u003c/a\u003e`, "block")
	gone := errors.New("no disk")
	if _, err := importer.FAQPageWriter().Write(&oneFile{fails: gone}, entries); !errors.Is(err, gone) {
		t.Error(err)
	}
}
