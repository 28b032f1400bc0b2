package retrieval

import (
	"slices"
	"strings"
	"unicode"
)

const (
	// unknownWords is the highest probability where the base knows none of the
	// informative words and nothing else is near either: it may be offered, but
	// never answered.
	unknownWords = 0.45
	// nearEnough is the cosine from which on a phrasing is near though no informative
	// word is known.
	nearEnough = 0.4
	// gibberish is the highest probability where more than maxGibberish of the
	// informative words are of no language that is known: it is not even offered.
	gibberish    = suggest - 0.03
	maxGibberish = 0.5
)

// known says whether a word is one of the language, so that it is not taken for
// a misspelling.
func (x *Index) known(word string) bool { return x.words != nil && x.words.Known(word) }

// legible says whether a text is one whose unknown words may be misspelled: most
// others are known. Where few are, it is of another language or of none, and a
// word of the base that is spelled nearly so is not what was meant.
func (x *Index) legible(said []string) bool {
	unknown := 0
	for _, w := range said {
		if !x.model.knows(w) && !x.known(w) {
			unknown++
		}
	}
	return unknown <= max(1, len(said)/2)
}

// bounded says how probable an answer to a text can be at most, and why, when
// it is not for the signals to decide: the cosine is that of the best entry's
// nearest phrasing. Words that are known only after a correction count as known
// in a sentence of words that the base holds: a misspelled word among others is
// no harm, but nonsense that happens to be spelled like a word is not an answer.
func (x *Index) bounded(said, corrected []string, cosine float64) (limit float64, why string) {
	if x.gibberish {
		words := informative(corrected)
		odd := 0
		for _, w := range words {
			if !x.model.knows(w) && !x.known(w) {
				odd++
			}
		}
		if float64(odd) > maxGibberish*float64(len(words)) {
			return gibberish, "most of the informative words are of no language that is known"
		}
	}
	held := 0
	for _, w := range said {
		if x.model.lexical.DF(w) > 0 {
			held++
		}
	}
	inSentence := 2*held > len(said)
	unknown := sigmoid(logOdds(unknownWords) + shift(x.config.UnknownShare))
	switch {
	case !slices.ContainsFunc(said, func(w string) bool { return strings.IndexFunc(w, unicode.IsLetter) >= 0 }):
		return unknown, "it is numbers alone"
	case inSentence && x.model.coverage(corrected) > 0:
	case (cosine < nearEnough || !slices.Equal(said, corrected)) && x.model.coverage(said) == 0:
		return unknown, "the base knows none of the informative words"
	}
	return 1, ""
}
