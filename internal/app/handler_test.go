package app

import (
	"context"
	"log/slog"
	"testing"

	"frontdesk/bot"
)

// A message that we cannot stand is answered with a word of it, and does not end
// the program.
func TestHandlerPanics(t *testing.T) {
	log := &syncBuffer{} // of the panics
	d := &service{log: slog.New(slog.NewTextHandler(log, nil)), metrics: newMetrics("v1"),
		handle: func(context.Context, bot.Message) (bot.Reply, error) { panic("a mistake") }}
	handle := d.handler("slack")
	for _, c := range []struct {
		m    bot.Message
		want bot.Decision
	}{
		{bot.Message{ID: "1", Kind: bot.Text, Text: "hello"}, bot.Abstain},
		{bot.Message{ID: "2", Kind: bot.Text, Text: "hello", Unasked: 0.9}, bot.Nothing},
		{bot.Message{ID: "3", Kind: bot.Rating, Rating: 1}, bot.Nothing},
	} {
		got, err := handle(t.Context(), c.m)
		if err != nil || got.Decision != c.want || got.InReplyTo != c.m.ID || (got.Text != "") != (c.want == bot.Abstain) {
			t.Errorf("%+v: got %+v, %v", c.m, got, err)
		}
	}
}
