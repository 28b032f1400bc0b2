package terminal

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/peterh/liner"
)

func TestHistory(t *testing.T) {
	h := history{filepath.Join(t.TempDir(), "history")}
	if lines, err := h.load(); err != nil || len(lines) > 0 {
		t.Fatalf("without a file: %q, %v", lines, err)
	}
	for _, line := range []string{"one", "שלום 👋", "  ", strings.Repeat("x", maxHistoryLine+1), "bell\a", "two\nlines", "\xff", "last"} {
		if err := h.add(line); err != nil {
			t.Fatal(err)
		}
	}
	lines, err := h.load()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"one", "שלום 👋", "last"}, lines); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
	info, err := os.Stat(h.path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the history has mode %v", info.Mode().Perm())
	}
}

func TestHistoryIsBounded(t *testing.T) {
	h := history{filepath.Join(t.TempDir(), "history")}
	var b strings.Builder
	b.WriteString("# frontdesk history, format: 1\n")
	for range 2*liner.HistoryLimit + 1 {
		b.WriteString("line\n")
	}
	if err := os.WriteFile(h.path, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time from the shortened file
		lines, err := h.load()
		if err != nil || len(lines) != liner.HistoryLimit {
			t.Fatalf("%d lines, %v; want %d", len(lines), err, liner.HistoryLimit)
		}
	}
	if info, err := os.Stat(h.path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the shortened file: %v, %v", info.Mode(), err)
	}
}

func TestHistoryRefusesOtherFiles(t *testing.T) {
	for name, text := range map[string]string{
		"newer than this program's": "# frontdesk history, format: 2\nline\n",
		"is no history":             "my diary\n",
		"more than":                 "# frontdesk history, format: 1\n" + strings.Repeat("x\n", maxHistoryFile/2),
	} {
		h := history{filepath.Join(t.TempDir(), "history")}
		if err := os.WriteFile(h.path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if lines, err := h.load(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%d lines, error %v; want one with %q", len(lines), err, name)
		}
	}
}
