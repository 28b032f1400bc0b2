package retrieval

import (
	"slices"
	"strings"

	"frontdesk/knowledge/phonetic"
)

// maxSisters bounds how many words are tried in one place.
const maxSisters = 200

// hasSister says whether a word decides that was not heard as the sentence has it: with
// another one in its place, which the base has beside either neighbour and which is as
// near to what was heard freely, the sentence is one of another command, or has another
// value. Who was heard to say "turn out the light" may have turned it on or off.
func (x *Index) hasSister(free, sentence *finding, likeness phonetic.Likeness) bool {
	heard := free.spelled()
	for i, cost := range likeness.Words {
		if cost == 0 {
			continue
		}
		for _, word := range x.sounds().Beside(sentence.said, i, maxSisters) {
			said := slices.Clone(sentence.said)
			if said[i] = word; phonetic.Compare(said, heard).Distance > likeness.Distance {
				continue
			}
			if x.meansOther(sentence, strings.Join(said, " ")) {
				return true
			}
		}
	}
	return false
}

// meansOther says whether a text is a sentence of the base, but none that means what the
// sentence of a finding does.
func (x *Index) meansOther(sentence *finding, text string) bool {
	best := sentence.order[0]
	all := x.exact(text)
	got, same := all[best]
	want := sentence.exact[best]
	return len(all) > 0 && !(same && keeps(want, got) && keeps(got, want))
}
