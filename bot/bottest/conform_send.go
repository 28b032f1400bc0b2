package bottest

import (
	"fmt"
	"slices"
	"time"

	"frontdesk/bot"
)

// sendChecks are about replies that nobody asked for, or that are not for everybody.
var sendChecks = []check{
	{"an approval asked for elsewhere", []Feature{Options, Sends, Channels}, approvalElsewhere},
	{"the answer to a question handed on", []Feature{Sends, Channels, Threads}, handedOn},
	{"what nobody asked for", []Feature{Sends, Channels}, sentUnasked},
	{"a reply sent to where a message came from", []Feature{Sends}, sentBack},
	{"for one person's eyes", []Feature{Private, Channels}, quietly},
}

func approvalElsewhere(s *scene) error {
	options := []bot.Option{{ID: "approve:abc", Label: "Approve"}, {ID: "refuse:abc", Label: "Refuse"}}
	s.start()
	err := s.Send(s.Address("bosses"), bot.Reply{To: s.Address("bosses"), Decision: bot.Approve, Text: "ann asks for *the door*", Options: options,
		Approval: &bot.Approval{ID: "abc", Expires: time.Now().Add(time.Hour)}})
	if err != nil {
		return err
	}
	bosses := Where{By: "bob", Channel: "bosses"}
	p, err := s.offered(bosses, 1, options)
	if err != nil {
		return err
	}
	s.Press("bob", p.Post, "Approve")
	m, err := s.hears("an approval", ofKind(bot.Choice))
	switch {
	case err != nil:
		return err
	case m.Choice != "approve:abc":
		return fmt.Errorf("the press of Approve came as %q", m.Choice)
	case m.Sender.Adapter() != s.Name || m.Asker == m.Sender:
		return fmt.Errorf("it came from %q, of something offered to %q", m.Sender, m.Asker)
	}
	return nil
}

func handedOn(s *scene) error {
	s.start()
	experts := s.Address("experts")
	for _, id := range []string{"h1", "h2"} {
		r := bot.Reply{To: experts, Decision: bot.Notice, Text: "ann asks: which " + id + "?", Handover: id}
		if err := s.Send(experts, r); err != nil {
			return err
		}
	}
	bob := Where{By: "bob", Channel: "experts"}
	p, err := s.post(bob, 2)
	if err != nil {
		return err
	}
	s.Say(Saying{Where: thread(bob, p.Post), Text: "the blue one", Unnamed: s.Lacks[Overhears] == ""})
	m, err := s.hears("an expert's answer", ofText("the blue one"))
	if err != nil {
		return err
	}
	if m.Handover != "h2" {
		return fmt.Errorf("an expert's answer to h2 came as one to %q", m.Handover)
	}
	return nil
}

func sentUnasked(s *scene) error {
	s.start()
	for _, text := range []string{"first notice", "second notice"} {
		if err := s.Send(s.Address("general"), bot.Reply{To: s.Address("general"), Decision: bot.Notice, Text: text}); err != nil {
			return err
		}
	}
	if err := s.shows(general, "first notice", "second notice"); err != nil {
		return err
	}
	for _, to := range []bot.Address{"", "nonsense", bot.Address("other" + s.Name + ":C1"), bot.Address(s.Name + ":")} {
		if s.Send(to, bot.Reply{To: to, Decision: bot.Notice, Text: "to nobody"}) == nil {
			return fmt.Errorf("a reply to %q is taken", to)
		}
	}
	return nil
}

func sentBack(s *scene) error {
	s.start()
	s.say(private, "one")
	if err := s.shows(private, answer("one")); err != nil {
		return err
	}
	to := s.messages(ofText("one"))[0].Address
	if err := s.Send(to, bot.Reply{To: to, Decision: bot.Notice, Text: "The time is over."}); err != nil {
		return err
	}
	if err := s.shows(private, answer("one"), "The time is over."); err != nil {
		return err
	}
	if s.Lacks[Channels] != "" {
		return nil
	}
	s.say(general, "two")
	m, err := s.hears("two", ofText("two"))
	if err != nil {
		return err
	}
	if err := s.Send(m.Address, bot.Reply{To: m.Address, Decision: bot.Notice, Text: "The time is over here."}); err != nil {
		return err
	}
	return s.until(func() error {
		if got := s.texts(general); !slices.Contains(got, "The time is over here.") {
			return fmt.Errorf("what was sent to where a message came from is not there, but %q", got)
		}
		return nil
	})
}

func quietly(s *scene) error {
	s.answers(func(m bot.Message) (bot.Reply, error) {
		r := said(m)
		r.Quiet = m.Text == "secret"
		return r, nil
	})
	s.start()
	s.say(general, "secret")
	s.say(general, "open")
	bob := Where{By: "bob", Channel: "general"}
	if err := s.until(func() error {
		mine := s.texts(general)
		if !slices.Contains(mine, answer("secret")) || !slices.Contains(mine, answer("open")) {
			return fmt.Errorf("whoever asked sees %q", mine)
		}
		return nil
	}); err != nil {
		return err
	}
	return s.shows(bob, answer("open"))
}
