package lexical

import "slices"

// The parameters of BM25 at their usual values: how soon repeats of a word stop
// counting, and how much the length of a document matters.
const (
	bm25K1 = 1.2
	bm25B  = 0.75
)

// BM25 gives the highest score among the documents of every group, 0 where none
// holds one of the words: group g has the documents starts[g] up to starts[g+1].
// A score is that of Robertson and Zaragoza 2009, "The Probabilistic Relevance
// Framework: BM25 and Beyond", with the IDF of [Index.IDF]. A word that is given
// twice counts once.
func (x *Index) BM25(words []string, starts []int) []float32 {
	borrowed := x.borrow()
	defer x.put(borrowed)
	scores := *borrowed
	x.bm25(scores, words)
	best := make([]float32, len(starts)-1)
	for g := range best {
		highest := float32(0)
		for _, score := range scores[starts[g]:starts[g+1]] {
			if score > highest {
				highest = score
			}
		}
		best[g] = highest
	}
	return best
}

// bm25 adds the scores of all documents.
func (x *Index) bm25(scores []float32, words []string) {
	for _, w := range distinct(words) {
		id, ok := x.ids[w]
		if !ok {
			continue
		}
		begin, end := x.starts[id], x.starts[id+1]
		weights := x.weights[begin:end]
		for j, doc := range x.posted[begin:end] {
			scores[doc] += weights[j]
		}
	}
}

// post makes the postings of the documents' distinct words and their counts.
func (x *Index) post(unique, counts [][]int32) {
	x.starts = make([]int32, len(x.vocab)+1)
	for id, df := range x.df {
		x.starts[id+1] = x.starts[id] + df
	}
	x.posted = make([]int32, x.starts[len(x.vocab)])
	x.weights = make([]float32, len(x.posted))
	lengths, total := make([]float64, x.docs), 0.0
	for doc := range unique {
		for _, n := range counts[doc] {
			lengths[doc] += float64(n)
		}
		total += lengths[doc]
	}
	average := total / float64(max(x.docs, 1))
	free := slices.Clone(x.starts[:len(x.vocab)]) // where a word's next posting goes
	for doc, words := range unique {
		length := bm25K1 * (1 - bm25B + bm25B*lengths[doc]/average)
		for i, id := range words {
			tf := float64(counts[doc][i])
			x.posted[free[id]] = int32(doc)
			x.weights[free[id]] = float32(x.idf(int(x.df[id])) * tf * (bm25K1 + 1) / (tf + length))
			free[id]++
		}
	}
}
