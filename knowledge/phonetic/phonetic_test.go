package phonetic

import (
	"math/rand/v2"
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

// TestDistance compares with filling the whole table, and holds that what
// is skipped because of its kinds of consonants is really too far.
func TestDistance(t *testing.T) {
	const all = "pbtdkgfvszmnlrwyhTDSZCJN" + vowels
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
		want := fullDistance(a, b)
		if back := Distance(b, a, 99); Distance(a, b, 99) != want || back-want > 1e-9 || want-back > 1e-9 {
			t.Fatalf("%q and %q: %v one way and %v the other, want %v", a, b, Distance(a, b, 99), back, want)
		}
		limit := 3 * r.Float64()
		if got := Distance(a, b, limit); want <= limit && got != want || want > limit && got <= limit {
			t.Fatalf("%q and %q within %v: %v, want %v", a, b, limit, got, want)
		}
		if want <= limit-1e-9 && !MayBeNear(Kinds(a), Kinds(b), limit) {
			t.Fatalf("%q and %q are %v from each other and taken for further than %v", a, b, want, limit)
		}
	}
}

// TestComparison holds that a comparison gives what Distance gives, to the last bit, in
// any order and within any limits.
func TestComparison(t *testing.T) {
	const all = "ptkszIVAe"
	r := rand.New(rand.NewPCG(4, 4))
	word := func(n int) string {
		w := make([]byte, r.IntN(n))
		for i := range w {
			w[i] = all[r.IntN(len(all))]
		}
		return string(w)
	}
	near := 0
	for range 500 {
		from, to := word(MaxPhones+1), ""
		c := NewComparison(from)
		for range 100 {
			to = to[:r.IntN(len(to)+1)]
			to += word(MaxPhones + 1 - len(to))
			limit := 8 * r.Float64()
			got, want := c.Distance(to, limit), Distance(from, to, limit)
			if want <= limit {
				near++
			}
			if got != want && (want <= limit || got <= limit) {
				t.Fatalf("%q and %q within %v: %v, want %v", from, to, limit, got, want)
			}
		}
	}
	if near < 2000 {
		t.Errorf("only %d are near: the test proves little", near)
	}
}

func fullDistance(a, b string) float64 {
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
