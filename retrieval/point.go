package retrieval

import (
	"cmp"
	"math"
	"slices"
)

const (
	// Nothing is done below these, whatever precision is asked for: what is more
	// likely wrong than right is not answered.
	lowestAnswer = 0.5
	lowestRun    = 0.7
	// Nor is anything asked for that the owner's own sentence does not reach.
	highestBar = certain - 0.005
	// suggest is the bar of a choice: one in three is right at least.
	suggest = 1.0 / 3
	// priorPoints is how many samples the usual operating point counts as.
	priorPoints = 100
)

// operatingPoint finds from which probability on answers are right often enough
// on samples, given by their probabilities and weights, as far as they can be trusted: the bar is the lowest one above
// which the mean of the probabilities reaches the precision. Commands are run at
// half the errors, and those that were heard at an eighth of them: much is heard
// that was not said to the desk.
func operatingPoint(probabilities, weights []float64, precision float64) OperatingPoint {
	bar := func(precision, lowest float64) float64 {
		return max(lowest, min(highestBar, threshold(probabilities, weights, precision)))
	}
	p := OperatingPoint{Answer: bar(precision, lowestAnswer), Suggest: suggest}
	p.Run = max(p.Answer, bar(1-(1-precision)/2, lowestRun))
	p.Spoken = max(p.Run, bar(1-(1-precision)/8, lowestRun))
	return p
}

func threshold(probabilities, weights []float64, precision float64) float64 {
	// With nothing known of the distribution: probabilities above the bar are
	// taken to lie evenly, so that their mean is the precision.
	usual := 1 - 2*(1-precision)
	type point struct{ probability, weight float64 }
	points := make([]point, len(probabilities))
	total := 0.0
	for i, p := range probabilities {
		points[i] = point{p, weights[i]}
		total += weights[i]
	}
	slices.SortFunc(points, func(a, b point) int { return cmp.Compare(b.probability, a.probability) })
	bar, sum, weight := 1.0, 0.0, 0.0
	for _, p := range points {
		sum += p.weight * p.probability
		weight += p.weight
		if weight > 0 && sum/weight >= precision {
			bar = p.probability
		}
	}
	bar = min(bar, 1-(1-precision)/4)
	return (total*bar + priorPoints*usual) / (total + priorPoints)
}

func logOdds(p float64) float64 { return math.Log(p / (1 - p)) }
