package template

import (
	"cmp"
	"slices"
	"strings"
)

// A filter finds the sentences that a text can match at all, by the words that
// must occur in it. Each sentence has clauses, sets of words one of which must
// occur; it is looked up by the one that fewest sentences share.
type filter struct {
	words     map[string]int32 // index of each word
	clauses   [][]int32        // sorted indexes of words; each clause once
	known     map[string]int32 // index of each clause, by its words
	sentences [][]int32        // the clauses of each sentence
	byWord    [][]int32        // the sentences to look up for each word
	always    []int32          // the sentences without a clause
}

// numberHint stands in clauses for any word that can begin a number. No word
// has a blank in it.
const numberHint = "a number"

const (
	maxClauses = 8  // of a sentence
	maxClause  = 64 // words of a clause
)

// add takes the next sentence in.
func (f *filter) add(l *lowered) {
	if f.words == nil {
		f.words, f.known = make(map[string]int32), make(map[string]int32)
	}
	needs := clauseFinder{l.slots}.clauses(l.pieces, true, true)
	slices.SortStableFunc(needs, func(a, b []string) int { return cmp.Compare(len(a), len(b)) })
	var own []int32
	for _, need := range needs[:min(len(needs), maxClauses)] {
		slices.Sort(need)
		need = slices.Compact(need)
		key := strings.Join(need, " ")
		at, ok := f.known[key]
		if !ok {
			at = int32(len(f.clauses))
			f.known[key] = at
			f.clauses = append(f.clauses, f.indexes(need))
		}
		own = append(own, at)
	}
	f.sentences = append(f.sentences, own)
}

func (f *filter) indexes(words []string) []int32 {
	list := make([]int32, len(words))
	for i, w := range words {
		at, ok := f.words[w]
		if !ok {
			at = int32(len(f.words))
			f.words[w] = at
		}
		list[i] = at
	}
	return list
}

// finish decides by which clause each sentence is looked up.
func (f *filter) finish() {
	uses := make([]int, len(f.words))
	for _, own := range f.sentences {
		for _, clause := range own {
			for _, w := range f.clauses[clause] {
				uses[w]++
			}
		}
	}
	f.byWord = make([][]int32, len(f.words))
	for i, own := range f.sentences {
		if len(own) == 0 {
			f.always = append(f.always, int32(i))
			continue
		}
		cost := func(clause int32) int {
			sum := 0
			for _, w := range f.clauses[clause] {
				sum += uses[w]
			}
			return sum
		}
		best := slices.MinFunc(own, func(a, b int32) int { return cmp.Compare(cost(a), cost(b)) })
		for _, w := range f.clauses[best] {
			f.byWord[w] = append(f.byWord[w], int32(i))
		}
	}
	f.known = nil
}

// candidates gives the sentences that the text can match, in their order.
func (f *filter) candidates(m *machine, text string) []int32 {
	present, all := f.present(m, text)
	out := append(m.candidates[:0], f.always...)
	if all {
		out = out[:0]
		for i := range f.sentences {
			out = append(out, int32(i))
		}
		return out
	}
	for _, w := range present {
		for _, s := range f.byWord[w] {
			if f.holds(m, s) {
				out = append(out, s)
			}
		}
	}
	slices.Sort(out)
	m.candidates = slices.Compact(out)
	return m.candidates
}

// holds says whether every clause of the sentence has a word that is present.
func (f *filter) holds(m *machine, sentence int32) bool {
	for _, clause := range f.sentences[sentence] {
		state, ok := m.clauses[clause]
		if !ok {
			state = slices.ContainsFunc(f.clauses[clause], func(w int32) bool { return m.present[w] })
			m.clauses[clause] = state
		}
		if !state {
			return false
		}
	}
	return true
}

// present gives the known words of the text. All says that it cannot tell.
func (f *filter) present(m *machine, text string) (list []int32, all bool) {
	clear(m.clauses)
	clear(m.present)
	list = m.words[:0]
	mark := func(w string) {
		if at, ok := f.words[w]; ok && !m.present[at] {
			m.present[at] = true
			list = append(list, at)
		}
	}
	for w := range strings.SplitSeq(text, " ") {
		mark(w)
		if isNumberWord(w) {
			mark(numberHint)
		}
		// A border may lie behind the digits in a word: 10min is 10 min.
		cuts := m.cuts[:0]
		cuts = append(cuts, 0)
		for i := 1; i < len(w); i++ {
			if joins(w, i) {
				cuts = append(cuts, i)
			}
		}
		m.cuts = append(cuts, len(w))
		if len(m.cuts) > 10 {
			return nil, true
		}
		for i := range m.cuts {
			for j := i + 1; j < len(m.cuts) && len(m.cuts) > 2; j++ {
				mark(w[m.cuts[i]:m.cuts[j]])
			}
		}
	}
	m.words = list
	return list, false
}

// A clauseFinder finds the words that a sentence needs.
type clauseFinder struct {
	slots []use
}

// clauses gives sets of words one of which every text needs that matches the
// pieces. Left and right say that a border of words lies on that side.
func (f clauseFinder) clauses(pieces []piece, left, right bool) [][]string {
	var out [][]string
	for start := 0; start < len(pieces); {
		end := start
		for end < len(pieces) && pieces[end].kind != border {
			if p := &pieces[end]; p.kind == value && f.needsNumber(p) {
				out = append(out, []string{numberHint})
			}
			end++
		}
		if (start > 0 || left) && (end < len(pieces) || right) && start < end {
			out = append(out, f.group(pieces[start:end])...)
		}
		start = end + 1
	}
	return out
}

func (f clauseFinder) needsNumber(p *piece) bool {
	t := f.slots[p.slot].def.typ
	return t == Number || t == Percentage
}

// group gives the clauses of pieces that stand between two borders and have
// none between them.
func (f clauseFinder) group(pieces []piece) [][]string {
	if len(pieces) == 1 {
		switch p := &pieces[0]; {
		case p.kind == value && f.slots[p.slot].def.typ == List:
			if hints := f.slots[p.slot].def.list.hints; hints != nil {
				return [][]string{slices.Clone(hints)}
			}
			return nil
		case p.kind == anyOrder:
			var out [][]string
			for _, kid := range p.kids {
				out = append(out, f.clauses(kid, true, true)...)
			}
			return out
		case p.kind == oneOf && p.empty:
			return nil
		case p.kind == oneOf:
			return f.either(p)
		}
	}
	texts, ok := f.texts(pieces)
	if !ok {
		return nil
	}
	var clause []string
	for _, text := range texts {
		w := longestWord(text)
		if w == "" {
			return nil
		}
		clause = append(clause, w)
	}
	return [][]string{clause}
}

// either gives a clause with the best words of each alternative.
func (f clauseFinder) either(p *piece) [][]string {
	var union []string
	for _, kid := range p.kids {
		own := f.clauses(kid, true, true)
		if len(own) == 0 {
			return nil
		}
		union = append(union, slices.MinFunc(own, func(a, b []string) int { return cmp.Compare(len(a), len(b)) })...)
		if len(union) > maxListHint {
			return nil
		}
	}
	return [][]string{union}
}

// texts gives every text that the pieces stand for, if there are no slots in
// them and not too many texts.
func (f clauseFinder) texts(pieces []piece) ([]string, bool) {
	texts := []string{""}
	for i := range pieces {
		p := &pieces[i]
		var own []string
		switch p.kind {
		case letters:
			own = []string{p.text}
		case border:
			own = []string{" "}
		case oneOf:
			for _, kid := range p.kids {
				more, ok := f.texts(kid)
				if !ok {
					return nil, false
				}
				own = append(own, more...)
			}
			if p.empty {
				own = append(own, "")
			}
		default:
			return nil, false
		}
		if len(texts)*len(own) > maxClause {
			return nil, false
		}
		texts = concat(texts, own, "")
	}
	return texts, true
}
