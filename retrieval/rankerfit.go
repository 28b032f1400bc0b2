package retrieval

import (
	"context"
	"fmt"
	"math"
)

// What a reranker is worth is fitted on the owner's own phrasings. It must never
// make answers worse, and so it counts for nothing unless questions that it was
// not fitted on have shown that it makes them better.
const (
	// leastRerank is how many held phrasings must have been asked to tell anything.
	leastRerank = 20
	// maxWeight is the highest weight that is tried, and usualWeight the spread of
	// weights that are to be expected.
	maxWeight   = 8.0
	usualWeight = 2.0
	// clearly is how many standard errors the gain must be above zero.
	clearly = 2.0
	// leastLikely bounds what a single surprise costs.
	leastLikely = 1e-3
)

// maxRerank is how many samples of each origin are reranked at most.
var maxRerank = [...]int{held: 300, left: 100, strange: 100}

// rankerSpread is how far the calibrator of what was reranked may be from that of
// what was not.
var rankerSpread = fromVector(parameters{0.75, 0.3, 0.5, 0.2, 0.4, 0.3, 0.4, 1, 0.3, 0.3})

// fitRanker finds out what the reranker is worth, by the samples of a
// cross-validation with their shortlists. It takes the operating point from
// those that it looked at, where it is worth something.
func (x *Index) fitRanker(ctx context.Context, samples []sample, trust float64, p *progress) error {
	telling := 0
	for _, s := range samples {
		if s.origin == held {
			telling++
		}
	}
	if telling < leastRerank {
		return nil // so that nobody is asked in vain
	}
	list, err := x.askReranker(ctx, samples, p)
	if err != nil {
		return err
	}
	var r ranker
	var count int
	r.mean, r.deviation, count = spreadOf(list)
	if count < leastRerank || !(r.deviation > 0) {
		return nil
	}
	weights := sampleWeights(list, x.config.UnknownShare)
	// Each half is asked by what was fitted on the other one.
	var gains, counts []float64
	for half := range 2 {
		fitted := r
		fitted.fit(list, weights, trust, x.calibrator, func(i int) bool { return i%2 != half })
		for i, s := range list {
			if i%2 == half && s.short.asked != nil {
				gains = append(gains, fitted.likelihood(s)-plainLikelihood(s, x.calibrator))
				counts = append(counts, weights[i])
			}
		}
	}
	if !clearlyGains(gains, counts) {
		return nil
	}
	r.fit(list, weights, trust, x.calibrator, func(int) bool { return true })
	x.ranker = &r
	probabilities := make([]float64, len(list))
	for i, s := range list {
		probabilities[i] = x.calibrator.probability(s.gate)
		if s.short.asked != nil {
			probabilities[i] = r.calibrator.probability(r.judge(s.short).gate)
		}
		weights[i] *= trust
	}
	x.point = operatingPoint(probabilities, weights, x.config.Precision)
	return nil
}

// askReranker has the reranker asked for some of the samples, evenly over those
// of each origin, and gives these; what is certain it is not asked for.
func (x *Index) askReranker(ctx context.Context, samples []sample, p *progress) ([]sample, error) {
	var byOrigin [len(maxRerank)][]sample
	for _, s := range samples {
		byOrigin[s.origin] = append(byOrigin[s.origin], s)
	}
	var list []sample
	for origin, all := range byOrigin {
		n := min(len(all), maxRerank[origin])
		for i := range n {
			s := all[i*len(all)/n]
			list = append(list, s)
			p.add(1)
			if x.calibrator.probability(s.gate) >= sureEnough {
				continue
			}
			if err := s.short.ask(ctx, x.reranker, x.base); err != nil {
				return nil, fmt.Errorf("asking the reranker: %w", err)
			}
		}
	}
	return list, nil
}

// spreadOf gives the mean and the standard deviation of all scores, and counts the
// held phrasings that were asked.
func spreadOf(list []sample) (mean, deviation float64, count int) {
	var sum, squares, n float64
	for _, s := range list {
		for _, v := range s.short.asked {
			sum += v
			n++
		}
		if s.origin == held && s.short.asked != nil {
			count++
		}
	}
	mean = sum / max(n, 1)
	for _, s := range list {
		for _, v := range s.short.asked {
			squares += (v - mean) * (v - mean)
		}
	}
	return mean, math.Sqrt(squares / max(n, 1)), count
}

// fit finds the weight and the calibrator on the samples for which use holds.
// The prior of the calibrator is the one without a reranker.
func (r *ranker) fit(list []sample, weights []float64, trust float64, prior calibrator, use func(i int) bool) {
	var chosen []sample
	var counts []float64
	for i, s := range list {
		if use(i) && s.short.asked != nil {
			chosen, counts = append(chosen, s), append(counts, weights[i]*trust)
		}
	}
	// The slope falls with the weight, so that its zero is found by halving.
	low, high := 0.0, maxWeight
	for range 30 {
		r.weight = (low + high) / 2
		if r.slope(chosen) > 0 {
			low = r.weight
		} else {
			high = r.weight
		}
	}
	r.weight = low
	for i, s := range chosen {
		j := r.judge(s.short)
		chosen[i].gate, chosen[i].right = j.gate, j.best == s.short.right
	}
	r.calibrator = fitCalibrator(chosen, counts, prior, rankerSpread)
}

// slope is that of the log-likelihood of the right entries among the candidates
// and of the prior, along the weight.
func (r *ranker) slope(list []sample) float64 {
	sum := -r.weight / (usualWeight * usualWeight)
	for _, s := range list {
		if s.short.right < 0 {
			continue
		}
		deviations := r.deviations(s.short.asked)
		total, mean := 0.0, 0.0
		for i, c := range s.short.candidates {
			e := math.Exp(c.score + r.weight*deviations[i])
			total += e
			mean += e * deviations[i]
		}
		sum += deviations[s.short.right] - mean/total
	}
	return sum
}

// likelihood is the log of the probability of what is true of a sample, as it is
// reranked.
func (r *ranker) likelihood(s sample) float64 {
	j := r.judge(s.short)
	return likelihoodOf(j.shares, j.best, r.calibrator.probability(j.gate), s.short.right)
}

// plainLikelihood is that without the reranker.
func plainLikelihood(s sample, c calibrator) float64 {
	total := s.short.rest
	shares := make([]float64, len(s.short.candidates))
	for i, x := range s.short.candidates {
		shares[i] = math.Exp(x.score)
		total += shares[i]
	}
	for i := range shares {
		shares[i] /= total
	}
	return likelihoodOf(shares, 0, c.probability(s.gate), s.short.right)
}

// likelihoodOf gives the log of the probability of the right entry, given the
// probability of the best one; where none of them is right, that of the best
// one's being wrong.
func likelihoodOf(shares []float64, best int, p float64, right int) float64 {
	likely := 1 - p
	switch {
	case right == best:
		likely = p
	case right >= 0:
		likely = 0
		if top := shares[best]; top < 1 {
			likely = shares[right] * min(p/top, (1-p)/(1-top))
		}
	}
	return math.Log(max(leastLikely, likely))
}

// clearlyGains says whether the mean of weighted gains is above zero by more than
// chance may make it.
func clearlyGains(gains, weights []float64) bool {
	var total, sum, squares float64
	for i, g := range gains {
		total += weights[i]
		sum += weights[i] * g
	}
	mean := sum / total
	for i, g := range gains {
		d := weights[i] * (g - mean)
		squares += d * d
	}
	return mean > clearly*math.Sqrt(squares)/total
}
