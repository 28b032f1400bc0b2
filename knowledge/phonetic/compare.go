package phonetic

import (
	"strings"
)

const (
	// maxCompared is how many sounds of a text are compared; what is longer is
	// another text than any sentence of a base.
	maxCompared = 160
	// lost is the share of a word's sounds from which on it has no counterpart.
	lost = 0.5
)

// A Likeness says how far two texts agree in how they sound.
type Likeness struct {
	// Distance is what the sounds cost that are put in, left out or in place of
	// others, by the sounds of the longer text: 0 for texts that sound the same,
	// and hardly above 0.6 for any two.
	Distance float64
	// Missing is the share of the sounds of the first text that are in words which
	// have no counterpart in the second, and Extra the reverse, in [0, 1].
	Missing, Extra float64
	// Words is, for each word of the first text, what its sounds cost: 0 where it sounds
	// the same as its counterpart in the second, and hardly above 1 where it has none. Nil
	// where one of the texts has no words.
	Words []float64
}

// Compare says how far a text, given by its words in lower case, is like another.
// Numbers are compared as they are said, and words that cannot be read aloud by
// their letters.
func Compare(a, b []string) Likeness {
	first, second := readAloud(a), readAloud(b)
	if len(first.phones) == 0 || len(second.phones) == 0 {
		var l Likeness
		if len(first.phones) > 0 {
			l.Distance, l.Missing = 1, 1
		}
		if len(second.phones) > 0 {
			l.Distance, l.Extra = 1, 1
		}
		return l
	}
	total := align(&first, &second)
	l := Likeness{Distance: min(1, total/float64(max(len(first.phones), len(second.phones))))}
	l.Missing, l.Extra = first.lost(), second.lost()
	l.Words = first.each(len(a))
	return l
}

// A reading is a text as it is read aloud.
type reading struct {
	phones []phone
	word   []int     // of which word each sound is
	costs  []float64 // of each word, what its sounds cost
	text   []int     // of each word, which of the text it stands for: a number may be read as several
}

func readAloud(words []string) reading {
	var r reading
	at := 0
	add := func(phones string) {
		if len(r.phones)+len(phones) > maxCompared {
			return
		}
		n := len(r.costs)
		r.costs, r.text = append(r.costs, 0), append(r.text, at)
		for _, p := range []phone(phones) {
			r.phones, r.word = append(r.phones, p), append(r.word, n)
		}
	}
	for i, w := range words {
		at = i
		if phones := Pronounce(w); phones != "" {
			add(phones)
			continue
		}
		if said := numberWords(w); said != nil {
			for _, s := range said {
				add(Pronounce(s))
			}
			continue
		}
		add(byLetters(w))
	}
	return r
}

// byLetters gives a sound for every letter of what cannot be read aloud, the same
// for the same letter.
func byLetters(word string) string {
	const all = "pbtdkgfvszmnlrwyhTDSZCJN" + vowels
	var phones strings.Builder
	for _, r := range word {
		switch {
		case 'a' <= r && r <= 'z':
			phones.WriteString(Pronounce(string(r)))
		case phones.Len() < maxPronounced:
			phones.WriteByte(all[int(r)%len(all)])
		}
	}
	return phones.String()
}

// align finds the cheapest way to hear b as a, or the reverse, and charges every
// word of both with what its sounds cost in it.
func align(a, b *reading) float64 {
	n, m := len(a.phones), len(b.phones)
	table := make([]float64, (n+1)*(m+1))
	at := func(i, j int) *float64 { return &table[i*(m+1)+j] }
	for i := 1; i <= n; i++ {
		*at(i, 0) = *at(i-1, 0) + costs.drop[a.phones[i-1]]
	}
	for j := 1; j <= m; j++ {
		*at(0, j) = *at(0, j-1) + costs.drop[b.phones[j-1]]
	}
	for i := 1; i <= n; i++ {
		for j := 1; j <= m; j++ {
			p, q := a.phones[i-1], b.phones[j-1]
			*at(i, j) = min(*at(i-1, j-1)+costs.swap[p][q], *at(i-1, j)+costs.drop[p], *at(i, j-1)+costs.drop[q])
		}
	}
	for i, j := n, m; i > 0 || j > 0; {
		switch {
		case i > 0 && j > 0 && *at(i, j) == *at(i-1, j-1)+costs.swap[a.phones[i-1]][b.phones[j-1]]:
			i, j = i-1, j-1
			cost := costs.swap[a.phones[i]][b.phones[j]]
			a.costs[a.word[i]] += cost
			b.costs[b.word[j]] += cost
		case i > 0 && *at(i, j) == *at(i-1, j)+costs.drop[a.phones[i-1]]:
			i--
			a.costs[a.word[i]] += costs.drop[a.phones[i]]
		default:
			j--
			b.costs[b.word[j]] += costs.drop[b.phones[j]]
		}
	}
	return *at(n, m)
}

// each gives for every word of a text what its sounds cost, by their number.
func (r *reading) each(words int) []float64 {
	out, sounds := make([]float64, words), make([]float64, words)
	for _, w := range r.word {
		sounds[r.text[w]]++
	}
	for w, cost := range r.costs {
		if cost > 0 {
			out[r.text[w]] += cost / sounds[r.text[w]]
		}
	}
	return out
}

// lost gives the share of the sounds that are in words without a counterpart.
func (r *reading) lost() float64 {
	sounds := make([]int, len(r.costs))
	for _, w := range r.word {
		sounds[w]++
	}
	gone := 0
	for w, n := range sounds {
		if n > 0 && r.costs[w] > lost*float64(n) {
			gone += n
		}
	}
	return float64(gone) / float64(len(r.phones))
}
