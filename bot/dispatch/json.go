package dispatch

import (
	"bytes"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"frontdesk/bot"
	"frontdesk/internal/strictyaml"
	"frontdesk/knowledge"
	"frontdesk/knowledge/template"

	"go.yaml.in/yaml/v4"
)

// jsonNumber is a number of JSON without an exponent (RFC 8259, section 6).
var jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?$`)

// A JSON is a JSON text that is written as YAML, with slots and secrets in its
// texts but not in its keys. What is a number, true, false or null in YAML is
// one in JSON. A text that is one slot and nothing else becomes a number where
// the slot is a number, a percentage or a duration (in seconds); every other
// text is one in JSON. It is not changed once made, and safe for concurrent use.
type JSON struct{ parts []jsonPart }

// A jsonPart is JSON as it stands, or a text that becomes some.
type jsonPart struct {
	plain string
	text  *knowledge.Text
	slot  string // of which the text consists
}

// JSON reads such a setting. With numbers false every slot becomes a text.
func (r *Reader) JSON(n *yaml.Node, numbers bool) JSON {
	w := jsonWriter{r: r, numbers: numbers}
	w.value(n)
	w.flush()
	return JSON{w.parts}
}

type jsonWriter struct {
	r       *Reader
	numbers bool
	plain   strings.Builder
	parts   []jsonPart
}

func (w *jsonWriter) flush() {
	if w.plain.Len() > 0 {
		w.parts = append(w.parts, jsonPart{plain: w.plain.String()})
		w.plain.Reset()
	}
}

func (w *jsonWriter) value(n *yaml.Node) {
	switch n.Kind {
	case yaml.MappingNode:
		w.mapping(n)
	case yaml.SequenceNode:
		w.plain.WriteByte('[')
		for i, c := range n.Content {
			if i > 0 {
				w.plain.WriteByte(',')
			}
			w.value(c)
		}
		w.plain.WriteByte(']')
	default:
		w.scalar(n)
	}
}

func (w *jsonWriter) mapping(n *yaml.Node) {
	w.plain.WriteByte('{')
	var keys []string
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		if k.Kind != yaml.ScalarNode {
			w.r.Fault(k, "a key of JSON is a text", "write it as one")
			continue
		}
		key := w.r.Fixed(strictyaml.At[string]{Value: k.Value, Node: k}, "a key")
		if slices.Contains(keys, key) {
			w.r.Fault(k, fmt.Sprintf("the key %q is there twice", strictyaml.Shorten(key)), "remove one of them")
		}
		keys = append(keys, key)
		if i > 0 {
			w.plain.WriteByte(',')
		}
		w.write(n, key)
		w.plain.WriteByte(':')
		w.value(n.Content[i+1])
	}
	w.plain.WriteByte('}')
}

// write writes a value that is fixed.
func (w *jsonWriter) write(n *yaml.Node, v any) {
	text, err := marshal(v)
	if err != nil {
		w.r.Fault(n, fmt.Sprintf("it cannot be written as JSON: %v", err), "")
	}
	w.plain.Write(text)
}

func (w *jsonWriter) scalar(n *yaml.Node) {
	var v any
	switch n.Tag {
	case "!!null":
	case "!!bool":
		v = strings.EqualFold(n.Value, "true")
	case "!!int", "!!float":
		if jsonNumber.MatchString(n.Value) {
			w.plain.WriteString(n.Value) // as it is written: 21.50 stays 21.50
			return
		}
		f, isFloat := 0.0, false
		if err := n.Decode(&v); err == nil {
			f, isFloat = v.(float64)
		}
		if v == nil || isFloat && (math.IsInf(f, 0) || math.IsNaN(f)) {
			w.r.Fault(n, fmt.Sprintf("JSON knows no number %s", strictyaml.Shorten(n.Value)), "put it into quotes")
			return
		}
	default:
		text := w.r.Text(strictyaml.At[string]{Value: n.Value, Node: n})
		w.flush()
		p := jsonPart{text: &text}
		if parts := text.Parts(); w.numbers && len(parts) == 1 {
			p.slot = parts[0].Slot
		}
		w.parts = append(w.parts, p)
		return
	}
	w.write(n, v)
}

// Expand gives the JSON with the values in their places. Refused says, to the
// person who gave the command, why one cannot be used.
func (j JSON) Expand(c bot.Call) (text []byte, refused string) {
	return j.ExpandWith(c, knowledge.Text.Expand)
}

// Show gives the same with *** for each secret.
func (j JSON) Show(c bot.Call) (text []byte, refused string) {
	return j.ExpandWith(c, knowledge.Text.Show)
}

// ExpandWith does either: expand is [knowledge.Text.Expand] or
// [knowledge.Text.Show].
func (j JSON) ExpandWith(c bot.Call, expand func(knowledge.Text, func(string) string) string) (text []byte, refused string) {
	var b bytes.Buffer
	for _, p := range j.parts {
		if p.text == nil {
			b.WriteString(p.plain)
			continue
		}
		value := expand(*p.text, func(slot string) string { return c.Slots[slot].Canonical })
		if isNumber(c, p.slot) {
			if !jsonNumber.MatchString(value) {
				return nil, "a value is no number"
			}
			b.WriteString(value)
			continue
		}
		if !utf8.ValidString(value) {
			return nil, "a value holds characters that cannot be sent"
		}
		quoted, err := marshal(value)
		if err != nil {
			return nil, "a value holds characters that cannot be sent"
		}
		b.Write(quoted)
	}
	return b.Bytes(), ""
}

// isNumber says whether the value of a slot is a number.
func isNumber(c bot.Call, slot string) bool {
	if slot == "" || c.Entry == nil || c.Entry.Command == nil || c.Entry.Command.Slots[slot] == nil {
		return false
	}
	switch c.Entry.Command.Slots[slot].Type {
	case template.Number, template.Percentage, template.Duration:
		return true
	}
	return false
}

// LooksLikeJSON says whether whoever gets a text with slots will read it as
// JSON, in which a value would have to be written as one.
func LooksLikeJSON(t knowledge.Text) bool {
	if len(t.Slots()) == 0 {
		return false
	}
	words := strings.TrimSpace(t.Expand(func(string) string { return "x" }))
	for _, ends := range []string{"{}", "[]", `""`} {
		if len(words) > 1 && words[0] == ends[0] && words[len(words)-1] == ends[1] {
			return true
		}
	}
	return false
}
