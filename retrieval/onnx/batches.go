package onnx

import (
	"cmp"
	"slices"
)

// Bounds of a batch, in tokens with the padding. Measured with the shape of
// all-MiniLM-L6-v2 and sentences of 5 to 30 words: from some 100 tokens on, more
// at once are hardly faster, and thousands are slower, as they leave the caches.
const (
	batchTokens = 512
	fewTokens   = 128
)

// maxRows bounds the texts of a batch.
const maxRows = 256

// batches cuts texts of the given lengths, none 0, into batches that are of
// nearly the same length each, and calls do with the places of their texts until
// that gives an error. Longer ones come first: what one of them lacks in memory
// is noticed before the work is done. The cut depends on the lengths alone.
func batches(lengths []int, most int, do func(places []int) error) error {
	order := make([]int, len(lengths))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(lengths[b], lengths[a]), cmp.Compare(a, b))
	})
	for len(order) > 0 {
		n := batch(order, lengths, most)
		if err := do(order[:n]); err != nil {
			return err
		}
		order = order[n:]
	}
	return nil
}

// batch says how many of the first texts make a batch. Shorter ones are taken
// along while at most an eighth of it is padding, or it is small.
func batch(order, lengths []int, most int) int {
	width := lengths[order[0]]
	n, padding := 1, 0
	for ; n < min(len(order), most); n++ {
		padding += width - lengths[order[n]]
		size := (n + 1) * width
		if size > batchTokens || padding > size/8 && size > fewTokens {
			break
		}
	}
	return n
}
