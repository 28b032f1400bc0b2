package bot

import (
	"strings"
	"time"

	"frontdesk/asr"
	"frontdesk/retrieval"
)

// Kinds of message.
const (
	Text   Kind = "text"
	Audio  Kind = "audio"
	Choice Kind = "choice"
	Edit   Kind = "edit"
	Delete Kind = "delete"
	Rating Kind = "rating"
)

// A Kind says what a message brings.
type Kind string

// An Address names somebody or somewhere, qualified by its adapter:
// "slack:U123", "terminal:local".
type Address string

// Adapter gives the name of the adapter, "slack" of "slack:U123"; "" for what is
// no address.
func (a Address) Adapter() string {
	adapter, _, ok := strings.Cut(string(a), ":")
	if !ok {
		return ""
	}
	return adapter
}

// A Message is what an adapter brings in.
type Message struct {
	ID           string // survives redelivery; unique within the adapter
	Kind         Kind
	Conversation string  // messages of one conversation are handled in order
	Sender       Address // who said it
	Name         string  // how people know the sender, plain text; empty where the adapter does not know
	Address      Address // where replies go
	Locale       string  // as BCP 47; empty for the default
	Context      map[string]string
	Base         string // which base answers; empty for the default
	Text         string
	Heard        bool     // that Text was recognised from speech before it came here
	Doubted      bool     // of Heard: the recogniser was unsure of it
	Clip         asr.Clip // of Audio
	// Transcript is, of Audio, what was heard in it, where whoever brings the message
	// has had it recognised; nil otherwise.
	Transcript *asr.Transcript
	Choice     string // of Choice: the [Option] ID that was pressed; empty where Text was typed into a [Form]
	// Ref is the message that this one is about: of Edit, Delete and Rating the
	// one that was edited, deleted or whose answer was rated, of Choice the one
	// whose reply held the options; empty where that is not known. Of what was
	// Overheard it is the one that it follows at once, if it does.
	Ref    string
	Asker  Address // of Choice: who was offered the options; empty where that is not known
	Rating int     // of Rating: 1 or -1
	// Unasked is, of a text that was said to nobody in particular, the
	// probability from which on it is answered all the same; such a text never
	// runs anything and is never asked back about. 0 for what was said to the desk.
	Unasked float64
	// Overheard is, of what was heard in a room, that it may have been meant for
	// somebody else: commands are given as by whoever speaks to the desk, but what
	// the desk is not sure of is passed over in silence and not recorded. The number is
	// the probability from which on a question is answered. 0 for what was said to the
	// desk.
	Overheard float64
	// Again says that the message may have been handled before by somebody who
	// died before the reply was shown: what is on record of it is told again,
	// and nothing is done twice.
	Again bool
	// Fresh says that the message was surely not handled before, by anybody: it
	// stands in an inbox that has just taken it in. The record need not be asked.
	Fresh bool
	// Handover is, of a text, the hand-over that it answers: an expert's words
	// for whoever asked. See [Handover].
	Handover string
	Link     string // where people can read the message; may be empty
	Time     time.Time
}

// Decisions.
const (
	Answer  Decision = "answer"  // the question is answered
	Suggest Decision = "suggest" // did you mean …?
	Run     Decision = "run"     // the command was carried out
	Confirm Decision = "confirm" // shall the command be carried out?
	Ask     Decision = "ask"     // a slot's value is missing
	Prove   Decision = "prove"   // a PIN is asked for
	Approve Decision = "approve" // other people are asked
	Refuse  Decision = "refuse"  // it may not be done: a right is lacking, it is paused, it came too often
	Abstain Decision = "abstain" // it is not known
	Cancel  Decision = "cancel"  // the person thought better of it
	Notice  Decision = "notice"  // nobody asked just now: a schedule that fired, a question handed on
	Nothing Decision = "nothing" // there is nothing to say: a repeated message, a rating
)

// A Decision is what the bot did with a message.
type Decision string

// A Reply is what an adapter takes out: data, never platform markup.
type Reply struct {
	To        Address
	InReplyTo string // the ID of the message; of a rating that of the question
	// Conversation is that of the message, where the reply goes out by an Outbox
	// and has a message; empty otherwise.
	Conversation string
	Decision     Decision
	Entry        string  // id of the entry answered, run, confirmed or asked for
	Probability  float64 // of the entry, or of the best one when abstaining
	Text         string  // Markdown
	Options      []Option
	OptionsHead  string // a line above the options, where Text does not ask for them; may be empty
	Form         *Form  // asks for words to be typed; Options beside it have no numbers
	Heard        string // of Audio: what was recognised, plain text; empty where that may be a PIN
	Quiet        bool   // it is for the sender's eyes only
	Handover     string // of a question handed on to an expert: the [Handover] ID
	Confirm      *Confirmation
	Approval     *Approval
	Slots        map[string]string // canonical values
	Commands     []Commanded       // where it is about several commands, all of them, in order
	Failed       bool              // a command was started and did not succeed
	Suggestions  []Suggestion
	Latency      time.Duration
	// Warning is for whoever runs the desk, in plain text: the exchange could
	// not be recorded. Empty where all is well.
	Warning string
	// Result is what the search found, for those who ask why. Nil where
	// nothing was searched.
	Result *retrieval.Result
}

// An Option is something to pick: a suggestion, a follow-up, a slot's value,
// yes or no. Picking it sends a Message of kind [Choice] with its ID.
type Option struct {
	ID    string
	Label string
}

// A Form asks for a value that is typed. Filling it in sends a Message of kind
// [Choice] without an option, with what was typed as its Text.
type Form struct {
	Title string // plain text
	Label string // of the field, plain text
}

// A Confirmation says that the reply asks for a yes or a no until it expires.
type Confirmation struct {
	Expires time.Time
}

// An Approval says that the reply asks other people to release a command.
type Approval struct {
	ID      string
	Expires time.Time
}

// A Commanded is one of several commands that a message gave.
type Commanded struct {
	Entry string
	Slots map[string]string // canonical values
}

// A Suggestion is an entry that may have been meant.
type Suggestion struct {
	Entry       string
	Probability float64
}
