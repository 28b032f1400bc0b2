package homeassistant

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"frontdesk/knowledge/template"

	"go.yaml.in/yaml/v4"
)

// A list is what stands under lists:, or what the house has.
type list struct {
	name       string
	file       string
	node       *yaml.Node
	values     []value
	number     *number
	wildcard   bool
	unknown    bool  // it is one of the house, which is not known
	full       *list // of which this one is a part; nil where it is whole
	multiplier float64
}

// A value is one way, or several, to say a value of a list.
type value struct {
	say     string
	out     string
	plain   string // see [Name]
	context map[string]string
}

// A number is a range of numbers.
type number struct {
	from, to, step float64
	percentage     bool
}

// readLists reads lists by their names.
func (r *reader) readLists(file string, n *yaml.Node, into map[string]*list) {
	r.each(file, n, "lists", func(k, v *yaml.Node) {
		l := &list{name: k.Value, file: file, node: k}
		kinds := 0
		r.keys(file, v, "a list", map[string]func(k, v *yaml.Node){
			"values": func(_, v *yaml.Node) {
				kinds++
				r.items(file, v, "the values", func(item *yaml.Node) { r.value(l, item) })
			},
			"range": func(_, v *yaml.Node) { kinds++; r.numbers(l, v) },
			"wildcard": func(_, v *yaml.Node) {
				if l.wildcard = v.Value == "true"; l.wildcard {
					kinds++
				}
			},
			"metadata": func(k, _ *yaml.Node) { r.note(file, k, "the metadata of the list %q are left out", l.name) },
		})
		if kinds != 1 {
			r.fault(file, k, fmt.Sprintf("the list %q is not one of values, a range or a wildcard", l.name), "give it values:, range: or wildcard: true")
			return
		}
		if first := into[l.name]; first != nil {
			r.note(file, k, "the list %q stands in %s too; the one here counts", l.name, first.file)
		}
		into[l.name] = l
	})
}

// value reads a value: a template, or {in: template, out: value, context: {…}}.
func (r *reader) value(l *list, n *yaml.Node) {
	v := value{context: map[string]string{}}
	if n.Kind == yaml.ScalarNode {
		v.say, v.out = n.Value, inFull(n.Value)
	} else {
		given := false
		r.keys(l.file, n, "a value", map[string]func(k, v *yaml.Node){
			"in": func(_, n *yaml.Node) { v.say = n.Value },
			"out": func(_, n *yaml.Node) {
				if n.Kind != yaml.ScalarNode {
					r.fault(l.file, n, "out is no text", "write a text or a number")
				}
				v.out, given = n.Value, true
			},
			"context": func(_, n *yaml.Node) {
				r.each(l.file, n, "the context", func(k, n *yaml.Node) { v.context[k.Value] = n.Value })
			},
			"metadata": func(k, _ *yaml.Node) {
				r.note(l.file, k, "the metadata of the value %q are left out: an intent that is handed over has none", v.say)
			},
		})
		if !given {
			v.out = inFull(v.say)
		}
	}
	if v.out = strings.TrimSpace(v.out); v.out == "" {
		r.note(l.file, n, "the value %q of the list %q gives an empty text and is left out", v.say, l.name)
		return
	}
	if problem := unsayable(v.say); problem != "" {
		r.note(l.file, n, "the value %q of the list %q is left out: %s", v.say, l.name, problem)
		return
	}
	l.values = append(l.values, v)
}

// unsayable says why a value cannot be said by a template, or "".
func unsayable(say string) string {
	t, err := template.Parse(say)
	if err != nil {
		return err.Error()
	}
	sentence, err := template.Parse("say {it}")
	if err != nil {
		return err.Error()
	}
	_, err = template.Compile([]template.Sentence{{ID: "x", Template: sentence}}, nil, map[string]*template.Slot{
		"it": {Name: "it", Type: template.List, Values: []template.ListValue{{Canonical: "it", Say: []*template.Template{t}}}},
	})
	if list := template.CompileErrors(nil); errors.As(err, &list) {
		return list[0].What
	}
	return ""
}

// numbers reads a range.
func (r *reader) numbers(l *list, n *yaml.Node) {
	l.number = &number{step: 1}
	l.multiplier = 1
	var ends int
	float := func(into *float64) func(k, v *yaml.Node) {
		return func(k, v *yaml.Node) {
			f, err := strconv.ParseFloat(v.Value, 64)
			if err != nil || v.Kind != yaml.ScalarNode || f != f || f > 1e15 || f < -1e15 {
				r.fault(l.file, v, k.Value+" is no number", "write a number")
				return
			}
			*into = f
			ends++
		}
	}
	r.keys(l.file, n, "a range", map[string]func(k, v *yaml.Node){
		"from": float(&l.number.from),
		"to":   float(&l.number.to),
		"step": func(k, v *yaml.Node) { float(&l.number.step)(k, v); ends-- },
		"multiplier": func(k, v *yaml.Node) {
			float(&l.multiplier)(k, v)
			ends--
		},
		"type": func(_, v *yaml.Node) {
			l.number.percentage = v.Value == "percentage"
			if !slices.Contains([]string{"number", "percentage", "temperature"}, v.Value) {
				r.note(l.file, v, "%q is no type of range that is known; plain numbers are taken", v.Value)
			}
		},
		"fractions": func(_, v *yaml.Node) {
			switch v.Value {
			case "halves":
				l.number.step = 0.5
			case "tenths":
				l.number.step = 0.1
			default:
				r.note(l.file, v, "the fractions %q are not known; whole numbers are taken", v.Value)
			}
		},
		"digits":         func(_, _ *yaml.Node) {}, // numbers are taken in digits and in words
		"words":          func(_, _ *yaml.Node) {},
		"words_language": func(_, _ *yaml.Node) {},
	})
	switch {
	case ends < 2:
		r.fault(l.file, n, fmt.Sprintf("the range of %q has no two ends", l.name), "write from: and to:")
	case l.number.from > l.number.to:
		r.fault(l.file, n, fmt.Sprintf("the range of %q is empty", l.name), "put the smaller number under from:")
	case l.number.step <= 0 || l.number.step > l.number.to-l.number.from:
		r.fault(l.file, n, fmt.Sprintf("the step of %q leads nowhere", l.name), "write a step above 0 and within the range")
	}
}

// houseLists are the lists that Home Assistant makes of what a house has.
var houseLists = []string{"area", "floor", "name"}

// houseList makes one of them.
func houseList(name string, h *House) *list {
	l := &list{name: name}
	if h == nil {
		l.unknown = true
		return l
	}
	add := func(names []Name, context map[string]string) {
		for _, n := range names {
			l.values = append(l.values, value{say: n.Say, out: n.Value, plain: n.Plain, context: context})
		}
	}
	switch name {
	case "area":
		for _, p := range h.Areas {
			add(p.Names, nil)
		}
	case "floor":
		for _, p := range h.Floors {
			add(p.Names, nil)
		}
	case "name":
		for _, e := range h.Entities {
			add(e.Names, e.Context)
		}
	}
	return l
}

// settled gives the values with what a command gets where several things are
// called alike, and those names.
func (l *list) settled() (values []value, alike []string) {
	means := map[string][]string{} // by what is said
	for _, v := range l.values {
		said := template.Normalize(v.say)
		if !slices.Contains(means[said], v.out) {
			means[said] = append(means[said], v.out)
		}
	}
	for _, v := range l.values {
		if v.plain != "" && len(means[template.Normalize(v.say)]) > 1 {
			if !slices.Contains(alike, v.plain) {
				alike = append(alike, v.plain)
			}
			v.out = v.plain
		}
		values = append(values, v)
	}
	return values, alike
}

// gives says whether values of the list have a key of a context.
func (l *list) gives(key string) bool {
	if l.full != nil {
		return l.full.gives(key)
	}
	if l.unknown {
		return l.name == "name" && (key == "domain" || key == "device_class")
	}
	return slices.ContainsFunc(l.values, func(v value) bool { _, ok := v.context[key]; return ok })
}

// restricted gives the list of those values that fit the conditions, under a
// name that says so; the list itself where no condition is about it.
func (l *list) restricted(requires, excludes []condition) *list {
	var names []string
	keep := func(value) bool { return true }
	and := func(c condition, want bool) {
		before := keep
		keep = func(v value) bool {
			got, ok := v.context[c.key]
			fits := ok && (len(c.values) == 0 || slices.Contains(c.values, got))
			return before(v) && fits == want
		}
	}
	for _, c := range byDomain(requires) {
		if !c.slot && l.gives(c.key) {
			names = append(names, slices.Sorted(slices.Values(c.values))...)
			and(c, true)
		}
	}
	for _, c := range byDomain(excludes) {
		if l.gives(c.key) {
			names = append(append(names, "not"), slices.Sorted(slices.Values(c.values))...)
			and(c, false)
		}
	}
	if len(names) == 0 {
		return l
	}
	out := *l
	out.full = l
	out.name = l.name + "_" + slug(strings.Join(names, "_"), '_')
	out.values = nil
	for _, v := range l.values {
		if keep(v) {
			out.values = append(out.values, v)
		}
	}
	return &out
}

// byDomain gives conditions with the one on the domain first.
func byDomain(list []condition) []condition {
	return slices.SortedStableFunc(slices.Values(list), func(a, b condition) int {
		switch {
		case a.key == b.key:
			return 0
		case a.key == "domain":
			return -1
		case b.key == "domain":
			return 1
		}
		return strings.Compare(a.key, b.key)
	})
}

// empty says that nothing can be said for the list.
func (l *list) empty() bool {
	return !l.unknown && !l.wildcard && l.number == nil && len(l.values) == 0
}

// slug gives letters and digits in lower case with dashes or the like between.
func slug(s string, between rune) string {
	var b strings.Builder
	gap := false
	for i, c := range s {
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c >= 'A' && c <= 'Z':
			upper := c >= 'A' && c <= 'Z'
			if b.Len() > 0 && (gap || upper && i > 0 && s[i-1] >= 'a' && s[i-1] <= 'z') {
				b.WriteRune(between)
			}
			gap = false
			if upper {
				c += 'a' - 'A'
			}
			b.WriteRune(c)
		default:
			gap = true
		}
	}
	return b.String()
}
