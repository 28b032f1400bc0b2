package slack

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"frontdesk/adapters/chat"
	"frontdesk/bot"

	"github.com/slack-go/slack"
)

const (
	// maxListed bounds the bases and the questions on the home tab.
	maxListed = 10
	// maxSamples bounds the questions that are shown of a base, and those that are
	// suggested in an assistant thread, of which Slack takes four.
	maxSamples = 4
)

// readHomeOpened has the home tab drawn anew whenever somebody opens it.
func (s *Slack) readHomeOpened(w *workspace, user, tab string) job {
	if tab != "home" || !plausible(user) {
		return job{}
	}
	return job{key: user, then: func(ctx context.Context) {
		if err := s.publish(ctx, w, user); err != nil {
			s.log.WarnContext(ctx, "drawing a home tab", "error", err)
		}
	}}
}

// publish draws somebody's home tab.
func (s *Slack) publish(ctx context.Context, w *workspace, user string) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	words := bot.LabelsFor(firstOf(w.locale(ctx, user), s.cfg.Locale))
	input := slack.NewPlainTextInputBlockElement(nil, homeAskID)
	input.MaxLength = maxSection
	ask := slack.NewInputBlock(homeAskID, plainText(words.Question), nil, input)
	ask.DispatchAction = true
	blocks := []slack.Block{
		slack.NewHeaderBlock(plainText(words.Ask)), ask,
		slack.NewActionBlock("", slack.NewButtonBlockElement(homeOpenID, "ask", plainText(words.Type))),
	}
	if s.deps.Home != nil {
		blocks = append(blocks, slack.NewDividerBlock(), slack.NewHeaderBlock(plainText(words.Home)))
		bases := s.deps.Home.Bases(ctx)
		for _, b := range bases[:min(len(bases), maxListed)] {
			text := fmt.Sprintf(words.Knows, b.Entries, "*"+plain(clip(b.Name, 100))+"*")
			for _, sample := range b.Samples[:min(len(b.Samples), maxSamples)] {
				text += "\n• " + strings.ReplaceAll(plain(clip(sample, 150)), "\n", " ")
			}
			blocks = append(blocks, section(clip(text, maxSection)))
		}
		open, err := s.deps.Home.Open(ctx, address(user))
		if err != nil {
			return fmt.Errorf("reading the open questions: %w", err)
		}
		text := words.NoneOpen
		if len(open) > 0 {
			text = "*" + plain(words.Open) + "*"
			for _, h := range open[:min(len(open), maxListed)] {
				line := strings.ReplaceAll(plain(clip(h.Question, 200)), "\n", " ")
				if to, ok := linkable(h.Link); ok && h.Link != "" {
					line = "<" + to + "|" + line + ">"
				}
				text += "\n• " + line
			}
		}
		blocks = append(blocks, slack.NewDividerBlock(), section(clip(text, maxSection)))
	}
	return w.ask(ctx, "views.publish", func() error {
		_, err := w.api.PublishViewContext(ctx, slack.PublishViewContextRequest{UserID: user,
			View: slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: blocks}}})
		return err
	})
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// readHomeAction reads what is done on the home tab.
func (s *Slack) readHomeAction(w *workspace, i interaction, a action) job {
	switch a.ActionID {
	case homeOpenID:
		return job{key: i.User.ID, then: func(ctx context.Context) {
			w.openForm(ctx, i.TriggerID, w.locale(ctx, i.User.ID), "", "", formState{Asks: true, Place: chat.Place{Workspace: w.team}})
		}}
	case homeAskID:
		text := strings.TrimSpace(cut(a.Value))
		if text == "" {
			return job{}
		}
		at := cutField(a.ActionTS)
		j := s.askedAtHome(w, chat.Event{Key: "home/" + w.team + "/" + i.User.ID + "/" + at, Received: time.Now(),
			Message: bot.Message{ID: "home/" + at, Sender: address(i.User.ID), Text: text, Time: timeOf(at)}}, i.User.ID)
		j.then = func(ctx context.Context) { // an empty box again
			if err := s.publish(ctx, w, i.User.ID); err != nil {
				s.log.WarnContext(ctx, "drawing a home tab", "error", err)
			}
		}
		return j
	}
	return job{}
}

// askedAtHome is the job of a question from the home tab: it is answered in
// private messages, where it is told again, since it stands nowhere.
func (s *Slack) askedAtHome(w *workspace, e chat.Event, user string) job {
	return job{key: user, commit: func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, ackWithin)
		defer cancel()
		dm, err := w.dm(ctx, user)
		if err != nil {
			return err
		}
		e.How, e.Message.Kind, e.Message.Locale = chat.Direct, bot.Text, w.locale(ctx, user)
		e.Place = chat.Place{Workspace: w.team, Channel: dm, Direct: true, Message: askedPrefix + clip(e.Message.Text, maxQuoted)}
		e.Message.Conversation, e.Message.Address = e.Place.Conversation(adapterName, ""), address(dm)
		return s.take(ctx, e)
	}}
}

// openForm opens a modal with one field. A trigger is good for three seconds, so
// that it is not tried for long.
func (w *workspace) openForm(ctx context.Context, trigger, locale, title, label string, state formState) {
	ctx, cancel := context.WithTimeout(ctx, aside)
	defer cancel()
	words := bot.LabelsFor(locale)
	metadata, err := json.Marshal(state)
	if err != nil || len(metadata) > 3000 {
		w.log.WarnContext(ctx, "opening a form", "error", err)
		return
	}
	short := func(s, otherwise string) *slack.TextBlockObject {
		return slack.NewTextBlockObject(slack.PlainTextType, clip(firstOf(strings.TrimSpace(s), otherwise), 24), false, false)
	}
	input := slack.NewPlainTextInputBlockElement(nil, inputID)
	input.MaxLength = maxSection
	input.Multiline = state.Asks
	_, err = w.api.OpenViewContext(ctx, trigger, slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: formView, PrivateMetadata: string(metadata),
		Title: short(title, words.Ask), Submit: short(words.Send, "OK"), Close: short(words.Cancel, "×"),
		Blocks: slack.Blocks{BlockSet: []slack.Block{slack.NewInputBlock(inputBlock,
			slack.NewTextBlockObject(slack.PlainTextType, clip(firstOf(strings.TrimSpace(label), words.Question), 2000), false, false), nil, input)}},
	})
	if err != nil {
		w.log.WarnContext(ctx, "opening a form", "error", explain(err))
	}
}

// readAssistant suggests questions where somebody opens an assistant thread.
func (s *Slack) readAssistant(w *workspace, channel, thread string) job {
	if !plausible(channel) || !timestamp.MatchString(thread) || s.deps.Home == nil {
		return job{}
	}
	return job{key: channel, then: func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		prompts := slack.AssistantThreadsSetSuggestedPromptsParameters{ChannelID: channel, ThreadTS: thread}
		for _, b := range s.deps.Home.Bases(ctx) {
			for _, sample := range b.Samples {
				if len(prompts.Prompts) < maxSamples {
					prompts.AddPrompt(clip(sample, maxLabel), clip(sample, maxQuoted))
				}
			}
		}
		if len(prompts.Prompts) == 0 {
			return
		}
		err := w.ask(ctx, "assistant.threads.setSuggestedPrompts", func() error {
			return w.api.SetAssistantThreadsSuggestedPromptsContext(ctx, prompts)
		})
		if err != nil {
			s.log.WarnContext(ctx, "suggesting questions", "error", err)
		}
	}}
}
