package wake_test

import (
	"slices"
	"testing"

	"frontdesk/asr"
	"frontdesk/asr/wake"
)

// What wakes the desk, by what was heard freely and what was expected.
func TestWoken(t *testing.T) {
	reading := func(text string, lead asr.Lead, margin ...float64) asr.Reading {
		r := asr.Reading{Text: text, Lead: lead}
		if len(margin) > 0 {
			r.Margin, r.Measured = margin[0], true
		}
		return r
	}
	for _, c := range []struct {
		name     string
		heard    asr.Transcript
		text     string // without the phrase
		expected string
		ok       bool
	}{
		{"the phrase", asr.Transcript{Text: "Hey desk, turn on the light."}, "turn on the light.", "", true},
		{"the phrase in another reading", asr.Transcript{Text: "they ask turn on", Alternatives: []string{"hey desk turn on"}}, "turn on", "", true},
		{"other talk", asr.Transcript{Text: "hey jess turn on the light", Expected: reading("turn on the light", asr.OtherLead, 1.5)}, "", "", false},
		{"other talk, where nothing else could be expected", asr.Transcript{Text: "hey jess turn on the light", Expected: reading("hey desk turn on the light", asr.LeadUnknown, -0.6)}, "", "", false},
		{"expected, and it fits", asr.Transcript{Text: "hey guess turn on the light", Expected: reading("hey desk turn on the light", asr.LeadUnknown, -0.4)}, "turn on the light", "turn on the light", true},
		{"expected before other words, and like what was heard", asr.Transcript{Text: "hey guess what time is it", Expected: reading("hey desk put on music", asr.LeadHeard)}, "what time is it", "put on music", true},
		{"expected before other words, and unlike what was heard", asr.Transcript{Text: "good morning everybody", Expected: reading("hey desk put on music", asr.LeadHeard)}, "", "", false},
		{"the same where the sound does not fit", asr.Transcript{Text: "good morning everybody", Expected: reading("hey desk put on music", asr.LeadHeard, 0.1)}, "", "", false},
		{"the phrase alone", asr.Transcript{Text: "hey guess", Expected: reading("hey desk", asr.LeadHeard)}, "", "", true},
		{"nothing", asr.Transcript{}, "", "", false},
	} {
		got, ok := phrases(t, "hey desk").Woken(c.heard)
		if !c.ok {
			c.text, c.expected = c.heard.Text, c.heard.Expected.Text
		}
		if ok != c.ok || got.Text != c.text || got.Expected.Text != c.expected {
			t.Errorf("%s: %v, %q, %q; want %v, %q, %q", c.name, ok, got.Text, got.Expected.Text, c.ok, c.text, c.expected)
		}
	}
}

// Words that sound like the phrase, and none that is taken for it.
func TestDecoys(t *testing.T) {
	known := func(word string) bool { return word != "guess" }
	decoys := wake.Decoys([]string{"hey desk", "Okay, desk!"}, known)
	for word, want := range map[string][]string{"hey": {"the", "my", "had"}, "okay": {"the", "away"}, "desk": {"ask", "just"}} {
		for _, w := range want {
			if !slices.Contains(decoys[word], w) {
				t.Errorf("%q is no decoy of %q: %q", w, word, decoys[word])
			}
		}
	}
	for word, not := range map[string][]string{"hey": {"hey", "they", "hate"}, "desk": {"desk", "guess"}} {
		for _, w := range not {
			if slices.Contains(decoys[word], w) {
				t.Errorf("%q is a decoy of %q", w, word)
			}
		}
	}
	if got := wake.Decoys([]string{"кухня стол"}, nil); len(got["стол"]) > 0 {
		t.Errorf("what cannot be read aloud has decoys: %q", got)
	}
}
