package journal

import "context"

// Writable tries whether the journal can be written now, and changes nothing.
// That the disk is full shows only when something is written.
func (j *Journal) Writable(ctx context.Context) error {
	if j.db == nil {
		return nil
	}
	return j.try(ctx, "trying to write", func(ctx context.Context) error {
		tx, err := j.db.BeginTx(ctx, nil) // it takes the lock for writing; see dsn
		if err != nil {
			return err
		}
		return tx.Rollback()
	})
}
