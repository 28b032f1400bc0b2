package importer

import (
	"context"
	"fmt"
	"regexp"
	"strings"
)

// LUIS gives the reader of an app of Microsoft's LUIS as its portal exports it
// to JSON, in all versions of the schema
// (https://learn.microsoft.com/azure/ai-services/luis/app-schema-definition).
//
// Such an app says what is meant, never what is answered: its intents become
// phrasings for entries that are there already. Which words are values is told.
func LUIS() Reader {
	return Reader{Format: "luis", Title: "LUIS app", Recognise: recogniseLUIS, Read: readLUIS}
}

var luisMark = regexp.MustCompile(`"luis_schema_version"|"(closedLists|composites|bing_entities|hierarchicals)"\s*:`)

func recogniseLUIS(s Source) bool {
	return recogniseIn(s, maxRasaHeads, isJSON, func(_ string, head []byte) bool { return luisMark.Match(head) })
}

// luisOther are parts of an app that say how words are found, which a desk does
// by itself.
var luisOther = []string{
	"entities", "regex_entities", "regexEntities", "regex_features", "prebuiltEntities", "bing_entities", "phraselists", "model_features",
	"composites", "hierarchicals", "patternAnyEntities", "closedLists",
}

func readLUIS(ctx context.Context, s Source, _ Options) (*Found, error) {
	in, done, err := openProject(ctx, s)
	if err != nil {
		return nil, err
	}
	defer done()
	files, err := in.jsonFiles(ctx, luisMark)
	if err != nil {
		return nil, err
	}
	var t taking
	var intents botIntents
	for _, f := range files {
		t.luis(f, &intents)
	}
	for _, i := range intents.list {
		if strings.EqualFold(i.name, "None") {
			t.leave(i.pos, "intent "+i.name, "what no entry answers needs no entry; write tests: that expect none")
			continue
		}
		t.takeIntent(i, nil)
	}
	return t.found(), nil
}

// luis reads an app.
func (t *taking) luis(f jsonFile, intents *botIntents) {
	if f.root.get("utterances") == nil && f.root.get("intents") == nil {
		t.leave(f.root.pos(f.title), "the file", "it is no app of LUIS")
		return
	}
	for _, i := range f.root.get("intents").list() {
		if name := i.get("name").str(); name != "" {
			intents.of(name, i.pos(f.title))
		}
	}
	for _, u := range f.root.get("utterances").list() {
		name, text := u.get("intent").str(), u.get("text").str()
		if name == "" || text == "" {
			t.leave(u.pos(f.title), "an utterance", "it has no intent or no text")
			continue
		}
		i := intents.of(name, u.pos(f.title))
		var marks []botMark
		for _, e := range u.get("entities").list() { // The last character belongs to it.
			name := e.get("entity").str()
			marks = append(marks, botMark{from: e.get("startPos").int(), to: e.get("endPos").int() + 1, part: botPart{slot: name, list: name}})
		}
		i.examples = append(i.examples, botExample{parts: markParts(text, marks), pos: u.pos(f.title)})
	}
	for _, p := range f.root.get("patterns").list() {
		name, text := p.get("intent").str(), p.get("pattern").str()
		if name == "" || strings.ContainsAny(text, "{}[]()|^") {
			t.leave(p.pos(f.title), fmt.Sprintf("the pattern %q", shown(text)), "a phrasing has no places and choices; write it under say: of a command")
			continue
		}
		i := intents.of(name, p.pos(f.title))
		i.examples = append(i.examples, plainExample(text, p.pos(f.title)))
	}
	for _, key := range luisOther {
		if v := f.root.get(key); len(v.list()) > 0 {
			t.leave(v.pos(f.title), fmt.Sprintf("%d in %s", len(v.list()), key), "phrasings are found without them")
		}
	}
}
