package bot_test

import (
	"strings"
	"testing"

	"frontdesk/bot"
)

// TestPassedOver: of what may have been meant for somebody else only what is sure is
// done or answered; the rest leaves no trace.
func TestPassedOver(t *testing.T) {
	for _, c := range []struct {
		text string
		want bot.Decision
	}{
		{"turn on the kitchen lights", bot.Run},
		{"make the kitchen bright", bot.Nothing}, // 0.95: what is heard takes more
		{"it is dark", bot.Nothing},              // less sure than what runs when it is heard
		{"lights on", bot.Ask},                   // which room?
		{"let them in", bot.Confirm},             // it is dangerous
		{"forgot my pasword", bot.Answer},        // 0.95
		{"open?", bot.Nothing},                   // 0.9
		{"account", bot.Nothing},                 // else there would be suggestions
		{"meaning of life", bot.Nothing},         // else it would not be known
		{"some kitchen light", bot.Nothing},      // else it would be confirmed
		{"", bot.Nothing},                        //
		{strings.Repeat("a ", 10000), bot.Nothing},
	} {
		d := newDesk(t)
		m := d.message(c.text)
		m.Heard, m.Overheard = true, 0.95
		r := d.handle(m)
		if r.Decision != c.want {
			t.Errorf("%.30q: %s %q, want %s", c.text, r.Decision, r.Text, c.want)
		}
		silent := r.Decision == bot.Nothing
		if silent && (r.Text != "" || len(r.Options) > 0) || (len(d.journal.Exchanges()) == 0) != silent {
			t.Errorf("%.30q: %+v, recorded %v", c.text, r, d.journal.Exchanges())
		}
	}
}

// TestPassedOverLeavesQuestionsOpen: it answers nothing that was asked, but may go on
// from the command that it follows.
func TestPassedOverLeavesQuestionsOpen(t *testing.T) {
	d := newDesk(t)
	over := func(text, ref string) bot.Reply {
		m := d.message(text)
		m.Heard, m.Overheard, m.Ref = true, 0.95, ref
		return d.handle(m)
	}
	d.say("let them in")
	for _, text := range []string{"yes", "no", "account"} {
		if r := over(text, ""); r.Decision != bot.Nothing {
			t.Errorf("%q: %s", text, r.Decision)
		}
	}
	if r := d.say("yes"); r.Decision != bot.Run {
		t.Errorf("the yes to the desk: %s", r.Decision)
	}
	d.say("turn on the kitchen lights")
	if r := over("and the office", ""); r.Decision != bot.Nothing {
		t.Errorf("it follows nothing: %s", r.Decision)
	}
	if r := over("and the office", "3"); r.Decision != bot.Run || r.Slots["area"] != "office" {
		t.Errorf("it follows: %s %v", r.Decision, r.Slots)
	}
}
