package homeassistant

import (
	"strings"

	"go.yaml.in/yaml/v4"
)

// A house that is being read from a file.
type house struct {
	House
	given bool
}

// places reads floors or areas: {name, id, aliases, floor}.
func (r *reader) places(file string, n *yaml.Node, what string, home *house) []Place {
	home.given = true
	var out []Place
	r.items(file, n, what, func(item *yaml.Node) {
		var p Place
		var names []text
		r.keys(file, item, what, map[string]func(k, v *yaml.Node){
			"id":      func(_, v *yaml.Node) { p.ID = v.Value },
			"name":    func(_, v *yaml.Node) { names = r.names(file, v, names) },
			"aliases": func(_, v *yaml.Node) { names = r.names(file, v, names) },
			"floor":   func(_, _ *yaml.Node) {}, // no sentence can ask for it
		})
		if len(names) == 0 {
			r.fault(file, item, what+" has no name", "write name:")
			return
		}
		p.Names = spoken(names)
		out = append(out, p)
	})
	return out
}

// entities reads entities: {name, id, aliases, area, state, attributes}.
func (r *reader) entities(file string, n *yaml.Node, home *house) {
	home.given = true
	r.items(file, n, "entities", func(item *yaml.Node) {
		e := Entity{Context: map[string]string{}}
		var names []text
		r.keys(file, item, "an entity", map[string]func(k, v *yaml.Node){
			"id":      func(_, v *yaml.Node) { e.ID = v.Value },
			"name":    func(_, v *yaml.Node) { names = r.names(file, v, names) },
			"aliases": func(_, v *yaml.Node) { names = r.names(file, v, names) },
			"area":    func(_, _ *yaml.Node) {}, // no sentence can ask for these two
			"state":   func(_, _ *yaml.Node) {},
			"attributes": func(_, v *yaml.Node) {
				r.each(file, v, "attributes", func(k, v *yaml.Node) {
					if v.Kind == yaml.ScalarNode {
						e.Context[k.Value] = v.Value
					}
				})
			},
		})
		domain, _, ok := strings.Cut(e.ID, ".")
		if !ok || len(names) == 0 {
			r.fault(file, item, "the entity has no name, or no id with a domain", `write for example {name: Lamp, id: light.lamp}`)
			return
		}
		e.Context["domain"] = domain
		e.Names = spoken(names)
		home.Entities = append(home.Entities, e)
	})
}

func (r *reader) names(file string, n *yaml.Node, known []text) []text {
	r.items(file, n, "a name", func(n *yaml.Node) {
		if t, ok := r.text(file, n, "a name"); ok && t.value != "" {
			known = append(known, t)
		}
	})
	return known
}

// spoken gives the names of something that a file calls so: names are templates
// there, and the first one is what a command gets, as it is said in full.
func spoken(names []text) []Name {
	var out []Name
	for _, t := range names {
		out = append(out, Name{Say: t.value, Value: inFull(names[0].value)})
	}
	return out
}

// inFull gives the words of a name whose optional parts are said.
func inFull(name string) string {
	if strings.ContainsAny(name, `|;\\`) {
		return name
	}
	return strings.NewReplacer("[", "", "]", "", "(", "", ")", "").Replace(name)
}
