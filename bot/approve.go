package bot

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jellydator/ttlcache/v3"
)

// What the options of an approval begin with; its id follows.
const approveID, refuseID = "approve:", "refuse:"

// An approval waits for other people to release what somebody asked for.
type approval struct {
	id      string
	base    string
	tasks   []task
	consent consent
	asked   Caller
	in      string // the conversation in which it was asked
	of      string // the message whose reply asked
	expires time.Time

	mu   sync.Mutex
	by   []string // who has approved
	over bool     // it was run or refused
}

// approve asks other people, here and where the owner wants them asked, and
// notes what they release.
func (x *exchange) approve(ctx context.Context, p plan) error {
	a := &approval{
		id: strings.ToLower(rand.Text()[:8]), base: x.baseName, tasks: p.tasks, consent: p.consent,
		asked: x.caller(), in: x.m.Conversation, of: x.m.ID,
	}
	a.asked.Person = p.consent.person
	guard := a.guard()
	a.expires = x.start.Add(guard.Within)
	x.bot.approvals.Set(a.id, a, guard.Within)
	what := escape(describeAll(p.tasks))
	x.showApproval(a)
	x.reply.Text = fmt.Sprintf(x.words.approve, what, guard.Count, a.id)
	if guard.In == "" || Address(guard.In) == x.m.Address {
		return nil
	}
	if x.bot.deps.Outbox == nil {
		return fmt.Errorf("asking for an approval in %s: no adapter is there that could", guard.In)
	}
	asking := x.reply
	asking.To, asking.InReplyTo = Address(guard.In), ""
	asking.Text = fmt.Sprintf(x.words.approveElsewhere, x.sender(), what, guard.Count, a.id)
	if err := x.bot.deps.Outbox.Send(ctx, asking.To, asking); err != nil {
		x.bot.approvals.Delete(a.id)
		return fmt.Errorf("asking for an approval in %s: %w", guard.In, err)
	}
	return nil
}

// showApproval puts into the reply what it takes to approve or refuse.
func (x *exchange) showApproval(a *approval) {
	x.reply.Approval = &Approval{ID: a.id, Expires: a.expires}
	x.reply.Options = []Option{{ID: approveID + a.id, Label: x.words.approveLabel}, {ID: refuseID + a.id, Label: x.words.refuseLabel}}
}

// approvalOf gives the approval that the reply to a message of this conversation
// asked for; nil where there is none or it is over.
func (x *exchange) approvalOf(message string) (found *approval) {
	x.bot.approvals.Range(func(item *ttlcache.Item[string, *approval]) bool {
		a := item.Value()
		if message != "" && a.of == message && a.in == x.m.Conversation && !a.isOver() {
			found = a
		}
		return found == nil
	})
	return found
}

func (a *approval) isOver() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.over
}

// withdraw ends an approval of which nothing is wanted any more.
func (a *approval) withdraw() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.over = true
}

// guard is what the approval needs: of several commands the most.
func (a *approval) guard() (g struct {
	Count  int
	Within time.Duration
	In     string
}) {
	for _, t := range a.tasks {
		if c := t.entry.Command.Approve; c != nil {
			if g.Count == 0 || c.Within < g.Within {
				g.Within = c.Within
			}
			g.Count = max(g.Count, c.Count)
			if c.In != "" {
				g.In = c.In
			}
		}
	}
	return g
}

// resumeApproval says what a message means that approves or refuses what
// somebody asked for: the press of a button, or "approve" with its id.
func (x *exchange) resumeApproval() (plan, bool) {
	id, yes, ok := x.approving()
	if !ok {
		return plan{}, false
	}
	item := x.bot.approvals.Get(id)
	if item == nil || item.Value().base != x.baseName || !x.start.Before(item.Value().expires) {
		if !x.pressed() {
			return plan{}, false // "approve" may begin anything
		}
		return x.gone(), true
	}
	a := item.Value()
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.over {
		x.reply.Quiet = x.pressed()
		return x.say(Nothing, x.words.gone), true
	}
	tasks, same, ok := x.commands(a.tasks)
	if !ok || !same { // nobody has approved what the commands are now
		a.over = true
		return x.gone(), true
	}
	if !yes && x.m.Sender == a.asked.Sender { // who asked may think better of it
		a.over = true
		return x.say(Cancel, x.words.cancelled), true
	}
	who := ""
	for _, t := range tasks {
		if t.entry.Command.Approve != nil && x.base.Rights != nil {
			if who = x.base.Rights.Approver(t.entry, a.asked, x.caller()); who == "" {
				break
			}
		}
	}
	switch {
	case who == "":
		x.reply.Quiet = x.pressed()
		return x.say(Refuse, x.words.noApprover), true
	case !yes:
		a.over = true
		p := x.refuse(tasks, Declined, Cancel, fmt.Sprintf(x.words.refused, escape(who)))
		p.approval = a
		return p, true
	}
	if !slices.Contains(a.by, who) {
		a.by = append(a.by, who)
	}
	if more := a.guard().Count - len(a.by); more > 0 {
		return x.say(Nothing, fmt.Sprintf(x.words.moreApprovers, more)), true
	}
	a.over = true
	given := a.consent
	given.yes, given.approved = true, strings.Join(a.by, ", ")
	return plan{decision: Run, entry: tasks[0].entry, probability: tasks[0].probability, tasks: tasks, consent: given, approval: a}, true
}

// approving reads which approval a message is about. An edited message releases
// nothing, and neither does one that was hardly heard.
func (x *exchange) approving() (id string, yes, ok bool) {
	if x.m.Kind == Edit || x.doubted {
		return "", false, false
	}
	if x.pressed() {
		if id, ok = strings.CutPrefix(x.m.Choice, approveID); ok {
			return id, true, true
		}
		id, ok = strings.CutPrefix(x.m.Choice, refuseID)
		return id, false, ok
	}
	words := strings.Fields(strings.ToLower(x.text))
	if len(words) != 2 {
		return "", false, false
	}
	// Whoever asked may speak another language than those who are asked.
	for _, s := range catalogue {
		switch {
		case slices.Contains(s.approveWords, words[0]):
			return words[1], true, true
		case slices.Contains(s.refuseWords, words[0]):
			return words[1], false, true
		}
	}
	return "", false, false
}

// tellAsker takes what became of an approval to where it was asked for.
func (x *exchange) tellAsker(ctx context.Context, a *approval) {
	if a.in == x.m.Conversation || x.bot.deps.Outbox == nil {
		return
	}
	told := x.reply
	told.To, told.InReplyTo, told.Conversation, told.Quiet = a.asked.Channel, a.of, a.in, false
	if err := x.bot.deps.Outbox.Send(ctx, told.To, told); err != nil {
		x.reply.Warning = fmt.Sprintf(x.words.untold, err)
	}
}

// newApprovals makes the place where approvals wait.
func newApprovals(most int) *ttlcache.Cache[string, *approval] {
	return ttlcache.New(ttlcache.WithCapacity[string, *approval](uint64(most)),
		ttlcache.WithDisableTouchOnHit[string, *approval]())
}
