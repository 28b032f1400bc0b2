package knowledge

import (
	"fmt"
	"strings"
	"time"

	"frontdesk/internal/strictyaml"
	"frontdesk/knowledge/template"

	"go.yaml.in/yaml/v4"
)

// slotTypes are those that an owner may write.
var slotTypes = []string{
	string(template.List), string(template.Number), string(template.Percentage), string(template.Duration),
	string(template.Time), string(template.Date), string(template.Colour), string(template.Text),
}

// maxSecondsDigits is how many digits a duration in seconds may have, so that
// it fits into an int64.
const maxSecondsDigits = 18

// A slotDef is a slot where it was declared.
type slotDef struct {
	slot *Slot
	file *file
	node *yaml.Node // its name
	used bool
	bad  bool // it is at fault, and that is reported
}

// A ruleDef is a rule where it was declared. Its template is nil when it is at
// fault.
type ruleDef struct {
	template *template.Template
	file     *file
	node     *yaml.Node // its text
}

// A scope is what the templates of a base, or of one command, may name.
type scope struct {
	slots map[string]*slotDef
	rules map[string]*ruleDef
	outer *scope
}

func newScope(outer *scope) *scope {
	return &scope{slots: map[string]*slotDef{}, rules: map[string]*ruleDef{}, outer: outer}
}

func (s *scope) slot(name string) *slotDef {
	for ; s != nil; s = s.outer {
		if d := s.slots[name]; d != nil {
			return d
		}
	}
	return nil
}

func (s *scope) rule(name string) *ruleDef {
	for ; s != nil; s = s.outer {
		if d := s.rules[name]; d != nil {
			return d
		}
	}
	return nil
}

// slotNames and ruleNames give what may be named, for suggestions; they are
// sorted where it counts, by [strictyaml.Nearest]'s caller.
func (s *scope) slotNames() []string {
	var names []string
	for ; s != nil; s = s.outer {
		names = append(names, sortedKeys(s.slots)...)
	}
	return names
}

func (s *scope) ruleNames() []string {
	var names []string
	for ; s != nil; s = s.outer {
		names = append(names, sortedKeys(s.rules)...)
	}
	return names
}

// declare reads the slots and the rules of a file or of a command into a scope.
func (b *builder) declare(s *scope, f *file, slots strictyaml.Map[slotItem], rules strictyaml.Map[string]) {
	for _, p := range rules {
		name := p.Key.Value
		if !b.name(f, p.Key, "rule") {
			continue
		}
		if first := s.rules[name]; first != nil {
			b.twice(f, p.Key.Node, "rule", name, first.file.pos(first.node))
			continue
		}
		d := &ruleDef{file: f, node: p.Value.Node}
		d.template, _ = b.template(f, p.Value, "the rule <"+name+">")
		s.rules[name] = d
	}
	for _, p := range slots {
		name := p.Key.Value
		if !b.name(f, p.Key, "slot") {
			continue
		}
		if first := s.slots[name]; first != nil {
			b.twice(f, p.Key.Node, "slot", name, first.file.pos(first.node))
			continue
		}
		before := len(b.faults)
		d := &slotDef{slot: b.slot(f, name, p), file: f, node: p.Key.Node}
		d.bad = len(b.faults) > before
		s.slots[name] = d
	}
}

func (b *builder) name(f *file, key written, what string) bool {
	if isName(key.Value) {
		return true
	}
	b.fault(f, key.Node, fmt.Sprintf("%q cannot be the name of a %s", strictyaml.Shorten(key.Value), what), "use letters, digits, _, - and .")
	return false
}

func (b *builder) twice(f *file, n *yaml.Node, what, name string, first Pos) {
	b.fault(f, n, fmt.Sprintf("the %s %q is declared twice in this base", what, strictyaml.Shorten(name)),
		fmt.Sprintf("it is declared at %s too; rename one of them", first))
}

// slot reads the declaration of a slot.
func (b *builder) slot(f *file, name string, p strictyaml.Pair[slotItem]) *Slot {
	item, before := p.Value.Value, len(b.faults)
	s := &Slot{Slot: template.Slot{Name: name, Type: template.Type(item.Type.Value)}, Ask: strings.TrimSpace(item.Ask.Value),
		Context: strings.TrimSpace(item.Context.Value)}
	switch s.Type {
	case "":
		s.Type = template.List
		if len(item.Values) == 0 {
			b.fault(f, p.Key.Node, fmt.Sprintf("the slot %q has neither values nor a type", name),
				"give values: [...], or type: with one of "+strings.Join(slotTypes[1:], ", "))
		}
	case template.List, template.Number, template.Percentage, template.Duration, template.Time, template.Date, template.Colour, template.Text:
		if s.Type == template.List && len(item.Values) == 0 {
			b.fault(f, p.Key.Node, fmt.Sprintf("the list %q has no values", name), "give values: [...]")
		}
		if s.Type != template.List && len(item.Values) > 0 {
			b.fault(f, item.Type.Node, fmt.Sprintf("the slot %q has a type and values", name), "keep one of them")
		}
	default:
		do := "types: " + strings.Join(slotTypes, ", ")
		if near := strictyaml.Nearest(item.Type.Value, slotTypes); near != "" {
			do = fmt.Sprintf("did you mean %q?", near)
		}
		b.fault(f, item.Type.Node, fmt.Sprintf("there is no type of slot called %q", strictyaml.Shorten(item.Type.Value)), do)
		s.Type = template.Text
	}
	b.values(f, s, item)
	if s.Open = item.Open.Value; s.Open && s.Type != template.List {
		b.fault(f, item.Open.Node, fmt.Sprintf("open: has no meaning for a slot of type %s", s.Type), "remove it, or list values")
	}
	b.bounds(f, s, item)
	b.adjust(f, s, item.Adjust)
	if item.Context.Node != nil && !isName(s.Context) {
		b.fault(f, item.Context.Node, fmt.Sprintf("%q names nothing of a message", strictyaml.Shorten(s.Context)), "write for example room, device, sender, person or channel")
	}
	if len(b.faults) == before {
		b.defaultValue(f, s, item.Default)
	}
	return s
}

// values reads the values of a list.
func (b *builder) values(f *file, s *Slot, item slotItem) {
	first := map[string]*yaml.Node{}
	for _, v := range item.Values {
		var value valueItem
		if v.Node.Kind == yaml.MappingNode {
			b.faults = append(b.faults, strictyaml.DecodeNode(f.name, v.Node, &value)...)
		} else {
			b.faults = append(b.faults, strictyaml.DecodeNode(f.name, v.Node, &value.Value)...)
			value.Say = strictyaml.Many[written]{value.Value}
		}
		canonical := strings.TrimSpace(value.Value.Value)
		if canonical == "" || len(value.Say) == 0 {
			what := fmt.Sprintf("a value of %q is empty", s.Name)
			if v.Node.Kind == yaml.MappingNode {
				what = fmt.Sprintf("a value of %q lacks say: or value:", s.Name)
			}
			b.fault(f, v.Node, what, "write a text, or {say: [the words that mean it], value: what the command gets}")
			continue
		}
		if n := first[canonical]; n != nil {
			b.fault(f, v.Node, fmt.Sprintf("the value %q of %q is given twice", strictyaml.Shorten(canonical), s.Name),
				fmt.Sprintf("it stands in line %d too; put all ways to say it under one say:", n.Line))
			continue
		}
		first[canonical] = v.Node
		out := template.ListValue{Canonical: canonical}
		for _, say := range value.Say {
			if t, ok := b.template(f, say, "a value of "+s.Name); ok {
				out.Say = append(out.Say, t)
			}
		}
		s.Values = append(s.Values, out)
	}
}

// bounds reads the range of a number.
func (b *builder) bounds(f *file, s *Slot, item slotItem) {
	if s.Type == template.Percentage {
		s.To, s.Bounded = 100, true
	}
	given := []strictyaml.At[float64]{item.From, item.To, item.Step}
	if s.Type != template.Number && s.Type != template.Percentage {
		for i, g := range given {
			if g.Node != nil {
				b.fault(f, g.Node, fmt.Sprintf("%s: has no meaning for a slot of type %s", []string{"from", "to", "step"}[i], s.Type),
					"remove it, or write type: number")
			}
		}
		return
	}
	switch {
	case item.From.Node != nil && item.To.Node != nil:
		s.From, s.To, s.Bounded = item.From.Value, item.To.Value, true
	case item.From.Node != nil && s.Bounded:
		s.From = item.From.Value
	case item.To.Node != nil && s.Bounded:
		s.To = item.To.Value
	case item.From.Node != nil, item.To.Node != nil:
		b.fault(f, cmpNode(item.From.Node, item.To.Node), fmt.Sprintf("the slot %q has only one end of its range", s.Name), "give both from: and to:")
		return
	}
	if s.Bounded && s.From > s.To {
		b.fault(f, cmpNode(item.From.Node, item.To.Node), fmt.Sprintf("from is %v and to is %v: no number lies between", s.From, s.To), "swap them")
	}
	if item.Step.Node == nil {
		return
	}
	s.Step = item.Step.Value
	switch {
	case s.Step <= 0:
		b.fault(f, item.Step.Node, fmt.Sprintf("the step is %v", s.Step), "write a number above 0, or remove it")
	case !s.Bounded:
		b.fault(f, item.Step.Node, "a step counts from the start of a range, and there is none", "give from: and to:")
	case s.From <= s.To && s.Step > s.To-s.From:
		b.fault(f, item.Step.Node, fmt.Sprintf("the step %v is larger than the whole range", s.Step), "write a smaller one")
	}
}

// defaultValue reads the value that is taken when none was said.
func (b *builder) defaultValue(f *file, s *Slot, value written) {
	if value.Node == nil {
		return
	}
	canonical, ok := canonicalValue(&s.Slot, value.Value)
	if !ok {
		do := "write " + wanted(&s.Slot)
		b.fault(f, value.Node, fmt.Sprintf("the default %q is no value of the slot %q", strictyaml.Shorten(value.Value), s.Name), do)
		return
	}
	s.Default = canonical
}

// canonicalValue gives the canonical form of a value that an owner wrote. A
// date or a time must be written canonically: "tomorrow" would be the day
// after the base was loaded.
func canonicalValue(s *template.Slot, value string) (string, bool) {
	value = strings.TrimSpace(value)
	if value == "" {
		return "", false
	}
	switch s.Type {
	case template.Time:
		_, err := time.Parse("15:04", value)
		return value, err == nil
	case template.Date:
		_, err := time.Parse(time.DateOnly, value)
		return value, err == nil
	case template.Text:
		return value, true
	case template.List:
		for _, v := range s.Values {
			if v.Canonical == value {
				return value, true
			}
		}
	case template.Duration:
		if strings.Trim(value, "0123456789") == "" && len(value) <= maxSecondsDigits {
			return value, true
		}
	}
	v, ok := s.Parse(value, time.Time{})
	return v.Canonical, ok
}

// wanted says what a slot takes.
func wanted(s *template.Slot) string {
	switch s.Type {
	case template.List:
		var all []string
		for i, v := range s.Values {
			if i == 10 {
				all = append(all, "…")
				break
			}
			all = append(all, v.Canonical)
		}
		return "one of " + strings.Join(all, ", ")
	case template.Number, template.Percentage:
		if s.Bounded {
			return fmt.Sprintf("a number from %v to %v", s.From, s.To)
		}
		return "a number"
	case template.Duration:
		return "a length of time, such as 10 minutes, or the seconds"
	case template.Time:
		return "a time of day as 15:04"
	case template.Date:
		return "a date as 2006-01-02"
	case template.Colour:
		return "the name of a colour, or #rrggbb"
	}
	return "a text"
}

// cmpNode gives the first node that there is.
func cmpNode(a, b *yaml.Node) *yaml.Node {
	if a != nil {
		return a
	}
	return b
}

type adjustItem struct {
	By   strictyaml.At[float64]   `yaml:"by"`
	Up   strictyaml.Many[written] `yaml:"up"`
	Down strictyaml.Many[written] `yaml:"down"`
}

// adjust reads how a number is said relative to what it was.
func (b *builder) adjust(f *file, s *Slot, at strictyaml.At[adjustItem]) {
	if at.Node == nil {
		return
	}
	if s.Type != template.Number && s.Type != template.Percentage {
		b.fault(f, at.Node, fmt.Sprintf("adjust: has no meaning for a slot of type %s", s.Type), "remove it, or write type: number")
		return
	}
	a := &Adjust{By: at.Value.By.Value}
	if a.By <= 0 {
		b.fault(f, cmpNode(at.Value.By.Node, at.Node), "it is not said how far one step goes", "write by: with a number above 0")
	}
	words := func(list []written) (out []string) {
		for _, w := range list {
			if n := template.Normalize(w.Value); n != "" {
				out = append(out, n)
			} else {
				b.fault(f, w.Node, "the word is empty", "write a word or a few, such as warmer")
			}
		}
		return out
	}
	a.Up, a.Down = words(at.Value.Up), words(at.Value.Down)
	s.Adjust = a
}
