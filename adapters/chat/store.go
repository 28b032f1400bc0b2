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
	// Accept commits an event: when it returns true, the event survives the
	// death of the process. False says that one of its key was accepted within the
	// last hour at least.
	Accept(ctx context.Context, r bot.Receipt) (fresh bool, err error)
	// Finish notes that an event was worked on, and keeps what was posted for
	// it: both or neither.
	Finish(ctx context.Context, adapter, key string, posts []bot.Post) error
	// Unfinished gives the events of an adapter that were accepted and not
	// finished, oldest first, at most limit of them.
	Unfinished(ctx context.Context, adapter string, limit int) ([]bot.Receipt, error)
}

// Posts keeps what we posted.
type Posts interface {
	// KeepPost keeps a post that belongs to no event.
	KeepPost(ctx context.Context, p bot.Post) error
	// Post gives a post by where it stands.
	Post(ctx context.Context, adapter, channel, id string) (bot.Post, bool, error)
	// PostsOf gives what was posted in answer to a question, in order.
	PostsOf(ctx context.Context, adapter, conversation, question string) ([]bot.Post, error)
	// DropPosts forgets what was posted in answer to a question.
	DropPosts(ctx context.Context, adapter, conversation, question string) error
	// Joined says whether anything was posted in a conversation.
	Joined(ctx context.Context, adapter, conversation string) (bool, error)
}

// Cursors say how far channels were read.
type Cursors interface {
	// Cursors gives the highest Sequence accepted in each Channel.
	Cursors(ctx context.Context, adapter string) (map[string]string, error)
}
