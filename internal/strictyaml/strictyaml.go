// Package strictyaml decodes YAML files that people write by hand. It reports
// every fault of a file at once, each with its line and column and with what
// to do about it, where a common decoder stops at the first or lets unknown
// keys pass.
//
// The syntax is read by go.yaml.in/yaml/v4. What is stricter here: unknown and
// repeated keys, merge keys, tags of one's own, a second document, and bytes
// that are not UTF-8 are faults; a text is never taken for a number, nor "yes"
// for true; and a file is bounded in its size, its depth, and the number of
// values that its aliases expand to, so that no file costs more than a fixed
// amount of memory and time.
//
// Structs name their keys with the tag `yaml:"key"`; a field without it is not
// read. `yaml:",inline"` reads the keys of an embedded struct from the same
// level. `unsupported:"why, and what to do"` next to the key makes a fault of
// a key that is known but must not be used. A key that is missing, or has no
// value, leaves its field as it was, so defaults are set before decoding.
// Fields may be of these types: string, bool, whole and floating-point
// numbers, [time.Duration] ("10m"), [encoding.TextUnmarshaler],
// [TextUnmarshalerIn], structs, pointers, slices, maps with string keys, [At],
// [Map], [Many], and yaml.Node for what is decoded later.
package strictyaml

import (
	"fmt"

	"frontdesk/internal/fault"

	"go.yaml.in/yaml/v4"
)

// Bounds of one file.
const (
	MaxSize   = 16 << 20  // bytes
	maxMarks  = 1_000_000 // characters that can begin a value, before parsing
	maxValues = 2_000_000 // values, each alias counted with all that it stands for
	maxDepth  = 100       // nested lists and mappings
)

// Decode reads a YAML file into v, which is a pointer, and gives every fault
// found. What could be read is in v even then. The file's name stands in the
// faults only.
func Decode(file string, data []byte, v any) fault.List {
	root, faults := Parse(file, data)
	if root != nil {
		faults = append(faults, DecodeNode(file, root, v)...)
	}
	faults.Sort()
	return faults
}

// Fault makes a fault at a node.
func Fault(file string, n *yaml.Node, what, do string) fault.Fault {
	f := fault.Fault{File: file, What: what, Do: do}
	if n != nil {
		f.Line, f.Col = n.Line, n.Column
	}
	return f
}

// describe names a node in words that need no knowledge of YAML.
func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.SequenceNode:
		return "a list"
	case yaml.MappingNode:
		return "keys with values"
	}
	switch n.Tag {
	case "!!null":
		return "nothing"
	case "!!int", "!!float":
		return "the number " + Shorten(n.Value)
	case "!!bool":
		return n.Value
	}
	return fmt.Sprintf("the text %q", Shorten(n.Value))
}

// Shorten cuts a text that a fault quotes, lest it fills a whole report.
func Shorten(s string) string {
	const most = 40
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	return string(r[:most]) + "…"
}
