package importer

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"frontdesk/knowledge"
	"frontdesk/knowledge/template"
)

// Dialogflow gives the reader of a Dialogflow ES agent as its console exports
// it, a zip archive or the folder of one, in its present form and in that of
// api.ai (https://cloud.google.com/dialogflow/es/docs/agents-settings#export).
//
// An intent with a fixed text becomes an FAQ item; where the text names
// parameters, it becomes a command whose slots have the values of the entities.
// One language is taken: that of [Options], or else the agent's own.
func Dialogflow() Reader {
	return Reader{Format: "dialogflow", Title: "Dialogflow ES agent", Recognise: recogniseDialogflow, Read: readDialogflow}
}

func recogniseDialogflow(s Source) bool {
	if !s.isDir() && !isZip(s.head(s.Path)) {
		return false
	}
	intents := false
	return recogniseIn(s, maxRasaHeads, func(name string) bool {
		dir := path.Base(path.Dir(name))
		intents = intents || dir == "intents" && path.Ext(name) == ".json"
		return path.Base(name) == "agent.json" || dir == "intents" && path.Ext(name) == ".json"
	}, func(name string, head []byte) bool {
		return intents && (path.Base(name) == "agent.json" || strings.Contains(string(head), `"responses"`) && strings.Contains(string(head), `"fallbackIntent"`))
	})
}

// dialogflowLanguage cuts the language off a file's name: X_usersays_en,
// X_entries_pt-br.
var dialogflowLanguage = regexp.MustCompile(`^(.+)_(usersays|entries)_([A-Za-z]{2,3}(?:-[A-Za-z0-9]+)*)$`)

// A dialogflowAgent is an agent while it is read.
type dialogflowAgent struct {
	taking
	language string
	others   map[string]bool // languages that are not taken
	lists    botLists
	taken    map[string]bool   // ids
	replies  map[string]string // by a sentence in its normal form: the key of its intent
}

// dialogflowTypes are the system entities that a slot's type holds as well.
var dialogflowTypes = map[string]template.Type{
	"sys.number": template.Number, "sys.number-integer": template.Number, "sys.ordinal": template.Number, "sys.percentage": template.Percentage,
	"sys.duration": template.Duration, "sys.time": template.Time, "sys.date": template.Date, "sys.color": template.Colour, "sys.any": template.Text,
}

func readDialogflow(ctx context.Context, s Source, o Options) (*Found, error) {
	in, done, err := openProject(ctx, s)
	if err != nil {
		return nil, err
	}
	defer done()
	all, err := in.jsonFiles(ctx, nil)
	if err != nil {
		return nil, err
	}
	texts := map[string]jsonFile{} // by their names in small letters, for what stands beside each other
	for _, f := range all {
		texts[strings.ToLower(f.name)] = f
	}
	a := &dialogflowAgent{others: map[string]bool{}, lists: botLists{}, taken: map[string]bool{}, replies: map[string]string{}}
	if err := a.choose(in.Name, all, o.Language); err != nil {
		return nil, err
	}
	var intents []*botIntent
	for _, f := range all {
		base := stem(f.name)
		switch dir := path.Base(path.Dir(f.name)); {
		case dialogflowLanguage.MatchString(base): // Read with what it belongs to.
		case dir == "entities":
			a.entity(f, a.beside(f, "entries", texts))
		case dir == "intents":
			if i := a.intent(f, a.beside(f, "usersays", texts)); i != nil {
				intents = append(intents, i)
			}
		case base == "agent", base == "package":
		default:
			a.leave(knowledge.Pos{File: f.title}, "the file", "it is no intent and no entity")
		}
	}
	a.values(intents)
	for _, i := range intents {
		a.suggested(i)
		a.takeIntent(i, a.lists)
	}
	a.keepFollowups()
	delete(a.others, a.language)
	a.leaveLanguages(in.Name, a.language, slices.Sorted(maps.Keys(a.others)))
	return a.found(), nil
}

// choose finds the language that is taken.
func (a *dialogflowAgent) choose(title string, files []jsonFile, want string) error {
	count := map[string]int{}
	own := ""
	for _, f := range files {
		if m := dialogflowLanguage.FindStringSubmatch(stem(f.name)); m != nil && m[2] == "usersays" {
			count[strings.ToLower(m[3])]++
		}
		if stem(f.name) == "agent" {
			own = f.root.get("language").str()
		}
	}
	if len(count) == 0 { // In the form of api.ai the sentences stand with their intents.
		count[cmp.Or(strings.ToLower(own), "en")] = 1
	}
	language, others, err := pickLanguage(title, want, own, count)
	a.language = language
	for _, l := range others {
		a.others[l] = true
	}
	return err
}

// beside gives the file with the texts of an intent or an entity.
func (a *dialogflowAgent) beside(f jsonFile, what string, texts map[string]jsonFile) jsonFile {
	name := strings.TrimSuffix(f.name, path.Ext(f.name)) + "_" + what + "_" + a.language + ".json"
	return texts[strings.ToLower(name)]
}

// entity reads the values of an entity.
func (a *dialogflowAgent) entity(f, entries jsonFile) {
	name := f.root.get("name").str()
	list := entries.root.list()
	title := entries.title
	if entries.root == nil { // The form of api.ai.
		list, title = f.root.get("entries").list(), f.title
	}
	if name == "" || strings.HasPrefix(name, "sys.") {
		return // System entities are there with what their owner added.
	}
	if f.root.get("isRegexp").yes() {
		a.leave(f.root.pos(f.title), "entity "+name, "it is made of regular expressions; values are found by their words")
		return
	}
	l := a.lists.of(name)
	l.closed = !f.root.get("automatedExpansion").yes()
	for _, e := range list {
		value := e.get("value").str()
		if strings.Contains(value, "@") {
			a.leave(e.pos(title), fmt.Sprintf("the value %q of entity %s", shown(value), name), "it is made of other entities")
			continue
		}
		l.add(value, e.get("synonyms").texts()...)
	}
}

// intent reads an intent; nil where it is left out.
func (a *dialogflowAgent) intent(f, usersays jsonFile) *botIntent {
	root := f.root
	pos := root.pos(f.title)
	name := root.get("name").str()
	if name == "" {
		a.leave(pos, "the file", "it has no name")
		return nil
	}
	i := &botIntent{name: name, key: root.get("id").str(), pos: pos, slots: map[string]string{}, asks: map[string]string{}}
	response := &jsonValue{}
	if all := root.get("responses").list(); len(all) > 0 {
		response = all[0]
	}
	sentences, title := usersays.root.list(), usersays.title
	if usersays.root == nil {
		sentences, title = root.get("userSays").list(), f.title
	}
	for _, s := range sentences {
		i.examples = append(i.examples, a.example(s, title))
	}
	why := ""
	switch contexts := root.get("contexts").texts(); {
	case root.get("fallbackIntent").yes():
		why = "what is said when nothing fits is the desk's own"
	case root.get("priority").int() < 0 && root.get("priority").is(jsonNumber):
		why = "it is switched off"
	case len(contexts) > 0:
		why = fmt.Sprintf("it holds in the context %s only, and an answer stands for itself", contexts[0])
	case len(i.examples) == 0 && len(root.get("events").list()) > 0:
		why = "it is started by an event, and no sentence leads to it"
	case len(i.examples) == 0:
		why = "it has no sentence in the language " + a.language
	}
	if why == "" {
		why = a.answer(i, f, response)
	}
	if why != "" {
		a.leave(pos, "intent "+name, why)
		return nil
	}
	if events := root.get("events").list(); len(events) > 0 {
		a.leave(root.get("events").pos(f.title), "the event "+shown(cmp.Or(events[0].get("name").str(), events[0].str()))+" of intent "+name, "only what people say leads to an entry")
	}
	if root.get("webhookUsed").yes() {
		a.leave(root.get("webhookUsed").pos(f.title), "the webhook of intent "+name, "the text is taken that is said without it")
	}
	if c := response.get("affectedContexts"); len(c.list()) > 0 {
		a.leave(c.pos(f.title), "the contexts that intent "+name+" sets", "an answer stands for itself")
	}
	i.id = Name(name, func(id string) bool { return a.taken[id] })
	a.taken[i.id] = true
	for _, x := range i.examples {
		if n := template.Normalize(x.text()); a.replies[n] == "" {
			a.replies[n] = cmp.Or(i.key, i.name)
		}
	}
	return i
}

// dialogflowSlot is a slot in a template of api.ai: @sys.geo-city:city.
var dialogflowSlot = regexp.MustCompile(`@([\w.-]*\w):([\w-]+)`)

// example reads a sentence.
func (a *dialogflowAgent) example(s *jsonValue, title string) botExample {
	x := botExample{pos: s.pos(title)}
	for _, d := range s.get("data").list() {
		text := d.get("text").str()
		list := strings.TrimPrefix(d.get("meta").str(), "@")
		switch {
		case list != "" && list != "sys.ignore" && d.get("alias").str() != "":
			x.parts = append(x.parts, botPart{words: text, slot: d.get("alias").str(), list: list})
		case s.get("isTemplate").yes():
			at := 0
			for _, m := range dialogflowSlot.FindAllStringSubmatchIndex(text, -1) {
				x.parts = append(x.parts, botPart{words: text[at:m[0]]},
					botPart{words: strings.ReplaceAll(text[m[4]:m[5]], "-", " "), slot: text[m[4]:m[5]], list: text[m[2]:m[3]], value: "-"})
				at = m[1]
			}
			x.parts = append(x.parts, botPart{words: text[at:]})
		default:
			x.parts = append(x.parts, botPart{words: text})
		}
	}
	return x
}

// values notes what sentences say of values, and what the system's types are.
func (a *dialogflowAgent) values(intents []*botIntent) {
	for _, i := range intents {
		for _, x := range i.examples {
			for _, p := range x.parts {
				if p.slot == "" {
					continue
				}
				l := a.lists.of(p.list)
				l.typ = dialogflowTypes[p.list]
				if l.typ == "" && p.value == "" && !l.closed {
					l.add(p.words)
				}
			}
		}
	}
}

// suggested finds the intents of suggested replies.
func (a *dialogflowAgent) suggested(i *botIntent) {
	var follow []string
	for _, reply := range i.follow {
		if key := a.replies[template.Normalize(reply)]; key != "" {
			follow = append(follow, key)
			continue
		}
		a.leave(i.pos, fmt.Sprintf("the suggestion %q of intent %s", shown(reply), i.name), "no intent that is taken in has that sentence")
	}
	i.follow = follow
}
