package retrieval

import (
	"context"
	"math"
	"math/rand/v2"
)

// How the classifier is trained. The rate and the number of steps were chosen
// by cross-validation inside the training phrasings of two public sets, with 1
// to 100 phrasings an entry; half or twice of either changes little.
const (
	learnRate  = 2.0
	learnSteps = 25_000 // at least, but each phrasing at most maxRounds times
	minRounds  = 8
	// fewRounds are enough where more would take too long: with 100 phrasings an
	// entry, five are better than no classifier by far.
	fewRounds = 4
	maxRounds = 30
	learnSeed = 1
)

const (
	// maxWeights bounds the numbers of a classifier: 32 MiB.
	maxWeights = 8 << 20
	// maxFeatures bounds the sparse features.
	maxFeatures = 20_000
	// maxWork bounds the multiplications of a training: some seconds.
	maxWork = 20_000_000_000
	// usualFeatures is how many features a phrasing has, roughly.
	usualFeatures = 80
)

// A classifier is a multinomial logistic regression of the entry on dense and
// sparse features (Bishop 2006, Pattern Recognition and Machine Learning,
// 4.3.4). It is trained by stochastic gradient descent with a rate that falls
// to zero and without a penalty: few steps from zero keep the weights small
// (early stopping: Goodfellow et al. 2016, Deep Learning, 7.8), in a space in
// which each part has the length that is its share.
//
// It never changes once trained and is safe for concurrent use.
type classifier struct {
	entries, dim int
	vocabulary   *vocabulary
	// weights has entries numbers a feature, first those of the dense ones.
	weights []float32
}

// classifierFits says whether a classifier over so many phrasings and entries
// can be trained in the time and the memory allowed.
func classifierFits(phrasings, entries, dim int) bool {
	return affordable(phrasings, entries, dim) >= fewRounds && entries*(dim+1000) <= maxWeights
}

// affordable is how many rounds over the phrasings take no more than the time
// allowed.
func affordable(phrasings, entries, dim int) int {
	return int(maxWork / (2 * max(1, float64(phrasings)) * max(1, float64(entries)) * float64(dim+usualFeatures)))
}

// trainClassifier fits the entries of phrasings on their vectors, which are
// centred, and words: phrasing i is one of entry labels[i].
func trainClassifier(ctx context.Context, vectors [][]float32, texts [][]string, labels []int, entries int) (*classifier, error) {
	dim := len(vectors[0])
	c := &classifier{entries: entries, dim: dim}
	c.vocabulary = newVocabulary(texts, min(maxFeatures, maxWeights/entries-dim))
	c.weights = make([]float32, (dim+len(c.vocabulary.idf))*entries)
	features := make([]sparse, len(texts))
	for i, words := range texts {
		features[i] = c.vocabulary.features(words)
	}
	rounds := max(minRounds, min(maxRounds, learnSteps/len(texts)))
	rounds = min(rounds, max(fewRounds, affordable(len(texts), entries, dim)))
	random := rand.New(rand.NewPCG(learnSeed, learnSeed))
	order := make([]int, len(texts))
	for i := range order {
		order[i] = i
	}
	slope, scaled := make([]float32, entries), make([]float32, dim)
	step, steps := 0, rounds*len(texts)
	for range rounds {
		random.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, i := range order {
			if step%256 == 0 {
				if err := ctx.Err(); err != nil {
					return nil, err
				}
			}
			rate := float32(learnRate * (1 - float64(step)/float64(steps)))
			step++
			scaledBy(scaled, denseScale, vectors[i])
			c.scaledLogits(slope, scaled, features[i])
			softmax(slope)
			slope[labels[i]]--
			scaledBy(scaled, -rate*denseScale, vectors[i])
			c.add(slope, scaled, features[i], -rate)
		}
	}
	return c, nil
}

// logits fills out with the log-odds of every entry, but for a constant.
func (c *classifier) logits(out, vector []float32, s sparse) {
	scaled := make([]float32, len(vector))
	scaledBy(scaled, denseScale, vector)
	c.scaledLogits(out, scaled, s)
}

// scaledLogits is logits of a vector that is already scaled by denseScale.
func (c *classifier) scaledLogits(out, scaled []float32, s sparse) {
	clear(out)
	sum(out, scaled, c.weights)
	for i, id := range s.ids {
		axpy(s.values[i], c.row(c.dim+int(id)), out)
	}
}

// add moves the weights of a phrasing's features along slope. The vector is already
// scaled by rate and denseScale.
func (c *classifier) add(slope, scaled []float32, s sparse, rate float32) {
	spread(c.weights, scaled, slope)
	for i, id := range s.ids {
		axpy(rate*s.values[i], slope, c.row(c.dim+int(id)))
	}
}

func (c *classifier) row(feature int) []float32 {
	return c.weights[feature*c.entries : (feature+1)*c.entries]
}

// denseScale brings a vector of length 1 to its share.
var denseScale = float32(math.Sqrt(denseShare))

// scaledBy fills out with a·x.
func scaledBy(out []float32, a float32, x []float32) {
	for i := range out {
		out[i] = a * x[i]
	}
}

// softmax turns log-odds into shares that sum to 1.
func softmax(x []float32) {
	top := float32(math.Inf(-1))
	for _, v := range x {
		top = max(top, v)
	}
	sum := float32(0)
	for i, v := range x {
		x[i] = float32(math.Exp(float64(v - top)))
		sum += x[i]
	}
	for i := range x {
		x[i] /= sum
	}
}
