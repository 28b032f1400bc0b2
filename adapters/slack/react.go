package slack

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"frontdesk/adapters/chat"
	"frontdesk/bot"

	"github.com/slack-go/slack"
)

// ratings are the reactions that rate an answer, without their tone of skin.
var ratings = map[string]int{"+1": 1, "thumbsup": 1, "-1": -1, "thumbsdown": -1}

const (
	// proposal is the reaction that proposes an answer as a new entry.
	proposal = "white_check_mark"
	// proposeWithin bounds the reading of what is proposed, which comes before the
	// acknowledgement.
	proposeWithin = 2 * time.Second
	maxProposed   = 8 << 10 // bytes of a question or an answer
)

// reacted is a reaction as it stands in events.
type reacted struct {
	Reaction string `json:"reaction"`
	ItemUser string `json:"item_user"`
	EventTS  string `json:"event_ts"`
	Item     struct {
		Type    string `json:"type"`
		Channel string `json:"channel"`
		TS      string `json:"ts"`
	} `json:"item"`
}

// readReaction reads a reaction: a rating of an answer of ours, or a proposal.
func (s *Slack) readReaction(w *workspace, eventID, user string, r reacted) job {
	if r.Item.Type != "message" || !plausible(r.Item.Channel) || !plausible(user) || !timestamp.MatchString(r.Item.TS) || user == w.user {
		return job{}
	}
	name, _, _ := strings.Cut(r.Reaction, "::")
	p := chat.Place{Workspace: w.team, Channel: r.Item.Channel, Message: r.Item.TS, Direct: strings.HasPrefix(r.Item.Channel, "D")}
	e := chat.Event{Key: "reaction/" + w.team + "/" + r.Item.Channel + "/" + r.Item.TS + "/" + user + "/" + name + "/" + cutField(r.EventTS),
		Place: p, Received: time.Now(),
		Message: bot.Message{ID: "reaction/" + cutField(eventID), Sender: address(user), Address: address(r.Item.Channel), Time: timeOf(r.EventTS),
			Conversation: p.Conversation(adapterName, r.Item.TS)}}
	if rating, ok := ratings[name]; ok && s.cfg.Rating != chat.NoRating && r.ItemUser == w.user {
		e.Message.Kind, e.Message.Rating, e.Post = bot.Rating, rating, r.Item.TS
		return s.inLanguage(w, e, user)
	}
	if name == proposal && s.proposes(user, r.Item.Channel) && r.ItemUser != w.user {
		return job{key: e.Message.Conversation, prepare: func(ctx context.Context) (*chat.Event, error) {
			ctx, cancel := context.WithTimeout(ctx, proposeWithin)
			defer cancel()
			pair, root, err := w.pair(ctx, r.Item.Channel, r.Item.TS)
			if err != nil || pair == nil {
				return nil, err
			}
			e.Place.Thread, e.Message.Locale = root, w.locale(ctx, user)
			pair.By, pair.Channel, pair.Time = e.Message.Sender, e.Message.Address, time.Now()
			pair.Link = w.link(r.Item.Channel, r.Item.TS, root)
			e.Propose = pair
			return &e, nil
		}}
	}
	return job{}
}

// proposes says whether somebody may propose what stands in a channel.
func (s *Slack) proposes(user, channel string) bool {
	return s.deps.Propose != nil && s.deps.MayPropose != nil && s.deps.MayPropose(address(user), address(channel))
}

// pair reads an answer in a thread, and the question that the thread begins with.
// Nil says that a message is no such answer.
func (w *workspace) pair(ctx context.Context, channel, ts string) (*bot.Proposal, string, error) {
	// A message may be asked for by any of its thread; its thread is told with it.
	var page []slack.Message
	err := w.ask(ctx, "conversations.replies", func() (err error) {
		page, _, _, err = w.api.GetConversationRepliesContext(ctx, &slack.GetConversationRepliesParameters{ChannelID: channel, Timestamp: ts, Limit: 1})
		return err
	})
	if err != nil || len(page) == 0 || page[0].ThreadTimestamp == "" && page[0].Timestamp == ts {
		return nil, "", gonePair(err)
	}
	root := page[0].Timestamp
	if page[0].ThreadTimestamp != "" {
		root = page[0].ThreadTimestamp
	}
	if root == ts {
		return nil, "", nil
	}
	err = w.ask(ctx, "conversations.replies", func() (err error) {
		page, _, _, err = w.api.GetConversationRepliesContext(ctx, &slack.GetConversationRepliesParameters{
			ChannelID: channel, Timestamp: root, Oldest: ts, Latest: ts, Inclusive: true, Limit: 10})
		return err
	})
	if err != nil {
		return nil, "", gonePair(err)
	}
	pair := &bot.Proposal{}
	for _, m := range page {
		text := unformat(m.Text, w.user)
		if len(text) > maxProposed {
			return nil, "", nil
		}
		switch m.Timestamp {
		case root:
			pair.Question = text
		case ts:
			pair.Answer = text
		}
	}
	if pair.Question == "" || pair.Answer == "" {
		return nil, "", nil
	}
	return pair, root, nil
}

// gonePair lets a message that is gone be no pair.
func gonePair(err error) error {
	if err == nil || errors.Is(err, chat.ErrGone) {
		return nil
	}
	return fmt.Errorf("reading what is proposed: %w", err)
}
