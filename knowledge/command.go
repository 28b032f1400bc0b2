package knowledge

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"frontdesk/internal/strictyaml"
	"frontdesk/knowledge/template"

	"go.yaml.in/yaml/v4"
)

// samples is how many phrasings of a command are made from its templates.
const samples = 24

// A commandDef is a command where it was written.
type commandDef struct {
	entry     *Entry
	file      *file
	item      commandItem
	node      *yaml.Node
	sentences []*yaml.Node // of each template in entry.Command.Say
	scope     *scope       // what its templates may name
	broken    bool         // a template or what it names is at fault
	opaque    bool         // of which a rule cannot be followed
	order     []string     // slots, in the order in which the templates name them
}

// command reads a command.
func (b *builder) command(f *file, at strictyaml.At[commandItem]) {
	item := at.Value
	e := b.entry(f, at.Node, Do, item.ID, item.Formerly, item.Tags, item.Followups, item.Source)
	c := &Command{Title: strings.TrimSpace(item.Title.Value), Slots: map[string]*Slot{}, Guards: b.guards(f, at)}
	e.Command = c
	d := &commandDef{entry: e, file: f, item: item, node: at.Node}
	b.defs[e] = d

	e.Question = c.Title
	e.Alternatives = b.texts(f, item.Alternatives, "an alternative")
	e.locate(f, item.Title)
	e.locate(f, item.Alternatives...)
	e.locate(f, item.Say...) // a sentence without slots and choices is a phrasing as it stands
	if len(item.Say) == 0 && c.Title == "" && len(e.Alternatives) == 0 {
		b.fault(f, cmpNode(item.ID.Node, at.Node), "the command has no sentence by which it is found", "write say: with at least one")
	}
	own := newScope(b.scope)
	d.scope = own
	b.declare(own, f, item.Slots, item.Rules)
	for _, say := range item.Say {
		t, ok := b.template(f, say, "a sentence")
		if !ok {
			d.broken = true
			b.markUsed(own, say.Value)
			continue
		}
		c.Say = append(c.Say, t)
		d.sentences = append(d.sentences, say.Node)
	}
	for _, r := range own.rules {
		d.broken = d.broken || r.template == nil
	}
	r := reach{b: b, d: d, scope: own, rules: map[string]bool{}}
	for i, t := range c.Say {
		r.follow(t, f, d.sentences[i])
	}
	if len(r.rules) > 0 {
		c.Rules = map[string]*template.Template{}
		for name := range r.rules {
			if t := own.rule(name).template; t != nil {
				c.Rules[name] = t
			}
		}
	}
	r.unsaid()
	b.action(d)
	b.needs(d)
	if !d.broken {
		b.unused(own, "no sentence of this command names it")
	}
}

// reach finds every slot and rule that a command's templates name, also
// through rules.
type reach struct {
	b     *builder
	d     *commandDef
	scope *scope
	rules map[string]bool // those followed
}

func (r *reach) follow(t *template.Template, f *file, n *yaml.Node) {
	source := n.Value
	type ref struct {
		offset int
		slot   template.SlotRef
		rule   string
	}
	var refs []ref
	for _, s := range t.SlotRefs() {
		refs = append(refs, ref{offset: s.Offset, slot: s})
	}
	for _, name := range t.RuleRefs() {
		refs = append(refs, ref{offset: max(0, strings.Index(source, "<"+name)), rule: name})
	}
	slices.SortStableFunc(refs, func(a, b ref) int { return cmp.Compare(a.offset, b.offset) })
	for _, ref := range refs {
		if ref.rule == "" {
			r.slot(ref.slot, f, n)
			continue
		}
		rule := r.scope.rule(ref.rule)
		switch {
		case rule == nil:
			r.d.broken, r.d.opaque = true, true
			r.b.faultIn(f, n, ref.offset, fmt.Sprintf("there is no rule <%s>", ref.rule), r.b.suggest(ref.rule, r.scope.ruleNames(), "declare it under rules:"))
		case !r.rules[ref.rule]:
			r.rules[ref.rule] = true
			if rule.template == nil {
				r.d.broken, r.d.opaque = true, true
				r.b.markUsed(r.scope, rule.node.Value)
			} else {
				r.follow(rule.template, rule.file, rule.node)
			}
		}
	}
}

func (r *reach) slot(ref template.SlotRef, f *file, n *yaml.Node) {
	var s Slot
	if ref.List == "" {
		s = Slot{Slot: template.Slot{Type: ref.Type}}
		if ref.Type == template.Percentage {
			s.To, s.Bounded = 100, true
		}
	} else {
		def := r.scope.slot(ref.List)
		if def == nil {
			r.d.broken = true
			r.b.faultIn(f, n, ref.Offset, fmt.Sprintf("there is no slot {%s}", ref.List),
				r.b.suggest(ref.List, r.scope.slotNames(), "declare it under slots:"))
			return
		}
		def.used = true
		r.d.broken = r.d.broken || def.bad
		s = *def.slot
	}
	s.Name = ref.Slot
	slots := r.d.entry.Command.Slots
	if known := slots[ref.Slot]; known != nil {
		if !sameSlot(known, &s) {
			r.d.broken = true
			r.b.faultIn(f, n, ref.Offset, fmt.Sprintf("{%s} means two different things in one command", ref.Slot), "give one of them another name, as in {list:name}")
		}
		return
	}
	slots[ref.Slot] = &s
	r.d.order = append(r.d.order, ref.Slot)
}

// unsaid adds the command's own slots that need no sentence to name them, as
// their values come from elsewhere.
func (r *reach) unsaid() {
	slots := r.d.entry.Command.Slots
	for _, name := range sortedKeys(r.scope.slots) {
		def := r.scope.slots[name]
		if def.used || slots[name] != nil || def.slot.Default == "" && def.slot.Context == "" {
			continue
		}
		def.used = true
		r.d.broken = r.d.broken || def.bad
		s := *def.slot
		slots[name] = &s
		r.d.order = append(r.d.order, name)
	}
}

// sameSlot says whether two slots were declared as one.
func sameSlot(a, b *Slot) bool {
	return a.Type == b.Type && a.Open == b.Open && a.From == b.From && a.To == b.To && a.Step == b.Step && a.Bounded == b.Bounded &&
		a.Ask == b.Ask && a.Default == b.Default && a.Context == b.Context && a.Adjust == b.Adjust &&
		slices.EqualFunc(a.Values, b.Values, func(x, y template.ListValue) bool {
			return x.Canonical == y.Canonical && slices.Equal(x.Say, y.Say)
		})
}

// markUsed takes every slot that a broken template may mean as used, lest one
// mistake makes two faults.
func (b *builder) markUsed(s *scope, source string) {
	for ; s != nil; s = s.outer {
		for name, d := range s.slots {
			d.used = d.used || strings.Contains(source, "{"+name)
		}
	}
}

// action reads what the command does.
func (b *builder) action(d *commandDef) {
	f, item, c := d.file, d.item, d.entry.Command
	if item.Reply.Node != nil && strings.TrimSpace(item.Reply.Value) == "" {
		b.fault(f, item.Reply.Node, "the reply is empty", "write what is said when the command was done, or remove the key")
	}
	c.Reply = TrimText(item.Reply.Value)
	run := item.Run
	if run == nil {
		if c.Reply == "" {
			b.fault(f, cmpNode(item.ID.Node, d.node), "the command does nothing", "write run: or reply:")
			return
		}
		c.Action = Action{Kind: ReplyAction, Node: item.Reply.Node, Pos: f.pos(item.Reply.Node)}
		return
	}
	action, faults := ReadAction(f.name, "run:", run)
	if len(faults) > 0 {
		b.faults = append(b.faults, faults...)
		return
	}
	c.Action = action
	if action.Kind != ReplyAction {
		return
	}
	switch settings := action.Node; {
	case settings.Kind != yaml.ScalarNode || strings.TrimSpace(settings.Value) == "":
		b.fault(f, settings, "the reply is no text", `write run: {reply: "the text"}`)
	case c.Reply != "":
		b.fault(f, item.Reply.Node, "the command has two replies", "keep reply: and remove run:")
	default:
		c.Reply = TrimText(settings.Value)
	}
}

// needs reads the texts of the action and of the reply, and finds the slots
// that must have a value for them.
func (b *builder) needs(d *commandDef) {
	c := d.entry.Command
	b.optional(d)
	used := map[string]bool{}
	b.textSlots(d, c.Action.Node, used, c.Action.Kind == ReplyAction)
	if d.item.Reply.Node != c.Action.Node {
		b.textSlots(d, d.item.Reply.Node, used, true, OutputSlot)
	}
	for _, name := range d.order {
		if used[name] && c.Slots[name].Default == "" && !slices.Contains(c.Optional, name) {
			c.Needs = append(c.Needs, name)
		}
	}
}

// optional reads which slots the command does without.
func (b *builder) optional(d *commandDef) {
	c := d.entry.Command
	for _, o := range d.item.Optional {
		s := c.Slots[o.Value]
		switch {
		case s == nil && d.mayName(o.Value):
		case s == nil:
			b.fault(d.file, o.Node, fmt.Sprintf("no sentence of this command names {%s}", strictyaml.Shorten(o.Value)),
				b.suggest(o.Value, d.order, "name it in say:, or remove it"))
		case s.Default != "":
			b.fault(d.file, o.Node, fmt.Sprintf("the slot %q has a default, so it always has a value", o.Value), "remove one of them")
		case slices.Contains(c.Optional, o.Value):
			b.fault(d.file, o.Node, fmt.Sprintf("the slot %q is named twice", o.Value), "keep one of them")
		default:
			c.Optional = append(c.Optional, o.Value)
		}
	}
}

// textSlots notes the slots in every text below a node. What is said must not
// name a secret. Given are the names that stand for something else.
func (b *builder) textSlots(d *commandDef, n *yaml.Node, used map[string]bool, said bool, given ...string) {
	if n == nil {
		return
	}
	switch n.Kind {
	case yaml.SequenceNode:
		for _, c := range n.Content {
			b.textSlots(d, c, used, said, given...)
		}
	case yaml.MappingNode:
		for i := 1; i < len(n.Content); i += 2 {
			b.textSlots(d, n.Content[i], used, said, given...)
		}
	case yaml.ScalarNode:
		t, err := ParseText(n.Value)
		if err != nil {
			b.syntax(d.file, n, "", err)
			return
		}
		for _, p := range t.pieces {
			switch {
			case p.isSecret() && said:
				b.faultIn(d.file, n, p.offset, fmt.Sprintf("the secret %s would be said", p.ref),
					`secrets belong under run:; write $\{ for the characters themselves`)
			case p.slot == "" || used[p.slot] || slices.Contains(given, p.slot):
			case d.entry.Command.Slots[p.slot] == nil && !d.mayName(p.slot):
				b.faultIn(d.file, n, p.offset, fmt.Sprintf("no sentence of this command names {%s}", p.slot),
					b.suggest(p.slot, d.order, `name it in say:, or write \{ for the character itself`))
			default:
				used[p.slot] = true
			}
		}
	}
}

// mayName says whether a sentence that is at fault may name a slot, so that
// one mistake does not make two faults.
func (d *commandDef) mayName(slot string) bool {
	return d.opaque || d.broken && slices.ContainsFunc(d.item.Say, func(say written) bool {
		source := strings.ReplaceAll(say.Value, " ", "")
		return strings.Contains(source, "{"+slot+"}") || strings.Contains(source, ":"+slot+"}") || strings.Contains(source, "{"+slot+":")
	})
}

// unused reports the slots of a scope that nothing names. A file that holds
// nothing but slots and rules is a store for those who write commands: a list
// of a whole house may well be larger than what is asked of it so far.
func (b *builder) unused(s *scope, why string) {
	for _, name := range sortedKeys(s.slots) {
		if d := s.slots[name]; !d.used && !(s == b.scope && d.file.isStore()) {
			b.fault(d.file, d.node, fmt.Sprintf("the slot %q is never used: %s", name, why), "use it or remove it")
		}
	}
}
