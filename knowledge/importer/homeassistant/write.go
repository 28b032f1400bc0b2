package homeassistant

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"frontdesk/internal/fault"
	"frontdesk/knowledge"

	"go.yaml.in/yaml/v4"
)

// A slotOut is a slot as it is written, and a ruleOut a rule.
type (
	slotOut struct {
		name    string
		list    *list
		context string // the key of the message's context that fills it; may be empty
	}
	ruleOut struct{ name, text string }
)

// share puts what commands have in common where all can name it: under each
// name what most of them mean, the rest into the commands.
func (b *builder) share() {
	rules := shared(b.commands, func(c *command) map[string]string { return c.rules }, func(a, b string) bool { return a == b })
	lists := shared(b.commands, func(c *command) map[string]*list { return c.lists }, (*list).same)
	for _, name := range slices.Sorted(maps.Keys(rules)) {
		b.rulesOut = append(b.rulesOut, ruleOut{name, rules[name]})
	}
	for _, name := range slices.Sorted(maps.Keys(lists)) {
		if lists[name].unknown {
			b.undeclared = append(b.undeclared, name)
		} else {
			b.slotsOut = append(b.slotsOut, slotOut{name: name, list: lists[name]})
		}
	}
	for _, c := range b.commands {
		for _, name := range slices.Sorted(maps.Keys(c.rules)) {
			if c.rules[name] != rules[name] {
				c.ownRules = append(c.ownRules, ruleOut{name, c.rules[name]})
			}
		}
		for _, key := range c.context {
			c.ownSlots = append(c.ownSlots, slotOut{name: key, list: b.contextList(c, key), context: messageKey(key)})
		}
		for _, name := range slices.Sorted(maps.Keys(c.lists)) {
			if slices.Contains(c.context, name) {
				continue
			}
			if !c.lists[name].same(lists[name]) {
				c.ownSlots = append(c.ownSlots, slotOut{name: name, list: c.lists[name]})
			}
		}
	}
	b.shadowed()
	if len(b.undeclared) > 0 {
		b.note("", nil, "these slots are for another knowledge file to declare, such as the one that --url makes: %s", strings.Join(b.undeclared, ", "))
	}
}

// shadowed tells of names that several things have.
func (b *builder) shadowed() {
	for _, s := range b.slotsOut {
		if _, alike := s.list.settled(); len(alike) > 0 {
			b.notes.Add(fault.Fault{What: fmt.Sprintf("several things of {%s} are called alike, so that Home Assistant gets their name and decides: %s",
				s.name, strings.Join(alike, ", "))})
		}
	}
}

// messageKey gives what a key of Home Assistant's context is called in ours:
// the area of a device is the room in which it stands.
func messageKey(key string) string {
	if key == "area" {
		return "room"
	}
	return key
}

// contextList gives what a slot that is filled from the message can hold: what
// is said for it elsewhere, or any text.
func (b *builder) contextList(c *command, key string) *list {
	l := c.lists[key]
	if l == nil {
		l = b.house[key]
	}
	if l == nil || len(l.values) == 0 {
		return &list{name: key, wildcard: true}
	}
	return l
}

// shared gives, for each name, what most commands mean by it; of several, what
// the first of them means.
func shared[T any](commands []*command, of func(*command) map[string]T, same func(a, b T) bool) map[string]T {
	type variant struct {
		value T
		count int
	}
	all := map[string][]variant{}
	for _, c := range commands {
		for name, v := range of(c) {
			at := slices.IndexFunc(all[name], func(o variant) bool { return same(o.value, v) })
			if at < 0 {
				at = len(all[name])
				all[name] = append(all[name], variant{value: v})
			}
			all[name][at].count++
		}
	}
	out := map[string]T{}
	for name, variants := range all {
		best := variants[0]
		for _, v := range variants[1:] {
			if v.count > best.count {
				best = v
			}
		}
		out[name] = best.value
	}
	return out
}

// writeYAML writes a knowledge file.
func writeYAML(w io.Writer, header string, slots []slotOut, rules []ruleOut, commands []*command) error {
	root := mapping(scalar("format"), plain("1"))
	written := map[string]*yaml.Node{}
	if len(slots) > 0 {
		root.Content = append(root.Content, scalar("slots"), slotNodes(slots, written))
	}
	if len(rules) > 0 {
		root.Content = append(root.Content, scalar("rules"), ruleNodes(rules))
	}
	if len(commands) > 0 {
		list := &yaml.Node{Kind: yaml.SequenceNode}
		for _, c := range commands {
			list.Content = append(list.Content, c.node(written))
		}
		root.Content = append(root.Content, scalar("commands"), list)
	}
	for line := range strings.Lines(header) {
		if _, err := fmt.Fprintf(w, "# %s\n", strings.TrimSuffix(line, "\n")); err != nil {
			return fmt.Errorf("writing YAML: %w", err)
		}
	}
	d, err := yaml.NewDumper(w, yaml.WithV4Defaults(), yaml.WithLineWidth(-1))
	if err != nil {
		return fmt.Errorf("preparing the YAML dumper: %w", err)
	}
	if err := d.Dump(root); err != nil {
		return fmt.Errorf("writing YAML: %w", err)
	}
	if err := d.Close(); err != nil {
		return fmt.Errorf("writing YAML: %w", err)
	}
	return nil
}

// node gives a command as it is written. Written are the values of the slots of
// the whole file.
func (c *command) node(written map[string]*yaml.Node) *yaml.Node {
	n := mapping(scalar("id"), scalar(c.id))
	add := func(key string, v *yaml.Node) { n.Content = append(n.Content, scalar(key), v) }
	say := &yaml.Node{Kind: yaml.SequenceNode}
	for _, s := range c.say {
		say.Content = append(say.Content, scalar(s))
	}
	add("say", say)
	if own := slotNodes(c.ownSlots, written); len(own.Content) > 0 {
		add("slots", own)
	}
	if optional := c.optional(); len(optional) > 0 {
		list := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
		for _, name := range optional {
			list.Content = append(list.Content, scalar(name))
		}
		add("optional", list)
	}
	if len(c.ownRules) > 0 {
		add("rules", ruleNodes(c.ownRules))
	}
	add("run", mapping(scalar("homeassistant"), c.action()))
	if c.reply != "" {
		add("reply", scalar(c.reply))
	}
	return n
}

// action gives the intent with its slots.
func (c *command) action() *yaml.Node {
	n := mapping(scalar("intent"), scalar(c.intent))
	slots, factors := mapping(), mapping()
	slots.Style, factors.Style = yaml.FlowStyle, yaml.FlowStyle
	for _, u := range c.uses {
		var text strings.Builder
		for _, f := range u.from {
			text.WriteString("{" + f.name + "}")
		}
		value := scalar(text.String())
		value.Style = yaml.DoubleQuotedStyle
		slots.Content = append(slots.Content, scalar(u.slot), value)
		if factor(u.multiplier) != 1 {
			factors.Content = append(factors.Content, scalar(u.slot), plain(strconv.FormatFloat(u.multiplier, 'g', -1, 64)))
		}
	}
	for _, key := range c.context {
		if !slices.ContainsFunc(c.uses, func(u use) bool { return u.slot == key }) {
			value := scalar("{" + key + "}")
			value.Style = yaml.DoubleQuotedStyle
			slots.Content = append(slots.Content, scalar(key), value)
		}
	}
	for _, f := range c.fixed {
		slots.Content = append(slots.Content, scalar(f.slot), fixedNode(f.value))
	}
	if len(slots.Content) > 0 {
		n.Content = append(n.Content, scalar("slots"), slots)
	}
	if len(factors.Content) > 0 {
		n.Content = append(n.Content, scalar("multiply"), factors)
	}
	return n
}

// fixedNode gives a fixed value, in which a brace is no slot.
func fixedNode(v *yaml.Node) *yaml.Node {
	if v.Kind == yaml.SequenceNode {
		n := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
		for _, c := range v.Content {
			n.Content = append(n.Content, fixedNode(c))
		}
		return n
	}
	if v.Tag == "!!int" || v.Tag == "!!float" || v.Tag == "!!bool" {
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: v.Tag, Value: v.Value}
	}
	return scalar(knowledge.EscapeText(v.Value))
}

func ruleNodes(rules []ruleOut) *yaml.Node {
	n := mapping()
	for _, r := range rules {
		n.Content = append(n.Content, scalar(r.name), scalar(r.text))
	}
	return n
}

// slotNodes gives slots as they are written. One that is filled from the message
// shares its values with the slot of that name that all commands have.
func slotNodes(slots []slotOut, written map[string]*yaml.Node) *yaml.Node {
	n := mapping()
	for _, s := range slots {
		d := s.list.definition()
		if d.Content[0].Value == "values" {
			switch values := written[s.name]; {
			case s.context == "":
				written[s.name] = d.Content[1]
			case values != nil && sameNodes(values, d.Content[1]):
				values.Anchor = s.name
				d.Content[1] = &yaml.Node{Kind: yaml.AliasNode, Value: s.name, Alias: values}
			}
		}
		if s.context != "" {
			d.Style = yaml.FlowStyle
			d.Content = append(d.Content, scalar("context"), scalar(s.context))
		}
		n.Content = append(n.Content, scalar(s.name), d)
	}
	return n
}

func sameNodes(a, b *yaml.Node) bool {
	return a.Value == b.Value && slices.EqualFunc(a.Content, b.Content, sameNodes)
}

// definition gives a list as the declaration of a slot.
func (l *list) definition() *yaml.Node {
	n := mapping()
	switch {
	case l.number != nil:
		n.Style = yaml.FlowStyle
		number := func(key string, v float64) {
			n.Content = append(n.Content, scalar(key), plain(strconv.FormatFloat(v, 'g', -1, 64)))
		}
		kind := "number"
		if l.number.percentage {
			kind = "percentage"
		}
		n.Content = append(n.Content, scalar("type"), scalar(kind))
		if !l.number.percentage || l.number.from != 0 || l.number.to != 100 {
			number("from", l.number.from)
			number("to", l.number.to)
		}
		number("step", l.number.step)
	case l.wildcard:
		n.Style = yaml.FlowStyle
		n.Content = append(n.Content, scalar("type"), scalar("text"))
	default:
		n.Content = append(n.Content, scalar("values"), l.valueNodes())
	}
	return n
}

// valueNodes gives the values, those that mean the same together.
func (l *list) valueNodes() *yaml.Node {
	said := map[string][]string{}
	var order []string
	values, _ := l.settled()
	for _, v := range values {
		if said[v.out] == nil {
			order = append(order, v.out)
		}
		if !slices.Contains(said[v.out], v.say) {
			said[v.out] = append(said[v.out], v.say)
		}
	}
	n := &yaml.Node{Kind: yaml.SequenceNode}
	if length := len(strings.Join(order, ", ")); length < 80 && len(order) == len(l.values) {
		n.Style = yaml.FlowStyle
	}
	for _, out := range order {
		if len(said[out]) == 1 && said[out][0] == out {
			n.Content = append(n.Content, scalar(out))
			continue
		}
		say := scalar(said[out][0])
		if len(said[out]) > 1 {
			say = &yaml.Node{Kind: yaml.SequenceNode}
			for _, s := range said[out] {
				say.Content = append(say.Content, scalar(s))
			}
		}
		item := mapping(scalar("say"), say, scalar("value"), scalar(out))
		item.Style = yaml.FlowStyle
		n.Content = append(n.Content, item)
	}
	return n
}

func mapping(content ...*yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: yaml.MappingNode, Content: content}
}

// scalar gives a text, plain where it reads as one.
func scalar(s string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
}

// plain gives a number as it stands.
func plain(s string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Value: s} }
