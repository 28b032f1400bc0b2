package journal

import (
	"context"
	"database/sql/driver"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestDropped holds that the journal goes on where database/sql closed the connection,
// with all that was prepared on it, as it does after a query whose context ended; and that
// nothing of it stays open.
func TestDropped(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j := mustOpen(t, path)
	drop := func() {
		conn, err := j.db.Conn(t.Context())
		must(t, err)
		if err := conn.Raw(func(any) error { return driver.ErrBadConn }); !errors.Is(err, driver.ErrBadConn) {
			t.Fatal(err)
		}
	}
	for i := range 20 {
		must(t, j.Record(t.Context(), sample("c", string(rune('a'+i)))))
		drop()
		// A context that ends while the connection works.
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, _, _ = j.Exchange(ctx, "c", "a")
	}
	for i := range 20 {
		if _, seen, err := j.Exchange(t.Context(), "c", string(rune('a'+i))); err != nil || !seen {
			t.Errorf("%d is not there: %v", i, err)
		}
	}
	must(t, j.Record(t.Context(), sample("c", "z")))
	drop()
	must(t, j.Close())
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("the system does not tell of open files: ", err)
	}
	for _, f := range open {
		if to, err := os.Readlink("/proc/self/fd/" + f.Name()); err == nil && filepath.Dir(to) == filepath.Dir(path) {
			t.Errorf("%s is still open", to)
		}
	}
}
