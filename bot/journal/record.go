package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"frontdesk/bot"
)

const (
	// maxText bounds, in bytes, what is kept of a question and of an answer.
	maxText = 64 << 10
	// maxName bounds every other text, in bytes. These are not cut, as a name
	// cut is another name.
	maxName = 64 << 10
)

// cutMark ends a question or an answer of which only the beginning is kept.
const cutMark = "…"

// Record keeps one exchange. When it returns nil, the exchange survives the
// death of the process. Recording a message again, by its conversation and
// message ID, changes nothing, so that a caller may repeat a call that failed.
// A message without an ID is never taken for a repetition.
//
// Times are kept to the microsecond. Of a question or an answer longer than
// 64 KiB the beginning is kept. An exchange without a time, or with a name of
// more than 64 KiB, is refused.
func (j *Journal) Record(ctx context.Context, x bot.Exchange) error {
	if j.db == nil {
		return nil
	}
	if err := check(x); err != nil {
		return j.explain("recording in", err)
	}
	var slots any // NULL where there are none
	if x.Slots != nil {
		text, err := json.Marshal(j.cleanSlots(x.Slots))
		if err != nil {
			return j.explain("recording in", err)
		}
		slots = string(text)
	}
	return j.change(ctx, "recording in", func(c *changing) error {
		_, err := c.exec(`
			INSERT INTO exchange (time, base, conversation, message, sender, channel, kind, locale,
				question, decision, entry, probability, slots, answer, failed, latency)
			VALUES (?, ?, ?, nullif(?, ''), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (conversation, message) DO NOTHING`,
			x.Time.UnixMicro(), x.Base, x.Conversation, x.MessageID, string(x.Sender), string(x.Channel),
			string(x.Kind), x.Locale, cut(j.clean(x.Question)), string(x.Decision), x.Entry, x.Probability,
			slots, cut(j.clean(x.Answer)), x.Failed, x.Latency.Microseconds())
		return err
	})
}

// check refuses an exchange that could not be found again, or that would be
// kept wrongly.
func check(x bot.Exchange) error {
	if x.Time.IsZero() {
		return errors.New("the exchange has no time")
	}
	if !(x.Probability >= 0 && x.Probability <= 1) {
		return fmt.Errorf("the probability %v is not within 0 and 1", x.Probability)
	}
	for _, f := range []struct{ name, value string }{
		{"base", x.Base}, {"conversation", x.Conversation}, {"message ID", x.MessageID},
		{"sender", string(x.Sender)}, {"channel", string(x.Channel)}, {"kind", string(x.Kind)},
		{"locale", x.Locale}, {"decision", string(x.Decision)}, {"entry", x.Entry},
	} {
		if len(f.value) > maxName {
			return fmt.Errorf("the %s is %d bytes long; at most %d can be kept", f.name, len(f.value), maxName)
		}
	}
	return nil
}

// cut keeps the beginning of a text that is too long, whole characters of it.
func cut(text string) string {
	if len(text) <= maxText {
		return text
	}
	end := maxText - len(cutMark)
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + cutMark
}

// Rate adds somebody's rating, 1 or -1, to a recorded exchange. Who rates again
// changes their mind. An exchange that is not recorded gives [ErrUnknown].
func (j *Journal) Rate(ctx context.Context, conversation, messageID string, by bot.Address, rating int) error {
	if j.db == nil {
		return nil
	}
	if rating != 1 && rating != -1 {
		return j.explain("rating in", fmt.Errorf("the rating %d is neither 1 nor -1", rating))
	}
	if len(by) > maxName {
		return j.explain("rating in", fmt.Errorf("the rater's name is %d bytes long; at most %d can be kept", len(by), maxName))
	}
	return j.change(ctx, "rating in", func(c *changing) error {
		n, err := c.exec(`
			INSERT INTO rating (exchange, rater, rating)
			SELECT id, ?, ? FROM exchange WHERE conversation = ? AND message = ?
			ON CONFLICT (exchange, rater) DO UPDATE SET rating = excluded.rating`,
			string(by), rating, conversation, messageID)
		if err == nil && n == 0 {
			return c.refuse(ErrUnknown)
		}
		return err
	})
}

// Counts says how many exchanges since a time ended in each decision. The zero
// time counts all.
func (j *Journal) Counts(ctx context.Context, since time.Time) (map[bot.Decision]int, error) {
	counts := map[bot.Decision]int{}
	if j.db == nil {
		return counts, nil
	}
	err := j.try(ctx, "reading", func(ctx context.Context) error {
		rows, err := j.db.QueryContext(ctx,
			`SELECT decision, count(*) FROM exchange WHERE time >= ? GROUP BY decision`, since.UnixMicro())
		if err != nil {
			return err
		}
		defer rows.Close()
		clear(counts)
		for rows.Next() {
			var decision string
			var n int
			if err := rows.Scan(&decision, &n); err != nil {
				return err
			}
			counts[bot.Decision(decision)] = n
		}
		return rows.Err()
	})
	if err != nil {
		return nil, err
	}
	return counts, nil
}
