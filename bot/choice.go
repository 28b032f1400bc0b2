package bot

import (
	"cmp"
	"fmt"

	"github.com/jellydator/ttlcache/v3"
)

// pressed says whether the message is the press of an option.
func (x *exchange) pressed() bool { return x.m.Kind == Choice && !x.filled() }

// filled says whether the message is what was typed into a form.
func (x *exchange) filled() bool { return x.m.Kind == Choice && x.m.Choice == "" && x.m.Text != "" }

// waiting takes what the conversation waits for. A press, and what was typed
// into a form, are about the reply that held them: what another one asked stays
// open. So do edits of another message.
func (x *exchange) waiting() (was pending, ok bool) {
	item := x.bot.conversations.Get(x.place())
	if item == nil {
		return pending{}, false
	}
	was = item.Value()
	if x.secret = was.decision == Prove && len(digits(x.words, x.text)) >= minPIN; x.secret {
		x.reply.Heard = ""
	}
	if (x.m.Kind == Choice || x.m.Kind == Edit) && !was.isOf(x.m.Ref) {
		x.aside = true
		return pending{}, false
	}
	x.was = &was
	x.bot.conversations.Delete(x.place())
	return was, true
}

// forget drops what the message that was deleted has open: a question to whoever
// wrote it, an approval by others.
func (x *exchange) forget() {
	if item := x.bot.conversations.Get(x.place()); item != nil && item.Value().isOf(x.m.Ref) {
		x.bot.conversations.Delete(x.place())
	}
	if a := x.approvalOf(x.m.Ref); a != nil {
		a.withdraw()
	}
}

// isOf says whether the reply to a message asked for it. Where it is not known
// to which, it may have been any.
func (p pending) isOf(ref string) bool { return ref == "" || ref == p.of || ref == p.edited }

// notTheirs gives the plan for the press of an option that was offered to
// somebody else. Answers are for all: only what somebody was asked is theirs.
func (x *exchange) notTheirs() (plan, bool) {
	if x.m.Kind != Choice || x.m.Asker == "" || x.m.Asker == x.m.Sender {
		return plan{}, false
	}
	x.aside = true
	open, name := false, ""
	if item := x.bot.conversations.Get(x.placeOf(x.m.Asker)); item != nil && item.Value().isOf(x.m.Ref) {
		open, name = item.Value().asks(), item.Value().name
	}
	if p := x.offered(); !open && p.decision == Answer {
		return p, true
	}
	return x.notYours(nameOrAddress(name, x.m.Asker)), true
}

// notYours plans to say, to whoever pressed, whose it is to press.
func (x *exchange) notYours(whose string) plan {
	x.reply.Quiet = true
	return x.say(Refuse, fmt.Sprintf(x.words.notYours, whose))
}

// offered gives the plan for the press of an option that is not waited for any
// more. What it answers is still there; a command is asked for anew.
func (x *exchange) offered() plan {
	if e, ok := x.base.Knowledge.Entry(x.m.Choice); ok && e.Command == nil {
		return plan{decision: Answer, entry: e, probability: 1}
	}
	return x.gone()
}

// gone plans to say that what the message is about is over; of a press, to
// whoever pressed.
func (x *exchange) gone() plan {
	x.reply.Quiet = x.m.Kind == Choice
	return x.say(Cancel, x.words.gone)
}

// wait notes what the conversation waits for, unless it waits for something else
// and is only to remember what may come next.
func (x *exchange) wait(p pending) {
	if x.m.Unasked > 0 || x.aside && !p.asks() {
		return
	}
	p.base, p.of, p.name = x.baseName, x.m.ID, x.m.Name
	if p.text == "" {
		p.text = cmp.Or(x.read, x.text)
	}
	if x.m.Kind == Edit {
		p.edited = x.m.Ref
	}
	x.bot.conversations.Set(x.place(), p, ttlcache.DefaultTTL)
}
