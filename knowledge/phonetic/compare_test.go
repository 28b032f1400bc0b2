package phonetic

import (
	"math/rand/v2"
	"strings"
	"testing"
)

func TestCompare(t *testing.T) {
	for _, c := range []struct {
		a, b                   string
		nearer, missing, extra float64 // the distance is at most that, the shares within 0.1
	}{
		{"turn on the light in the kitchen", "turn on the light in the kitchen", 0, 0, 0},
		{"turn on the light in the kitchen", "turn on the line in the kitchen", 0.08, 0, 0},
		{"turn on the light", "turn on the light and then go home my friend", 0.6, 0, 0.55},
		{"turn on the light in the kitchen", "turn on the light in the bathroom", 0.25, 0.22, 0.2},
		{"set the office to twenty one degrees", "set the office to 21 degrees", 0, 0, 0},
		{"two hundred and five", "205", 0.25, 0.3, 0},
		{"one two three four five", "12345", 0, 0, 0},
		{"schließe das fenster", "schließe das fenster", 0, 0, 0},
		{"next", "", 1, 1, 0},
		{"", "next", 1, 0, 1},
		{"", "", 0, 0, 0},
	} {
		l := Compare(strings.Fields(c.a), strings.Fields(c.b))
		if l.Distance > c.nearer || l.Missing > c.missing+0.1 || l.Missing < c.missing-0.1 || l.Extra > c.extra+0.1 || l.Extra < c.extra-0.1 {
			t.Errorf("%q and %q: %+v, want a distance of %v, %v missing, %v extra", c.a, c.b, l, c.nearer, c.missing, c.extra)
		}
	}
}

// TestCompareIsBounded holds that any words give figures within their ranges.
func TestCompareIsBounded(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	text := func() []string {
		words := make([]string, r.IntN(12))
		for i := range words {
			letters := make([]rune, r.IntN(9))
			for j := range letters {
				letters[j] = []rune("abcdefghijklmnopqrstuvwxyz019'é密")[r.IntN(32)]
			}
			words[i] = string(letters)
		}
		return words
	}
	for range 3000 {
		a, b := text(), text()
		l, back := Compare(a, b), Compare(b, a)
		for _, v := range []float64{l.Distance, l.Missing, l.Extra} {
			if !(v >= 0 && v <= 1) {
				t.Fatalf("%q and %q: %+v", a, b, l)
			}
		}
		if d := l.Distance - back.Distance; d > 1e-9 || d < -1e-9 {
			t.Fatalf("%q and %q: %v one way and %v the other", a, b, l, back)
		}
		if same := Compare(a, a); same.Distance != 0 || same.Missing != 0 {
			t.Fatalf("%q and itself: %+v", a, same)
		}
	}
	long := strings.Fields(strings.Repeat("word 密码 12345678901234567890123456789012345 ", 5000))
	if n := len(readAloud(long).phones); n > maxCompared {
		t.Errorf("%d sounds are compared", n)
	}
}

func BenchmarkCompare(b *testing.B) {
	said, heard := strings.Fields("turn on the light in the kitchen"), strings.Fields("learn on the line and the kitten")
	b.ReportAllocs()
	for b.Loop() {
		Compare(said, heard)
	}
}
