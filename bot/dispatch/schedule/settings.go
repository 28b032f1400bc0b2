package schedule

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"frontdesk/bot/dispatch"
	"frontdesk/internal/fault"
	"frontdesk/internal/strictyaml"
	"frontdesk/knowledge"

	"go.yaml.in/yaml/v4"
)

// settings are what stands under schedule: in a knowledge file.
type settings struct {
	In     strictyaml.At[string]        `yaml:"in"`
	At     strictyaml.At[string]        `yaml:"at"`
	On     strictyaml.At[string]        `yaml:"on"`
	Cron   strictyaml.At[string]        `yaml:"cron"`
	Once   strictyaml.At[bool]          `yaml:"once"`
	Until  strictyaml.At[string]        `yaml:"until"`
	AtMost strictyaml.At[int]           `yaml:"at_most"`
	TZ     strictyaml.At[string]        `yaml:"tz"`
	Late   strictyaml.At[time.Duration] `yaml:"late"`
	Name   strictyaml.At[string]        `yaml:"name"`
	Do     *yaml.Node                   `yaml:"do"`
	Say    strictyaml.At[string]        `yaml:"say"`
	List   strictyaml.At[bool]          `yaml:"list"`
	Cancel strictyaml.At[string]        `yaml:"cancel"`
	Whose  strictyaml.At[string]        `yaml:"whose"`
}

// New gives the kind. What it puts off is of the given kinds, which may gain the
// kind itself and others before it is used.
func New(kinds map[string]dispatch.Kind, deps Deps) dispatch.Kind {
	if deps.Now == nil {
		deps.Now = time.Now
	}
	return func(a knowledge.Action) (dispatch.Runner, fault.List) {
		c := checker{kinds: kinds, deps: deps, file: a.Pos.File, at: a}
		r := c.check()
		c.faults.Sort()
		if len(c.faults) > 0 {
			return nil, c.faults
		}
		return r, nil
	}
}

// A checker gathers the faults of one schedule, and its slots.
type checker struct {
	kinds  map[string]dispatch.Kind
	deps   Deps
	file   string
	at     knowledge.Action
	faults fault.List
	slots  []string
}

func (c *checker) fault(n *yaml.Node, what, do string) {
	c.faults.Add(strictyaml.Fault(c.file, n, what, do))
}

// here makes a fault of the schedule as a whole.
func (c *checker) here(what, do string) {
	p := c.at.Pos
	c.faults.Add(fault.Fault{File: p.File, Line: p.Line, Col: p.Col, What: what, Do: do})
}

// given says which of some settings were written, in their order.
func given(list ...setting) []setting {
	return slices.DeleteFunc(list, func(s setting) bool { return s.node == nil })
}

type setting struct {
	name string
	node *yaml.Node
}

func (c *checker) check() dispatch.Runner {
	var s settings
	if c.at.Node != nil {
		c.faults = strictyaml.DecodeNode(c.file, c.at.Node, &s)
	}
	if len(c.faults) > 0 {
		return nil // what could not be read is not worth checking
	}
	if c.deps.Off != "" {
		c.here("nothing can be scheduled: "+c.deps.Off, "change that, or remove the command")
	}
	what := given(setting{"in", s.In.Node}, setting{"at", s.At.Node}, setting{"cron", s.Cron.Node},
		setting{"list", s.List.Node}, setting{"cancel", s.Cancel.Node})
	if len(what) == 0 {
		c.here("the schedule does not say when", "write in:, at: or cron:; or list: true, or cancel: for what is scheduled already")
		return nil
	}
	for _, other := range what[1:] {
		c.fault(other.node, fmt.Sprintf("%s: and %s: cannot stand together", what[0].name, other.name), "keep one of them")
	}
	zone := c.zone(s.TZ)
	if what[0].name == "list" || what[0].name == "cancel" {
		return c.keeper(s, zone)
	}
	c.useless(s, what[0].name)
	w := c.when(s, zone)
	a := &adder{deps: c.deps, when: w, late: defaultLate, name: c.text(s.Name), part: strings.TrimSpace(s.Name.Value)}
	if a.part == "" {
		a.part = defaultPart
	}
	if s.Late.Node != nil {
		a.late = s.Late.Value
	}
	if a.late < 0 || a.late > maxLate {
		c.fault(s.Late.Node, fmt.Sprintf("nothing can be late by %s", a.late), "write a time from 0s to 24h")
	}
	a.later = later{do: c.do(s), say: c.text(s.Say)}
	if s.Say.Node != nil && strings.TrimSpace(s.Say.Value) == "" {
		c.fault(s.Say.Node, "there is nothing to say", "write a text, or remove the key")
	}
	a.slots = c.slots
	return a
}

// useless reports the settings that have no meaning with the others.
func (c *checker) useless(s settings, when string) {
	for _, x := range given(setting{"whose", s.Whose.Node}) {
		c.fault(x.node, "whose: has no meaning for what is put off", "remove it; it belongs to list: and cancel:")
	}
	if when != "at" {
		for _, x := range given(setting{"on", s.On.Node}) {
			c.fault(x.node, "on: has no meaning without at:", "write at: with a time of day, or remove it")
		}
	}
	if when != "cron" {
		for _, x := range given(setting{"once", s.Once.Node}, setting{"until", s.Until.Node}, setting{"at_most", s.AtMost.Node}) {
			c.fault(x.node, x.name+": has no meaning without cron:", "remove it")
		}
	} else if s.Once.Value {
		for _, x := range given(setting{"until", s.Until.Node}, setting{"at_most", s.AtMost.Node}) {
			c.fault(x.node, x.name+": has no meaning with once: true", "keep one of them")
		}
	}
	if s.AtMost.Node != nil && (s.AtMost.Value < 1 || s.AtMost.Value > 1_000_000) {
		c.fault(s.AtMost.Node, fmt.Sprintf("nothing can be done %d times", s.AtMost.Value), "write a number from 1 to 1000000")
	}
	if s.Do == nil && s.Say.Node == nil {
		c.here("nothing is scheduled", "write do: with an action, or say: with a text, or both")
	}
}

// keeper reads the settings of list: and cancel:.
func (c *checker) keeper(s settings, zone *time.Location) dispatch.Runner {
	for _, x := range given(setting{"on", s.On.Node}, setting{"once", s.Once.Node}, setting{"until", s.Until.Node},
		setting{"at_most", s.AtMost.Node}, setting{"late", s.Late.Node}, setting{"name", s.Name.Node},
		setting{"do", s.Do}, setting{"say", s.Say.Node}) {
		c.fault(x.node, x.name+": has no meaning with list: or cancel:", "remove it")
	}
	if s.List.Node != nil && !s.List.Value {
		c.fault(s.List.Node, "list: false does nothing", "write list: true")
	}
	if s.Cancel.Node != nil && strings.TrimSpace(s.Cancel.Value) == "" {
		c.fault(s.Cancel.Node, "cancel: does not say what", `write last, all, or "{job}"`)
	}
	if w := s.Whose; w.Node != nil && w.Value != "all" && w.Value != "own" {
		c.fault(w.Node, fmt.Sprintf("whose: cannot be %q", strictyaml.Shorten(w.Value)), "write own or all")
	}
	return &keeper{deps: c.deps, cancel: c.text(s.Cancel), all: s.Whose.Value == "all", zone: zone}
}

func (c *checker) zone(t strictyaml.At[string]) *time.Location {
	if t.Node == nil {
		return time.Local
	}
	zone, err := time.LoadLocation(t.Value)
	if err != nil || t.Value == "" {
		c.fault(t.Node, fmt.Sprintf("there is no time zone %q", strictyaml.Shorten(t.Value)), "write a name such as Europe/Berlin or UTC")
		return time.Local
	}
	return zone
}

// when reads when it is due. What holds no slot is tried at once.
func (c *checker) when(s settings, zone *time.Location) when {
	w := when{in: c.text(s.In), at: c.text(s.At), on: c.text(s.On), cron: c.text(s.Cron), until: c.text(s.Until),
		zone: zone, once: s.Once.Value, atMost: s.AtMost.Value}
	none := func(string) string { return "" }
	for _, x := range []struct {
		text text
		node *yaml.Node
		try  func(string) string
		do   string
	}{
		{w.in, s.In.Node, func(v string) string { _, p := parseLength(v); return p }, `write for example 10m or "{length}"`},
		{w.at, s.At.Node, func(v string) string { _, p := parseClock(v); return p }, `write for example "07:30" or "{when}"`},
		{w.on, s.On.Node, func(v string) string { _, p := parseDay(v, zone); return p }, `write for example 2030-12-31 or "{day}"`},
		{w.until, s.Until.Node, func(v string) string { _, p := parseDay(v, zone); return p }, `write for example 2030-12-31 or "{day}"`},
		{w.cron, s.Cron.Node, func(v string) string {
			rule, _, p := parseRule(v, zone)
			if p == "" && rule.Next(c.deps.Now()).IsZero() {
				p = "there is no such time within five years"
			}
			return p
		}, "write minute, hour, day, month and weekday, for example 0 7 * * mon-fri"},
	} {
		if !x.text.given || len(x.text.Slots()) > 0 {
			continue
		}
		if problem := x.try(x.text.Expand(none)); problem != "" {
			c.fault(x.node, problem, x.do)
		}
	}
	return w
}

// do reads the action that is put off.
func (c *checker) do(s settings) dispatch.Runner {
	if s.Do == nil {
		return nil
	}
	r, faults := dispatch.Nested(c.kinds, c.file, "do:", s.Do)
	c.faults = append(c.faults, faults...)
	if len(faults) > 0 {
		return nil
	}
	if len(dispatch.Parts(r)) > 0 {
		c.fault(s.Do, "a schedule cannot stand inside a schedule", "schedule both beside each other, in a chain")
	}
	if _, ok := r.(*keeper); ok {
		c.fault(s.Do, "a schedule cannot stand inside a schedule", "write it as a command of its own")
	}
	c.uses(r.Slots())
	return r
}

func (c *checker) text(t strictyaml.At[string]) text {
	read, faults := dispatch.ReadSaid(c.file, t)
	c.faults = append(c.faults, faults...)
	c.uses(read.Slots())
	return text{Text: read, given: t.Node != nil}
}

func (c *checker) uses(slots []string) {
	for _, name := range slots {
		if !slices.Contains(c.slots, name) {
			c.slots = append(c.slots, name)
		}
	}
}
