package onnx

import (
	"fmt"
	"math"
	"strings"
)

// A pooling is the set of ways in which the vectors of a text's tokens become
// one; the results of several are joined in the order of their constants, which
// is that of sentence-transformers. 0 stands for not said.
type pooling uint8

const (
	poolCLS      pooling = 1 << iota // the first token's
	poolMax                          // the greatest of every dimension
	poolMean                         // the mean
	poolMeanSqrt                     // the sum, divided by the root of the number of tokens
	poolWeighted                     // the mean, weighted by the tokens' places: 1, 2, 3, …
	poolLast                         // the last token's
	poolDone                         // the graph itself gives one vector a text; stands alone
)

// poolings gives every way its name in a Config and its key in a
// 1_Pooling/config.json.
var poolings = []struct {
	way       pooling
	name, key string
}{
	{poolCLS, "cls", "pooling_mode_cls_token"},
	{poolMax, "max", "pooling_mode_max_tokens"},
	{poolMean, "mean", "pooling_mode_mean_tokens"},
	{poolMeanSqrt, "mean_sqrt_len", "pooling_mode_mean_sqrt_len_tokens"},
	{poolWeighted, "weightedmean", "pooling_mode_weightedmean_tokens"},
	{poolLast, "lasttoken", "pooling_mode_lasttoken"},
	{poolDone, "pooled", ""},
}

func poolingNames() []string {
	var names []string
	for _, p := range poolings {
		names = append(names, p.name)
	}
	return names
}

// parsePooling reads names joined by "+".
func parsePooling(text string) (pooling, error) {
	var all pooling
	for name := range strings.SplitSeq(text, "+") {
		way := poolingNamed(strings.TrimSpace(name))
		if way == 0 {
			return 0, fmt.Errorf("%.40q is no pooling", name)
		}
		all |= way
	}
	if all&poolDone != 0 && all != poolDone {
		return 0, fmt.Errorf("%q cannot be joined with others", "pooled")
	}
	return all, nil
}

func poolingNamed(name string) pooling {
	for _, p := range poolings {
		if p.name == name {
			return p.way
		}
	}
	if name == "mean_sqrt_len_tokens" { // as sentence-transformers prints it
		return poolMeanSqrt
	}
	return 0
}

func (p pooling) String() string {
	var names []string
	for _, known := range poolings {
		if p&known.way != 0 {
			names = append(names, known.name)
		}
	}
	return strings.Join(names, "+")
}

// parts is how many vectors are joined.
func (p pooling) parts() int {
	n := 0
	for _, known := range poolings {
		if p&known.way != 0 {
			n++
		}
	}
	return n
}

// pool makes one vector of those of a text's tokens, which lie one after
// another in tokens, of length width each. Only the tokens from skip on count
// for the means and the maximum. There is at least one token; into is of length
// width times p.parts() and all zeros.
func (p pooling) pool(into, tokens []float32, width, skip int) {
	n := len(tokens) / width
	counted := tokens[min(skip, n)*width:]
	next := func() []float32 {
		part := into[:width]
		into = into[width:]
		return part
	}
	if p&poolCLS != 0 {
		copy(next(), tokens[:width])
	}
	if p&poolMax != 0 {
		poolGreatest(next(), counted)
	}
	if p&(poolMean|poolMeanSqrt) != 0 {
		p.poolMeans(next, counted, width)
	}
	if p&poolWeighted != 0 {
		poolByPlace(next(), counted, min(skip, n))
	}
	if p&poolLast != 0 {
		copy(next(), tokens[(n-1)*width:])
	}
}

func poolGreatest(into, tokens []float32) {
	if len(tokens) == 0 {
		return
	}
	copy(into, tokens)
	for rest := tokens[len(into):]; len(rest) > 0; rest = rest[len(into):] {
		for i, x := range rest[:len(into)] {
			// A number that is none must come through, so that it is noticed.
			if x > into[i] || x != x {
				into[i] = x
			}
		}
	}
}

func (p pooling) poolMeans(next func() []float32, tokens []float32, width int) {
	sum := next()
	addAll(sum, tokens)
	n := float64(max(len(tokens)/width, 1))
	if p&poolMean != 0 {
		if p&poolMeanSqrt != 0 {
			second := next()
			copy(second, sum)
			scale(second, math.Sqrt(n))
		}
		scale(sum, n)
		return
	}
	scale(sum, math.Sqrt(n))
}

// addAll adds up vectors that lie one after another.
func addAll(sum, vectors []float32) {
	width := len(sum)
	// Four at a time: the sum is then read and written a quarter as often.
	for len(vectors) >= 4*width {
		a, b, c, d := vectors[:width], vectors[width:2*width], vectors[2*width:3*width], vectors[3*width:4*width]
		for i := range sum {
			sum[i] += a[i] + b[i] + c[i] + d[i]
		}
		vectors = vectors[4*width:]
	}
	for ; len(vectors) > 0; vectors = vectors[width:] {
		for i, x := range vectors[:width] {
			sum[i] += x
		}
	}
}

// poolByPlace gives the mean of tokens weighted by their places in the text, of
// which the first is before+1 here.
func poolByPlace(into, tokens []float32, before int) {
	var total float32
	for place := float32(before + 1); len(tokens) > 0; place++ {
		for i, x := range tokens[:len(into)] {
			into[i] += float32(place * x)
		}
		total += place
		tokens = tokens[len(into):]
	}
	scale(into, float64(max(total, 1)))
}

func scale(v []float32, by float64) {
	for i, x := range v {
		v[i] = float32(float64(x) / by)
	}
}

// length gives the length of a vector. It is no number, or infinite, when one
// of the vector's numbers is: float64 holds the square of every float32.
func length(v []float32) float64 {
	var squares float64
	for _, x := range v {
		squares += float64(float64(x) * float64(x))
	}
	return math.Sqrt(squares)
}
