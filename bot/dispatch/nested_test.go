package dispatch_test

import (
	"context"
	"strings"
	"testing"

	"frontdesk/bot"
	"frontdesk/bot/dispatch"
	"frontdesk/internal/strictyaml"
	"frontdesk/knowledge"
	"frontdesk/knowledge/template"

	"github.com/google/go-cmp/cmp"
)

// parted is a runner with parts.
type parted struct {
	fake
	parts map[string]dispatch.Runner
}

func (p parted) Parts() map[string]dispatch.Runner { return p.parts }

// A call of a part runs that part of the command and nothing else.
func TestPart(t *testing.T) {
	var ran []string
	running := func(name string) fake {
		return fake{slots: []string{name}, run: func(context.Context, map[string]template.Value) (bot.Result, error) {
			ran = append(ran, name)
			return bot.Result{}, nil
		}}
	}
	whole := parted{running("whole"), map[string]dispatch.Runner{"later": running("part")}}
	e := command("lights-on", "lamp", 1, "whole", "part")
	d, err := dispatch.New(base(e), map[string]dispatch.Kind{"lamp": kind(whole)}, dispatch.Options{Allow: &knowledge.Rights{Everybody: true}})
	if err != nil {
		t.Fatal(err)
	}
	slots := map[string]template.Value{"part": {Canonical: "x"}}
	if _, err := d.Dispatch(t.Context(), bot.Call{Entry: e, Slots: slots, Part: "later"}); err != nil {
		t.Error(err)
	}
	if _, err := d.Dispatch(t.Context(), bot.Call{Entry: e, Slots: slots}); err == nil || !strings.Contains(err.Error(), `the slot "whole" has no value`) {
		t.Errorf("the whole: %v", err)
	}
	if _, err := d.Dispatch(t.Context(), bot.Call{Entry: e, Slots: slots, Part: "earlier"}); err == nil || !strings.Contains(err.Error(), "no longer has the part") {
		t.Errorf("a part that is gone: %v", err)
	}
	if diff := cmp.Diff([]string{"part"}, ran); diff != "" {
		t.Error(diff)
	}
}

func TestNested(t *testing.T) {
	kinds := map[string]dispatch.Kind{"lamp": kind(fake{slots: []string{"area"}})}
	for _, c := range []struct{ text, want string }{
		{"{lamp: {on: true}}", ""},
		{"{lmap: {on: true}}", `k.yaml:1:2: unknown kind of command "lmap"; did you mean "lamp"? known kinds: lamp`},
		{"{reply: x}", "k.yaml:1:2: a reply inside another action would never be said; write it as reply: of the command"},
		{"{lamp: x, reply: x}", "k.yaml:1:1: do: holds exactly one kind of action with its settings; write for example do: {exec: {command: [date]}}"},
		{"x", "k.yaml:1:1: do: holds exactly one kind of action with its settings; write for example do: {exec: {command: [date]}}"},
	} {
		node, faults := strictyaml.Parse("k.yaml", []byte(c.text))
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		r, faults := dispatch.Nested(kinds, "k.yaml", "do:", node)
		if faults.Error() != c.want || (r == nil) != (c.want != "") {
			t.Errorf("%s gives %v, %v", c.text, r, faults)
		}
	}
	got := dispatch.Slots(fake{slots: []string{"a", "b"}}, fake{slots: []string{"b", "c"}}, fake{})
	if diff := cmp.Diff([]string{"a", "b", "c"}, got); diff != "" {
		t.Error(diff)
	}
}
