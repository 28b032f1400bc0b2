package strictyaml

import (
	"fmt"

	"frontdesk/internal/fault"

	"go.yaml.in/yaml/v4"
)

// A tree checks what holds for every part of a file, whatever it is decoded
// into, and puts the values of aliases in their place.
type tree struct {
	file    string
	faults  fault.List
	seen    map[*yaml.Node]size // finished nodes; one in progress has a size of zero
	endless bool                // the values cannot be walked: they are too many, or contain themselves
}

// A size is that of a node with all that it contains.
type size struct{ values, depth int }

func (t *tree) walk(n *yaml.Node) size {
	if s, ok := t.seen[n]; ok {
		if s.values == 0 && !t.endless {
			t.endless = true
			t.faults.Add(Fault(t.file, n, fmt.Sprintf("the value of &%s contains itself", n.Anchor), "write it out"))
		}
		return s
	}
	if n.Anchor != "" { // Only these can be met twice.
		t.seen[n] = size{}
	}
	s := size{1, 1}
	t.tag(n)
	if n.Kind == yaml.MappingNode {
		t.keys(n)
	}
	for i, c := range n.Content {
		if c.Kind == yaml.AliasNode {
			n.Content[i] = c.Alias
		}
		inner := t.walk(n.Content[i])
		s.values += inner.values
		s.depth = max(s.depth, 1+inner.depth)
		if t.endless {
			return s
		}
		if s.values > maxValues || s.depth > maxDepth+1 {
			t.endless = true
			t.faults.Add(Fault(t.file, c, fmt.Sprintf(
				"the aliases (*name) from here on stand for more than %d values or %d levels", maxValues, maxDepth),
				"write out what is meant"))
			return s
		}
	}
	if n.Anchor != "" {
		t.seen[n] = s
	}
	return s
}

func (t *tree) tag(n *yaml.Node) {
	if n.Style&yaml.TaggedStyle == 0 {
		return
	}
	switch n.Tag {
	case "!!str", "!!int", "!!float", "!!bool", "!!null", "!!seq", "!!map":
		return
	}
	t.faults.Add(Fault(t.file, n, fmt.Sprintf("the tag %s is not understood", Shorten(n.Tag)),
		"remove it; a text that begins with ! must be in quotes"))
}

func (t *tree) keys(n *yaml.Node) {
	first := make(map[string]*yaml.Node, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		switch {
		case k.Kind == yaml.AliasNode:
			t.faults.Add(Fault(t.file, k, "an alias (*name) cannot be a key", "write the key out"))
		case k.Kind != yaml.ScalarNode:
			t.faults.Add(Fault(t.file, k, describe(k)+" cannot be a key",
				"put a text that begins with { or [ into quotes"))
		case k.Tag == "!!merge":
			t.faults.Add(Fault(t.file, k, "merge keys (<<) are not supported", "write the keys out"))
		case first[k.Value] != nil:
			t.faults.Add(Fault(t.file, k, fmt.Sprintf("the key %q is given twice", Shorten(k.Value)),
				fmt.Sprintf("it stands in line %d already; keep one of them", first[k.Value].Line)))
		default:
			first[k.Value] = k
		}
	}
}
