package retrieval

import (
	"frontdesk/retrieval/lexical"

	"github.com/kljensen/snowball/english"
)

// coverage is the share of the informative words that the base knows, itself or
// in another form: 0 when it knows none.
func (m *model) coverage(words []string) float64 {
	var known, all float64
	for _, w := range informative(words) {
		idf := m.lexical.IDF(w)
		all += idf
		if m.knows(w) {
			known += idf
		}
	}
	if all == 0 {
		return 0
	}
	return known / all
}

// knows says whether a phrasing holds a word or another form of it: one with the
// same stem (Porter 2001, "Snowball", English).
func (m *model) knows(word string) bool {
	return m.lexical.DF(word) > 0 || m.stems[stem(word)]
}

// stemsOf gives the stems of words.
func stemsOf(texts [][]string) map[string]bool {
	stems := map[string]bool{}
	seen := map[string]bool{}
	for _, words := range texts {
		for _, w := range words {
			if !seen[w] {
				seen[w] = true
				stems[stem(w)] = true
			}
		}
	}
	return stems
}

func stem(word string) string { return english.Stem(word, true) }

// informative gives the words that are no function words; all of them when
// there are no others.
func informative(words []string) []string {
	var out []string
	for _, w := range words {
		if !functionWords[w] {
			out = append(out, w)
		}
	}
	if out == nil {
		return words
	}
	return out
}

// functionWords are English words that say nothing of a question's topic.
var functionWords = func() map[string]bool {
	set := map[string]bool{}
	for _, w := range lexical.Words(`a about after all also am an and any are aren't as at be because been before being
		but by can can't cannot could couldn't did didn't do does doesn't doing don't down during each else ever every
		few for from get gets getting give go goes going gonna got had has hasn't have haven't having he he'd he's her
		here hers him his how how's i i'd i'll i'm i've if in into is isn't it it's its just let let's like
		lot make makes many may me might mine more most much must my need needs no nor not now of off oh ok okay on
		once one ones only or other our ours out over own please put quite rather really same say says see shall she
		should shouldn't so some somebody someone something such take tell than thanks that that's the their theirs
		them then there there's these they they're thing things this those though through to too under until up upon
		us very want wanna wants was wasn't way we we're we've well were what what's when where where's which while
		who who's whose why will with within without won't would wouldn't yeah yes yet you you'd you'll you're you've
		your yours`) {
		set[w] = true
	}
	return set
}()
