package journal

import (
	"context"
	"time"
)

// purgeBatch is how many exchanges are removed at once, so that recording
// never waits for long.
const purgeBatch = 500

// keepPurging removes what is too old, now and then at every tick, until ctx
// ends.
func (j *Journal) keepPurging(ctx context.Context, days int, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		err := j.purge(ctx, time.Now().AddDate(0, 0, -days))
		if ctx.Err() != nil {
			return // a purge cut short is taken up at the next start
		}
		j.purgeErr = err
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// purge removes the exchanges before a time, and their ratings, oldest first.
func (j *Journal) purge(ctx context.Context, before time.Time) error {
	for {
		var removed int64
		err := j.try(ctx, "removing old exchanges from", func(ctx context.Context) error {
			done, err := j.db.ExecContext(ctx, `
				DELETE FROM exchange WHERE id IN (
					SELECT id FROM exchange WHERE time < ? ORDER BY time, id LIMIT ?)`,
				before.UnixMicro(), purgeBatch)
			if err != nil {
				return err
			}
			removed, err = done.RowsAffected()
			return err
		})
		if err != nil || removed < purgeBatch {
			return err
		}
	}
}
