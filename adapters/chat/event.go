package chat

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"frontdesk/bot"
)

// ErrGone says that something cannot be shown, now or later: its channel or
// message is gone, or we may not write there.
var ErrGone = errors.New("that place is gone")

const (
	// maxEvent bounds an event as it is kept, in bytes.
	maxEvent = 256 << 10
	// maxText bounds its text, in bytes: more than the bot takes, and little enough
	// for an event even if every character is escaped in JSON.
	maxText = 32 << 10
)

// errTooLarge says that an event cannot be kept, however often it is delivered.
var errTooLarge = errors.New("the event is too large to be kept")

// How something was said to the desk.
const (
	Direct    How = "direct"    // in a private conversation with it
	Mention   How = "mention"   // with its name
	Thread    How = "thread"    // in a thread, without its name
	Command   How = "command"   // by a slash command or a shortcut
	Overheard How = "overheard" // to nobody in particular
)

// How says in which way something was said.
type How string

// An Event is something that happened on a platform, as far as it concerns us.
// It is kept as JSON until it was worked on.
type Event struct {
	// Key is the platform's own name for it, the same at every delivery and for
	// every form in which it comes: a message that mentions us may come twice.
	Key string
	How How // of a Text or Audio
	// Message is what the handler gets: Text (also with Files), Choice, Edit,
	// Delete or Rating. Its ID is that of the platform's message, unique within the
	// Conversation; of a Choice and an Edit it is one of its own. Base is
	// filled in from the configuration of the channel.
	Message bot.Message
	Place   Place // where the reply goes
	Files   []File
	// Post is, of a Choice or a Rating, our post that was pressed or reacted to.
	// Where it is known to us, it gives the Message's Ref, Asker and Conversation.
	Post string
	// Chosen is, of a Choice, the label of the option, for a post that no longer
	// offers any.
	Chosen string
	// Propose makes it a proposal: somebody marked an answer of a chat as right.
	// The Message is then of no kind.
	Propose  *bot.Proposal
	Sequence string // its place in the history of Place.Channel, if that is read on from after a restart
	Received time.Time
}

// A File came with a message.
type File struct {
	Name string
	Type string // the media type that the platform gives; it is not trusted
	URL  string
	Size int64 // in bytes, as the platform says
}

// A Place is where a reply goes.
type Place struct {
	Workspace string `json:",omitempty"` // of several on one platform
	Channel   string `json:",omitempty"`
	Thread    string `json:",omitempty"` // within Channel
	Message   string `json:",omitempty"` // the one that is answered
	Direct    bool   `json:",omitempty"` // it is a private conversation
	// User is whoever alone is to see it; empty for everybody there.
	User string `json:",omitempty"`
	// Hook is a secret of the platform by which the reply can be brought until
	// HookEnds, such as a response URL; empty for none.
	Hook     string    `json:",omitempty"`
	HookEnds time.Time `json:",omitzero"`
}

// channel names the channel among all workspaces.
func (p Place) channel() string {
	if p.Workspace == "" {
		return p.Channel
	}
	return p.Workspace + "/" + p.Channel
}

// Conversation names the conversation that a place belongs to: its thread; where
// there is none, the private conversation, or the thread that a message of the
// channel would begin.
func (p Place) Conversation(adapter, message string) string {
	thread := p.Thread
	if thread == "" && !p.Direct {
		thread = message
	}
	if thread == "" {
		return adapter + ":" + p.channel()
	}
	return adapter + ":" + p.channel() + "/" + thread
}

// receipt gives the event as the inbox keeps it. A text over the bound is cut.
func (e *Event) receipt(adapter string) (bot.Receipt, error) {
	if t := e.Message.Text; len(t) > maxText {
		e.Message.Text = t[:border(t, maxText)]
	}
	body, err := json.Marshal(e)
	if err != nil {
		return bot.Receipt{}, fmt.Errorf("writing an event: %w", err)
	}
	if len(body) > maxEvent {
		return bot.Receipt{}, fmt.Errorf("%w: %d bytes", errTooLarge, len(body))
	}
	return bot.Receipt{Adapter: adapter, Key: e.Key, Conversation: e.Message.Conversation, Received: e.Received, Body: body,
		Channel: e.Place.channel(), Sequence: e.Sequence}, nil
}

// readEvent reads an event that the inbox kept.
func readEvent(r bot.Receipt) (Event, error) {
	var e Event
	if err := json.Unmarshal(r.Body, &e); err != nil {
		return Event{}, fmt.Errorf("reading an event that was kept: %w", err)
	}
	return e, nil
}

// kept is what is remembered of a post beside what every adapter remembers.
type kept struct {
	Decision bot.Decision `json:"decision,omitempty"`
}

func (k kept) json() []byte {
	b, _ := json.Marshal(k) // of strings alone
	return b
}

// settles says whether the options of a post are over once one was picked.
func settles(p bot.Post) bool {
	var k kept
	if json.Unmarshal(p.Body, &k) != nil {
		return false
	}
	switch k.Decision {
	case bot.Suggest, bot.Confirm, bot.Ask, bot.Approve, bot.Prove, bot.Abstain, bot.Notice:
		return true
	}
	return false
}
