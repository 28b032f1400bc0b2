package chain

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"frontdesk/bot/dispatch"
	"frontdesk/internal/fault"
	"frontdesk/internal/strictyaml"
	"frontdesk/knowledge"

	"go.yaml.in/yaml/v4"
)

// What is done after a failure.
const (
	undo = "undo"
	stop = "stop"
)

// settings are what stands under chain: in a knowledge file.
type settings struct {
	Steps     []strictyaml.At[yaml.Node]   `yaml:"steps"`
	Timeout   strictyaml.At[time.Duration] `yaml:"timeout"`
	OnFailure strictyaml.At[string]        `yaml:"on_failure"`
}

// stepSettings are one of the steps, where it is more than an action.
type stepSettings struct {
	Name strictyaml.At[string] `yaml:"name"`
	Do   *yaml.Node            `yaml:"do"`
	Undo *yaml.Node            `yaml:"undo"`
}

// New gives the kind, whose steps are of the given kinds. They may gain the kind
// itself before it is used, so that a chain can stand in a chain.
func New(kinds map[string]dispatch.Kind) dispatch.Kind {
	return func(a knowledge.Action) (dispatch.Runner, fault.List) {
		c := checker{kinds: kinds, file: a.Pos.File}
		r := c.chain(a)
		c.faults.Sort()
		if len(c.faults) > 0 {
			return nil, c.faults
		}
		return r, nil
	}
}

// A checker gathers the faults of one chain.
type checker struct {
	kinds  map[string]dispatch.Kind
	file   string
	faults fault.List
	all    []dispatch.Runner // of the steps and their undo steps
}

func (c *checker) fault(n *yaml.Node, what, do string) {
	c.faults.Add(strictyaml.Fault(c.file, n, what, do))
}

func (c *checker) chain(a knowledge.Action) *runner {
	s := settings{
		Timeout:   strictyaml.At[time.Duration]{Value: defaultTimeout},
		OnFailure: strictyaml.At[string]{Value: undo},
	}
	switch {
	case a.Node != nil && a.Node.Kind == yaml.SequenceNode:
		c.faults = strictyaml.DecodeNode(c.file, a.Node, &s.Steps)
	case a.Node != nil && a.Node.Kind == yaml.MappingNode:
		c.faults = strictyaml.DecodeNode(c.file, a.Node, &s)
	}
	if len(s.Steps) == 0 && len(c.faults) == 0 {
		c.faults.Add(fault.Fault{File: a.Pos.File, Line: a.Pos.Line, Col: a.Pos.Col,
			What: "the chain has no steps", Do: "write a list of actions, for example - {exec: {command: [./script.sh]}}"})
	}
	r := &runner{timeout: s.Timeout.Value, undoes: s.OnFailure.Value != stop, depth: 1, parts: map[string]dispatch.Runner{}}
	if r.timeout <= 0 || r.timeout > dispatch.MaxTimeout {
		c.fault(s.Timeout.Node, fmt.Sprintf("a chain cannot have %s", r.timeout), "write a time above 0s and up to 10m")
	}
	if s.OnFailure.Value != undo && s.OnFailure.Value != stop {
		c.fault(s.OnFailure.Node, fmt.Sprintf("on_failure cannot be %q", strictyaml.Shorten(s.OnFailure.Value)), "write undo or stop")
	}
	if len(s.Steps) > maxSteps {
		c.fault(a.Node, fmt.Sprintf("the chain has %d steps; at most %d are carried out", len(s.Steps), maxSteps),
			"put some of them into a script of their own")
		return r
	}
	for _, at := range s.Steps {
		r.steps = append(r.steps, c.step(at.Node, r))
	}
	r.slots = dispatch.Slots(c.all...)
	return r
}

// step reads one step. Its parts and its depth go to the chain.
func (c *checker) step(n *yaml.Node, r *runner) step {
	s := stepSettings{Do: n}
	if isStep(n) {
		s.Do = nil
		c.faults = append(c.faults, strictyaml.DecodeNode(c.file, n, &s)...)
		if s.Do == nil {
			c.fault(n, "the step does nothing", "write do: with an action, for example do: {exec: {command: [./script.sh]}}")
			return step{}
		}
	}
	out := step{name: strings.TrimSpace(s.Name.Value)}
	if len(out.name) > maxName || strings.ContainsFunc(out.name, unicode.IsControl) {
		c.fault(s.Name.Node, "the name of the step cannot be shown on a line", fmt.Sprintf("write at most %d characters", maxName))
	}
	if strings.ContainsAny(out.name, "{}") {
		c.fault(s.Name.Node, "the name of a step cannot hold a slot", "write it out")
	}
	out.do = c.action("do:", s.Do, r)
	if s.Undo != nil {
		out.undo = c.action("undo:", s.Undo, r)
		if !r.undoes {
			c.fault(s.Undo, "nothing is undone in a chain with on_failure: stop", "remove undo:, or write on_failure: undo")
		}
	}
	return out
}

// isStep tells a step with its settings from one that is only an action.
func isStep(n *yaml.Node) bool {
	if n.Kind != yaml.MappingNode {
		return false
	}
	for i := 0; i < len(n.Content); i += 2 {
		if slices.Contains([]string{"do", "undo", "name"}, n.Content[i].Value) {
			return true
		}
	}
	return false
}

func (c *checker) action(key string, n *yaml.Node, r *runner) dispatch.Runner {
	inner, faults := dispatch.Nested(c.kinds, c.file, key, n)
	c.faults = append(c.faults, faults...)
	if len(faults) > 0 {
		return nil
	}
	if nested, ok := inner.(*runner); ok {
		if r.depth = max(r.depth, nested.depth+1); nested.depth+1 > maxDepth {
			c.fault(n, fmt.Sprintf("chains stand more than %d deep in each other", maxDepth), "make one chain of them")
		}
	}
	parts := dispatch.Parts(inner)
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		if r.parts[name] != nil {
			c.fault(n, fmt.Sprintf("two schedules of this chain are called %q", name), "give each a name: of its own")
		}
		r.parts[name] = parts[name]
	}
	c.all = append(c.all, inner)
	return inner
}
