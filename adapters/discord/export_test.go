package discord

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"frontdesk/internal/secret"
)

// For the tests of the package from outside.
var (
	ToDiscord = toDiscord
	Split     = split
	Units     = units
)

// LaterAfter is when Discord is told that an answer comes later.
const LaterAfter = laterAfter

// A machine that stands still for seconds is not what the tests are about.
func init() { firstWithin, answerWithin, settleFor = time.Minute, time.Minute, time.Minute }

// Take gives an event of the gateway to an adapter that does not run, in a guild
// with a channel, a forum and a thread.
func (a *Adapter) Take(ctx context.Context, kind string, data json.RawMessage) error {
	a.world.ready("100000000000000001", "100000000000000001")
	a.world.learn("1", channel{ID: "2", Name: "general"}, channel{ID: "3", Type: typeForum}, channel{ID: "4", Type: typeThread, ParentID: "3"})
	switch kind {
	case "MESSAGE_CREATE", "MESSAGE_UPDATE":
		var m message
		if err := json.Unmarshal(data, &m); err != nil {
			return err
		}
		return (&shard{a: a, direct: map[string]bool{}}).message(ctx, raw{kind, data, time.Now()}, &m)
	case "INTERACTION_CREATE":
		var i interaction
		if err := json.Unmarshal(data, &i); err != nil {
			return err
		}
		a.acted(&i, func(context.Context, answer) error { return nil })
		return nil
	}
	return a.take(ctx, kind, data)
}

// TestTake: what is no event at all is told, and what is none of our business is not.
func TestTake(t *testing.T) {
	cfg := DefaultConfig()
	cfg.Token = secret.New("token")
	a, err := New(cfg, Deps{})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Take(t.Context(), "MESSAGE_CREATE", json.RawMessage(`{"id":`)); err == nil {
		t.Error("half an event was taken")
	}
	if err := a.Take(t.Context(), "A_KIND_TO_COME", json.RawMessage(`{}`)); err != nil {
		t.Error(err)
	}
}
