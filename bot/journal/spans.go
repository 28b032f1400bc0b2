package journal

import (
	"cmp"
	"fmt"
	"iter"
	"math"
	"slices"
	"strconv"
	"strings"
)

// A span is the numbers from first to last, both included.
type span struct{ first, last int64 }

// spans are written as "3-7,12".
type spans []span

// add appends a number that is higher than all there are.
func (s *spans) add(n int64) {
	if last := len(*s) - 1; last >= 0 && (*s)[last].last == n-1 {
		(*s)[last].last = n
		return
	}
	*s = append(*s, span{n, n})
}

// parts cuts s into parts of at most n numbers each.
func (s spans) parts(n int64) iter.Seq[spans] {
	return func(yield func(spans) bool) {
		var part spans
		room := n
		for _, p := range s {
			for p.first <= p.last {
				last := min(p.last, p.first+room-1)
				part = append(part, span{p.first, last})
				room -= last - p.first + 1
				p.first = last + 1
				if room > 0 {
					continue
				}
				if !yield(part) {
					return
				}
				part, room = nil, n
			}
		}
		if len(part) > 0 {
			yield(part)
		}
	}
}

func (s spans) String() string {
	var b strings.Builder
	for i, p := range s {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.FormatInt(p.first, 10))
		if p.last > p.first {
			b.WriteByte('-')
			b.WriteString(strconv.FormatInt(p.last, 10))
		}
	}
	return b.String()
}

func parseSpans(text string) (spans, error) {
	if text == "" {
		return nil, nil
	}
	var s spans
	for part := range strings.SplitSeq(text, ",") {
		from, to, ranged := strings.Cut(part, "-")
		first, err := strconv.ParseUint(from, 10, 63)
		last := first
		if err == nil && ranged {
			last, err = strconv.ParseUint(to, 10, 63)
		}
		if err != nil || first == 0 || last < first || last == math.MaxInt64 {
			return nil, fmt.Errorf("%.40q are no numbers of rows", part)
		}
		s = append(s, span{int64(first), int64(last)})
	}
	return s, nil
}

// firstOutside gives the first number of s, which is in order, that is in none
// of others.
func (s spans) firstOutside(others spans) (int64, bool) {
	others = slices.Clone(others)
	slices.SortFunc(others, func(a, b span) int { return cmp.Compare(a.first, b.first) })
	next := 0 // of others
	for _, p := range s {
		for n := p.first; n <= p.last; {
			for next < len(others) && others[next].last < n {
				next++
			}
			if next == len(others) || others[next].first > n {
				return n, true
			}
			n = others[next].last + 1
		}
	}
	return 0, false
}
