package bottest

import (
	"context"
	"fmt"
	"strings"

	"frontdesk/bot"
	"frontdesk/knowledge"
)

// These checks have a real desk behind the adapter: what one says and the other
// shows must fit together.
var deskChecks = []check{
	{"asking a person, and what they answer", []Feature{Options, Sends, Channels, Threads}, askingAPerson},
	{"what the desk asks, only who was asked decides", []Feature{Options, Channels, Threads}, onlyWhoWasAsked},
}

// sender is an outbox that is the adapter's.
type sender func(to bot.Address, r bot.Reply) error

func (s sender) Send(_ context.Context, to bot.Address, r bot.Reply) error { return s(to, r) }

// desk has a real desk answer.
func (s *scene) desk() error {
	base, err := knowledge.New([]*knowledge.Entry{
		{ID: "hours", Kind: knowledge.FAQ, Question: "When are you open?", Answer: "From nine to five."},
		{ID: "place", Kind: knowledge.FAQ, Question: "Where are you?", Answer: "At the corner."},
	}, nil)
	if err != nil {
		return err
	}
	search := &Searcher{Base: base, Finds: map[string][]Found{"tell me": {{ID: "hours", Probability: 0.5}, {ID: "place", Probability: 0.4}}}}
	b := bot.New(bot.DefaultConfig(), bot.Deps{Journal: &Journal{}, Handovers: &Handovers{}, Outbox: sender(s.Send)})
	b.SetBase("desk", bot.Base{Knowledge: base, Index: search, Dispatcher: &Dispatcher{}, Experts: s.Address("experts")})
	s.answers(func(m bot.Message) (bot.Reply, error) { return b.Handle(context.Background(), m) })
	return nil
}

// reads waits for the last of n posts somewhere, which must say something.
func (s *scene) reads(w Where, n int, want string) (p Shown, err error) {
	err = s.until(func() (err error) {
		if p, err = s.post(w, n); err == nil && !strings.Contains(s.plain(p.Text), want) {
			err = fmt.Errorf("in %s stands %q, want %q", w, s.plain(p.Text), want)
		}
		return err
	})
	return p, err
}

func askingAPerson(s *scene) error {
	s.start()
	if err := s.desk(); err != nil {
		return err
	}
	at := thread(general, s.say(general, "why is the sky blue"))
	p, err := s.offered(at, 1, []bot.Option{{ID: "handover", Label: "Ask a person"}})
	if err != nil {
		return err
	}
	s.Press("ann", p.Post, "Ask a person")
	if _, err := s.reads(at, 2, "I have asked a person."); err != nil {
		return err
	}
	bob := Where{By: "bob", Channel: "experts"}
	asked, err := s.reads(bob, 1, "why is the sky blue")
	if err != nil {
		return err
	}
	s.Say(Saying{Where: thread(bob, asked.Post), Text: "because of the air", Unnamed: s.Lacks[Overhears] == ""})
	if _, err := s.reads(at, 3, "because of the air"); err != nil {
		return err
	}
	_, err = s.reads(bob, 2, "Thank you.")
	return err
}

func onlyWhoWasAsked(s *scene) error {
	s.start()
	if err := s.desk(); err != nil {
		return err
	}
	at := thread(general, s.say(general, "tell me"))
	p, err := s.offered(at, 1, []bot.Option{{ID: "hours", Label: "When are you open?"}, {ID: "place", Label: "Where are you?"}})
	if err != nil {
		return err
	}
	s.Press("bob", p.Post, "Where are you?")
	if _, err := s.hears("the press of another", ofKind(bot.Choice)); err != nil {
		return err
	}
	s.Press("ann", p.Post, "When are you open?")
	return s.until(func() error {
		answered := 0
		for _, text := range s.texts(at) {
			if strings.Contains(text, "At the corner.") {
				return fmt.Errorf("somebody else has picked")
			}
			if strings.Contains(text, "From nine to five.") {
				answered++
			}
		}
		if answered != 1 {
			return fmt.Errorf("the pick of who was asked is answered %d times", answered)
		}
		return nil
	})
}
