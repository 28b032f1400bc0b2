package main

import (
	"frontdesk/bot/dispatch/homeassistant/hatest"

	"github.com/rogpeppe/go-internal/testscript"
)

// houseToken is the token that the stand-in for Home Assistant takes.
const houseToken = "long-lived"

// A scriptHouse is the stand-in of one script, and houseKey where it is kept.
type (
	scriptHouse struct{ server *hatest.Server }
	houseKey    struct{}
)

// houseCommand is "house start", which starts a stand-in for Home Assistant and
// sets $HA_URL and $HOMEASSISTANT_TOKEN, "house config FILE", which names it in a
// configuration, "house state ENTITY WANT", and "house attribute ENTITY NAME
// WANT".
func houseCommand(ts *testscript.TestScript, neg bool, args []string) {
	h := ts.Value(houseKey{}).(*scriptHouse)
	expect := func(what, got, want string) {
		if (got == want) == neg {
			ts.Fatalf("%s is %q", what, got)
		}
	}
	switch {
	case len(args) == 1 && args[0] == "start":
		h.server = hatest.New(houseToken)
		ts.Defer(h.server.Close)
		ts.Setenv("HA_URL", h.server.URL)
		ts.Setenv("HOMEASSISTANT_TOKEN", houseToken)
	case len(args) == 2 && args[0] == "config" && h.server != nil:
		appendTo(ts, args[1], []byte("homeassistant: {url: \""+h.server.URL+"\", token: \"${env:HOMEASSISTANT_TOKEN}\"}\n"))
	case len(args) == 3 && args[0] == "state" && h.server != nil:
		expect(args[1], h.server.State(args[1]), args[2])
	case len(args) == 4 && args[0] == "attribute" && h.server != nil:
		expect(args[1], h.server.Attribute(args[1], args[2]), args[3])
	default:
		ts.Fatalf("usage: house start, house config FILE, house state ENTITY WANT, house attribute ENTITY NAME WANT")
	}
}
