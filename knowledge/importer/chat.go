package importer

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"frontdesk/knowledge"
)

// chatMarks are the names of the reactions that mark an answer, as Slack and
// Discord have them, unless [Options] names others.
var chatMarks = []string{"white_check_mark", "heavy_check_mark", "ballot_box_with_check", "✅", "✔️", "✔", "☑️", "☑"}

// isChatMark says whether a reaction marks an answer.
func isChatMark(name string, o Options) bool {
	name = strings.Trim(name, ":")
	if len(o.Marks) > 0 {
		return slices.ContainsFunc(o.Marks, func(m string) bool { return strings.Trim(m, ":") == name })
	}
	return slices.Contains(chatMarks, name)
}

// A chatMessage is a message that a person wrote.
type chatMessage struct {
	id     string
	author string
	plain  string            // its words, without markup
	text   string            // the same as Markdown; until it is known to be taken, as the chat has it
	people map[string]string // what those are called whom it names by their ids; Discord's alone
	marked bool              // a reaction says that it is, or has, the answer
	files  []string          // what hangs at it: pictures, documents
	pos    knowledge.Pos
}

// A chatThread is a question with what was replied to it.
type chatThread struct {
	key     string
	title   string // what a forum calls it; may be empty
	root    chatMessage
	replies []chatMessage
}

// isMarked says whether an answer is marked in the thread.
func (th *chatThread) isMarked() bool {
	return th.root.marked || slices.ContainsFunc(th.replies, func(m chatMessage) bool { return m.marked })
}

// takeThread makes an FAQ item of a thread in which an answer is marked. The answer is the marked replies, each with what its
// author wrote right before and after it. Where the question is marked, it is
// what the only other person replied.
func (t *taking) takeThread(th *chatThread) {
	replies := slices.DeleteFunc(slices.Clone(th.replies), func(m chatMessage) bool { return m.text == "" && !m.marked })
	var taken []bool
	why := ""
	if slices.ContainsFunc(replies, func(m chatMessage) bool { return m.marked }) {
		taken = markedRuns(replies, th.root.author)
	} else {
		taken, why = onlyRun(replies, th.root.author)
	}
	question := chatQuestion(th.root.plain)
	e := &knowledge.Entry{Kind: knowledge.FAQ, Question: question, Pos: th.root.pos}
	if title := oneLine(th.title); title != "" {
		e.Question, e.Alternatives = title, []string{question}
	}
	var parts []string
	for i, m := range replies {
		if taken != nil && taken[i] {
			parts = append(parts, m.text)
		}
	}
	e.Answer = joinParagraphs(parts)
	what := fmt.Sprintf("thread %q", shown(oneLine(e.Question)))
	files := th.root.files
	for i, m := range replies {
		if taken != nil && taken[i] {
			files = append(slices.Clip(files), m.files...)
		}
	}
	if why == "" && e.Answer == "" {
		why = "what is marked has no text"
	}
	if why == "" && oneLine(e.Question) == "" {
		why = "its question has no text"
	}
	if why != "" {
		t.leave(th.root.pos, what, why)
		return
	}
	t.take(what, e, th.key)
	if len(files) > 0 {
		t.leave(th.root.pos, countOf(len(files), "file")+" of "+what, fmt.Sprintf("an answer is a text; the first is %q", shown(files[0])))
	}
}

// leaveLoose tells of the messages that are in no thread.
func (t *taking) leaveLoose(pos knowledge.Pos, loose, marked int) {
	if loose == 0 {
		return
	}
	what := countOf(loose, "message") + " in no thread"
	if marked > 0 {
		what += fmt.Sprintf(", of which %d with a mark", marked)
	}
	t.leave(pos, what, "what a message answers is known by its thread")
}

// markedRuns takes each marked reply, and what its author wrote right before
// and after it. Who asked and found the answer wrote more than that.
func markedRuns(replies []chatMessage, asker string) []bool {
	taken := make([]bool, len(replies))
	for from := 0; from < len(replies); {
		author, to, marked := replies[from].author, from, false
		for ; to < len(replies) && replies[to].author == author; to++ {
			marked = marked || replies[to].marked
		}
		for i := from; i < to; i++ {
			taken[i] = replies[i].marked || marked && author != asker
		}
		from = to
	}
	return taken
}

// onlyRun takes what the only other person replied at a stretch: the longest
// such part, but for one that asks back.
func onlyRun(replies []chatMessage, asker string) (taken []bool, why string) {
	other, best, length := "", [2]int{}, 0
	for i := 0; i < len(replies); {
		from, n := i, 0
		for ; i < len(replies) && replies[i].author == replies[from].author; i++ {
			n += len(replies[i].text)
		}
		switch author := replies[from].author; {
		case author == asker:
			continue
		case other != "" && other != author:
			return nil, "the mark stands on the question, and several people replied; mark the answer itself"
		default:
			other = author
		}
		if n > length && !strings.HasSuffix(replies[i-1].plain, "?") {
			best, length = [2]int{from, i}, n
		}
	}
	if length == 0 {
		return nil, "the mark stands on the question, and nobody else replied"
	}
	taken = make([]bool, len(replies))
	for i := best[0]; i < best[1]; i++ {
		taken[i] = true
	}
	return taken, ""
}

// longQuestion is how many characters a message may have to be a question as a
// whole.
const longQuestion = 200

var (
	chatAsked    = regexp.MustCompile(`[^.!?\n]*[^.!?\n\s][^.!?\n]*\?`)
	chatSentence = regexp.MustCompile(`^[^.!?\n]*[.!?]?`)
	chatCalled   = regexp.MustCompile(`^(?:@[\p{L}\d_.-]+[,:]?\s+)+`)
)

// chatQuestion gives what a message asks: all of a short one without the people
// that it calls, and of a long one its first sentence that ends in a question mark.
func chatQuestion(plain string) string {
	plain = strings.ToValidUTF8(plain[:min(len(plain), maxPhrase)], "")
	plain = strings.TrimSpace(chatCalled.ReplaceAllString(strings.TrimSpace(plain)+" ", ""))
	if utf8.RuneCountInString(plain) <= longQuestion {
		return plain
	}
	q := strings.TrimSpace(chatAsked.FindString(plain))
	if q == "" {
		q = strings.TrimSpace(chatSentence.FindString(plain))
	}
	if r := []rune(q); len(r) > longQuestion {
		return string(r[:longQuestion]) + "…"
	}
	return q
}
