package journal

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
)

// What keeps a record from being written is found without one.
func TestWritable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j, err := Open(t.Context(), path, Config{Enabled: true}) // without a purge, which would fail as well
	must(t, err)
	defer j.Close()
	must(t, j.Writable(t.Context()))

	other := rawOpen(t, path)
	_, err = other.Exec("BEGIN IMMEDIATE")
	must(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 2*busyTimeout)
	defer cancel()
	if err := j.Writable(ctx); !errors.Is(err, ErrBusy) {
		t.Errorf("while another program writes: %v", err)
	}
	_, err = other.Exec("COMMIT")
	must(t, err)
	must(t, j.Writable(t.Context()))

	must(t, other.Close())
	_, err = j.db.Exec("PRAGMA query_only = on")
	must(t, err)
	if err := j.Writable(t.Context()); !errors.Is(err, ErrReadOnly) {
		t.Errorf("read-only: %v", err)
	}
	off := &Journal{}
	must(t, off.Writable(t.Context()))
}
