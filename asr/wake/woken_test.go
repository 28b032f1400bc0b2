package wake_test

import (
	"slices"
	"testing"

	"frontdesk/asr"
)

// What is left where it is known from elsewhere that the phrase was said.
func TestWithout(t *testing.T) {
	for _, c := range []struct{ text, expected, want, wantExpected string }{
		{"Hey desk, turn on the light.", "", "turn on the light.", ""},
		{"hey guess what time is it", "hey desk put on music", "what time is it", "put on music"},
		{"good morning everybody", "hey desk put on music", "put on music", "put on music"},
		{"good morning everybody", "put on music", "good morning everybody", "put on music"},
		{"hey guess", "", "", ""},
		{"", "", "", ""},
	} {
		got := phrases(t, "hey desk").Without(asr.Transcript{Text: c.text, Alternatives: []asr.Alternative{{Text: "hey guess"}, {Text: "hey desk now"}, {Text: "no"}}, Expected: asr.Reading{Text: c.expected}})
		if got.Text != c.want || got.Expected.Text != c.wantExpected || !slices.Equal(got.Alternatives, []asr.Alternative{{Text: "now"}, {Text: "no"}}) {
			t.Errorf("%q, %q: got %+v", c.text, c.expected, got)
		}
	}
}

// What wakes the desk, by what was heard freely and what was expected.
func TestWoken(t *testing.T) {
	reading := func(text string, margin ...float64) asr.Reading {
		r := asr.Reading{Text: text}
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
		{"the phrase in another reading", asr.Transcript{Text: "they ask turn on", Alternatives: []asr.Alternative{{Text: "hey desk turn on"}}}, "turn on", "", true},
		{"the phrase in a reading as likely", asr.Transcript{Text: "they ask turn on", LogProbability: -0.3, Alternatives: []asr.Alternative{{Text: "hey desk turn on", LogProbability: -0.7}}},
			"turn on", "", true},
		{"the phrase in one far less likely", asr.Transcript{Text: "they ask turn on", LogProbability: -0.3, Alternatives: []asr.Alternative{{Text: "hey desk turn on", LogProbability: -0.9}}},
			"", "", false},
		{"other talk", asr.Transcript{Text: "good morning to you", Expected: reading("turn on the light", 1.5)}, "", "", false},
		{"expected, and it does not fit", asr.Transcript{Text: "hey guess what", Expected: reading("hey desk turn on the light", -0.6)}, "", "", false},
		{"expected, and it fits", asr.Transcript{Text: "the death of them", Expected: reading("hey desk turn on the light", -0.4)}, "turn on the light", "turn on the light", true},
		{"expected, and like what was heard", asr.Transcript{Text: "hey guess what time is it", Expected: reading("hey desk put on music")}, "what time is it", "put on music", true},
		{"expected, and unlike what was heard", asr.Transcript{Text: "good morning everybody", Expected: reading("hey desk put on music")}, "", "", false},
		{"the phrase alone", asr.Transcript{Text: "hey guess", Expected: reading("hey desk")}, "", "", true},
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
