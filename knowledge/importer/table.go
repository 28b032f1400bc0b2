package importer

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"frontdesk/knowledge"
)

// Bounds of a table.
const (
	maxRows    = 1_000_000 // also of empty ones; a sheet has no more
	maxColumns = 1_000
	sampleRows = 200 // by which columns are guessed
	headerRows = 10  // among which the one that names the columns is looked for
	// sameAnswer is how many bytes of an answer tell that two rows mean one
	// entry: many have a short one like "Yes.".
	sameAnswer = 40
)

// tableHeader is the first row of the tables that we write.
var tableHeader = []string{asID, asQuestion, asAlternatives, asAnswer, asTags, asFollowups, asFormerly}

// A tableReader makes items of the rows of one table.
type tableReader struct {
	found    *Found
	grid     *grid
	cols     columns
	language string
	sep      map[string]string // by kind of column: what parts a list in a cell

	*known
	byAnswer map[string]int    // → item
	keyOf    map[string]string // id as it stands in the table → key
	strange  map[string]int    // language → rows in it that are left out
	joined   int               // rows taken for phrasings of an entry before them
}

// readTable takes in a table. ok is false where it has no questions or no
// answers, and then nothing was taken in. The layouts of QnABot and of Azure
// are known by their columns.
func readTable(ctx context.Context, found *Found, g *grid, o Options) (ok bool, err error) {
	sample, err := g.sample(ctx)
	if err != nil || len(sample) == 0 {
		return false, err
	}
	if len(o.Columns) == 0 {
		if is := azureColumns(sample[0].cells); is != nil {
			return true, readAzureTable(ctx, found, g, sample, is)
		}
		if is := qnabotColumns(sample[0].cells); is != nil {
			return true, readQnABotTable(ctx, found, g, sample, is)
		}
	}
	t := tableReader{found: found, grid: g, language: o.Language, known: g.known, byAnswer: map[string]int{}, keyOf: map[string]string{}, strange: map[string]int{}}
	if t.known == nil {
		t.known = newKnown()
	}
	body, ok, err := t.guess(sample, o)
	if !ok || err != nil {
		return false, err
	}
	found.Notes = append(found.Notes, t.cols.notes(g.name)...)
	if err := t.other(sample, body); err != nil {
		return true, err
	}
	first := len(found.Items)
	if err := g.each(ctx, body, t.row); err != nil {
		return true, err
	}
	t.followups(first)
	return true, t.end()
}

// guess finds out what the columns hold, and gives the rows of the sample
// below the one that names them. What stands above it is told.
func (t *tableReader) guess(sample []row, o Options) (body []row, ok bool, err error) {
	named := -1
	for i, r := range sample[:min(len(sample), headerRows)] {
		if t.cols, ok = byNames(r.cells); ok {
			named = i
			break
		}
	}
	body = sample
	if ok {
		body = sample[named+1:]
	} else {
		cells := make([][]string, len(sample))
		for i, r := range sample {
			cells[i] = r.cells
		}
		t.cols, ok = byContents(cells)
		if known, _ := byNames(sample[0].cells); !ok && len(o.Columns) > 0 && (len(known.of) > 0 || looksLikeHeader(cells)) || ok && t.cols.header {
			named, body = 0, sample[1:]
			t.cols.header, t.cols.names = true, sample[0].cells
		}
	}
	width := 0
	for _, r := range sample {
		width = max(width, len(r.cells))
	}
	if len(o.Columns) > 0 {
		if named < 0 && t.namesGiven(sample[0].cells, o.Columns) {
			named, body = 0, sample[1:]
			t.cols.header, t.cols.names = true, sample[0].cells
		}
		if err := t.cols.given(o.Columns, width, t.grid.name); err != nil {
			return nil, false, err
		}
	}
	if t.cols.one(asQuestion) < 0 && len(t.cols.of[asAlternatives]) == 0 || t.cols.one(asAnswer) < 0 {
		return nil, false, nil
	}
	for _, r := range sample[:max(named, 0)] {
		if err := t.found.leave(r.pos(0), fmt.Sprintf("the row %q", shown(oneLine(strings.Join(r.cells, " ")))), "it stands above the names of the columns"); err != nil {
			return nil, false, err
		}
	}
	t.sep = map[string]string{}
	for kind, seps := range map[string][]string{asAlternatives: {"|", ";"}, asTags: {",", ";", "|"}, asFollowups: {",", ";", "|"}, asFormerly: {",", ";", "|"}} {
		var cells []string
		for _, i := range t.cols.of[kind] {
			for _, r := range body {
				cells = append(cells, r.cell(i))
			}
		}
		t.sep[kind] = separator(cells, seps...)
	}
	return body, true, nil
}

// namesGiven says whether the first row has a name that a person gave.
func (t *tableReader) namesGiven(first []string, said map[string]string) bool {
	c := columns{header: true, names: first}
	for _, name := range said {
		if len(c.find(name, 0)) > 0 {
			return true
		}
	}
	return false
}

// other tells the columns that are not taken in.
func (t *tableReader) other(sample, body []row) error {
	taken := map[int]bool{}
	for _, at := range t.cols.of {
		for _, i := range at {
			taken[i] = true
		}
	}
	return leaveColumns(t.found, sample[0], body, taken, t.cols.name, "it is not known what it holds; say so with --columns")
}

// leaveColumns tells the columns that hold something and were not taken in.
func leaveColumns(found *Found, first row, body []row, taken map[int]bool, name func(i int) string, why string) error {
	filled := map[int]bool{}
	for _, r := range body {
		for i, c := range r.cells {
			filled[i] = filled[i] || strings.TrimSpace(c) != ""
		}
	}
	for i := range maxColumns {
		if filled[i] && !taken[i] {
			if err := found.leave(first.pos(i), name(i), why); err != nil {
				return err
			}
		}
	}
	return nil
}

var numeric = regexp.MustCompile(`^[0-9.]+$`)

// row takes in one row.
func (t *tableReader) row(r row) error {
	question, answer := t.cols.one(asQuestion), t.cols.one(asAnswer)
	if l := oneLine(r.cell(t.cols.one(asLanguage))); t.language != "" && l != "" && !isLanguage(l, t.language) {
		t.strange[l]++
		return nil
	}
	e := &knowledge.Entry{Kind: knowledge.FAQ, Question: oneLine(t.text(r, question)), Answer: knowledge.TrimText(t.markdown(r, answer)), Pos: r.pos(max(question, 0))}
	for _, i := range t.cols.of[asAlternatives] {
		e.Alternatives = append(e.Alternatives, splitList(t.text(r, i), t.sep[asAlternatives])...)
	}
	list := func(kind string) (out []string) {
		for _, i := range t.cols.of[kind] {
			out = append(out, splitList(t.text(r, i), t.sep[kind])...)
		}
		return out
	}
	e.Tags, e.Followups, e.Formerly = list(asTags), list(asFollowups), list(asFormerly)
	item := Item{Entry: e}
	if id := strings.TrimSpace(t.text(r, t.cols.one(asID))); id != "" {
		item.Key = id
		isNumber := !t.cols.own && numeric.MatchString(id)
		if isNumber {
			item.Key = t.grid.keys + id
		}
		if what, _ := knowledge.CheckID(id); what == "" && !isNumber {
			e.ID = id
		}
		t.keyOf[id] = item.Key
	}
	what := fmt.Sprintf("the row %q", shown(e.Question))
	if e.Question == "" {
		what = fmt.Sprintf("the row of the answer %q", shown(oneLine(e.Answer)))
	}
	if at, ok := t.sameEntry(r, item); ok {
		return t.join(at, r, item, what)
	}
	if e.Question != "" {
		if at, known := t.asked[e.Question]; known {
			return t.found.leave(e.Pos, what, "the same is asked in "+at.String())
		}
	}
	for _, kind := range []string{asQuestion, asAnswer} {
		if i := t.cols.one(kind); strings.TrimSpace(r.cell(i)) == "" && r.isUnstored(i) {
			return t.found.leave(e.Pos, what, fmt.Sprintf("its %s is a formula whose value was never stored; open the workbook in a spreadsheet and save it", kind))
		}
	}
	n := len(t.found.Items)
	if err := t.found.add(item, what); err != nil || len(t.found.Items) == n {
		return err
	}
	t.asked[e.Question] = e.Pos
	if item.Key != "" {
		t.byKey[item.Key] = n
	}
	if _, known := t.byAnswer[e.Answer]; !known {
		t.byAnswer[e.Answer] = n
	}
	return nil
}

// sameEntry finds the item that a row is a part of: the one of the same id, the
// one with which it shares a merged cell, or one of the same long answer.
func (t *tableReader) sameEntry(r row, item Item) (at int, ok bool) {
	if n := len(t.found.Items); n > 0 {
		last := t.found.Items[n-1].Entry
		if r.isMerged(t.cols.one(asAnswer)) && last.Answer == item.Entry.Answer || r.isMerged(t.cols.one(asQuestion)) && last.Question == item.Entry.Question {
			return n - 1, true
		}
	}
	if item.Key != "" {
		at, ok = t.byKey[item.Key]
		return at, ok
	}
	if len(item.Entry.Answer) < sameAnswer {
		return 0, false
	}
	at, ok = t.byAnswer[item.Entry.Answer]
	return at, ok && t.found.Items[at].Key == ""
}

// join adds a row to the item that it is a part of.
func (t *tableReader) join(at int, r row, item Item, what string) error {
	e := t.found.Items[at].Entry
	switch {
	case item.Entry.Answer == "" || item.Entry.Answer == e.Answer || r.isMerged(t.cols.one(asAnswer)):
	case r.isMerged(t.cols.one(asQuestion)) && len(e.Answer)+len(item.Entry.Answer) < maxAnswer:
		e.Answer += "\n\n" + item.Entry.Answer
	default:
		return t.found.leave(item.Entry.Pos, what, fmt.Sprintf("the id %q has another answer in %s", shown(item.Key), e.Pos))
	}
	t.joined++
	for _, p := range item.Entry.Phrasings() {
		if p == "" || p == e.Question || slices.Contains(e.Alternatives, p) {
			continue
		}
		if len(p) > maxPhrase || len(e.Alternatives) >= maxPhrasings {
			return t.found.leave(item.Entry.Pos, what, "it is too long, or one phrasing too many")
		}
		e.Alternatives = append(e.Alternatives, p)
		t.asked[p] = item.Entry.Pos
	}
	for _, tag := range item.Entry.Tags {
		if !slices.Contains(e.Tags, tag) {
			e.Tags = append(e.Tags, tag)
		}
	}
	return nil
}

// text gives a cell as it was meant.
func (t *tableReader) text(r row, i int) string { return unquoteCell(r.cell(i)) }

// markdown gives the cell of an answer, which may be HTML.
func (t *tableReader) markdown(r row, i int) string {
	s := t.text(r, i)
	if t.cols.own {
		return s
	}
	if t.grid.answer != nil {
		s = unquoteCell(t.grid.answer(r, i))
	}
	return answerText(s)
}

// followups names the items that follow by their keys, where their ids or
// questions stand.
func (t *tableReader) followups(first int) {
	keys := map[string]string{}
	for _, item := range t.found.Items[first:] {
		if _, known := keys[strings.ToLower(item.Entry.Question)]; !known {
			keys[strings.ToLower(item.Entry.Question)] = itemKey(item)
		}
	}
	for _, item := range t.found.Items[first:] {
		for i, f := range item.Entry.Followups {
			if key, ok := t.keyOf[f]; ok {
				item.Entry.Followups[i] = key
			} else if key, ok := keys[strings.ToLower(f)]; ok {
				item.Entry.Followups[i] = key
			}
		}
	}
}

// itemKey gives what names an item in its source.
func itemKey(item Item) string {
	if item.Key != "" {
		return item.Key
	}
	return item.Entry.Question
}

// end tells what was done with many rows at once.
func (t *tableReader) end() error {
	if t.joined > 0 {
		t.found.Notes = append(t.found.Notes, fmt.Sprintf("%s: %s taken as other phrasings of an entry with the same id or answer", t.grid.name, counted(t.joined, "row is", "rows are")))
	}
	for _, l := range sortedKeys(t.strange) {
		if err := t.found.leave(knowledge.Pos{File: t.grid.name}, fmt.Sprintf("%s in the language %q", counted(t.strange[l], "row", "rows"), shown(l)), "another language was asked for"); err != nil {
			return err
		}
	}
	return nil
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

func sortedKeys(m map[string]int) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// isLanguage says whether what a table calls a language is the one asked for:
// "de-AT" is "de".
func isLanguage(said, want string) bool {
	said, want = strings.ToLower(strings.ReplaceAll(said, "_", "-")), strings.ToLower(want)
	return said == want || strings.HasPrefix(said, want+"-")
}
