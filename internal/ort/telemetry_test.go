//go:build cgo && linux

package ort_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"frontdesk/internal/ort/orttest"
)

// The library records nothing of its use for its makers: it would do so in the cache of
// the user, and send it.
func TestTellsNobody(t *testing.T) {
	library := orttest.Config(t).Library
	me, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	cmd := exec.Command(me)
	cmd.Env = []string{asked + "=" + library, "HOME=" + home, "TMPDIR=" + home, "PATH=" + os.Getenv("PATH"), "LD_LIBRARY_PATH=" + os.Getenv("LD_LIBRARY_PATH")}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	err = filepath.WalkDir(home, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			t.Errorf("it has written %s", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
