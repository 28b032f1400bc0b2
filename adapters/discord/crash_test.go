package discord_test

import (
	"testing"
	"time"

	"frontdesk/adapters/discord/discordfake"
	"frontdesk/bot"
	"frontdesk/bot/bottest"
)

// TestCommandOutlivesTheDesk kills the desk after Discord was told that the answer
// comes later: the next one gives it in that place.
func TestCommandOutlivesTheDesk(t *testing.T) {
	t.Parallel()
	s, e := desk(t, discordfake.Options{}, nil)
	held := make(chan struct{})
	defer close(held)
	e.reply = func(m bot.Message) bot.Reply {
		if !m.Again {
			<-held
		}
		return bot.Reply{Decision: bot.Answer, Text: "You said: " + m.Text}
	}
	general, ann := s.channel("general"), s.person("ann")
	var asked []*discordfake.Interaction
	for _, private := range []bool{false, true} {
		i, err := s.fake.Slash(general, ann, "ask", discordfake.Option{Name: "question", Value: "why?"}, discordfake.Option{Name: "private", Value: private})
		if err != nil {
			t.Fatal(err)
		}
		asked = append(asked, i)
	}
	for _, i := range asked {
		if r, err := i.Response(soon(t)); err != nil || r.Type != 5 {
			t.Fatalf("%v: %+v", err, r)
		}
	}
	s.kill()
	next := &ears{}
	s.start(bottest.Running{Handler: next.handle})
	for n, i := range asked {
		all, err := i.Said(soon(t), 1)
		if err != nil || len(all) != 1 || all[0].Content != "You said: why?" || (all[0].Flags&discordfake.Ephemeral != 0) != (n == 1) {
			t.Errorf("%v: %+v", err, all)
		}
	}
	if all := s.fake.Answers(general); len(all) != 1 {
		t.Errorf("everybody sees %d messages", len(all))
	}
}

// TestCommandWithoutAnswer holds that a command that Discord has given up is
// answered all the same, where everybody may see that.
func TestCommandWithoutAnswer(t *testing.T) {
	t.Parallel()
	s, _ := desk(t, discordfake.Options{AnswerIn: time.Microsecond}, nil)
	general := s.channel("general")
	if _, err := s.fake.Slash(general, s.person("ann"), "ask", discordfake.Option{Name: "question", Value: "why?"}); err != nil {
		t.Fatal(err)
	}
	if all := s.answer(t, general, 1); all[0].Content != "You said: why?" || all[0].Interaction != nil {
		t.Errorf("%+v", all)
	}
}

// TestLostFirstAnswer loses what Discord says to the first answer of a command.
func TestLostFirstAnswer(t *testing.T) {
	t.Parallel()
	s, _ := desk(t, discordfake.Options{}, nil)
	s.fake.Fail(discordfake.Fault{Route: "POST /interactions/{interaction}/{token}/callback", Times: 1, After: true, Cut: true})
	general := s.channel("general")
	asked, err := s.fake.Slash(general, s.person("ann"), "ask", discordfake.Option{Name: "question", Value: "why?"})
	if err != nil {
		t.Fatal(err)
	}
	if all, err := asked.Said(soon(t), 1); err != nil || all[0].Content != "You said: why?" {
		t.Errorf("%v: %+v", err, all)
	}
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	if all := asked.Messages(); len(all) != 1 {
		t.Errorf("it was answered %d times", len(all))
	}
}
