package onnxtest

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// merges is how many pairs are joined in the small vocabulary.
const merges = 400

// byteLevelBPE is as ModernBERT's: bytes under the names that GPT-2 gave them, and
// the pairs of the text that occur most, joined one after the other (Sennrich
// and others 2016, arXiv:1508.07909).
func byteLevelBPE() (object, int) {
	names := byteNames()
	var parts [][]string
	for _, word := range strings.SplitAfter(text, "\n") {
		for _, w := range strings.Split(word, " ") {
			var part []string
			for _, b := range []byte(" " + strings.TrimSpace(w)) {
				part = append(part, names[b])
			}
			parts = append(parts, part)
		}
	}
	vocab := numbered(bertSpecial, slices.Sorted(slices.Values(names[:])))
	var joined [][2]string
	for range merges {
		counts := map[[2]string]int{}
		for _, p := range parts {
			for i := range len(p) - 1 {
				counts[[2]string{p[i], p[i+1]}]++
			}
		}
		best := slices.MaxFunc(slices.Collect(maps.Keys(counts)), func(a, b [2]string) int {
			return cmp.Or(cmp.Compare(counts[a], counts[b]), cmp.Compare(b[0], a[0]), cmp.Compare(b[1], a[1]))
		})
		joined = append(joined, best)
		vocab[best[0]+best[1]] = len(vocab)
		for i, p := range parts {
			parts[i] = join(p, best)
		}
	}
	return object{
		"version": "1.0", "truncation": nil, "padding": nil, "added_tokens": added(bertSpecial),
		"normalizer":     object{"type": "NFC"},
		"pre_tokenizer":  object{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
		"post_processor": template("[CLS]", 2, "[SEP]", 3, false),
		"decoder":        object{"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
		"model": object{
			"type": "BPE", "dropout": nil, "unk_token": nil, "continuing_subword_prefix": nil, "end_of_word_suffix": nil,
			"fuse_unk": false, "byte_fallback": false, "ignore_merges": false, "vocab": vocab, "merges": joined,
		},
	}, len(vocab)
}

func join(part []string, pair [2]string) []string {
	var out []string
	for i := 0; i < len(part); i++ {
		if i+1 < len(part) && part[i] == pair[0] && part[i+1] == pair[1] {
			out = append(out, pair[0]+pair[1])
			i++
			continue
		}
		out = append(out, part[i])
	}
	return out
}

// byteNames gives each byte a letter that can be seen: those that can be seen
// stand for themselves, the others are the letters from U+0100 on, in order.
func byteNames() (names [256]string) {
	next := rune(0x100)
	for b := range names {
		if b >= '!' && b <= '~' || b >= 0xa1 && b <= 0xac || b >= 0xae {
			names[b] = string(rune(b))
			continue
		}
		names[b] = string(next)
		next++
	}
	return names
}
