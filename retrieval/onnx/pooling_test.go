package onnx

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestPooling compares with loops that are written from the definitions.
func TestPooling(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for ways := pooling(1); ways < poolDone; ways++ {
		for _, n := range []int{1, 2, 3, 4, 5, 11, 40} {
			for _, skip := range []int{0, 1, 3, 50} {
				const width = 7
				tokens := make([]float32, n*width)
				for i := range tokens {
					tokens[i] = float32(random.NormFloat64())
				}
				got := make([]float32, width*ways.parts())
				ways.pool(got, slices.Clone(tokens), width, skip)
				want := slowPool(ways, tokens, width, skip)
				for i := range want {
					if len(got) != len(want) || math.Abs(float64(got[i])-want[i]) > 1e-5 {
						t.Fatalf("%s of %d tokens, %d left out:\n%v, not\n%v", ways, n, skip, got, want)
					}
				}
			}
		}
	}
}

// slowPool pools in the order of sentence-transformers' models/Pooling.py.
func slowPool(ways pooling, tokens []float32, width, skip int) (all []float64) {
	n := len(tokens) / width
	at := func(token, i int) float64 { return float64(tokens[token*width+i]) }
	over := func(f func(token, i int) float64) {
		for i := range width {
			sum := 0.0
			for token := skip; token < n; token++ {
				sum += f(token, i)
			}
			all = append(all, sum)
		}
	}
	counted := float64(max(n-skip, 1))
	if ways&poolCLS != 0 {
		for i := range width {
			all = append(all, at(0, i))
		}
	}
	if ways&poolMax != 0 {
		for i := range width {
			most := math.Inf(-1)
			for token := skip; token < n; token++ {
				most = max(most, at(token, i))
			}
			if skip >= n {
				most = 0
			}
			all = append(all, most)
		}
	}
	if ways&poolMean != 0 {
		over(func(token, i int) float64 { return at(token, i) / counted })
	}
	if ways&poolMeanSqrt != 0 {
		over(func(token, i int) float64 { return at(token, i) / math.Sqrt(counted) })
	}
	if ways&poolWeighted != 0 {
		weights := 0.0
		for token := skip; token < n; token++ {
			weights += float64(token + 1)
		}
		over(func(token, i int) float64 { return at(token, i) * float64(token+1) / weights })
	}
	if ways&poolLast != 0 {
		for i := range width {
			all = append(all, at(n-1, i))
		}
	}
	return all
}

// A number that is none comes through every way of pooling that looks at it.
func TestPoolingKeepsWhatIsNoNumber(t *testing.T) {
	for _, p := range poolings[:len(poolings)-1] {
		tokens := []float32{1, 2, 3, 4, 5, 6}
		for _, at := range []int{0, 2, 4} {
			if p.way == poolCLS && at > 0 || p.way == poolLast && at < 4 {
				continue
			}
			broken := slices.Clone(tokens)
			broken[at] = float32(math.NaN())
			into := make([]float32, 2)
			p.way.pool(into, broken, 2, 0)
			if !math.IsNaN(length(into)) {
				t.Errorf("%s hides that number %d is none: %v", p.name, at, into)
			}
		}
	}
}

func TestParsePooling(t *testing.T) {
	for text, want := range map[string]string{
		"mean": "mean", "cls": "cls", "lasttoken": "lasttoken", "pooled": "pooled", "mean_sqrt_len_tokens": "mean_sqrt_len",
		"mean + cls": "cls+mean", "weightedmean+max": "max+weightedmean",
	} {
		got, err := parsePooling(text)
		if err != nil || got.String() != want {
			t.Errorf("%q is %q, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "means", "mean+", "mean+pooled", "mean,cls"} {
		if got, err := parsePooling(text); err == nil {
			t.Errorf("%q is %q", text, got)
		}
	}
}
