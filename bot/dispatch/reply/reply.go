// Package reply is the kind of command that only says something: the bot gives
// the command's reply, and nothing is run. It is what a command without run:
// is.
//
//	commands:
//	  - id: greet
//	    say: good (morning|evening)
//	    reply: Hello!
package reply

import (
	"context"

	"frontdesk/bot"
	"frontdesk/bot/dispatch"
	"frontdesk/internal/fault"
	"frontdesk/internal/strictyaml"
	"frontdesk/knowledge"
)

var _ dispatch.Kind = New

// New checks the setting, which is the text of the reply or nothing at all.
func New(a knowledge.Action) (dispatch.Runner, fault.List) {
	if a.Node == nil {
		return runner{}, nil
	}
	var written strictyaml.At[string]
	if faults := strictyaml.DecodeNode(a.Pos.File, a.Node, &written); len(faults) > 0 {
		return nil, faults
	}
	text, faults := dispatch.ReadText(a.Pos.File, written)
	return runner{slots: text.Slots()}, faults
}

// A runner has nothing to do: the bot says the reply.
type runner struct{ slots []string }

func (r runner) Slots() []string { return r.slots }

func (r runner) Preview(bot.Call) string { return "say the reply" }

func (r runner) Run(context.Context, bot.Call) (bot.Result, error) {
	return bot.Result{}, nil
}
