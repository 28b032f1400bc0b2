package lexical

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestCorrect(t *testing.T) {
	x := New([]string{
		"how do I reset my question", "question and answer", "questions", "restaurants nearby",
		"what time is it", "set a timer", "set a timer", "set a timer", "my bank card", "login",
		"пароль", "the the", "lost", "last", "list", "abc1234", "a go",
	})
	known := func(w string) bool { return w == "lust" }
	for _, c := range []struct {
		word, want string
	}{
		{"qestion", "question"},   // left out
		{"quesstion", "question"}, // put in
		{"quastion", "question"},  // replaced
		{"qeustion", "question"},  // exchanged
		{"qeusstion", "question"}, // two in a long word
		{"resturants", "restaurants"},
		{"timr", "timer"}, // a letter left out is likelier than one replaced
		{"hte", "the"},    // a short word, letters exchanged
		{"wht", "what"},   // a short word, a letter left out
		{"thx", ""},       // a short word, a letter replaced
		{"ot", ""},        // too short
		{"lsot", "lost"},
		{"lest", "last"}, // of equals the first by alphabet
		{"lust", ""},     // known
		{"reset", ""},    // in the vocabulary
		{"bankcard", "bank card"},
		{"mybank", ""}, // a part of two letters in a short word
		{"mytimer", "my timer"},
		{"loginn", "login"},
		{"пороль", "пароль"},
		{"abc1235", ""}, // digits
		{"", ""},
		{"completelyelse", ""},
		{strings.Repeat("z", 90), ""},
		{"\xff\xfe\xfd\xfc", ""},
	} {
		got, ok := x.Correct(c.word, known)
		if ok != (c.want != "") || got.To != c.want || ok && got.From != c.word {
			t.Errorf("Correct(%q) = %v, %v, want %q", c.word, got, ok, c.want)
		}
	}
	c, _ := x.Correct("qeusstion", nil)
	if want := 1 - 2.0/9; c.Similarity != want {
		t.Errorf("two errors in nine letters are a similarity of %v, want %v", c.Similarity, want)
	}
	if c, ok := x.Correct("lust", nil); !ok || c.To != "last" {
		t.Errorf("without known words: %v, %v", c, ok)
	}
}

func TestRespell(t *testing.T) {
	x := New([]string{"login fails", "my bank card", "reset password", "log the work in"})
	for _, c := range []struct{ text, want, changed string }{
		{"", "", ""},
		{"reset my card", "reset my card", ""},
		{"rest my pasword", "reset my password", "rest→reset pasword→password"},
		{"bankcard", "bank card", "bankcard→bank card"},
		{"log in", "log in", ""}, // the documents hold both
		{"pass word", "password", "pass word→password"},
		{"my pass word fials", "my password fails", "pass word→password fials→fails"},
	} {
		respelled, changed := x.Respell(Words(c.text), nil)
		var list []string
		for _, c := range changed {
			list = append(list, c.From+"→"+c.To)
			if c.Similarity <= 0 || c.Similarity >= 1 {
				t.Errorf("%v has an impossible similarity", c)
			}
		}
		if got := strings.Join(respelled, " "); got != c.want || strings.Join(list, " ") != c.changed {
			t.Errorf("Respell(%q) = %q, %q, want %q, %q", c.text, got, list, c.want, c.changed)
		}
	}
	long := slices.Repeat([]string{"pasword"}, 5000)
	respelled, changed := x.Respell(long, nil)
	if len(respelled) != 5000 || len(changed) != maxRespelled {
		t.Errorf("of 5000 words %d are left and %d corrected", len(respelled), len(changed))
	}
}

// naiveDistance fills the whole table.
func naiveDistance(a, b []rune) int {
	d := make([][]int, len(a)+1)
	for i := range d {
		d[i] = make([]int, len(b)+1)
		d[i][0] = i
	}
	for j := range d[0] {
		d[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, d[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(a)][len(b)]
}

func TestDistance(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	word := func() []rune {
		w := make([]rune, r.IntN(8))
		for i := range w {
			w[i] = rune('a' + r.IntN(3))
		}
		return w
	}
	for range 50_000 {
		a, b := word(), word()
		want := naiveDistance(a, b)
		for most := range 9 {
			got := distance(a, b, most)
			if want <= most && got != want || want > most && got <= most {
				t.Fatalf("distance(%q, %q, %d) = %d, want %d", string(a), string(b), most, got, want)
			}
		}
	}
}

// TestNearestMissesNothing compares with trying every word.
func TestNearestMissesNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	texts := zipf(r, 400)
	x := New(texts)
	for range 2000 {
		letters := []rune(x.vocab[r.IntN(len(x.vocab))])
		for range r.IntN(4) {
			letters[r.IntN(len(letters))] = rune('a' + r.IntN(26))
		}
		if len(letters) < oneError {
			continue
		}
		most, want := 2, math.MaxInt
		for _, w := range x.vocab {
			want = min(want, naiveDistance(letters, []rune(w)))
		}
		best, errors := x.nearest(letters, lettersOf(string(letters)), most)
		if want > most {
			if best >= 0 {
				t.Fatalf("%q is read as %q, which is further than two errors", string(letters), x.vocab[best])
			}
		} else if best < 0 || errors != want || naiveDistance(letters, []rune(x.vocab[best])) != want {
			t.Fatalf("%q: got word %d at %d errors, want %d errors", string(letters), best, errors, want)
		}
	}
}

func FuzzRespell(f *testing.F) {
	f.Add("how do I reset my pasword", "password reset")
	f.Add("密 码 bankcard", "bank card")
	f.Add("e\u0301tudee", "étude a b")
	f.Fuzz(func(t *testing.T, query, doc string) {
		x := New([]string{doc, "another document"})
		words := Words(query)
		respelled, changed := x.Respell(words, nil)
		if len(changed) == 0 && !slices.Equal(respelled, words) {
			t.Errorf("%q becomes %q without a change", words, respelled)
		}
		for _, c := range changed {
			if !(c.Similarity > 0 && c.Similarity < 1) || !utf8.ValidString(c.To) {
				t.Errorf("a correction is %v", c)
			}
			for _, w := range strings.Fields(c.To) {
				if x.DF(w) == 0 {
					t.Errorf("%q is corrected to %q, which no document holds", c.From, c.To)
				}
			}
		}
		again, _ := x.Respell(respelled, nil)
		if len(changed) < maxRespelled && len(again) > len(respelled) {
			t.Errorf("%q becomes %q and then %q", words, respelled, again)
		}
	})
}
