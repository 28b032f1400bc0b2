package train

import (
	"errors"
	"math"

	"frontdesk/retrieval/static"

	"gonum.org/v1/gonum/mat"
)

// mean gives the mean of the tables of several runs from one start, which is
// better than each of them (Wortsman et al. 2022, "Model soups").
func mean(tables []*table) *table {
	m := tables[0].clone()
	clear(m.rows)
	for _, t := range tables {
		axpy(1/float32(len(tables)), t.rows, m.rows)
	}
	return m
}

// reduced gives the table in so many dimensions: those in which the vectors of
// texts of the corpus, at most n of them, are longest (principal components, but
// for the mean, which stays, so that cosines change as little as can be).
func (t *table) reduced(c *corpus, dim, n int) (*table, error) {
	if dim >= t.dim {
		return t, nil
	}
	moments := mat.NewSymDense(t.dim, nil)
	vector, wide := make([]float32, t.dim), mat.NewVecDense(t.dim, nil)
	every := max(1, c.texts()/n)
	for i := 0; i < c.texts(); i += every {
		clear(vector)
		for _, w := range c.text(int32(i)) {
			if int(w) < len(t.words) {
				axpy(1, t.row(w), vector)
			}
		}
		if normalize(vector) == 0 {
			continue
		}
		for j, x := range vector {
			wide.SetVec(j, float64(x))
		}
		moments.SymRankOne(moments, 1, wide)
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(moments, true) {
		return nil, errors.New("the main directions of the vectors were not found")
	}
	var all mat.Dense
	eigen.VectorsTo(&all) // a column each, the longest direction last
	small := &table{dim: dim, words: t.words, counts: t.counts, total: t.total, buckets: t.buckets, rows: make([]float32, t.size()*dim)}
	direction := make([]float32, t.dim)
	for k := range dim {
		for j := range direction {
			direction[j] = float32(all.At(j, t.dim-1-k))
		}
		for i := range t.size() {
			small.rows[i*dim+k] = dot(t.row(int32(i)), direction)
		}
	}
	return small, nil
}

// weights rounds the rows to 8 bits, each with a scale of its own.
func (t *table) weights() static.Weights {
	w := static.Weights{Dim: t.dim, Words: t.words, Scales: make([]float32, t.size()), Rows: make([]int8, len(t.rows))}
	for i := range t.size() {
		row := t.row(int32(i))
		most := float32(0)
		for _, x := range row {
			most = max(most, float32(math.Abs(float64(x))))
		}
		if most == 0 {
			continue
		}
		scale := most / 127
		w.Scales[i] = scale
		for j, x := range row {
			w.Rows[i*t.dim+j] = int8(math.RoundToEven(float64(x / scale)))
		}
	}
	return w
}
