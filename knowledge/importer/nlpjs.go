package importer

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"frontdesk/knowledge"
)

// NLPJS gives the reader of corpora of nlp.js: a file, or a folder or an
// archive of several
// (https://github.com/axa-group/nlp.js/blob/master/docs/v4/nlp-manager.md):
//
//	{"name": "…", "locale": "en-US", "entities": {"hero": {"options": {"thor": ["thor"]}}},
//	 "data": [{"intent": "…", "utterances": ["where is @hero"], "answers": ["…", {"answer": "…", "opts": "…"}]}]}
//
// An answer that names {{ entities }} becomes a command's reply. An intent
// without answers has phrasings for an entry that is there already. One
// language is taken.
func NLPJS() Reader {
	return Reader{Format: "nlpjs", Title: "nlp.js corpus", Recognise: recogniseNLPJS, Read: readNLPJS}
}

var nlpjsMark = regexp.MustCompile(`"data"\s*:\s*\[\s*\{[^{}]*"(intent|utterances)"\s*:`)

func recogniseNLPJS(s Source) bool {
	return recogniseIn(s, maxRasaHeads, isJSON, func(_ string, head []byte) bool { return nlpjsMark.Match(head) })
}

func readNLPJS(ctx context.Context, s Source, o Options) (*Found, error) {
	in, done, err := openProject(ctx, s)
	if err != nil {
		return nil, err
	}
	defer done()
	files, err := in.jsonFiles(ctx, nlpjsMark)
	if err != nil {
		return nil, err
	}
	var t taking
	var corpora []jsonFile
	count := map[string]int{}
	for _, f := range files {
		switch {
		case f.root.get("data").is(jsonList):
			corpora = append(corpora, f)
			count[nlpjsLocale(f)]++
		case stem(f.name) != "conf" && stem(f.name) != "package" && stem(f.name) != "package-lock":
			t.leave(f.root.pos(f.title), "the file", "it is no corpus")
		}
	}
	language, others, err := pickLanguage(in.Name, o.Language, "en", count)
	if err != nil {
		return nil, err
	}
	c := nlpjsCorpora{taking: &t, lists: botLists{}, unanswered: map[string]string{}}
	for _, f := range corpora {
		if nlpjsLocale(f) == language {
			c.read(f)
		}
	}
	for _, in := range c.intents.list {
		c.leaveQuestions(in)
		if why := c.unanswered[in.name]; why != "" && in.answer == "" {
			t.leave(in.pos, "intent "+in.name, why)
			continue
		}
		t.takeIntent(in, c.lists)
	}
	t.leaveLanguages(in.Name, language, others)
	return t.found(), nil
}

// nlpjsLocale gives a corpus's language; English is what nlp.js takes, too.
func nlpjsLocale(f jsonFile) string {
	if l := f.root.get("locale").str(); l != "" {
		return l
	}
	return "en"
}

// nlpjsCorpora are corpora of one language, which nlp.js takes as one.
type nlpjsCorpora struct {
	*taking
	intents    botIntents
	lists      botLists
	unanswered map[string]string // by intent: why it has no answer
}

// read reads a corpus.
func (t *nlpjsCorpora) read(f jsonFile) {
	lists := t.lists
	for _, e := range f.root.get("entities").object() {
		options := e.value.get("options")
		if len(options.object())+len(options.list()) == 0 {
			t.leave(e.value.pos(f.title), "entity "+e.name, "it is no list of words")
			continue
		}
		l := lists.of(e.name)
		l.closed = true
		for _, o := range options.object() {
			l.add(o.name, o.value.texts()...)
		}
		for _, o := range options.list() { // As version 3 had it.
			l.add(o.get("value").str(), o.get("synonyms").texts()...)
			l.add(o.str())
		}
	}
	for _, item := range f.root.get("data").list() {
		name := item.get("intent").str()
		pos := item.pos(f.title)
		switch {
		case name == "":
			t.leave(pos, "an item", "it has no intent")
			continue
		case name == "None":
			t.leave(pos, "intent None", "what no entry answers needs no entry; write tests: that expect none")
			continue
		}
		in := t.intents.of(name, pos)
		if in.asks == nil {
			in.asks = map[string]string{}
		}
		for _, u := range item.get("utterances").texts() {
			in.examples = append(in.examples, nlpjsExample(u, lists, pos))
		}
		for _, s := range item.get("slotFilling").object() {
			in.asks[s.name] = s.value.str() + s.value.get("question").str()
		}
		if why := t.answer(in, item.get("answers"), f.title); why != "" {
			t.unanswered[name] = why
		}
		for _, field := range item.object() {
			if !slices.Contains(nlpjsFields, field.name) {
				t.leave(field.value.pos(f.title), fmt.Sprintf("the %q of intent %s", shown(field.name), name), "it is no field that this reader knows")
			}
		}
		if a := item.get("actions"); len(a.list()) > 0 {
			t.leave(a.pos(f.title), "the actions of intent "+name, "they are programs; write a command for what they do")
		}
	}
}

// nlpjsFields are those of an intent.
var nlpjsFields = []string{"intent", "utterances", "answers", "slotFilling", "actions"}

// leaveQuestions tells the questions for values that an answer does not name.
func (t *nlpjsCorpora) leaveQuestions(in *botIntent) {
	text, err := knowledge.ParseText(in.answer)
	if err != nil {
		return // It is told.
	}
	for _, name := range slices.Sorted(maps.Keys(in.asks)) {
		if !slices.Contains(text.Slots(), name) {
			t.leave(in.pos, fmt.Sprintf("the question %q for %s of intent %s", shown(in.asks[name]), shown(name), in.name), "its answer does not name that value")
		}
	}
}

var (
	// nlpjsEntity is an entity in an utterance: @hero, and %hero% before version 4.
	nlpjsEntity = regexp.MustCompile(`@([\p{L}_][\p{L}\d_-]*)|%([\p{L}_][\p{L}\d_-]*)%`)
	// nlpjsValue is a value in an answer: {{ hero }}.
	nlpjsValue = regexp.MustCompile(`\{\{\s*([\p{L}_][\p{L}\d_]*)\s*\}\}`)
)

// nlpjsExample reads an utterance. In its plain words an entity stands as its
// first value.
func nlpjsExample(text string, lists botLists, pos knowledge.Pos) botExample {
	x := botExample{pos: pos}
	at := 0
	for _, m := range nlpjsEntity.FindAllStringSubmatchIndex(text, -1) {
		name := strings.Trim(text[m[0]:m[1]], "@%")
		l := lists[botName(name)]
		if l == nil || len(l.values) == 0 || m[0] > 0 && text[m[0]-1] != ' ' {
			continue // An address, or an entity that has no words.
		}
		x.parts = append(x.parts, botPart{words: text[at:m[0]]}, botPart{words: l.say[l.values[0]][0], slot: name, list: name})
		at = m[1]
	}
	x.parts = append(x.parts, botPart{words: text[at:]})
	return x
}

// nlpjsAnswer reads the first answer without a condition; why says what it has
// that no text can have.
func (t *nlpjsCorpora) answer(in *botIntent, answers *jsonValue, title string) (why string) {
	var best *jsonValue
	others := 0
	for _, a := range answers.list() {
		opts := a.get("opts").str()
		switch {
		case opts != "":
			t.leave(a.pos(title), "an answer of intent "+in.name, fmt.Sprintf("it holds under the condition %s only", shown(opts)))
		case a.str() == "" && a.get("answer").str() == "":
		case best == nil:
			best = a
		default:
			others++
		}
	}
	if others > 0 {
		t.leave(best.pos(title), countOf(others, "variation")+" of intent "+in.name, "an answer has one text")
	}
	if best != nil && in.answer != "" {
		t.leave(best.pos(title), "1 variation of intent "+in.name, "an answer has one text")
		return ""
	}
	if best == nil {
		if len(answers.list()) > 0 {
			return "none of its answers holds at all times"
		}
		return ""
	}
	text := best.str() + best.get("answer").str()
	var b strings.Builder
	at := 0
	for _, m := range nlpjsValue.FindAllStringSubmatchIndex(text, -1) {
		b.WriteString(knowledge.EscapeText(text[at:m[0]]) + "{" + text[m[2]:m[3]] + "}")
		at = m[1]
	}
	rest := text[at:]
	b.WriteString(knowledge.EscapeText(rest))
	if strings.Contains(nlpjsValue.ReplaceAllString(text, ""), "{{") {
		return "its answer is computed"
	}
	in.answer = b.String()
	return ""
}
