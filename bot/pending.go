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
	decision Decision // Suggest, Confirm, Ask, Prove; Answer for its follow-ups, Abstain to ask a person
	base     string
	of       string // the message whose reply asked
	name     string // of whom was asked; may be empty
	edited   string // the message that this one edited; empty for none
	text     string // what was said first, from which slots are read
	link     string // of Abstain: where that can be read
	tasks    []task // with the entries as they were then; the base may have been loaded again since
	consent  consent
	at       int // of Ask: the task that lacks the value
	missing  string
	tries    int
	options  []Option
	// unnumbered says that the options are only to be pressed: nobody who types
	// has seen a number before them.
	unnumbered bool
	expires    time.Time
}

// asks says whether an answer is waited for, rather than offered to go on from.
func (p pending) asks() bool { return p.decision != Answer && p.decision != Abstain }

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
	if x.m.Handover != "" && x.m.Kind != Choice {
		return x.fromExpert(), true
	}
	if x.m.Unasked > 0 || x.anew {
		return plan{}, false
	}
	if x.m.Overheard > 0 {
		return x.follows()
	}
	if p, ok := x.resumeApproval(); ok {
		return p, true
	}
	if p, ok := x.notTheirs(); ok {
		return p, true
	}
	was, ok := x.waiting()
	switch {
	case !ok && x.filled():
		return x.gone(), true
	case !ok:
		return x.again()
	}
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
	if was.asks() && x.words.means(x.words.cancel, x.text) && !x.isValue(was) {
		return x.say(Cancel, x.words.cancelled), true
	}
	switch was.decision {
	case Confirm:
		return x.resumeConfirm(was)
	case Ask:
		return x.resumeAsk(was)
	case Prove:
		return x.resumeProve(was)
	}
	if p, ok := x.resumePick(was); ok {
		return p, true
	}
	return x.again()
}

func (x *exchange) resumeConfirm(was pending) (plan, bool) {
	yes, said := x.yesNo(was.options)
	if !said {
		if len(was.tasks) == 1 { // "no, the back door" is no plain no
			if t, ok := x.corrected(was.tasks[0]); ok {
				return x.complete([]task{t}, consent{}), true
			}
		}
		return plan{}, false
	}
	if !yes {
		return x.refuse(was.tasks, Declined, Cancel, x.words.cancelled), true
	}
	tasks, same, ok := x.commands(was.tasks)
	if !ok {
		return x.gone(), true
	}
	// A yes was for the commands as they were; changed ones are asked for anew.
	given := was.consent
	given.yes = same && !x.doubted
	return x.complete(tasks, given), true
}

func (x *exchange) resumeAsk(was pending) (plan, bool) {
	tasks, _, ok := x.commands(was.tasks)
	if !ok || tasks[was.at].entry.Command.Slots[was.missing] == nil {
		return x.gone(), true
	}
	t := &tasks[was.at]
	offered := was.options
	if was.unnumbered && !x.pressed() {
		offered = nil
	}
	value, ok := x.value(t.entry.Command.Slots[was.missing], offered)
	if !ok {
		if x.pressed() { // of a question that is over; this one is not
			x.bot.conversations.Set(x.place(), was, ttlcache.DefaultTTL)
			x.aside = true
			return x.offered(), true
		}
		if was.tries >= maxTries {
			return x.say(Cancel, x.words.cancelled), true
		}
		// It may be something else altogether; search decides, and comes back
		// here through askAgain when it finds nothing.
		x.asked = &was
		return plan{}, false
	}
	t.slots = with(t.slots, was.missing, value)
	return x.complete(tasks, was.consent), true
}

// with gives slots with one more value.
func with(slots map[string]template.Value, name string, v template.Value) map[string]template.Value {
	out := maps.Clone(slots)
	if out == nil {
		out = map[string]template.Value{}
	}
	v.Slot = name
	out[name] = v
	return out
}

// commands gives the commands that a conversation is about, with their values so
// far. Where the base was loaded again meanwhile, they are the commands as they
// are now, with those values that they still take, and same is false. It gives
// false where one is gone.
func (x *exchange) commands(was []task) (now []task, same, ok bool) {
	now, same = slices.Clone(was), true
	for i := range now {
		t := &now[i]
		e, ok := x.base.Knowledge.Entry(t.entry.ID)
		if !ok || e.Command == nil {
			return nil, false, false
		}
		if e == t.entry {
			continue
		}
		slots := map[string]template.Value{}
		for name, v := range t.slots {
			if s := e.Command.Slots[name]; s != nil && takes(s, v, x.start) {
				slots[name] = v
			}
		}
		t.entry, t.slots, same = e, slots, false
	}
	return now, same, true
}

// takes says whether a slot takes a value that was understood earlier.
func takes(s *knowledge.Slot, v template.Value, now time.Time) bool {
	if s.Type == template.List && !s.Open {
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
	if !x.pressed() {
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
	return slices.ContainsFunc(was.tasks[was.at].entry.Command.Slots[was.missing].Values, func(v template.ListValue) bool {
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
	tasks, _, ok := x.commands(x.asked.tasks)
	if !ok {
		return found
	}
	t := tasks[x.asked.at]
	return plan{decision: Ask, entry: t.entry, probability: t.probability, tasks: tasks, consent: x.asked.consent,
		at: x.asked.at, missing: x.asked.missing, again: true, result: found.result}
}

func (x *exchange) resumePick(was pending) (plan, bool) {
	o, ok := x.pick(was.options)
	if !ok && was.decision == Suggest {
		// Follow-ups are no question to answer: a few words that one of them has
		// are more likely a new question.
		if x.words.means(x.words.no, x.text) {
			p := x.say(Abstain, x.words.noMore)
			p.question = was.text
			return p, true
		}
		if o, ok = x.pickByWords(was.options); !ok && len(was.options) == 1 && x.words.means(x.words.yes, x.text) {
			o, ok = was.options[0], true
		}
	}
	if !ok {
		return plan{}, false
	}
	if was.decision == Abstain {
		return x.handing(was.of, was.text, was.link, ""), true
	}
	e, ok := x.base.Knowledge.Entry(o.ID)
	if !ok {
		return x.gone(), true
	}
	if e.Command == nil {
		return plan{decision: Answer, entry: e, probability: 1}, true
	}
	p := x.one(e, x.base.Knowledge.Grammar.Extract(e.ID, was.text, x.start), 1)
	p.tasks[0].said = was.text
	return p, true
}

// yesNo reads the message as the answer to a confirmation, whose options are
// shown and may be picked as any others.
func (x *exchange) yesNo(options []Option) (yes, said bool) {
	if o, ok := x.pick(options); ok || x.pressed() {
		return o.ID == yesID, ok
	}
	yesses := x.words.yes
	if x.heard { // much of it is said in passing
		yesses = x.words.spokenYes
	}
	if x.words.means(yesses, x.text) {
		return true, true
	}
	return false, x.words.means(x.words.no, x.text)
}

// pick finds the option that a message means: the one that was pressed, its
// label, or its number ("2", "the second one"). Where labels are numbers
// themselves, a number is a label and never a place.
func (x *exchange) pick(options []Option) (Option, bool) {
	if x.pressed() {
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
