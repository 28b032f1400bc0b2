package retrieval

import (
	"math"
	"time"

	"frontdesk/knowledge/template"
)

const (
	// perValue is what a value that a command can take adds to its log-odds
	// against the other commands. From 0.5 to 2 it made no difference to the tests
	// of examples/home, on which it was chosen.
	perValue = 1
	// weighedCommands is how many of the best commands have their values looked
	// for.
	weighedCommands = 5
)

// weighValues moves the shares of the best commands towards those that have a
// slot for what the text says: "seventy per cent" is said of the brightness of
// a light, and not of a switch. What all commands have together stays as it is,
// so that no question becomes a command by a number in it.
func (x *Index) weighValues(f *finding) {
	if x.base.Grammar == nil {
		return
	}
	var commands []int
	for _, i := range f.evidence.order {
		if x.base.Entries[i].Command != nil {
			if commands = append(commands, i); len(commands) == weighedCommands {
				break
			}
		}
	}
	counts, differ := make([]float64, len(commands)), false
	now := time.Now()
	for k, i := range commands {
		counts[k] = x.valuesFor(i, f.text, now)
		differ = differ || counts[k] != counts[0]
	}
	if !differ {
		return
	}
	e := f.evidence
	var before, after float64
	for k, i := range commands {
		lead := e.score[i] - e.score[commands[0]]
		before += math.Exp(lead)
		after += math.Exp(lead + perValue*counts[k])
	}
	e.values = make([]float64, len(e.score))
	for k, i := range commands {
		e.values[i] = counts[k] - math.Log(after/before)/perValue
	}
	e.add(perValue, e.values)
	e.rank()
}

// valuesFor counts the values in a text that a command has a slot for. Only
// those count that are known by their form: names are common to many commands,
// and any text is one of type text.
func (x *Index) valuesFor(entry int, text string, now time.Time) float64 {
	e := x.base.Entries[entry]
	formed := func(name string) bool {
		s := e.Command.Slots[name]
		return s != nil && s.Type != template.List && s.Type != template.Text
	}
	takes, n := false, 0
	for name := range e.Command.Slots {
		takes = takes || formed(name)
	}
	if !takes {
		return 0
	}
	for name := range x.base.Grammar.Extract(e.ID, text, now) {
		if formed(name) {
			n++
		}
	}
	return float64(n)
}
