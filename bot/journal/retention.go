package journal

import (
	"context"
	"database/sql"
	"time"
)

// purgeBatch is how many rows are removed at once, so that recording
// never waits for long.
const purgeBatch = 500

// keepFinished is how long the key of an event that was finished is remembered:
// longer than any platform brings it again.
const keepFinished = 2 * time.Hour

// keepPurging removes what is too old, now and then at every tick, until ctx
// ends. No days keep all but the keys of events.
func (j *Journal) keepPurging(ctx context.Context, days int, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		now := time.Now()
		var before time.Time
		if days > 0 {
			before = now.AddDate(0, 0, -days)
		}
		err := j.purge(ctx, before, now.Add(-keepFinished))
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

// purge removes what is from before a time, oldest first: exchanges with their
// ratings, attempts, posts, questions handed on, and the contents of the audit;
// and events that were finished before another time. The audit's rows stay for
// ever, without a word of what happened: 200 bytes each keep the chain whole.
func (j *Journal) purge(ctx context.Context, before, finished time.Time) error {
	const doing = "removing old exchanges from"
	for {
		var due bool // mostly nothing is, and then nobody has to wait for us
		err := j.try(ctx, doing, func(ctx context.Context) error {
			return j.db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM exchange WHERE time < ?1)
				OR EXISTS (SELECT 1 FROM attempt WHERE begun < ?1)
				OR EXISTS (SELECT 1 FROM post WHERE time < ?1)
				OR EXISTS (SELECT 1 FROM handover WHERE asked < ?1)
				OR EXISTS (SELECT 1 FROM audit WHERE contents IS NOT NULL AND event <> 'erased' AND time < ?1)
				OR EXISTS (SELECT 1 FROM receipt WHERE finished IS NOT NULL AND finished < ?2)`,
				before.UnixMicro(), finished.UnixMicro()).Scan(&due)
		})
		if err != nil || !due {
			return err
		}
		err = j.write(ctx, doing, killed, func(ctx context.Context, tx *sql.Tx) error {
			for _, statement := range []string{
				`DELETE FROM exchange WHERE id IN (SELECT id FROM exchange WHERE time < ?1 ORDER BY time, id LIMIT ?3)`,
				`DELETE FROM attempt WHERE id IN (SELECT id FROM attempt WHERE begun < ?1 ORDER BY begun, id LIMIT ?3)`,
				`DELETE FROM post WHERE id IN (SELECT id FROM post WHERE time < ?1 ORDER BY time, id LIMIT ?3)`,
				`DELETE FROM handover WHERE id IN (SELECT id FROM handover WHERE asked < ?1 ORDER BY asked, id LIMIT ?3)`,
				`DELETE FROM receipt WHERE id IN (SELECT id FROM receipt
					WHERE finished IS NOT NULL AND finished < ?2 ORDER BY finished LIMIT ?3)`,
			} {
				if _, err := tx.ExecContext(ctx, statement, before.UnixMicro(), finished.UnixMicro(), purgeBatch); err != nil {
					return err
				}
			}
			return j.purgeAudit(ctx, tx, before)
		})
		if err != nil {
			return err
		}
	}
}

func (j *Journal) purgeAudit(ctx context.Context, tx *sql.Tx, before time.Time) error {
	old, err := tx.QueryContext(ctx, `
		SELECT seq FROM (SELECT seq FROM audit WHERE contents IS NOT NULL AND event <> 'erased' AND time < ?
			ORDER BY time LIMIT ?) ORDER BY seq`, before.UnixMicro(), purgeBatch)
	if err != nil {
		return err
	}
	defer old.Close()
	var rows spans
	for old.Next() {
		var seq int64
		if err := old.Scan(&seq); err != nil {
			return err
		}
		rows.add(seq)
	}
	if err := old.Err(); err != nil {
		return err
	}
	_, err = j.eraseAudit(ctx, tx, rows, "it was older than retention_days")
	return err
}
