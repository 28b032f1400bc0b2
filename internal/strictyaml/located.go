package strictyaml

import (
	"bytes"
	"reflect"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// An At is a value together with the node that it was read from, for faults
// that are found later. The node is nil when the key was not given.
type At[T any] struct {
	Value T
	Node  *yaml.Node
}

func (a *At[T]) decode(d *decoder, n *yaml.Node, key string) {
	a.Node = n
	d.value(n, reflect.ValueOf(&a.Value).Elem(), key)
}

// A Map is a mapping in the order of the file.
type Map[T any] []Pair[T]

// A Pair is one key of a [Map].
type Pair[T any] struct {
	Key   At[string]
	Value At[T]
}

func (m *Map[T]) decode(d *decoder, n *yaml.Node, key string) {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return
	}
	if n.Kind != yaml.MappingNode {
		d.expected(n, key, "keys with values", `write "name: value" lines, indented`)
		return
	}
	*m = make(Map[T], 0, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		if !isKey(k) {
			continue
		}
		*m = append(*m, Pair[T]{Key: At[string]{Value: k.Value, Node: k}})
		(*m)[len(*m)-1].Value.decode(d, n.Content[i+1], k.Value)
	}
}

// A Many is a list that may also be written as its only value.
type Many[T any] []T

func (m *Many[T]) decode(d *decoder, n *yaml.Node, key string) {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return
	}
	nodes := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		nodes = n.Content
	}
	*m = make(Many[T], len(nodes))
	for i, c := range nodes {
		d.value(c, reflect.ValueOf(&(*m)[i]).Elem(), key)
	}
}

// Locate gives the line and the column, both from 1, of a byte offset in the
// text of a scalar. It is exact where the text stands on one line of the file,
// and in | blocks; elsewhere it is the start of the text.
func Locate(data []byte, n *yaml.Node, offset int) (line, col int) {
	offset = max(0, min(offset, len(n.Value)))
	if n.Style&yaml.LiteralStyle != 0 {
		return locateLiteral(data, n, offset)
	}
	src := string(lineAt(data, n.Line))
	for range n.Column - 1 {
		_, w := utf8.DecodeRuneInString(src)
		src = src[w:]
	}
	skipped := 0
	if n.Anchor != "" {
		skipped = len("&") + len(n.Anchor)
		skipped += len(src[min(skipped, len(src)):]) - len(strings.TrimLeft(src[min(skipped, len(src)):], " \t"))
	}
	if skipped > len(src) {
		return n.Line, n.Column
	}
	at, ok := sourceOffset(src[skipped:], n, offset)
	if !ok {
		return n.Line, n.Column
	}
	return n.Line, n.Column + utf8.RuneCountInString(src[:skipped+at])
}

// sourceOffset finds the place in the source of a scalar that begins src.
func sourceOffset(src string, n *yaml.Node, offset int) (int, bool) {
	switch {
	case n.Style&yaml.SingleQuotedStyle != 0:
		return walkQuoted(src, n.Value, offset, func(s string) (string, int) {
			if strings.HasPrefix(s, "''") {
				return "'", 2
			}
			_, w := utf8.DecodeRuneInString(s)
			return s[:w], w
		})
	case n.Style&yaml.DoubleQuotedStyle != 0:
		return walkQuoted(src, n.Value, offset, func(s string) (string, int) {
			if s[0] == '\\' && len(s) > 1 {
				// Letters stand for one character each; which one is of no
				// account here, but its length is, so only these are exact.
				if strings.IndexByte(`"\/ `, s[1]) >= 0 {
					return s[1:2], 2
				}
				return "", 0
			}
			_, w := utf8.DecodeRuneInString(s)
			return s[:w], w
		})
	case n.Style&yaml.FoldedStyle == 0 && strings.HasPrefix(src, n.Value):
		return offset, true
	}
	return 0, false
}

// walkQuoted reads a quoted text one character at a time until offset bytes of
// its value have passed. It gives up where source and value differ.
func walkQuoted(src, value string, offset int, next func(string) (string, int)) (int, bool) {
	if src == "" {
		return 0, false
	}
	at, done := 1, 0 // The quote itself comes first.
	for done < offset {
		if at >= len(src) {
			return 0, false
		}
		text, width := next(src[at:])
		if width == 0 || !strings.HasPrefix(value[done:], text) {
			return 0, false
		}
		at, done = at+width, done+len(text)
	}
	return at, true
}

func locateLiteral(data []byte, n *yaml.Node, offset int) (line, col int) {
	before := n.Value[:offset]
	line = n.Line + 1 + strings.Count(before, "\n")
	begin := strings.LastIndexByte(before, '\n') + 1
	text, _, _ := strings.Cut(n.Value[begin:], "\n")
	src := lineAt(data, line)
	if !bytes.HasSuffix(src, []byte(text)) {
		return n.Line, n.Column
	}
	indent := len(src) - len(text)
	return line, 1 + indent + utf8.RuneCountInString(n.Value[begin:offset])
}
