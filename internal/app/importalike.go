package app

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"frontdesk/knowledge"
	"frontdesk/knowledge/template"
	"frontdesk/retrieval"
)

// How probable it is that two entries say the same is the logistic function of
// three figures, fitted on the validation queries of CLINC150 against halves of
// its entries: entries of five queries each, of which half have their like in
// the base and half do not, and are strange to it but of the same domain.
const (
	alikeBias  = -4.9
	alikeShare = 9.2 // of what goes to either or to the strongest rival, the smaller of both ways
	alikeBoth  = 1.2 // the root of the smaller of both probabilities
	// shareFloor keeps the share of two small probabilities from saying much.
	shareFloor = 0.05
	// sameAnswer is by how much an answer that no other entry has, word for word,
	// raises the odds, and samePhrasing is the least where a phrasing is the same.
	sameAnswer   = 10
	samePhrasing = 0.95
)

const (
	alikeFew    = 5  // entries up to which an index has too few rivals
	alikeNamed  = 3  // entries that are named at most
	alikeHits   = 10 // entries that a phrasing is looked for among
	alikeAsked  = 20 // phrasings of an entry that are asked at most
	alikeTwins  = 2000
	alikeWeight = 1e-9 // below it a probability is none
)

// A Likeness is how probable it is that an entry says the same as what it is
// held against.
type Likeness struct {
	Entry       *knowledge.Entry
	Probability float64 // in [0, 1]
}

// An asker asks an index the phrasings of entries.
type asker struct {
	index *retrieval.Index
	step  func() // after each entry; may be nil
}

// ask gives the mean probability of every entry over the phrasings of one, the
// most probable first; ties by id.
func (a asker) ask(ctx context.Context, e *knowledge.Entry) ([]Likeness, error) {
	phrasings := e.Phrasings()
	phrasings = phrasings[:min(len(phrasings), alikeAsked)]
	sums := map[*knowledge.Entry]float64{}
	for _, p := range phrasings {
		r, err := a.index.Search(ctx, retrieval.Question{Text: p}, alikeHits)
		if err != nil {
			return nil, err
		}
		for _, h := range r.Hits {
			sums[h.Entry] += h.Probability / float64(len(phrasings))
		}
	}
	list := make([]Likeness, 0, len(sums))
	for e, p := range sums {
		list = append(list, Likeness{e, p})
	}
	slices.SortFunc(list, byProbability)
	if a.step != nil {
		a.step()
	}
	return list, nil
}

func byProbability(a, b Likeness) int {
	return cmp.Or(cmp.Compare(b.Probability, a.Probability), cmp.Compare(a.Entry.ID, b.Entry.ID))
}

// of gives the probability of an entry, and that of the strongest other one out
// of an index of n entries. With few entries there is hardly a rival, however
// unlike they are: then what goes to none of them counts as one too.
func of(list []Likeness, e *knowledge.Entry, n int) (own, rival float64) {
	rest := 1.0
	for _, l := range list {
		rest -= l.Probability
	}
	for _, l := range list {
		if l.Entry == e {
			own = l.Probability
		} else {
			rival = max(rival, l.Probability)
		}
	}
	few := float64(n) / alikeFew
	return own, rival + max(0, rest)/(1+few*few)
}

// alikeTo says for every item which entries of the base say the same, those from
// the bar of a choice on, at most three of them. Both are asked the phrasings of
// the other: what says the same is the nearest there is from either side, while
// a question that the base does not answer is near an entry which itself is
// nearer to something else. Several phrasings tell more than one does.
func alikeTo(ctx context.Context, base, items *retrieval.Index, entries, imported []*knowledge.Entry, step func()) ([][]Likeness, error) {
	out := make([][]Likeness, len(imported))
	if len(entries) == 0 || len(imported) == 0 {
		return out, nil
	}
	there, back := asker{base, step}, asker{items, nil}
	backwards := map[*knowledge.Entry][]Likeness{}
	answers := map[string]int{}
	for _, e := range entries {
		answers[template.Normalize(e.Answer)]++
	}
	for i, item := range imported {
		found, err := there.ask(ctx, item)
		if err != nil {
			return nil, err
		}
		for _, l := range found[:min(len(found), alikeNamed)] {
			if _, asked := backwards[l.Entry]; !asked {
				if backwards[l.Entry], err = back.ask(ctx, l.Entry); err != nil {
					return nil, err
				}
			}
			p, rival := of(found, l.Entry, len(entries))
			q, other := of(backwards[l.Entry], item, len(imported))
			p = likeness(p, rival, q, other)
			if n := template.Normalize(item.Answer); n != "" && n == template.Normalize(l.Entry.Answer) && answers[n] == 1 {
				p = p * sameAnswer / (1 - p + p*sameAnswer)
			}
			if sharePhrasing(item, l.Entry) {
				p = max(p, samePhrasing)
			}
			if p >= items.OperatingPoint().Suggest {
				out[i] = append(out[i], Likeness{l.Entry, p})
			}
		}
		slices.SortFunc(out[i], byProbability)
	}
	return out, nil
}

// likeness is how probable it is that two entries say the same, by what either
// is given for the phrasings of the other, and what the strongest rival is.
func likeness(p, rival, q, other float64) float64 {
	if min(p, q) < alikeWeight {
		return 0
	}
	share := min(p/(p+rival+shareFloor), q/(q+other+shareFloor))
	return 1 / (1 + math.Exp(-(alikeBias + alikeShare*share + alikeBoth*math.Sqrt(min(p, q)))))
}

// sharePhrasing says whether two entries have a phrasing of the same words.
func sharePhrasing(a, b *knowledge.Entry) bool {
	known := map[string]bool{}
	for _, p := range a.Phrasings() {
		known[template.Normalize(p)] = true
	}
	return slices.ContainsFunc(b.Phrasings(), func(p string) bool { return known[template.Normalize(p)] })
}

// A likeFinder holds what an import is compared with.
type likeFinder struct {
	embedder retrieval.Embedder
	config   retrieval.Config
	progress func(what string, done, total int) // may be nil
}

func (f likeFinder) build(ctx context.Context, base *knowledge.Base, what string) (*retrieval.Index, error) {
	o := retrieval.BuildOptions{Words: Words()}
	if f.progress != nil && what != "" {
		o.Progress = func(done, total int) { f.progress(what, done, total) }
	}
	return retrieval.Build(ctx, base, f.embedder, f.config, o)
}

// inBase says for every item which entries of the base say the same.
func (f likeFinder) inBase(ctx context.Context, base *knowledge.Base, items []*knowledge.Entry) ([][]Likeness, error) {
	if len(base.Entries) == 0 || len(items) == 0 {
		return make([][]Likeness, len(items)), nil
	}
	x, err := f.build(ctx, base, "indexing the base")
	if err != nil {
		return nil, err
	}
	copies, back, err := baseOf(items)
	if err != nil {
		return nil, err
	}
	y, err := f.build(ctx, back, "indexing the import")
	if err != nil {
		return nil, err
	}
	done := 0
	return alikeTo(ctx, x, y, base.Entries, copies, func() {
		if done++; f.progress != nil {
			f.progress("comparing", done, len(items))
		}
	})
}

// twins says for every item which item before it says the same. Of many items
// only those are found that have a phrasing of the same words.
func (f likeFinder) twins(ctx context.Context, items []*knowledge.Entry) ([][]Likeness, error) {
	at := map[string]int{}
	best := make([]map[int]float64, len(items))
	note := func(i, j int, p float64) {
		if i < j {
			i, j = j, i
		}
		if best[i] == nil {
			best[i] = map[int]float64{}
		}
		best[i][j] = max(best[i][j], p)
	}
	for i, e := range items {
		for _, p := range e.Phrasings() {
			n := template.Normalize(p)
			if j, ok := at[n]; ok && j != i {
				note(i, j, samePhrasing)
			} else {
				at[n] = i
			}
		}
	}
	// Every pair of items is parted by a bit of their places.
	for bit := 1; bit < len(items) && len(items) <= alikeTwins; bit <<= 1 {
		var halves [2][]*knowledge.Entry
		place := map[string]int{}
		for i, e := range items {
			halves[min(i&bit, 1)] = append(halves[min(i&bit, 1)], e)
			place[e.ID] = i
		}
		left, err := knowledge.New(cloneEntries(halves[0]), nil)
		if err != nil {
			return nil, err
		}
		found, err := likeFinder{embedder: f.embedder, config: f.config}.inBase(ctx, left, halves[1])
		if err != nil {
			return nil, err
		}
		for k, list := range found {
			for _, l := range list {
				note(place[halves[1][k].ID], place[l.Entry.ID], l.Probability)
			}
		}
		if f.progress != nil {
			f.progress("comparing among themselves", min(2*bit, len(items)), len(items))
		}
	}
	out := make([][]Likeness, len(items))
	for i, found := range best {
		for _, j := range slices.Sorted(maps.Keys(found)) {
			out[i] = append(out[i], Likeness{items[j], found[j]})
		}
		slices.SortFunc(out[i], byProbability)
		out[i] = out[i][:min(len(out[i]), alikeNamed)]
	}
	return out, nil
}

// baseOf makes a base of copies of entries, with the copies in their order:
// making one completes and sorts them. Follow-ups, which may lead elsewhere, are
// left out.
func baseOf(entries []*knowledge.Entry) ([]*knowledge.Entry, *knowledge.Base, error) {
	copies := cloneEntries(entries)
	b, err := knowledge.New(copies, nil)
	if err != nil {
		return nil, nil, fmt.Errorf("comparing what is imported: %w", err)
	}
	return copies, b, nil
}

func cloneEntries(entries []*knowledge.Entry) []*knowledge.Entry {
	copies := make([]*knowledge.Entry, len(entries))
	for i, e := range entries {
		c := *e
		c.Followups, c.Formerly = nil, nil
		c.Alternatives = slices.Clone(e.Alternatives)
		copies[i] = &c
	}
	return copies
}

// sameWords says whether two texts are the same but for their layout.
func sameWords(a, b string) bool {
	return strings.Join(strings.Fields(a), " ") == strings.Join(strings.Fields(b), " ")
}
