package bot_test

import (
	"testing"

	"frontdesk/bot"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// restarted gives a desk of another process, over the same journal and
// dispatcher.
func (d *desk) restarted() *desk {
	d.t.Helper()
	next := newDesk(d.t)
	next.journal, next.runs, next.n = d.journal, d.runs, d.n
	next.bot = bot.New(bot.DefaultConfig(), bot.Deps{Journal: d.journal})
	next.bot.SetBase("desk", bot.Base{Knowledge: next.search.Base, Index: next.search, Dispatcher: d.runs, Handover: "Ask *us*."})
	return next
}

// TestAgain: whoever did not come to show a reply gets it again, in this process
// and the next, and nothing is done or recorded twice.
func TestAgain(t *testing.T) {
	for _, c := range []struct {
		before []string
		text   string
		then   string // what a yes brings, or "1"
		brings bot.Decision
	}{
		{nil, "switch on the lounge lights", "", ""},
		{[]string{"let them in"}, "yes", "", ""},
		{[]string{"let them in"}, "no", "", ""},
		{nil, "forgot my pasword", "1", bot.Answer},
		{[]string{"forgot my pasword"}, "2", "", ""},
		{nil, "account", "2", bot.Answer},
		{nil, "let them in", "yes", bot.Run},
		{nil, "it is dark", "kitchen", bot.Run},
		{nil, "meaning of life", "", ""},
	} {
		for _, restarted := range []bool{false, true} {
			d := newDesk(t)
			for _, text := range c.before {
				d.say(text)
			}
			m := d.message(c.text)
			first := d.handle(m)
			ran, recorded := len(d.runs.Ran()), len(d.journal.Exchanges())
			if restarted {
				d = d.restarted()
			}
			m.Again = true
			again := d.handle(m)
			if diff := cmp.Diff(first, again, cmpopts.IgnoreFields(bot.Reply{}, "Result", "Latency", "Confirm", "OptionsHead"), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%q again, restarted %v (-first +again):\n%s", c.text, restarted, diff)
			}
			if len(d.runs.Ran()) != ran || len(d.journal.Exchanges()) != recorded {
				t.Errorf("%q again, restarted %v: ran %v, recorded %v", c.text, restarted, d.runs.Ran(), d.journal.Exchanges())
			}
			if c.then != "" {
				if r := d.say(c.then); r.Decision != c.brings {
					t.Errorf("%q, then %q: %s %q", c.text, c.then, r.Decision, r.Text)
				}
			}
		}
	}
}

// TestAgainWithoutRecord: what nobody knows the end of is not done again; what
// was never handled is handled.
func TestAgainWithoutRecord(t *testing.T) {
	d := newDesk(t)
	m := d.message("switch on the lounge lights")
	m.Again = true
	if r := d.handle(m); r.Decision != bot.Run {
		t.Errorf("the first time: %s", r.Decision)
	}
	d.bot = bot.New(bot.DefaultConfig(), bot.Deps{})
	d.bot.SetBase("desk", bot.Base{Knowledge: d.search.Base, Index: d.search, Dispatcher: d.runs})
	d.handle(m)
	if r := d.handle(m); r.Decision != bot.Refuse || len(d.runs.Ran()) != 2 {
		t.Errorf("without a journal: %s %q, ran %v", r.Decision, r.Text, d.runs.Ran())
	}
}

// TestAgainAfterAChange: what would be something else now is not brought about
// by a message that is told once more.
func TestAgainAfterAChange(t *testing.T) {
	d := newDesk(t)
	m := d.message("some kitchen light")
	if r := d.handle(m); r.Decision != bot.Confirm {
		t.Fatalf("%s %q", r.Decision, r.Text)
	}
	d.search.Finds[m.Text][0].Probability = 0.95
	m.Again = true
	if r := d.handle(m); r.Decision != bot.Cancel || len(d.runs.Ran()) > 0 {
		t.Errorf("what would run now: %s %q, ran %v", r.Decision, r.Text, d.runs.Ran())
	}
}

// TestAgainTellsNoPIN: a PIN that nobody waits for any more is not asked for.
func TestAgainTellsNoPIN(t *testing.T) {
	g := newGuarded(t)
	g.by("mic heard: unlock the front door")
	m := bot.Message{ID: "1", Kind: bot.Text, Conversation: "c mic", Sender: "test:mic", Address: "test:room", Text: "unlock the front door", Heard: true, Again: true}
	if r, err := g.bot.Handle(t.Context(), m); err != nil || r.Decision != bot.Prove || r.Text != "What is your PIN?" {
		t.Errorf("while it is waited for: %s %q %v", r.Decision, r.Text, err)
	}
	g.by("mic heard: never mind")
	if r, err := g.bot.Handle(t.Context(), m); err != nil || r.Decision != bot.Cancel {
		t.Errorf("later: %s %q %v", r.Decision, r.Text, err)
	}
}

// TestAgainIsQuiet: what was for whoever pressed alone stays so.
func TestAgainIsQuiet(t *testing.T) {
	d := newDesk(t)
	asked := d.say("let them in")
	for _, m := range []bot.Message{
		{ID: "not theirs", Sender: eve, Asker: ann, Choice: "yes", Ref: asked.InReplyTo},
		{ID: "gone", Sender: ann, Asker: ann, Choice: "yes", Ref: "another"},
		{ID: "theirs", Sender: ann, Asker: ann, Choice: "no", Ref: asked.InReplyTo},
	} {
		m.Kind, m.Conversation, m.Address = bot.Choice, "c", "test:room"
		first := d.handle(m)
		m.Again = true
		r := d.restarted().handle(m)
		if r.Quiet != first.Quiet || r.Quiet != (m.ID != "theirs") || r.Text != first.Text {
			t.Errorf("%s: %q, quiet %v; again %q, quiet %v", m.ID, first.Text, first.Quiet, r.Text, r.Quiet)
		}
	}
}

// TestAgainOfAnApproval: what waits for others is shown with its buttons as long
// as it waits.
func TestAgainOfAnApproval(t *testing.T) {
	g := newGuarded(t)
	first := g.by("ann: open the vault")
	m := bot.Message{ID: "1", Kind: bot.Text, Conversation: "c ann", Sender: "test:ann", Address: "test:room", Text: "open the vault", Again: true}
	r, err := g.bot.Handle(t.Context(), m)
	if diff := cmp.Diff(first, r, cmpopts.IgnoreFields(bot.Reply{}, "Result")); err != nil || diff != "" || len(g.sent) != 1 {
		t.Errorf("%v, sent %d (-first +again):\n%s", err, len(g.sent), diff)
	}
	g.by("bob: refuse " + first.Approval.ID)
	if r, err := g.bot.Handle(t.Context(), m); err != nil || r.Decision != bot.Cancel || len(r.Options) > 0 {
		t.Errorf("later: %s %q %v", r.Decision, r.Text, err)
	}
}

// TestEditOfWhatRan: once a command ran, an edit of its message acts no more and
// offers nothing that does.
func TestEditOfWhatRan(t *testing.T) {
	for _, c := range []struct {
		text string
		want bot.Decision
	}{
		{"switch on the office lights", bot.Nothing}, {"some light", bot.Nothing}, {"let them in", bot.Nothing},
		{"meaning of life", bot.Nothing}, {"open?", bot.Answer},
	} {
		d := newDesk(t)
		first := d.say("switch on the kitchen lights")
		m := d.message(c.text)
		m.Kind, m.Ref = bot.Edit, first.InReplyTo
		r := d.restarted().handle(m)
		if r.Decision != c.want || (r.Text == "") != (c.want == bot.Nothing) || len(r.Options) > 0 || len(d.runs.Ran()) != 1 {
			t.Errorf("%q: %s %q %v", c.text, r.Decision, r.Text, r.Options)
		}
	}
}

// TestFresh: what an inbox has just taken in is not looked up in the record.
func TestFresh(t *testing.T) {
	d := newDesk(t)
	m := d.message("forgot my pasword")
	m.Fresh = true
	if r := d.handle(m); r.Decision != bot.Answer {
		t.Fatalf("decision %s", r.Decision)
	}
	if r := d.handle(m); r.Decision != bot.Nothing {
		t.Errorf("brought twice: %s", r.Decision)
	}
	// Were the record asked, this one would count as handled.
	m = d.message("open?")
	if err := d.journal.Record(t.Context(), bot.Exchange{Conversation: m.Conversation, MessageID: m.ID}); err != nil {
		t.Fatal(err)
	}
	m.Fresh = true
	if r := d.handle(m); r.Decision != bot.Answer {
		t.Errorf("decision %s", r.Decision)
	}
}
