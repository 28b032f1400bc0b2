package retrieval

import (
	"cmp"
	"context"
	"math"
	"slices"

	"frontdesk/knowledge"
)

// How probable it is that two entries say the same is the logistic function of
// what is measured of them, fitted by TestFitAlike on the validation queries of
// CLINC150 and on the strange sentences, which are like nothing.
var alikeModel = alikeWeights{-1.53, 0.44, 6.37, -0.23, 2.73, 2.42}

// alikeBar is from which probability on entries are named as alike.
const alikeBar = 0.6

const (
	// alikeFloor is how alike an entry is at least to what it says nothing of:
	// where there are few entries, there may be no rival.
	alikeFloor = 0.7
	// alikeKin is by how much more alike a rival must be to an entry than what it is
	// held against, so that it is taken for one that says the same, and for no rival.
	alikeKin = 0.7
	// samePhrasing is the least where a phrasing is the same word for word, and
	// sameAnswer by how much an answer that no other entry has raises the odds.
	samePhrasing = 0.95
	sameAnswer   = 10

	// alikeKnown is which share of the words of an entry an embedder must know to
	// say what it means.
	alikeKnown = 0.7

	alikeSure  = 0.99 // the most; what is like in all that is measured may differ yet
	alikeNamed = 3    // entries that are named at most
	alikeNear  = 12   // entries that are compared closely with one
	alikeMost  = 20   // phrasings of an entry that are looked at
	alikeMany  = 2000 // entries from which on they are fewer
	alikeFew   = 5    // than so many
)

// The signals of a pair of entries, besides the 1 of the bias.
const (
	alikeness    = 1 + iota // by meaning and words: [alikeTable.alike]
	alikeLead               // that, beyond the strongest rival of either
	alikeCount              // ln of the smaller number of phrasings
	alikeSurely             // the product of the last two
	alikeCovered            // how far the informative words of each have a like among those of the other
	alikeSignals
)

type alikeWeights [alikeSignals]float64

func (w alikeWeights) probability(signals alikeWeights) float64 {
	sum := 0.0
	for i, s := range signals {
		sum += w[i] * s
	}
	return 1 / (1 + math.Exp(-sum))
}

// A Likeness is how probable it is that an entry says the same as what it is held
// against.
type Likeness struct {
	Entry       *knowledge.Entry
	Probability float64 // in [0, 1]
}

// Alike holds new entries against a base and against each other. Of each of items
// it gives those of the base that probably say the same, and likewise those of
// items that stand before it, at most three of either, the most probable first;
// ties by id.
//
// Two entries are alike as far as the meanings and the words of their phrasings
// are: then either is nearest to the other, and far nearer than any other, and the
// words of each that carry its meaning have their like in the other, so that a frame
// such as "where can I …" is not enough. Several phrasings tell more than one does.
// Every entry is compared with all by the mean of its phrasings, and closely with the
// nearest.
//
// It computes for some seconds where there are ten thousand entries; told, which
// may be nil, hears how many of all it has done, never by two goroutines
// at once. Errors come from the embedder, or from a ctx that has ended.
func Alike(ctx context.Context, embedder Embedder, base, items []*knowledge.Entry, told func(done, total int)) (inBase, twins [][]Likeness, err error) {
	inBase, twins = make([][]Likeness, len(items)), make([][]Likeness, len(items))
	if len(items) == 0 {
		return inBase, twins, nil
	}
	t, err := newAlikeTable(ctx, embedder, slices.Concat(base, items), len(base))
	if err != nil {
		return nil, nil, err
	}
	steps := &progress{report: told, total: len(t.entries)}
	if err := t.findNear(ctx, steps); err != nil {
		return nil, nil, err
	}
	answers := map[answerSum]int{}
	for _, a := range t.answers {
		answers[a]++
	}
	for i := range items {
		at := len(base) + i
		inBase[i] = t.named(at, t.base[at], t.items, true, answers)
		twins[i] = t.named(at, t.items[at], t.items, false, answers)
	}
	return inBase, twins, nil
}

// signals measures a pair: an entry and one of the list of those near to it, which
// itself has those near to it in back.
func (t *alikeTable) signals(a int, p alikePair, list, back []alikePair) alikeWeights {
	rival := max(t.rival(p.entry, a, p.alike, list), t.rival(a, p.entry, p.alike, back))
	lead := p.alike - rival
	count := math.Log(float64(max(1, min(len(t.of(a)), len(t.of(p.entry))))))
	return alikeWeights{1, p.alike, lead, count, count * lead, min(t.covered(a, p.entry), t.covered(p.entry, a))}
}

// rival gives how alike the strongest rival of an entry is, out of those near to
// another one. What is far more alike to the entry than that other one is none: all
// of them may say the same.
func (t *alikeTable) rival(entry, other int, alike float64, list []alikePair) float64 {
	for _, r := range list {
		if r.alike <= alikeFloor {
			break
		}
		if r.entry != entry && r.entry != other && t.alike(r.entry, entry) <= alike+alikeKin {
			return r.alike
		}
	}
	return alikeFloor
}

// named gives those of a list that say the same as an entry, which has those near
// to them in back. Of the import only what stands before the entry is named.
func (t *alikeTable) named(a int, list []alikePair, back [][]alikePair, ofBase bool, answers map[answerSum]int) (out []Likeness) {
	named := slices.Clone(list[:min(len(list), alikeNamed)])
	for _, text := range t.phrases[a] {
		for _, e := range t.said[text] {
			known := slices.ContainsFunc(named, func(p alikePair) bool { return p.entry == e })
			if !known && e != a && (e < t.inBase) == ofBase {
				named = append(named, alikePair{e, t.alike(a, e)})
			}
		}
	}
	for _, p := range named {
		if !ofBase && p.entry > a {
			continue
		}
		sure := alikeModel.probability(t.signals(a, p, list, back[p.entry]))
		if said := t.answers[a]; said != (answerSum{}) && said == t.answers[p.entry] && answers[said] == 2 {
			sure = sure * sameAnswer / (1 - sure + sure*sameAnswer)
		}
		if slices.ContainsFunc(t.phrases[a], func(s string) bool { return slices.Contains(t.phrases[p.entry], s) }) {
			sure = max(sure, samePhrasing)
		}
		if sure = min(sure, alikeSure); sure >= alikeBar {
			out = append(out, Likeness{t.entries[p.entry], sure})
		}
	}
	slices.SortFunc(out, func(a, b Likeness) int {
		return cmp.Or(cmp.Compare(b.Probability, a.Probability), cmp.Compare(a.Entry.ID, b.Entry.ID))
	})
	return out[:min(len(out), alikeNamed)]
}
