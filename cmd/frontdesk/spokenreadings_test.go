package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"frontdesk/knowledge"
	"frontdesk/knowledge/template"
)

// A spokenReading is what was heard of a sentence.
type spokenReading struct {
	Base                     string `json:"base"`
	Voice                    string `json:"voice"`
	Said                     string `json:"said"`
	Strange                  bool   `json:"strange,omitempty"` // it is no sentence of the base
	Free                     string `json:"free"`
	Expected                 string `json:"expected"`
	FreeScore, ExpectedScore int
	Seconds                  float64
	turn                     int // to be said; the lowest is first
}

// spokenReadingsFile is what TestFitExpected of retrieval is fitted on.
const spokenReadingsFile = "../../retrieval/testdata/heard-readings.jsonl"

// TestSpokenReadings has sentences said that are commands of a base, and others, and
// holds that as much of them is heard as when the model of retrieval was fitted. With
// -update it adds what is heard of those that are not in the file of TestFitExpected, until
// it is stopped; all of them take hours.
func TestSpokenReadings(t *testing.T) {
	if os.Getenv("FRONTDESK_TEST_LOAD") == "" {
		t.Skip("it takes minutes: set FRONTDESK_TEST_LOAD=1")
	}
	all := spokenTodo(t)
	grammars := map[string]string{}
	for _, name := range spokenReadingBases {
		grammars[name] = spokenGrammar(t, spokenBase(t, name))
	}
	if !*update {
		heard := all[:60]
		spokenRead(t, grammars, heard)
		said, right := 0, 0
		for _, r := range heard {
			if !r.Strange {
				said++
				if strings.EqualFold(r.Said, r.Expected) {
					right++
				}
			}
		}
		if 3*right < said {
			t.Errorf("%d of %d commands are heard word for word", right, said)
		}
		return
	}
	kept := map[string]bool{}
	for _, r := range spokenReadings(t) {
		kept[r.Base+"\x00"+r.Said] = true
	}
	all = slices.DeleteFunc(all, func(r spokenReading) bool { return kept[r.Base+"\x00"+r.Said] })
	file, err := os.OpenFile(spokenReadingsFile, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for turn := range 2 { // the parts of a turn are in no order
		t.Run(fmt.Sprint("turn ", turn), func(t *testing.T) {
			of := slices.DeleteFunc(slices.Clone(all), func(r spokenReading) bool { return r.turn != turn })
			for part := range slices.Chunk(of, 15) {
				t.Run(part[0].Said, func(t *testing.T) {
					t.Parallel()
					spokenRead(t, grammars, part)
					var out bytes.Buffer
					for _, r := range part {
						line, err := json.Marshal(r)
						if err != nil {
							t.Fatal(err)
						}
						out.Write(append(line, '\n'))
					}
					if _, err := file.Write(out.Bytes()); err != nil { // at once, so that parts do not mix
						t.Fatal(err)
					}
				})
			}
		})
	}
}

// spokenReadings reads what was heard.
func spokenReadings(t *testing.T) (out []spokenReading) {
	t.Helper()
	for _, line := range spokenLines(t, spokenReadingsFile) {
		var r spokenReading
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}

// spokenRead has readings said, and writes into them what is heard.
func spokenRead(t *testing.T, grammars map[string]string, part []spokenReading) {
	t.Helper()
	folder, of := t.TempDir(), map[string][]string{}
	var names []string
	for i, r := range part {
		random := spokenSeed(r.Voice, r.Said)
		effect := spokenEffects[random.IntN(len(spokenEffects))]
		clip := spokenThrough(spokenSay(t, spokenVoiceOf(r), r.Said, 0.9+0.25*random.Float64()), effect, random)
		name := fmt.Sprintf("clip%03d", i)
		spokenWAV(t, clip, filepath.Join(folder, name+".wav"))
		names = append(names, name)
		of[r.Base] = append(of[r.Base], name)
		part[i].Seconds = clip.Duration().Seconds()
	}
	texts, scores := spokenHear(t, folder, names, spokenFree...)
	for i := range part {
		part[i].Free, part[i].FreeScore = texts[i], scores[i]
	}
	for base, some := range of {
		texts, scores := spokenHear(t, folder, some, append([]string{"-jsgf", grammars[base]}, spokenGuided...)...)
		for j, name := range some {
			i := slices.Index(names, name)
			part[i].Expected, part[i].ExpectedScore = texts[j], scores[j]
		}
	}
}

// spokenVoiceOf gives the voice of a reading.
func spokenVoiceOf(r spokenReading) spokenVoice {
	for _, v := range slices.Concat(spokenVoices, heldVoices) {
		if v.name == r.Voice {
			return v
		}
	}
	language, _, _ := strings.Cut(strings.TrimPrefix(r.Voice, "espeak-ng:"), ":")
	return espeakVoice(language, 50)
}

// spokenReadingBases are the bases that are spoken to.
var spokenReadingBases = []string{"home", "workshop", "hotel"}

// spokenTodo gives what is to be said, by whom.
func spokenTodo(t *testing.T) []spokenReading {
	var all []spokenReading
	add := func(base, said, language string, strange bool) *spokenReading {
		random := spokenSeed(base, said)
		from := spokenVoices
		if random.IntN(4) == 0 {
			from = heldVoices
		}
		voice := from[random.IntN(len(from))].name
		if language != "" {
			voice = "espeak-ng:" + language + ":50"
		}
		all = append(all, spokenReading{Base: base, Voice: voice, Said: said, Strange: strange})
		return &all[len(all)-1]
	}
	for _, name := range spokenReadingBases {
		base := spokenBase(t, name)
		each := map[string]int{"home": 12, "workshop": 12, "hotel": 8}[name]
		for _, e := range base.Entries {
			if e.Command == nil {
				continue
			}
			free := false
			for _, s := range e.Command.Slots {
				free = free || s.Type == template.Text
			}
			if free {
				continue
			}
			for _, s := range base.Grammar.Sample(e.ID, each) {
				add(name, s, "", false)
			}
			for i, s := range e.Alternatives {
				if i%12 == 0 && name == "home" {
					add(name, s, "", true)
				}
			}
		}
		for _, line := range spokenLines(t, filepath.Join("testdata", "heard-"+name+".lines")) {
			add(name, line, "", true)
		}
		if name == "hotel" {
			continue
		}
		for _, file := range []string{"overheard-meeting.lines", "overheard-spoken.lines"} {
			for i, line := range spokenLines(t, filepath.Join("testdata", file)) {
				if name == "home" && file == "overheard-meeting.lines" && i%3 != 0 || name == "workshop" && i%6 != 0 {
					continue
				}
				language := ""
				if strings.HasPrefix(line, "[") {
					language, line, _ = strings.Cut(line[1:], "] ")
				}
				add(name, line, language, true).turn = 1
			}
		}
	}
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	slices.SortStableFunc(all, func(a, b spokenReading) int { return cmp.Compare(a.turn, b.turn) })
	return all
}

func spokenBase(t *testing.T, name string) *knowledge.Base {
	t.Helper()
	o := knowledge.Options{Dir: "../../retrieval/testdata", Paths: []string{"heard-" + name + ".yaml"}}
	if name == "home" {
		o = knowledge.Options{Dir: "../../examples/home", Paths: []string{"commands.yaml", "house.yaml", "rooms.yaml"}}
	}
	base, err := knowledge.Load(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return base
}

func spokenLines(t *testing.T, file string) []string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	return lines
}
