package bot

import (
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

// A Message is what an adapter brings in.
type Message struct {
	ID           string // survives redelivery; unique within the adapter
	Kind         Kind
	Conversation string  // messages of one conversation are handled in order
	Sender       Address // who said it
	Address      Address // where replies go
	Locale       string  // as BCP 47; empty for the default
	Context      map[string]string
	Base         string // which base answers; empty for the default
	Text         string
	Heard        bool     // that Text was recognised from speech before it came here
	Doubted      bool     // of Heard: the recogniser was unsure of it
	Clip         asr.Clip // of Audio
	Choice       string   // of Choice: the [Option] ID that was pressed
	Ref          string   // of Edit, Delete and Rating: the message it is about
	Rating       int      // of Rating: 1 or -1
	Time         time.Time
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
	Nothing Decision = "nothing" // there is nothing to say: a repeated message, a rating
)

// A Decision is what the bot did with a message.
type Decision string

// A Reply is what an adapter takes out: data, never platform markup.
type Reply struct {
	To          Address
	InReplyTo   string // the ID of the message
	Decision    Decision
	Entry       string  // id of the entry answered, run, confirmed or asked for
	Probability float64 // of the entry, or of the best one when abstaining
	Text        string  // Markdown
	Options     []Option
	OptionsHead string // a line above the options, where Text does not ask for them; may be empty
	Confirm     *Confirmation
	Approval    *Approval
	Slots       map[string]string // canonical values
	Commands    []Commanded       // where it is about several commands, all of them, in order
	Failed      bool              // a command was started and did not succeed
	Suggestions []Suggestion
	Latency     time.Duration
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
