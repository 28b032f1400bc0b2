//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"frontdesk/asr"
	"frontdesk/asr/asrtest"
	"frontdesk/asr/wake/waketest"
)

// Models in the place of openWakeWord's, of which the last hears a tone as its word: the
// desk acts on a command that follows the tone, in one breath or after a pause, and not on
// one without, nor on talk.
func TestListenToWakeModel(t *testing.T) {
	if testing.Short() {
		t.Skip("the race detector makes every start of the program slow")
	}
	dir := listenFolder(t)
	models := filepath.Join(dir, "models")
	if err := os.Mkdir(models, 0o700); err != nil {
		t.Fatal(err)
	}
	waketest.Tone(t, models)
	config := filepath.Join(dir, "config.yaml")
	houseWrite(t, config, strings.Replace(houseRead(t, config), "mic: {", "mic: {wake: {words: [], models: [models/tone.onnx]}, follow_up: 0s, ", 1))
	// What is said needs no wake phrase.
	if err := os.WriteFile(filepath.Join(dir, "hear.sh"), []byte(strings.ReplaceAll(listenScript, "hey desk ", "")), 0o700); err != nil {
		t.Fatal(err)
	}
	tone := waketest.Sound(0.7)
	listenSay(t, dir, "tone.wav", tone)
	command := asrtest.Say(t, "flite:slt", "Turn on the kitchen light.")
	breath := asr.Clip{Samples: slices.Concat(tone.Samples, make([]float32, asr.SampleRate/10), command.Samples)}
	listenSay(t, dir, "breath.wav", breath)
	listenSay(t, dir, "command.wav", command)
	for _, c := range []struct {
		name  string
		files []string
		want  []string
	}{
		{"a command alone", []string{"command.wav", "talk.wav"}, []string{"ignored", "ignored"}},
		{"after a pause, and once more without", []string{"tone.wav", "command.wav", "command.wav"},
			[]string{"woken model", "heard turn on the kitchen light", "The kitchen lights are on.", "ignored"}},
		{"in one breath", []string{"breath.wav"}, []string{"woken model", "heard turn on the kitchen light", "The kitchen lights are on."}},
	} {
		args := []string{"listen", "--json"}
		for _, file := range c.files {
			args = append(args, "--file", file)
		}
		cmd := program(t, dir, args...)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v\n%s%s", c.name, err, out, &stderr)
		}
		var seen []string
		for line := range strings.Lines(string(out)) {
			var e happening
			if err := json.Unmarshal([]byte(line), &e); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			switch e.Event {
			case "ignored":
				seen = append(seen, "ignored")
			case "woken":
				seen = append(seen, "woken "+e.Why)
			case "heard":
				seen = append(seen, "heard "+*e.Text)
			case "reply":
				seen = append(seen, e.Reply.Answer)
			}
		}
		if !slices.Equal(seen, c.want) {
			t.Errorf("%s: got %q, want %q\n%s", c.name, seen, c.want, &stderr)
		}
	}
	// A model that is not there is told at the start, with where it was looked for.
	if err := os.Remove(filepath.Join(models, "embedding_model.onnx")); err != nil {
		t.Fatal(err)
	}
	out, err := program(t, dir, "listen", "--file", "tone.wav").CombinedOutput()
	if err == nil || !strings.Contains(string(out), filepath.Join(models, "embedding_model.onnx")) {
		t.Errorf("without a model: %s, %v", out, err)
	}
}
