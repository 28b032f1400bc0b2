package importer_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"frontdesk/internal/fault"
	"frontdesk/knowledge/importer"
)

// fuzzReader holds that a reader takes any file in or refuses it with faults,
// and that what it takes in has a question and an answer.
func fuzzReader(f *testing.F, r importer.Reader, name string) {
	f.Fuzz(func(t *testing.T, data []byte) {
		src := importer.Source{Name: name, Files: fstest.MapFS{name: {Data: data}}, Path: name}
		r.Recognise(src)
		found, err := r.Read(t.Context(), src, importer.Options{})
		var faults fault.List
		if err != nil {
			if !errors.As(err, &faults) {
				t.Errorf("%v is no fault of the file", err)
			}
			return
		}
		for _, item := range found.Items {
			if item.Entry.Question == "" || item.Entry.Answer == "" {
				t.Errorf("an empty entry: %+v", item.Entry)
			}
		}
		for _, g := range found.Guides {
			if g.Path == "" || g.Text == "" || !filepath.IsLocal(g.Path) {
				t.Errorf("a guide at %q of %d bytes", g.Path, len(g.Text))
			}
		}
	})
}

// seeds adds the files of a format's golden cases.
func seeds(f *testing.F, format string) {
	f.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", format, "*", "*.*"))
	if err != nil || len(files) == 0 {
		f.Fatal("no seeds", err)
	}
	for _, file := range files {
		if info, err := os.Stat(file); err != nil || info.IsDir() || filepath.Ext(file) == ".yaml" {
			continue
		}
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
}

func FuzzFAQPage(f *testing.F) {
	seeds(f, "faqpage")
	fuzzReader(f, importer.FAQPage(), "f.jsonld")
}

func FuzzHTML(f *testing.F) {
	seeds(f, "html")
	fuzzReader(f, importer.HTML(), "f.html")
}

// FuzzWord fuzzes the main part: the archive has a target of its own.
// A site of four pages, of which three are the same but for their title.
func FuzzWebsite(f *testing.F) {
	f.Add([]byte("<h2>Foot</h2><p>All rights are with us alone.</p>"), []byte("<h1>A</h1><p>What only this page says.</p>"))
	f.Add([]byte("<ul><li>one<li>two and three</ul><pre>\n\n</pre>"), []byte("<h2>a?</h2>b"))
	f.Fuzz(func(t *testing.T, common, own []byte) {
		src := importer.Source{Name: "site", Path: ".", Files: fstest.MapFS{
			"a.html": {Data: append([]byte("<title>a</title>"), common...)}, "b.html": {Data: append([]byte("<p>b</p>"), common...)},
			"c.html": {Data: append(append([]byte{}, common...), own...)}, "d.html": {Data: own}}}
		found, err := importer.Website().Read(t.Context(), src, importer.Options{})
		var faults fault.List
		if err != nil {
			if !errors.As(err, &faults) {
				t.Errorf("%v is no fault of the files", err)
			}
			return
		}
		for _, g := range found.Guides {
			if g.Path == "" || g.Text == "" || !filepath.IsLocal(g.Path) {
				t.Errorf("a guide at %q of %d bytes", g.Path, len(g.Text))
			}
		}
	})
}

func FuzzWord(f *testing.F) {
	parts, err := filepath.Glob("testdata/word/*/*.docx/word/document.xml")
	if err != nil || len(parts) == 0 {
		f.Fatal("no seeds", err)
	}
	for _, p := range parts {
		data, err := os.ReadFile(p)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	around := map[string][]byte{}
	for _, p := range []string{"_rels/.rels", "word/styles.xml", "word/numbering.xml", "word/footnotes.xml", "word/_rels/document.xml.rels"} {
		data, err := os.ReadFile(filepath.Join("testdata/word/handbook/handbuch.docx", p))
		if err != nil {
			f.Fatal(err)
		}
		around[p] = data
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var buf bytes.Buffer
		z := zip.NewWriter(&buf)
		add := func(name string, data []byte) {
			w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write(data); err != nil {
				t.Fatal(err)
			}
		}
		for name, data := range around {
			add(name, data)
		}
		add("word/document.xml", data)
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		src := importer.Source{Name: "f.docx", Files: fstest.MapFS{"f.docx": {Data: buf.Bytes()}}, Path: "f.docx"}
		found, err := importer.Word().Read(t.Context(), src, importer.Options{})
		var faults fault.List
		if err != nil && !errors.As(err, &faults) || err == nil && found == nil {
			t.Errorf("%v is no fault of the file", err)
		}
	})
}
