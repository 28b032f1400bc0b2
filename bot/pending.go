package bot

import (
	"strconv"
	"strings"
	"time"

	"frontdesk/knowledge"
	"frontdesk/knowledge/template"
)

// pending is what a conversation waits for: a pick among options, a yes or no,
// or the value of a slot. The zero value waits for nothing.
type pending struct {
	decision    Decision // Suggest, Confirm, Ask, or Answer for its follow-ups
	base        string
	text        string // what was said first, from which slots are read
	entry       string
	probability float64
	slots       map[string]template.Value
	missing     string
	tries       int
	options     []Option
	expires     time.Time
}

// maxTries is how often a missing value is asked for before giving up.
const maxTries = 2

// resume says what a message means as the answer to what the bot asked last.
// It gives false where the message is something new, and then the
// conversation waits for nothing any more.
func (x *exchange) resume() (plan, bool) {
	item := x.bot.conversations.Get(x.m.Conversation)
	if item == nil {
		return plan{}, false
	}
	was := item.Value()
	x.bot.conversations.Delete(x.m.Conversation)
	if was.base != x.baseName || x.m.Kind == Edit {
		return plan{}, false
	}
	if was.decision == Confirm && !x.start.Before(was.expires) {
		// Whoever says yes too late is told so; anything else is a new question.
		if yes, said := x.yesNo(); said && yes {
			return x.say(Cancel, x.words.expired), true
		}
		return plan{}, false
	}
	if was.decision != Answer && x.words.means(x.words.cancel, x.text) {
		return x.say(Cancel, x.words.cancelled), true
	}
	switch was.decision {
	case Confirm:
		return x.resumeConfirm(was)
	case Ask:
		return x.resumeAsk(was)
	default:
		return x.resumePick(was)
	}
}

func (x *exchange) resumeConfirm(was pending) (plan, bool) {
	yes, said := x.yesNo()
	if !said {
		return plan{}, false
	}
	if !yes {
		return x.say(Cancel, x.words.cancelled), true
	}
	e, ok := x.base.Knowledge.Entry(was.entry)
	if !ok || e.Command == nil {
		return x.say(Abstain, x.words.gone), true
	}
	return plan{decision: Run, entry: e, probability: was.probability, slots: was.slots}, true
}

func (x *exchange) resumeAsk(was pending) (plan, bool) {
	e, ok := x.base.Knowledge.Entry(was.entry)
	if !ok || e.Command == nil {
		return x.say(Abstain, x.words.gone), true
	}
	slot, ok := e.Command.Slots[was.missing]
	if !ok {
		return x.say(Abstain, x.words.gone), true
	}
	text := x.text
	if o, ok := x.pick(was.options); ok {
		text = o.ID
	}
	value, ok := slot.Parse(text, x.start)
	if !ok {
		if was.tries >= maxTries || x.m.Kind == Choice {
			return x.say(Cancel, x.words.cancelled), true
		}
		// It may be something else altogether; search decides, and comes back
		// here through askAgain when it finds nothing.
		x.asked = &was
		return plan{}, false
	}
	value.Slot = was.missing
	slots := map[string]template.Value{was.missing: value}
	for name, v := range was.slots {
		slots[name] = v
	}
	return x.complete(e, slots, was.probability), true
}

// askAgain gives the plan that asks a second time for the value that the
// message should have been, unless the message is clearly something else.
func (x *exchange) askAgain(found plan) plan {
	if x.asked == nil || found.decision == Answer || found.decision == Run || found.decision == Confirm {
		return found
	}
	e, ok := x.base.Knowledge.Entry(x.asked.entry)
	if !ok {
		return found
	}
	return plan{decision: Ask, entry: e, probability: x.asked.probability, slots: x.asked.slots,
		missing: x.asked.missing, again: true, result: found.result}
}

func (x *exchange) resumePick(was pending) (plan, bool) {
	o, ok := x.pick(was.options)
	if !ok {
		if was.decision == Suggest && x.words.means(x.words.no, x.text) {
			return x.say(Abstain, x.words.noMore), true
		}
		return plan{}, false
	}
	e, ok := x.base.Knowledge.Entry(o.ID)
	if !ok {
		return x.say(Abstain, x.words.gone), true
	}
	if e.Command == nil {
		return plan{decision: Answer, entry: e, probability: 1}, true
	}
	return x.complete(e, x.base.Knowledge.Grammar.Extract(e.ID, was.text, x.start), 1), true
}

// complete plans a command whose values so far are known: what is missing is
// asked for, a dangerous one is confirmed, any other is run.
func (x *exchange) complete(e *knowledge.Entry, slots map[string]template.Value, probability float64) plan {
	p := plan{entry: e, probability: probability, slots: slots}
	switch missing := missingSlot(e.Command, slots); {
	case missing != "":
		p.decision, p.missing = Ask, missing
	case e.Command.Dangerous:
		p.decision = Confirm
	default:
		p.decision = Run
	}
	return p
}

// missingSlot gives the first slot that the command needs and that has no
// value yet, or "".
func missingSlot(c *knowledge.Command, slots map[string]template.Value) string {
	for _, name := range c.Needs {
		if _, ok := slots[name]; !ok {
			return name
		}
	}
	return ""
}

// say plans a plain sentence of the bot's own.
func (x *exchange) say(d Decision, sentence string) plan {
	x.reply.Text = sentence
	return plan{decision: d}
}

func (x *exchange) yesNo() (yes, said bool) {
	text := x.text
	if x.m.Kind == Choice {
		text = x.m.Choice
	}
	if x.words.means(x.words.yes, text) {
		return true, true
	}
	return false, x.words.means(x.words.no, text)
}

// pick finds the option that a message means: the one that was pressed, its
// number ("2", "the second one"), its label, or, in a few words, the only one
// that has them all.
func (x *exchange) pick(options []Option) (Option, bool) {
	if x.m.Kind == Choice {
		for _, o := range options {
			if o.ID == x.m.Choice {
				return o, true
			}
		}
		return Option{}, false
	}
	said := template.Normalize(x.text)
	if said == "" {
		return Option{}, false
	}
	if n, err := strconv.Atoi(said); err == nil {
		if n >= 1 && n <= len(options) {
			return options[n-1], true
		}
		return Option{}, false
	}
	for i, o := range options {
		if said == template.Normalize(o.Label) || x.words.means(x.words.ordinal(i), x.text) {
			return o, true
		}
	}
	words := strings.Fields(said)
	if len(words) > 4 {
		return Option{}, false
	}
	var only Option
	found := 0
	for _, o := range options {
		if hasWords(strings.Fields(template.Normalize(o.Label)), words) {
			only = o
			found++
		}
	}
	return only, found == 1
}

// hasWords says whether every one of words is in of.
func hasWords(of, words []string) bool {
	in := make(map[string]bool, len(of))
	for _, w := range of {
		in[w] = true
	}
	for _, w := range words {
		if !in[w] {
			return false
		}
	}
	return true
}
