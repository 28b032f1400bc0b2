package chat

import (
	"context"

	"frontdesk/bot"
)

// A Store remembers over restarts what was received and what was posted. The
// journal is one. It must be safe for concurrent use.
type Store interface {
	Inbox
	Posts
	Cursors
}

// An Inbox keeps events from their receipt to their end.
type Inbox interface {
	// AcceptAll commits events, all or none: when it returns without an error, those
	// that are fresh survive the death of the process. The others were accepted
	// before, within the last hour at least, or earlier in the same call.
	AcceptAll(ctx context.Context, rs []bot.Receipt) (fresh []bool, err error)
	// Finish notes that an event was worked on, and keeps what was posted for
	// it: both or neither.
	Finish(ctx context.Context, adapter, key string, posts []bot.Post) error
	// Unfinished calls f with the events of an adapter that were accepted and not
	// finished, oldest first, until it gives an error, which it returns.
	Unfinished(ctx context.Context, adapter string, f func(bot.Receipt) error) error
}

// Posts keeps what we posted.
type Posts interface {
	// KeepPost keeps a post that belongs to no event.
	KeepPost(ctx context.Context, p bot.Post) error
	// Post gives a post by where it stands.
	Post(ctx context.Context, adapter, channel, id string) (bot.Post, bool, error)
	// PostsOf gives what was posted in answer to a question, in order.
	PostsOf(ctx context.Context, adapter, conversation, question string) ([]bot.Post, error)
	// ReplacePosts puts other posts, or none, in the place of those that answer a
	// question.
	ReplacePosts(ctx context.Context, adapter, conversation, question string, posts []bot.Post) error
	// Joined says whether anything was posted in a conversation.
	Joined(ctx context.Context, adapter, conversation string) (bool, error)
}

// Cursors say how far channels were read.
type Cursors interface {
	// Cursors gives the highest Sequence accepted in each Channel.
	Cursors(ctx context.Context, adapter string) (map[string]string, error)
}
