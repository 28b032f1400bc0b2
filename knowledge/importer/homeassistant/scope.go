package homeassistant

import (
	"maps"
	"slices"
	"strings"

	"frontdesk/knowledge/template"
)

// A scope is what the sentences of one block may name.
type scope struct {
	b      *builder
	block  *block
	rules  map[string]*template.Template // without what cannot be said; nil for a rule of which nothing is left
	inside map[string]bool               // rules that are being looked at
	added  map[string]string             // what is added to the names of rules
	lists  map[string]*list              // by their names in the files
}

// list gives a list of the files, with what fits the block's conditions; nil
// for one that is not there.
func (s *scope) list(name string) *list {
	if l, ok := s.lists[name]; ok {
		return l
	}
	l := s.block.lists[name]
	if l == nil {
		l = s.b.lists[name]
	}
	if l == nil {
		l = s.b.house[name]
	}
	if l != nil {
		l = l.restricted(s.block.requires, s.block.excludes)
		for l.name != name && (s.b.lists[l.name] != nil || s.block.lists[l.name] != nil) {
			l.name += "_2" // the files have another list of that name
		}
	}
	s.lists[name] = l
	return l
}

// prune takes out of a template what cannot be said.
func (s *scope) prune(from text, t *template.Template) (*template.Template, bool) {
	return t.Edited(template.Edit{
		Slot: func(ref template.SlotRef) (template.SlotRef, bool) {
			switch l := s.list(ref.List); {
			case ref.Type != "":
				s.b.once(from, "what is captured for a response alone, {%s:@%s}, is left out", ref.Slot, ref.Type)
			case l == nil:
				s.b.once(from, "there is no list {%s} in these files, and what needs it is left out", ref.List)
			case l.empty():
				s.b.once(from, "nothing in the house fits {%s} here%s, and what needs it is left out", ref.List, s.conditions())
			default:
				return ref, true
			}
			return ref, false
		},
		Rule: func(name string) (string, bool) { return name, s.rule(from, name) != nil },
	})
}

// conditions says what is required of the values here.
func (s *scope) conditions() string {
	var all []string
	for _, c := range s.block.requires {
		if !c.slot {
			all = append(all, c.key+" "+strings.Join(c.values, " or "))
		}
	}
	for _, c := range s.block.excludes {
		all = append(all, "not "+c.key+" "+strings.Join(c.values, " or "))
	}
	if len(all) == 0 {
		return ""
	}
	return " (" + strings.Join(all, ", ") + ")"
}

// rule gives a rule without what cannot be said; nil where nothing is left.
func (s *scope) rule(from text, name string) *template.Template {
	if t, ok := s.rules[name]; ok {
		return t
	}
	written, ok := s.block.rules[name]
	if !ok {
		written, ok = s.b.rules[name]
	}
	switch {
	case !ok:
		s.b.once(from, "there is no rule <%s> in these files, and what needs it is left out", name)
		return nil
	case s.inside[name]:
		s.b.once(from, "the rule <%s> contains itself, and what needs it is left out", name)
		return nil
	}
	s.inside[name] = true
	var kept *template.Template
	if parsed, err := parse(written.value); err != nil {
		s.b.once(written, "the rule <%s> cannot be read, and what needs it is left out: %v", name, err)
	} else if pruned, ok := s.prune(written, parsed); ok {
		kept = pruned
	}
	delete(s.inside, name)
	s.rules[name] = kept
	return kept
}

// reach calls visit for every slot that a template names, and those of its
// rules; rules notes which rules were met.
func (s *scope) reach(t *template.Template, rules map[string]bool, visit func(template.SlotRef)) {
	for _, ref := range t.SlotRefs() {
		visit(ref)
	}
	for _, name := range t.RuleRefs() {
		if !rules[name] {
			rules[name] = true
			s.reach(s.rules[name], rules, visit)
		}
	}
}

// fits says whether a sentence has what the required context comes from.
func (s *scope) fits(from text, t *template.Template) bool {
	var refs []template.SlotRef
	s.reach(t, map[string]bool{}, func(r template.SlotRef) { refs = append(refs, r) })
	always := t.Always(s.rules)
	for _, c := range s.block.requires {
		if c.slot {
			continue
		}
		sources, sure := map[string]bool{}, false
		for _, r := range refs {
			if s.list(r.List).gives(c.key) {
				sources[r.List] = true
				sure = sure || slices.Contains(always, r.Slot)
			}
		}
		switch {
		case len(sources) == 0:
			s.b.once(from, "the sentence is left out: nothing in it has the context %q that the block requires", c.key)
			return false
		case len(sources) > 1:
			s.b.once(from, "the context %q comes from each of %s; all of them must fit here", c.key, strings.Join(slices.Sorted(maps.Keys(sources)), ", "))
		case !sure:
			s.b.once(from, "the sentence is taken without {%s}, too, from which the required context %q comes", slices.Collect(maps.Keys(sources))[0], c.key)
		}
	}
	for _, c := range s.block.excludes {
		if !slices.ContainsFunc(refs, func(r template.SlotRef) bool { return s.list(r.List).gives(c.key) }) {
			s.b.once(text{file: c.file, node: c.node}, "the excluded context %q is not checked where no list of a sentence has it", c.key)
		}
	}
	return true
}

// fill gives a command its sentences, its rules, its lists and its slots. Where
// a slot is filled from several lists, all but the first get a name of their own.
func (s *scope) fill(c *command, sentences []*template.Template) {
	reached := map[string]bool{}
	names, taken := map[[2]string]string{}, map[string]bool{} // by list and slot
	visit := func(r template.SlotRef) {
		key := [2]string{r.List, r.Slot}
		if names[key] != "" {
			return
		}
		l := s.list(r.List)
		at := slices.IndexFunc(c.uses, func(u use) bool { return u.slot == r.Slot })
		name := r.Slot
		if at < 0 {
			at = len(c.uses)
			c.uses = append(c.uses, use{slot: r.Slot, multiplier: l.multiplier})
		} else {
			for name += "_" + r.List; taken[name]; {
				name += "_2"
			}
			if factor(c.uses[at].multiplier) != factor(l.multiplier) {
				s.b.once(text{file: s.block.file, node: s.block.node}, "the lists of the slot %q have different multipliers; that of the first counts", r.Slot)
			}
		}
		names[key], taken[name] = name, true
		c.uses[at].from = append(c.uses[at].from, ref{name, l.name, r.List})
		c.lists[l.name] = l
	}
	for _, t := range sentences {
		s.reach(t, reached, visit)
	}
	rename := template.Edit{
		Slot: func(r template.SlotRef) (template.SlotRef, bool) {
			return template.SlotRef{List: s.list(r.List).name, Slot: names[[2]string{r.List, r.Slot}]}, true
		},
		Rule: func(name string) (string, bool) { return name + s.suffix(name), true },
	}
	final := map[string]*template.Template{}
	for name := range reached {
		t, _ := s.rules[name].Edited(rename)
		c.names[name] = true
		name += s.suffix(name)
		final[name], c.rules[name] = t, t.String()
	}
	var always [][]string
	for _, t := range sentences {
		t, _ = t.Edited(rename)
		c.say = append(c.say, t.String())
		always = append(always, t.Always(final))
	}
	slices.SortStableFunc(c.uses, func(x, y use) int { return rank(x.slot) - rank(y.slot) })
	for i, u := range c.uses {
		c.uses[i].needed = !slices.ContainsFunc(always, func(said []string) bool {
			return !slices.ContainsFunc(u.from, func(f ref) bool { return slices.Contains(said, f.name) })
		})
	}
}

// suffix gives what is added to the name of a rule that has other values here
// than elsewhere: <name> is <name_light> where {name} is {name_light:name}.
func (s *scope) suffix(rule string) string {
	found, ok := s.added[rule]
	if ok {
		return found
	}
	s.reach(s.rules[rule], map[string]bool{rule: true}, func(r template.SlotRef) {
		if name := s.list(r.List).name; name != r.List && found == "" {
			found = strings.TrimPrefix(name, r.List)
		}
	})
	for found != "" && s.knows(rule+found) {
		found += "_2" // the files have another rule of that name
	}
	s.added[rule] = found
	return found
}

// knows says whether the files have a rule.
func (s *scope) knows(rule string) bool {
	_, all := s.b.rules[rule]
	_, own := s.block.rules[rule]
	return all || own
}

// fixed gives a command the values that nobody says.
func (s *scope) fixed(c *command) {
	for _, f := range s.block.fixed {
		if slices.ContainsFunc(c.uses, func(u use) bool { return u.slot == f.slot }) {
			s.b.once(text{file: s.block.file, node: f.value}, "the fixed value of the slot %q is left out: sentences of the block name it", f.slot)
			continue
		}
		c.fixed = append(c.fixed, f)
	}
}
