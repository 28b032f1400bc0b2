package bottest

import (
	"fmt"
)

// faultChecks are about requests that go wrong.
var faultChecks = []check{
	{"come back later", []Feature{Failures, Busy}, func(s *scene) error { return survives(s, Later) }},
	{"an internal error", []Feature{Failures}, func(s *scene) error { return survives(s, Fails) }},
	{"an answer that is lost", []Feature{Failures}, func(s *scene) error { return survives(s, Lost) }},
	{"an answer that is lost, in a channel", []Feature{Failures, Channels}, lostInChannel},
	{"a long answer, of which a part is refused at first", []Feature{Failures}, func(s *scene) error { return longSurvives(s, Fails) }},
	{"a long answer, of which a part's answer is lost", []Feature{Failures}, func(s *scene) error { return longSurvives(s, Lost) }},
	{"one failure after the other", []Feature{Failures}, storm},
}

func survives(s *scene, f Fault) error {
	s.start()
	s.say(private, "zero")
	if err := s.shows(private, answer("zero")); err != nil {
		return err
	}
	arrived := s.Fail(f)
	s.say(private, "one")
	s.say(private, "two")
	if err := s.within(arrived, "showing an answer"); err != nil {
		return err
	}
	if err := s.shows(private, answer("zero"), answer("one"), answer("two")); err != nil {
		return err
	}
	return s.asked("one", 1)
}

func lostInChannel(s *scene) error {
	s.start()
	arrived := s.Fail(Lost)
	one := s.say(general, "one")
	if err := s.within(arrived, "showing an answer"); err != nil {
		return err
	}
	if err := s.shows(thread(general, one), answer("one")); err != nil {
		return err
	}
	return s.shows(general, answer("one"))
}

func longSurvives(s *scene, f Fault) error {
	whole := long(12_000)
	s.answers(longWhenAsked(whole))
	s.start()
	arrived := s.Fail(f)
	s.say(private, "long")
	s.say(private, "next")
	if err := s.within(arrived, "showing a long answer"); err != nil {
		return err
	}
	return s.until(func() error {
		got := s.texts(private)
		if len(got) < 2 || got[len(got)-1] != answer("next") {
			return fmt.Errorf("the answer after a long one is not there, of %d posts", len(got))
		}
		return s.complete(whole, got[:len(got)-1])
	})
}

func storm(s *scene) error {
	s.start()
	for _, f := range []Fault{Fails, Lost} {
		s.Fail(f)
	}
	var want []string
	for i := range 4 {
		text := fmt.Sprint("number ", i)
		s.say(private, text)
		want = append(want, answer(text))
	}
	return s.shows(private, want...)
}
