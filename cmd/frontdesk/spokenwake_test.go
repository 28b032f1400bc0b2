package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"frontdesk/asr"
	"frontdesk/asr/asrtest/noise"
	"frontdesk/asr/wake"
	"frontdesk/knowledge"
	"frontdesk/knowledge/jsgf"
)

const spokenWakePhrase = "hey desk"

// A spokenCall is something said in a room where a desk waits to be woken.
type spokenCall struct {
	kind, said string
	voice      spokenVoice
}

// What is said after the phrase: commands of examples/home, and what is none. The first
// half of each list is for choosing by, the second for checking.
var (
	spokenWakeCommands = []string{
		"turn on the kitchen light", "turn off the light in the bedroom", "set the heating to twenty degrees", "close the blinds",
		"set a timer for ten minutes", "lock the front door", "play some music", "dim the lights in the living room",
		"switch on the hall light", "turn the office lights off", "make it warmer in the bathroom", "open the blinds in the bedroom",
		"set an alarm for seven", "turn everything off", "stop the music", "volume up",
	}
	spokenWakeOthers = []string{
		"what time is it", "tell me a joke", "who won the game last night", "is it going to rain today",
		"where did I leave my keys", "how do I boil an egg", "when is the next bus", "thank you very much",
	}
	// What sounds like the phrase and is said to somebody else.
	spokenWakeNear = []string{
		"hey jess, turn on the kitchen light", "they just closed the blinds", "the desk is in the kitchen", "hey dad, can you turn off the light",
		"hey guess what happened today", "they asked me to set the table", "hate this weather", "hey there, how are you",
		"head west and then turn off the road", "hey Chris, play some music", "my desk is far too small", "hey does it rain outside",
		"hey Doris, lock the front door", "the dress is in the bedroom", "they test the heating on Monday", "a desk and a lamp would be nice",
	}
)

// spokenCalls gives what is said, to choose by or held back.
func spokenCalls(t *testing.T, held bool) []spokenCall {
	voices, half := spokenVoices[:3], func(all []string) []string { return all[:len(all)/2] }
	voices = append(slices.Clone(voices), spokenVoices[5], spokenVoices[6])
	talk := spokenTalk(t, 480)[:60]
	if held {
		voices, half = heldVoices[1:], func(all []string) []string { return all[len(all)/2:] }
		talk = spokenTalk(t, 480)[120:180]
	}
	var out []spokenCall
	for _, v := range voices {
		out = append(out, spokenCall{"the phrase alone", spokenWakePhrase, v})
		for _, s := range half(spokenWakeCommands) {
			out = append(out, spokenCall{"the phrase and a command", spokenWakePhrase + ", " + s, v}, spokenCall{"a command alone", s, v})
		}
		for _, s := range half(spokenWakeOthers) {
			out = append(out, spokenCall{"the phrase and something else", spokenWakePhrase + ", " + s, v})
		}
		for _, s := range half(spokenWakeNear) {
			out = append(out, spokenCall{"like the phrase", s, v})
		}
	}
	for i, s := range talk {
		out = append(out, spokenCall{"talk", s, voices[i%len(voices)]})
		if i%4 == 0 {
			out = append(out, spokenCall{"another language", s, espeakVoice(foreignTongues[i/4%len(foreignTongues)], 30+i%40)})
		}
		if i%12 == 0 {
			out = append(out, spokenCall{kind: "music", said: s}, spokenCall{kind: "kitchen", said: s})
		}
	}
	return out
}

// clip gives the sound.
func (c spokenCall) clip(t *testing.T) asr.Clip {
	random := spokenSeed("wake", c.kind, c.said, c.voice.name)
	made := make([]float32, int(asr.SampleRate*(1.5+2*random.Float64())))
	switch c.kind {
	case "music":
		noise.NewMusic(random.Uint64()).Fill(made)
		return asr.Clip{Samples: made}
	case "kitchen":
		noise.NewKitchen(random.Uint64()).Fill(made)
		return asr.Clip{Samples: made}
	}
	said := spokenSay(t, c.voice, c.said, 0.9+0.25*random.Float64())
	return spokenThrough(said, spokenEffects[random.IntN(len(spokenEffects))], random)
}

// spokenWakeGrammar gives the grammar of examples/home with the phrase before its commands.
func spokenWakeGrammar(t *testing.T) map[string]string {
	t.Helper()
	base, err := knowledge.Load(t.Context(), knowledge.Options{Dir: filepath.FromSlash("../../examples/home"), Paths: []string{"commands.yaml", "house.yaml", "rooms.yaml"}})
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open("/usr/share/pocketsphinx/model/en-us/cmudict-en-us.dict")
	if err != nil {
		t.Skip("the dictionary of pocketsphinx is not installed")
	}
	defer f.Close()
	dictionary, err := jsgf.ReadDictionary(f)
	if err != nil {
		t.Fatal(err)
	}
	var grammar bytes.Buffer
	if err := jsgf.Write(&grammar, base, jsgf.Options{Known: dictionary.Has, Leads: []string{spokenWakePhrase}}); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "wake.jsgf")
	if err := os.WriteFile(file, grammar.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return map[string]string{"home": file}
}

// spokenWakeThreshold is that of config.yaml. It was chosen by what is not held back.
const spokenWakeThreshold = "1e-30"

// spokenWakeEach is how many calls there are for each that is also recognised as a whole,
// with the grammar of a home, which takes long.
const spokenWakeEach = 6

// TestSpokenWake says the phrase, and what is none, to pocketsphinx: half of it to choose
// by, and the other half, by other voices, to check. The phrase is listened for in the
// beginning, as wake: command: has it, and for some also looked for in what the whole is
// recognised as, with its margin and without.
func TestSpokenWake(t *testing.T) {
	if os.Getenv("FRONTDESK_TEST_LOAD") == "" {
		t.Skip("it takes minutes: set FRONTDESK_TEST_LOAD=1")
	}
	grammars := spokenWakeGrammar(t)
	phrases, err := wake.NewPhrases([]string{spokenWakePhrase})
	if err != nil {
		t.Fatal(err)
	}
	for _, held := range []bool{false, true} {
		t.Run(fmt.Sprintf("held=%v", held), func(t *testing.T) {
			calls := spokenCalls(t, held)
			kept := filepath.Join(cmp.Or(os.Getenv("FRONTDESK_TEST_HEARD"), t.TempDir()), fmt.Sprintf("wake-%v", held))
			clip := sync.OnceValue(func() []asr.Clip {
				clips := make([]asr.Clip, len(calls))
				for i, c := range calls {
					clips[i] = c.clip(t)
				}
				return clips
			})
			texts := spokenSpotted(t, kept+"-spotted.json", len(calls), func(i int) asr.Clip { return spokenBeginning(clip()[i]) })
			whole := spokenBatch(t, kept+"-whole.json", grammars, len(calls)/spokenWakeEach, func(i int) asr.Clip { return clip()[i*spokenWakeEach] })

			type figures struct{ clips, spotted, whole, measured, not int }
			total := map[string]*figures{}
			for i, c := range calls {
				f := total[c.kind]
				if f == nil {
					f = &figures{}
					total[c.kind] = f
				}
				f.clips++
				_, spotted := phrases.Cut(texts[i])
				if spotted {
					f.spotted++
				}
				if spotted != (c.kind != "talk" && strings.HasPrefix(c.said, spokenWakePhrase)) {
					t.Logf("spotted %v: %s %s %q", spotted, c.kind, c.voice.name, c.said)
				}
				if n := i / spokenWakeEach; i%spokenWakeEach == 0 && n < len(whole) {
					r := whole[n]
					woken := func(measured bool) (n int) {
						if _, ok := phrases.Woken(asr.Transcript{Text: r.Free, Expected: asr.Reading{Text: r.Guided["home"], Margin: r.margin("home"), Measured: measured}}); ok {
							n = 1
						}
						return n
					}
					f.whole, f.measured, f.not = f.whole+1, f.measured+woken(true), f.not+woken(false)
				}
			}
			for _, kind := range slices.Sorted(maps.Keys(total)) {
				f := total[kind]
				t.Logf("%s: of %d the phrase is spotted in %d; of %d recognised as a whole %d wake the desk by the margin, %d without one",
					kind, f.clips, f.spotted, f.whole, f.measured, f.not)
			}
			if f := total["the phrase and a command"]; 10*f.spotted < 8*f.clips {
				t.Errorf("of %d commands after the phrase it is spotted in %d", f.clips, f.spotted)
			}
			for _, kind := range []string{"a command alone", "talk", "another language", "music", "kitchen"} {
				if f := total[kind]; 20*f.spotted > f.clips {
					t.Errorf("of %d sounds of %s %d wake the desk", f.clips, kind, f.spotted)
				}
			}
		})
	}
}

// spokenSpotted has pocketsphinx look for the phrase in clips, or reads what it found from
// a file that is kept.
func spokenSpotted(t *testing.T, kept string, n int, clip func(i int) asr.Clip) (texts []string) {
	t.Helper()
	if data, err := os.ReadFile(kept); err == nil {
		if err := json.Unmarshal(data, &texts); err != nil {
			t.Fatal(err)
		}
		return texts
	}
	folder, names := t.TempDir(), make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("clip%03d", i)
		spokenWAV(t, clip(i), filepath.Join(folder, names[i]+".wav"))
	}
	texts, _ = spokenHear(t, folder, names, "-keyphrase", spokenWakePhrase, "-kws_threshold", spokenWakeThreshold)
	data, err := json.Marshal(texts)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(kept, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return texts
}

// spokenBeginning gives as much of a clip as is looked at for a phrase.
func spokenBeginning(c asr.Clip) asr.Clip {
	const before = asr.SampleRate * 24 / 100 // more stands before it in a room
	return asr.Clip{Samples: c.Samples[:min(len(c.Samples), asr.SampleRate*23/10-before)]}
}
