package importer_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"frontdesk/internal/fault"
	"frontdesk/knowledge"
	"frontdesk/knowledge/importer"
)

// readFuzzed reads a file and holds what must be so of whatever it is.
func readFuzzed(t *testing.T, r importer.Reader, name string, data []byte) {
	src := importer.Source{Name: name, Files: fstest.MapFS{name: {Data: data}}, Path: name}
	_ = r.Recognise(src)
	found, err := r.Read(t.Context(), src, importer.Options{})
	if err != nil {
		if _, ok := errors.AsType[fault.List](err); !ok {
			t.Fatalf("not a list of faults: %v", err)
		}
		return
	}
	for _, item := range found.Items {
		e := item.Entry
		if what, _ := knowledge.CheckID(e.ID); e.ID != "" && what != "" {
			t.Errorf("the id %q: %s", e.ID, what)
		}
		if e.Question == "" || strings.TrimSpace(e.Answer) == "" || strings.ContainsAny(e.Question, "\n\r") || e.Pos.File == "" {
			t.Errorf("%+v", e)
		}
		if slices.Contains(e.Alternatives, "") || slices.Contains(e.Alternatives, e.Question) {
			t.Errorf("the phrasings %q of %q", e.Alternatives, e.Question)
		}
	}
	for _, l := range found.Left {
		if l.What == "" || l.Why == "" || l.Pos.File == "" {
			t.Errorf("%+v", l)
		}
	}
}

// addCases gives the sources of a format's cases to a fuzz target.
func addCases(f *testing.F, pattern string) {
	f.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", pattern))
	if err != nil || len(files) == 0 {
		f.Fatal("no cases", err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
}

func FuzzCSV(f *testing.F) {
	addCases(f, "csv/*/*.?sv")
	f.Add([]byte("sep=|\nq|a\n'=x|y"))
	f.Fuzz(func(t *testing.T, data []byte) { readFuzzed(t, importer.CSV(), "f.csv", data) })
}

func FuzzMarkdown(f *testing.F) {
	addCases(f, "markdown/*/*.md")
	f.Fuzz(func(t *testing.T, data []byte) { readFuzzed(t, importer.Markdown(), "f.md", data) })
}

func FuzzQnABot(f *testing.F) {
	addCases(f, "qnabot/*/*.json")
	f.Fuzz(func(t *testing.T, data []byte) { readFuzzed(t, importer.QnABot(), "f.json", data) })
}

func FuzzAzureJSON(f *testing.F) {
	addCases(f, "azure/*/*.json")
	f.Fuzz(func(t *testing.T, data []byte) { readFuzzed(t, importer.Azure(), "f.json", data) })
}

func FuzzAzureTable(f *testing.F) {
	addCases(f, "azure/*/*.tsv")
	f.Add([]byte("Question\tAnswer\tSource\tMetadata\n\v\tno question\n"))
	f.Fuzz(func(t *testing.T, data []byte) { readFuzzed(t, importer.Azure(), "f.tsv", data) })
}

// workbookWith packs a workbook of the cases with one part changed.
func workbookWith(t testing.TB, name, part string, data []byte) []byte {
	t.Helper()
	files := fstest.MapFS{}
	root := os.DirFS(filepath.Join("testdata", "excel", name))
	err := fs.WalkDir(root, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		old, err := fs.ReadFile(root, p)
		files[p] = &fstest.MapFile{Data: old}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if part != "" {
		files[part] = &fstest.MapFile{Data: data}
	}
	return packed(t, files)
}

func FuzzExcelPacked(f *testing.F) {
	for _, name := range []string{"plain/faq.xlsx", "marks/faq.xlsx"} {
		f.Add(workbookWith(f, name, "", nil))
	}
	f.Fuzz(func(t *testing.T, data []byte) { readFuzzed(t, importer.Excel(), "f.xlsx", data) })
}

// FuzzExcelParts changes what lies in the archive, past its checksums.
func FuzzExcelParts(f *testing.F) {
	parts := []string{"xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml", "xl/styles.xml", "xl/worksheets/_rels/sheet1.xml.rels", "xl/_rels/workbook.xml.rels", "[Content_Types].xml"}
	for i, part := range parts {
		data, err := os.ReadFile(filepath.Join("testdata/excel/marks/faq.xlsx", part))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(i, data)
	}
	f.Fuzz(func(t *testing.T, part int, data []byte) {
		if part < 0 || part >= len(parts) {
			return
		}
		readFuzzed(t, importer.Excel(), "f.xlsx", workbookWith(t, "marks/faq.xlsx", parts[part], data))
	})
}

// FuzzWriters holds that whatever an entry says comes back out of each format,
// or is told.
func FuzzWriters(f *testing.F) {
	entries := roundTripEntries()
	if testing.Short() {
		entries = entries[:2] // A workbook takes long with the race detector.
	}
	for _, e := range entries {
		f.Add(e.ID, e.Question, strings.Join(e.Alternatives, "\x00"), e.Answer, strings.Join(e.Tags, "\x00"))
	}
	f.Fuzz(func(t *testing.T, id, question, alternatives, answer, tags string) {
		list := func(s string) (out []string) {
			for part := range strings.SplitSeq(s, "\x00") {
				if part != "" {
					out = append(out, part)
				}
			}
			return out
		}
		e := &knowledge.Entry{ID: id, Kind: knowledge.FAQ, Question: question, Alternatives: list(alternatives), Answer: answer, Tags: list(tags), Pos: knowledge.Pos{File: "f", Line: 1, Col: 1}}
		base, err := knowledge.New([]*knowledge.Entry{e}, nil)
		if err != nil || len(base.Entries) != 1 || knowledge.TrimText(answer) != answer || answer == "" || !utf8.ValidString(id+question+alternatives+answer+tags) || len(answer) > 1<<16 || len(question) > 1000 || len(alternatives) > 1000 {
			return
		}
		other := &knowledge.Entry{ID: "other id", Kind: knowledge.FAQ, Question: "Other?", Answer: "Other.", Pos: knowledge.Pos{File: "f", Line: 2, Col: 1}}
		if id == other.ID || question == other.Question {
			return
		}
		for _, w := range importer.Writers() {
			if !slices.Contains([]string{"csv", "excel", "markdown"}, w.Format) {
				continue // The others take it that phrasings are trimmed.
			}
			found, left := through(t, w, []*knowledge.Entry{e, other})
			told := slices.ContainsFunc(left, func(l importer.Left) bool { return l.Pos == e.Pos })
			at := slices.IndexFunc(found.Items, func(i importer.Item) bool { return i.Entry.Question == question })
			for name, want := range fields(e) {
				if !told && (at < 0 || fields(found.Items[at].Entry)[name] != want) {
					t.Errorf("%s: the %s %q is lost: %+v %v", w.Format, name, want, found.Items, found.Left)
				}
			}
			if !slices.ContainsFunc(found.Items, func(i importer.Item) bool { return i.Entry.Question == "Other?" && i.Entry.Answer == "Other." }) {
				t.Errorf("%s: %q harms the entry after it", w.Format, answer)
			}
		}
	})
}
