package app

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"frontdesk/bot"

	"go.uber.org/goleak"
)

// A mailbox is an adapter that takes one reply after the other.
type mailbox chan bot.Reply

func (m mailbox) Send(ctx context.Context, _ bot.Address, r bot.Reply) error {
	select {
	case m <- r:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (m mailbox) next(t *testing.T) bot.Reply {
	t.Helper()
	select {
	case r := <-m:
		return r
	case <-time.After(patience):
		t.Fatal("nothing was sent")
		return bot.Reply{}
	}
}

// What is scheduled survives the desk, is done by the next one with the
// knowledge as it is then, and told through the adapter.
func TestClock(t *testing.T) {
	defer goleak.VerifyNone(t)
	cfg, dir := twoBases(t, "")
	const commands = "format: 1\nslots: {length: {type: duration}}\ncommands:\n  - id: mark\n    say: mark in {length}\n" +
		"    run: {schedule: {in: '{length}', do: {exec: {command: [touch, mark]}}, say: SAID}}\n    reply: All right.\n"
	write(t, filepath.Join(dir, "house.yaml"), commands)
	ask := func(a *App, text string) string {
		t.Helper()
		reply, err := a.Handle(t.Context(), bot.Message{ID: text, Kind: bot.Text, Conversation: "c", Sender: "post:ann", Address: "post:ann", Text: text})
		if err != nil {
			t.Fatal(err)
		}
		return reply.Text
	}
	a, err := New(t.Context(), cfg, Options{Bases: []string{"house"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := ask(a, "mark in 1 second"); !strings.HasPrefix(got, "All right.\n\n**mark** is due in 1 second, ") {
		t.Errorf("it says %q", got)
	}
	if err := a.Close(); err != nil { // it has no clock, and does nothing
		t.Fatal(err)
	}

	write(t, filepath.Join(dir, "house.yaml"), strings.Replace(commands, "SAID", "Marked!", 1))
	post := make(mailbox)
	b, err := New(t.Context(), cfg, Options{Bases: []string{"house"}, Clock: true, Warn: func(err error) { t.Error(err) }})
	if err != nil {
		t.Fatal(err)
	}
	b.Register("post", post)
	if r := post.next(t); r.Text != "Marked!" || r.To != "post:ann" || r.Decision != bot.Notice || r.Entry != "mark" {
		t.Errorf("sent %+v", r)
	}
	if _, err := os.Stat(filepath.Join(dir, "mark")); err != nil {
		t.Error(err)
	}
	// One that is scheduled while the clock runs wakes it.
	ask(b, "mark in 0.1 seconds")
	if r := post.next(t); r.Text != "Marked!" {
		t.Errorf("sent %+v", r)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
}

func TestOutboxes(t *testing.T) {
	var o outboxes
	if err := o.Send(t.Context(), "post:ann", bot.Reply{}); err == nil || err.Error() != `the adapter of "post:ann" is not running here` {
		t.Errorf("it is sent: %v", err)
	}
	post := make(mailbox, 1)
	o.register("post", post)
	o.register("attic", post)
	if err := o.Send(t.Context(), "post:ann", bot.Reply{Text: "x"}); err != nil || (<-post).Text != "x" {
		t.Errorf("it is not sent: %v", err)
	}
	if got := strings.Join(o.adapters(), " "); got != "attic post" {
		t.Errorf("the adapters are %s", got)
	}
}
