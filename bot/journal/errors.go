package journal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// What a caller may want to tell apart.
var (
	// ErrNewer says that a newer frontdesk wrote the journal.
	ErrNewer = errors.New("it was written by a newer frontdesk")
	// ErrDamaged says that the file is damaged, or is something else.
	ErrDamaged = errors.New("it is damaged, or no journal at all")
	// ErrReadOnly says that the file or its disk may not be written.
	ErrReadOnly = errors.New("it cannot be written: the file, its folder or the disk is read-only")
	// ErrFull says that the disk is full.
	ErrFull = errors.New("the disk is full")
	// ErrBusy says that another process held the journal all the time.
	ErrBusy = errors.New("another process keeps it locked")
	// ErrUnknown says that no such exchange is recorded.
	ErrUnknown = errors.New("no such exchange is recorded")
	// ErrNotAccepted says that no such event was accepted.
	ErrNotAccepted = errors.New("no such event was accepted")
	// ErrNoHandover says that no such question was handed on.
	ErrNoHandover = errors.New("no such question was handed on")
)

const (
	// busyTimeout is how long SQLite itself waits for another process. It is
	// short because SQLite does not look at a context while it waits.
	busyTimeout = 100 * time.Millisecond
	// patience is how long a call waits for another process in all.
	patience = 10 * time.Second
)

// try calls f until it does not find the journal busy, within ctx and our
// patience, and explains its error.
func (j *Journal) try(ctx context.Context, doing string, f func(ctx context.Context) error) error {
	var busy error // what f waited for, if anything
	for deadline := time.Now().Add(patience); ; {
		err := f(ctx)
		if err == nil {
			return nil
		}
		if isBusy(err) {
			busy = err
		}
		switch {
		case ctx.Err() != nil && busy != nil:
			return j.explain(doing, fmt.Errorf("%w: %w", context.Cause(ctx), busy))
		case ctx.Err() != nil:
			// An interrupted statement has many errors; this is their cause.
			return j.explain(doing, context.Cause(ctx))
		case !isBusy(err) || time.Now().After(deadline):
			return j.explain(doing, err)
		}
		// SQLite has waited for busyTimeout, so that this does not spin.
	}
}

// errLogBusy says that the write-ahead log could not be emptied, because another
// process reads it.
var errLogBusy = errors.New("the write-ahead log is being read")

func isBusy(err error) bool {
	if errors.Is(err, errLogBusy) {
		return true
	}
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	code := e.Code() & 0xff
	return code == sqlite3.SQLITE_BUSY || code == sqlite3.SQLITE_LOCKED
}

// explain says what was being done to which file, and what to do about it.
func (j *Journal) explain(doing string, err error) error {
	do, cause := classify(err)
	if cause == nil {
		return fmt.Errorf("%s the journal %s: %w", doing, j.path, err)
	}
	return fmt.Errorf("%s the journal %s: %w; %s (%w)", doing, j.path, cause, do, err)
}

// classify says what to do about an error, and which of the errors above is
// behind it, if any is.
func classify(err error) (do string, cause error) {
	code := 0
	if e := (*sqlite.Error)(nil); errors.As(err, &e) {
		code = e.Code() & 0xff
	}
	switch {
	case code == sqlite3.SQLITE_NOTADB, code == sqlite3.SQLITE_CORRUPT, errors.Is(err, errShort):
		return "it was left as it is: put a good copy in its place, or move it away and a new one is begun", ErrDamaged
	case code == sqlite3.SQLITE_READONLY,
		// The file itself was opened before, by touch: what SQLite cannot open or
		// make is the file beside it that it needs while it works.
		code == sqlite3.SQLITE_CANTOPEN,
		errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return "make it writable, or choose another data_dir, or switch the journal off", ErrReadOnly
	case code == sqlite3.SQLITE_FULL, errors.Is(err, syscall.ENOSPC):
		return "make room, or lower retention_days", ErrFull
	case code == sqlite3.SQLITE_BUSY, code == sqlite3.SQLITE_LOCKED, errors.Is(err, errLogBusy):
		return "end the program that holds it", ErrBusy
	}
	return "", nil
}
