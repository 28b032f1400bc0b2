package lexical

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"frontdesk/knowledge/phonetic"
)

const (
	// farthest is how far from each other two pronunciations that may be taken
	// for one another are at most, by the length of the longer one.
	farthest = 0.3
	// perPlace is how many alternatives are kept for one place of a text.
	perPlace = 3
	// maxHeard is how many words of a text are looked at.
	maxHeard = 40
	// What speaks against an alternative and for it, in log-odds: a unit of its
	// distance; a neighbour beside which the documents have it; and, by the
	// logarithm, that they hold it more often than what was heard. They were
	// chosen together with what retrieval weighs them against.
	perDistance, perNeighbour, perDF = 4, 1, 0.5
)

// Sounds knows how the words of documents, and their pairs of neighbours, are
// pronounced. It never changes once made and is safe for concurrent use.
type Sounds struct {
	df      map[string]int // documents that hold a word, or a pair of neighbours: see beside
	entries []sounding     // by the number of sounds, then by these, then by text
	single  []string       // the words among them, by the number of sounds, then by text
	// starts has the place of the first entry of every number of sounds.
	starts [phonetic.MaxPhones + 2]int
}

// A sounding is a word or a pair of neighbours with its pronunciation.
type sounding struct {
	text, phones string
	kinds        uint64
	df           int
}

// NewSounds makes the sounds of documents, given by their [Words].
func NewSounds(docs [][]string) *Sounds {
	s := &Sounds{df: map[string]int{}}
	last := map[string]int{} // the last document, counted from 1, in which a text was seen
	for d, words := range docs {
		before := ""
		for i := range len(words) + 1 {
			word := ""
			if i < len(words) {
				word = words[i]
			}
			for _, text := range []string{word, before + " " + word} {
				if last[text] != d+1 {
					last[text] = d + 1
					s.df[text]++
				}
			}
			before = word
		}
	}
	for text, df := range s.df {
		words := strings.Split(text, " ")
		if phones := phonetic.PronounceAll(words); phones != "" {
			s.entries = append(s.entries, sounding{text, phones, phonetic.Kinds(phones), df})
		}
	}
	slices.SortFunc(s.entries, func(a, b sounding) int {
		return cmp.Or(cmp.Compare(len(a.phones), len(b.phones)), cmp.Compare(a.text, b.text))
	})
	for _, e := range s.entries {
		if !strings.Contains(e.text, " ") {
			s.single = append(s.single, e.text)
		}
	}
	slices.SortStableFunc(s.entries, func(a, b sounding) int {
		return cmp.Or(cmp.Compare(len(a.phones), len(b.phones)), cmp.Compare(a.phones, b.phones))
	})
	// In one piece, as they are read one after the other.
	var all strings.Builder
	for _, e := range s.entries {
		all.WriteString(e.phones)
	}
	for i, rest := 0, all.String(); i < len(s.entries); i++ {
		n := len(s.entries[i].phones)
		s.entries[i].phones, rest = rest[:n], rest[n:]
	}
	for n := range s.starts {
		s.starts[n], _ = slices.BinarySearchFunc(s.entries, n, func(e sounding, n int) int { return cmp.Compare(len(e.phones), n) })
	}
	return s
}

// An Alternative is what may have been said at a place of a text instead of
// what was heard.
type Alternative struct {
	From, To int      // the words from From on, up to To: one or two
	Words    []string // what was said: one word, or two that the documents have side by side
	// Distance says how far off it sounds: 0 for no difference, about 1 for
	// every sound that is another one altogether.
	Distance float64
	// Cost is what speaks against it, in log-odds: how far off it sounds, less
	// what speaks for it because the documents hold it more often than what was
	// heard, and beside the same neighbours. It may be below 0.
	Cost float64
}

// Overlaps says whether two alternatives have a word of the text in common.
func (a Alternative) Overlaps(b Alternative) bool { return a.From < b.To && b.From < a.To }

// Correction gives an alternative as a change of the words of the text. Its
// similarity is 1 minus the distance by the number of sounds of the longer one.
func (a Alternative) Correction(words []string) Correction {
	heard := words[a.From:a.To]
	longer := max(len(phonetic.PronounceAll(heard)), len(phonetic.PronounceAll(a.Words)))
	return Correction{strings.Join(heard, " "), strings.Join(a.Words, " "), 1 - a.Distance/float64(longer)}
}

// Alternatives gives what may have been said instead of words of a text, alone
// or together with a neighbour: words of the documents, or pairs of neighbours,
// that sound alike. It looks for them where there is doubt: at words that the
// documents do not hold, or do not hold beside any of their neighbours. The
// likeliest are first. There are n at most, and three for one place. Only the
// first 40 words are looked at.
func (s *Sounds) Alternatives(words []string, n int) []Alternative {
	words = words[:min(len(words), maxHeard)]
	var all []Alternative
	for from := range words {
		for to := from + 1; to <= min(from+2, len(words)); to++ {
			if s.doubtful(words, from, to) {
				all = append(all, s.at(words, from, to)...)
			}
		}
	}
	sortAlternatives(all)
	return all[:min(len(all), n)]
}

// doubtful says whether the words at a place may be others.
func (s *Sounds) doubtful(words []string, from, to int) bool {
	heard := words[from:to]
	if slices.ContainsFunc(heard, func(w string) bool { return s.df[w] == 0 }) {
		return true
	}
	return s.beside(words, from, to, heard) == 0 && (len(heard) == 1 || s.df[heard[0]+" "+heard[1]] == 0)
}

// beside counts the neighbours of a place beside which the documents have what
// is said there; the beginning and the end of a text count as neighbours.
func (s *Sounds) beside(words []string, from, to int, said []string) (n int) {
	before, behind := "", ""
	if from > 0 {
		before = words[from-1]
	}
	if to < len(words) {
		behind = words[to]
	}
	if s.df[before+" "+said[0]] > 0 {
		n++
	}
	if s.df[said[len(said)-1]+" "+behind] > 0 {
		n++
	}
	return n
}

// Beside gives the other words that the documents have behind the word before a place or
// before the one behind it, n at most. The beginning and the end of a text count as words.
func (s *Sounds) Beside(words []string, place, n int) (others []string) {
	before, behind := "", ""
	if place > 0 {
		before = words[place-1]
	}
	if place+1 < len(words) {
		behind = words[place+1]
	}
	for _, w := range s.single {
		if w == words[place] || s.df[before+" "+w] == 0 && s.df[w+" "+behind] == 0 {
			continue
		}
		if others = append(others, w); len(others) == n {
			break
		}
	}
	return others
}

// at gives the alternatives at one place.
func (s *Sounds) at(words []string, from, to int) []Alternative {
	heard := words[from:to]
	phones := phonetic.PronounceAll(heard)
	if len(phones) < 2 {
		return nil // nearly everything is near
	}
	kinds, comparison := phonetic.Kinds(phones), phonetic.NewComparison(phones)
	beside, df := s.beside(words, from, to, heard), s.df[strings.Join(heard, " ")]
	var found []Alternative
	for n := 1; n <= phonetic.MaxPhones; n++ {
		limit := farthest * float64(max(n, len(phones)))
		if phonetic.LeastDrop*float64(max(n-len(phones), len(phones)-n)-1) > limit {
			continue
		}
		for i := s.starts[n]; i < s.starts[n+1]; i++ {
			e := &s.entries[i]
			if !phonetic.MayBeNear(kinds, e.kinds, limit) {
				continue
			}
			d := comparison.Distance(e.phones, limit)
			if d > limit {
				continue
			}
			said := strings.Split(e.text, " ")
			if len(said) == len(heard) && (said[0] == heard[0] || said[len(said)-1] == heard[len(heard)-1]) {
				continue // That is what was heard, or an alternative for one word of it.
			}
			cost := perDistance*d - perNeighbour*float64(s.beside(words, from, to, said)-beside) -
				perDF*math.Log(float64(e.df)/(0.5+float64(df)))
			found = append(found, Alternative{from, to, said, d, cost})
		}
	}
	sortAlternatives(found)
	return found[:min(len(found), perPlace)]
}

func sortAlternatives(all []Alternative) {
	slices.SortFunc(all, func(a, b Alternative) int {
		return cmp.Or(cmp.Compare(a.Cost, b.Cost), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To), slices.Compare(a.Words, b.Words))
	})
}
