//go:build unix

package knowledge_test

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"frontdesk/knowledge"
)

// TestPipe holds that a pipe, which nobody may ever write to, is not opened.
func TestPipe(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.yaml"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := knowledge.Load(t.Context(), knowledge.Options{Dir: dir, Paths: []string{"."}})
	if got := faultsOf(t, err).Error(); !strings.HasSuffix(got, "pipe.yaml: it cannot be read: it is no plain file") {
		t.Error(got)
	}
}
