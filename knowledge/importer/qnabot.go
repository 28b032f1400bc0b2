package importer

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"frontdesk/knowledge"
)

// QnABot reads what QnABot on AWS exports, {"qna": [{"qid", "q", "a", …}]}, and
// the tables that it imports, with the columns qid, question1, question2, …,
// and answer.
//
// https://docs.aws.amazon.com/solutions/latest/qnabot-on-aws/
func QnABot() Reader {
	return Reader{
		Format: "qnabot", Title: "QnABot on AWS",
		Recognise: func(s Source) bool {
			is := func(names []string) bool { return qnabotColumns(names) != nil }
			switch s.ext() {
			case ".json":
				head := s.head(s.Path)
				return bytes.Contains(head, []byte(`"qid"`)) && (bytes.Contains(head, []byte(`"qna"`)) || bytes.Contains(head, []byte(`"q"`)))
			case ".xlsx":
				return headOfWorkbook(s, is)
			}
			return !s.isDir() && headOfTable(s.head(s.Path), is)
		},
		Read: func(ctx context.Context, s Source, o Options) (*Found, error) {
			found, in := &Found{}, newInput(s)
			switch s.ext() {
			case ".json":
				return found, readQnABotJSON(ctx, found, in)
			case ".xlsx":
				return found, readWorkbook(ctx, found, in, s.Path, o)
			}
			return found, readText(ctx, found, in, s.Path, o)
		},
	}
}

// A qnabotItem is one of an export. What is not here is of no meaning outside
// of QnABot, such as scores and whether an item was selected.
type qnabotItem struct {
	QID   string
	Q     texts
	A     string
	T     string // topic
	Tags  string
	Type  string // qna, quiz, slottype, text
	L     string // the function that changes the answer
	Alt   struct{ Markdown, SSML string }
	R     qnabotCard
	Rp    string // what a voice says when nobody answers
	Descr string

	ConditionalChaining string
	ClientFilterValues  string
	ElicitResponse      map[string]any
	BotRouting          map[string]any
	SA                  []struct{ Text, Value string } // attributes of the session
	Slots               []any
	Passage             string // of a text
	Question            string // of a quiz

	KendraRedirectQueryText string

	at knowledge.Pos
}

type qnabotCard struct {
	Title, SubTitle, ImageURL string
	Text, URL                 string // older versions
	Buttons                   []struct{ Text, Value string }
}

// texts are a list of texts, or one.
type texts []string

func (t *texts) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*t = texts{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(t))
}

// qnabotReader takes in items, and looks up what follows them at the end.
type qnabotReader struct {
	found *Found
	byQID map[string]bool
	first int // the first item that it took in
}

func newQnABotReader(found *Found) *qnabotReader {
	return &qnabotReader{found: found, byQID: map[string]bool{}, first: len(found.Items)}
}

// take takes in an item.
func (b *qnabotReader) take(item qnabotItem) error {
	what := fmt.Sprintf("the item %q", shown(item.QID))
	switch item.Type {
	case "", "qna", "qna-w-qnaintent":
	case "slottype":
		return b.found.leave(item.at, what, "it is a slot type; write the values of a command's slot")
	case "quiz":
		return b.found.leave(item.at, what, "it is a question of a quiz, which asks and does not answer")
	case "text":
		return b.found.leave(item.at, what, "it is a passage without a question; make a guide of it")
	default:
		return b.found.leave(item.at, what, fmt.Sprintf("its type %q is not known", shown(item.Type)))
	}
	if b.byQID[item.QID] && item.QID != "" {
		return b.found.leave(item.at, what, "its qid is there twice")
	}
	answer := item.Alt.Markdown
	if strings.TrimSpace(answer) == "" {
		answer = item.A
	}
	e := &knowledge.Entry{Kind: knowledge.FAQ, Alternatives: item.Q, Answer: answerText(answer), Pos: item.at}
	if problem, _ := knowledge.CheckID(item.QID); problem == "" {
		e.ID = item.QID
	}
	for _, tag := range append([]string{item.T}, strings.FieldsFunc(item.Tags, func(r rune) bool { return r == ',' || r == ';' || r == ' ' })...) {
		if tag = oneLine(tag); tag != "" && !slices.Contains(e.Tags, tag) {
			e.Tags = append(e.Tags, tag)
		}
	}
	var lost [][2]string
	lose := func(part, why string) { lost = append(lost, [2]string{part, why}) }
	for _, button := range item.R.Buttons {
		switch to, isID := strings.CutPrefix(button.Value, "QID::"); {
		case button.Text == "" && button.Value == "":
		case isID:
			e.Followups = append(e.Followups, strings.TrimSpace(to))
		default:
			e.Followups = append(e.Followups, askedOf(button.Value))
		}
	}
	if next := strings.TrimSpace(item.ConditionalChaining); next != "" {
		if id, constant := constantOf(next); constant {
			e.Followups = append(e.Followups, askedOf(strings.TrimPrefix(id, "QID::")))
		} else {
			lose("what follows "+what, fmt.Sprintf("it is decided by %q, and a follow-up is always offered", shown(next)))
		}
	}
	if strings.Contains(e.Answer, "{{") {
		lose("what Handlebars put into the answer of "+what, "an answer is a text; the {{…}} stand in it as they are")
	}
	if item.L != "" {
		lose("the function of "+what, fmt.Sprintf("%q changes the answer where it runs; write a command where one is needed", shown(item.L)))
	}
	if card := oneLine(strings.Join([]string{item.R.Title, item.R.SubTitle, item.R.Text, item.R.URL, item.R.ImageURL}, " ")); card != "" {
		lose("the card of "+what, fmt.Sprintf("an answer has a text alone; it says %q", shown(card)))
	}
	if hook, _ := item.ElicitResponse["responsebot_hook"].(string); hook != "" {
		lose("what "+what+" asks back", fmt.Sprintf("the bot %q asks it; write a command with slots", shown(hook)))
	}
	if item.Rp != "" {
		lose("what "+what+" says when nobody answers it", fmt.Sprintf("an answer is said once; it is %q", shown(item.Rp)))
	}
	if item.Alt.SSML != "" {
		lose("how "+what+" is spoken", "the text of an answer is spoken; it has no SSML")
	}
	if item.KendraRedirectQueryText != "" {
		lose("the search of "+what, fmt.Sprintf("it asks Kendra for %q, which is not here", shown(item.KendraRedirectQueryText)))
	}
	if len(item.Slots) > 0 {
		lose("the slots of "+what, "an answer has none; write a command")
	}
	if bot, _ := item.BotRouting["specialty_bot"].(string); bot != "" {
		lose("the bot to which "+what+" leads", fmt.Sprintf("%q is not here", shown(bot)))
	}
	if item.ClientFilterValues != "" {
		lose("for whom "+what+" is", fmt.Sprintf("an answer is for everybody, not for %q alone", shown(item.ClientFilterValues)))
	}
	for _, sa := range item.SA {
		if sa.Text != "" {
			lose("the session attribute "+shown(sa.Text)+" of "+what, "an answer sets none")
		}
	}
	n := len(b.found.Items)
	if err := b.found.add(Item{Entry: e, Key: item.QID}, what); err != nil || len(b.found.Items) == n {
		return err
	}
	b.byQID[item.QID] = true
	for _, l := range lost {
		if err := b.found.leave(item.at, l[0], l[1]); err != nil {
			return err
		}
	}
	return nil
}

// askedOf marks a follow-up that is named by what is asked, to be looked up.
func askedOf(question string) string { return "\x00" + oneLine(question) }

// constantOf gives the text of an expression that is one text in quotes.
func constantOf(expression string) (string, bool) {
	if n := len(expression); n >= 2 && (expression[0] == '\'' || expression[0] == '"') && expression[n-1] == expression[0] {
		inner := expression[1 : n-1]
		return inner, !strings.ContainsAny(inner, `'"`)
	}
	return "", false
}

// end finds the items that follow by their questions, and tells those that are
// not there.
func (b *qnabotReader) end() error {
	keys := map[string]string{}
	ids := map[string]bool{}
	for _, item := range b.found.Items[b.first:] {
		ids[itemKey(item)] = true
		for _, p := range item.Entry.Phrasings() {
			if p = strings.ToLower(p); keys[p] == "" {
				keys[p] = itemKey(item)
			}
		}
	}
	for _, item := range b.found.Items[b.first:] {
		var out []string
		for _, f := range item.Entry.Followups {
			key, words := f, f
			if asked, ok := strings.CutPrefix(f, "\x00"); ok {
				key, words = keys[strings.ToLower(asked)], asked
				if ids[asked] {
					key = asked
				}
			}
			switch {
			case key == item.Key:
			case !ids[key]:
				if err := b.found.leave(item.Entry.Pos, fmt.Sprintf("the follow-up %q of the item %q", shown(words), shown(item.Key)), "no item is asked like that"); err != nil {
					return err
				}
			case !slices.Contains(out, key):
				out = append(out, key)
			}
		}
		item.Entry.Followups = out
	}
	return nil
}

// readQnABotJSON takes in an export.
func readQnABotJSON(ctx context.Context, found *Found, in *input) error {
	text, err := in.text(ctx, in.Path, maxText)
	if err != nil {
		return err
	}
	b := newQnABotReader(found)
	err = eachJSON(ctx, text, in.Name, []string{"qna"}, func(e jsonElement) error {
		if e.list == "" {
			return nil
		}
		item := qnabotItem{at: e.at}
		if err := json.Unmarshal(e.raw, &item); err != nil {
			return found.leave(e.at, fmt.Sprintf("the item %q", shown(item.QID)), "it is not in the form of an export: "+jsonProblem(err))
		}
		return b.take(item)
	})
	if err != nil {
		return err
	}
	return b.end()
}

// qnabotColumns gives the places of the columns, by their names in small
// letters, if they are those of a table for QnABot.
func qnabotColumns(names []string) map[string]int {
	is := map[string]int{}
	for i, name := range names {
		name = strings.ToLower(strings.TrimSpace(name))
		if _, twice := is[name]; !twice && name != "" {
			is[name] = i
		}
	}
	has := func(of ...string) bool {
		return slices.ContainsFunc(of, func(name string) bool { _, ok := is[name]; return ok })
	}
	if !has("qid") || !has("q", "question", "question1") || !has("a", "answer") {
		return nil
	}
	return is
}

// qnabotColumn matches the names of the columns that readQnABotTable takes in.
var qnabotColumn = regexp.MustCompile(`^(qid|q|question[0-9]*|a|answer|markdown|alt\.markdown|topic|t|tags|type|l|conditionalchaining|clientfiltervalues|kendraredirectquerytext|rp|alt\.ssml|ssml` +
	`|cardtitle|cardsubtitle|subtitle|cardimageurl|imageurl|elicitresponse\.responsebot_hook|botrouting\.specialty_bot|(displaytext|buttonvalue|attributename|attributevalue|enabletranslation)[0-9]+)$`)

// readQnABotTable takes in the rows of a table for QnABot; is says where its
// columns are.
func readQnABotTable(ctx context.Context, found *Found, g *grid, sample []row, is map[string]int) error {
	b := newQnABotReader(found)
	found.Notes = append(found.Notes, g.name+": its columns are those of a table for QnABot on AWS")
	taken := map[int]bool{}
	for name, i := range is {
		taken[i] = qnabotColumn.MatchString(name)
	}
	names := columns{header: true, names: sample[0].cells}
	if err := leaveColumns(found, sample[0], sample[1:], taken, names.name, "an answer has no place for it"); err != nil {
		return err
	}
	err := g.each(ctx, sample[1:], func(r row) error {
		cell := func(names ...string) string {
			for _, name := range names {
				if i, ok := is[name]; ok && strings.TrimSpace(r.cell(i)) != "" {
					return unquoteCell(r.cell(i))
				}
			}
			return ""
		}
		item := qnabotItem{
			QID: strings.TrimSpace(cell("qid")), A: cell("answer", "a"), T: cell("topic", "t"), Tags: cell("tags"), Type: strings.TrimSpace(cell("type")), L: cell("l"),
			ConditionalChaining: cell("conditionalchaining"), ClientFilterValues: cell("clientfiltervalues"), at: r.pos(is["qid"]),
			KendraRedirectQueryText: cell("kendraredirectquerytext"), Rp: cell("rp"),
		}
		item.Alt.SSML = cell("alt.ssml", "ssml")
		item.Alt.Markdown = cell("markdown", "alt.markdown")
		item.R.Title, item.R.SubTitle, item.R.ImageURL = cell("cardtitle"), cell("cardsubtitle", "subtitle"), cell("cardimageurl", "imageurl")
		item.ElicitResponse = map[string]any{"responsebot_hook": cell("elicitresponse.responsebot_hook")}
		item.BotRouting = map[string]any{"specialty_bot": cell("botrouting.specialty_bot")}
		item.Q = append(item.Q, cell("question", "q"))
		for n := range maxColumns {
			if q := cell(fmt.Sprintf("question%d", n)); q != "" {
				item.Q = append(item.Q, q)
			}
			text, value := cell(fmt.Sprintf("displaytext%d", n)), cell(fmt.Sprintf("buttonvalue%d", n))
			if value = cmp.Or(value, text); value != "" {
				item.R.Buttons = append(item.R.Buttons, struct{ Text, Value string }{text, value})
			}
			if name := cell(fmt.Sprintf("attributename%d", n)); name != "" {
				item.SA = append(item.SA, struct{ Text, Value string }{name, cell(fmt.Sprintf("attributevalue%d", n))})
			}
			if n > len(is) {
				break
			}
		}
		return b.take(item)
	})
	if err != nil {
		return err
	}
	return b.end()
}
