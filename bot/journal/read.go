package journal

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"frontdesk/bot"
)

// pageSize is how many exchanges are read at once.
const pageSize = 256

// A Recorded is an exchange as it was kept, with what people thought of it.
type Recorded struct {
	bot.Exchange
	Up, Down int // how many rated it 1 and -1

	id int64
}

// columns are those that scan reads, in its order.
const columns = `id, time, base, conversation, coalesce(message, ''), sender, channel, kind, locale,
	question, decision, entry, probability, slots, answer, failed, latency,
	(SELECT count(*) FROM rating WHERE exchange = exchange.id AND rating = 1),
	(SELECT count(*) FROM rating WHERE exchange = exchange.id AND rating = -1)`

// Recent gives the n latest exchanges, the latest first.
func (j *Journal) Recent(ctx context.Context, n int) ([]Recorded, error) {
	if j.db == nil || n <= 0 {
		return nil, nil
	}
	return j.read(ctx, `SELECT `+columns+` FROM exchange ORDER BY time DESC, id DESC LIMIT ?`, n)
}

// Each calls f with every exchange since a time, the oldest first, until f
// gives an error, which it returns. The zero time means all. The journal is not
// held meanwhile: f may call it, and exchanges recorded meanwhile come as well.
func (j *Journal) Each(ctx context.Context, since time.Time, f func(Recorded) error) error {
	if j.db == nil {
		return nil
	}
	at, id := since.UnixMicro(), int64(math.MinInt64)
	for {
		page, err := j.read(ctx, `SELECT `+columns+` FROM exchange
			WHERE (time, id) > (?, ?) ORDER BY time, id LIMIT ?`, at, id, pageSize)
		if err != nil {
			return err
		}
		for _, r := range page {
			if err := f(r); err != nil {
				return err
			}
			at, id = r.Time.UnixMicro(), r.id
		}
		if len(page) < pageSize {
			return nil
		}
	}
}

// Exchange gives what is on record of the message with that ID, from that
// conversation; false where nothing is.
func (j *Journal) Exchange(ctx context.Context, conversation, messageID string) (bot.Exchange, bool, error) {
	if j.db == nil {
		return bot.Exchange{}, false, nil
	}
	// Nearly every message is a new one, and to ask whether there is any is quicker.
	var any bool
	err := j.try(ctx, "reading", func(ctx context.Context) error {
		return j.db.QueryRowContext(ctx,
			`SELECT EXISTS (SELECT 1 FROM exchange WHERE conversation = ? AND message = ?)`,
			conversation, messageID).Scan(&any)
	})
	if err != nil || !any {
		return bot.Exchange{}, false, err
	}
	found, err := j.read(ctx, `SELECT `+columns+` FROM exchange WHERE conversation = ? AND message = ?`, conversation, messageID)
	if err != nil || len(found) == 0 {
		return bot.Exchange{}, false, err
	}
	return found[0].Exchange, true, nil
}

// read gives the exchanges that a query selects.
func (j *Journal) read(ctx context.Context, query string, args ...any) (found []Recorded, err error) {
	err = j.try(ctx, "reading", func(ctx context.Context) error {
		found = nil
		rows, err := j.db.QueryContext(ctx, query, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			r, err := scan(rows)
			if err != nil {
				return err
			}
			found = append(found, r)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

func scan(rows *sql.Rows) (Recorded, error) {
	var r Recorded
	var at, latency int64
	var slots sql.NullString
	err := rows.Scan(&r.id, &at, &r.Base, &r.Conversation, &r.MessageID, &r.Sender, &r.Channel,
		&r.Kind, &r.Locale, &r.Question, &r.Decision, &r.Entry, &r.Probability,
		&slots, &r.Answer, &r.Failed, &latency, &r.Up, &r.Down)
	if err != nil {
		return Recorded{}, err
	}
	r.Time = time.UnixMicro(at).UTC()
	r.Latency = time.Duration(latency) * time.Microsecond
	if slots.Valid {
		if err := json.Unmarshal([]byte(slots.String), &r.Slots); err != nil {
			return Recorded{}, fmt.Errorf("the slots of message %q: %w", r.MessageID, err)
		}
	}
	return r, nil
}
