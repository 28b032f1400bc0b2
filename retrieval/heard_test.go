package retrieval

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"frontdesk/retrieval/lexical"
)

// hear searches for what was heard.
func hear(t testing.TB, x *Index, text string) Result {
	t.Helper()
	r, err := x.Search(t.Context(), Question{Text: text, Heard: true}, 3)
	if err != nil {
		t.Fatalf("%.40q: %v", text, err)
	}
	return r
}

func TestHeard(t *testing.T) {
	x := exampleIndex(t, "home")
	for _, c := range []struct{ text, want, read, slots string }{
		{"turn on the lice in the kitchen", "lights-on", "turn on the lights in the kitchen", "room=kitchen"},
		{"turn off the kit chin lights", "lights-off", "turn off the kitchen lights", "room=kitchen"},
		{"turn on the lights in the kit chin", "lights-on", "turn on the lights in the kitchen", "room=kitchen"},
		{"open the blind sin the office", "blinds-open", "open the blind in the office", "room=office"},
		{"set the heeding in the office to 21.5 degrees", "heating-set", "set the heating in the office to 21.5 degrees", "degrees=21.5 room=office"},
		// The opposite is never made of it.
		{"I cant see my face in the bathroom mirror, turn on the lamp", "lights-on", "", ""},
		// What was heard rightly is left alone, whether or not the base knows it.
		{"turn on the lights in the kitchen", "lights-on", "", "room=kitchen"},
		{"the wind blows snow into the garage, close it", "garage-close", "", ""},
		{"where do you keep the powder for the laundry", "washing-machine", "", ""},
	} {
		r := hear(t, x, c.text)
		var slots []string
		for name, v := range r.Hits[0].Slots {
			slots = append(slots, name+"="+v.Canonical)
		}
		slices.Sort(slots)
		if got := r.Hits[0].Entry.ID; got != c.want || r.Read != c.read || strings.Join(slots, " ") != c.slots {
			t.Errorf("%q is %s %v, read as %q; want %s %s, %q", c.text, got, slots, r.Read, c.want, c.slots, c.read)
		}
		if typed := search(t, x, c.text, 3); typed.Read != "" {
			t.Errorf("%q, typed, is read as %q", c.text, typed.Read)
		}
	}
	r := hear(t, x, "turn on the lice in the kitchen")
	if want := map[string]string{"lice": "lights"}; !maps.Equal(r.Corrected, want) || r.Hits[0].Probability < x.point.Run {
		t.Errorf("corrected %v, probability %v below %v", r.Corrected, r.Hits[0].Probability, x.point.Run)
	}
}

// TestHeardNonsense holds that nothing is made an answer by sounding like it.
func TestHeardNonsense(t *testing.T) {
	x := exampleIndex(t, "home")
	for _, text := range []string{
		"gribble fonk dostara", "how do you get rid of head lice", "lice", "the kit chin", "what is the capital of mongolia",
		"he could hardly bear the wait", "my niece plays the flute",
	} {
		if h := hear(t, x, text).Hits[0]; h.Probability >= x.point.Answer {
			t.Errorf("%q is answered with %s, %v", text, h.Entry.ID, h.Probability)
		}
	}
	if r := hear(t, x, " ?! "); len(r.Hits) != 0 {
		t.Errorf("a text without words finds %d entries", len(r.Hits))
	}
}

// TestHeardExplanation holds that the parts say all, as for what is typed.
func TestHeardExplanation(t *testing.T) {
	x := exampleIndex(t, "home")
	for _, text := range []string{"turn on the lice in the kitchen", "it is very chili in there today"} {
		r := hear(t, x, text)
		sum, seen := 0.0, false
		for _, p := range r.Hits[0].Parts {
			if p.Certain {
				sum += p.Value * p.Weight
				seen = seen || p.Name == "sounds alike"
			}
		}
		if p := r.Hits[0].Probability; r.Read == "" || !seen || sigmoid(sum)-p > 1e-9 || p-sigmoid(sum) > 1e-9 {
			t.Errorf("%q, read as %q: the parts (sounds alike among them: %v) give %v, not %v", text, r.Read, seen, sigmoid(sum), p)
		}
	}
}

func TestReread(t *testing.T) {
	at := func(from, to int, words ...string) lexical.Alternative {
		return lexical.Alternative{From: from, To: to, Words: words}
	}
	for _, c := range []struct {
		text     string
		replaced []lexical.Alternative
		want     string
	}{
		{"Wake me at 7:30, pleas", []lexical.Alternative{at(5, 6, "please")}, "Wake me at 7:30, please"},
		{"good-nite all", []lexical.Alternative{at(1, 2, "night")}, "good night all"},
		{"the kit chin, now", []lexical.Alternative{at(1, 3, "kitchen")}, "the kitchen now"},
		{"pre-kit chin-wag", []lexical.Alternative{at(1, 3, "kitchen")}, "pre kitchen wag"},
		{"a goodnight b", []lexical.Alternative{at(2, 3, "bee"), at(1, 2, "good", "night")}, "a good night bee"},
		{"- what - now", []lexical.Alternative{at(0, 1, "watt")}, "- watt - now"},
	} {
		if got := reread(c.text, lexical.Words(c.text), c.replaced); got != c.want {
			t.Errorf("%q with %v is %q, want %q", c.text, c.replaced, got, c.want)
		}
	}
}

// TestHeardIsBounded counts what is embedded for one question, and holds that
// what is typed costs nothing more.
func TestHeardIsBounded(t *testing.T) {
	embedder := newCounter()
	x, err := Build(t.Context(), faqBase(t, shop()), embedder, DefaultConfig(), BuildOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"wear is my parcel shipped two", strings.Repeat("pass word reese ette ", 2000)} {
		embedder.asked = nil
		search(t, x, text, 3)
		if n := len(embedder.asked); n != 1 {
			t.Errorf("%.40q, typed, needs %d vectors", text, n)
		}
		embedder.asked = nil
		first := fmt.Sprint(hear(t, x, text))
		if n := len(embedder.asked); n > 1+maxReplaced+1 {
			t.Errorf("%.40q needs %d vectors", text, n)
		}
		if again := fmt.Sprint(hear(t, x, text)); again != first {
			t.Errorf("%.40q gives %.200s, then %.200s", text, first, again)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := x.Search(ctx, Question{Text: "wear is my parcel", Heard: true}, 1); err == nil {
		t.Error("a search that was stopped gives no error")
	}
}

func FuzzHeard(f *testing.F) {
	f.Add("turn on the lice in the kit chin")
	f.Add("set the \xff heeding, to 21.5° ")
	f.Add("goodnight 密码 l'été")
	x := exampleIndex(f, "home")
	f.Fuzz(func(t *testing.T, text string) {
		r := hear(t, x, text)
		if again := hear(t, x, text); fmt.Sprint(again.Corrected, again.Read) != fmt.Sprint(r.Corrected, r.Read) {
			t.Errorf("%q is read as %q, then as %q", text, r.Read, again.Read)
		}
		sum := 0.0
		for _, h := range r.Hits {
			if !(h.Probability >= 0 && h.Probability <= 1) {
				t.Errorf("%q: %s has probability %v", text, h.Entry.ID, h.Probability)
			}
			sum += h.Probability
		}
		if sum > 1+1e-9 {
			t.Errorf("%q: the probabilities sum to %v", text, sum)
		}
	})
}

// BenchmarkSearchHeard asks an index of 15,000 phrasings queries that were heard.
func BenchmarkSearchHeard(b *testing.B) {
	x := build(b, benchBase(b, "clinc150/corpus.all.jsonl"))
	queries := benchQueries(b, "clinc150/val.jsonl")
	hear(b, x, "the sounds of the words are made at the first time")
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		hear(b, x, queries[i%len(queries)].Text)
		i++
	}
}

// BenchmarkSounds makes the sounds of 15,000 phrasings.
func BenchmarkSounds(b *testing.B) {
	words := newCorpus(benchBase(b, "clinc150/corpus.all.jsonl")).words
	for b.Loop() {
		lexical.NewSounds(words)
	}
}
