package importer

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"frontdesk/internal/fault"
)

// What a column holds. These are also the names in [Options.Columns].
const (
	asQuestion     = "question"
	asAlternatives = "alternatives"
	asAnswer       = "answer"
	asID           = "id"
	asTags         = "tags"
	asFollowups    = "followups"
	asFormerly     = "formerly"
	asLanguage     = "language"
)

var columnKinds = []string{asID, asQuestion, asAlternatives, asAnswer, asTags, asFollowups, asFormerly, asLanguage}

// columnNames are the names by which people call a column, as plainName gives
// them: in English, German, French, Spanish, Italian, Portuguese, Dutch, the
// Scandinavian languages, Finnish, Polish, Russian, Turkish, Chinese, Japanese
// and Korean.
var columnNames = map[string][]string{
	asQuestion: {"question", "questions", "q", "query", "faq", "utterance", "user question", "customer question", "frage", "fragen", "kundenfrage", "fragestellung",
		"intitulé", "pregunta", "preguntas", "domanda", "domande", "pergunta", "perguntas", "vraag", "vragen", "fråga", "frågor", "spørgsmål", "spørsmål",
		"kysymys", "pytanie", "pytania", "вопрос", "вопросы", "soru", "sorular", "问题", "問題", "質問", "질문"},
	asAnswer: {"answer", "answers", "a", "response", "responses", "reply", "solution", "antwort", "antworten", "lösung", "réponse", "réponses", "reponse",
		"respuesta", "respuestas", "risposta", "risposte", "resposta", "respostas", "antwoord", "antwoorden", "svar", "vastaus", "odpowiedź", "odpowiedzi",
		"ответ", "ответы", "cevap", "yanıt", "答案", "回答", "答え", "답변", "대답"},
	asAlternatives: {"alternative", "alternatives", "alternative question", "alternative questions", "alternate question", "alternate questions", "alt question", "alt",
		"variant", "variants", "variation", "variations", "question variation", "question variations", "phrasing", "phrasings", "other phrasings", "paraphrase", "paraphrases",
		"similar question", "similar questions", "utterances", "training phrase", "training phrases", "examples", "also asked", "synonyms",
		"alternativen", "alternative frage", "alternative fragen", "weitere frage", "weitere fragen", "variante", "varianten", "formulierung", "formulierungen", "weitere formulierungen", "auch gefragt",
		"variantes", "autres questions", "autres formulations", "alternativas", "variaciones", "varianti", "alternatieven", "varianter", "варианты", "warianty", "类似问题", "相似问题", "言い換え"},
	asID: {"id", "faq id", "qid", "key", "slug", "intent", "number", "no", "nr", "nummer", "kennung", "schlüssel", "identifiant", "clave", "编号", "番号"},
	asTags: {"tag", "tags", "label", "labels", "category", "categories", "topic", "topics", "section", "group", "keywords", "keyword",
		"kategorie", "kategorien", "thema", "themen", "bereich", "rubrik", "schlagwort", "schlagworte", "schlagwörter", "stichwort", "stichworte", "catégorie", "catégories", "rubrique", "thème",
		"categoría", "categorías", "categoria", "tema", "etiquetas", "argomento", "categorie", "onderwerp", "kategori", "kategoria", "категория", "kategori adı", "分类", "类别", "カテゴリ", "カテゴリー", "카테고리"},
	asFollowups: {"followups", "follow ups", "follow up", "followup", "follow up questions", "related", "related questions", "see also", "next questions",
		"anschlussfragen", "folgefragen", "verwandte fragen", "siehe auch", "questions liées", "voir aussi", "relacionadas", "preguntas relacionadas"},
	asFormerly: {"formerly", "former id", "former ids", "old id", "old ids"},
	asLanguage: {"language", "lang", "locale", "sprache", "langue", "idioma", "lingua", "taal", "språk", "sprog", "язык", "语言", "言語"},
}

// plainName gives the name of a column in lower case, without marks, and
// without the number at its end.
func plainName(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) {
			return unicode.ToLower(r)
		}
		return ' '
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if short := strings.TrimSpace(strings.TrimRight(s, "0123456789")); short != "" {
		return short
	}
	return s
}

// kindByName gives what a column of that name holds; "" if nobody knows.
func kindByName(name string) string {
	plain := plainName(name)
	for _, kind := range columnKinds {
		if slices.Contains(columnNames[kind], plain) {
			return kind
		}
	}
	return ""
}

// columns say what the columns of a table hold.
type columns struct {
	of     map[string][]int // by kind, in the order of the table
	header bool             // whether the first row of the table names them
	names  []string
	own    bool // the table is one that we wrote
}

func (c *columns) one(kind string) int {
	if at := c.of[kind]; len(at) > 0 {
		return at[0]
	}
	return -1
}

// name gives the name of a column as a note shows it.
func (c *columns) name(i int) string {
	if i < len(c.names) && c.header && strings.TrimSpace(c.names[i]) != "" {
		return fmt.Sprintf("the column %q", oneLine(c.names[i]))
	}
	return "the column " + columnLetter(i)
}

// columnLetter gives the name that spreadsheets give to a column.
func columnLetter(i int) string {
	s := ""
	for i++; i > 0; i = (i - 1) / 26 {
		s = string(rune('A'+(i-1)%26)) + s
	}
	return s
}

// notes tell what was guessed.
func (c *columns) notes(table string) []string {
	var out []string
	words := map[string]string{
		asQuestion: "the questions", asAlternatives: "other phrasings", asAnswer: "the answers", asID: "the ids", asTags: "tags",
		asFollowups: "the follow-ups", asFormerly: "former ids", asLanguage: "the language",
	}
	for _, kind := range columnKinds {
		for _, i := range c.of[kind] {
			out = append(out, fmt.Sprintf("%s: %s holds %s", table, c.name(i), words[kind]))
		}
	}
	return out
}

// byNames says what columns hold by a row that may name them; ok says whether
// it names the questions and the answers.
func byNames(row []string) (c columns, ok bool) {
	c = columns{of: map[string][]int{}, names: row, header: true, own: slices.Equal(trimRow(row), tableHeader)}
	var unsure []int
	for i, name := range row {
		kind := kindByName(name)
		switch {
		case kind == "":
			continue
		case kind == asQuestion && len(c.of[asQuestion]) > 0:
			kind = asAlternatives // "Question 2"
		case kind == asAnswer && len(c.of[asAnswer]) > 0, kind == asID && len(c.of[asID]) > 0:
			unsure = append(unsure, i)
			continue
		}
		c.of[kind] = append(c.of[kind], i)
	}
	// "No." numbers the rows where there is an id besides.
	if len(unsure) > 0 && len(c.of[asID]) == 1 && plainName(row[c.of[asID][0]]) != "id" {
		for _, i := range unsure {
			if plainName(row[i]) == "id" {
				c.of[asID] = []int{i}
			}
		}
	}
	return c, len(c.of[asQuestion]) > 0 && len(c.of[asAnswer]) > 0
}

// trimRow leaves out the empty cells at the end.
func trimRow(row []string) []string {
	for len(row) > 0 && strings.TrimSpace(row[len(row)-1]) == "" {
		row = row[:len(row)-1]
	}
	return row
}

// byContents guesses what the columns hold by the rows of a table without
// known names: questions end in question marks, answers are the longest.
func byContents(rows [][]string) (c columns, ok bool) {
	c = columns{of: map[string][]int{}}
	if len(rows) == 0 {
		return c, false
	}
	body := rows
	if len(rows) > 1 && looksLikeHeader(rows) {
		c.header, c.names, body = true, rows[0], rows[1:]
	}
	type about struct{ asked, length, filled, distinct, worded int }
	var of []about
	for i := range widest(body) {
		var a about
		seen := map[string]bool{}
		for _, row := range body {
			if i >= len(row) || strings.TrimSpace(row[i]) == "" {
				continue
			}
			a.filled++
			a.length += utf8.RuneCountInString(row[i])
			if wordy(row[i]) {
				a.worded++
			}
			if endsInQuestionMark(row[i]) {
				a.asked++
			}
			if !seen[row[i]] {
				seen[row[i]] = true
				a.distinct++
			}
		}
		of = append(of, a)
	}
	question, answer := -1, -1
	for i, a := range of {
		if a.asked > 0 && 3*a.asked >= a.filled && (question < 0 || a.asked > of[question].asked) {
			question = i
		}
	}
	for i, a := range of {
		if i != question && 2*a.worded > a.filled && 2*a.filled >= len(body) && (answer < 0 || a.length > of[answer].length) {
			answer = i
		}
	}
	if question < 0 { // The first column that tells the rows apart.
		for i, a := range of {
			if i != answer && 2*a.worded > a.filled && 10*a.distinct >= 8*a.filled && a.length >= 4*a.filled {
				question = i
				break
			}
		}
	}
	if question < 0 || answer < 0 || of[answer].length < 2*of[answer].filled {
		return c, false
	}
	c.of[asQuestion], c.of[asAnswer] = []int{question}, []int{answer}
	for i, a := range of {
		if i != question && i != answer && a.asked > 0 && 2*a.asked >= a.filled {
			c.of[asAlternatives] = append(c.of[asAlternatives], i)
		}
	}
	return c, true
}

// wordy says whether a cell holds words, and not a number or a day.
func wordy(s string) bool {
	n := 0
	for _, r := range s {
		if unicode.IsLetter(r) {
			if n++; n >= 2 {
				return true
			}
		}
	}
	return false
}

// looksLikeHeader says whether the first row rather names than holds: short,
// whole, each name once, and no question.
func looksLikeHeader(rows [][]string) bool {
	first := rows[0]
	seen := map[string]bool{}
	for _, cell := range first {
		name := plainName(cell)
		if name == "" || utf8.RuneCountInString(cell) > 40 || endsInQuestionMark(cell) || seen[name] || strings.Contains(cell, "\n") {
			return false
		}
		seen[name] = true
	}
	if len(first) < widest(rows) {
		return false
	}
	asked, long := 0, 0
	for _, row := range rows[1:] {
		for _, cell := range row {
			if endsInQuestionMark(cell) {
				asked++
			}
			if utf8.RuneCountInString(cell) > 40 {
				long++
			}
		}
	}
	return 2*(asked+long) >= len(rows)-1
}

func widest(rows [][]string) int {
	n := 0
	for _, row := range rows {
		n = max(n, len(row))
	}
	return n
}

func endsInQuestionMark(s string) bool {
	r, _ := utf8.DecodeLastRuneInString(strings.TrimRight(s, " \t\n*_\"'”»)"))
	return strings.ContainsRune("?？؟՞\u037e", r)
}

// given puts what a person said about the columns in place of what was
// guessed. A column is named by its header, or by its letter or number.
func (c *columns) given(columnOf map[string]string, width int, table string) error {
	var faults fault.List
	taken := map[int]bool{}
	for _, kind := range slices.Sorted(maps.Keys(columnOf)) {
		if !slices.Contains(columnKinds, kind) {
			faults.Add(fault.Fault{File: table, What: fmt.Sprintf("no column holds %q", kind), Do: "write one of " + strings.Join(columnKinds, ", ")})
			continue
		}
		at := c.find(columnOf[kind], width)
		if len(at) == 0 {
			var there []string
			for i := range width {
				there = append(there, strings.TrimPrefix(c.name(i), "the column "))
			}
			faults.Add(fault.Fault{File: table, What: fmt.Sprintf("there is no column %q", columnOf[kind]), Do: "there are: " + strings.Join(there, ", ")})
			continue
		}
		if kind != asAlternatives && kind != asTags {
			at = at[:1]
		}
		c.of[kind] = at
		for _, i := range at {
			taken[i] = true
		}
	}
	for kind, at := range c.of {
		if _, said := columnOf[kind]; !said {
			c.of[kind] = slices.DeleteFunc(slices.Clone(at), func(i int) bool { return taken[i] })
		}
	}
	faults.Sort()
	return faults.Err()
}

// find gives the columns of a name, of a letter or a number, or of several
// with commas between them.
func (c *columns) find(said string, width int) []int {
	one := func(said string) int {
		said = strings.TrimSpace(said)
		if c.header {
			for i, name := range c.names {
				if said != "" && strings.EqualFold(oneLine(name), oneLine(said)) {
					return i
				}
			}
		}
		for i := range width {
			if strings.EqualFold(columnLetter(i), said) || strconv.Itoa(i+1) == said {
				return i
			}
		}
		return -1
	}
	if i := one(said); i >= 0 {
		return []int{i}
	}
	var out []int
	for part := range strings.SplitSeq(said, ",") {
		i := one(part)
		if i < 0 {
			return nil
		}
		out = append(out, i)
	}
	return out
}
