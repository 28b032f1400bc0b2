//go:build whisper && cgo

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"frontdesk/asr/asrtest"
	"frontdesk/asr/whisper/ggmltest"
	"frontdesk/internal/app"
)

// TestOwnWhisperReplaced: another model that is put in the place of the one in use, at the
// same path, hears from when the configuration is read again.
func TestOwnWhisperReplaced(t *testing.T) {
	if testing.Short() {
		t.Skip("it recognises speech")
	}
	said := asrtest.Say(t, "flite:slt", "turn on the kitchen light")
	dir := t.TempDir()
	model := filepath.Join(dir, "model.bin")
	deaf := ggmltest.Model{Width: 32, AudioLayers: 1, TextLayers: 1, TextCtx: 128, Seed: 1, F16: true}.File(t)
	put := func(from string) {
		t.Helper()
		data, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(model+".new", data, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(model+".new", model); err != nil {
			t.Fatal(err)
		}
	}
	put(deaf)
	file := filepath.Join(dir, "config.yaml")
	text := fmt.Sprintf("format: 1\ndata_dir: data\nspeech: {engine: whisper, whisper: {model: %q, threads: 1, prompt: 0}}\nbases:\n  house: {knowledge: [house.yaml]}\n", model)
	for name, text := range map[string]string{file: text, filepath.Join(dir, "house.yaml"): "format: 1\nfaq:\n  - {id: key, question: Where is the key?, answer: Here.}\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cfg, err := app.LoadConfig(file)
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.New(t.Context(), cfg, app.Options{Hear: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}()
	hear := func() string {
		t.Helper()
		heard, err := a.Hear(t.Context(), "house", said, 0)
		if err != nil {
			t.Fatal(err)
		}
		return heard.Text
	}
	if got := hear(); got == "turn on the kitchen light" {
		t.Fatalf("a model of random weights hears %q", got)
	}
	put(ownWhisperModel)
	if _, err := a.Apply(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	if got := hear(); got != "turn on the kitchen light" {
		t.Errorf("the model that was put in its place hears %q", got)
	}
}
