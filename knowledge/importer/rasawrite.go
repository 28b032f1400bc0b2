package importer

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"frontdesk/knowledge"

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

// A rasaOutList is the values of a slot: the ways to say each.
type rasaOutList struct {
	open   bool
	values []string
	say    map[string][]string
}
