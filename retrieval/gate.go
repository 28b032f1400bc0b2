package retrieval

import (
	"math"
	"slices"
	"strings"

	"frontdesk/retrieval/lexical"
)

// The signals from which the probability of the best entry is calibrated. The
// length of the question was tried too and told nothing that held from one
// base to the next.
const (
	gateLead        = iota // log-odds of its share against all other entries
	gateCosine             // cosine of its nearest phrasing
	gateResemblance        // the classifier's output for it
	gateCoverage           // share of the informative words that the base knows
	gateAgreement          // 1 when the nearest phrasing is the best entry's, else 0
	gateSignals
)

// gateNames are the signals in words.
var gateNames = [gateSignals]string{
	"lead", "closeness", "resemblance", "known words", "agreement",
}

// gateNotes say what the signals were measured on.
var gateNotes = [gateSignals]string{
	"log-odds of the best entry against all others",
	"cosine of the best entry's nearest phrasing",
	"output of the classifier for the best entry",
	"share of the informative words that the base knows",
	"1 when the nearest phrasing is the best entry's",
}

// A gate is the signals of one query.
type gate [gateSignals]float64

// maxLead bounds the log-odds of a share, which has none when it is 1.
const maxLead = 7

// gate gives the signals of a query, whose evidence and words are given.
//
// The output of the classifier is taken before it is made a share: it stays
// near zero for what is unlike all phrasings, where shares still sum to 1
// (Hendrycks et al. 2022, "Scaling Out-of-Distribution Detection for Real-World
// Settings"; Liu et al. 2020, "Energy-based Out-of-distribution Detection").
func (m *model) gate(e *evidence, words []string) gate {
	best := e.order[0]
	var g gate
	if len(e.order) > 1 { // a single entry leads nobody
		g[gateLead] = maxLead
		if others := 1 - e.share[best]; others > 0 {
			g[gateLead] = max(-maxLead, min(maxLead, math.Log(e.share[best]/others)))
		}
	}
	g[gateCosine] = e.cosine[best]
	if e.logits != nil {
		g[gateResemblance] = float64(e.logits[best])
	}
	g[gateCoverage] = m.coverage(words)
	if e.nearest[0].entry == best {
		g[gateAgreement] = 1
	}
	return g
}

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

// knows says whether a phrasing holds a word or another form of it: its plural
// or singular, or a longer one that differs in the last few letters.
func (m *model) knows(word string) bool {
	if m.lexical.DF(word) > 0 || m.lexical.DF(word+"s") > 0 || m.lexical.DF(strings.TrimSuffix(word, "s")) > 0 {
		return true
	}
	if len(word) < minInflected {
		return false
	}
	stem := word[:max(minStem, len(word)-maxEnding)]
	i, _ := slices.BinarySearch(m.vocabulary, stem)
	for _, w := range m.vocabulary[i:] {
		if !strings.HasPrefix(w, stem) {
			break
		}
		if len(w) <= len(word)+maxEnding {
			return true
		}
	}
	return false
}

// Another form of a word has at most maxEnding bytes more or less at its end,
// and at least minStem in common.
const (
	minInflected = 5
	minStem      = 4
	maxEnding    = 3
)

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
