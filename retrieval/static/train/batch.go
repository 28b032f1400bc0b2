package train

import (
	"math"
	"math/rand/v2"

	"frontdesk/retrieval/static"
)

// A sampler draws batches of pairs.
type sampler struct {
	classes []class
	upTo    []float64 // the share of the classes up to each
	single  float32   // the share of batches that come from one class
	r       *rand.Rand
	taken   map[int]bool
}

func newSampler(classes []class, power float64, weight func(class) float64, single float32, r *rand.Rand) *sampler {
	s := &sampler{classes: classes, single: single, r: r, taken: map[int]bool{}}
	sum := 0.0
	for _, c := range classes {
		sum += math.Pow(float64(len(c.pairs)), power) * weight(c)
		s.upTo = append(s.upTo, sum)
	}
	return s
}

// class draws a class.
func (s *sampler) class() int {
	x := float64(uniform(s.r)) * s.upTo[len(s.upTo)-1]
	for i, upTo := range s.upTo {
		if x < upTo {
			return i
		}
	}
	return len(s.upTo) - 1
}

// batch fills the batch with pairs: with those of one class, as far as it has
// so many, or with those of all.
func (s *sampler) batch(pairs []pair) {
	n := 0
	if uniform(s.r) < s.single {
		of := s.classes[s.class()].pairs
		clear(s.taken)
		for n < min(len(pairs), len(of)) {
			i := s.r.IntN(len(of))
			if !s.taken[i] {
				s.taken[i] = true
				pairs[n] = of[i]
				n++
			}
		}
	}
	for ; n < len(pairs); n++ {
		of := s.classes[s.class()].pairs
		pairs[n] = of[s.r.IntN(len(of))]
	}
	// What a pair says holds both ways; classes have their sides in an order.
	for i := range pairs {
		if s.r.IntN(2) == 1 {
			pairs[i].a, pairs[i].b = pairs[i].b, pairs[i].a
		}
	}
}

// parts says of which rows, with which weights, the vectors of texts are made.
type parts struct {
	rows    []int32
	weights []float32
	ends    []int // a text each
}

func (p *parts) reset() { p.rows, p.weights, p.ends = p.rows[:0], p.weights[:0], p.ends[:0] }

func (p *parts) of(text int) (rows []int32, weights []float32) {
	from := 0
	if text > 0 {
		from = p.ends[text-1]
	}
	return p.rows[from:p.ends[text]], p.weights[from:p.ends[text]]
}

// A noise is what words suffer in training, so that the vector of a text does
// not hang on one of them.
type noise struct {
	Drop  float32 // the share of words that are left out
	Typo  float32 // the share of words that are misspelt
	Spell float32 // the share of words, at least, that are read by their n-grams
	Rare  float32 // a word of count n is read so in Rare/√n of all cases
	Most  int     // words of a text that are read
}

// A reader turns texts into parts.
type reader struct {
	noise
	c       *corpus
	row     []int32          // of each word of the corpus; -1 for none
	known   map[string]int32 // rows of words
	n       int              // rows of words
	buckets int
	r       *rand.Rand
	typist  typist
	grams   map[int32][]int32 // of words that were met
}

// add adds the parts of a text.
func (d *reader) add(p *parts, text int32) {
	tokens := d.c.text(text)
	if len(tokens) > d.Most {
		at := d.r.IntN(len(tokens) - d.Most + 1)
		if d.r.IntN(2) == 1 {
			at = 0 // what matters often comes first
		}
		tokens = tokens[at : at+d.Most]
	}
	begin := len(p.rows)
	for _, w := range tokens {
		if uniform(d.r) >= d.Drop {
			d.word(p, w)
		}
	}
	if len(p.rows) == begin {
		d.word(p, tokens[d.r.IntN(len(tokens))])
	}
	p.ends = append(p.ends, len(p.rows))
}

func (d *reader) word(p *parts, w int32) {
	if d.Typo > 0 && uniform(d.r) < d.Typo {
		word := d.typist.misspelt(d.c.words[w], d.r)
		if row, ok := d.known[word]; ok {
			p.rows, p.weights = append(p.rows, row), append(p.weights, 1)
		} else {
			d.spelt(p, static.Buckets(word, d.buckets))
		}
		return
	}
	if row := d.row[w]; row >= 0 {
		spell := max(d.Spell, d.Rare/sqrt(float32(d.c.counts[w])))
		if spell == 0 || uniform(d.r) >= spell {
			p.rows, p.weights = append(p.rows, row), append(p.weights, 1)
			return
		}
	}
	grams, ok := d.grams[w]
	if !ok {
		grams = static.Buckets(d.c.words[w], d.buckets)
		d.grams[w] = grams
	}
	d.spelt(p, grams)
}

func (d *reader) spelt(p *parts, grams []int32) {
	for _, g := range grams {
		p.rows, p.weights = append(p.rows, int32(d.n)+g), append(p.weights, 1/float32(len(grams)))
	}
}
