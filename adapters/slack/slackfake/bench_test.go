package slackfake_test

import (
	"testing"

	"frontdesk/adapters/slack/slackfake"

	"github.com/slack-go/slack"
)

// BenchmarkMessages is a message in, acknowledged, and a post out.
func BenchmarkMessages(b *testing.B) {
	w := start(b, slackfake.Config{Keep: 100}, slackfake.Setup{})
	w.connect(b, nil)
	for b.Loop() {
		said := w.ws.Say(w.anna, w.general, "hello", "")
		if _, _, err := w.api.PostMessage(w.general, slack.MsgOptionText("hi", false), slack.MsgOptionTS(said.TS)); err != nil {
			b.Fatal(err)
		}
		if _, err := said.Event.Wait(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
