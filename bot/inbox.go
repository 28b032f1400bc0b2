package bot

import "time"

// A Receipt is an event of a platform on its way from being received to being
// worked on.
type Receipt struct {
	Adapter      string
	Key          string // the platform's own name for it, the same at every delivery
	Conversation string // events of one conversation are worked on in order
	Received     time.Time
	Body         []byte // the event, as its adapter writes it
	// Channel and Sequence say where in a channel's history it stands, for
	// those who read on from there after a restart; both may be empty.
	Channel, Sequence string
}

// A Post is a message of ours on a platform.
type Post struct {
	Adapter      string
	Channel      string // where it stands, as the platform names it
	ID           string // within Channel
	Conversation string
	Question     string  // the ID of the message that it answers; empty where it answers none
	Asker        Address // who asked; empty where nobody did
	Handover     string  // the [Handover] that it tells of; may be empty
	Body         []byte  // what its adapter wants to remember of it; may be empty
	Time         time.Time
}

// A Handover is a question that was handed on to experts.
type Handover struct {
	ID           string
	Base         string
	Conversation string // in which it was asked
	MessageID    string // of the question
	Question     string
	Asker        Address
	Channel      Address // where it was asked, and where the answer goes
	Experts      Address // whom it was handed to
	Locale       string  // of the asker
	Link         string  // where the question can be read; may be empty
	Asked        time.Time
	Answered     time.Time // zero as long as it is open
	By           Address   // the expert who answered
}

// A Proposal is a question and its answer, found in a chat, that somebody
// proposes as a new entry.
type Proposal struct {
	Base     string // empty for the default
	Question string // Markdown
	Answer   string // Markdown
	Link     string // where it can be read; may be empty
	By       Address
	Channel  Address // where it was said
	Time     time.Time
}
