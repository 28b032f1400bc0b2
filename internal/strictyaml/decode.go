package strictyaml

import (
	"encoding"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"time"

	"frontdesk/internal/fault"

	"go.yaml.in/yaml/v4"
)

// DecodeNode reads a node that [Parse] gave into v, which is a pointer, and
// gives every fault found.
func DecodeNode(file string, n *yaml.Node, v any) fault.List {
	p := reflect.ValueOf(v)
	if p.Kind() != reflect.Pointer || p.IsNil() {
		panic(fmt.Sprintf("strictyaml: decoding into %T, which is no pointer", v))
	}
	d := decoder{file: file, structs: map[reflect.Type][]field{}}
	d.value(n, p.Elem(), "")
	d.faults.Sort()
	return d.faults
}

type decoder struct {
	file    string
	faults  fault.List
	structs map[reflect.Type][]field
}

// A TextUnmarshalerIn is an [encoding.TextUnmarshaler] that needs to know in
// which file the text stands. An error that is a [fault.Fault] without a place
// is given that of the text.
type TextUnmarshalerIn interface {
	UnmarshalTextIn(file string, text []byte) error
}

// A selfDecoder is one of this package's own types.
type selfDecoder interface {
	decode(d *decoder, n *yaml.Node, key string)
}

var (
	nodeType     = reflect.TypeFor[yaml.Node]()
	durationType = reflect.TypeFor[time.Duration]()
)

// value decodes a node into v, which can be set. The key is that under which
// the node stands, for the faults.
func (d *decoder) value(n *yaml.Node, v reflect.Value, key string) {
	if s, ok := v.Addr().Interface().(selfDecoder); ok {
		s.decode(d, n, key)
		return
	}
	if v.Type() == nodeType {
		v.Set(reflect.ValueOf(*n))
		return
	}
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return
	}
	if v.Kind() == reflect.Pointer {
		if v.Type().Elem() == nodeType {
			v.Set(reflect.ValueOf(n))
			return
		}
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		d.value(n, v.Elem(), key)
		return
	}
	if u, ok := v.Addr().Interface().(TextUnmarshalerIn); ok {
		if d.isText(n, key) {
			d.refused(n, key, u.UnmarshalTextIn(d.file, []byte(n.Value)))
		}
		return
	}
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		if d.isText(n, key) {
			d.refused(n, key, u.UnmarshalText([]byte(n.Value)))
		}
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.intoStruct(n, v, key)
	case reflect.Slice:
		d.intoSlice(n, v, key)
	case reflect.Map:
		d.intoMap(n, v, key)
	default:
		d.scalar(n, v, key)
	}
}

func (d *decoder) scalar(n *yaml.Node, v reflect.Value, key string) {
	if v.Type() == durationType {
		d.duration(n, v, key)
		return
	}
	switch v.Kind() {
	case reflect.String:
		if d.isText(n, key) {
			v.SetString(n.Value)
		}
	case reflect.Bool:
		if n.Tag != "!!bool" || n.Kind != yaml.ScalarNode {
			d.expected(n, key, "true or false", boolHint(n.Value))
			return
		}
		v.SetBool(strings.EqualFold(n.Value, "true"))
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		var i int64
		if n.Tag != "!!int" || n.Decode(&i) != nil || v.OverflowInt(i) {
			d.expected(n, key, "a whole number", numberHint(n))
			return
		}
		v.SetInt(i)
	case reflect.Float32, reflect.Float64:
		var f float64
		if n.Tag != "!!int" && n.Tag != "!!float" || n.Decode(&f) != nil || math.IsInf(f, 0) || math.IsNaN(f) {
			d.expected(n, key, "a number", numberHint(n))
			return
		}
		v.SetFloat(f)
	default:
		panic(fmt.Sprintf("strictyaml: cannot decode into %s", v.Type()))
	}
}

func (d *decoder) duration(n *yaml.Node, v reflect.Value, key string) {
	const hint = "write for example 30s, 10m or 2h"
	if n.Kind != yaml.ScalarNode || n.Tag != "!!str" {
		d.expected(n, key, "a length of time", hint)
		return
	}
	t, err := time.ParseDuration(n.Value)
	if err != nil {
		d.expected(n, key, "a length of time", hint)
		return
	}
	v.SetInt(int64(t))
}

// isText says whether the node can be taken as a text as it is written: a
// number or a date is one too, as an id or an answer may look like either.
func (d *decoder) isText(n *yaml.Node, key string) bool {
	if n.Kind == yaml.ScalarNode {
		return true
	}
	hint := ""
	if n.Kind == yaml.MappingNode && n.Style&yaml.FlowStyle != 0 {
		hint = "put a text that begins with { into quotes"
	} else if n.Kind == yaml.SequenceNode && n.Style&yaml.FlowStyle != 0 {
		hint = "put a text that begins with [ into quotes"
	}
	d.expected(n, key, "a text", hint)
	return false
}

func (d *decoder) intoSlice(n *yaml.Node, v reflect.Value, key string) {
	if n.Kind != yaml.SequenceNode {
		d.expected(n, key, "a list", `begin each value with "- " on a line of its own, or write [a, b]`)
		return
	}
	out := reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content))
	for i, c := range n.Content {
		d.value(c, out.Index(i), key)
	}
	v.Set(out)
}

func (d *decoder) intoMap(n *yaml.Node, v reflect.Value, key string) {
	if n.Kind != yaml.MappingNode {
		d.expected(n, key, "keys with values", `write "key: value" lines, indented`)
		return
	}
	out := reflect.MakeMapWithSize(v.Type(), len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		if !isKey(n.Content[i]) {
			continue
		}
		e := reflect.New(v.Type().Elem()).Elem()
		d.value(n.Content[i+1], e, n.Content[i].Value)
		out.SetMapIndex(reflect.ValueOf(n.Content[i].Value).Convert(v.Type().Key()), e)
	}
	v.Set(out)
}

// isKey says whether a key can be one; [Parse] has reported those that cannot.
func isKey(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag != "!!merge" }

// refused reports why a type cannot be made of a text, if there is a reason.
func (d *decoder) refused(n *yaml.Node, key string, err error) {
	if f, ok := errors.AsType[fault.Fault](err); ok {
		d.fault(n, key, f.What, f.Do)
	} else if err != nil {
		d.fault(n, key, err.Error(), "")
	}
}

func (d *decoder) expected(n *yaml.Node, key, want, do string) {
	d.fault(n, key, fmt.Sprintf("expected %s, found %s", want, describe(n)), do)
}

func (d *decoder) fault(n *yaml.Node, key, what, do string) {
	if key != "" {
		what = Shorten(key) + ": " + what
	}
	d.faults.Add(Fault(d.file, n, what, do))
}

func boolHint(value string) string {
	switch strings.ToLower(value) {
	case "yes", "on", "y", "1":
		return "write true"
	case "no", "off", "n", "0":
		return "write false"
	}
	return ""
}

func numberHint(n *yaml.Node) string {
	if n.Kind == yaml.ScalarNode && n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
		return "remove the quotes"
	}
	return ""
}
