package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// How much a transaction survives; see the package's documentation.
type survives string

const (
	// killed: the death of the process.
	killed survives = "NORMAL"
	// durable: a power cut as well. The disk is waited for.
	durable survives = "FULL"
)

// write calls f in a transaction that holds the lock for writing from its
// beginning, so that nothing changes between what f reads and what it writes.
// It calls f anew where the journal was busy.
func (j *Journal) write(ctx context.Context, doing string, s survives, f func(ctx context.Context, tx *sql.Tx) error) error {
	return j.try(ctx, doing, func(ctx context.Context) (err error) {
		conn, err := j.db.Conn(ctx)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, conn.Close()) }()
		if s == durable {
			// It cannot be changed within a transaction, and stays with the connection,
			// which is ours alone for so long.
			if _, err := conn.ExecContext(ctx, "PRAGMA synchronous = FULL"); err != nil {
				return err
			}
			defer func() {
				_, normal := conn.ExecContext(context.WithoutCancel(ctx), "PRAGMA synchronous = NORMAL")
				err = errors.Join(err, normal)
			}()
		}
		tx, err := conn.BeginTx(ctx, nil) // IMMEDIATE; see dsn
		if err != nil {
			return err
		}
		if err := f(ctx, tx); err != nil {
			if back := tx.Rollback(); back != nil && !errors.Is(back, sql.ErrTxDone) {
				err = fmt.Errorf("%w (and taking it back: %w)", err, back)
			}
			return err
		}
		return tx.Commit()
	})
}
