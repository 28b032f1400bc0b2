package template

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
	"strings"
)

// Sample gives up to n different phrasings of an entry, for an index of
// meaning. The first one of each sentence is the plainest: first alternatives,
// nothing that may be left out. Those that follow spread over the
// alternatives, the orders and the values of the slots, the least used first;
// each sentence of the entry has its turn. A list's value is said as its first
// way to say it; a slot of type [Text] as "something".
//
// The same grammar always gives the same phrasings. Nothing is enumerated, so
// that the number of a template's expansions does not matter.
func (g *Grammar) Sample(id string, n int) []string {
	e := g.entries[id]
	if e == nil || n <= 0 {
		return nil
	}
	samplers := make([]*sampler, len(e.sentences))
	cursors := make(map[*definition]int)
	for i, at := range e.sentences {
		samplers[i] = newSampler(g, at, cursors)
	}
	seen := make(map[string]bool)
	var phrasings []string
	for len(samplers) > 0 {
		rest := samplers[:0]
		for _, s := range samplers {
			text, ok := s.next(seen)
			if !ok {
				continue // it has nothing new to say
			}
			phrasings = append(phrasings, text)
			if len(phrasings) == n {
				return phrasings
			}
			rest = append(rest, s)
		}
		samplers = rest
	}
	return phrasings
}

// A sampler says one sentence in many ways.
type sampler struct {
	g       *Grammar
	s       *compiled
	random  *rand.Rand
	used    map[*node][]int     // how often each alternative was taken
	cursors map[*definition]int // how many values of each slot were said
	plain   bool
	out     strings.Builder
}

func newSampler(g *Grammar, at int, cursors map[*definition]int) *sampler {
	s := &g.sentences[at]
	hash := fnv.New64a()
	hash.Write([]byte(s.ID))
	return &sampler{
		g: g, s: s, cursors: cursors, used: make(map[*node][]int), plain: true,
		random: rand.New(rand.NewPCG(hash.Sum64(), uint64(at))),
	}
}

// maxRepeats is how often in a row a sampler may say what was said before.
const maxRepeats = 24

// next gives a phrasing that is not among those seen, and adds it to them.
func (s *sampler) next(seen map[string]bool) (text string, ok bool) {
	for range maxRepeats {
		s.out.Reset()
		s.say(&s.s.Template.root)
		s.plain = false
		text := strings.Join(strings.Fields(s.out.String()), " ")
		if key := Normalize(text); key != "" && !seen[key] {
			seen[key] = true
			return text, true
		}
	}
	return "", false
}

func (s *sampler) say(n *node) {
	switch n.kind {
	case literal:
		s.out.WriteString(n.text)
	case sequence:
		for i := range n.kids {
			s.say(&n.kids[i])
		}
	case choice, optional:
		options := len(n.kids)
		if n.kind == optional {
			options++
		}
		if at := s.choose(n, options, options-1); at < len(n.kids) {
			s.say(&n.kids[at])
		}
	case permutation:
		s.sayAll(n)
	case ruleRef:
		rule := s.s.Rules[n.text]
		if rule == nil {
			rule = s.g.rules[n.text]
		}
		s.say(&rule.root)
	case slotRef:
		s.sayValue(n)
	}
}

// choose picks the least used of a node's options; what is plain is the last
// one of an optional node, the first one of any other.
func (s *sampler) choose(n *node, options, last int) int {
	used := s.used[n]
	if used == nil {
		used = make([]int, options)
		s.used[n] = used
	}
	at := 0
	switch {
	case s.plain && n.kind == optional:
		at = last
	case !s.plain:
		least, ties := math.MaxInt, 0
		for i, count := range used {
			if count < least {
				least, ties = count, 0
			}
			if count == least {
				ties++
				if s.random.IntN(ties) == 0 {
					at = i
				}
			}
		}
	}
	used[at]++
	return at
}

// sayAll says the members of a permutation, in the written order at first.
func (s *sampler) sayAll(n *node) {
	order := make([]int, len(n.kids))
	for i := range order {
		order[i] = i
	}
	if !s.plain {
		s.random.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	}
	for i, at := range order {
		if i > 0 {
			s.out.WriteByte(' ')
		}
		s.say(&n.kids[at])
	}
}

// sayValue says the next value of a slot.
func (s *sampler) sayValue(n *node) {
	for _, u := range s.s.slots {
		if u.name == n.text && u.list == n.list && u.typ == n.typ {
			s.out.WriteString(s.value(u.def))
			return
		}
	}
}

func (s *sampler) value(def *definition) string {
	at := s.cursors[def]
	s.cursors[def]++
	switch def.typ {
	case List:
		values := def.list.values
		chosen := at * stride(len(values)) % len(values)
		// The plainest expansion of the first way that can be heard at all.
		for _, t := range values[chosen].Say {
			inner := sampler{g: s.g, s: s.s, used: make(map[*node][]int), plain: true}
			inner.say(&t.root)
			if Normalize(inner.out.String()) != "" {
				return inner.out.String()
			}
		}
		// All that it says may be left out; then any form will do.
		return def.list.formOf(chosen)
	case Number, Percentage:
		return def.sampleNumber(at)
	}
	typical := typicalValues[def.typ]
	return typical[at%len(typical)]
}

// stride gives a step through n values that visits all of them and spreads any
// first few of them widely: near n over the golden ratio, and without a common
// divisor with n.
func stride(n int) int {
	step := max(1, int(float64(n)*0.618))
	for gcd(step, n) != 1 {
		step++
	}
	return step
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// typicalValues are what slots hold in phrasings.
var typicalValues = map[Type][]string{
	Duration: {"10 minutes", "an hour", "30 seconds"},
	Time:     {"7 pm", "half past eight", "noon"},
	Date:     {"tomorrow", "next friday", "the 3rd of june"},
	Colour:   {"blue", "red", "light green"},
	Text:     {"something"},
}

// sampleNumber gives a number in the range: one in the middle, then one in the
// lower and one in the upper half.
func (d *definition) sampleNumber(at int) string {
	low, high := d.low, d.high
	switch {
	case math.IsInf(low, 0) && math.IsInf(high, 0):
		low, high = 0, 20
	case math.IsInf(low, 0):
		low = high - 20
	case math.IsInf(high, 0):
		high = low + 20
	}
	v := low + (high-low)*[]float64{0.5, 0.2, 0.8}[at%3]
	step := d.step
	if step == 0 {
		step = 1
		if high-low < 4 {
			step = (high - low) / 10
		}
	}
	if step > 0 {
		v = d.base + math.Round((v-d.base)/step)*step
	}
	if !d.fits(v) {
		v = low
	}
	return plainNumber(math.Round(v*1e6) / 1e6)
}

// Text gives the plainest way to say a value, as it is written.
func (v ListValue) Text() string {
	for _, t := range v.Say {
		s := sampler{used: make(map[*node][]int), plain: true}
		s.say(&t.root)
		if text := strings.Join(strings.Fields(s.out.String()), " "); Normalize(text) != "" {
			return text
		}
	}
	return v.Canonical
}
