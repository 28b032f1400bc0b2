package template

import (
	"math"
	"math/bits"
	"slices"
	"strings"
)

// A Template is a parsed sentence template. It is immutable, so that any
// number of goroutines may use it.
type Template struct {
	root node
}

type kind uint8

const (
	literal     kind = iota // text
	sequence                // kids one after the other
	choice                  // one of kids
	optional                // one of kids, or nothing
	permutation             // all kids, in any order
	slotRef                 // text is the slot's name; list or typ says what it holds
	ruleRef                 // text is the rule's name
)

// A node is a part of a template.
type node struct {
	kind   kind
	text   string
	list   string
	typ    Type
	offset int // of a slotRef or a ruleRef, in bytes of the template's text
	kids   []node
}

// String gives the template's text back: equal in meaning to what was parsed,
// and a fixed point of parsing. Blanks inside braces, needless escapes and
// brackets around the whole are not kept.
func (t *Template) String() string {
	var b strings.Builder
	if t.root.kind == choice && len(t.root.kids) > 1 {
		writeGroup(&b, "", &t.root, '|', "")
	} else {
		t.root.write(&b, false)
	}
	return b.String()
}

func writeGroup(b *strings.Builder, opener string, n *node, separator byte, closer string) {
	b.WriteString(opener)
	for i := range n.kids {
		if i > 0 {
			b.WriteByte(separator)
		}
		n.kids[i].write(b, opener != "")
	}
	b.WriteString(closer)
}

// write appends the text of n. A semicolon needs no escape outside groups.
func (n *node) write(b *strings.Builder, inGroup bool) {
	switch n.kind {
	case literal:
		for _, r := range n.text {
			if strings.ContainsRune(`()[]{}<>|\`, r) || r == ';' && inGroup {
				b.WriteByte('\\')
			}
			b.WriteRune(r)
		}
	case sequence:
		for i := range n.kids {
			n.kids[i].write(b, inGroup)
		}
	case choice:
		writeGroup(b, "(", n, '|', ")")
	case optional:
		if len(n.kids) == 1 && n.kids[0].kind == permutation {
			writeGroup(b, "[", &n.kids[0], ';', "]")
			return
		}
		writeGroup(b, "[", n, '|', "]")
	case permutation:
		writeGroup(b, "(", n, ';', ")")
	case slotRef:
		switch {
		case n.typ != "":
			b.WriteString("{" + n.text + ":@" + string(n.typ) + "}")
		case n.list != n.text:
			b.WriteString("{" + n.list + ":" + n.text + "}")
		default:
			b.WriteString("{" + n.text + "}")
		}
	case ruleRef:
		b.WriteString("<" + n.text + ">")
	}
}

// walk calls visit for n and all below it, in the order of the text.
func (n *node) walk(visit func(*node)) {
	visit(n)
	for i := range n.kids {
		n.kids[i].walk(visit)
	}
}

// SlotRefs gives every slot of the template in the order of the text, those of
// the rules that it names not included.
func (t *Template) SlotRefs() []SlotRef {
	var refs []SlotRef
	t.root.walk(func(n *node) {
		if n.kind == slotRef {
			refs = append(refs, SlotRef{List: n.list, Slot: n.text, Type: n.typ, Offset: n.offset})
		}
	})
	return refs
}

// RuleRefs gives the names of the rules that the template uses, each once, in
// the order of the text.
func (t *Template) RuleRefs() []string {
	var names []string
	t.root.walk(func(n *node) {
		if n.kind == ruleRef && !slices.Contains(names, n.text) {
			names = append(names, n.text)
		}
	})
	return names
}

// Count gives the number of ways to expand the template, a slot counting as
// one, a rule by its template in rules (an unknown or a recursive one as one).
// It saturates at the largest uint64, and never expands anything.
func (t *Template) Count(rules map[string]*Template) uint64 {
	known := make(map[string]uint64)
	var count func(n *node) uint64
	count = func(n *node) uint64 {
		switch n.kind {
		case sequence:
			return product(n.kids, count)
		case permutation:
			ways := product(n.kids, count)
			for i := 2; i <= len(n.kids); i++ {
				ways = times(ways, uint64(i))
			}
			return ways
		case choice, optional:
			var ways uint64
			if n.kind == optional {
				ways = 1
			}
			for i := range n.kids {
				ways = plus(ways, count(&n.kids[i]))
			}
			return ways
		case ruleRef:
			ways, ok := known[n.text]
			if !ok {
				known[n.text] = 1
				ways = 1
				if rule := rules[n.text]; rule != nil {
					ways = count(&rule.root)
				}
				known[n.text] = ways
			}
			return ways
		}
		return 1
	}
	return count(&t.root)
}

func product(kids []node, count func(*node) uint64) uint64 {
	ways := uint64(1)
	for i := range kids {
		ways = times(ways, count(&kids[i]))
	}
	return ways
}

func times(a, b uint64) uint64 {
	high, low := bits.Mul64(a, b)
	if high > 0 {
		return math.MaxUint64
	}
	return low
}

func plus(a, b uint64) uint64 {
	sum, carry := bits.Add64(a, b, 0)
	if carry > 0 {
		return math.MaxUint64
	}
	return sum
}
