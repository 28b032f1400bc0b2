package discordfake

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"
)

// Types of channel.
const (
	TextChannel  = 0
	DMChannel    = 1
	ThreadOpen   = 11
	ThreadClosed = 12
	ForumChannel = 15
)

// A User of Discord.
type User struct {
	ID            string  `json:"id"`
	Username      string  `json:"username"`
	Discriminator string  `json:"discriminator"`
	GlobalName    string  `json:"global_name,omitempty"`
	Avatar        *string `json:"avatar"`
	Bot           bool    `json:"bot,omitempty"`
	// ClosedDMs says that the user takes no direct messages from applications.
	ClosedDMs bool   `json:"-"`
	Locale    string `json:"-"` // as interactions show it; "en-US" when empty
}

// A Member is a user in a guild.
type Member struct {
	User        *User    `json:"user,omitempty"`
	Nick        string   `json:"nick,omitempty"`
	Roles       []string `json:"roles"`
	JoinedAt    string   `json:"joined_at"`
	Deaf        bool     `json:"deaf"`
	Mute        bool     `json:"mute"`
	Permissions string   `json:"permissions,omitempty"`
}

// A Role of a guild.
type Role struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Permissions string `json:"permissions"`
	Position    int    `json:"position"`
	Managed     bool   `json:"managed"`
	Mentionable bool   `json:"mentionable"`
}

// A Channel of any type.
type Channel struct {
	ID            string          `json:"id"`
	Type          int             `json:"type"`
	GuildID       string          `json:"guild_id,omitempty"`
	Name          string          `json:"name,omitempty"`
	ParentID      string          `json:"parent_id,omitempty"`
	OwnerID       string          `json:"owner_id,omitempty"`
	LastMessageID string          `json:"last_message_id,omitempty"`
	MessageCount  int             `json:"message_count,omitempty"`
	MemberCount   int             `json:"member_count,omitempty"`
	Recipients    []*User         `json:"recipients,omitempty"`
	Overwrites    []Overwrite     `json:"permission_overwrites,omitempty"`
	Thread        *ThreadMetadata `json:"thread_metadata,omitempty"`
	NewlyCreated  bool            `json:"newly_created,omitempty"`
	Permissions   string          `json:"permissions,omitempty"`
}

// An Overwrite changes permissions in one channel.
type Overwrite struct {
	ID    string `json:"id"`
	Type  int    `json:"type"` // 0 a role, 1 a member
	Allow string `json:"allow"`
	Deny  string `json:"deny"`
}

// ThreadMetadata is what only threads have.
type ThreadMetadata struct {
	Archived            bool   `json:"archived"`
	AutoArchiveDuration int    `json:"auto_archive_duration"`
	ArchiveTimestamp    string `json:"archive_timestamp"`
	Locked              bool   `json:"locked"`
}

// A Message as Discord gives it.
type Message struct {
	ID                string            `json:"id"`
	ChannelID         string            `json:"channel_id"`
	GuildID           string            `json:"guild_id,omitempty"` // in events only
	Type              int               `json:"type"`
	Content           string            `json:"content"`
	Author            *User             `json:"author"`
	Member            *Member           `json:"member,omitempty"` // in events only
	Timestamp         string            `json:"timestamp"`
	EditedTimestamp   *string           `json:"edited_timestamp"`
	TTS               bool              `json:"tts"`
	MentionEveryone   bool              `json:"mention_everyone"`
	Mentions          []*User           `json:"mentions"`
	MentionRoles      []string          `json:"mention_roles"`
	Attachments       []Attachment      `json:"attachments"`
	Embeds            []json.RawMessage `json:"embeds"`
	Components        []Component       `json:"components"`
	Reactions         []Reaction        `json:"reactions,omitempty"`
	Pinned            bool              `json:"pinned"`
	Flags             int               `json:"flags"`
	Nonce             string            `json:"nonce,omitempty"`
	WebhookID         string            `json:"webhook_id,omitempty"`
	ApplicationID     string            `json:"application_id,omitempty"`
	MessageReference  *Reference        `json:"message_reference,omitempty"`
	ReferencedMessage *Message          `json:"referenced_message,omitempty"`
	Thread            *Channel          `json:"thread,omitempty"`
	Interaction       *MessageOrigin    `json:"interaction_metadata,omitempty"`

	// Arrived is when the fake took it: when somebody said it, or when the
	// application's request was read.
	Arrived time.Time `json:"-"`
	// Edits counts how often it was edited.
	Edits int `json:"-"`
}

// Flags of a message.
const (
	Ephemeral    = 1 << 6
	Loading      = 1 << 7
	HasThread    = 1 << 5
	VoiceMessage = 1 << 13
)

// MessageOrigin says which interaction a message answers.
type MessageOrigin struct {
	ID   string `json:"id"`
	Type int    `json:"type"`
	User *User  `json:"user"`
}

// A Reference names the message that one replies to.
type Reference struct {
	Type            int    `json:"type"`
	MessageID       string `json:"message_id,omitempty"`
	ChannelID       string `json:"channel_id,omitempty"`
	GuildID         string `json:"guild_id,omitempty"`
	FailIfNotExists *bool  `json:"fail_if_not_exists,omitempty"`
}

// An Attachment is a file of a message.
type Attachment struct {
	ID          string  `json:"id"`
	Filename    string  `json:"filename"`
	ContentType string  `json:"content_type,omitempty"`
	Size        int     `json:"size"`
	URL         string  `json:"url"`
	ProxyURL    string  `json:"proxy_url"`
	Duration    float64 `json:"duration_secs,omitempty"`
	Waveform    string  `json:"waveform,omitempty"`
	Ephemeral   bool    `json:"ephemeral,omitempty"`
}

// A Reaction sums up who reacted to a message with an emoji.
type Reaction struct {
	Count int      `json:"count"`
	Me    bool     `json:"me"`
	Emoji Emoji    `json:"emoji"`
	Users []string `json:"-"`
}

// An Emoji; those of Unicode have no ID.
type Emoji struct {
	ID   *string `json:"id"`
	Name string  `json:"name"`
}

// A Component of a message or of a modal: a row, a button, a select, a text input.
type Component struct {
	Type        int             `json:"type"`
	ID          int             `json:"id,omitempty"`
	Components  []Component     `json:"components,omitempty"`
	Style       int             `json:"style,omitempty"`
	Label       string          `json:"label,omitempty"`
	Emoji       json.RawMessage `json:"emoji,omitempty"`
	CustomID    string          `json:"custom_id,omitempty"`
	URL         string          `json:"url,omitempty"`
	Disabled    bool            `json:"disabled,omitempty"`
	Options     []SelectOption  `json:"options,omitempty"`
	Placeholder string          `json:"placeholder,omitempty"`
	MinValues   *int            `json:"min_values,omitempty"`
	MaxValues   *int            `json:"max_values,omitempty"`
	MinLength   *int            `json:"min_length,omitempty"`
	MaxLength   *int            `json:"max_length,omitempty"`
	Required    *bool           `json:"required,omitempty"`
	Value       string          `json:"value,omitempty"`
}

// A SelectOption can be picked in a select.
type SelectOption struct {
	Label       string          `json:"label"`
	Value       string          `json:"value"`
	Description string          `json:"description,omitempty"`
	Emoji       json.RawMessage `json:"emoji,omitempty"`
	Default     bool            `json:"default,omitempty"`
}

// Each gives all buttons, selects and inputs of the message in order.
func (m Message) Each() []Component {
	var all []Component
	for _, row := range m.Components {
		all = append(all, row.Components...)
	}
	return all
}

// Button gives the first button with a label; false where there is none.
func (m Message) Button(label string) (Component, bool) {
	for _, c := range m.Each() {
		if c.Type == 2 && c.Label == label {
			return c, true
		}
	}
	return Component{}, false
}

// clone gives a copy that later edits leave alone.
func (m *Message) clone() Message {
	c := *m
	c.Mentions = slices.Clone(m.Mentions)
	c.Attachments = slices.Clone(m.Attachments)
	c.Embeds = slices.Clone(m.Embeds)
	c.Components = slices.Clone(m.Components)
	c.Reactions = slices.Clone(m.Reactions)
	return c
}

// epoch is the start of Discord's time, the first second of 2015, in ms.
const epoch = 1420070400000

// id gives a new snowflake. The caller holds the lock, but for New.
func (s *Server) id() string {
	next := uint64(time.Now().UnixMilli()-epoch) << 22
	s.lastID = max(s.lastID+1, next)
	return strconv.FormatUint(s.lastID, 10)
}

// stamp writes a time as Discord does.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000+00:00") }

// older says whether snowflake a comes before b; "" comes before all.
func older(a, b string) bool {
	if len(a) != len(b) {
		return len(a) < len(b)
	}
	return a < b
}
