//go:build whisper && cgo

package main

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/asr"
	"frontdesk/asr/asrtest"
	"frontdesk/bot"
	"frontdesk/internal/app"
	"frontdesk/knowledge"
)

// The model of asr/whisper/fortests; its README says what it is, and is not.
const ownWhisperModel = "../../asr/whisper/testdata/for-tests-home.bin"

// ownWhisperVoices are of the synthesizers that the model was trained on; it has never
// heard ownWhisperNew.
var ownWhisperVoices = []string{"flite:slt", "espeak-ng:en-us", "flite:awb", "espeak-ng:en-gb-scotland", "flite:kal16", "espeak-ng:en-us+f2",
	"festival:ked"}

const ownWhisperNew = "flite:rms"

// ownWhisperNow is a day to count dates from.
var ownWhisperNow = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// ownWhisperDesk gives a desk that hears with the model, without a prompt, with which so
// small a model hears worse; it pretends to run commands.
func ownWhisperDesk(t *testing.T) *app.App {
	t.Helper()
	model, err := filepath.Abs(ownWhisperModel)
	if err != nil {
		t.Fatal(err)
	}
	voice, err := filepath.Abs("testdata/voice")
	if err != nil {
		t.Fatal(err)
	}
	examples, err := filepath.Abs("../../examples/home")
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf(`format: 1
default_base: home
people: {me: {is: [mic:desk], roles: [household]}}
speech: {engine: whisper, whisper: {model: %[1]q, threads: 1, prompt: 0}}
bases:
  home: {allow: {roles: [household]}, knowledge: [%[2]s/home.yaml]}
  example: {allow: {roles: [household]}, knowledge: [%[3]s/commands.yaml, %[3]s/house.yaml, %[3]s/rooms.yaml]}
`, model, voice, examples)
	file := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := app.LoadConfig(file)
	if err != nil {
		t.Fatal(err)
	}
	return openKept(t, "own whisper", cfg, app.Options{Pretend: true, Hear: true})
}

// An ownWhisperCase is a command that was left out of training.
type ownWhisperCase struct {
	base, entry, text string
	slots             map[string]string
}

// ownWhisperPlain is a sentence that texts.py takes as it stands.
var ownWhisperPlain = regexp.MustCompile(`^[a-z]+('[a-z]+)?( ([a-z]+('[a-z]+)?|\d+))*$`)

// ownWhisperWords are those that it writes otherwise, or puts something else for.
var ownWhisperWords = regexp.MustCompile(`\b(zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|something|per cent|t v|eco bee)\b`)

// ownWhisperLeftOut says whether texts.py leaves a sentence out: see left_out there.
func ownWhisperLeftOut(text string) bool {
	sum := sha256.Sum256([]byte("left out " + text))
	return ownWhisperPlain.MatchString(text) && !ownWhisperWords.MatchString(text) && binary.BigEndian.Uint32(sum[:4])%20 == 0
}

// ownWhisperCases gives the commands of both homes that were left out, up to most of
// each entry, spread over the entries.
func ownWhisperCases(t *testing.T, most int) []ownWhisperCase {
	t.Helper()
	var all []ownWhisperCase
	for name, base := range map[string]*knowledge.Base{"home": spokenVoiceBase(t, "home"), "example": spokenBase(t, "home")} {
		for _, e := range base.Entries {
			n := 0
			if e.Command == nil {
				continue
			}
			for _, text := range base.Grammar.Sample(e.ID, 300) {
				if n == most || !ownWhisperLeftOut(text) {
					continue
				}
				matches := base.Grammar.Match(text, ownWhisperNow)
				if len(matches) == 0 || matches[0].ID != e.ID {
					continue
				}
				slots := map[string]string{}
				for name, v := range matches[0].Slots {
					slots[name] = v.Canonical
				}
				all = append(all, ownWhisperCase{name, e.ID, text, slots})
				n++
			}
		}
	}
	slices.SortFunc(all, func(a, b ownWhisperCase) int { return strings.Compare(a.base+a.entry+a.text, b.base+b.entry+b.text) })
	return all
}

// ownWhisperSaid gives the sound of a sentence with what is around it in a room.
func ownWhisperSaid(t *testing.T, voice, text string) asr.Clip {
	t.Helper()
	return spokenThrough(asrtest.Say(t, voice, text), "clean", spokenSeed(voice, text))
}

// ownWhisperHear hears a clip and gives it to a base.
func ownWhisperHear(t *testing.T, a *app.App, base, id string, c asr.Clip) (asr.Transcript, bot.Reply) {
	t.Helper()
	heard, err := a.Hear(t.Context(), base, c, 0)
	if err != nil {
		t.Fatal(err)
	}
	return heard, ownWhisperGive(t, a, base, id, heard)
}

func ownWhisperGive(t *testing.T, a *app.App, base, id string, heard asr.Transcript) bot.Reply {
	t.Helper()
	reply, err := a.Handle(t.Context(), bot.Message{ID: base + id, Kind: bot.Audio, Base: base, Conversation: "mic:" + base + id,
		Sender: "mic:desk", Address: "mic:desk", Transcript: &heard})
	if err != nil {
		t.Fatal(err)
	}
	return reply
}

// right says whether a reply does what was said, or asks what is left open.
func (c ownWhisperCase) right(r bot.Reply) bool {
	return (r.Decision == bot.Run || r.Decision == bot.Confirm || r.Decision == bot.Ask) && r.Entry == c.entry && maps.Equal(r.Slots, c.slots)
}

// TestOwnWhisper has synthetic voices speak, and whisper.cpp hear them: commands that
// were left out of training are done, by voices of training and a new one; other talk,
// and sound without speech, is not.
func TestOwnWhisper(t *testing.T) {
	if testing.Short() {
		t.Skip("it recognises speech")
	}
	a := ownWhisperDesk(t)
	cases := ownWhisperCases(t, 1)
	right := 0
	const commands = 8
	for i := range commands {
		c := cases[i*len(cases)/commands]
		voice := ownWhisperVoices[i%len(ownWhisperVoices)]
		if i%4 == 3 {
			voice = ownWhisperNew
		}
		heard, r := ownWhisperHear(t, a, c.base, fmt.Sprint(i), ownWhisperSaid(t, voice, c.text))
		if c.right(r) {
			right++
		}
		t.Logf("%s %q: free %q, expected %q %.2f: %s %s %v", voice, c.text, heard.Text, heard.Expected.Text, heard.Expected.Margin, r.Decision, r.Entry, r.Slots)
	}
	if right < commands-1 {
		t.Errorf("%d of %d commands are right", right, commands)
	}
	for i, text := range []string{"my sister has bought a new car", "turn left at the end of the road", "the light in her eyes was beautiful"} {
		heard, r := ownWhisperHear(t, a, []string{"home", "example"}[i%2], fmt.Sprint("other", i), ownWhisperSaid(t, ownWhisperVoices[i], text))
		if r.Decision == bot.Run {
			t.Errorf("%q runs %s %v, heard as %q and %q", text, r.Entry, r.Slots, heard.Text, heard.Expected.Text)
		}
	}
	random := spokenSeed("noise")
	noise := asr.Clip{Samples: make([]float32, 2*asr.SampleRate)}
	for i := range noise.Samples {
		noise.Samples[i] = float32(random.NormFloat64() * 0.05)
	}
	if heard, r := ownWhisperHear(t, a, "home", "noise", noise); heard.Text != "" || r.Decision == bot.Run {
		t.Errorf("of noise, %q is heard: %s %s", heard.Text, r.Decision, r.Entry)
	}
}
