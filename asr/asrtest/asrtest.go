// Package asrtest gives tests of voice the programs that speak, hear and play, and
// sounds in which somebody speaks.
package asrtest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"frontdesk/asr"
	"frontdesk/asr/audio"
)

// Program gives the path of a program such as "flite", "espeak-ng", "text2wave",
// "pocketsphinx_continuous", "pulseaudio", "pactl" or "paplay", from $PATH or of
// what `make voice` has fetched. Where there is none the test is skipped. The
// fetched ones need nothing in their environment.
func Program(t testing.TB, name string) string {
	t.Helper()
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	path := filepath.Join(fetched(t), "bin", name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("%s is not there: install it or run `make voice`", name)
	}
	return path
}

// Env is what a process needs in its environment, besides what is there, to start
// the programs that `make voice` has fetched by their names and to load their
// libraries, such as that of PulseAudio. It is nil where none are fetched.
func Env(t testing.TB) []string {
	t.Helper()
	dir := fetched(t)
	if _, err := os.Stat(dir); err != nil {
		return nil
	}
	lib := filepath.Join(dir, "usr", "lib", "x86_64-linux-gnu")
	libs := []string{lib, filepath.Join(dir, "lib", "x86_64-linux-gnu"), filepath.Join(lib, "pulseaudio")}
	if of := os.Getenv("LD_LIBRARY_PATH"); of != "" {
		libs = append([]string{of}, libs...)
	}
	path := append(filepath.SplitList(os.Getenv("PATH")), filepath.Join(dir, "bin"))
	list := string(filepath.ListSeparator)
	return []string{"PATH=" + strings.Join(path, list), "LD_LIBRARY_PATH=" + strings.Join(libs, list)}
}

// Sphinx gives the folder of pocketsphinx's English model: the acoustic model is
// en-us in it, the dictionary cmudict-en-us.dict, the language model
// en-us.lm.bin. Where there is none the test is skipped.
func Sphinx(t testing.TB) string {
	t.Helper()
	for _, root := range []string{"/", fetched(t)} {
		dir := filepath.Join(root, "usr", "share", "pocketsphinx", "model", "en-us")
		if _, err := os.Stat(filepath.Join(dir, "en-us", "mdef")); err == nil {
			return dir
		}
	}
	t.Skip("the model of pocketsphinx is not there: install pocketsphinx-en-us or run `make voice`")
	return ""
}

// Say speaks a text in a voice: "flite:slt", "espeak-ng:en-us", "festival:kal" and
// other voices of these three. The same text gives the same sound. Where the
// program is missing, or festival has not got the voice, the test is skipped.
func Say(t testing.TB, voice, text string) asr.Clip {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	file := filepath.Join(t.TempDir(), "said.wav")
	name, of, _ := strings.Cut(voice, ":")
	var cmd *exec.Cmd
	switch name {
	case "flite":
		cmd = exec.CommandContext(ctx, Program(t, name), "-voice", of, "-t", text, "-o", file)
	case "espeak-ng":
		cmd = exec.CommandContext(ctx, Program(t, name), "-v", of, "--stdin", "-w", file)
	case "festival":
		cmd = exec.CommandContext(ctx, Program(t, "text2wave"), "-o", file, "-eval", "(voice_"+of+"_diphone)")
	default:
		t.Fatalf("there is no voice %q; there are flite:…, espeak-ng:… and festival:…", voice)
	}
	cmd.Stdin = strings.NewReader(text)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", voice, err, out)
	}
	if strings.Contains(string(out), "unbound variable : voice_"+of) {
		t.Skipf("festival has no voice %s; `make voice` fetches it where the programs are not installed", of)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%s says nothing: %v\n%s", voice, err, out)
	}
	clip, err := audio.Decode(ctx, data, audio.Options{})
	if err != nil {
		t.Fatalf("%s: %v", voice, err)
	}
	return clip
}

// Shared gives the path of a file beside the repository, in ../shared, such as
// "models/for-tests-ggml-base.bin". Where there is none the test is skipped.
func Shared(t testing.TB, path string) string {
	t.Helper()
	file := filepath.Join(root(t), "..", "shared", filepath.FromSlash(path))
	if _, err := os.Stat(file); err != nil {
		t.Skipf("there is no ../shared/%s", path)
	}
	return file
}

// fetched is the folder that `make voice` fills.
func fetched(t testing.TB) string {
	t.Helper()
	return filepath.Join(root(t), "bin", "cache", "voice")
}

// root is the folder of the module.
func root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatal("there is no go.mod above the test")
		}
		dir = up
	}
}
