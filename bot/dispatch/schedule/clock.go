package schedule

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"frontdesk/bot"
)

const (
	// poll is how often the store is looked at for what other processes have
	// scheduled; what this one does is seen at once.
	poll = 2 * time.Second
	// pause is waited after the store could not be read.
	pause = 10 * time.Second
	// lease is how long a job belongs to a process that gives no sign of life.
	lease = 30 * time.Second
	// courtesy is how long the jobs of people whom this process cannot reach are
	// left to one that can.
	courtesy = 5 * time.Second
	// maxRunning bounds the jobs that are carried out at the same time.
	maxRunning = 16
	// grace is how long jobs may go on when the desk closes.
	grace = 5 * time.Second
	// sendWithin and endWithin bound the telling and the noting of one job.
	sendWithin = 5 * time.Second
	endWithin  = 5 * time.Second
)

// A Ledger gives out the jobs that are due, each to one process.
type Ledger interface {
	// ClaimJobs gives what a process has to see to. Each job is noted as begun
	// before it is given.
	ClaimJobs(ctx context.Context, c bot.JobClaim) (bot.JobsClaimed, error)
	// EndJob notes that a job is over. It is due again at next, or removed where
	// that is zero.
	EndJob(ctx context.Context, id int64, holder string, next time.Time) error
}

// ClockDeps are what a Clock works with.
type ClockDeps struct {
	Ledger Ledger
	// Bases gives those whose jobs are carried out, and Base one as it is now.
	Bases func() []string
	Base  func(name string) (bot.Base, bool)
	// Outbox tells people what became of their jobs, through the Adapters that
	// there are now.
	Outbox   bot.Outbox
	Adapters func() []string
	Now      func() time.Time // nil for time.Now
	// Warn takes what went wrong without stopping us.
	Warn func(error)
}

// A Clock carries out jobs when they are due.
type Clock struct {
	deps   ClockDeps
	holder string
	wake   chan struct{}

	mu      sync.Mutex
	running map[int64]struct{}
	jobs    sync.WaitGroup
}

// NewClock makes a Clock that does nothing until Run.
func NewClock(deps ClockDeps) *Clock {
	if deps.Now == nil {
		deps.Now = time.Now
	}
	return &Clock{deps: deps, holder: rand.Text(), wake: make(chan struct{}, 1), running: map[int64]struct{}{}}
}

// Wake has the Clock look at once for what is due: something was scheduled, or
// an adapter has come. It may be called from any goroutine.
func (c *Clock) Wake() {
	select {
	case c.wake <- struct{}{}:
	default: // it is awake
	}
}

// Run carries out jobs until ctx ends, and then waits for those that were begun;
// they are stopped when they take longer than five seconds. It may be called
// once.
func (c *Clock) Run(ctx context.Context) {
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	start, told := c.deps.Now(), ""
	for ctx.Err() == nil {
		wait := poll
		claimed, err := c.claim(ctx, start)
		switch {
		case err == nil:
			told = ""
			if until := claimed.Next.Sub(c.deps.Now()); !claimed.Next.IsZero() && until < poll {
				wait = max(until, 0)
			}
		case ctx.Err() == nil:
			// The same trouble is told once.
			if wait = pause; told != err.Error() {
				told = err.Error()
				c.deps.Warn(fmt.Errorf("what is scheduled is not carried out: %w", err))
			}
		}
		for _, b := range claimed.Lost {
			c.start(b, func() { c.lost(working, b) })
		}
		for _, b := range claimed.Due {
			c.start(b, func() { c.fire(working, b) })
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-c.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
	late := time.AfterFunc(grace, stop)
	defer late.Stop()
	c.jobs.Wait()
}

// claim takes what is due, and says which jobs are still being carried out.
func (c *Clock) claim(ctx context.Context, start time.Time) (bot.JobsClaimed, error) {
	now := c.deps.Now()
	claim := bot.JobClaim{Holder: c.holder, Now: now, Lease: lease, Bases: c.deps.Bases(), Adapters: c.deps.Adapters()}
	if now.Sub(start) >= courtesy { // the adapters may come a little later than we do
		claim.Stray = now.Add(-courtesy)
	}
	c.mu.Lock()
	claim.Held = slices.Sorted(maps.Keys(c.running))
	c.mu.Unlock()
	claim.Most = maxRunning - len(claim.Held)
	return c.deps.Ledger.ClaimJobs(ctx, claim)
}

// start does something about a job on a goroutine of its own.
func (c *Clock) start(b bot.Job, do func()) {
	c.mu.Lock()
	c.running[b.ID] = struct{}{}
	c.mu.Unlock()
	c.jobs.Go(func() {
		do()
		c.mu.Lock()
		delete(c.running, b.ID)
		c.mu.Unlock()
		c.Wake() // there is room for another one
	})
}

// next gives when a job is due again; zero for never.
func (c *Clock) next(b bot.Job) time.Time {
	if b.Repeat == "" || b.Left == 1 {
		return time.Time{}
	}
	rule, err := parseRepeat(b.Repeat)
	if err != nil { // of another version of the program
		c.deps.Warn(fmt.Errorf("the job %d of %s is not repeated: %w", b.ID, b.Entry, err))
		return time.Time{}
	}
	next := rule.Next(c.deps.Now())
	if !b.Until.IsZero() && next.After(b.Until) {
		return time.Time{}
	}
	return next
}

// end tells the person, and then notes that the job is over: were it the other
// way round, a death in between would leave them without a word.
func (c *Clock) end(ctx context.Context, b bot.Job, r bot.Reply) {
	ctx = context.WithoutCancel(ctx)
	c.tell(ctx, b, r)
	ctx, cancel := context.WithTimeout(ctx, endWithin)
	defer cancel()
	if err := c.deps.Ledger.EndJob(ctx, b.ID, c.holder, c.next(b)); err != nil {
		c.deps.Warn(fmt.Errorf("noting that a job of %s is over: %w", b.Entry, err))
	}
}

// tell sends a reply to where the job was scheduled.
func (c *Clock) tell(ctx context.Context, b bot.Job, r bot.Reply) {
	r.To, r.Conversation, r.Decision, r.Entry = b.Caller.Channel, b.Conversation, bot.Notice, b.Entry
	ctx, cancel := context.WithTimeout(ctx, sendWithin)
	defer cancel()
	if err := c.deps.Outbox.Send(ctx, r.To, r); err != nil {
		c.deps.Warn(fmt.Errorf("telling what became of a job of %s: %w", b.Entry, err))
	}
}
