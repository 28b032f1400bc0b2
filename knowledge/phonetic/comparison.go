package phonetic

import "math"

// A Comparison measures the [Distance] of one pronunciation from many. It is quick
// where one that begins as the one before comes next, as in their order: what was
// found of the beginning holds for both. It is not safe for concurrent use.
//
// It counts in units, as whole numbers are quick, and measures what is near once more.
type Comparison struct {
	text string
	from [MaxPhones]phone // the sounds of text
	put  [MaxPhones]int32 // what each of them costs
	// rows[i][j] is the distance of the first i sounds of the other one from the first j
	// of from, where none of the i is the last.
	rows   [MaxPhones][MaxPhones + 1]int32
	lowest [MaxPhones]int32 // of each row
	known  string           // the sounds of the rows that are filled in
}

// perUnit is how many units are 1: every cost is a whole number of them.
const perUnit = 20

// units are the costs in units.
var units = func() *unitCosts {
	u := &unitCosts{}
	whole := func(cost float64) int32 { return int32(math.Round(cost * perUnit)) }
	for a := range costs.drop {
		u.drop[a], u.last[a] = whole(costs.drop[a]), whole(atEnd*costs.drop[a])
		for b := range costs.swap[a] {
			u.swap[a][b] = whole(costs.swap[a][b])
		}
	}
	return u
}()

type unitCosts struct {
	drop, last [128]int32
	swap       [128][128]int32
}

// NewComparison takes a pronunciation that is not longer than [MaxPhones].
func NewComparison(text string) *Comparison {
	c := &Comparison{text: text}
	copy(c.from[:], text)
	for j := range len(text) {
		c.put[j] = units.drop[text[j]]
		if j == len(text)-1 {
			c.put[j] = units.last[text[j]]
		}
		c.rows[0][j+1] = c.rows[0][j] + c.put[j]
	}
	return c
}

// Distance is that of another pronunciation, within a limit, as of [Distance].
func (c *Comparison) Distance(other string, limit float64) float64 {
	if other == "" {
		return Distance(c.text, other, limit)
	}
	most, last := int32(limit*perUnit+0.01), len(other)-1 // 0.01, as the limit may be a sum
	i := 0
	for i < min(last, len(c.known)) && other[i] == c.known[i] {
		if i++; c.lowest[i] > most {
			return limit + 1
		}
	}
	for ; i < last; i++ {
		lowest := c.next(&c.rows[i+1], &c.rows[i], other[i], units.drop[other[i]])
		c.lowest[i+1], c.known = lowest, other[:i+1]
		if lowest > most {
			return limit + 1
		}
	}
	var row [MaxPhones + 1]int32
	if c.next(&row, &c.rows[last], other[last], units.last[other[last]]); row[len(c.text)] > most {
		return limit + 1
	}
	return Distance(c.text, other, limit)
}

// next fills in the row of one more sound, and gives the lowest number in it.
func (c *Comparison) next(now, before *[MaxPhones + 1]int32, sound phone, dropped int32) (lowest int32) {
	swap := &units.swap[sound]
	left := before[0] + dropped
	now[0], lowest = left, left
	for j := range min(len(c.text), MaxPhones) {
		left = min(before[j]+swap[c.from[j]&127], before[j+1]+dropped, left+c.put[j])
		now[j+1], lowest = left, min(lowest, left)
	}
	return lowest
}
