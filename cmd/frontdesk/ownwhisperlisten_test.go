//go:build whisper && cgo && unix

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"frontdesk/adapters/mic/pulsetest"
)

// TestOwnWhisperListens plays a command in a room to the whole program: the microphone,
// the detector, whisper.cpp, the wake phrase in what it heard, and the command.
func TestOwnWhisperListens(t *testing.T) {
	if testing.Short() {
		t.Skip("takes as long as what is said")
	}
	dir := listenFolder(t)
	model, err := filepath.Abs(ownWhisperModel)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "config.yaml")
	config, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, after, _ := strings.Cut(string(config), `speech: {engine: exec, exec: {command: [./hear.sh, "{wav}"]}}`)
	if after == "" {
		t.Fatalf("the configuration has another recogniser: %s", config)
	}
	text := before + fmt.Sprintf("speech: {engine: whisper, whisper: {model: %q, threads: 1}}", model) + after
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	server := pulsetest.Start(t)
	l := startListening(t, dir, server, "listen", "--device", "desk mic", "--json")
	l.until("a level", `"event":"level"`)
	server.Play(filepath.Join(dir, "talk.wav"))
	l.until("what is not for the desk", `"event":"ignored"`)
	server.Play(filepath.Join(dir, "command.wav"))
	heard := l.until("what was heard", `"event":"heard"`)
	if !strings.Contains(heard, `"turn on the kitchen light"`) || !strings.Contains(heard, `"engine":"whisper"`) {
		t.Errorf("heard %s", heard)
	}
	if reply := l.until("a reply", `"event":"reply"`); !strings.Contains(reply, "lights-on") {
		t.Errorf("replied %s", reply)
	}
	l.stop()
	if _, err := os.Stat(filepath.Join(dir, "on-kitchen")); err != nil {
		t.Error(err)
	}
}
