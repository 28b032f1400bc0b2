package reply_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"frontdesk/bot"
	"frontdesk/bot/dispatch"
	"frontdesk/bot/dispatch/reply"
	"frontdesk/internal/strictyaml"
	"frontdesk/knowledge"
	"frontdesk/knowledge/template"
)

// greet is a command with a setting, or, where that is empty, with none.
func greet(setting string) (*knowledge.Entry, error) {
	e := &knowledge.Entry{ID: "greet", Kind: knowledge.Do, Command: &knowledge.Command{
		Action: knowledge.Action{Kind: "reply", Pos: knowledge.Pos{File: "k.yaml", Line: 2, Col: 3}},
		Slots:  map[string]*knowledge.Slot{"name": {}},
		Reply:  setting,
	}}
	if setting == "" {
		return e, nil
	}
	node, faults := strictyaml.Parse("k.yaml", []byte(setting))
	e.Command.Action.Node = node
	return e, faults.Err()
}

func dispatcher(e *knowledge.Entry) (*dispatch.Dispatcher, error) {
	return dispatch.New(&knowledge.Base{Entries: []*knowledge.Entry{e}}, map[string]dispatch.Kind{"reply": reply.New},
		dispatch.Options{Allow: &knowledge.Rights{Everybody: true}})
}

func TestReply(t *testing.T) {
	for _, setting := range []string{"", "Hello!", "Hello {name}", "42"} {
		e, err := greet(setting)
		if err != nil {
			t.Fatal(err)
		}
		d, err := dispatcher(e)
		if err != nil {
			t.Errorf("%q: %v", setting, err)
			continue
		}
		result, err := d.Dispatch(t.Context(), bot.Call{Entry: e, Slots: map[string]template.Value{"name": {Said: "Ada"}}})
		if err != nil || result != (bot.Result{}) {
			t.Errorf("%q: %+v, %v", setting, result, err)
		}
	}
}

func TestFaults(t *testing.T) {
	for setting, want := range map[string]string{
		"Hello {name": "k.yaml:1:1: { is never closed",
		"[a, b]":      "k.yaml:1:1: expected a text",
		"Hello {who}": "k.yaml:2:3: {who} is no slot of this command",
	} {
		e, err := greet(setting)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := dispatcher(e); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", setting, err, want)
		}
	}
}

func Example() {
	e, err := greet("Good morning!")
	if err != nil {
		fmt.Println(err)
		return
	}
	d, err := dispatcher(e)
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := d.Dispatch(context.Background(), bot.Call{Entry: e})
	fmt.Printf("%q, failed: %v, %v; the bot says: %s\n", result.Output, result.Failed, err, e.Command.Reply)
	// Output: "", failed: false, <nil>; the bot says: Good morning!
}
