package knowledge_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/knowledge"
)

var spokenNow = time.Date(2026, 11, 25, 9, 30, 0, 0, time.UTC)

func spokenHome(t testing.TB) *knowledge.Base {
	t.Helper()
	b, err := knowledge.Load(t.Context(), knowledge.Options{FS: os.DirFS("../examples/home"), Paths: []string{"commands.yaml", "house.yaml", "rooms.yaml"}})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestSpoken holds that what is expected of a base is understood by it, within the
// bound, every command with its share and all of its values.
func TestSpoken(t *testing.T) {
	b := spokenHome(t)
	plain := map[string]bool{}
	for _, e := range b.Entries {
		for _, p := range e.Phrasings() {
			plain[p] = true
		}
	}
	for _, most := range []int{0, 40, 2000} {
		sentences, complete := b.Spoken(most)
		if len(sentences) > most || complete || !slices.IsSorted(sentences) {
			t.Errorf("%d sentences of at most %d, complete: %v", len(sentences), most, complete)
		}
		commands := map[string]int{}
		rooms := map[string]bool{}
		for _, s := range sentences {
			found := b.Grammar.Match(s, spokenNow)
			if len(found) == 0 && !plain[s] {
				t.Errorf("%q is expected, and not understood", s)
			}
			for _, m := range found {
				commands[m.ID]++
				rooms[m.Slots["room"].Canonical] = true
			}
		}
		if most == 2000 {
			for _, e := range b.Entries {
				if e.Command != nil && commands[e.ID] < 10 && e.ID != "music-play" && e.ID != "reminder-add" && e.ID != "shopping-add" {
					t.Errorf("%s has %d sentences of %d", e.ID, commands[e.ID], most)
				}
			}
			lights, _ := b.Entry("lights-on")
			for _, v := range lights.Command.Slots["room"].Values {
				if !rooms[v.Canonical] {
					t.Errorf("nothing is said for %s", v.Canonical)
				}
			}
			if again, _ := b.Spoken(most); !slices.Equal(again, sentences) {
				t.Error("other sentences the second time")
			}
		}
	}
}

// TestSpokenWhole holds what a small base says, to the last sentence.
func TestSpokenWhole(t *testing.T) {
	b, err := load(t, map[string]string{"a.yaml": `
format: 1
commands:
  - id: heat
    say: ["set [the] {room} to {degrees} [degrees]", "play {song}"]
    slots:
      room: {values: [EcoBee, "room 2"]}
      degrees: {type: number, from: 20, to: 30, step: 10}
      song: {type: text}
    alternatives: ["Brr, it's cold!"]
    reply: ok
`}, "a.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, the := range []string{"", "the "} {
		for _, room := range []string{"EcoBee", "room 2"} {
			for _, n := range []string{"20", "30"} {
				for _, degrees := range []string{"", " degrees"} {
					want = append(want, "set "+the+room+" to "+n+degrees)
				}
			}
		}
	}
	want = append(want, "Brr, it's cold!")
	slices.Sort(want)
	got, complete := b.Spoken(1000)
	if !slices.Equal(got, want) || !complete {
		t.Errorf("said are, complete %v,\n%s\nwant\n%s", complete, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	// With less room, every value is said before any wording is varied.
	got, complete = b.Spoken(5)
	want = []string{"Brr, it's cold!", "set the EcoBee to 20", "set the EcoBee to 30", "set the room 2 to 20", "set the room 2 to 30"}
	if !slices.Equal(got, want) || complete {
		t.Errorf("said are, complete %v,\n%s\nwant\n%s", complete, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestDigitsAndWords: what recognisers write in words or in digits is understood, as
// are names that they write apart.
func TestDigitsAndWords(t *testing.T) {
	b, err := load(t, map[string]string{"a.yaml": `
format: 1
commands:
  - id: heat
    say: ["switch {room} to mode 3", "{room} {level}"]
    slots:
      room: {values: [EcoBee, "room 2", "gate seven", tv1, {say: "room two", value: other}]}
      level: {type: percentage}
    reply: ok
`}, "a.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"switch eco bee to mode three": "EcoBee", "switch Room 2 to mode 3": "room 2", "switch gate 7 to mode three": "gate seven",
		"switch TV one to mode 3": "tv1", "switch tv 1 to mode 3": "", "room two halfway": "other", "room 2 full": "room 2",
		"switch EcoBee to mode 4": "", "switch ecobee to mode thirteen": "",
	} {
		got := ""
		if found := b.Grammar.Match(text, spokenNow); len(found) > 0 {
			got = found[0].Slots["room"].Canonical
		}
		if got != want {
			t.Errorf("%q means %q, want %q", text, got, want)
		}
	}
}

func BenchmarkSpoken(b *testing.B) {
	base := spokenHome(b)
	for b.Loop() {
		sentences, _ := base.Spoken(50_000)
		b.ReportMetric(float64(len(sentences)), "sentences")
	}
}
