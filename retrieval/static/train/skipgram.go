package train

import (
	"context"
	"math"
	"math/rand/v2"
	"sync"
)

// shards is how many parts of the texts are trained side by side, each on its
// own copy of the vectors. It is fixed, for the result depends on it.
const shards = 2

// A skipgram is what the words are pre-trained with: skip-gram with negative
// sampling (Mikolov et al. 2013, "Distributed Representations of Words and
// Phrases and their Compositionality"), with the negatives of a place shared by
// its neighbours (Ji et al. 2016, "Parallelizing Word2Vec in Shared and
// Distributed Memory").
type skipgram struct {
	Dim       int
	Epochs    int
	Window    int
	Negatives int
	Rate      float32
	Sample    float64 // words more frequent than this are left out now and then
	Sync      int     // texts' words a shard goes through between two averagings
	Seed      uint64
}

// run gives a vector for each of the first n words. Shards train on copies that
// are averaged now and then (local SGD: McDonald et al. 2010, "Distributed
// Training Strategies for the Structured Perceptron"); a vector that only one of
// them touched is taken as it is.
func (s skipgram) run(ctx context.Context, c *corpus, n int, progress func(done, total int)) ([]float32, error) {
	in, out := make([]float32, n*s.Dim), make([]float32, n*s.Dim)
	r := random(s.Seed, partSkipgram, 0)
	for i := range in {
		in[i] = (uniform(r) - 0.5) / float32(s.Dim)
	}
	var total int64
	for _, k := range c.counts[:n] {
		total += k
	}
	keep := make([]float32, n)
	for i, k := range c.counts[:n] {
		rarity := s.Sample * float64(total) / float64(k)
		keep[i] = float32(math.Sqrt(rarity) + rarity)
	}
	draw := negatives(c.counts[:n])
	workers := make([]*skipgramShard, shards)
	texts := shuffled(c.texts(), r)
	for i := range workers {
		workers[i] = &skipgramShard{skipgram: s, c: c, keep: keep, draw: draw, sigmoid: sigmoids(),
			texts: texts[i*len(texts)/shards : (i+1)*len(texts)/shards],
			in:    vectors{rows: append([]float32{}, in...), dim: s.Dim, touched: make([]bool, n)},
			out:   vectors{rows: append([]float32{}, out...), dim: s.Dim, touched: make([]bool, n)},
			r:     random(s.Seed, partSkipgram, 1+i), sum: make([]float32, s.Dim)}
	}
	goal := s.Epochs * len(c.tokens)
	for done := 0; ; {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		progress(min(done, goal), goal)
		var wg sync.WaitGroup
		for _, w := range workers {
			rate := s.Rate * max(1-float32(done)/float32(goal), 1e-3)
			wg.Go(func() { w.some(rate) })
		}
		wg.Wait()
		over, before := true, done
		for _, w := range workers {
			done, w.seen = done+w.seen, 0
			over = over && w.epoch == s.Epochs
		}
		ins, outs := make([]*vectors, shards), make([]*vectors, shards)
		for i, w := range workers {
			ins[i], outs[i] = &w.in, &w.out
		}
		average(in, ins)
		average(out, outs)
		if over || done == before {
			progress(goal, goal)
			return in, nil
		}
	}
}

// vectors are a shard's copy.
type vectors struct {
	rows    []float32
	dim     int
	touched []bool // since the last averaging
}

func (v *vectors) row(i int32) []float32 { return v.rows[int(i)*v.dim : (int(i)+1)*v.dim] }

// average brings what the copies have learnt into one, and that into all.
func average(shared []float32, copies []*vectors) {
	dim := copies[0].dim
	for row := range copies[0].touched {
		n := 0
		for _, c := range copies {
			if c.touched[row] {
				n++
			}
		}
		if n == 0 {
			continue
		}
		to := shared[row*dim : (row+1)*dim]
		clear(to)
		for _, c := range copies {
			if c.touched[row] {
				axpy(1/float32(n), c.row(int32(row)), to)
				c.touched[row] = false
			}
		}
		for _, c := range copies {
			copy(c.row(int32(row)), to)
		}
	}
}

type skipgramShard struct {
	skipgram
	c       *corpus
	keep    []float32 // the share of each word's places that are used
	draw    []int32   // words to draw negatives from
	sigmoid []float32
	texts   []int32
	at      int // in texts
	epoch   int // that is under way
	seen    int // words since the last averaging
	in, out vectors
	r       *rand.Rand
	words   []int32
	targets []int32
	sum     []float32
}

// some goes through the next texts.
func (s *skipgramShard) some(rate float32) {
	for s.seen < s.Sync && s.epoch < s.Epochs {
		if s.at == len(s.texts) {
			s.at, s.epoch = 0, s.epoch+1
			continue
		}
		text := s.c.text(s.texts[s.at])
		s.at++
		s.seen += len(text)
		s.words = s.words[:0]
		for _, w := range text {
			if int(w) < len(s.keep) && (s.keep[w] >= 1 || uniform(s.r) < s.keep[w]) {
				s.words = append(s.words, w)
			}
		}
		for i := range s.words {
			s.place(i, rate)
		}
	}
}

// place learns from the word at i and its neighbours.
func (s *skipgramShard) place(i int, rate float32) {
	reach := 1 + s.r.IntN(s.Window)
	from, to := max(0, i-reach), min(len(s.words), i+reach+1)
	if to-from < 2 {
		return
	}
	s.targets = append(s.targets[:0], s.words[i])
	for range s.Negatives {
		if w := s.draw[s.r.IntN(len(s.draw))]; w != s.words[i] {
			s.targets = append(s.targets, w)
		}
	}
	for j := from; j < to; j++ {
		if j == i {
			continue
		}
		in := s.in.row(s.words[j])
		s.in.touched[s.words[j]] = true
		clear(s.sum)
		for k, target := range s.targets {
			out := s.out.row(target)
			s.out.touched[target] = true
			g := -s.probability(dot(in, out))
			if k == 0 {
				g++
			}
			g *= rate
			axpy(g, out, s.sum)
			axpy(g, in, out)
		}
		axpy(1, s.sum, in)
	}
}

// The logistic function is read from a table.
const (
	sigmoidReach = 6
	sigmoidSteps = 1024
)

func sigmoids() []float32 {
	table := make([]float32, sigmoidSteps+1)
	for i := range table {
		table[i] = 1 / (1 + exp(-(float32(i)/sigmoidSteps*2-1)*sigmoidReach))
	}
	return table
}

func (s *skipgramShard) probability(x float32) float32 {
	x = min(max(x, -sigmoidReach), sigmoidReach)
	return s.sigmoid[int((x+sigmoidReach)*(sigmoidSteps/(2*sigmoidReach)))]
}

// negatives gives a list in which a word stands about in proportion to its count
// to the power of 3/4.
func negatives(counts []int64) []int32 {
	const size = 1 << 20
	weights, sum := make([]float64, len(counts)), 0.0
	for i, k := range counts {
		weights[i] = math.Pow(float64(k), 0.75)
		sum += weights[i]
	}
	list := make([]int32, 0, size+len(counts))
	upTo := 0.0
	for i, w := range weights {
		upTo += w
		for len(list) == 0 || float64(len(list)) < upTo/sum*size {
			list = append(list, int32(i))
		}
	}
	return list
}

func shuffled(n int, r *rand.Rand) []int32 {
	order := make([]int32, n)
	for i := range order {
		order[i] = int32(i)
	}
	r.Shuffle(n, func(i, j int) { order[i], order[j] = order[j], order[i] })
	return order
}
