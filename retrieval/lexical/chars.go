package lexical

import (
	"iter"
	"math"
	"unicode/utf8"
)

// Bounds of the lengths of character n-grams.
const (
	minGram = 3
	maxGram = 5
)

// chars holds the character n-grams of the documents. An n-gram never reaches
// over a word's border, so the vector of a document is the sum of those of its
// words, and it is enough to know the n-grams of the vocabulary. A document's
// distinct words count once each.
type chars struct {
	ids map[string]int32
	idf []float32
	// unknown is the IDF of an n-gram that no document has.
	unknown float32

	// N-gram g is in the words at starts[g] up to starts[g+1]; a word in which
	// it is twice is there twice.
	starts []int32
	words  []int32

	lengths []float32 // of the documents' vectors
}

// Chars gives the documents that share at least one sequence of three to five
// characters with the words, in ascending order, each with its cosine in (0, 1]:
// that of the vectors of all such sequences in their distinct words, the borders
// of a word counting as characters, each weighed by its count and its inverse
// document frequency (Manning, Raghavan, Schütze 2008, Introduction to
// Information Retrieval, 6.3 and 3.2).
func (x *Index) Chars(words []string) iter.Seq2[int, float32] {
	return func(yield func(int, float32) bool) {
		shares, length := x.chars.shares(words, len(x.vocab))
		if shares == nil {
			return
		}
		borrowed := x.borrow()
		defer x.put(borrowed)
		products := *borrowed
		for id, share := range shares {
			if share == 0 {
				continue
			}
			for _, doc := range x.posted[x.starts[id]:x.starts[id+1]] {
				products[doc] += share
			}
		}
		for doc, product := range products {
			if product == 0 {
				continue
			}
			// Rounding may take the cosine of equals just above 1.
			if !yield(doc, min(product/float32(length*x.chars.lengths[doc]), 1)) {
				return
			}
		}
	}
}

// shares gives for every word of the vocabulary its part of the scalar product
// of a document and a query, and the length of the query's vector; nil when the
// two have nothing in common.
func (c *chars) shares(words []string, vocabulary int) (shares []float32, length float32) {
	counts := map[string]float32{}
	var order []string // so that sums come out the same every time
	for _, w := range distinct(words) {
		for g := range grams(w) {
			if counts[g] == 0 {
				order = append(order, g)
			}
			counts[g]++
		}
	}
	var squares float64
	for _, g := range order {
		id, ok := c.ids[g]
		if !ok {
			value := float64(counts[g] * c.unknown)
			squares += float64(value * value)
			continue
		}
		value := float32(counts[g] * c.idf[id])
		squares += float64(float64(value) * float64(value))
		if shares == nil {
			shares = make([]float32, vocabulary)
		}
		share := float32(value * c.idf[id])
		for _, w := range c.words[c.starts[id]:c.starts[id+1]] {
			shares[w] += share
		}
	}
	return shares, float32(math.Sqrt(squares))
}

// grams gives the n-grams of a word between its borders.
func grams(word string) iter.Seq[string] {
	return func(yield func(string) bool) {
		marked := "<" + word + ">"
		for i := 0; i < len(marked); {
			_, first := utf8.DecodeRuneInString(marked[i:])
			end := i
			for n := 1; n <= maxGram && end < len(marked); n++ {
				_, size := utf8.DecodeRuneInString(marked[end:])
				end += size
				if n >= minGram && !yield(marked[i:end]) {
					return
				}
			}
			i += first
		}
	}
}

// newChars makes it of the distinct words of every document.
func newChars(x *Index, docs [][]int32) chars {
	c := chars{ids: map[string]int32{}}
	// The n-grams of every word, and how often each is in the vocabulary.
	starts := make([]int32, 1, len(x.vocab)+1)
	var ofWord, total []int32
	for _, w := range x.vocab {
		for g := range grams(w) {
			id, ok := c.ids[g]
			if !ok {
				id = int32(len(total))
				c.ids[g] = id
				total = append(total, 0)
			}
			total[id]++
			ofWord = append(ofWord, id)
		}
		starts = append(starts, int32(len(ofWord)))
	}
	c.starts = make([]int32, len(total)+1)
	for g, n := range total {
		c.starts[g+1] = c.starts[g] + n
	}
	c.words = make([]int32, len(ofWord))
	free := append([]int32(nil), c.starts...)
	for w := range x.vocab {
		for _, g := range ofWord[starts[w]:starts[w+1]] {
			c.words[free[g]] = int32(w)
			free[g]++
		}
	}

	df, last := make([]int32, len(total)), make([]int32, len(total))
	for doc, words := range docs {
		for _, w := range words {
			for _, g := range ofWord[starts[w]:starts[w+1]] {
				if last[g] != int32(doc)+1 {
					last[g] = int32(doc) + 1
					df[g]++
				}
			}
		}
	}
	idf := func(df int32) float32 {
		return float32(1 + math.Log(float64(1+x.docs)/float64(1+df)))
	}
	c.unknown = idf(0)
	c.idf = make([]float32, len(total))
	for g := range c.idf {
		c.idf[g] = idf(df[g])
	}

	count := make([]float32, len(total))
	c.lengths = make([]float32, len(docs))
	for doc, words := range docs {
		var squares float64
		for _, w := range words {
			for _, g := range ofWord[starts[w]:starts[w+1]] {
				// The square grows from count² to (count+1)².
				squares += float64(float64(2*count[g]+1) * float64(c.idf[g]) * float64(c.idf[g]))
				count[g]++
			}
		}
		for _, w := range words {
			for _, g := range ofWord[starts[w]:starts[w+1]] {
				count[g] = 0
			}
		}
		c.lengths[doc] = float32(math.Sqrt(squares))
	}
	return c
}
