package importer

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"frontdesk/knowledge"
)

// A taking gathers what a reader of bots and chats finds, within the bounds of
// an import. What does not fit is told.
type taking struct {
	Found
	untold int // things left out beyond those that are told one by one
	values int // of slots, in all commands
	labels int // words of phrasings that stood for values, and do no more
	label  Left
}

const (
	maxFollowups  = 20      // of an entry
	maxSlotValues = 100_000 // in all commands; each is written with its command
	maxTold       = 200     // characters of what is told of one thing
)

// leave tells of something that is not taken in.
func (t *taking) leave(at knowledge.Pos, what, why string) {
	if len(t.Left) >= maxLeft {
		t.untold++
		return
	}
	t.Left = append(t.Left, Left{Pos: at, What: told(what), Why: told(why)})
}

// told gives a text from a source as it can be shown: of bounded length, and
// without characters that steer a terminal.
func told(s string) string {
	if r := []rune(s[:min(len(s), 4*maxTold)]); len(r) > maxTold {
		s = string(r[:maxTold]) + "…"
	}
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s)
}

// unlabel counts the words of a sentence that stood for values, where an entry
// takes none. The first such words are told for all.
func (t *taking) unlabel(x botExample) {
	for _, p := range x.parts {
		if p.slot == "" {
			continue
		}
		if t.labels++; t.labels == 1 {
			t.label = Left{Pos: x.pos, What: fmt.Sprintf("%q as %s in %q", shown(p.words), shown(p.slot), shown(x.text())),
				Why: "a fixed answer takes no values; write a command with slots where they matter"}
		}
	}
}

// found gives what was gathered.
func (t *taking) found() *Found {
	if t.labels > 0 {
		t.label.What = "the label " + t.label.What
		if t.labels > 1 {
			t.label.What += fmt.Sprintf(", and %s", countOf(t.labels-1, "other label"))
		}
		t.leave(t.label.Pos, t.label.What, t.label.Why)
	}
	if t.untold > 0 {
		t.Left = append(t.Left, Left{What: fmt.Sprintf("%d more", t.untold), Why: "no more are told one by one"})
	}
	return &t.Found
}

// take adds an entry, which what names to people ("intent greet"). Phrasings
// that stand there twice are one. An entry without an answer and without a
// command has phrasings alone, for an entry that is there already.
func (t *taking) take(what string, e *knowledge.Entry, key string) {
	if len(t.Items) >= maxItems {
		t.leave(e.Pos, what, fmt.Sprintf("there are more than %d entries; import a part of them", maxItems))
		return
	}
	if len(e.Answer) > maxAnswer {
		t.leave(e.Pos, what, fmt.Sprintf("its answer has %d bytes; at most %d are allowed", len(e.Answer), maxAnswer))
		return
	}
	long, many := 0, 0
	seen := map[string]bool{}
	var phrasings []string
	for _, p := range e.Phrasings() {
		p = oneLine(p)
		switch {
		case p == "" || seen[p]:
		case len(p) > maxPhrase:
			long++
		case len(phrasings) >= maxPhrasings:
			many++
		default:
			seen[p] = true
			phrasings = append(phrasings, p)
		}
	}
	if long > 0 {
		t.leave(e.Pos, countOf(long, "phrasing")+" of "+what, fmt.Sprintf("a phrasing has at most %d bytes", maxPhrase))
	}
	if many > 0 {
		t.leave(e.Pos, countOf(many, "phrasing")+" of "+what, fmt.Sprintf("an entry has at most %d", maxPhrasings))
	}
	if len(phrasings) == 0 && (e.Command == nil || len(e.Command.Say) == 0) {
		t.leave(e.Pos, what, "no sentence leads to it")
		return
	}
	e.Question, e.Alternatives = "", nil
	if len(phrasings) > 0 {
		e.Question = phrasings[0]
	}
	if len(phrasings) > 1 {
		e.Alternatives = phrasings[1:]
	}
	e.Answer = knowledge.TrimText(e.Answer)
	if what, _ := knowledge.CheckID(e.ID); what != "" {
		e.ID = "" // It is given another; the key still tells what it is.
	}
	t.Items = append(t.Items, Item{Entry: e, Key: key})
}

// keepFollowups drops the follow-ups to what is not taken in, and tells of them.
func (t *taking) keepFollowups() {
	keys := map[string]bool{}
	for _, i := range t.Items {
		keys[i.Key] = true
	}
	for _, i := range t.Items {
		var kept []string
		for _, key := range i.Entry.Followups {
			switch {
			case !keys[key]:
				t.leave(i.Entry.Pos, "the button to "+key+" of intent "+i.Key, "that intent is not taken in")
			case len(kept) == maxFollowups:
				t.leave(i.Entry.Pos, "the button to "+key+" of intent "+i.Key, fmt.Sprintf("an entry is followed by at most %d", maxFollowups))
			case key != i.Key && !slices.Contains(kept, key):
				kept = append(kept, key)
			}
		}
		i.Entry.Followups = kept
	}
}
