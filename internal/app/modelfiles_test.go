package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"frontdesk/internal/config"
	"frontdesk/retrieval/static"
)

// weightsOf gives a file of weights for vectors of a length.
func weightsOf(t *testing.T, dim int) string {
	t.Helper()
	w := static.Weights{Dim: dim, Words: []string{"key", "mark"}, Scales: []float32{1, 1, 0.5, 0.5}}
	for i := range len(w.Scales) * dim {
		w.Rows = append(w.Rows, int8(i*37%100+1))
	}
	data, err := w.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// replace puts a file in the place of another, as who writes a new one and renames it.
func replace(t *testing.T, file, content string) {
	t.Helper()
	write(t, file+".new", content)
	if err := os.Rename(file+".new", file); err != nil {
		t.Fatal(err)
	}
}

// Files of a model are others when one is written, replaced, added or removed, and only
// then.
func TestModelFiles(t *testing.T) {
	dir := t.TempDir()
	file, folder := filepath.Join(dir, "a.bin"), filepath.Join(dir, "model")
	write(t, file, "weights")
	if err := os.MkdirAll(filepath.Join(folder, "onnx"), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(folder, "onnx", "model.onnx"), "graph")
	write(t, filepath.Join(folder, "tokenizer.json"), "{}")
	long := time.Now().Add(-time.Hour)
	same := func(name string) { // in all but which file it is
		if err := os.Chtimes(name, long, long); err != nil {
			t.Fatal(err)
		}
	}
	same(file)
	for _, c := range []struct {
		what   string
		change func()
		want   bool
	}{
		{"nothing", func() {}, false},
		{"a look", func() { _, _ = os.ReadFile(file) }, false},
		{"one replaced by one of the same size and time", func() { replace(t, file, "waights"); same(file) }, true},
		{"one written", func() { write(t, file, "weights") }, true},
		{"one longer", func() { write(t, file, "weights!"); same(file) }, true},
		{"one inside a folder", func() { replace(t, filepath.Join(folder, "onnx", "model.onnx"), "grapf") }, true},
		{"one added", func() { write(t, filepath.Join(folder, "added.json"), "{}") }, true},
		{"one beside it", func() { write(t, filepath.Join(dir, "b.bin"), "") }, false},
		{"one removed", func() { _ = os.Remove(file) }, true},
		{"one still missing", func() {}, false},
	} {
		was := lookAtModel(file, folder)
		c.change()
		if got := was.replaced(); got != c.want {
			t.Errorf("%s: replaced is %v", c.what, got)
		}
	}
	if (modelFiles{}).replaced() {
		t.Error("no files are replaced")
	}
}

// A model that is replaced at its path is opened when the configuration is read again, and
// one at fault changes nothing.
func TestApplyReplaced(t *testing.T) {
	_, dir := twoBases(t, "")
	file := filepath.Join(dir, "own.bin")
	write(t, file, weightsOf(t, 8))
	load := func() *config.Config { return configured(t, dir, "embedding: {model: own.bin}\n") }
	a := open(t, load(), Options{})
	first := a.current()
	apply := func() error {
		t.Helper()
		_, err := a.Apply(t.Context(), load())
		return err
	}
	if err := apply(); err != nil || a.current() != first {
		t.Errorf("nothing changed, and the model is opened anew: %v", err)
	}
	replace(t, file, "no weights")
	if err := apply(); err == nil || !strings.Contains(err.Error(), "own.bin") || a.current() != first {
		t.Errorf("a file at fault: %v", err)
	}
	replace(t, file, weightsOf(t, 16))
	if err := apply(); err != nil {
		t.Fatal(err)
	}
	if dim := a.current().own.Embedder.Dim(); dim != 16 {
		t.Errorf("after it was replaced the vectors have %d numbers", dim)
	}
	if r := say(t, a, "attic", "where is the key"); r.Text != "In the box." {
		t.Errorf("it answers %q", r.Text)
	}
	second := a.current()
	if err := apply(); err != nil || a.current() != second {
		t.Errorf("it is opened once more: %v", err)
	}
}

// So is a dictionary, of which the sentences come that are expected.
func TestApplyDictionary(t *testing.T) {
	_, dir := twoBases(t, "")
	file := filepath.Join(dir, "words.dict")
	write(t, file, "leave L IY V\na AH\nmark M AA R K\n")
	load := func() *config.Config {
		return configured(t, dir, "speech: {engine: exec, dictionary: words.dict, exec: {command: ["+os.Args[0]+"]}}\n")
	}
	a := open(t, load(), Options{Hear: true})
	grammar := func() string {
		a.mu.Lock()
		defer a.mu.Unlock()
		return a.loaded["house"].base.Hints.Expected.JSGF()
	}
	if got := grammar(); strings.Contains(got, "please") {
		t.Fatalf("expected are %s", got)
	}
	replace(t, file, "leave L IY V\na AH\nmark M AA R K\nmake M EY K\nplease P L IY Z\n")
	if _, err := a.Apply(t.Context(), load()); err != nil {
		t.Fatal(err)
	}
	if got := grammar(); !strings.Contains(got, "please") {
		t.Errorf("with another dictionary expected are %s", got)
	}
}

// An adapter with models of its own is made anew where their files are others.
func TestServeReplaced(t *testing.T) {
	model := filepath.Join(t.TempDir(), "hey.onnx")
	write(t, model, "one")
	room, other := newFake("room"), newFake("other")
	s := serve(t, func(cfg *config.Config) []recipe {
		r := room.recipe(0)
		r.files = lookAtModel(model)
		return []recipe{r, other.recipe(0)}
	})
	room.ask(t, "1", "where is the key")
	other.ask(t, "2", "where is the key")
	replace(t, model, "two")
	s.reload <- os.Interrupt
	until(t, "the adapter whose model was replaced", func() bool { return room.started() == 2 })
	room.ask(t, "3", "where is the key")
	if other.started() != 1 {
		t.Errorf("the other one was started %d times", other.started())
	}
	s.end()
}
