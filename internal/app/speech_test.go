package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"frontdesk/asr"
	"frontdesk/asr/whisper"
	"frontdesk/internal/config"
)

// buzz is a second of a loud sound.
func buzz() asr.Clip {
	c := asr.Clip{Samples: make([]float32, asr.SampleRate)}
	for i := range c.Samples {
		c.Samples[i] = float32(i%20)/40 - 0.25
	}
	return c
}

// says is a section speech: with a program that hears a text.
func says(text, more string) string {
	return "speech: {engine: exec, detect: false, exec: {command: [sh, -c, 'echo \"$1\"', sh, \"" + text + "\"]}" + more + "}\n"
}

// What hears is opened where it is wanted, is another one when the configuration says
// so, and stays what it is when that is at fault.
func TestSpeech(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("it takes a shell")
	}
	first, _ := twoBases(t, says("leave a mark", ", keep_audio: {days: 1}"))
	deaf := open(t, first, Options{})
	if _, err := deaf.Hear(t.Context(), "", buzz(), 0); !errors.Is(err, ErrDeaf) {
		t.Errorf("who does not want to hear: %v", err)
	}
	a := open(t, first, Options{Hear: true})
	heard := func(want string) {
		t.Helper()
		if got, err := a.Hear(t.Context(), "attic", buzz(), 0); err != nil || got.Text != want {
			t.Errorf("heard %q, %v; want %q", got.Text, err, want)
		}
	}
	heard("leave a mark")
	if _, err := os.Stat(filepath.Join(first.DataDir, "audio")); !errors.Is(err, fs.ErrNotExist) {
		t.Error("it is kept before it is known whether it was meant for the desk")
	}
	a.Keep(t.Context(), buzz(), asr.Transcript{Text: "leave a mark"})
	if kept, err := filepath.Glob(filepath.Join(first.DataDir, "audio", "*", "*")); err != nil || len(kept) != 2 {
		t.Errorf("kept: %q, %v", kept, err)
	}
	apply := func(section string) error {
		next, _ := twoBases(t, section)
		next.DataDir = first.DataDir
		_, err := a.Apply(t.Context(), next)
		return err
	}
	if err := apply(says("where is the key", "")); err != nil {
		t.Fatal(err)
	}
	heard("where is the key")
	if err := apply("speech: {engine: exec, detect: false, exec: {command: [no-such-program]}}\n"); err == nil || !strings.Contains(err.Error(), `what recognises speech cannot be opened: speech.exec: command: the program "no-such-program" is not in PATH`) {
		t.Errorf("got %v", err)
	}
	heard("where is the key")
	if err := apply(""); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Hear(t.Context(), "", buzz(), 0); !errors.Is(err, ErrDeaf) || !strings.HasPrefix(a.speechState(), "nothing hears") {
		t.Errorf("switched off: %v, %q", err, a.speechState())
	}
}

// The bot hears with what the base expects.
func TestSpeechByGrammar(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("it takes a shell")
	}
	cfg, _ := twoBases(t, "speech: {engine: exec, detect: false, exec: {command: [sh, -c, true], guided: [sh, -c, 'grep -c \"leave a mark\" \"$1\"', sh, \"{jsgf}\"]}}\n")
	a := open(t, cfg, Options{Hear: true})
	got, err := a.Hear(t.Context(), "house", buzz(), 0)
	if err != nil || got.Expected.Text == "" || got.Expected.Text == "0" {
		t.Errorf("%+v, %v", got, err)
	}
}

// It is said where sound goes.
func TestSpeechState(t *testing.T) {
	for section, want := range map[string]string{
		says("x", ""): "the program sh hears; sound stays on this machine; recordings are not kept",
		"speech: {engine: openai, detect: false, openai: {url: \"https://api.example.com/v1\", model: big}, keep_audio: {days: 7}}\n":                 "big at api.example.com hears; sound leaves this machine, to api.example.com; recordings are kept for 7 days",
		"speech: {engine: openai, detect: false, openai: {url: \"http://localhost:8080/inference\"}}\n":                                               "the model at localhost:8080 hears; sound stays on this machine; recordings are not kept",
		"speech: {engine: openai, detect: false, openai: {url: \"http://[::1]:8080/inference\"}}\n":                                                   "the model at [::1]:8080 hears; sound stays on this machine; recordings are not kept",
		"speech: {engine: wyoming, detect: false, wyoming: {address: \"unix:///run/w\"}}\n":                                                           "the Wyoming server at /run/w hears; sound stays on this machine; recordings are not kept",
		"speech: {engine: exec, fallback: wyoming, detect: false, exec: {command: [sh]}, wyoming: {address: \"tcp://house.example\", model: tiny}}\n": "the program sh hears, and tiny of the Wyoming server at house.example:10300 where it fails or is unsure; sound leaves this machine, to house.example:10300; recordings are not kept",
	} {
		cfg, _ := twoBases(t, section)
		s, err := OpenSpeech(t.Context(), cfg, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := s.State(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
		if err := errors.Join(s.Close(), s.Close()); err != nil {
			t.Error(err)
		}
		if _, err := s.Transcribe(t.Context(), buzz(), asr.Hints{}); err == nil {
			t.Error("it hears though it is closed")
		}
	}
}

// TestSpeechCloses: what comes while it closes is told so at once, and what is being
// recognised is finished.
func TestSpeechCloses(t *testing.T) {
	began, goOn := filepath.Join(t.TempDir(), "began"), filepath.Join(t.TempDir(), "on")
	cfg, _ := twoBases(t, fmt.Sprintf("speech: {engine: exec, detect: false, exec: {command: [sh, -c, 'touch %s; until [ -e %s ]; do sleep 0.01; done; echo on']}}\n", began, goOn))
	s, err := OpenSpeech(t.Context(), cfg, Options{})
	if err != nil {
		t.Fatal(err)
	}
	heard, closed := make(chan string, 1), make(chan error, 1)
	go func() {
		got, err := s.Transcribe(t.Context(), buzz(), asr.Hints{})
		heard <- fmt.Sprint(got.Text, err)
	}()
	until(t, "the recording", func() bool { _, err := os.Stat(began); return err == nil })
	go func() { closed <- s.Close() }()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	until(t, "the end", func() bool {
		if s.begin() {
			s.uses.Done()
			return false
		}
		return true
	})
	if _, err := s.Transcribe(ctx, buzz(), asr.Hints{}); !errors.Is(err, errSpeechClosed) {
		t.Errorf("while it closes it gives %v", err)
	}
	write(t, goOn, "")
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if got := <-heard; got != "on<nil>" {
		t.Errorf("it heard %s", got)
	}
}

// The model of whisper.cpp is found by its path or its name.
func TestSpeechWhisper(t *testing.T) {
	section := func(model string) *config.Config {
		cfg, _ := twoBases(t, "speech: {engine: whisper, whisper: {model: \""+model+"\", lazy: true}}\n")
		return cfg
	}
	if !whisper.Built {
		if _, err := OpenSpeech(t.Context(), section("whisper-base.en"), Options{}); err == nil || !strings.Contains(err.Error(), "without whisper.cpp") {
			t.Errorf("got %v", err)
		}
		t.Skip("this program has no whisper.cpp in it")
	}
	for model, want := range map[string]string{
		"whisper-base.en": "frontdesk models pull whisper-base.en",
		"none.bin":        `there is no model "none.bin"`,
		".":               "is a folder; name the file",
		"house.yaml":      "opening the speech model house.yaml",
	} {
		if _, err := OpenSpeech(t.Context(), section(model), Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", model, err)
		}
	}
	model, err := filepath.Abs("../../../shared/models/for-tests-ggml-tiny.en.bin")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(model); err != nil {
		t.Skip("there is no model for tests: ", err)
	}
	s, err := OpenSpeech(t.Context(), section(model), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if got, err := s.Transcribe(t.Context(), buzz(), asr.Hints{}); err != nil || got.Text != "" {
		t.Errorf("%+v, %v", got, err)
	}
	if want := "whisper.cpp with for-tests-ggml-tiny.en.bin hears; sound stays on this machine"; !strings.HasPrefix(s.State(), want) || s.Detector() == nil {
		t.Errorf("%s; %v", s.State(), s.Detector())
	}
}

// TestSpeechMetrics: a recording that was heard without what is expected counts as heard,
// and as that.
func TestSpeechMetrics(t *testing.T) {
	m := newMetrics("v1")
	m.hearing("exec", time.Second)(asr.Transcript{Text: "on", Engine: "exec"}, nil)
	m.hearing("exec", time.Second)(asr.Transcript{Text: "on", Engine: "exec", Trouble: "the program x: exit status 7"}, nil)
	all, err := m.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range all {
		for _, one := range f.GetMetric() {
			got[f.GetName()] += one.GetCounter().GetValue() + float64(one.GetHistogram().GetSampleCount())
		}
	}
	if got["frontdesk_speech_unguided_total"] != 1 || got["frontdesk_speech_seconds"] != 2 || got["frontdesk_speech_errors_total"] != 0 {
		t.Errorf("%v", got)
	}
}
