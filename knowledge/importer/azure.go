package importer

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"frontdesk/knowledge"
)

// Azure reads what Custom Question Answering (of Azure's Language Studio) and
// QnA Maker before it export: a table (TSV, Excel) with the columns Question,
// Answer, Source, Metadata, SuggestedQuestions, IsContextOnly, Prompts, QnaId
// and SourceDisplayName, alone or in an archive with Settings and Synonyms; or
// JSON as the REST interfaces give it.
//
// https://learn.microsoft.com/azure/ai-services/language-service/question-answering/how-to/export-import-refresh
// https://learn.microsoft.com/rest/api/questionanswering/question-answering-projects/export
func Azure() Reader {
	return Reader{Format: "azure", Title: "Azure Custom Question Answering or QnA Maker", Recognise: isAzure, Read: readAzure}
}

// An azureItem is a question-and-answer pair. JSON names are matched in any case.
type azureItem struct {
	ID        json.RawMessage
	Answer    string
	Source    string
	Questions []string
	Metadata  json.RawMessage // a list of names and values, or an object
	Context   *azureDialog    // QnA Maker
	Dialog    *azureDialog    // Custom Question Answering

	ActiveLearningSuggestions json.RawMessage
	AlternateQuestionClusters json.RawMessage

	at knowledge.Pos
}

type azureDialog struct {
	IsContextOnly bool
	Prompts       []azurePrompt
}

type azurePrompt struct {
	DisplayOrder int
	QnaID        json.RawMessage
	Qna          *azureItem // in place of an id
	DisplayText  string
}

// azureReader takes in items, and joins those of one id.
type azureReader struct {
	found *Found
	byID  map[string]int    // → item
	asked map[string]string // id → its question
	words []azureWords
}

// azureWords are the words on the button of a follow-up.
type azureWords struct {
	at        knowledge.Pos
	text, key string
}

func newAzureReader(found *Found) *azureReader {
	return &azureReader{found: found, byID: map[string]int{}, asked: map[string]string{}}
}

// take takes in an item; one with a known id adds its phrasings to it.
func (a *azureReader) take(item azureItem) error {
	key := rawText(item.ID)
	if key == "0" { // It has none yet.
		key = ""
	}
	what := fmt.Sprintf("the pair %q", shown(cmp.Or(firstOf(item.Questions), key)))
	if at, known := a.byID[key]; known && key != "" {
		e := a.found.Items[at].Entry
		if answer := answerText(item.Answer); oneLine(answer) != "" && oneLine(answer) != oneLine(e.Answer) {
			return a.found.leave(item.at, what, fmt.Sprintf("its QnaId %s has another answer in %s", shown(key), e.Pos))
		}
		for _, q := range item.Questions {
			if q = oneLine(q); q != "" && q != e.Question && !slices.Contains(e.Alternatives, q) && len(q) <= maxPhrase && len(e.Alternatives) < maxPhrasings {
				e.Alternatives = append(e.Alternatives, q)
			}
		}
		return nil
	}
	e := &knowledge.Entry{Kind: knowledge.FAQ, Alternatives: item.Questions, Answer: answerText(item.Answer), Pos: item.at, Tags: azureTags(item.Metadata)}
	dialog := cmp.Or(item.Dialog, item.Context)
	var inner []azureItem
	if dialog != nil {
		slices.SortStableFunc(dialog.Prompts, func(x, y azurePrompt) int { return cmp.Compare(x.DisplayOrder, y.DisplayOrder) })
		for _, p := range dialog.Prompts {
			id := rawText(p.QnaID)
			if p.Qna != nil {
				p.Qna.at = item.at
				inner = append(inner, *p.Qna)
				if id = rawText(p.Qna.ID); id == "" || id == "0" {
					id = firstOf(p.Qna.Questions)
				}
			}
			if id == "" || id == "0" {
				if err := a.found.leave(item.at, fmt.Sprintf("the follow-up %q of %s", shown(p.DisplayText), what), "it leads nowhere"); err != nil {
					return err
				}
				continue
			}
			if !slices.Contains(e.Followups, id) {
				e.Followups = append(e.Followups, id)
			}
			a.words = append(a.words, azureWords{item.at, p.DisplayText, id})
		}
	}
	n := len(a.found.Items)
	if err := a.found.add(Item{Entry: e, Key: key}, what); err != nil {
		return err
	}
	if len(a.found.Items) > n && key != "" {
		a.byID[key] = n
		a.asked[key] = e.Question
	}
	if dialog != nil && dialog.IsContextOnly && len(a.found.Items) > n {
		if err := a.found.leave(item.at, "that "+what+" is asked only as a follow-up", "here it can be asked at any time; see whether its question says enough"); err != nil {
			return err
		}
	}
	for _, s := range []json.RawMessage{item.ActiveLearningSuggestions, item.AlternateQuestionClusters} {
		var list []any
		if json.Unmarshal(s, &list) == nil && len(list) > 0 {
			if err := a.found.leave(item.at, "the suggested questions of "+what, "nobody has accepted them"); err != nil {
				return err
			}
		}
	}
	for _, i := range inner {
		if err := a.take(i); err != nil {
			return err
		}
	}
	return nil
}

// end tells the follow-ups that lead nowhere, and the words on their buttons
// that are not those of the question.
func (a *azureReader) end() error {
	keys := map[string]bool{}
	for _, item := range a.found.Items {
		keys[itemKey(item)] = true
	}
	for _, w := range a.words {
		question, known := a.asked[w.key]
		why := ""
		switch {
		case !keys[w.key]:
			why = fmt.Sprintf("there is no pair with the QnaId %s", shown(w.key))
		case known && w.text != "" && !strings.EqualFold(oneLine(w.text), question):
			why = fmt.Sprintf("a follow-up shows the question that it leads to, %q", shown(question))
		default:
			continue
		}
		if err := a.found.leave(w.at, fmt.Sprintf("the words %q of a follow-up", shown(w.text)), why); err != nil {
			return err
		}
	}
	for _, item := range a.found.Items {
		item.Entry.Followups = slices.DeleteFunc(item.Entry.Followups, func(key string) bool { return !keys[key] })
	}
	return nil
}

// azureTags gives the metadata of a pair as tags "name:value", but for what the
// system notes for itself.
func azureTags(raw json.RawMessage) []string {
	var list []struct{ Name, Value string }
	if json.Unmarshal(raw, &list) != nil {
		var object map[string]string
		if json.Unmarshal(raw, &object) != nil {
			return nil
		}
		for name, value := range object {
			list = append(list, struct{ Name, Value string }{name, value})
		}
		slices.SortFunc(list, func(x, y struct{ Name, Value string }) int { return cmp.Compare(x.Name, y.Name) })
	}
	var tags []string
	for _, m := range list {
		if name := oneLine(m.Name); name != "" && !strings.HasPrefix(strings.ToLower(name), "system_metadata") {
			tags = append(tags, strings.TrimSuffix(name+":"+oneLine(m.Value), ":"))
		}
	}
	return tags
}

// azureLists are the keys under which JSON has its pairs: that of an export, of
// a download from QnA Maker, of what makes a knowledge base, and of a page of
// pairs.
var azureLists = []string{"qnas", "qnaDocuments", "qnaList", "value"}

// isAzure knows an export by the names of its columns or keys.
func isAzure(s Source) bool {
	if s.isDir() {
		return hasFile(s.Files, path.Join(s.Path, "Settings.tsv")) || hasFile(s.Files, path.Join(s.Path, "Settings.xlsx"))
	}
	head := s.head(s.Path)
	switch s.ext() {
	case ".json":
		return bytes.Contains(head, []byte(`"qnaDocuments"`)) || bytes.Contains(head, []byte(`"qnaList"`)) ||
			bytes.Contains(head, []byte(`"questions"`)) && (bytes.Contains(head, []byte(`"qnas"`)) || bytes.Contains(head, []byte(`"value"`)) && bytes.Contains(head, []byte(`"isContextOnly"`)))
	case ".xlsx":
		return headOfWorkbook(s, func(names []string) bool { return azureColumns(names) != nil })
	case ".zip":
		inner, closing, err := newInput(s).unzip(context.Background(), s.Path)
		if err != nil {
			return false
		}
		defer closing()
		return isAzure(inner)
	}
	return headOfTable(head, func(names []string) bool { return azureColumns(names) != nil })
}

func hasFile(files fs.FS, name string) bool {
	info, err := fs.Stat(files, name)
	return err == nil && info.Mode().IsRegular()
}

// readAzure takes in an export in any of its forms.
func readAzure(ctx context.Context, s Source, o Options) (*Found, error) {
	found := &Found{}
	if !s.isDir() && s.ext() == ".zip" {
		inner, closing, err := newInput(s).unzip(ctx, s.Path)
		if err != nil {
			return nil, err
		}
		defer closing()
		s = inner
	}
	in := newInput(s)
	names, err := in.files(ctx, func(name string) bool { return true })
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		base, ext := strings.ToLower(path.Base(name)), strings.ToLower(path.Ext(name))
		at := knowledge.Pos{File: in.title(name)}
		switch {
		case strings.HasPrefix(base, "settings.") && len(names) > 1:
			err = found.leave(at, "the settings of the project", "they say nothing that a base has a place for")
		case strings.HasPrefix(base, "synonyms.") && len(names) > 1:
			err = found.leave(at, "the synonyms", "a base has no list of words that mean the same; write phrasings with them")
		case ext == ".json":
			err = readAzureJSON(ctx, found, in, name)
		case ext == ".xlsx":
			err = readWorkbook(ctx, found, in, name, o)
		case slices.Contains(tableExts, ext):
			err = readText(ctx, found, in, name, o)
		default:
			err = found.leave(at, "the file", "it is no table and no JSON")
		}
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// readAzureJSON takes in the JSON of an export.
func readAzureJSON(ctx context.Context, found *Found, in *input, name string) error {
	text, err := in.text(ctx, name, maxText)
	if err != nil {
		return err
	}
	a := newAzureReader(found)
	err = eachJSON(ctx, text, in.title(name), azureLists, func(e jsonElement) error {
		if e.list == "" {
			if strings.EqualFold(e.key, "synonyms") && len(e.raw) > len("[]") {
				return found.leave(e.at, "the synonyms", "a base has no list of words that mean the same; write phrasings with them")
			}
			return nil
		}
		item := azureItem{at: e.at}
		if err := json.Unmarshal(e.raw, &item); err != nil {
			return found.leave(e.at, "a pair", "it is not in the form of an export: "+jsonProblem(err))
		}
		return a.take(item)
	})
	if err != nil {
		return err
	}
	return a.end()
}

// rawText gives a JSON text or number as a text; "" for null.
func rawText(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return strings.TrimSpace(s)
	}
	if s = strings.TrimSpace(string(raw)); s == "null" {
		return ""
	}
	return s
}

func firstOf(list []string) string {
	for _, s := range list {
		if s = oneLine(s); s != "" {
			return s
		}
	}
	return ""
}
