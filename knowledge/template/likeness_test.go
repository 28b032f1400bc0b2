package template

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var derive = flag.Bool("derive", false, "have TestDeriveSoundBounds print what each bound costs and gains")

// TestSounds looks at what may be a misheard value and what may not.
func TestSounds(t *testing.T) {
	slots := map[string]*Slot{"room": {Name: "room", Values: values(t, "kitchen", "nursery", "study", "hall", "dining room", "garage", "guest room", "quest room")}}
	g, err := Compile([]Sentence{{ID: "x", Template: mustParse(t, "lights on in [the] {room}")}}, nil, slots)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"bring light into the kit chin":     "room=kitchen(kit chin)",
		"bring light into the nurse ree":    "room=nursery(nurse ree)",
		"bring light into the dyning rhume": "room=dining room(dyning rhume)",
		"bring light into the haul":         "", // too short to tell
		"bring light into the west room":    "", // guest or quest?
		"bring light into my life":          "",
		"bring light to the children":       "",
	} {
		if got := show(g.Extract("x", text, now)); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
	for text, want := range map[string]string{"in the kit chin please": "kitchen", "haul": "hall", "the west room": "", "nurse ree": "nursery"} {
		if got, ok := slots["room"].Parse(text, now); got.Canonical != want || ok != (want != "") {
			t.Errorf("Parse(%q) = %v, %v, want %q", text, got, ok, want)
		}
	}
}

// respellings are ways to write the same sound, as a recogniser may that does
// not know a name.
var respellings = [][2]string{
	{"c", "k"}, {"k", "c"}, {"f", "ph"}, {"ph", "f"}, {"ee", "ea"}, {"ea", "ee"}, {"ai", "ay"}, {"oo", "ew"}, {"ck", "k"}, {"s", "ss"},
	{"ss", "s"}, {"tt", "t"}, {"t", "tt"}, {"l", "ll"}, {"ll", "l"}, {"n", "nn"}, {"m", "mm"}, {"er", "ur"}, {"or", "aur"}, {"y", "ie"},
	{"ie", "y"}, {"i", "y"}, {"qu", "kw"}, {"x", "cks"}, {"th", "f"}, {"d", "t"}, {"b", "p"}, {"z", "s"}, {"v", "f"}, {"m", "n"}, {"g", "k"},
	{"ou", "ow"}, {"au", "o"}, {"e", "i"}, {"o", "u"},
}

// TestDeriveSoundBounds counts, for each pair of bounds, how often a value is
// heard in sentences that name none, and how often a value is still found whose
// spelling is lost. The lists are those of public corpora and the colours; the
// sentences are of other subjects.
func TestDeriveSoundBounds(t *testing.T) {
	if !*derive {
		t.Skip("run with -derive")
	}
	lists := map[string][]string{"colours": slices.Sorted(maps.Values(colours))}
	benchLines(t, "snips/val.jsonl", func(line []byte) {
		var q struct{ Slots map[string]any }
		if err := json.Unmarshal(line, &q); err != nil {
			t.Fatal(err)
		}
		for slot, v := range q.Slots {
			if s, ok := v.(string); ok && !strings.Contains(slot, "number") && !strings.Contains(slot, "value") && slot != "timeRange" && slot != "year" {
				lists[slot] = append(lists[slot], Normalize(s))
			}
		}
	})
	var texts []string
	benchLines(t, "clinc150/corpus.k5.jsonl", func(line []byte) {
		var e struct{ Alternatives []string }
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatal(err)
		}
		texts = append(texts, e.Alternatives...)
	})
	oldBound, oldMargin := soundBound, soundMargin
	defer func() { soundBound, soundMargin = oldBound, oldMargin }()
	for _, soundBound = range []float64{0.05, 0.1, 0.15, 0.2, 0.25} {
		for _, soundMargin = range []float64{0.05, 0.1, 0.15} {
			var asked, misread, heard, tried, spelled, right, wrong int
			r := rand.New(rand.NewPCG(1, 1))
			for _, name := range slices.Sorted(maps.Keys(lists)) {
				list := slices.Compact(slices.Sorted(slices.Values(lists[name])))
				if len(list) < 5 {
					continue
				}
				s := &Slot{Name: "x"}
				for _, v := range list {
					if parsed, err := Parse(v); err == nil {
						s.Values = append(s.Values, ListValue{v, []*Template{parsed}})
					}
				}
				g, err := Compile([]Sentence{{ID: "x", Template: mustParse(t, "set {x}")}}, nil, map[string]*Slot{"x": s})
				if err != nil {
					t.Fatal(err)
				}
				find := func(text string) (bySpelling, bySound string) {
					n := normalize(text)
					x := extraction{entry: g.entries["x"], n: n, dates: newDateReader(now), values: map[string]Value{}}
					x.spans = longestFirst(x.scan())
					if len(x.spans) > 0 {
						return "exact", ""
					}
					if f, ok := x.bySpelling(x.entry.slots[0]); ok {
						return f.finds[0].canonical, ""
					}
					if f, ok := x.bySound(x.entry.slots[0]); ok {
						return "", f.finds[0].canonical
					}
					return "", ""
				}
				for _, text := range texts {
					exact, sound := find(text)
					if exact == "exact" {
						continue
					}
					asked++
					if exact != "" {
						misread++
					}
					if sound != "" {
						heard++
					}
				}
				for _, v := range list {
					if len(v) < 5 {
						continue
					}
					for range 3 {
						said := v
						for range 2 {
							if rule := respellings[r.IntN(len(respellings))]; strings.Contains(said, rule[0]) {
								said = strings.Replace(said, rule[0], rule[1], 1)
							}
						}
						if said == v {
							continue
						}
						tried++
						switch exact, sound := find("something of " + said + " thing"); {
						case exact != "":
							spelled++
						case sound == v:
							right++
						case sound != "":
							wrong++
						}
					}
				}
			}
			fmt.Printf("bound %.2f margin %.2f: of %d sentences without a value one is read in %d by its spelling, heard in %d (%.3f %%); of %d respelled values %d found by spelling, %d more by sound, %d wrongly\n",
				soundBound, soundMargin, asked, misread, heard, 100*float64(heard)/float64(asked), tried, spelled, right, wrong)
		}
	}
}

func benchLines(t *testing.T, name string, each func(line []byte)) {
	t.Helper()
	f, err := os.Open(filepath.Join("../../../shared/bench", filepath.FromSlash(name)))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("../../../shared/bench is not there")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		each(lines.Bytes())
	}
}
