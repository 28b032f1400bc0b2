package main

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"frontdesk/asr"
	"frontdesk/bot"
)

// TestSpokenOwn has our own voices give the commands of the home of testdata/voice, for
// settings to be chosen by them and not by the recordings of TestSpokenBars.
// FRONTDESK_TEST_HEARD names a folder where what was heard is kept.
func TestSpokenOwn(t *testing.T) {
	if os.Getenv("FRONTDESK_TEST_LOAD") == "" {
		t.Skip("it takes minutes: set FRONTDESK_TEST_LOAD=1")
	}
	base := spokenVoiceBase(t, "home")
	type command struct{ entry, text string }
	var said []command
	for _, e := range base.Entries {
		for _, s := range base.Grammar.Sample(e.ID, 3) {
			said = append(said, command{e.ID, s})
		}
	}
	voices := slices.Concat(spokenVoices[:6], heldVoices[:3])
	clip := func(i int) asr.Clip {
		random := spokenSeed("own", said[i].text)
		effect := spokenEffects[random.IntN(len(spokenEffects))]
		return spokenThrough(spokenSay(t, voices[random.IntN(len(voices))], said[i].text, 0.9+0.3*random.Float64()), effect, random)
	}
	kept := filepath.Join(cmp.Or(os.Getenv("FRONTDESK_TEST_HEARD"), t.TempDir()), "own.json")
	right, wrong, decisions := 0, 0, map[bot.Decision]int{}
	a := spokenDesk(t, "home")
	for i, r := range spokenBatch(t, kept, map[string]string{"home": spokenGrammar(t, base)}, len(said), clip) {
		r.File = fmt.Sprintf("own%03d", i)
		reply := spokenTo(t, a, "home", r)
		want := map[string]string{}
		for name, v := range base.Grammar.Match(said[i].text, time.Now())[0].Slots {
			want[name] = v.Canonical
		}
		same := reply.Entry == said[i].entry && maps.Equal(want, reply.Slots)
		decisions[reply.Decision]++
		switch acted := reply.Decision == bot.Run || reply.Decision == bot.Confirm || reply.Decision == bot.Ask; {
		case acted && same:
			right++
		case reply.Decision == bot.Run:
			wrong++
		}
		t.Logf("%v %q: free %q, expected %q %.2f: %s %s %v %.3f", same, said[i].text, r.Free, r.Guided["home"], r.margin("home"), reply.Decision, reply.Entry, reply.Slots, reply.Probability)
	}
	t.Logf("%d of %d right, %d run wrongly; %v", right, len(said), wrong, decisions)
	if wrong > 0 || 2*right < len(said) {
		t.Errorf("of %d commands %d are right, and %d are run wrongly", len(said), right, wrong)
	}
}

// TestSpokenDenied has our own voices say not to do what the home can: none of it may run.
func TestSpokenDenied(t *testing.T) {
	if os.Getenv("FRONTDESK_TEST_LOAD") == "" {
		t.Skip("it takes minutes: set FRONTDESK_TEST_LOAD=1")
	}
	base := spokenVoiceBase(t, "home")
	var said []string
	question := regexp.MustCompile("^(what|is|how|timer|status)")
	for i, e := range base.Entries {
		for j, s := range base.Grammar.Sample(e.ID, 3)[1:] {
			if !question.MatchString(s) {
				said = append(said, []string{"don't ", "do not ", "please do not "}[(i+j)%3]+s)
			}
		}
	}
	voices := slices.Concat(spokenVoices[:6], heldVoices[:3])
	clip := func(i int) asr.Clip {
		random := spokenSeed("denied", said[i])
		return spokenThrough(spokenSay(t, voices[i%len(voices)], said[i], 0.9+0.3*random.Float64()), spokenEffects[i%len(spokenEffects)], random)
	}
	kept := filepath.Join(cmp.Or(os.Getenv("FRONTDESK_TEST_HEARD"), t.TempDir()), "denied.json")
	decisions, a := map[bot.Decision]int{}, spokenDesk(t, "home")
	for i, r := range spokenBatch(t, kept, map[string]string{"home": spokenGrammar(t, base)}, len(said), clip) {
		r.File = fmt.Sprintf("denied%03d", i)
		reply := spokenTo(t, a, "home", r)
		decisions[reply.Decision]++
		t.Logf("%q: free %q, expected %q %.2f: %s %s %v %.3f", said[i], r.Free, r.Guided["home"], r.margin("home"), reply.Decision, reply.Entry, reply.Slots, reply.Probability)
		if reply.Decision == bot.Run {
			t.Errorf("%q ran %s %v, heard as %q and %q", said[i], reply.Entry, reply.Slots, r.Free, r.Guided["home"])
		}
	}
	t.Logf("%v", decisions)
}
