package bot

import (
	"errors"
	"fmt"
	"time"
)

// An Attempt is one try at having a command carried out, as it is kept for those
// who must answer for what was done.
type Attempt struct {
	Time         time.Time
	Key          string // of the [Call]; empty for one that cannot come again
	Base         string
	Conversation string
	Entry        string
	Sender       Address
	Channel      Address
	Who          string // the person, by the name in the configuration; else the sender
	Room         string
	Spoken       bool
	Said         string
	Slots        map[string]string // canonical values
	Probability  float64
	Assent       string // see [Call]
}

// Verdicts on an attempt.
const (
	Done    Verdict = "done"    // it was carried out
	Failed  Verdict = "failed"  // it was begun, and went wrong
	Refused Verdict = "refused" // it was never begun
)

// A Verdict says how an attempt ended.
type Verdict string

// An Outcome is what became of an attempt.
type Outcome struct {
	Verdict Verdict
	Reason  string // why it failed or was refused
	Took    time.Duration
}

// Check refuses what cannot be the end of an attempt that was begun.
func (o Outcome) Check() error {
	if o.Verdict != Done && o.Verdict != Failed {
		return fmt.Errorf("an attempt that was begun cannot end as %q", o.Verdict)
	}
	return nil
}

// What a limit counts.
const (
	PerPerson  Scope = "person"
	PerCommand Scope = "command"
	PerRoom    Scope = "room"
)

// A Scope says which runs of a command a [Limit] counts together.
type Scope string

// A Limit bounds how often a command is begun: fewer than Count times within
// the time before, counted by Per.
type Limit struct {
	Per    Scope
	Count  int
	Within time.Duration
}

// Check refuses what cannot be kept rightly: an attempt without a time, a limit
// that allows nothing or counts nothing.
func (a Attempt) Check(limits []Limit) error {
	if a.Time.IsZero() {
		return errors.New("the attempt has no time")
	}
	for _, l := range limits {
		if l.Count < 1 || l.Within < time.Microsecond {
			return fmt.Errorf("a limit of %d within %v cannot be kept", l.Count, l.Within)
		}
		if l.Per != PerPerson && l.Per != PerCommand && l.Per != PerRoom {
			return fmt.Errorf("a limit per %q cannot be kept", l.Per)
		}
	}
	return nil
}

// A Standing is what was found when an attempt was to begin.
type Standing struct {
	// Begun says that it is noted and may be carried out. Otherwise one of the
	// others says why not, and nothing is noted.
	Begun bool
	// Earlier says that an attempt with the same key was begun before; Outcome
	// is what became of it, nil where that was never noted.
	Earlier bool
	Outcome *Outcome
	// Exceeded is the limit that it would exceed, and Until when it no longer does.
	Exceeded *Limit
	Until    time.Time
}
