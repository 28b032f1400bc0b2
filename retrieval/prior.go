package retrieval

import "math"

// priorUnknownShare is the share of unknown questions that the priors are for.
const priorUnknownShare = 0.15

// priors are what is known of a calibrator before a base has given any sample,
// by its phrasings an entry, and how far bases are from it. They were derived
// from pseudo-bases by TestPrior; weights that came out as zero stand for
// signals that added nothing to the others there.
var priors = []struct {
	perEntry      float64
	prior, spread calibrator
}{
	{1, calibrator{-2.40, gate{0.57, 2.61, 0.00, 0.00, 0.80}}, calibrator{1.57, gate{0.33, 1.64, 0.00, 0.00, 1.01}}},
	{2, calibrator{-1.87, gate{0.83, 1.69, 0.00, 0.00, 0.59}}, calibrator{1.70, gate{0.53, 1.17, 0.05, 0.00, 0.88}}},
	{5, calibrator{-1.69, gate{0.81, 1.80, 0.00, 0.00, 0.00}}, calibrator{1.90, gate{0.47, 1.05, 0.57, 0.00, 0.00}}},
	{20, calibrator{-3.11, gate{0.75, 1.89, 0.15, 0.05, 0.00}}, calibrator{3.32, gate{0.54, 0.55, 0.57, 0.07, 0.00}}},
}

// leastSpread is how far any base may be from the prior.
var leastSpread = parameters{0.75, 0.3, 0.75, 0.3, 0.5, 0.4, 0.5, 0.5, 0.5}

// priorFor gives the prior of a base and its spread, between those of the
// nearest numbers of phrasings an entry.
func priorFor(perEntry float64) (prior, spread calibrator) {
	i := 1
	for i < len(priors)-1 && perEntry > priors[i].perEntry {
		i++
	}
	a, b := priors[i-1], priors[i]
	share := between(perEntry, a.perEntry, b.perEntry)
	mix := func(a, b calibrator) parameters {
		from, to := a.vector(), b.vector()
		for i := range from {
			from[i] += share * (to[i] - from[i])
		}
		return from
	}
	width := mix(a.spread, b.spread)
	for i := range width {
		width[i] = max(width[i], leastSpread[i])
	}
	return fromVector(mix(a.prior, b.prior)), fromVector(width)
}

// shift is what another share of unknown questions adds to the log-odds of an
// answer. Of what speaks against one about half is a question that is unknown,
// whose odds change as the share's do; the other half is a wrong entry.
func shift(unknownShare float64) float64 {
	odds := func(p float64) float64 { return p / (1 - p) }
	return -math.Log(0.5 + 0.5*odds(unknownShare)/odds(priorUnknownShare))
}

// trust is how much the samples of a base count. Where entries have few
// phrasings, one that is held out leaves its entry with far fewer than the
// others, and the samples are worse than what they stand for.
func trust(perEntry float64) float64 {
	full := max(0, min(1, (perEntry-1)/4))
	return full * full
}
