package journal

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"frontdesk/bot"
)

// maxHandovers bounds the open questions that are given at once.
const maxHandovers = 100

var _ bot.Handovers = (*Journal)(nil)

// HandOver keeps a question that is handed on to experts. When it returns nil, it
// survives the death of the process. One whose ID is there already stays as it is.
// Of a question longer than 64 KiB the beginning is kept.
func (j *Journal) HandOver(ctx context.Context, h bot.Handover) error {
	const doing = "handing over in"
	if j.db == nil {
		return j.explain(doing, errors.New("it is switched off, and keeps no questions"))
	}
	if err := checkHandover(h); err != nil {
		return j.explain(doing, err)
	}
	return j.change(ctx, doing, func(c *changing) error {
		_, err := c.exec(`INSERT INTO handover (id, base, conversation, message, question, asker, channel, experts, locale, link, asked, answered, expert)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
			h.ID, h.Base, h.Conversation, h.MessageID, cut(j.clean(h.Question)), string(h.Asker), string(h.Channel), string(h.Experts),
			h.Locale, h.Link, h.Asked.UnixMicro(), sql.NullInt64{Int64: micro(h.Answered), Valid: !h.Answered.IsZero()}, string(h.By))
		return err
	})
}

// Answered notes that an expert has answered a question that was handed on.
// Answering again changes nothing. One that is not known gives [ErrNoHandover].
func (j *Journal) Answered(ctx context.Context, id string, by bot.Address, at time.Time) error {
	const doing = "answering in"
	if j.db == nil {
		return j.explain(doing, ErrNoHandover)
	}
	err := checkNames([]named{{"expert", string(by)}})
	if at.IsZero() {
		err = errors.New("the answer has no time")
	}
	if err != nil {
		return j.explain(doing, err)
	}
	return j.change(ctx, doing, func(c *changing) error {
		n, err := c.exec(`UPDATE handover SET expert = iif(answered IS NULL, ?, expert), answered = coalesce(answered, ?) WHERE id = ?`,
			string(by), at.UnixMicro(), id)
		if err == nil && n == 0 {
			return c.refuse(ErrNoHandover)
		}
		return err
	})
}

func checkHandover(h bot.Handover) error {
	switch {
	case h.ID == "":
		return errors.New("the question handed on has no ID")
	case h.Asked.IsZero():
		return errors.New("the question handed on has no time")
	}
	return checkNames([]named{{"ID", h.ID}, {"base", h.Base}, {"conversation", h.Conversation}, {"message ID", h.MessageID},
		{"asker", string(h.Asker)}, {"channel", string(h.Channel)}, {"experts' address", string(h.Experts)}, {"locale", h.Locale},
		{"link", h.Link}, {"expert", string(h.By)}})
}

// handoverColumns are those that scanHandover reads, in its order.
const handoverColumns = `id, base, conversation, message, question, asker, channel, experts, locale, link, asked, answered, expert`

// Handover gives the question of an ID; false where it is not known.
func (j *Journal) Handover(ctx context.Context, id string) (bot.Handover, bool, error) {
	found, err := j.handovers(ctx, `WHERE id = ?`, id)
	if err != nil || len(found) == 0 {
		return bot.Handover{}, false, err
	}
	return found[0], true, nil
}

// OpenHandovers gives the questions of an asker that nobody has answered, the
// newest first, at most 100.
func (j *Journal) OpenHandovers(ctx context.Context, asker bot.Address) ([]bot.Handover, error) {
	return j.handovers(ctx, `WHERE asker = ? AND answered IS NULL ORDER BY asked DESC, id LIMIT ?`, string(asker), maxHandovers)
}

func (j *Journal) handovers(ctx context.Context, where string, args ...any) (found []bot.Handover, err error) {
	if j.db == nil {
		return nil, nil
	}
	err = j.try(ctx, "reading", func(ctx context.Context) error {
		found = nil
		rows, err := j.db.QueryContext(ctx, `SELECT `+handoverColumns+` FROM handover `+where, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var h bot.Handover
			var asked int64
			var answered sql.NullInt64
			err := rows.Scan(&h.ID, &h.Base, &h.Conversation, &h.MessageID, &h.Question, &h.Asker, &h.Channel, &h.Experts,
				&h.Locale, &h.Link, &asked, &answered, &h.By)
			if err != nil {
				return err
			}
			h.Asked = time.UnixMicro(asked).UTC()
			if answered.Valid {
				h.Answered = time.UnixMicro(answered.Int64).UTC()
			}
			found = append(found, h)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}
