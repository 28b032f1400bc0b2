package main

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"frontdesk/asr"
	"frontdesk/asr/asrtest/noise"
	"frontdesk/bot"
)

// A spokenForeign is a sound in which no command is: talk, a language that is not
// understood, or a noise.
type spokenForeign struct {
	kind, said string
	voice      spokenVoice
}

// foreignTongues read English letters in their own way, which makes sounds of a language
// that nobody speaks and that is like theirs.
var foreignTongues = []string{"de", "fr-fr", "es", "it", "nl", "pl", "sv", "pt", "tr", "fi"}

// spokenTalk gives sentences of the corpus that are no commands, drawn by their hash.
func spokenTalk(t *testing.T, most int) []string {
	t.Helper()
	f, err := os.Open("../../../shared/corpus/shard-000.jsonl.gz")
	if err != nil {
		t.Skipf("the corpus is not at hand: %v", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	plain := regexp.MustCompile(`^[A-Za-z' ,]+[.?!]?$`)
	of := map[string][]string{} // by source
	scanner := bufio.NewScanner(z)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		var r struct{ T, S, A string }
		if err := json.Unmarshal(scanner.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		// Some sources hold commands to a home.
		n := len(strings.Fields(r.A))
		if r.T != "turn" && r.T != "sent" && r.T != "para" && r.T != "qa" || n < 3 || n > 14 || !plain.MatchString(r.A) ||
			r.S == "thingpedia" || strings.HasPrefix(r.S, "ms-lu") || r.S == "watson" || spokenSeed(r.A).IntN(20) > 0 {
			continue
		}
		of[r.S] = append(of[r.S], r.A)
	}
	if err := scanner.Err(); err != nil {
		t.Fatal(err)
	}
	var out []string
	for i := 0; len(out) < most; i++ { // as much of one source as of another
		before := len(out)
		for _, source := range slices.Sorted(maps.Keys(of)) {
			if i < len(of[source]) && !slices.Contains(out, of[source][i]) {
				out = append(out, of[source][i])
			}
		}
		if len(out) == before {
			t.Fatalf("the corpus holds %d sentences, and not %d", len(out), most)
		}
	}
	return out[:most]
}

// spokenForeigners gives what is to be heard, all kinds mixed.
func spokenForeigners(t *testing.T) []spokenForeign {
	t.Helper()
	voices := slices.Concat(spokenVoices[:6], heldVoices[:3])
	var out []spokenForeign
	for i, said := range spokenTalk(t, 420) {
		switch {
		case i%7 < 4:
			out = append(out, spokenForeign{"talk", said, voices[i%len(voices)]})
		case i%7 < 5:
			out = append(out, spokenForeign{"talk with music", said, voices[i%len(voices)]})
		default:
			out = append(out, spokenForeign{"another language", said, espeakVoice(foreignTongues[i%len(foreignTongues)], 30+i%40)})
		}
	}
	for i := range 60 {
		out = append(out, spokenForeign{kind: "kitchen", said: fmt.Sprint(i)}, spokenForeign{kind: "music", said: fmt.Sprint(i)})
	}
	rand.New(rand.NewPCG(3, 4)).Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// clip gives the sound.
func (f spokenForeign) clip(t *testing.T) asr.Clip {
	random := spokenSeed(f.kind, f.said, f.voice.name)
	seed := random.Uint64()
	made := make([]float32, int(asr.SampleRate*(1.5+3*random.Float64())))
	switch f.kind {
	case "kitchen":
		noise.NewKitchen(seed).Fill(made)
		return asr.Clip{Samples: made}
	case "music":
		noise.NewMusic(seed).Fill(made)
		return asr.Clip{Samples: made}
	}
	said := spokenSay(t, f.voice, f.said, 0.9+0.3*random.Float64())
	if f.kind != "talk with music" {
		return spokenThrough(said, spokenEffects[random.IntN(len(spokenEffects))], random)
	}
	music := make([]float32, len(said.Samples))
	noise.NewMusic(seed).Fill(music)
	return spokenThrough(asr.Clip{Samples: spokenMix(said.Samples, music, 5+10*random.Float64())}, "clean", random)
}

// spokenMix adds a noise to a sound, some decibels below it.
func spokenMix(sound, other []float32, decibels float64) []float32 {
	power := func(of []float32) (sum float64) {
		for _, v := range of {
			sum += float64(v) * float64(v)
		}
		return sum/float64(max(1, len(of))) + 1e-12
	}
	gain := float32(math.Sqrt(power(sound) / power(other) / math.Pow(10, decibels/10)))
	out := slices.Clone(sound)
	for i := range out {
		out[i] += gain * other[i%len(other)]
	}
	return out
}

// TestSpokenForeign has a home overhear talk, other languages and noises, where it may
// not run anything. FRONTDESK_TEST_HEARD names a folder where what was heard is kept.
func TestSpokenForeign(t *testing.T) {
	if os.Getenv("FRONTDESK_TEST_LOAD") == "" {
		t.Skip("it takes half an hour: set FRONTDESK_TEST_LOAD=1")
	}
	kept := cmp.Or(os.Getenv("FRONTDESK_TEST_HEARD"), t.TempDir())
	grammars := map[string]string{"home": spokenGrammar(t, spokenVoiceBase(t, "home")), "example": spokenGrammar(t, spokenBase(t, "home"))}
	a, all := spokenDesk(t, "home", "example"), spokenForeigners(t)
	var lock sync.Mutex
	decisions, seconds := map[string]map[bot.Decision]int{}, 0.0
	t.Run("batches", func(t *testing.T) {
		const batch = 20
		for at := 0; at < len(all); at += batch {
			base := []string{"home", "example"}[at/batch%2]
			t.Run(fmt.Sprintf("%s %d", base, at), func(t *testing.T) {
				t.Parallel()
				part := all[at : at+batch]
				heard := spokenBatch(t, filepath.Join(kept, fmt.Sprintf("foreign%03d.json", at)), map[string]string{base: grammars[base]}, batch, func(i int) asr.Clip { return part[i].clip(t) })
				lock.Lock()
				defer lock.Unlock()
				for i, r := range heard {
					seconds += r.Seconds
					r.File = fmt.Sprintf("foreign%03d", at+i)
					reply := spokenTo(t, a, base, r)
					name := base + ", " + part[i].kind
					if decisions[name] == nil {
						decisions[name] = map[bot.Decision]int{}
					}
					decisions[name][reply.Decision]++
					t.Logf("%s %.1f s %q: free %q, expected %q %.2f: %s %s %v %.3f", name, r.Seconds, part[i].said, r.Free, r.Guided[base], r.margin(base), reply.Decision, reply.Entry, reply.Slots, reply.Probability)
					if reply.Decision == bot.Run {
						t.Errorf("%s %q ran %s %v, heard as %q and %q", name, part[i].said, reply.Entry, reply.Slots, r.Free, r.Guided[base])
					}
				}
			})
		}
	})
	for _, name := range slices.Sorted(maps.Keys(decisions)) {
		t.Logf("%s: %v", name, decisions[name])
	}
	t.Logf("%.1f minutes in all", seconds/60)
}

// spokenBatch has clips heard, freely and with grammars, or reads what was heard of
// them from a file that is kept.
func spokenBatch(t *testing.T, kept string, grammars map[string]string, n int, clip func(i int) asr.Clip) []spokenRecording {
	t.Helper()
	var out []spokenRecording
	if data, err := os.ReadFile(kept); err == nil {
		if err := json.Unmarshal(data, &out); err != nil {
			t.Fatal(err)
		}
		return out
	}
	out = make([]spokenRecording, n)
	folder, names := t.TempDir(), make([]string, n)
	for i := range out {
		c := clip(i)
		names[i] = fmt.Sprintf("clip%03d", i)
		out[i] = spokenRecording{Seconds: c.Duration().Seconds(), Guided: map[string]string{}, Scores: map[string]int{}}
		spokenWAV(t, c, filepath.Join(folder, names[i]+".wav"))
	}
	texts, scores := spokenHear(t, folder, names, spokenFree...)
	for i := range out {
		out[i].Free, out[i].FreeScore = texts[i], scores[i]
	}
	for base, grammar := range grammars {
		texts, scores := spokenHear(t, folder, names, append([]string{"-jsgf", grammar}, spokenGuided...)...)
		for i := range out {
			out[i].Guided[base], out[i].Scores[base] = texts[i], scores[i]
		}
	}
	data, err := json.Marshal(out)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(kept, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return out
}
