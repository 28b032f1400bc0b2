package lexical

import (
	"math/bits"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// A word is taken for a misspelling of one that differs in one place from
	// oneError letters on, in two places from twoErrors on; a shorter one, from
	// slipsOnly letters on, when a letter was left out or two were exchanged.
	// Others are as likely words that nobody knows.
	slipsOnly, oneError, twoErrors = 3, 4, 8
	// slipFactor is how much likelier it is that a letter was left out or two
	// were exchanged than that a certain other letter was put in or in place
	// of one, of which there are so many.
	slipFactor = 25
	// maxSpelled is the length up to which words are corrected.
	maxSpelled = 32
	// maxRespelled is how many words of a text are looked up.
	maxRespelled = 100
	// minJoined is the shortest part of two that are joined.
	minJoined = 2
)

// A Correction is a word read as another.
type Correction struct {
	// From is what was written: a word, or two with a space between that are
	// one.
	From string
	// To is what is read: a word, or two with a space between.
	To string
	// Similarity is 1 minus the number of errors by the length of the longer of
	// both, in (0, 1).
	Similarity float64
}

// spelling is what is known of the vocabulary's words before they are compared.
type spelling struct {
	lengths []uint8  // in letters; 0 for one that nothing is corrected to
	letters []uint64 // which there are, each in the bit of its number modulo 64
}

func newSpelling(vocab []string) spelling {
	s := spelling{make([]uint8, len(vocab)), make([]uint64, len(vocab))}
	for i, w := range vocab {
		if letters, ok := spelled(w); ok {
			s.lengths[i], s.letters[i] = uint8(len(letters)), lettersOf(w)
		}
	}
	return s
}

func lettersOf(word string) (letters uint64) {
	for _, r := range word {
		letters |= 1 << (r % 64)
	}
	return letters
}

// Correct gives the word of the vocabulary that an unknown one most likely
// stands for; false when it is in the vocabulary, when known says that it is a
// word (known may be nil), or when nothing is near enough. A letter put in, left
// out or replaced, and two neighbours exchanged count as one error each: one may
// be in a word of four to seven letters, two in a longer one. A word may also be
// two that were written as one.
//
// Of those with the fewest errors it takes the likeliest by how many documents
// hold it and by how such errors come about (a noisy channel: Kernighan, Church,
// Gale 1990, "A Spelling Correction Program Based on a Noisy Channel Model"),
// then the first by alphabet. Words with digits in them are never corrected.
func (x *Index) Correct(word string, known func(string) bool) (Correction, bool) {
	if x.isWord(word, known) {
		return Correction{}, false
	}
	return x.correct(word)
}

func (x *Index) isWord(word string, known func(string) bool) bool {
	return x.DF(word) > 0 || known != nil && known(word)
}

// correct is Correct for what is no word.
func (x *Index) correct(word string) (Correction, bool) {
	letters, ok := spelled(word)
	if !ok || len(letters) < slipsOnly {
		return Correction{}, false
	}
	most := 1
	if len(letters) >= twoErrors {
		most = 2
	}
	best, errors := x.nearest(letters, lettersOf(word), most)
	if errors > 1 || best < 0 {
		// A space left out is one error.
		if at := x.split(word); at > 0 {
			return Correction{word, word[:at] + " " + word[at:], 1 - 1/float64(len(letters)+1)}, true
		}
	}
	if best < 0 {
		return Correction{}, false
	}
	longer := max(len(letters), int(x.spelling.lengths[best]))
	return Correction{word, x.vocab[best], 1 - float64(errors)/float64(longer)}, true
}

// Respell corrects the words of a query, the first hundred that are unknown,
// joins two neighbours that the documents write as one when they do not hold
// both ("log in" where they say "login"), and says what was changed.
func (x *Index) Respell(words []string, known func(string) bool) (respelled []string, changed []Correction) {
	lookups := 0
	for i := 0; i < len(words); i++ {
		w := words[i]
		if i+1 < len(words) && x.joins(w, words[i+1]) {
			joined := w + words[i+1]
			n := utf8.RuneCountInString(joined) + 1
			respelled = append(respelled, joined)
			changed = append(changed, Correction{w + " " + words[i+1], joined, 1 - 1/float64(n)})
			i++
			continue
		}
		if lookups < maxRespelled && !x.isWord(w, known) {
			lookups++
			if c, ok := x.correct(w); ok {
				respelled = append(respelled, strings.Fields(c.To)...)
				changed = append(changed, c)
				continue
			}
		}
		respelled = append(respelled, w)
	}
	return respelled, changed
}

// joins says whether two neighbours are one word of the documents.
func (x *Index) joins(a, b string) bool {
	if len(a) < minJoined || len(b) < minJoined || x.DF(a) > 0 && x.DF(b) > 0 {
		return false
	}
	return x.DF(a+b) > 0
}

// split gives where a word falls into two of the vocabulary, of which the rarer
// is as frequent as can be; 0 when it does not. Both have three letters, or one
// two and the other five: shorter ones are often in a word by chance.
func (x *Index) split(word string) int {
	best, at := 0, 0
	for i := 2; i <= len(word)-2; i++ {
		if min(i, len(word)-i) < 3 && len(word) < 7 || !utf8.RuneStart(word[i]) {
			continue
		}
		if df := min(x.DF(word[:i]), x.DF(word[i:])); df > best {
			best, at = df, i
		}
	}
	return at
}

// spelled gives the letters of a word; false when it is none that is corrected.
func spelled(word string) ([]rune, bool) {
	letters := make([]rune, 0, maxSpelled)
	for _, r := range word {
		if len(letters) == maxSpelled || !unicode.IsLetter(r) && !unicode.IsMark(r) {
			return nil, false
		}
		letters = append(letters, r)
	}
	return letters, true
}

// nearest gives the likeliest word of the vocabulary with the fewest errors, of
// at most most, or -1.
func (x *Index) nearest(word []rune, set uint64, most int) (best, errors int) {
	best, errors = -1, most
	likeliest := 0
	var buffer [maxSpelled]rune
	for id, length := range x.spelling.lengths {
		// An error changes the length by one at most, and takes away and brings
		// in one letter at most.
		if d := len(word) - int(length); d > errors || -d > errors || length == 0 {
			continue
		}
		other := x.spelling.letters[id]
		if bits.OnesCount64(set&^other) > errors || bits.OnesCount64(other&^set) > errors {
			continue
		}
		slip := int(length) > len(word) || int(length) == len(word) && other == set
		if !slip && len(word) < oneError {
			continue
		}
		letters := buffer[:0]
		for _, r := range x.vocab[id] {
			letters = append(letters, r)
		}
		d := distance(word, letters, errors)
		if d > errors {
			continue
		}
		likely := int(x.df[id])
		if slip {
			likely *= slipFactor
		}
		if best < 0 || d < errors || likely > likeliest || likely == likeliest && x.vocab[id] < x.vocab[best] {
			best, errors, likeliest = id, d, likely
		}
	}
	return best, errors
}

// distance is the restricted Damerau-Levenshtein distance, in which no part is
// edited twice (optimal string alignment: Boytsov 2011, "Indexing Methods for
// Approximate Dictionary Searching"); any number above most when it is above.
func distance(a, b []rune, most int) int {
	var rows [3][maxSpelled + 1]int
	before, last, now := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		last[j] = j
	}
	for i, ra := range a {
		now[0] = i + 1
		lowest := now[0]
		for j, rb := range b {
			cost := last[j]
			if ra != rb {
				cost = 1 + min(last[j], last[j+1], now[j])
				if i > 0 && j > 0 && ra == b[j-1] && a[i-1] == rb {
					cost = min(cost, before[j-1]+1)
				}
			}
			now[j+1] = cost
			lowest = min(lowest, cost)
		}
		if lowest > most {
			return most + 1
		}
		before, last, now = last, now, before
	}
	return last[len(b)]
}
