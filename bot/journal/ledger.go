package journal

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"frontdesk/bot"
)

// errOff is what a ledger must not pass over: without a record nothing can be
// known to be new.
var errOff = errors.New("the journal is switched off, and keeps no attempts")

// Begin notes that an attempt is about to be carried out, unless one with its key
// was begun before or a limit would be exceeded. Key, limits and both notes, in
// the table of attempts and in the audit, are one transaction, so that of any
// number of processes only one is told that it has begun. When it has returned,
// the note survives a power cut: what is brought again is never begun again.
//
// Limits count what retention has not removed yet. Of what was said the first
// 64 KiB are kept. See also the Ledger of package dispatch.
func (j *Journal) Begin(ctx context.Context, a bot.Attempt, limits []bot.Limit) (s bot.Standing, err error) {
	const doing = "noting an attempt in"
	contents, err := j.attempted(a, limits, Contents{})
	if err != nil {
		return s, j.explain(doing, err)
	}
	err = j.write(ctx, doing, durable, func(ctx context.Context, tx *sql.Tx) error {
		var err error
		if s, err = standing(ctx, tx, a, limits); err != nil || s.Earlier || s.Exceeded != nil {
			return err
		}
		seq, err := add(ctx, tx, EventBegun, a.Time, contents)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO attempt (key, base, entry, who, room, begun, audit) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			keyOf(a), a.Base, a.Entry, a.Who, a.Room, a.Time.UnixMicro(), seq)
		s.Begun = true
		return err
	})
	if err != nil {
		return bot.Standing{}, err
	}
	return s, nil
}

// attempted gives the contents of a row about an attempt.
func (j *Journal) attempted(a bot.Attempt, limits []bot.Limit, c Contents) ([]byte, error) {
	if j.db == nil {
		return nil, errOff
	}
	if err := a.Check(limits); err != nil {
		return nil, err
	}
	c.Who, c.Sender, c.Channel, c.Room, c.Base, c.Conversation = a.Who, a.Sender, a.Channel, a.Room, a.Base, a.Conversation
	c.Entry, c.Key = a.Entry, a.Key
	if c.Begun == 0 { // the end of an attempt need not say again how it began
		c.Spoken, c.Said, c.Slots, c.Probability, c.Assent = a.Spoken, a.Said, a.Slots, a.Probability, a.Assent
	}
	return j.marshal(c)
}

// keyOf gives the key as it is kept: of one size, and telling nothing of the
// conversation that stands in it. It is nil where there is none.
func keyOf(a bot.Attempt) []byte {
	if a.Key == "" {
		return nil
	}
	sum := sha256.Sum256([]byte(a.Key))
	return sum[:]
}

// standing says how an attempt stands to those before.
func standing(ctx context.Context, tx *sql.Tx, a bot.Attempt, limits []bot.Limit) (s bot.Standing, err error) {
	if a.Key != "" {
		var verdict, reason sql.NullString
		var took sql.NullInt64
		err := tx.QueryRowContext(ctx, `SELECT verdict, reason, took FROM attempt WHERE key = ?`, keyOf(a)).Scan(&verdict, &reason, &took)
		switch {
		case err == nil && verdict.Valid:
			return bot.Standing{Earlier: true, Outcome: &bot.Outcome{Verdict: bot.Verdict(verdict.String), Reason: reason.String,
				Took: time.Duration(took.Int64) * time.Microsecond}}, nil
		case err == nil:
			return bot.Standing{Earlier: true}, nil
		case !errors.Is(err, sql.ErrNoRows):
			return s, err
		}
	}
	for _, l := range limits {
		until, err := exceeds(ctx, tx, a, l)
		if err != nil {
			return s, err
		}
		if until.After(s.Until) {
			s.Exceeded, s.Until = &l, until
		}
	}
	return s, nil
}

// exceeds says until when an attempt would exceed a limit; the zero time where
// it would not. Whatever lies further ahead than the limit looks back is the
// work of a wrong clock, and counts for nothing.
func exceeds(ctx context.Context, tx *sql.Tx, a bot.Attempt, l bot.Limit) (until time.Time, err error) {
	only, value := "", []any{}
	switch {
	case l.Per == bot.PerPerson:
		only, value = " AND who = ?", []any{a.Who}
	case l.Per == bot.PerRoom && a.Room == "":
		return until, nil
	case l.Per == bot.PerRoom:
		only, value = " AND room = ?", []any{a.Room}
	}
	args := append([]any{a.Base, a.Entry, a.Time.Add(-l.Within).UnixMicro(), a.Time.Add(l.Within).UnixMicro()}, value...)
	var begun int64
	err = tx.QueryRowContext(ctx, `SELECT begun FROM attempt WHERE base = ? AND entry = ? AND begun > ? AND begun < ?`+only+
		` ORDER BY begun DESC LIMIT 1 OFFSET ?`, append(args, l.Count-1)...).Scan(&begun)
	if errors.Is(err, sql.ErrNoRows) {
		return until, nil
	}
	return time.UnixMicro(begun).UTC().Add(l.Within), err
}

// End notes what became of an attempt that was begun. It survives the death of
// the process; after a power cut it may be lost, and then what became of the
// attempt is not known. See also the Ledger of package dispatch.
func (j *Journal) End(ctx context.Context, a bot.Attempt, o bot.Outcome) error {
	const doing = "noting the end of an attempt in"
	if err := o.Check(); err != nil {
		return j.explain(doing, err)
	}
	reason := cut(j.clean(o.Reason))
	if _, err := j.attempted(a, nil, Contents{Reason: reason}); err != nil {
		return j.explain(doing, err)
	}
	at := a.Time.Add(o.Took)
	return j.write(ctx, doing, killed, func(ctx context.Context, tx *sql.Tx) error {
		id, seq, verdict, err := begun(ctx, tx, a)
		switch {
		case err != nil:
			return err
		case verdict == string(o.Verdict):
			return nil // this call is repeated
		case verdict != "":
			return fmt.Errorf("it has ended as %s, and cannot end as %s", verdict, o.Verdict)
		}
		contents, err := j.attempted(a, nil, Contents{Begun: seq, Reason: reason, TookMS: float64(o.Took.Microseconds()) / 1e3})
		if err != nil {
			return err
		}
		if _, err := add(ctx, tx, Event(o.Verdict), at, contents); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE attempt SET ended = ?, verdict = ?, reason = ?, took = ? WHERE id = ?`,
			at.UnixMicro(), string(o.Verdict), reason, o.Took.Microseconds(), id)
		return err
	})
}

// begun finds an attempt that was begun, by its key. Without a key it is one that
// began at that time and, if there is such, has not ended.
func begun(ctx context.Context, tx *sql.Tx, a bot.Attempt) (id, seq int64, verdict string, err error) {
	where, args := `key = ?`, []any{keyOf(a)}
	if a.Key == "" {
		where = `key IS NULL AND base = ? AND entry = ? AND begun = ? AND coalesce(who, ?) = ?
			ORDER BY ended IS NOT NULL, id LIMIT 1`
		args = []any{a.Base, a.Entry, a.Time.UnixMicro(), a.Who, a.Who}
	}
	err = tx.QueryRowContext(ctx, `SELECT id, audit, coalesce(verdict, '') FROM attempt WHERE `+where, args...).Scan(&id, &seq, &verdict)
	if errors.Is(err, sql.ErrNoRows) {
		err = errors.New("it was never begun")
	}
	return id, seq, verdict, err
}

// Refuse notes an attempt that was not begun, and why. See also the Ledger of
// package dispatch.
func (j *Journal) Refuse(ctx context.Context, a bot.Attempt, reason string) error {
	const doing = "noting an attempt in"
	contents, err := j.attempted(a, nil, Contents{Reason: reason})
	if err != nil {
		return j.explain(doing, err)
	}
	return j.write(ctx, doing, killed, func(ctx context.Context, tx *sql.Tx) error {
		_, err := add(ctx, tx, EventRefused, a.Time, contents)
		return err
	})
}
