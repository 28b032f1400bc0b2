package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/asr"
	"frontdesk/asr/asrtest/noise"
	"frontdesk/asr/audio"
	"frontdesk/bot"
	"frontdesk/internal/app"
	"frontdesk/internal/ort"
	"frontdesk/knowledge"
)

// A spokenRecording is a recording with what was said in it, and heard.
type spokenRecording struct {
	Set, File string
	Text      string            // of home
	Slots     map[string]string // of coffee
	Free      string
	FreeScore int
	Guided    map[string]string // by base
	Scores    map[string]int    // of Guided
	Seconds   float64
}

// margin is what testdata/voice/pocketsphinx.sh makes of the scores.
func (r spokenRecording) margin(base string) float64 {
	return (float64(r.Scores[base]-r.FreeScore)*0.1024/r.Seconds - 30) / 100
}

// spokenRecordings reads what was said in a set of recordings.
func spokenRecordings(t *testing.T, set string) []spokenRecording {
	t.Helper()
	file := filepath.Join("../../../shared/voice", set, "labels.jsonl")
	f, err := os.Open(file)
	if err != nil {
		t.Skipf("the recordings are not at hand: %v", err)
	}
	defer f.Close()
	var out []spokenRecording
	for lines := bufio.NewScanner(f); lines.Scan(); {
		r := spokenRecording{Set: set, Guided: map[string]string{}, Scores: map[string]int{}}
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}

// spokenRecognized has pocketsphinx hear the recordings of a set, freely and with the
// grammars of both bases. FRONTDESK_TEST_HEARD names a folder where it is kept from
// one run to the next.
func spokenRecognized(t *testing.T, set string) []spokenRecording {
	t.Helper()
	kept := filepath.Join(cmp.Or(os.Getenv("FRONTDESK_TEST_HEARD"), t.TempDir()), set+".json")
	if data, err := os.ReadFile(kept); err == nil {
		var out []spokenRecording
		if err := json.Unmarshal(data, &out); err != nil {
			t.Fatal(err)
		}
		return out
	}
	recordings, folder := spokenRecordings(t, set), t.TempDir()
	names := make([]string, len(recordings))
	for i, r := range recordings {
		data, err := os.ReadFile(filepath.Join("../../../shared/voice", set, r.File))
		if err != nil {
			t.Fatal(err)
		}
		clip, err := audio.Decode(t.Context(), data, audio.Options{})
		if err != nil {
			t.Fatalf("%s: %v", r.File, err)
		}
		names[i] = fmt.Sprintf("clip%03d", i)
		clip = spokenThrough(clip, "clean", spokenSeed(r.File))
		recordings[i].Seconds = clip.Duration().Seconds()
		spokenWAV(t, clip, filepath.Join(folder, names[i]+".wav"))
	}
	texts, scores := spokenHear(t, folder, names, spokenFree...)
	for i := range recordings {
		recordings[i].Free, recordings[i].FreeScore = texts[i], scores[i]
	}
	for _, name := range []string{"home", "coffee"} {
		texts, scores := spokenHear(t, folder, names, append([]string{"-jsgf", spokenGrammar(t, spokenVoiceBase(t, name))}, spokenGuided...)...)
		for i := range recordings {
			recordings[i].Guided[name], recordings[i].Scores[name] = texts[i], scores[i]
		}
	}
	data, err := json.MarshalIndent(recordings, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(kept, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return recordings
}

// spokenVoiceBase gives a base that recordings are said to.
func spokenVoiceBase(t *testing.T, name string) *knowledge.Base {
	t.Helper()
	base, err := knowledge.Load(t.Context(), knowledge.Options{Dir: "testdata/voice", Paths: []string{name + ".yaml"}})
	if err != nil {
		t.Fatal(err)
	}
	return base
}

// spokenDesk gives a desk with some of the bases home, coffee, example, which is the home
// of the examples, workshop and hotel. It pretends to run commands.
func spokenDesk(t *testing.T, bases ...string) *app.App {
	t.Helper()
	return spokenDeskWith(t, ort.DefaultConfig(), bases...)
}

// spokenDeskWith gives one whose model is that beside which ONNX Runtime is found.
func spokenDeskWith(t *testing.T, library ort.Config, bases ...string) *app.App {
	t.Helper()
	folder, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "config.yaml")
	text := "format: 1\ndefault_base: " + bases[0] + "\npeople: {me: {is: [mic:desk], roles: [household]}}\nbases:\n"
	for _, base := range bases {
		files := "%[1]s/testdata/voice/%[2]s.yaml"
		switch base {
		case "example":
			files = "%[1]s/../../examples/home/commands.yaml, %[1]s/../../examples/home/house.yaml, %[1]s/../../examples/home/rooms.yaml"
		case "workshop", "hotel":
			files = "%[1]s/../../retrieval/testdata/heard-%[2]s.yaml"
		}
		text += fmt.Sprintf("  %[2]s: {allow: {roles: [household]}, knowledge: ["+files+"]}\n", folder, base)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := app.LoadConfig(file)
	if err != nil {
		t.Fatal(err)
	}
	cfg.ONNXRuntime = library
	return openKept(t, "spoken"+library.Library, cfg, app.Options{Bases: bases, Pretend: true})
}

// spokenTo says to a base what was heard.
func spokenTo(t *testing.T, a *app.App, base string, r spokenRecording) bot.Reply {
	t.Helper()
	reply, err := a.Handle(t.Context(), bot.Message{
		ID: base + r.File, Kind: bot.Audio, Base: base, Conversation: "mic:" + base + r.File, Sender: "mic:desk", Address: "mic:desk",
		Transcript: &asr.Transcript{Text: r.Free, Confidence: 0.8, Expected: asr.Reading{Text: r.Guided[base], Margin: r.margin(base), Measured: true}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return reply
}

// TestSpokenBars plays recordings of people to the bases that they speak to, and to
// the other one, where none may run anything, with both embedding models.
func TestSpokenBars(t *testing.T) {
	if os.Getenv("FRONTDESK_TEST_LOAD") == "" {
		t.Skip("it takes minutes: set FRONTDESK_TEST_LOAD=1")
	}
	heard := map[string][]spokenRecording{}
	for _, set := range []string{"home", "coffee"} {
		heard[set] = spokenRecognized(t, set)
	}
	spokenModels(t, func(t *testing.T, library ort.Config) {
		spokenBars(t, spokenDeskWith(t, library, "home", "coffee"), heard)
	})
}

// spokenBars says to a desk what was heard in both sets, and tells the figures.
func spokenBars(t *testing.T, a *app.App, heard map[string][]spokenRecording) {
	t.Helper()
	home := spokenVoiceBase(t, "home")
	type figures struct {
		clips, in, run, right, wrong int
		decisions                    map[bot.Decision]int
	}
	total := map[string]*figures{}
	count := func(name string, r bot.Reply, in, right bool) {
		f := total[name]
		if f == nil {
			f = &figures{decisions: map[bot.Decision]int{}}
			total[name] = f
		}
		f.clips++
		f.decisions[r.Decision]++
		if in {
			f.in++
		}
		if r.Decision == bot.Run {
			f.run++
		}
		switch acted := r.Decision == bot.Run || r.Decision == bot.Confirm || r.Decision == bot.Ask; {
		case acted && right:
			f.right++
		case r.Decision == bot.Run:
			f.wrong++
		}
	}
	for _, r := range heard["home"] {
		matches := home.Grammar.Match(r.Text, time.Now())
		kind := "home voices, synthetic"
		if strings.HasPrefix(r.File, "h") {
			kind = "home voices, people"
		}
		reply := spokenTo(t, a, "home", r)
		right := false
		if len(matches) > 0 {
			want := map[string]string{}
			for name, v := range matches[0].Slots {
				want[name] = v.Canonical
			}
			right = reply.Entry == matches[0].ID && maps.Equal(want, reply.Slots)
		}
		t.Logf("%s %q: free %q, expected %q: %s %s %v %.3f", r.File, r.Text, r.Free, r.Guided["home"], reply.Decision, reply.Entry, reply.Slots, reply.Probability)
		count(kind, reply, len(matches) > 0, right)
		other := spokenTo(t, a, "coffee", r)
		if other.Decision == bot.Run {
			t.Errorf("%s %q ran %s at the coffee desk", r.File, r.Text, other.Entry)
		}
		count("home voices said to the coffee desk", other, false, false)
	}
	for _, r := range heard["coffee"] {
		reply := spokenTo(t, a, "coffee", r)
		right := reply.Entry == "orderDrink" && maps.Equal(reply.Slots, r.Slots)
		t.Logf("%s %v: free %q, expected %q: %s %s %v %.3f", r.File, r.Slots, r.Free, r.Guided["coffee"], reply.Decision, reply.Entry, reply.Slots, reply.Probability)
		count("coffee voices", reply, true, right)
		reply = spokenTo(t, a, "home", r)
		if reply.Decision == bot.Run {
			t.Errorf("%s %v ran %s %v at home, heard as %q and %q", r.File, r.Slots, reply.Entry, reply.Slots, r.Free, r.Guided["home"])
		}
		count("coffee voices said to the home", reply, false, false)
	}
	for _, name := range slices.Sorted(maps.Keys(total)) {
		f := total[name]
		t.Logf("%s: %d clips, %d in the grammar, %d right, %d run, %d of these wrongly; %v", name, f.clips, f.in, f.right, f.run, f.wrong, f.decisions)
	}
}

// TestSpokenNoise plays the orders of coffee in a kitchen that is so many decibels
// quieter: the figures are told, and nothing is held to a bar, as no engine is tuned to it.
// FRONTDESK_TEST_HEARD names a folder where what was heard is kept.
func TestSpokenNoise(t *testing.T) {
	if os.Getenv("FRONTDESK_TEST_LOAD") == "" {
		t.Skip("it takes many minutes: set FRONTDESK_TEST_LOAD=1")
	}
	recordings := spokenRecordings(t, "coffee")
	grammars := map[string]string{"coffee": spokenGrammar(t, spokenVoiceBase(t, "coffee"))}
	a := spokenDesk(t, "home", "coffee")
	all, right := 0, 0
	for _, decibels := range []float64{24, 18, 12, 6} {
		clip := func(i int) asr.Clip {
			data, err := os.ReadFile(filepath.Join("../../../shared/voice/coffee", recordings[i].File))
			if err != nil {
				t.Fatal(err)
			}
			clip, err := audio.Decode(t.Context(), data, audio.Options{})
			if err != nil {
				t.Fatalf("%s: %v", recordings[i].File, err)
			}
			const around = asr.SampleRate * 4 / 10
			seed := spokenSeed("noise", recordings[i].File).Uint64()
			return asr.Clip{Samples: noise.Over(clip.Samples, noise.NewKitchen(seed), len(clip.Samples)+2*around, around, decibels)}
		}
		kept := filepath.Join(cmp.Or(os.Getenv("FRONTDESK_TEST_HEARD"), t.TempDir()), fmt.Sprintf("coffee-%.0f.json", decibels))
		good, wrong, decisions := 0, 0, map[bot.Decision]int{}
		for i, r := range spokenBatch(t, kept, grammars, len(recordings), clip) {
			r.File = fmt.Sprintf("noise%.0f-%s", decibels, recordings[i].File)
			reply := spokenTo(t, a, "coffee", r)
			same := reply.Entry == "orderDrink" && maps.Equal(reply.Slots, recordings[i].Slots)
			decisions[reply.Decision]++
			switch acted := reply.Decision == bot.Run || reply.Decision == bot.Confirm || reply.Decision == bot.Ask; {
			case acted && same:
				good++
			case reply.Decision == bot.Run:
				wrong++
			}
			t.Logf("%v %v: free %q, expected %q %.2f: %s %v %.3f", same, recordings[i].Slots, r.Free, r.Guided["coffee"], r.margin("coffee"), reply.Decision, reply.Slots, reply.Probability)
		}
		t.Logf("at %.0f dB: %d of %d with all slots right, %d run wrongly; %v", decibels, good, len(recordings), wrong, decisions)
		all, right = all+len(recordings), right+good
	}
	t.Logf("in noise: %d of %d, %.1f %%", right, all, 100*float64(right)/float64(all))
	if right == 0 {
		t.Error("nothing is understood in noise")
	}
}
