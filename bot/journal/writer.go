package journal

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// maxGathered bounds the changes that are made in one transaction, and with them
// for how long others wait for it.
const maxGathered = 256

const (
	// gatherFor is how long a few changes that come right after others wait for
	// more of them. Where none came, that is not tried again for aloneFor: one
	// caller that makes one change after the other does not wait.
	gatherFor, aloneFor = time.Millisecond, 100 * time.Millisecond
	// few are so many changes that waiting for more may be worth it.
	few = 8
)

// errClosed says that a change came after the journal was closed.
var errClosed = errors.New("it is closed")

// A writer makes the changes that need not wait for the disk, one transaction
// for all that wait at a moment: most of the cost of a small change is that of
// the transaction. A change that comes alone is made at once; only where changes
// come closer upon each other than gatherFor do they wait for that long. The
// other transactions of the journal take turns with it at the one connection.
type writer struct {
	db      *sql.DB
	waiting chan *change
	done    sync.WaitGroup
	busy    atomic.Pointer[error] // why the changes at hand are not made yet

	mu     sync.RWMutex // held for writing by stop, for reading by who hands in
	closed bool
}

// A change is made whole or not at all.
type change struct {
	do      func(c *changing) error // may be called again
	given   time.Time               // when it was handed in
	state   atomic.Int32
	refused error      // see changing.refuse
	done    chan error // gives one error
}

// States of a change.
const (
	isWaiting int32 = iota
	isTaken         // it is being made, and cannot be taken back
	isGone          // who wanted it does not wait any more
)

func newWriter(db *sql.DB) *writer {
	w := &writer{db: db, waiting: make(chan *change, maxGathered)}
	w.done.Go(w.run)
	return w
}

// stop has everything made that was handed in, and waits for it.
func (w *writer) stop() {
	w.mu.Lock()
	w.closed = true
	close(w.waiting)
	w.mu.Unlock()
	w.done.Wait()
}

// change makes a change that survives the death of the process, whole or not at
// all. It may call do again, and does so where another process held the journal
// or a change beside it failed; do must only use what it is given.
func (j *Journal) change(ctx context.Context, doing string, do func(c *changing) error) error {
	if err := j.writer.change(ctx, do); err != nil {
		return j.explain(doing, err)
	}
	return nil
}

func (w *writer) change(ctx context.Context, do func(c *changing) error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	c := &change{do: do, given: time.Now(), done: make(chan error, 1)}
	if err := w.hand(ctx, c); err != nil {
		return err
	}
	select {
	case err := <-c.done:
		return err
	case <-ctx.Done():
		if c.state.CompareAndSwap(isWaiting, isGone) {
			return w.gaveUp(ctx)
		}
		return <-c.done // it is being made at this moment
	}
}

// hand gives a change to the writing goroutine.
func (w *writer) hand(ctx context.Context, c *change) error {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.closed {
		return errClosed
	}
	select {
	case w.waiting <- c:
		return nil
	case <-ctx.Done():
		return w.gaveUp(ctx)
	}
}

// gaveUp says why a change was not made before ctx ended.
func (w *writer) gaveUp(ctx context.Context) error {
	if busy := w.busy.Load(); busy != nil {
		return fmt.Errorf("%w: %w", context.Cause(ctx), *busy)
	}
	return context.Cause(ctx)
}

func (w *writer) run() {
	gathered := make([]*change, 0, maxGathered)
	var made, alone time.Time // when the last were made; until when not to wait
	for c := range w.waiting {
		gathered = w.gather(append(gathered, c))
		if n := len(gathered); n < few && time.Since(made) < gatherFor && time.Now().After(alone) {
			time.Sleep(gatherFor)
			if gathered = w.gather(gathered); len(gathered) == n {
				alone = time.Now().Add(aloneFor)
			}
		}
		w.make(gathered)
		made = time.Now()
		clear(gathered)
		gathered = gathered[:0]
	}
}

// gather adds what waits already.
func (w *writer) gather(all []*change) []*change {
	for len(all) < maxGathered {
		select {
		case c, ok := <-w.waiting:
			if !ok {
				return all
			}
			all = append(all, c)
		default:
			return all
		}
	}
	return all
}

// make makes changes in one transaction; where one of them fails, each in one of
// its own, so that it fails alone.
func (w *writer) make(all []*change) {
	defer w.busy.Store(nil)
	for len(all) > 0 {
		taken, err := w.together(all)
		switch {
		case err == nil:
			for _, c := range taken {
				c.done <- c.refused
			}
			return
		case isBusy(err):
			// SQLite has waited for busyTimeout, so that this does not spin.
			w.busy.Store(&err)
			all = w.gather(patient(append(all[:0:0], all...), err))
		case len(taken) == 1:
			taken[0].done <- err
			return
		default:
			for _, c := range taken {
				c.state.Store(isWaiting)
				w.make([]*change{c})
			}
			return
		}
	}
}

// patient gives those changes that somebody still waits for, and gives up those
// that have waited for too long.
func patient(all []*change, busy error) []*change {
	return slices.DeleteFunc(all, func(c *change) bool {
		if c.state.CompareAndSwap(isTaken, isWaiting); time.Since(c.given) < patience {
			return c.state.Load() == isGone
		}
		if c.state.CompareAndSwap(isWaiting, isTaken) {
			c.done <- busy
		}
		return true
	})
}

// together makes changes in one transaction, and gives those that somebody still
// waited for; none where the transaction could not begin as another process
// holds the journal.
func (w *writer) together(all []*change) (taken []*change, err error) {
	take := func() {
		for _, c := range all {
			if c.state.CompareAndSwap(isWaiting, isTaken) {
				taken = append(taken, c)
			}
		}
	}
	// The context is nobody's own: one that can end costs a goroutine for each
	// statement.
	conn, err := w.db.Conn(context.Background())
	if err != nil {
		take()
		return taken, err
	}
	defer conn.Close() // which gives the connection back, and fails where it is broken
	// database/sql is passed by, as its care for each statement costs more than
	// the statement.
	ran := false
	raw := conn.Raw(func(of any) error {
		ran = true
		c := &changing{connection: of.(*connection)} // as connector makes them
		if _, err = c.exec("BEGIN IMMEDIATE"); err != nil {
			if !isBusy(err) {
				take()
			}
			return nil
		}
		take()
		if err = c.make(taken); err == nil {
			_, err = c.exec("COMMIT")
		}
		if err == nil {
			return nil
		}
		// SQLite may have taken it back itself: https://www.sqlite.org/lang_transaction.html
		var back *sqlite.Error
		if _, failed := c.exec("ROLLBACK"); failed == nil || errors.As(failed, &back) && back.Code() == sqlite3.SQLITE_ERROR {
			return nil
		}
		return driver.ErrBadConn // the next one gets a new connection
	})
	if !ran {
		take()
		return taken, raw
	}
	return taken, err
}
