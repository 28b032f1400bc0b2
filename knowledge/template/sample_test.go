package template

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestSample(t *testing.T) {
	tests := []struct {
		sentences []string
		n         int
		want      []string
	}{
		{[]string{"turn on [the] light[s]"}, 9, []string{"turn on light", "turn on the lights", "turn on the light", "turn on lights"}},
		{[]string{"stop", "halt [now]"}, 9, []string{"stop", "halt", "halt now"}},
		{[]string{"stop", "STOP!", "stop."}, 9, []string{"stop"}},
		{[]string{"add {item} to [my] list"}, 1, []string{"add something to list"}},
		{[]string{"{area} light"}, 3, []string{"kitchen light", "Joes room light", "living room light"}},
		{[]string{"heat to {celsius}"}, 3, []string{"heat to 17.5", "heat to 10", "heat to 25"}},
		{[]string{"{thing}, {thing:other}"}, 1, []string{"big red box, tiny"}},
		{[]string{"room {any_number}"}, 3, []string{"room 10", "room 4", "room 16"}},
		{[]string{"dim to {level}%"}, 2, []string{"dim to 50%", "dim to 20%"}},
		{[]string{"wake me {date} at {time}, in {colour} light, for {duration}"}, 2, []string{
			"wake me tomorrow at 7 pm, in blue light, for 10 minutes", "wake me next friday at half past eight, in red light, for an hour"}},
		{[]string{"(a;b)"}, 9, []string{"a b", "b a"}},
	}
	for _, test := range tests {
		g := desk(t, test.sentences...)
		got := g.Sample("x", test.n)
		if len(got) != len(test.want) || got[0] != test.want[0] {
			t.Errorf("%q gives %q, want %q", test.sentences, got, test.want)
			continue
		}
		for _, one := range test.want {
			if !slices.Contains(got, one) {
				t.Errorf("%q gives %q, want %q", test.sentences, got, test.want)
			}
		}
		if again := desk(t, test.sentences...).Sample("x", test.n); !slices.Equal(got, again) {
			t.Errorf("%q gives %q, then %q", test.sentences, got, again)
		}
	}
	if got := desk(t, "a").Sample("unknown", 3); got != nil {
		t.Errorf("an unknown entry says %q", got)
	}
}

// TestSampleSpreads wants every alternative, every sentence and many values
// among few phrasings.
func TestSampleSpreads(t *testing.T) {
	var rooms []string
	for i := range 1000 {
		rooms = append(rooms, fmt.Sprintf("room %d", i))
	}
	g, err := Compile([]Sentence{
		{ID: "x", Template: mustParse(t, "(turn|switch|bring|put) (on|up) [the] {room} (light|lamp|lantern)")},
		{ID: "x", Template: mustParse(t, "illuminate {room}")},
		{ID: "x", Template: mustParse(t, strings.Repeat("[x|y] ", 40)+"{room}")},
	}, nil, map[string]*Slot{"room": {Values: values(t, rooms...)}})
	if err != nil {
		t.Fatal(err)
	}
	got := g.Sample("x", 30)
	if len(got) != 30 {
		t.Fatalf("%d phrasings", len(got))
	}
	all := strings.Join(got, " ") + " "
	for _, w := range []string{"turn ", "switch ", "bring ", "put ", " on ", " up ", " the ", "light ", "lamp ", "lantern ", "illuminate ", "x ", "y "} {
		if !strings.Contains(all, w) {
			t.Errorf("no phrasing has %q", w)
		}
	}
	hundreds := make(map[byte]bool)
	for _, text := range got {
		number := text[strings.Index(text, "room ")+5:]
		if number, _, _ = strings.Cut(number, " "); len(number) == 3 {
			hundreds[number[0]] = true
		}
	}
	if len(hundreds) < 9 {
		t.Errorf("the values are from %d of the nine hundreds", len(hundreds))
	}
}

// randomTemplate writes a template from choices that next makes.
func randomTemplate(next func(n int) int, depth int, slot *int) string {
	words := []string{"turn", "on", "the", "light", "lights", "Room 5", "what's", "up-to", "9", "%", "über", "a", "half", "past"}
	var b strings.Builder
	for i := range 1 + next(4) {
		if i > 0 && next(4) > 0 {
			b.WriteByte(' ')
		}
		choice := next(10)
		if depth == 0 {
			choice = next(5)
		}
		switch choice {
		default:
			b.WriteString(words[next(len(words))])
		case 3, 4:
			lists := []string{"area", "device", "level", "celsius", "count", "duration", "time", "date", "colour"}
			*slot++
			fmt.Fprintf(&b, " {%s:s%d} ", lists[next(len(lists))], *slot)
		case 5:
			b.WriteString("<light>")
		case 6, 7, 8, 9:
			opener, closer, separator := "(", ")", "|"
			if choice == 6 {
				opener, closer = "[", "]"
			}
			if choice == 7 {
				separator = ";"
			}
			b.WriteString(opener)
			for j := range 2 + next(2) {
				if j > 0 {
					b.WriteString(separator)
				}
				b.WriteString(randomTemplate(next, depth-1, slot))
			}
			b.WriteString(closer)
		}
	}
	return b.String()
}

// TestSamplesMatch says every sample of random templates back to them.
func TestSamplesMatch(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	samples := 0
	for range 2000 {
		slot := 0
		text := randomTemplate(random.IntN, 3, &slot)
		samples += checkSamples(t, text)
	}
	if samples < 5000 {
		t.Errorf("only %d samples", samples)
	}
}

// checkSamples matches samples of a template with it.
func checkSamples(t *testing.T, text string) int {
	g, err := Compile([]Sentence{{ID: "x", Template: mustParse(t, text)}}, deskRules(t), deskSlots(t))
	if err != nil {
		return 0 // nothing but punctuation, or too large
	}
	samples := g.Sample("x", 8)
	for _, s := range samples {
		if tooLong(Normalize(s)) {
			continue
		}
		if m := g.Match(s, now); len(m) != 1 || m[0].ID != "x" {
			t.Errorf("%q is a sample of %q, and does not match it", s, text)
		}
	}
	return len(samples)
}

func FuzzMatch(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7, 8, 9}, "turn on the kitchen lights")
	f.Add([]byte{3, 3, 9, 7, 1, 0, 2, 8, 6, 4, 5, 5, 5}, "half past nine %")
	f.Add([]byte("the quick brown fox"), strings.Repeat("a half ", 80))
	f.Add([]byte{}, "")
	f.Fuzz(func(t *testing.T, choices []byte, text string) {
		at := 0
		next := func(n int) int {
			if at == len(choices) {
				return 0
			}
			at++
			return int(choices[at-1]) % n
		}
		slot := 0
		tmpl := randomTemplate(next, 4, &slot) + " [{free:@text}]"
		if len(tmpl) > maxLength {
			return
		}
		checkSamples(t, tmpl)
		g, err := Compile([]Sentence{{ID: "x", Template: mustParse(t, tmpl)}}, deskRules(t), deskSlots(t))
		if err != nil {
			return
		}
		for _, one := range append(g.Sample("x", 2), text) {
			start := time.Now()
			for _, m := range g.Match(one, now) {
				for name, v := range m.Slots {
					if name != v.Slot || v.Canonical == "" || v.Said == "" || !strings.Contains(one, v.Said) {
						t.Fatalf("%q in %q: %s is %+v", one, tmpl, name, v)
					}
				}
			}
			for name, v := range g.Extract("x", one, now) {
				if name != v.Slot || v.Canonical == "" || v.Said == "" || !strings.Contains(one, v.Said) {
					t.Fatalf("%q extracted by %q: %s is %+v", one, tmpl, name, v)
				}
			}
			if took := time.Since(start); took > time.Minute { // that it ends at all
				t.Fatalf("%q in %q took %v", one, tmpl, took)
			}
			if n := mostMoves(g, one); !tooLong(Normalize(one)) && n > sentenceWork+maxSteps {
				t.Fatalf("%q in %q: %d moves", one, tmpl, n)
			}
		}
	})
}
