package journal

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"frontdesk/bot"
)

// jobColumns are those that scanJob reads, in its order.
const jobColumns = `id, coalesce(key, ''), base, conversation, entry, part, name, slots, sender, person, channel,
	context, spoken, said, probability, created, due, repeat, until, remaining, late, begun`

// AddJob keeps a job that waits until it is due, and gives it as it is kept,
// with its id. Adding one with the key of another gives that other one, so that
// a call may be repeated. More jobs than the bounds allow give
// [bot.ErrTooManyJobs]. When it returns nil, the job survives the death of the
// process.
func (j *Journal) AddJob(ctx context.Context, job bot.Job, most bot.JobBounds) (kept bot.Job, err error) {
	if j.db == nil {
		return bot.Job{}, j.explain("scheduling in", errors.New("it is switched off"))
	}
	if err := checkJob(job); err != nil {
		return bot.Job{}, j.explain("scheduling in", err)
	}
	slots, err := json.Marshal(job.Slots)
	if err != nil {
		return bot.Job{}, j.explain("scheduling in", err)
	}
	place, err := json.Marshal(job.Caller.Context)
	if err != nil {
		return bot.Job{}, j.explain("scheduling in", err)
	}
	err = j.try(ctx, "scheduling in", func(ctx context.Context) error {
		// The count and the insertion are one statement, so that no other process
		// comes in between.
		kept, err = scanJob(j.db.QueryRowContext(ctx, `
			INSERT INTO job (key, base, conversation, entry, part, name, slots, sender, person, channel, adapter,
				context, spoken, said, probability, created, due, repeat, until, remaining, late)
			SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21
			WHERE (SELECT count(*) FROM job WHERE base = ?2 AND sender = ?8) < ?22
				AND (SELECT count(*) FROM job WHERE base = ?2) < ?23
			ON CONFLICT (key) DO NOTHING
			RETURNING `+jobColumns,
			orNull(job.Key), job.Base, job.Conversation, job.Entry, job.Part, job.Name, string(slots),
			string(job.Caller.Sender), job.Caller.Person, string(job.Caller.Channel), job.Caller.Channel.Adapter(),
			string(place), job.Caller.Spoken, cut(job.Said), job.Probability, micro(job.Created), micro(job.Due),
			job.Repeat, micro(job.Until), job.Left, job.Late.Microseconds(), most.PerSender, most.PerBase))
		if errors.Is(err, sql.ErrNoRows) && job.Key != "" {
			kept, err = scanJob(j.db.QueryRowContext(ctx, `SELECT `+jobColumns+` FROM job WHERE key = ?`, job.Key))
		}
		if errors.Is(err, sql.ErrNoRows) {
			return bot.ErrTooManyJobs
		}
		return err
	})
	return kept, err
}

// checkJob refuses a job that could not be kept as it is.
func checkJob(job bot.Job) error {
	if job.Due.IsZero() || job.Created.IsZero() {
		return errors.New("the job has no time")
	}
	for _, f := range []struct{ name, value string }{
		{"key", job.Key}, {"base", job.Base}, {"conversation", job.Conversation}, {"entry", job.Entry},
		{"part", job.Part}, {"name", job.Name}, {"sender", string(job.Caller.Sender)},
		{"channel", string(job.Caller.Channel)}, {"rule", job.Repeat},
	} {
		if len(f.value) > maxName {
			return fmt.Errorf("the %s is %d bytes long; at most %d can be kept", f.name, len(f.value), maxName)
		}
	}
	return nil
}

// Jobs gives the jobs of a base, or only those of one sender where it is not
// empty, in the order in which they are due.
func (j *Journal) Jobs(ctx context.Context, base string, sender bot.Address) ([]bot.Job, error) {
	if j.db == nil {
		return nil, nil
	}
	return j.jobs(ctx, "reading", `SELECT `+jobColumns+` FROM job
		WHERE base = ?1 AND (?2 = '' OR sender = ?2) ORDER BY due, id`, base, string(sender))
}

// CancelJobs removes jobs, and gives how many there were. One that is being
// carried out is not stopped, but does not come again.
func (j *Journal) CancelJobs(ctx context.Context, ids []int64) (cancelled int, err error) {
	if j.db == nil || len(ids) == 0 {
		return 0, nil
	}
	list, err := json.Marshal(ids)
	if err != nil {
		return 0, j.explain("cancelling in", err)
	}
	err = j.inTransaction(ctx, "cancelling in", func(ctx context.Context, tx *sql.Tx) error {
		cancelled = 0
		for _, statement := range []string{
			`UPDATE job SET repeat = '' WHERE begun <> 0 AND repeat <> '' AND id IN (SELECT value FROM json_each(?))`,
			`DELETE FROM job WHERE begun = 0 AND id IN (SELECT value FROM json_each(?))`,
		} {
			done, err := tx.ExecContext(ctx, statement, string(list))
			if err != nil {
				return err
			}
			n, err := done.RowsAffected()
			if err != nil {
				return err
			}
			cancelled += int(n)
		}
		return nil
	})
	return cancelled, err
}

// ClaimJobs gives a process the jobs that it has to see to, and to no other
// process. Each is noted as begun before it is given away, so that a job is
// never given twice; see [bot.JobClaim].
func (j *Journal) ClaimJobs(ctx context.Context, c bot.JobClaim) (claimed bot.JobsClaimed, err error) {
	if j.db == nil {
		return bot.JobsClaimed{}, nil
	}
	bases, err := json.Marshal(c.Bases)
	if err != nil {
		return bot.JobsClaimed{}, j.explain("scheduling in", err)
	}
	adapters, err := json.Marshal(c.Adapters)
	if err != nil {
		return bot.JobsClaimed{}, j.explain("scheduling in", err)
	}
	held, err := json.Marshal(c.Held)
	if err != nil {
		return bot.JobsClaimed{}, j.explain("scheduling in", err)
	}
	now, lease := micro(c.Now), micro(c.Now.Add(c.Lease))
	// The plus keeps SQLite from walking all jobs of a base where the index by
	// time has the few that are due: https://www.sqlite.org/optoverview.html
	const whose = `+base IN (SELECT value FROM json_each(?4)) AND
		(adapter IN (SELECT value FROM json_each(?5)) OR due <= ?6)`
	err = j.inTransaction(ctx, "scheduling in", func(ctx context.Context, tx *sql.Tx) error {
		claimed = bot.JobsClaimed{}
		if _, err := tx.ExecContext(ctx, `UPDATE job SET lease = ? WHERE holder = ? AND id IN (SELECT value FROM json_each(?))`,
			lease, c.Holder, string(held)); err != nil {
			return err
		}
		var err error
		claimed.Lost, err = queryJobs(ctx, tx, `UPDATE job SET holder = ?1, lease = ?2
			WHERE id IN (SELECT id FROM job WHERE begun > 0 AND lease < ?3 AND `+whose+` ORDER BY due, id LIMIT ?7)
			RETURNING `+jobColumns, c.Holder, lease, now, string(bases), string(adapters), micro(c.Stray), c.Most)
		if err != nil {
			return err
		}
		claimed.Due, err = queryJobs(ctx, tx, `UPDATE job SET holder = ?1, lease = ?2, begun = ?3
			WHERE id IN (SELECT id FROM job WHERE begun = 0 AND due <= ?3 AND `+whose+` ORDER BY due, id LIMIT ?7)
			RETURNING `+jobColumns, c.Holder, lease, now, string(bases), string(adapters), micro(c.Stray), c.Most-len(claimed.Lost))
		if err != nil {
			return err
		}
		var next int64
		err = tx.QueryRowContext(ctx, `SELECT due FROM job
			WHERE begun = 0 AND due > ? AND +base IN (SELECT value FROM json_each(?)) ORDER BY due LIMIT 1`,
			now, string(bases)).Scan(&next)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		claimed.Next = fromMicro(next)
		return err
	})
	if err != nil {
		return bot.JobsClaimed{}, err
	}
	byDue := func(a, b bot.Job) int { return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.ID, b.ID)) }
	slices.SortFunc(claimed.Lost, byDue)
	slices.SortFunc(claimed.Due, byDue)
	return claimed, nil
}

// EndJob notes that a job which the holder claimed is over. It is removed, or
// waits again where it repeats and was not cancelled and next is not zero. A job
// that another process claimed meanwhile is left to it.
func (j *Journal) EndJob(ctx context.Context, id int64, holder string, next time.Time) error {
	if j.db == nil {
		return nil
	}
	return j.inTransaction(ctx, "scheduling in", func(ctx context.Context, tx *sql.Tx) error {
		if !next.IsZero() {
			_, err := tx.ExecContext(ctx, `UPDATE job SET due = ?, remaining = max(remaining - 1, 0), begun = 0, holder = '', lease = 0
				WHERE id = ? AND holder = ? AND repeat <> '' AND remaining <> 1`, micro(next), id, holder)
			if err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM job WHERE id = ? AND holder = ?`, id, holder)
		return err
	})
}

// inTransaction does something whole or not at all.
func (j *Journal) inTransaction(ctx context.Context, doing string, f func(context.Context, *sql.Tx) error) error {
	return j.try(ctx, doing, func(ctx context.Context) error {
		tx, err := j.db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		if err := f(ctx, tx); err != nil {
			return errors.Join(err, tx.Rollback())
		}
		return tx.Commit()
	})
}

func (j *Journal) jobs(ctx context.Context, doing, query string, args ...any) (found []bot.Job, err error) {
	err = j.try(ctx, doing, func(ctx context.Context) error {
		found, err = queryJobs(ctx, j.db, query, args...)
		return err
	})
	return found, err
}

// queryJobs gives the jobs that a query selects, on the database or within a
// transaction.
func queryJobs(ctx context.Context, db interface {
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
}, query string, args ...any) ([]bot.Job, error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []bot.Job
	for rows.Next() {
		job, err := scanJob(rows)
		if err != nil {
			return nil, err
		}
		found = append(found, job)
	}
	return found, rows.Err()
}

func scanJob(row interface{ Scan(...any) error }) (bot.Job, error) {
	var b bot.Job
	var slots, place string
	var created, due, until, late, begun int64
	err := row.Scan(&b.ID, &b.Key, &b.Base, &b.Conversation, &b.Entry, &b.Part, &b.Name, &slots, &b.Caller.Sender,
		&b.Caller.Person, &b.Caller.Channel, &place, &b.Caller.Spoken, &b.Said, &b.Probability, &created, &due,
		&b.Repeat, &until, &b.Left, &late, &begun)
	if err != nil {
		return bot.Job{}, err
	}
	b.Created, b.Due, b.Until, b.Begun = fromMicro(created), fromMicro(due), fromMicro(until), fromMicro(begun)
	b.Late = time.Duration(late) * time.Microsecond
	if err := json.Unmarshal([]byte(slots), &b.Slots); err != nil {
		return bot.Job{}, fmt.Errorf("the slots of job %d: %w", b.ID, err)
	}
	if err := json.Unmarshal([]byte(place), &b.Caller.Context); err != nil {
		return bot.Job{}, fmt.Errorf("the context of job %d: %w", b.ID, err)
	}
	return b, nil
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// micro gives a time as it is kept; 0 for none.
func micro(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicro(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}
