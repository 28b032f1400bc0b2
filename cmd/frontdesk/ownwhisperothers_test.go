//go:build whisper && cgo

package main

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"frontdesk/asr"
	"frontdesk/asr/asrtest"
)

// An ownWhisperOthers counts what is among the readings of clips that were not heard surely.
type ownWhisperOthers struct {
	clips, unsure         int
	right, among          int // of the unsure ones: heard as it was said, and that or an alternative is
	words, errors, oracle int // of the unsure ones: wrong words of what was heard, and of the best reading
	readings              int
}

func (y *ownWhisperOthers) add(t *testing.T, text string, heard asr.Transcript) {
	t.Helper()
	y.clips++
	// What else was heard is never the same in other letters, nor twice, and the likeliest
	// comes first.
	seen := [][]string{ownWhisperAsHeard(heard.Text)}
	for i, a := range heard.Alternatives {
		words := ownWhisperAsHeard(a.Text)
		if len(words) == 0 || slices.ContainsFunc(seen, func(s []string) bool { return slices.Equal(s, words) }) ||
			a.LogProbability >= 0 || i > 0 && a.LogProbability > heard.Alternatives[i-1].LogProbability {
			t.Errorf("%q: beside %q, %d is %+v of %+v", text, heard.Text, i, a, heard.Alternatives)
		}
		seen = append(seen, words)
	}
	if len(heard.Alternatives) > 3 || heard.Confidence >= 0.75 && len(heard.Alternatives) > 0 {
		t.Errorf("%q is heard as %q (%.2f), with %d alternatives", text, heard.Text, heard.Confidence, len(heard.Alternatives))
	}
	if heard.Text == "" || heard.Confidence >= 0.75 {
		return
	}
	y.unsure++
	y.readings += len(heard.Alternatives)
	said := ownWhisperAsHeard(text)
	least := len(said) + 1000
	for _, words := range seen {
		least = min(least, ownWhisperErrors(said, words))
	}
	first := ownWhisperErrors(said, seen[0])
	y.words += len(said)
	y.errors += first
	y.oracle += least
	if first == 0 {
		y.right++
	}
	if least == 0 {
		y.among++
	}
	t.Logf("%q: %q %.2f %.2f; %+v", text, heard.Text, heard.Confidence, heard.LogProbability, heard.Alternatives)
}

func (y ownWhisperOthers) line(name string) string {
	return fmt.Sprintf("%s: %d clips, %d not heard surely, with %d alternatives; of these %.1f %% right first and %.1f %% among all, word error %.1f %% and at best %.1f %%",
		name, y.clips, y.unsure, y.readings, percentOf(y.right, y.unsure), percentOf(y.among, y.unsure), percentOf(y.errors, y.words), percentOf(y.oracle, y.words))
}

// TestOwnWhisperOthers: where whisper.cpp does not hear surely, what was said is among its
// alternatives more often than it comes first. With FRONTDESK_TEST_LOAD=1 it says all
// sentences that were left out of training, and other talk, and -update writes the figures.
func TestOwnWhisperOthers(t *testing.T) {
	if testing.Short() {
		t.Skip("it recognises speech")
	}
	load := os.Getenv("FRONTDESK_TEST_LOAD") != ""
	effects := []string{"noise 9"}
	if load {
		effects = []string{"clean", "noise 18", "room noise 12"}
	}
	talk := func() (texts []string) {
		for i, text := range append(spokenLines(t, "testdata/overheard-spoken.lines"), spokenLines(t, "testdata/overheard-meeting.lines")...) {
			if i%3 == 0 && !strings.HasPrefix(text, "[") {
				texts = append(texts, text)
			}
		}
		return texts
	}
	var lines []string
	a := ownWhisperDesk(t)
	measure := func(name, effect string, texts []string, voices []string) ownWhisperOthers {
		var y ownWhisperOthers
		for i, text := range texts {
			voice := voices[i%len(voices)]
			heard, err := a.Hear(t.Context(), "home", spokenThrough(asrtest.Say(t, voice, text), effect, spokenSeed(voice, text)), 0)
			if err != nil {
				t.Fatal(err)
			}
			y.add(t, text, heard)
		}
		lines = append(lines, y.line(name+", "+effect))
		t.Log(lines[len(lines)-1])
		return y
	}
	var commands []string
	for _, c := range ownWhisperCases(t, 2) {
		commands = append(commands, c.text)
	}
	if !load {
		var some []string
		for i := range 8 {
			some = append(some, commands[i*len(commands)/8])
		}
		if y := measure("some", effects[0], some, []string{"flite:slt", ownWhisperNew}); y.unsure < 3 || y.among <= y.right {
			t.Errorf("%+v", y)
		}
		return
	}
	for _, effect := range effects {
		for _, y := range []ownWhisperOthers{
			measure("left-out commands, voices of training", effect, commands, ownWhisperVoices),
			measure("left-out commands, flite rms", effect, commands, []string{ownWhisperNew}),
			measure("other talk, all voices", effect, talk(), append(slices.Clone(ownWhisperVoices), ownWhisperNew)),
		} {
			if y.unsure > 0 && y.among <= y.right || y.oracle >= y.errors {
				t.Errorf("%s: %+v", effect, y)
			}
		}
	}
	if *update {
		var b bytes.Buffer
		b.WriteString("format: 1\n# What TestOwnWhisperOthers measures; FRONTDESK_TEST_LOAD=1 and -update write it.\n")
		b.WriteString(strings.Join(lines, "\n") + "\n")
		if err := os.WriteFile("testdata/ownwhisperothers.golden", b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
