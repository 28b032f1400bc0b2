package importer_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"frontdesk/internal/fault"
	"frontdesk/knowledge"
	"frontdesk/knowledge/importer"
)

// sheetOf gives a sheet's XML around its rows.
func sheetOf(rows string) []byte {
	return []byte(`<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>` + rows + `</sheetData></worksheet>`)
}

// TestHostileWorkbooks holds that what is made to harm is refused with a word,
// or read within bounds.
func TestHostileWorkbooks(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long with the race detector")
	}
	const sheet = "xl/worksheets/sheet1.xml"
	for name, c := range map[string]struct {
		data []byte
		want string // in the fault
	}{
		"packed tightly": {workbookWith(t, "plain/faq.xlsx", sheet, sheetOf(strings.Repeat(" ", 4<<20))), "more than 200 times its size"},
		"a large part":   {workbookWith(t, "plain/faq.xlsx", "xl/styles.xml", loosely(9<<20)), `its part "xl/styles.xml" is larger than 8 MiB`},
		"a path":         {workbookWith(t, "plain/faq.xlsx", `..\..\evil.xml`, nil), "leaves the folder"},
		"the last row":   {workbookWith(t, "plain/faq.xlsx", sheet, sheetOf(`<row r="1048576"><c r="A1048576" t="inlineStr"><is><t>x</t></is></c></row>`)), "no columns"},
		"too late a row": {workbookWith(t, "plain/faq.xlsx", sheet, sheetOf(`<row r="1048577"><c><v>1</v></c></row>`)), "broken"},
		"a far column":   {workbookWith(t, "plain/faq.xlsx", sheet, sheetOf(`<row r="1"><c r="XFD1"><v>1</v></c></row>`)), "more than 1000 cells"},
		"cells at one":   {workbookWith(t, "plain/faq.xlsx", sheet, sheetOf(`<row r="1">`+strings.Repeat(`<c r="A1"><v>1</v></c>`, 5000)+`</row>`)), "more than 1000 cells"},
		"deep XML":       {workbookWith(t, "plain/faq.xlsx", sheet, sheetOf(strings.Repeat("<a>", 20_000))), "no columns"},
		"no such text":   {workbookWith(t, "plain/faq.xlsx", sheet, sheetOf(`<row r="1"><c r="A1" t="s"><v>99999999</v></c></row>`)), "no columns"},
		"Excel 97":       {append([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), make([]byte, 1000)...), "in the form of Excel 97"},
		"no workbook":    {packed(t, fstest.MapFS{"a.txt": {}}), "broken"},
	} {
		src := importer.Source{Name: "f.xlsx", Files: fstest.MapFS{"f.xlsx": {Data: c.data}}, Path: "f.xlsx"}
		_, err := importer.Excel().Read(t.Context(), src, importer.Options{})
		if _, ok := errors.AsType[fault.List](err); !ok || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// loosely gives bytes that do not pack well.
func loosely(n int) []byte {
	var b bytes.Buffer
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "%x%100s", i*2654435761, "")
	}
	return b.Bytes()
}

// TestHostileTexts holds that deep, endless and odd texts end in a fault or in
// entries, soon.
func TestHostileTexts(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long with the race detector")
	}
	for name, c := range map[string]struct {
		r    importer.Reader
		file string
		data string
		want string // in the fault; "" where it is read
	}{
		"nested lists":     {importer.Markdown(), "f.md", "## a?\n\n" + strings.Repeat("> ", 5000) + "x", "nested too deeply"},
		"nested JSON":      {importer.QnABot(), "f.json", `{"qna":[` + strings.Repeat("[", 20_000), "not JSON"},
		"nested prompts":   {importer.Azure(), "f.json", `{"qnaDocuments":[` + strings.Repeat(`{"answer":"a","questions":["q"],"context":{"prompts":[{"qna":`, 3000) + "1" + strings.Repeat("}]}}", 3000) + "]}", ""},
		"a wide row":       {importer.CSV(), "f.csv", "question,answer\n" + strings.Repeat("x,", 5000), "more than 1000 cells"},
		"bytes":            {importer.CSV(), "f.csv", "question,answer\n\x00\x01", "is no text"},
		"a long answer":    {importer.CSV(), "f.csv", "question,answer\nq?," + strings.Repeat("x", 300_000), ""},
		"many link names":  {importer.Markdown(), "f.md", strings.Repeat("[a]: b\n\n", 20_000) + "## q?\n\n[a]\n", ""},
		"open emphasis":    {importer.Markdown(), "f.md", "## " + strings.Repeat("*a _b ", 20_000) + "?\n\nx\n", ""},
		"many open quotes": {importer.CSV(), "f.csv", "question,answer\n" + strings.Repeat("\"a\" b\"\",\"\n", 20_000), ""},
	} {
		src := importer.Source{Name: c.file, Files: fstest.MapFS{c.file: {Data: []byte(c.data)}}, Path: c.file}
		_, err := c.r.Read(t.Context(), src, importer.Options{})
		if _, ok := errors.AsType[fault.List](err); err != nil && !ok || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %.300v", name, err)
		}
	}
}

func TestTooManyEntries(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long with the race detector")
	}
	var b strings.Builder
	b.WriteString("question,answer\n")
	for i := range 50_001 {
		fmt.Fprintf(&b, "q%d,a\n", i)
	}
	src := importer.Source{Name: "f.csv", Files: fstest.MapFS{"f.csv": {Data: []byte(b.String())}}, Path: "f.csv"}
	if _, err := importer.CSV().Read(t.Context(), src, importer.Options{}); err == nil || !strings.HasPrefix(err.Error(), "f.csv:50002:1: more than 50000 entries") {
		t.Errorf("%.300v", err)
	}
}

// manyEntries are as many answers of about 500 bytes.
func manyEntries(n int) []*knowledge.Entry {
	var entries []*knowledge.Entry
	for i := range n {
		entries = append(entries, &knowledge.Entry{
			ID: fmt.Sprintf("entry-%d", i), Kind: knowledge.FAQ, Question: fmt.Sprintf("What about the matter number %d?", i),
			Alternatives: []string{fmt.Sprintf("matter %d", i), fmt.Sprintf("tell me of the matter with the number %d", i)},
			Answer:       fmt.Sprintf("The matter %d is **settled**. ", i) + strings.Repeat("More can be read in the file. ", 15) + "End.", Tags: []string{fmt.Sprintf("group-%d", i%20)},
		})
	}
	return entries
}

func fileOf(t testing.TB, w importer.Writer, n int) []byte {
	t.Helper()
	out := memory{fstest.MapFS{}}
	if _, err := w.Write(out, manyEntries(n)); err != nil {
		t.Fatal(err)
	}
	return out.files[""].Data
}

func benchmarkRead(b *testing.B, r importer.Reader, w importer.Writer, n int) {
	name := "f" + w.Ext
	data := fileOf(b, w, n)
	src := importer.Source{Name: name, Files: fstest.MapFS{name: {Data: data}}, Path: name}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		found, err := r.Read(b.Context(), src, importer.Options{})
		if err != nil || len(found.Items) != n {
			b.Fatal(len(found.Items), err)
		}
	}
}

func BenchmarkReadExcel(b *testing.B) {
	benchmarkRead(b, importer.Excel(), importer.ExcelWriter(), 10_000)
}
func BenchmarkReadCSV(b *testing.B) {
	benchmarkRead(b, importer.CSV(), importer.CSVWriter(), 50_000)
}
func BenchmarkReadMarkdown(b *testing.B) {
	benchmarkRead(b, importer.Markdown(), importer.MarkdownWriter(), 10_000)
}

func BenchmarkWriteExcel(b *testing.B) {
	entries := manyEntries(10_000)
	for b.Loop() {
		if _, err := importer.ExcelWriter().Write(memory{fstest.MapFS{}}, entries); err != nil {
			b.Fatal(err)
		}
	}
}

// TestMemoryOfLargeTables holds the bar: 10,000 rows of Excel in at most 300
// MB, the whole process, which has written the workbook as well.
func TestMemoryOfLargeTables(t *testing.T) {
	if os.Getenv("FRONTDESK_TEST_LOAD") == "" {
		t.Skip("FRONTDESK_TEST_LOAD is not set")
	}
	if runtime.GOOS != "linux" {
		t.Skip("the memory is read from /proc")
	}
	for _, c := range []struct {
		r importer.Reader
		w importer.Writer
		n int
	}{{importer.Excel(), importer.ExcelWriter(), 10_000}, {importer.CSV(), importer.CSVWriter(), 50_000}} {
		name := "f" + c.w.Ext
		dir := t.TempDir()
		data := fileOf(t, c.w, c.n)
		if err := os.WriteFile(dir+"/"+name, data, 0o600); err != nil {
			t.Fatal(err)
		}
		found, err := c.r.Read(t.Context(), importer.Source{Name: name, Files: os.DirFS(dir), Path: name}, importer.Options{})
		if err != nil || len(found.Items) != c.n {
			t.Fatal(err)
		}
		peak := int(slackPeak())
		t.Logf("%s, %d rows, %d KiB: at most %d MiB so far", name, c.n, len(data)>>10, peak>>20)
		if peak > 300e6 {
			t.Errorf("%d MB", peak/1e6)
		}
	}
}
