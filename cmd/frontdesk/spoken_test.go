package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"frontdesk/asr"
	"frontdesk/asr/audio"
	asrexec "frontdesk/asr/exec"
	"frontdesk/bot"
	"frontdesk/knowledge"
	"frontdesk/knowledge/jsgf"
)

// A spokenVoice says a text at a rate, 1 for its usual one, and writes a WAV.
type spokenVoice struct {
	name string
	args func(text, wav string, rate float64) []string
}

func fliteVoice(name string) spokenVoice {
	return spokenVoice{"flite:" + name, func(text, wav string, rate float64) []string {
		return []string{"flite", "-voice", name, "--setf", fmt.Sprintf("duration_stretch=%.2f", 1/rate), "-t", text, "-o", wav}
	}}
}

func espeakVoice(name string, pitch int) spokenVoice {
	return spokenVoice{fmt.Sprintf("espeak-ng:%s:%d", name, pitch), func(text, wav string, rate float64) []string {
		return []string{"espeak-ng", "-v", name, "-p", fmt.Sprint(pitch), "-s", fmt.Sprintf("%.0f", 155*rate), "-w", wav, text}
	}}
}

func festivalVoice(name string) spokenVoice {
	return spokenVoice{"festival:" + name, func(text, wav string, rate float64) []string {
		return []string{"text2wave", "-o", wav, "-eval", "(voice_" + name + ")", "-eval", fmt.Sprintf("(Parameter.set 'Duration_Stretch %.2f)", 1/rate)}
	}}
}

// spokenVoices say what the model is fitted on, and heldVoices what it is checked on.
var (
	spokenVoices = []spokenVoice{
		fliteVoice("slt"), fliteVoice("rms"), fliteVoice("kal16"),
		fliteVoice("slt"), fliteVoice("rms"), espeakVoice("en-us", 45), festivalVoice("ked_diphone"),
	}
	heldVoices = []spokenVoice{
		fliteVoice("awb"), fliteVoice("awb"), espeakVoice("en-us+f2", 55),
		festivalVoice("kal_diphone"),
	}
)

// spokenSay has a voice say a text.
func spokenSay(t testing.TB, v spokenVoice, text string, rate float64) asr.Clip {
	t.Helper()
	wav := filepath.Join(t.TempDir(), "said.wav")
	args := v.args(text, wav, rate)
	if _, err := exec.LookPath(args[0]); err != nil {
		t.Skipf("%s is not installed", args[0])
	}
	cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
	cmd.Stdin = strings.NewReader(text)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", args, err, out)
	}
	data, err := os.ReadFile(wav)
	if err != nil {
		t.Fatal(err)
	}
	clip, err := audio.Decode(t.Context(), data, audio.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return clip
}

// spokenEffects are what becomes of a voice on its way to the microphone.
var spokenEffects = []string{"clean", "clean", "noise 20", "noise 12", "room", "room noise 20"}

// spokenThrough gives a clip after an effect, with half a second of silence, or of
// the noise, around it.
func spokenThrough(c asr.Clip, effect string, random *rand.Rand) asr.Clip {
	const around = asr.SampleRate * 4 / 10
	out := make([]float32, around+len(c.Samples)+around)
	copy(out[around:], c.Samples)
	if strings.Contains(effect, "room") {
		// Echoes that die away within a quarter of a second.
		dry := append([]float32(nil), out...)
		for range 40 {
			delay := 1 + random.IntN(asr.SampleRate/4)
			gain := float32(0.25 * math.Exp(-float64(delay)/(asr.SampleRate/16)) * (2*float64(random.IntN(2)) - 1))
			for i := delay; i < len(out); i++ {
				out[i] += gain * dry[i-delay]
			}
		}
	}
	decibels := 45.0
	if _, level, ok := strings.Cut(effect, "noise "); ok {
		fmt.Sscan(level, &decibels)
	}
	power := 0.0
	for _, s := range c.Samples {
		power += float64(s) * float64(s)
	}
	power /= float64(max(1, len(c.Samples)))
	gain := math.Sqrt(power / math.Pow(10, decibels/10))
	low, peak := 0.0, 0.0
	for i := range out {
		white := random.NormFloat64()
		low = 0.95*low + 0.31*white // much of it is low, as in a kitchen
		out[i] += float32(gain * (0.8*low + 0.6*white))
		peak = max(peak, math.Abs(float64(out[i])))
	}
	for i := range out {
		out[i] *= float32(0.6 / max(peak, 1e-3))
	}
	return asr.Clip{Samples: out}
}

// spokenSeed gives the random numbers that belong to some words.
func spokenSeed(words ...string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(strings.Join(words, "\x00")))
	return rand.New(rand.NewPCG(h.Sum64(), 7))
}

func spokenWAV(t testing.TB, c asr.Clip, file string) {
	t.Helper()
	var b bytes.Buffer
	n := uint32(2 * len(c.Samples))
	b.WriteString("RIFF")
	binary.Write(&b, binary.LittleEndian, 36+n)
	b.WriteString("WAVEfmt ")
	binary.Write(&b, binary.LittleEndian, struct {
		Size            uint32
		Format, Ch      uint16
		Rate, ByteRate  uint32
		BlockAlign, Bit uint16
	}{16, 1, 1, asr.SampleRate, 2 * asr.SampleRate, 2, 16})
	b.WriteString("data")
	binary.Write(&b, binary.LittleEndian, n)
	for _, s := range c.Samples {
		binary.Write(&b, binary.LittleEndian, int16(32767*max(-1, min(1, s))))
	}
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// spokenHear has pocketsphinx hear the clips in a folder that are named, freely or with
// a grammar, and gives what it hears of each and its score.
func spokenHear(t testing.TB, folder string, names []string, args ...string) (texts []string, scores []int) {
	t.Helper()
	if _, err := exec.LookPath("pocketsphinx_batch"); err != nil {
		t.Skip("pocketsphinx_batch is not installed")
	}
	ctl, hyp := filepath.Join(folder, "ctl"), filepath.Join(folder, "hyp")
	if err := os.WriteFile(ctl, []byte(strings.Join(names, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	args = append([]string{"-adcin", "yes", "-cepdir", folder, "-cepext", ".wav", "-ctl", ctl, "-hyp", hyp, "-logfn", os.DevNull}, args...)
	if out, err := exec.CommandContext(t.Context(), "pocketsphinx_batch", args...).CombinedOutput(); err != nil {
		t.Fatalf("pocketsphinx_batch: %v\n%s", err, out)
	}
	data, err := os.ReadFile(hyp)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		at := strings.LastIndex(line, "(")
		score := 0
		fmt.Sscan(strings.TrimRight(line[strings.LastIndex(line, " ")+1:], ")\n"), &score)
		texts, scores = append(texts, strings.TrimSpace(line[:at])), append(scores, score)
	}
	if len(texts) != len(names) {
		t.Fatalf("%d clips gave %d answers", len(names), len(texts))
	}
	return texts, scores
}

// spokenFree and spokenGuided are the settings with which it hears best on our own
// voices: the mean of the whole clip, wide beams, and no more words than are needed.
var (
	spokenFree   = []string{"-maxhmmpf", "3000", "-maxwpf", "10"}
	spokenGuided = []string{"-beam", "1e-80", "-wbeam", "1e-60", "-pbeam", "1e-80"}
)

// spokenGrammar writes the grammar of a base, of the words that pocketsphinx knows.
func spokenGrammar(t testing.TB, base *knowledge.Base) string {
	t.Helper()
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
	denials := []string{"don't", "do not", "please don't", "please do not", "never"} // as internal/app has them
	if err := jsgf.Write(&grammar, base, jsgf.Options{Known: dictionary.Has, Denials: denials}); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "base.jsgf")
	if err := os.WriteFile(file, grammar.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestSpokenCommand has a voice give a command, and say something else, through the
// engine that runs programs: the one is run, the other is not.
func TestSpokenCommand(t *testing.T) {
	if testing.Short() {
		t.Skip("it recognises speech")
	}
	if _, err := exec.LookPath("pocketsphinx_batch"); err != nil {
		t.Skip("pocketsphinx_batch is not installed")
	}
	grammar, err := os.ReadFile(spokenGrammar(t, spokenVoiceBase(t, "home")))
	if err != nil {
		t.Fatal(err)
	}
	c := asrexec.DefaultConfig()
	c.Command = []string{"sh", "testdata/voice/pocketsphinx.sh", "{wav}"}
	c.Guided = append(c.Command, "{jsgf}")
	engine, err := asrexec.New(c, ".")
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	a := spokenDesk(t, "home")
	for text, want := range map[string][]bot.Decision{
		"turn on the lights in the kitchen":         {bot.Run},
		"don't forget to feed the cat this evening": {bot.Abstain, bot.Suggest},
	} {
		clip := spokenThrough(spokenSay(t, fliteVoice("slt"), text, 1), "clean", spokenSeed(text))
		heard, err := engine.Transcribe(t.Context(), clip, asr.Hints{Expected: asr.NewExpected(nil, string(grammar), nil)})
		if err != nil {
			t.Fatal(err)
		}
		r, err := a.Handle(t.Context(), bot.Message{ID: text, Kind: bot.Audio, Conversation: "mic:" + text, Sender: "mic:desk", Address: "mic:desk", Transcript: &heard})
		if err != nil || !slices.Contains(want, r.Decision) {
			t.Errorf("%q, heard as %q and %q (%.2f): %s %s (%v)", text, heard.Text, heard.Expected.Text, heard.Expected.Margin, r.Decision, r.Entry, err)
		}
	}
}
