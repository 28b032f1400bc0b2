package dispatchtest_test

import (
	"slices"
	"testing"

	"frontdesk/bot/dispatch/dispatchtest"
)

func TestHostile(t *testing.T) {
	all := dispatchtest.Hostile()
	if len(all) != dispatchtest.Count || !slices.Equal(all, dispatchtest.Hostile()) {
		t.Errorf("%d values, or others the next time", len(all))
	}
	sorted := slices.Sorted(slices.Values(all))
	if len(slices.Compact(sorted)) != len(all) {
		t.Error("some are equal")
	}
}
