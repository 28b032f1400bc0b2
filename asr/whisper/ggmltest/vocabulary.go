package ggmltest

import (
	"fmt"
	"strings"
)

// words are pieces of English that are tokens, too, each with and without a blank
// before it, and with a capital.
const words = `a i the of and to in is it on you that for was with as be at this have from or one by not but what all were
	we when your can there use an each which she do how their if will up other about out many then them these so some her
	would make like him into time has look two more go see number no way could people my than first water been call who
	its now find long down day did get come made may part set turn switch off light lights lamp kitchen living room
	bedroom bathroom office hall open close door window garage play stop music volume heat heating degrees percent minute
	minutes hour hours half timer alarm wake scene blind blinds red green blue please per cent three four five six seven
	eight nine ten er ing ed es ly tion al en ar or st th ch sh ou ea ee oo ll ss nd nt ck ight ain`

// tokens gives the texts of all ids before those that are no text.
func (m Model) tokens() ([]string, error) {
	seen := map[string]bool{}
	var out []string
	add := func(token string) {
		if token != "" && !seen[token] {
			seen[token] = true
			out = append(out, token)
		}
	}
	// As in byte-level BPE, every byte is a token, so that any text can be written.
	for b := range 256 {
		add(string([]byte{byte(b)}))
	}
	for w := range strings.FieldsSeq(words) {
		upper := strings.ToUpper(w[:1]) + w[1:]
		for _, token := range []string{w, " " + w, upper, " " + upper} {
			add(token)
		}
	}
	for _, sign := range strings.Fields(". , ? ! ' : % ... -") {
		add(" " + sign)
	}
	for n := range 100 {
		add(fmt.Sprintf("%d", n))
		add(fmt.Sprintf(" %d", n))
	}
	for _, token := range m.Vocabulary {
		add(token)
	}
	size := textTokens
	if m.Multilingual {
		size++
	}
	if len(out) > size {
		return nil, fmt.Errorf("there is room for %d tokens, and the vocabulary makes them %d", size, len(out))
	}
	// The rest are syllables that nobody says.
	for n := 0; len(out) < size; n++ {
		add(" " + syllables(n))
	}
	return out, nil
}

// syllables gives a number in syllables.
func syllables(n int) string {
	const consonants, vowels = "bdfgjklmnprstvwxz", "aeiouy"
	var b strings.Builder
	for {
		b.WriteByte(consonants[n%len(consonants)])
		n /= len(consonants)
		b.WriteByte(vowels[n%len(vowels)])
		n /= len(vowels)
		if n == 0 {
			return b.String()
		}
	}
}
