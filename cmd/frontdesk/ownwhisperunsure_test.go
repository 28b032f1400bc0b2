//go:build whisper && cgo

package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"frontdesk/asr"
	"frontdesk/asr/asrtest"
	"frontdesk/bot"
)

// TestOwnWhisperUnsure: a command that whisper.cpp hears surely is done. One of which it hears
// a word through noise, not surely, is asked back about, unless the expected sentences say the
// same.
func TestOwnWhisperUnsure(t *testing.T) {
	if testing.Short() {
		t.Skip("it recognises speech")
	}
	a := ownWhisperDesk(t)
	random := spokenSeed("unsure")
	sure, unsure := 0, 0
	for i, command := range []ownWhisperCase{
		{text: "turn on the kitchen light", entry: "lights-on", slots: map[string]string{"room": "kitchen"}},
		{text: "turn off the bedroom light", entry: "lights-off", slots: map[string]string{"room": "bedroom"}},
	} {
		text := command.text
		said := asrtest.Say(t, "flite:slt", text)
		for _, noise := range []float64{0, 0.065} {
			c := asr.Clip{Samples: slices.Concat(make([]float32, asr.SampleRate/3), said.Samples, make([]float32, asr.SampleRate/2))}
			for j := range c.Samples {
				c.Samples[j] += float32(random.NormFloat64() * noise)
			}
			heard, r := ownWhisperHear(t, a, "example", fmt.Sprint("both", i, noise), c)
			alone := heard
			alone.Expected = asr.Reading{}
			free := ownWhisperGive(t, a, "example", fmt.Sprint("free", i, noise), alone)
			t.Logf("%q in %v: free %q %.2f, expected %q %.2f: %s %s %v; freely %s", text, noise, heard.Text, heard.Confidence,
				heard.Expected.Text, heard.Expected.Margin, r.Decision, r.Entry, r.Slots, free.Decision)
			if r.Decision == bot.Run && (r.Entry != command.entry || !maps.Equal(r.Slots, command.slots)) {
				t.Errorf("%q in %v of noise runs %s %v", text, noise, r.Entry, r.Slots)
			}
			switch {
			case !strings.HasPrefix(heard.Text, text): // or several lights
				continue
			case heard.Confidence >= 0.75:
				sure++
			default:
				unsure++
			}
			if (free.Decision == bot.Run) != (heard.Confidence >= 0.75) {
				t.Errorf("%q in %v of noise is heard with the confidence %.2f: %s", text, noise, heard.Confidence, free.Decision)
			}
		}
	}
	if sure == 0 || unsure == 0 {
		t.Errorf("%d are heard surely, %d not surely: nothing is tested", sure, unsure)
	}
}

// TestOwnWhisperLikeliest: where the word that is likeliest at first leads to a sentence that
// is not the likeliest, the likeliest is asked about, and neither is done at once.
func TestOwnWhisperLikeliest(t *testing.T) {
	if testing.Short() {
		t.Skip("it recognises speech")
	}
	const text, first = "could you lock front door", "could you unlock front door"
	cases := ownWhisperCases(t, 2)
	i := slices.IndexFunc(cases, func(c ownWhisperCase) bool { return c.text == text })
	clip := spokenThrough(asrtest.Say(t, ownWhisperNew, text), "room noise 12", spokenSeed(ownWhisperNew, text))
	heard, r := ownWhisperHear(t, ownWhisperDesk(t), cases[i].base, "likeliest", clip)
	t.Logf("%q %.2f, %+v: %s %s %v", heard.Text, heard.Confidence, heard.Alternatives, r.Decision, r.Entry, r.Slots)
	if heard.Text != text || !slices.ContainsFunc(heard.Alternatives, func(a asr.Alternative) bool { return a.Text == first }) {
		t.Errorf("heard as %q, with %+v", heard.Text, heard.Alternatives)
	}
	if !cases[i].right(r) || r.Decision == bot.Run {
		t.Errorf("%s %s %v", r.Decision, r.Entry, r.Slots)
	}
}
