package asr_test

import (
	"slices"
	"testing"

	"frontdesk/asr"
)

func TestExpected(t *testing.T) {
	given := []string{"lights on", "lights off", "lights on"}
	e := asr.NewExpected(given, "", []string{"hey desk"})
	if want := []string{"lights off", "lights on"}; !slices.Equal(e.Sentences(), want) {
		t.Errorf("%q, not %q", e.Sentences(), want)
	}
	if given[0] != "lights on" {
		t.Errorf("what was given is now %q", given)
	}
	if same := asr.NewExpected([]string{"lights off", "lights on"}, "", []string{"hey desk"}); same.ID() != e.ID() {
		t.Error("the same sentences have another ID")
	}
	for _, other := range []*asr.Expected{
		asr.NewExpected([]string{"lights off"}, "", []string{"hey desk"}),
		asr.NewExpected(given, "#JSGF V1.0;", []string{"hey desk"}),
		asr.NewExpected(given, "", nil),
	} {
		if other.ID() == e.ID() {
			t.Errorf("%q, %q, %q have the ID of others", other.Sentences(), other.JSGF(), other.Leads())
		}
	}
}

// What stands before an expected sentence: the lead, words in its place, or nothing.
func TestLead(t *testing.T) {
	decoys := map[string][]string{"hey": {"the", "a"}, "desk": {"guess", "yes"}}
	e := asr.NewExpected([]string{"turn on the light"}, "#JSGF", []string{"Hey, desk!", "computer"}).WithDecoys(decoys)
	for text, want := range map[string]struct {
		lead     asr.Lead
		sentence string
	}{
		"hey desk turn on the light":  {asr.LeadHeard, "hey desk turn on the light"},
		"hey desk":                    {asr.LeadHeard, "hey desk"},
		"computer turn on the light":  {asr.LeadHeard, "computer turn on the light"},
		"hey guess turn on the light": {asr.OtherLead, "turn on the light"},
		"a yes":                       {asr.OtherLead, ""},
		"turn on the light":           {asr.NoLead, "turn on the light"},
		"hey":                         {asr.NoLead, "hey"},
		"":                            {asr.LeadUnknown, ""},
	} {
		if lead, sentence := e.Lead(text); lead != want.lead || sentence != want.sentence {
			t.Errorf("%q: %q %q, want %q %q", text, lead, sentence, want.lead, want.sentence)
		}
	}
	if lead, sentence := asr.NewExpected(nil, "", []string{"hey desk"}).Lead("hey desk lights"); lead != asr.LeadUnknown || sentence != "hey desk lights" {
		t.Errorf("without decoys: %q %q", lead, sentence)
	}
}
