package main

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/bot"
	"frontdesk/internal/ort"
	"frontdesk/internal/ort/orttest"
	"frontdesk/knowledge"
	"frontdesk/retrieval/lexical"
)

// spokenModels does something with each of the embedding models that a desk has without
// and beside ONNX Runtime.
func spokenModels(t *testing.T, each func(t *testing.T, library ort.Config)) {
	t.Helper()
	t.Run("static", func(t *testing.T) { each(t, ort.DefaultConfig()) })
	t.Run("transformer", func(t *testing.T) { each(t, orttest.Config(t)) })
}

// spokenKind says what a sentence that is said to a base is: a command, or what is none.
func spokenKind(r spokenReading) string {
	words := lexical.Words(r.Said)
	denied := func(w string) bool {
		return slices.Contains([]string{"dont", "not", "never", "nobody", "less"}, w) || w == "stop" && strings.HasSuffix(strings.Join(words, " "), "ing")
	}
	switch {
	case !r.Strange:
		return "commands"
	case slices.ContainsFunc(words, denied):
		return "denials"
	}
	return "other talk"
}

// spokenWant gives the command that is said, with its slots; "" for none. The slots of a
// phrasing that is no template are nil.
func spokenWant(base *knowledge.Base, said string) (entry string, slots map[string]string) {
	if matches := base.Grammar.Match(said, time.Now()); len(matches) > 0 && matches[0].Free == 0 {
		slots = map[string]string{}
		for name, v := range matches[0].Slots {
			slots[name] = v.Canonical
		}
		return matches[0].ID, slots
	}
	for _, e := range base.Entries {
		if slices.Contains(e.Alternatives, said) {
			return e.ID, nil
		}
	}
	return "", nil
}

// spokenSame says whether a command has the values that were said, and besides them those
// that it has when nothing is said.
func spokenSame(base *knowledge.Base, entry string, said, got map[string]string) bool {
	e, _ := base.Entry(entry)
	for name, v := range got {
		if said[name] != v && (said[name] != "" || e.Command.Slots[name].Default != v) {
			return false
		}
	}
	for name := range said {
		if _, ok := got[name]; !ok {
			return false
		}
	}
	return true
}

// spokenLost are sentences of which both readings hear the same wrong value, so that no text
// tells that it was not said: here "bathroom".
var spokenLost = []string{"turn on light in bedroom"}

// TestSpokenDecisions has the bases decide about what was heard of our own voices: the
// readings that TestFitExpected is fitted on and held to, with both embedding models. Only
// what both readings got wrong in the same way may run.
func TestSpokenDecisions(t *testing.T) {
	if os.Getenv("FRONTDESK_TEST_LOAD") == "" {
		t.Skip("it takes half a minute: set FRONTDESK_TEST_LOAD=1")
	}
	readings, bases := spokenReadings(t), map[string]*knowledge.Base{}
	for _, name := range spokenReadingBases {
		bases[name] = spokenBase(t, name)
	}
	spokenModels(t, func(t *testing.T, library ort.Config) {
		a := spokenDeskWith(t, library, "example", "workshop", "hotel")
		counts := map[string]map[string]int{}
		for i, r := range readings {
			name := strings.Replace(r.Base, "home", "example", 1)
			entry, slots := spokenWant(bases[r.Base], r.Said)
			reply := spokenTo(t, a, name, spokenRecording{
				File: fmt.Sprint("reading", i), Free: r.Free, FreeScore: r.FreeScore,
				Guided: map[string]string{name: r.Expected}, Scores: map[string]int{name: r.ExpectedScore}, Seconds: r.Seconds,
			})
			kind, what := spokenKind(r), string(reply.Decision)
			if reply.Decision == bot.Run || reply.Decision == bot.Confirm || reply.Decision == bot.Ask {
				right := entry == reply.Entry && spokenSame(bases[r.Base], entry, slots, reply.Slots)
				what += map[bool]string{true: " rightly", false: " wrongly"}[right]
			}
			if counts[kind] == nil {
				counts[kind] = map[string]int{}
			}
			counts[kind][what]++
			counts[kind]["all"]++
			t.Logf("%s; %s: %s %s %q: free %q, expected %q %.2f: %s %v %.3f", kind, what, r.Base, r.Voice, r.Said, r.Free, r.Expected,
				spokenRecording{Scores: map[string]int{"": r.ExpectedScore}, FreeScore: r.FreeScore, Seconds: r.Seconds}.margin(""), reply.Entry, reply.Slots, reply.Probability)
			if what == "run wrongly" && !slices.Contains(spokenLost, r.Said) {
				t.Errorf("%s %q ran %s %v, heard as %q and %q", r.Base, r.Said, reply.Entry, reply.Slots, r.Free, r.Expected)
			}
		}
		if of := counts["commands"]; 5*(of["run rightly"]+of["confirm rightly"]+of["ask rightly"]) < 3*of["all"] {
			t.Errorf("of %d commands too few are understood: %v", of["all"], of)
		}
		for _, kind := range slices.Sorted(maps.Keys(counts)) {
			t.Logf("%s: %v", kind, counts[kind])
		}
	})
}
