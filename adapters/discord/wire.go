package discord

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"
)

// What Discord sends, as far as it is used here: see
// https://docs.discord.com/developers/resources/message and
// https://docs.discord.com/developers/interactions/receiving-and-responding. The
// types of the library are not used for it, for they refuse a whole message when
// it holds a component that they do not know.

type user struct {
	ID         string `json:"id"`
	Username   string `json:"username"`
	GlobalName string `json:"global_name"`
	Bot        bool   `json:"bot"`
}

func (u user) name() string {
	if u.GlobalName != "" {
		return u.GlobalName
	}
	return u.Username
}

type member struct {
	User  *user    `json:"user"`
	Roles []string `json:"roles"`
}

type message struct {
	ID        string       `json:"id"`
	ChannelID string       `json:"channel_id"`
	GuildID   string       `json:"guild_id"`
	Type      int          `json:"type"`
	Content   string       `json:"content"`
	Author    *user        `json:"author"`
	Edited    *time.Time   `json:"edited_timestamp"`
	Mentions  []user       `json:"mentions"`
	Roles     []string     `json:"mention_roles"`
	Files     []attachment `json:"attachments"`
	Embeds    []embed      `json:"embeds"`
	Rows      []component  `json:"components"`
	Flags     int          `json:"flags"`
	WebhookID string       `json:"webhook_id"`
	Nonce     any          `json:"nonce"`
	Reference *reference   `json:"message_reference"`
	Replied   *message     `json:"referenced_message"`

	at time.Time // when it came by the gateway
}

type reference struct {
	MessageID string `json:"message_id"`
	ChannelID string `json:"channel_id,omitempty"`
	// FailIfNotExists is always false: what was replied to may be deleted.
	FailIfNotExists bool `json:"fail_if_not_exists"`
}

type attachment struct {
	Filename    string `json:"filename"`
	ContentType string `json:"content_type"`
	URL         string `json:"url"`
	Size        int64  `json:"size"`
}

type reaction struct {
	UserID    string  `json:"user_id"`
	MessageID string  `json:"message_id"`
	ChannelID string  `json:"channel_id"`
	GuildID   string  `json:"guild_id"`
	Member    *member `json:"member"`
	Emoji     struct {
		Name string `json:"name"`
	} `json:"emoji"`
}

type channel struct {
	ID       string `json:"id"`
	Type     int    `json:"type"`
	GuildID  string `json:"guild_id"`
	Name     string `json:"name"`
	ParentID string `json:"parent_id"`
	LastID   string `json:"last_message_id"`
}

// Types of channel.
const (
	typeText       = 0
	typeDM         = 1
	typeNews       = 5
	typeNewsThread = 10
	typeThread     = 11
	typeClosed     = 12 // a private thread
	typeForum      = 15
)

func (c channel) thread() bool {
	return c.Type == typeNewsThread || c.Type == typeThread || c.Type == typeClosed
}

type guild struct {
	ID       string    `json:"id"`
	Channels []channel `json:"channels"`
	Threads  []channel `json:"threads"`
	Members  []member  `json:"members"`
	Roles    []struct {
		ID      string `json:"id"`
		Managed bool   `json:"managed"`
	} `json:"roles"`
}

// Types of interaction.
const (
	actPing     = 1
	actCommand  = 2
	actPress    = 3
	actComplete = 4
	actSubmit   = 5
)

type interaction struct {
	ID            string          `json:"id"`
	ApplicationID string          `json:"application_id"`
	Type          int             `json:"type"`
	Data          json.RawMessage `json:"data"`
	GuildID       string          `json:"guild_id"`
	ChannelID     string          `json:"channel_id"`
	Channel       *channel        `json:"channel"`
	Member        *member         `json:"member"`
	User          *user           `json:"user"`
	Token         string          `json:"token"`
	Message       *message        `json:"message"`
	Locale        string          `json:"locale"`
}

// by gives who did it.
func (i *interaction) by() *user {
	if i.Member != nil && i.Member.User != nil {
		return i.Member.User
	}
	return i.User
}

type commandData struct {
	Name     string `json:"name"`
	Type     int    `json:"type"`
	TargetID string `json:"target_id"`
	Options  []struct {
		Name    string `json:"name"`
		Value   any    `json:"value"`
		Focused bool   `json:"focused"`
	} `json:"options"`
	Resolved struct {
		Messages map[string]message `json:"messages"`
	} `json:"resolved"`
}

// text gives a text option.
func (d commandData) text(name string) string {
	for _, o := range d.Options {
		if o.Name == name {
			s, _ := o.Value.(string)
			return s
		}
	}
	return ""
}

// yes gives a yes-or-no option, and whether it was given.
func (d commandData) yes(name string) (yes, given bool) {
	for _, o := range d.Options {
		if o.Name == name {
			yes, given = o.Value.(bool)
		}
	}
	return yes, given
}

type pressData struct {
	CustomID   string      `json:"custom_id"`
	Values     []string    `json:"values"`
	Components []component `json:"components"` // of a form
}

// What we send.

type component struct {
	Type        int         `json:"type"`
	Components  []component `json:"components,omitempty"`
	Style       int         `json:"style,omitempty"`
	Label       string      `json:"label,omitempty"`
	CustomID    string      `json:"custom_id,omitempty"`
	Placeholder string      `json:"placeholder,omitempty"`
	Options     []option    `json:"options,omitempty"`
	MaxLength   int         `json:"max_length,omitempty"`
	Value       string      `json:"value,omitempty"`
}

type option struct {
	Label string `json:"label"`
	Value string `json:"value"`
}

// Types of component, and styles of a button.
const (
	compRow    = 1
	compButton = 2
	compSelect = 3
	compInput  = 4

	stylePrimary   = 1
	styleSecondary = 2
	styleSuccess   = 3
)

type embed struct {
	Description string `json:"description,omitempty"`
}

type mentions struct {
	Parse       []string `json:"parse"`
	RepliedUser bool     `json:"replied_user"`
}

// payload is a message of ours. Lists are always sent, so that an edit replaces
// what was there.
type payload struct {
	Content         string      `json:"content"`
	Embeds          []embed     `json:"embeds"`
	Components      []component `json:"components"`
	AllowedMentions mentions    `json:"allowed_mentions"`
	Flags           int         `json:"flags,omitempty"`
	Nonce           string      `json:"nonce,omitempty"`
	EnforceNonce    bool        `json:"enforce_nonce,omitempty"`
	Reference       *reference  `json:"message_reference,omitempty"`
}

// Flags of a message.
const (
	flagNoEmbeds  = 1 << 2
	flagEphemeral = 1 << 6
	flagLoading   = 1 << 7
)

// Types of answer to an interaction.
const (
	answerPong    = 1
	answerMessage = 4
	answerLater   = 5
	answerNothing = 6 // the message stays as it is
	answerUpdate  = 7
	answerChoices = 8
	answerForm    = 9
)

// Codes of errors; see https://docs.discord.com/developers/topics/opcodes-and-status-codes#json.
const (
	codeNoMessage = 10008
	codeNoWebhook = 10015
	codeNoAct     = 10062
	codeForm      = 50035
	codeTaken     = 40060
	codeHasThread = 160004
)

type answer struct {
	Type int `json:"type"`
	Data any `json:"data,omitempty"`
}

type choice struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type form struct {
	CustomID   string      `json:"custom_id"`
	Title      string      `json:"title"`
	Components []component `json:"components"`
}

// epoch is the start of Discord's time in ms: ids count from it.
const epoch = 1420070400000

// idAt gives the lowest id of a time, with which to ask for what came after it.
func idAt(t time.Time) string {
	return strconv.FormatInt(max(0, t.UnixMilli()-epoch)<<22, 10)
}

// timeOf gives the time of an id; now for what is none.
func timeOf(id string) time.Time {
	n, err := strconv.ParseUint(id, 10, 64)
	if err != nil {
		return time.Now()
	}
	return time.UnixMilli(int64(n>>22) + epoch)
}

// older says whether id a comes before b; "" comes before all.
func older(a, b string) bool {
	if len(a) != len(b) {
		return len(a) < len(b)
	}
	return a < b
}

// newest gives the last of ids.
func newest(ids ...string) string {
	return slices.MaxFunc(append(ids, ""), func(a, b string) int {
		switch {
		case older(a, b):
			return -1
		case a == b:
			return 0
		}
		return 1
	})
}
