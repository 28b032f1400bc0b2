package slack

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"frontdesk/adapters/chat"
	"frontdesk/bot"

	"github.com/slack-go/slack"
)

const (
	// replyEvent marks our posts, so that they are found again.
	replyEvent = "frontdesk_reply"
	// lookPages bounds the pages of a hundred messages in which they are looked for.
	lookPages = 20
	// aside bounds what is done beside an answer, such as a reaction.
	aside = 3 * time.Second
	// askedPrefix marks, in a place, words that stand nowhere else: those typed on
	// the home tab.
	askedPrefix = "asked "
)

var timestamp = regexp.MustCompile(`^\d{10}\.\d{6}$`)

// Show implements [chat.Platform].
func (s *Slack) Show(ctx context.Context, sh chat.Showing) ([]string, error) {
	w := s.workspace(sh.Place.Workspace)
	if w == nil {
		return nil, fmt.Errorf("the workspace %s is not configured any more: %w", sh.Place.Workspace, chat.ErrGone)
	}
	messages := render(sh)
	var posts []string
	var err error
	if sh.Place.User != "" {
		posts, err = w.whisper(ctx, sh, messages)
	} else {
		posts, err = w.say(ctx, s.cfg.Unfurl, sh, messages)
	}
	if err != nil {
		return nil, err
	}
	if sh.Settle != "" {
		if err := w.settle(ctx, sh); err != nil { // the answer stands all the same
			w.log.WarnContext(ctx, "taking away the buttons of what was answered", "error", err)
		}
	}
	return posts, nil
}

// thread gives the thread that a reply stands in; empty for the top.
func thread(p chat.Place) string {
	if p.Thread == "" && !p.Direct && timestamp.MatchString(p.Message) {
		return p.Message
	}
	return p.Thread
}

// say posts messages for everybody, in the place of older ones as far as there are
// any.
func (w *workspace) say(ctx context.Context, unfurl bool, sh chat.Showing, messages []message) ([]string, error) {
	var there map[int]string
	if sh.Again && sh.Key != "" {
		var err error
		if there, err = w.look(ctx, sh.Place, sh.Key); err != nil {
			return nil, err
		}
	}
	var posts []string
	for i, m := range messages {
		if ts, ok := there[i]; ok {
			posts = append(posts, ts)
			continue
		}
		if i < len(sh.Old) {
			err := w.update(ctx, sh.Place.Channel, sh.Old[i], m)
			if err == nil {
				posts = append(posts, sh.Old[i])
				continue
			}
			if !errors.Is(err, chat.ErrGone) {
				return nil, err
			} // it was taken away: it is posted anew
		}
		options := []slack.MsgOption{slack.MsgOptionText(m.text, false), slack.MsgOptionBlocks(m.blocks...)}
		if t := thread(sh.Place); t != "" {
			options = append(options, slack.MsgOptionTS(t))
		}
		if unfurl {
			options = append(options, slack.MsgOptionEnableLinkUnfurl())
		} else {
			options = append(options, slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl())
		}
		if sh.Key != "" {
			options = append(options, slack.MsgOptionMetadata(slack.SlackMetadata{
				EventType: replyEvent, EventPayload: map[string]any{"key": sh.Key, "part": i}}))
		}
		var ts string
		err := w.post(ctx, sh.Place.Channel, func() (err error) {
			_, ts, err = w.api.PostMessageContext(ctx, sh.Place.Channel, options...)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("posting a reply: %w", err)
		}
		posts = append(posts, ts)
	}
	if len(sh.Old) > len(messages) {
		if err := w.remove(ctx, sh.Place.Channel, sh.Old[len(messages):]); err != nil {
			return nil, err
		}
	}
	return posts, nil
}

// look looks for our own posts of a key, by their number.
func (w *workspace) look(ctx context.Context, p chat.Place, key string) (map[int]string, error) {
	found := map[int]string{}
	cursor, oldest, pages := "", "", lookPages
	if timestamp.MatchString(p.Message) {
		oldest = p.Message
	} else {
		pages = 2 // it answers what stands nowhere; the history begins with the latest
	}
	for range pages {
		var page []slack.Message
		err := w.ask(ctx, "conversations.replies", func() (err error) {
			if t := thread(p); t != "" {
				page, _, cursor, err = w.api.GetConversationRepliesContext(ctx, &slack.GetConversationRepliesParameters{
					ChannelID: p.Channel, Timestamp: t, Oldest: oldest, Cursor: cursor, Limit: 100, IncludeAllMetadata: true})
				return err
			}
			h, err := w.api.GetConversationHistoryContext(ctx, &slack.GetConversationHistoryParameters{
				ChannelID: p.Channel, Oldest: oldest, Cursor: cursor, Limit: 100, IncludeAllMetadata: true})
			if err == nil {
				page, cursor = h.Messages, h.ResponseMetaData.NextCursor
			}
			return err
		})
		if err != nil {
			if errors.Is(err, chat.ErrGone) {
				return nil, nil // there is no such thread yet
			}
			return nil, fmt.Errorf("looking for our own reply: %w", err)
		}
		for _, m := range page {
			if m.BotID != w.bot || m.Metadata.EventType != replyEvent || m.Metadata.EventPayload["key"] != key {
				continue
			}
			if part, ok := m.Metadata.EventPayload["part"].(float64); ok {
				if _, twice := found[int(part)]; !twice {
					found[int(part)] = m.Timestamp
				}
			}
		}
		if cursor == "" {
			break
		}
	}
	return found, nil
}

// whisper shows messages to one person alone. They cannot be found again, so that
// after a crash they may come twice.
func (w *workspace) whisper(ctx context.Context, sh chat.Showing, messages []message) ([]string, error) {
	p := sh.Place
	var posts []string
	hook := p.Hook
	if !p.HookEnds.IsZero() && time.Now().After(p.HookEnds) {
		hook = ""
	}
	for i, m := range messages {
		options := []slack.MsgOption{slack.MsgOptionText(m.text, false), slack.MsgOptionBlocks(m.blocks...)}
		if i == 0 && sh.Settle != "" && hook != "" && sh.Settle == p.Message {
			// The question was for one person alone, too: the answer takes its place.
			if err := w.hook(ctx, hook, options, true); err == nil {
				continue
			}
		}
		var ts string
		err := w.post(ctx, p.Channel, func() (err error) {
			o := options
			if t := p.Thread; t != "" {
				o = append(o, slack.MsgOptionTS(t))
			}
			ts, err = w.api.PostEphemeralContext(ctx, p.Channel, p.User, o...)
			return err
		})
		switch {
		case err == nil:
			posts = append(posts, ts)
		case errors.Is(err, chat.ErrGone) && hook != "":
			// We are not in that channel, but were called there.
			if err := w.hook(ctx, hook, options, false); err != nil {
				return nil, fmt.Errorf("answering a command: %w", err)
			}
		default:
			return nil, fmt.Errorf("posting a reply: %w", err)
		}
	}
	return posts, nil
}

// hook brings a message by a response URL, which stays on Slack's hosts.
func (w *workspace) hook(ctx context.Context, to string, options []slack.MsgOption, replace bool) error {
	if !w.ours(to) {
		return fmt.Errorf("the response URL does not lie with Slack: %w", chat.ErrGone)
	}
	o := append([]slack.MsgOption{slack.MsgOptionResponseURL(to, slack.ResponseTypeEphemeral)}, options...)
	if replace {
		o = append(o, slack.MsgOptionReplaceOriginal(to))
	}
	return w.ask(ctx, "response_url", func() error {
		_, _, _, err := w.api.SendMessageContext(ctx, "", o...)
		return err
	})
}

// update puts a message in the place of another.
func (w *workspace) update(ctx context.Context, channel, ts string, m message) error {
	return w.ask(ctx, "chat.update", func() error {
		_, _, _, err := w.api.UpdateMessageContext(ctx, channel, ts, slack.MsgOptionText(m.text, false), slack.MsgOptionBlocks(m.blocks...))
		return err
	})
}

// settle takes the options of a message away, since one was chosen.
func (w *workspace) settle(ctx context.Context, sh chat.Showing) error {
	p, old := sh.Place, sh.Settle
	if p.User != "" && p.Hook != "" && old == p.Message {
		return nil // it was for one person alone, and has been replaced
	}
	var page []slack.Message
	err := w.ask(ctx, "conversations.replies", func() (err error) {
		if t := thread(p); t != "" && t != old {
			page, _, _, err = w.api.GetConversationRepliesContext(ctx, &slack.GetConversationRepliesParameters{
				ChannelID: p.Channel, Timestamp: t, Oldest: old, Latest: old, Inclusive: true, Limit: 10})
			return err
		}
		h, err := w.api.GetConversationHistoryContext(ctx, &slack.GetConversationHistoryParameters{
			ChannelID: p.Channel, Oldest: old, Latest: old, Inclusive: true, Limit: 1})
		if err == nil {
			page = h.Messages
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("reading what is settled: %w", err)
	}
	for _, m := range page {
		if m.Timestamp != old || m.BotID != w.bot {
			continue
		}
		blocks := settled(m.Blocks.BlockSet, sh.Chosen, sh.Locale)
		if blocks == nil {
			return nil
		}
		if len(blocks) == 0 {
			blocks = []slack.Block{note(plain(sh.Chosen))}
		}
		return w.update(ctx, p.Channel, old, message{text: clip(m.Text, maxFallback), blocks: blocks})
	}
	return nil
}

// Remove implements [chat.Platform].
func (s *Slack) Remove(ctx context.Context, p chat.Place, posts []string) error {
	w := s.workspace(p.Workspace)
	if w == nil {
		return fmt.Errorf("the workspace %s is not configured any more: %w", p.Workspace, chat.ErrGone)
	}
	return w.remove(ctx, p.Channel, posts)
}

func (w *workspace) remove(ctx context.Context, channel string, posts []string) error {
	for _, ts := range posts {
		err := w.ask(ctx, "chat.delete", func() error {
			_, _, err := w.api.DeleteMessageContext(ctx, channel, ts)
			return err
		})
		if err != nil && !errors.Is(err, chat.ErrGone) {
			return fmt.Errorf("removing a reply: %w", err)
		}
	}
	return nil
}

// Working implements [chat.Platform]: by the status of an assistant thread, else
// by a reaction.
func (s *Slack) Working(ctx context.Context, p chat.Place) func() {
	w := s.workspace(p.Workspace)
	if w == nil || p.User != "" {
		return func() {}
	}
	try, cancel := context.WithTimeout(ctx, aside)
	defer cancel()
	if p.Direct && p.Thread != "" {
		err := w.api.SetAssistantThreadsStatusContext(try, slack.AssistantThreadsSetStatusParameters{
			ChannelID: p.Channel, ThreadTS: p.Thread, Status: bot.LabelsFor(s.cfg.Locale).Working})
		if err == nil {
			return func() {} // the reply ends it
		}
	}
	if s.cfg.Seen == "" || !timestamp.MatchString(p.Message) {
		return func() {}
	}
	item := slack.NewRefToMessage(p.Channel, p.Message)
	if err := w.api.AddReactionContext(try, s.cfg.Seen, item); err != nil {
		return func() {}
	}
	return func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), aside)
		defer cancel()
		if err := w.api.RemoveReactionContext(ctx, s.cfg.Seen, item); err != nil {
			w.log.DebugContext(ctx, "taking back a reaction", "error", err)
		}
	}
}

// Send implements [bot.Outbox]: an address is somebody ("slack:U123"), a channel
// ("slack:C123") or a thread in one ("slack:C123/1700000000.000100").
func (s *Slack) Send(ctx context.Context, to bot.Address, r bot.Reply) error {
	rest, ok := strings.CutPrefix(string(to), adapterName+":")
	id, threadTS, _ := strings.Cut(rest, "/")
	if !ok || id == "" || threadTS != "" && !timestamp.MatchString(threadTS) {
		return fmt.Errorf("%q is no address in Slack", to)
	}
	if p, ok := s.placeOf(r.Conversation, id); ok {
		if p.User == "" {
			return s.desk.Tell(ctx, p, r)
		}
		id, threadTS = p.User, "" // what was asked in private is answered so
	}
	var last error
	for _, w := range s.candidates(id) {
		p := chat.Place{Workspace: w.team, Channel: id, Thread: threadTS}
		if userID.MatchString(id) {
			dm, err := w.dm(ctx, id)
			if err != nil {
				last = err
				continue
			}
			p.Channel, p.Direct = dm, true
		}
		err := s.desk.Tell(ctx, p, r)
		if err == nil || !errors.Is(err, chat.ErrGone) {
			return err
		}
		last = err
	}
	if last == nil {
		return errors.New("Slack is not connected yet")
	}
	return fmt.Errorf("sending to %s: %w", to, last)
}

// placeOf gives the thread, or whoever alone it is with, of a conversation in a
// channel.
func (s *Slack) placeOf(conversation, channel string) (chat.Place, bool) {
	rest, ok := strings.CutPrefix(conversation, adapterName+":")
	parts := strings.Split(rest, "/")
	if !ok || len(parts) != 3 || parts[1] != channel || s.workspace(parts[0]) == nil {
		return chat.Place{}, false
	}
	p := chat.Place{Workspace: parts[0], Channel: channel}
	switch {
	case timestamp.MatchString(parts[2]):
		p.Thread, p.Direct = parts[2], strings.HasPrefix(channel, "D")
	case userID.MatchString(parts[2]):
		p.User = parts[2]
	default:
		return chat.Place{}, false
	}
	return p, true
}
