package slackfake

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/time/rate"
)

// Limits of messages, in characters, as
// https://docs.slack.dev/reference/methods/chat.postMessage and …/chat.update
// give them; the last two are not documented, but known to be about that.
const (
	maxText       = 40_000
	maxUpdateText = 4_000
	maxMetadata   = 16 << 10
	maxBlockTexts = 13_000
)

var (
	timestamp     = regexp.MustCompile(`^\d{10}\.\d{6}$`)
	metadataEvent = regexp.MustCompile(`^[A-Za-z0-9_]{1,255}$`)
)

// reach gives the channel that a post is for. A person's id stands for the
// direct messages with them.
func (w *Workspace) reach(id string) (*channel, reply) {
	if id == "" {
		return nil, refused("channel_not_found")
	}
	c := w.channels[id]
	if u := w.users[id]; c == nil && u != nil && !u.Bot {
		c = w.dm(id)
	}
	switch {
	case c == nil, c.kind != Public && !c.has(w.BotUser):
		return nil, refused("channel_not_found")
	case c.archived:
		return nil, refused("is_archived")
	case !c.has(w.BotUser) && !w.hasAny("chat:write.public"):
		return nil, refused("not_in_channel")
	}
	return c, nil
}

// contents reads and checks what a message says.
func contents(given args, limit int) (Message, reply) {
	m := Message{Text: given["text"], UnfurlLinks: given["unfurl_links"], UnfurlMedia: given["unfurl_media"]}
	if utf8.RuneCountInString(m.Text) > limit {
		return m, refused("msg_too_long")
	}
	if given["attachments"] != "" && given["attachments"] != "[]" {
		return m, refused("invalid_attachments") // they are legacy, and not known here
	}
	if given["as_user"] != "" || given["username"] != "" || given["icon_url"] != "" || given["icon_emoji"] != "" {
		return m, reply{"ok": false, "error": "missing_scope", "needed": "chat:write.customize"}
	}
	if blocks := given["blocks"]; blocks != "" && blocks != "[]" {
		problems, size := checkBlocks([]byte(blocks), inMessage)
		if len(problems) > 0 {
			return m, invalid("invalid_blocks", problems...)
		}
		if size > maxBlockTexts {
			return m, refused("msg_blocks_too_long")
		}
		m.Blocks = json.RawMessage(blocks)
	}
	if strings.TrimSpace(m.Text) == "" && m.Blocks == nil {
		return m, refused("no_text")
	}
	if text := given["metadata"]; text != "" {
		m.Metadata = &Metadata{}
		if err := json.Unmarshal([]byte(text), m.Metadata); err != nil {
			return m, refused("invalid_metadata_format")
		}
		switch {
		case m.Metadata.EventType == "" && len(m.Metadata.EventPayload) == 0:
			m.Metadata = nil
		case !metadataEvent.MatchString(m.Metadata.EventType), !isObject(m.Metadata.EventPayload):
			return m, refused("invalid_metadata_schema")
		case len(m.Metadata.EventPayload) > maxMetadata:
			return m, refused("metadata_too_large")
		}
	}
	return m, nil
}

func isObject(raw json.RawMessage) bool {
	var object map[string]any
	return json.Unmarshal(raw, &object) == nil && object != nil
}

func postMessage(w *Workspace, given args) reply {
	s := w.server
	c, no := w.reach(given["channel"])
	if no != nil {
		return no
	}
	m, no := contents(given, maxText)
	if no != nil {
		return no
	}
	if !w.allowed(c) {
		return reply{"ok": false, "error": "ratelimited", "retry_after": 1}
	}
	if thread := given["thread_ts"]; thread != "" {
		if !timestamp.MatchString(thread) {
			return refused("invalid_thread_ts")
		}
		// A thread whose first message is gone takes no more: the post stands at
		// the top then.
		if parent := w.find(c.id, thread); parent != nil {
			m.ThreadTS = parent.root()
			m.Broadcast = given["reply_broadcast"] == "true"
		} else if w.threads[c.id+"/"+thread] != nil {
			m.ThreadTS = thread // assistant threads begin with the app's own message
		}
	}
	m.Channel, m.TS, m.User, m.BotID, m.Received = c.id, s.ts(), w.BotUser, w.BotID, time.Now()
	w.clearStatus(&m)
	c.add(&m, s.cfg.Keep)
	if s.onPost != nil {
		s.onPost(m)
	}
	if !s.cfg.Quiet {
		w.emitMessage(c, &m)
	}
	s.changed()
	return reply{"channel": c.id, "ts": m.TS, "message": w.wire(&m)}
}

// allowed says whether a channel takes another message now.
func (w *Workspace) allowed(c *channel) bool {
	s := w.server
	if s.cfg.PerChannel <= 0 {
		return true
	}
	l := s.limits[c.id]
	if l == nil {
		l = rate.NewLimiter(rate.Limit(s.cfg.PerChannel), max(s.cfg.Burst, 1))
		s.limits[c.id] = l
	}
	return l.Allow()
}

func postEphemeral(w *Workspace, given args) reply {
	c, no := w.reach(given["channel"])
	if no != nil {
		return no
	}
	if !c.has(given["user"]) {
		return refused("user_not_in_channel")
	}
	m, no := contents(given, maxText)
	if no != nil {
		return no
	}
	m.ThreadTS = given["thread_ts"]
	m = w.ephemeral(c, m, given["user"])
	return reply{"message_ts": m.TS}
}

// ephemeral keeps a message that one user sees.
func (w *Workspace) ephemeral(c *channel, m Message, user string) Message {
	s := w.server
	m.Channel, m.TS, m.User, m.BotID, m.Ephemeral, m.Received = c.id, s.ts(), w.BotUser, w.BotID, user, time.Now()
	c.add(&m, s.cfg.Keep)
	if s.onPost != nil {
		s.onPost(m)
	}
	s.changed()
	return m
}

// own gives a message that the app may change.
func (w *Workspace) own(given args, not string) (*channel, *Message, reply) {
	c := w.channels[given["channel"]]
	if c == nil {
		return nil, nil, refused("channel_not_found")
	}
	m := w.find(c.id, given["ts"])
	switch {
	case m == nil, m.Ephemeral != "": // an ephemeral message is changed by its response_url only
		return nil, nil, refused("message_not_found")
	case m.BotID != w.BotID:
		return nil, nil, refused(not)
	}
	return c, m, nil
}

func chatUpdate(w *Workspace, given args) reply {
	c, m, no := w.own(given, "cant_update_message")
	if no != nil {
		return no
	}
	now, no := contents(given, maxUpdateText)
	if no != nil {
		return no
	}
	w.change(c, m, now, given["metadata"] != "")
	return reply{"channel": c.id, "ts": m.TS, "text": m.Text, "message": w.wire(m)}
}

// change gives a message of the app new contents.
func (w *Workspace) change(c *channel, m *Message, now Message, metadata bool) {
	before := *m
	m.Text, m.Blocks, m.Edited = now.Text, now.Blocks, w.server.ts()
	if metadata {
		m.Metadata = now.Metadata
	}
	if !w.server.cfg.Quiet && m.Ephemeral == "" {
		w.emitChanged(c, m, &before)
	}
	w.server.changed()
}

func chatDelete(w *Workspace, given args) reply {
	c, m, no := w.own(given, "cant_delete_message")
	if no != nil {
		return no
	}
	m.Deleted = true
	if !w.server.cfg.Quiet {
		w.emitDeleted(c, m)
	}
	w.server.changed()
	return reply{"channel": c.id, "ts": m.TS}
}

func getPermalink(w *Workspace, given args) reply {
	c := w.channels[given["channel"]]
	if c == nil {
		return refused("channel_not_found")
	}
	m := w.find(c.id, given["message_ts"])
	if m == nil {
		return refused("message_not_found")
	}
	link := fmt.Sprintf("https://%s.slack.com/archives/%s/p%s", w.Domain, c.id, strings.ReplaceAll(m.TS, ".", ""))
	if m.ThreadTS != "" {
		link += "?thread_ts=" + m.ThreadTS + "&cid=" + c.id
	}
	return reply{"channel": c.id, "permalink": link}
}
