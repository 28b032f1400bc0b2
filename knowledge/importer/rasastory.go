package importer

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"frontdesk/knowledge"
	"frontdesk/knowledge/template"

	"go.yaml.in/yaml/v4"
)

// A rasaTurn is what a rule or the first turn of a story does about an intent.
type rasaTurn struct {
	pos     knowledge.Pos
	what    string   // `rule "greet"`
	rule    bool     // rules go before stories
	say     []string // responses, in their order
	other   []string // actions and forms
	further int      // turns that follow
}

// turnsOf reads rules or stories.
func (f *rasaFile) turnsOf(list *yaml.Node) {
	if list.Kind != yaml.SequenceNode {
		return
	}
	for _, item := range list.Content {
		steps := valueOf(item, "steps")
		t := rasaTurn{pos: f.pos(item)}
		switch {
		case textOf(item, "rule") != "":
			t.rule, t.what = true, fmt.Sprintf("rule %q", textOf(item, "rule"))
		case textOf(item, "story") != "":
			t.what = fmt.Sprintf("story %q", textOf(item, "story"))
		default:
			f.leave(t.pos, "an entry", "it is no rule and no story")
			continue
		}
		switch {
		case steps == nil || len(steps.Content) == 0:
			f.leave(t.pos, t.what, "it has no steps")
		case valueOf(item, "condition") != nil:
			f.leave(t.pos, t.what, "it holds under a condition only")
		case textOf(item, "conversation_started") == "true":
			f.leave(t.pos, t.what, "it holds at the beginning of a conversation only")
		default:
			f.steps(t, steps.Content)
		}
	}
}

// steps reads the steps of a rule or a story.
func (f *rasaFile) steps(t rasaTurn, steps []*yaml.Node) {
	var intents []string // of the first turn
	turns, depends := 0, false
	var sets []string // what the first turn sets, or goes by
	for i, s := range steps {
		names := stepIntents(s)
		switch {
		case len(names) > 0:
			for _, name := range names {
				f.mentioned[name] = true
			}
			if turns++; turns == 1 && i == 0 {
				intents = names
			}
			if turns == 1 {
				for _, e := range keysOf(orEmpty(valueOf(s, "entities"))) {
					sets = append(sets, e.Value)
				}
			}
		case s.Kind == yaml.ScalarNode: // "..." says that anything may have gone before.
		case turns == 1 && textOf(s, "action") != "":
			if a := textOf(s, "action"); strings.HasPrefix(a, "utter_") {
				t.say = append(t.say, a)
			} else if a != "action_listen" {
				t.other = append(t.other, a)
			}
		case turns == 1 && textOf(s, "bot") != "":
			t.other = append(t.other, "the text "+fmt.Sprintf("%q", shown(textOf(s, "bot"))))
		case turns == 1 && valueOf(s, "active_loop") != nil:
			if a := textOf(s, "active_loop"); a != "" {
				t.other = append(t.other, "the form "+a)
			}
		case turns == 1 && valueOf(s, "slot_was_set") != nil:
			for _, slot := range keysOf(valueOf(s, "slot_was_set")) {
				sets = append(sets, slot.Value)
			}
		case turns > 0 && valueOf(s, "checkpoint") != nil:
			f.leave(f.pos(s), "what follows "+t.what+" at its checkpoint", "an answer stands for itself")
		case turns == 0 && (valueOf(s, "slot_was_set") != nil || valueOf(s, "checkpoint") != nil || valueOf(s, "active_loop") != nil):
			depends = true
		}
	}
	if depends {
		f.leave(t.pos, t.what, "it depends on what was said before")
		return
	}
	if len(intents) == 0 {
		f.leave(t.pos, t.what, "it does not begin with an intent")
		return
	}
	slices.Sort(sets)
	if sets = slices.Compact(sets); len(sets) > 0 {
		f.leave(t.pos, fmt.Sprintf("that %s goes by %s", t.what, shown(strings.Join(sets, ", "))), "an answer is the same whatever values are said or known")
	}
	t.further = turns - 1
	f.turn(t, intents)
}

// turn notes what answers intents, by a rule or the first turn of a story.
func (p *rasaProject) turn(t rasaTurn, intents []string) {
	if len(intents) == 0 {
		return
	}
	if t.further > 0 {
		p.leave(t.pos, countOf(t.further, "further turn")+" of "+t.what, "an answer stands for itself")
	}
	for _, name := range intents {
		p.turns[name] = append(p.turns[name], t)
	}
}

// stepIntents gives the intents of a step: one, or one of several.
func stepIntents(s *yaml.Node) []string {
	if name := textOf(s, "intent"); name != "" {
		return []string{name}
	}
	var out []string
	if or := valueOf(s, "or"); or != nil {
		for _, c := range or.Content {
			if name := textOf(c, "intent"); name != "" {
				out = append(out, name)
			}
		}
	}
	return out
}

// join puts intents and what answers them together.
func (p *rasaProject) join() {
	p.values()
	for _, name := range p.order {
		if slot, ok := strings.CutPrefix(name, "utter_ask_"); ok && p.intents.byName["ask_"+slot] == nil {
			if _, isSlot := p.slots[slot]; isSlot {
				p.responses[name].used = true // It asks for a value.
			}
		}
	}
	// An intent of several is one of retrieval: faq, with faq/ask_hours in it.
	groups := map[string]bool{}
	for _, in := range p.intents.list {
		if group, _, ok := strings.Cut(in.name, "/"); ok {
			groups[group] = true
		}
	}
	for _, in := range p.intents.list {
		if groups[in.name] && len(in.examples) == 0 {
			continue
		}
		if why := p.answer(in); why != "" {
			p.leave(in.pos, "intent "+in.name, why)
			continue
		}
		p.takeIntent(in, p.lists)
	}
	p.keepFollowups()
	for _, i := range p.Items {
		if in := p.intents.byName[i.Key]; len(in.sure) > 0 {
			i.Entry.Followups = in.sure
		}
	}
	for _, name := range p.order {
		if r := p.responses[name]; !r.used {
			p.leave(r.pos, "response "+name, "no intent leads to it alone")
		}
	}
}

// values puts what examples, synonyms and slots say of values into the lists.
func (p *rasaProject) values() {
	for _, w := range p.words {
		l := p.lists.of(w[0])
		if value := p.synonyms[template.Normalize(w[1])]; value != "" {
			l.add(value, w[1])
		} else {
			l.add(w[1])
		}
	}
	for _, in := range p.intents.list {
		for i := range in.examples {
			for _, part := range in.examples[i].parts {
				if part.slot == "" {
					continue
				}
				value := part.value
				if value == "" {
					value = p.synonyms[template.Normalize(part.words)]
				}
				if value == "" {
					value = strings.TrimSpace(part.words)
				}
				p.lists.of(part.list).add(value, part.words)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.slots)) {
		if s := p.slots[name]; len(s.values) > 0 {
			l := p.lists.of(s.example)
			for _, v := range s.values {
				l.add(v)
			}
		}
	}
	in := map[string][]*botList{} // by a value
	for _, name := range slices.Sorted(maps.Keys(p.lists)) {
		for _, v := range p.lists[name].values {
			in[v] = append(in[v], p.lists[name])
		}
	}
	for _, way := range p.ways {
		for _, l := range in[way[0]] {
			l.add(way[0], way[1])
		}
	}
}

// answer finds what answers an intent; why says what is missing.
func (p *rasaProject) answer(in *botIntent) (why string) {
	names := []string{"utter_" + in.name}
	turns := p.turns[in.name]
	if slices.ContainsFunc(turns, func(t rasaTurn) bool { return t.rule }) {
		turns = slices.DeleteFunc(slices.Clone(turns), func(t rasaTurn) bool { return !t.rule })
	}
	switch {
	case strings.Contains(in.name, "/"): // Retrieval: the response has the intent's name.
	case len(turns) > 0:
		for _, t := range turns {
			if len(t.other) > 0 {
				return fmt.Sprintf("%s answers it by %s, which is a program or a form", t.what, t.other[0])
			}
			if !slices.Equal(t.say, turns[0].say) {
				return fmt.Sprintf("%s and %s answer it differently", turns[0].what, t.what)
			}
		}
		names = turns[0].say
	case p.responses[names[0]] == nil && p.mentioned[in.name]:
		return "it is answered by what was said before it"
	}
	if len(p.responses) == 0 {
		return "" // Phrasings, for an entry that is there.
	}
	var parts []string
	for _, name := range names {
		r := p.responses[name]
		if r == nil {
			return fmt.Sprintf("there is no response %s", name)
		}
		r.used = true
		parts = append(parts, r.answer)
		in.follow = append(in.follow, r.follow...)
	}
	if len(parts) == 0 {
		return turns[0].what + " says nothing"
	}
	in.answer = p.filled(joinParagraphs(parts))
	if in.answer == "" {
		return "its response has no text"
	}
	in.slots, in.asks = map[string]string{}, map[string]string{}
	text, err := knowledge.ParseText(in.answer)
	if err != nil {
		return "its response cannot be read: " + err.Error()
	}
	for _, name := range text.Slots() {
		if s, ok := p.slots[name]; ok {
			in.slots[name] = s.example
		}
		if r := p.responses["utter_ask_"+name]; r != nil {
			if ask, err := knowledge.ParseText(r.answer); err == nil && len(ask.Slots()) == 0 {
				in.asks[name] = ask.Expand(func(string) string { return "" })
			}
		}
	}
	return ""
}

// filled puts the first values of slots that no sentence names into a text.
func (p *rasaProject) filled(answer string) string {
	t, err := knowledge.ParseText(answer)
	if err != nil {
		return answer
	}
	var b strings.Builder
	for _, part := range t.Parts() {
		s := p.slots[part.Slot]
		switch {
		case part.Slot == "":
			b.WriteString(knowledge.EscapeText(part.Words))
		case s.initial != "" && !p.lists.has(botName(s.example)):
			b.WriteString(knowledge.EscapeText(s.initial))
		default:
			b.WriteString("{" + part.Slot + "}")
		}
	}
	return b.String()
}
