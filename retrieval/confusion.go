package retrieval

import (
	"cmp"
	"slices"
)

// A Confusion is queries that expect one entry and for which another one ranked
// best; or, where Expect is empty, queries that the base does not answer and for
// which it was answered with all the same.
type Confusion struct {
	Expect, Got string // ids; Got is empty where nothing was found
	Times       int    // queries
	Of          int    // all queries that expect Expect
	Answered    int    // of Times, those that were answered
	// Example is the query of them with the highest Probability of Got.
	Example     string
	Probability float64
}

// Confusions lists what is taken for what, most frequent first, then those that
// were answered more often; ties by id.
func (t Trial) Confusions() []Confusion {
	type key struct{ expect, got string }
	of := map[string]int{}
	byKey := map[key]*Confusion{}
	var list []*Confusion
	for i, q := range t.Queries {
		of[q.Expect]++
		p := t.Predictions[i]
		got, probability := p.best()
		if q.right(got) || q.Expect == "" && p.Abstain {
			continue
		}
		c := byKey[key{q.Expect, got}]
		if c == nil {
			c = &Confusion{Expect: q.Expect, Got: got, Probability: -1}
			byKey[key{q.Expect, got}] = c
			list = append(list, c)
		}
		c.Times++
		if !p.Abstain {
			c.Answered++
		}
		if probability > c.Probability {
			c.Example, c.Probability = q.Text, probability
		}
	}
	out := make([]Confusion, len(list))
	for i, c := range list {
		c.Of = of[c.Expect]
		out[i] = *c
	}
	slices.SortFunc(out, func(a, b Confusion) int {
		return cmp.Or(cmp.Compare(b.Times, a.Times), cmp.Compare(b.Answered, a.Answered),
			cmp.Compare(a.Expect, b.Expect), cmp.Compare(a.Got, b.Got))
	})
	return out
}

// best gives the entry that ranked best and its probability; "" and 0 for none.
func (p Prediction) best() (id string, probability float64) {
	if len(p.Ranked) == 0 || len(p.Scores) == 0 {
		return "", 0
	}
	return p.Ranked[0], p.Scores[0]
}
