package app

import (
	"context"

	"frontdesk/bot"
	"frontdesk/bot/dispatch/schedule"
)

// Register has replies that answer no message, such as of a command that was
// scheduled, go out through an adapter: all whose address begins with its name
// and a colon.
func (a *App) Register(adapter string, out bot.Outbox) {
	a.outboxes.register(adapter, out)
	a.wake()
}

// parts are what kinds of command need of this desk.
func (a *App) parts() parts {
	p := parts{broker: a.broker, house: a.house, outbox: &a.outboxes, added: a.wake}
	if a.journal != nil {
		p.store = a.journal // a nil *Journal would be an interface that is not nil
	}
	return p
}

// wake has the clock look at what is due, where there is one.
func (a *App) wake() {
	if a.clock != nil {
		a.clock.Wake()
	}
}

// openClock makes the clock of this desk, if it is to carry out what is due.
func (a *App) openClock() {
	if !a.options.Clock || a.journal == nil {
		return
	}
	a.clock = schedule.NewClock(schedule.ClockDeps{
		Ledger: a.journal, Bases: a.Bases, Base: a.bot.Base,
		Outbox: &a.outboxes, Adapters: a.outboxes.adapters, Warn: a.options.Warn,
	})
}

// startClock runs the clock until a.stopClock is called.
func (a *App) startClock(ctx context.Context) {
	if a.clock == nil {
		return
	}
	ctx, a.stopClock = context.WithCancel(context.WithoutCancel(ctx))
	a.clockEnded = make(chan struct{})
	go func() {
		defer close(a.clockEnded)
		a.clock.Run(ctx)
	}()
}

// waitClock waits for what the clock has begun, until ctx ends. What has not
// ended by then is told at the next start as begun.
func (a *App) waitClock(ctx context.Context) {
	if a.clockEnded == nil {
		return
	}
	select {
	case <-a.clockEnded:
	case <-ctx.Done():
	}
}
