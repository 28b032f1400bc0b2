package discord

import (
	"context"

	"frontdesk/adapters/chat"
	"frontdesk/bot"
)

// proposer says whether somebody may propose answers as new entries.
func (a *Adapter) proposer(r reaction) bool {
	return a.deps.Propose != nil && a.deps.MayPropose != nil &&
		a.deps.MayPropose(who(&user{ID: r.UserID}), bot.Address(Name+":"+r.ChannelID))
}

// propose finds the question of an answer that somebody marked, and hands both on.
func (a *Adapter) propose(ctx context.Context, r reaction) {
	p, c, err := a.where(ctx, r.GuildID, r.ChannelID, r.MessageID)
	if err != nil {
		a.log.Warn("looking up what was proposed", "error", err)
		return
	}
	said, err := a.get(ctx, r.ChannelID, r.MessageID)
	if err != nil {
		a.log.Warn("reading what was proposed", "error", err)
		return
	}
	question := said.Replied
	switch {
	case question == nil && c.thread() && r.MessageID != c.ID:
		// A thread is about the message that began it: of a forum the first post,
		// of a text channel a message there, both with the thread's id.
		if question, err = a.get(ctx, c.ID, c.ID); err != nil {
			question, err = a.get(ctx, c.ParentID, c.ID)
		}
	}
	if err != nil || question == nil || question.Author == nil || said.Author == nil || said.Author.Bot || question.ID == said.ID {
		a.log.Info("what was proposed answers nothing, or is no person's", "error", err)
		return
	}
	asked, answered := a.words(question), a.words(said)
	if c.thread() && question.ID == c.ID && c.Name != "" && asked == "" {
		asked = c.Name
	}
	if asked == "" || answered == "" {
		return
	}
	by := &user{ID: r.UserID}
	key := "propose/" + r.MessageID + "/" + r.UserID
	a.enqueue(chat.Event{Key: key, Place: p,
		Message: bot.Message{ID: key, Conversation: p.Conversation(Name, r.MessageID), Sender: who(by), Address: replyTo(p, by), Time: a.deps.Now()},
		Propose: &bot.Proposal{Question: asked, Answer: answered, Link: linkTo(r.GuildID, r.ChannelID, r.MessageID),
			By: who(by), Channel: bot.Address(Name + ":" + p.Channel), Time: a.deps.Now()}})
}

// get reads one message.
func (a *Adapter) get(ctx context.Context, channelID, id string) (*message, error) {
	var m message
	err := a.client.do(ctx, "GET", "channels/"+channelID+"/messages/"+id, bucket("message", channelID), nil, &m)
	return &m, err
}
