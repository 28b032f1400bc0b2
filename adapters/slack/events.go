package slack

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"frontdesk/adapters/chat"
	"frontdesk/bot"

	"github.com/jellydator/ttlcache/v3"
)

// Kinds of what comes in.
const (
	unknownKind kind = iota
	eventKind
	interactionKind
	commandKind
)

type kind int

const (
	// maxQuestion bounds a text that is taken in, in bytes: a little more than
	// the bot answers, so that it says that it is too long.
	maxQuestion = 20 << 10
	maxFiles    = 10
	maxField    = 4 << 10
)

// outer is the outside of an event. The inside is decoded with it, since most of
// what comes in are messages; events that use the same names for something else
// are none that we know.
type outer struct {
	Type    string `json:"type"`
	TeamID  string `json:"team_id"`
	EventID string `json:"event_id"`
	Event   inner  `json:"event"`
	// Authorizations name the workspace that an event is for, where it comes from
	// another one that shares a channel with it.
	Authorizations []struct {
		TeamID string `json:"team_id"`
	} `json:"authorizations"`
}

// inner is any of the events that we know.
type inner struct {
	Type string `json:"type"`
	said
	reacted
	Tab    string `json:"tab"`
	Thread struct {
		User    string `json:"user_id"`
		Channel string `json:"channel_id"`
		TS      string `json:"thread_ts"`
	} `json:"assistant_thread"`
}

// said is a message as it stands in events.
type said struct {
	Subtype     string `json:"subtype"`
	User        string `json:"user"`
	BotID       string `json:"bot_id"`
	Text        string `json:"text"`
	TS          string `json:"ts"`
	ThreadTS    string `json:"thread_ts"`
	Channel     string `json:"channel"`
	ChannelType string `json:"channel_type"`
	Hidden      bool   `json:"hidden"`
	Edited      *struct {
		TS string `json:"ts"`
	} `json:"edited"`
	Files []file `json:"files"`

	Message   *said  `json:"message"`
	Previous  *said  `json:"previous_message"`
	DeletedTS string `json:"deleted_ts"`
}

type file struct {
	Name     string `json:"name"`
	Mimetype string `json:"mimetype"`
	Download string `json:"url_private_download"`
	Private  string `json:"url_private"`
	Size     int64  `json:"size"`
	External bool   `json:"is_external"`
}

// root gives the thread that a message stands in; empty where it stands in none.
// The first message of a thread names itself once there are answers.
func (m said) root() string {
	if m.ThreadTS == m.TS {
		return ""
	}
	return m.ThreadTS
}

// read gives what something that came in asks for.
func (s *Slack) read(k kind, payload []byte) job {
	switch k {
	case eventKind:
		return s.readEvent(payload)
	case interactionKind:
		return s.readInteraction(payload)
	case commandKind:
		return s.readCommand(payload)
	}
	return job{}
}

// readEvent reads an event. What we do not know is none of our business.
func (s *Slack) readEvent(payload []byte) job {
	var o outer
	if json.Unmarshal(payload, &o) != nil || o.Type != "event_callback" {
		return job{}
	}
	team := o.TeamID
	if len(o.Authorizations) > 0 && s.workspace(o.Authorizations[0].TeamID) != nil {
		team = o.Authorizations[0].TeamID
	}
	w := s.workspace(team)
	if w == nil {
		return job{}
	}
	switch e := o.Event; e.Type {
	case "message", "app_mention":
		return s.readMessage(w, o.EventID, e.said)
	case "reaction_added":
		return s.readReaction(w, o.EventID, e.User, e.reacted)
	case "app_home_opened":
		return s.readHomeOpened(w, e.User, e.Tab)
	case "assistant_thread_started":
		return s.readAssistant(w, e.Thread.Channel, e.Thread.TS)
	}
	return job{}
}

// received gives the job of an event for the desk.
func (s *Slack) received(e chat.Event) job {
	return job{key: e.Message.Conversation, commit: func(ctx context.Context) error { return s.take(ctx, e) }}
}

// take brings an event to the desk. One that was taken a while ago is not brought
// again: the inbox would know it, too, but is slower, and a mention always comes
// twice.
func (s *Slack) take(ctx context.Context, e chat.Event) error {
	if s.taken.Has(e.Key) {
		return nil
	}
	if err := s.desk.Receive(ctx, e); err != nil {
		return err
	}
	s.taken.Set(e.Key, struct{}{}, ttlcache.DefaultTTL)
	return nil
}

// readMessage reads a message, its change, or its end.
func (s *Slack) readMessage(w *workspace, eventID string, m said) job {
	if !plausible(m.Channel) {
		return job{}
	}
	switch m.Subtype {
	case "", "file_share", "thread_broadcast", "me_message":
		if m.Edited == nil {
			return s.readSaid(w, m)
		}
	case "message_changed":
		return s.readChanged(w, eventID, m)
	case "message_deleted":
		if m.Previous == nil {
			return job{}
		}
		old := *m.Previous
		old.TS = m.DeletedTS
		return s.readDeleted(w, eventID, m, old)
	}
	return job{}
}

// byPeople says whether a message is one of somebody, not of a bot or of ours.
func (w *workspace) byPeople(m said) bool {
	return m.BotID == "" && m.User != "" && m.User != w.user && m.User != "USLACKBOT" && plausible(m.User) && timestamp.MatchString(m.TS)
}

// plausible says whether something may be one of Slack's ids.
func plausible(id string) bool {
	return id != "" && len(id) <= 64 && strings.IndexFunc(id, func(r rune) bool { return (r < '0' || r > '9') && (r < 'A' || r > 'Z') }) < 0
}

// place gives where a message of a channel stands.
func (w *workspace) place(m said, channel, channelType string) chat.Place {
	p := chat.Place{Workspace: w.team, Channel: channel, Message: m.TS, Direct: channelType == "im" || strings.HasPrefix(channel, "D")}
	if root := m.root(); timestamp.MatchString(root) {
		p.Thread = root
	}
	return p
}

// event gives what all events of a message begin with.
func (w *workspace) event(m said, channel, channelType string, now time.Time) chat.Event {
	p := w.place(m, channel, channelType)
	return chat.Event{Place: p, Received: now, Message: bot.Message{
		ID: m.TS, Conversation: p.Conversation(adapterName, m.TS), Sender: address(m.User), Address: address(channel),
		Link: w.link(channel, m.TS, p.Thread), Time: timeOf(m.TS),
	}}
}

func (s *Slack) readSaid(w *workspace, m said) job {
	if !w.byPeople(m) || m.Hidden {
		return job{}
	}
	e := w.event(m, m.Channel, m.ChannelType, time.Now())
	e.Key = w.team + "/" + m.Channel + "/" + m.TS // the same for a mention that comes twice
	mentioned := strings.Contains(m.Text, w.mention()) || strings.Contains(m.Text, "<@"+w.user+"|")
	switch {
	case e.Place.Direct:
		e.How = chat.Direct
	case mentioned:
		e.How = chat.Mention
	case e.Place.Thread != "":
		e.How = chat.Thread
	default:
		e.How = chat.Overheard
	}
	e.Message.Kind, e.Message.Text = bot.Text, unformat(cut(m.Text), w.user)
	for _, f := range m.Files[:min(len(m.Files), maxFiles)] {
		at := f.Download
		if at == "" {
			at = f.Private
		}
		if f.External || len(at) > maxField || len(f.Name) > maxField || len(f.Mimetype) > maxField {
			continue
		}
		e.Files = append(e.Files, chat.File{Name: f.Name, Type: f.Mimetype, URL: at, Size: f.Size})
	}
	if e.Message.Text == "" {
		for _, f := range e.Files {
			if f.Sound() {
				e.Message.Kind = bot.Audio
			}
		}
		if e.Message.Kind != bot.Audio && e.How != chat.Mention && e.How != chat.Direct {
			return job{}
		}
	}
	return s.inLanguage(w, e, m.User)
}

// inLanguage is the job of an event whose reply is in the language of whoever
// caused it. For what may be none of our business, Slack is not asked.
func (s *Slack) inLanguage(w *workspace, e chat.Event, user string) job {
	j := s.received(e)
	j.commit = func(ctx context.Context) error {
		if e.How == chat.Overheard || e.How == chat.Thread {
			e.Message.Locale = w.knownLocale(user)
		} else {
			e.Message.Locale = w.locale(ctx, user)
		}
		return s.take(ctx, e)
	}
	return j
}

func (s *Slack) readChanged(w *workspace, eventID string, m said) job {
	if m.Message == nil {
		return job{}
	}
	now := *m.Message
	if now.Subtype == "tombstone" { // the first message of a thread leaves one behind
		if m.Previous == nil {
			return job{}
		}
		return s.readDeleted(w, eventID, m, *m.Previous)
	}
	// Previews of links and the like change nothing of what was said.
	if !w.byPeople(now) || m.Previous != nil && m.Previous.Text == now.Text || now.Edited == nil {
		return job{}
	}
	e := w.event(now, m.Channel, m.ChannelType, time.Now())
	e.Key = w.team + "/" + m.Channel + "/" + now.TS + "/" + cutField(now.Edited.TS)
	e.Message.Kind, e.Message.Ref, e.Message.ID = bot.Edit, now.TS, now.TS+"/"+cutField(now.Edited.TS)
	e.Message.Text = unformat(cut(now.Text), w.user)
	return s.inLanguage(w, e, now.User)
}

func (s *Slack) readDeleted(w *workspace, eventID string, m, old said) job {
	if !w.byPeople(old) {
		return job{}
	}
	e := w.event(old, m.Channel, m.ChannelType, time.Now())
	e.Key = w.team + "/" + m.Channel + "/" + old.TS + "/deleted"
	e.Message.Kind, e.Message.Ref, e.Message.ID = bot.Delete, old.TS, ""
	return s.received(e)
}

// address qualifies one of Slack's ids.
func address(id string) bot.Address { return bot.Address(adapterName + ":" + id) }

// timeOf reads the time in a timestamp.
func timeOf(ts string) time.Time {
	seconds, fraction, _ := strings.Cut(ts, ".")
	s, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return time.Time{}
	}
	micro, err := strconv.ParseInt(fraction, 10, 64)
	if err != nil {
		micro = 0
	}
	return time.Unix(s, micro*1000)
}

// cut bounds a text that came in.
func cut(s string) string {
	if len(s) > maxQuestion {
		s = s[:maxQuestion]
	}
	return strings.ToValidUTF8(s, "")
}

// cutField bounds anything else.
func cutField(s string) string { return s[:min(len(s), 64)] }
