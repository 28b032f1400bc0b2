package chat_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"frontdesk/bot/bottest"
)

func TestConform(t *testing.T) {
	bottest.Conform(t, func(t testing.TB) *bottest.Platform { return newHall(t, "").platform() })
}

// The suite finds what an adapter does wrong.
func TestConformCanFail(t *testing.T) {
	for _, c := range []struct {
		flaw string
		want []string // checks that must find it
	}{
		{"shows twice", []string{"what is said reaches the handler", "Markdown"}},
	} {
		t.Run(c.flaw, func(t *testing.T) {
			t.Parallel()
			broken := bottest.Breaches(t, func(t testing.TB) *bottest.Platform {
				p := newHall(t, c.flaw).platform()
				p.Patience = 100 * time.Millisecond
				return p
			})
			for _, name := range c.want {
				if broken[name] == nil {
					t.Errorf("%q is not found by %q; broken are %q", c.flaw, name, slices.Sorted(maps.Keys(broken)))
				}
			}
		})
	}
}
