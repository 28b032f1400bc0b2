package bottest

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"frontdesk/bot"
)

// choiceChecks are about what people press, and type into forms.
var choiceChecks = []check{
	{"options are shown and pressed", []Feature{Options}, optionsPressed},
	{"options in a channel", []Feature{Options, Channels, Threads}, optionsInChannel},
	{"another person presses", []Feature{Options, Channels}, anotherPresses},
	{"a dozen options", []Feature{Options, ManyPicks}, dozenOptions},
	{"options with long labels and ids", []Feature{Options, Oversized}, oversizedOptions},
	{"options after a restart", []Feature{Options, Crashes}, optionsAfterRestart},
	{"a long answer with options", []Feature{Options}, longWithOptions},
	{"options that follow an answer stay", []Feature{Options}, followUpsStay},
	{"options of an edited answer", []Feature{Options, Edits}, optionsOfEdited},
	{"a value is typed into a form", []Feature{Forms}, formFilled},
}

// choosing answers "choose" with options, a press with what was pressed, and one by
// somebody else than the asker with a refusal.
func choosing(options ...bot.Option) func(bot.Message) (bot.Reply, error) {
	return func(m bot.Message) (bot.Reply, error) {
		switch {
		case m.Kind == bot.Choice && m.Asker != "" && m.Sender != m.Asker:
			return bot.Reply{Decision: bot.Refuse, Text: "not yours", Quiet: true}, nil
		case m.Kind == bot.Choice:
			return bot.Reply{Decision: bot.Answer, Text: answer("pressed " + m.Choice)}, nil
		case strings.HasPrefix(m.Text, "choose"):
			return bot.Reply{Decision: bot.Suggest, Text: "Did you mean", Options: options}, nil
		}
		return said(m), nil
	}
}

var twoOptions = []bot.Option{{ID: "first", Label: "The first one"}, {ID: "second", Label: "The second, größer & <b>"}}

func labels(options []bot.Option) (out []string) {
	for _, o := range options {
		out = append(out, o.Label)
	}
	return out
}

// offered waits for the last of n posts somewhere to show options.
func (s *scene) offered(w Where, n int, options []bot.Option) (p Shown, err error) {
	err = s.until(func() (err error) {
		if p, err = s.post(w, n); err == nil && !slices.Equal(p.Options, labels(options)) {
			err = fmt.Errorf("the options %q are shown as %q", labels(options), p.Options)
		}
		return err
	})
	return p, err
}

// pressed waits for the press of an option and says what is wrong with it.
func (s *scene) pressed(question bot.Message, option string, by bot.Address) error {
	m, err := s.hears("the press of "+option, func(m bot.Message) bool { return m.Kind == bot.Choice && m.Choice == option && m.Sender == by })
	switch {
	case err != nil:
		return err
	case m.Ref != question.ID:
		return fmt.Errorf("the press refers to %q, want the question %q", m.Ref, question.ID)
	case m.Asker != question.Sender:
		return fmt.Errorf("the press names the asker %q, want %q", m.Asker, question.Sender)
	case m.Conversation != question.Conversation:
		return fmt.Errorf("the press came in the conversation %q, want %q", m.Conversation, question.Conversation)
	case m.ID == "" || m.ID == question.ID:
		return fmt.Errorf("the press has the ID %q", m.ID)
	case m.Address.Adapter() != s.Name:
		return fmt.Errorf("the press is answered to %q", m.Address)
	}
	return nil
}

func optionsPressed(s *scene) error {
	s.answers(choosing(twoOptions...))
	s.start()
	s.say(private, "choose")
	p, err := s.offered(private, 1, twoOptions)
	if err != nil {
		return err
	}
	s.Press("ann", p.Post, twoOptions[1].Label)
	question := s.messages(ofText("choose"))[0]
	if err := s.pressed(question, "second", question.Sender); err != nil {
		return err
	}
	if p, err = s.post(private, 2); err != nil {
		return err
	}
	if got := s.plain(p.Text); got != answer("pressed second") {
		return fmt.Errorf("the press shows %q", got)
	}
	return s.settled(private)
}

// settled waits until what was chosen from can be chosen from no more.
func (s *scene) settled(w Where) error {
	return s.until(func() error {
		if all := s.read(w); len(all) > 0 && len(all[0].Options) > 0 {
			return fmt.Errorf("after a choice, %q can still be chosen", all[0].Options)
		}
		return nil
	})
}

func optionsInChannel(s *scene) error {
	s.answers(choosing(twoOptions...))
	s.start()
	root := s.say(general, "choose")
	at := thread(general, root)
	p, err := s.offered(at, 1, twoOptions)
	if err != nil {
		return err
	}
	s.Press("ann", p.Post, twoOptions[0].Label)
	question := s.messages(ofText("choose"))[0]
	if err := s.pressed(question, "first", question.Sender); err != nil {
		return err
	}
	if p, err = s.post(at, 2); err != nil {
		return fmt.Errorf("the press is not answered where it was asked: %w", err)
	}
	return s.settled(at)
}

func anotherPresses(s *scene) error {
	s.answers(choosing(twoOptions...))
	s.start()
	root := s.say(general, "choose")
	at := thread(general, root)
	p, err := s.offered(at, 1, twoOptions)
	if err != nil {
		return err
	}
	s.Press("bob", p.Post, twoOptions[0].Label)
	question := s.messages(ofText("choose"))[0]
	m, err := s.hears("the press of somebody else", ofKind(bot.Choice))
	if err != nil {
		return err
	}
	if m.Sender == question.Sender {
		return fmt.Errorf("somebody else's press came as the asker's, %q", m.Sender)
	}
	if err := s.pressed(question, "first", m.Sender); err != nil {
		return err
	}
	if s.Lacks[Private] == "" {
		if err := s.until(func() error {
			if got := s.texts(Where{By: "bob", Channel: "general"}); !slices.Contains(got, "not yours") {
				return fmt.Errorf("whoever may not press is not told so: %q", got)
			}
			return nil
		}); err != nil {
			return err
		}
		if got := s.texts(general); slices.Contains(got, "not yours") {
			return fmt.Errorf("others are told that somebody may not press: %q", got)
		}
	}
	// It is still open to whoever may.
	if p, err = s.offered(at, 1, twoOptions); err != nil {
		return fmt.Errorf("after a press that was refused: %w", err)
	}
	s.Press("ann", p.Post, twoOptions[1].Label)
	if err := s.pressed(question, "second", question.Sender); err != nil {
		return err
	}
	return s.settled(at)
}

func dozenOptions(s *scene) error {
	var options []bot.Option
	for i := range 12 {
		options = append(options, bot.Option{ID: fmt.Sprint("id", i), Label: fmt.Sprint("Option ", i)})
	}
	s.answers(choosing(options...))
	s.start()
	s.say(private, "choose")
	p, err := s.offered(private, 1, options)
	if err != nil {
		return err
	}
	s.Press("ann", p.Post, "Option 10")
	question := s.messages(ofText("choose"))[0]
	return s.pressed(question, "id10", question.Sender)
}

func oversizedOptions(s *scene) error {
	options := []bot.Option{
		{ID: "handbook/" + strings.Repeat("a-long-path/", 20) + "one", Label: "One " + strings.Repeat("very ", 60) + "long label"},
		{ID: "handbook/" + strings.Repeat("a-long-path/", 20) + "two", Label: "Two " + strings.Repeat("größer ", 60) + "long label"},
	}
	s.answers(choosing(options...))
	s.start()
	s.say(private, "choose")
	p, err := s.post(private, 1)
	if err != nil {
		return err
	}
	if len(p.Options) != 2 || !strings.HasPrefix(p.Options[0], "One very ") || !strings.HasPrefix(p.Options[1], "Two größer ") {
		return fmt.Errorf("options with long labels are shown as %q", p.Options)
	}
	s.Press("ann", p.Post, p.Options[1])
	question := s.messages(ofText("choose"))[0]
	return s.pressed(question, options[1].ID, question.Sender)
}

func optionsAfterRestart(s *scene) error {
	s.answers(choosing(twoOptions...))
	s.start()
	s.say(private, "choose")
	p, err := s.offered(private, 1, twoOptions)
	if err != nil {
		return err
	}
	if err := s.stop(); err != nil { // by then it is on record
		return err
	}
	s.start()
	s.Press("ann", p.Post, twoOptions[1].Label)
	question := s.messages(ofText("choose"))[0]
	return s.pressed(question, "second", question.Sender)
}

func longWithOptions(s *scene) error {
	whole := long(12_000)
	s.answers(func(m bot.Message) (bot.Reply, error) {
		if m.Kind == bot.Choice {
			return said(m), nil
		}
		return bot.Reply{Decision: bot.Suggest, Text: whole, Options: twoOptions}, nil
	})
	s.start()
	s.say(private, "choose")
	var last Shown
	if err := s.until(func() error {
		all := s.read(private)
		if err := s.complete(whole, s.texts(private)); err != nil {
			return err
		}
		last = all[len(all)-1]
		for i, p := range all {
			want := 0
			if i == len(all)-1 {
				want = len(twoOptions)
			}
			if len(p.Options) != want {
				return fmt.Errorf("part %d of %d shows %d options, want %d", i+1, len(all), len(p.Options), want)
			}
		}
		return nil
	}); err != nil {
		return err
	}
	s.Press("ann", last.Post, twoOptions[0].Label)
	question := s.messages(ofText("choose"))[0]
	return s.pressed(question, "first", question.Sender)
}

func followUpsStay(s *scene) error {
	s.answers(func(m bot.Message) (bot.Reply, error) {
		if m.Kind == bot.Choice {
			return bot.Reply{Decision: bot.Answer, Text: answer("pressed " + m.Choice)}, nil
		}
		r := said(m)
		r.OptionsHead, r.Options = "You may also want", twoOptions
		return r, nil
	})
	s.start()
	s.say(private, "question")
	p, err := s.offered(private, 1, twoOptions)
	if err != nil {
		return err
	}
	if text := s.plain(p.Text); !strings.HasPrefix(text, answer("question")) || !strings.HasSuffix(text, "You may also want") {
		return fmt.Errorf("an answer with what may be wanted beside it reads %q", text)
	}
	s.Press("ann", p.Post, twoOptions[0].Label)
	if _, err := s.post(private, 2); err != nil {
		return err
	}
	if all := s.read(private); !slices.Equal(all[0].Options, labels(twoOptions)) {
		return fmt.Errorf("of what follows an answer, %q is left after a choice", all[0].Options)
	}
	s.Press("ann", p.Post, twoOptions[1].Label)
	if _, err := s.post(private, 3); err != nil {
		return fmt.Errorf("the second thing that follows an answer: %w", err)
	}
	return nil
}

func optionsOfEdited(s *scene) error {
	s.answers(choosing(twoOptions...))
	s.start()
	one := s.say(private, "one")
	if err := s.shows(private, answer("one")); err != nil {
		return err
	}
	delete(s.due, private)
	question := s.messages(ofText("one"))[0]
	s.Edit(one, "choose better")
	p, err := s.offered(private, 1, twoOptions)
	if err != nil {
		return err
	}
	s.Press("ann", p.Post, twoOptions[1].Label)
	if err := s.pressed(question, "second", question.Sender); err != nil {
		return err
	}
	return s.settled(private)
}

func formFilled(s *scene) error {
	s.answers(func(m bot.Message) (bot.Reply, error) {
		if m.Kind == bot.Choice {
			return bot.Reply{Decision: bot.Run, Text: answer("typed " + m.Text + m.Choice)}, nil
		}
		return bot.Reply{Decision: bot.Ask, Text: "Which room?", Options: twoOptions, Form: &bot.Form{Title: "Lights", Label: "Room"}}, nil
	})
	s.start()
	s.say(private, "choose")
	p, err := s.offered(private, 1, twoOptions)
	if err != nil {
		return err
	}
	if !p.Form {
		return errors.New("a form is not shown")
	}
	s.Fill("ann", p.Post, "the blue <room> & *more*")
	m, err := s.hears("what was typed into a form", ofKind(bot.Choice))
	if err != nil {
		return err
	}
	if m.Text != "the blue <room> & *more*" {
		return fmt.Errorf("what was typed came as %q", m.Text)
	}
	question := s.messages(ofText("choose"))[0]
	if err := s.pressed(question, "", question.Sender); err != nil {
		return err
	}
	if _, err := s.post(private, 2); err != nil {
		return err
	}
	return s.settled(private)
}
