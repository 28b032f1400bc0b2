package bot

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"frontdesk/knowledge"
	"frontdesk/knowledge/template"

	"github.com/jellydator/ttlcache/v3"
)

// pending is what a conversation waits for: a pick among options, a yes or no,
// or the value of a slot. The zero value waits for nothing.
type pending struct {
	decision    Decision // Suggest, Confirm, Ask, or Answer for its follow-ups
	base        string
	text        string           // what was said first, from which slots are read
	entry       *knowledge.Entry // as it was then; the base may have been loaded again since
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
// conversation waits for nothing any more. A message that brings no words
// answers nothing, and what was asked stays open.
func (x *exchange) resume() (plan, bool) {
	if p, ok := x.unheard(); ok {
		return p, true
	}
	item := x.bot.conversations.Get(x.m.Conversation)
	if item == nil {
		return plan{}, false
	}
	was := item.Value()
	x.was = &was
	x.bot.conversations.Delete(x.m.Conversation)
	if was.base != x.baseName || x.m.Kind == Edit {
		return plan{}, false
	}
	if was.decision == Confirm && !x.start.Before(was.expires) {
		// Whoever says yes too late is told so; anything else is a new question.
		if yes, said := x.yesNo(was.options); said && yes {
			return x.say(Cancel, x.words.expired), true
		}
		return plan{}, false
	}
	if was.decision != Answer && x.words.means(x.words.cancel, x.text) && !x.isValue(was) {
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
	yes, said := x.yesNo(was.options)
	if !said {
		return plan{}, false
	}
	if !yes {
		return x.say(Cancel, x.words.cancelled), true
	}
	e, slots, ok := x.command(was)
	switch {
	case !ok:
		return x.say(Cancel, x.words.gone), true
	case e != was.entry:
		// The yes was for the command as it was; a dangerous one is asked for anew.
		return x.complete(e, slots, was.probability), true
	}
	return plan{decision: Run, entry: e, probability: was.probability, slots: slots}, true
}

func (x *exchange) resumeAsk(was pending) (plan, bool) {
	e, slots, ok := x.command(was)
	if !ok || e.Command.Slots[was.missing] == nil {
		return x.say(Cancel, x.words.gone), true
	}
	value, ok := x.value(e.Command.Slots[was.missing], was.options)
	if !ok {
		if x.m.Kind == Choice { // of a question that is over; this one is not
			x.bot.conversations.Set(x.m.Conversation, was, ttlcache.DefaultTTL)
			return x.say(Nothing, x.words.gone), true
		}
		if was.tries >= maxTries {
			return x.say(Cancel, x.words.cancelled), true
		}
		// It may be something else altogether; search decides, and comes back
		// here through askAgain when it finds nothing.
		x.asked = &was
		return plan{}, false
	}
	value.Slot = was.missing
	slots = maps.Clone(slots)
	if slots == nil {
		slots = map[string]template.Value{}
	}
	slots[was.missing] = value
	return x.complete(e, slots, was.probability), true
}

// command gives the command that a conversation is about, with its values so
// far. Where the base was loaded again meanwhile, it is the command as it is
// now, with those values that it still takes.
func (x *exchange) command(was pending) (*knowledge.Entry, map[string]template.Value, bool) {
	e, ok := x.base.Knowledge.Entry(was.entry.ID)
	if !ok || e.Command == nil {
		return nil, nil, false
	}
	if e == was.entry {
		return e, was.slots, true
	}
	slots := map[string]template.Value{}
	for name, v := range was.slots {
		if s := e.Command.Slots[name]; s != nil && takes(s, v, x.start) {
			slots[name] = v
		}
	}
	return e, slots, true
}

// takes says whether a slot takes a value that was understood earlier.
func takes(s *knowledge.Slot, v template.Value, now time.Time) bool {
	if s.Type == template.List {
		return slices.ContainsFunc(s.Values, func(l template.ListValue) bool { return l.Canonical == v.Canonical })
	}
	again, ok := s.Parse(v.Said, now)
	return ok && again.Canonical == v.Canonical
}

// value reads the message as the value of a slot: one of those that were
// offered, or any other. Who gives a number says what stood behind it.
func (x *exchange) value(s *knowledge.Slot, offered []Option) (template.Value, bool) {
	o, picked := x.pick(offered)
	if !picked {
		o, picked = x.pickByWords(offered)
	}
	if x.m.Kind != Choice {
		v, ok := s.Parse(x.text, x.start)
		if !picked || ok && v.Canonical == o.ID {
			return v, ok
		}
	}
	v := template.Value{Said: o.Label, Canonical: o.ID}
	return v, picked && takes(s, v, x.start)
}

// isValue says whether the text is, word for word, a value of the slot that was
// asked for: "stop" may be what the music shall do.
func (x *exchange) isValue(was pending) bool {
	if was.decision != Ask {
		return false
	}
	said := template.Normalize(x.text)
	return slices.ContainsFunc(was.entry.Command.Slots[was.missing].Values, func(v template.ListValue) bool {
		return template.Normalize(v.Canonical) == said ||
			slices.ContainsFunc(v.Say, func(t *template.Template) bool { return template.Normalize(t.String()) == said })
	})
}

// askAgain gives the plan that asks a second time for the value that the
// message should have been, unless the message is clearly something else.
func (x *exchange) askAgain(found plan) plan {
	if x.asked == nil || found.decision == Answer || found.decision == Run || found.decision == Confirm {
		return found
	}
	e, slots, ok := x.command(*x.asked)
	if !ok {
		return found
	}
	return plan{decision: Ask, entry: e, probability: x.asked.probability, slots: slots,
		missing: x.asked.missing, again: true, result: found.result}
}

func (x *exchange) resumePick(was pending) (plan, bool) {
	o, ok := x.pick(was.options)
	if !ok && was.decision == Suggest {
		// Follow-ups are no question to answer: a few words that one of them has
		// are more likely a new question.
		if x.words.means(x.words.no, x.text) {
			return x.say(Abstain, x.words.noMore), true
		}
		if o, ok = x.pickByWords(was.options); !ok && len(was.options) == 1 && x.words.means(x.words.yes, x.text) {
			o, ok = was.options[0], true
		}
	}
	if !ok {
		return plan{}, false
	}
	e, ok := x.base.Knowledge.Entry(o.ID)
	if !ok {
		return x.say(Cancel, x.words.gone), true
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

// yesNo reads the message as the answer to a confirmation, whose options are
// shown and may be picked as any others.
func (x *exchange) yesNo(options []Option) (yes, said bool) {
	if o, ok := x.pick(options); ok || x.m.Kind == Choice {
		return o.ID == yesID, ok
	}
	if x.words.means(x.words.yes, x.text) {
		return true, true
	}
	return false, x.words.means(x.words.no, x.text)
}

// pick finds the option that a message means: the one that was pressed, its
// label, or its number ("2", "the second one"). Where labels are numbers
// themselves, a number is a label and never a place.
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
	places := true
	for _, o := range options {
		name := template.Normalize(o.Label)
		if name == said {
			return o, true
		}
		if _, err := strconv.ParseFloat(name, 64); err == nil {
			places = false
		}
	}
	if n, err := strconv.Atoi(said); err == nil {
		if places && n >= 1 && n <= len(options) {
			return options[n-1], true
		}
		return Option{}, false
	}
	for i, o := range options {
		if places && x.words.means(x.words.ordinal(i), x.text) {
			return o, true
		}
	}
	return Option{}, false
}

// pickByWords finds, for a text of a few words, the only option whose label
// has them all.
func (x *exchange) pickByWords(options []Option) (Option, bool) {
	words := strings.Fields(template.Normalize(x.text))
	if len(words) == 0 || len(words) > 4 {
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
