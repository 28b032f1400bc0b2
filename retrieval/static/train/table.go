package train

import (
	"slices"

	"frontdesk/retrieval/static"
)

// A table is the vectors of words and of buckets of character n-grams.
type table struct {
	dim     int
	words   []string
	counts  []int64 // how often each word was met
	total   int64   // words met, the unknown ones too
	buckets int
	rows    []float32 // words first, then buckets
}

func (t *table) row(i int32) []float32 { return t.rows[int(i)*t.dim : (int(i)+1)*t.dim] }

func (t *table) size() int { return len(t.words) + t.buckets }

func (t *table) clone() *table {
	c := *t
	c.rows = slices.Clone(t.rows)
	return &c
}

// newTable makes sentence vectors' first form of pre-trained words: without what
// all words have in common, and the more weight the rarer (smooth inverse
// frequency: Arora, Liang, Ma 2017, "A Simple but Tough-to-Beat Baseline for
// Sentence Embeddings").
func newTable(c *corpus, words []float32, dim, n, buckets int, sif float64, length float32) *table {
	t := &table{dim: dim, words: c.words[:n], counts: c.counts[:n], total: int64(len(c.tokens)), buckets: buckets,
		rows: make([]float32, (n+buckets)*dim)}
	copy(t.rows, words)
	mean := make([]float32, dim)
	for i := range n {
		axpy(1/float32(n), t.row(int32(i)), mean)
	}
	lengths := float32(0)
	for i := range n {
		row := t.row(int32(i))
		axpy(-1, mean, row)
		p := float64(t.counts[i]) / float64(t.total)
		weight := float32(sif / (sif + p))
		for j := range row {
			row[j] *= weight
		}
		lengths += sqrt(dot(row, row))
	}
	scale := length * float32(n) / lengths
	for i := range t.rows {
		t.rows[i] *= scale
	}
	t.spell()
	return t
}

// spell gives every bucket the mean of the words whose n-grams fall into it.
func (t *table) spell() {
	met := make([]float32, t.buckets)
	n := len(t.words)
	for i, word := range t.words {
		for _, b := range static.Buckets(word, t.buckets) {
			axpy(1, t.row(int32(i)), t.row(int32(n)+b))
			met[b]++
		}
	}
	for b, k := range met {
		if k > 0 {
			row := t.row(int32(n + b))
			for j := range row {
				row[j] /= k
			}
		}
	}
}
