package config

import (
	"fmt"
	"strings"

	"frontdesk/bot"
	"frontdesk/bot/dispatch"
	"frontdesk/internal/strictyaml"
)

type personPage struct {
	Is    strictyaml.Many[strictyaml.At[string]] `yaml:"is"`
	Roles strictyaml.Many[strictyaml.At[string]] `yaml:"roles"`
	PIN   strictyaml.At[string]                  `yaml:"pin"`
}

// people reads who is who.
func (p *parser) people(c *Config, list strictyaml.Map[personPage]) {
	taken := map[bot.Address]string{}
	for _, item := range list {
		if c.People == nil {
			c.People = map[string]dispatch.Person{}
		}
		name := item.Key.Value
		if !isBaseName(name) {
			p.add(item.Key.Node, fmt.Sprintf("%q cannot be the name of a person", strictyaml.Shorten(name)),
				fmt.Sprintf("use at most %d letters, digits, - and _", maxBaseName))
			continue
		}
		var person dispatch.Person
		for _, is := range item.Value.Value.Is {
			id := bot.Address(is.Value)
			switch first, used := taken[id]; {
			case !isAddress(id):
				p.add(is.Node, fmt.Sprintf("%q is nobody to an adapter", strictyaml.Shorten(is.Value)), `write the adapter and the id there, as in "slack:U0123"`)
				continue
			case used:
				p.add(is.Node, fmt.Sprintf("%q is %s already", strictyaml.Shorten(is.Value), first), "leave it to one person")
				continue
			}
			taken[id] = name
			person.Is = append(person.Is, id)
		}
		for _, r := range item.Value.Value.Roles {
			if !isBaseName(r.Value) {
				p.add(r.Node, fmt.Sprintf("%q cannot be the name of a role", strictyaml.Shorten(r.Value)),
					fmt.Sprintf("use at most %d letters, digits, - and _", maxBaseName))
				continue
			}
			person.Roles = append(person.Roles, r.Value)
		}
		if pin := item.Value.Value.PIN; pin.Node != nil {
			if person.PIN = pin.Value; !dispatch.IsPINHash(person.PIN) {
				// What stands there may be the PIN itself: it is not repeated.
				p.add(pin.Node, "this is not the hash of a PIN", `write what "frontdesk pin" prints, in quotes`)
			}
		}
		c.People[name] = person
	}
}

// isAddress says whether somebody or somewhere can be called so: the adapter, and
// the id there.
func isAddress(a bot.Address) bool {
	adapter, id, _ := strings.Cut(string(a), ":")
	return adapter != "" && id != "" && !strings.ContainsAny(string(a), " \t\r\n")
}
