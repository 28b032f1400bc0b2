// Package dispatch carries out commands. Each kind of command (the key under
// run: in a knowledge file) is a small package of its own that gives a [Kind];
// the program's wiring names the kinds that it has:
//
//	dispatch.New(base, map[string]dispatch.Kind{
//		"exec":  exec.New,
//		"reply": reply.New,
//	}, dispatch.Options{})
//
// Every command of a base is checked when its dispatcher is made, and nothing
// is run that was not checked then: a kind that is not known, or settings that
// it cannot use, are faults at load and not a surprise for whoever gives the
// command.
//
// # A new kind
//
// Write a package under bot/dispatch with a function of type [Kind], which
// reads the settings with a [Reader], checks all that can be checked without
// running anything, and gives a [Runner]. Then name it in the map above. Texts
// with {slot} may hold secrets, too, and the Reader gathers both; what a program
// or a server printed goes through an [Output], which hides the secrets.
package dispatch

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"frontdesk/bot"
	"frontdesk/internal/fault"
	"frontdesk/internal/strictyaml"
	"frontdesk/knowledge"
)

// Bounds of every command, whatever its kind; a kind has tighter ones of its
// own where the owner does not say otherwise.
const (
	MaxTimeout = 10 * time.Minute // how long it may take
	MaxOutput  = 1 << 20          // how much output is kept, in bytes
)

// A Kind checks the settings of one command and gives what runs it. Everything
// wrong with them is reported at once, each fault at its place in the file;
// the runner is used only where there are none. It must not run anything.
type Kind func(knowledge.Action) (Runner, fault.List)

// A Runner runs one command. It must be safe for concurrent use.
type Runner interface {
	// Slots gives the names of the slots that Run uses, each once.
	Slots() []string
	// Preview says in a line or a few what Run would do, for a dry run: plain
	// text, secrets as ***. It does nothing else. Each slot has a value, but for
	// those that the command does without ([knowledge.Command.Optional]).
	Preview(c bot.Call) string
	// Run runs the command and waits for it, or stops it when ctx ends. Each
	// of its slots has a value, with the same exception. An error says that the command could not be
	// started. What failed otherwise is a result with Failed set, and so is a
	// value that the kind refuses, because whoever gave the command can say
	// another.
	Run(ctx context.Context, c bot.Call) (bot.Result, error)
}

// Options are what the commands of a base run under.
type Options struct {
	// People are those whom the configuration knows; nil for nobody.
	People *People
	// Allow are the rights of commands that say nothing of their own; nil for
	// nobody.
	Allow *knowledge.Rights
	// Ledger keeps every attempt; nil for one in memory.
	Ledger Ledger
	// Recorded says that the Ledger is to outlive the process. One in memory in
	// its place has commands refused that must never run twice.
	Recorded bool
	// Paused says whether nothing may run now, and why. Nil for never.
	Paused func(now time.Time) (reason string, until time.Time, paused bool)
	// DryRun has every command say what it would do, and do nothing.
	DryRun bool
	Now    func() time.Time // nil for time.Now
}

// A Dispatcher runs the commands of one base. It is a [bot.Dispatcher] and the
// [bot.Rights] of the base, and safe for concurrent use.
type Dispatcher struct {
	o       Options
	runners map[*knowledge.Entry]Runner
	ledger  Ledger // o.Ledger, or one in memory
}

var (
	_ bot.Dispatcher = (*Dispatcher)(nil)
	_ bot.Rights     = (*Dispatcher)(nil)
)

// New checks every command of a base. The error is a [fault.List] of all that
// is wrong with any of them.
func New(base *knowledge.Base, kinds map[string]Kind, o Options) (*Dispatcher, error) {
	if o.People == nil {
		o.People = NewPeople(nil)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	d := &Dispatcher{o: o, runners: map[*knowledge.Entry]Runner{}, ledger: o.Ledger}
	if d.ledger == nil {
		d.ledger = NewMemory()
	}
	var faults fault.List
	for _, e := range base.Entries {
		if e.Command == nil {
			continue
		}
		runner, found := check(e.Command, kinds)
		faults = append(faults, found...)
		faults = append(faults, d.checkRights(e.Command)...)
		d.runners[e] = runner
	}
	faults.Sort()
	if err := faults.Err(); err != nil {
		return nil, err
	}
	return d, nil
}

// check gives the runner of a command, or what is wrong with it.
func check(c *knowledge.Command, kinds map[string]Kind) (Runner, fault.List) {
	at := fault.Fault{File: c.Action.Pos.File, Line: c.Action.Pos.Line, Col: c.Action.Pos.Col}
	kind, ok := kinds[c.Action.Kind]
	if !ok {
		known := slices.Sorted(maps.Keys(kinds))
		at.What = fmt.Sprintf("unknown kind of command %q", c.Action.Kind)
		at.Do = "known kinds: " + strings.Join(known, ", ")
		if near := strictyaml.Nearest(c.Action.Kind, known); near != "" {
			at.Do = fmt.Sprintf("did you mean %q? %s", near, at.Do)
		}
		return nil, fault.List{at}
	}
	runner, faults := kind(c.Action)
	if len(faults) > 0 {
		return nil, faults
	}
	for _, name := range runner.Slots() {
		if c.Slots[name] == nil {
			at.What = fmt.Sprintf("{%s} is no slot of this command", name)
			at.Do = `name it in a template of say:, or write \{ for the character itself`
			faults.Add(at)
		}
	}
	return runner, faults
}
