package dispatch_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"frontdesk/bot"
	"frontdesk/bot/dispatch"
	"frontdesk/bot/dispatch/reply"
	"frontdesk/internal/fault"
	"frontdesk/internal/secret"
	"frontdesk/internal/strictyaml"
	"frontdesk/knowledge"
	"frontdesk/knowledge/template"
)

// fake is a kind that notes what it is asked to do.
type fake struct {
	slots []string
	run   func(ctx context.Context, slots map[string]template.Value) (bot.Result, error)
}

func (f fake) Slots() []string { return f.slots }

func (f fake) Preview(bot.Call) string { return "" }

func (f fake) Run(ctx context.Context, c bot.Call) (bot.Result, error) {
	return f.run(ctx, c.Slots)
}

// kind gives a kind that always gives the same.
func kind(r dispatch.Runner, faults ...fault.Fault) dispatch.Kind {
	return func(knowledge.Action) (dispatch.Runner, fault.List) { return r, faults }
}

func command(id, kind string, line int, slots ...string) *knowledge.Entry {
	c := &knowledge.Command{
		Action: knowledge.Action{Kind: kind, Pos: knowledge.Pos{File: "k.yaml", Line: line, Col: 5}},
		Slots:  map[string]*knowledge.Slot{},
	}
	for _, s := range slots {
		c.Slots[s] = &knowledge.Slot{}
	}
	return &knowledge.Entry{ID: id, Kind: knowledge.Do, Command: c}
}

func base(entries ...*knowledge.Entry) *knowledge.Base { return &knowledge.Base{Entries: entries} }

func TestNewFaults(t *testing.T) {
	kinds := map[string]dispatch.Kind{
		"reply": reply.New,
		"exec":  kind(nil, fault.Fault{File: "k.yaml", Line: 3, Col: 9, What: "the command is missing"}),
		"lamp":  kind(fake{slots: []string{"area", "color"}}),
	}
	_, err := dispatch.New(base(
		&knowledge.Entry{ID: "faq"},
		command("c", "lamp", 4, "area"),
		command("a", "exce", 1),
		command("b", "webhook", 2),
		command("d", "exec", 3),
		command("fine", "reply", 5),
	), kinds, dispatch.Options{})
	var faults fault.List
	if !errors.As(err, &faults) {
		t.Fatalf("error: %v", err)
	}
	want := strings.TrimSpace(`
k.yaml:1:5: unknown kind of command "exce"; did you mean "exec"? known kinds: exec, lamp, reply
k.yaml:2:5: unknown kind of command "webhook"; known kinds: exec, lamp, reply
k.yaml:3:9: the command is missing
k.yaml:4:5: {color} is no slot of this command; name it in a template of say:, or write \{ for the character itself`)
	if err.Error() != want {
		t.Errorf("faults:\n%v\nwant:\n%s", err, want)
	}
}

func TestDispatch(t *testing.T) {
	var got map[string]template.Value
	lamp := fake{slots: []string{"area"}, run: func(ctx context.Context, slots map[string]template.Value) (bot.Result, error) {
		got = slots
		deadline, ok := ctx.Deadline()
		if !ok || time.Until(deadline) > dispatch.MaxTimeout {
			return bot.Result{}, errors.New("a runner may take for ever")
		}
		if slots["area"].Canonical == "cellar" {
			return bot.Result{}, errors.New("no such lamp")
		}
		return bot.Result{Output: "lit", Failed: true, Problem: "too dark"}, nil
	}}
	e := command("lights-on", "lamp", 1, "area", "unused")
	d, err := dispatch.New(base(e), map[string]dispatch.Kind{"lamp": kind(lamp)},
		dispatch.Options{Allow: &knowledge.Rights{Everybody: true}})
	if err != nil {
		t.Fatal(err)
	}
	slots := map[string]template.Value{"area": {Canonical: "office"}}
	result, err := d.Dispatch(t.Context(), bot.Call{Entry: e, Slots: slots})
	if err != nil || result != (bot.Result{Output: "lit", Failed: true, Problem: "too dark"}) || got["area"].Canonical != "office" {
		t.Errorf("%+v, %v; slots %v", result, err, got)
	}
	for name, c := range map[string]struct {
		entry *knowledge.Entry
		slots map[string]template.Value
		want  string
	}{
		"not started":          {e, map[string]template.Value{"area": {Canonical: "cellar"}}, `the command "lights-on": no such lamp`},
		"no value":             {e, nil, `the slot "area" has no value`},
		"never checked":        {command("other", "lamp", 1), slots, `"other" is none of this base`},
		"of another base":      {command("lights-on", "lamp", 1), slots, `"lights-on" is none of this base`},
		"no command in itself": {&knowledge.Entry{ID: "faq"}, slots, `"faq" is none of this base`},
	} {
		if _, err := d.Dispatch(t.Context(), bot.Call{Entry: c.entry, Slots: c.slots}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}

// TestOptional holds that a command runs without a value that it can do without.
func TestOptional(t *testing.T) {
	var got map[string]template.Value
	lamp := fake{slots: []string{"area", "name"}, run: func(_ context.Context, slots map[string]template.Value) (bot.Result, error) {
		got = slots
		return bot.Result{Warning: "the bulb is old"}, nil
	}}
	e := command("lights-on", "lamp", 1, "area", "name")
	e.Command.Optional = []string{"area"}
	d, err := dispatch.New(base(e), map[string]dispatch.Kind{"lamp": kind(lamp)},
		dispatch.Options{Allow: &knowledge.Rights{Everybody: true}})
	if err != nil {
		t.Fatal(err)
	}
	name := template.Value{Canonical: "desk"}
	result, err := d.Dispatch(t.Context(), bot.Call{Entry: e, Slots: map[string]template.Value{"name": name}})
	if err != nil || len(got) != 1 || got["name"] != name {
		t.Errorf("%v; slots %v", err, got)
	}
	if result.Warning != "the bulb is old" {
		t.Errorf("the warning of the command is %q", result.Warning)
	}
	if _, err := d.Dispatch(t.Context(), bot.Call{Entry: e, Slots: map[string]template.Value{"area": name}}); err == nil {
		t.Error("a command runs without a value that it needs")
	}
}

func TestOutput(t *testing.T) {
	for _, c := range []struct {
		limit  int
		writes []string
		want   string
	}{
		{10, nil, ""},
		{10, []string{"one", "\ntwo\n \n"}, "one\ntwo"},
		{5, []string{"one", "two", "three"}, "onetw\n… (cut after 5 bytes)"},
		{0, []string{"one"}, ""},
		{10, []string{"\x1b[1;31mred\x1b[0m"}, "red\n… (cut after 10 bytes)"},
		{100, []string{"\x1b[1;31", "mred\x1b[0m"}, "red"},
		{100, []string{"a\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\b"}, "alinkb"},
		{100, []string{"x\u009b31my"}, "x31my"},
		{100, []string{"10%\r20%\r\nend\x00\x08\x7f"}, "10%\n20%\nend"},
		{100, []string{"\xe2\x82", "\xac"}, "€"},
		{100, []string{"a\xff\xfe\xfdb"}, "a\uFFFDb"},
		{4, []string{"\xffa\xffb"}, "\uFFFDa\n… (cut after 4 bytes)"},
		{100, []string{"שלום 👩‍👩‍👧\tx"}, "שלום 👩‍👩‍👧\tx"},
	} {
		o := dispatch.NewOutput(c.limit, nil)
		for _, w := range c.writes {
			if n, err := o.Write([]byte(w)); n != len(w) || err != nil {
				t.Errorf("write: %d, %v", n, err)
			}
		}
		if got := o.String(); got != c.want {
			t.Errorf("%q within %d: %q, want %q", c.writes, c.limit, got, c.want)
		}
	}
}

func FuzzOutput(f *testing.F) {
	for _, s := range []string{"", "plain", "\x1b[31mred", "\x1b]0;t\x07", "\x9b1m", "\xff\xfe\x00", "a\r\nb\rc", "\x1bP+q\x1b\\", "€\xe2\x82"} {
		f.Add([]byte(s), 8)
	}
	f.Fuzz(func(t *testing.T, data []byte, limit int) {
		limit = max(0, min(limit, 1<<12))
		o := dispatch.NewOutput(limit, secret.NewRedactor(secret.New("hunter2")))
		o.Write(data)
		text, _, cut := strings.Cut(o.String(), "\n… (cut after ")
		if len(text) > limit {
			t.Errorf("%d bytes within %d", len(text), limit)
		}
		if len(data) > limit && limit > 0 && !cut {
			t.Error("nothing says that it was cut")
		}
		if strings.ToValidUTF8(text, "") != text {
			t.Errorf("not UTF-8: %q", text)
		}
		for _, r := range text {
			if r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 {
				t.Errorf("control character %U in %q", r, text)
			}
		}
	})
}

// A new kind of command is a function that checks its settings and gives what
// runs it. This one writes a note into a file.
func Example() {
	type note struct {
		File strictyaml.At[string] `yaml:"file"`
		Text strictyaml.At[string] `yaml:"text"`
	}
	newNote := func(a knowledge.Action) (dispatch.Runner, fault.List) {
		var n note
		if faults := strictyaml.DecodeNode(a.Pos.File, a.Node, &n); len(faults) > 0 {
			return nil, faults
		}
		text, faults := dispatch.ReadText(a.Pos.File, n.Text)
		run := func(_ context.Context, slots map[string]template.Value) (bot.Result, error) {
			line := text.Expand(func(slot string) string { return slots[slot].Canonical })
			if err := os.WriteFile(n.File.Value, []byte(line), 0o600); err != nil {
				return bot.Result{Failed: true, Problem: "the note could not be written"}, nil
			}
			return bot.Result{Output: "noted: " + line}, nil
		}
		return fake{slots: text.Slots(), run: run}, faults
	}

	dir, err := os.MkdirTemp("", "notes")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	settings := fmt.Sprintf("{file: %q, text: 'buy {what}'}", filepath.Join(dir, "note"))
	node, _ := strictyaml.Parse("shopping.yaml", []byte(settings))
	buy := &knowledge.Entry{ID: "buy", Kind: knowledge.Do, Command: &knowledge.Command{
		Action: knowledge.Action{Kind: "note", Node: node, Pos: knowledge.Pos{File: "shopping.yaml"}},
		Slots:  map[string]*knowledge.Slot{"what": {}},
	}}

	d, err := dispatch.New(&knowledge.Base{Entries: []*knowledge.Entry{buy}}, map[string]dispatch.Kind{"note": newNote},
		dispatch.Options{Allow: &knowledge.Rights{Everybody: true}})
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := d.Dispatch(context.Background(), bot.Call{Entry: buy,
		Slots: map[string]template.Value{"what": {Said: "two lemons", Canonical: "2 lemons"}}})
	fmt.Println(result.Output, err)
	// Output: noted: buy 2 lemons <nil>
}
