package bot_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"frontdesk/bot"
	"frontdesk/bot/bottest"

	"github.com/google/go-cmp/cmp"
)

// A helped desk is one whose questions can be handed on to experts.
type helped struct {
	*desk
	handed *bottest.Handovers
	out    *bottest.Outbox
}

func newHelped(t *testing.T) *helped {
	h := &helped{newDesk(t), &bottest.Handovers{}, &bottest.Outbox{}}
	h.start()
	return h
}

// start has another process take over.
func (h *helped) start() {
	h.bot = bot.New(bot.DefaultConfig(), bot.Deps{Journal: h.journal, Handovers: h.handed, Outbox: h.out, Now: func() time.Time { return h.now }})
	h.bot.SetBase("desk", bot.Base{Knowledge: h.search.Base, Index: h.search, Dispatcher: h.runs, Experts: "test:experts"})
}

// answers is what an expert says to a question that was handed on.
func (h *helped) answers(id, text string) bot.Message {
	m := h.message(text)
	m.Conversation, m.Sender, m.Address, m.Handover = "experts", "test:bob", "test:experts", id
	return m
}

// TestHandover: a question that is not known goes to the experts as it was asked,
// and their answer comes back.
func TestHandover(t *testing.T) {
	for name, restart := range map[string]bool{"at once": false, "after a restart": true} {
		t.Run(name, func(t *testing.T) {
			h := newHelped(t)
			asked := h.say("what is *this*\n@everyone?")
			if want := []bot.Option{{ID: "handover", Label: "Ask a person"}}; asked.Decision != bot.Abstain || !cmp.Equal(want, asked.Options) {
				t.Fatalf("%s, options %+v", asked.Decision, asked.Options)
			}
			if restart {
				h.start()
			}
			m := h.message("")
			m.Kind, m.Choice, m.Ref, m.Asker, m.Link, m.Locale = bot.Choice, "handover", asked.InReplyTo, ann, "https://chat.example/1", "en-GB"
			told := h.handle(m)
			if told.Decision != bot.Notice || told.Text != "I have asked a person. The answer will come here." || told.Handover != "" {
				t.Errorf("the asker is told %s %q, hand-over %q", told.Decision, told.Text, told.Handover)
			}
			all := h.handed.All()
			if len(all) != 1 {
				t.Fatalf("handed on: %+v", all)
			}
			want := bot.Handover{ID: all[0].ID, Base: "desk", Conversation: "c", MessageID: "1", Question: "what is *this*\n@everyone?", Asker: ann,
				Channel: "test:room", Experts: "test:experts", Locale: "en-GB", Link: "https://chat.example/1", Asked: h.now}
			if diff := cmp.Diff(want, all[0]); diff != "" || len(want.ID) != 16 {
				t.Error(diff)
			}
			post := bot.Reply{To: "test:experts", Decision: bot.Notice, Handover: want.ID,
				Text: "**test:ann** asks:\n\n> what is \\*this\\* \\@everyone?\n\n[Show the question](<https://chat.example/1>)"}
			if diff := cmp.Diff([]bot.Reply{post}, h.out.Sent()); diff != "" {
				t.Error(diff)
			}

			// Pressed again, also in another process, it is handed on once.
			for range 2 {
				if r := h.presses(press{ann, ann, "handover", asked}); r.Decision != bot.Notice || len(h.out.Sent()) != 1 || len(h.handed.All()) != 1 {
					t.Errorf("pressed again: %s %q, sent %d", r.Decision, r.Text, len(h.out.Sent()))
				}
				h.start()
			}
			if r := h.handle(again(m)); r.Text != told.Text || len(h.out.Sent()) != 1 {
				t.Errorf("told again: %q, sent %d", r.Text, len(h.out.Sent()))
			}

			answer := h.answers(want.ID, "It is **that**.\n\n- see _here_")
			if r := h.handle(answer); r.Decision != bot.Notice || r.Text != "Thank you. Your answer has been passed on." {
				t.Errorf("the expert is told %s %q", r.Decision, r.Text)
			}
			back := bot.Reply{To: "test:room", InReplyTo: "1", Conversation: "c", Decision: bot.Notice,
				Text: "**test:bob** answers your question:\n\n> what is \\*this\\* \\@everyone?\n\nIt is **that**.\n\n- see _here_"}
			if diff := cmp.Diff([]bot.Reply{post, back}, h.out.Sent()); diff != "" {
				t.Error(diff)
			}
			if got := h.handed.All()[0]; got.By != "test:bob" || !got.Answered.Equal(h.now) {
				t.Errorf("answered by %q at %v", got.By, got.Answered)
			}
			h.start()
			h.handle(answer)
			h.handle(again(answer))
			edit := h.answers(want.ID, "It is *this*.")
			edit.Kind, edit.Ref = bot.Edit, answer.ID
			h.handle(edit)
			h.handle(h.answers(want.ID, " "))
			if len(h.out.Sent()) != 2 {
				t.Errorf("brought again, it was sent again: %+v", h.out.Sent()[2:])
			}
			var recorded []string
			for _, x := range h.journal.Exchanges() {
				recorded = append(recorded, string(x.Decision)+": "+x.Question)
			}
			if got, want := strings.Join(recorded[:2], "|")+"|"+recorded[4], "abstain: what is *this*\n@everyone?|notice: handover|notice: It is **that**.\n\n- see _here_"; got != want {
				t.Errorf("recorded %q", recorded)
			}
		})
	}
}

func again(m bot.Message) bot.Message {
	m.Again = true
	return m
}

// TestHandoverOffers: where and for what a person can be asked.
func TestHandoverOffers(t *testing.T) {
	offers := func(r bot.Reply) bool { return len(r.Options) == 1 && r.Options[0].ID == "handover" }
	h := newHelped(t)
	for text, want := range map[string]bool{"meaning of life": true, "": false, "open?": false, strings.Repeat("why ", 9000): false} {
		if r := h.say(text); offers(r) != want {
			t.Errorf("%.20q: %s, options %+v", text, r.Decision, r.Options)
		}
	}
	for address, want := range map[bot.Address]bool{"test:experts": false, "test:experts/1": false, "test:experts2": true} {
		m := h.message("meaning of life")
		m.Address = address
		if r := h.handle(m); offers(r) != want {
			t.Errorf("at %s: options %+v", address, r.Options)
		}
	}
	m := h.message("meaning of life")
	m.Unasked = 0.5
	if r := h.handle(m); offers(r) {
		t.Error("offered to whom nobody asked")
	}
	// Without the parts that it takes, nothing is offered.
	without := newDesk(t)
	if r := without.say("meaning of life"); len(r.Options) > 0 {
		t.Errorf("options %+v", r.Options)
	}
	if r := without.presses(press{ann, ann, "handover", bot.Reply{InReplyTo: "1"}}); r.Decision != bot.Cancel || !r.Quiet {
		t.Errorf("pressed all the same: %s %q", r.Decision, r.Text)
	}
}

// TestHandoverByWords: the option can be said, and what is handed on after
// "none of these" is the question.
func TestHandoverByWords(t *testing.T) {
	for _, talk := range [][]string{
		{"meaning of life", "1"}, {"meaning of life", "Ask a person!"}, {"account", "none of these", "ask a person"},
	} {
		h := newHelped(t)
		var last bot.Reply
		for _, text := range talk {
			last = h.say(text)
		}
		if all := h.handed.All(); last.Decision != bot.Notice || len(all) != 1 || all[0].Question != talk[0] {
			t.Errorf("%q: %s, handed on %+v", talk, last.Decision, all)
		}
	}
	// It is no question: whatever else is said goes on as ever.
	for text, want := range map[string]bot.Decision{"open?": bot.Answer, "never mind": bot.Abstain, "yes": bot.Abstain, "switch on the kitchen lights": bot.Run} {
		h := newHelped(t)
		h.say("meaning of life")
		if r := h.say(text); r.Decision != want || len(h.handed.All()) > 0 {
			t.Errorf("%q: %s %q", text, r.Decision, r.Text)
		}
	}
	// What followed "none of these" cannot be told from the record.
	h := newHelped(t)
	h.say("account")
	none := h.say("none of these")
	h.start()
	if r := h.presses(press{ann, ann, "handover", none}); r.Decision != bot.Cancel || len(h.handed.All()) > 0 {
		t.Errorf("after a restart: %s %q", r.Decision, r.Text)
	}
}

// TestHandoverOfSomebodyElse: only who asked hands their question on.
func TestHandoverOfSomebodyElse(t *testing.T) {
	h := newHelped(t)
	asked := h.say("meaning of life")
	for _, asker := range []bot.Address{ann, ""} { // whether or not the adapter knows
		if r := h.presses(press{eve, asker, "handover", asked}); r.Decision != bot.Refuse || !r.Quiet || len(h.handed.All()) > 0 {
			t.Errorf("asker %q: %s %q", asker, r.Decision, r.Text)
		}
	}
	if r := h.presses(press{ann, ann, "handover", asked}); r.Decision != bot.Notice {
		t.Errorf("who asked: %s %q", r.Decision, r.Text)
	}
	if r := h.presses(press{ann, ann, "handover", bot.Reply{InReplyTo: "unknown"}}); r.Decision != bot.Cancel || len(h.handed.All()) != 1 {
		t.Errorf("of no message: %s %q", r.Decision, r.Text)
	}
}

// TestHandoverAfterRating: whoever says that an answer was no help may ask a
// person; nobody else is offered that, nor is it offered twice.
func TestHandoverAfterRating(t *testing.T) {
	h := newHelped(t)
	h.say("forgot my pasword")
	h.press("hours")
	rate := func(by bot.Address, ref string, rating int) bot.Reply {
		m := bot.Message{ID: "r", Kind: bot.Rating, Conversation: "c", Sender: by, Address: "test:room", Ref: ref, Rating: rating}
		return h.handle(m)
	}
	want := bot.Reply{To: "test:room", InReplyTo: "2", Decision: bot.Notice, Quiet: true, Text: "I am sorry that this was no help. Shall I ask a person?",
		Options: []bot.Option{{ID: "handover", Label: "Ask a person"}}}
	if diff := cmp.Diff(want, rate(ann, "2", -1)); diff != "" {
		t.Error(diff)
	}
	for _, r := range []bot.Reply{rate(ann, "2", 1), rate(eve, "2", -1)} {
		if diff := cmp.Diff(bot.Reply{To: "test:room", InReplyTo: "r", Decision: bot.Nothing}, r); diff != "" {
			t.Error(diff)
		}
	}
	h.presses(press{ann, "", "handover", want})
	// Of what was pressed, the experts get its words.
	if all := h.handed.All(); len(all) != 1 || all[0].Question != "When are you open?" {
		t.Errorf("handed on: %+v", all)
	}
	if r := rate(ann, "2", -1); r.Decision != bot.Nothing {
		t.Errorf("rated again: %s %q", r.Decision, r.Text)
	}
	h.handed.Err = errors.New("disk full")
	if _, err := h.bot.Handle(t.Context(), bot.Message{Kind: bot.Rating, Conversation: "c", Sender: ann, Ref: "1", Rating: -1}); !errors.Is(err, h.handed.Err) {
		t.Errorf("error %v", err)
	}
}

// TestHandoverFails: what could not be sent is sent when it is brought again, or
// pressed again; what died on the way may be, too.
func TestHandoverFails(t *testing.T) {
	down := errors.New("the line is down")
	h := newHelped(t)
	asked := h.say("meaning of life")
	m := h.message("")
	m.Kind, m.Choice, m.Ref = bot.Choice, "handover", asked.InReplyTo
	h.out.Fail(down)
	if _, err := h.bot.Handle(t.Context(), m); !errors.Is(err, down) {
		t.Errorf("error %v", err)
	}
	h.out.Fail(nil)
	if r := h.handle(m); r.Decision != bot.Notice || len(h.out.Sent()) != 1 || len(h.handed.All()) != 1 {
		t.Errorf("brought again: %s, sent %+v", r.Decision, h.out.Sent())
	}
	id := h.handed.All()[0].ID

	answer := h.answers(id, "42")
	h.out.Fail(down)
	if _, err := h.bot.Handle(t.Context(), answer); !errors.Is(err, down) || !h.handed.All()[0].Answered.IsZero() {
		t.Errorf("error %v, answered %v", err, h.handed.All()[0].Answered)
	}
	h.out.Fail(nil)
	if r := h.handle(answer); r.Decision != bot.Notice || len(h.out.Sent()) != 2 {
		t.Errorf("the answer brought again: %s, sent %+v", r.Decision, h.out.Sent())
	}

	// Kept, and then the process died.
	h = newHelped(t)
	asked = h.say("meaning of life")
	m.ID, m.Ref = "press", asked.InReplyTo
	h.out.Fail(down)
	_, _ = h.bot.Handle(t.Context(), m)
	h.out.Fail(nil)
	h.start()
	if r := h.handle(again(m)); r.Decision != bot.Notice || len(h.out.Sent()) != 1 || len(h.handed.All()) != 1 {
		t.Errorf("after a crash: %s, sent %+v", r.Decision, h.out.Sent())
	}
	for _, handed := range []string{"unknown", ""} {
		if r := h.handle(h.answers(handed, "meaning of life")); handed != "" && (r.Decision != bot.Cancel || r.Text == "") || len(h.out.Sent()) != 1 {
			t.Errorf("hand-over %q: %s %q", handed, r.Decision, r.Text)
		}
	}
}

// TestHandoverLinks: nothing but a plain address of the web becomes a link.
func TestHandoverLinks(t *testing.T) {
	for link, shown := range map[string]bool{
		"https://chat.example/a?b=(c)": true, "http://x": true, "": false, "javascript:alert(1)": false, "https://x> **y**": false, "https://x\n": false, "/a": false,
	} {
		h := newHelped(t)
		m := h.message("meaning of life")
		m.Link = link
		h.handle(m)
		h.say("1")
		if text := h.out.Sent()[0].Text; strings.Contains(text, "[Show the question](<"+link+">)") != shown || strings.Contains(text, "Show the question") != shown {
			t.Errorf("%q: %q", link, text)
		}
	}
}

// TestNames: where the adapter knows how people are called, others read that.
func TestNames(t *testing.T) {
	h := newHelped(t)
	m := h.message("let them in")
	m.Name = "Ann *B*"
	asked := h.handle(m)
	if r := h.presses(press{eve, ann, "yes", asked}); r.Text != "That is for Ann \\*B\\* to decide." {
		t.Errorf("refused with %q", r.Text)
	}
	m = h.message("meaning of life")
	h.handle(m)
	m = h.message("1")
	m.Name = strings.Repeat("Ann ", 1000)
	h.handle(m)
	answer := h.answers(h.handed.All()[0].ID, "42")
	answer.Name = "Bob"
	h.handle(answer)
	sent := h.out.Sent()
	if len(sent) != 2 || !strings.HasPrefix(sent[0].Text, "**Ann Ann ") || len(sent[0].Text) > 200 || !strings.HasPrefix(sent[1].Text, "**Bob** answers") {
		t.Errorf("sent %+v", sent)
	}
}
