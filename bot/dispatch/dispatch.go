// Package dispatch carries out commands. Each kind of command (the key under
// run: in a knowledge file) is a small package of its own that gives a [Kind];
// the program's wiring names the kinds that it has:
//
//	dispatch.New(base, map[string]dispatch.Kind{
//		"exec":  exec.New,
//		"reply": reply.New,
//	})
//
// Every command of a base is checked when its dispatcher is made, and nothing
// is run that was not checked then: a kind that is not known, or settings that
// it cannot use, are faults at load and not a surprise for whoever gives the
// command.
//
// # A new kind
//
// Write a package under bot/dispatch with a function of type [Kind], which
// decodes the settings with [strictyaml.DecodeNode], checks all that can be
// checked without running anything, and gives a [Runner]. Then name it in the
// map above. Texts with {slot} are read by [knowledge.ParseText]; what a
// program or a server printed goes through an [Output].
package dispatch

import (
	"context"
	"fmt"
	"time"

	"frontdesk/bot"
	"frontdesk/internal/fault"
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
	// text, secrets as ***. It does nothing else, and each slot has a value.
	Preview(c bot.Call) string
	// Run runs the command and waits for it, or stops it when ctx ends. Each
	// of its slots has a value. An error says that the command could not be
	// started. What failed otherwise is a result with Failed set, and so is a
	// value that the kind refuses, because whoever gave the command can say
	// another.
	Run(ctx context.Context, c bot.Call) (bot.Result, error)
}

// A Dispatcher runs the commands of one base. It is a [bot.Dispatcher], and
// safe for concurrent use.
type Dispatcher struct {
	runners map[*knowledge.Entry]Runner
}

var _ bot.Dispatcher = (*Dispatcher)(nil)

// New checks every command of a base. The error is a [fault.List] of all that
// is wrong with any of them.
func New(base *knowledge.Base, kinds map[string]Kind) (*Dispatcher, error) {
	d := &Dispatcher{runners: map[*knowledge.Entry]Runner{}}
	var faults fault.List
	for _, e := range base.Entries {
		if e.Command == nil {
			continue
		}
		runner, found := check(e.Command, kinds)
		faults = append(faults, found...)
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
	runner, faults := runnerOf(c.Action, kinds)
	if len(faults) > 0 {
		return nil, faults
	}
	at := fault.Fault{File: c.Action.Pos.File, Line: c.Action.Pos.Line, Col: c.Action.Pos.Col}
	for _, name := range runner.Slots() {
		if c.Slots[name] == nil {
			at.What = fmt.Sprintf("{%s} is no slot of this command", name)
			at.Do = `name it in a template of say:, or write \{ for the character itself`
			faults.Add(at)
		}
	}
	return runner, faults
}

// May says whether the caller may run the command of an entry now.
func (d *Dispatcher) May(*knowledge.Entry, bot.Caller) bool { return true }

// Dispatch runs the command of an entry with the values of its slots. An error
// says that the command could not be started; a command that ran and failed is
// a result with Failed set.
func (d *Dispatcher) Dispatch(ctx context.Context, c bot.Call) (bot.Result, error) {
	e := c.Entry
	// The entry itself is the key: one of another base, which may have been
	// loaded since, is none that was checked.
	runner, ok := d.runners[e]
	if !ok {
		return bot.Result{}, fmt.Errorf("the command %q is none of this base", e.ID)
	}
	runner, err := part(runner, c)
	if err != nil {
		return bot.Result{}, err
	}
	for _, name := range runner.Slots() {
		if _, ok := c.Slots[name]; !ok {
			return bot.Result{}, fmt.Errorf("the command %q: the slot %q has no value", e.ID, name)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, MaxTimeout)
	defer cancel()
	result, err := runner.Run(ctx, c)
	if err != nil {
		return bot.Result{}, fmt.Errorf("the command %q: %w", e.ID, err)
	}
	return result, nil
}
