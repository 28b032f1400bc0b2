package shelf_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"frontdesk/internal/fault"
	"frontdesk/internal/secret"
	"frontdesk/internal/shelf"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files")

// The built-in catalogue is sound, and has what the documents name.
func TestBuiltIn(t *testing.T) {
	entries, err := shelf.ParseCatalogue(shelf.CatalogueYAML())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"all-MiniLM-L6-v2", "all-MiniLM-L6-v2-int8", "bge-small-en-v1.5", "gte-small", "multilingual-e5-small",
		"paraphrase-multilingual-MiniLM-L12-v2", "ms-marco-MiniLM-L6-v2", "mmarco-mMiniLMv2-L12-H384-v1-int8", "whisper-tiny", "whisper-tiny.en", "whisper-base",
		"whisper-base-q5_1", "whisper-base.en-q5_1", "whisper-small", "whisper-small.en-q8_0", "silero-vad", "silero-vad-ggml"} {
		if e, ok := shelf.Lookup(name); !ok || e.Name != name {
			t.Errorf("%s is not in the catalogue", name)
		}
	}
	sums, sizes := map[string]string{}, map[string]int64{}
	for _, e := range entries {
		main := e.Files[0]
		for _, f := range e.Files {
			if f.SHA256 == "" {
				t.Errorf("%s: nobody knows the sum of %s", e.Name, f.Path)
			}
			if n, ok := sizes[f.SHA256]; ok && n != f.Bytes {
				t.Errorf("%s: %s has %d bytes, and %d elsewhere", e.Name, f.Path, f.Bytes, n)
			}
			sizes[f.SHA256] = f.Bytes
		}
		if main.Bytes < 100_000 && main.Bytes != 0 {
			t.Errorf("%s: %s has %d bytes", e.Name, main.Path, main.Bytes)
		}
		if other, ok := sums[main.SHA256]; ok {
			t.Errorf("%s is the same as %s", e.Name, other)
		}
		sums[main.SHA256] = e.Name
		if e.Kind == shelf.Embedding && (e.Dims != 384 || e.MaxTokens < 128 || main.Path != "onnx/model.onnx") {
			t.Errorf("%+v", e)
		}
		if e.Kind == shelf.Speech && len(e.Files) != 1 {
			t.Errorf("%s is to be one file and has %d", e.Name, len(e.Files))
		}
	}
	if len(entries) < 25 {
		t.Errorf("%d models", len(entries))
	}
}

func TestCatalogueFaults(t *testing.T) {
	data, err := os.ReadFile("testdata/faults.yaml")
	if err != nil {
		t.Fatal(err)
	}
	_, err = shelf.ParseCatalogue(data)
	var list fault.List
	if !errors.As(err, &list) {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "faults.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(list.Error()+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), list.Error()+"\n"); diff != "" {
		t.Error(diff)
	}
}

func TestWholeCatalogueFaults(t *testing.T) {
	for text, want := range map[string]string{
		"":                          "the file is empty",
		"format: 2\nmodels: {x: 3}": "a format newer than this version reads",
		"models: {}":                "the format is missing",
		"[1]":                       "expected keys with values",
		"format: 1":                 "there are no models",
		"format: 0\nmodels: {}":     "there is no such format",
	} {
		_, err := shelf.ParseCatalogue([]byte(text))
		contains(t, err, "mine.yaml:", want)
	}
}

// An owner's catalogue adds to the built-in one and changes nothing in it.
func TestOwnCatalogue(t *testing.T) {
	s, _ := open(t, nil, tinyCatalogue())
	if _, ok := s.Lookup("tiny"); !ok {
		t.Error("the owner's own model is not known")
	}
	if _, ok := shelf.Lookup("tiny"); ok {
		t.Error("the built-in catalogue has it")
	}
	file := filepath.Join(t.TempDir(), "mine.yaml")
	text := strings.Replace(tinyCatalogue(), "  tiny:", "  gte-small:", 1)
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := shelf.Open(t.TempDir(), shelf.Config{Catalogue: file})
	contains(t, err, `the model "gte-small" is in the catalogue of frontdesk already`)
	_, err = shelf.Open(t.TempDir(), shelf.Config{Catalogue: file + ".not"})
	contains(t, err, "reading the catalogue of models")
}

// Where models come from: the environment before the configuration.
func TestSource(t *testing.T) {
	h := tinyHub(t)
	h.files["/api/hf"+bigPath], h.files["/api/hf"+smallPath] = big, small
	for name, c := range map[string]struct {
		mirror, ours, theirs string
		token                secret.String
		want                 string // of the error; "" for none
	}{
		"the configuration":       {mirror: h.URL + "/"},
		"ours before it":          {mirror: "http://127.0.0.1:1", ours: h.URL},
		"theirs after it":         {mirror: h.URL, theirs: "http://127.0.0.1:1"},
		"theirs":                  {theirs: h.URL},
		"a path before them":      {mirror: h.URL + "/api/hf"},
		"no address":              {ours: "models.example", want: "$FRONTDESK_MODELS_MIRROR"},
		"no address of theirs":    {theirs: "ftp://models.example", want: "$HF_ENDPOINT"},
		"a password in it":        {mirror: "https://ann:hunter2@models.example", want: "must not hold a name or a password"},
		"a token in clear text":   {mirror: "http://models.example", token: secret.New("hf_hunter2"), want: "the token (models: token:) is not sent"},
		"a token to this machine": {mirror: h.URL, token: secret.New("hf_x")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("FRONTDESK_MODELS_MIRROR", c.ours)
			t.Setenv("HF_ENDPOINT", c.theirs)
			file := filepath.Join(t.TempDir(), "mine.yaml")
			if err := os.WriteFile(file, []byte(tinyCatalogue()), 0o644); err != nil {
				t.Fatal(err)
			}
			s, err := shelf.Open(t.TempDir(), shelf.Config{Mirror: c.mirror, Token: c.token, Catalogue: file})
			if err != nil {
				t.Fatal(err)
			}
			_, err = s.Pull(t.Context(), "tiny", nil)
			if c.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			contains(t, err, c.want)
			if err != nil && strings.Contains(err.Error(), "hunter2") {
				t.Errorf("a secret is shown: %v", err)
			}
		})
	}
}

func TestSize(t *testing.T) {
	for n, want := range map[int64]string{0: "0 bytes", 999: "999 bytes", 1000: "1.0 KB", 999_949: "999.9 KB", 999_950: "1.0 MB", 90_405_214: "90.4 MB"} {
		if got := shelf.Size(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}

func FuzzCatalogue(f *testing.F) {
	f.Add(shelf.CatalogueYAML())
	f.Add([]byte(tinyCatalogue()))
	if data, err := os.ReadFile("testdata/faults.yaml"); err == nil {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		entries, err := shelf.ParseCatalogue(data)
		if err != nil {
			return
		}
		for _, e := range entries {
			if len(e.Files) == 0 || e.Kind == "" || strings.ContainsAny(e.Name, `/\`) {
				t.Errorf("%+v", e)
			}
			for _, file := range e.Files {
				checkPath(t, file.Path)
			}
		}
	})
}

func FuzzOthers(f *testing.F) {
	f.Add([]byte("format: 1\nname: tiny\nfiles:\n  - {path: a/b, bytes: 3, sha256: " + strings.Repeat("a", 64) + "}\n"))
	f.Add([]byte("format: 1\nsums:\n  - {of: x, sha256: " + strings.Repeat("a", 64) + ", bytes: 1}\n"))
	f.Add([]byte("format: 1\nfiles:\n  - {path: a, of: x, etag: '\"x\"'}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, path := range shelf.ParseOthers(data) {
			checkPath(t, path)
		}
	})
}

// checkPath holds that a path stays in its folder on every system.
func checkPath(t *testing.T, path string) {
	t.Helper()
	if !filepath.IsLocal(path) || strings.Contains(path, "..") && strings.Contains("/"+path+"/", "/../") ||
		strings.ContainsAny(path, "\\:\x00") || strings.HasPrefix(path, "/") || strings.EqualFold(path, "model.yaml") {
		t.Errorf("%q is the path of a file", path)
	}
}
