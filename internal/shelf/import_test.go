package shelf_test

import (
	"os"
	"path/filepath"
	"testing"
)

func TestImport(t *testing.T) {
	t.Parallel()
	h := tinyHub(t)
	s, _ := open(t, h, tinyCatalogue())
	pulled, err := s.Pull(t.Context(), "tiny", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("a model of another shelf", func(t *testing.T) {
		s, dir := open(t, nil, tinyCatalogue())
		if _, err := s.Import(t.Context(), pulled, "", nil); err != nil {
			t.Fatal(err)
		}
		holds(t, s, dir)
	})
	repository := func(t *testing.T) string {
		dir := filepath.Join(t.TempDir(), "clone")
		for path, data := range map[string][]byte{"onnx/model_q.onnx": big, "1_Pooling/config.json": small, "README.md": small} {
			if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, path)), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, path), data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	t.Run("a copy of the repository", func(t *testing.T) {
		s, dir := open(t, nil, tinyCatalogue())
		from := repository(t)
		_, err := s.Import(t.Context(), from, "", nil)
		contains(t, err, `no model "clone"`)
		if _, err := s.Import(t.Context(), from, "tiny", nil); err != nil {
			t.Fatal(err)
		}
		holds(t, s, dir)
	})
	for name, c := range map[string]struct {
		change func(dir string) error
		want   string
	}{
		"a file is missing":    {func(dir string) error { return os.RemoveAll(filepath.Join(dir, "onnx")) }, "it lacks onnx/model.onnx"},
		"a file of other size": {func(dir string) error { return os.Truncate(filepath.Join(dir, "onnx/model_q.onnx"), 9) }, "has 9 bytes and should have"},
		"another file": {func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "onnx/model_q.onnx"), noise(2, len(big)), 0o644)
		}, "not the file that it should be"},
		"an empty file": {func(dir string) error { return os.Truncate(filepath.Join(dir, "1_Pooling/config.json"), 0) }, "the file is empty"},
		"a link that leads out": {func(dir string) error {
			file := filepath.Join(dir, "1_Pooling/config.json")
			outside := filepath.Join(filepath.Dir(dir), "secret")
			_ = os.WriteFile(outside, small, 0o600)
			_ = os.Remove(file)
			return os.Symlink("../../secret", file)
		}, "links lead out"},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := open(t, nil, tinyCatalogue())
			dir := repository(t)
			if err := c.change(dir); err != nil {
				t.Skip(err)
			}
			_, err := s.Import(t.Context(), dir, "tiny", nil)
			contains(t, err, c.want)
			if _, err := s.Dir("tiny"); err == nil {
				t.Error("the model is here all the same")
			}
		})
	}
}
