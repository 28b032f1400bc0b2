// Package schedule is the kind of command that puts another one off, lists what
// was put off, and cancels it.
//
//	commands:
//	  - id: lights-off-later
//	    say: "lights off in {length}"
//	    slots: {length: {type: duration}}
//	    run:
//	      schedule:
//	        in: "{length}"            # or at:, or cron:
//	        do: {exec: {command: [./home.sh, lights, "off"]}}
//	        say: The lights are off.  # said when it was done
//	    reply: I will see to it.
//	  - id: timers
//	    say: what is scheduled
//	    run: {schedule: {list: true}}
//	  - id: cancel-timer
//	    say: "(cancel|stop) [the] {job}"
//	    slots: {job: {type: text}}
//	    run: {schedule: {cancel: "{job}"}}
//
// # When
//
// One of in:, at: and cron: says when.
//
//	in: "{length}"         # a length of time: seconds as a slot has them, or 1h30m
//	at: "{when}"           # a time of day, 15:04: the next time that it is
//	on: "{day}"            # with at: on that day, 2006-01-02
//	cron: 0 7 * * mon-fri  # again and again: minute, hour, day, month, weekday
//	cron: "{when} * * *"   # a time of day stands for minute and hour
//	once: true             # with cron: the next time only
//	until: "{day}"         # with cron: not after that day
//	at_most: 5             # with cron: that often
//	tz: Europe/Berlin      # default: the zone of this machine
//	late: 5m               # how late it may begin, at most 24h; later it is missed
//	name: tea for {person} # what it is called; default: the command's title
//
// A slot in cron: takes the place of a field or of a part of it, and cannot
// bring further ones. Where clocks are set forward, a time that does not exist
// is moved by an hour for at:, and left out for cron:. The rules are read by
// github.com/robfig/cron/v3.
//
// # Doing it
//
// What is done, do: or say: or both, is read from the knowledge as it is when
// the time has come, by the command's id and the schedule's name:. Rights and
// guards are those of the command, checked when it is scheduled and again when
// it is due. Whoever scheduled it is told, where they did so, what came of it:
// the text of say: and the output, or why it failed; also when it was missed
// because the desk was closed, or, half a minute after it was begun, when the
// desk stopped before it had ended. It is begun once at most, also by several
// processes with one journal. Some process has to be there: one that stays, such
// as a chat, and not one that answers a single question.
//
// A job belongs to the name: under which it was put off. Where that is written
// otherwise later on, whoever scheduled it is told that it is gone.
//
// # Listing and cancelling
//
// list: true lists what the person who asks has scheduled. cancel: takes "last"
// (what was scheduled last), "all", the number in the list, or words of the
// name. With whose: all these are the jobs of everybody in the base; limit who
// may run such a command.
//
// A person may have 100 jobs, and a base 10,000; nothing is scheduled more than
// ten years ahead.
package schedule

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"frontdesk/bot"
	"frontdesk/bot/dispatch"
)

const (
	maxJobName  = 200 // bytes
	defaultLate = 5 * time.Minute
	maxLate     = 24 * time.Hour
	// defaultPart is the name of a schedule that its owner gave none.
	defaultPart = "schedule"
)

var most = bot.JobBounds{PerSender: 100, PerBase: 10_000}

// A Store keeps jobs. It must be safe for concurrent use, also by several
// processes.
type Store interface {
	// AddJob keeps a job, or gives the one that is there with its key. Too many
	// are a [bot.ErrTooManyJobs].
	AddJob(ctx context.Context, job bot.Job, most bot.JobBounds) (bot.Job, error)
	// Jobs gives the jobs of a base, only those of one sender where it is not
	// empty, in the order in which they are due.
	Jobs(ctx context.Context, base string, sender bot.Address) ([]bot.Job, error)
	// CancelJobs removes jobs, and gives how many there were.
	CancelJobs(ctx context.Context, ids []int64) (int, error)
}

// Deps are what the kind works with.
type Deps struct {
	// Store is nil where nothing is recorded: then nothing can be scheduled, and
	// whoever tries is told so.
	Store Store
	// Off says why there will never be a Store, so that a command which needs one
	// is a fault. Empty where there may be one.
	Off string
	// Added is called when there is a new job; nil for nobody.
	Added func()
	Now   func() time.Time // nil for time.Now
}

// An adder puts a command off.
type adder struct {
	deps  Deps
	when  when
	late  time.Duration
	name  text
	part  string
	later later
	slots []string
}

func (a *adder) Slots() []string { return a.slots }

// Parts gives what is carried out later.
func (a *adder) Parts() map[string]dispatch.Runner {
	return map[string]dispatch.Runner{a.part: a.later}
}

func (a *adder) Preview(c bot.Call) string {
	now := a.deps.Now()
	d, problem := a.when.due(now, canonical(c))
	if problem != "" {
		return "refuse: " + problem
	}
	return "schedule for " + a.words(d, now) + ": " + a.later.Preview(c)
}

// words says when a job is due.
func (a *adder) words(d due, now time.Time) string {
	text := inWords(d.first, now)
	if long := howLong(d.first.Sub(now)); long != "" && a.when.in.given {
		text = "in " + long + ", " + text
	}
	if d.repeat != "" {
		text = ruleInWords(d.repeat) + ", next " + text
	}
	return text
}

// Run keeps the job.
func (a *adder) Run(ctx context.Context, c bot.Call) (bot.Result, error) {
	if a.deps.Store == nil {
		return failed("nothing can be scheduled here, because nothing is recorded"), nil
	}
	now := a.deps.Now()
	d, problem := a.when.due(now, canonical(c))
	if problem != "" {
		return failed(problem), nil
	}
	job := bot.Job{
		Base: c.Base, Conversation: c.Conversation, Entry: c.Entry.ID, Part: a.part, Name: a.nameOf(c), Slots: c.Slots,
		Caller: c.Caller, Said: c.Said, Probability: c.Probability, Created: now, Due: d.first,
		Repeat: d.repeat, Until: d.until, Left: d.left, Late: a.late,
	}
	if c.Key != "" {
		job.Key = c.Key + "\x00" + a.part
	}
	job, err := a.deps.Store.AddJob(ctx, job, most)
	switch {
	case errors.Is(err, bot.ErrTooManyJobs):
		return failed("too much is scheduled already; cancel some of it first"), nil
	case err != nil:
		return bot.Result{}, fmt.Errorf("scheduling it: %w", err)
	}
	if a.deps.Added != nil {
		a.deps.Added()
	}
	d.first = job.Due.In(a.when.zone)
	return bot.Result{Text: fmt.Sprintf("**%s** is due %s.", bot.Escape(job.Name), bot.Escape(a.words(d, now)))}, nil
}

// nameOf gives what a job is called: a plain text of one line.
func (a *adder) nameOf(c bot.Call) string {
	name := strings.Join(strings.Fields(a.name.Expand(said(c))), " ")
	if name == "" {
		name = cmp.Or(c.Entry.Command.Title, strings.NewReplacer("-", " ", "_", " ").Replace(c.Entry.ID))
	}
	if len(name) > maxJobName {
		name = strings.ToValidUTF8(name[:maxJobName], "") + "…"
	}
	return name
}

// A later is what is carried out when the time has come.
type later struct {
	do  dispatch.Runner // nil where something is only said
	say text
}

func (l later) Slots() []string {
	if l.do == nil {
		return l.say.Slots()
	}
	return dispatch.Slots(l.do, later{say: l.say})
}

func (l later) Preview(c bot.Call) string {
	var parts []string
	if l.do != nil {
		parts = append(parts, l.do.Preview(c))
	}
	if l.say.given {
		parts = append(parts, fmt.Sprintf("say %q", l.say.Expand(said(c))))
	}
	return strings.Join(parts, ", then ")
}

func (l later) Run(ctx context.Context, c bot.Call) (bot.Result, error) {
	var result bot.Result
	if l.do != nil {
		var err error
		if result, err = l.do.Run(ctx, c); err != nil {
			return bot.Result{}, err
		}
	}
	if l.say.given {
		words := l.say.Expand(func(slot string) string { return bot.Escape(c.Slots[slot].Said) })
		result.Text = strings.TrimSpace(words + "\n\n" + result.Text)
	}
	return result, nil
}

func canonical(c bot.Call) func(string) string {
	return func(slot string) string { return c.Slots[slot].Canonical }
}

func said(c bot.Call) func(string) string {
	return func(slot string) string { return c.Slots[slot].Said }
}

func failed(problem string) bot.Result { return bot.Result{Failed: true, Problem: problem} }
