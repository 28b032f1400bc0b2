package bottest

import (
	"errors"
	"fmt"
	"slices"

	"frontdesk/bot"
)

// ratingChecks are about what people think of an answer.
var ratingChecks = []check{
	{"an answer is rated", []Feature{Ratings}, rated},
	{"an answer in a channel is rated by somebody else", []Feature{Ratings, Channels}, ratedInChannel},
	{"an answer that was rated is edited", []Feature{Ratings, Edits}, ratedThenEdited},
}

func rated(s *scene) error {
	s.start()
	s.say(private, "question")
	if err := s.shows(private, answer("question")); err != nil {
		return err
	}
	p, err := s.post(private, 1)
	if err != nil {
		return err
	}
	question := s.messages(ofText("question"))[0]
	for _, rating := range []int{1, -1} {
		s.Rate("ann", p.Post, rating)
		m, err := s.hears(fmt.Sprint("the rating ", rating), func(m bot.Message) bool { return m.Kind == bot.Rating && m.Rating == rating })
		switch {
		case err != nil:
			return err
		case m.Ref != question.ID || m.Conversation != question.Conversation:
			return fmt.Errorf("the rating is of %q in %q, want %q in %q", m.Ref, m.Conversation, question.ID, question.Conversation)
		case m.Sender != question.Sender:
			return fmt.Errorf("the rating is %q's, want %q's", m.Sender, question.Sender)
		}
	}
	return nil
}

func ratedInChannel(s *scene) error {
	s.start()
	one := s.say(general, "question")
	if err := s.shows(thread(general, one), answer("question")); err != nil {
		return err
	}
	p, err := s.post(thread(general, one), 1)
	if err != nil {
		return err
	}
	question := s.messages(ofText("question"))[0]
	s.Rate("bob", p.Post, -1)
	m, err := s.hears("a rating", ofKind(bot.Rating))
	switch {
	case err != nil:
		return err
	case m.Rating != -1 || m.Ref != question.ID || m.Conversation != question.Conversation:
		return fmt.Errorf("the rating came as %+v", m)
	case m.Sender == question.Sender:
		return errors.New("somebody else's rating came as the asker's")
	}
	return nil
}

func ratedThenEdited(s *scene) error {
	s.answers(func(m bot.Message) (bot.Reply, error) {
		if m.Kind == bot.Rating {
			return bot.Reply{Decision: bot.Notice, Text: "Thank you for telling me.", Quiet: true}, nil
		}
		return said(m), nil
	})
	s.start()
	one := s.say(private, "one")
	if err := s.shows(private, answer("one")); err != nil {
		return err
	}
	delete(s.due, private)
	p, err := s.post(private, 1)
	if err != nil {
		return err
	}
	s.Rate("ann", p.Post, -1)
	if err := s.until(func() error {
		if got := s.texts(private); !slices.Contains(got, "Thank you for telling me.") {
			return fmt.Errorf("what is said to a rating is not there: %q", got)
		}
		return nil
	}); err != nil {
		return err
	}
	s.Edit(one, "one better")
	s.say(private, "two")
	if err := s.until(func() error {
		got := slices.DeleteFunc(s.texts(private), func(t string) bool { return t == "Thank you for telling me." })
		if want := []string{answer("one better"), answer("two")}; !slices.Equal(got, want) {
			return fmt.Errorf("it shows %q, want %q", got, want)
		}
		return nil
	}); err != nil {
		return err
	}
	return nil
}
