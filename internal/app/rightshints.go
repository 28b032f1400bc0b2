package app

import (
	"fmt"

	"frontdesk/bot/dispatch"
	"frontdesk/internal/fault"
	"frontdesk/knowledge"
)

// RightsHints is about the commands that nobody may run, and those that
// everybody may, though they do more than say something. At most are the hints
// of a kind, 0 for all.
func RightsHints(base *knowledge.Base, d *dispatch.Dispatcher, most int) fault.List {
	h := hinter{base: base, most: most}
	var open, closed []*knowledge.Entry
	for _, e := range base.Entries {
		if e.Command == nil || e.Command.Action.Kind == knowledge.ReplyAction {
			continue
		}
		switch _, everybody, nobody := d.Holders(e); {
		case everybody:
			open = append(open, e)
		case nobody:
			closed = append(closed, e)
		}
	}
	h.add(len(closed), func(i int) fault.Fault {
		return hintAt(closed[i].Pos, fmt.Sprintf("nobody may run %q", closed[i].ID),
			"write allow: in the command, or for all of a base in the configuration")
	}, "commands that nobody may run")
	h.add(len(open), func(i int) fault.Fault {
		return hintAt(open[i].Pos, fmt.Sprintf("everybody may run %q", open[i].ID), "name roles or people under allow:")
	}, "commands that everybody may run")
	h.placed.Sort()
	return append(h.placed, h.rest...)
}
