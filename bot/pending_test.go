package bot_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"frontdesk/bot"
	"frontdesk/bot/bottest"
	"frontdesk/knowledge"

	"github.com/google/go-cmp/cmp"
)

const houseYAML = `format: 1
commands:
  - id: lift
    say: "call the lift [to floor {floor}]"
    slots: {floor: {values: ["0", "1", "2"]}}
    reply: To {floor}.
  - id: music
    say: "control the music [{action}]"
    slots: {action: {values: [play, {say: [stop, halt], value: media_stop}]}}
    reply: "Music: {action}."
  - id: heat
    say: "heat the {room}"
    alternatives: [make the kitchen cosy]
    slots: {room: {values: [kitchen, bath]}}
    reply: Heating the {room}.
  - id: unlock
    say: "unlock the {door} door"
    slots: {door: {values: [front, cellar]}}
    reply: The {door} door is open.
    dangerous: true
`

// house is a desk over a text of knowledge, in which only what templates say is
// found.
func house(t *testing.T, yaml string) *desk {
	t.Helper()
	d := newDesk(t)
	d.load(yaml)
	return d
}

// load puts a base made of a text in the place of the desk's.
func (d *desk) load(yaml string) {
	d.t.Helper()
	base, err := knowledge.Load(d.t.Context(), knowledge.Options{
		FS: fstest.MapFS{"house.yaml": {Data: []byte(yaml)}}, Paths: []string{"house.yaml"}})
	if err != nil {
		d.t.Fatal(err)
	}
	d.search = &bottest.Searcher{Base: base, Finds: map[string][]bottest.Found{
		"make the kitchen cosy": {{ID: "heat", Probability: 0.99, Exact: true}},
	}}
	d.bot.SetBase("desk", bot.Base{Knowledge: base, Index: d.search, Dispatcher: d.runs})
}

func TestPicks(t *testing.T) {
	for name, talk := range map[string][]string{
		"a confirmation by number": {"unlock the front door", "confirm", "1", "run: The front door is open."},
		"a refusal by number":      {"unlock the front door", "confirm", "2", "cancel"},
		"a refusal by order":       {"unlock the front door", "confirm", "the second one", "cancel"},
		"no such number":           {"unlock the front door", "confirm", "3", "abstain", "yes", "abstain"},
		"a number that is a value": {"call the lift", "ask", "1", "run: To 1."},
		"a value, not a place":     {"call the lift", "ask", "3", "ask", "0", "run: To 0."},
		"no place in words either": {"call the lift", "ask", "the third one", "ask", "2", "run: To 2."},
		"a value that is a word for leaving": {
			"control the music", "ask", "Stop!", "run: Music: Stop."},
		"a value as it was shown":     {"control the music", "ask", "2", "run: Music: stop."},
		"leaving":                     {"control the music", "ask", "cancel", "cancel"},
		"a phrasing that has a value": {"make the kitchen cosy", "run: Heating the kitchen."},
		"a number, but nothing asked": {"1", "abstain"},
	} {
		t.Run(name, func(t *testing.T) {
			d := house(t, houseYAML)
			for i := 0; i+1 < len(talk); i += 2 {
				r := d.say(talk[i])
				got := string(r.Decision)
				if r.Decision == bot.Run {
					got += ": " + r.Text
				}
				if got != talk[i+1] {
					t.Fatalf("%q\n got %s (%s)\nwant %s", talk[i], got, r.Text, talk[i+1])
				}
			}
		})
	}
}

func TestLateYesByNumber(t *testing.T) {
	d := house(t, houseYAML)
	d.say("unlock the front door")
	d.now = d.now.Add(bot.DefaultConfig().ConfirmWithin)
	if r := d.say("1"); r.Decision != bot.Cancel || !strings.Contains(r.Text, "too long") {
		t.Errorf("a late 1: %s %q", r.Decision, r.Text)
	}
}

// TestReloadedMeanwhile: what was said to a base holds in the one that came in
// its place only as far as that one takes it.
func TestReloadedMeanwhile(t *testing.T) {
	without := func(old, new string) string {
		if !strings.Contains(houseYAML, old) {
			t.Fatalf("there is no %q", old)
		}
		return strings.Replace(houseYAML, old, new, 1)
	}
	for name, c := range map[string]struct {
		first, now, then string
		want             bot.Decision
	}{
		"a yes to a command that is read anew": {"unlock the front door", houseYAML, "yes", bot.Confirm},
		"a yes with a value that is no more":   {"unlock the front door", without("[front, cellar]", "[back, cellar]"), "yes", bot.Ask},
		"a yes with a slot that is no more":    {"unlock the front door", without("unlock the {door} door\"\n    slots: {door: {values: [front, cellar]}}\n    reply: The {door} door", "unlock it\"\n    reply: It"), "yes", bot.Confirm},
		"a yes to a command that is no more":   {"unlock the front door", without("id: unlock", "id: open"), "yes", bot.Cancel},
		"a no":                                 {"unlock the front door", without("[front, cellar]", "[back, cellar]"), "no", bot.Cancel},
		"a value that is still there":          {"call the lift", houseYAML, "1", bot.Run},
		"a value that is no more":              {"call the lift", without(`"1", `, ""), "1", bot.Ask},
		"a slot that is no more":               {"call the lift", without("{floor}]\"\n    slots: {floor: {values: [\"0\", \"1\", \"2\"]}}\n    reply: To {floor}.", "]\"\n    reply: Coming."), "1", bot.Cancel},
	} {
		t.Run(name, func(t *testing.T) {
			d := house(t, houseYAML)
			d.say(c.first)
			d.load(c.now)
			if r := d.say(c.then); r.Decision != c.want {
				t.Errorf("%s (%s), not %s", r.Decision, r.Text, c.want)
			}
			if ran := d.runs.Ran(); len(ran) > 0 && c.want != bot.Run {
				t.Errorf("ran %v", ran)
			}
		})
	}
}

// TestFailureKeepsTheQuestion: a message that was not handled may be brought
// again, and then means what it meant the first time.
func TestFailureKeepsTheQuestion(t *testing.T) {
	d := house(t, houseYAML)
	d.say("unlock the cellar door")
	ctx, cancel := context.WithCancel(t.Context())
	d.runs.Wait, d.runs.Err = cancel, context.Canceled
	yes := d.message("yes")
	if _, err := d.bot.Handle(ctx, yes); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	d.runs.Wait, d.runs.Err = nil, nil
	if r := d.handle(yes); r.Decision != bot.Run {
		t.Errorf("again: %s (%s)", r.Decision, r.Text)
	}
	want := bottest.Ran{ID: "unlock", Slots: map[string]string{"door": "cellar"}}
	if diff := cmp.Diff([]bottest.Ran{want, want}, d.runs.Ran()); diff != "" {
		t.Error(diff)
	}
}

// TestQuestionStaysOpen: what brings no words, or belongs to another question,
// does not end the one that is open.
func TestQuestionStaysOpen(t *testing.T) {
	for name, between := range map[string]func(*desk) bot.Reply{
		"silence": func(d *desk) bot.Reply {
			m := d.message("")
			m.Kind = bot.Audio
			return d.handle(m)
		},
		"far too much text": func(d *desk) bot.Reply { return d.say(strings.Repeat("no ", 10_000)) },
		"an old button":     func(d *desk) bot.Reply { return d.press("reset-password") },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.say("lights on")
			if r := between(d); r.Text == "" || r.Decision == bot.Run {
				t.Errorf("%s %q", r.Decision, r.Text)
			}
			if r := d.say("office"); r.Decision != bot.Run {
				t.Errorf("the answer after it: %s %q", r.Decision, r.Text)
			}
		})
	}
}
