package knowledge

import (
	"slices"

	"frontdesk/knowledge/template"
)

// Spoken gives sentences in which the commands are told by voice, spelt as they are
// written: from the templates, with the values of their slots, and the plain
// phrasings of commands. They are sorted, each once, and the same each time.
//
// There are at most that many. Where that is too few for all, every command gets
// its share, in which all values are said before any wording is varied; of numbers
// and times the roundest ones come first. Complete says that none was left out for
// want of room. Sentences with free text are not among them.
func (b *Base) Spoken(most int) (sentences []string, complete bool) {
	s := b.Grammar.Speaker(template.SpeechOptions{Written: true})
	commands := b.Phrases(s, false)
	wants := make([]uint64, len(commands))
	for i, c := range commands {
		for _, p := range c.Phrases {
			wants[i] = min(wants[i]+min(p.Ways(), uint64(most)), uint64(most))
		}
	}
	complete = true
	for i, share := range template.Share(most, wants) {
		phrases := commands[i].Phrases
		ways := make([]uint64, len(phrases))
		for j, p := range phrases {
			ways[j] = p.Ways()
		}
		for j, n := range template.Share(share, ways) {
			texts, all := phrases[j].Expand(n)
			sentences = append(sentences, texts...)
			complete = complete && all
		}
	}
	slices.Sort(sentences)
	return slices.Compact(sentences), complete
}

// SpokenEntry is an entry with the ways in which it is spoken.
type SpokenEntry struct {
	Entry   *Entry
	Phrases []*template.Phrase
}

// Phrases gives what is said for each command by a speaker of the base's grammar:
// its sentences, and its phrasings that no sentence stands for. With questions,
// those of the answers come, too. Entries of which nothing can be said are left
// out; the speaker says why.
func (b *Base) Phrases(s *template.Speaker, questions bool) []SpokenEntry {
	var out []SpokenEntry
	for _, e := range b.Entries {
		if e.Command == nil && !questions {
			continue
		}
		spoken := SpokenEntry{Entry: e}
		if e.Command != nil {
			spoken.Phrases = s.Sentences(e.ID)
		}
		for _, text := range e.written() {
			if p := s.Text(e.ID, text); p != nil {
				spoken.Phrases = append(spoken.Phrases, p)
			}
		}
		if len(spoken.Phrases) > 0 {
			out = append(out, spoken)
		}
	}
	return out
}

// written gives the phrasings that somebody wrote down: of a command those that
// were not made from its templates.
func (e *Entry) written() []string {
	if e.Command == nil {
		return e.Phrasings()
	}
	var out []string
	for _, text := range e.Phrasings() {
		if _, ok := e.Places[text]; ok {
			out = append(out, text)
		}
	}
	return out
}
