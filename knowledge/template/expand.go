package template

import (
	"math"
	"slices"
	"strings"
)

// A budget says how many ways to say a phrase are worked out by [Phrase.Expand].
type budget struct {
	limits map[*Phrase]int // of alternatives that are said; all of them for others
	memo   map[*Phrase]uint64
}

// Ways gives the number of ways to say the phrase, all values of slots counted. It
// saturates at the largest uint64.
func (p *Phrase) Ways() uint64 { return (&budget{}).ways(p) }

// ways counts within the limits.
func (b *budget) ways(p *Phrase) uint64 {
	if p.Kind == SaidWord {
		return 1
	}
	if n, ok := b.memo[p]; ok {
		return n
	}
	parts := b.parts(p)
	n := uint64(1)
	switch p.Kind {
	case SaidAll, SaidOrders:
		for _, part := range parts {
			n = times(n, b.ways(part))
		}
		if p.Kind == SaidOrders {
			for i := 2; i <= b.orders(p); i++ {
				n = times(n, uint64(i))
			}
		}
	default:
		n = 0
		for _, part := range parts {
			n = plus(n, b.ways(part))
		}
		if p.Kind == SaidMaybe && b.without(p) {
			n = plus(n, 1)
		}
	}
	if b.memo == nil {
		b.memo = map[*Phrase]uint64{}
	}
	b.memo[p] = n
	return n
}

// options gives how many alternatives a phrase has that its limit counts.
func options(p *Phrase) int {
	switch p.Kind {
	case SaidOne:
		return len(p.Parts)
	case SaidMaybe:
		return len(p.Parts) + 1
	case SaidOrders:
		return 2 // as written, or any
	}
	return 1
}

func (b *budget) limit(p *Phrase) int {
	if n, ok := b.limits[p]; ok {
		return n
	}
	return options(p)
}

// usual are the words that are rather said than left out where they may be.
var usual = map[string]bool{"the": true, "a": true, "an": true, "to": true, "in": true, "at": true, "of": true}

// keptFirst says whether something that may be left out is said when only one of
// both is.
func keptFirst(p *Phrase) bool { return p.Parts[0].Kind == SaidWord && usual[p.Parts[0].Text] }

// parts gives those of a phrase that are said.
func (b *budget) parts(p *Phrase) []*Phrase {
	n := b.limit(p)
	if p.Kind == SaidMaybe && !keptFirst(p) {
		n--
	}
	if p.Kind != SaidOne && p.Kind != SaidMaybe {
		return p.Parts
	}
	return p.Parts[:min(n, len(p.Parts))]
}

// without says whether a SaidMaybe is left out, too.
func (b *budget) without(p *Phrase) bool { return !keptFirst(p) || b.limit(p) > len(p.Parts) }

// orders gives how many parts change places.
func (b *budget) orders(p *Phrase) int {
	if b.limit(p) == 1 {
		return 1
	}
	return len(p.Parts)
}

// Expand gives at most that many ways to say the phrase, and whether these are all.
// Where there are more, every value of a slot is said before any wording is varied,
// except that of numbers, times and the like the roundest ones are taken. It is
// the same each time.
func (p *Phrase) Expand(most int) (texts []string, all bool) {
	if most <= 0 {
		return nil, false
	}
	b := &budget{limits: map[*Phrase]int{}}
	limit := uint64(most)
	if b.ways(p) > limit {
		b.narrow(p, limit)
	} else {
		all = true
	}
	for _, words := range b.expand(p) {
		texts = append(texts, strings.Join(words, " "))
	}
	slices.Sort(texts)
	texts = slices.Compact(texts)
	return texts[:min(len(texts), most)], all
}

// narrow sets limits under which there are at most so many ways.
func (b *budget) narrow(p *Phrase, most uint64) {
	var wording, values, numbers []*Phrase
	seen := map[*Phrase]bool{}
	hasValue := map[*Phrase]bool{}
	var walk func(p *Phrase, inside bool) bool
	walk = func(p *Phrase, inside bool) bool {
		if seen[p] {
			return hasValue[p]
		}
		seen[p] = true
		found := p.Value
		number := inside && p.Number
		for _, part := range p.Parts {
			found = walk(part, inside || p.Value) || found
		}
		hasValue[p] = found
		if options(p) > 1 {
			switch {
			case number:
				numbers = append(numbers, p)
			case p.Value || inside && p.Name != "" || found:
				values = append(values, p)
			default:
				wording = append(wording, p)
			}
		}
		return found
	}
	walk(p, false)
	count := func() uint64 { b.memo = nil; return b.ways(p) }
	for _, w := range wording {
		b.limits[w] = 1
	}
	// Too many all the same: fewer numbers, then fewer values.
	for _, list := range [][]*Phrase{numbers, values} {
		for count() > most {
			var widest *Phrase
			for _, v := range list {
				if n := b.limit(v); n > 1 && (widest == nil || n > b.limit(widest)) {
					widest = v
				}
			}
			if widest == nil {
				break
			}
			n := b.limit(widest)
			b.limits[widest] = max(1, min(n-1, n*15/16))
		}
	}
	// Room that is left goes to the wordings, each in its turn.
	for grew := true; grew; {
		grew = false
		for _, w := range slices.Concat(numbers, values, wording) {
			n := b.limit(w)
			if n >= options(w) {
				continue
			}
			b.limits[w] = n + 1
			if count() > most {
				b.limits[w] = n
				continue
			}
			grew = true
		}
	}
	b.memo = nil
}

// expand gives the words of every way within the limits.
func (b *budget) expand(p *Phrase) [][]string {
	switch p.Kind {
	case SaidWord:
		return [][]string{{p.Text}}
	case SaidAll:
		return b.cross(p.Parts)
	case SaidOrders:
		if b.orders(p) == 1 {
			return b.cross(p.Parts)
		}
		return b.permute(p.Parts, 0)
	}
	var out [][]string
	for _, part := range b.parts(p) {
		out = append(out, b.expand(part)...)
	}
	if p.Kind == SaidMaybe && b.without(p) {
		out = append(out, nil)
	}
	return out
}

func (b *budget) cross(parts []*Phrase) [][]string {
	out := [][]string{nil}
	for _, part := range parts {
		tails := b.expand(part)
		all := make([][]string, 0, len(out)*len(tails))
		for _, head := range out {
			for _, tail := range tails {
				all = append(all, slices.Concat(head, tail))
			}
		}
		out = all
	}
	return out
}

// permute gives every order of the parts whose bit in done is not set.
func (b *budget) permute(parts []*Phrase, done int) [][]string {
	if done == 1<<len(parts)-1 {
		return [][]string{nil}
	}
	var out [][]string
	for i := range parts {
		if done&(1<<i) != 0 {
			continue
		}
		for _, tail := range b.permute(parts, done|1<<i) {
			for _, head := range b.expand(parts[i]) {
				out = append(out, slices.Concat(head, tail))
			}
		}
	}
	return out
}

// Share divides a budget among those who want a part of it: everybody gets what
// they want or, where there is not enough, as much as any other.
func Share(budget int, wants []uint64) []int {
	shares := make([]int, len(wants))
	order := make([]int, len(wants))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case wants[a] < wants[b]:
			return -1
		case wants[a] > wants[b]:
			return 1
		}
		return 0
	})
	for i, at := range order {
		fair := budget / (len(order) - i)
		shares[at] = int(min(wants[at], uint64(max(0, fair)), math.MaxInt32))
		budget -= shares[at]
	}
	return shares
}
