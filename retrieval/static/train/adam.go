package train

import "gonum.org/v1/gonum/blas/gonum"

// Parts of the stream of random numbers.
const (
	partSkipgram = 1 + iota
	partContrast
	partSpelling
)

// An adam moves the rows that a batch touched (Kingma, Ba 2015, "Adam: A Method
// for Stochastic Optimization"); the averages of the others rest as they are.
// The mean of the squares is one for a whole row, which is as good here and
// takes half the time and memory.
type adam struct {
	t            *table
	mean         []float32 // as the rows
	square       []float32 // one a row
	beta1, beta2 float32   // to the power of the steps
	slot         []int32   // of each row in slopes, +1; 0: none
	touched      []int32
	slopes       []float32
}

const (
	adamMean    = 0.9
	adamSquare  = 0.999
	adamEpsilon = 1e-8
)

func newAdam(t *table) *adam {
	return &adam{t: t, mean: make([]float32, len(t.rows)), square: make([]float32, t.size()),
		beta1: 1, beta2: 1, slot: make([]int32, t.size())}
}

// step moves the rows against the slopes of the batch.
func (a *adam) step(l *loss, p *parts, rate float32) {
	dim := a.t.dim
	a.touched, a.slopes = a.touched[:0], a.slopes[:0]
	for i := range 2 * l.n {
		rows, weights := p.of(i)
		for j, row := range rows {
			if a.slot[row] == 0 {
				a.touched = append(a.touched, row)
				a.slot[row] = int32(len(a.touched))
				from := len(a.slopes)
				a.slopes = grow(a.slopes, dim)
				clear(a.slopes[from:])
			}
			at := int(a.slot[row]-1) * dim
			axpy(weights[j], l.slopeOf(i), a.slopes[at:at+dim])
		}
	}
	a.beta1, a.beta2 = a.beta1*adamMean, a.beta2*adamSquare
	by1, by2 := rate/(1-a.beta1), 1/(1-a.beta2)
	for k, row := range a.touched {
		a.slot[row] = 0
		slope := a.slopes[k*dim : (k+1)*dim]
		mean := a.mean[int(row)*dim : (int(row)+1)*dim]
		gonum.Implementation{}.Sscal(dim, adamMean, mean, 1)
		axpy(1-adamMean, slope, mean)
		square := float32(adamSquare*a.square[row]) + float32((1-adamSquare)*(dot(slope, slope)/float32(dim)))
		a.square[row] = square
		axpy(-by1/(sqrt(float32(by2*square))+adamEpsilon), mean, a.t.row(row))
	}
}

func grow(x []float32, n int) []float32 {
	if len(x)+n <= cap(x) {
		return x[:len(x)+n]
	}
	return append(x, make([]float32, n)...)
}
