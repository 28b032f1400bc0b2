package dispatch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"frontdesk/bot"
	"frontdesk/knowledge"
)

// endWithin bounds the writing of what became of a command.
const endWithin = 5 * time.Second

// Dispatch runs a command, once its rights, its limits and its key allow it, and
// keeps the attempt in the ledger whatever comes of it. What was done before for
// the same key is not done again: its result is given as if it had been.
//
// An error says that the command could not be started; a command that ran and
// failed is a result with Failed set, one that was not run has Refused set.
func (d *Dispatcher) Dispatch(ctx context.Context, c bot.Call) (bot.Result, error) {
	// The entry itself is the key: one of another base, which may have been
	// loaded since, is none that was checked.
	runner, ok := d.runners[c.Entry]
	if !ok {
		return bot.Result{}, fmt.Errorf("the command %q is none of this base", c.Entry.ID)
	}
	runner, err := part(runner, c)
	if err != nil {
		return bot.Result{}, err
	}
	for _, name := range runner.Slots() {
		if _, ok := c.Slots[name]; !ok && !slices.Contains(c.Entry.Command.Optional, name) {
			return bot.Result{}, fmt.Errorf("the command %q: the slot %q has no value", c.Entry.ID, name)
		}
	}
	a := d.attempt(c)
	if refused := d.refuse(c, a.Time); refused.Refused != "" {
		return d.refused(ctx, a, refused), nil
	}
	if d.o.DryRun {
		return bot.Result{Preview: runner.Preview(c)}, nil
	}
	known, ok, err := d.begin(ctx, c, a)
	if !ok || err != nil {
		return known, err
	}
	ctx, cancel := context.WithTimeout(ctx, MaxTimeout)
	defer cancel()
	result, err := runner.Run(ctx, c)
	if err != nil {
		err = fmt.Errorf("the command %q: %w", c.Entry.ID, err)
	}
	return d.ended(ctx, a, result, err, known.Warning)
}

// Refuse puts on record that a command was meant and is not run, for a reason
// that was found before.
func (d *Dispatcher) Refuse(ctx context.Context, c bot.Call, why bot.Refusal) bot.Result {
	if d.o.DryRun {
		return bot.Result{Refused: why, Failed: true}
	}
	return d.refused(ctx, d.attempt(c), bot.Result{Refused: why})
}

// attempt is what the ledger keeps of a call.
func (d *Dispatcher) attempt(c bot.Call) bot.Attempt {
	a := bot.Attempt{
		Time: d.o.Now(), Key: c.Key, Base: c.Base, Conversation: c.Conversation, Entry: c.Entry.ID,
		Sender: c.Caller.Sender, Channel: c.Caller.Channel, Who: d.o.People.Who(c.Caller), Room: c.Caller.Room(),
		Spoken: c.Caller.Spoken, Said: c.Said, Probability: c.Probability, Assent: c.Assent,
	}
	if a.Who == "" {
		a.Who = string(c.Caller.Sender)
	}
	if len(c.Slots) > 0 {
		a.Slots = make(map[string]string, len(c.Slots))
		for name, v := range c.Slots {
			a.Slots[name] = v.Canonical
		}
	}
	return a
}

// refuse says why a call must not be run, as far as that needs no record.
func (d *Dispatcher) refuse(c bot.Call, now time.Time) bot.Result {
	cmd := c.Entry.Command
	switch {
	case !d.allows(cmd, c.Caller, now):
		return bot.Result{Refused: bot.NoRight}
	case cmd.PIN && c.Caller.Spoken && c.Caller.Person == "":
		return bot.Result{Refused: bot.NoRight} // the bot asks for it before
	case cmd.Action.Kind == knowledge.ReplyAction || d.o.Paused == nil:
		return bot.Result{}
	}
	if reason, until, paused := d.o.Paused(now); paused {
		return bot.Result{Refused: bot.Paused, Problem: reason, Until: until}
	}
	return bot.Result{}
}

// refused keeps an attempt that was not begun.
func (d *Dispatcher) refused(ctx context.Context, a bot.Attempt, r bot.Result) bot.Result {
	r.Failed = true
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endWithin)
	defer cancel()
	if err := d.ledger.Refuse(ctx, a, string(r.Refused)); err != nil {
		r.Warning = fmt.Sprintf("a refused command is not on record: %v", err)
	}
	return r
}

// begin notes that the call is about to be carried out. Where it must not be, it
// gives what is known of it instead. A command that is guarded does not run
// where that cannot be noted; any other does, with a warning.
func (d *Dispatcher) begin(ctx context.Context, c bot.Call, a bot.Attempt) (known bot.Result, ok bool, err error) {
	if _, forgets := d.ledger.(*Memory); c.Entry.Command.Once && (forgets || c.Key == "") {
		return d.refused(ctx, a, bot.Result{Refused: bot.Unrecorded}), false, nil
	}
	var limits []bot.Limit
	for _, l := range c.Entry.Command.Limits {
		limits = append(limits, bot.Limit{Per: bot.Scope(l.Per), Count: l.Count, Within: l.Within})
	}
	s, err := d.ledger.Begin(ctx, a, limits)
	switch {
	case err != nil && ctx.Err() != nil:
		return bot.Result{}, false, err
	case err != nil && guarded(c.Entry.Command):
		return bot.Result{Refused: bot.Unrecorded, Failed: true, Warning: fmt.Sprintf("a command was not run, as it cannot be put on record: %v", err)}, false, nil
	case err != nil:
		return bot.Result{Warning: fmt.Sprintf("a command is not on record: %v", err)}, true, nil
	case s.Begun:
		return bot.Result{}, true, nil
	case s.Exceeded != nil:
		return d.refused(ctx, a, bot.Result{Refused: bot.TooOften, Until: s.Until}), false, nil
	case s.Outcome == nil:
		return d.refused(ctx, a, bot.Result{Refused: bot.Uncertain}), false, nil
	}
	return bot.Result{Failed: s.Outcome.Verdict != bot.Done, Problem: s.Outcome.Reason}, false, nil
}

// guarded says whether a command must not run unrecorded.
func guarded(c *knowledge.Command) bool {
	return c.Once || c.PIN || c.Confirm.Always || c.Approve != nil || len(c.Limits) > 0
}

// ended keeps what became of a command that was begun.
func (d *Dispatcher) ended(ctx context.Context, a bot.Attempt, r bot.Result, err error, warning string) (bot.Result, error) {
	if warning != "" { // it was never noted that it began
		r.Warning = alsoWarn(r.Warning, warning)
		return r, err
	}
	o := bot.Outcome{Verdict: bot.Done, Took: d.o.Now().Sub(a.Time)}
	switch {
	case err != nil:
		o.Verdict, o.Reason = bot.Failed, err.Error()
	case r.Failed:
		o.Verdict, o.Reason = bot.Failed, r.Problem
	}
	// What has been done must be on record even when the asker has gone.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endWithin)
	defer cancel()
	if endErr := d.ledger.End(ctx, a, o); endErr != nil {
		r.Warning = alsoWarn(r.Warning, fmt.Sprintf("what became of a command is not on record: %v", endErr))
		if err != nil {
			err = errors.Join(err, endErr)
		}
	}
	return r, err
}

// alsoWarn adds a warning to that of the command itself.
func alsoWarn(warning, more string) string {
	if warning == "" {
		return more
	}
	return warning + "; " + more
}
