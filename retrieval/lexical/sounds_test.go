package lexical

import (
	"fmt"
	"slices"
	"testing"

	"frontdesk/knowledge/phonetic"
)

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
			if slices.Equal(a.Words, words[a.From:a.To]) || !(a.Distance >= 0 && a.Distance <= farthest*phonetic.MaxPhones) || a.Cost != a.Cost {
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

func TestBeside(t *testing.T) {
	s := NewSounds(cut("turn on the lights", "turn off the lights", "turn it up", "good night"))
	words := Words("turn on a light")
	for place, want := range [][]string{{"good"}, {"it", "off"}, {"the"}, {"up", "night", "lights"}} {
		if got := s.Beside(words, place, 9); !slices.Equal(got, want) {
			t.Errorf("place %d: %q, want %q", place, got, want)
		}
	}
	if got := s.Beside(words, 1, 1); len(got) != 1 {
		t.Errorf("of one it gives %q", got)
	}
}
