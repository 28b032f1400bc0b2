package bottest

import (
	"errors"
	"fmt"

	"frontdesk/bot"
)

// occasionChecks are about when the desk speaks, and when it keeps silent.
var occasionChecks = []check{
	{"silent where it is not named", []Feature{Channels, Overhears}, silentUnnamed},
	{"silent where it may not speak", []Feature{Channels}, silentWhereMuted},
	{"silent in threads of others", []Feature{Channels, Threads, Overhears}, silentInOthers},
	{"it goes on in its threads after a restart", []Feature{Channels, Threads, Overhears, Crashes}, goesOn},
	{"helpful silence", []Feature{Channels, Overhears}, helpfulSilence},
	{"never to other programs", []Feature{Channels, OtherBots}, neverToBots},
	{"a slash command", []Feature{Commands, Channels}, slashCommand},
}

// unheard says what the handler has heard that it should not have.
func (s *scene) unheard(texts ...string) error {
	for _, text := range texts {
		if err := s.asked(text, 0); err != nil {
			return err
		}
	}
	return nil
}

func silentUnnamed(s *scene) error {
	s.start()
	s.Say(Saying{Where: general, Text: "to nobody", Unnamed: true})
	s.Say(Saying{Where: Where{By: "bob", Channel: "general"}, Text: "to nobody either", Unnamed: true})
	s.say(general, "to the desk")
	if err := s.shows(general, answer("to the desk")); err != nil {
		return err
	}
	if err := s.stop(); err != nil {
		return err
	}
	return s.unheard("to nobody", "to nobody either")
}

func silentWhereMuted(s *scene) error {
	s.start()
	muted := Where{By: "ann", Channel: Muted}
	s.say(muted, "named")
	s.say(general, "marker")
	if err := s.shows(general, answer("marker")); err != nil {
		return err
	}
	if err := s.shows(muted); err != nil {
		return err
	}
	if err := s.stop(); err != nil {
		return err
	}
	return s.unheard("named")
}

func silentInOthers(s *scene) error {
	s.start()
	theirs := s.Say(Saying{Where: general, Text: "people talk", Unnamed: true})
	s.Say(Saying{Where: Where{By: "bob", Channel: "general", Thread: theirs}, Text: "among themselves", Unnamed: true})
	ours := s.say(general, "to the desk")
	if err := s.shows(thread(general, ours), answer("to the desk")); err != nil {
		return err
	}
	s.Say(Saying{Where: Where{By: "bob", Channel: "general", Thread: ours}, Text: "to the desk as well", Unnamed: true})
	if err := s.shows(thread(general, ours), answer("to the desk"), answer("to the desk as well")); err != nil {
		return err
	}
	if err := s.stop(); err != nil {
		return err
	}
	return s.unheard("people talk", "among themselves")
}

func goesOn(s *scene) error {
	s.start()
	ours := s.say(general, "to the desk")
	if err := s.shows(thread(general, ours), answer("to the desk")); err != nil {
		return err
	}
	if err := s.stop(); err != nil {
		return err
	}
	s.start()
	s.Say(Saying{Where: thread(general, ours), Text: "and more", Unnamed: true})
	return s.shows(thread(general, ours), answer("to the desk"), answer("and more"))
}

func helpfulSilence(s *scene) error {
	s.answers(func(m bot.Message) (bot.Reply, error) {
		if m.Unasked > 0 && m.Text == "unsure" {
			return bot.Reply{Decision: bot.Suggest, Text: "Did you mean", Options: twoOptions}, nil
		}
		return said(m), nil
	})
	s.start()
	helpful := Where{By: "ann", Channel: Helpful}
	first := s.Say(Saying{Where: helpful, Text: "sure 1", Unnamed: true})
	if err := s.shows(thread(helpful, first), answer("sure 1")); err != nil {
		return err
	}
	m := s.messages(ofText("sure 1"))[0]
	if m.Unasked < 0.5 || m.Unasked > 1 {
		return fmt.Errorf("what nobody asked the desk came with the bar %v", m.Unasked)
	}
	unsure := s.Say(Saying{Where: helpful, Text: "unsure", Unnamed: true})
	if _, err := s.hears("what is overheard", ofText("unsure")); err != nil {
		return err
	}
	asked := s.say(helpful, "asked")
	if err := s.shows(thread(helpful, asked), answer("asked")); err != nil {
		return err
	}
	if err := s.shows(thread(helpful, unsure)); err != nil {
		return err
	}
	want := []string{answer("sure 1"), answer("asked")}
	for i := 2; i <= 6; i++ { // one after the other: of those at once, which is answered is open
		text := fmt.Sprint("sure ", i)
		s.Say(Saying{Where: helpful, Text: text, Unnamed: true})
		if i <= 3 {
			want = append(want, answer(text))
		}
		if err := s.shows(helpful, want...); err != nil {
			return err
		}
	}
	s.say(helpful, "asked again")
	if err := s.shows(helpful, append(want, answer("asked again"))...); err != nil {
		return err
	}
	if m := s.messages(ofText("asked again"))[0]; m.Unasked != 0 {
		return errors.New("what was asked of the desk came as if it was not")
	}
	return nil
}

func neverToBots(s *scene) error {
	s.start()
	s.Say(Saying{Where: general, Text: "says a program", Bot: true})
	one := s.say(general, "says a person")
	if err := s.shows(thread(general, one), answer("says a person")); err != nil {
		return err
	}
	s.Say(Saying{Where: Where{By: "other", Channel: "general", Thread: one}, Text: "says a program there", Bot: true})
	s.Say(Saying{Where: Where{By: "other", Channel: Helpful}, Text: "says a program to nobody", Bot: true, Unnamed: true})
	s.say(thread(general, one), "says a person again")
	if err := s.shows(thread(general, one), answer("says a person"), answer("says a person again")); err != nil {
		return err
	}
	if err := s.shows(general, answer("says a person"), answer("says a person again")); err != nil {
		return err
	}
	if err := s.stop(); err != nil {
		return err
	}
	if err := s.unheard("says a program", "says a program there", "says a program to nobody"); err != nil {
		return err
	}
	return errors.Join(s.asked("says a person", 1), s.asked("says a person again", 1), s.unheard(answer("says a person")))
}

func slashCommand(s *scene) error {
	s.start()
	s.Say(Saying{Where: general, Text: "by command", Command: true})
	m, err := s.hears("a slash command", ofText("by command"))
	if err != nil {
		return err
	}
	if err := s.sound(m); err != nil {
		return err
	}
	return s.shows(general, answer("by command"))
}
