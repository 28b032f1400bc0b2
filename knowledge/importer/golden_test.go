package importer_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"frontdesk/knowledge"
	"frontdesk/knowledge/importer"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"
)

var update = flag.Bool("update", false, "write the golden files")

// golden reads every case of a format and compares what is found with its
// want.yaml. A case is a folder testdata/FORMAT/CASE that holds the source: a
// file, or a folder. A folder whose name ends in .zip, .xlsx or .docx is packed
// first, so that what is in an archive can be reviewed. The file options.yaml
// may give columns, sheet and language.
func golden(t *testing.T, r importer.Reader) {
	t.Helper()
	cases, err := filepath.Glob(filepath.Join("testdata", r.Format, "*"))
	if err != nil {
		t.Fatal(err)
	}
	if len(cases) < 5 {
		t.Errorf("%d cases; a format has at least 5", len(cases))
	}
	for _, dir := range cases {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			src, o := goldenCase(t, dir)
			if !r.Recognise(src) {
				t.Error("it is not recognised")
			}
			got := written(t, r, src, o)
			if again := written(t, r, src, o); again != got {
				t.Error("read twice, it is not the same: " + cmp.Diff(got, again))
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if _, err := r.Read(ctx, src, o); !errors.Is(err, context.Canceled) {
				t.Errorf("it does not stop: %v", err)
			}
			file := filepath.Join(dir, "want.yaml")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// goldenCase gives the source that a folder holds, and its options.
func goldenCase(t *testing.T, dir string) (importer.Source, importer.Options) {
	t.Helper()
	var o importer.Options
	var src importer.Source
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		name := e.Name()
		switch {
		case name == "want.yaml":
			continue
		case name == "options.yaml":
			data, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			if err := yaml.Load(data, &o); err != nil {
				t.Fatal(err)
			}
			continue
		case src.Name != "":
			t.Fatalf("%s and %s: a case is one file or one folder", src.Name, name)
		}
		src = importer.Source{Name: name, Files: os.DirFS(dir), Path: name}
		if e.IsDir() {
			src.Files, src.Path = os.DirFS(filepath.Join(dir, name)), "."
			if ext := path.Ext(name); ext == ".zip" || ext == ".xlsx" || ext == ".docx" {
				src.Files, src.Path = fstest.MapFS{name: {Data: packed(t, src.Files)}}, name
			}
		}
	}
	if src.Name == "" {
		t.Fatal("the case holds nothing")
	}
	return src, o
}

// packed gives a folder as a zip archive.
func packed(t testing.TB, files fs.FS) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	if err := z.AddFS(files); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// What a golden file shows of what was found.
type (
	goldenFound struct {
		Items  []goldenItem
		Guides []goldenGuide `yaml:",omitempty"`
		Left   []string      `yaml:",omitempty"`
		Notes  []string      `yaml:",omitempty"`
		Error  string        `yaml:",omitempty"`
	}
	goldenItem struct {
		At           string
		Key          string   `yaml:",omitempty"`
		ID           string   `yaml:",omitempty"`
		Kind         string   `yaml:",omitempty"` // but for faq
		Question     string   `yaml:",omitempty"`
		Alternatives []string `yaml:",omitempty"`
		Answer       string   `yaml:",omitempty"`
		Say          []string `yaml:",omitempty"`
		Reply        string   `yaml:",omitempty"`
		Tags         []string `yaml:",omitempty,flow"`
		Followups    []string `yaml:",omitempty,flow"`
		Formerly     []string `yaml:",omitempty,flow"`
		Headings     []string `yaml:",omitempty,flow"`
		Link         string   `yaml:",omitempty"`
	}
	goldenGuide struct{ Path, Key, Link, Text string }
)

// written gives what a reader finds as a golden file shows it.
func written(t *testing.T, r importer.Reader, src importer.Source, o importer.Options) string {
	t.Helper()
	var out goldenFound
	found, err := r.Read(t.Context(), src, o)
	if err != nil {
		out.Error = err.Error()
		found = &importer.Found{}
	}
	for _, item := range found.Items {
		e := item.Entry
		g := goldenItem{
			At: e.Pos.String(), Key: item.Key, ID: e.ID, Question: e.Question, Alternatives: e.Alternatives, Answer: e.Answer,
			Tags: e.Tags, Followups: e.Followups, Formerly: e.Formerly, Headings: e.Headings, Link: e.Link,
		}
		if e.Kind != knowledge.FAQ {
			g.Kind = string(e.Kind)
		}
		if e.Command != nil {
			g.Reply = e.Command.Reply
			for _, s := range e.Command.Say {
				g.Say = append(g.Say, s.String())
			}
		}
		out.Items = append(out.Items, g)
	}
	for _, g := range found.Guides {
		out.Guides = append(out.Guides, goldenGuide(struct{ Path, Key, Link, Text string }{g.Path, g.Key, g.Link, g.Text}))
	}
	out.Notes = found.Notes
	for _, l := range found.Left {
		out.Left = append(out.Left, l.Pos.String()+": "+l.What+": "+l.Why)
	}
	var b strings.Builder
	d, err := yaml.NewDumper(&b, yaml.WithV4Defaults(), yaml.WithLineWidth(-1))
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Dump(out); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGoldenJSONL(t *testing.T) { golden(t, importer.JSONL()) }

func TestGoldenDialogflow(t *testing.T) { golden(t, importer.Dialogflow()) }
func TestGoldenDiscord(t *testing.T)    { golden(t, importer.Discord()) }
func TestGoldenSlack(t *testing.T)      { golden(t, importer.Slack()) }
func TestGoldenLUIS(t *testing.T)       { golden(t, importer.LUIS()) }
func TestGoldenBotpress(t *testing.T)   { golden(t, importer.Botpress()) }
func TestGoldenNLPJS(t *testing.T)      { golden(t, importer.NLPJS()) }
func TestGoldenCSV(t *testing.T)        { golden(t, importer.CSV()) }
func TestGoldenExcel(t *testing.T)      { golden(t, importer.Excel()) }
func TestGoldenQnABot(t *testing.T)     { golden(t, importer.QnABot()) }
func TestGoldenAzure(t *testing.T)      { golden(t, importer.Azure()) }
func TestGoldenMarkdown(t *testing.T)   { golden(t, importer.Markdown()) }
