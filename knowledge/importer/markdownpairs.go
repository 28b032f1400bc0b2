package importer

import (
	"fmt"
	"regexp"
	"strings"

	"frontdesk/knowledge"
)

// A lineKind says how a line of a paragraph begins: a question, an answer, or
// neither ('\x00'); and what stands behind that.
type lineKind func(line string) (kind byte, rest string)

var (
	questionLine = regexp.MustCompile(`^\s*([*_]{0,3})(?:(?:Q|F|P|В|问|問|Question|Frage|Pregunta|Domanda|Vraag|Pergunta|Fråga|Вопрос|質問|问题)\s*\d*\s*[:：]|(?:Q|F)\d+\s*[.)])([*_]{0,3})\s*(.*)$`)
	answerLine   = regexp.MustCompile(`^\s*([*_]{0,3})(?:(?:A|R|О|答|Answer|Antwort|Réponse|Respuesta|Risposta|Antwoord|Resposta|Svar|Ответ|回答|答案)\s*\d*\s*[:：]|(?:A|R)\d+\s*[.)])([*_]{0,3})\s*(.*)$`)
	boldQuestion = regexp.MustCompile(`^\s*(?:\d+[.)]\s*)?(?:\*\*|__)(.+?)(?:\*\*|__)\s*$`)
)

// pairLine knows "Q:" and "A:", bold or not.
func pairLine(line string) (byte, string) {
	if m := questionLine.FindStringSubmatch(line); m != nil {
		rest := m[3]
		if m[1] != "" && m[2] == "" {
			rest = strings.TrimSuffix(strings.TrimSpace(rest), m[1])
		}
		return 'Q', rest
	}
	if m := answerLine.FindStringSubmatch(line); m != nil {
		rest := m[3]
		if m[1] != "" && m[2] == "" {
			rest = m[1] + rest // "**A: all bold**"
		}
		return 'A', rest
	}
	return 0, line
}

// boldLine knows a question that is a line in bold.
func boldLine(line string) (byte, string) {
	if m := boldQuestion.FindStringSubmatch(line); m != nil && endsInQuestionMark(m[1]) {
		return 'Q', m[1]
	}
	return 0, line
}

// hasPairs says whether a paragraph of the file begins with a question, and one
// line with an answer.
func (f *markdownFile) hasPairs() bool {
	asked, answered := false, false
	for _, b := range f.blocks {
		if !b.prose {
			continue
		}
		for l := range strings.Lines(f.source(b)) {
			switch kind, _ := pairLine(strings.TrimRight(l, "\n")); kind {
			case 'Q':
				asked = true
			case 'A':
				answered = asked
			}
			if answered {
				return true
			}
		}
	}
	return false
}

// pairs reads a file whose questions begin lines of paragraphs. What follows
// one is its answer, with or without an "A:"; several questions one after the
// other ask for the same.
func (f *markdownFile) pairs(of lineKind) error {
	var d *draft
	var section string
	inQuestion := false
	ones := 0
	for _, b := range f.blocks {
		if b.level == 1 {
			ones++
		}
	}
	other := func(at int, s string) error {
		if d == nil {
			if s = oneLine(trimAnswer(s)); s != "" {
				return f.found.leave(f.pos(at), fmt.Sprintf("the text %q", shown(s)), "it stands below no question")
			}
			return nil
		}
		d.answer = append(d.answer, s)
		return nil
	}
	for _, b := range f.blocks {
		if b.level > 0 {
			if err := f.take(d, false); err != nil {
				return err
			}
			d, inQuestion = nil, false
			if section = knowledge.PlainText(b.heading); b.level == 1 && ones == 1 {
				section = ""
			}
			continue
		}
		if !b.prose {
			inQuestion = false
			if err := other(b.start, f.source(b)); err != nil {
				return err
			}
			continue
		}
		at := b.start
		for l := range strings.Lines(f.source(b)) {
			kind, rest := of(strings.TrimRight(l, "\n"))
			switch {
			case kind == 'Q' && d != nil && strings.TrimSpace(strings.Join(d.answer, "")) == "":
				d.questions = append(d.questions, rest)
				inQuestion = true
			case kind == 'Q':
				if err := f.take(d, false); err != nil {
					return err
				}
				d = &draft{questions: []string{rest}, at: at}
				if section != "" {
					d.tags = []string{section}
				}
				inQuestion = true
			case kind == 'A' && d != nil:
				inQuestion = false
				d.answer = append(d.answer, rest+"\n")
			case inQuestion && strings.TrimSpace(l) != "" && !endsInQuestionMark(d.questions[len(d.questions)-1]):
				d.questions[len(d.questions)-1] += " " + strings.TrimSpace(l)
			default:
				if strings.TrimSpace(l) != "" {
					inQuestion = false
				}
				if err := other(at, l); err != nil {
					return err
				}
			}
			at += len(l)
		}
		if d != nil {
			for i, q := range d.questions {
				d.questions[i] = strings.TrimRight(knowledge.PlainText(q), "*_ ") // Bold that ends in another line.
			}
		}
	}
	return f.take(d, false)
}
