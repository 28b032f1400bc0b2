package retrieval

import "math"

// priorUnknownShare is the share of unknown questions that the priors are for.
const priorUnknownShare = 0.15

// priors are what is known of a calibrator before a base has given any sample,
// by its phrasings an entry, and how far bases are from it. They were derived
// from pseudo-bases by TestDerive; weights that came out as zero stand for
// signals that added nothing to the others there.
var priors = []struct {
	perEntry      float64
	prior, spread calibrator
}{
	{1, calibrator{-1.37, gate{0.78, 1.34, 0.00, 0.00, 0.00, 0.84}}, calibrator{1.20, gate{0.40, 1.46, 0.00, 0.00, 0.00, 1.12}}},  // 170 bases
	{2, calibrator{-1.46, gate{0.86, 0.81, 0.00, 0.00, 0.00, 1.12}}, calibrator{1.45, gate{0.46, 1.20, 0.20, 0.00, 0.00, 1.30}}},  // 164 bases
	{5, calibrator{-2.05, gate{0.86, 0.54, 0.06, 0.01, 0.00, 1.62}}, calibrator{1.68, gate{0.42, 0.80, 0.40, 0.02, 0.00, 1.40}}},  // 148 bases
	{20, calibrator{-3.38, gate{0.81, 0.82, 0.13, 0.24, 0.00, 2.33}}, calibrator{2.09, gate{0.36, 1.11, 0.21, 0.35, 0.00, 1.18}}}, // 126 bases
	{80, calibrator{-3.46, gate{0.80, 1.01, 0.10, 0.59, 0.00, 1.89}}, calibrator{2.17, gate{0.40, 1.21, 0.15, 0.88, 0.00, 0.87}}}, // 66 bases
}

// leastSpread is how far any base may be from the prior.
var leastSpread = parameters{0.75, 0.3, 0.75, 0.3, 0.5, 0.4, 0.5, 1, 0.5, 0.5}

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
