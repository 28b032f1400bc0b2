package journal

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"frontdesk/bot"
)

const (
	// maxBody bounds what an adapter keeps with an event or a post, in bytes.
	maxBody = 4 << 20
	// maxSequence bounds the digits of a sequence before its point, and after it.
	maxSequence = 64
	// inboxPage bounds how many events are read at once, and inboxBytes their
	// bodies together, but for one.
	inboxPage, inboxBytes = pageSize, 16 << 20
)

// AcceptAll takes over events from their platform, all of them or none. Those for
// which it says true survive the death of the process, and [Journal.Unfinished]
// gives them until they are finished. It says false where an event of that
// adapter and key was accepted before; that is remembered as long as it is not
// finished, and two hours longer.
//
// Where a receipt has a channel and a sequence, the channel's cursor moves
// there, but never backwards; see [Journal.Cursors]. A sequence is a decimal
// number of at most 64 digits on each side of its point.
//
// A journal that is switched off remembers nothing: every event is new.
func (j *Journal) AcceptAll(ctx context.Context, rs []bot.Receipt) (fresh []bool, err error) {
	fresh = make([]bool, len(rs))
	if j.db == nil {
		for i := range fresh {
			fresh[i] = true
		}
		return fresh, nil
	}
	const doing = "accepting events in"
	ranks := make([]string, len(rs))
	for i, r := range rs {
		if err = checkReceipt(r); err == nil && r.Channel != "" && r.Sequence != "" {
			ranks[i], err = rankOf(r.Sequence)
		}
		if err != nil {
			return nil, j.explain(doing, err)
		}
	}
	err = j.change(ctx, doing, func(c *changing) error {
		for i, r := range rs {
			n, err := c.exec(`INSERT INTO receipt (adapter, key, conversation, received, body, channel, sequence)
				VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (adapter, key) DO NOTHING`,
				r.Adapter, r.Key, r.Conversation, r.Received.UnixMicro(), blob(r.Body), r.Channel, r.Sequence)
			if err != nil {
				return err
			}
			if fresh[i] = n > 0; ranks[i] == "" {
				continue
			}
			_, err = c.exec(`INSERT INTO cursor (adapter, channel, sequence, rank) VALUES (?, ?, ?, ?)
				ON CONFLICT (adapter, channel) DO UPDATE SET sequence = excluded.sequence, rank = excluded.rank
				WHERE excluded.rank > cursor.rank`, r.Adapter, r.Channel, r.Sequence, ranks[i])
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return fresh, nil
}

// Finish notes that an event was worked on, forgets what was in it, and keeps
// the posts that answered it, all of it or nothing. Finishing again changes
// nothing but the posts, which are kept as [Journal.KeepPost] does. An event
// that was never accepted gives [ErrNotAccepted].
func (j *Journal) Finish(ctx context.Context, adapter, key string, posts []bot.Post) error {
	if j.db == nil {
		return nil
	}
	const doing = "finishing an event in"
	if err := checkPosts(posts); err != nil {
		return j.explain(doing, err)
	}
	return j.change(ctx, doing, func(c *changing) error {
		n, err := c.exec(`UPDATE receipt SET finished = coalesce(finished, ?),
			conversation = '', body = x'', channel = '', sequence = '' WHERE adapter = ? AND key = ?`,
			time.Now().UnixMicro(), adapter, key)
		if err != nil {
			return err
		}
		if n == 0 {
			return c.refuse(ErrNotAccepted)
		}
		return keepPosts(c, posts)
	})
}

// Unfinished calls f with every event of an adapter that was accepted before the
// call and is not finished, in the order of their receipt, until f gives an
// error, which it returns. The journal is not held meanwhile: f may call it.
func (j *Journal) Unfinished(ctx context.Context, adapter string, f func(bot.Receipt) error) error {
	if j.db == nil {
		return nil
	}
	var last int64 // what comes later is not given
	err := j.try(ctx, "reading", func(ctx context.Context) error {
		return j.db.QueryRowContext(ctx, `SELECT coalesce(max(id), 0) FROM receipt WHERE adapter = ? AND finished IS NULL`, adapter).Scan(&last)
	})
	if err != nil {
		return err
	}
	for after := int64(0); after < last; {
		page, read, err := j.unfinished(ctx, adapter, after, last)
		if err != nil {
			return err
		}
		if len(page) == 0 {
			return nil
		}
		for _, r := range page {
			if err := f(r); err != nil {
				return err
			}
		}
		after = read
	}
	return nil
}

// unfinished reads a page, and gives the id of its last row.
func (j *Journal) unfinished(ctx context.Context, adapter string, after, last int64) (page []bot.Receipt, read int64, err error) {
	err = j.try(ctx, "reading", func(ctx context.Context) error {
		page = nil
		rows, err := j.db.QueryContext(ctx, `SELECT id, key, conversation, received, body, channel, sequence FROM receipt
			WHERE adapter = ? AND finished IS NULL AND id > ? AND id <= ? ORDER BY id LIMIT ?`, adapter, after, last, inboxPage)
		if err != nil {
			return err
		}
		defer rows.Close()
		for size := 0; size < inboxBytes && rows.Next(); {
			r := bot.Receipt{Adapter: adapter}
			var received int64
			if err := rows.Scan(&read, &r.Key, &r.Conversation, &received, &r.Body, &r.Channel, &r.Sequence); err != nil {
				return err
			}
			r.Received = time.UnixMicro(received).UTC()
			if size += len(r.Body); len(r.Body) == 0 {
				r.Body = nil
			}
			page = append(page, r)
		}
		return rows.Err()
	})
	return page, read, err
}

// Cursors says how far each channel of an adapter was read: the highest sequence
// of its events that were accepted.
func (j *Journal) Cursors(ctx context.Context, adapter string) (map[string]string, error) {
	cursors := map[string]string{}
	if j.db == nil {
		return cursors, nil
	}
	err := j.try(ctx, "reading", func(ctx context.Context) error {
		clear(cursors)
		rows, err := j.db.QueryContext(ctx, `SELECT channel, sequence FROM cursor WHERE adapter = ?`, adapter)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var channel, sequence string
			if err := rows.Scan(&channel, &sequence); err != nil {
				return err
			}
			cursors[channel] = sequence
		}
		return rows.Err()
	})
	if err != nil {
		return nil, err
	}
	return cursors, nil
}

func checkReceipt(r bot.Receipt) error {
	switch {
	case r.Adapter == "" || r.Key == "":
		return errors.New("the event has no adapter or no key")
	case r.Received.IsZero():
		return errors.New("the event has no time")
	case len(r.Body) > maxBody:
		return fmt.Errorf("the event is %d bytes long; at most %d can be kept", len(r.Body), maxBody)
	}
	return checkNames([]named{{"adapter", r.Adapter}, {"key", r.Key}, {"conversation", r.Conversation}, {"channel", r.Channel}, {"sequence", r.Sequence}})
}

// A named is a text with what it is called in an error.
type named struct{ name, value string }

// checkNames refuses what is too long: a name cut is another name.
func checkNames(all []named) error {
	for _, f := range all {
		if len(f.value) > maxName {
			return fmt.Errorf("the %s is %d bytes long; at most %d can be kept", f.name, len(f.value), maxName)
		}
	}
	return nil
}

// rankOf gives a text that sorts, byte by byte, as the decimal number that a
// sequence is: "1700000000.123456" or the number of a message.
func rankOf(sequence string) (string, error) {
	whole, fraction, _ := strings.Cut(sequence, ".")
	digits := func(s string) bool { return strings.Trim(s, "0123456789") == "" && len(s) <= maxSequence }
	if whole == "" || !digits(whole) || !digits(fraction) || strings.HasSuffix(sequence, ".") {
		return "", fmt.Errorf("the sequence %.100q is no decimal number", sequence)
	}
	whole = strings.TrimLeft(whole, "0")
	return fmt.Sprintf("%02d:%s.%s", len(whole), whole, strings.TrimRight(fraction, "0")), nil
}

// blob gives bytes that are never NULL.
func blob(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
