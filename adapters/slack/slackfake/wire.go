package slackfake

import (
	"encoding/json"
	"slices"
)

// wireMessage is a message as it stands in answers and events.
type wireMessage struct {
	Type        string          `json:"type"`
	Subtype     string          `json:"subtype,omitempty"`
	Channel     string          `json:"channel,omitempty"`
	ChannelType string          `json:"channel_type,omitempty"`
	User        string          `json:"user,omitempty"`
	Text        string          `json:"text"`
	TS          string          `json:"ts"`
	ThreadTS    string          `json:"thread_ts,omitempty"`
	ClientMsgID string          `json:"client_msg_id,omitempty"`
	Team        string          `json:"team,omitempty"`
	BotID       string          `json:"bot_id,omitempty"`
	AppID       string          `json:"app_id,omitempty"`
	Blocks      json.RawMessage `json:"blocks,omitempty"`
	Metadata    *Metadata       `json:"metadata,omitempty"`
	Files       []any           `json:"files,omitempty"`
	Upload      bool            `json:"upload,omitempty"`
	Edited      *edited         `json:"edited,omitempty"`
	Reactions   []wireReaction  `json:"reactions,omitempty"`
	EventTS     string          `json:"event_ts,omitempty"`
	Hidden      bool            `json:"hidden,omitempty"`

	Message   *wireMessage `json:"message,omitempty"`
	Previous  *wireMessage `json:"previous_message,omitempty"`
	DeletedTS string       `json:"deleted_ts,omitempty"`
	Root      *wireMessage `json:"root,omitempty"`
}

type edited struct {
	User string `json:"user"`
	TS   string `json:"ts"`
}

type wireReaction struct {
	Name  string   `json:"name"`
	Users []string `json:"users"`
	Count int      `json:"count"`
}

// wire gives a message as it is. The lock is held.
func (w *Workspace) wire(m *Message) *wireMessage {
	out := &wireMessage{
		Type: "message", Subtype: m.Subtype, User: m.User, Text: m.Text, TS: m.TS, ThreadTS: m.ThreadTS,
		Team: w.ID, BotID: m.BotID, Blocks: m.Blocks, Metadata: m.Metadata,
	}
	if m.replies > 0 {
		out.ThreadTS = m.TS // a message that begins a thread names itself
	}
	if m.BotID == w.BotID {
		out.AppID = w.AppID
	}
	if m.BotID == "" && m.Subtype == "" {
		out.ClientMsgID = "c-" + m.TS
	}
	if m.Edited != "" {
		out.Edited = &edited{User: m.User, TS: m.Edited}
	}
	for _, f := range m.Files {
		out.Files = append(out.Files, w.wireFile(f))
	}
	for _, r := range m.Reactions {
		out.Reactions = append(out.Reactions, wireReaction{r.Name, slices.Clone(r.Users), len(r.Users)})
	}
	return out
}

// wireUser is a user in an interaction.
func (w *Workspace) wireUser(id string) map[string]any {
	name := id
	if u := w.users[id]; u != nil {
		name = u.Name
	}
	return map[string]any{"id": id, "username": name, "name": name, "team_id": w.ID}
}

// event is an event as it is delivered.
type event struct {
	Token          string          `json:"token"`
	TeamID         string          `json:"team_id"`
	AppID          string          `json:"api_app_id"`
	Event          any             `json:"event"`
	Type           string          `json:"type"`
	EventID        string          `json:"event_id"`
	EventTime      int64           `json:"event_time"`
	Authorizations []authorization `json:"authorizations"`
	Shared         bool            `json:"is_ext_shared_channel"`
	Context        string          `json:"event_context"`
}

type authorization struct {
	EnterpriseID *string `json:"enterprise_id"`
	TeamID       string  `json:"team_id"`
	UserID       string  `json:"user_id"`
	IsBot        bool    `json:"is_bot"`
	Enterprise   bool    `json:"is_enterprise_install"`
}
