package slack

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"frontdesk/adapters/chat"
	"frontdesk/bot"
)

const (
	// hookFor is how long a response URL is good, less a little.
	hookFor = 29 * time.Minute
	// aboutShortcut is the callback of the shortcut on messages, formView that of our modals.
	aboutShortcut = "fd_about"
	formView      = "fd_form"
)

// interaction is what is read of an interaction; see
// https://docs.slack.dev/reference/interaction-payloads.
type interaction struct {
	Type        string              `json:"type"`
	CallbackID  string              `json:"callback_id"`
	TriggerID   string              `json:"trigger_id"`
	ResponseURL string              `json:"response_url"`
	ActionTS    string              `json:"action_ts"`
	User        struct{ ID string } `json:"user"`
	Team        struct{ ID string } `json:"team"`
	Channel     struct{ ID string } `json:"channel"`
	Message     said                `json:"message"`
	Container   struct {
		Type      string `json:"type"`
		MessageTS string `json:"message_ts"`
		ThreadTS  string `json:"thread_ts"`
		ChannelID string `json:"channel_id"`
		Ephemeral bool   `json:"is_ephemeral"`
	} `json:"container"`
	Actions []action `json:"actions"`
	View    struct {
		ID              string `json:"id"`
		Hash            string `json:"hash"`
		CallbackID      string `json:"callback_id"`
		PrivateMetadata string `json:"private_metadata"`
		State           struct {
			Values map[string]map[string]struct{ Value string } `json:"values"`
		} `json:"state"`
	} `json:"view"`
}

type action struct {
	ActionID string                `json:"action_id"`
	ActionTS string                `json:"action_ts"`
	Value    string                `json:"value"`
	Text     struct{ Text string } `json:"text"`
	Selected struct {
		Text  struct{ Text string } `json:"text"`
		Value string                `json:"value"`
	} `json:"selected_option"`
}

// readInteraction reads a press, a menu's choice, a form that was sent, or the
// shortcut on a message.
func (s *Slack) readInteraction(payload []byte) job {
	var i interaction
	if json.Unmarshal(payload, &i) != nil || !plausible(i.User.ID) {
		return job{}
	}
	w := s.workspace(i.Team.ID)
	if w == nil {
		return job{}
	}
	switch i.Type {
	case "block_actions":
		if len(i.Actions) == 0 {
			return job{}
		}
		if i.Container.Type == "view" {
			return s.readHomeAction(w, i, i.Actions[0])
		}
		return s.readPress(w, i, i.Actions[0])
	case "view_submission":
		return s.readForm(w, i)
	case "message_action":
		return s.readShortcut(w, i)
	}
	return job{}
}

// about gives the place of the message that an interaction is about.
func (w *workspace) about(i interaction) chat.Place {
	channel := i.Container.ChannelID
	if channel == "" {
		channel = i.Channel.ID
	}
	p := chat.Place{Workspace: w.team, Channel: channel, Message: i.Container.MessageTS, Direct: strings.HasPrefix(channel, "D")}
	root := i.Container.ThreadTS
	if root == "" {
		root = i.Message.ThreadTS
	}
	if timestamp.MatchString(root) && root != i.Container.MessageTS {
		p.Thread = root
	}
	if i.Container.Ephemeral {
		p.User = i.User.ID
		w.withHook(&p, i.ResponseURL)
	}
	return p
}

// withHook keeps a response URL that lies with Slack.
func (w *workspace) withHook(p *chat.Place, hook string) {
	if w.ours(hook) && len(hook) <= 1000 {
		p.Hook, p.HookEnds = hook, time.Now().Add(hookFor)
	}
}

// ours says whether a URL lies with Slack, or with what stands in for it.
func (w *workspace) ours(to string) bool {
	u, err := url.Parse(to)
	if err != nil {
		return false
	}
	for _, h := range w.hosts {
		if u.Scheme+"://"+u.Host == h || strings.HasPrefix(h, ".") && u.Scheme == "https" && u.User == nil && strings.HasSuffix(u.Hostname(), h) {
			return true
		}
	}
	return false
}

// conversation names the conversation of a place: what one person alone sees is
// one of its own.
func conversation(p chat.Place, message string) string {
	if p.User != "" {
		return adapterName + ":" + p.Workspace + "/" + p.Channel + "/" + p.User
	}
	return p.Conversation(adapterName, message)
}

func (s *Slack) readPress(w *workspace, i interaction, a action) job {
	p := w.about(i)
	if !plausible(p.Channel) || !timestamp.MatchString(p.Message) {
		return job{}
	}
	at := cutField(a.ActionTS)
	e := chat.Event{
		Key: "press/" + w.team + "/" + p.Channel + "/" + p.Message + "/" + i.User.ID + "/" + at, Place: p, Post: p.Message, Received: time.Now(),
		Message: bot.Message{Kind: bot.Choice, ID: "press/" + p.Message + "/" + at, Conversation: conversation(p, p.Message),
			Sender: address(i.User.ID), Address: address(p.Channel), Time: timeOf(at)},
	}
	switch {
	case strings.HasPrefix(a.ActionID, optionID) && len(a.Value) <= 4*maxPressed:
		e.Message.Choice, e.Chosen = a.Value, cut(a.Text.Text)
	case a.ActionID == menuID && len(a.Selected.Value) <= 4*maxValue:
		e.Message.Choice, e.Chosen = a.Selected.Value, cut(a.Selected.Text.Text)
	case a.ActionID == upID, a.ActionID == downID:
		e.Message.Kind, e.Message.Rating = bot.Rating, 1
		if a.ActionID == downID {
			e.Message.Rating = -1
		}
	case a.ActionID == formID:
		title, label, _ := strings.Cut(a.Value, "\n")
		return job{key: e.Message.Conversation, then: func(ctx context.Context) {
			w.openForm(ctx, i.TriggerID, w.locale(ctx, i.User.ID), title, label, formState{Place: p})
		}}
	default:
		return job{}
	}
	if e.Message.Kind == bot.Choice && e.Message.Choice == "" {
		return job{}
	}
	return s.inLanguage(w, e, i.User.ID)
}

// formState is what a modal carries, so that it is known what it was about.
type formState struct {
	Place chat.Place
	Asks  bool `json:",omitempty"` // a question is typed; else an answer to one of ours
}

// readForm reads what was typed into a modal.
func (s *Slack) readForm(w *workspace, i interaction) job {
	var f formState
	if i.View.CallbackID != formView || json.Unmarshal([]byte(i.View.PrivateMetadata), &f) != nil || !plausible(i.View.ID) {
		return job{}
	}
	text := strings.TrimSpace(cut(i.View.State.Values[inputBlock][inputID].Value))
	if text == "" || f.Place.Workspace != w.team || f.Place.User != "" && f.Place.User != i.User.ID || f.Place.Hook != "" && !w.ours(f.Place.Hook) {
		return job{}
	}
	e := chat.Event{Key: "form/" + w.team + "/" + i.View.ID + "/" + cutField(i.View.Hash), Place: f.Place, Received: time.Now(),
		Message: bot.Message{ID: "form/" + i.View.ID, Sender: address(i.User.ID), Text: text, Time: time.Now()}}
	if f.Asks && f.Place.Channel == "" { // asked from the home tab
		return s.askedAtHome(w, e, i.User.ID)
	}
	e.Message.Conversation, e.Message.Address = conversation(f.Place, f.Place.Message), address(f.Place.Channel)
	if f.Asks {
		e.How, e.Message.Kind = chat.Command, bot.Text
	} else {
		e.Message.Kind, e.Post, e.Chosen = bot.Choice, f.Place.Message, text
	}
	return s.inLanguage(w, e, i.User.ID)
}

// readShortcut reads the shortcut on a message: what it says is asked, and the
// answer is for whoever chose the shortcut.
func (s *Slack) readShortcut(w *workspace, i interaction) job {
	if i.CallbackID != aboutShortcut || !plausible(i.Channel.ID) || !timestamp.MatchString(i.Message.TS) {
		return job{}
	}
	p := chat.Place{Workspace: w.team, Channel: i.Channel.ID, User: i.User.ID, Message: i.Message.TS}
	if root := i.Message.root(); timestamp.MatchString(root) {
		p.Thread = root
	}
	w.withHook(&p, i.ResponseURL)
	at := cutField(i.ActionTS)
	e := chat.Event{Key: "about/" + w.team + "/" + p.Channel + "/" + p.Message + "/" + i.User.ID + "/" + at, How: chat.Command, Place: p,
		Received: time.Now(), Message: bot.Message{
			Kind: bot.Text, ID: "about/" + p.Message + "/" + at, Conversation: conversation(p, p.Message), Sender: address(i.User.ID),
			Address: address(p.Channel), Text: unformat(cut(i.Message.Text), w.user), Link: w.link(p.Channel, p.Message, p.Thread), Time: time.Now()}}
	return s.inLanguage(w, e, i.User.ID)
}

// readCommand reads a slash command. Without words it opens a form to ask in.
func (s *Slack) readCommand(payload []byte) job {
	var c struct {
		TeamID    string `json:"team_id"`
		ChannelID string `json:"channel_id"`
		UserID    string `json:"user_id"`
		Command   string `json:"command"`
		Text      string `json:"text"`
		Hook      string `json:"response_url"`
		TriggerID string `json:"trigger_id"`
	}
	if json.Unmarshal(payload, &c) != nil || !plausible(c.ChannelID) || !plausible(c.UserID) {
		return job{}
	}
	w := s.workspace(c.TeamID)
	if w == nil || c.Command != s.cfg.Command {
		return job{}
	}
	p := chat.Place{Workspace: w.team, Channel: c.ChannelID, User: c.UserID}
	w.withHook(&p, c.Hook)
	text := unformat(cut(c.Text), w.user)
	if text == "" {
		return job{key: c.UserID, then: func(ctx context.Context) {
			w.openForm(ctx, c.TriggerID, w.locale(ctx, c.UserID), "", "", formState{Place: p, Asks: true})
		}}
	}
	// A trigger is given out once for each command that is typed.
	id := "command/" + cutField(c.TriggerID)
	e := chat.Event{Key: w.team + "/" + c.ChannelID + "/" + c.UserID + "/" + id, How: chat.Command, Place: p, Received: time.Now(),
		Message: bot.Message{Kind: bot.Text, ID: id, Conversation: conversation(p, ""), Sender: address(c.UserID), Address: address(c.ChannelID),
			Text: text, Time: time.Now()}}
	return s.inLanguage(w, e, c.UserID)
}
