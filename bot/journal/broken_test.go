package journal

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pressly/goose/v3"
)

// rawOpen opens the file without any of our care.
func rawOpen(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	must(t, err)
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { db.Close() })
	return db
}

func TestSchemaVersion(t *testing.T) {
	j := mustOpen(t, filepath.Join(t.TempDir(), "journal.db"))
	var mode string
	must(t, j.db.QueryRow("PRAGMA journal_mode").Scan(&mode))
	if mode != "wal" {
		t.Errorf("journal_mode is %s", mode)
	}
	last := int64(0)
	files, err := migrations.ReadDir("migrations")
	must(t, err)
	for _, f := range files {
		v, err := goose.NumericComponent(f.Name())
		must(t, err)
		last = max(last, v)
	}
	if last != schemaVersion {
		t.Errorf("the last migration is %d, schemaVersion is %d", last, schemaVersion)
	}
	if v, err := j.version(t.Context()); err != nil || v != schemaVersion {
		t.Errorf("the new file has version %d: %v", v, err)
	}
}

func TestNewer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	fill(t, path, 1)
	db := rawOpen(t, path)
	_, err := db.Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (?, 1)", schemaVersion+6)
	must(t, err)
	must(t, db.Close())
	before, err := os.ReadFile(path)
	must(t, err)
	_, err = Open(t.Context(), path, DefaultConfig())
	if !errors.Is(err, ErrNewer) || !strings.Contains(err.Error(), fmt.Sprint("schema ", schemaVersion+6)) || !strings.Contains(err.Error(), path) {
		t.Errorf("error: %v", err)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Error("the file was changed:", err)
	}
}

// TestBrokenFiles gives files that are no journals, or no more: each is
// refused clearly and left as it is.
func TestBrokenFiles(t *testing.T) {
	dir := t.TempDir()
	good := filepath.Join(dir, "good.db")
	fill(t, good, 500)
	whole, err := os.ReadFile(good)
	must(t, err)
	other := filepath.Join(dir, "other.db")
	db := rawOpen(t, other)
	_, err = db.Exec("CREATE TABLE accounts (id INTEGER); INSERT INTO accounts VALUES (1)")
	must(t, err)
	must(t, db.Close())
	foreign, err := os.ReadFile(other)
	must(t, err)
	zeroed := bytes.Clone(whole)
	clear(zeroed[100:4096]) // the schema
	for name, content := range map[string][]byte{
		"one byte":         []byte("x"),
		"text":             []byte(strings.Repeat("not a database\n", 1000)),
		"header alone":     whole[:100],
		"half a page":      whole[:2000],
		"cut in the midst": whole[:len(whole)/2],
		"schema zeroed":    zeroed,
		"another program":  foreign,
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "journal.db")
			must(t, os.WriteFile(path, content, 0o600))
			j, err := Open(t.Context(), path, DefaultConfig())
			if err == nil {
				j.Close()
			}
			if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "move it away") {
				t.Errorf("error: %v", err)
			}
			if after, err := os.ReadFile(path); err != nil || !bytes.Equal(content, after) {
				t.Error("the file was changed:", err)
			}
		})
	}
}

// TestDamagedLater damages pages that opening does not read.
func TestDamagedLater(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	fill(t, path, 2000)
	content, err := os.ReadFile(path)
	must(t, err)
	for page := 20 * 4096; page+4096 <= len(content); page += 4096 {
		copy(content[page:], strings.Repeat("\xa5", 4096))
	}
	must(t, os.WriteFile(path, content, 0o600))
	j, err := Open(t.Context(), path, Config{Enabled: true})
	must(t, err)
	defer j.Close()
	err = j.Each(t.Context(), time.Time{}, func(Recorded) error { return nil })
	if !errors.Is(err, ErrDamaged) {
		t.Errorf("reading: %v", err)
	}
}

// TestHalfMade takes up a journal whose making was cut short.
func TestHalfMade(t *testing.T) {
	for name, statements := range map[string]string{
		"empty":  "",
		"marked": fmt.Sprintf("PRAGMA application_id = %d", applicationID),
		"wal":    fmt.Sprintf("PRAGMA application_id = %d; PRAGMA journal_mode = wal", applicationID),
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "journal.db")
			must(t, os.WriteFile(path, nil, 0o600))
			db := rawOpen(t, path)
			_, err := db.Exec(statements)
			must(t, err)
			must(t, db.Close())
			j := mustOpen(t, path)
			must(t, j.Record(t.Context(), sample("c", "1")))
		})
	}
}

func TestFull(t *testing.T) {
	j := mustOpen(t, filepath.Join(t.TempDir(), "journal.db"))
	var pages int
	must(t, j.db.QueryRow("PRAGMA page_count").Scan(&pages))
	_, err := j.db.Exec(fmt.Sprintf("PRAGMA max_page_count = %d", pages+2))
	must(t, err)
	kept := 0
	for err = nil; err == nil && kept < 1000; kept++ {
		err = j.Record(t.Context(), sample("c", fmt.Sprint(kept)))
	}
	kept--
	if !errors.Is(err, ErrFull) || !strings.Contains(err.Error(), "make room") {
		t.Fatalf("error after %d exchanges: %v", kept, err)
	}
	// The program goes on: it reads, and records again when there is room.
	if _, seen, err := j.Exchange(t.Context(), "c", "0"); err != nil || !seen {
		t.Error("what was kept is not seen:", err)
	}
	_, err = j.db.Exec("PRAGMA max_page_count = 100000")
	must(t, err)
	must(t, j.Record(t.Context(), sample("c", fmt.Sprint(kept))))
	if n := count(t, j, "exchange"); n != kept+1 {
		t.Errorf("%d exchanges, want %d", n, kept+1)
	}
	sound(t, j)
}

func TestReadOnlyRecord(t *testing.T) {
	// Without a purge, which would fail as well.
	j, err := Open(t.Context(), filepath.Join(t.TempDir(), "journal.db"), Config{Enabled: true})
	must(t, err)
	defer j.Close()
	_, err = j.db.Exec("PRAGMA query_only = on")
	must(t, err)
	if err := j.Record(t.Context(), sample("c", "1")); !errors.Is(err, ErrReadOnly) {
		t.Errorf("error: %v", err)
	}
	_, err = j.db.Exec("PRAGMA query_only = off")
	must(t, err)
	must(t, j.Record(t.Context(), sample("c", "1")))
}

func TestFolderIsFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, nil, 0o600))
	for _, path := range []string{filepath.Join(file, "journal.db"), t.TempDir()} {
		if _, err := Open(t.Context(), path, DefaultConfig()); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// TestBusy locks the file as another program might.
func TestBusy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j := mustOpen(t, path)
	other := rawOpen(t, path)
	_, err := other.Exec("BEGIN IMMEDIATE")
	must(t, err)

	busy := func() bool { return j.writer.busy.Load() != nil } // SQLite itself has waited in vain
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		for ctx.Err() == nil && !busy() {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	if err := j.Record(ctx, sample("c", "1")); !errors.Is(err, context.Canceled) || !errors.Is(err, ErrBusy) {
		t.Errorf("given up: %v", err)
	}
	waitFor(t, "the end of what was given up", func() bool { return !busy() })
	if _, err := j.Recent(t.Context(), 1); err != nil {
		t.Errorf("reading is held up: %v", err)
	}
	done := make(chan error, 1)
	go func() { done <- j.Record(t.Context(), sample("c", "1")) }()
	waitFor(t, "another in vain", busy)
	_, err = other.Exec("COMMIT")
	must(t, err)
	must(t, <-done)
}
