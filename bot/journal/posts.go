package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"frontdesk/bot"
)

// maxPosts bounds the posts that answer one message.
const maxPosts = 1000

// KeepPost remembers a message of ours. When it returns nil, it survives the
// death of the process. One of the same adapter, channel and ID is replaced, and
// keeps its place in the order.
func (j *Journal) KeepPost(ctx context.Context, p bot.Post) error {
	if j.db == nil {
		return nil
	}
	const doing = "keeping a post in"
	posts := []bot.Post{p}
	if err := checkPosts(posts); err != nil {
		return j.explain(doing, err)
	}
	return j.change(ctx, doing, func(c *changing) error { return keepPosts(c, posts) })
}

// ReplacePosts puts other posts, or none, in the place of those that answer a
// question, all of them or nothing: an answer was edited or deleted.
func (j *Journal) ReplacePosts(ctx context.Context, adapter, conversation, question string, posts []bot.Post) error {
	if j.db == nil {
		return nil
	}
	const doing = "replacing posts in"
	if err := checkPosts(posts); err != nil {
		return j.explain(doing, err)
	}
	return j.change(ctx, doing, func(c *changing) error {
		_, err := c.exec(`DELETE FROM post WHERE adapter = ? AND conversation = ? AND question = ? AND question <> ''`, adapter, conversation, question)
		if err != nil {
			return err
		}
		return keepPosts(c, posts)
	})
}

// keepPosts keeps posts that were checked.
func keepPosts(c *changing, posts []bot.Post) error {
	for _, p := range posts {
		_, err := c.exec(`INSERT INTO post (adapter, channel, message, conversation, question, asker, handover, body, time)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (adapter, channel, message) DO UPDATE SET conversation = excluded.conversation,
				question = excluded.question, asker = excluded.asker, handover = excluded.handover,
				body = excluded.body, time = excluded.time`,
			p.Adapter, p.Channel, p.ID, p.Conversation, p.Question, string(p.Asker), p.Handover, blob(p.Body), p.Time.UnixMicro())
		if err != nil {
			return err
		}
	}
	return nil
}

func checkPosts(posts []bot.Post) error {
	if len(posts) > maxPosts {
		return fmt.Errorf("there are %d posts; at most %d can answer one message", len(posts), maxPosts)
	}
	for _, p := range posts {
		switch {
		case p.Adapter == "" || p.Channel == "" || p.ID == "":
			return errors.New("the post has no adapter, no channel or no ID")
		case p.Time.IsZero():
			return errors.New("the post has no time")
		case len(p.Body) > maxBody:
			return fmt.Errorf("the post is %d bytes long; at most %d can be kept", len(p.Body), maxBody)
		}
		err := checkNames([]named{{"adapter", p.Adapter}, {"channel", p.Channel}, {"ID", p.ID}, {"conversation", p.Conversation},
			{"question", p.Question}, {"asker", string(p.Asker)}, {"handover", p.Handover}})
		if err != nil {
			return err
		}
	}
	return nil
}

// postColumns are those that scanPost reads, in its order.
const postColumns = `adapter, channel, message, conversation, question, asker, handover, body, time`

// PostsOf gives the posts that answer a question, at most 1000, in the order in
// which they were posted. The ID of the question must not be empty.
func (j *Journal) PostsOf(ctx context.Context, adapter, conversation, question string) (found []bot.Post, err error) {
	if j.db == nil || question == "" {
		return nil, nil
	}
	err = j.try(ctx, "reading", func(ctx context.Context) error {
		found = nil
		rows, err := j.db.QueryContext(ctx, `SELECT `+postColumns+` FROM post
			WHERE adapter = ? AND conversation = ? AND question = ? AND question <> '' ORDER BY id LIMIT ?`,
			adapter, conversation, question, maxPosts)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			p, err := scanPost(rows)
			if err != nil {
				return err
			}
			found = append(found, p)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// Joined says whether anything that is remembered was posted in a conversation.
func (j *Journal) Joined(ctx context.Context, adapter, conversation string) (joined bool, err error) {
	if j.db == nil {
		return false, nil
	}
	err = j.try(ctx, "reading", func(ctx context.Context) error {
		return j.db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM post WHERE adapter = ? AND conversation = ?)`,
			adapter, conversation).Scan(&joined)
	})
	return joined, err
}

// Post gives one post by where it stands; false where it is not remembered.
func (j *Journal) Post(ctx context.Context, adapter, channel, id string) (p bot.Post, found bool, err error) {
	if j.db == nil {
		return bot.Post{}, false, nil
	}
	err = j.try(ctx, "reading", func(ctx context.Context) error {
		p, err = scanPost(j.db.QueryRowContext(ctx, `SELECT `+postColumns+` FROM post
			WHERE adapter = ? AND channel = ? AND message = ?`, adapter, channel, id))
		found = err == nil
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	if !found {
		return bot.Post{}, false, err
	}
	return p, true, nil
}

func scanPost(row interface{ Scan(...any) error }) (p bot.Post, err error) {
	var at int64
	err = row.Scan(&p.Adapter, &p.Channel, &p.ID, &p.Conversation, &p.Question, &p.Asker, &p.Handover, &p.Body, &at)
	if len(p.Body) == 0 {
		p.Body = nil
	}
	p.Time = time.UnixMicro(at).UTC()
	return p, err
}
