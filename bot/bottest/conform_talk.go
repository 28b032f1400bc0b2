package bottest

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"frontdesk/bot"
)

var (
	private = Where{By: "ann"}
	general = Where{By: "ann", Channel: "general"}
)

// talkChecks are about who said what where, and in which order.
var talkChecks = []check{
	{"what is said reaches the handler", nil, reachesHandler},
	{"a channel's messages say where they come from", []Feature{Channels}, fromChannel},
	{"threads are conversations", []Feature{Channels, Threads}, threadsAreConversations},
	{"private conversations are apart", []Feature{Parallel}, privateApart},
	{"order within a conversation", nil, inOrder},
	{"order within each of many conversations", []Feature{Parallel, Channels, Threads}, inOrderEach},
	{"a slow answer holds up nobody else", []Feature{Parallel}, slowAlone},
	{"a handler that fails", nil, failingHandler},
}

func reachesHandler(s *scene) error {
	s.start()
	for _, text := range []string{"hello", "one more"} {
		s.say(private, text)
	}
	if err := s.shows(private, answer("hello"), answer("one more")); err != nil {
		return err
	}
	first, err := s.hears("hello", ofText("hello"))
	if err != nil {
		return err
	}
	second, err := s.hears("one more", ofText("one more"))
	if err != nil {
		return err
	}
	for _, m := range []bot.Message{first, second} {
		if err := s.sound(m); err != nil {
			return err
		}
	}
	switch {
	case first.ID == second.ID:
		return fmt.Errorf("two messages have the ID %q", first.ID)
	case first.Conversation != second.Conversation:
		return fmt.Errorf("a private conversation is two: %q and %q", first.Conversation, second.Conversation)
	case first.Sender != second.Sender:
		return fmt.Errorf("one person is two: %q and %q", first.Sender, second.Sender)
	}
	return nil
}

// sound says what is wrong with a text that somebody said to the desk.
func (s *scene) sound(m bot.Message) error {
	kind := bot.Text
	if s.Spoken {
		kind = bot.Audio
	}
	switch {
	case m.Kind != kind:
		return fmt.Errorf("what was said came as %q, want %q", m.Kind, kind)
	case s.Spoken && (m.Transcript == nil || m.Overheard != 0):
		return fmt.Errorf("what was spoken to the desk came as %+v", m)
	case m.ID == "" || m.Conversation == "":
		return fmt.Errorf("a message came without an ID or a conversation: %+v", m)
	case m.Sender.Adapter() != s.Name || m.Address.Adapter() != s.Name:
		return fmt.Errorf("sender %q and address %q are not those of the adapter %q", m.Sender, m.Address, s.Name)
	case m.Unasked != 0 || m.Again || m.Choice != "" || m.Handover != "":
		return fmt.Errorf("a text said to the desk for the first time came as %+v", m)
	}
	return nil
}

func fromChannel(s *scene) error {
	s.start()
	bob := Where{By: "bob", Channel: "random"}
	one, two := s.say(general, "one"), s.say(bob, "two")
	for _, err := range []error{
		s.shows(thread(general, one), answer("one")),
		s.shows(thread(bob, two), answer("two")),
		s.shows(general, answer("one")),
	} {
		if err != nil {
			return err
		}
	}
	first, second := s.messages(ofText("one")), s.messages(ofText("two"))
	if len(first) != 1 || len(second) != 1 {
		return errors.New("what is said with the desk's name came with more or less than that")
	}
	for _, m := range []bot.Message{first[0], second[0]} {
		if err := s.sound(m); err != nil {
			return err
		}
	}
	if first[0].Sender == second[0].Sender || first[0].Address == second[0].Address || first[0].Conversation == second[0].Conversation {
		return fmt.Errorf("two people in two channels cannot be told apart: %+v and %+v", first[0], second[0])
	}
	return nil
}

// thread gives the thread that a message begins.
func thread(w Where, message string) Where {
	w.Thread = message
	return w
}

func threadsAreConversations(s *scene) error {
	s.start()
	root := s.say(general, "root")
	if err := s.shows(thread(general, root), answer("root")); err != nil {
		return err
	}
	s.Say(Saying{Where: thread(general, root), Text: "inside"})
	s.Say(Saying{Where: Where{By: "bob", Channel: "general", Thread: root}, Text: "from another"})
	other := s.say(general, "elsewhere")
	if err := s.shows(thread(general, root), answer("root"), answer("inside"), answer("from another")); err != nil {
		return err
	}
	if err := s.shows(thread(general, other), answer("elsewhere")); err != nil {
		return err
	}
	in := func(text string) string { return s.messages(ofText(text))[0].Conversation }
	if in("root") != in("inside") || in("root") != in("from another") {
		return fmt.Errorf("one thread is several conversations: %q, %q, %q", in("root"), in("inside"), in("from another"))
	}
	if in("root") == in("elsewhere") {
		return fmt.Errorf("two threads are one conversation: %q", in("root"))
	}
	return nil
}

func privateApart(s *scene) error {
	s.start()
	bob := Where{By: "bob"}
	s.say(private, "one")
	s.say(bob, "two")
	if err := s.shows(private, answer("one")); err != nil {
		return err
	}
	if err := s.shows(bob, answer("two")); err != nil {
		return err
	}
	if one, two := s.messages(ofText("one"))[0], s.messages(ofText("two"))[0]; one.Conversation == two.Conversation || one.Sender == two.Sender {
		return fmt.Errorf("two people cannot be told apart: %+v and %+v", one, two)
	}
	return nil
}

const inARow = 20

func inOrder(s *scene) error {
	s.start()
	g := s.hold("number 0")
	defer g.open()
	var want []string
	for i := range inARow {
		text := fmt.Sprint("number ", i)
		s.say(private, text)
		want = append(want, answer(text))
		if i == inARow/2 {
			g.open() // half of them come while the first is being answered
		}
	}
	return s.shows(private, want...)
}

func inOrderEach(s *scene) error {
	s.start()
	var places []Where
	for c := range 3 {
		w := Where{By: "ann", Channel: fmt.Sprint("channel", c)}
		for range 3 {
			places = append(places, thread(w, s.say(w, "root")))
		}
	}
	var said sync.WaitGroup
	for i, w := range places {
		said.Go(func() {
			for n := range 6 {
				s.say(w, fmt.Sprintf("number %d of place %d", n, i))
			}
		})
	}
	said.Wait()
	for i, w := range places {
		want := []string{answer("root")}
		for n := range 6 {
			want = append(want, answer(fmt.Sprintf("number %d of place %d", n, i)))
		}
		if err := s.shows(w, want...); err != nil {
			return err
		}
	}
	return nil
}

func slowAlone(s *scene) error {
	s.start()
	g := s.hold("slow")
	defer g.open()
	s.say(private, "slow")
	s.say(private, "after it")
	if err := s.within(g.arrived, "asking a slow question"); err != nil {
		return err
	}
	for _, by := range []string{"bob", "cid", "dot"} {
		w := Where{By: by}
		s.say(w, "quick")
		if err := s.shows(w, answer("quick")); err != nil {
			return fmt.Errorf("while another conversation waits: %w", err)
		}
	}
	if len(s.messages(ofText("after it"))) > 0 {
		return errors.New("the second message of a conversation was handled while the first was being answered")
	}
	g.open()
	return s.shows(private, answer("slow"), answer("after it"))
}

func failingHandler(s *scene) error {
	s.answers(func(m bot.Message) (bot.Reply, error) {
		if m.Text == "fails" {
			return bot.Reply{}, errHandler
		}
		return said(m), nil
	})
	s.start()
	s.say(private, "fails")
	s.say(private, "next")
	return s.until(func() error {
		got := s.texts(private)
		if len(got) != 2 || got[0] == "" || got[1] != answer("next") {
			return fmt.Errorf("a question that could not be answered, and one that could, show %q", got)
		}
		if strings.Contains(got[0], "<nil>") {
			return fmt.Errorf("it shows %q", got[0])
		}
		return nil
	})
}
