package retrieval

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

// expecting searches for what was heard where a sentence was expected.
func expecting(t testing.TB, x *Index, free string, e Expected) Result {
	t.Helper()
	r, err := x.Search(t.Context(), Question{Text: free, Heard: true, Expected: e}, 3)
	if err != nil {
		t.Fatalf("%.40q: %v", free, err)
	}
	return r
}

func TestExpected(t *testing.T) {
	x := exampleIndex(t, "home")
	const sentence = "turn on the light in the kitchen"
	for _, c := range []struct {
		free     string
		expected Expected
		taken    bool
		from, to float64 // the probability of lights-on
	}{
		// What sounds like it.
		{"turn on the line in the kitchen", Expected{Text: sentence}, true, x.point.Spoken, 1},
		{"turn on the late and the kitten", Expected{Text: sentence}, true, x.point.Suggest, 1},
		// What a recogniser that knows nothing else makes of other talk.
		{"he told her that the train was late again", Expected{Text: sentence}, false, 0, x.point.Answer},
		{"turn on the line in the kitchen and then tell your mother to come home", Expected{Text: sentence}, true, 0, x.point.Answer},
		{"do not turn on the light in the kitchen", Expected{Text: sentence}, false, 0, deniedLimit},
		{"do not turn on the light in the kitchen", Expected{Text: sentence, Margin: -0.3, Measured: true}, false, 0, deniedLimit},
		{"the", Expected{Text: sentence}, false, 0, x.point.Answer},
		// What the sound does fit, so that nobody said the "not": it is asked about.
		{"turn not light in the kitchen", Expected{Text: sentence}, false, 0, deniedLimit},
		{"turn not light in the kitchen", Expected{Text: sentence, Margin: 1, Measured: true}, true, x.point.Answer, x.point.Spoken - 1e-9},
		// What may have been the opposite, too: it is asked about.
		{"turn out the light in the kitchen", Expected{Text: sentence, Margin: 1, Measured: true}, true, x.point.Answer, x.point.Spoken - 1e-9},
		{"turn one the light in the kitchen", Expected{Text: sentence, Margin: 1, Measured: true}, true, x.point.Spoken, 1},
		// What the sound does not fit.
		{"turn on the line in the kitchen", Expected{Text: sentence, Margin: -2, Measured: true}, false, 0, x.point.Spoken},
		{"turn on the line in the kitchen", Expected{Text: sentence, Margin: -2}, true, x.point.Spoken, 1}, // not measured
		{"turn on the line in the kitchen", Expected{Text: sentence, Margin: -0.1, Measured: true}, true, x.point.Spoken, 1},
	} {
		r := expecting(t, x, c.free, c.expected)
		p := 0.0
		for _, h := range r.Hits {
			if h.Entry.ID == "lights-on" {
				p = h.Probability
			}
		}
		if p < c.from || p > c.to || c.taken != r.Expected || c.taken && (r.Read != sentence || r.Hits[0].Slots["room"].Canonical != "kitchen") {
			t.Errorf("%q, expected %v: lights-on has %.3f, not from %.3f to %.3f; read %q, taken %v, %v", c.free, c.expected, p, c.from, c.to, r.Read, r.Expected, r.Hits[0].Slots)
		}
	}
}

// TestExpectedBesideSentence holds that what was heard freely, word for word as the base has
// it, is not given up for a sentence that fits the sound less well, and that a value which
// was heard is neither dropped nor changed without asking.
func TestExpectedBesideSentence(t *testing.T) {
	x := exampleIndex(t, "home")
	for _, c := range []struct {
		free     string
		expected Expected
		taken    bool
		slots    string
		run      bool
	}{
		// The free reading is a sentence, and the sound fits it better.
		{"turn on the light in the study", Expected{"turn on the light", -0.4, true}, false, "room=office", true},
		{"set the kitchen lights to 40 percent", Expected{"set the office lights to 40 percent", -0.5, true}, false, "brightness=40 room=kitchen", true},
		{"turn on the light", Expected{"turn on the kitchen light", -0.3, true}, false, "", true},
		// Neither fits better, but the other one has less or another value.
		{"turn on the light in the study", Expected{"turn on the light", 0, true}, false, "room=office", true},
		{"set the kitchen lights to 40 percent", Expected{"set the office lights to 40 percent", -0.05, true}, false, "brightness=40 room=kitchen", true},
		// The sound fits what has another value: it is asked about.
		{"turn on the light in the study", Expected{"turn on the light", 0.5, true}, true, "", false},
		{"turn on the light in the kitchen", Expected{"turn on the light in the hall", 0.5, true}, true, "room=hall", false},
		// Nobody says which one fits: the same.
		{"turn on the light in the kitchen", Expected{Text: "turn on the light"}, true, "", false},
		// No sentence was heard freely, but a value of one.
		{"turn on lie kitchen", Expected{"turn on the light", 0.5, true}, true, "", false},
		// It has all values that were heard and one more, of which nothing was heard: it is
		// asked about, however well it fits.
		{"turn on the light", Expected{"turn on the kitchen light", 1, true}, true, "room=kitchen", false},
	} {
		r := expecting(t, x, c.free, c.expected)
		var slots []string
		for name, v := range r.Hits[0].Slots {
			slots = append(slots, name+"="+v.Canonical)
		}
		slices.Sort(slots)
		run := r.Hits[0].Probability >= r.Point.Spoken
		if got := strings.Join(slots, " "); r.Expected != c.taken || got != c.slots || run != c.run {
			t.Errorf("%q, expected %v: %s %s %.3f, taken %v; want %s, taken %v, run %v", c.free, c.expected, r.Hits[0].Entry.ID, got, r.Hits[0].Probability, r.Expected, c.slots, c.taken, c.run)
		}
	}
}

// TestNothingExpected holds that a question without an expected sentence, or one that
// was typed, is answered as ever, and so is one that was heard just so by both.
func TestNothingExpected(t *testing.T) {
	x := exampleIndex(t, "home")
	for _, text := range []string{"turn on the lice in the kitchen", "turn on the light in the kitchen", "when is bin day", "my niece plays the flute"} {
		want := fmt.Sprint(hear(t, x, text))
		if got := fmt.Sprint(expecting(t, x, text, Expected{})); got != want {
			t.Errorf("%q without an expected sentence gives %.300s, not %.300s", text, got, want)
		}
		if got := fmt.Sprint(expecting(t, x, text, Expected{Text: text})); got != want {
			t.Errorf("%q heard by both gives %.300s, not %.300s", text, got, want)
		}
		typed := fmt.Sprint(search(t, x, text, 3))
		r, err := x.Search(t.Context(), Question{Text: text, Expected: Expected{Text: "turn off the light"}}, 3)
		if err != nil || fmt.Sprint(r) != typed {
			t.Errorf("%q, typed, gives %.300v, not %.300s (%v)", text, r, typed, err)
		}
	}
	if r := expecting(t, x, "", Expected{Text: "turn off the light"}); len(r.Hits) > 0 {
		t.Errorf("what nobody heard finds %d entries", len(r.Hits))
	}
}

// TestExpectedExplanation holds that the parts say all, whichever reading is taken.
func TestExpectedExplanation(t *testing.T) {
	x := exampleIndex(t, "home")
	for _, c := range []struct{ free, expected string }{
		{"turn on the line in the kitchen", "turn on the light in the kitchen"},
		{"it is very chili in there today", "heating in the kitchen to ten"},
		{"turn off the kitchen light", "turn off the bathroom light"},
	} {
		r := expecting(t, x, c.free, Expected{Text: c.expected, Margin: -0.3, Measured: true})
		sum := 0.0
		for _, p := range r.Hits[0].Parts {
			if p.Certain {
				sum += p.Value * p.Weight
			}
		}
		if p := r.Hits[0].Probability; math.Abs(sigmoid(sum)-p) > 1e-9 {
			t.Errorf("%q, expected %q: the parts give %v, not %v", c.free, c.expected, sigmoid(sum), p)
		}
	}
}

func FuzzExpected(f *testing.F) {
	f.Add("turn on the line in the kitchen", "turn on the light in the kitchen", -0.5, true)
	f.Add("", "light", 0.0, false)
	f.Add("\xff 密码", "turn off the light 21", math.Inf(-1), true)
	x := exampleIndex(f, "home")
	f.Fuzz(func(t *testing.T, free, expected string, margin float64, measured bool) {
		r := expecting(t, x, free, Expected{expected, margin, measured})
		sum := 0.0
		for i, h := range r.Hits {
			if !(h.Probability >= 0 && h.Probability <= 1) || i > 0 && h.Probability > r.Hits[i-1].Probability {
				t.Errorf("%q, expected %q: %s has probability %v", free, expected, h.Entry.ID, h.Probability)
			}
			sum += h.Probability
		}
		if sum > 1+1e-9 {
			t.Errorf("%q, expected %q: the probabilities sum to %v", free, expected, sum)
		}
	})
}

// BenchmarkSearchExpected asks for what was heard where a sentence was expected, and where none was.
func BenchmarkSearchExpected(b *testing.B) {
	x := exampleIndex(b, "home")
	for _, e := range []Expected{{}, {Text: "turn on the light in the kitchen"}} {
		b.Run(fmt.Sprintf("expected=%v", e.Text != ""), func(b *testing.B) {
			expecting(b, x, "the sounds of the words are made at the first time", e)
			b.ReportAllocs()
			for b.Loop() {
				expecting(b, x, "turn on the line in the kitchen", e)
			}
		})
	}
}
