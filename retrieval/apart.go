package retrieval

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"frontdesk/knowledge"
	"frontdesk/retrieval/lexical"
)

// Apart gives the informative words of two entries: those that phrasings of both
// hold, and those of only one of them. The ones that say most come first: they
// are in many of its phrasings and in few of the base's. A plural is no other
// word. Of each at most n are given.
func (x *Index) Apart(a, b *knowledge.Entry, n int) (shared, onlyA, onlyB []string) {
	inA, inB := phrasingsWith(a), phrasingsWith(b)
	pick := func(from map[string]int, keep func(word string) bool) []string {
		type weighed struct {
			word   string
			weight float64
		}
		var list []weighed
		for word, count := range from {
			if keep(word) {
				list = append(list, weighed{word, float64(count) * x.model.lexical.IDF(word)})
			}
		}
		slices.SortFunc(list, func(a, b weighed) int {
			return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(a.word, b.word))
		})
		var words []string
		for _, w := range list {
			if len(words) < n && !slices.ContainsFunc(words, func(other string) bool { return other+"s" == w.word || w.word+"s" == other }) {
				words = append(words, w.word)
			}
		}
		return words
	}
	both := map[string]int{}
	for word, count := range inA {
		if other, ok := holds(inB, word); ok {
			both[word] = count + other
		}
	}
	shared = pick(both, func(string) bool { return true })
	onlyA = pick(inA, func(word string) bool { _, ok := holds(inB, word); return !ok })
	onlyB = pick(inB, func(word string) bool { _, ok := holds(inA, word); return !ok })
	return shared, onlyA, onlyB
}

// phrasingsWith counts in how many phrasings of an entry an informative word is.
func phrasingsWith(e *knowledge.Entry) map[string]int {
	count := map[string]int{}
	for _, text := range e.Phrasings() {
		var words []string
		for _, w := range lexical.Words(text) {
			if !functionWords[w] {
				words = append(words, w)
			}
		}
		slices.Sort(words)
		for _, w := range slices.Compact(words) {
			count[w]++
		}
	}
	return count
}

// holds says whether a word is among others, in the singular or the plural.
func holds(words map[string]int, word string) (count int, ok bool) {
	for _, form := range []string{word, word + "s", strings.TrimSuffix(word, "s")} {
		if n, ok := words[form]; ok {
			return n, true
		}
	}
	return 0, false
}

// Nearest gives the phrasing of an entry of the base that is most like a text;
// the question where the text has no words. Errors are those of Search.
func (x *Index) Nearest(ctx context.Context, text string, e *knowledge.Entry) (phrasing string, err error) {
	f, err := x.find(ctx, Question{Text: text})
	if err != nil || f == nil {
		return e.Question, err
	}
	return x.model.corpus.texts[x.model.nearestRow(f.evidence, x.position[e.ID])], nil
}

// Same gives the entries that have a phrasing of the same words in common, and
// the phrasing as each of them has it, in the order of the base. Both are as
// probable for these words, so that neither is ever answered.
func (x *Index) Same() []Shared {
	var list []Shared
	for words, entries := range x.said {
		if len(entries) < 2 {
			continue
		}
		s := Shared{words: words}
		for _, i := range entries {
			e := x.base.Entries[i]
			s.Entries = append(s.Entries, e)
			for _, text := range e.Phrasings() {
				if strings.Join(lexical.Words(text), " ") == words {
					s.Phrasings = append(s.Phrasings, text)
					break
				}
			}
		}
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b Shared) int { return cmp.Compare(a.words, b.words) })
	return list
}

// A Shared is a phrasing that several entries have.
type Shared struct {
	Entries   []*knowledge.Entry
	Phrasings []string // of each entry

	words string
}
