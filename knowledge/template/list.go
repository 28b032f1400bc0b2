package template

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"

	"frontdesk/knowledge/phonetic"
)

const (
	maxWays     = 1024    // ways to say one value of a list
	maxForms    = 200_000 // ways to say all values of a list
	maxListHint = 256     // ways to say of a list whose words tell whether a sentence can match
	maxSounding = 2_000   // ways to say of a list whose values are found by sound
)

// A list finds the values of a [List] slot in a text.
type list struct {
	values []ListValue
	forms  []form // sorted by text, each text once
	// hints holds a word of each form, one of which any text with a value
	// contains; nil where there are too many.
	hints []string
}

// A form is one way to say a value.
type form struct {
	text  string // in normal form
	value int32  // index in values
	key   spelling
	// sound is its pronunciation, empty where the list is too long for it or where
	// it cannot be read aloud; kinds are those of the consonants in it.
	sound string
	kinds uint64
}

// newList expands the values. The faults say what is wrong with them.
func newList(name string, values []ListValue) (*list, []CompileError) {
	l := &list{values: values}
	var others []form // ways that nobody wrote down
	var faults []CompileError
	fault := func(what, do string) {
		faults = append(faults, CompileError{Sentence: -1, Slot: name, What: what, Do: do})
	}
	for i, v := range values {
		before := len(l.forms)
		for _, say := range v.Say {
			if refs := say.SlotRefs(); len(refs) > 0 {
				fault(fmt.Sprintf("the value %q names the slot {%s}", shorten(v.Canonical), refs[0].Slot), "write words, or the slot in the sentence")
				continue
			}
			if rules := say.RuleRefs(); len(rules) > 0 {
				fault(fmt.Sprintf("the value %q uses the rule <%s>", shorten(v.Canonical), rules[0]), "write its words here, or the rule in the sentence")
				continue
			}
			if ways := say.Count(nil); ways > maxWays {
				fault(fmt.Sprintf("the value %q can be said in %s ways; at most %d are allowed", shorten(v.Canonical), countText(ways), maxWays),
					"write the ways that people really use")
				continue
			}
			for _, text := range expand(&say.root) {
				if normal := Normalize(text); normal != "" {
					l.forms = append(l.forms, form{text: normal, value: int32(i)})
				}
				for _, other := range otherForms(text) {
					others = append(others, form{text: other, value: int32(i)})
				}
			}
		}
		if len(l.forms) == before && len(faults) == 0 {
			fault(fmt.Sprintf("the value %q has no word by which it can be said", shorten(v.Canonical)), "add a way to say it, with letters or digits")
		}
		if len(l.forms) > maxForms {
			fault(fmt.Sprintf("its values can be said in more than %d ways", maxForms), "make the list shorter")
			break
		}
	}
	if len(faults) > 0 {
		return nil, faults
	}
	// Where two values are said in the same way, the first one counts; what
	// somebody wrote down counts before what nobody did.
	l.forms = append(l.forms, others...)
	slices.SortStableFunc(l.forms, func(a, b form) int { return cmp.Compare(a.text, b.text) })
	l.forms = slices.CompactFunc(l.forms, func(a, b form) bool { return a.text == b.text })
	for i := range l.forms {
		l.forms[i].key = newSpelling(l.forms[i].text)
		if len(l.forms) <= maxSounding {
			l.forms[i].sound = phonetic.PronounceAll(strings.Fields(l.forms[i].text))
			l.forms[i].kinds = phonetic.Kinds(l.forms[i].sound)
		}
		if len(l.forms) <= maxListHint {
			l.hints = append(l.hints, longestWord(l.forms[i].text))
		}
	}
	slices.Sort(l.hints)
	l.hints = slices.Compact(l.hints)
	return l, nil
}

// countText gives a saturated count in words.
func countText(n uint64) string {
	if n == math.MaxUint64 {
		return "more than 10^19"
	}
	return fmt.Sprint(n)
}

// expand gives every expansion of a node without slots and rules.
func expand(n *node) []string {
	switch n.kind {
	case literal:
		return []string{n.text}
	case sequence:
		texts := []string{""}
		for i := range n.kids {
			texts = concat(texts, expand(&n.kids[i]), "")
		}
		return texts
	case choice, optional:
		var texts []string
		for i := range n.kids {
			texts = append(texts, expand(&n.kids[i])...)
		}
		if n.kind == optional {
			texts = append(texts, "")
		}
		return texts
	case permutation:
		return expandOrders(n.kids, 0)
	}
	return nil
}

// expandOrders expands the members whose bit in done is not set, in every
// order.
func expandOrders(kids []node, done int) []string {
	if done == 1<<len(kids)-1 {
		return []string{""}
	}
	var texts []string
	for i := range kids {
		if done&(1<<i) == 0 {
			texts = append(texts, concat(expand(&kids[i]), expandOrders(kids, done|1<<i), " ")...)
		}
	}
	return texts
}

func concat(heads, tails []string, between string) []string {
	texts := make([]string, 0, len(heads)*len(tails))
	for _, head := range heads {
		for _, tail := range tails {
			texts = append(texts, head+between+tail)
		}
	}
	return texts
}

func longestWord(text string) string {
	longest := ""
	for w := range strings.FieldsSeq(text) {
		if len(w) > len(longest) {
			longest = w
		}
	}
	return longest
}

// at gives the values that stand at p, longest first. It narrows the sorted
// forms down byte by byte, which is a walk down their trie.
func (l *list) at(text string, p int) []reading {
	var found []reading
	low, high := 0, len(l.forms)
	for i := 0; low < high; i++ {
		if first := l.forms[low]; len(first.text) == i {
			found = append(found, reading{end: p + i, canonical: l.values[first.value].Canonical})
			low++
		}
		if p+i == len(text) {
			break
		}
		c := text[p+i]
		rest := l.forms[low:high]
		from := sort.Search(len(rest), func(k int) bool { return rest[k].text[i] >= c })
		to := from + sort.Search(len(rest)-from, func(k int) bool { return rest[from+k].text[i] > c })
		low, high = low+from, low+to
	}
	slices.Reverse(found)
	return found
}

// formOf gives a way to say a value, in normal form.
func (l *list) formOf(value int) string {
	for _, f := range l.forms {
		if int(f.value) == value {
			return f.text
		}
	}
	return l.values[value].Canonical // said as an earlier value is
}
