package bottest

import (
	"errors"
	"fmt"

	"frontdesk/bot"
)

// changeChecks are about questions that are edited and deleted.
var changeChecks = []check{
	{"editing a question edits its answer", []Feature{Edits}, editEdits},
	{"an edit keeps its place", []Feature{Edits}, editKeepsPlace},
	{"an edit while the question is answered", []Feature{Edits}, editMeanwhile},
	{"an edit of what was never answered", []Feature{Edits, Channels, Overhears}, editUnanswered},
	{"an edit to a longer answer and back", []Feature{Edits}, editLonger},
	{"an edit after which there is nothing to say", []Feature{Edits}, editToNothing},
	{"an edit after a restart", []Feature{Edits, Crashes}, editAfterRestart},
	{"deleting a question deletes its answer", []Feature{Deletions}, deleteDeletes},
	{"deleting a question while it is answered", []Feature{Deletions}, deleteMeanwhile},
	{"deleting a question with a long answer", []Feature{Deletions}, deleteLong},
}

// edited waits for an edit and says what is wrong with it.
func (s *scene) edited(text string, question bot.Message) error {
	m, err := s.hears("the edit", ofText(text))
	switch {
	case err != nil:
		return err
	case m.Kind != bot.Edit:
		return fmt.Errorf("an edit came as %q", m.Kind)
	case m.Ref != question.ID:
		return fmt.Errorf("the edit refers to %q, want %q", m.Ref, question.ID)
	case m.Conversation != question.Conversation || m.Sender != question.Sender:
		return fmt.Errorf("the edit came from %q in %q, want %q in %q", m.Sender, m.Conversation, question.Sender, question.Conversation)
	}
	return nil
}

func editEdits(s *scene) error {
	s.start()
	one := s.say(private, "one")
	if err := s.shows(private, answer("one")); err != nil {
		return err
	}
	question := s.messages(ofText("one"))[0]
	for _, text := range []string{"one better", "one best"} {
		s.Edit(one, text)
		if err := s.edited(text, question); err != nil {
			return err
		}
		if err := s.shows(private, answer(text)); err != nil {
			return err
		}
	}
	if s.Lacks[Channels] != "" {
		return nil
	}
	two := s.say(general, "two")
	if err := s.shows(thread(general, two), answer("two")); err != nil {
		return err
	}
	s.Edit(two, "two better")
	if err := s.shows(thread(general, two), answer("two better")); err != nil {
		return err
	}
	return s.edited("two better", s.messages(ofText("two"))[0])
}

func editKeepsPlace(s *scene) error {
	s.start()
	one := s.say(private, "one")
	s.say(private, "two")
	if err := s.shows(private, answer("one"), answer("two")); err != nil {
		return err
	}
	s.Edit(one, "one better")
	return s.shows(private, answer("one better"), answer("two"))
}

func editMeanwhile(s *scene) error {
	s.start()
	g := s.hold("one")
	defer g.open()
	one := s.say(private, "one")
	if err := s.within(g.arrived, "asking"); err != nil {
		return err
	}
	s.Edit(one, "one better")
	g.open()
	return s.shows(private, answer("one better"))
}

func editUnanswered(s *scene) error {
	s.start()
	theirs := s.Say(Saying{Where: general, Text: "to nobody", Unnamed: true})
	s.Edit(theirs, "to nobody at all")
	s.say(general, "to the desk")
	if err := s.shows(general, answer("to the desk")); err != nil {
		return err
	}
	if err := s.stop(); err != nil {
		return err
	}
	return s.unheard("to nobody", "to nobody at all")
}

func editLonger(s *scene) error {
	whole := long(12_000)
	s.answers(longWhenAsked(whole))
	s.start()
	one := s.say(private, "one")
	if err := s.shows(private, answer("one")); err != nil {
		return err
	}
	s.Edit(one, "long")
	delete(s.due, private)
	if err := s.until(func() error { return s.complete(whole, s.texts(private)) }); err != nil {
		return err
	}
	s.Edit(one, "one again")
	return s.shows(private, answer("one again"))
}

func editToNothing(s *scene) error {
	s.answers(func(m bot.Message) (bot.Reply, error) {
		if m.Kind == bot.Edit {
			return bot.Reply{Decision: bot.Nothing}, nil
		}
		return said(m), nil
	})
	s.start()
	one := s.say(private, "one")
	if err := s.shows(private, answer("one")); err != nil {
		return err
	}
	s.Edit(one, "never mind")
	delete(s.due, private)
	s.say(private, "two")
	return s.until(func() error {
		got := s.texts(private)
		if n := len(got); n == 0 || got[n-1] != answer("two") || n > 2 {
			return fmt.Errorf("after an edit to nothing stands %q", got)
		}
		return nil
	})
}

func editAfterRestart(s *scene) error {
	s.start()
	one := s.say(private, "one")
	if err := s.shows(private, answer("one")); err != nil {
		return err
	}
	if err := s.stop(); err != nil {
		return err
	}
	s.start()
	s.Edit(one, "one better")
	return s.shows(private, answer("one better"))
}

func deleteDeletes(s *scene) error {
	s.start()
	one := s.say(private, "one")
	s.say(private, "two")
	if err := s.shows(private, answer("one"), answer("two")); err != nil {
		return err
	}
	s.Delete(one)
	if err := s.shows(private, answer("two")); err != nil {
		return err
	}
	if m, err := s.hears("the deletion", ofKind(bot.Delete)); err == nil && m.Ref != s.messages(ofText("one"))[0].ID {
		return errors.New("a deletion refers to another message")
	} else if err != nil {
		return err
	}
	if s.Lacks[Channels] != "" {
		return nil
	}
	three := s.say(general, "three")
	if err := s.shows(general, answer("three")); err != nil {
		return err
	}
	s.Delete(three)
	return s.shows(general)
}

func deleteMeanwhile(s *scene) error {
	s.start()
	g := s.hold("one")
	defer g.open()
	one := s.say(private, "one")
	if err := s.within(g.arrived, "asking"); err != nil {
		return err
	}
	s.Delete(one)
	s.say(private, "two")
	g.open()
	return s.shows(private, answer("two"))
}

func deleteLong(s *scene) error {
	whole := long(12_000)
	s.answers(longWhenAsked(whole))
	s.start()
	one := s.say(private, "long")
	if err := s.until(func() error { return s.complete(whole, s.texts(private)) }); err != nil {
		return err
	}
	s.Delete(one)
	return s.shows(private)
}
