package app

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"frontdesk/internal/config"
	"frontdesk/internal/ort/orttest"
)

// smallModel copies one of the small models of retrieval/onnx into a folder.
func smallModel(t *testing.T, name, dir string) {
	t.Helper()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("../../retrieval/onnx/testdata", name))); err != nil {
		t.Fatal(err)
	}
}

// configured writes what is to stand in the configuration of twoBases besides.
func configured(t *testing.T, dir, more string) *config.Config {
	t.Helper()
	return again(t, dir, "default_base: house\n", more+"default_base: house\n")
}

// A desk with models in the format ONNX, from the configuration to the answer,
// and without a restart.
func TestONNX(t *testing.T) {
	library := orttest.Config(t).Library
	_, dir := twoBases(t, "")
	smallModel(t, "bert", filepath.Join(dir, "models", "mini"))
	smallModel(t, "bert-cls", filepath.Join(dir, "models", "cls"))
	smallModel(t, "reranker", filepath.Join(dir, "rr"))
	more := "onnxruntime: {library: " + library + "}\nembedding: {model: models/mini, reranker: rr}\n"
	cfg := configured(t, dir, more)
	a := open(t, cfg, Options{})
	answers := func(by string) {
		t.Helper()
		if r := say(t, a, "attic", "where is the key"); r.Text != "In the box." || r.Result.Model != by {
			t.Errorf("it answers %q by %s, want it by %s", r.Text, r.Result.Model, by)
		}
	}
	answers("mini")
	if s := a.current().state(); s != "mini, with 32 dimensions, and the reranker rr" {
		t.Errorf("the state is %s", s)
	}
	found, err := Doctor(t.Context(), cfg, "")
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, f := range found {
		said = append(said, f.What)
		if !f.OK {
			t.Errorf("found %+v", f)
		}
	}
	for _, want := range []string{"ONNX Runtime 1.", "the embedding model mini works, with 32 dimensions", "the reranker rr works"} {
		if !slices.ContainsFunc(said, func(s string) bool { return strings.HasPrefix(s, want) }) {
			t.Errorf("the doctor does not say %q: %q", want, said)
		}
	}
	// Another model is taken up at once, and one that is not there is not.
	apply := func(replace ...string) ([]string, error) {
		t.Helper()
		return a.Apply(t.Context(), configured(t, dir, strings.NewReplacer(replace...).Replace(more)))
	}
	if later, err := apply("models/mini", "models/cls"); err != nil || len(later) > 0 {
		t.Errorf("later %q, %v", later, err)
	}
	answers("cls")
	if later, err := apply("models/mini", "models/cls, blend: true"); err != nil || len(later) > 0 {
		t.Errorf("later %q, %v", later, err)
	}
	answers("cls+builtin")
	if _, err := apply("models/mini", "models/none"); err == nil || !strings.Contains(err.Error(), "there is no embedding model at") {
		t.Errorf("got %v", err)
	}
	answers("cls+builtin")
	if later, err := apply("models/mini", "builtin", ", reranker: rr", "", library, "elsewhere"); err != nil || !slices.Equal(later, []string{"onnxruntime"}) {
		t.Errorf("later %q, %v", later, err)
	}
	answers(builtin)
}

// What cannot be opened keeps the desk closed, and what mends it is said.
func TestNoModel(t *testing.T) {
	_, dir := twoBases(t, "")
	smallModel(t, "bert", filepath.Join(dir, "mini"))
	if err := os.Mkdir(filepath.Join(dir, "empty"), 0o700); err != nil {
		t.Fatal(err)
	}
	for more, want := range map[string]string{
		"embedding: {model: mini}\nonnxruntime: {library: nowhere.so}\n": "nowhere.so",
		"embedding: {model: empty}\n":                                    "empty",
		"embedding: {model: all-MiniLM-L6-v2}\n":                         "frontdesk models pull all-MiniLM-L6-v2",
		"embedding: {model: all-MiniLM-L6-v3}\n":                         `did you mean "all-MiniLM-L6-v2"?`,
		"embedding: {model: silero-vad}\n":                               "is no embedding model, but a model for vad",
		"embedding: {reranker: all-MiniLM-L6-v2}\n":                      "is no reranker, but a model for embedding",
		"embedding: {model: models/none}\n":                              "there is no embedding model at " + dir,
		"embedding: {reranker: house.yaml}\n":                            "is a file; name the folder",
		"embedding: {model: mini/onnx/model.onnx}\n":                     "is one file of a model; name the folder",
		"embedding: {model: house.yaml}\n":                               "frontdesk train",
	} {
		cfg := configured(t, dir, more)
		a, err := New(t.Context(), cfg, Options{})
		if err == nil {
			a.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", more, err)
		}
		if found, err := Doctor(t.Context(), cfg, ""); err != nil || !slices.ContainsFunc(found, func(d Diagnosis) bool { return !d.OK && strings.Contains(d.What, want) }) {
			t.Errorf("%s: the doctor finds %+v, %v", more, found, err)
		}
	}
}
