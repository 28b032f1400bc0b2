package importer

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"frontdesk/knowledge"
	"frontdesk/knowledge/template"

	"go.yaml.in/yaml/v4"
)

// A botIntent is an intent of a bot: the sentences by which it is meant, and
// the fixed text that answers it.
type botIntent struct {
	name     string
	pos      knowledge.Pos
	examples []botExample
	answer   string // as [knowledge.ParseText] reads it: {name} is a slot
	tags     []string
	follow   []string // keys of other intents
	sure     []string // the same, also where no intent is found for one; instead of follow
	formerly []string
	id, key  string            // where they are not the name
	asks     map[string]string // by slot: what asks for its value
	slots    map[string]string // by what the answer calls a slot: the example's name for it; missing: the same
}

// botIntents are intents by their names, in the order in which they are met.
type botIntents struct {
	list   []*botIntent
	byName map[string]*botIntent
}

// of gives the intent of a name, made where there is none.
func (b *botIntents) of(name string, at knowledge.Pos) *botIntent {
	in := b.byName[name]
	if in == nil {
		if b.byName == nil {
			b.byName = map[string]*botIntent{}
		}
		in = &botIntent{name: name, pos: at}
		b.byName[name] = in
		b.list = append(b.list, in)
	}
	return in
}

// A botExample is a sentence by which an intent is meant.
type botExample struct {
	parts []botPart
	pos   knowledge.Pos
}

// A botPart is words, or words that are a value of a slot.
type botPart struct {
	words string
	slot  string // "" for plain words
	list  string // whose values it has
	value string // what the words stand for
}

// text gives the sentence as it was said.
func (x botExample) text() string {
	var b strings.Builder
	for _, p := range x.parts {
		b.WriteString(p.words)
	}
	return strings.TrimSpace(b.String())
}

// plainExample is a sentence without slots.
func plainExample(text string, pos knowledge.Pos) botExample {
	return botExample{parts: []botPart{{words: text}}, pos: pos}
}

// template gives the sentence with its slots; nil where it has none, or cannot
// be said as one.
func (x botExample) template() *template.Template {
	var b strings.Builder
	said := map[string]bool{}
	for _, p := range x.parts {
		if p.slot == "" {
			b.WriteString(escapeTemplate(p.words))
			continue
		}
		slot, list := botName(p.slot), botName(p.list)
		if said[slot] {
			return nil
		}
		said[slot] = true
		if list == slot {
			fmt.Fprintf(&b, "{%s}", slot)
		} else {
			fmt.Fprintf(&b, "{%s:%s}", list, slot)
		}
	}
	t, err := template.Parse(strings.Join(strings.Fields(b.String()), " "))
	if err != nil || len(said) == 0 {
		return nil
	}
	return t
}

// botLists are the values that a bot knows, by the names of their lists as
// [botName] gives them.
type botLists map[string]*botList

// A botList is the values of a slot, each with the ways to say it.
type botList struct {
	typ    template.Type // other than a list, where the bot has one built in
	closed bool          // it names all of its values
	values []string
	say    map[string][]string
	known  map[string]string // by its normal form: the value that a way to say it means
	made   []template.ListValue
}

// of gives the list of that name, made where there is none.
func (l botLists) of(name string) *botList {
	name = botName(name)
	if l[name] == nil {
		l[name] = &botList{say: map[string][]string{}, known: map[string]string{}}
	}
	return l[name]
}

// maxListValues bounds a list: beyond it a template with it cannot be compiled.
const maxListValues = 20_000

// add notes a value and ways to say it. A way that means another value already
// is left to that.
func (l *botList) add(value string, say ...string) {
	value = strings.TrimSpace(value)
	if value == "" || len(value) > maxPhrase {
		return
	}
	for _, s := range append([]string{value}, say...) {
		s = strings.TrimSpace(s)
		n := template.Normalize(s)
		if n == "" || len(s) > maxPhrase || l.known[n] != "" || len(l.known) >= maxListValues {
			continue
		}
		l.known[n] = value
		if l.say[value] == nil {
			l.values = append(l.values, value)
		}
		l.say[value] = append(l.say[value], s)
	}
}

// has says whether there is a list of that name with something in it.
func (l botLists) has(name string) bool {
	return l[name] != nil && (l[name].typ != "" || len(l[name].values) > 0)
}

// slot gives a slot that takes the values of the list, to which none is added
// any more.
func (l *botList) slot(name string) *knowledge.Slot {
	s := &knowledge.Slot{Slot: template.Slot{Name: name, Type: template.List}}
	if l.typ != "" {
		s.Type = l.typ
		if l.typ == template.Percentage {
			s.To, s.Bounded = 100, true
		}
		return s
	}
	for _, value := range l.values[len(l.made):] {
		v := template.ListValue{Canonical: value}
		for _, say := range l.say[value] {
			if t, err := template.Parse(escapeTemplate(say)); err == nil {
				v.Say = append(v.Say, t)
			}
		}
		l.made = append(l.made, v)
	}
	s.Values, s.Open = l.made, !l.closed
	return s
}

// escapeTemplate gives the template that says a text as it stands.
func escapeTemplate(s string) string {
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune(`()[]{}<>|;\`, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// botName makes a name that a slot can have.
func botName(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '_' || r == '-' || r == '.' {
			return r
		}
		return '_'
	}, strings.TrimSpace(s))
	const most = 60 // bytes; a template takes a little more
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "")
	}
	if s == knowledge.OutputSlot || s == "" {
		s += "_value"
	}
	return s
}

// takeIntent makes an entry of an intent: an FAQ item where its answer is a
// fixed text, and a command that replies where the answer names what was said.
// Without an answer it has phrasings alone.
func (t *taking) takeIntent(in *botIntent, lists botLists) {
	what := "intent " + in.name
	e := &knowledge.Entry{
		ID: cmp.Or(in.id, in.name), Kind: knowledge.FAQ, Pos: in.pos, Tags: in.tags, Followups: in.follow, Formerly: in.formerly,
	}
	reply, err := knowledge.ParseText(in.answer)
	if err != nil { // The readers escape what is no slot.
		t.leave(in.pos, what, "its answer cannot be read: "+err.Error())
		return
	}
	if len(reply.Slots()) > 0 {
		c, why := in.command(reply, lists, e)
		if why == "" {
			n := t.values
			for _, s := range c.Slots {
				n += len(s.Values)
			}
			if n > maxSlotValues {
				why = fmt.Sprintf("the commands would have more than %d values of slots", maxSlotValues)
			} else {
				t.values = n
			}
		}
		if why != "" {
			t.leave(in.pos, what, why)
			return
		}
		e.Kind, e.Command = knowledge.Do, c
		t.take(what, e, cmp.Or(in.key, in.name))
		return
	}
	e.Answer = reply.Expand(func(string) string { return "" })
	for _, x := range in.examples {
		e.Alternatives = append(e.Alternatives, x.text())
		t.unlabel(x)
	}
	t.take(what, e, cmp.Or(in.key, in.name))
}

// command makes the command that replies with what was said in it; why says
// what it lacks. Sentences that cannot be templates become phrasings of the entry.
func (in *botIntent) command(reply knowledge.Text, lists botLists, e *knowledge.Entry) (c *knowledge.Command, why string) {
	c = &knowledge.Command{Slots: map[string]*knowledge.Slot{}}
	seen, listOf := map[string]bool{}, map[string]string{}
	for _, x := range in.examples {
		t := x.template()
		fits := t != nil && !seen[t.String()]
		if fits {
			for _, ref := range t.SlotRefs() {
				fits = fits && (listOf[ref.Slot] == "" || listOf[ref.Slot] == ref.List) && lists.has(ref.List)
			}
		}
		switch {
		case fits:
			seen[t.String()] = true
			c.Say = append(c.Say, t)
			for _, ref := range t.SlotRefs() {
				listOf[ref.Slot] = ref.List
				if c.Slots[ref.Slot] == nil {
					c.Slots[ref.Slot] = lists[ref.List].slot(ref.Slot)
				}
			}
			if e.Question == "" {
				e.Question = x.text()
			}
		case t == nil || !seen[t.String()]:
			e.Alternatives = append(e.Alternatives, x.text())
		}
	}
	var out strings.Builder
	for _, p := range reply.Parts() {
		if p.Slot == "" {
			out.WriteString(knowledge.EscapeText(p.Words))
			continue
		}
		called := p.Slot
		if own, ok := in.slots[called]; ok {
			called = own
		}
		name := botName(called)
		s := c.Slots[name]
		if s == nil {
			return nil, fmt.Sprintf("its answer names %q, which no example sentence has", p.Slot)
		}
		s.Ask = in.asks[p.Slot]
		if !slices.Contains(c.Needs, name) {
			c.Needs = append(c.Needs, name)
		}
		fmt.Fprintf(&out, "{%s}", name)
	}
	c.Reply = knowledge.TrimText(out.String())
	c.Action = knowledge.Action{
		Kind: knowledge.ReplyAction,
		Node: &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: c.Reply, Line: in.pos.Line, Column: in.pos.Col},
		Pos:  in.pos,
	}
	return c, ""
}

// A botMark is a place in a sentence that is a value, from and to in characters.
type botMark struct {
	from, to int
	part     botPart
}

// markParts cuts a sentence at its marks. One that overlaps another, or lies
// outside, is no mark.
func markParts(text string, marks []botMark) []botPart {
	chars := []rune(text)
	slices.SortStableFunc(marks, func(a, b botMark) int { return cmp.Compare(a.from, b.from) })
	var parts []botPart
	at := 0
	for _, m := range marks {
		if m.from < at || m.to <= m.from || m.to > len(chars) || m.part.slot == "" {
			continue
		}
		if m.from > at {
			parts = append(parts, botPart{words: string(chars[at:m.from])})
		}
		m.part.words = string(chars[m.from:m.to])
		parts = append(parts, m.part)
		at = m.to
	}
	if at < len(chars) {
		parts = append(parts, botPart{words: string(chars[at:])})
	}
	return parts
}
