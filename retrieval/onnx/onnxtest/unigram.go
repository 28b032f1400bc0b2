package onnxtest

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"
)

// unigram is as XLM-R's: pieces of the text with the logarithms of their shares.
func unigram() (object, int) {
	special := []string{"<s>", "<pad>", "</s>", "<unk>"}
	counts, total := map[string]float64{}, 0.0
	for _, word := range strings.Fields(text) {
		letters := []rune("▁" + word)
		for from := range letters {
			for to := from + 1; to <= min(from+8, len(letters)); to++ {
				counts[string(letters[from:to])]++
				total++
			}
		}
	}
	// Single letters stay whatever their number, longer pieces if there are two.
	maps.DeleteFunc(counts, func(piece string, n float64) bool { return n < 2 && len([]rune(piece)) > 1 })
	pieces := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	vocab := make([][2]any, 0, len(special)+len(pieces))
	for _, s := range special {
		vocab = append(vocab, [2]any{s, 0.0})
	}
	for _, piece := range pieces {
		share := math.Log(counts[piece] * float64(len([]rune(piece))) / total)
		vocab = append(vocab, [2]any{piece, math.Round(share*1e6) / 1e6})
	}
	return object{
		"version": "1.0", "truncation": nil, "padding": nil, "added_tokens": added(special),
		"normalizer":     object{"type": "NFKC"},
		"pre_tokenizer":  object{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true},
		"post_processor": template("<s>", 0, "</s>", 2, true),
		"decoder":        object{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true},
		"model":          object{"type": "Unigram", "unk_id": 3, "vocab": vocab, "byte_fallback": false},
	}, len(vocab)
}
