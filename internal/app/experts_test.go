package app

import (
	"context"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"frontdesk/bot"
)

// sent takes replies in.
type sent chan bot.Reply

func (s sent) Send(_ context.Context, _ bot.Address, r bot.Reply) error {
	s <- r
	return nil
}

// A person is offered only where the adapter of the experts is there.
func TestExpertsOutOfReach(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "kb.yaml"), "format: 1\nfaq:\n  - {id: open, question: When are you open?, answer: From nine to five.}\n")
	write(t, filepath.Join(dir, "config.yaml"), "format: 1\ndata_dir: data\nbases:\n  desk: {knowledge: [kb.yaml], experts: \"slack:C1\"}\n")
	cfg, err := LoadConfig(filepath.Join(dir, "config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	a := open(t, cfg, Options{})
	ask := func(id string) bot.Reply {
		t.Helper()
		r, err := a.Handle(t.Context(), bot.Message{ID: id, Kind: bot.Text, Conversation: "terminal:c", Sender: "terminal:local",
			Address: "terminal:local", Text: "who painted the night watch", Time: time.Now()})
		if err != nil || r.Decision != bot.Abstain {
			t.Fatalf("%s, %v", r.Decision, err)
		}
		return r
	}
	offers := func(r bot.Reply) bool {
		return slices.ContainsFunc(r.Options, func(o bot.Option) bool { return o.ID == "handover" })
	}
	if r := ask("1"); offers(r) {
		t.Error("a person is offered who cannot be reached")
	}
	out := make(sent, 1)
	a.Register("slack", out)
	r := ask("2")
	if !offers(r) {
		t.Fatal("no person is offered")
	}
	if _, err := a.Handle(t.Context(), bot.Message{ID: "3", Kind: bot.Choice, Choice: "handover", Ref: "2", Conversation: "terminal:c",
		Sender: "terminal:local", Asker: "terminal:local", Address: "terminal:local", Time: time.Now()}); err != nil {
		t.Fatal(err)
	}
	if got := <-out; got.Handover == "" || got.To != "slack:C1" {
		t.Errorf("the experts get %+v", got)
	}
}
