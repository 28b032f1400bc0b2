package wake

import (
	"cmp"
	"slices"
	"strings"

	"frontdesk/knowledge/phonetic"
)

// maxDecoys is how many words stand beside one of a phrase.
const maxDecoys = 24

// tooNear is the distance in sound up to which a word is no decoy: nothing tells it from
// the one of the phrase.
const tooNear = 0.45

// common are short words with which people go on once they have begun to speak: whatever
// is said, some of them sound like its beginning. Words that hardly stand there, such as
// "best" and "yes", would be heard in the place of a phrase that is said in a noise: of our
// own voices' "hey desk" every other was.
var common = strings.Fields(`
	a about after again all am an and any are as ask at away back bad be because bed been before better big
	boy but buy by call came can car case chair check clock close cold come could cup dad did dinner do dog
	don't done door down drink each eat else end even ever every eye face fall far fast feel few find fine first
	five food foot for four friend from fun gave get girl give glad go good got great guess had half hand hard has hat
	hate have he head hear hello help her here hi high him his hold home hope house how i if in is it its just
	keep kept kids kind kitchen know last late least leave left let light like little live long look lost love
	made make man many may maybe me mean men might milk mom month more most much must my name near need never new next
	nice night no not now of off oh okay old on once one only or other our out over own part past pay people place
	play please put quite rain ran red right room run said same sat saw say school see send set shall she should
	show side since sister sit six sleep small so some son soon sort stand start stay step still stop sure table
	tell ten than thank thanks that the their them then there these they thing think this three time to
	today told too took touch town tree try turn two under until up us use very wait walk want was watch water way we
	week well went were what when where which while who why will wish with woman won't word work would year
	yet you young your`)

// determiners stand before what a phrase may be called after.
var determiners = []string{"the", "a", "my", "our", "this", "that"}

// Decoys gives, for every word of some phrases, common words of English that sound like
// it, the nearest first: a recogniser that may hear these in its place does not hear the
// phrase in everything. Words that sound the same, or rhyme with it, are not among them, and
// neither are those that are not known; known is nil for all.
func Decoys(phrases []string, known func(word string) bool) map[string][]string {
	decoys := map[string][]string{}
	for _, phrase := range phrases {
		words := wordsOf(phrase)
		for i, w := range words {
			near := decoysOf(w.folded)
			if i < len(words)-1 { // "my desk"
				near = append(near, determiners...)
			}
			for _, word := range near {
				if word != w.folded && (known == nil || known(word)) && !slices.Contains(decoys[w.folded], word) {
					decoys[w.folded] = append(decoys[w.folded], word)
				}
			}
		}
	}
	return decoys
}

func decoysOf(word string) []string {
	type candidate struct {
		word string
		far  float64
	}
	sound := phonetic.Pronounce(word)
	if sound == "" || len(sound) > phonetic.MaxPhones {
		return nil // how it sounds is not known
	}
	var near []candidate
	for _, other := range common {
		const any = 99
		if far := phonetic.Distance(sound, phonetic.Pronounce(strings.ReplaceAll(other, "'", "")), any); far > tooNear && !rhymes(sound, phonetic.Pronounce(other)) {
			near = append(near, candidate{other, far})
		}
	}
	slices.SortFunc(near, func(a, b candidate) int { return cmp.Or(cmp.Compare(a.far, b.far), strings.Compare(a.word, b.word)) })
	var words []string
	for _, c := range near[:min(len(near), maxDecoys)] {
		words = append(words, c.word)
	}
	return words
}

// rhymes says whether two sounds are the same but for the consonants at their beginning,
// by which recognisers hardly tell such short words as "hey" and "they" apart.
func rhymes(a, b string) bool {
	tail := func(s string) string {
		if at := strings.IndexAny(s, vowels); at >= 0 {
			return s[at:]
		}
		return s
	}
	return tail(a) == tail(b)
}
