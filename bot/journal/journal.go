// Package journal keeps the lasting record of what was asked, what was decided
// and how people rated it, in one SQLite file, and with it the audit of the
// commands: every attempt, in a chain of rows that cannot be changed unseen (see
// [Row]), and the knowledge of what was begun already (see [Journal.Begin]). For
// chat adapters it also keeps what they must not lose: the events that wait to
// be worked on (see [Journal.AcceptAll]), and what they posted (see
// [Journal.Finish]).
//
// # What survives
//
// The file is in write-ahead-log mode with synchronous=NORMAL
// (https://www.sqlite.org/pragma.html#pragma_synchronous): once [Journal.Record]
// has returned nil, the exchange survives the death of the process, kill -9
// included, because it lies in the operating system's cache. A power cut or a
// crash of the operating system may lose the exchanges of the last seconds, but
// never damages the file. FULL would wait for the disk at every exchange, which
// costs milliseconds on an SD card, and five times NORMAL on a fast disk.
//
// [Journal.Begin] does wait for the disk, as do pauses and erasures: were it lost
// that a command was begun, it would run again when its message is brought again.
// Of the end of an attempt the loss does no such harm, and it does not wait.
//
// # Sharing
//
// Several processes of one machine may have the same journal open; a write that
// meets another one waits for it. The file must not lie on a network file
// system, which write-ahead logs do not work on.
//
// # Privacy
//
// The file holds what people asked. It is made readable by its owner alone. What
// retention removes is overwritten with zeros, though copies may stay for a while
// in pages that SQLite has split and in the write-ahead log; of what
// [Journal.Forget] erases, none stay. Rows of the audit stay for ever, but their
// contents do not.
package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"frontdesk/bot"

	"modernc.org/sqlite"
)

// maxRetentionDays is a hundred years; more is a slip of the keyboard.
const maxRetentionDays = 36500

// Config says whether and for how long exchanges are kept.
type Config struct {
	// Enabled false keeps nothing: no file is made, and none is read.
	Enabled bool `yaml:"enabled"`
	// RetentionDays is the age at which an exchange is removed, what is known of an
	// attempt, of our posts and of questions handed on, and the contents of the
	// audit; 0 keeps everything.
	RetentionDays int `yaml:"retention_days"`
}

// DefaultConfig keeps exchanges for 90 days.
func DefaultConfig() Config { return Config{Enabled: true, RetentionDays: 90} }

// Check reports every setting that cannot be used.
func (c Config) Check(report func(key, what, do string)) {
	if c.RetentionDays < 0 || c.RetentionDays > maxRetentionDays {
		report("retention_days", fmt.Sprintf("%d days cannot be kept", c.RetentionDays),
			fmt.Sprintf("write a number of days from 1 to %d, or 0 to keep everything", maxRetentionDays))
	}
}

// A Journal is an open journal. It is a [bot.Journal], and safe for concurrent
// use.
//
// Its errors wrap [ErrReadOnly], [ErrFull], [ErrBusy] or [ErrDamaged] where one
// of these is the cause. None of them closes the journal: a caller may go on
// without the record, and the next call tries anew.
type Journal struct {
	path   string
	db     *sql.DB // nil when the journal is switched off
	writer *writer
	// redact takes secrets out of texts; nil for no one. See [Journal.Redact].
	redact func(string) string

	stop   context.CancelFunc // of the purge
	purged sync.WaitGroup
	// purgeErr is why the latest purge failed. It belongs to the purging
	// goroutine until purged is done.
	purgeErr error
	close    sync.Once
	closeErr error
}

var _ bot.Journal = (*Journal)(nil)

// Open opens the journal at a path, and makes it, with its folder, where there
// is none. What is too old is removed in the background, now and every ten
// minutes until [Journal.Close].
//
// A journal that a newer frontdesk wrote gives [ErrNewer], a file that is
// damaged or no journal [ErrDamaged]; neither is changed. With Config.Enabled
// false the journal keeps nothing and finds nothing.
func Open(ctx context.Context, path string, cfg Config) (*Journal, error) {
	return open(ctx, path, cfg, 10*time.Minute)
}

func open(ctx context.Context, path string, cfg Config, purgeEvery time.Duration) (*Journal, error) {
	if !cfg.Enabled {
		return &Journal{}, nil
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("opening the journal %s: %w", path, err)
	}
	j := &Journal{path: path}
	if err := touch(path); err != nil {
		return nil, j.explain("opening", err)
	}
	of, err := sqlite.NewConnector(dsn(path))
	if err != nil {
		return nil, j.explain("opening", err)
	}
	j.db = sql.OpenDB(connector{of})
	// One connection is enough: a record takes a fraction of a millisecond,
	// and a second connection would only wait for the first one's lock.
	j.db.SetMaxOpenConns(1)
	if err := j.prepare(ctx); err != nil {
		return nil, errors.Join(err, j.db.Close())
	}
	j.writer = newWriter(j.db)
	purging, stop := context.WithCancel(context.WithoutCancel(ctx))
	j.stop = stop
	j.purged.Go(func() { j.keepPurging(purging, cfg.RetentionDays, purgeEvery) })
	return j, nil
}

// Path gives the file of the journal; "" where it is switched off.
func (j *Journal) Path() string { return j.path }

// minSize is the size of SQLite's smallest page. SQLite itself takes a file of
// a few bytes for an empty one, and writes over it.
const minSize = 512

var errShort = errors.New("the file is shorter than any database")

// touch makes the file and its folder, for their owner alone, and says early
// and plainly when it cannot be written.
func touch(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil && info.Size() > 0 && info.Size() < minSize {
		err = errShort
	}
	return errors.Join(err, f.Close())
}

// dsn names the file in the driver's way, as a URI so that any character may
// stand in the path.
func dsn(path string) string {
	slashed := filepath.ToSlash(path)
	if slashed[0] != '/' {
		slashed = "/" + slashed // C:/… on Windows
	}
	u := url.URL{Scheme: "file", Path: slashed, OmitHost: true}
	return u.String() + "?mode=rw" +
		fmt.Sprintf("&_pragma=busy_timeout(%d)", busyTimeout.Milliseconds()) +
		"&_pragma=synchronous(normal)&_pragma=foreign_keys(on)&_pragma=secure_delete(on)" +
		"&_txlock=immediate" // a transaction of ours writes
}

// Close ends the purge, makes the changes that wait, and closes the file. It gives the error of the latest
// purge where that failed. Closing again does nothing.
func (j *Journal) Close() error {
	j.close.Do(func() {
		if j.db == nil {
			return
		}
		j.stop()
		j.purged.Wait()
		j.writer.stop()
		if err := j.db.Close(); err != nil {
			j.closeErr = j.explain("closing", err)
		}
		j.closeErr = errors.Join(j.purgeErr, j.closeErr)
	})
	return j.closeErr
}
