package bot

import (
	"context"
	"time"

	"frontdesk/knowledge"
	"frontdesk/knowledge/template"
)

// A Caller is who gives a command, and where.
type Caller struct {
	Sender  Address           // who said it, as the adapter knows them
	Channel Address           // where it was said
	Context map[string]string // of the message: room, device, …
	Spoken  bool              // it was heard, not typed
	// Person is who the speaker proved to be with a PIN, by the name in the
	// configuration. Empty for whoever the sender is.
	Person string
}

// Room gives the room in which a command was given, or "".
func (c Caller) Room() string { return c.Context["room"] }

// A Call is a command that is to be carried out.
type Call struct {
	// Key is the same whenever the same message brings the same command again,
	// in this process or another; empty where that cannot be told.
	Key          string
	Base         string
	Conversation string
	Entry        *knowledge.Entry
	Slots        map[string]template.Value // with the defaults of those that were not said
	Caller       Caller
	Said         string  // what was typed or heard
	Probability  float64 // of the entry
	// Assent says by what the command was released beyond being said: "yes",
	// "pin", "approved by slack:U1". Empty where nothing was asked for.
	Assent string
}

// A Dispatcher carries out commands. It must be safe for concurrent use, and
// must not run anything that it did not check when it was made.
type Dispatcher interface {
	// Dispatch runs a command, once its rights and its guards allow it. An
	// error says that the command could not be started, or that ctx ended; a
	// command that ran and failed is a Result with Failed set.
	Dispatch(ctx context.Context, c Call) (Result, error)
	// Refuse puts on record that a command was meant and is not run.
	Refuse(ctx context.Context, c Call, why Refusal) Result
}

// Rights say who may do what. They must be safe for concurrent use. A Dispatcher
// checks the same again before it runs anything.
type Rights interface {
	// May says whether the caller may give the command of an entry now.
	May(e *knowledge.Entry, c Caller) bool
	// Prove gives the name of the person whose PIN it is and who may run the
	// command, or "". Locked says that too many wrong ones were given.
	Prove(e *knowledge.Entry, c Caller, pin string) (person string, locked bool)
	// Approver gives the name of the person who speaks, where they may approve
	// what the caller asked for, or "".
	Approver(e *knowledge.Entry, asked, by Caller) string
}

// A Result is what a command did.
type Result struct {
	Output  string // what it printed, bounded; plain text, not Markdown
	Preview string // of a dry run: what it would have done
	Failed  bool
	Problem string // why it failed, in words for the person who asked
	// Refused says why it was not run at all; empty where it was. Until is when
	// it may be run again, where that is known, and Problem what the owner said.
	Refused Refusal
	Until   time.Time
	Warning string // for whoever runs the desk; see [Reply]
}

// Refusals.
const (
	NoRight    Refusal = "no right"   // the caller may not run it
	Paused     Refusal = "paused"     // nothing runs now
	TooOften   Refusal = "too often"  // a limit would be exceeded
	Uncertain  Refusal = "uncertain"  // it was begun before, and nobody knows whether it was done
	Unrecorded Refusal = "unrecorded" // it must not run without a record, and there is none
	Declined   Refusal = "declined"   // whoever was to confirm or approve it said no
	WrongPIN   Refusal = "wrong PIN"  // nobody who may run it has that one
	Locked     Refusal = "locked"     // there were too many wrong PINs
)

// A Refusal says why a command was not run.
type Refusal string
