//go:build unix

package journal

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestReadOnly opens journals where nothing may be written. The superuser may
// write everywhere, so a child process does it as somebody else.
func TestReadOnly(t *testing.T) {
	const nobody = 65534
	shared, err := os.MkdirTemp("", "journal") // unlike t.TempDir, others may enter it
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(shared) })
	must(t, os.Chmod(shared, 0o755))
	self, err := os.Executable()
	must(t, err)
	program, err := os.ReadFile(self)
	must(t, err)
	copied := filepath.Join(shared, "test")
	must(t, os.WriteFile(copied, program, 0o755))

	for name, make := range map[string]func(dir, path string){
		"nothing there": func(dir, path string) {},
		"file": func(dir, path string) {
			fill(t, path, 1)
			must(t, os.Chmod(path, 0o444))
			must(t, os.Chmod(dir, 0o777))
		},
		"folder": func(dir, path string) {
			fill(t, path, 1)
			must(t, os.Chmod(path, 0o666))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(shared, strings.ReplaceAll(name, " ", "-"))
			must(t, os.Mkdir(dir, 0o755))
			path := filepath.Join(dir, "journal.db")
			must(t, os.Chmod(dir, 0o755))
			make(dir, path)
			if name != "file" {
				must(t, os.Chmod(dir, 0o555))
				t.Cleanup(func() { must(t, os.Chmod(dir, 0o755)) })
			}
			cmd := child(t, "open", path, "")
			cmd.Path, cmd.Args[0] = copied, copied
			if os.Geteuid() == 0 {
				cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
			}
			out, err := cmd.Output()
			if err == nil || !strings.Contains(string(out), ErrReadOnly.Error()) {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
}
