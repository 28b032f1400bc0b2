package retrieval

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"frontdesk/knowledge"
)

// TestValuesSpeakForACommand holds that a value which only one of two commands
// can take speaks for it, and that no question becomes a command by it.
func TestValuesSpeakForACommand(t *testing.T) {
	const text = `format: 1
slots:
  room: {values: [kitchen, office]}
  level: {type: percentage}
commands:
  - id: on
    say: ["turn on [the] {room} light", "light on in [the] {room}"]
    alternatives: [I want light in the kitchen, more light in the office please, it is dark in the office]
    run: {reply: done}
  - id: dim
    say: ["dim [the] {room} light to {level}", "set [the] {room} brightness to {level}"]
    alternatives: [it is too bright, the lamp blinds me, a little darker]
    run: {reply: done}
faq:
  - {id: bulbs, question: Which bulbs are in the kitchen?, alternatives: [what kind of light bulb do I buy, how many watts has a lamp], answer: LED.}
  - {id: tariff, question: What does electricity cost?, alternatives: [price of a kilowatt hour, is power cheaper at night], answer: A lot.}
`
	file := filepath.Join(t.TempDir(), "base.yaml")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	base, err := knowledge.Load(t.Context(), knowledge.Options{Paths: []string{file}})
	if err != nil {
		t.Fatal(err)
	}
	x := build(t, base)
	for text, gain := range map[string]float64{
		"the light in the kitchen at seventy per cent": 1,
		"the light in the kitchen":                     0,
		"what is the weather in the kitchen":           0,
	} {
		f, err := x.find(t.Context(), Question{Text: text})
		if err != nil {
			t.Fatal(err)
		}
		vectors, err := embed(t.Context(), x.embedder, []string{f.corrected()})
		if err != nil {
			t.Fatal(err)
		}
		plain, err := x.model.evidence(vectors[0], f.words)
		if err != nil {
			t.Fatal(err)
		}
		odds := func(e *evidence) float64 { return math.Log(e.share[x.position["dim"]] / e.share[x.position["on"]]) }
		if got := odds(f.evidence) - odds(plain); math.Abs(got-gain*perValue) > 1e-9 {
			t.Errorf("%q speaks for dimming by %g, want %g", text, got, gain*perValue)
		}
		// What the commands have together stays what it was.
		for i, e := range base.Entries {
			if e.Command == nil && math.Abs(f.share[i]-plain.share[i]) > 1e-9 {
				t.Errorf("%q: the share of %s was %g and is %g", text, e.ID, plain.share[i], f.share[i])
			}
		}
	}
}
