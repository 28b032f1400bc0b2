package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"

	"frontdesk/bot"
	"frontdesk/bot/journal"
	"frontdesk/internal/config"
	"frontdesk/knowledge"
	"frontdesk/knowledge/template"
	"frontdesk/retrieval"
)

// A Suggestion is a question of the journal that led to an entry, and that the
// entry is not surely found for.
type Suggestion struct {
	Entry *knowledge.Entry
	Text  string
	Times int // how often it was asked so
	// Probability that it is given now, and the bar of an answer.
	Probability, Bar float64
}

const (
	longestPhrasing = 200 // characters
	fewestWords     = 2
	mostDigits      = 4 // a longer number may be somebody's own
	likelyHits      = 3 // as many as a choice offers, and none that is so many times less likely than the first
	likelyShare     = 8
)

// SuggestPhrasings finds questions of the journal that would be phrasings of
// entries: those whose answer was rated good and never bad, and those after which
// the asker chose the entry among what was offered. Each is a text that was typed,
// word for word; what was heard is not, nor what may tell of a person, with an
// address or a long number, nor that for which the entry, or surely another one, is
// found anyway. Commands are suggested for by choices alone: a rated one may be
// about a value, or a yes. The most helpful come first; ties by id and text. A
// journal that is off or empty gives none.
func SuggestPhrasings(ctx context.Context, cfg *config.Config, name string) ([]Suggestion, error) {
	base, err := Load(ctx, cfg, name)
	if err != nil {
		return nil, err
	}
	asked, err := askedFor(ctx, cfg, name, base)
	if err != nil || len(asked) == 0 {
		return nil, err
	}
	embedding, err := OpenEmbedding(ctx, cfg, "")
	if err != nil {
		return nil, err
	}
	defer embedding.Close()
	x, err := retrieval.Build(ctx, base, embedding.Embedder, cfg.Bases[name].Retrieval, retrieval.BuildOptions{Words: Words()})
	if err != nil {
		return nil, fmt.Errorf("indexing the base %q: %w", name, err)
	}
	var out []Suggestion
	for _, s := range asked {
		r, err := x.Search(ctx, retrieval.Question{Text: s.Text}, suggestHits)
		if err != nil {
			return nil, err
		}
		s.Bar = r.Point.Answer
		if s.Entry.Command != nil {
			s.Bar = r.Point.Run
		}
		near, known := false, false
		for i, h := range r.Hits {
			switch {
			case h.Entry == s.Entry:
				s.Probability = h.Probability
				near = i < likelyHits && h.Probability >= r.Hits[0].Probability/likelyShare
			case h.Probability >= r.Point.Answer:
				known = true
			}
		}
		// An option of an older question may be pressed after a newer one, and the
		// journal does not say of which it was: what would not be offered was of another.
		if near && !known && s.Probability < s.Bar {
			out = append(out, s.Suggestion)
		}
	}
	slices.SortFunc(out, func(a, b Suggestion) int {
		return cmp.Or(cmp.Compare(b.Times, a.Times), cmp.Compare(a.Probability, b.Probability),
			cmp.Compare(a.Entry.ID, b.Entry.ID), cmp.Compare(a.Text, b.Text))
	})
	return out, nil
}

// suggestHits is how many entries a question is looked for among.
const suggestHits = 10

// chosen is the probability of an entry that was picked among what was offered, by
// a press, a number or words; see bot. What is found is never as sure.
const chosen = 1

// A ledTo is a question with the entry that it led to.
type ledTo struct {
	Suggestion
	spoilt bool // it led to several entries, or to a bad answer
}

// A journalReader gathers the questions of a journal that led to entries.
type journalReader struct {
	base  *knowledge.Base
	known map[string]bool      // normalised phrasings of the base
	led   map[string]*ledTo    // by the words
	open  map[[2]string]string // what was offered to somebody for, by conversation and sender
}

// askedFor gives the questions of the journal that led to entries, by the words.
func askedFor(ctx context.Context, cfg *config.Config, name string, base *knowledge.Base) ([]ledTo, error) {
	j, err := journal.Open(ctx, filepath.Join(cfg.DataDir, journalFile), cfg.Journal)
	if err != nil {
		return nil, fmt.Errorf("opening the journal: %w", err)
	}
	x := journalReader{base: base, known: map[string]bool{}, led: map[string]*ledTo{}, open: map[[2]string]string{}}
	for _, e := range base.Entries {
		for _, p := range e.Phrasings() {
			x.known[template.Normalize(p)] = true
		}
	}
	err = j.Each(ctx, time.Time{}, func(r journal.Recorded) error {
		x.read(r, name)
		return nil
	})
	if err = errors.Join(err, j.Close()); err != nil {
		return nil, fmt.Errorf("reading the journal: %w", err)
	}
	var out []ledTo
	for _, words := range sorted(x.led) {
		if l := x.led[words]; !l.spoilt {
			out = append(out, *l)
		}
	}
	return out, nil
}

// read takes in one exchange, the oldest first.
func (x *journalReader) read(r journal.Recorded, name string) {
	who := [2]string{r.Conversation, string(r.Sender)}
	question, offered := x.open[who]
	delete(x.open, who) // whatever comes next, it is what was waited for, or something new
	switch {
	case r.Base != name:
	case r.Kind == bot.Choice || r.Probability == chosen && r.Decision != bot.Suggest:
		// The text is an id, a number or part of a label, and no question.
		if offered && r.Decision != bot.Cancel {
			x.note(question, r.Entry, r.Down == 0)
		}
	case r.Kind == bot.Audio:
	case r.Decision == bot.Suggest:
		x.open[who] = r.Question
	case r.Decision == bot.Answer && r.Up+r.Down > 0:
		x.note(r.Question, r.Entry, r.Down == 0)
	}
}

// note takes down that a text led to an entry, and whether that was good.
func (x *journalReader) note(text, id string, good bool) {
	words := template.Normalize(text)
	e, ok := x.base.Entry(id)
	if !ok || e.Kind == knowledge.Passage || words == "" || x.known[words] || isPrivate(text) {
		return
	}
	l := x.led[words]
	if l == nil {
		l = &ledTo{Suggestion: Suggestion{Entry: e, Text: strings.Join(strings.Fields(text), " ")}}
		x.led[words] = l
	}
	l.Times++
	l.spoilt = l.spoilt || !good || l.Entry != e
}

// isPrivate says whether a text may tell of a person, or is no phrasing at all.
func isPrivate(text string) bool {
	digits, longest := 0, 0
	for _, r := range text {
		if unicode.IsDigit(r) {
			digits++
			longest = max(longest, digits)
		} else if !strings.ContainsRune(" -/.()+", r) {
			digits = 0
		}
	}
	steers := func(r rune) bool { return unicode.IsControl(r) && !unicode.IsSpace(r) || r == unicode.ReplacementChar }
	return longest > mostDigits || strings.Contains(text, "@") || strings.Contains(text, "://") || strings.Contains(text, "***") ||
		strings.ContainsFunc(text, steers) || len([]rune(text)) > longestPhrasing || len(strings.Fields(text)) < fewestWords
}
