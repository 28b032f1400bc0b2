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
)

// SuggestPhrasings finds questions of the journal that would be phrasings of
// entries: those whose answer was rated good and never bad, and those after which
// somebody chose the entry. Each is a text that was asked, word for word; texts
// that may tell of a person, with an address or a long number, are left out, and
// so are those for which the entry is answered anyway. The most helpful come
// first; ties by id and text. A journal that is off or empty gives none.
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
	x, err := likeFinder{embedder: embedding.Embedder, config: cfg.Bases[name].Retrieval}.build(ctx, base, "")
	if err != nil {
		return nil, fmt.Errorf("indexing the base %q: %w", name, err)
	}
	var out []Suggestion
	for _, s := range asked {
		r, err := x.Search(ctx, retrieval.Question{Text: s.Text}, alikeHits)
		if err != nil {
			return nil, err
		}
		s.Bar = r.Point.Answer
		for _, h := range r.Hits {
			if h.Entry == s.Entry {
				s.Probability = h.Probability
			}
		}
		if s.Probability < s.Bar {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(a, b Suggestion) int {
		return cmp.Or(cmp.Compare(b.Times, a.Times), cmp.Compare(a.Probability, b.Probability),
			cmp.Compare(a.Entry.ID, b.Entry.ID), cmp.Compare(a.Text, b.Text))
	})
	return out, nil
}

// askedFor gives the questions of the journal that led to entries, by the words.
func askedFor(ctx context.Context, cfg *config.Config, name string, base *knowledge.Base) ([]Suggestion, error) {
	j, err := journal.Open(ctx, filepath.Join(cfg.DataDir, journalFile), cfg.Journal)
	if err != nil {
		return nil, fmt.Errorf("opening the journal: %w", err)
	}
	known := map[string]bool{}
	for _, e := range base.Entries {
		for _, p := range e.Phrasings() {
			known[template.Normalize(p)] = true
		}
	}
	found := map[string]*Suggestion{}
	led := map[string]string{} // words → the entry; "" where they led to several, or to a bad answer
	offered := map[string]string{}
	note := func(text, id string, good bool) {
		words := template.Normalize(text)
		e, ok := base.Entry(id)
		if !ok || e.Kind == knowledge.Passage || words == "" || known[words] || isPrivate(text) {
			return
		}
		if before, told := led[words]; told && before != e.ID || !good {
			led[words] = ""
			return
		}
		led[words] = e.ID
		if found[words] == nil {
			found[words] = &Suggestion{Entry: e, Text: strings.Join(strings.Fields(text), " ")}
		}
		found[words].Times++
	}
	err = j.Each(ctx, time.Time{}, func(r journal.Recorded) error {
		if r.Base != name {
			return nil
		}
		switch {
		case r.Kind == bot.Choice:
			note(offered[r.Conversation], r.Entry, r.Down == 0)
			delete(offered, r.Conversation)
		case r.Decision == bot.Suggest:
			offered[r.Conversation] = r.Question
		case r.Up+r.Down > 0:
			note(r.Question, r.Entry, r.Down == 0)
		}
		return nil
	})
	if err = errors.Join(err, j.Close()); err != nil {
		return nil, fmt.Errorf("reading the journal: %w", err)
	}
	var out []Suggestion
	for _, words := range sorted(found) {
		if led[words] != "" {
			out = append(out, *found[words])
		}
	}
	return out, nil
}

// isPrivate says whether a text may tell of a person, or is no phrasing at all.
func isPrivate(text string) bool {
	digits, longest := 0, 0
	for _, r := range text {
		if unicode.IsDigit(r) {
			digits++
			longest = max(longest, digits)
		} else if !strings.ContainsRune(" -/.", r) {
			digits = 0
		}
	}
	return longest > mostDigits || strings.ContainsAny(text, "@\x00") || strings.Contains(text, "***") ||
		len([]rune(text)) > longestPhrasing || len(strings.Fields(text)) < fewestWords
}
