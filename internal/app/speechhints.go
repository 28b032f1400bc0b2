package app

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"frontdesk/adapters/mic"
	"frontdesk/asr"
	"frontdesk/internal/config"
	"frontdesk/knowledge"
	"frontdesk/knowledge/jsgf"
	"frontdesk/knowledge/template"
)

const (
	maxSpoken    = 20_000 // sentences that are expected of a base
	maxHintWords = 400    // names and rare words of a base
	// maxHintWord is the length of one of these, in bytes.
	maxHintWord = 60
)

// speechHintsOf gives the hints of a base where a configuration has speech
// recognised; none otherwise.
func (a *App) speechHintsOf(cfg *config.Config, b *knowledge.Base) (asr.Hints, error) {
	if !a.options.Hear || !cfg.Speech.Enabled() {
		return asr.Hints{}, nil
	}
	var known func(string) bool
	if cfg.Speech.Dictionary != "" {
		d, err := OpenDictionary(dictionaryPath(cfg))
		if err != nil {
			return asr.Hints{}, fmt.Errorf("speech.dictionary: %w", err)
		}
		known = d.Has
	}
	return speechHints(b, leadsOf(cfg), known)
}

// dictionaryPath gives the file of the dictionary that is configured.
func dictionaryPath(cfg *config.Config) string {
	if file := cfg.Speech.Dictionary; filepath.IsAbs(file) {
		return file
	}
	return filepath.Join(cfg.Dir, cfg.Speech.Dictionary)
}

// leadsOf gives what may be said before a command: the wake phrases, where a
// microphone waits for them.
func leadsOf(cfg *config.Config) []string {
	if !cfg.Mic.Enabled || cfg.Mic.Listen != mic.OnWake {
		return nil
	}
	return cfg.Mic.Wake.Words
}

// OpenDictionary reads a pronouncing dictionary; see [jsgf.ReadDictionary].
func OpenDictionary(file string) (*jsgf.Dictionary, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close() // it was only read
	d, err := jsgf.ReadDictionary(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return d, nil
}

// speechHints gives what is known of the sound in which a base is spoken to: its
// commands, as sentences and as a grammar of the words that are known (nil for
// all), and its names and rare words. Leads may be said before a command.
func speechHints(b *knowledge.Base, leads []string, known func(word string) bool) (asr.Hints, error) {
	h := asr.Hints{Words: hintWords(b)}
	sentences, _ := b.Spoken(maxSpoken)
	if len(sentences) == 0 {
		return h, nil
	}
	var grammar bytes.Buffer
	// Of a base whose words are all unknown, nothing is left for a grammar; the
	// sentences are expected all the same.
	if err := jsgf.Write(&grammar, b, jsgf.Options{Known: known, Leads: leads}); err != nil {
		grammar.Reset()
	}
	h.Expected = asr.NewExpected(sentences, grammar.String(), leads)
	return h, nil
}

// hintWords gives the names and rare words of a base: values of slots and words of
// phrasings that English does not know, the values first, and then the other values
// in the order of the entries.
func hintWords(b *knowledge.Base) []string {
	type hint struct {
		text string
		rank int // the lowest first
		uses int
	}
	var all []*hint
	seen := map[string]*hint{}
	add := func(text string, value bool) {
		text = strings.TrimSpace(text)
		key := strings.ToLower(text)
		if key == "" || len(text) > maxHintWord {
			return
		}
		h := seen[key]
		if h == nil {
			h = &hint{text: text, rank: hintRank(text, value)}
			seen[key] = h
			all = append(all, h)
		}
		h.uses++
	}
	for _, e := range b.Entries {
		if e.Command == nil {
			continue
		}
		for _, name := range sortedNames(e.Command.Slots) {
			for _, v := range e.Command.Slots[name].Values {
				add(v.Text(), true)
			}
		}
	}
	for _, e := range b.Entries {
		for _, phrasing := range e.Phrasings() {
			for word := range strings.FieldsFuncSeq(phrasing, func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' && r != '’' && r != '-' }) {
				if !strings.ContainsAny(word, "'’") && isRare(word) {
					add(strings.Trim(word, "-"), false)
				}
			}
		}
	}
	slices.SortStableFunc(all, func(x, y *hint) int {
		if c := cmp.Compare(x.rank, y.rank); c != 0 || x.rank == commonValue {
			return c
		}
		return cmp.Compare(y.uses, x.uses)
	})
	words := make([]string, 0, min(len(all), maxHintWords))
	for _, h := range all[:min(len(all), maxHintWords)] {
		words = append(words, h.text)
	}
	return words
}

// Ranks of hints.
const (
	rareValue = iota
	rareWord
	namedValue // with a capital
	commonValue
)

func hintRank(text string, value bool) int {
	switch {
	case value && slices.ContainsFunc(strings.Fields(text), isRare):
		return rareValue
	case !value:
		return rareWord
	case strings.ContainsFunc(text, unicode.IsUpper):
		return namedValue
	}
	return commonValue
}

// isRare says whether a word is none of English, as far as that is known.
func isRare(word string) bool {
	w := strings.ToLower(word)
	return len(w) > 1 && !strings.ContainsFunc(w, func(r rune) bool { return !unicode.IsLetter(r) }) && !Words().Known(w)
}

func sortedNames(slots map[string]*knowledge.Slot) []string {
	names := make([]string, 0, len(slots))
	for name, s := range slots {
		if s.Type == template.List {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
