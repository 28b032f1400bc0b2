package template

import (
	"maps"
	"slices"
)

// An Edit says what becomes of the names in a template: of its slots and of the
// rules that it uses. A nil func keeps all
// of its kind.
type Edit struct {
	// Slot gives what stands in a slot's place; false where nothing can be said
	// for it. Offsets are of no account.
	Slot func(SlotRef) (SlotRef, bool)
	// Rule gives the name of the rule in a rule's place; false where nothing can
	// be said for it.
	Rule func(name string) (string, bool)
}

// Edited gives the template with its names changed, and without the parts for
// which nothing can be said: alternatives that need them, and options. It gives
// false where nothing is left that can be said.
func (t *Template) Edited(e Edit) (*Template, bool) {
	root, ok := e.node(&t.root)
	if !ok {
		return nil, false
	}
	return &Template{root: root}, true
}

// node edits a node. What may be left out and has nothing in it any more is an
// empty sequence.
func (e Edit) node(n *node) (node, bool) {
	out := *n
	switch n.kind {
	case slotRef:
		if e.Slot == nil {
			return out, true
		}
		ref, ok := e.Slot(SlotRef{List: n.list, Slot: n.text, Type: n.typ, Offset: n.offset})
		out.list, out.text, out.typ = ref.List, ref.Slot, ref.Type
		return out, ok
	case ruleRef:
		if e.Rule == nil {
			return out, true
		}
		name, ok := e.Rule(n.text)
		out.text = name
		return out, ok
	}
	out.kids = nil
	for i := range n.kids {
		kid, ok := e.node(&n.kids[i])
		switch {
		case ok:
			out.kids = append(out.kids, kid)
		case n.kind == sequence, n.kind == permutation:
			return node{}, false
		}
	}
	switch {
	case len(out.kids) > 0 || len(n.kids) == 0:
		return out, true
	case n.kind == optional:
		return node{kind: sequence}, true
	}
	return node{}, false
}

// Always gives the slots that every way to say the template names, sorted. A
// rule is looked up in rules; an unknown or a recursive one names none.
func (t *Template) Always(rules map[string]*Template) []string {
	known := map[string]map[string]bool{}
	var find func(n *node) map[string]bool
	find = func(n *node) map[string]bool {
		switch n.kind {
		case slotRef:
			return map[string]bool{n.text: true}
		case ruleRef:
			found, ok := known[n.text]
			if !ok {
				known[n.text] = nil
				if rule := rules[n.text]; rule != nil {
					found = find(&rule.root)
				}
				known[n.text] = found
			}
			return found
		case sequence, permutation:
			found := map[string]bool{}
			for i := range n.kids {
				maps.Copy(found, find(&n.kids[i]))
			}
			return found
		case choice:
			if len(n.kids) == 0 {
				return nil
			}
			found := maps.Clone(find(&n.kids[0]))
			for i := 1; i < len(n.kids); i++ {
				other := find(&n.kids[i])
				maps.DeleteFunc(found, func(slot string, _ bool) bool { return !other[slot] })
			}
			return found
		}
		return nil
	}
	return slices.Sorted(maps.Keys(find(&t.root)))
}
