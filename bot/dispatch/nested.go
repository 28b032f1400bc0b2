package dispatch

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"frontdesk/bot"
	"frontdesk/internal/fault"
	"frontdesk/internal/strictyaml"
	"frontdesk/knowledge"

	"go.yaml.in/yaml/v4"
)

// A Parted is a [Runner] of which parts are put off, to be carried out later by
// themselves.
type Parted interface {
	// Parts gives what runs each part, by the name in [bot.Call].
	Parts() map[string]Runner
}

// Parts gives the parts of a runner; nil where it has none.
func Parts(r Runner) map[string]Runner {
	if p, ok := r.(Parted); ok {
		return p.Parts()
	}
	return nil
}

// Nested reads an action that is part of another one: it stands under a key
// ("do:") of that one's settings. The kind [knowledge.ReplyAction], which does
// nothing, is none that can be nested.
func Nested(kinds map[string]Kind, file, key string, n *yaml.Node) (Runner, fault.List) {
	a, faults := knowledge.ReadAction(file, key, n)
	if len(faults) > 0 {
		return nil, faults
	}
	if a.Kind == knowledge.ReplyAction {
		return nil, fault.List{{File: a.Pos.File, Line: a.Pos.Line, Col: a.Pos.Col,
			What: "a reply inside another action would never be said", Do: "write it as reply: of the command"}}
	}
	return runnerOf(a, kinds)
}

// runnerOf gives the runner of an action, or what is wrong with it.
func runnerOf(a knowledge.Action, kinds map[string]Kind) (Runner, fault.List) {
	kind, ok := kinds[a.Kind]
	if ok {
		return kind(a)
	}
	known := slices.Sorted(maps.Keys(kinds))
	at := fault.Fault{File: a.Pos.File, Line: a.Pos.Line, Col: a.Pos.Col,
		What: fmt.Sprintf("unknown kind of command %q", a.Kind), Do: "known kinds: " + strings.Join(known, ", ")}
	if near := strictyaml.Nearest(a.Kind, known); near != "" {
		at.Do = fmt.Sprintf("did you mean %q? %s", near, at.Do)
	}
	return nil, fault.List{at}
}

// Slots gives the names of the slots that any of some runners use, each once.
func Slots(runners ...Runner) []string {
	var names []string
	for _, r := range runners {
		for _, name := range r.Slots() {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// part gives what a call is to run: the runner of its entry, or the part that it
// names.
func part(whole Runner, c bot.Call) (Runner, error) {
	if c.Part == "" {
		return whole, nil
	}
	if r := Parts(whole)[c.Part]; r != nil {
		return r, nil
	}
	return nil, fmt.Errorf("the command %q no longer has the part that was put off", c.Entry.ID)
}
