package retrieval

import (
	"cmp"
	"math"
	"slices"
)

// What a text's vector of features is made of: the shares of its squared
// length. They were chosen by cross-validation inside the training phrasings of
// two public sets; between 0.4 and 0.7 for the dense part it matters little.
const (
	denseShare = 0.5  // the embedding
	wordShare  = 0.25 // words and pairs of neighbouring words
	charShare  = 0.25 // 3 to 5 characters in a row, which see through typos
)

const (
	minGram = 3
	maxGram = 5
)

// A sparse is a vector of which only some numbers are not zero. IDs ascend.
type sparse struct {
	ids    []int32
	values []float32
}

// A vocabulary gives texts their sparse features: term frequency times inverse
// document frequency, sublinear and smoothed (Manning, Raghavan, Schütze 2008,
// Introduction to Information Retrieval, 6.4.1), words and characters each
// scaled to their share. A feature is known by the hash of its text, so that
// none of its text is kept.
type vocabulary struct {
	keys []uint64 // of the features, in the order of their ids
	ids  map[uint64]int32
	idf  []float32
	// unknown is the weight of a feature that no phrasing has.
	unknown float32
}

// newVocabulary collects the features of texts, given by their words. Of more than most features it
// keeps those that are in most texts.
func newVocabulary(texts [][]string, most int) *vocabulary {
	df := map[uint64]int{}
	var keys []uint64
	for _, words := range texts {
		keys = appendCharKeys(appendWordKeys(keys[:0], words), words)
		slices.Sort(keys)
		for _, k := range slices.Compact(keys) {
			df[k]++
		}
	}
	keys = keys[:0]
	for k := range df {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b uint64) int { return cmp.Or(cmp.Compare(df[b], df[a]), cmp.Compare(a, b)) })
	keys = slices.Clone(keys[:min(len(keys), most)])
	weight := func(df int) float32 {
		return float32(1 + math.Log(float64(1+len(texts))/float64(1+df)))
	}
	idf := make([]float32, len(keys))
	for i, k := range keys {
		idf[i] = weight(df[k])
	}
	return newVocabularyOf(keys, idf, weight(0))
}

// newVocabularyOf makes a vocabulary of its content.
func newVocabularyOf(keys []uint64, idf []float32, unknown float32) *vocabulary {
	v := &vocabulary{keys: keys, ids: make(map[uint64]int32, len(keys)), idf: idf, unknown: unknown}
	for i, k := range keys {
		v.ids[k] = int32(i)
	}
	return v
}

// features gives the sparse features of a text's words. The length of its words'
// features together, the unknown ones too, is the root of wordShare, and
// likewise of its characters'.
func (v *vocabulary) features(words []string) sparse {
	var out sparse
	v.add(&out, appendWordKeys(nil, words), wordShare)
	v.add(&out, appendCharKeys(nil, words), charShare)
	order := make([]int, len(out.ids))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(out.ids[a], out.ids[b]) })
	sorted := sparse{make([]int32, len(order)), make([]float32, len(order))}
	for i, o := range order {
		sorted.ids[i], sorted.values[i] = out.ids[o], out.values[o]
	}
	return sorted
}

// add appends the features of one kind, whose keys it sorts.
func (v *vocabulary) add(out *sparse, keys []uint64, share float64) {
	slices.Sort(keys)
	first := len(out.ids)
	squares := 0.0
	for i := 0; i < len(keys); {
		n := 1
		for i+n < len(keys) && keys[i+n] == keys[i] {
			n++
		}
		id, known := v.ids[keys[i]]
		weight := v.unknown
		if known {
			weight = v.idf[id]
		}
		value := (1 + math.Log(float64(n))) * float64(weight)
		squares += float64(value * value)
		if known {
			out.ids = append(out.ids, id)
			out.values = append(out.values, float32(value))
		}
		i += n
	}
	if squares == 0 {
		return
	}
	scale := math.Sqrt(share / squares)
	for i := range out.values[first:] {
		out.values[first+i] = float32(float64(out.values[first+i]) * scale)
	}
}

// appendWordKeys appends the keys of words and of pairs of neighbours.
func appendWordKeys(keys []uint64, words []string) []uint64 {
	for i, w := range words {
		keys = append(keys, hash(hashStart('w'), w))
		if i > 0 {
			keys = append(keys, hash(hash(hash(hashStart('p'), words[i-1]), " "), w))
		}
	}
	return keys
}

// appendCharKeys appends the keys of the characters in a row, the borders of a
// word counting as characters too.
func appendCharKeys(keys []uint64, words []string) []uint64 {
	for _, w := range words {
		marked := "<" + w + ">"
		for n := minGram; n <= maxGram; n++ {
			for i := 0; i+n <= len(marked); i++ {
				keys = append(keys, hash(hashStart('c'), marked[i:i+n]))
			}
		}
	}
	return keys
}

// hash is the 64-bit FNV-1a hash (Fowler, Noll, Vo; RFC 9923) continued from h.
func hash(h uint64, s string) uint64 {
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}

func hashStart(kind byte) uint64 {
	return (14695981039346656037 ^ uint64(kind)) * 1099511628211
}
