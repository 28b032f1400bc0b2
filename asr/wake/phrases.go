// Package wake finds out whether what is said is meant for the desk: by a phrase at
// the beginning of what was heard ([Phrases]), or in the sound itself ([Spotter]).
package wake

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"frontdesk/knowledge/phonetic"
)

// Bounds on the phrases of an owner.
const (
	maxPhrases = 16
	maxWords   = 5
	maxBytes   = 64
	leastVowel = 2 // syllables
	leastSound = 5
)

// How far what was heard may be from a phrase, in the costs of [phonetic.Distance],
// as measured by TestPhrasesOnCorpus.
const (
	perSound = 0.14 // for every sound of the phrase
	perWord  = 0.7  // of one word
	like     = 0.4  // for every sound of the phrase, where it is known from elsewhere
)

// fillers are what people say, and recognisers write, before a phrase; no more than
// maxFillers of them are skipped.
var fillers = []string{"ah", "eh", "er", "hm", "hmm", "oh", "uh", "um", "so", "well", "and", "okay", "ok"}

const maxFillers = 2

// Phrases are the words that wake the desk. They are safe for concurrent use.
type Phrases struct {
	all []phrase
}

// A phrase is one of them, as it is compared.
type phrase struct {
	words  []string
	sounds []string // of each word; nil where some cannot be read aloud
	sound  string   // of all
	letter string   // all words in one
}

// NewPhrases makes them of phrases such as "hey desk": 1 to 16 of them, each of at
// most 5 words. The error says of every one that will not do why: it must be long
// enough not to be heard in other words all the time.
func NewPhrases(phrases []string) (*Phrases, error) {
	if len(phrases) == 0 || len(phrases) > maxPhrases {
		return nil, fmt.Errorf("there are %d wake phrases; state between 1 and %d, such as \"hey desk\"", len(phrases), maxPhrases)
	}
	p := &Phrases{}
	var faults []error
	for _, text := range phrases {
		one, err := newPhrase(text)
		if err != nil {
			faults = append(faults, fmt.Errorf("the wake phrase %q %w", text, err))
			continue
		}
		if !slices.ContainsFunc(p.all, func(q phrase) bool { return slices.Equal(q.words, one.words) }) {
			p.all = append(p.all, one)
		}
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return p, nil
}

func newPhrase(text string) (phrase, error) {
	if len(text) > maxBytes {
		return phrase{}, fmt.Errorf("is longer than %d bytes: people would not say it; shorten it", maxBytes)
	}
	var one phrase
	for _, w := range wordsOf(text) {
		one.words = append(one.words, w.folded)
	}
	switch n := len(one.words); {
	case n == 0:
		return one, errors.New("has no words in it; write one such as \"hey desk\"")
	case n > maxWords:
		return one, fmt.Errorf("has more than %d words: people would not say it; shorten it", maxWords)
	}
	one.letter = strings.Join(one.words, "")
	one.sound = phonetic.PronounceAll(one.words)
	if one.sound == "" {
		if readable(one.letter) {
			return one, fmt.Errorf("has more than %d sounds; shorten it", phonetic.MaxPhones)
		}
		// How it sounds is not known: it is compared as it is written.
		if utf8.RuneCountInString(one.letter) < leastSound {
			return one, fmt.Errorf("has fewer than %d letters, and would be heard in other words all the time; take a longer one", leastSound)
		}
		return one, nil
	}
	for _, w := range one.words {
		one.sounds = append(one.sounds, phonetic.Pronounce(w))
	}
	if n := syllables(one.sound); n < leastVowel {
		return one, errors.New("has only one syllable, and would be heard in other words all the time; take one of two or more, such as \"hey desk\"")
	}
	if len(one.sound) < leastSound {
		return one, fmt.Errorf("has only %d sounds, and would be heard in other words all the time; take a longer one, such as \"hey desk\"", len(one.sound))
	}
	return one, nil
}

// Cut takes a phrase off the beginning of what was heard, and gives the rest, from
// its first word on: "Hey, desk! Turn on the light." gives "Turn on the light.".
// The spelling may differ where the sound is near: "hay desk". The rest is empty
// when nothing followed; ok is false when the text begins with none of the phrases.
func (p *Phrases) Cut(text string) (rest string, ok bool) {
	words := beginning(text)
	for skip := 0; skip <= maxFillers && skip < len(words); skip++ {
		if end := p.match(words[skip:]); end > 0 {
			return strings.TrimLeftFunc(text[end:], func(r rune) bool { return !isWord(r) }), true
		}
		if !slices.Contains(fillers, words[skip].folded) {
			break
		}
	}
	return "", false
}

// CutNear is Cut for a text of which it is known from elsewhere that a phrase was said:
// what stands at its beginning need only be something like the phrase, as "hey guess" for
// "hey desk".
func (p *Phrases) CutNear(text string) (rest string, ok bool) {
	if rest, ok := p.Cut(text); ok {
		return rest, true
	}
	words, best, end := beginning(text), like, 0
	for _, q := range p.all {
		for n := max(len(q.words)-1, 1); n <= min(len(q.words)+1, len(words)); n++ {
			if far := q.unlike(words[:n]); far < best {
				best, end = far, words[n-1].end
			}
		}
	}
	if end == 0 {
		return "", false
	}
	return strings.TrimLeftFunc(text[end:], func(r rune) bool { return !isWord(r) }), true
}

// unlike says how far words sound from the phrase, in costs for a sound of it.
func (q phrase) unlike(words []word) float64 {
	const tooFar = 9
	folded := make([]string, len(words))
	for i, w := range words {
		folded[i] = w.folded
	}
	sound := phonetic.PronounceAll(folded)
	if q.sound == "" || sound == "" {
		return tooFar
	}
	return phonetic.Distance(sound, q.sound, tooFar*float64(len(q.sound))) / float64(len(q.sound))
}

// match gives where in the text the phrase ends that words begin with, the nearest
// of all in sound; 0 when there is none. Of what is equally near the first phrase,
// and the fewest words, hold.
func (p *Phrases) match(words []word) (end int) {
	best := 2.0 // in parts of what is allowed
	for _, q := range p.all {
		for n := max(len(q.words)-1, 1); n <= min(len(q.words)+1, len(words)); n++ {
			if far := q.distance(words[:n]); far <= 1 && far < best {
				best, end = far, words[n-1].end
			}
		}
	}
	return end
}

// distance says how far words are from the phrase: 0 for the same letters, 1 for
// what is only just allowed.
func (q phrase) distance(words []word) float64 {
	const tooFar = 3
	var letters strings.Builder
	folded := make([]string, len(words))
	for i, w := range words {
		letters.WriteString(w.folded)
		folded[i] = w.folded
	}
	if letters.String() == q.letter {
		return 0
	}
	if q.sound == "" {
		return tooFar
	}
	limit := perSound * float64(len(q.sound))
	if len(words) == len(q.words) {
		for i, w := range words {
			if phonetic.Distance(phonetic.Pronounce(w.folded), q.sounds[i], perWord) > perWord {
				return tooFar
			}
		}
	} else {
		limit /= 2 // where even the number of words differs, the sound must be nearer
	}
	sound := phonetic.PronounceAll(folded)
	if syllables(sound) != syllables(q.sound) { // "compute" is no "computer"
		return tooFar
	}
	// 0.01: what is spelt right holds before what sounds the same.
	return 0.01 + phonetic.Distance(sound, q.sound, limit)/limit*0.99
}

// A word of a text.
type word struct {
	folded string // small letters without accents and apostrophes
	end    int    // where in the text it ends
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) }

// beginning gives as many words of a text as can matter.
func beginning(text string) []word {
	const enough = 1024 // bytes: more than that is no way to say so few words
	if len(text) > enough {
		text = text[:enough]
	}
	words := wordsOf(text)
	return words[:min(len(words), maxFillers+maxWords+1)]
}

// wordsOf splits a text into its words.
func wordsOf(text string) (words []word) {
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		if !isWord(r) {
			i += n
			continue
		}
		start := i
		for i < len(text) {
			r, n := utf8.DecodeRuneInString(text[i:])
			if !isWord(r) && r != '\'' && r != '’' {
				break
			}
			i += n
		}
		if folded := fold(text[start:i]); folded != "" { // not of marks alone
			words = append(words, word{folded: folded, end: i})
		}
	}
	return words
}

// fold gives a word as it is compared.
func fold(w string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1 // marks and apostrophes
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(w))
}

// readable says whether a word has only letters that can be read aloud.
func readable(letters string) bool {
	return !strings.ContainsFunc(letters, func(r rune) bool { return r < 'a' || r > 'z' })
}

// vowels are those of a pronunciation.
const vowels = "iIeEaAOouUVRYWX"

// syllables counts the vowels of a pronunciation.
func syllables(sound string) (n int) {
	for i := range len(sound) {
		if strings.IndexByte(vowels, sound[i]) >= 0 {
			n++
		}
	}
	return n
}
