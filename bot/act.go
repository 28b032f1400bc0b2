package bot

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"frontdesk/knowledge"
	"frontdesk/knowledge/template"

	"github.com/jellydator/ttlcache/v3"
)

// The options of a confirmation.
const yesID, noID = "yes", "no"

// maxButtons is how many values of a slot are offered as options.
const maxButtons = 10

// act carries a plan out, fills in the reply, and notes what the conversation
// waits for next.
func (x *exchange) act(ctx context.Context, p plan) error {
	x.reply.Decision, x.reply.Probability, x.reply.Result = p.decision, p.probability, p.result
	if p.entry != nil && p.decision != Abstain && p.decision != Suggest {
		x.reply.Entry = p.entry.ID
	}
	x.reply.Slots = canonical(p.slots)
	switch p.decision {
	case Answer:
		x.answer(p)
	case Suggest:
		x.suggest(p)
	case Run:
		return x.run(ctx, p)
	case Confirm:
		x.confirm(p)
	case Ask:
		x.ask(p)
	case Abstain:
		x.abstain()
	case Cancel, Nothing:
		// The sentence is said already.
	}
	return nil
}

func (x *exchange) answer(p plan) {
	x.reply.Text = p.entry.Answer
	x.followups(p.entry)
}

// followups offers what comes next after an entry.
func (x *exchange) followups(e *knowledge.Entry) {
	for _, id := range e.Followups {
		if f, ok := x.base.Knowledge.Entry(id); ok {
			x.reply.Options = append(x.reply.Options, Option{ID: f.ID, Label: label(f)})
		}
	}
	if len(x.reply.Options) > 0 {
		x.reply.OptionsHead = x.words.followups
		x.wait(pending{decision: Answer, options: x.reply.Options})
	}
}

func (x *exchange) suggest(p plan) {
	for _, h := range worthOffering(p.hits) {
		x.reply.Options = append(x.reply.Options, Option{ID: h.Entry.ID, Label: label(h.Entry)})
		x.reply.Suggestions = append(x.reply.Suggestions, Suggestion{Entry: h.Entry.ID, Probability: h.Probability})
	}
	x.reply.Text = x.words.suggest
	x.wait(pending{decision: Suggest, options: x.reply.Options})
}

func (x *exchange) run(ctx context.Context, p plan) error {
	slots := withDefaults(p.entry.Command, p.slots)
	x.reply.Slots = canonical(slots)
	result, err := x.base.Dispatcher.Dispatch(ctx, x.call(p, slots))
	if err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("running %s: %w", p.entry.ID, err)
		}
		// It was not started, and trying again is for the person to decide.
		x.bot.deps.Log.Error("starting a command", "entry", p.entry.ID, "error", err)
		result = Result{Failed: true, Problem: err.Error()}
	}
	output := codeBlock(result.Output)
	if result.Failed {
		x.reply.Failed = true
		x.reply.Text = paragraphs(fmt.Sprintf(x.words.failed, escape(result.Problem)), output)
		return nil
	}
	said, err := expandReply(p.entry.Command.Reply, slots)
	if err != nil {
		return fmt.Errorf("the reply of %s: %w", p.entry.ID, err)
	}
	x.reply.Text = paragraphs(said, result.Text, output)
	if x.reply.Text == "" {
		x.reply.Text = x.words.done
	}
	x.followups(p.entry)
	return nil
}

// call is what the dispatcher gets.
func (x *exchange) call(p plan, slots map[string]template.Value) Call {
	c := Call{
		Base: x.baseName, Conversation: x.m.Conversation, Entry: p.entry, Slots: slots, Caller: x.caller(),
		Said: cmp.Or(x.text, x.m.Choice), Probability: p.probability,
	}
	if x.m.ID != "" {
		c.Key = strings.Join([]string{x.m.Conversation, x.m.ID, p.entry.ID}, "\x00")
	}
	return c
}

// caller says who gives the commands of this message.
func (x *exchange) caller() Caller {
	return Caller{Sender: x.m.Sender, Channel: x.m.Address, Context: x.m.Context, Spoken: x.heard}
}

func (x *exchange) confirm(p plan) {
	slots := withDefaults(p.entry.Command, p.slots)
	x.reply.Slots = canonical(slots)
	x.reply.Text = fmt.Sprintf(x.words.confirm, escape(describe(p.entry, slots)))
	x.reply.Options = []Option{{ID: yesID, Label: x.words.yesLabel}, {ID: noID, Label: x.words.noLabel}}
	x.reply.Confirm = &Confirmation{Expires: x.start.Add(x.bot.cfg.ConfirmWithin)}
	x.wait(pending{decision: Confirm, entry: p.entry, probability: p.probability,
		slots: p.slots, options: x.reply.Options, expires: x.reply.Confirm.Expires})
}

func (x *exchange) ask(p plan) {
	slot := p.entry.Command.Slots[p.missing]
	x.reply.Text = slot.Ask
	if slot.Ask == "" {
		x.reply.Text = fmt.Sprintf(x.words.ask, escape(strings.ReplaceAll(p.missing, "_", " ")))
	}
	tries := 1
	if p.again {
		x.reply.Text = x.words.askAgain + " " + x.reply.Text
		tries = x.asked.tries + 1
	}
	x.reply.Options = values(slot)
	x.wait(pending{decision: Ask, entry: p.entry, probability: p.probability,
		slots: p.slots, missing: p.missing, tries: tries, options: x.reply.Options})
}

func (x *exchange) abstain() {
	if x.reply.Text == "" {
		x.reply.Text = x.words.unknown
	}
	x.reply.Text = paragraphs(x.reply.Text, x.base.Handover)
}

// wait notes what the conversation waits for.
func (x *exchange) wait(p pending) {
	p.base, p.text = x.baseName, cmp.Or(x.read, x.text)
	x.bot.conversations.Set(x.m.Conversation, p, ttlcache.DefaultTTL)
}

// values gives the values of a list slot as options, where they are few.
func values(s *knowledge.Slot) []Option {
	if s.Type != template.List || len(s.Values) > maxButtons {
		return nil
	}
	options := make([]Option, len(s.Values))
	for i, v := range s.Values {
		options[i] = Option{ID: v.Canonical, Label: strings.ReplaceAll(v.Canonical, "_", " ")}
	}
	return options
}

// label is how an entry is called among options.
func label(e *knowledge.Entry) string {
	switch {
	case e.Command == nil:
		return e.Question
	case e.Command.Title != "":
		return e.Command.Title
	}
	return strings.NewReplacer("-", " ", "_", " ").Replace(e.ID)
}

// describe says exactly what a command will do: its name and every value.
func describe(e *knowledge.Entry, slots map[string]template.Value) string {
	names := make([]string, 0, len(slots))
	for name := range slots {
		names = append(names, name)
	}
	slices.Sort(names)
	for i, name := range names {
		names[i] = strings.ReplaceAll(name, "_", " ") + ": " + slots[name].Said
	}
	if len(names) == 0 {
		return label(e)
	}
	return label(e) + " (" + strings.Join(names, ", ") + ")"
}

// withDefaults adds the default values of the slots that were not said.
func withDefaults(c *knowledge.Command, slots map[string]template.Value) map[string]template.Value {
	all := make(map[string]template.Value, len(c.Slots))
	for name, s := range c.Slots {
		if s.Default != "" {
			all[name] = template.Value{Slot: name, Canonical: s.Default, Said: strings.ReplaceAll(s.Default, "_", " ")}
		}
	}
	for name, v := range slots {
		all[name] = v
	}
	return all
}

// canonical gives the canonical values of slots; nil where there are none.
func canonical(slots map[string]template.Value) map[string]string {
	if len(slots) == 0 {
		return nil
	}
	out := make(map[string]string, len(slots))
	for name, v := range slots {
		out[name] = v.Canonical
	}
	return out
}
