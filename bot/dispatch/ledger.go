package dispatch

import (
	"context"

	"frontdesk/bot"
)

// A Ledger keeps what was attempted, so that a command is begun at most once
// for a message and not more often than its limits say. It must be safe for
// concurrent use. All its methods refuse what [bot.Attempt.Check] refuses.
type Ledger interface {
	// Begin notes that an attempt is about to be carried out, unless one with its
	// key was begun before or a limit would be exceeded: checked and noted at once,
	// so that of all who bring the same key only one is told that it has begun.
	// Where it was begun before, no limit is looked at; where several limits are
	// exceeded, the one that is so for the longest is told.
	//
	// Attempts without a key are always new. A limit counts the attempts that were
	// begun, whatever became of them, of the same base and entry: by the same Who
	// for [bot.PerPerson], in the same Room for [bot.PerRoom], which does not count
	// where there is no room. One that was begun at t counts until t + Within.
	Begin(ctx context.Context, a bot.Attempt, limits []bot.Limit) (bot.Standing, error)
	// End notes what became of an attempt that was begun: [bot.Done] or
	// [bot.Failed]. Noting the same again changes nothing, so that a call that
	// failed may be repeated; noting something else is an error, and so is the end
	// of what was never begun.
	End(ctx context.Context, a bot.Attempt, o bot.Outcome) error
	// Refuse notes an attempt that was not begun, and why.
	Refuse(ctx context.Context, a bot.Attempt, reason string) error
}
