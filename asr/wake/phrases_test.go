package wake_test

import (
	"strings"
	"testing"

	"frontdesk/asr/wake"
)

func phrases(t testing.TB, texts ...string) *wake.Phrases {
	t.Helper()
	p, err := wake.NewPhrases(texts)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestCut(t *testing.T) {
	p := phrases(t, "hey desk", "Computer", "grüezi büro", "Привет стол")
	for text, want := range map[string]string{
		"hey desk, turn on the light":    "turn on the light",
		"Hey, desk! Turn on the light.":  "Turn on the light.",
		"HEY DESK":                       "",
		" … hey… desk?":                  "",
		"hay desk turn on the light":     "turn on the light",
		"Hey dusk, turn on the light":    "turn on the light",
		"hey desks turn on the light":    "turn on the light",
		"heydesk turn on the light":      "turn on the light",
		"he desk what time is it":        "what time is it",
		"Um, hey desk, what time is it?": "what time is it?",
		"Okay, uh, computer: lights off": "lights off",
		"computer 5 minutes":             "5 minutes",
		"Gruezi Buro, wie spät ist es?":  "wie spät ist es?",
		"привет, стол: свет":             "свет",
		"hey desk hey desk lights on":    "hey desk lights on",
	} {
		if rest, ok := p.Cut(text); !ok || rest != want {
			t.Errorf("%q: %q, %v, not %q", text, rest, ok, want)
		}
	}
	for _, text := range []string{
		"", "?!", "turn on the light", "hey", "desk", "hey there, turn on the light", "the desk is full",
		"my desk", "his desk is full", "turn on the light, hey desk", "hey does it work", "um", "well, hello",
		"so um er hey desk", // more than anybody says before it
		"compute this", "commuter train", "hey Jess", "they ask me", "hey, this is new", "привет",
	} {
		if rest, ok := p.Cut(text); ok {
			t.Errorf("%q begins with a phrase, and goes on %q", text, rest)
		}
	}
}

func TestNewPhrases(t *testing.T) {
	for text, want := range map[string]string{
		"":                               "no words",
		"?":                              "no words",
		"desk":                           "only one syllable",
		"hey":                            "only one syllable",
		"eau":                            "only one syllable",
		"away":                           "only 2 sounds",
		"стол":                           "fewer than 5 letters",
		"one two three four five six":    "more than 5 words",
		strings.Repeat("a long one ", 9): "longer than 64 bytes",
		"internationalisation authorities everywhere": "more than 24 sounds",
	} {
		if _, err := wake.NewPhrases([]string{"hey desk", text}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, not %s", text, err, want)
		}
	}
	_, err := wake.NewPhrases([]string{"desk", "lamp"})
	if err == nil || !strings.Contains(err.Error(), `"desk"`) || !strings.Contains(err.Error(), `"lamp"`) {
		t.Errorf("not every fault is told: %v", err)
	}
	for _, n := range []int{0, 17} {
		if _, err := wake.NewPhrases(make([]string, n)); err == nil || !strings.Contains(err.Error(), "between 1 and 16") {
			t.Errorf("%d phrases: %v", n, err)
		}
	}
}

func FuzzCut(f *testing.F) {
	f.Add("hey desk", "Um, hay dusk! Turn on the light.")
	f.Add("grüezi büro", "GRÜEZI' bu\u0308ro \xff\xfe")
	f.Fuzz(func(t *testing.T, phrase, text string) {
		p, err := wake.NewPhrases([]string{phrase})
		if err != nil {
			if _, ok := phrases(t, "hey desk").Cut(text); ok && text == "" {
				t.Fatal("the empty text begins with a phrase")
			}
			return
		}
		if rest, ok := p.Cut(text); !strings.HasSuffix(text, rest) || !ok && rest != "" {
			t.Errorf("%q of %q, %v", rest, text, ok)
		}
		if rest, ok := p.Cut(phrase); !ok || rest != "" {
			t.Errorf("the phrase %q itself: %q, %v", phrase, rest, ok)
		}
	})
}
