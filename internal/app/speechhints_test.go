package app

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"frontdesk/asr"
	"frontdesk/internal/config"
	"frontdesk/knowledge"
)

const spokenTo = `
format: 1
commands:
  - id: heat
    say: ["set [the] {room} to {degrees}"]
    slots:
      room: {values: [kitchen, {say: ["[the] EcoBee[s]", thermostat], value: t1}, "Maja's room", hall]}
      degrees: {type: number, from: 10, to: 30, step: 10}
    alternatives: [warm up the house, pairing with Zigbee and zigbee2mqtt]
    reply: ok
faq:
  - {id: net, question: "What is the Zwave key?", alternatives: [zwave network key], answer: Ask.}
`

func TestSpeechHints(t *testing.T) {
	b, err := knowledge.Load(t.Context(), knowledge.Options{FS: fstest.MapFS{"a.yaml": {Data: []byte(spokenTo)}}, Paths: []string{"a.yaml"}})
	if err != nil {
		t.Fatal(err)
	}
	h, err := speechHints(b, []string{"hey desk"}, func(w string) bool { return w != "kitchen" })
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"EcoBee", "Zigbee", "Zwave", "mqtt", "Maja's room", "kitchen", "hall"}
	if !slices.Equal(h.Words, want) {
		t.Errorf("words %q, want %q", h.Words, want)
	}
	for _, s := range []string{"set the kitchen to 20", "set EcoBees to ten", "warm up the house"} {
		if !slices.Contains(h.Expected.Sentences(), s) {
			t.Errorf("%q is not expected", s)
		}
	}
	if g := h.Expected.JSGF(); !strings.Contains(g, "ecobee") || strings.Contains(g, "kitchen") || !strings.Contains(g, "[<lead>]") || !strings.Contains(g, "<lead> = hey desk;") {
		t.Errorf("the grammar is\n%s", g)
	}
	if again, _ := speechHints(b, []string{"hey desk"}, nil); again.Expected.ID() == h.Expected.ID() {
		t.Error("another grammar has the same id")
	}
}

// TestSpeechHintsOf holds that a base has hints only where something hears.
func TestSpeechHintsOf(t *testing.T) {
	b, err := knowledge.Load(t.Context(), knowledge.Options{FS: fstest.MapFS{"a.yaml": {Data: []byte(spokenTo)}}, Paths: []string{"a.yaml"}})
	if err != nil {
		t.Fatal(err)
	}
	cfg := &config.Config{}
	hints := func(hear bool) (asr.Hints, error) {
		return (&App{options: Options{Hear: hear}}).speechHintsOf(cfg, b)
	}
	if h, err := hints(true); err != nil || h.Expected != nil {
		t.Errorf("nothing hears, and hints are made: %v", err)
	}
	cfg.Speech.Engine = config.SpeechExec
	if h, err := hints(false); err != nil || h.Expected != nil {
		t.Errorf("nobody is heard, and hints are made: %v", err)
	}
	if h, err := hints(true); err != nil || h.Expected == nil {
		t.Errorf("something hears, and no hints are made: %v", err)
	}
	cfg.Speech.Dictionary = "absent.dict"
	if _, err := hints(true); err == nil || !strings.Contains(err.Error(), "speech.dictionary") {
		t.Errorf("a dictionary that is not there gives %v", err)
	}
}
