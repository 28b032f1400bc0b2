package train

import (
	"context"
)

// A contrast is how sentence vectors are trained: of the pairs of a batch, the
// two sides of each are to be nearer to each other than to those of the others
// (InfoNCE, both ways: van den Oord et al. 2018, "Representation Learning with
// Contrastive Predictive Coding"; Henderson et al. 2017, "Efficient Natural
// Language Response Suggestion for Smart Reply").
type contrast struct {
	noise
	Tau    float32 // the temperature
	Batch  int
	Steps  int
	Warm   int // steps in which the rate rises
	Rate   float32
	Power  float64 // a class is drawn in proportion to its pairs to this power
	Single float32 // the share of batches from one class
	Weight func(class) float64
	Seed   uint64
}

// run trains a copy of the table; number is that of the run.
func (k contrast) run(ctx context.Context, c *corpus, start *table, number int, progress func(done, total int)) (*table, error) {
	t := start.clone()
	r := random(k.Seed, partContrast, number)
	weight := k.Weight
	if weight == nil {
		weight = func(class) float64 { return 1 }
	}
	s := newSampler(c.classes, k.Power, weight, k.Single, r)
	known := make(map[string]int32, len(t.words))
	for i, w := range t.words {
		known[w] = int32(i)
	}
	d := &reader{noise: k.noise, c: c, row: index(c, t.words), known: known, n: len(t.words), buckets: t.buckets, r: r, grams: map[int32][]int32{}}
	l := newLoss(k.Batch, t.dim, k.Tau)
	a := newAdam(t)
	pairs := make([]pair, k.Batch)
	var p parts
	for step := range k.Steps {
		if step%16 == 0 {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			progress(step, k.Steps)
		}
		s.batch(pairs)
		p.reset()
		for _, q := range pairs {
			d.add(&p, q.a)
			d.add(&p, q.b)
		}
		l.embed(t, &p)
		l.mask(pairs)
		l.slopes()
		rate := k.Rate * min(float32(step+1)/float32(k.Warm), 1) * (1 - float32(step)/float32(k.Steps))
		a.step(l, &p, rate)
	}
	progress(k.Steps, k.Steps)
	return t, nil
}

// A loss holds a batch: texts 2i and 2i+1 are pair i.
type loss struct {
	n, dim  int
	tau     float32
	vectors []float32 // of length 1
	lengths []float32 // that they had
	slope   []float32 // of the loss, for the vectors of any length
	e       []float32 // n×n: exp((cosine−1)/tau) of side a of the row and side b of the column
	rowSum  []float32
	colSum  []float32
	masked  []bool
}

func newLoss(n, dim int, tau float32) *loss {
	return &loss{n: n, dim: dim, tau: tau, vectors: make([]float32, 2*n*dim), lengths: make([]float32, 2*n),
		slope: make([]float32, 2*n*dim), e: make([]float32, n*n), rowSum: make([]float32, n), colSum: make([]float32, n),
		masked: make([]bool, n*n)}
}

func (l *loss) vector(i int) []float32  { return l.vectors[i*l.dim : (i+1)*l.dim] }
func (l *loss) slopeOf(i int) []float32 { return l.slope[i*l.dim : (i+1)*l.dim] }

func (l *loss) embed(t *table, p *parts) {
	clear(l.vectors)
	for i := range 2 * l.n {
		v := l.vector(i)
		rows, weights := p.of(i)
		for j, row := range rows {
			axpy(weights[j], t.row(row), v)
		}
		l.lengths[i] = normalize(v)
	}
}

// mask finds pairs that are no contrast to each other: of one group, or with a
// text in common.
func (l *loss) mask(pairs []pair) {
	for i, x := range pairs {
		for j, y := range pairs {
			l.masked[i*l.n+j] = i != j && (x.group != 0 && x.group == y.group || x.a == y.b || x.a == y.a || x.b == y.b || x.b == y.a)
		}
	}
}

// negligible is the share from which on a pair moves another.
const negligible = 1e-3

// slopes computes the slope of the loss.
func (l *loss) slopes() {
	clear(l.rowSum)
	clear(l.colSum)
	for i := range l.n {
		a := l.vector(2 * i)
		for j := range l.n {
			x := float32(0)
			if at := i*l.n + j; !l.masked[at] {
				x = exp((dot(a, l.vector(2*j+1)) - 1) / l.tau)
			}
			l.e[i*l.n+j] = x
			l.rowSum[i] += x
			l.colSum[j] += x
		}
	}
	clear(l.slope)
	scale := 1 / (2 * l.tau)
	for i := range l.n {
		a, slopeA := l.vector(2*i), l.slopeOf(2*i)
		for j := range l.n {
			x := l.e[i*l.n+j]
			share := x/l.rowSum[i] + x/l.colSum[j]
			if i == j {
				share -= 2
			} else if share < negligible {
				continue
			}
			axpy(scale*share, l.vector(2*j+1), slopeA)
			axpy(scale*share, a, l.slopeOf(2*j+1))
		}
	}
	// Through the scaling to length 1: only what is across the vector counts.
	for i := range 2 * l.n {
		v, slope := l.vector(i), l.slopeOf(i)
		if l.lengths[i] == 0 {
			clear(slope)
			continue
		}
		axpy(-dot(v, slope), v, slope)
		by := 1 / l.lengths[i] / float32(l.n)
		for j := range slope {
			slope[j] *= by
		}
	}
}
