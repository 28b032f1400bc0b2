package template

import (
	"math/bits"
	"strings"
	"unicode/utf8"
)

// A spelling is a text made ready for comparing its letters with another's,
// without regard to blanks: "livingroom" is spelled as "living room" is.
type spelling struct {
	letters []rune
	digits  string
	mask    uint64 // of the letters that occur
}

func newSpelling(text string) spelling {
	s := spelling{letters: make([]rune, 0, len(text))}
	for _, r := range text {
		if r == ' ' {
			continue
		}
		if isDigit(r) {
			s.digits += string(r)
		}
		s.letters = append(s.letters, r)
		s.mask |= 1 << (uint32(r) % 64)
	}
	return s
}

// edits gives the number of letters to insert, delete, replace or swap with
// their neighbour that make a into b (optimal string alignment), or most+1
// when there are more than most. Different digits are always too many: "room
// 1" is no misspelling of "room 2".
func edits(a, b spelling, most int) int {
	over := most + 1
	if a.digits != b.digits {
		return over
	}
	if d := len(a.letters) - len(b.letters); d > most || -d > most {
		return over
	}
	// Each edit changes at most two bits of the mask.
	if bits.OnesCount64(a.mask^b.mask) > 2*most {
		return over
	}
	var before []int
	row := make([]int, len(b.letters)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range a.letters {
		current := make([]int, len(row))
		current[0] = i + 1
		best := current[0]
		for j, y := range b.letters {
			cost := 1
			if x == y {
				cost = 0
			}
			d := min(row[j]+cost, row[j+1]+1, current[j]+1)
			if i > 0 && j > 0 && x == b.letters[j-1] && y == a.letters[i-1] {
				d = min(d, before[j-1]+1)
			}
			current[j+1] = d
			best = min(best, d)
		}
		if best > most+1 {
			return over
		}
		before, row = row, current
	}
	return min(row[len(b.letters)], over)
}

// allowed gives the edits that may lie between what was said and what was
// meant: none in fewer than shortest letters, one in fewer than eight, two in
// more.
func (s spelling) allowed(shortest int) int {
	switch n := len(s.letters); {
	case n < shortest:
		return 0
	case n < 8:
		return 1
	}
	return 2
}

// closest gives the index of the value whose spelling is nearest to s within
// the bounds, if no other value is as near. Words of fewer than shortest
// letters have no edits. Where strict is true, a short word's first letter and
// the first letter of any word with two edits must be right.
func (l *list) closest(s spelling, shortest int, strict bool) (value, distance int, ok bool) {
	most := s.allowed(shortest)
	value, distance = -1, most+1
	for i := range l.forms {
		f := &l.forms[i]
		limit := min(most, f.key.allowed(shortest))
		d := edits(s, f.key, limit)
		if d > limit || d > distance {
			continue
		}
		if d > 0 && s.letters[0] != f.key.letters[0] && (d > 1 || strict && len(s.letters) < 7) {
			continue
		}
		switch {
		case d < distance:
			value, distance, ok = int(f.value), d, true
		case l.values[value].Canonical != l.values[f.value].Canonical:
			ok = false
		}
	}
	return value, distance, ok
}

// nearest gives the name that is spelled most like the one given, for "did you
// mean", or an empty text. Ties go to the first.
func nearest(name string, names []string) string {
	best, distance := "", 3
	if utf8.RuneCountInString(name) < 5 {
		distance = 2
	}
	key := newSpelling(strings.ToLower(name))
	for _, candidate := range names {
		if d := edits(key, newSpelling(strings.ToLower(candidate)), distance-1); d < distance {
			best, distance = candidate, d
		}
	}
	return best
}
