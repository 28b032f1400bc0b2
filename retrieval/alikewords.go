package retrieval

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"

	"frontdesk/retrieval/lexical"
)

// A wordWeight is how much of what an entry says is in a word.
type wordWeight struct {
	word   int
	weight float64
}

// mostKnown says whether a speller knows most words of texts.
func mostKnown(s Speller, texts []string) bool {
	known, all := 0, 0
	for _, text := range texts {
		for _, w := range lexical.Words(text) {
			if all++; s.Known(w) {
				known++
			}
		}
	}
	return float64(known) >= alikeKnown*float64(all)
}

// weighWords gives every entry the weights of its words: the share of its
// phrasings that have a word, times how rare it is among all entries.
func (t *alikeTable) weighWords(texts []string) (number map[string]int) {
	number = map[string]int{}
	var frequency []int
	t.words = make([][]wordWeight, len(t.entries))
	for e := range t.entries {
		share := map[int]float64{}
		for _, text := range texts[t.starts[e]:t.starts[e+1]] {
			words := lexical.Words(text)
			slices.Sort(words)
			for _, w := range slices.Compact(words) {
				n, known := number[w]
				if !known {
					n = len(number)
					number[w] = n
					frequency = append(frequency, 0)
				}
				share[n] += 1 / float64(t.starts[e+1]-t.starts[e])
			}
		}
		for n, s := range share {
			frequency[n]++
			t.words[e] = append(t.words[e], wordWeight{n, s})
		}
		slices.SortFunc(t.words[e], func(a, b wordWeight) int { return cmp.Compare(a.word, b.word) })
	}
	for _, words := range t.words {
		squares := 0.0
		for i, w := range words {
			words[i].weight *= 0.1 + math.Log((float64(len(t.entries))+1)/(float64(frequency[w.word])+0.5))
			squares += words[i].weight * words[i].weight
		}
		for i := range words {
			words[i].weight /= math.Sqrt(squares)
		}
	}
	return number
}

// meanWords embeds the informative words, which are given by their numbers.
func (t *alikeTable) meanWords(ctx context.Context, embedder Embedder, number map[string]int) error {
	t.meaning = make([][]float32, len(number))
	words := slices.DeleteFunc(sortedKeys(number), func(w string) bool { return functionWords[w] })
	for batch := range slices.Chunk(words, embedBatch) {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		got, err := embed(ctx, embedder, batch)
		if err != nil {
			return fmt.Errorf("embedding: %w", err)
		}
		for i, v := range got {
			v = slices.Clone(v)
			axpy(-1, t.gauge.lean, v)
			normalize(v)
			t.meaning[number[batch[i]]] = v
		}
	}
	return nil
}

// covered says how far what the informative words of an entry say is said by
// those of another one, in [0, 1]: the mean of the cosines of each with its
// nearest, by their weights.
func (t *alikeTable) covered(e, by int) float64 {
	sum, all := 0.0, 0.0
	for _, w := range t.words[e] {
		if t.meaning[w.word] == nil {
			continue
		}
		best := 0.0
		for _, o := range t.words[by] {
			switch v := t.meaning[o.word]; {
			case o.word == w.word:
				best = 1
			case v != nil:
				best = max(best, t.gauge.scale.usual(float64(dot(t.meaning[w.word], v))))
			}
		}
		sum, all = sum+w.weight*best, all+w.weight
	}
	if all == 0 {
		return 0
	}
	return sum / all
}

func sortedKeys(m map[string]int) []string { return slices.Sorted(maps.Keys(m)) }

// sharedWords is the cosine of the words of two entries, in [0, 1].
func (t *alikeTable) sharedWords(a, b int) (sum float64) {
	x, y := t.words[a], t.words[b]
	for len(x) > 0 && len(y) > 0 {
		switch {
		case x[0].word < y[0].word:
			x = x[1:]
		case x[0].word > y[0].word:
			y = y[1:]
		default:
			sum += x[0].weight * y[0].weight
			x, y = x[1:], y[1:]
		}
	}
	return sum
}
