package asrtest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"frontdesk/asr"
	"frontdesk/asr/asrtest"
)

// Every voice says something of the length of the sentence, and the same twice.
func TestSay(t *testing.T) {
	for _, voice := range []string{"flite:slt", "espeak-ng:en-us", "festival:kal"} {
		t.Run(voice, func(t *testing.T) {
			t.Parallel()
			clip := asrtest.Say(t, voice, "turn on the kitchen light")
			if s := clip.Duration().Seconds(); s < 0.8 || s > 4 {
				t.Errorf("it is %.2f s long", s)
			}
			var power float64
			for _, x := range clip.Samples {
				power += float64(x) * float64(x)
			}
			if power /= float64(len(clip.Samples)); power < 1e-4 {
				t.Errorf("the mean square is %g", power)
			}
			if again := asrtest.Say(t, voice, "turn on the kitchen light"); !slices.Equal(again.Samples, clip.Samples) {
				t.Error("the second time it is another sound")
			}
			// What stands for something in a shell or an option is text.
			if odd := asrtest.Say(t, voice, `"; echo $(id) 'off`); len(odd.Samples) < asr.SampleRate/4 {
				t.Errorf("odd characters give %d samples", len(odd.Samples))
			}
		})
	}
}

// What was said is heard, by the grammar and by the model that comes with the program.
func TestSphinx(t *testing.T) {
	hear, model := asrtest.Program(t, "pocketsphinx_continuous"), asrtest.Sphinx(t)
	dir := t.TempDir()
	wav, grammar := filepath.Join(dir, "said.wav"), filepath.Join(dir, "light.gram")
	out, err := exec.Command(asrtest.Program(t, "flite"), "-voice", "slt", "-t", "close the door", "-o", wav).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := os.WriteFile(grammar, []byte("#JSGF V1.0;\ngrammar light;\npublic <light> = open the door | close the door;\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	heard, err := exec.Command(hear, "-infile", wav, "-jsgf", grammar, "-logfn", os.DevNull,
		"-hmm", filepath.Join(model, "en-us"), "-dict", filepath.Join(model, "cmudict-en-us.dict")).Output()
	if err != nil || strings.TrimSpace(string(heard)) != "close the door" {
		t.Errorf("it hears %q, %v", heard, err)
	}
}

// What is there is found, by its name and with what Env gives.
func TestPrograms(t *testing.T) {
	for _, name := range []string{"flite", "espeak-ng", "festival", "text2wave", "pocketsphinx_continuous", "pulseaudio", "pactl", "paplay", "parecord", "pacat"} {
		t.Run(name, func(t *testing.T) {
			path := asrtest.Program(t, name)
			if info, err := os.Stat(path); err != nil || info.Mode()&0o111 == 0 {
				t.Errorf("%s: %v, %v", path, info, err)
			}
			shell := exec.Command("sh", "-c", "command -v "+name)
			shell.Env = append(os.Environ(), asrtest.Env(t)...)
			if out, err := shell.Output(); err != nil || len(out) == 0 {
				t.Errorf("with Env it is not found: %v", err)
			}
		})
	}
}

// The fetched programs run without any of the system's.
func TestFetched(t *testing.T) {
	dir, err := filepath.Abs("../../bin/cache/voice/bin")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no programs are fetched; `VOICE_FETCH=1 make voice` does it")
	}
	for name, args := range map[string][]string{
		"flite": {"-voice", "slt", "-t", "a", "-o", "none"}, "espeak-ng": {"--version"}, "festival": {"--version"}, "pulseaudio": {"--version"},
		"pactl": {"--version"}, "paplay": {"--version"}, "pocketsphinx_continuous": {"-infile", os.DevNull, "-logfn", os.DevNull},
	} {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); err != nil {
			continue // tools/voice.sh has said that it does not run here
		}
		if out, err := exec.Command(path, args...).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

func TestShared(t *testing.T) {
	file := asrtest.Shared(t, "models/for-tests-ggml-base.bin")
	if info, err := os.Stat(file); err != nil || info.Size() == 0 {
		t.Errorf("%s: %v", file, err)
	}
	if t.Run("missing", func(t *testing.T) { asrtest.Shared(t, "no/such.file"); t.Error("it is not skipped") }); t.Failed() {
		t.Error("a file that is not there is found")
	}
}
