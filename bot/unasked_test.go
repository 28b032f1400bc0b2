package bot_test

import (
	"strings"
	"testing"

	"frontdesk/bot"
)

// TestUnasked: of what was said to nobody in particular only a sure answer is
// given, and the rest leaves no trace.
func TestUnasked(t *testing.T) {
	for _, c := range []struct {
		text  string
		bar   float64
		entry string
	}{
		{"forgot my pasword", 0.95, "password"},
		{"forgot my pasword", 0.96, ""},
		{"open?", 0.5, "hours"},
		{"account", 0.1, ""}, // the point of an answer holds as well
		{"meaning of life", 0.05, ""},
		{"switch on the kitchen lights", 0.5, ""},
		{"it is dark", 0.5, ""},
		{"nothing like it", 0.5, ""},
		{"yes", 0.5, ""},
		{"approve abc", 0.5, ""},
		{"", 0.5, ""},
		{strings.Repeat("open? ", 10_000), 0.5, ""},
	} {
		d := newDesk(t)
		m := d.message(c.text)
		m.Unasked = c.bar
		r := d.handle(m)
		if c.entry != "" {
			if r.Decision != bot.Answer || r.Entry != c.entry || len(d.journal.Exchanges()) != 1 {
				t.Errorf("%q from %v on: %s %q, recorded %v", c.text, c.bar, r.Decision, r.Entry, d.journal.Exchanges())
			}
			continue
		}
		if r.Decision != bot.Nothing || r.Text != "" || len(r.Options) > 0 || r.Entry != "" || len(d.runs.Ran()) > 0 || len(d.journal.Exchanges()) > 0 {
			t.Errorf("%.30q from %v on: %+v, recorded %v", c.text, c.bar, r, d.journal.Exchanges())
		}
	}
}

// TestUnaskedLeavesQuestionsOpen: such a text answers nothing that was asked, and
// opens nothing either; brought again, it is dropped.
func TestUnaskedLeavesQuestionsOpen(t *testing.T) {
	d := newDesk(t)
	d.say("let them in")
	for _, text := range []string{"yes", "no", "forgot my pasword", "stop"} {
		m := d.message(text)
		m.Unasked = 0.5
		first := d.handle(m)
		if again := d.handle(m); len(d.runs.Ran()) > 0 || again.Decision != bot.Nothing || again.Text != "" {
			t.Errorf("%q: %s, then %s; ran %v", text, first.Decision, again.Decision, d.runs.Ran())
		}
	}
	if r := d.say("yes"); r.Decision != bot.Run {
		t.Errorf("the yes to the desk: %s %q", r.Decision, r.Text)
	}
}
