package app

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"frontdesk/bot"
	"frontdesk/bot/journal"

	"github.com/google/go-cmp/cmp"
)

// TestOnce brings a message five times at once to each of three desks on one
// journal: its command runs once.
func TestOnce(t *testing.T) {
	cfg, dir := twoBases(t, "")
	mark := filepath.Join(dir, "mark")
	write(t, filepath.Join(dir, "house.yaml"), "format: 1\ncommands:\n  - id: mark\n    say: [leave a mark]\n    once: true\n"+
		"    run: {exec: {command: [sh, -c, 'echo mark >> \"$0\"; sleep 0.1', '"+mark+"']}}\n    reply: There it is.\n")
	var desks []*App
	for range 3 {
		desks = append(desks, open(t, cfg, Options{Bases: []string{"house"}}))
	}
	m := bot.Message{ID: "1", Kind: bot.Text, Conversation: "c", Sender: "slack:U1", Base: "house", Text: "leave a mark"}
	var all sync.WaitGroup
	for _, a := range desks {
		for range 5 {
			all.Go(func() {
				if _, err := a.Handle(t.Context(), m); err != nil {
					t.Error(err)
				}
			})
		}
	}
	all.Wait()
	data, err := os.ReadFile(mark)
	if err != nil || string(data) != "mark\n" {
		t.Errorf("it ran %d times: %v", strings.Count(string(data), "mark"), err)
	}
	events := map[journal.Event]int{}
	if err := desks[0].journal.Audit(t.Context(), 0, func(r journal.Row) error {
		events[r.Event]++
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if events[journal.EventBegun] != 1 || events[journal.EventDone] != 1 || events[journal.EventFailed] != 0 {
		t.Errorf("the audit tells of %v", events)
	}
}

// TestPauseAll pauses a desk that is open, and one that cannot write.
func TestPauseAll(t *testing.T) {
	cfg, dir := twoBases(t, "")
	a := open(t, cfg, Options{})
	if err := PauseCommands(t.Context(), cfg, time.Now(), time.Time{}, "the lift is stuck", "user:ann"); err != nil {
		t.Fatal(err)
	}
	if got := say(t, a, "house", "leave a mark"); got.Decision != bot.Refuse || !strings.Contains(got.Text, "the lift is stuck") {
		t.Errorf("while it is paused: %+v", got)
	}
	if was, err := ResumeCommands(t.Context(), cfg, time.Now(), "user:ann"); !was || err != nil {
		t.Error(was, err)
	}
	if got := say(t, a, "house", "leave a mark"); got.Decision != bot.Run || got.Failed {
		t.Errorf("when it is resumed: %+v", got)
	}

	write(t, filepath.Join(dir, "file"), "")
	nowhere := *cfg
	nowhere.DataDir = filepath.Join(dir, "file", "data")
	a = open(t, &nowhere, Options{Warn: func(error) {}})
	if got := say(t, a, "house", "leave a mark"); got.Decision != bot.Run || got.Failed {
		t.Errorf("a desk that can write nothing: %+v", got)
	}
}

func TestPerson(t *testing.T) {
	cfg, _ := twoBases(t, "people:\n  ann: {is: [slack:U1, mic:kitchen]}\n")
	p, err := Person(cfg, []string{"ann", "discord:7"})
	want := journal.Person{Names: []string{"ann"}, Addresses: []bot.Address{"slack:U1", "mic:kitchen", "discord:7"}}
	if diff := cmp.Diff(want, p); diff != "" || err != nil {
		t.Error(err, diff)
	}
	for _, name := range []string{"bob", "", ":", "slack:", ":U1"} {
		if p, err := Person(cfg, []string{name}); err == nil {
			t.Errorf("%q is %+v", name, p)
		}
	}
}
