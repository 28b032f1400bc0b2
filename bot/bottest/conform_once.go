package bottest

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"frontdesk/bot"
)

// onceChecks are about what is delivered twice, or while nobody listens.
var onceChecks = []check{
	{"a message delivered twice is answered once", []Feature{Redelivery}, deliveredTwice},
	{"a message delivered again while it is answered", []Feature{Redelivery}, deliveredMeanwhile},
	{"a message delivered again after a restart", []Feature{Redelivery, Crashes}, deliveredAfterRestart},
	{"what is said while the connection is down", []Feature{Reconnects}, saidWhileDown},
	{"the connection drops while a question is answered", []Feature{Reconnects}, dropsMeanwhile},
	{"what is said while nothing runs", []Feature{CatchesUp}, saidWhileStopped},
	{"shutdown finishes what was received", nil, finishesWhatWasReceived},
	{"shutdown with several conversations", []Feature{Parallel}, finishesAll},
}

// asked counts how often the handler was asked about a text.
func (s *scene) asked(text string, times int) error {
	if n := len(s.messages(ofText(text))); n != times {
		return fmt.Errorf("the handler was asked %d times about %q, want %d", n, text, times)
	}
	return nil
}

func deliveredTwice(s *scene) error {
	s.start()
	one := s.say(private, "one")
	if err := s.shows(private, answer("one")); err != nil {
		return err
	}
	s.Again(one)
	two := s.say(private, "two")
	s.Again(two)
	s.Again(one)
	s.Again(two)
	s.say(private, "three")
	if err := s.shows(private, answer("one"), answer("two"), answer("three")); err != nil {
		return err
	}
	return errors.Join(s.asked("one", 1), s.asked("two", 1))
}

func deliveredMeanwhile(s *scene) error {
	s.start()
	g := s.hold("one")
	defer g.open()
	one := s.say(private, "one")
	if err := s.within(g.arrived, "asking"); err != nil {
		return err
	}
	s.Again(one)
	s.say(private, "two")
	s.Again(one)
	g.open()
	if err := s.shows(private, answer("one"), answer("two")); err != nil {
		return err
	}
	return s.asked("one", 1)
}

func deliveredAfterRestart(s *scene) error {
	s.start()
	one := s.say(private, "one")
	if err := s.shows(private, answer("one")); err != nil {
		return err
	}
	if err := s.stop(); err != nil {
		return err
	}
	s.start()
	s.Again(one)
	s.say(private, "two")
	if err := s.shows(private, answer("one"), answer("two")); err != nil {
		return err
	}
	return s.asked("one", 1)
}

func saidWhileDown(s *scene) error {
	s.start()
	s.say(private, "one")
	if err := s.shows(private, answer("one")); err != nil {
		return err
	}
	s.Drop(func() {
		s.say(private, "two")
		s.say(private, "three")
	})
	s.say(private, "four")
	s.Drop(func() {})
	s.say(private, "five")
	return s.shows(private, answer("one"), answer("two"), answer("three"), answer("four"), answer("five"))
}

func dropsMeanwhile(s *scene) error {
	s.start()
	g := s.hold("one")
	defer g.open()
	s.say(private, "one")
	if err := s.within(g.arrived, "asking"); err != nil {
		return err
	}
	s.Drop(func() {
		s.say(private, "two")
		g.open()
	})
	if err := s.shows(private, answer("one"), answer("two")); err != nil {
		return err
	}
	return s.asked("one", 1)
}

func saidWhileStopped(s *scene) error {
	s.start()
	s.say(private, "one")
	if err := s.shows(private, answer("one")); err != nil {
		return err
	}
	if err := s.stop(); err != nil {
		return err
	}
	s.say(private, "two")
	s.say(private, "three")
	s.start()
	if err := s.shows(private, answer("one"), answer("two"), answer("three")); err != nil {
		return err
	}
	return errors.Join(s.asked("one", 1), s.asked("two", 1))
}

// stopping stops the adapter while handlers are at work, and then lets them go.
func (s *scene) stopping(gates ...*gate) error {
	for _, g := range gates {
		if err := s.within(g.arrived, "asking"); err != nil {
			return err
		}
	}
	ended := make(chan error, 1)
	go func() { ended <- s.stop() }()
	select {
	case err := <-ended:
		return errors.Join(errors.New("the adapter ended while an answer was being made"), err)
	case <-time.After(50 * time.Millisecond): // it should not come to that, however long it is
	}
	for _, g := range gates {
		g.open()
	}
	return <-ended
}

func finishesWhatWasReceived(s *scene) error {
	s.start()
	s.say(private, "before")
	if err := s.shows(private, answer("before")); err != nil {
		return err
	}
	g := s.hold("slow")
	s.say(private, "slow")
	if err := s.stopping(g); err != nil {
		return err
	}
	if err := s.shows(private, answer("before"), answer("slow")); err != nil {
		return err
	}
	if s.Lacks[CatchesUp] != "" {
		return nil
	}
	s.say(private, "too late") // for this process
	n := len(s.messages(func(bot.Message) bool { return true }))
	if err := s.rest(); err != nil {
		return err
	}
	if len(s.messages(func(bot.Message) bool { return true })) > n {
		return errors.New("something was begun after the end")
	}
	s.start()
	return s.shows(private, answer("before"), answer("slow"), answer("too late"))
}

func finishesAll(s *scene) error {
	s.start()
	var gates []*gate
	people := []string{"ann", "bob", "cid"}
	for _, by := range people {
		g := s.hold("slow " + by)
		defer g.open()
		s.say(Where{By: by}, "slow "+by)
		gates = append(gates, g)
	}
	slices.Reverse(gates)
	if err := s.stopping(gates...); err != nil {
		return err
	}
	for _, by := range people {
		if err := s.shows(Where{By: by}, answer("slow "+by)); err != nil {
			return err
		}
	}
	return nil
}
