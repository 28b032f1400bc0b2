package main

import (
	"bytes"
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
}

// TestSpokenReadings has sentences said that are commands of a base, and others, and
// holds that as much of them is heard as when the model of retrieval was fitted. With
// -update it writes what is heard for TestFitExpected, which takes an hour.
func TestSpokenReadings(t *testing.T) {
	if os.Getenv("FRONTDESK_TEST_LOAD") == "" {
		t.Skip("it takes minutes: set FRONTDESK_TEST_LOAD=1")
	}
	todo := spokenTodo(t)
	if !*update {
		todo = todo[:60]
	}
	var heard []spokenReading
	const batch = 15
	folder := t.TempDir()
	grammars := map[string]string{"home": spokenGrammar(t, spokenBase(t, "home")), "workshop": spokenGrammar(t, spokenBase(t, "workshop"))}
	for part := range slices.Chunk(todo, batch) {
		of := map[string][]string{}
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
		heard = append(heard, part...)
	}
	if !*update {
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
	var out bytes.Buffer
	for _, r := range heard {
		line, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(append(line, '\n'))
	}
	if err := os.WriteFile("../../retrieval/testdata/heard-readings.jsonl", out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
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

// spokenTodo gives what is to be said, by whom.
func spokenTodo(t *testing.T) []spokenReading {
	var all []spokenReading
	add := func(base, said, language string, strange bool) {
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
	}
	for _, name := range []string{"home", "workshop"} {
		base := spokenBase(t, name)
		each := map[string]int{"home": 7, "workshop": 5}[name]
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
		for _, file := range []string{"overheard-meeting.lines", "overheard-spoken.lines"} {
			for i, line := range spokenLines(t, filepath.Join("testdata", file)) {
				if name == "home" && file == "overheard-meeting.lines" && i%3 != 0 || name == "workshop" && i%6 != 0 {
					continue
				}
				language := ""
				if strings.HasPrefix(line, "[") {
					language, line, _ = strings.Cut(line[1:], "] ")
				}
				add(name, line, language, true)
			}
		}
	}
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

func spokenBase(t *testing.T, name string) *knowledge.Base {
	t.Helper()
	o := knowledge.Options{Dir: "../../retrieval/testdata", Paths: []string{"heard-workshop.yaml"}}
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
