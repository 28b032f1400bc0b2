package bot

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"frontdesk/knowledge"
	"frontdesk/knowledge/template"
)

// The options of a confirmation.
const yesID, noID = "yes", "no"

// act carries a plan out, fills in the reply, and notes what the conversation
// waits for next.
func (x *exchange) act(ctx context.Context, p plan) error {
	defer x.bot.took(StageAct, x.bot.deps.Now())
	x.reply.Decision, x.reply.Probability, x.reply.Result = p.decision, p.probability, p.result
	if p.entry != nil && p.decision != Abstain && p.decision != Suggest {
		x.reply.Entry = p.entry.ID
	}
	if len(p.tasks) > 0 && p.refusal != NoRight {
		x.reply.Slots = canonical(p.tasks[p.at].slots)
	}
	for i := range p.tasks {
		if p.refusal != "" {
			r := x.base.Dispatcher.Refuse(ctx, x.call(p, i, p.tasks[i].slots), p.refusal)
			x.reply.Warning = cmp.Or(x.reply.Warning, r.Warning)
		}
	}
	if len(p.tasks) > 1 && p.refusal == "" {
		for _, t := range p.tasks {
			x.reply.Commands = append(x.reply.Commands, Commanded{t.entry.ID, canonical(withDefaults(t.entry.Command, t.slots))})
		}
	}
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
	case Prove:
		x.prove(p)
	case Approve:
		return x.approve(ctx, p)
	case Refuse:
		if x.reply.Text == "" {
			x.reply.Text = x.words.forbidden
		}
	case Abstain:
		x.abstain(p)
	case Notice:
		if p.handover != nil {
			return x.handOn(ctx, *p.handover)
		}
		return x.bringBack(ctx)
	case Cancel, Nothing:
		// The sentence is said already.
		if p.approval != nil {
			x.tellAsker(ctx, p.approval)
		}
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
		if f, ok := x.base.Knowledge.Entry(id); ok && x.may(f) {
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

// run carries out the commands of a plan in their order, up to the first that
// fails.
func (x *exchange) run(ctx context.Context, p plan) error {
	var texts []string
	for i, t := range p.tasks {
		text, ok, err := x.runOne(ctx, p, i)
		if err != nil {
			return err
		}
		texts = append(texts, text)
		if !ok {
			break
		}
		x.remember(t)
	}
	x.reply.Text = paragraphs(texts...)
	if x.reply.Text == "" {
		x.reply.Text = x.words.done
	}
	if len(p.tasks) == 1 && !x.reply.Failed {
		x.followups(p.entry)
	}
	if p.approval != nil {
		x.tellAsker(ctx, p.approval)
	}
	return nil
}

// runOne carries out one command and gives what to say of it, and whether it
// was done.
func (x *exchange) runOne(ctx context.Context, p plan, i int) (text string, ok bool, err error) {
	t := p.tasks[i]
	slots := withDefaults(t.entry.Command, t.slots)
	if i == 0 {
		x.reply.Slots = canonical(slots)
	}
	result, err := x.base.Dispatcher.Dispatch(ctx, x.call(p, i, slots))
	if err != nil {
		if ctx.Err() != nil {
			return "", false, fmt.Errorf("running %s: %w", t.entry.ID, err)
		}
		// It was not started, and trying again is for the person to decide.
		x.bot.deps.Log.ErrorContext(ctx, "starting a command", "entry", t.entry.ID, "error", err)
		result = Result{Failed: true, Problem: err.Error()}
	}
	x.reply.Warning = cmp.Or(x.reply.Warning, result.Warning)
	if result.Refused != "" {
		x.reply.Failed = true
		if i == 0 {
			x.reply.Decision = Refuse
		}
		return x.words.refusal(result, x.start), false, nil
	}
	if result.Failed {
		x.reply.Failed = true
		return paragraphs(fmt.Sprintf(x.words.failed, escape(result.Problem)), codeBlock(result.Output)), false, nil
	}
	if result.Preview != "" {
		return paragraphs(x.words.preview, codeBlock(result.Preview)), true, nil
	}
	said, shown, err := expandReply(t.entry.Command.Reply, slots, result.Output)
	if err != nil {
		return "", false, fmt.Errorf("the reply of %s: %w", t.entry.ID, err)
	}
	said = paragraphs(said, result.Text)
	if !shown {
		said = paragraphs(said, codeBlock(result.Output))
	}
	return cmp.Or(said, x.words.done), true, nil
}

func (x *exchange) confirm(p plan) {
	if len(p.tasks) == 1 {
		x.reply.Slots = canonical(withDefaults(p.entry.Command, p.tasks[0].slots))
	}
	x.reply.Text = fmt.Sprintf(x.words.confirm, escape(describeAll(p.tasks)))
	x.reply.Options = []Option{{ID: yesID, Label: x.words.yesLabel}, {ID: noID, Label: x.words.noLabel}}
	x.reply.Confirm = &Confirmation{Expires: x.start.Add(x.bot.cfg.ConfirmWithin)}
	x.wait(pending{decision: Confirm, tasks: p.tasks, consent: p.consent, options: x.reply.Options, expires: x.reply.Confirm.Expires})
}

// call is what the dispatcher gets for one command of a plan.
func (x *exchange) call(p plan, i int, slots map[string]template.Value) Call {
	t := p.tasks[i]
	c := Call{
		Base: x.baseName, Conversation: x.m.Conversation, Entry: t.entry, Slots: slots, Caller: x.caller(),
		Said: clip(t.said, maxRecorded), Probability: t.probability, Assent: p.consent.String(),
	}
	c.Caller.Person = p.consent.person
	if x.m.ID != "" {
		c.Key = strings.Join([]string{x.m.Conversation, x.m.ID, t.entry.ID, strconv.Itoa(i)}, "\x00")
	}
	if a := p.approval; a != nil { // whoever released it, it is another's command
		c.Caller, c.Conversation = a.asked, a.in
		c.Key = strings.Join([]string{"approval", a.id, strconv.Itoa(i)}, "\x00")
	}
	return c
}

// caller says who gives the commands of this message.
func (x *exchange) caller() Caller {
	return Caller{Sender: x.m.Sender, Channel: x.m.Address, Context: x.m.Context, Spoken: x.heard}
}

func (x *exchange) abstain(p plan) {
	if x.reply.Text == "" {
		x.reply.Text = x.words.unknown
	}
	x.reply.Text = paragraphs(x.reply.Text, x.base.Handover)
	if p.result != nil {
		p.question = x.text
	}
	x.offerPerson(p.question)
}

// nameOf is how a value is called among options: by the first way to say it, where
// that is plain words.
func nameOf(v template.ListValue) string {
	if len(v.Say) > 0 {
		if said := v.Say[0].String(); !strings.ContainsAny(said, `[](){}<>|;\`) {
			return said
		}
	}
	return strings.ReplaceAll(v.Canonical, "_", " ")
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

// describeAll says exactly what commands will do, one after the other.
func describeAll(tasks []task) string {
	var all []string
	for _, t := range tasks {
		all = append(all, describe(t.entry, withDefaults(t.entry.Command, t.slots)))
	}
	return strings.Join(all, "; ")
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
