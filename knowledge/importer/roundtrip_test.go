package importer_test

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"frontdesk/knowledge"
	"frontdesk/knowledge/importer"

	"github.com/google/go-cmp/cmp"
)

// holds says of each format what of an answer comes back out of it. Whoever
// adds a writer says it of its format here.
var holds = map[string][]string{
	"yaml":     {"id", "question", "alternatives", "answer", "tags", "followups", "formerly"},
	"csv":      {"id", "question", "alternatives", "answer", "tags", "followups", "formerly"},
	"excel":    {"id", "question", "alternatives", "answer", "tags", "followups", "formerly"},
	"jsonl":    {"id", "question", "alternatives", "answer", "tags", "followups", "formerly"},
	"rasa":     {"id", "question", "alternatives", "answer", "tags", "followups", "formerly"},
	"markdown": {"id", "question", "alternatives", "answer", "tags", "followups", "formerly"},
	// Their texts are HTML, so that all but the ids may come back in other marks.
	"faqpage":      {"id"},
	"faqpage-html": {"id"},
}

// memory is an output that keeps what is written.
type memory struct{ files fstest.MapFS }

type memoryFile struct {
	bytes.Buffer
	into fstest.MapFS
	name string
}

func (m memory) Create(name string) (io.WriteCloser, error) {
	return &memoryFile{into: m.files, name: name}, nil
}

func (f *memoryFile) Close() error {
	f.into[f.name] = &fstest.MapFile{Data: f.Bytes()}
	return nil
}

// through writes entries in a format and reads them back.
func through(t testing.TB, w importer.Writer, entries []*knowledge.Entry) (*importer.Found, []importer.Left) {
	t.Helper()
	out := memory{fstest.MapFS{}}
	left, err := w.Write(out, entries)
	if err != nil {
		t.Fatal(err)
	}
	if w.Format == "yaml" { // A base reads it itself.
		base, err := loadYAML(t, out.files[""].Data)
		if err != nil {
			t.Fatal(err)
		}
		found := &importer.Found{}
		for _, want := range entries {
			if e, ok := base.Entry(want.ID); ok {
				found.Items = append(found.Items, importer.Item{Entry: e})
			}
		}
		return found, left
	}
	src := importer.Source{Name: "out", Files: out.files, Path: "."}
	if f := out.files[""]; f != nil {
		src.Path = "out" + w.Ext
		src.Files = fstest.MapFS{src.Path: f}
	}
	r, ok := importer.Recognise(src)
	if !ok {
		t.Fatalf("nobody knows what is written as %s", w.Format)
	}
	found, err := r.Read(t.Context(), src, importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return found, left
}

// fields gives what of an entry a format may hold.
func fields(e *knowledge.Entry) map[string]string {
	list := func(l []string) string { return strings.Join(l, "\x00") }
	return map[string]string{
		"id": e.ID, "question": e.Question, "alternatives": list(e.Alternatives), "answer": e.Answer,
		"tags": list(e.Tags), "followups": list(e.Followups), "formerly": list(e.Formerly),
	}
}

// roundTripEntries are answers as people write them, and odd ones; each is
// followed by the next.
func roundTripEntries() []*knowledge.Entry {
	answers := []string{
		"Open **Settings**.", "- a\n- b\n  1. c\n\n    code", "```sh\n# no heading\n```", "# A heading\n\n## How?\n\ntext", "=1+1", "+a", "-b", "@c", "'quoted", "'=x",
		"a, b; c | d", "\"quotes\" and 5\" more", "tab\there", "Q: not?\n\nA: yes", "> quoted\n\n---\n\nend", "<p>HTML</p> <!-- and a comment -->", "日本語 🙂 Ünïcödé",
		"| a | b |\n|---|---|\n| 1 | 2 |", "{slot} and {{both}}", "[x][y]\n\n[y]: https://example.org", strings.Repeat("Long. ", 2000) + "End.", "null", "1.50", "2024-01-02", "TRUE",
		"first  \nsecond\\\nthird", "    indented\n    code", "#hash", "＝full width",
	}
	var entries []*knowledge.Entry
	for i, a := range answers {
		n := fmt.Sprintf("n%d", i)
		e := &knowledge.Entry{ID: n, Kind: knowledge.FAQ, Question: "What is " + n + "?", Answer: a, Pos: knowledge.Pos{File: "base.yaml", Line: i + 1, Col: 1}}
		switch i % 4 {
		case 0:
			e.Alternatives, e.Tags = []string{"tell me of " + n, "=" + n, "- " + n}, []string{"a", "b, c"}
		case 1:
			e.Alternatives, e.Followups, e.Formerly = []string{"one; only " + n}, []string{"n0", "n4"}, []string{"old " + n}
		case 2:
			e.Question, e.ID, e.Tags = "*"+n+"* `#1` [x](y) \\ <b> &amp; {#id} 1. __a__", fmt.Sprint(1000+i), []string{"x;y"}
		}
		entries = append(entries, e)
	}
	return entries
}

// TestWriters holds that nothing is lost that a format can hold, and that the
// rest is told: base → each writer → its reader → base.
func TestWriters(t *testing.T) {
	for _, w := range importer.Writers() {
		t.Run(w.Format, func(t *testing.T) {
			keeps, ok := holds[w.Format]
			if !ok {
				t.Fatal("say under holds what the format holds")
			}
			entries := roundTripEntries()
			found, left := through(t, w, entries)
			told := map[string]bool{}
			for _, l := range left {
				told[l.Pos.String()] = true
			}
			if len(left) > 0 && len(keeps) == len(fields(entries[0])) {
				t.Errorf("a format that holds all tells %v", left)
			}
			if len(found.Items) != len(entries) {
				t.Fatalf("%d of %d entries; %v", len(found.Items), len(entries), found.Left)
			}
			var back []*knowledge.Entry
			for i, e := range entries {
				back = append(back, found.Items[i].Entry)
				want, got := fields(e), fields(found.Items[i].Entry)
				for name := range want {
					if want[name] != got[name] && (slices.Contains(keeps, name) || !told[e.Pos.String()]) {
						t.Errorf("%s: the %s is lost: %s", e.ID, name, cmp.Diff(want[name], got[name]))
					}
				}
			}
			if len(keeps) < len(fields(entries[0])) {
				return
			}
			var before, after bytes.Buffer
			if err := importer.WriteYAML(&before, entries); err != nil {
				t.Fatal(err)
			}
			if err := importer.WriteYAML(&after, back); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(before.String(), after.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestWritersTell holds that what a format has no place for is told, at its
// place, and that what is not told comes back.
func TestWritersTell(t *testing.T) {
	entries := []*knowledge.Entry{
		{ID: "fine", Kind: knowledge.FAQ, Question: "Fine?", Answer: "Yes."},
		{ID: "lines", Kind: knowledge.FAQ, Question: "Two\nlines?", Alternatives: []string{"a\nb"}, Answer: "x"},
		{ID: "bell", Kind: knowledge.FAQ, Question: "Bell?", Answer: "ring \u0007\rdone"},
		{ID: "open", Kind: knowledge.FAQ, Question: "Open?", Answer: "```\nnever closed"},
		{ID: "long", Kind: knowledge.FAQ, Question: "Long?", Answer: strings.Repeat("x", 40_000)},
		{ID: "passage", Kind: knowledge.Passage, Question: "A › B", Answer: "Text.", Headings: []string{"A", "B"}, Link: "a.md#b"},
		{ID: "last", Kind: knowledge.FAQ, Question: "Last?", Answer: "Yes."},
	}
	for i, e := range entries {
		e.Pos = knowledge.Pos{File: "base.yaml", Line: i + 1, Col: 1}
	}
	want := map[string]string{
		"csv": "lines bell passage", "excel": "lines bell long passage", "jsonl": "", "markdown": "lines bell open passage", "rasa": "lines passage",
	}
	for _, w := range importer.Writers() {
		if _, ok := want[w.Format]; !ok {
			continue
		}
		found, left := through(t, w, entries)
		var told []string
		for _, l := range left {
			if id := entries[l.Pos.Line-1].ID; !slices.Contains(told, id) {
				told = append(told, id)
			}
		}
		if got := strings.Join(told, " "); got != want[w.Format] {
			t.Errorf("%s tells %q", w.Format, got)
		}
		for _, e := range entries {
			if slices.Contains(told, e.ID) || w.Format == "jsonl" {
				continue
			}
			if !slices.ContainsFunc(found.Items, func(i importer.Item) bool { return cmp.Equal(fields(i.Entry), fields(e)) }) {
				t.Errorf("%s: %s is lost", w.Format, e.ID)
			}
		}
	}
}

// TestNoFormulas holds that no cell begins as a formula does.
func TestNoFormulas(t *testing.T) {
	out := memory{fstest.MapFS{}}
	e := &knowledge.Entry{ID: "=cmd", Kind: knowledge.FAQ, Question: "+1?", Alternatives: []string{"@sum"}, Answer: "-2", Tags: []string{"\tx"}, Formerly: []string{"＝y"}}
	if _, err := importer.CSVWriter().Write(out, []*knowledge.Entry{e}); err != nil {
		t.Fatal(err)
	}
	want := "\ufeffid,question,alternatives,answer,tags,followups,formerly\n'=cmd,'+1?,'@sum,'-2,'\tx,,'＝y\n"
	if got := string(out.files[""].Data); got != want {
		t.Errorf("%q", got)
	}
}
