package mic

import (
	"time"

	"frontdesk/adapters/mic/capture"
	"frontdesk/asr"
	"frontdesk/bot"
)

// States of a desk that listens.
const (
	Away      State = "away"      // there is no sound: the microphone is waited for
	Asleep    State = "asleep"    // it waits to be woken
	Listening State = "listening" // what is said now is meant for it
	Hearing   State = "hearing"   // somebody speaks
	Thinking  State = "thinking"  // what was said is worked on
	Speaking  State = "speaking"  // it speaks itself
)

// A State is what a desk that listens is at.
type State string

// Kinds of event.
const (
	Changed EventKind = "state"   // the State is another
	Metered EventKind = "level"   // the Level of the last moments
	Woken   EventKind = "woken"   // it listens, by a phrase, a key or a call
	Heard   EventKind = "heard"   // Text was said to it, and is worked on
	Replied EventKind = "reply"   // Reply is what came of it, or came by itself
	Ignored EventKind = "ignored" // something was said that was not meant for it, or it was not sure of; Why says more
	Missed  EventKind = "missed"  // something was said to it and could not be worked on; Why says more
	Ended   EventKind = "ended"   // the source has no more sound
)

// An EventKind says what happened.
type EventKind string

// An Event is something that whoever watches the desk may be shown. What it holds
// depends on its Kind.
type Event struct {
	Kind  EventKind
	At    time.Duration // of the sound, since the beginning
	State State
	Level capture.Level
	// Text is what was heard, without the wake phrase.
	Text       string
	Transcript *asr.Transcript
	Reply      *bot.Reply
	Why        string
	// Overhead is, of Replied, how long it took from the end of what was said until
	// the decision, without the wait for the silence that ends it and without the
	// recogniser's own time.
	Overhead time.Duration
}
