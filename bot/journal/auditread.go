package journal

import (
	"context"
	"database/sql"
	"slices"
	"time"
)

// Audit calls f with every row of the audit after a number, in their order,
// until f gives an error, which it returns. The journal is not held meanwhile,
// and rows that are added meanwhile come as well.
func (j *Journal) Audit(ctx context.Context, after int64, f func(Row) error) error {
	for {
		page, err := j.auditRows(ctx, `WHERE seq > ? ORDER BY seq LIMIT ?`, after, pageSize)
		if err != nil {
			return err
		}
		for _, r := range page {
			if err := f(r); err != nil {
				return err
			}
			after = r.Seq
		}
		if len(page) < pageSize {
			return nil
		}
	}
}

// AuditTail gives the n latest rows of the audit in their order.
func (j *Journal) AuditTail(ctx context.Context, n int) ([]Row, error) {
	rows, err := j.auditRows(ctx, `ORDER BY seq DESC LIMIT ?`, n)
	slices.Reverse(rows)
	return rows, err
}

// AuditSince gives the number of the row before the first one whose time is not
// before a time; that of the last row where there is none. After it, all rows
// are given even where a clock was set back, so that the chain has no hole.
func (j *Journal) AuditSince(ctx context.Context, since time.Time) (after int64, err error) {
	if j.db == nil {
		return 0, nil
	}
	err = j.try(ctx, "reading", func(ctx context.Context) error {
		return j.db.QueryRowContext(ctx, `SELECT coalesce(
			(SELECT seq - 1 FROM audit WHERE time >= ? ORDER BY seq LIMIT 1),
			(SELECT max(seq) FROM audit), 0)`, since.UnixMicro()).Scan(&after)
	})
	return after, err
}

// auditRows gives the rows that a condition selects.
func (j *Journal) auditRows(ctx context.Context, where string, args ...any) (found []Row, err error) {
	if j.db == nil {
		return nil, nil
	}
	err = j.try(ctx, "reading", func(ctx context.Context) (err error) {
		found, err = scanAudit(ctx, j.db, where, args...)
		return err
	})
	return found, err
}

// scanAudit reads rows, within a transaction or outside one.
func scanAudit(ctx context.Context, db interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}, where string, args ...any) (found []Row, err error) {
	rows, err := db.QueryContext(ctx, `SELECT seq, time, event, salt, contents, digest, prev, hash FROM audit `+where, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r Row
		var at int64
		var contents sql.NullString
		if err := rows.Scan(&r.Seq, &at, &r.Event, &r.Salt, &contents, &r.Digest, &r.Prev, &r.Hash); err != nil {
			return nil, err
		}
		r.Time = time.UnixMicro(at).UTC()
		if contents.Valid {
			r.Contents = []byte(contents.String)
		}
		found = append(found, r)
	}
	return found, rows.Err()
}
