// Package lexical finds texts by their words and spellings.
//
// An [Index] over the phrasings of a base, its documents, gives for a query's
// [Words]
//   - how well the words match each document ([Index.BM25]),
//   - how well the spelling does, which sees through typos and inflections
//     ([Index.Chars]),
//   - how much each word says and whether any document holds it ([Index.IDF],
//     [Index.DF]),
//   - the words that were meant by words that nobody knows ([Index.Respell]).
//
// [Sounds] gives the words that may have been said where others were heard.
//
// An index of 15,000 questions is made in some 40 milliseconds and is therefore
// not saved anywhere.
package lexical

import (
	"math"
	"slices"
	"sync"
)

// An Index holds documents by their words and by the characters of these. It
// never changes once made and is safe for concurrent use.
type Index struct {
	docs  int
	ids   map[string]int32 // of the vocabulary's words
	vocab []string
	df    []int32 // a word's documents

	// A word's postings are those at starts[id] up to starts[id+1].
	starts  []int32
	posted  []int32   // documents, ascending
	weights []float32 // what the word adds to the document's BM25 score

	chars    chars
	spelling spelling

	scratch sync.Pool // *[]float32, all zeros, with a place for every document
}

// New makes an index of documents, which are known by their place in docs.
func New(docs []string) *Index {
	x := &Index{docs: len(docs), ids: map[string]int32{}}
	var last []int32                     // the last document, counted from 1, in which a word was seen
	unique := make([][]int32, len(docs)) // the words of a document in order
	counts := make([][]int32, len(docs)) // and how often each is in it
	place := []int32{}                   // of a word in the last document
	for d, doc := range docs {
		words := Words(doc)
		unique[d] = make([]int32, 0, len(words))
		counts[d] = make([]int32, 0, len(words))
		for _, w := range words {
			id, ok := x.ids[w]
			if !ok {
				id = int32(len(x.vocab))
				x.ids[w] = id
				x.vocab = append(x.vocab, w)
				x.df = append(x.df, 0)
				last = append(last, 0)
				place = append(place, 0)
			}
			if last[id] != int32(d)+1 {
				last[id] = int32(d) + 1
				place[id] = int32(len(unique[d]))
				x.df[id]++
				unique[d] = append(unique[d], id)
				counts[d] = append(counts[d], 0)
			}
			counts[d][place[id]]++
		}
	}
	x.post(unique, counts)
	x.chars = newChars(x, unique)
	x.spelling = newSpelling(x.vocab)
	return x
}

// DF is the number of documents that hold a word.
func (x *Index) DF(word string) int {
	if id, ok := x.ids[word]; ok {
		return int(x.df[id])
	}
	return 0
}

// IDF says how much a word tells documents apart, as BM25 weighs it:
// ln(1 + (N - df + 0.5)/(df + 0.5)), above 0, the highest for a word that no
// document holds.
func (x *Index) IDF(word string) float64 { return x.idf(x.DF(word)) }

func (x *Index) idf(df int) float64 {
	n, k := float64(x.docs), float64(df)
	return math.Log1p((n - k + 0.5) / (k + 0.5))
}

// distinct gives every word once, in ascending order.
func distinct(words []string) []string {
	words = slices.Clone(words)
	slices.Sort(words)
	return slices.Compact(words)
}

// borrow gives zeros, one a document, to be given back by put.
func (x *Index) borrow() *[]float32 {
	if s, ok := x.scratch.Get().(*[]float32); ok {
		return s
	}
	s := make([]float32, x.docs)
	return &s
}

func (x *Index) put(s *[]float32) {
	clear(*s)
	x.scratch.Put(s)
}
