package app

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"frontdesk/knowledge"
	"frontdesk/retrieval"
)

// Rehearse has a base asked its own phrasings; see [retrieval.Rehearse].
// Progress is told how far it has come; nil for nobody.
func Rehearse(ctx context.Context, base *knowledge.Base, embedder retrieval.Embedder, cfg retrieval.Config, progress func(done, total int)) (*retrieval.Rehearsal, error) {
	return retrieval.Rehearse(ctx, base, embedder, cfg, retrieval.BuildOptions{Progress: progress, Words: Words()})
}

// A record is how the phrasings of one entry fared in a rehearsal.
type record struct {
	entry *knowledge.Entry
	asked int
	right int     // of asked: the entry ranked best
	own   float64 // the mean of the probabilities of the entry itself
	// rivals are the entries that got some of the probability, by id.
	rivals map[string]*rival
}

// A rival is what another entry took from one.
type rival struct {
	id       string
	mean     float64 // of its probabilities, over all phrasings that were asked
	taken    int     // phrasings for which it ranked best
	phrasing string  // of these, the one with its highest probability
	highest  float64
}

// recordsOf sums up what became of the phrasings that were held out, by entry,
// in the order of the base.
func recordsOf(r *retrieval.Rehearsal) []*record {
	var list []*record
	for _, a := range r.Asked {
		if a.From != retrieval.Held {
			continue
		}
		if len(list) == 0 || list[len(list)-1].entry != a.Entry {
			list = append(list, &record{entry: a.Entry, rivals: map[string]*rival{}})
		}
		list[len(list)-1].add(a)
	}
	for _, x := range list {
		x.own /= float64(x.asked)
		for _, other := range x.rivals {
			other.mean /= float64(x.asked)
		}
	}
	return list
}

func (x *record) add(a retrieval.Asked) {
	x.asked++
	for i, id := range a.Prediction.Ranked {
		p := a.Prediction.Scores[i]
		if id == x.entry.ID {
			x.own += p
			if i == 0 {
				x.right++
			}
			continue
		}
		other := x.rivals[id]
		if other == nil {
			other = &rival{id: id}
			x.rivals[id] = other
		}
		other.mean += p
		if i == 0 {
			other.taken++
			if p > other.highest || other.phrasing == "" {
				other.phrasing, other.highest = a.Text, p
			}
		}
	}
}

// strongest gives the rival with the highest mean; nil where there is none.
func (x *record) strongest() *rival {
	var best *rival
	for _, other := range x.sorted() {
		if best == nil || other.mean > best.mean {
			best = other
		}
	}
	return best
}

// sorted gives the rivals, those first that took the most phrasings.
func (x *record) sorted() []*rival {
	list := slices.Collect(maps.Values(x.rivals))
	slices.SortFunc(list, func(a, b *rival) int {
		return cmp.Or(cmp.Compare(b.taken, a.taken), cmp.Compare(b.mean, a.mean), cmp.Compare(a.id, b.id))
	})
	return list
}

// likeness is the rival's share of the probability that goes to either.
func (x *record) likeness(other *rival) float64 {
	if other == nil || other.mean == 0 {
		return 0
	}
	return other.mean / (x.own + other.mean)
}
