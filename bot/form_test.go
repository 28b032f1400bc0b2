package bot_test

import (
	"fmt"
	"strings"
	"testing"

	"frontdesk/bot"

	"github.com/google/go-cmp/cmp"
)

// formYAML has a slot of every size.
func formYAML() string {
	list := func(n int) string {
		var all []string
		for i := range n {
			all = append(all, fmt.Sprintf("place %c%c", 'a'+i/26, 'a'+i%26))
		}
		return "[" + strings.Join(all, ", ") + "]"
	}
	return `format: 1
commands:
  - {id: few, say: "go few [{to}]", slots: {to: {values: ` + list(10) + `}}, reply: "To {to}."}
  - {id: many, say: "go many [{to}]", slots: {to: {values: ` + list(11) + `, ask: "Where to?"}}, reply: "To {to}."}
  - {id: most, say: "go most [{to}]", slots: {to: {values: ` + list(100) + `}}, reply: "To {to}."}
  - {id: all, say: "go all [{to}]", slots: {to: {values: ` + list(101) + `}}, reply: "To {to}."}
  - {id: open, say: "go open [{to_whom}]", slots: {to_whom: {values: [ann, bob], open: true}}, reply: "To {to_whom}."}
  - {id: degrees, say: "heat [to {degrees}]", slots: {degrees: {type: number, from: 5, to: 30}}, reply: "{degrees}."}
`
}

// TestForms: few values are options with numbers, more of them stand beside a
// form, and what has no list or a very long one has a form alone.
func TestForms(t *testing.T) {
	for _, c := range []struct {
		said    string
		options int
		form    *bot.Form
	}{
		{"go few", 10, nil},
		{"go many", 11, &bot.Form{Title: "Where to?", Label: "to"}},
		{"go most", 100, &bot.Form{Title: "Which to?", Label: "to"}},
		{"go all", 0, &bot.Form{Title: "Which to?", Label: "to"}},
		{"go open", 2, &bot.Form{Title: "Which to whom?", Label: "to whom"}},
		{"heat", 0, &bot.Form{Title: "Which degrees?", Label: "degrees"}},
	} {
		r := house(t, formYAML()).say(c.said)
		if diff := cmp.Diff(c.form, r.Form); r.Decision != bot.Ask || len(r.Options) != c.options || diff != "" {
			t.Errorf("%s: %s, %d options, form (-want +got):\n%s", c.said, r.Decision, len(r.Options), diff)
		}
	}
}

// typed is what somebody types into the form of a reply.
func (d *desk) typed(text string, of bot.Reply) bot.Reply {
	d.t.Helper()
	m := d.message(text)
	m.Kind, m.Ref, m.Asker = bot.Choice, of.InReplyTo, ann
	return d.handle(m)
}

func TestFormsAreFilledIn(t *testing.T) {
	d := house(t, formYAML())
	many := d.say("go many")
	if r := d.presses(press{ann, ann, "place ak", many}); r.Decision != bot.Run || r.Text != "To place ak." {
		t.Errorf("a value that is pressed: %s %q", r.Decision, r.Text)
	}
	many = d.say("go many")
	again := d.say("2")
	if again.Decision != bot.Ask { // no number was shown
		t.Errorf("a number: %s %q", again.Decision, again.Text)
	}
	if r := d.typed("place ac", many); r.Decision != bot.Cancel || !r.Quiet {
		t.Errorf("the form of the question before: %s %q", r.Decision, r.Text)
	}
	d.typed("cancel", again)
	many = d.say("go many")
	if r := d.typed("nowhere", many); r.Decision != bot.Ask || !strings.HasPrefix(r.Text, "I did not understand that.") || r.Form.Title != "Where to?" {
		t.Errorf("no value: %s %q %+v", r.Decision, r.Text, r.Form)
	} else if r := d.typed("place ac", r); r.Decision != bot.Run || r.Text != "To place ac." {
		t.Errorf("a value: %s %q", r.Decision, r.Text)
	}
	if r := d.typed("place ac", many); r.Decision != bot.Cancel || !r.Quiet || len(d.runs.Ran()) != 2 {
		t.Errorf("filled in again: %s %q", r.Decision, r.Text)
	}
	heat := d.say("heat")
	m := d.message("21")
	m.Kind, m.Ref, m.Sender, m.Asker = bot.Choice, heat.InReplyTo, eve, ann
	if r := d.handle(m); r.Decision != bot.Refuse || !r.Quiet {
		t.Errorf("by somebody else: %s %q", r.Decision, r.Text)
	}
	if r := d.typed("21", heat); r.Decision != bot.Run || r.Slots["degrees"] != "21" {
		t.Errorf("a number: %s %q", r.Decision, r.Text)
	}
	if last := d.journal.Exchanges()[len(d.journal.Exchanges())-1]; last.Question != "21" || last.Kind != bot.Choice {
		t.Errorf("recorded %+v", last)
	}
	if r := d.typed("cancel", d.say("heat")); r.Decision != bot.Cancel || r.Quiet {
		t.Errorf("thought better of it: %s %q", r.Decision, r.Text)
	}
}
