package bot

import (
	"context"
	"fmt"

	"github.com/jellydator/ttlcache/v3"
)

// lookBack finds out whether the message was handled before, in this process or,
// as far as the journal knows, in an earlier one. Ratings and deletions may come
// again and again: they change nothing the second time.
func (x *exchange) lookBack(ctx context.Context) error {
	if x.m.ID == "" || x.m.Kind == Rating || x.m.Kind == Delete {
		return nil
	}
	x.seen = x.bot.recent.Has(x.key())
	x.bot.recent.Set(x.key(), struct{}{}, ttlcache.DefaultTTL)
	if x.seen && !x.m.Again || x.m.Fresh || x.bot.deps.Journal == nil {
		x.anew = x.seen && x.m.Again
		return nil
	}
	earlier, ok, err := x.bot.deps.Journal.Exchange(ctx, x.m.Conversation, x.m.ID)
	if ok {
		x.seen, x.earlier = true, &earlier
	}
	x.anew = x.seen && x.m.Again && (x.earlier == nil || !acts(x.earlier.Decision))
	return err
}

// acts says whether a decision has effects beyond its reply, so that it is never
// taken a second time.
func acts(d Decision) bool {
	switch d {
	case Answer, Suggest, Confirm, Ask, Abstain:
		return false
	}
	return true
}

// repeated says whether there is nothing to do for a message any more.
func (x *exchange) repeated() bool { return x.seen && !x.anew }

// tellAgain gives the reply to a message that was handled before: nothing, or
// what is on record where whoever was to show it died.
func (x *exchange) tellAgain() Reply {
	if !x.m.Again {
		return x.nothing()
	}
	was := x.earlier
	var open *approval
	if was.Decision == Approve {
		open = x.approvalOf(x.m.ID)
	}
	if was.Decision == Prove && !x.stillAsked() || was.Decision == Approve && open == nil {
		// Nobody would take the PIN any more and keep it to himself, and nobody can
		// approve what is waited for no longer.
		x.reply.Decision, x.reply.Text = Cancel, x.words.gone
		return x.reply
	}
	if open != nil {
		x.showApproval(open)
	}
	x.reply.Decision, x.reply.Entry, x.reply.Probability = was.Decision, was.Entry, was.Probability
	x.reply.Text, x.reply.Slots, x.reply.Failed = was.Answer, was.Slots, was.Failed
	x.reply.Quiet = x.m.Kind == Choice && (was.Decision == Refuse || was.Answer == x.words.gone)
	if x.m.Kind == Audio && was.Question != redacted {
		x.reply.Heard = was.Question
	}
	return x.reply
}

// stillAsked says whether the conversation waits for what the message's reply asked.
func (x *exchange) stillAsked() bool {
	item := x.bot.conversations.Get(x.place())
	return item != nil && item.Value().of == x.m.ID
}

// answered gives the plan for a message that is worked out once more and was
// answered with an entry that is still there.
func (x *exchange) answered() (plan, bool) {
	if !x.anew || x.earlier == nil || x.earlier.Decision != Answer {
		return plan{}, false
	}
	e, ok := x.base.Knowledge.Entry(x.earlier.Entry)
	if !ok || e.Command != nil {
		return plan{}, false
	}
	return plan{decision: Answer, entry: e, probability: x.earlier.Probability}, true
}

// harmless keeps a plan from doing what its message must not bring about: one
// that is worked out once more repeats what was asked at most, and an edit of
// one that was carried out changes nothing of that.
func (x *exchange) harmless(ctx context.Context, p plan) (plan, error) {
	switch {
	case x.anew && acts(p.decision) && x.earlier == nil:
		return x.say(Refuse, x.words.uncertain), nil
	case x.anew && acts(p.decision),
		x.anew && x.earlier != nil && (p.decision == Confirm || p.decision == Ask) && p.entry.ID != x.earlier.Entry:
		return x.gone(), nil
	case x.m.Kind == Edit && p.decision != Answer && x.m.Ref != "" && x.bot.deps.Journal != nil:
		first, ok, err := x.bot.deps.Journal.Exchange(ctx, x.m.Conversation, x.m.Ref)
		if err != nil {
			return plan{}, fmt.Errorf("looking for what was edited: %w", err)
		}
		if ok && (first.Decision == Run || first.Decision == Approve) {
			return plan{decision: Nothing}, nil
		}
	}
	return p, nil
}
