package schedule

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"frontdesk/bot"
	"frontdesk/knowledge"
	"frontdesk/knowledge/template"
)

// fire carries out a job that is due, unless it is too late.
func (c *Clock) fire(ctx context.Context, b bot.Job) {
	if c.deps.Now().Sub(b.Due) > b.Late {
		c.end(ctx, b, bot.Reply{Failed: true, Text: c.about(b) + " was due " + c.words(b.Due) + " and was missed: the desk was closed, or busy. It was not done." + c.goesOn(b)})
		return
	}
	result, problem := c.dispatch(ctx, b)
	switch {
	case problem != "":
		c.end(ctx, b, bot.Reply{Failed: true, Text: c.about(b) + " is due, but cannot be done: " + bot.Escape(problem)})
	case result.Failed:
		c.end(ctx, b, bot.Reply{Failed: true, Warning: result.Warning, Text: c.about(b) + " was due " + c.words(b.Due) + ".\n\n" + result.Show(c.deps.Now())})
	default:
		text := result.Show(c.deps.Now())
		if text == "" {
			text = c.about(b) + " is done, as scheduled."
		}
		c.end(ctx, b, bot.Reply{Warning: result.Warning, Text: text})
	}
}

// lost tells of a job of which nobody knows whether it was done.
func (c *Clock) lost(ctx context.Context, b bot.Job) {
	c.end(ctx, b, bot.Reply{Failed: true, Text: c.about(b) + " was begun " + c.words(b.Begun) +
		", and then the desk stopped. Whether it was done is not known, and it is not begun again." + c.goesOn(b)})
}

// dispatch runs the job's command as the knowledge has it now. The problem says
// why it cannot be.
func (c *Clock) dispatch(ctx context.Context, b bot.Job) (bot.Result, string) {
	base, ok := c.deps.Base(b.Base)
	if !ok {
		return bot.Result{}, fmt.Sprintf("the base %q is not served any more", b.Base)
	}
	e, ok := base.Knowledge.Entry(b.Entry)
	if !ok || e.Command == nil {
		return bot.Result{}, "there is no such command any more"
	}
	for _, name := range e.Command.Needs {
		s, v := e.Command.Slots[name], b.Slots[name]
		if !fits(s, v) {
			return bot.Result{}, fmt.Sprintf("the command has changed, and %q is no longer a value for %s", v.Canonical, name)
		}
	}
	result, err := base.Dispatcher.Dispatch(ctx, bot.Call{
		Key:  fmt.Sprintf("job\x00%d\x00%d", b.ID, b.Due.UnixMicro()),
		Base: b.Base, Conversation: b.Conversation, Entry: e, Slots: b.Slots, Caller: b.Caller,
		Said: b.Said, Probability: b.Probability, Part: b.Part, Assent: "scheduled",
	})
	if err != nil {
		return bot.Result{}, err.Error()
	}
	return result, ""
}

// fits says whether a slot, as it is now, takes a value that was understood
// before.
func fits(s *knowledge.Slot, v template.Value) bool {
	switch s.Type {
	case template.List:
		return slices.ContainsFunc(s.Values, func(l template.ListValue) bool { return l.Canonical == v.Canonical })
	case template.Number, template.Percentage:
		n, err := strconv.ParseFloat(v.Canonical, 64)
		return err == nil && (!s.Bounded || n >= s.From && n <= s.To)
	}
	return v.Canonical != ""
}

// about names a job, as Markdown.
func (c *Clock) about(b bot.Job) string { return "**" + bot.Escape(b.Name) + "**" }

func (c *Clock) words(t time.Time) string {
	return inWords(t.In(time.Local), c.deps.Now())
}

// goesOn says when a job comes again.
func (c *Clock) goesOn(b bot.Job) string {
	if next := c.next(b); !next.IsZero() {
		return " It is due again " + c.words(next) + "."
	}
	return ""
}
