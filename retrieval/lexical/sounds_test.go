package lexical

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestPronounce(t *testing.T) {
	for word, want := range map[string]string{
		"lights": "lYts", "lice": "lYs", "kitchen": "kICVn", "night": "nYt", "knight": "nYt", "bathroom": "baTrum",
		"the": "DV", "two": "tu", "too": "tu", "to": "tu", "temperature": "temperVCR", "phone": "fon", "light": "lYt",
		"ticking": "tIkIN", "hiss": "hIs", "closed": "klozd", "add": "ad", "goodnight": "gUdnYt", "cheese": "Ciz",
		"": "", "été": "", "a1": "", "Night": "", strings.Repeat("a", maxPronounced+1): "",
	} {
		if got := Pronounce(word); got != want {
			t.Errorf("%q is pronounced %q, want %q", word, got, want)
		}
	}
}

func TestAlternatives(t *testing.T) {
	s := NewSounds(cut("turn on the lights", "the lights are off", "good night", "hey alexa", "open the blinds", "what is the weather", "set a timer"))
	for _, c := range []struct{ text, want string }{
		{"turn on the lice", "lice→lights"},
		{"goodnight", "goodnight→good night"},
		{"hey a lexa", "a lexa→alexa"},
		{"what is the whether", "whether→weather"},
		{"delights are off", "delights→the lights"},
		{"open the blines", "blines→blinds"},
		{"turn on the lights", ""},
		{"set a timer", ""},
		{"zebra", ""},
		{"été 12", ""},
		{"", ""},
	} {
		words := Words(c.text)
		got := ""
		if all := s.Alternatives(words, 1); len(all) > 0 {
			change := all[0].Correction(words)
			got = change.From + "→" + change.To
			if !(change.Similarity > 0.5 && change.Similarity <= 1) {
				t.Errorf("%v has an impossible similarity", change)
			}
		}
		if got != c.want {
			t.Errorf("in %q: %q, want %q", c.text, got, c.want)
		}
	}
	// One that is a little further off, but stands beside the same neighbours, is
	// likelier.
	s = NewSounds(cut("pour the tea", "dee is here"))
	var order []string
	for _, a := range s.Alternatives(Words("pour the de"), 2) {
		order = append(order, fmt.Sprint(a.From, a.To, a.Words, a.Distance))
	}
	if want := []string{"2 3 [tea] 0.3", "2 3 [dee] 0"}; !slices.Equal(order, want) {
		t.Errorf("what was heard may be %q, want %q", order, want)
	}
}

func cut(texts ...string) (docs [][]string) {
	for _, t := range texts {
		docs = append(docs, Words(t))
	}
	return docs
}

// TestSoundDistance compares with filling the whole table, and holds that what
// is skipped because of its kinds of consonants is really too far.
func TestSoundDistance(t *testing.T) {
	const all = "pbtdkgfvszmnlrwyhTDSZCJN" + phoneVowels
	r := rand.New(rand.NewPCG(3, 3))
	word := func() string {
		w := make([]byte, 1+r.IntN(7))
		for i := range w {
			w[i] = all[r.IntN(len(all))]
		}
		return string(w)
	}
	for range 50_000 {
		a, b := word(), word()
		if r.IntN(2) == 0 { // something near
			i := r.IntN(len(a))
			b = a[:i] + word()[:1] + a[i+r.IntN(2):]
		}
		want := fullSoundDistance(a, b)
		if back := soundDistance(b, a, 99); soundDistance(a, b, 99) != want || back-want > 1e-9 || want-back > 1e-9 {
			t.Fatalf("%q and %q: %v one way and %v the other, want %v", a, b, soundDistance(a, b, 99), back, want)
		}
		limit := 3 * r.Float64()
		if got := soundDistance(a, b, limit); want <= limit && got != want || want > limit && got <= limit {
			t.Fatalf("%q and %q within %v: %v, want %v", a, b, limit, got, want)
		}
		if want <= limit-1e-9 && !mayBeNear(kindsOf(a), kindsOf(b), limit) {
			t.Fatalf("%q and %q are %v from each other and taken for further than %v", a, b, want, limit)
		}
	}
}

func fullSoundDistance(a, b string) float64 {
	if a == "" && b == "" {
		return 0
	}
	// The last sound of a word is the one that is cheap, so go from the front.
	table := make([][]float64, len(a)+1)
	for i := range table {
		table[i] = make([]float64, len(b)+1)
		for j := range table[i] {
			if i == 0 && j == 0 {
				continue
			}
			best := 1e9
			if i > 0 {
				best = min(best, table[i-1][j]+dropAt(a, i-1))
			}
			if j > 0 {
				best = min(best, table[i][j-1]+dropAt(b, j-1))
			}
			if i > 0 && j > 0 {
				best = min(best, table[i-1][j-1]+costs.swap[a[i-1]][b[j-1]])
			}
			table[i][j] = best
		}
	}
	return table[len(a)][len(b)]
}

func FuzzSounds(f *testing.F) {
	f.Add("turn on the lice in the kit chin", "turn on the lights in the kitchen")
	f.Add("a\u0301 \xff zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz qqq", "éa 密码 yyyyyy")
	f.Fuzz(func(t *testing.T, heard, doc string) {
		s := NewSounds(cut(doc, "another document"))
		words := Words(heard)
		all := s.Alternatives(words, 5)
		if len(all) > 5 {
			t.Errorf("%d alternatives", len(all))
		}
		for i, a := range all {
			if a.From < 0 || a.To <= a.From || a.To > min(len(words), maxHeard) || a.To-a.From > 2 || len(a.Words) < 1 || len(a.Words) > 2 {
				t.Fatalf("an alternative for %q is %+v", words, a)
			}
			if slices.Equal(a.Words, words[a.From:a.To]) || !(a.Distance >= 0 && a.Distance <= farthest*maxPhones) || a.Cost != a.Cost {
				t.Errorf("an alternative for %q is %+v", words, a)
			}
			if i > 0 && a.Cost < all[i-1].Cost {
				t.Errorf("%+v stands behind %+v", a, all[i-1])
			}
			for _, w := range a.Words {
				if s.df[w] == 0 {
					t.Errorf("%q is read as %q, which no document holds", words, a.Words)
				}
			}
		}
		if again := NewSounds(cut(doc, "another document")).Alternatives(words, 5); fmt.Sprint(again) != fmt.Sprint(all) {
			t.Errorf("%q gives %v, then %v", words, all, again)
		}
	})
}
