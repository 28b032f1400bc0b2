package importer

import (
	"slices"
	"strings"
	"time"

	"frontdesk/knowledge"
	"frontdesk/knowledge/template"
)

// command notes the slots of a command, and gives what finds their values in an
// example: the command's own sentences.
func (r *rasaOut) command(e *knowledge.Entry, named []string) func(string) []botMark {
	c := e.Command
	slots := map[string]*template.Slot{}
	var sentences []template.Sentence
	for _, t := range c.Say {
		for _, ref := range t.SlotRefs() {
			if s := c.Slots[ref.Slot]; s != nil && ref.List != "" {
				slots[ref.List] = &s.Slot
			}
		}
		sentences = append(sentences, template.Sentence{ID: e.ID, Template: t})
	}
	for _, t := range c.Rules {
		for _, ref := range t.SlotRefs() {
			if s := c.Slots[ref.Slot]; s != nil && ref.List != "" {
				slots[ref.List] = &s.Slot
			}
		}
	}
	for _, name := range named {
		s := c.Slots[name]
		if s == nil {
			continue
		}
		for _, other := range []struct {
			what string
			has  bool
		}{{"default", s.Default != ""}, {"context", s.Context != ""}, {"steps", s.Adjust != nil}} {
			if other.has {
				r.leave(e, "the "+other.what+" of the slot "+name+" of "+e.ID, "Rasa fills a slot from what was said")
			}
		}
		r.slot(name, s)
	}
	grammar, err := template.Compile(sentences, c.Rules, slots)
	if err != nil || grammar == nil {
		return func(string) []botMark { return nil }
	}
	return func(said string) []botMark {
		matches := grammar.Match(said, time.Unix(0, 0).UTC())
		if len(matches) == 0 {
			return nil
		}
		var marks []botMark
		for _, name := range named {
			v, ok := matches[0].Slots[name]
			if at := strings.Index(said, v.Said); ok && at >= 0 && v.Said != "" && strings.Count(said, v.Said) == 1 {
				from := len([]rune(said[:at]))
				marks = append(marks, botMark{from, from + len([]rune(v.Said)), botPart{slot: name, list: name, value: v.Canonical}})
			}
		}
		return marks
	}
}

// slot declares a slot once for all commands: Rasa knows them by their names.
func (r *rasaOut) slot(name string, s *knowledge.Slot) {
	l := r.lists[name]
	if l == nil {
		l = &rasaOutList{say: map[string][]string{}}
		r.lists[name] = l
		r.slots = append(r.slots, name)
		r.domain.Entities = append(r.domain.Entities, name)
		r.domain.Slots[name] = rasaOutSlot{Type: "text", Mappings: []map[string]string{{"type": "from_entity", "entity": name}}}
	}
	l.open = l.open || s.Open
	for _, v := range s.Values {
		if l.say[v.Canonical] == nil {
			l.values = append(l.values, v.Canonical)
		}
		for _, say := range v.Say {
			way := oneLine(unescapeTemplate(say.String()))
			if say.Count(nil) == 1 && !slices.Contains(l.say[v.Canonical], way) {
				l.say[v.Canonical] = append(l.say[v.Canonical], way)
			}
		}
	}
	if s.Ask != "" {
		r.domain.Responses["utter_ask_"+name] = []rasaOutResponse{{Text: rasaBraces(s.Ask)}}
	}
}

// unescapeTemplate gives the words of a template without places and choices.
func unescapeTemplate(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// values writes the slots' words as lookup tables, and as synonyms what they
// stand for.
func (r *rasaOut) values() {
	none := func(string) []botMark { return nil }
	for _, name := range r.slots {
		l := r.lists[name]
		var words []string
		for _, v := range l.values {
			words = append(words, l.say[v]...)
			if ways := slices.DeleteFunc(slices.Clone(l.say[v]), func(s string) bool { return s == v }); len(ways) > 0 {
				r.nlu = append(r.nlu, rasaOutItem{Synonym: v, Examples: rasaExamples(ways, none)})
			}
		}
		if len(words) > 0 && !l.open {
			r.nlu = append(r.nlu, rasaOutItem{Lookup: name, Examples: rasaExamples(words, none)})
		}
	}
}
