package importer

import (
	"fmt"
	"strings"

	"frontdesk/internal/strictyaml"
	"frontdesk/knowledge"
)

// markdown reads the forms of Rasa 1: training data under "## intent:greet",
// stories of "* greet" and "  - utter_greet", and the responses of retrieval
// intents, which are texts in place of actions.
func (p *rasaProject) markdown(title, text string) {
	f := rasaFile{rasaProject: p, title: title}
	m := rasaMarkdown{rasaFile: &f}
	comment := false
	n := 0
	for line := range strings.Lines(text) {
		n++
		line, comment = withoutComment(strings.TrimRight(line, "\r\n"), comment)
		m.line(strings.TrimSpace(line), knowledge.Pos{File: title, Line: n, Col: 1})
	}
	m.endStory()
}

// withoutComment leaves the HTML comments of a line out. Open says whether one
// goes on from the line before, and then whether one goes on after it.
func withoutComment(line string, open bool) (string, bool) {
	var b strings.Builder
	for {
		mark := "<!--"
		if open {
			mark = "-->"
		}
		before, after, found := strings.Cut(line, mark)
		if !open {
			b.WriteString(before)
		}
		if !found {
			return b.String(), open
		}
		open, line = !open, after
	}
}

// A rasaMarkdown is a Markdown file while it is read.
type rasaMarkdown struct {
	*rasaFile
	kind, name string // of the section: "intent", "synonym", "lookup", "regex", "story", or "" before any
	story      rasaTurn
	first      []string // intents of the story's first turn
	turns      int
	depends    bool   // the story goes on where another one ended
	retrieval  string // the intent whose response follows
}

func (m *rasaMarkdown) line(line string, pos knowledge.Pos) {
	bullet := strings.HasPrefix(line, "- ") || strings.HasPrefix(line, "* ") || strings.HasPrefix(line, "+ ")
	item := ""
	if bullet {
		item = strings.TrimSpace(line[2:])
	}
	switch {
	case line == "":
	case strings.HasPrefix(line, "#"):
		m.endStory()
		m.section(strings.TrimSpace(strings.TrimLeft(line, "#")), pos)
	case m.kind == "story" && strings.HasPrefix(line, "*"):
		m.storyIntents(strings.TrimSpace(line[1:]), pos)
	case m.kind == "story" && strings.HasPrefix(line, ">"):
		if m.turns == 0 {
			m.depends = true // It goes on where another story ended.
		} else {
			m.leave(pos, "what follows "+m.story.what+" at its checkpoint", "an answer stands for itself")
		}
	case m.kind == "story" && bullet:
		m.storyAction(item, pos)
	case m.kind == "lookup" && !bullet:
		m.lookups = append(m.lookups, rasaLookup{m.name, line, pos})
	case !bullet:
		if m.kind != "" && m.kind != "story" {
			m.leave(pos, fmt.Sprintf("the line %q", strictyaml.Shorten(line)), "an example begins with -")
		}
	case m.kind == "intent":
		in := m.intents.of(m.name, pos)
		in.examples = append(in.examples, m.example(rasaLine{item, pos, false}))
	case m.kind == "synonym":
		m.synonym(m.name, item)
	case m.kind == "lookup":
		m.lists.of(m.name).closed = true
		m.words = append(m.words, [2]string{m.name, item})
	}
}

// section begins what a heading names.
func (m *rasaMarkdown) section(heading string, pos knowledge.Pos) {
	kind, name, ok := strings.Cut(heading, ":")
	kind, name = strings.TrimSpace(kind), strings.TrimSpace(name)
	switch {
	case ok && (kind == "intent" || kind == "synonym" || kind == "lookup"):
		m.kind, m.name = kind, name
	case ok && kind == "regex":
		m.kind, m.name = kind, name
		m.leave(pos, "regex "+name, "values are found by their words")
	default:
		m.kind, m.name = "story", heading
		m.story = rasaTurn{pos: pos, what: fmt.Sprintf("story %q", shown(heading))}
		m.first, m.turns, m.retrieval = nil, 0, ""
	}
}

// storyIntents reads what the user means: "greet", "inform{"city": "Rome"}",
// "a OR b".
func (m *rasaMarkdown) storyIntents(text string, pos knowledge.Pos) {
	var names []string
	sets := ""
	for _, one := range strings.Split(text, " OR ") {
		name, values, _ := strings.Cut(one, "{")
		if _, after, ok := strings.Cut(name, ": "); ok && strings.HasPrefix(name, "form") {
			name = after // "form: inform" goes on with a form.
		}
		if strings.Trim(values, " }") != "" {
			sets = values
		}
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
			m.mentioned[name] = true
		}
	}
	if m.turns++; m.turns == 1 {
		m.first = names
		if sets != "" {
			m.leave(pos, fmt.Sprintf("that %s goes by {%s", m.story.what, shown(sets)), "an answer is the same whatever values are said or known")
		}
	}
	m.retrieval = ""
	if len(names) == 1 && strings.Contains(names[0], "/") {
		m.retrieval = strings.TrimPrefix(names[0], "utter_")
	}
}

// storyAction reads what the bot does: an action, a slot that is set, a form,
// or the text of a retrieval intent.
func (m *rasaMarkdown) storyAction(text string, pos knowledge.Pos) {
	name, _, _ := strings.Cut(text, "{")
	switch {
	case m.retrieval != "" && !strings.HasPrefix(text, "utter_") && !strings.HasPrefix(text, "respond_") && !strings.HasPrefix(text, "action_"):
		key := "utter_" + m.retrieval
		if m.responses[key] != nil {
			m.leave(pos, "a variation of response "+key, "an answer has one text")
			return
		}
		m.responses[key] = &rasaResponse{pos: pos, answer: rasaText(strings.ReplaceAll(text, `\n`, "\n"))}
		m.order = append(m.order, key)
		m.first = nil // It is no story.
	case m.turns > 1:
	case strings.HasPrefix(name, "slot"), strings.HasPrefix(name, "checkpoint"):
	case strings.HasPrefix(text, "utter_"):
		m.story.say = append(m.story.say, strings.TrimSpace(text))
	case strings.HasPrefix(text, "respond_"): // Retrieval goes by the intent's name.
	case strings.HasPrefix(name, "form"):
		m.story.other = append(m.story.other, "a form")
	case text != "action_listen":
		m.story.other = append(m.story.other, strings.TrimSpace(name))
	}
}

func (m *rasaMarkdown) endStory() {
	if m.kind == "story" && m.depends && m.turns > 0 {
		m.leave(m.story.pos, m.story.what, "it depends on what was said before")
	} else if m.kind == "story" && len(m.first) > 0 {
		m.story.further = m.turns - 1
		m.turn(m.story, m.first)
	}
	m.first, m.turns, m.depends = nil, 0, false
}

// json reads the JSON form of training data, which Rasa has had since its
// beginning (https://legacy-docs-oss.rasa.com/docs/rasa/1.x/nlu/training-data-format).
func (p *rasaProject) json(title, text string) {
	if !strings.Contains(text, `"rasa_nlu_data"`) {
		return // Some other file of the project.
	}
	root, err := parseJSON(title, text)
	if err != nil {
		list, _ := asFaults(err)
		p.faults = append(p.faults, list...)
		return
	}
	data := root.get("rasa_nlu_data")
	for _, x := range append(data.get("common_examples").list(), data.get("intent_examples").list()...) {
		name, said := x.get("intent").str(), x.get("text").str()
		if name == "" || said == "" {
			p.leave(x.pos(title), "an example", "it has no intent or no text")
			continue
		}
		in := p.intents.of(name, x.pos(title))
		var marks []botMark
		for _, e := range x.get("entities").list() {
			name := e.get("entity").str()
			marks = append(marks, botMark{
				from: e.get("start").int(), to: e.get("end").int(),
				part: botPart{slot: rasaSlotName(name, e.get("role").str()), list: name, value: e.get("value").str()},
			})
		}
		in.examples = append(in.examples, botExample{parts: markParts(said, marks), pos: x.pos(title)})
	}
	for _, s := range data.get("entity_synonyms").list() {
		for _, way := range s.get("synonyms").texts() {
			p.synonym(s.get("value").str(), way)
		}
	}
	for _, l := range data.get("lookup_tables").list() {
		if file := l.get("elements"); file.is(jsonText) {
			p.lookups = append(p.lookups, rasaLookup{l.get("name").str(), file.str(), l.pos(title)})
			continue
		}
		p.lists.of(l.get("name").str()).closed = true
		for _, v := range l.get("elements").texts() {
			p.words = append(p.words, [2]string{l.get("name").str(), v})
		}
	}
	for _, r := range data.get("regex_features").list() {
		p.leave(r.pos(title), "regex "+r.get("name").str(), "values are found by their words")
	}
}
