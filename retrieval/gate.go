package retrieval

import (
	"math"

	"frontdesk/knowledge"
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
	gateDistance           // 1 minus the cosine of the nearest strange sentence
	gateReranker           // the reranker's score of it, in deviations; 0 without one
	gateCommand            // 1 when the best entry is a command, else 0
	gatePassage            // 1 when it is a passage of a guide, else 0
	gateSignals
)

// gateNames are the signals in words.
var gateNames = [gateSignals]string{
	"lead", "closeness", "resemblance", "known words", "agreement", "not strange", "reranker", "a command", "a passage",
}

// gateNotes say what the signals were measured on.
var gateNotes = [gateSignals]string{
	"log-odds of the best entry against all others",
	"cosine of the best entry's nearest phrasing",
	"output of the classifier for the best entry",
	"share of the informative words that the base knows",
	"1 when the nearest phrasing is the best entry's",
	"1 minus the cosine of the most alike sentence that no base answers",
	"score of the reranker, in deviations from the mean",
	"what commands differ by from answers in this base",
	"what passages of guides differ by from answers in this base",
}

// A gate is the signals of one query.
type gate [gateSignals]float64

// maxLead bounds the log-odds of a share, which has none when it is 1.
const maxLead = 7

// gate gives the signals of a query, whose evidence and words are given. If it is
// a strange sentence itself, strange is its number, else [none].
//
// The output of the classifier is taken before it is made a share: it stays
// near zero for what is unlike all phrasings, where shares still sum to 1
// (Hendrycks et al. 2022, "Scaling Out-of-Distribution Detection for Real-World
// Settings"; Liu et al. 2020, "Energy-based Out-of-distribution Detection").
func (m *model) gate(e *evidence, words []string, strange int) gate {
	return m.gateOf(e, words, strange, e.order[0])
}

// gateOf gives the signals of a query as they were if the given entry were the
// best one.
func (m *model) gateOf(e *evidence, words []string, strange, best int) gate {
	var g gate
	g[gateLead] = lead(e.share[best], len(e.order) == 1)
	g[gateCosine] = e.cosine[best]
	if e.logits != nil {
		g[gateResemblance] = float64(e.logits[best])
	}
	g[gateCoverage] = m.coverage(words)
	if e.nearest[0].entry == best {
		g[gateAgreement] = 1
	}
	switch m.corpus.kinds[best] {
	case knowledge.Do:
		g[gateCommand] = 1
	case knowledge.Passage:
		g[gatePassage] = 1
	}
	g[gateDistance] = 1 - likest(e.odd, strange)
	return g
}

// lead gives the log-odds of a share against all others. An entry that is alone
// leads nobody.
func lead(share float64, alone bool) float64 {
	switch {
	case alone:
		return 0
	case share >= 1:
		return maxLead
	}
	return max(-maxLead, min(maxLead, math.Log(share/(1-share))))
}
