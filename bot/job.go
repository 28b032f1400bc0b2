package bot

import (
	"errors"
	"time"

	"frontdesk/knowledge/template"
)

// ErrTooManyJobs says that a person, or a base, has as many jobs as it may have.
var ErrTooManyJobs = errors.New("there are too many jobs already")

// A Job is a command, or a part of one, that is to be carried out later. What
// it does is written in the knowledge: it is looked up by the entry's id when
// the job is due.
type Job struct {
	ID           int64  // of the store; never given twice
	Key          string // the same for the same [Call]; empty where that cannot be told
	Base         string
	Conversation string
	Entry        string // id
	Part         string // see [Call]
	Name         string // what people call it; plain text
	Slots        map[string]template.Value
	Caller       Caller
	Said         string
	Probability  float64
	Created      time.Time
	Due          time.Time // when it is to begin next
	// Repeat says by which rule it is due again, in the words of its kind.
	// Empty for a job that is done once.
	Repeat string
	Until  time.Time     // it is not begun after that; zero for no such time
	Left   int           // how often it may still begin; 0 for as often as it is due
	Late   time.Duration // how late it may begin; later it counts as missed
	Begun  time.Time     // zero as long as it waits
}

// JobBounds says how many jobs there may be.
type JobBounds struct{ PerSender, PerBase int }

// A JobClaim says which jobs a process takes to carry them out.
type JobClaim struct {
	Holder string        // the process; another name for every start
	Now    time.Time     // jobs due until then are taken
	Lease  time.Duration // how long they are its own, unless it claims them again
	Held   []int64       // those it is carrying out, whose lease begins anew
	Bases  []string      // of which jobs are taken
	// Adapters are those that it can reach people through. The jobs of others are
	// left to whoever can, and taken when they are due since Stray.
	Adapters []string
	Stray    time.Time
	Most     int // how many are taken
}

// JobsClaimed are the jobs that a process has to see to.
type JobsClaimed struct {
	Due []Job // to be carried out
	// Lost were begun by a process whose lease is over: whether they were done
	// is not known.
	Lost []Job
	Next time.Time // when the next job of these bases is due; zero for none
}
