package bottest

import (
	"errors"
	"fmt"
	"slices"

	"frontdesk/bot"
)

// crashChecks are about a process that dies without a word, and the next one.
var crashChecks = []check{
	{"killed before the handler", []Feature{Crashes}, killedBefore},
	{"killed in the handler", []Feature{Crashes}, killedInHandler},
	{"killed before the post", []Feature{Crashes, Failures}, func(s *scene) error { return killedPosting(s, HeldBefore) }},
	{"killed after the post", []Feature{Crashes, Failures}, func(s *scene) error { return killedPosting(s, HeldAfter) }},
	{"killed after the post, in a channel", []Feature{Crashes, Failures, Channels}, killedInChannel},
	{"killed in the middle of a long answer", []Feature{Crashes, Failures}, killedInLong},
	{"killed several times", []Feature{Crashes}, killedOften},
	{"killed before a press is answered", []Feature{Crashes, Failures, Options}, func(s *scene) error { return killedPress(s, HeldBefore) }},
	{"killed while a press is answered", []Feature{Crashes, Failures, Options}, func(s *scene) error { return killedPress(s, HeldAfter) }},
	{"killed while an edit is shown", []Feature{Crashes, Failures, Edits}, killedInEdit},
}

func killedBefore(s *scene) error {
	s.start()
	g := s.hold("one")
	defer g.open()
	s.say(private, "one")
	s.say(private, "two")
	if err := s.within(g.arrived, "asking"); err != nil {
		return err
	}
	s.kill()
	s.start()
	if err := s.shows(private, answer("one"), answer("two")); err != nil {
		return err
	}
	return s.asked("two", 1)
}

func killedInHandler(s *scene) error {
	s.start()
	s.say(private, "before")
	if err := s.shows(private, answer("before")); err != nil {
		return err
	}
	g := s.hold("one")
	s.say(private, "one")
	if err := s.within(g.arrived, "asking"); err != nil {
		return err
	}
	s.kill()
	g.open() // what the dead process says of it must not be heard
	s.start()
	if err := s.shows(private, answer("before"), answer("one")); err != nil {
		return err
	}
	return s.toldAgain("one", false, true)
}

// toldAgain says whether the handler was told, each time, that it may have handled
// a text before.
func (s *scene) toldAgain(text string, want ...bool) error {
	var got []bool
	var ids []string
	for _, m := range s.messages(ofText(text)) {
		got, ids = append(got, m.Again), append(ids, m.ID)
	}
	if !slices.Equal(got, want) {
		return fmt.Errorf("the handler was told that it may have handled %q before: %v, want %v", text, got, want)
	}
	if slices.ContainsFunc(ids, func(id string) bool { return id != ids[0] }) {
		return fmt.Errorf("the message %q has several IDs: %q", text, ids)
	}
	return nil
}

func killedPosting(s *scene, f Fault) error {
	s.start()
	s.say(private, "before")
	if err := s.shows(private, answer("before")); err != nil {
		return err
	}
	arrived := s.Fail(f)
	s.say(private, "one")
	if err := s.within(arrived, "showing an answer"); err != nil {
		return err
	}
	s.kill()
	s.say(private, "two") // nobody listens
	s.start()
	want := []string{answer("before"), answer("one")}
	if s.Lacks[CatchesUp] == "" {
		want = append(want, answer("two"))
	}
	if err := s.shows(private, want...); err != nil {
		return err
	}
	if err := s.asked("before", 1); err != nil {
		return err
	}
	for i, m := range s.messages(ofText("one")) { // it may also have known what was said
		if i > 0 && !m.Again {
			return errors.New("the handler was not told that it may have handled the message before")
		}
	}
	return nil
}

func killedInChannel(s *scene) error {
	s.start()
	arrived := s.Fail(HeldAfter)
	one := s.say(general, "one")
	if err := s.within(arrived, "showing an answer"); err != nil {
		return err
	}
	s.kill()
	s.start()
	two := s.say(general, "two")
	if err := s.shows(thread(general, two), answer("two")); err != nil {
		return err
	}
	return s.shows(thread(general, one), answer("one"))
}

func killedInLong(s *scene) error {
	whole := long(12_000)
	s.answers(func(m bot.Message) (bot.Reply, error) {
		r := said(m)
		if m.Text == "long" {
			r.Text = whole
		}
		return r, nil
	})
	s.start()
	arrived := s.Fail(HeldAfter)
	s.say(private, "long")
	if err := s.within(arrived, "showing a long answer"); err != nil {
		return err
	}
	s.kill()
	s.start()
	s.say(private, "next")
	return s.until(func() error {
		got := s.texts(private)
		if len(got) < 2 || got[len(got)-1] != answer("next") {
			return fmt.Errorf("the answer after a long one is not there, of %d posts", len(got))
		}
		return s.complete(whole, got[:len(got)-1])
	})
}

func killedOften(s *scene) error {
	var want []string
	for i := range 5 {
		s.start()
		text := fmt.Sprint("number ", i)
		g := s.hold(text)
		s.say(private, text)
		if err := s.within(g.arrived, "asking"); err != nil {
			return err
		}
		s.kill()
		g.open()
		want = append(want, answer(text))
	}
	s.start()
	return s.shows(private, want...)
}

func killedInEdit(s *scene) error {
	s.start()
	one := s.say(general, "one")
	if err := s.shows(thread(general, one), answer("one")); err != nil {
		return err
	}
	arrived := s.Fail(HeldAfter)
	s.Edit(one, "one better")
	if err := s.within(arrived, "showing the answer of an edited question"); err != nil {
		return err
	}
	s.kill()
	s.start()
	if err := s.shows(thread(general, one), answer("one better")); err != nil {
		return err
	}
	for _, m := range s.messages(ofText("one better")) {
		if m.Kind != bot.Edit {
			return fmt.Errorf("an edit came as %q", m.Kind)
		}
	}
	return nil
}

func killedPress(s *scene, f Fault) error {
	s.answers(choosing(twoOptions...))
	s.start()
	s.say(private, "choose")
	p, err := s.offered(private, 1, twoOptions)
	if err != nil {
		return err
	}
	arrived := s.Fail(f)
	s.Press("ann", p.Post, twoOptions[0].Label)
	if err := s.within(arrived, "answering a press"); err != nil {
		return err
	}
	s.kill()
	s.start()
	if err := s.until(func() error {
		got := s.texts(private)
		if len(got) != 2 || got[1] != answer("pressed first") {
			return fmt.Errorf("after a press stands %q", got)
		}
		return nil
	}); err != nil {
		return err
	}
	if err := s.settled(private); err != nil {
		return err
	}
	if err := s.rest(); err != nil {
		return err
	}
	if got := s.texts(private); len(got) != 2 {
		return fmt.Errorf("after a press stands %q", got)
	}
	return nil
}
