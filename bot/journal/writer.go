package journal

import (
	"context"
	"database/sql"
)

// changing is a transaction in which changes are made.
type changing struct {
	tx      *sql.Tx
	refused error
}

// exec carries out a statement, and gives how many rows it changed.
func (c *changing) exec(statement string, args ...any) (rows int64, err error) {
	done, err := c.tx.Exec(statement, args...)
	if err != nil {
		return 0, err
	}
	return done.RowsAffected()
}

// refuse has the change fail with an error of its own. Nothing may have been
// changed before.
func (c *changing) refuse(err error) error {
	c.refused = err
	return nil
}

// change makes a change that survives the death of the process, whole or not at
// all. It may call f again.
func (j *Journal) change(ctx context.Context, doing string, f func(c *changing) error) error {
	return j.write(ctx, doing, killed, func(ctx context.Context, tx *sql.Tx) error {
		c := &changing{tx: tx}
		if err := f(c); err != nil {
			return err
		}
		return c.refused
	})
}
