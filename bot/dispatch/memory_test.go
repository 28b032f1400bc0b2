package dispatch_test

import (
	"fmt"
	"testing"
	"time"

	"frontdesk/bot"
	"frontdesk/bot/dispatch"
	"frontdesk/bot/dispatch/ledgertest"
)

func TestMemory(t *testing.T) {
	ledgertest.Run(t, func(*testing.T) dispatch.Ledger { return dispatch.NewMemory() })
}

// TestMemoryIsBounded begins more attempts than are remembered.
func TestMemoryIsBounded(t *testing.T) {
	m := dispatch.NewMemory()
	at := time.Now()
	begun := func(i int) bool {
		s, err := m.Begin(t.Context(), bot.Attempt{Time: at, Key: fmt.Sprint(i), Entry: "e"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return s.Begun
	}
	for i := range 10_001 {
		if !begun(i) {
			t.Fatal("not begun:", i)
		}
	}
	if begun(1) || begun(10_000) {
		t.Error("one of the last 10,000 is forgotten")
	}
	if !begun(0) {
		t.Error("more than 10,000 are remembered")
	}
}
