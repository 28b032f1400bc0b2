package phonetic

import (
	"math/bits"
	"strings"
)

const (
	// MaxPhones is how many sounds of a pronunciation are compared.
	MaxPhones = 24
	// LeastDrop is the least that a sound costs which is not heard, but for
	// the last of all: this one is often swallowed and costs the part atEnd of
	// that, so that "light" and "lights" are near.
	LeastDrop, atEnd = 0.4, 0.5
	// leastKind is the least that a consonant costs, likewise, which is not
	// heard, or is heard as one of another kind.
	leastKind = 0.5
)

// Distance is the weighted edit distance of two pronunciations, neither
// longer than [MaxPhones]: what the sounds cost that are put in, left out or in
// place of others. It is any number above limit when it is above.
func Distance(a, b string, limit float64) float64 {
	var rows [2][MaxPhones + 1]float64
	last, now := &rows[0], &rows[1]
	var put [MaxPhones]float64
	for j := range len(b) {
		put[j] = dropAt(b, j)
		last[j+1] = last[j] + put[j]
	}
	for i := range len(a) {
		dropped, swap := dropAt(a, i), &costs.swap[a[i]]
		now[0] = last[0] + dropped
		lowest := now[0]
		for j := range len(b) {
			now[j+1] = min(last[j]+swap[b[j]], last[j+1]+dropped, now[j]+put[j])
			lowest = min(lowest, now[j+1])
		}
		if lowest > limit {
			return limit + 1
		}
		last, now = now, last
	}
	return last[len(b)]
}

// PronounceAll reads words aloud in one go; it gives nothing when one of them
// cannot be read, or when it becomes longer than [MaxPhones].
func PronounceAll(words []string) string {
	var all []phone
	for _, w := range words {
		phones := Pronounce(w)
		if phones == "" {
			return ""
		}
		if n := len(all); n > 0 && all[n-1] == phones[0] {
			phones = phones[1:]
		}
		all = append(all, phones...)
	}
	if len(all) > MaxPhones {
		return ""
	}
	return string(all)
}

// dropAt is the cost of not hearing the sound at a place.
func dropAt(phones string, i int) float64 {
	if i == len(phones)-1 {
		return atEnd * costs.drop[phones[i]]
	}
	return costs.drop[phones[i]]
}

// soundCosts are the costs of hearing a sound as another, and of a sound that is
// not heard or is heard where there is none.
type soundCosts struct {
	drop [128]float64
	swap [128][128]float64
}

// costs follow what is known of how people mishear: the fewer features two
// consonants differ in, the more often they are confused, first in the voice,
// then in the place and the manner (after Miller and Nicely 1955, "An Analysis
// of Perceptual Confusions Among Some English Consonants"). Vowels, of which
// letters say little, cost less than consonants, those without stress least.
var costs = func() *soundCosts {
	c := &soundCosts{}
	const all = "pbtdkgfvszmnlrwyhTDSZCJN" + vowels
	for _, a := range []phone(all) {
		c.drop[a] = 0.8
		for _, b := range []phone(all) {
			switch vowelA, vowelB := isVowelPhone(a), isVowelPhone(b); {
			case a == b:
			case vowelA && vowelB:
				c.swap[a][b] = 0.4
			case vowelA != vowelB:
				c.swap[a][b] = 1.3
			default:
				c.swap[a][b] = 1
			}
		}
	}
	drop := func(cost float64, phones string) {
		for _, a := range []phone(phones) {
			c.drop[a] = cost
		}
	}
	drop(0.6, vowels)
	drop(0.5, "tdhrI")
	drop(0.4, "V")
	near := func(cost float64, groups string) { // later ones hold
		for group := range strings.FieldsSeq(groups) {
			for _, a := range []phone(group) {
				for _, b := range []phone(group) {
					if a != b {
						c.swap[a][b] = cost
					}
				}
			}
		}
	}
	near(0.7, "ptk bdg fTsSh vDzZ lrw tC dJ pf bv")
	near(0.5, "mnN fT vD sS zZ td CS JZ TsD tT dD")
	near(0.3, "pb td kg fv TD sz SZ CJ nN")
	near(0.3, "AOoW iIe eaE uUo AVa OVU IV eV YaA yi wu XO RV ER")
	near(0.2, "AO AV iI IV eV uU eI Rr ae OV UV")
	return c
}()

func isVowelPhone(p phone) bool { return strings.IndexByte(vowels, p) >= 0 }

// Consonants of one kind are easily taken for each other. r, w, y and h are of
// none: vowels are taken for them.
const consonantKinds = "pb td kg fv sz mnN l TD SZ CJ"

// Kinds gives a bit for every kind of consonant in a pronunciation.
func Kinds(phones string) (kinds uint64) {
	for _, p := range []phone(phones) {
		if at := strings.IndexByte(consonantKinds, p); at >= 0 {
			kinds |= 1 << strings.Count(consonantKinds[:at], " ")
		}
	}
	return kinds
}

// MayBeNear says whether two pronunciations with these kinds of consonants can
// be within a limit: every kind that only one of them has costs something.
func MayBeNear(a, b uint64, limit float64) bool {
	n := max(bits.OnesCount64(a&^b), bits.OnesCount64(b&^a))
	return n == 0 || leastKind*(atEnd+float64(n-1)) <= limit
}
