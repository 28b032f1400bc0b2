package journal

import (
	"context"
	"database/sql"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"frontdesk/bot"
)

// eraseAtOnce bounds the rows that are erased in one transaction, so that nobody
// waits for long, and that one [EventErased] tells of.
const eraseAtOnce = 2000

// A Person is somebody to be forgotten.
type Person struct {
	Names     []string      // by which attempts know them; may be none
	Addresses []bot.Address // by which adapters know them
}

// Forgotten counts the rows that were erased, or removed where nothing of them
// is left.
type Forgotten struct {
	Audit, Exchanges, Ratings, Attempts, Jobs int64
	Posts, Handovers, Receipts                int64
}

// Forget erases what was kept of a person: of the audit all contents that name
// them as who gave a command, where, or who approved of it; of exchanges the
// conversation, the sender, the channel, the question, the slots and the answer;
// their ratings; what they have scheduled, which is not done any more; who
// made an attempt; our posts that answer them, and the questions of theirs that
// were handed on, of others that they answered them; and events that wait to be
// worked on, where they are named, which nobody works on any more. What is left
// is when something happened, of exchanges also
// which entry was decided upon, and an event of the audit that says which rows
// were erased, but not of whom. Keys of attempts are kept as hashes, so that
// nothing runs a second time.
//
// What is erased is overwritten on the disk, for which the whole file is written
// anew, and others wait as long. Calling again after an error goes on where it
// stopped. When the error is [ErrBusy] or [ErrFull], all may be erased, but for
// copies in the file or its write-ahead log.
func (j *Journal) Forget(ctx context.Context, p Person) (Forgotten, error) {
	var n Forgotten
	p.Names = slices.DeleteFunc(slices.Clone(p.Names), func(n string) bool { return n == "" })
	p.Addresses = slices.DeleteFunc(slices.Clone(p.Addresses), func(a bot.Address) bool { return a == "" })
	if j.db == nil || len(p.Names) == 0 && len(p.Addresses) == 0 {
		return n, nil
	}
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
	const doing, why = "erasing from", "a person was forgotten"
	for part := range rows.parts(eraseAtOnce) {
		var erased int64
		err := j.write(ctx, doing, killed, func(ctx context.Context, tx *sql.Tx) (err error) {
			erased, err = j.eraseAudit(ctx, tx, part, why)
			return err
		})
		if err != nil {
			return n, err
		}
		n.Audit += erased
	}
	rows = nil
	sofar := n.Audit
	err := j.write(ctx, doing, durable, func(ctx context.Context, tx *sql.Tx) error {
		n = Forgotten{Audit: sofar}
		found, err := scanAudit(ctx, tx, `WHERE seq > ? ORDER BY seq`, read) // what was added meanwhile
		if err != nil {
			return err
		}
		for _, r := range found {
			if err := collect(r); err != nil {
				return err
			}
		}
		erased, err := j.eraseAudit(ctx, tx, rows, why)
		if err != nil {
			return err
		}
		n.Audit += erased
		if err := n.eraseTables(ctx, tx, p); err != nil || n.Audit > 0 || n == (Forgotten{}) {
			return err
		}
		return j.sayErased(ctx, tx, Contents{Reason: why})
	})
	if err != nil {
		return Forgotten{Audit: sofar}, err
	}
	return n, j.scrub(ctx, doing)
}

// isIn says whether contents tell of the person.
func (p Person) isIn(c Contents) bool {
	is := func(name string) bool {
		return name != "" && (slices.Contains(p.Names, name) || slices.Contains(p.Addresses, bot.Address(name)))
	}
	return is(c.Who) || is(string(c.Sender)) || is(string(c.Channel)) || is(c.Conversation) ||
		slices.ContainsFunc(strings.FieldsFunc(c.Assent, func(r rune) bool { return strings.ContainsRune(" ,;()", r) }), is)
}

// eraseTables erases a person from all but the audit, which comes first.
func (n *Forgotten) eraseTables(ctx context.Context, tx *sql.Tx, p Person) error {
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
			do(&n.Attempts, `UPDATE attempt SET who = NULL, reason = '' WHERE who = ?`, string(a)),
			do(&n.Posts, `DELETE FROM post WHERE asker = ?1 OR conversation = ?1 OR adapter || ':' || channel = ?1`, string(a)),
			do(&n.Handovers, `DELETE FROM handover WHERE asker = ?1 OR channel = ?1 OR conversation = ?1`, string(a)),
			do(&n.Handovers, `UPDATE handover SET experts = iif(experts = ?1, '', experts), expert = iif(expert = ?1, '', expert)
				WHERE experts = ?1 OR expert = ?1`, string(a)),
			do(new(int64), `DELETE FROM cursor WHERE adapter || ':' || channel = ?`, string(a)),
			n.eraseReceipts(ctx, tx, a))
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
	// They may have made attempts under a name that the configuration no longer has.
	return do(&n.Attempts, `UPDATE attempt SET who = NULL, reason = '' WHERE who IS NOT NULL AND EXISTS
		(SELECT 1 FROM audit WHERE seq = attempt.audit AND contents IS NULL)`)
}

// eraseReceipts erases the events that name somebody. Their keys stay, so that
// they are not taken for new ones.
func (n *Forgotten) eraseReceipts(ctx context.Context, tx *sql.Tx, a bot.Address) error {
	ids, err := receiptsOf(ctx, tx, a)
	if err != nil {
		return err
	}
	for _, id := range ids {
		_, err := tx.ExecContext(ctx, `UPDATE receipt SET finished = ?, conversation = '', body = x'', channel = '', sequence = '' WHERE id = ?`,
			time.Now().UnixMicro(), id)
		if err != nil {
			return err
		}
	}
	n.Receipts += int64(len(ids))
	return nil
}

// receiptsOf finds the events that wait to be worked on and name somebody: by
// the address, or by the name that the platform itself has for it.
func receiptsOf(ctx context.Context, tx *sql.Tx, a bot.Address) (ids []int64, err error) {
	name := string(a)[strings.LastIndexAny(string(a), ":/")+1:]
	if name == "" {
		return nil, nil
	}
	word, err := regexp.Compile(`(?:^|[^0-9A-Za-z_])` + regexp.QuoteMeta(name) + `(?:$|[^0-9A-Za-z_])`)
	if err != nil {
		return nil, err
	}
	rows, err := tx.QueryContext(ctx, `SELECT id, conversation, channel, body FROM receipt WHERE adapter = ? AND finished IS NULL`, a.Adapter())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var conversation, channel string
		var body []byte
		if err := rows.Scan(&id, &conversation, &channel, &body); err != nil {
			return nil, err
		}
		if word.MatchString(conversation) || word.MatchString(channel) || word.Match(body) {
			ids = append(ids, id)
		}
	}
	return ids, rows.Err()
}

// eraseAudit erases the contents of rows of the audit, and says in it that it was
// done.
func (j *Journal) eraseAudit(ctx context.Context, tx *sql.Tx, rows spans, why string) (erased int64, err error) {
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
	return erased, nil
}

func (j *Journal) sayErased(ctx context.Context, tx *sql.Tx, c Contents) error {
	contents, err := j.marshal(c)
	if err != nil {
		return err
	}
	_, err = add(ctx, tx, EventErased, time.Now(), contents)
	return err
}

// scrub writes the whole file anew and empties the write-ahead log, so that no
// copy of what was erased stays in either: secure_delete overwrites what is
// deleted, but not the copies that stay behind where SQLite once split a page. It
// needs as much room again as the file has.
func (j *Journal) scrub(ctx context.Context, doing string) error {
	return j.try(ctx, doing, func(ctx context.Context) error {
		if _, err := j.db.ExecContext(ctx, "VACUUM"); err != nil {
			return err
		}
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
