package chain_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"frontdesk/bot"
	"frontdesk/bot/dispatch"
	"frontdesk/bot/dispatch/chain"
	"frontdesk/internal/fault"
	"frontdesk/internal/strictyaml"
	"frontdesk/knowledge"
	"frontdesk/knowledge/template"

	"github.com/google/go-cmp/cmp"
)

// A note is a kind that notes what it does: its settings are a text, which says
// how it ends.
type note struct {
	mu   sync.Mutex
	done []string
}

type noting struct {
	n     *note
	text  knowledge.Text
	parts map[string]dispatch.Runner
}

func (n *note) kind(a knowledge.Action) (dispatch.Runner, fault.List) {
	text, faults := dispatch.ReadText(a.Pos.File, strictyaml.At[string]{Value: a.Node.Value, Node: a.Node})
	r := noting{n: n, text: text}
	if name, ok := strings.CutPrefix(a.Node.Value, "later "); ok {
		r.parts = map[string]dispatch.Runner{name: r}
	}
	return r, faults
}

func (r noting) Slots() []string                   { return r.text.Slots() }
func (r noting) Parts() map[string]dispatch.Runner { return r.parts }
func (r noting) say(c bot.Call) string {
	return r.text.Expand(func(s string) string { return c.Slots[s].Canonical })
}
func (r noting) Preview(c bot.Call) string { return "note " + r.say(c) }

func (r noting) Run(ctx context.Context, c bot.Call) (bot.Result, error) {
	said := r.say(c)
	r.n.mu.Lock()
	r.n.done = append(r.n.done, said)
	r.n.mu.Unlock()
	switch {
	case strings.HasPrefix(said, "fail"):
		return bot.Result{Failed: true, Problem: "it " + said + "ed", Output: said}, nil
	case strings.HasPrefix(said, "error"):
		return bot.Result{}, fmt.Errorf("no such %s", said)
	case strings.HasPrefix(said, "wait"):
		select {
		case <-ctx.Done():
			return bot.Result{Failed: true, Problem: "it was stopped"}, nil
		case <-time.After(time.Hour):
		}
	case strings.HasPrefix(said, "undo") && ctx.Err() != nil:
		return bot.Result{Failed: true, Problem: "no time is left"}, nil
	}
	return bot.Result{Output: said}, nil
}

func check(t testing.TB, n *note, text string) (dispatch.Runner, fault.List) {
	t.Helper()
	node, faults := strictyaml.Parse("k.yaml", []byte(text))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	kinds := map[string]dispatch.Kind{"note": n.kind}
	kinds["chain"] = chain.New(kinds)
	return kinds["chain"](knowledge.Action{Kind: "chain", Node: node, Pos: knowledge.Pos{File: "k.yaml", Line: 1, Col: 1}})
}

func made(t testing.TB, n *note, text string) dispatch.Runner {
	t.Helper()
	r, faults := check(t, n, text)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return r
}

func TestRun(t *testing.T) {
	for _, c := range []struct {
		name, steps string
		done        string
		problem     string
		output      string
	}{
		{"all", "[{note: a}, {name: second, do: {note: b}, undo: {note: undo b}}]", "a, b", "", "a\nb"},
		{"a failure undoes, the last first",
			"[{name: one, do: {note: a}, undo: {note: undo a}}, {do: {note: b}, undo: {note: undo b}}, {do: {note: fail}, undo: {note: undo c}}, {note: d}]",
			"a, b, fail, undo b, undo a", "step 3 of 4 failed: it failed; undone again: step 2, step 1 (one)", "a\nb\nfail\nundo b\nundo a"},
		{"what cannot be undone is said, and the others are",
			"[{do: {note: a}, undo: {note: undo a}}, {do: {note: b}, undo: {note: fail undo}}, {do: {note: c}}, {note: error}]",
			"a, b, c, error, fail undo, undo a", "step 4 of 4 failed: no such error; undone again: step 1; could not be undone: step 2: it fail undoed; done, with no way to undo it: step 3", "a\nb\nc\nfail undo\nundo a"},
		{"stop", "{steps: [{note: a}, {note: fail}, {note: b}], on_failure: stop}", "a, fail",
			"step 2 of 3 failed: it failed; done before, and left so: step 1", "a\nfail"},
		{"the first fails", "[{note: fail}, {do: {note: a}, undo: {note: undo a}}]", "fail", "step 1 of 2 failed: it failed", "fail"},
		{"a chain in a chain",
			"[{do: {note: a}, undo: {note: undo a}}, {chain: [{do: {note: b}, undo: {note: undo b}}, {note: fail}]}]",
			"a, b, fail, undo b, undo a", "step 2 of 2 failed: step 2 of 2 failed: it failed; undone again: step 1; undone again: step 1", "a\nb\nfail\nundo b\nundo a"},
		{"time is over", "{steps: [{do: {note: a}, undo: {note: undo a}}, {note: wait}], timeout: 5s}", "a, wait, undo a",
			"step 2 of 2 failed: it was stopped; undone again: step 1", "a\nundo a"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var n note
				result, err := made(t, &n, c.steps).Run(t.Context(), bot.Call{})
				if err != nil {
					t.Fatal(err)
				}
				want := bot.Result{Output: c.output, Problem: c.problem, Failed: c.problem != ""}
				if diff := cmp.Diff(want, result); diff != "" {
					t.Error(diff)
				}
				if got := strings.Join(n.done, ", "); got != c.done {
					t.Errorf("did %q, want %q", got, c.done)
				}
			})
		})
	}
}

// When the bot stops, what was done is undone all the same, in bounded time.
func TestStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n note
		r := made(t, &n, "[{do: {note: a}, undo: {note: wait undo}}, {note: wait}, {note: b}]")
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		start := time.Now()
		result, err := r.Run(ctx, bot.Call{})
		if err != nil || !strings.Contains(result.Problem, "could not be undone: step 1: it was stopped") {
			t.Errorf("%+v, %v", result, err)
		}
		if took := time.Since(start); took != time.Second+time.Minute {
			t.Errorf("it took %s", took)
		}
		if result, err = r.Run(ctx, bot.Call{}); err != nil || result.Problem != "step 1 of 3 failed: it was stopped before it began" {
			t.Errorf("%+v, %v", result, err)
		}
	})
}

func TestSlotsPreviewAndParts(t *testing.T) {
	var n note
	r := made(t, &n, `[{name: first, do: {note: "a {x}"}, undo: {note: "undo {y}"}}, {chain: [{note: "b {x}"}, {note: later tea}]}]`)
	if diff := cmp.Diff([]string{"x", "y"}, r.Slots()); diff != "" {
		t.Error(diff)
	}
	got := r.Preview(bot.Call{Slots: map[string]template.Value{"x": {Canonical: "X"}, "y": {Canonical: "Y"}}})
	if want := "1. first: note a X\n   undo: note undo Y\n2. 1. note b X\n   2. note later tea"; got != want {
		t.Errorf("preview:\n%s\nwant:\n%s", got, want)
	}
	if len(n.done) > 0 {
		t.Errorf("a preview did %q", n.done)
	}
	if parts := dispatch.Parts(r); len(parts) != 1 || parts["tea"] == nil {
		t.Errorf("the parts are %v", parts)
	}
}

func TestFaults(t *testing.T) {
	deep := "{note: a}"
	for range 5 {
		deep = "{chain: [" + deep + "]}"
	}
	for _, c := range []struct{ name, text, want string }{
		{"nothing", "[]", "1:1: the chain has no steps; write a list of actions, for example - {exec: {command: [./script.sh]}}"},
		{"a text", "x", "1:1: the chain has no steps; write a list of actions, for example - {exec: {command: [./script.sh]}}"},
		{"an unknown kind", "[{note: a}, {nott: b}]", `1:14: unknown kind of command "nott"; did you mean "note"? known kinds: chain, note`},
		{"a reply", "[{reply: a}]", "1:3: a reply inside another action would never be said; write it as reply: of the command"},
		{"two kinds", "[{note: a, chain: []}]", "1:2: do: holds exactly one kind of action with its settings; write for example do: {exec: {command: [date]}}"},
		{"only undo", "[{undo: {note: a}}]", "1:2: the step does nothing; write do: with an action, for example do: {exec: {command: [./script.sh]}}"},
		{"too many", "[" + strings.Repeat("{note: a},", 33) + "]", "1:1: the chain has 33 steps; at most 32 are carried out; put some of them into a script of their own"},
		{"too deep", "[" + deep + "]", "chains stand more than 4 deep in each other; make one chain of them"},
		{"called alike", "[{note: later x}, {note: later x}]", `1:19: two schedules of this chain are called "x"; give each a name: of its own`},
		{"many at once", "{steps: [{do: {note: a}, undo: {note: b}, nmae: x}, {note: \"{\"}], timeout: 1h, on_failure: halt}",
			"1:43: unknown key \"nmae\"; did you mean \"name\"?\nk.yaml:1:60: { is never closed; close it with }, or write \\{ for the character itself\n" +
				"k.yaml:1:76: a chain cannot have 1h0m0s; write a time above 0s and up to 10m\nk.yaml:1:92: on_failure cannot be \"halt\"; write undo or stop"},
		{"an undo that is never run", "{steps: [{do: {note: a}, undo: {note: b}}], on_failure: stop}", "1:32: nothing is undone in a chain with on_failure: stop; remove undo:, or write on_failure: undo"},
		{"a slot in a name", "[{name: 'a {x}', do: {note: a}}]", "1:9: the name of a step cannot hold a slot; write it out"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, faults := check(t, new(note), c.text)
			got := faults.Error()
			if c.name == "too deep" && strings.Contains(got, c.want) {
				return
			}
			if diff := cmp.Diff("k.yaml:"+c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
