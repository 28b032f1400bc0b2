package retrieval

import (
	"slices"
	"time"

	"frontdesk/knowledge"
	"frontdesk/retrieval/lexical"
)

// A corpus is the phrasings of a base, those of an entry side by side.
type corpus struct {
	texts  []string
	words  [][]string // of the texts
	starts []int      // entry e has texts[starts[e]:starts[e+1]], one at least
	kinds  []knowledge.Kind
	// keys say in which folds of a cross-validation an entry is held or left out.
	keys []int
}

// newCorpus collects the phrasings of a base. Of an entry's phrasings that
// consist of the same words the first stands for all.
func newCorpus(base *knowledge.Base) corpus {
	c := corpus{starts: make([]int, 1, len(base.Entries)+1)}
	for _, e := range base.Entries {
		first := len(c.texts)
		for _, text := range e.Phrasings() {
			words := lexical.Words(text)
			if !slices.ContainsFunc(c.words[first:], func(w []string) bool { return slices.Equal(w, words) }) {
				c.texts, c.words = append(c.texts, text), append(c.words, words)
			}
		}
		c.starts = append(c.starts, len(c.texts))
		c.kinds = append(c.kinds, e.Kind)
		c.keys = append(c.keys, foldKey(len(base.Entries), len(c.keys), e.ID))
	}
	return c
}

// manyEntries is from how many entries on chance shares them out evenly enough.
const manyEntries = 50

// foldKey gives the key of an entry. It comes from the id alone where there are
// many entries, so that an entry more or less does not move the others.
func foldKey(entries, place int, id string) int {
	if entries < manyEntries {
		return place
	}
	return int(hash(hashStart('f'), id) >> 33)
}

func (c corpus) entries() int { return len(c.starts) - 1 }

// labels gives the entry of every phrasing.
func (c corpus) labels() []int {
	labels := make([]int, 0, len(c.texts))
	for e := range c.entries() {
		for range c.starts[e+1] - c.starts[e] {
			labels = append(labels, e)
		}
	}
	return labels
}

// groups gives every phrasing the number of its group within its entry.
// Phrasings of one template say much the same and are one group; any other
// phrasing is one of its own.
func (c corpus) groups(base *knowledge.Base) []int {
	groups := make([]int, 0, len(c.texts))
	for i, e := range base.Entries {
		templates := map[int]int{} // the group of a template
		next := 0
		for _, text := range c.texts[c.starts[i]:c.starts[i+1]] {
			sentence, ok := sentenceOf(base, e, text)
			group, seen := templates[sentence]
			if !ok || !seen {
				group = next
				next++
			}
			if ok {
				templates[sentence] = group
			}
			groups = append(groups, group)
		}
	}
	return groups
}

// sentenceOf gives the template of an entry that a phrasing is of.
func sentenceOf(base *knowledge.Base, e *knowledge.Entry, text string) (sentence int, ok bool) {
	if e.Command == nil || base.Grammar == nil {
		return 0, false
	}
	for _, m := range base.Grammar.Match(text, time.Time{}) {
		if m.ID == e.ID {
			return m.Sentence, true
		}
	}
	return 0, false
}

// perEntry is how many phrasings an entry has on average.
func (c corpus) perEntry() float64 {
	if c.entries() == 0 {
		return 0
	}
	return float64(len(c.texts)) / float64(c.entries())
}

// pick gives the phrasings for which keep holds, and of each what it was: its
// entry's and its own index. Entries that keep none are left out.
func (c corpus) pick(keep func(entry, row int) bool) (picked corpus, entries, rows []int) {
	picked.starts = []int{0}
	for e := range c.entries() {
		for i := c.starts[e]; i < c.starts[e+1]; i++ {
			if keep(e, i) {
				picked.texts = append(picked.texts, c.texts[i])
				picked.words = append(picked.words, c.words[i])
				rows = append(rows, i)
			}
		}
		if n := len(picked.texts); n > picked.starts[len(picked.starts)-1] {
			picked.starts = append(picked.starts, n)
			picked.kinds = append(picked.kinds, c.kinds[e])
			picked.keys = append(picked.keys, c.keys[e])
			entries = append(entries, e)
		}
	}
	return picked, entries, rows
}
