package bot

import (
	"slices"

	"frontdesk/knowledge"
	"frontdesk/knowledge/template"
	"frontdesk/retrieval"
)

// A plan is what was decided, before it is carried out.
type plan struct {
	decision    Decision
	entry       *knowledge.Entry
	probability float64
	tasks       []task // the commands that it is about, in order
	consent     consent
	at          int    // of Ask: the task that lacks a value
	missing     string // of Ask: the slot to ask for
	again       bool   // of Ask and Prove: the last answer was not understood
	hits        []retrieval.Hit
	result      *retrieval.Result
	approval    *approval // what was approved, or refused by others
	question    string    // of Abstain: what was asked, where it was not this message
	handover    *Handover // of Notice: what is handed on
	refusal     Refusal   // why the tasks are not run, for the record
}

// A task is a command that was meant, with what is known of it.
type task struct {
	entry       *knowledge.Entry
	probability float64
	slots       map[string]template.Value
	said        string // the words in which it was said
	unsure      bool   // they are none of the command's own sentences
	likely      bool   // that it was meant is likely, but not sure enough to run it
}

// consent is what has been given for the tasks of a plan.
type consent struct {
	yes      bool
	person   string // who proved to be by a PIN
	approved string // by whom; empty for nobody
}

func (c consent) String() string {
	switch {
	case c.approved != "":
		return "approved by " + c.approved
	case c.person != "":
		return "pin"
	case c.yes:
		return "yes"
	}
	return ""
}

// complete plans commands of which the values so far are known: what is missing
// is asked for, then come the confirmation, the PIN and the approval that any
// one of them needs, and then all are run.
func (x *exchange) complete(tasks []task, given consent) plan {
	p := plan{entry: tasks[0].entry, probability: 1, tasks: tasks, consent: given}
	for i := range tasks {
		t := &tasks[i]
		p.probability = min(p.probability, t.probability)
		said := len(t.slots)
		t.slots = x.fromContext(t.entry.Command, t.slots)
		// What was heard in passing names no room, and would act in this one.
		t.likely = t.likely || x.heard && t.unsure && len(t.slots) > said || t.unsure && unread(t.entry.Command, t.slots)
		if missing := missingSlot(t.entry.Command, t.slots); missing != "" && p.missing == "" {
			p.at, p.missing, p.entry = i, missing, t.entry
		}
	}
	some := func(f func(task) bool) bool { return slices.ContainsFunc(tasks, f) }
	switch {
	case p.missing != "":
		p.decision = Ask
	case !given.yes && some(x.mustConfirm):
		p.decision = Confirm
	case x.heard && given.person == "" && some(func(t task) bool { return t.entry.Command.PIN }):
		p.decision = Prove
	case given.approved == "" && some(func(t task) bool { return t.entry.Command.Approve != nil }):
		p.decision = Approve
	default:
		p.decision = Run
	}
	return p
}

// unread says whether a command that was said in other words than its own would
// take the default of a free text: something was most likely said for it.
func unread(c *knowledge.Command, slots map[string]template.Value) bool {
	for name, s := range c.Slots {
		if _, said := slots[name]; !said && s.Type == template.Text && s.Default != "" && len(c.Say) > 0 && s.Context == "" {
			return true
		}
	}
	return false
}

// mustConfirm says whether a task is confirmed before it is run.
func (x *exchange) mustConfirm(t task) bool {
	c := t.entry.Command
	return t.likely || c.Confirm.Always || knowledge.AnyHours(c.Quiet, x.start)
}

// one plans a single command.
func (x *exchange) one(e *knowledge.Entry, slots map[string]template.Value, probability float64) plan {
	return x.complete([]task{{entry: e, probability: probability, slots: slots, said: x.text}}, consent{})
}

// fromContext adds the values that the message's surroundings give to the slots
// that were not said.
func (x *exchange) fromContext(c *knowledge.Command, slots map[string]template.Value) map[string]template.Value {
	var out map[string]template.Value
	for name, s := range c.Slots {
		if _, said := slots[name]; said || s.Context == "" {
			continue
		}
		text := x.surrounding(s.Context)
		if text == "" {
			continue
		}
		v := template.Value{Said: text, Canonical: text}
		if s.Type != template.Text {
			var ok bool
			if v, ok = s.Parse(text, x.start); !ok {
				continue
			}
		}
		if out == nil {
			out = make(map[string]template.Value, len(slots)+1)
			for n, v := range slots {
				out[n] = v
			}
		}
		v.Slot = name
		out[name] = v
	}
	if out == nil {
		return slots
	}
	return out
}

// surrounding gives what the message's surroundings say under a name.
func (x *exchange) surrounding(name string) string {
	switch name {
	case "sender":
		return string(x.m.Sender)
	case "channel":
		return string(x.m.Address)
	}
	return x.m.Context[name]
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

// refuse plans that tasks are not run, with a sentence of the bot's own.
func (x *exchange) refuse(tasks []task, why Refusal, d Decision, sentence string) plan {
	p := x.say(d, sentence)
	p.tasks, p.refusal = tasks, why
	return p
}

// say plans a plain sentence of the bot's own.
func (x *exchange) say(d Decision, sentence string) plan {
	x.reply.Text = sentence
	return plan{decision: d}
}
