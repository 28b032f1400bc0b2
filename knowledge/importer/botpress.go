package importer

import (
	"context"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"frontdesk/knowledge"
)

// Botpress gives the reader of the questions and answers of Botpress 11 and 12:
// what its Q&A module exports ({"qnas": […]}), or a bot's folder or an archive
// of it with qna/*.json, intents/*.json and content-elements/*.json
// (https://v12.botpress.com/building-chatbots/developers/modules/q-and-a).
//
// Intents have no answer of their own, and become phrasings for entries that
// are there already. One language is taken.
func Botpress() Reader {
	return Reader{Format: "botpress", Title: "Botpress Q&A", Recognise: recogniseBotpress, Read: readBotpress}
}

var botpressMark = regexp.MustCompile(`"qnas"\s*:\s*\[\s*\{\s*"(id|data)"\s*:\s*["{]|"redirect(Flow|Node)"\s*:|"utterances"\s*:\s*\{`)

func recogniseBotpress(s Source) bool {
	return recogniseIn(s, maxRasaHeads, isJSON, func(name string, head []byte) bool {
		return botpressMark.Match(head) || path.Base(name) == "bot.config.json"
	})
}

// A botpressBot is a bot while it is read.
type botpressBot struct {
	taking
	language string
	content  map[string]string // texts of content elements by their ids
	keys     map[string]bool
}

// maxTags is how many contexts of a question become tags.
const maxTags = 20

// A botpressItem is a question or an intent with its file.
type botpressItem struct {
	jsonFile
	id   string
	data *jsonValue
}

func readBotpress(ctx context.Context, s Source, o Options) (*Found, error) {
	in, done, err := openProject(ctx, s)
	if err != nil {
		return nil, err
	}
	defer done()
	files, err := in.jsonFiles(ctx, nil)
	if err != nil {
		return nil, err
	}
	b := &botpressBot{content: map[string]string{}, keys: map[string]bool{}}
	var qnas, intents []botpressItem
	var elements []jsonFile
	count, own := map[string]int{}, ""
	for _, f := range files {
		list := f.root.get("qnas").list()
		if f.root.is(jsonList) {
			list = f.root.list()
		}
		switch {
		case path.Base(f.name) == "bot.config.json":
			own = f.root.get("defaultLanguage").str()
			continue
		case path.Base(path.Dir(f.name)) == "content-elements":
			elements = append(elements, jsonFile{f.name, f.title, f.root})
			continue
		case f.root.get("data").get("questions") != nil:
			list = []*jsonValue{f.root}
		case f.root.get("utterances").is(jsonObject):
			if !strings.HasPrefix(f.root.get("name").str(), "__qna__") { // Those are made of the questions.
				intents = append(intents, botpressItem{f, f.root.get("name").str(), f.root})
				countLanguages(count, f.root.get("utterances"))
			}
			continue
		}
		if e := f.root.get("contentElements"); e != nil {
			elements = append(elements, jsonFile{f.name, f.title, e})
		}
		taken := false
		for _, q := range list {
			data := q.get("data")
			if data == nil {
				data = q
			}
			if data.get("questions") == nil {
				continue
			}
			taken = true
			qnas = append(qnas, botpressItem{jsonFile{f.name, f.title, q}, q.get("id").str(), data})
			countLanguages(count, data.get("questions"))
		}
		if !taken && !b.flows(f) {
			b.leave(f.root.pos(f.title), "the file", "it has no questions and no intent")
		}
	}
	language, others, err := pickLanguage(in.Name, o.Language, own, count)
	if err != nil {
		return nil, err
	}
	b.language = language
	for _, e := range elements {
		b.elements(e)
	}
	for _, q := range qnas {
		b.question(q)
	}
	for _, i := range intents {
		b.intent(i)
	}
	b.leaveLanguages(in.Name, b.language, others)
	return b.found(), nil
}

// flows tells of a conversation, and leaves settings alone.
func (b *botpressBot) flows(f jsonFile) bool {
	if strings.Contains(f.name, "flows/") || strings.HasSuffix(f.name, ".flow.json") {
		if strings.HasSuffix(f.name, ".flow.json") {
			b.leave(knowledge.Pos{File: f.title}, "flow "+stem(stem(f.name)), "it is a conversation of several turns")
		}
		return true
	}
	dir := path.Base(path.Dir(f.name))
	return slices.Contains([]string{"entities", "hooks", "actions", "media", "models", "libraries", "config"}, dir)
}

// countLanguages counts the languages of {"en": […], "fr": […]}.
func countLanguages(count map[string]int, texts *jsonValue) {
	for _, f := range texts.object() {
		if len(f.value.texts()) > 0 {
			count[f.name]++
		}
	}
}

// elements notes the texts of content elements.
func (b *botpressBot) elements(f jsonFile) {
	for _, e := range f.root.list() {
		form := e.get("formData")
		for _, key := range []string{"text$" + b.language, "text"} {
			if s := form.get(key).str(); s != "" && b.content[e.get("id").str()] == "" {
				b.content[e.get("id").str()] = s
			}
		}
	}
}

// inLanguage gives the texts of the language that is taken; those of older
// versions stand there without one.
func (b *botpressBot) inLanguage(v *jsonValue) []string {
	if v.is(jsonObject) {
		return v.get(b.language).texts()
	}
	return v.texts()
}

func (b *botpressBot) question(q botpressItem) {
	pos := q.root.pos(q.title)
	questions, answers := b.inLanguage(q.data.get("questions")), b.inLanguage(q.data.get("answers"))
	if a := q.data.get("answer"); a != nil && len(answers) == 0 {
		answers = b.inLanguage(a)
	}
	what := "question " + shown(q.id)
	if len(questions) > 0 {
		what = fmt.Sprintf("question %q", shown(questions[0]))
	}
	action := q.data.get("action").str()
	switch {
	case q.data.get("enabled").no():
		b.leave(pos, what, "it is switched off")
		return
	case len(questions) == 0:
		b.leave(pos, what, "it has no sentence in the language "+b.language)
		return
	case action == "redirect":
		b.leave(pos, what, "it goes on with a flow, which is a conversation")
		return
	case action == "text_redirect":
		b.leave(pos, "the flow after "+what, "an answer stands for itself")
	}
	e := &knowledge.Entry{Kind: knowledge.FAQ, Question: questions[0], Alternatives: questions[1:], Pos: pos}
	for n, a := range answers {
		if id, ok := strings.CutPrefix(a, "#!"); ok {
			if a = b.content[id]; a == "" {
				b.leave(pos, "the element "+shown(id)+" of "+what, "it is no text of this source")
				continue
			}
		}
		if e.Answer == "" {
			e.Answer = knowledge.TrimText(a)
			continue
		}
		b.leave(pos, countOf(len(answers)-n, "variation")+" of "+what, "an answer has one text")
		break
	}
	if e.Answer == "" {
		b.leave(pos, what, "it has no text that answers it")
		return
	}
	for _, c := range append(q.data.get("contexts").texts(), q.data.get("category").texts()...) {
		if c != "global" && len(e.Tags) < maxTags && !slices.Contains(e.Tags, c) {
			e.Tags = append(e.Tags, c)
		}
	}
	key := q.id
	if b.keys[key] {
		key = "" // Its question names it.
	}
	b.keys[key] = key != ""
	b.take(what, e, key)
}

// botpressSlot is a marked part of an utterance: [blue](colour).
var botpressSlot = regexp.MustCompile(`\[([^\]]+)\]\([^)]+\)`)

func (b *botpressBot) intent(i botpressItem) {
	in := &botIntent{name: i.id, pos: i.root.pos(i.title)}
	for _, u := range i.data.get("utterances").get(b.language).texts() {
		in.examples = append(in.examples, plainExample(botpressSlot.ReplaceAllString(u, "$1"), in.pos))
	}
	if in.name == "" {
		b.leave(in.pos, "an intent", "it has no name")
		return
	}
	if n := len(i.data.get("slots").list()); n > 0 {
		b.leave(in.pos, countOf(n, "slot")+" of intent "+in.name, "an answer has none; write a command for what takes values")
	}
	b.takeIntent(in, nil)
}
