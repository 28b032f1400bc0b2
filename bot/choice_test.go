package bot_test

import (
	"strings"
	"testing"

	"frontdesk/bot"
)

// A press is what a test presses: an option of the reply to a message, by
// somebody to whom somebody's options are shown.
type press struct {
	by, asker bot.Address
	option    string
	of        bot.Reply
}

func (d *desk) presses(p press) bot.Reply {
	d.t.Helper()
	m := d.message("")
	m.Kind, m.Choice, m.Ref = bot.Choice, p.option, p.of.InReplyTo
	m.Sender, m.Asker = p.by, p.asker
	return d.handle(m)
}

const ann, eve bot.Address = "test:ann", "test:eve"

// TestPressOfAnotherQuestion: a press is about the reply that held the option
// and no other; what another one asked stays open.
func TestPressOfAnotherQuestion(t *testing.T) {
	d := house(t, houseYAML)
	front := d.say("unlock the front door")
	cellar := d.say("unlock the cellar door")
	if r := d.presses(press{ann, ann, "yes", front}); r.Decision != bot.Cancel || !r.Quiet || len(d.runs.Ran()) != 0 {
		t.Errorf("an old yes: %s, quiet %v, ran %v", r.Decision, r.Quiet, d.runs.Ran())
	}
	if r := d.presses(press{ann, ann, "no", front}); r.Decision != bot.Cancel || !r.Quiet {
		t.Errorf("an old no: %s, quiet %v", r.Decision, r.Quiet)
	}
	if r := d.presses(press{ann, ann, "yes", cellar}); r.Decision != bot.Run || r.Slots["door"] != "cellar" {
		t.Errorf("the yes to the last one: %s %v", r.Decision, r.Slots)
	}
	if r := d.presses(press{ann, ann, "yes", cellar}); r.Decision != bot.Cancel || len(d.runs.Ran()) != 1 {
		t.Errorf("pressed twice: %s, ran %v", r.Decision, d.runs.Ran())
	}
	// Nor does an edit or the end of another message end a question.
	front = d.say("unlock the front door")
	for _, kind := range []bot.Kind{bot.Edit, bot.Delete} {
		m := d.message("what?")
		m.Kind, m.Ref = kind, cellar.InReplyTo
		d.handle(m)
	}
	if r := d.presses(press{ann, ann, "yes", front}); r.Decision != bot.Run {
		t.Errorf("after an edit of something else: %s", r.Decision)
	}
	for _, kind := range []bot.Kind{bot.Edit, bot.Delete} {
		front = d.say("unlock the front door")
		m := d.message("what?")
		m.Kind, m.Ref = kind, front.InReplyTo
		d.handle(m)
		if r := d.presses(press{ann, ann, "yes", front}); r.Decision != bot.Cancel {
			t.Errorf("after its own %s: %s", kind, r.Decision)
		}
	}
}

// TestPressOfSomebodyElse: what somebody was asked, nobody else decides.
func TestPressOfSomebodyElse(t *testing.T) {
	for _, c := range []struct{ said, option, then string }{
		{"let them in", "yes", "run"},
		{"let them in", "no", "cancel"},
		{"lights on", "kitchen", "run"},
		{"account", "email", "answer"},
		{"some light", "lights-on", "ask"},
	} {
		d := newDesk(t)
		asked := d.say(c.said)
		// Eve has a question of her own open, and keeps it.
		m := d.message("let them in")
		m.Sender = eve
		own := d.handle(m)
		r := d.presses(press{eve, ann, c.option, asked})
		if r.Decision != bot.Refuse || !r.Quiet || !strings.Contains(r.Text, "test:ann") || len(d.runs.Ran()) != 0 {
			t.Errorf("%s, %s by another: %s %q, ran %v", c.said, c.option, r.Decision, r.Text, d.runs.Ran())
		}
		if r := d.presses(press{ann, ann, c.option, asked}); string(r.Decision) != c.then || r.Quiet {
			t.Errorf("%s, %s by who was asked: %s %q", c.said, c.option, r.Decision, r.Text)
		}
		if r := d.presses(press{eve, eve, "yes", own}); r.Decision != bot.Run {
			t.Errorf("the other's own question: %s %q", r.Decision, r.Text)
		}
	}
}

// TestPressOfOldOption: what answers is there after a restart, after a newer
// question, and for others; a command must be asked for anew.
func TestPressOfOldOption(t *testing.T) {
	d := newDesk(t)
	password, light := d.say("forgot my pasword"), d.say("some light")
	for _, by := range []bot.Address{ann, eve} {
		if r := d.presses(press{by, ann, "email", password}); r.Decision != bot.Answer || r.Entry != "email" {
			t.Errorf("a follow-up of an older answer by %s: %s %q", by, r.Decision, r.Text)
		}
	}
	if r := d.presses(press{ann, ann, "lights-on", light}); r.Decision != bot.Ask {
		t.Errorf("the newer question: %s %q", r.Decision, r.Text)
	}
	// Its follow-ups do not displace what is asked.
	if r := d.presses(press{ann, ann, "password", password}); r.Decision != bot.Answer || len(r.Options) == 0 {
		t.Errorf("an answer with follow-ups: %s %q", r.Decision, r.Text)
	}
	if r := d.say("1"); r.Decision != bot.Run {
		t.Errorf("the value that was asked for: %s %q", r.Decision, r.Text)
	}
	if r := d.presses(press{ann, ann, "lights-on", light}); r.Decision != bot.Cancel || !r.Quiet || r.Text != "That is no longer there. Please ask again." {
		t.Errorf("a command of an older question: %s %q", r.Decision, r.Text)
	}
}

// TestApprovalIsForOthers: an approval is no press of somebody else's option,
// and whoever may not gets told so alone.
func TestApprovalIsForOthers(t *testing.T) {
	g := newGuarded(t)
	press := func(who, option string) bot.Reply {
		t.Helper()
		r, err := g.bot.Handle(t.Context(), bot.Message{ID: who + option, Kind: bot.Choice, Choice: option, Conversation: "c " + who,
			Sender: bot.Address("test:" + who), Asker: "test:ann", Address: "test:room"})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	asked := g.by("ann: open the vault")
	if r := press("eve", "approve:"+asked.Approval.ID); r.Decision != bot.Refuse || !r.Quiet {
		t.Errorf("by a stranger: %s, quiet %v", r.Decision, r.Quiet)
	}
	press("bob", "approve:"+asked.Approval.ID)
	if r := press("cyd", "approve:"+asked.Approval.ID); r.Decision != bot.Run || r.Quiet {
		t.Errorf("by those who may: %s %q", r.Decision, r.Text)
	}
	// Who deletes the message thinks better of it.
	asked = g.by("ann: open the vault")
	if _, err := g.bot.Handle(t.Context(), bot.Message{Kind: bot.Delete, Conversation: "c ann", Ref: asked.InReplyTo, Sender: "test:ann"}); err != nil {
		t.Fatal(err)
	}
	for _, who := range []string{"bob", "cyd"} {
		if r := press(who, "approve:"+asked.Approval.ID); r.Decision != bot.Nothing || len(g.ran) != 1 {
			t.Errorf("%s, after it was deleted: %s %q", who, r.Decision, r.Text)
		}
	}
}
