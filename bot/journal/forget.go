package journal

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"

	"frontdesk/bot"
)

// eraseAtOnce bounds the rows that one [EventErased] tells of.
const eraseAtOnce = 10_000

// A Person is somebody to be forgotten.
type Person struct {
	Names     []string      // by which attempts know them; may be none
	Addresses []bot.Address // by which adapters know them
}

// Forgotten counts the rows that were erased, or removed where nothing of them
// is left.
type Forgotten struct {
	Audit, Exchanges, Ratings, Attempts, Jobs int64
}

// Forget erases what was kept of a person: of the audit all contents that name
// them as who gave a command, where, or who approved of it; of exchanges the
// conversation, the sender, the channel, the question, the slots and the answer;
// their ratings; what they have scheduled, which is not done any more; and who
// made an attempt. What is left is when something
// happened, of exchanges also which entry was decided upon, and an event of the
// audit that says which rows were erased, but not of whom. Keys of attempts are
// kept as hashes, so that nothing runs a second time.
//
// What is erased is overwritten on the disk. When the error is [ErrBusy], all is
// erased, but a copy may stay in the write-ahead log until no process has the
// journal open; calling again tries again.
func (j *Journal) Forget(ctx context.Context, p Person) (Forgotten, error) {
	var n Forgotten
	p.Names = slices.DeleteFunc(slices.Clone(p.Names), func(n string) bool { return n == "" })
	p.Addresses = slices.DeleteFunc(slices.Clone(p.Addresses), func(a bot.Address) bool { return a == "" })
	if j.db == nil || len(p.Names) == 0 && len(p.Addresses) == 0 {
		return n, nil
	}
	// Most of the reading is done before anybody has to wait for us.
	var rows spans
	read := int64(0)
	collect := func(r Row) error {
		c, err := r.Read()
		if err == nil && r.Event != EventErased && !r.Erased() && p.isIn(c) {
			rows.add(r.Seq)
		}
		read = r.Seq
		return err
	}
	if err := j.Audit(ctx, 0, collect); err != nil {
		return n, err
	}
	const doing = "erasing from"
	err := j.write(ctx, doing, durable, func(ctx context.Context, tx *sql.Tx) error {
		n = Forgotten{}
		found, err := scanAudit(ctx, tx, `WHERE seq > ? ORDER BY seq`, read)
		if err != nil {
			return err
		}
		for _, r := range found {
			if err := collect(r); err != nil {
				return err
			}
		}
		if err := n.eraseTables(ctx, tx, p, rows); err != nil {
			return err
		}
		n.Audit, err = j.eraseAudit(ctx, tx, rows, "a person was forgotten", n != Forgotten{})
		return err
	})
	if err != nil {
		return Forgotten{}, err
	}
	return n, j.emptyLog(ctx, doing)
}

// isIn says whether contents tell of the person.
func (p Person) isIn(c Contents) bool {
	is := func(name string) bool {
		return name != "" && (slices.Contains(p.Names, name) || slices.Contains(p.Addresses, bot.Address(name)))
	}
	return is(c.Who) || is(string(c.Sender)) || is(string(c.Channel)) || is(c.Conversation) ||
		slices.ContainsFunc(strings.FieldsFunc(c.Assent, func(r rune) bool { return strings.ContainsRune(" ,;()", r) }), is)
}

// eraseTables erases a person from all but the audit; rows are those of the audit
// that tell of them.
func (n *Forgotten) eraseTables(ctx context.Context, tx *sql.Tx, p Person, rows spans) error {
	do := func(count *int64, statement string, args ...any) error {
		done, err := tx.ExecContext(ctx, statement, args...)
		if err != nil {
			return err
		}
		affected, err := done.RowsAffected()
		*count += affected
		return err
	}
	for _, a := range p.Addresses {
		err := errors.Join(
			do(&n.Jobs, `DELETE FROM job WHERE sender = ?1 OR channel = ?1`, string(a)),
			do(&n.Ratings, `DELETE FROM rating WHERE rater = ?`, string(a)),
			do(&n.Exchanges, `UPDATE exchange SET conversation = '', message = NULL, sender = '', channel = '',
				question = '', slots = NULL, answer = '' WHERE sender = ?1 OR channel = ?1 OR conversation = ?1`, string(a)),
			do(&n.Attempts, `UPDATE attempt SET who = NULL, reason = '' WHERE who = ?`, string(a)))
		if err != nil {
			return err
		}
	}
	for _, name := range p.Names {
		err := errors.Join(
			do(&n.Jobs, `DELETE FROM job WHERE person = ?`, name),
			do(&n.Attempts, `UPDATE attempt SET who = NULL, reason = '' WHERE who = ?`, name))
		if err != nil {
			return err
		}
	}
	for _, s := range rows { // under a name that the configuration no longer gives them
		if err := do(&n.Attempts, `UPDATE attempt SET who = NULL, reason = '' WHERE who IS NOT NULL AND audit BETWEEN ? AND ?`, s.first, s.last); err != nil {
			return err
		}
	}
	return nil
}

// eraseAudit erases the contents of rows of the audit, and says in it that it was
// done: always, or only where there was something to erase.
func (j *Journal) eraseAudit(ctx context.Context, tx *sql.Tx, rows spans, why string, always bool) (erased int64, err error) {
	for part := range rows.parts(eraseAtOnce) {
		count := int64(0)
		for _, s := range part {
			done, err := tx.ExecContext(ctx, `UPDATE audit SET salt = NULL, contents = NULL WHERE seq BETWEEN ? AND ? AND contents IS NOT NULL`, s.first, s.last)
			if err != nil {
				return 0, err
			}
			n, err := done.RowsAffected()
			if err != nil {
				return 0, err
			}
			count += n
		}
		if err := j.sayErased(ctx, tx, Contents{Reason: why, Rows: part.String(), Count: count}); err != nil {
			return 0, err
		}
		erased += count
	}
	if len(rows) == 0 && always {
		err = j.sayErased(ctx, tx, Contents{Reason: why})
	}
	return erased, err
}

func (j *Journal) sayErased(ctx context.Context, tx *sql.Tx, c Contents) error {
	contents, err := j.marshal(c)
	if err != nil {
		return err
	}
	_, err = add(ctx, tx, EventErased, time.Now(), contents)
	return err
}

// emptyLog moves the write-ahead log into the file and empties it, so that no
// copy of what was erased stays in it.
func (j *Journal) emptyLog(ctx context.Context, doing string) error {
	return j.try(ctx, doing, func(ctx context.Context) error {
		var busy, pages, moved int
		if err := j.db.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &pages, &moved); err != nil {
			return err
		}
		if busy != 0 {
			return errLogBusy
		}
		return nil
	})
}
