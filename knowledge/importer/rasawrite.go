package importer

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"frontdesk/knowledge"
	"frontdesk/knowledge/template"

	"go.yaml.in/yaml/v4"
)

// RasaWriter gives the writer of training data, domain and rules as Rasa 3 reads
// them; the files belong into a project made by "rasa init", in the place of its
// own. Each entry is an intent with a rule that answers it. What Rasa has no
// place for (an id that is no name of an intent, tags, former ids) stands in the
// intents' metadata, from which the reader takes it back.
//
// A command that replies has its slots as entities, with lookup tables and
// synonyms; what other commands do is done by programs in Rasa, so they are
// left out.
func RasaWriter() Writer {
	return Writer{Format: "rasa", Title: "Rasa project", Write: writeRasa}
}

const rasaVersion = "3.1"

type rasaOut struct {
	left     []Left
	names    map[string]string // of intents, by ids
	taken    map[string]bool
	nlu      []rasaOutItem
	domain   rasaOutDomain
	rules    []rasaOutRule
	lists    map[string]*rasaOutList // of slots
	slots    []string
	question map[string]string // by ids, for buttons
}

type rasaOutItem struct {
	Intent   string        `yaml:"intent,omitempty"`
	Synonym  string        `yaml:"synonym,omitempty"`
	Lookup   string        `yaml:"lookup,omitempty"`
	Metadata *rasaOutOwner `yaml:"metadata,omitempty"`
	Examples *yaml.Node    `yaml:"examples"`
}

type rasaOutOwner struct {
	Frontdesk rasaOutMeta `yaml:"frontdesk"`
}

type rasaOutMeta struct {
	ID       string   `yaml:"id,omitempty"`
	Tags     []string `yaml:"tags,omitempty,flow"`
	Formerly []string `yaml:"formerly,omitempty,flow"`
	// Followups are all of them, where Rasa has no intent for one.
	Followups []string `yaml:"followups,omitempty,flow"`
	Text      string   `yaml:"text,omitempty"` // of an example that Rasa would read otherwise
}

type rasaOutDomain struct {
	Version   string                       `yaml:"version"`
	Intents   []string                     `yaml:"intents"`
	Entities  []string                     `yaml:"entities,omitempty"`
	Slots     map[string]rasaOutSlot       `yaml:"slots,omitempty"`
	Responses map[string][]rasaOutResponse `yaml:"responses"`
}

type rasaOutSlot struct {
	Type      string              `yaml:"type"`
	Influence bool                `yaml:"influence_conversation"`
	Mappings  []map[string]string `yaml:"mappings"`
}

type rasaOutResponse struct {
	Text    string          `yaml:"text"`
	Buttons []rasaOutButton `yaml:"buttons,omitempty"`
}

type rasaOutButton struct {
	Title   string `yaml:"title"`
	Payload string `yaml:"payload"`
}

type rasaOutRule struct {
	Rule  string              `yaml:"rule"`
	Steps []map[string]string `yaml:"steps"`
}

func writeRasa(w Output, entries []*knowledge.Entry) ([]Left, error) {
	r := &rasaOut{
		names: map[string]string{}, taken: map[string]bool{}, lists: map[string]*rasaOutList{}, question: map[string]string{},
		domain: rasaOutDomain{Version: rasaVersion, Slots: map[string]rasaOutSlot{}, Responses: map[string][]rasaOutResponse{}},
	}
	for _, e := range entries {
		r.names[e.ID], r.question[e.ID] = r.name(e.ID), oneLine(e.Question)
	}
	for _, e := range entries {
		r.entry(e)
	}
	r.values()
	for _, f := range []struct {
		name string
		data any
	}{
		{"domain.yml", r.domain},
		{"data/nlu.yml", struct {
			Version string        `yaml:"version"`
			NLU     []rasaOutItem `yaml:"nlu"`
		}{rasaVersion, r.nlu}},
		{"data/rules.yml", struct {
			Version string        `yaml:"version"`
			Rules   []rasaOutRule `yaml:"rules"`
		}{rasaVersion, r.rules}},
	} {
		if err := dumpFile(w, f.name, f.data); err != nil {
			return nil, err
		}
	}
	return r.left, nil
}

// dumpFile writes a file of YAML.
func dumpFile(w Output, name string, data any) error {
	f, err := w.Create(name)
	if err != nil {
		return fmt.Errorf("creating %s: %w", name, err)
	}
	d, err := yaml.NewDumper(f, yaml.WithV4Defaults(), yaml.WithLineWidth(-1))
	if err == nil {
		err = d.Dump(data)
	}
	if err == nil {
		err = d.Close()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return nil
}

func (r *rasaOut) leave(e *knowledge.Entry, what, why string) {
	r.left = append(r.left, Left{Pos: e.Pos, What: what, Why: why})
}

// name gives the name of an intent: the id, as far as Rasa takes it. A slash
// would be of retrieval, and a brace begins its entities.
func (r *rasaOut) name(id string) string {
	name := strings.Map(func(c rune) rune {
		if unicode.IsLetter(c) || unicode.IsDigit(c) || unicode.IsMark(c) || c == '_' || c == '-' || c == '.' {
			return c
		}
		return '_'
	}, id)
	free := name
	for n := 2; r.taken[free]; n++ {
		free = fmt.Sprintf("%s_%d", name, n)
	}
	r.taken[free] = true
	return free
}

func (r *rasaOut) entry(e *knowledge.Entry) {
	name := r.names[e.ID]
	answer, examples := e.Answer, []string(nil)
	for _, p := range e.Phrasings() {
		one := oneLine(p)
		if one != p && strings.TrimSpace(p) != one {
			r.leave(e, "the lines of a phrasing of "+e.ID, "an example of Rasa has one line")
		}
		examples = append(examples, one)
	}
	marks := func(string) []botMark { return nil }
	switch c := e.Command; {
	case c == nil && e.Kind == knowledge.Passage && e.Link != "":
		answer += fmt.Sprintf("\n\n[%s](<%s>)", strings.Join(e.Headings, " › "), e.Link)
		r.leave(e, "that "+e.ID+" is a passage", "Rasa has no guides; it ends in the link to its section")
		fallthrough
	case c == nil:
		answer = rasaBraces(answer)
	case c.Action.Kind != knowledge.ReplyAction:
		r.leave(e, "command "+e.ID, "what it does is done by a program in Rasa")
		return
	default:
		text, err := knowledge.ParseText(c.Reply)
		if err != nil {
			r.leave(e, "command "+e.ID, "its reply cannot be read: "+err.Error())
			return
		}
		r.leave(e, "the sentences of command "+e.ID, "Rasa has examples of them")
		answer = rasaReply(text)
		if len(text.Slots()) > 0 {
			marks = r.command(e, text.Slots())
		}
	}
	r.nlu = append(r.nlu, rasaOutItem{Intent: name, Metadata: r.meta(e, name), Examples: rasaExamples(examples, marks)})
	r.domain.Intents = append(r.domain.Intents, name)
	response := rasaOutResponse{Text: answer}
	for _, id := range e.Followups {
		if to, ok := r.names[id]; ok {
			response.Buttons = append(response.Buttons, rasaOutButton{r.question[id], "/" + to})
		}
	}
	r.domain.Responses["utter_"+name] = []rasaOutResponse{response}
	r.rules = append(r.rules, rasaOutRule{"answer " + name, []map[string]string{{"intent": name}, {"action": "utter_" + name}}})
}

// meta keeps what an intent has no place for; nil where there is nothing.
func (r *rasaOut) meta(e *knowledge.Entry, name string) *rasaOutOwner {
	m := rasaOutMeta{Tags: e.Tags, Formerly: e.Formerly}
	if e.ID != name {
		m.ID = e.ID
	}
	if slices.ContainsFunc(e.Followups, func(id string) bool { return r.names[id] == "" }) {
		for _, id := range e.Followups {
			m.Followups = append(m.Followups, cmp.Or(r.names[id], id))
		}
	}
	if m.ID == "" && len(m.Tags)+len(m.Formerly)+len(m.Followups) == 0 {
		return nil
	}
	return &rasaOutOwner{m}
}

// rasaExamples gives examples as a block of lines, or as a list where Rasa
// would take one for something else: words in brackets are entities to it.
func rasaExamples(texts []string, marks func(string) []botMark) *yaml.Node {
	plain := func(s string) bool { return !rasaEntity.MatchString(s) && !strings.HasPrefix(s, "-") }
	if !slices.ContainsFunc(texts, func(s string) bool { return !plain(s) }) {
		var b strings.Builder
		for _, s := range texts {
			b.WriteString("- " + rasaMarked(s, marks(s)) + "\n")
		}
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Style: yaml.LiteralStyle, Value: b.String()}
	}
	list := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
	text := func(s string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s} }
	pair := func(content ...*yaml.Node) *yaml.Node {
		return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: content}
	}
	for _, s := range texts {
		if plain(s) {
			list.Content = append(list.Content, pair(text("text"), text(rasaMarked(s, marks(s)))))
			continue
		}
		shown := strings.TrimLeft(strings.NewReplacer("[", "", "]", " ").Replace(s), "- ")
		list.Content = append(list.Content, pair(text("text"), text(shown),
			text("metadata"), pair(text(rasaMetadata), pair(text("text"), text(s)))))
	}
	return list
}

// rasaMarked marks the entities of an example.
func rasaMarked(s string, marks []botMark) string {
	var b strings.Builder
	for _, p := range markParts(s, marks) {
		switch {
		case p.slot == "" || strings.ContainsAny(p.words, "[]") || strings.ContainsAny(p.value, `{}"\`):
			b.WriteString(p.words) // Rasa's marks have no escapes.
		case p.value == p.words:
			fmt.Fprintf(&b, "[%s](%s)", p.words, p.slot)
		default:
			fmt.Fprintf(&b, `[%s]{"entity": "%s", "value": "%s"}`, p.words, p.slot, p.value)
		}
	}
	return b.String()
}

// rasaBraces doubles braces, which name slots otherwise.
func rasaBraces(s string) string { return strings.NewReplacer("{", "{{", "}", "}}").Replace(s) }

// rasaReply gives a reply with its slots in Rasa's form.
func rasaReply(t knowledge.Text) string {
	var b strings.Builder
	for _, p := range t.Parts() {
		if p.Slot != "" {
			b.WriteString("{" + p.Slot + "}")
			continue
		}
		b.WriteString(rasaBraces(p.Words))
	}
	return b.String()
}

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

// A rasaOutList is the values of a slot: the ways to say each.
type rasaOutList struct {
	open   bool
	values []string
	say    map[string][]string
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
