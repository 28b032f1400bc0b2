package template

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
)

// typed gives what is said for the values of a slot that is no list.
func (s *Speaker) typed(def *definition) *Phrase {
	switch def.typ {
	case Number, Percentage:
		return s.numbers(def)
	case Duration:
		return s.durations()
	case Time:
		return s.times()
	case Date:
		return s.dates()
	}
	return s.colours()
}

// say gives a text of known words as it stands; nil where one is not known. It is
// not noted: there are other ways to say the same.
func (s *Speaker) say(text string) *Phrase {
	words := strings.Fields(text)
	if !s.o.Written {
		for _, w := range words {
			if s.known(w) == "" {
				return nil
			}
		}
	}
	return saidWords(words...)
}

func (s *Speaker) oneOf(texts ...string) *Phrase {
	parts := make([]*Phrase, len(texts))
	for i, t := range texts {
		parts[i] = s.say(t)
	}
	return saidOne(parts...)
}

func (s *Speaker) maybe(texts ...string) *Phrase { return saidMaybe(s.oneOf(texts...)) }

const (
	maxValues  = 2000 // numbers of a slot that are said
	fewEnough  = 200  // whole numbers between which halves are said, too
	everyUpTo  = 100  // every number is said up to here, where there are many
	inWordsTo  = 12   // whole numbers that are written in words as well
	defaultTop = 100  // of a range without an end
)

// values gives numbers that a slot takes, the roundest ones first: all of them
// where these are few.
func (d *definition) values() []float64 {
	low, high := d.low, d.high
	switch {
	case math.IsInf(low, 0) && math.IsInf(high, 0):
		low, high = 0, defaultTop
	case math.IsInf(low, 0):
		low = high - defaultTop
	case math.IsInf(high, 0):
		high = low + defaultTop
	}
	step := d.step
	if step == 0 {
		step = 1
		switch {
		case high-low < 4:
			step = 0.1
		case high-low <= fewEnough && d.typ == Number:
			step = 0.5
		}
	}
	base := d.base
	if d.step == 0 {
		base = 0
	}
	var all []float64
	add := func(step float64, high float64) {
		for i := math.Ceil((low-base)/step - 1e-9); len(all) <= 4*maxValues; i++ {
			v := math.Round((base+i*step)*1e6) / 1e6
			if v > high {
				break
			}
			if d.fits(v) && math.Abs(v) <= maxNumeral {
				all = append(all, v)
			}
		}
	}
	if (high-low)/step < maxValues {
		add(step, high)
	} else {
		add(step, min(high, max(low, 0)+max(everyUpTo, step*everyUpTo)))
		for round := step * 10; round < high-low; round *= 10 {
			add(round, min(high, max(low, 0)+round*everyUpTo))
		}
	}
	slices.SortFunc(all, func(a, b float64) int { return cmp.Or(cmp.Compare(roundness(a), roundness(b)), cmp.Compare(a, b)) })
	all = slices.Compact(all)
	return all[:min(len(all), maxValues)]
}

// roundness ranks a number by how likely it is to be chosen: 0 is the likeliest.
func roundness(v float64) int {
	for rank, step := range []float64{50, 10, 5, 1, 0.5} {
		if r := math.Abs(v / step); math.Abs(r-math.Round(r)) < 1e-9 {
			return rank
		}
	}
	return 5
}

func (s *Speaker) numbers(d *definition) *Phrase {
	values := d.values()
	if s.o.Written {
		return s.writtenNumbers(d, values)
	}
	var ways []string
	for _, v := range values {
		for _, w := range numberWords(v) {
			if s.say(w) != nil {
				ways = append(ways, w)
			}
		}
	}
	p := factor(ways)
	if d.typ != Percentage {
		return p
	}
	parts := []*Phrase{saidAll(p, saidMaybe(s.oneOf("percent", "per cent")))}
	for _, share := range shares {
		if !share.loose && !strings.Contains(share.words, " ") && d.fits(share.value) {
			parts = append(parts, s.say(share.words))
		}
	}
	for _, share := range []part{{"half", 50}, {"full", 100}} {
		if d.fits(share.value) {
			parts = append(parts, s.say(share.words))
		}
	}
	return saidOne(parts...)
}

// writtenNumbers gives numbers as they are written, each with its ways.
func (s *Speaker) writtenNumbers(d *definition, values []float64) *Phrase {
	var parts []*Phrase
	for _, v := range values {
		text := plainNumber(v)
		var ways []*Phrase
		if d.typ == Percentage {
			ways = append(ways, s.say(text+"%"), s.say(text+" percent"))
		} else {
			ways = append(ways, s.say(text))
		}
		if v == math.Trunc(v) && v >= 0 && v <= inWordsTo {
			words := numeral(int(v))
			if d.typ == Percentage {
				words += " percent"
			}
			ways = append(ways, s.say(words))
		}
		if above := v - math.Trunc(v); above == 0.5 && v > 1 && d.typ != Percentage {
			ways = append(ways, s.say(plainNumber(math.Trunc(v))+" and a half"))
		}
		parts = append(parts, saidOne(ways...).named("", true))
	}
	p := saidOne(parts...)
	if p != nil && p.Kind == SaidOne {
		p.Number = true
	}
	return p
}

// numberWords gives the ways to say a number: "a hundred and five", "minus three",
// "twenty one and a half", "twenty one point five".
func numberWords(v float64) []string {
	sign := ""
	if v < 0 {
		sign, v = "minus ", -v
	}
	digits := strconv.FormatFloat(v, 'f', -1, 64)
	_, fraction, isFraction := strings.Cut(digits, ".")
	n := int(v)
	ways := []string{numeral(n)}
	if !isFraction {
		if with := withAnd(n); with != "" {
			ways = append(ways, with)
		}
		for _, w := range slices.Clone(ways) {
			if rest, ok := strings.CutPrefix(w, "one "); ok && n < 2000 && n >= 100 {
				ways = append(ways, "a "+rest)
			}
		}
	} else {
		ways[0] += " point"
		for _, d := range fraction {
			ways[0] += " " + underTwenty[d-'0']
		}
		if fraction == "5" && n > 0 {
			ways = append(ways, numeral(n)+" and a half")
		}
	}
	for i := range ways {
		ways[i] = sign + ways[i]
	}
	return ways
}

// withAnd puts "and" before what is less than a hundred.
func withAnd(n int) string {
	if n < 100 || n%100 == 0 {
		return ""
	}
	return numeral(n-n%100) + " and " + numeral(n%100)
}

// factor gives a phrase for texts in which what begins alike or ends alike is said
// once: the minimal automaton of the texts, written as a phrase.
func factor(texts []string) *Phrase {
	if len(texts) == 0 {
		return nil
	}
	type state struct {
		words []string // in the order in which they came
		next  map[string]*state
		final bool
	}
	root := &state{next: map[string]*state{}}
	for _, text := range texts {
		at := root
		for w := range strings.FieldsSeq(text) {
			to := at.next[w]
			if to == nil {
				to = &state{next: map[string]*state{}}
				at.next[w] = to
				at.words = append(at.words, w)
			}
			at = to
		}
		at.final = true
	}
	made := map[string]*Phrase{} // by all that is said from a state on
	ids := map[*Phrase]int{}
	var make func(s *state) *Phrase
	make = func(s *state) *Phrase {
		// Words behind which the same is said stand together.
		var order []*Phrase
		heads := map[*Phrase][]*Phrase{}
		for _, w := range s.words {
			rest := make(s.next[w])
			if heads[rest] == nil {
				order = append(order, rest)
			}
			heads[rest] = append(heads[rest], &Phrase{Text: w})
		}
		var key strings.Builder
		parts := []*Phrase{}
		for _, rest := range order {
			for _, w := range heads[rest] {
				key.WriteString(w.Text + " ")
			}
			key.WriteString(strconv.Itoa(ids[rest]) + ";")
			parts = append(parts, saidAll(saidOne(heads[rest]...), rest))
		}
		if s.final {
			key.WriteByte('.')
			parts = append(parts, nothing)
		}
		if p := made[key.String()]; p != nil {
			return p
		}
		p := *saidOne(parts...) // of its own, so that it is told from others
		made[key.String()] = &p
		ids[&p] = len(made)
		return &p
	}
	return make(root)
}

// colours gives what is said for the colours: their names in words of their own.
func (s *Speaker) colours() *Phrase {
	var parts []*Phrase
	for name := range strings.FieldsSeq(colourNames) {
		text := strings.Join(colourWords(name), " ")
		if p := s.say(text); p != nil {
			parts = append(parts, p.named("", true))
		}
		if grey := strings.ReplaceAll(text, "gray", "grey"); grey != text {
			if p := s.say(grey); p != nil {
				parts = append(parts, p.named("", true))
			}
		}
	}
	// The short names are those that people use.
	slices.SortStableFunc(parts, func(a, b *Phrase) int { return cmp.Compare(len(a.Parts), len(b.Parts)) })
	return saidOne(parts...)
}

// colourParts are what names of colours are put together from.
var colourParts = strings.Fields(`golden rod light dark medium pale deep old alice antique blanched almond blue violet burly
	wood cadet corn flower silk khaki olive orange orchid red salmon sea green slate gray turquoise pink sky dim dodger
	fire brick floral white forest ghost gold hot indian lavender blush lawn lemon chiffon coral cyan steel yellow lime
	aqua marine purple spring midnight mint cream misty rose navajo lace drab papaya whip peach puff powder rebecca
	rosy brown royal saddle sandy shell snow smoke`)

// colourWords takes the name of a colour apart.
func colourWords(name string) []string {
	if name == "aquamarine" || name == "seashell" || name == "goldenrod" || name == "" {
		return strings.Fields(name)
	}
	for _, first := range colourParts {
		if rest, ok := strings.CutPrefix(name, first); ok && rest != "" {
			if words := colourWords(rest); colours[rest] != "" || len(words) > 1 || slices.Contains(colourParts, rest) {
				return append([]string{first}, words...)
			}
		}
	}
	return []string{name}
}
