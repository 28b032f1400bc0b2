package retrieval

import (
	"testing"
)

// TestDenied: a command is not run by a sentence that says not to, nor asked
// about; in words that its phrasings deny themselves, it is.
func TestDenied(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	x := exampleIndex(t, "home")
	for text, want := range map[string]bool{
		"do not turn on the kitchen light":                          true,
		"I did not say turn off the kitchen light":                  true,
		"please don't close the blinds in the office":               true,
		"never open the garage":                                     true,
		"we should not set the heating to 30 degrees":               true,
		"stop locking the front door":                               true,
		"take the lock off the front door":                          true,
		"no, turn on the kitchen light":                             false,
		"don't let me forget to call mum tomorrow":                  false,
		"do not let me forget to call mum tomorrow":                 false,
		"I can not see anything in the kitchen":                     false,
		"please make sure that the light in the office goes off":    false,
		"make the music stop":                                       false,
		"it is not cold in the office":                              true,
		"I want a bit of shade, blinds in the office at 40 percent": false,
	} {
		r := search(t, x, text, 1)
		if got := r.Hits[0].Probability <= deniedLimit; got != want {
			t.Errorf("%q: %s, %.3f", text, r.Hits[0].Entry.ID, r.Hits[0].Probability)
		}
		if r.Hits[0].Entry.Command == nil {
			t.Errorf("%q finds %s, which is no command", text, r.Hits[0].Entry.ID)
		}
	}
}
