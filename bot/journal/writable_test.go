package journal

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"
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
	// A busy machine may take longer than that to try at all.
	for within := 2 * busyTimeout; ; within *= 2 {
		ctx, cancel := context.WithTimeout(t.Context(), within)
		err := j.Writable(ctx)
		cancel()
		if errors.Is(err, ErrBusy) {
			break
		}
		if !errors.Is(err, context.DeadlineExceeded) || within > time.Minute {
			t.Fatalf("while another program writes: %v", err)
		}
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
