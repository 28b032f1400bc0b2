package strictyaml

import (
	"fmt"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v4"
)

// A field is one key of a struct.
type field struct {
	key         string
	index       []int
	unsupported string // what to do instead of using the key
}

// fields gives the keys of a struct type, in the order of its fields.
func (d *decoder) fields(t reflect.Type) []field {
	if known, ok := d.structs[t]; ok {
		return known
	}
	var all []field
	for i := range t.NumField() {
		f := t.Field(i)
		key, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case options == "inline":
			for _, inner := range d.fields(f.Type) {
				inner.index = append([]int{i}, inner.index...)
				all = append(all, inner)
			}
		case key != "" && key != "-":
			all = append(all, field{key: key, index: []int{i}, unsupported: f.Tag.Get("unsupported")})
		}
	}
	d.structs[t] = all
	return all
}

func (d *decoder) intoStruct(n *yaml.Node, v reflect.Value, key string) {
	if n.Kind != yaml.MappingNode {
		d.expected(n, key, "keys with values", "known keys: "+strings.Join(d.keys(v.Type()), ", "))
		return
	}
	fields := d.fields(v.Type())
next:
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		if !isKey(k) {
			continue
		}
		for _, f := range fields {
			if f.key != k.Value {
				continue
			}
			if f.unsupported != "" {
				d.faults.Add(Fault(d.file, k, fmt.Sprintf("%q is not supported", k.Value), f.unsupported))
			} else {
				d.value(n.Content[i+1], v.FieldByIndex(f.index), k.Value)
			}
			continue next
		}
		keys := d.keys(v.Type())
		do := "known keys: " + strings.Join(keys, ", ")
		if near := Nearest(k.Value, keys); near != "" {
			do = fmt.Sprintf("did you mean %q?", near)
		}
		d.faults.Add(Fault(d.file, k, fmt.Sprintf("unknown key %q", Shorten(k.Value)), do))
	}
}

// keys gives the keys that may be used.
func (d *decoder) keys(t reflect.Type) []string {
	var keys []string
	for _, f := range d.fields(t) {
		if f.unsupported == "" {
			keys = append(keys, f.key)
		}
	}
	return keys
}
