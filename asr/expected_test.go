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
